/* differences.c - what every pair says: all differences of two images. */
#include "compare/dump.h"
#include "format/jffs2.h"
#include "format/ubi.h"

#define MOST_RUNS 4 /* of padding in one gap, on one side */

static const struct byte_range nowhere = { 0, 0 };

/* Erase blocks without headers or nodes hold nothing for whoever reads the others; what is missing
 * shows in the contents. */
static bool lacks_only_blocks(const struct node *n)
{
	bool blocks = n->format && (strcmp(n->format->name, "ubi") == 0 ||
				    strcmp(n->format->name, "jffs2") == 0);

	for (const struct node_fault *f = n->faults; f; f = f->next)
		blocks &= strcmp(f->fault.what, UBI_BAD_HEADERS) == 0 ||
			  strcmp(f->fault.what, JFFS2_FOREIGN) == 0;
	return blocks && n->state == STATE_DAMAGED;
}

/* A file or stream in a packing that its format does not read, perhaps only from somewhere on. */
static bool is_unread(const struct node *n)
{
	return n->state == STATE_UNKNOWN && n->faults &&
	       (n->kind == KIND_FILE || (n->format && n->format->shape == SHAPE_STREAM));
}

/* What hides a node's content. */
static bool is_hidden(const struct node *n)
{
	return is_unread(n) || n->state == STATE_ENCRYPTED || n->state == STATE_LIMIT ||
	       n->state == STATE_QUARANTINED ||
	       (n->state == STATE_DAMAGED && !lacks_only_blocks(n));
}

bool is_damaged(const struct node *n)
{
	for (; n; n = n->parent)
		if ((n->state == STATE_DAMAGED && !lacks_only_blocks(n)) ||
		    n->state == STATE_LIMIT || n->state == STATE_QUARANTINED || is_unread(n))
			return true;
	return false;
}

static void say_hidden(struct explanation *e, const struct node *n)
{
	enum cause cause = n->state == STATE_ENCRYPTED ? CAUSE_ENCRYPTED
			   : n->state == STATE_DAMAGED ? CAUSE_TRUNCATED
						       : CAUSE_UNKNOWN;

	differ(&e->x, cause, nowhere, nowhere, NULL, "%s", state_name(n->state));
}

/* -- one side only -- */

static bool has_own(const struct node *n, enum own own)
{
	const struct watched *w = n->watch;

	for (uint32_t i = 0; w && i < w->own_count; i++)
		if (w->own[i].own == own)
			return true;
	return false;
}

/* A signature that was put behind an image, or its trailer: nothing of it is run or read by what it
 * signs. */
static bool is_signature(const struct node *n)
{
	static const enum own others[] = { OWN_TIME, OWN_IDENTIFIER, OWN_PACKING, OWN_COUNTER,
					   OWN_DATA };
	const struct watched *w = n->watch;

	if (n->kind != KIND_REGION || has_entries(n) || !w || !w->own_known || w->own_count == 0)
		return false;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (has_own(n, others[i]))
			return false;
	for (uint32_t i = 0; i < w->own_count; i++)
		if (w->own[i].own == OWN_FILL && w->own[i].fill < 0)
			return false;
	return has_own(n, OWN_SIGNATURE);
}

/* Whether the other side has bytes where a signature is missing, in the same gap. */
static bool is_replaced(const struct explanation *e, const struct pair *p)
{
	for (uint32_t i = 0; i < e->m->gap_count; i++) {
		const struct gap *g = &e->m->gaps[i];
		const struct node *const *there = p->left ? g->right : g->left;
		uint32_t n = p->left ? g->right_count : g->left_count;

		if (g->in_left != p->in_left || g->in_right != p->in_right)
			continue;
		for (uint32_t k = 0; k < n; k++)
			if (there[k]->state != STATE_PADDING &&
			    there[k]->offset <= (p->left ? p->left : p->right)->offset &&
			    there[k]->offset + there[k]->length >
				    (p->left ? p->left : p->right)->offset)
				return true;
	}
	return false;
}

/* Of more signatures than one image has a use for the rest is not believed. */
static bool is_known(const struct explanation *e, const struct pair *p)
{
	for (uint32_t i = 0; i < e->signature_count; i++)
		if (e->signatures[i] == p)
			return true;
	return false;
}

