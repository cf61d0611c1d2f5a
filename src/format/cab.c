/* cab.c - Microsoft cabinets. */
#include <archive.h>
#include <stdio.h>

#include "base/cursor.h"
#include "format/marks.h"
#include "format/walk.h"

#define HEADER 36

static struct fault probe(struct span in, struct found *f)
{
	uint32_t size = span_u32(in, 8, false), files = span_u32(in, 16, false);
	uint16_t folders = span_u16(in, 26, false), count = span_u16(in, 28, false);

	if (in.n < HEADER || span_u16(in, 24, false) != 0x0103)
		return fault_at(FAULT_UNKNOWN, 24, "cabinet version", span_u16(in, 24, false),
				0x0103);
	if (size < HEADER || files < HEADER || files >= size || folders == 0 || count == 0)
		return fault_at(FAULT_BROKEN, 8, "cabinet size", size, in.n);
	f->len = size < in.n ? size : in.n;
	f->proof = PROOF_STRUCTURE;
	snprintf(f->label, sizeof(f->label), "%u files%s", count,
		 size > in.n ? ", ends early" : "");
	return fine;
}

#define FILE_HEAD    16
#define LONGEST_NAME 256
#define CONTINUED    0xfffd /* from here on no folder: the file goes on in another cabinet */

/* The name of a file whose record stands at `at`: up to its zero, however far, as the library reads
 * it. Empty where that never comes. */
static struct span stored_name(struct span in, uint64_t at)
{
	struct span name = span_from(in, at + FILE_HEAD);
	size_t n = name.n ? strnlen((const char *)name.p, name.n) : 0;

	return n < name.n ? span_head(name, n) : (struct span){ 0 };
}

/* Folders are parted by backslashes. */
static struct span file_name(struct arena *a, struct span in, uint64_t at)
{
	struct span name = stored_name(in, at);
	uint8_t *to = arena_take(a, (uint64_t)name.n + 1, 1);

	for (size_t i = 0; to && i < name.n; i++)
		to[i] = name.p[i] == '\\' ? '/' : name.p[i];
	return (struct span){ to, to ? name.n : 0 };
}

static struct walk_names read_names(const struct listing *l)
{
	uint64_t at = span_u32(l->in, 16, false);
	uint16_t count = span_u16(l->in, 28, false);
	struct span *list = arena_take(l->arena, count, sizeof(*list));

	for (uint16_t i = 0; list && i < count; i++) {
		list[i] = file_name(l->arena, l->in, at);
		if (list[i].n == 0 || span_u16(l->in, at + 8, false) >= CONTINUED)
			return (struct walk_names){ 0 };
		at += FILE_HEAD + list[i].n + 1;
	}
	return (struct walk_names){ list, list ? count : 0 };
}

enum { FLAG_BEFORE = 1, FLAG_BEHIND = 2, FLAG_RESERVE = 4 };

/* Where the table of folders begins, and how many bytes of its own each folder and block has. */
static uint64_t folder_table(struct span in, uint8_t *folder_extra, uint8_t *block_extra)
{
	uint16_t flags = span_u16(in, 30, false);
	uint64_t at = HEADER;
	int texts = (flags & FLAG_BEFORE ? 2 : 0) + (flags & FLAG_BEHIND ? 2 : 0);

	*folder_extra = *block_extra = 0;
	if (flags & FLAG_RESERVE) {
		*folder_extra = (uint8_t)span_byte(in, 38);
		*block_extra = (uint8_t)span_byte(in, 39);
		at += 4 + (uint64_t)span_u16(in, 36, false);
	}
	for (; texts > 0; texts--) {
		struct span text = span_head(span_from(in, at), LONGEST_NAME);

		at += (text.n ? strnlen((const char *)text.p, text.n) : 0) + 1;
	}
	return at;
}

/* Plain bytes of the blocks of a folder that is not packed. */
static struct fault measure_stored(struct span in, uint64_t block, uint16_t count, uint8_t extra,
				   uint64_t *left, uint64_t *plain)
{
	for (*plain = 0; count; count--) {
		uint16_t packed = span_u16(in, block + 4, false);
		uint64_t end = block + 8 + extra + packed;

		if (end > in.n)
			return fault_at(FAULT_SHORT, block, "data block", in.n, end);
		if (!budget_take(left, end - block))
			return fault_at(FAULT_BROKEN, block, "block of two folders", 0, 0);
		if (packed != span_u16(in, block + 6, false))
			return fault_at(FAULT_BROKEN, block + 4, "data block", packed,
					span_u16(in, block + 6, false));
		*plain += packed;
		block = end;
	}
	return fine;
}

/* The library follows a null pointer where a folder that is not packed has less than its files ask
 * for, or a block of two sizes. */
static struct fault check_stored(const struct listing *l)
{
	struct span in = l->in;
	uint16_t folders = span_u16(in, 26, false), files = span_u16(in, 28, false);
	uint64_t *plain = arena_take(l->arena, folders, sizeof(*plain)), at, left = in.n;
	uint8_t folder_extra, block_extra;

	if (!plain)
		return fault_at(FAULT_MEMORY, 0, "folders", folders, 0);
	at = folder_table(in, &folder_extra, &block_extra);
	for (uint16_t i = 0; i < folders; i++, at += 8 + (uint64_t)folder_extra) {
		struct fault bad = fine;

		plain[i] = UINT64_MAX;
		if ((span_u16(in, at + 6, false) & 15) == 0)
			bad = measure_stored(in, span_u32(in, at, false),
					     span_u16(in, at + 4, false), block_extra, &left,
					     &plain[i]);
		if (bad.kind)
			return bad;
	}
	at = span_u32(in, 16, false);
	for (uint16_t i = 0; i < files && at + FILE_HEAD <= in.n; i++) {
		uint64_t end = (uint64_t)span_u32(in, at, false) + span_u32(in, at + 4, false);
		uint16_t folder = span_u16(in, at + 8, false);
		struct span name = stored_name(in, at);

		if (folder < folders && end > plain[folder])
			return fault_at(FAULT_BROKEN, at, "file size", end, plain[folder]);
		if (name.n == 0)
			break; /* where the library ends too */
		at += FILE_HEAD + name.n + 1;
	}
	return fine;
}

static struct fault walk(const struct listing *l, struct walker *w)
{
	struct fault bad = check_stored(l);

	if (bad.kind)
		return bad;
	return walk_archive(l, w, archive_read_support_format_cab, 0, read_names(l));
}

const struct format format_cab = {
	.name = "cab",
	.says = "Microsoft cabinet",
	.domain = DOMAIN_IT,
	.spec = "[MS-CAB]",
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 8, "MSCF\x00\x00\x00\x00" } },
	.probe = probe,
	.walk = walk,
};
