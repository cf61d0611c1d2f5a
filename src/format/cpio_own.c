/* cpio_own.c - headers, names and padding of a cpio archive. A header is structure where each of
 * its fields says what the entry says, or what follows from the others: numbers of links are
 * counted, devices are one, checksums are computed. Numbers of inodes are whatever the builder's
 * disk gave. */
#include <stdlib.h>

#include "base/cursor.h"
#include "format/cpio.h"
#include "format/own.h"

#define MOST_MODE 0177777u

static const char header_name[] = "header";

struct path {
	struct span name;
	uint32_t entry, subdirs, children;
};

struct members {
	const struct listing *l;
	struct own_list *out;
	struct path *paths; /* sorted by name */
	uint32_t *place;    /* of an entry in them */
	uint32_t *names;    /* of an entry's inode */
	uint64_t device;
	uint64_t *inodes; /* in the order of the archive, then sorted */
	bool is_dense;    /* numbers without gaps: their order is all they say */
	bool by_subdirs, by_children, by_2, by_1; /* how directories may count their links */
	bool has_upper, has_lower;
	struct span prefix; /* what stands before every name: "", "./" or "/" */
};

static int by_name(const void *a, const void *b)
{
	return span_compare(((const struct path *)a)->name, ((const struct path *)b)->name);
}

/* The directory above: all before the last "/", or the root. */
static struct path *path_above(struct members *m, struct span name)
{
	struct path key = { 0 };

	while (name.n && name.p[name.n - 1] != '/')
		name.n--;
	if (name.n)
		name.n--;
	key.name = name;
	return bsearch(&key, m->paths, m->l->count, sizeof(key), by_name);
}

static bool count_names(struct members *m)
{
	const struct listing *l = m->l;

	m->paths = arena_take(m->out->arena, l->count, sizeof(*m->paths));
	m->place = arena_take(m->out->arena, l->count, sizeof(*m->place));
	m->names = arena_take(m->out->arena, l->count, sizeof(*m->names));
	m->inodes = arena_take(m->out->arena, l->count, sizeof(*m->inodes));
	if (!m->paths || !m->place || !m->names || !m->inodes || l->count == 0)
		return false;
	for (uint32_t i = 0; i < l->count; i++) {
		const struct entry *e = &l->entries[i];

		m->paths[i] = (struct path){ .name = e->name, .entry = i };
		m->names[e->first != NO_ENTRY ? e->first : i]++;
	}
	qsort(m->paths, l->count, sizeof(*m->paths), by_name);
	for (uint32_t i = 0; i < l->count; i++) {
		const struct entry *e = &l->entries[m->paths[i].entry];
		struct path *above = e->name.n ? path_above(m, e->name) : NULL;

		m->place[m->paths[i].entry] = i;
		if (!above)
			continue;
		above->children++;
		above->subdirs += e->kind == KIND_DIRECTORY;
	}
	return true;
}

/* -- what all members have in common -- */

static struct span prefix_of(struct span name)
{
	if (span_starts(name, span_text("./")))
		return span_head(name, 2);
	return span_head(name, span_byte(name, 0) == '/');
}