/* The empty directory that mke2fs makes for e2fsck, where the other side is no ext file system. */
static bool comes_with_format(const struct pair *p, const struct node *n)
{
	const struct node *other = p->left ? p->in_right : p->in_left;

	return n->kind == KIND_DIRECTORY && !n->children && span_is(n->path, "/lost+found") &&
	       n->container && n->container->format == format_named("ext") && other &&
	       other->format != n->container->format && n->uid == 0 && n->mode == 0700;
}

static void explain_single(struct explanation *e, const struct pair *p)
{
	const struct node *n = p->left ? p->left : p->right;
	enum cause cause = p->left ? CAUSE_REMOVED : CAUSE_ADDED;
	struct byte_range all = { 0, n->length };

	if (explain_dump_only(e, p))
		return;
	if (is_damaged(p->in_left) || is_damaged(p->in_right)) {
		differ(&e->x, CAUSE_TRUNCATED, nowhere, nowhere, NULL,
		       "may be missing only because the image is damaged");
	} else if (is_signature(n)) {
		struct difference *d = differ(&e->x, CAUSE_SIGNATURE, p->left ? all : nowhere,
					      p->left ? nowhere : all, n->format->name, NULL);

		if (!is_known(e, p) || is_replaced(e, p))
			refuse_form(d);
		else if (has_own(n, OWN_CERTIFICATE))
			differ(&e->x, CAUSE_CERTIFICATE, nowhere, nowhere, n->format->name, NULL);
	} else if (comes_with_format(p, n)) {
		differ(&e->x, CAUSE_CONTAINER, nowhere, nowhere, NULL, "ext has it");
	} else {
		differ(&e->x, cause, nowhere, nowhere, n->format ? n->format->name : NULL, NULL);
	}
}

static void explain_moved(struct explanation *e, const struct pair *p)
{
	struct text to = { 0 };

	text_escape(&to, p->right->path, "");
	differ(&e->x, CAUSE_REMOVED, nowhere, nowhere, NULL, "moved to %s", to.p ? to.p : "");
	text_free(&to);
}

/* -- both sides -- */

/* Why two contents cannot be told apart further. */
static void say_missing(struct explanation *e, const struct pair *p)
{
	bool damaged = is_damaged(p->left) || is_damaged(p->right);
	bool report = e->m->left->digests_only || e->m->right->digests_only;

	differ(&e->x, damaged ? CAUSE_TRUNCATED : CAUSE_UNKNOWN, nowhere, nowhere, NULL,
	       damaged  ? "not there, because the image is damaged"
	       : report ? "other bytes: a report holds digests only"
			: "too large to be kept");
}

static void explain_leaf(struct explanation *e, const struct pair *p)
{
	struct explaining one = { .arena = e->x.arena, .left = p->left, .right = p->right };
	struct span l, r;

	if (!content_of(e->m->left, p->left, &l) || !content_of(e->m->right, p->right, &r)) {
		say_missing(e, p);
		return;
	}
	if (span_equal(l, r))
		return;
	explain_content(&one, l, r);
	e->x.lost |= one.lost;
	if (!one.first)
		return;
	if (e->x.last)
		e->x.last->next = one.first;
	else
		e->x.first = one.first;
	e->x.last = one.last;
	e->x.count += one.count;
}

static bool same_plain(const struct explanation *e, const struct node *l, const struct node *r)
{
	struct span a, b;

	if (l->has_sha256 && r->has_sha256)
		return memcmp(l->sha256, r->sha256, SHA256_SIZE) == 0;
	return content_of(e->m->left, l, &a) && content_of(e->m->right, r, &b) && span_equal(a, b);
}

static void explain_container(struct explanation *e, const struct pair *p)
{
	struct difference *last = e->x.last;
	bool named;

	if (e->m->left->digests_only || e->m->right->digests_only) {
		say_missing(e, p);
		return;
	}
	named = explain_own(e, p->left, p->right);
	explain_wear(e, p, last);
	if (!named && is_stream(p->left) && same_plain(e, p->left, p->right))
		differ(&e->x, CAUSE_COMPRESSION, nowhere, nowhere, p->left->format->name, NULL);
}

static bool is_opened(const struct node *n)
{
	return n->children != NULL;
}

