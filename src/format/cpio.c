/* cpio.c - cpio archives: "newc" (with and without checksum), "odc", and the old binary form in
 * both byte orders. Sources: kernel Documentation/driver-api/early-userspace/buffer-format.rst,
 * cpio(5). */
#include <stdio.h>
#include <stdlib.h>

#include "base/cursor.h"
#include "base/text.h"
#include "format/cpio.h"

#define LONGEST_NAME 4096

enum cpio_variant cpio_variant_of(struct span in)
{
	if (span_starts(in, span_text("070701")))
		return CPIO_NEWC;
	if (span_starts(in, span_text("070702")))
		return CPIO_CRC;
	if (span_starts(in, span_text("070707")))
		return CPIO_ODC;
	if (span_u16(in, 0, false) == 070707)
		return CPIO_BINARY;
	return span_u16(in, 0, true) == 070707 ? CPIO_BINARY_BE : CPIO_NONE;
}

/* A field of digits, all of which must be digits. */
static bool take(struct cursor *c, unsigned width, unsigned base, uint64_t *value)
{
	struct span field = cursor_span(c, width);
	size_t used = 0;

	return field.n == width && span_number(field, base, value, &used) && used == width;
}

static bool read_newc(struct cursor *c, struct cpio_member *m, uint64_t *name)
{
	uint64_t dev[4],
		*fields[] = { &m->inode, &m->mode, &m->uid, &m->gid, &m->links, &m->mtime, &m->size,
			      &dev[0],   &dev[1],  &dev[2], &dev[3], name,      &m->check };

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (!take(c, 8, 16, fields[i]))
			return false;
	m->device = dev[0] << 32 | dev[1];
	m->major = (uint32_t)dev[2];
	m->minor = (uint32_t)dev[3];
	m->rdev = dev[2] | dev[3];
	return true;
}

static void set_device(struct cpio_member *m, uint64_t device)
{
	m->major = (uint32_t)(device >> 8 & 0xff);
	m->minor = (uint32_t)(device & 0xff);
}

static bool read_odc(struct cursor *c, struct cpio_member *m, uint64_t *name)
{
	uint64_t rdev = 0;
	const struct {
		unsigned width;
		uint64_t *value;
	} fields[] = { { 6, &m->device }, { 6, &m->inode }, { 6, &m->mode }, { 6, &m->uid },
		       { 6, &m->gid },    { 6, &m->links }, { 6, &rdev },    { 11, &m->mtime },
		       { 6, name },       { 11, &m->size } };

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (!take(c, fields[i].width, 8, fields[i].value))
			return false;
	m->rdev = rdev;
	set_device(m, rdev);
	return true;
}

/* Sixteen-bit words; of a long the high word comes first in either byte order. */
static bool read_binary(struct cursor *c, bool big, struct cpio_member *m, uint64_t *name)
{
	uint16_t w[12];

	for (int i = 0; i < 12; i++)
		w[i] = cursor_u16(c, big);
	m->device = w[0];
	m->inode = w[1];
	m->mode = w[2];
	m->uid = w[3];
	m->gid = w[4];
	m->links = w[5];
	m->rdev = w[6];
	set_device(m, w[6]);
	m->mtime = (uint64_t)w[7] << 16 | w[8];
	*name = w[9];
	m->size = (uint64_t)w[10] << 16 | w[11];
	return !c->ran_out;
}

static uint64_t round_to(uint64_t at, uint64_t step)
{
	return (at + step - 1) / step * step;
}

static bool is_type(uint64_t mode)
{
	static const uint16_t types[] = { 0010000, 0020000, 0040000, 0060000,
					  0100000, 0120000, 0140000 };

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if ((mode & 0170000) == types[i])
			return true;
	return false;
}

