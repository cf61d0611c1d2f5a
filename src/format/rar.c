/* rar.c - RAR archives of versions 1.5 to 4 and of version 5: blocks with a checksum each, up to
 * one that ends the archive. Sources: "RAR 5.0 archive format" (rarlab technote), technote.txt of
 * RAR 4. */
#include <archive.h>
#include <stdio.h>

#include "base/cursor.h"
#include "base/hash.h"
#include "format/walk.h"

#define MARK4      "Rar!\x1a\x07\x00"
#define MARK5      "Rar!\x1a\x07\x01\x00"
#define HEAD4      7 /* at least */
#define MOST_HEAD5 (2u << 20)

enum { TYPE4_MAIN = 0x73, TYPE4_FILE, TYPE4_END = 0x7b };
enum { FLAG4_ENCRYPTED = 0x80, FLAG4_SIZE = 0x8000, FLAG4_LARGE = 0x100, HOST4_UNIX = 3 };
enum { TYPE5_FILE = 2, TYPE5_CRYPT = 4, TYPE5_END };
enum { FLAG5_EXTRA = 1, FLAG5_DATA = 2, FILE5_TIME = 2, FILE5_CRC = 4, HOST5_UNIX = 1 };

/* What the chain of blocks says. */
struct chain {
	uint64_t end;
	uint32_t files;
	bool is_encrypted, is_whole, is_unix; /* whether all modes are those of Unix */
};

/* One block. */
struct block {
	uint64_t next;
	bool is_file, is_unix, is_end, is_encrypted; /* encrypted: all that follows */
};

static bool read_block4(struct span in, uint64_t at, struct block *b)
{
	struct cursor c = { .in = span_from(in, at) };
	uint16_t sum = cursor_le16(&c), flags, size;
	uint8_t type = cursor_u8(&c);
	uint64_t data = 0;
	struct span head;

	flags = cursor_le16(&c);
	size = cursor_le16(&c);
	head = span_sub(c.in, 0, size);
	if (size < HEAD4 || head.n == 0 || (crc32_of(span_from(head, 2)) & 0xffff) != sum)
		return false;
	b->is_file = type == TYPE4_FILE;
	b->is_end = type == TYPE4_END;
	b->is_encrypted = type == TYPE4_MAIN && flags & FLAG4_ENCRYPTED;
	b->is_unix = span_byte(head, 15) == HOST4_UNIX;
	if (flags & FLAG4_SIZE || b->is_file)
		data = span_u32(head, HEAD4, false);
	if (b->is_file && flags & FLAG4_LARGE)
		data |= (uint64_t)span_u32(head, 32, false) << 32;
	b->next = at + size + data;
	return b->next > at;
}

/* Seven bits a byte, the lowest first; the eighth says that more follow. */
static uint64_t number(struct cursor *c)
{
	uint64_t value = 0;
	uint8_t byte = 0x80;

	for (unsigned shift = 0; shift < 64 && byte & 0x80; shift += 7) {
		byte = cursor_u8(c);
		value |= (uint64_t)(byte & 0x7f) << shift;
	}
	return value;
}

/* Of a file's header, from behind the sizes on. */
static bool host_is_unix(struct cursor *c)
{
	uint64_t flags = number(c);

	number(c); /* plain size */
	number(c); /* attributes */
	cursor_skip(c, (flags & FILE5_TIME ? 4u : 0u) + (flags & FILE5_CRC ? 4u : 0u));
	number(c); /* compression */
	return number(c) == HOST5_UNIX;
}

static bool read_block5(struct span in, uint64_t at, struct block *b)
{
	struct cursor c = { .in = span_from(in, at) };
	uint32_t sum = cursor_le32(&c);
	uint64_t size = number(&c), data = 0, head = c.at, type, flags;

	if (c.ran_out || size == 0 || size > MOST_HEAD5 || size > cursor_left(&c) ||
	    crc32_of(span_sub(c.in, 4, head - 4 + size)) != sum)
		return false;
	type = number(&c);
	flags = number(&c);
	if (flags & FLAG5_EXTRA)
		number(&c);
	if (flags & FLAG5_DATA)
		data = number(&c);
	b->is_file = type == TYPE5_FILE;
	b->is_end = type == TYPE5_END;
	b->is_encrypted = type == TYPE5_CRYPT;
	b->is_unix = b->is_file && host_is_unix(&c);
	b->next = at + head + size + data;
	return b->next > at;
}

static bool is_fifth(struct span in)
{
	return span_starts(in, (struct span){ (const uint8_t *)MARK5, 8 });
}

static struct chain follow(struct span in)
{
	bool fifth = is_fifth(in);
	struct chain c = { .end = fifth ? 8 : 7, .is_unix = true };
	struct block b;

	while (c.end < in.n && !c.is_whole && !c.is_encrypted &&
	       (fifth ? read_block5 : read_block4)(in, c.end, &b)) {
		c.is_encrypted = b.is_encrypted;
		c.is_whole = b.is_end;
		c.files += b.is_file;
		c.is_unix &= !b.is_file || b.is_unix;
		c.end = b.next;
	}
	return c;
}

static struct fault probe(struct span in, struct found *f)
{
	struct chain c = follow(in);

	if (c.end <= 8)
		return fault_at(FAULT_BROKEN, c.end, "checksum of a block", 0, 0);
	f->len = c.is_encrypted || c.end > in.n ? in.n : c.end;
	f->proof = PROOF_CHECKSUM;
	snprintf(f->label, sizeof(f->label), "version %s, %u files%s", is_fifth(in) ? "5" : "4",
		 c.files,
		 c.is_encrypted ? ", encrypted names"
		 : c.is_whole   ? ""
				: ", ends early");
	return fine;
}

static struct fault walk(const struct listing *l, struct walker *w)
{
	struct chain c = follow(l->in);

	if (c.is_encrypted)
		return fault_at(FAULT_ENCRYPTED, 7, "AES, names too", 0, 0);
	if (is_fifth(l->in))
		return walk_archive(l, w, archive_read_support_format_rar5,
				    c.is_unix ? WALK_KEEPS_MODES : 0, (struct walk_names){ 0 });
	return walk_archive(l, w, archive_read_support_format_rar, c.is_unix ? WALK_KEEPS_MODES : 0,
			    (struct walk_names){ 0 });
}

const struct format format_rar = {
	.name = "rar",
	.says = "RAR archive, versions 1.5 to 5",
	.spec = "rarlab RAR 5.0 archive format; technote.txt of RAR 4",
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 7, MARK4 }, { 0, 8, MARK5 } },
	.probe = probe,
	.walk = walk,
};
