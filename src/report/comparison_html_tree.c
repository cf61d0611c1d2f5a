/* comparison_html_tree.c - both trees side by side. What differs stands in a table; the script
 * builds a tree from a list of rows, in which what is equal can be unfolded. */
#include <stdlib.h>

#include "base/json.h"
#include "report/comparison_html.h"

#define MOST_ROWS  20000 /* of the script's tree */
#define MOST_DEPTH 9     /* that is shown by a margin */
#define NONE       UINT32_MAX

/* One pair in the tree of pairs. */
struct row {
	const struct pair *pair;
	uint32_t up, first, next; /* rows; NONE */
	uint32_t heaviest;        /* of its differences; NONE */
	uint64_t causes;          /* a bit for each cause */
	bool listed;              /* it differs, or something below does, or it is a region */
	uint32_t same;            /* equal rows below, of which it is the nearest that is listed */
	uint32_t left_out, more;  /* not in the script's tree either: equal rows, others */
	uint32_t number, depth;   /* in the script's tree; NONE */
};

struct rows {
	const struct comparison_page *p;
	struct row *row;
	uint32_t n;
	uint32_t *order;              /* depth first */
	uint32_t *of_left, *of_right; /* a node's row; NONE */
	uint32_t left_nodes, right_nodes;
};

/* -- from pairs to a tree -- */

static uint32_t *nowhere(const struct comparison_page *p, uint32_t n)
{
	uint32_t *list = arena_take(p->arena, n, sizeof(*list));

	if (list)
		memset(list, 0xff, n * sizeof(*list));
	return list;
}

static bool take_rows(struct rows *r)
{
	const struct comparison_page *p = r->p;
	const struct matching *m = p->r->comparison->matching;

	r->n = m->pair_count;
	r->left_nodes = p->r->left.tree->count;
	r->right_nodes = p->r->right.tree->count;
	r->row = arena_take(p->arena, r->n, sizeof(*r->row));
	r->order = arena_take(p->arena, r->n, sizeof(*r->order));
	r->of_left = nowhere(p, r->left_nodes);
	r->of_right = nowhere(p, r->right_nodes);
	if (!r->row || !r->order || !r->of_left || !r->of_right)
		return false;
	for (uint32_t i = 0; i < r->n; i++) {
		const struct pair *pair = &m->pairs[i];

		r->row[i] = (struct row){ .pair = pair,
					  .up = NONE,
					  .first = NONE,
					  .next = NONE,
					  .heaviest = NONE,
					  .number = NONE };
		if (pair->relation == PAIR_TAKEN)
			continue;
		if (pair->left)
			r->of_left[pair->left->id] = i;
		if (pair->right)
			r->of_right[pair->right->id] = i;
	}
	return true;
}

/* Rows hang on the left tree; where the right image is a dump, which may hold the left one twice,
 * on the right tree. */
static bool hangs_on_right(const struct rows *r, const struct node *left, const struct node *right)
{
	if (!left || !right)
		return right != NULL;
	return r->p->r->comparison->matching->dump == DUMP_RIGHT;
}

/* The row of the nearest node above that has one. */
static uint32_t row_above(const struct rows *r, uint32_t i)
{
	const struct pair *pair = r->row[i].pair;
	bool taken = pair->relation == PAIR_TAKEN;
	bool left = !hangs_on_right(r, taken ? NULL : pair->left, pair->right);
	const struct node *n = left ? pair->left->parent : pair->right->parent;

	for (; n; n = n->parent) {
		uint32_t at = left ? r->of_left[n->id] : r->of_right[n->id];

		if (at != NONE && at != i)
			return at;
	}
	return i ? 0 : NONE;
}

static void join_rows(struct rows *r)
{
	for (uint32_t i = r->n; i-- > 0;) {
		struct row *row = &r->row[i];

		row->up = row_above(r, i);
		if (row->up == NONE)
			continue;
		row->next = r->row[row->up].first;
		r->row[row->up].first = i;
	}
}

