/* fwtool.c - what OpenWrt's build appends to an image: metadata (eight bytes and JSON) and
 * signatures, each followed by 16 bytes: "FWx0", a CRC-32 of everything before it in the file, kind
 * and length of both. A reader goes from the end backwards; here the metadata's start is known by
 * its text, and the length at its end must lead back to it. The CRC covers bytes before this
 * object: it is not checked here. A signature is that of usign, alone or with certificates (ucert),
 * over the file up to it; fwtool.sh of OpenWrt's base-files checks it so. The mark of the end of a
 * root file system, which the same build writes, is a format of its own. */
#include "base/cursor.h"
#include "base/hash.h"
#include "base/text.h"
#include "format/own.h"
#include "format/parts.h"

#define HEADER  8
#define TRAILER 16
#define MOST    (32u << 10) /* of JSON; the tool allows 30 KiB */

/* The trailer of the object that begins at `from`; SIZE_MAX if none leads back to it. */
static size_t find_trailer(struct span in, uint64_t from)
{
	struct span near = span_head(in, from + MOST);
	size_t at = (size_t)from;

	while ((at = span_find(near, at, span_text("FWx0"))) != SIZE_MAX) {
		uint32_t size = span_u32(in, (uint64_t)at + 12, true);

		if (at - from + TRAILER == size && in.n - at >= TRAILER && in.p[at + 8] <= 1)
			return at;
		at++;
	}
	return SIZE_MAX;
}

static struct fault probe(struct span in, struct found *f)
{
	size_t at = find_trailer(in, 0), next;

	if (at == SIZE_MAX || in.p[at + 8] != 1)
		return fault_at(FAULT_BROKEN, 0, "trailer", 0, 0);
	f->len = at + TRAILER;
	next = find_trailer(span_head(in, f->len + MOST / 2), f->len);
	if (next != SIZE_MAX)
		f->len = next + TRAILER;
	f->proof = PROOF_STRUCTURE;
	label_add(f->label, next == SIZE_MAX ? "metadata" : "metadata and signature",
		  (struct span){ 0 });
	return fine;
}

/* Base64 of what usign and signify write: "Ed", eight bytes that name the key, the signature. */
#define USIGN_TEXT  100
#define USIGN_BYTES 74

/* The first signature is that of the file; those of certificates follow. */
static void add_signature(struct listing *l, uint64_t from, uint64_t to)
{
	struct span in = span_sub(l->in, from, to - from), line, key;
	size_t at = span_find(in, 0, span_text("untrusted comment:"));
	size_t end = at == SIZE_MAX ? at : span_find(in, at, span_text("\n"));
	struct byte_range covers = { 0, from };
	struct text raw = { 0 };

	line = end == SIZE_MAX ? (struct span){ 0 } : span_sub(in, (uint64_t)end + 1, USIGN_TEXT);
	text_base64(&raw, line);
	if (raw.n == USIGN_BYTES && memcmp(raw.p, "Ed", 2) == 0) {
		struct span bytes = arena_copy(l->arena, text_span(&raw));

		raw.n = 0;
		text_hex(&raw, span_sub(bytes, 2, 8));
		key = arena_copy(l->arena, text_span(&raw));
		listing_signature(l, &(struct signature){ .by = SIGNING_ED25519,
							  .bits = 256,
							  .value = span_from(bytes, 10),
							  .offset = from + end + 1,
							  .length = USIGN_TEXT,
							  .key = key,
							  .before = true,
							  .covers = &covers,
							  .cover_count = 1 });
	}
	text_free(&raw);
}

static struct fault list(struct listing *l)
{
	size_t at = find_trailer(l->in, 0), next;

	l->kind = LISTING_REGIONS;
	part_list(l, HEADER, HEADER, at - HEADER, "metadata");
	part_owned(l, at, TRAILER, "trailer");
	next = find_trailer(l->in, at + TRAILER);
	if (next == SIZE_MAX)
		return fine;
	part_list(l, at + TRAILER, at + TRAILER, next - at - TRAILER, "signature");
	add_signature(l, at + TRAILER, next);
	part_owned(l, next, TRAILER, "trailer");
	return fine;
}

/* The CRC of a trailer at `at`: over everything before it in the file, and itself with the field
 * zero, not inverted at the end. */
