/* uefi_unpack.c - sections that hold sections: compressed by the specification's own method or by
 * one that a GUID names, checked by a sum, or signed. Sources: UEFI PI 1.8, volume 3,
 * sections 2.2.4 and 3.2.5; tianocore/edk2 MdeModulePkg.dec and MdePkg.dec for the GUIDs. */
#include "base/cursor.h"
#include "base/hash.h"
#include "codec/codec.h"
#include "format/uefi.h"

#define COMPRESSED_HEADER 5 /* behind the common one */
#define GUIDED_HEADER     20
#define MUST_BE_PROCESSED 0x01
#define ZLIB_HEADER       0x100 /* AMD's: zeros, but for the packed length */
#define ZLIB_LENGTH       0x14
#define LZMA_SIZE         5 /* where .lzma has the plain size */

/* What the header of a method holds behind its GUID. */
enum guided_check { CHECK_NONE, CHECK_CRC32, CHECK_SIGNATURE };

static const struct {
	const char *guid, *name;
	enum packing packing;
	enum guided_check check;
} methods[] = {
	{ "ee4e5898-3914-4259-9d6e-dc7bd79403cf", "lzma", PACKED_LZMA, CHECK_NONE },
	{ "0ed85e23-f253-413f-a03c-901987b04397", "lzma", PACKED_LZMA, CHECK_NONE },
	{ "d42ae6bd-1352-4bfb-909a-ca72a6eae889", "lzma-x86", PACKED_LZMA_X86, CHECK_NONE },
	{ "a31280ad-481e-41b6-95e8-127f4c984779", "tiano", PACKED_TIANO, CHECK_NONE },
	{ "ce3233f5-2cd6-4d87-9152-4a238bb6d1c4", "zlib", PACKED_ZLIB, CHECK_NONE },
	{ "991efac0-e260-416b-a4b8-3b153072b804", "zlib", PACKED_ZLIB, CHECK_NONE },
	{ "1d301fe9-be79-4353-91c2-d23bc959ae0c", "gzip", PACKED_GZIP, CHECK_NONE },
	{ "3d532050-5cda-4fd0-879e-0f7f630d5afb", "brotli", PACKED_BROTLI, CHECK_NONE },
	{ "fc1bcdb0-7d31-49aa-936a-a4600d9dd083", "crc32", PACKED_NOT, CHECK_CRC32 },
	{ "0f9d89e8-9259-4f76-a5af-0c89e34023df", "signed", PACKED_NOT, CHECK_SIGNATURE },
	{ "a7717414-c616-4977-9420-844712a735bf", "signed", PACKED_NOT, CHECK_SIGNATURE },
};

#define METHODS (sizeof(methods) / sizeof(methods[0]))

static const struct {
	uint8_t type;
	const char *name;
	enum packing packing;
} compressions[] = {
	{ 0x00, "plain", PACKED_NOT },
	{ 0x01, "tiano", PACKED_TIANO },
	{ 0x02, "lzma", PACKED_LZMA },
	{ 0x86, "lzma-x86", PACKED_LZMA_X86 },
};

#define COMPRESSIONS (sizeof(compressions) / sizeof(compressions[0]))

/* The header of the method is part of the section's header, as long as the section has room. */
static void skip_header(struct packed *p, uint64_t n)
{
	if (n > p->length) {
		p->fault = fault_at(FAULT_SHORT, p->at, "header of the section", p->length, n);
		n = p->length;
	}
	p->at += n;
	p->length -= n;
}

static void read_compressed(struct span in, struct packed *p)
{
	int type = span_byte(in, p->at + 4);

	p->name = "compressed";
	p->packing = PACKED_UNKNOWN;
	p->plain = span_u32(in, p->at, false);
	for (size_t i = 0; i < COMPRESSIONS; i++)
		if (compressions[i].type == type) {
			p->name = compressions[i].name;
			p->packing = compressions[i].packing;
		}
	if (p->packing == PACKED_UNKNOWN)
		p->fault = fault_at(FAULT_UNKNOWN, p->at + 4, "compression", (uint64_t)type, 2);
	skip_header(p, COMPRESSED_HEADER);
}

static void check_crc32(struct span in, uint64_t field, struct packed *p)
{
	uint32_t got = crc32_of(span_sub(in, p->at, p->length)), want = span_u32(in, field, false);

	if (got != want && !p->fault.kind)
		p->fault = fault_at(FAULT_BROKEN, field, "CRC-32", got, want);
}

/* What the method's header says; its own length where it says nothing. */
static uint64_t plain_size(struct span in, const struct packed *p)
{
	uint64_t lzma = span_u64(in, p->at + LZMA_SIZE, false);

	switch (p->packing) {
	case PACKED_TIANO:
		return span_u32(in, p->at + 4, false);
	case PACKED_LZMA:
	case PACKED_LZMA_X86:
		return lzma == PLAIN_UNKNOWN ? p->length : lzma;
	case PACKED_BROTLI:
		return span_u64(in, p->at, false);
	default:
		return p->length;
	}
}