static void put_in_order(struct rows *r)
{
	uint32_t n = 0, at = r->n ? 0 : NONE;

	while (at != NONE && n < r->n) {
		struct row *row = &r->row[at];

		row->depth = row->up == NONE ? 0 : r->row[row->up].depth + 1;
		r->order[n++] = at;
		if (row->first != NONE) {
			at = row->first;
			continue;
		}
		while (at != NONE && r->row[at].next == NONE)
			at = r->row[at].up;
		at = at == NONE ? NONE : r->row[at].next;
	}
	r->n = n;
}

/* What a row's link leads to: the weightiest, of these one whose bytes are shown. */
static bool leads_better(const struct comparison_page *p, uint32_t a, uint32_t b)
{
	if (p->d[a]->weight != p->d[b]->weight)
		return p->d[a]->weight > p->d[b]->weight;
	return p->has_bytes[a] && !p->has_bytes[b];
}

static void note(const struct rows *r, uint32_t at, uint32_t number)
{
	const struct difference *d = r->p->d[number];
	struct row *row = at == NONE ? NULL : &r->row[at];

	if (!row)
		return;
	row->causes |= UINT64_C(1) << d->cause;
	if (row->heaviest == NONE || leads_better(r->p, number, row->heaviest))
		row->heaviest = number;
}

static void note_differences(const struct rows *r)
{
	for (uint32_t i = 0; i < r->p->n; i++) {
		const struct difference *d = r->p->d[i];

		if (hangs_on_right(r, d->left.node, d->right.node))
			note(r, r->of_right[d->right.node->id], i);
		else if (d->left.node)
			note(r, r->of_left[d->left.node->id], i);
	}
}

static const struct node *any(const struct row *row)
{
	return row->pair->left ? row->pair->left : row->pair->right;
}

/* Lists what differs and what leads there; counts the rest. */
static void choose(struct rows *r)
{
	for (uint32_t i = r->n; i-- > 0;) {
		struct row *row = &r->row[r->order[i]];

		row->listed |= row->pair->relation != PAIR_SAME || row->heaviest != NONE ||
			       any(row)->kind == KIND_REGION;
		if (row->listed && row->up != NONE)
			r->row[row->up].listed = true;
	}
	for (uint32_t i = 0; i < r->n; i++) {
		struct row *row = &r->row[r->order[i]];
		uint32_t up = row->up;

		if (row->listed)
			continue;
		while (up != NONE && !r->row[up].listed)
			up = r->row[up].up;
		if (up != NONE)
			r->row[up].same++;
	}
}

/* -- words -- */

static const char *relation_of(const struct row *row)
{
	static const char *const words[] = {
		[PAIR_SAME] = "=",
		[PAIR_OTHER] = "≠",
		[PAIR_REPACKED] = "repacked",
		[PAIR_LEFT] = "only left",
		[PAIR_RIGHT] = "only right",
		[PAIR_WRAPPING] = "wrapping",
		[PAIR_TAKEN] = "moved",
		[PAIR_FEWER] = "in fewer places",
		[PAIR_CARRIER] = "wrapping",
	};

	if (row->pair->moved && row->pair->relation == PAIR_SAME)
		return "moved";
	return words[row->pair->relation];
}

static bool has_side(const struct row *row, bool right)
{
	if (row->pair->relation == PAIR_TAKEN)
		return right;
	return right ? row->pair->right != NULL : row->pair->left != NULL;
}

static bool is_in_folder(const struct rows *r, const struct row *row, const struct node *n)
{
	const struct row *up = row->up == NONE ? NULL : &r->row[row->up];

	return up && (up->pair->left == n->parent || up->pair->right == n->parent) &&
	       n->parent->container == n->container && n->parent->path.n < n->path.n;
}

/* Escaped: the name of an entry in a folder that is shown, else its path; "squashfs@0x40". */
static void name_of(const struct rows *r, const struct row *row, bool right, struct text *name)
{
	const struct node *n = right ? row->pair->right : row->pair->left;

	if (!n->parent)
		text_puts(name, "image");
	else if (!n->container)
		text_format(name, "%s@0x%llx", n->format ? n->format->name : "",
			    (unsigned long long)n->offset);
	else if (row->pair->moved || !is_in_folder(r, row, n))
		text_escape(name, n->path, "");
	else
		text_escape(name, node_name(n), "");
	if (n->kind == KIND_DIRECTORY && n->path.n > 1)
		text_char(name, '/');
}