static void explain_inside(struct explanation *e, const struct pair *p)
{
	const struct node *l = p->left, *r = p->right;
	bool both_regions = l->kind == KIND_REGION && r->kind == KIND_REGION;

	if (is_hidden(l))
		say_hidden(e, l);
	if (is_hidden(r) && (!is_hidden(l) || l->state != r->state))
		say_hidden(e, r);
	if (is_hidden(l) || is_hidden(r))
		return;
	if (both_regions && l->format && l->format == r->format &&
	    (l->format->shape != SHAPE_LEAF || l->format->own)) {
		explain_container(e, p);
		if (l->format->shape == SHAPE_LEAF ||
		    (is_stream(l) && (is_opened(l) || is_opened(r)) && !p->is_leaf))
			return;
	}
	if (p->is_leaf || !is_opened(l) || !is_opened(r))
		explain_leaf(e, p);
}

/* Regions of two formats that hold the same kind of thing. */
static void explain_repacked(struct explanation *e, const struct pair *p)
{
	bool streams = is_stream(p->left) && is_stream(p->right);

	differ(&e->x, streams ? CAUSE_COMPRESSION : CAUSE_CONTAINER, nowhere, nowhere, NULL,
	       "%s -> %s", p->left->format->name, p->right->format->name);
	explain_own_alone(e, p->left, false, false);
	explain_own_alone(e, p->right, true, false);
}

static bool is_entry(const struct node *n)
{
	return n->container != NULL;
}

static void explain_pair(struct explanation *e, const struct pair *p)
{
	e->x.left = p->left;
	e->x.right = p->right;
	if (p->relation == PAIR_TAKEN)
		return;
	if (p->relation == PAIR_WRAPPING) {
		explain_own_alone(e, p->left ? p->left : p->right, p->right != NULL, false);
		return;
	}
	if (p->relation == PAIR_FEWER) {
		leave_open(differ(&e->x, CAUSE_REMOVED, nowhere, nowhere, NULL,
				  "in fewer places of the dump than other parts"));
		return;
	}
	if (p->relation == PAIR_CARRIER) {
		explain_carrier(e, p);
		return;
	}
	if (p->relation == PAIR_LEFT || p->relation == PAIR_RIGHT) {
		explain_single(e, p);
		return;
	}
	if (p->is_torn)
		differ(&e->x, CAUSE_WEAR, nowhere, nowhere, p->left->format->name,
		       "the same with bad blocks left out");
	if (explain_written(e, p))
		return;
	if (is_entry(p->left) && is_entry(p->right))
		explain_metadata(e, p);
	if (p->moved)
		explain_moved(e, p);
	if (p->relation == PAIR_REPACKED)
		explain_repacked(e, p);
	else if (p->relation == PAIR_OTHER && p->left->kind != KIND_DIRECTORY)
		explain_inside(e, p);
}

/* -- regions without a format -- */

/* The first of the container's own stretches that ends behind `at`. */
static uint32_t own_behind(const struct watched *w, uint64_t at)
{
	uint32_t low = 0, high = w->own_count;

	while (low < high) {
		uint32_t mid = low + (high - low) / 2;

		if (w->own[mid].offset + w->own[mid].length > at)
			high = mid;
		else
			low = mid + 1;
	}
	return low;
}

/* A stretch that its container's format names byte for byte. */
static bool is_owned(const struct node *container, const struct node *piece)
{
	const struct watched *w = container ? container->watch : NULL;
	uint64_t at = piece->offset, end = piece->offset + piece->length;

	if (!w || !w->own_known)
		return false;
	for (uint32_t i = own_behind(w, at); i < w->own_count && at < end; i++) {
		if (w->own[i].offset > at)
			return false;
		at = w->own[i].offset + w->own[i].length;
	}
	return at >= end;
}

static bool same_piece(const struct explanation *e, const struct node *l, const struct node *r)
{
	return same_content(e->m->left, l, e->m->right, r);
}

/* What is left of a gap without what is the same, and what the container's own bytes explain. */
struct trimmed {
	const struct node *const *p;
	uint32_t n;
};

static void trim(const struct explanation *e, struct trimmed *l, struct trimmed *r)
{
	while (l->n && r->n && same_piece(e, l->p[0], r->p[0])) {
		l->p++;
		l->n--;
		r->p++;
		r->n--;
	}
	while (l->n && r->n && same_piece(e, l->p[l->n - 1], r->p[r->n - 1])) {
		l->n--;
		r->n--;
	}
}

static void trim_owned(const struct node *container, struct trimmed *t)
{
	while (t->n && is_owned(container, t->p[0])) {
		t->p++;
		t->n--;
	}
	while (t->n && is_owned(container, t->p[t->n - 1]))
		t->n--;
}