static void read_guided(struct span in, const struct section *s, struct packed *p)
{
	const uint64_t guid = p->at;
	uint16_t data = span_u16(in, guid + GUID_SIZE, false);
	bool must = span_u16(in, guid + GUID_SIZE + 2, false) & MUST_BE_PROCESSED;
	size_t i = 0;

	while (i < METHODS && !guid_is(in, guid, methods[i].guid))
		i++;
	p->name = i < METHODS ? methods[i].name : "guided";
	p->packing = i < METHODS ? methods[i].packing : must ? PACKED_UNKNOWN : PACKED_NOT;
	skip_header(p, data > s->header + GUIDED_HEADER ? data - s->header : GUIDED_HEADER);
	if (p->packing == PACKED_UNKNOWN)
		p->fault = fault_at(FAULT_UNKNOWN, guid, "method of the section", 0, 0);
	if (p->packing == PACKED_BROTLI)
		p->fault = fault_at(FAULT_UNKNOWN, guid, "Brotli", 0, 0);
	if (i < METHODS && methods[i].check == CHECK_CRC32)
		check_crc32(in, guid + GUIDED_HEADER, p);
	if (i < METHODS && methods[i].check == CHECK_SIGNATURE)
		p->signature = p->at - guid - GUIDED_HEADER;
	p->plain = plain_size(in, p);
}

struct packed section_packed(struct span in, const struct section *s)
{
	struct packed p = { .name = "disposable",
			    .at = s->at + s->header,
			    .length = s->length - s->header,
			    .plain = s->length - s->header };

	in = span_head(in, s->at + s->length); /* headers do not go on behind the section */
	if (s->type == SECTION_COMPRESSED)
		read_compressed(in, &p);
	else if (s->type == SECTION_GUIDED)
		read_guided(in, s, &p);
	return p;
}

/* The right width of positions gives a row of sections (or a program, in an option ROM); the wrong
 * one hardly ever decodes, and if so to noise. */
static bool is_believable(struct span plain)
{
	return sections_fill(plain) || span_starts(plain, span_text("MZ")) ||
	       span_starts(plain, span_text("VZ"));
}

static struct fault unpack_tiano(struct span in, struct sink *out)
{
	static const unsigned widths[] = { 5, 4 };
	const size_t before = out->n;
	struct fault f[2];

	for (size_t i = 0; i < 2; i++) {
		out->n = before;
		f[i] = tiano_decode(in, widths[i], PLAIN_UNKNOWN, out).fault;
		if (f[i].kind == FAULT_LIMIT ||
		    (!f[i].kind && is_believable(span_from(sink_span(out), before))))
			return f[i];
	}
	if (f[0].kind)
		return f[1];
	out->n = before;
	return tiano_decode(in, widths[0], PLAIN_UNKNOWN, out).fault;
}

/* Old Intel tools put four bytes before the stream. */
static struct fault unpack_lzma(struct span in, bool x86, struct sink *out)
{
	struct lzma_properties p;
	bool starts = lzma_properties_from((uint8_t)span_byte(in, 0), 0, &p) && p.lc + p.lp <= 4;

	if (!starts && span_byte(in, 4) == 0x5d)
		in = span_from(in, 4);
	return x86 ? lzma_x86_decode(in, PLAIN_UNKNOWN, out).fault
		   : lzma_alone_decode(in, PLAIN_UNKNOWN, out).fault;
}

static struct fault unpack_zlib(struct span in, struct sink *out)
{
	uint64_t length = span_u32(in, ZLIB_LENGTH, false);

	if (in.n < ZLIB_HEADER)
		return fault_at(FAULT_SHORT, 0, "zlib section", in.n, ZLIB_HEADER);
	return inflate_zlib(span_head(span_from(in, ZLIB_HEADER), length), PLAIN_UNKNOWN, out)
		.fault;
}

static struct fault unpack(struct span in, enum packing packing, struct sink *out)
{
	switch (packing) {
	case PACKED_TIANO:
		return unpack_tiano(in, out);
	case PACKED_LZMA:
	case PACKED_LZMA_X86:
		return unpack_lzma(in, packing == PACKED_LZMA_X86, out);
	case PACKED_ZLIB:
		return unpack_zlib(in, out);
	case PACKED_GZIP:
		return inflate_gzip(in, PLAIN_UNKNOWN, out).fault;
	default:
		sink_put(out, in);
		return out->fault;
	}
}

struct fault section_load(const struct listing *l, const struct entry *e, struct sink *out)
{
	struct fault f =
		unpack(span_sub(l->in, e->offset, e->length), (enum packing)e->key[0], out);

	f.at += f.kind ? e->offset : 0;
	return f;
}