/* The member at `at`. A cut member has next = 0 and what is there of it. */
struct fault cpio_read(struct span in, uint64_t at, struct cpio_member *m)
{
	struct span from = span_from(in, at);
	enum cpio_variant v = cpio_variant_of(from);
	struct cursor c = { .in = from, .at = v >= CPIO_BINARY ? 2 : 6 };
	uint64_t name = 0, step = v <= CPIO_CRC ? 4 : v == CPIO_ODC ? 1 : 2, end;
	bool whole;

	*m = (struct cpio_member){ 0 };
	if (v == CPIO_NONE)
		return fault_at(FAULT_BROKEN, at, "cpio magic", 0, 0);
	whole = v <= CPIO_CRC   ? read_newc(&c, m, &name)
		: v == CPIO_ODC ? read_odc(&c, m, &name)
				: read_binary(&c, v == CPIO_BINARY_BE, m, &name);
	if (!whole)
		return c.ran_out ? fault_at(FAULT_SHORT, at, "cpio header", from.n, 110)
				 : fault_at(FAULT_BROKEN, at, "cpio header", 0, 0);
	if (name < 1 || name > LONGEST_NAME)
		return fault_at(FAULT_BROKEN, at, "name length", name, LONGEST_NAME);
	m->header = at;
	m->name = m->field = cursor_span(&c, name);
	if (c.ran_out)
		return fault_at(FAULT_SHORT, at, "cpio name", from.n, c.at + name);
	if (m->name.p[m->name.n - 1] != 0)
		return fault_at(FAULT_BROKEN, at, "end of name", m->name.p[m->name.n - 1], 0);
	m->name.n = strnlen((const char *)m->name.p, m->name.n);
	if (!is_type(m->mode) && !span_is(m->name, CPIO_TRAILER))
		return fault_at(FAULT_BROKEN, at, "mode", m->mode, 0177777);
	m->data = at + round_to(c.at, step);
	end = m->data + m->size;
	if (end < m->data || end > in.n)
		return m->data > in.n ? fault_at(FAULT_SHORT, at, "content", in.n, end) : fine;
	m->next = at + round_to(end - at, step);
	return fine;
}

/* Zeros up to a border of 512 bytes, as writers pad. */
static uint64_t behind_padding(struct span in, uint64_t at, uint64_t start)
{
	uint64_t end = start + round_to(at - start, 512);

	for (uint64_t i = at; i < end; i++)
		if (span_byte(in, i) != 0)
			return at;
	return end <= in.n ? end : in.n;
}

/* Where the archive ends: behind the trailer and its padding, else where the chain breaks. */
static uint64_t find_end(struct span in, bool *ended)
{
	uint64_t at = 0;
	struct cpio_member m;

	*ended = false;
	while (at < in.n && cpio_read(in, at, &m).kind == FAULT_NONE) {
		if (m.next == 0)
			return in.n;
		at = m.next;
		if (span_is(m.name, CPIO_TRAILER) && m.size == 0) {
			*ended = true;
			return behind_padding(in, at, 0);
		}
	}
	return at < in.n ? at : in.n;
}

/* The length is nowhere stated: the chain of headers is followed. What is accepted is not probed
 * again inside, so this stays linear. */
static struct fault probe(struct span in, struct found *f)
{
	static const char *const names[] = { "newc", "crc", "odc", "binary, little-endian",
					     "binary, big-endian" };
	enum cpio_variant v = cpio_variant_of(in);
	struct cpio_member m, second;
	struct fault bad = cpio_read(in, 0, &m);
	bool ended;

	if (bad.kind)
		return bad;
	if (v >= CPIO_BINARY && (m.next == 0 || cpio_read(in, m.next, &second).kind))
		return fault_at(FAULT_BROKEN, m.next, "second header", 0, 0);
	f->len = find_end(in, &ended);
	if (f->len == 0)
		return fault_at(FAULT_BROKEN, 0, "cpio header", 0, 0);
	f->proof = ended || v <= CPIO_ODC ? PROOF_STRUCTURE : PROOF_PLAUSIBLE;
	snprintf(f->label, sizeof(f->label), "%s", names[v]);
	return fine;
}

