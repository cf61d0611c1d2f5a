/* squashfs_proof.c - whether the tables of a SquashFS hold nothing but the tree: every byte of the
 * inode and directory tables belongs to an inode or a name that is shown, and what the tree does
 * not need (numbers, counts, indexes) says what the tree says. Works on one row an inode. */
#include "format/squashfs_proof.h"

#include <stdlib.h>

/* -- inodes -- */

static uint32_t row_at(const struct proving *p, uint64_t at)
{
	uint32_t low = 0, high = p->count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (p->rows[middle].at < at)
			low = middle + 1;
		else
			high = middle;
	}
	return low < p->count && p->rows[low].at == at ? low : NO_ROW;
}

/* The block of the table in which a plain position stands. */
static uint64_t block_of(const struct squash_table *t, uint64_t at)
{
	uint32_t low = 0, high = t->count;

	while (high - low > 1) {
		uint32_t middle = low + (high - low) / 2;

		if (t->blocks[middle].plain <= at)
			low = middle;
		else
			high = middle;
	}
	return t->count ? t->blocks[low].at : 0;
}

/* A shortcut into a large directory: the name that it gives is the first of the run to which it
 * leads. */
static bool index_holds(const struct proving *p, struct cursor *c, const struct squash_inode *i)
{
	const struct squash *q = p->q;
	bool is_v4 = q->super.major == 4;
	uint32_t index = cursor_u32(c, q->super.big), start = cursor_u32(c, q->super.big);
	uint64_t size = (is_v4 ? (uint64_t)cursor_u32(c, q->super.big) : cursor_u8(c)) + 1, base;
	struct span name = cursor_span(c, size);
	struct cursor names = { .in = q->directories.plain };
	struct squash_name first;

	if (c->ran_out || index >= i->size ||
	    !squash_find(&q->directories, i->start, i->offset, &base))
		return false;
	cursor_seek(&names, base + index);
	if (is_v4) {
		squash_v4_run(q, &names);
		first = squash_v4_name(q, &names);
	} else {
		squash_old_run(q, &names);
		first = squash_old_name(q, &names);
	}
	return !names.ran_out && span_equal(first.name, name) &&
	       start == block_of(&q->directories, base + index);
}

static bool indexes_hold(const struct proving *p, const struct squash_inode *i, uint64_t *end)
{
	struct cursor c = { .in = p->q->inodes.plain };

	if (i->kind != KIND_DIRECTORY || i->indexes == 0)
		return true;
	if (p->q->super.major < 3)
		return false;
	cursor_seek(&c, *end);
	for (uint32_t k = 0; k < i->indexes; k++)
		if (!index_holds(p, &c, i))
			return false;
	*end = c.at;
	return true;
}

/* Bytes of the file in holes, and in the image. */
static uint64_t holes_of(const struct squash *q, const struct squash_inode *i, uint64_t *packed)
{
	struct cursor list = squash_block_list(q, i);
	uint64_t tail, holes = 0, left = i->size;

	squash_block_count(q, i, &tail);
	*packed = 0;
	for (left -= tail; left && cursor_left(&list);) {
		struct squash_data_block b = squash_next_block(q, &list);
		uint64_t size = left < q->super.block_size ? left : q->super.block_size;

		holes += b.packed ? 0 : size;
		*packed += b.packed;
		left -= size;
	}
	return holes;
}

/* Builders put 0 or all ones; one builder always the same. */
static bool no_offset_holds(struct proving *p, uint32_t offset)
{
	if (!p->has_no_offset)
		p->no_offset = offset;
	p->has_no_offset = true;
	return offset == p->no_offset && (offset == 0 || offset == UINT32_MAX);
}

/* Fields that nothing reads hold what every builder puts there. */
static bool file_holds(struct proving *p, const struct squash_inode *i, uint64_t *end)
{
	const struct squash *q = p->q;
	uint64_t tail, count = squash_block_count(q, i, &tail), packed, holes;

	if (squash_blocks_listed(q, i) != count)
		return false;
	holes = holes_of(q, i, &packed);
	*end = i->list + count * (q->super.major == 1 ? 2 : 4);
	if (packed) {
		p->edges[p->edge_count++] = i->start;
		p->edges[p->edge_count++] = i->start + packed;
	}
	if (i->sparse && i->sparse != holes && i->sparse + 1 != holes)
		return false;
	if (i->fragment == NO_INDEX)
		return no_offset_holds(p, i->offset);
	if (tail == 0 || i->fragment >= q->fragment_count)
		return q->super.major == 1;
	p->tails[p->tail_count++] = (struct tail){ i->fragment, i->offset, i->offset + tail };
	return true;
}