static int by_number(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* Each number once but for names of one file, and none left out. */
static bool is_dense(struct members *all)
{
	uint32_t n = all->l->count, links = 0, same = 0;

	for (uint32_t i = 0; i < n; i++)
		links += all->l->entries[i].kind == KIND_HARDLINK;
	qsort(all->inodes, n, sizeof(*all->inodes), by_number);
	for (uint32_t i = 1; i < n; i++) {
		if (all->inodes[i] - all->inodes[i - 1] > 1)
			return false;
		same += all->inodes[i] == all->inodes[i - 1];
	}
	return same == links;
}

static void note_member(struct members *all, const struct cpio_member *m, uint32_t index)
{
	const struct entry *e = &all->l->entries[index];
	const struct path *p = &all->paths[all->place[index]];

	all->inodes[index] = m->inode;
	if (index == 0)
		all->device = m->device;
	if (all->prefix.n == 0 && !span_is(m->name, "."))
		all->prefix = prefix_of(m->name);
	if (e->kind != KIND_DIRECTORY)
		return;
	all->by_subdirs &= m->links == 2ull + p->subdirs;
	all->by_children &= m->links == 2ull + p->children;
	all->by_2 &= m->links == 2;
	all->by_1 &= m->links == 1;
}

/* Calls `each` with every member that has an entry, and gives the place behind the last. The
 * trailer comes with NO_ENTRY. */
static uint64_t each_member(struct members *all,
			    void (*each)(struct members *all, const struct cpio_member *m,
					 uint32_t index))
{
	struct cpio_member m;
	uint64_t at = 0;

	for (uint32_t i = 0; at < all->l->in.n; i++) {
		bool is_end;

		if (cpio_read(all->l->in, at, &m).kind)
			return at;
		is_end = span_is(m.name, CPIO_TRAILER) && m.size == 0;
		if (!is_end && i >= all->l->count)
			return at;
		if (!is_end || each != note_member)
			each(all, &m, is_end ? NO_ENTRY : i);
		if (is_end || m.next == 0)
			return m.next ? m.next : all->l->in.n;
		at = m.next;
	}
	return at;
}

/* -- one member -- */

static bool links_hold(const struct members *all, const struct cpio_member *m, uint32_t index)
{
	const struct entry *e = &all->l->entries[index];

	if (e->kind == KIND_DIRECTORY)
		return all->by_subdirs || all->by_children || all->by_2 || all->by_1;
	return m->links == all->names[e->first != NO_ENTRY ? e->first : index];
}

static bool check_holds(const struct members *all, const struct cpio_member *m, bool is_summed)
{
	struct span content = span_sub(all->l->in, m->data, m->size);
	uint32_t sum = 0;

	if (!is_summed || (m->mode & 0170000) != 0100000)
		return m->check == 0;
	for (size_t i = 0; i < content.n; i++)
		sum += content.p[i];
	return sum == m->check;
}

/* Digits of one case in all of the archive. */
static bool digits_hold(struct members *all, struct span header)
{
	for (size_t i = 0; i < header.n; i++) {
		all->has_upper |= header.p[i] >= 'A' && header.p[i] <= 'F';
		all->has_lower |= header.p[i] >= 'a' && header.p[i] <= 'f';
	}
	return !(all->has_upper && all->has_lower);
}

static bool name_holds(const struct members *all, const struct cpio_member *m, uint32_t index)
{
	struct span name = all->l->entries[index].name, rest = m->name;

	if (name.n == 0)
		return span_is(m->name, ".");
	if (!span_starts(rest, all->prefix))
		return false;
	return span_equal(span_from(rest, all->prefix.n), name);
}

static bool header_holds(struct members *all, const struct cpio_member *m, uint32_t index)
{
	enum cpio_variant v = cpio_variant_of(span_from(all->l->in, m->header));
	uint64_t length = span_place(all->l->in, m->field) - m->header;
	const struct entry *e;
	bool is_device;

	if (v <= CPIO_CRC && !digits_hold(all, span_sub(all->l->in, m->header, length)))
		return false;
	if (m->field.n != m->name.n + 1)
		return false;
	if (index == NO_ENTRY) /* only the number of links may be one */
		return !m->mode && !m->uid && !m->gid && !m->mtime && !m->rdev && !m->check &&
		       !m->device && !m->inode && m->links <= 1;
	e = &all->l->entries[index];
	is_device = e->kind == KIND_CHAR_DEVICE || e->kind == KIND_BLOCK_DEVICE;
	return m->mode <= MOST_MODE && m->device == all->device &&
	       m->rdev <= (v <= CPIO_CRC ? UINT64_MAX : UINT16_MAX) &&
	       (is_device || m->rdev == 0) && links_hold(all, m, index) &&
	       check_holds(all, m, v == CPIO_CRC);
}

/* Where the number of the inode stands in a header, and how long it is. */
static void inode_field(enum cpio_variant v, uint64_t *at, uint64_t *size)
{
	*at = v == CPIO_ODC ? 12 : v <= CPIO_CRC ? 6 : 4;
	*size = v == CPIO_ODC ? 6 : v <= CPIO_CRC ? 8 : 2;
}

/* Content behind another name of the same file comes again in older forms. */
static void own_body(struct members *all, const struct cpio_member *m, const struct entry *e)
{
	struct span body = span_sub(all->l->in, m->data, m->size);
	const struct entry *first = e->first != NO_ENTRY ? &all->l->entries[e->first] : NULL;

	if (e->kind == KIND_SYMLINK)
		own_add(all->out, m->data, body.n,
			own_if(body.n <= CPIO_LONGEST_TARGET, OWN_STRUCTURE), "link target");
	else if (first && first->offset != m->data)
		own_add(all->out, m->data, body.n,
			own_if(span_equal(body, span_sub(all->l->in, first->offset, first->length)),
			       OWN_STRUCTURE),
			"content again");
}

static void own_member(struct members *all, const struct cpio_member *m, uint32_t index)
{
	enum cpio_variant v = cpio_variant_of(span_from(all->l->in, m->header));
	uint64_t name = span_place(all->l->in, m->field), end = name + m->name.n + 1, at, size;
	enum own header = own_if(header_holds(all, m, index), OWN_STRUCTURE);
	bool dense = index == NO_ENTRY || all->is_dense;

	inode_field(v, &at, &size);
	at += m->header;
	own_add(all->out, m->header, at - m->header, header, header_name);
	own_add(all->out, at, size, dense ? header : OWN_IDENTIFIER,
		dense ? header_name : "inode number");
	own_add(all->out, at + size, name - at - size, header, header_name);
	own_add(all->out, name, m->name.n + 1,
		own_if(index == NO_ENTRY || name_holds(all, m, index), OWN_STRUCTURE), header_name);
	own_add(all->out, end, name + m->field.n - end, OWN_FILL, "behind a name");
	if (index != NO_ENTRY)
		own_body(all, m, &all->l->entries[index]);
}

void cpio_own(const struct listing *l, struct own_list *out)
{
	struct members all = { .l = l,
			       .out = out,
			       .by_subdirs = true,
			       .by_children = true,
			       .by_2 = true,
			       .by_1 = true };
	struct own_map m = { .out = out };
	uint64_t end;

	if (!count_names(&all)) {
		own_add(out, 0, l->in.n, OWN_DATA, "archive");
		return;
	}
	each_member(&all, note_member);
	all.is_dense = is_dense(&all);
	end = each_member(&all, own_member);
	if (end < l->in.n)
		own_add(out, end, l->in.n - end, OWN_FILL, "behind the trailer");
	own_contents(&m, l);
	own_finish(&m, l->in.n, "alignment");
}
