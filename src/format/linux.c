/* linux.c - a kernel without a header, as decompressors leave it: known by its own banner. It may
 * hold its configuration (IKCFG_ST, then gzip) and an initramfs; both are found by their own
 * formats. */
#include <stdio.h>

#include "base/text.h"
#include "format/kernel.h"

#define LONGEST_BANNER 512

static bool is_digit(int c)
{
	return c >= '0' && c <= '9';
}

/* "Linux version 5.10.0-8-armmp (builder) (compiler) #1 SMP ..." */
static bool read_banner(struct span text, struct span *release)
{
	size_t end = span_find(text, 14, span_text(" "));
	struct span rest;

	if (!is_digit(span_byte(text, 14)) || end >= 14 + 96 || end == SIZE_MAX)
		return false;
	*release = span_sub(text, 14, end - 14);
	rest = span_from(text, end + 1);
	return span_byte(rest, 0) == '(' && span_find(*release, 0, span_text(".")) != SIZE_MAX &&
	       (span_find(rest, 0, span_text("gcc")) != SIZE_MAX ||
		span_find(rest, 0, span_text("clang")) != SIZE_MAX) &&
	       span_find(rest, 0, span_text("#")) != SIZE_MAX;
}

bool kernel_banner(struct span in, uint64_t *at, struct span *release)
{
	size_t hit = span_find(in, 0, span_text("Linux version "));

	for (int i = 0; hit != SIZE_MAX && i < 64; i++) {
		if (read_banner(span_head(span_from(in, hit), LONGEST_BANNER), release)) {
			*at = hit;
			return true;
		}
		hit = span_find(in, hit + 1, span_text("Linux version "));
	}
	return false;
}

void kernel_label(struct span in, char label[64])
{
	uint64_t at;
	struct span release;

	if (kernel_banner(in, &at, &release))
		snprintf(label, 64, "Linux %.*s", (int)(release.n < 56 ? release.n : 56),
			 (const char *)release.p);
}

static struct fault probe(struct span in, struct found *f)
{
	uint64_t at;
	struct span release;

	if (looks_like_text(span_head(in, 4096)) || !kernel_banner(in, &at, &release))
		return fault_at(FAULT_UNKNOWN, 0, "banner of a kernel", 0, 0);
	f->len = in.n;
	f->proof = PROOF_STRUCTURE;
	kernel_label(in, f->label);
	return fine;
}

static struct fault list(struct listing *l)
{
	l->kind = LISTING_REGIONS;
	listing_owned(l, 0, l->in.n, (struct span){ 0 });
	return fine;
}

const struct format format_linux = {
	.name = "linux",
	.says = "Linux kernel, unpacked, without a header",
	.domain = DOMAIN_GENERIC,
	.spec = "torvalds/linux init/version.c, kernel/configs.c",
	.shape = SHAPE_CONTAINER,
	.magic = { { MAGIC_ANYWHERE, 14, "Linux version " } },
	.probe = probe,
	.list = list,
};