static bool read_row(struct proving *p, uint64_t *at)
{
	struct squash_inode i;
	uint64_t end;

	if (p->count == p->l->count || squash_read_whole(p->q, *at, &i, &end).kind || i.is_strange)
		return false;
	if ((i.kind == KIND_FILE && !file_holds(p, &i, &end)) || !indexes_hold(p, &i, &end))
		return false;
	if (i.xattr != NO_INDEX && i.xattr < p->q->xattr_ids.n / SQUASH_XATTR_ID)
		p->xattr_used[i.xattr] = 1;
	else if (i.xattr != NO_INDEX)
		return false;
	p->rows[p->count++] =
		(struct row){ .at = *at, .number = i.number, .kind = i.kind, .parent = NO_ROW };
	*at = end;
	return true;
}

static bool read_rows(struct proving *p)
{
	uint64_t at = 0;

	while (at < p->q->inodes.plain.n)
		if (!read_row(p, &at))
			return false;
	return at == p->q->inodes.plain.n;
}

static int by_number(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* A file without blocks, or of holes alone, has no place; builders name the one that they had
 * reached. */
static bool places_hold(struct proving *p)
{
	for (uint32_t k = 0; k < p->q->fragment_count; k++) {
		p->edges[p->edge_count++] = p->q->fragments[k].start;
		p->edges[p->edge_count++] = p->q->fragments[k].start + p->q->fragments[k].packed;
	}
	if (p->edge_count)
		qsort(p->edges, p->edge_count, sizeof(*p->edges), by_number);
	for (uint32_t k = 0; k < p->count; k++) {
		struct squash_inode i;
		uint64_t packed;

		if (p->rows[k].kind != KIND_FILE ||
		    squash_read_inode(p->q, p->rows[k].at, &i).kind || i.start == 0)
			continue;
		holes_of(p->q, &i, &packed);
		if (packed == 0 && i.start != squash_super_size(p->q->super.major) &&
		    !(p->edge_count &&
		      bsearch(&i.start, p->edges, p->edge_count, sizeof(*p->edges), by_number)))
			return false;
	}
	return true;
}

/* Who has which names. */
static bool count_names(struct proving *p)
{
	for (uint32_t k = 0; k < p->l->count; k++) {
		const struct entry *e = &p->l->entries[k];
		uint32_t row = e->fault.kind ? NO_ROW : row_at(p, e->key[0]);
		uint32_t parent =
			e->parent == NO_ENTRY ? NO_ROW : row_at(p, p->l->entries[e->parent].key[0]);

		if (row == NO_ROW)
			return false;
		p->rows[row].names++;
		p->rows[row].parent = parent;
		if (parent == NO_ROW)
			continue;
		p->rows[parent].children++;
		p->rows[parent].subdirs += p->rows[row].kind == KIND_DIRECTORY;
	}
	return true;
}

static bool links_hold(struct proving *p, const struct row *r, const struct squash_inode *i)
{
	if (!i->has_links)
		return true;
	if (r->kind != KIND_DIRECTORY)
		return i->links == r->names;
	p->links_by_subdirs &= i->links == r->subdirs + 2;
	p->links_by_children &= i->links == r->children + 2;
	p->links_fixed &= i->links == 2;
	return p->links_by_subdirs || p->links_by_children || p->links_fixed;
}

/* Numbers are 1 to the count, each once. The root's parent is none. */
static bool row_holds(struct proving *p, const struct row *r, uint8_t *seen)
{
	bool is_numbered = p->q->super.major >= 3;
	struct squash_inode i;

	if (squash_read_inode(p->q, r->at, &i).kind || r->names == 0 || !links_hold(p, r, &i) ||
	    (r->kind == KIND_DIRECTORY && r->names != 1))
		return false;
	if (!is_numbered)
		return true;
	if (r->number == 0 || r->number > p->count || seen[r->number - 1]++)
		return false;
	if (r->kind != KIND_DIRECTORY)
		return true;
	if (r->parent != NO_ROW)
		return i.parent == p->rows[r->parent].number;
	return i.parent == 0 || i.parent == p->count + 1 || i.parent == r->number;
}

static bool inodes_hold(struct proving *p)
{
	uint8_t *seen = arena_take(p->arena, p->count, 1);

	if (!seen || !count_names(p))
		return false;
	for (uint32_t k = 0; k < p->count; k++)
		if (!row_holds(p, &p->rows[k], seen))
			return false;
	return true;
}

/* -- directories -- */

static bool name_holds(const struct proving *p, const struct squash_run *run,
		       const struct squash_name *n)
{
	uint64_t at;
	uint32_t row =
		squash_find(&p->q->inodes, run->block, n->offset, &at) ? row_at(p, at) : NO_ROW;
	enum kind kind;

	if (row == NO_ROW || !squash_kind(n->type, &kind) || kind != p->rows[row].kind)
		return false;
	return p->q->super.major < 3 ||
	       p->rows[row].number == run->number + (n->number ^ 0x8000u) - 0x8000u;
}

static bool directory_holds(const struct proving *p, uint64_t from, uint64_t size)
{
	const struct squash *q = p->q;
	struct cursor c = { .in = span_sub(q->directories.plain, from, size) };
	bool is_v4 = q->super.major == 4;

	while (cursor_left(&c) && !c.ran_out) {
		struct squash_run run = is_v4 ? squash_v4_run(q, &c) : squash_old_run(q, &c);

		if (run.left == 0)
			return false;
		for (; run.left; run.left--) {
			struct squash_name n =
				is_v4 ? squash_v4_name(q, &c) : squash_old_name(q, &c);

			if (c.ran_out || !name_holds(p, &run, &n))
				return false;
		}
	}
	return c.in.n == size && !c.ran_out;
}

int proof_by_place(const void *a, const void *b)
{
	const struct extent *x = a, *y = b;

	return (x->at > y->at) - (x->at < y->at);
}

/* An empty directory stands where another begins or ends. */
static bool empty_holds(const struct proving *p, const struct squash_inode *i)
{
	const struct squash_table *t = &p->q->directories;
	uint64_t at = t->plain.n;

	if ((i->start == 0 && i->offset == 0) || i->size)
		return true;
	if (!squash_find(t, i->start, i->offset, &at)) {
		uint64_t last = t->count ? t->blocks[t->count - 1].at : 0;

		return i->start > last
			       ? i->offset == 0
			       : t->count && i->start == last &&
					 t->blocks[t->count - 1].plain + i->offset == t->plain.n;
	}
	for (uint32_t low = 0, high = p->name_count; low < high;) {
		uint32_t middle = low + (high - low) / 2;

		if (p->names[middle].at == at || p->names[middle].end == at)
			return true;
		if (p->names[middle].at < at)
			low = middle + 1;
		else
			high = middle;
	}
	return false;
}

static bool directories_hold(struct proving *p)
{
	struct squash_inode i;
	uint64_t at = 0;

	p->names = arena_take(p->arena, p->count, sizeof(*p->names));
	for (uint32_t k = 0; p->names && k < p->count; k++) {
		struct extent *x = &p->names[p->name_count];

		if (p->rows[k].kind != KIND_DIRECTORY ||
		    squash_read_inode(p->q, p->rows[k].at, &i).kind || i.size == 0)
			continue;
		if (!squash_find(&p->q->directories, i.start, i.offset, &x->at) ||
		    !directory_holds(p, x->at, i.size))
			return false;
		x->end = x->at + i.size;
		p->name_count++;
	}
	if (p->name_count)
		qsort(p->names, p->name_count, sizeof(*p->names), proof_by_place);
	for (uint32_t k = 0; k < p->name_count; k++) {
		if (p->names[k].at != at)
			return false;
		at = p->names[k].end;
	}
	for (uint32_t k = 0; p->names && k < p->count; k++)
		if (p->rows[k].kind == KIND_DIRECTORY &&
		    (squash_read_inode(p->q, p->rows[k].at, &i).kind || !empty_holds(p, &i)))
			return false;
	return p->names && at == p->q->directories.plain.n;
}

struct squash_proof squash_prove(const struct listing *l, struct arena *a)
{
	struct squash_proof out = { 0 };
	struct proving p = { .q = l->state,
			     .l = l,
			     .arena = a,
			     .links_by_subdirs = true,
			     .links_by_children = true,
			     .links_fixed = true };
	bool is_read;

	p.rows = arena_take(a, l->count, sizeof(*p.rows));
	p.tails = arena_take(a, l->count, sizeof(*p.tails));
	p.xattr_used = arena_take(a, p.q->xattr_ids.n / SQUASH_XATTR_ID, 1);
	p.edges = arena_take(a, 2 * ((uint64_t)l->count + p.q->fragment_count), sizeof(*p.edges));
	if (!p.rows || !p.edges || !p.tails || !p.xattr_used || l->fault.kind)
		return out;
	is_read = read_rows(&p) && places_hold(&p) && inodes_hold(&p);
	out.inodes = is_read && p.q->super.inodes == p.count;
	if (!is_read)
		return out;
	out.directories = directories_hold(&p);
	out.fragments = proof_fragments_hold(&p);
	out.ids = proof_ids_hold(&p, p.q->ids) && proof_ids_hold(&p, p.q->guids);
	out.lookup = proof_lookup_holds(&p);
	out.xattrs = proof_xattrs_hold(&p);
	return out;
}
