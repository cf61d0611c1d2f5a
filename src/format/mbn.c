/* mbn.c - Qualcomm's images that are no ELF files, and the header which they share with the hash
 * segments of those that are. Version 3: forty bytes with lengths and the addresses to which each
 * part is loaded; the boot loader in flash has eighty, behind a word that the chip looks for. 5
 * adds a second signature, 6 metadata, 7 a block that is common to all. */
#include <stdio.h>

#include "base/cursor.h"
#include "format/mbn.h"

#define SBL        "\xd1\xdc\x4b\x84\x34\x10\xd7\x73"
#define SBL_HEADER 80
#define MOST_PART  (256u << 20)

/* Where each version has the lengths of its parts; 0: it has none. */
static const uint8_t fields[8][MBN_PARTS] = {
	[3] = { [MBN_CODE] = 20, [MBN_SIGNATURE] = 28, [MBN_CHAIN] = 36 },
	[5] = { 0, 0, 20, 8, 12, 28, 36 },
	[6] = { 40, 44, 20, 8, 12, 28, 36 },
	[7] = { 12, 16, 20, 24, 28, 32, 36 },
};

static uint32_t header_of(struct span in, uint32_t version)
{
	uint32_t common = span_u32(in, 8, false);

	if (version == 7)
		return common <= 256 ? MBN_HEADER + common : 0;
	return version == 6 ? MBN_HEADER + 8 : MBN_HEADER;
}

/* What is behind the header. Packers of version 6 count the metadata in, or leave them out; 7 has
 * no such field. */
static bool length_agrees(struct span in, const struct mbn *m)
{
	uint64_t said = span_u32(in, 16, false), behind = m->length - m->header;
	uint64_t metadata = (uint64_t)m->length_of[MBN_METADATA_QTI] + m->length_of[MBN_METADATA];

	return m->version == 7 || said == behind || said == behind - metadata;
}

struct fault mbn_read(struct span in, struct mbn *m)
{
	*m = (struct mbn){ .version = span_u32(in, 4, false) };
	if (in.n < MBN_HEADER + 8)
		return fault_at(FAULT_SHORT, 0, "header", in.n, MBN_HEADER + 8);
	if (m->version != 3 && (m->version < 5 || m->version > 7))
		return fault_at(FAULT_UNKNOWN, 4, "version of the header", m->version, 7);
	m->header = header_of(in, m->version);
	if (m->header == 0)
		return fault_at(FAULT_BROKEN, 8, "common metadata", span_u32(in, 8, false), 256);
	m->length = m->header;
	for (int i = 0; i < MBN_PARTS; i++) {
		m->field[i] = fields[m->version][i];
		m->length_of[i] = m->field[i] ? span_u32(in, m->field[i], false) : 0;
		m->from[i] = (uint32_t)m->length;
		if (m->length_of[i] > MOST_PART)
			return fault_at(FAULT_BROKEN, m->field[i], "length of a part",
					m->length_of[i], MOST_PART);
		m->length += m->length_of[i];
	}
	if (m->length_of[MBN_CODE] == 0 || !length_agrees(in, m))
		return fault_at(FAULT_BROKEN, 16, "length", span_u32(in, 16, false),
				m->length - m->header);
	return fine;
}

size_t mbn_parts(const struct mbn *m, uint64_t at, const char *code,
		 struct table_part parts[MBN_MOST_PARTS])
{
	static const char *const names[MBN_PARTS] = {
		"metadata of Qualcomm",     "metadata",  "code",         "signature of Qualcomm",
		"certificates of Qualcomm", "signature", "certificates",
	};
	size_t n = 0;

	for (int i = 0; i < MBN_PARTS; i++)
		if (m->length_of[i])
			parts[n++] = (struct table_part){
				.name = span_text(i == MBN_CODE ? code : names[i]),
				.field = at + m->field[i],
				.from = at + m->from[i],
				.length = m->length_of[i],
				.own = i != MBN_CODE,
			};
	return n;
}

/* What one of two signs, who each leave blank what is the other's. */
struct covered {
	struct byte_range list[5];
	uint32_t count;
	uint8_t blank; /* bit by bit */
};

