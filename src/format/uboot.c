/* uboot.c - the U-Boot boot loader as bare code: known by its own banner, "U-Boot 2023.01 (date)".
 * The device tree it may carry is found by its own format. */
#include <stdio.h>

#include "base/text.h"
#include "format/format.h"

static bool is_digit(int c)
{
	return c >= '0' && c <= '9';
}

/* Release, blank, "(" and a date or builder; the format string "U-Boot %s" has no digit. */
static bool find_banner(struct span in, struct span *release)
{
	size_t at = span_find(in, 0, span_text("U-Boot "));

	for (int i = 0; at != SIZE_MAX && i < 256; i++) {
		struct span rest = span_head(span_from(in, at + 7), 80);
		size_t end = span_find(rest, 0, span_text(" ("));

		if (is_digit(span_byte(rest, 0)) && end < 32) {
			*release = span_sub(rest, 0, end);
			return span_find(*release, 0, span_text(".")) != SIZE_MAX;
		}
		at = span_find(in, at + 1, span_text("U-Boot "));
	}
	return false;
}

static struct fault probe(struct span in, struct found *f)
{
	struct span release;

	if (looks_like_text(span_head(in, 4096)) || !find_banner(in, &release))
		return fault_at(FAULT_UNKNOWN, 0, "banner of U-Boot", 0, 0);
	f->len = in.n;
	f->proof = PROOF_STRUCTURE;
	snprintf(f->label, sizeof(f->label), "U-Boot %.*s", (int)release.n,
		 (const char *)release.p);
	return fine;
}

static struct fault list(struct listing *l)
{
	l->kind = LISTING_REGIONS;
	listing_owned(l, 0, l->in.n, (struct span){ 0 });
	return fine;
}

const struct format format_uboot = {
	.name = "u-boot",
	.says = "U-Boot boot loader, bare code",
	.domain = DOMAIN_BROADBAND,
	.spec = "u-boot/u-boot include/version.h",
	.shape = SHAPE_CONTAINER,
	.magic = { { MAGIC_ANYWHERE, 9, "U-Boot 20" }, { MAGIC_ANYWHERE, 9, "U-Boot 1." } },
	.probe = probe,
	.list = list,
};
