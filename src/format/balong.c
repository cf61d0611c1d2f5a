/* balong.c - what Huawei's Balong modems are loaded with over USB in an emergency: 00020000h, then
 * at 36 a table of blocks (how it is started, length, address, place in the file) that ends with
 * zeros. And the table of the flash's partitions, which stands inside such loaders and in a page of
 * its own: 48 bytes of heading and version, 41 lines of 48, of which "T" is the last. */
#include <stdio.h>

#include "base/cursor.h"
#include "format/table.h"

#define BLOCKS      36
#define BLOCK       16
#define MOST_BLOCKS 10

struct block {
	uint32_t mode, length, address, from;
};

static uint32_t read_blocks(struct span in, struct block blocks[MOST_BLOCKS])
{
	uint32_t n = 0;

	for (; n < MOST_BLOCKS; n++) {
		struct cursor c = { .in = span_sub(in, BLOCKS + n * BLOCK, BLOCK) };
		struct block *b = &blocks[n];

		b->mode = cursor_le32(&c);
		b->length = cursor_le32(&c);
		b->address = cursor_le32(&c);
		b->from = cursor_le32(&c);
		if (b->mode == 0)
			break;
	}
	return n;
}

/* The blocks follow one on the other, the first on the table. */
static struct fault probe(struct span in, struct found *f)
{
	struct block blocks[MOST_BLOCKS] = { 0 };
	uint32_t n = read_blocks(in, blocks);
	uint64_t end = BLOCKS + (uint64_t)n * BLOCK;

	if (in.n < BLOCKS + BLOCK || !is_filled(in, 4, BLOCKS - 4, 0))
		return fault_at(FAULT_BROKEN, 4, "header", in.n, BLOCKS + BLOCK);
	if (n == 0 || n == MOST_BLOCKS)
		return fault_at(FAULT_BROKEN, BLOCKS, "blocks", n, MOST_BLOCKS);
	for (uint32_t i = 0; i < n; i++) {
		const struct block *b = &blocks[i];

		if (b->mode > 2 || b->length == 0 || b->from < end || b->from > end + BLOCK)
			return fault_at(FAULT_BROKEN, BLOCKS + i * BLOCK, "block", b->from, end);
		end = (uint64_t)b->from + b->length;
	}
	f->len = part_bound(end, in);
	f->proof = PROOF_STRUCTURE;
	snprintf(f->label, sizeof(f->label), "%u blocks", n);
	return fine;
}

static struct fault list(struct listing *l)
{
	struct block blocks[MOST_BLOCKS] = { 0 };
	uint32_t n = read_blocks(l->in, blocks);

	l->kind = LISTING_REGIONS;
	for (uint32_t i = 0; i < n; i++) {
		char *name = arena_take(l->arena, 11, 1);

		if (!name)
			return fault_at(FAULT_MEMORY, BLOCKS, "name", 0, 0);
		snprintf(name, 11, "0x%08x", blocks[i].address);
		part_list(l, BLOCKS + i * BLOCK + 4, blocks[i].from, blocks[i].length, name);
	}
	return fine;
}

const struct format format_balongusb = {
	.name = "balong-usb",
	.says = "loader over USB of Huawei Balong modems",
	.domain = DOMAIN_TELECOM,
	.spec = "forth32/balong-usbdload balong-usbdload.c",
	.where = WHERE_ANCHORED,
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 16, "\x00\x00\x02\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00" } },
	.probe = probe,
	.list = list,
};

#define HEAD       48
#define LINE       48
#define NAME       16
#define MOST_LINES 41
#define TAIL       32

static bool is_last(struct span in, uint64_t at)
{
	return span_byte(in, at) == 0 || span_is(field_text(in, at, NAME), "T");
}

static uint32_t count_lines(struct span in)
{
	uint32_t n = 0;

	while (n < MOST_LINES && !is_last(in, HEAD + n * LINE) &&
	       is_padded_text(in, HEAD + n * LINE, NAME))
		n++;
	return n;
}

static struct fault probe_table(struct span in, struct found *f)
{
	uint32_t n = count_lines(in);

	if (!is_padded_text(in, 16, NAME) || !is_padded_text(in, 32, NAME) || n < 2)
		return fault_at(FAULT_BROKEN, 16, "partitions", n, MOST_LINES);
	f->len = part_bound(HEAD + MOST_LINES * LINE + TAIL, in);
	f->proof = PROOF_STRUCTURE;
	label_add(f->label, "", field_text(in, 16, NAME));
	label_add(f->label, " ", field_text(in, 32, NAME));
	return fine;
}

static struct fault list_table(struct listing *l)
{
	uint32_t n = count_lines(l->in);
	uint64_t end = HEAD + (uint64_t)n * LINE;

	l->kind = LISTING_REGIONS;
	for (uint32_t i = 0; i < n; i++) {
		uint64_t at = HEAD + i * LINE;

		part_owned(l, at, LINE, "");
		if (l->count)
			l->entries[l->count - 1].name = field_text(l->in, at, NAME);
	}
	part_owned(l, end, l->in.n, "end");
	if (l->in.n < HEAD + MOST_LINES * LINE + TAIL)
		return fault_at(FAULT_SHORT, 0, "lines", l->in.n, HEAD + MOST_LINES * LINE + TAIL);
	return fine;
}

const struct format format_balongptable = {
	.name = "balong-ptable",
	.says = "partition table of Huawei Balong modems",
	.domain = DOMAIN_TELECOM,
	.spec = "forth32/balong-usbdload parts.h",
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 16, "pTableHead\x00\x00\x00\x00\x00\x80" } },
	.probe = probe_table,
	.list = list_table,
};