static void cover(struct covered *c, uint64_t from, uint64_t to, bool blank)
{
	if (from == to)
		return;
	c->blank |= (uint8_t)(blank << c->count);
	c->list[c->count++] = (struct byte_range){ from, to - from };
}

/* The lengths of signature and certificates are neighbours in the header. */
static void cover_own(const struct mbn *m, uint64_t at, enum mbn_part of, struct covered *c)
{
	bool qualcomm = of == MBN_SIGNATURE_QTI;
	uint64_t lengths = at + m->field[qualcomm ? MBN_SIGNATURE : MBN_SIGNATURE_QTI];
	uint64_t theirs = at + m->from[MBN_METADATA], code = at + m->from[MBN_CODE];

	cover(c, at, lengths, false);
	cover(c, lengths, lengths + 8, true);
	cover(c, lengths + 8, qualcomm ? theirs : at + m->header, false);
	if (!qualcomm)
		cover(c, at + m->header, theirs, true);
	else
		cover(c, theirs, code, true);
	cover(c, qualcomm ? code : theirs, code + m->length_of[MBN_CODE], false);
}

/* Files of version 7 that both signed show what each signs; none of an older version was at hand.
 */
static void sign(struct listing *l, const struct mbn *m, uint64_t at, enum mbn_part of,
		 struct mbn_bound bound)
{
	bool both = m->length_of[MBN_SIGNATURE_QTI] && m->length_of[MBN_SIGNATURE];
	enum mbn_part chain = of + 1;
	struct covered c = { .count = 0 };
	struct signature s = { .by = m->length_of[chain] ? SIGNING_QUALCOMM : SIGNING_OTHER,
			       .offset = at + m->from[of],
			       .length = m->length_of[of],
			       .told_only = both && m->version != 7,
			       .covers = c.list,
			       .bound = bound.list,
			       .bound_count = bound.count };

	if (both && m->version == 7)
		cover_own(m, at, of, &c);
	else
		cover(&c, at, at + m->from[MBN_CODE] + m->length_of[MBN_CODE], false);
	s.cover_count = c.count;
	s.blank = c.blank;
	s.value = span_sub(l->in, s.offset, s.length);
	s.certificates = span_sub(l->in, at + m->from[chain], m->length_of[chain]);
	listing_signature(l, &s);
}

void mbn_signatures(struct listing *l, const struct mbn *m, uint64_t at, struct mbn_bound bound)
{
	static const enum mbn_part both[] = { MBN_SIGNATURE_QTI, MBN_SIGNATURE };

	for (int i = 0; i < 2; i++)
		if (m->length_of[both[i]])
			sign(l, m, at, both[i], bound);
}

/* The addresses follow one on the other as the parts do: no noise does that. Some packers leave
 * those of parts that are not there at zero. */
static bool addresses_agree(struct span in, uint64_t at)
{
	uint32_t to = span_u32(in, at + 12, false), code = span_u32(in, at + 20, false);
	uint32_t signature = span_u32(in, at + 24, false), chain = span_u32(in, at + 32, false);
	uint32_t signature_length = span_u32(in, at + 28, false);
	uint32_t chain_length = span_u32(in, at + 36, false);

	return (signature_length == 0 || signature == to + code) &&
	       (chain_length == 0 || chain == to + code + signature_length) && to && code;
}

static struct fault probe(struct span in, struct found *f)
{
	struct mbn m;
	struct fault bad = mbn_read(in, &m);

	if (bad.kind)
		return bad;
	if (m.version != 3 || !addresses_agree(in, 0) || in.n <= MBN_HEADER + 8)
		return fault_at(FAULT_BROKEN, 24, "addresses", m.version, 3);
	if (m.length_of[MBN_SIGNATURE] == 0 &&
	    span_u32(in, 24, false) != span_u32(in, 12, false) + m.length_of[MBN_CODE])
		return fault_at(FAULT_BROKEN, 24, "address of the signature", 0, 0);
	f->len = part_bound(m.length, in);
	f->proof = PROOF_STRUCTURE;
	snprintf(f->label, sizeof(f->label), "image %u at 0x%08x%s", span_u32(in, 0, false),
		 span_u32(in, 12, false), m.length_of[MBN_SIGNATURE] ? ", signed" : "");
	return fine;
}