static bool has_size(const struct node *n)
{
	return n->kind == KIND_REGION || n->kind == KIND_FILE;
}

/* -- the table -- */

static void put_side(const struct rows *r, const struct row *row, bool right)
{
	struct text *t = r->p->t, name = { 0 };
	const struct node *n = right ? row->pair->right : row->pair->left;

	text_format(t, "<td class=\"i%u\" data-h=\"%s\">",
		    row->depth < MOST_DEPTH ? row->depth : MOST_DEPTH, right ? "Right" : "Left");
	if (!has_side(row, right)) {
		text_puts(t, "–</td>");
		return;
	}
	name_of(r, row, right, &name);
	text_puts(t, "<bdi>");
	html_said(t, text_span(&name));
	text_puts(t, "</bdi>");
	if (has_size(n)) {
		text_puts(t, " <span class=\"soft\">");
		html_number(t, n->size);
		text_puts(t, "</span>");
	}
	text_puts(t, "</td>");
	t->failed |= name.failed;
	text_free(&name);
}

static void put_causes(const struct rows *r, const struct row *row)
{
	struct text *t = r->p->t;
	const char *before = "";

	if (row->heaviest == NONE)
		return;
	text_puts(t, "<a href=\"#");
	comparison_html_target(r->p, row->heaviest, t);
	text_puts(t, "\">");
	for (int c = 0; c < CAUSES; c++)
		if (row->causes >> c & 1) {
			text_puts(t, before);
			html_says(t, causes[c].name);
			before = ", ";
		}
	text_puts(t, "</a>");
}

static void put_row(const struct rows *r, const struct row *row)
{
	struct text *t = r->p->t;
	bool is_plain = row->pair->relation == PAIR_SAME && row->heaviest == NONE;

	text_puts(t, is_plain ? "<tr class=\"eq\">" : "<tr>");
	put_side(r, row, false);
	text_puts(t, "<td class=\"n\" data-h=\"Relation\">");
	if (row->same) {
		html_number(t, row->same);
		text_puts(t, " =");
	} else if (any(row)->kind != KIND_DIRECTORY || row->pair->relation != PAIR_SAME) {
		text_puts(t, relation_of(row));
	}
	text_puts(t, "</td>");
	put_side(r, row, true);
	text_puts(t, "<td data-h=\"Why\">");
	put_causes(r, row);
	text_puts(t, "</td></tr>\n");
}

static void put_table(const struct rows *r)
{
	uint32_t shown = 0, left_out = 0;

	text_puts(r->p->t, "<div class=\"wrap\"><table class=\"tw\"><thead><tr><th>Left</th><th>"
			   "Relation</th><th>Right</th><th>Why</th></tr></thead><tbody>\n");
	for (uint32_t i = 0; i < r->n; i++) {
		const struct row *row = &r->row[r->order[i]];

		if (!row->listed)
			continue;
		if (shown++ < HTML_MOST_ROWS)
			put_row(r, row);
		else
			left_out++;
	}
	text_puts(r->p->t, "</tbody></table></div>\n");
	if (left_out) {
		text_puts(r->p->t, "<p class=\"soft tw\">");
		html_number(r->p->t, left_out);
		text_puts(r->p->t, " more rows differ; the JSON report has all differences.</p>\n");
	}
}

/* -- the script's rows -- */

/* What differs first; of what is equal as much as there is room for, folders before what is in
 * them. */
static void number_rows(struct rows *r)
{
	uint32_t listed = 0, equal, n = 0;

	for (uint32_t i = 0; i < r->n; i++)
		listed += r->row[r->order[i]].listed;
	equal = listed < MOST_ROWS ? MOST_ROWS - listed : 0;
	for (uint32_t i = 0; i < r->n; i++) {
		struct row *row = &r->row[r->order[i]];
		uint32_t up = row->up;
		bool above = up == NONE || r->row[up].number != NONE;

		if (above && n < MOST_ROWS && (row->listed || equal > 0)) {
			row->number = n++;
			equal -= !row->listed;
			continue;
		}
		while (up != NONE && r->row[up].number == NONE)
			up = r->row[up].up;
		if (up != NONE && row->listed)
			r->row[up].more++;
		else if (up != NONE)
			r->row[up].left_out++;
	}
}

