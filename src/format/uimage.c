/* uimage.c - U-Boot's legacy image: a header of 64 bytes, big-endian, with a CRC of its own and one
 * of the data; types 4 and 6 are a table of sizes and several images. Some boot loaders ask for
 * another magic; the header's CRC, computed with it, proves those too. */
#include <stdio.h>

#include "base/cursor.h"
#include "base/hash.h"
#include "format/own.h"

#define HEADER           64
#define MAGIC            0x27051956u
#define TYPE_MULTI       4
#define TYPE_SCRIPT      6
#define MOST_IMAGES      32
#define MOST_OS          31
#define MOST_ARCH        31
#define MOST_TYPE        63
#define MOST_COMPRESSION 15

struct uimage {
	uint32_t magic, header_crc, size, data_crc;
	uint8_t os, arch, type, compression;
	struct span name;
};

static struct fault read_header(struct span in, struct uimage *h)
{
	struct cursor c = { .in = in };
	uint8_t copy[HEADER];

	if (in.n < HEADER)
		return fault_at(FAULT_SHORT, 0, "header", in.n, HEADER);
	h->magic = cursor_be32(&c);
	h->header_crc = cursor_be32(&c);
	cursor_skip(&c, 4);
	h->size = cursor_be32(&c);
	cursor_skip(&c, 8);
	h->data_crc = cursor_be32(&c);
	h->os = cursor_u8(&c);
	h->arch = cursor_u8(&c);
	h->type = cursor_u8(&c);
	h->compression = cursor_u8(&c);
	h->name = cursor_span(&c, 32);
	memcpy(copy, in.p, HEADER);
	memset(copy + 4, 0, 4);
	if (crc32_of((struct span){ copy, HEADER }) != h->header_crc)
		return fault_at(FAULT_BROKEN, 4, "header CRC-32",
				crc32_of((struct span){ copy, HEADER }), h->header_crc);
	return fine;
}

static const char *word(const char *const *words, size_t count, uint8_t value)
{
	return value < count && words[value] ? words[value] : "?";
}

#define WORD(list, value) word(list, sizeof(list) / sizeof((list)[0]), value)

static void put_label(const struct uimage *h, char *label, size_t size)
{
	static const char *const types[] = { NULL,      "standalone", "kernel",
					     "ramdisk", "multi",      "firmware",
					     "script",  "filesystem", "device tree" };
	static const char *const arches[] = { NULL,     "alpha",    "arm",   "x86",   "ia64",
					      "mips",   "mips64",   "ppc",   "s390",  "sh",
					      "sparc",  "sparc64",  "m68k",  "nios",  "microblaze",
					      "nios2",  "blackfin", "avr32", "st200", "sandbox",
					      "nds32",  "openrisc", "arm64", "arc",   "x86-64",
					      "xtensa", "riscv" };
	static const char *const packings[] = { "none", "gzip", "bzip2", "lzma",
						"lzo",  "lz4",  "zstd" };
	char name[33] = { 0 };

	for (size_t i = 0; i < h->name.n && h->name.p[i]; i++)
		name[i] = h->name.p[i] >= 0x20 && h->name.p[i] < 0x7f ? (char)h->name.p[i] : '?';
	snprintf(label, size, "%s %s %s%s, %s", WORD(arches, h->arch), WORD(types, h->type),
		 WORD(packings, h->compression), h->magic == MAGIC ? "" : ", altered magic", name);
}

static struct fault probe(struct span in, struct found *f)
{
	struct uimage h = { 0 };
	struct fault bad = read_header(in, &h);

	if (bad.kind)
		return bad;
	f->len = (uint64_t)HEADER + h.size < in.n ? HEADER + h.size : in.n;
	f->proof = PROOF_CHECKSUM;
	put_label(&h, f->label, sizeof(f->label));
	return fine;
}

/* Sizes as big-endian words up to a zero; each image is padded to four bytes. */
static void list_multi(struct listing *l, uint64_t end)
{
	uint32_t sizes[MOST_IMAGES], n = 0;
	uint64_t data = HEADER + 4;

	while (n < MOST_IMAGES && (sizes[n] = span_u32(l->in, data - 4, true)) != 0) {
		n++;
		data += 4;
	}
	if (n == MOST_IMAGES) {
		listing_fault(l, fault_at(FAULT_LIMIT, HEADER, "images", n, MOST_IMAGES));
		return;
	}
	for (uint32_t i = 0; i < n; i++) {
		if (data > end || sizes[i] > end - data) {
			listing_fault(l, fault_at(FAULT_BROKEN, HEADER + 4 * i, "image size",
						  sizes[i], end));
			break;
		}
		listing_region(l, data, sizes[i], (struct span){ 0 });
		data += ((uint64_t)sizes[i] + 3) / 4 * 4;
	}
}

