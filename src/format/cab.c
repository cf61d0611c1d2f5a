/* cab.c - Microsoft cabinets. */
#include <archive.h>
#include <stdio.h>

#include "base/cursor.h"
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

/* Folders are parted by backslashes. */
static struct span file_name(struct arena *a, struct span in, uint64_t at)
{
	struct span name = span_head(span_from(in, at), LONGEST_NAME + 1);
	size_t n = name.n ? strnlen((const char *)name.p, name.n) : 0;
	uint8_t *to = n < name.n ? arena_take(a, n + 1, 1) : NULL;

	for (size_t i = 0; to && i < n; i++)
		to[i] = name.p[i] == '\\' ? '/' : name.p[i];
	return (struct span){ to, to ? n : 0 };
}

static struct walk_names read_names(const struct listing *l)
{
	uint64_t at = span_u32(l->in, 16, false);
	uint16_t count = span_u16(l->in, 28, false);
	struct span *list = arena_take(l->arena, count, sizeof(*list));

	for (uint16_t i = 0; list && i < count; i++) {
		list[i] = file_name(l->arena, l->in, at + FILE_HEAD);
		if (list[i].n == 0 || span_u16(l->in, at + 8, false) >= CONTINUED)
			return (struct walk_names){ 0 };
		at += FILE_HEAD + list[i].n + 1;
	}
	return (struct walk_names){ list, list ? count : 0 };
}

static struct fault walk(const struct listing *l, struct walker *w)
{
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