/* Few runs, of what fills. */
static bool are_fill(const struct watch *w, const struct trimmed *t)
{
	struct span bytes;

	for (uint32_t i = 0; i < t->n; i++)
		if (t->p[i]->state != STATE_PADDING || !region_bytes(w, t->p[i], &bytes) ||
		    bytes.n == 0 || !is_fill_byte(bytes.p[0]))
			return false;
	return t->n <= MOST_RUNS;
}

static uint32_t count_state(const struct trimmed *t, enum state state)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < t->n; i++)
		n += t->p[i]->state == state;
	return n;
}

/* Text that stands where no format has anything; headers and the like are called otherwise. */
static bool holds_text(const struct trimmed *t)
{
	for (uint32_t i = 0; i < t->n; i++)
		if (t->p[i]->label && strcmp(t->p[i]->label, "text") == 0)
			return true;
	return false;
}

static struct byte_range extent(const struct trimmed *t)
{
	if (t->n == 0)
		return nowhere;
	return (struct byte_range){
		t->p[0]->offset, t->p[t->n - 1]->offset + t->p[t->n - 1]->length - t->p[0]->offset
	};
}

/* Bytes where the other side has a signature. */
static bool replaces_signature(const struct explanation *e, const struct gap *gap,
			       const struct trimmed *l, const struct trimmed *r)
{
	for (uint32_t i = 0; i < e->signature_count; i++) {
		const struct pair *p = e->signatures[i];
		const struct trimmed *there = p->left ? r : l;
		uint64_t at = (p->left ? p->left : p->right)->offset;
		struct byte_range bytes = extent(there);

		if (p->in_left == gap->in_left && p->in_right == gap->in_right &&
		    bytes.offset <= at && at - bytes.offset < bytes.length)
			return true;
	}
	return false;
}

void explain_gap(struct explanation *e, const struct gap *gap)
{
	struct trimmed l = { gap->left, gap->left_count }, r = { gap->right, gap->right_count };
	bool padding, encrypted;

	trim_owned(gap->in_left, &l);
	trim_owned(gap->in_right, &r);
	trim(e, &l, &r);
	if (l.n == 0 && r.n == 0)
		return;
	e->x.left = gap->in_left;
	e->x.right = gap->in_right;
	padding = are_fill(e->m->left, &l) && are_fill(e->m->right, &r);
	encrypted = count_state(&l, STATE_ENCRYPTED) + count_state(&r, STATE_ENCRYPTED) > 0;
	if (padding)
		differ(&e->x, CAUSE_PADDING, extent(&l), extent(&r), NULL, NULL);
	else if (is_damaged(gap->in_left) || is_damaged(gap->in_right))
		differ(&e->x, CAUSE_TRUNCATED, extent(&l), extent(&r), NULL, NULL);
	else if (replaces_signature(e, gap, &l, &r))
		refuse_form(differ(&e->x, CAUSE_SIGNATURE, extent(&l), extent(&r), NULL,
				   "other bytes stand in the place of the signature"));
	else if (encrypted)
		differ(&e->x, CAUSE_ENCRYPTED, extent(&l), extent(&r), NULL, NULL);
	else if (holds_text(&l) || holds_text(&r))
		refuse_form(differ(&e->x, CAUSE_PADDING, extent(&l), extent(&r), NULL,
				   "text that belongs to nothing"));
	else
		differ(&e->x, CAUSE_UNKNOWN, extent(&l), extent(&r), NULL,
		       "bytes of which the meaning is not known");
}

static void find_signatures(struct explanation *e)
{
	const struct matching *m = e->m;

	e->signatures = arena_take(e->x.arena, m->pair_count, sizeof(struct pair *));
	e->x.lost |= !e->signatures;
	for (uint32_t i = 0; e->signatures && i < m->pair_count; i++) {
		const struct pair *p = &m->pairs[i];

		if (e->signature_count < MOST_SIGNATURES &&
		    ((p->relation == PAIR_LEFT && is_signature(p->left)) ||
		     (p->relation == PAIR_RIGHT && is_signature(p->right))))
			e->signatures[e->signature_count++] = p;
	}
}

void explain_all(struct explanation *e)
{
	const struct matching *m = e->m;

	find_signatures(e);
	for (uint32_t i = 0; i < m->pair_count; i++)
		explain_pair(e, &m->pairs[i]);
	for (uint32_t i = 0; i < m->gap_count; i++)
		explain_gap(e, &m->gaps[i]);
	explain_mtimes(e);
}
