/* jffs2.c - JFFS2, the checksums of whose nodes are made right first: what lies behind them is what
 * an attacker reaches. */
#include "base/cursor.h"
#include "base/hash.h"
#include "fuzz/format.h"

extern const struct format format_jffs2;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void put_sum(uint8_t *at, bool big, struct span covered)
{
	uint32_t sum = crc32_bare(covered);

	for (int i = 0; i < 4; i++)
		at[i] = (uint8_t)(sum >> (big ? 24 - 8 * i : 8 * i));
}

/* Where a node keeps the sum of its head, where that of what follows, and where this begins. */
static const struct {
	uint8_t type, covered, node, data, body;
} nodes[] = {
	{ 1, 32, 32, 36, 40 }, { 2, 60, 64, 60, 68 }, { 8, 28, 28, 24, 32 }, { 9, 24, 24, 0, 0 }
};

static void mend_node(uint8_t *p, uint32_t length, bool big)
{
	struct span node = { p, length };
	uint8_t type = big ? p[3] : p[2];

	for (size_t k = 0; k < sizeof(nodes) / sizeof(nodes[0]); k++) {
		uint64_t body;

		if (nodes[k].type != type || length < nodes[k].node + 4u)
			continue;
		body = type == 1   ? p[28]
		       : type == 2 ? span_u32(node, 48, big)
				   : p[21] + 1u + span_u16(node, 22, big);
		if (nodes[k].body && span_sub(node, nodes[k].body, body).p)
			put_sum(p + nodes[k].data, big, span_sub(node, nodes[k].body, body));
		put_sum(p + nodes[k].node, big, span_head(node, nodes[k].covered));
	}
}

static void mend(uint8_t *p, size_t size)
{
	bool big = size > 2 && p[0] == 0x19;
	size_t at = 0;

	while (size - at >= 12) {
		struct span in = { p + at, size - at };
		uint32_t length = span_u32(in, 4, big);

		if (span_u16(in, 0, big) != 0x1985 || length < 12) {
			at += 4;
			continue;
		}
		put_sum(p + at + 8, big, span_head(in, 8));
		if (length > in.n)
			return;
		mend_node(p + at, length, big);
		at += ((size_t)length + 3) / 4 * 4;
		if (at > size)
			return;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size ? size : 1);

	fuzz_format(&format_jffs2, data, size);
	if (!copy || size == 0) {
		free(copy);
		return 0;
	}
	memcpy(copy, data, size);
	mend(copy, size);
	fuzz_format(&format_jffs2, copy, size);
	free(copy);
	return 0;
}