static bool crc_holds(const struct listing *l, uint64_t at)
{
	uint8_t trailer[TRAILER];
	struct span there = span_sub(l->in, at, TRAILER);
	uint32_t crc;

	if (there.n == 0)
		return false;
	memcpy(trailer, there.p, TRAILER);
	memset(trailer + 4, 0, 4);
	crc = crc32_update(crc32_of(l->before), span_head(l->in, at));
	crc = crc32_update(crc, (struct span){ trailer, TRAILER });
	return span_u32(there, 4, true) == ~crc;
}

static void own_trailer(const struct listing *l, struct own_list *out, uint64_t at)
{
	own_add(out, at, 4, OWN_SIGNATURE, "magic");
	own_add(out, at + 4, 4, own_if(crc_holds(l, at), OWN_CHECKSUM), "CRC32");
	own_add(out, at + 8, 1, OWN_STRUCTURE, "kind");
	own_add(out, at + 9, 3, OWN_FILL, "unused");
	own_add(out, at + 12, 4, OWN_STRUCTURE, "length");
}

/* Trailers are regions of the container's own, and named here too. */
static void own(const struct listing *l, struct own_list *out)
{
	struct own_map map = { .out = out };
	size_t at = find_trailer(l->in, 0), next;

	if (at == SIZE_MAX)
		return;
	own_add(out, 0, HEADER, OWN_FILL, "header");
	own_content(&map, HEADER, at - HEADER);
	own_trailer(l, out, at);
	next = find_trailer(l->in, at + TRAILER);
	if (next != SIZE_MAX) {
		own_content(&map, at + TRAILER, next - at - TRAILER);
		own_trailer(l, out, next);
	}
	own_finish(&map, l->in.n, "unused");
}

/* A trailer alone, behind something that is no metadata: a signature of another form. */
static struct fault probe_trailer(struct span in, struct found *f)
{
	uint32_t size = span_u32(in, 12, true);

	if (in.n < TRAILER || !span_starts(in, span_text("FWx0")) || in.p[8] > 1 ||
	    size < TRAILER || size > MOST || (span_u32(in, 8, true) & 0xffffff) != 0)
		return fault_at(FAULT_BROKEN, 8, "trailer", size, MOST);
	f->len = TRAILER;
	f->proof = PROOF_STRUCTURE;
	label_add(f->label, in.p[8] ? "metadata" : "signature", (struct span){ 0 });
	return fine;
}

static void own_alone(const struct listing *l, struct own_list *out)
{
	own_trailer(l, out, 0);
}

/* Only where nothing but the mark, filled flash or metadata follows. */
static struct fault probe_mark(struct span in, struct found *f)
{
	int next = span_byte(in, 4);

	if (span_u32(in, 0, true) != 0xdeadc0de)
		return fault_at(FAULT_BROKEN, 0, "mark", 0, 0);
	if (next > 0 && next != 0xff && next != 0xde)
		return fault_at(FAULT_BROKEN, 4, "filler", (uint64_t)next, 0xff);
	f->len = 4;
	f->proof = PROOF_STRUCTURE;
	return fine;
}

const struct format format_fwtool = {
	.name = "fwtool",
	.says = "OpenWrt metadata and signature behind an image",
	.domain = DOMAIN_BROADBAND,
	.spec = "openwrt/fwtool fwimage.h",
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 21, "\0\0\0\0\0\0\0\0{  \"metadata_" } },
	.probe = probe,
	.list = list,
	.own = own,
};

const struct format format_fwtooltrailer = {
	.name = "fwtool-trailer",
	.says = "OpenWrt trailer behind a signature of another form",
	.domain = DOMAIN_BROADBAND,
	.spec = "openwrt/fwtool fwimage.h",
	.where = WHERE_ANCHORED,
	.shape = SHAPE_LEAF,
	.magic = { { 0, 4, "FWx0" } },
	.probe = probe_trailer,
	.own = own_alone,
};

const struct format format_endmark = {
	.name = "end-mark",
	.says = "OpenWrt end mark of a root file system (DEADC0DE)",
	.domain = DOMAIN_BROADBAND,
	.spec = "openwrt/openwrt target/linux/generic, mtdsplit; firmware-utils "
		"src/fix-u-media-header.c",
	.where = WHERE_ANCHORED,
	.shape = SHAPE_LEAF,
	.magic = { { 0, 4, "\xde\xad\xc0\xde" } },
	.probe = probe_mark,
};