static struct fault list(struct listing *l)
{
	struct mbn m;
	struct table_part parts[MBN_MOST_PARTS];
	struct fault bad = mbn_read(l->in, &m);

	if (bad.kind)
		return bad;
	table_list(l, m.header, parts, mbn_parts(&m, 0, "code", parts));
	mbn_signatures(l, &m, 0, (struct mbn_bound){ 0 });
	return fine;
}

const struct format format_mbn = {
	.name = "mbn",
	.says = "Qualcomm image with a header of 40 bytes",
	.domain = DOMAIN_TELECOM,
	.spec = "coreboot util/qualcomm/mbn_tools.py; msm8916-mainline/qtestsign mbn/hashseg.py",
	.where = WHERE_ANCHORED,
	.shape = SHAPE_CONTAINER,
	.magic = { { 4, 4, "\x03\x00\x00\x00" } },
	.probe = probe,
	.list = list,
};

/* Its fields from the third word on are those of the shorter header, twelve bytes further on. */
#define LONGER 12

static struct fault read_sbl(struct span in, struct mbn *m)
{
	struct cursor c = { .in = span_sub(in, 0, SBL_HEADER), .at = 28 };
	uint32_t length = cursor_le32(&c), code = cursor_le32(&c), signature, chain;

	cursor_skip(&c, 4);
	signature = cursor_le32(&c);
	cursor_skip(&c, 4);
	chain = cursor_le32(&c);
	if (c.ran_out)
		return fault_at(FAULT_SHORT, 0, "header", in.n, SBL_HEADER);
	if (code == 0 || code > MOST_PART || signature > MOST_PART || chain > MOST_PART ||
	    (uint64_t)code + signature + chain != length || !addresses_agree(in, LONGER))
		return fault_at(FAULT_BROKEN, 28, "length", length, code);
	*m = (struct mbn){ .header = SBL_HEADER, .length = SBL_HEADER + (uint64_t)length };
	m->length_of[MBN_CODE] = code;
	m->length_of[MBN_SIGNATURE] = signature;
	m->length_of[MBN_CHAIN] = chain;
	m->field[MBN_CODE] = 32;
	m->field[MBN_SIGNATURE] = 40;
	m->field[MBN_CHAIN] = 48;
	m->from[MBN_CODE] = SBL_HEADER;
	m->from[MBN_SIGNATURE] = SBL_HEADER + code;
	m->from[MBN_CHAIN] = SBL_HEADER + code + signature;
	return fine;
}

static struct fault probe_sbl(struct span in, struct found *f)
{
	struct mbn m;
	struct fault bad = read_sbl(in, &m);

	if (bad.kind)
		return bad;
	f->len = part_bound(m.length, in);
	f->proof = PROOF_STRUCTURE;
	snprintf(f->label, sizeof(f->label), "image %u at 0x%08x%s", span_u32(in, 8, false),
		 span_u32(in, 24, false), m.length_of[MBN_SIGNATURE] ? ", signed" : "");
	return fine;
}

static struct fault list_sbl(struct listing *l)
{
	struct mbn m;
	struct table_part parts[MBN_MOST_PARTS];
	struct fault bad = read_sbl(l->in, &m);

	if (bad.kind)
		return bad;
	table_list(l, m.header, parts, mbn_parts(&m, 0, "code", parts));
	mbn_signatures(l, &m, 0, (struct mbn_bound){ 0 });
	return fine;
}

const struct format format_qcomsbl = {
	.name = "qcom-sbl",
	.says = "Qualcomm boot loader with a header of 80 bytes",
	.domain = DOMAIN_TELECOM,
	.spec = "coreboot util/qualcomm/mbn_tools.py",
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 8, SBL } },
	.probe = probe_sbl,
	.list = list_sbl,
};