static void write_side(struct json *j, const struct rows *r, const struct row *row, bool right)
{
	struct text name = { 0 };

	if (!has_side(row, right)) {
		json_null(j);
		return;
	}
	name_of(r, row, right, &name);
	json_text(j, text_span(&name));
	j->out->failed |= name.failed;
	text_free(&name);
}

static void write_size(struct json *j, const struct row *row, bool right)
{
	const struct node *n = right ? row->pair->right : row->pair->left;

	if (has_side(row, right) && has_size(n))
		json_u64(j, n->size);
	else
		json_null(j);
}

/* [row above, relation, left, size, right, size, where its link leads, causes, left out, others
 * left out]; of what is equal under one name only the left is said, and what is empty at the end is
 * left out. */
static void write_row(struct json *j, const struct rows *r, const struct row *row)
{
	bool plain = row->pair->relation == PAIR_SAME && !row->pair->moved &&
		     row->heaviest == NONE && row->left_out + row->more == 0;
	struct text target = { 0 };

	json_array(j);
	json_u64(j, row->up == NONE ? 0 : r->row[row->up].number);
	json_text(j, span_text(relation_of(row)));
	write_side(j, r, row, false);
	write_size(j, row, false);
	if (!plain || any(row)->kind == KIND_REGION) {
		write_side(j, r, row, true);
		write_size(j, row, true);
	}
	if (!plain) {
		if (row->heaviest != NONE)
			comparison_html_target(r->p, row->heaviest, &target);
		json_text(j, text_span(&target));
		json_array(j);
		for (unsigned c = 0; c < CAUSES; c++)
			if (row->causes >> c & 1)
				json_u64(j, c);
		json_array_end(j);
		json_u64(j, row->left_out);
		json_u64(j, row->more);
	}
	json_array_end(j);
	text_free(&target);
}

static void put_data(struct rows *r)
{
	struct json j = { .out = r->p->t, .for_html = true };

	number_rows(r);
	text_puts(r->p->t, "<script type=\"application/json\" id=\"data\">");
	json_object(&j);
	json_key(&j, "causes");
	json_array(&j);
	for (int c = 0; c < CAUSES; c++)
		json_text(&j, span_text(causes[c].name));
	json_array_end(&j);
	json_key(&j, "rows");
	json_array(&j);
	for (uint32_t i = 0; i < r->n; i++)
		if (r->row[r->order[i]].number != NONE)
			write_row(&j, r, &r->row[r->order[i]]);
	json_array_end(&j);
	json_object_end(&j);
	text_puts(r->p->t, "</script>\n");
}

void comparison_html_tree(struct comparison_page *p)
{
	struct rows r = { .p = p };

	if (!p->r->comparison->matching || !p->r->left.tree || !p->r->right.tree)
		return;
	text_puts(p->t,
		  "<section id=\"trees\">\n<h2 id=\"treehead\">Both trees</h2>\n<p>“=” the same "
		  "content, “≠” another; folders in which all is equal are counted, not listed. "
		  "<span class=\"script\">Arrow keys move and open, Enter follows a row’s "
		  "link.</span><noscript> Without script what is equal cannot be unfolded; "
		  "everything else is here.</noscript></p>\n");
	if (!take_rows(&r)) {
		p->t->failed = true;
		return;
	}
	join_rows(&r);
	put_in_order(&r);
	note_differences(&r);
	choose(&r);
	put_table(&r);
	text_puts(p->t, "<div id=\"both\" hidden><div class=\"trow head\" aria-hidden=\"true\">"
			"<span>Left</span><span></span><span>Right</span><span class=\"why\">Why"
			"</span></div><div id=\"tree\" role=\"tree\" tabindex=\"0\" "
			"aria-labelledby=\"treehead\"></div></div>\n");
	put_data(&r);
	text_puts(p->t, "</section>\n");
}
