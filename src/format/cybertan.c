/* cybertan.c - Linksys's header by CyberTAN in front of a TRX: pattern of the board, date, version
 * and "U2ND", 32 bytes. It has no length: the TRX has one; what else may follow (a uImage and a
 * root file system) runs to the end of the file. */
#include <stdio.h>

#include "base/cursor.h"
#include "format/parts.h"

#define HEADER 32

static struct fault probe(struct span in, struct found *f)
{
	struct span trx = span_from(in, HEADER);
	uint64_t payload = trx.n;
	struct cursor c = { .in = in, .at = 8 };
	uint8_t year = cursor_u8(&c), month = cursor_u8(&c), day = cursor_u8(&c);
	uint8_t major = cursor_u8(&c), minor = cursor_u8(&c), patch = cursor_u8(&c);

	if (trx.n < 28)
		return fault_at(FAULT_SHORT, 0, "header", in.n, HEADER + 28);
	if (!is_padded_text(in, 0, 8) || month < 1 || month > 12 || day < 1 || day > 31 ||
	    year > 99)
		return fault_at(FAULT_BROKEN, 8, "date", month, 12);
	if (!is_filled(in, 30, 2, 0) && !is_filled(in, 30, 2, 0xff))
		return fault_at(FAULT_BROKEN, 30, "reserved bytes", 0, 0);
	if (span_starts(trx, span_text("HDR0")))
		payload = part_bound(span_u32(trx, 4, false), trx);
	else if (!span_starts(trx, span_text("\x27\x05\x19\x56")))
		return fault_at(FAULT_UNKNOWN, HEADER, "payload", 0, 0);
	f->len = HEADER + payload;
	f->proof = PROOF_STRUCTURE;
	label_add(f->label, "", field_text(in, 0, 8));
	snprintf(f->label + strlen(f->label), 48, " %u.%u.%u of 20%02u-%02u-%02u", major, minor,
		 patch, year, month, day);
	return fine;
}

static struct fault list(struct listing *l)
{
	l->kind = LISTING_REGIONS;
	part_rest(l, HEADER, "");
	return fine;
}

const struct format format_cybertan = {
	.name = "cybertan",
	.says = "Linksys header by CyberTAN (U2ND)",
	.domain = DOMAIN_BROADBAND,
	.spec = "openwrt/firmware-utils src/addpattern.c",
	.shape = SHAPE_CONTAINER,
	.magic = { { 14, 4, "U2ND" } },
	.probe = probe,
	.list = list,
};
