/* moxa.c - Moxa's images. "*FRM" (NPort, MGate): sections by type, offset and length, of which type
 * 2 is a file system of the web server; little-endian. And ROM files (NPort W2x50A and their like):
 * 40 bytes with model and size, then AES-128 in ECB whose key is public (libupgradeFirmware.so of
 * the same devices holds it). */
#include <stdio.h>

#include "base/cipher.h"
#include "base/cursor.h"
#include "format/parts.h"

#define HEADER        0x60
#define SECTIONS      0x40
#define SECTION       16
#define MOST_SECTIONS 2 /* more do not fit into the header */
#define TYPE_FILES    2

static struct fault probe(struct span in, struct found *f)
{
	uint32_t total = span_u32(in, 8, false);
	uint16_t sections = span_u16(in, 14, false);

	if (in.n <= HEADER)
		return fault_at(FAULT_SHORT, 0, "header", in.n, HEADER);
	if (span_u16(in, 12, false) != HEADER || sections == 0 || sections > MOST_SECTIONS ||
	    total <= HEADER)
		return fault_at(FAULT_BROKEN, 8, "length", total, HEADER);
	for (uint64_t i = 0; i < sections; i++) {
		uint64_t at = SECTIONS + i * SECTION;

		if (span_u32(in, at + 4, false) > total ||
		    span_u32(in, at + 8, false) > total - span_u32(in, at + 4, false))
			return fault_at(FAULT_BROKEN, at + 4, "section",
					span_u32(in, at + 4, false), total);
	}
	f->len = part_bound(total, in);
	f->proof = PROOF_STRUCTURE;
	snprintf(f->label, sizeof(f->label), "%u sections", sections);
	return fine;
}

static struct fault list(struct listing *l)
{
	uint64_t count = span_u16(l->in, 14, false);

	l->kind = LISTING_REGIONS;
	for (uint64_t i = 0; i < count; i++) {
		uint64_t at = SECTIONS + i * SECTION;

		part_list(l, at + 8, span_u32(l->in, at + 4, false), span_u32(l->in, at + 8, false),
			  span_u32(l->in, at, false) == TYPE_FILES ? "web" : "firmware");
	}
	if (span_u32(l->in, 8, false) > l->in.n)
		listing_fault(
			l, fault_at(FAULT_SHORT, 8, "length", l->in.n, span_u32(l->in, 8, false)));
	return fine;
}

const struct format format_moxafrm = {
	.name = "moxa-frm",
	.says = "Moxa image (*FRM)",
	.domain = DOMAIN_TELECOM,
	.spec = "onekey-sec/unblob archive/moxa/frm.py",
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 8, "*FRM\x00\x00\x00\x01" } },
	.probe = probe,
	.list = list,
};

#define WEB_HEAD   72
#define DEVICE_LEN 32
#define WEB_ENTRY  64
#define WEB_NAME   48
#define WEB_TABLE  0x100
#define MOST_FILES 1000 /* the probe reads the table whole */

static uint32_t web_count(struct span in)
{
	uint16_t count = span_u16(in, 58, false);

	return count ? count : span_u16(in, 66, false);
}

static struct fault probe_web(struct span in, struct found *f)
{
	uint32_t count = web_count(in), table = span_u32(in, 48, false);
	uint64_t end = (uint64_t)table + (uint64_t)count * WEB_ENTRY;

	if (!is_padded_text(in, 0, DEVICE_LEN) || count == 0 || count > MOST_FILES ||
	    table < WEB_HEAD || end > in.n)
		return fault_at(FAULT_BROKEN, 58, "number of files", count, MOST_FILES);
	for (uint64_t i = 0; i < count; i++) {
		struct span e = span_sub(in, table + i * WEB_ENTRY, WEB_ENTRY);
		uint64_t from = span_u32(e, 60, false);

		if (!is_padded_text(e, 0, WEB_NAME) || from < end)
			return fault_at(FAULT_BROKEN, table + i * WEB_ENTRY, "file", from, end);
		end = from + span_u32(e, 56, false);
	}
	f->len = part_bound(end, in);
	f->proof = PROOF_STRUCTURE;
	label_add(f->label, "", field_text(in, 0, DEVICE_LEN));
	return fine;
}

static struct fault list_web(struct listing *l)
{
	uint64_t count = web_count(l->in), table = span_u32(l->in, 48, false);

	for (uint64_t i = 0; i < count; i++) {
		uint64_t at = table + i * WEB_ENTRY;

		part_file(l, at + 56, span_u32(l->in, at + 60, false),
			  span_u32(l->in, at + 56, false), field_text(l->in, at, WEB_NAME));
	}
	return fine;
}

const struct format format_moxaweb = {
	.name = "moxa-web",
	.says = "files of the web server of Moxa devices",
	.domain = DOMAIN_TELECOM,
	.spec = "onekey-sec/unblob archive/moxa/frm.py",
	.where = WHERE_ANCHORED,
	.shape = SHAPE_CONTAINER,
	.magic = { { 56, 2, "\x40\x00" } },
	.probe = probe_web,
	.list = list_web,
};

#define ROM_HEADER 40
#define MODEL_LEN  8
#define WORDS      13 /* further words of the header */
#define ENCRYPTED  14

/* Size, a flag and whole blocks to the end of the file; nothing else tells. */
static struct fault probe_rom(struct span in, struct found *f)
{
	uint64_t size = span_u32(in, 8, false);
	uint64_t head = ROM_HEADER + (span_u16(in, WORDS, false) & 0xffu) * 4;

	if (in.n <= ROM_HEADER || span_byte(in, ENCRYPTED) != 1)
		return fault_at(FAULT_SHORT, 0, "header", in.n, ROM_HEADER);
	for (size_t i = 0; i < MODEL_LEN; i++)
		if (in.p[i] < '-' || in.p[i] > 'z')
			return fault_at(FAULT_BROKEN, i, "model", in.p[i], 'z');
	if ((in.n - ROM_HEADER) % AES_BLOCK || size > in.n || in.n - size >= AES_BLOCK ||
	    size <= head)
		return fault_at(FAULT_BROKEN, 8, "size", size, in.n);
	f->len = in.n;
	f->proof = PROOF_STRUCTURE;
	label_add(f->label, "", span_sub(in, 0, MODEL_LEN));
	label_add(f->label, ", AES-128 ECB, published key", (struct span){ 0 });
	return fine;
}

static struct fault list_rom(struct listing *l)
{
	struct entry e = entry_new(KIND_FILE, span_text("image"));

	e.size = span_u32(l->in, 8, false) - ROM_HEADER;
	listing_add(l, &e);
	return fine;
}

/* Whole blocks; the last is filled up. */
static struct fault load_rom(const struct listing *l, const struct entry *e, struct sink *out)
{
	static const uint8_t key[AES_BLOCK] = "2887Conn7564";
	struct span coded = span_from(l->in, ROM_HEADER);
	uint8_t *room = sink_room(out, coded.n);

	if (!room)
		return out->fault;
	aes_ecb_decrypt((struct span){ key, sizeof(key) }, coded, room);
	sink_advance(out, (size_t)e->size);
	return fine;
}

const struct format format_moxarom = {
	.name = "moxa-rom",
	.says = "Moxa ROM file, encrypted",
	.domain = DOMAIN_TELECOM,
	.spec = "analyses of libupgradeFirmware.so, Moxa NPort W2150A firmware 1.11",
	.where = WHERE_ANCHORED,
	.shape = SHAPE_CONTAINER,
	.probe = probe_rom,
	.list = list_rom,
	.load = load_rom,
};
