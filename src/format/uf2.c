/* uf2.c - firmware as blocks of 512 bytes, each with its address, for boot loaders that show
 * themselves as a disk. Blocks whose addresses follow one on the other are one file, named by the
 * address; another kind of chip begins a new one. */
#include <stdio.h>

#include "base/cursor.h"
#include "format/parts.h"

#define BLOCK       512
#define DATA        32
#define MOST_DATA   476
#define END_MAGIC   0x0ab16f30u
#define HAS_FAMILY  0x00002000u
#define MOST_BLOCKS (1u << 22)

struct block {
	uint32_t flags, address, length, index, count, family;
};

static bool read_block(struct span in, uint64_t i, struct block *b)
{
	struct cursor c = { .in = span_sub(in, i * BLOCK, BLOCK), .at = 8 };

	b->flags = cursor_le32(&c);
	b->address = cursor_le32(&c);
	b->length = cursor_le32(&c);
	b->index = cursor_le32(&c);
	b->count = cursor_le32(&c);
	b->family = cursor_le32(&c);
	return !c.ran_out && span_starts(c.in, span_text("UF2\nWQ]\x9e")) &&
	       span_u32(c.in, BLOCK - 4, false) == END_MAGIC && b->length <= MOST_DATA &&
	       b->index < b->count && b->count <= MOST_BLOCKS;
}

/* A file may have several runs of blocks, one a chip. */
static uint64_t count_blocks(struct span in)
{
	struct block b;
	uint64_t n = 0;

	while (read_block(in, n, &b))
		n++;
	return n;
}

static struct fault probe(struct span in, struct found *f)
{
	struct block b;

	if (!read_block(in, 0, &b) || b.index != 0)
		return fault_at(FAULT_BROKEN, 0, "block", 0, 0);
	f->len = count_blocks(in) * BLOCK;
	f->proof = PROOF_STRUCTURE;
	snprintf(f->label, sizeof(f->label), "%u blocks", b.count);
	if (b.flags & HAS_FAMILY)
		snprintf(f->label, sizeof(f->label), "%u blocks, family 0x%08x", b.count, b.family);
	return fine;
}

static bool goes_on(const struct block *last, const struct block *b)
{
	return b->address == last->address + last->length && b->family == last->family &&
	       b->flags == last->flags;
}

static void add_stretch(struct listing *l, const struct block *first, uint64_t from, uint64_t to,
			uint64_t size)
{
	char *name = arena_take(l->arena, 11, 1);
	struct entry e;

	if (!name)
		return;
	snprintf(name, 11, "0x%08x", first->address);
	e = entry_new(KIND_FILE, span_text(name));
	e.size = size;
	e.key[0] = from;
	e.key[1] = to;
	e.order = from;
	listing_add(l, &e);
}

static struct fault list(struct listing *l)
{
	struct block first, last, b;
	uint64_t from = 0, i = 1, size;

	if (!read_block(l->in, 0, &first))
		return fault_at(FAULT_BROKEN, 0, "block", 0, 0);
	last = first;
	size = first.length;
	for (; read_block(l->in, i, &b); i++) {
		if (!goes_on(&last, &b)) {
			add_stretch(l, &first, from, i, size);
			first = b;
			from = i;
			size = 0;
		}
		size += b.length;
		last = b;
	}
	add_stretch(l, &first, from, i, size);
	if (last.index + 1 != last.count)
		return fault_at(FAULT_SHORT, (i - 1) * BLOCK + 20, "blocks", last.index + 1,
				last.count);
	return fine;
}

static struct fault load(const struct listing *l, const struct entry *e, struct sink *out)
{
	struct block b;

	for (uint64_t i = e->key[0]; i < e->key[1] && read_block(l->in, i, &b); i++)
		if (!sink_put(out, span_sub(l->in, i * BLOCK + DATA, b.length)))
			return out->fault;
	return fine;
}

const struct format format_uf2 = {
	.name = "uf2",
	.says = "firmware in blocks for boot loaders like a disk",
	.domain = DOMAIN_DEVICE,
	.spec = "microsoft/uf2 README.md",
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 8, "UF2\nWQ]\x9e" } },
	.probe = probe,
	.list = list,
	.load = load,
};
