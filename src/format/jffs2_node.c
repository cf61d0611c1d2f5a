/* jffs2_node.c - nodes one by one: headers, checksums, and where the next one stands. */
#include "base/hash.h"
#include "format/jffs2.h"

#define MAGIC          0x1985
#define CURRENT        0x2000
#define HEADER         12
#define LARGEST_NODE   (4u << 20) /* the largest erase block: nodes cross none */
#define SMALLEST_BLOCK (64u << 10)
#define LARGEST_BLOCK  (1u << 20)

struct jffs2_walk jffs2_begin(struct span in)
{
	return (struct jffs2_walk){ .in = in,
				    .big = span_u16(in, 0, true) == MAGIC,
				    .foreign = UINT64_MAX };
}

/* The checksum was made while the node was current. */
static bool header_sound(struct span header, bool big)
{
	uint8_t bytes[8];

	memcpy(bytes, header.p, sizeof(bytes));
	bytes[big ? 2 : 3] |= CURRENT >> 8;
	return crc32_bare((struct span){ bytes, sizeof(bytes) }) == span_u32(header, 8, big);
}

bool jffs2_node_at(struct span in, uint64_t at, bool big, struct jffs2_node *n)
{
	struct span header = span_sub(in, at, HEADER);
	uint16_t type = span_u16(header, 2, big);
	uint32_t length = span_u32(header, 4, big);

	if (span_u16(header, 0, big) != MAGIC || length < HEADER || length > LARGEST_NODE ||
	    !header_sound(header, big))
		return false;
	*n = (struct jffs2_node){ .at = at,
				  .bytes = span_head(span_from(in, at), length),
				  .type = type | CURRENT,
				  .length = length,
				  .obsolete = !(type & CURRENT) };
	return true;
}

/* Erased bytes at the start of s, in whole words. */
static uint64_t erased_run(struct span s)
{
	size_t n = 0;

	while (s.n - n > 256 && s.p[n] == 0xff && memcmp(s.p + n, s.p + n + 1, 256) == 0)
		n += 256;
	while (n < s.n && s.p[n] == 0xff)
		n++;
	return n == s.n ? n : n / 4 * 4;
}

/* Two erase blocks may be bad or foreign before the file system is over. A block is at least as
 * large as the smallest power of two whose multiples no node crosses. */
static uint64_t most_foreign(const struct jffs2_walk *w)
{
	uint64_t block = SMALLEST_BLOCK;

	while (block < LARGEST_BLOCK && block <= w->crossed)
		block *= 2;
	return 2 * block;
}

static void step_over(struct jffs2_walk *w, const struct jffs2_node *n)
{
	uint64_t end = n->at + n->bytes.n;

	w->crossed |= n->at ^ (end - 1);
	w->at = (end + 3) / 4 * 4;
	w->at = w->at < w->in.n ? w->at : w->in.n;
	w->end = w->at;
}

bool jffs2_next(struct jffs2_walk *w, struct jffs2_node *n)
{
	uint64_t most = most_foreign(w), met = 0;

	while (w->at < w->in.n && met <= most) {
		uint64_t erased = erased_run(span_from(w->in, w->at));

		w->at += erased;
		if (erased)
			continue;
		if (jffs2_node_at(w->in, w->at, w->big, n)) {
			step_over(w, n);
			return true;
		}
		/* Zeros fill a page of NAND behind its last node. */
		if (span_u32(w->in, w->at, false) && w->foreign == UINT64_MAX)
			w->foreign = w->at;
		w->at += w->in.n - w->at < 4 ? w->in.n - w->at : 4;
		met += 4;
	}
	return false;
}

/* Whether the checksum in the node's own header, at `at`, agrees with the bytes before `covered`.
 */
static bool node_sound(const struct jffs2_node *n, bool big, uint64_t covered, uint64_t at)
{
	struct span bytes = span_sub(n->bytes, 0, covered);

	return n->bytes.n >= at + 4 && crc32_bare(bytes) == span_u32(n->bytes, at, big);
}

bool jffs2_inode_read(const struct jffs2_node *n, bool big, struct jffs2_inode *i)
{
	struct cursor c = { .in = n->bytes, .at = HEADER };
	uint32_t packed, data_crc;

	i->ino = cursor_u32(&c, big);
	i->version = cursor_u32(&c, big);
	i->mode = cursor_u32(&c, big);
	i->uid = cursor_u16(&c, big);
	i->gid = cursor_u16(&c, big);
	i->size = cursor_u32(&c, big);
	cursor_skip(&c, 4);
	i->mtime = cursor_u32(&c, big);
	cursor_skip(&c, 4);
	i->offset = cursor_u32(&c, big);
	packed = cursor_u32(&c, big);
	i->plain = cursor_u32(&c, big);
	i->method = cursor_u8(&c);
	cursor_skip(&c, 3);
	data_crc = cursor_u32(&c, big);
	cursor_skip(&c, 4);
	if (c.ran_out || !node_sound(n, big, 60, 64) || packed > n->length - c.at)
		return false;
	i->data = cursor_span(&c, packed);
	i->data_sound = !c.ran_out && crc32_bare(i->data) == data_crc;
	return true;
}

bool jffs2_dirent_read(const struct jffs2_node *n, bool big, struct jffs2_dirent *d)
{
	struct cursor c = { .in = n->bytes, .at = HEADER };
	uint32_t name_crc;
	uint8_t length;

	d->parent = cursor_u32(&c, big);
	d->version = cursor_u32(&c, big);
	d->ino = cursor_u32(&c, big);
	cursor_skip(&c, 4);
	length = cursor_u8(&c);
	d->type = cursor_u8(&c);
	cursor_skip(&c, 6);
	name_crc = cursor_u32(&c, big);
	d->name = cursor_span(&c, length);
	return !c.ran_out && length > 0 && node_sound(n, big, 32, 32) &&
	       crc32_bare(d->name) == name_crc;
}

bool jffs2_xattr_read(const struct jffs2_node *n, bool big, struct jffs2_xattr *x)
{
	struct cursor c = { .in = n->bytes, .at = HEADER };
	uint32_t data_crc;
	uint8_t name;
	uint16_t value;

	x->xid = cursor_u32(&c, big);
	x->version = cursor_u32(&c, big);
	x->prefix = cursor_u8(&c);
	name = cursor_u8(&c);
	value = cursor_u16(&c, big);
	data_crc = cursor_u32(&c, big);
	cursor_skip(&c, 4);
	x->name = cursor_span(&c, name);
	cursor_skip(&c, 1);
	x->value = cursor_span(&c, value);
	return !c.ran_out && node_sound(n, big, 28, 28) &&
	       crc32_bare(span_sub(n->bytes, 32, (uint64_t)name + 1 + value)) == data_crc;
}

bool jffs2_xref_read(const struct jffs2_node *n, bool big, struct jffs2_xref *x)
{
	struct cursor c = { .in = n->bytes, .at = HEADER };

	x->ino = cursor_u32(&c, big);
	x->xid = cursor_u32(&c, big);
	x->sequence = cursor_u32(&c, big);
	return !c.ran_out && node_sound(n, big, 24, 24);
}