static void add_member(struct listing *l, const struct cpio_member *m)
{
	struct entry e = entry_new(kind_of_mode((uint32_t)m->mode), m->name);

	e.mode = (uint32_t)m->mode & 07777;
	e.uid = (uint32_t)m->uid;
	e.gid = (uint32_t)m->gid;
	e.mtime = (int64_t)m->mtime;
	e.has_mode = e.has_owner = e.has_mtime = true;
	e.major = m->major;
	e.minor = m->minor;
	e.order = m->data;
	e.key[0] = m->inode;
	e.key[1] = m->device;
	e.key[2] = m->links;
	if (e.kind == KIND_FILE) {
		e.stored = true;
		e.size = e.length = m->size;
		e.offset = m->data;
	} else if (e.kind == KIND_SYMLINK) {
		e.target = span_sub(l->in, m->data, m->size <= CPIO_LONGEST_TARGET ? m->size : 0);
	}
	listing_add(l, &e);
}

struct name {
	uint64_t inode, device;
	uint32_t entry;
};

static int by_inode(const void *left, const void *right)
{
	const struct name *a = left, *b = right;

	if (a->inode != b->inode)
		return a->inode < b->inode ? -1 : 1;
	if (a->device != b->device)
		return a->device < b->device ? -1 : 1;
	return a->entry < b->entry ? -1 : a->entry > b->entry;
}

static void join_link(struct listing *l, uint32_t index, struct entry *e)
{
	struct entry *first = &l->entries[index];

	if (e->size && !first->size) {
		first->size = e->size;
		first->length = e->length;
		first->offset = e->offset;
		first->order = e->order;
	} else if (e->size && e->size != first->size) {
		return; /* another file under the same number */
	}
	e->kind = KIND_HARDLINK;
	e->first = index;
	e->stored = false;
}

/* The names of one inode: its content comes with the last (newc) or with each (older forms). */
static void join_links(struct listing *l)
{
	struct name *names = arena_take(l->arena, l->count, sizeof(*names));
	uint32_t count = 0, first = 0;

	for (uint32_t i = 0; names && i < l->count; i++) {
		const struct entry *e = &l->entries[i];

		if (e->kind == KIND_FILE && e->key[2] >= 2)
			names[count++] = (struct name){ e->key[0], e->key[1], i };
	}
	if (count == 0)
		return;
	qsort(names, count, sizeof(*names), by_inode);
	for (uint32_t i = 1; i < count; i++)
		if (names[i].inode == names[first].inode && names[i].device == names[first].device)
			join_link(l, names[first].entry, &l->entries[names[i].entry]);
		else
			first = i;
}

/* To the trailer. An initramfs may be several archives, one behind the other: each is its own. */
static struct fault list(struct listing *l)
{
	uint64_t at = 0;
	struct cpio_member m;

	while (at < l->in.n) {
		struct fault bad = cpio_read(l->in, at, &m);

		if (bad.kind) {
			listing_fault(l, bad);
			break;
		}
		if (span_is(m.name, CPIO_TRAILER) && m.size == 0) {
			join_links(l);
			return fine;
		}
		add_member(l, &m);
		if (m.next == 0)
			break;
		at = m.next;
	}
	listing_fault(l, fault_at(FAULT_SHORT, at, "cpio trailer", l->in.n, 0));
	join_links(l);
	return fine;
}

const struct format format_cpio = {
	.name = "cpio",
	.says = "cpio archive: newc, crc, odc, binary of both byte orders",
	.spec = "torvalds/linux Documentation/driver-api/early-userspace/buffer-format.rst; "
		"cpio(5)",
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 6, "070701" },
		   { 0, 6, "070702" },
		   { 0, 6, "070707" },
		   { 0, 2, "\xc7\x71" },
		   { 0, 2, "\x71\xc7" } },
	.probe = probe,
	.list = list,
	.own = cpio_own,
};
