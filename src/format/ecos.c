/* ecos.c - images of eCos for MIPS without a header: known by the stub at its exception vector,
 * which takes the cause, leaves its code and jumps through a table: "mfc0 k0, Cause; andi k0, 7f;
 * lui k1; ...; jr k1" (eCos hal/mips/arch vectors.S). A newer or older compiler puts a nop between
 * the first two. */
#include <stdio.h>

#include "base/cursor.h"
#include "base/text.h"
#include "format/parts.h"

#define STUB_LENGTH 12 /* instructions */
#define MOST_HITS   64
#define LUI_K1      0x3c1b
#define JR_K1       0x03600008u

struct stub {
	const char *bytes;
	uint8_t length;
	bool big;
};

static const struct stub stubs[] = {
	{ "\x40\x1a\x68\x00\x33\x5a\x00\x7f", 8, true },
	{ "\x40\x1a\x68\x00\x00\x00\x00\x00\x33\x5a\x00\x7f", 12, true },
	{ "\x00\x68\x1a\x40\x7f\x00\x5a\x33", 8, false },
	{ "\x00\x68\x1a\x40\x00\x00\x00\x00\x7f\x00\x5a\x33", 12, false },
};

/* The table's address is loaded, and the stub ends with the jump. */
static bool is_stub(struct span in, uint64_t at, bool big)
{
	bool loads = false;

	for (uint64_t i = 0; i < STUB_LENGTH; i++) {
		uint32_t instruction = span_u32(in, at + i * 4, big);

		loads |= instruction >> 16 == LUI_K1;
		if (instruction == JR_K1)
			return loads;
	}
	return false;
}

static bool find_stub(struct span in, const struct stub *s, uint64_t *at)
{
	struct span bytes = { (const uint8_t *)s->bytes, s->length };
	size_t hit = span_find(in, 0, bytes);

	for (int i = 0; i < MOST_HITS && hit != SIZE_MAX; i++) {
		*at = hit;
		if (is_stub(in, hit + s->length, s->big))
			return true;
		hit = span_find(in, hit + 1, bytes);
	}
	return false;
}

static struct fault probe(struct span in, struct found *f)
{
	uint64_t at;

	for (size_t i = 0; i < sizeof(stubs) / sizeof(stubs[0]); i++) {
		if (looks_like_text(span_head(in, 4096)) || !find_stub(in, &stubs[i], &at))
			continue;
		f->len = in.n;
		f->proof = PROOF_STRUCTURE;
		snprintf(f->label, sizeof(f->label), "MIPS %s-endian, exception vector at 0x%llx",
			 stubs[i].big ? "big" : "little", (unsigned long long)at);
		return fine;
	}
	return fault_at(FAULT_UNKNOWN, 0, "exception vector", 0, 0);
}

static struct fault list(struct listing *l)
{
	l->kind = LISTING_REGIONS;
	listing_owned(l, 0, l->in.n, (struct span){ 0 });
	return fine;
}

const struct format format_ecos = {
	.name = "ecos",
	.says = "eCos image for MIPS, without a header",
	.domain = DOMAIN_BROADBAND,
	.spec = "eCos packages/hal/mips/arch src/vectors.S; ReFirmLabs/binwalk "
		"src/signatures/ecos.rs",
	.shape = SHAPE_CONTAINER,
	.magic = { { MAGIC_ANYWHERE, 8, "\x40\x1a\x68\x00\x33\x5a\x00\x7f" },
		   { MAGIC_ANYWHERE, 12, "\x40\x1a\x68\x00\x00\x00\x00\x00\x33\x5a\x00\x7f" },
		   { MAGIC_ANYWHERE, 8, "\x00\x68\x1a\x40\x7f\x00\x5a\x33" },
		   { MAGIC_ANYWHERE, 12, "\x00\x68\x1a\x40\x00\x00\x00\x00\x7f\x00\x5a\x33" } },
	.probe = probe,
	.list = list,
};
