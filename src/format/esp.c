/* esp.c - boot images of ESP8266 and ESP32: E9, number of segments, entry; each segment is address,
 * length and data; padded so that the XOR of all data ends a line of 16 bytes. ESP32 has 16 more
 * bytes of header and may add a SHA-256. A magic of one byte: only at structural places. */
#include <stdio.h>

#include "base/cursor.h"
#include "base/hash.h"
#include "format/parts.h"
#include "format/sums.h"

#define SHORT_HEADER  8
#define LONG_HEADER   24
#define MOST_SEGMENTS 16
#define MOST_LENGTH   (16u << 20)
#define SEED          0xef

struct segment {
	uint32_t address;
	uint64_t from, length;
};

struct esp {
	struct segment segments[MOST_SEGMENTS];
	uint32_t count;
	uint64_t sum_at; /* the last byte of a line */
	bool hashed;
	const char *chip;
};

/* Of the extended header of an ESP32; NULL for what can be none. */
static const char *chip_name(struct span in)
{
	static const struct {
		uint16_t id;
		const char *name;
	} chips[] = {
		{ 0, "ESP32" },     { 2, "ESP32-S2" },  { 5, "ESP32-C3" },  { 9, "ESP32-S3" },
		{ 12, "ESP32-C2" }, { 13, "ESP32-C6" }, { 16, "ESP32-H2" }, { 18, "ESP32-P4" }
	};
	uint16_t id = span_u16(in, 12, false);

	for (size_t i = 0; i < sizeof(chips) / sizeof(chips[0]); i++)
		if (chips[i].id == id && is_filled(in, 19, 4, 0) && span_byte(in, 23) <= 1)
			return chips[i].name;
	return NULL;
}

/* Where these chips map code and data. */
static bool is_address(uint32_t address)
{
	return address == 0 || (address >= 0x3c000000 && address < 0x60000000);
}

static struct fault read_segments(struct span in, uint64_t header, struct esp *e)
{
	uint64_t pos = header;

	e->count = (uint32_t)span_byte(in, 1);
	for (uint32_t i = 0; i < e->count; i++) {
		uint32_t address = span_u32(in, pos, false), length = span_u32(in, pos + 4, false);

		if (pos + 8 > in.n)
			return fault_at(FAULT_SHORT, pos, "segment", in.n, pos + 8);
		if (!is_address(address) || length == 0 || length > MOST_LENGTH)
			return fault_at(FAULT_BROKEN, pos, "segment", length, MOST_LENGTH);
		e->segments[i] = (struct segment){ address, pos + 8, length };
		pos += 8 + (uint64_t)length;
	}
	e->sum_at = pos | 15;
	return fine;
}

static struct fault read_image(struct span in, struct esp *e)
{
	int count = span_byte(in, 1);

	if (in.n < LONG_HEADER)
		return fault_at(FAULT_SHORT, 0, "header", in.n, LONG_HEADER);
	if (count < 1 || count > MOST_SEGMENTS || in.p[2] > 5 ||
	    !is_address(span_u32(in, 4, false)) || span_u32(in, 4, false) == 0)
		return fault_at(FAULT_BROKEN, 1, "number of segments", (uint64_t)count,
				MOST_SEGMENTS);
	e->chip = chip_name(in);
	e->hashed = e->chip && in.p[23];
	if (e->chip && read_segments(in, LONG_HEADER, e).kind == FAULT_NONE)
		return fine;
	e->chip = "ESP8266";
	e->hashed = false;
	return read_segments(in, SHORT_HEADER, e);
}

static struct fault probe(struct span in, struct found *f)
{
	struct esp e = { 0 };
	struct fault bad = read_image(in, &e);

	if (bad.kind)
		return bad;
	f->len = part_bound(e.sum_at + 1 + (e.hashed ? SHA256_SIZE : 0), in);
	f->proof = PROOF_STRUCTURE;
	snprintf(f->label, sizeof(f->label), "%s, %u segments, entry 0x%08x", e.chip, e.count,
		 span_u32(in, 4, false));
	return fine;
}

static void check(struct listing *l, const struct esp *e)
{
	uint8_t sum = SEED, digest[SHA256_SIZE];
	uint64_t end = e->sum_at + 1;
	bool holds;

	for (uint32_t i = 0; i < e->count; i++)
		sum = xor_of_bytes(sum,
				   span_sub(l->in, e->segments[i].from, e->segments[i].length));
	if (l->in.n < end + (e->hashed ? SHA256_SIZE : 0))
		listing_fault(l, fault_at(FAULT_SHORT, 0, "checksum", l->in.n, end));
	part_sum(l, e->sum_at, "XOR of the segments", sum, (uint64_t)span_byte(l->in, e->sum_at));
	if (!e->hashed || l->in.n < end + SHA256_SIZE)
		return;
	sha256_of(span_sub(l->in, 0, end), digest);
	holds = memcmp(digest, l->in.p + end, SHA256_SIZE) == 0;
	part_sum(l, end, "SHA-256", holds, true);
}

static struct fault list(struct listing *l)
{
	struct esp e = { 0 };
	struct fault bad = read_image(l->in, &e);
	uint64_t end = 0;

	if (bad.kind)
		return bad;
	l->kind = LISTING_REGIONS;
	for (uint32_t i = 0; i < e.count; i++) {
		const struct segment *s = &e.segments[i];
		char *name = arena_take(l->arena, 11, 1);

		if (!name)
			return fault_at(FAULT_MEMORY, s->from, "name", 0, 0);
		snprintf(name, 11, "0x%08x", s->address);
		if (i > 0)
			part_owned(l, s->from - 8, 8, "segment");
		part_list(l, s->from - 4, s->from, s->length, name);
		end = s->from + s->length;
	}
	if (end < l->in.n)
		part_owned(l, end, l->in.n - end, "checksum");
	check(l, &e);
	return fine;
}

const struct format format_esp = {
	.name = "esp",
	.says = "boot image of ESP8266 and ESP32",
	.domain = DOMAIN_DEVICE,
	.spec = "espressif/esptool esptool/bin_image.py",
	.where = WHERE_ANCHORED,
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 1, "\xe9" } },
	.probe = probe,
	.list = list,
};