static struct fault list(struct listing *l)
{
	struct uimage h = { 0 };
	struct fault bad = read_header(l->in, &h);
	uint64_t end = l->in.n;

	if (bad.kind)
		return bad;
	l->kind = LISTING_REGIONS;
	if (h.type == TYPE_MULTI || h.type == TYPE_SCRIPT)
		list_multi(l, end);
	if (l->count == 0 && end > HEADER)
		listing_region(l, HEADER, end - HEADER, (struct span){ 0 });
	if ((uint64_t)HEADER + h.size > end)
		listing_fault(
			l, fault_at(FAULT_SHORT, 12, "data size", end, (uint64_t)HEADER + h.size));
	else if (crc32_of(span_sub(l->in, HEADER, h.size)) != h.data_crc)
		listing_fault(l, fault_at(FAULT_BROKEN, 24, "data CRC-32",
					  crc32_of(span_sub(l->in, HEADER, h.size)), h.data_crc));
	return fine;
}

/* Sizes of several images say what the regions say; a zero ends them. */
static void own(const struct listing *l, struct own_list *out)
{
	struct own_map m = { .out = out };
	struct uimage h = { 0 };
	bool holds;
	uint64_t data = l->count ? l->entries[0].offset : l->in.n;

	if (read_header(l->in, &h).kind)
		return;
	holds = crc32_of(span_sub(l->in, HEADER, h.size)) == h.data_crc;
	own_add(out, 0, 4, OWN_DATA, "magic");
	own_add(out, 4, 4, OWN_CHECKSUM, "header CRC32");
	own_time(out, 8, 4, "creation time", span_u32(l->in, 8, true));
	own_add(out, 12, 4, own_if((uint64_t)h.size + HEADER == l->in.n, OWN_STRUCTURE),
		"data size");
	own_add(out, 16, 4, OWN_DATA, "load address");
	own_add(out, 20, 4, OWN_DATA, "entry point");
	own_add(out, 24, 4, own_if(holds && (uint64_t)h.size + HEADER <= l->in.n, OWN_CHECKSUM),
		"data CRC32");
	own_add(out, 28, 4, OWN_DATA, "system, architecture, type, compression");
	own_add(out, 32, 32, OWN_DATA, "name");
	if (data > HEADER)
		own_add(out, HEADER, data - HEADER, OWN_STRUCTURE, "image sizes");
	own_contents(&m, l);
	own_finish(&m, l->in.n, "alignment");
}

const struct format format_uimage = {
	.name = "uimage",
	.says = "U-Boot legacy image, single and multi-file",
	.domain = DOMAIN_BROADBAND,
	.spec = "u-boot/u-boot include/image.h",
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 4, "\x27\x05\x19\x56" },
		   { 0, 4, "\x83\x80\x00\x00" },
		   { 0, 4, "\x93\x00\x00\x00" },
		   { 0, 4, "\x93\x00\x10\x10" },
		   { 0, 4, "\x93\x00\x12\x50" },
		   { 0, 4, "\x93\x03\x00\x00" },
		   { 0, 4, "\x17\x4e\x47\x41" },
		   { 0, 4, "\x17\x4e\x47\x42" },
		   { 0, 4, "OKLI" } },
	.probe = probe,
	.list = list,
	.own = own,
};

/* Where something begins, any magic will do: makers of switches (Realtek's kit) and Netgear take
 * one a model. The CRC proves the header; fields that mean nothing, or no size, rule out chance. */
static struct fault probe_altered(struct span in, struct found *f)
{
	struct cursor c = { .in = span_sub(in, 28, 4) };
	uint8_t os = cursor_u8(&c), arch = cursor_u8(&c);
	uint8_t type = cursor_u8(&c), compression = cursor_u8(&c);

	if (c.ran_out || os > MOST_OS || arch > MOST_ARCH || type > MOST_TYPE || type == 0 ||
	    compression > MOST_COMPRESSION)
		return fault_at(FAULT_UNKNOWN, 28, "type", type, MOST_TYPE);
	if (span_u32(in, 12, true) == 0 || span_u32(in, 4, true) == 0)
		return fault_at(FAULT_BROKEN, 12, "data size", 0, 1);
	return probe(in, f);
}

const struct format format_uimagealtered = {
	.name = "uimage-altered",
	.says = "U-Boot legacy image with another magic",
	.domain = DOMAIN_BROADBAND,
	.spec = "u-boot/u-boot include/image.h; openwrt/openwrt UIMAGE_MAGIC",
	.where = WHERE_ANCHORED,
	.shape = SHAPE_CONTAINER,
	.probe = probe_altered,
	.list = list,
	.own = own,
};
