/* ios.c - Cisco's IOS. An image is an ELF file for the router's processor with one segment: the
 * program that unpacks, a section with an MD5 behind FADEFAD1h, one with texts (CW_FAMILY=$..$),
 * and one that begins with FEEDFACEh, plain length, packed length, their sums, then a zip file.
 * Sums are of big-endian words, a carry added at once. Some boot loaders take the last part alone.
 */
#include <stdio.h>

#include "base/cursor.h"
#include "format/elf_read.h"
#include "format/table.h"

#define MAGIC         "\xfe\xed\xfa\xce"
#define HEADER        20
#define MOST_SECTIONS 64

static uint32_t sum_of_words(struct span s)
{
	uint64_t sum = 0;

	for (uint64_t at = 0; at + 4 <= s.n; at += 4) {
		sum += span_u32(s, at, true);
		sum = (sum & UINT32_MAX) + (sum >> 32);
	}
	return (uint32_t)sum;
}

static struct fault probe_zip(struct span in, struct found *f)
{
	uint32_t plain = span_u32(in, 4, true), packed = span_u32(in, 8, true);

	if (!span_starts(span_from(in, HEADER), span_text("PK\x03\x04")))
		return fault_at(FAULT_UNKNOWN, HEADER, "zip file", 0, 0);
	if (plain == 0 || packed < 30)
		return fault_at(FAULT_BROKEN, 8, "packed length", packed, plain);
	f->len = part_bound((uint64_t)HEADER + packed, in);
	f->proof = PROOF_STRUCTURE;
	return fine;
}

static struct fault list_zip(struct listing *l)
{
	uint32_t packed = span_u32(l->in, 8, true);

	l->kind = LISTING_REGIONS;
	part_list(l, 8, HEADER, packed, "image");
	part_sum(l, 12, "sum of the packed image", sum_of_words(span_sub(l->in, HEADER, packed)),
		 span_u32(l->in, 12, true));
	return fine;
}

const struct format format_ioszip = {
	.name = "ios-zip",
	.says = "packed image of Cisco IOS",
	.domain = DOMAIN_TELECOM,
	.spec = "DidierStevens/DidierStevensSuite naft_iipf.py",
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 4, MAGIC } },
	.probe = probe_zip,
	.list = list_zip,
};

/* What a section of an image is, by how it begins. */
static const char *part_of(struct span s)
{
	if (span_starts(s, span_text(MAGIC)))
		return "packed image";
	if (span_find(span_head(s, 4096), 0, span_text("CW_BEGIN=$")) != SIZE_MAX)
		return "texts";
	if (span_find(span_head(s, 4096), 0, span_text("\xfa\xde\xfa\xd1")) != SIZE_MAX)
		return "MD5";
	return NULL;
}

struct ios {
	struct elf elf;
	struct span texts;
	bool packed;
};

static struct fault read_image(struct span in, struct ios *i)
{
	struct elf_section s;
	struct fault bad = elf_open(in, &i->elf);

	if (bad.kind)
		return bad;
	if (i->elf.is64 || !i->elf.big || i->elf.phnum != 1 || i->elf.shnum < 4 ||
	    i->elf.shnum > MOST_SECTIONS)
		return fault_at(FAULT_UNKNOWN, 44, "sections", i->elf.shnum, MOST_SECTIONS);
	for (uint32_t k = 0; k < i->elf.shnum && elf_section(&i->elf, k, &s); k++) {
		struct span bytes = elf_section_bytes(&i->elf, &s);
		const char *part = part_of(bytes);

		i->packed |= part && strcmp(part, "packed image") == 0;
		if (part && strcmp(part, "texts") == 0)
			i->texts = bytes;
	}
	if (!i->packed && !i->texts.n)
		return fault_at(FAULT_UNKNOWN, 32, "texts of IOS", 0, 0);
	return fine;
}

/* The text between the dollar signs. */
static struct span text_of(struct span texts, const char *key)
{
	size_t at = span_find(span_head(texts, 4096), 0, span_text(key));
	struct span rest = at == SIZE_MAX ? (struct span){ 0 }
					  : span_head(span_from(texts, at + strlen(key)), 64);
	size_t end = span_find(rest, 0, span_text("$"));

	return end == SIZE_MAX ? (struct span){ 0 } : span_head(rest, end);
}

static struct fault probe(struct span in, struct found *f)
{
	struct ios i = { 0 };
	struct fault bad = read_image(in, &i);

	if (bad.kind)
		return bad;
	f->len = part_bound(elf_length(&i.elf), in);
	f->proof = PROOF_STRUCTURE;
	label_add(f->label, "", text_of(i.texts, "CW_IMAGE=$"));
	label_add(f->label, f->label[0] ? " " : "", text_of(i.texts, "CW_VERSION=$"));
	return fine;
}

static struct fault list(struct listing *l)
{
	struct table_part parts[MOST_SECTIONS];
	struct elf_section s;
	struct ios i = { 0 };
	struct fault bad = read_image(l->in, &i);
	size_t n = 0;

	if (bad.kind)
		return bad;
	for (uint32_t k = 0; k < i.elf.shnum && elf_section(&i.elf, k, &s); k++) {
		struct span bytes = elf_section_bytes(&i.elf, &s);
		const char *part = part_of(bytes);

		if (bytes.n)
			parts[n++] = (struct table_part){
				.name = part ? span_text(part) : elf_section_name(&i.elf, &s),
				.field = i.elf.shoff + (uint64_t)k * i.elf.shentsize + 16,
				.from = s.offset,
				.length = bytes.n,
				.own = true,
			};
	}
	table_list(l, 52, parts, n);
	if (elf_length(&i.elf) > l->in.n)
		listing_fault(l,
			      fault_at(FAULT_SHORT, 32, "sections", l->in.n, elf_length(&i.elf)));
	return fine;
}

const struct format format_ios = {
	.name = "ios",
	.says = "Cisco IOS image",
	.domain = DOMAIN_TELECOM,
	.spec = "DidierStevens/DidierStevensSuite naft_iipf.py",
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 4,
		     "\x7f"
		     "ELF" } },
	.probe = probe,
	.list = list,
};
