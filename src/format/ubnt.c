/* ubnt.c - Ubiquiti's airOS images: a header with the version and its CRC-32, parts (PART, and FILE
 * in later ones) each with a CRC-32 of header and data, and an end that has a CRC-32 of everything
 * ("END.") or an RSA signature of 2048 bits ("ENDS"). All big-endian. */
#include "base/cursor.h"
#include "base/hash.h"
#include "format/parts.h"

#define HEADER      268
#define VERSION_END 260
#define PART        56
#define PART_END    8
#define END         12
#define END_SIGNED  264
#define MOST_PARTS  64

static bool is_part(struct span in, uint64_t at)
{
	struct span s = span_from(in, at);

	return span_starts(s, span_text("PART")) || span_starts(s, span_text("FILE"));
}

/* Behind the last part; at most in.n, so that a cut image ends with what is there. */
static uint64_t parts_end(struct span in)
{
	uint64_t at = HEADER;

	for (int i = 0; i < MOST_PARTS && is_part(in, at); i++)
		at = part_bound(at + PART + span_u32(in, at + 48, true) + PART_END, in);
	return at;
}

static struct fault probe(struct span in, struct found *f)
{
	uint32_t crc;
	uint64_t end;

	if (in.n < HEADER + PART)
		return fault_at(FAULT_SHORT, 0, "header", in.n, HEADER + PART);
	crc = crc32_of(span_sub(in, 0, VERSION_END));
	if (crc != span_u32(in, VERSION_END, true))
		return fault_at(FAULT_BROKEN, VERSION_END, "header CRC-32", crc,
				span_u32(in, VERSION_END, true));
	end = parts_end(in);
	if (span_starts(span_from(in, end), span_text("ENDS")))
		end += END_SIGNED;
	else if (span_starts(span_from(in, end), span_text("END.")))
		end += END;
	f->len = part_bound(end, in);
	f->proof = PROOF_CHECKSUM;
	label_add(f->label, "", field_text(in, 4, 256));
	return fine;
}

static void check_end(struct listing *l, uint64_t at)
{
	struct span end = span_from(l->in, at);

	if (span_starts(end, span_text("ENDS")) && end.n == END_SIGNED)
		part_owned(l, at, END_SIGNED, "RSA signature");
	else if (span_starts(end, span_text("END.")) && end.n == END)
		part_owned(l, at, END, "end");
	else
		listing_fault(l, fault_at(FAULT_SHORT, at, "end", end.n, END));
	if (end.n == END)
		part_sum(l, at + 4, "CRC-32 of the image", crc32_of(span_head(l->in, at)),
			 span_u32(end, 4, true));
}

static struct fault list(struct listing *l)
{
	uint64_t at = HEADER;

	l->kind = LISTING_REGIONS;
	for (int i = 0; i < MOST_PARTS && is_part(l->in, at); i++) {
		uint32_t size = span_u32(l->in, at + 48, true);
		struct span summed = span_sub(l->in, at, (uint64_t)PART + size);

		if (i > 0)
			part_owned(l, at, PART, "part");
		part_list_named(l, at + 48, at + PART, size, field_text(l->in, at + 4, 16));
		part_sum(l, at + PART + size, "CRC-32 of a part", crc32_of(summed),
			 span_u32(l->in, at + PART + size, true));
		at = part_bound(at + PART + size + PART_END, l->in);
	}
	check_end(l, at);
	return fine;
}

const struct format format_ubnt = {
	.name = "ubnt",
	.says = "Ubiquiti airOS image",
	.domain = DOMAIN_BROADBAND,
	.spec = "openwrt/firmware-utils src/fw.h, mkfwimage.c",
	.shape = SHAPE_CONTAINER,
	.magic = { { HEADER, 4, "PART" }, { HEADER, 4, "FILE" } },
	.probe = probe,
	.list = list,
};
