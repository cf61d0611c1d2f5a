/* cisconvram.c - what Cisco's routers keep in NVRAM: F0A5h behind six bytes, then a header of 36
 * (ABCDh, format, sum, addresses and length) and the startup configuration, plain or as UNIX
 * compress has it; on a boundary of four, by one of two countings, one of 16 (FEDCh) and the
 * private configuration, which holds keys. In sectors of 1024 bytes behind both, files: DCBAh, next
 * sector, flags, length, name. The sum covers the whole memory, whose length stands nowhere. */
#include <stdio.h>

#include "base/cursor.h"
#include "format/marks.h"
#include "format/parts.h"

#define STARTUP        8
#define STARTUP_DATA   44
#define PRIVATE        0xfedc
#define PRIVATE_HEADER 16
#define SECTOR         1024
#define FILE_SECTOR    0xdcba
#define FILE_HEADER    32
#define FILE_STARTS    1
#define NAME_AT        8
#define NAME           24
#define MOST_SECTORS   2048
#define MOST_SUMMED    (64u << 10)

enum { PLAIN = 1, COMPRESSED = 2 };

struct nvram {
	uint32_t startup_length;
	uint64_t private_at; /* its data; 0: there is none */
	uint32_t private_length;
	uint64_t end; /* of both */
};

static void find_private(struct span in, struct nvram *n)
{
	uint64_t end = STARTUP_DATA + (uint64_t)n->startup_length, odd = end % 4;

	n->end = end;
	for (uint64_t step = 4; step <= 8; step += 4) {
		uint64_t at = odd ? end + step - odd : end;

		if (span_u16(in, at, true) != PRIVATE)
			continue;
		n->private_at = at + PRIVATE_HEADER;
		n->private_length = span_u32(in, at + 12, true);
		n->end = n->private_at + n->private_length;
		return;
	}
}

static struct fault read_header(struct span in, struct nvram *n)
{
	struct cursor c = { .in = in, .at = STARTUP + 2 };
	uint16_t format = cursor_be16(&c);
	uint32_t start, end;

	*n = (struct nvram){ 0 };
	cursor_skip(&c, 4);
	start = cursor_be32(&c);
	end = cursor_be32(&c);
	n->startup_length = cursor_be32(&c);
	if (c.ran_out || in.n < STARTUP_DATA)
		return fault_at(FAULT_SHORT, 0, "header", in.n, STARTUP_DATA);
	if (format != PLAIN && format != COMPRESSED)
		return fault_at(FAULT_UNKNOWN, STARTUP + 2, "format", format, COMPRESSED);
	if (end - start != n->startup_length || n->startup_length > 1u << 24)
		return fault_at(FAULT_BROKEN, STARTUP + 16, "length", n->startup_length,
				end - start);
	find_private(in, n);
	return fine;
}

static uint64_t first_sector(const struct nvram *n)
{
	return (n->end + SECTOR - 1) / SECTOR;
}

static bool is_file(struct span in, uint64_t sector)
{
	uint64_t at = sector * SECTOR;

	return span_u16(in, at, true) == FILE_SECTOR &&
	       span_u16(in, at + 6, true) <= SECTOR - FILE_HEADER && in.n - at >= FILE_HEADER;
}

/* Behind the last sector of a file; free ones are of zeros. */
static uint64_t end_of_files(struct span in, const struct nvram *n)
{
	uint64_t end = n->end;

	for (uint64_t i = first_sector(n); i < MOST_SECTORS && i * SECTOR < in.n; i++) {
		if (is_file(in, i))
			end = (i + 1) * SECTOR;
		else if (!is_filled(in, i * SECTOR, 16, 0))
			break;
	}
	return end;
}

/* The sum of all words behind the mark is FFFFh, its own included; a carry is added at the end.
 * Gives the last of the sectors up to which it holds, since zeros change nothing; 0: it never does.
 */
static uint64_t summed_end(struct span in)
{
	uint64_t at = STARTUP, held = 0;
	uint32_t sum = 0;

	for (uint64_t end = SECTOR; end <= in.n && end <= MOST_SUMMED; end += SECTOR) {
		for (; at < end; at += 2)
			sum += span_u16(in, at, true);
		while (sum >> 16)
			sum = (sum & 0xffff) + (sum >> 16);
		if (sum != 0xffff && held)
			break;
		held = sum == 0xffff ? end : 0;
	}
	return held;
}

static struct fault probe(struct span in, struct found *f)
{
	struct nvram n;
	struct fault bad = read_header(in, &n);
	uint64_t summed;

	if (bad.kind)
		return bad;
	summed = summed_end(in);
	f->len = summed >= n.end ? summed : part_bound(end_of_files(in, &n), in);
	f->proof = summed >= n.end ? PROOF_CHECKSUM : PROOF_STRUCTURE;
	snprintf(f->label, sizeof(f->label), "startup configuration%s%s",
		 span_u16(in, STARTUP + 2, true) == COMPRESSED ? ", compressed" : "",
		 n.private_at ? ", private configuration" : "");
	return fine;
}

static void add_config(struct listing *l, const char *name, uint64_t at, uint32_t length)
{
	uint64_t left = at < l->in.n ? l->in.n - at : 0;
	struct entry e = entry_new(KIND_FILE, span_text(name));

	e.stored = true;
	e.size = length;
	e.offset = left ? at : 0;
	e.length = length < left ? length : left;
	if (length > left)
		e.fault = fault_at(FAULT_SHORT, at, "length", left, length);
	listing_fault(l, e.fault);
	listing_add(l, &e);
}

/* Goes along a file's sectors; false at the last, and where one leads nowhere. */
static bool next_sector(struct span in, uint64_t *sector, uint32_t *steps)
{
	uint64_t next = span_u16(in, *sector * SECTOR + 2, true);

	if (next == 0 || !is_file(in, next) || ++*steps > MOST_SECTORS)
		return false;
	*sector = next;
	return true;
}

/* Files that share sectors would multiply them. */
static void add_file(struct listing *l, uint64_t sector, uint64_t *left)
{
	struct entry e = entry_new(KIND_FILE, field_text(l->in, sector * SECTOR + NAME_AT, NAME));
	uint32_t steps = 0;

	e.key[0] = sector;
	e.order = sector;
	do {
		e.size += span_u16(l->in, sector * SECTOR + 6, true);
	} while (next_sector(l->in, &sector, &steps));
	if (!budget_take(left, e.size))
		e.fault = fault_at(FAULT_LIMIT, e.key[0] * SECTOR, "sectors used more than once",
				   e.size, *left);
	listing_fault(l, e.fault);
	listing_add(l, &e);
}

static struct fault list(struct listing *l)
{
	struct nvram n;
	struct fault bad = read_header(l->in, &n);
	uint64_t left = l->in.n;

	if (bad.kind)
		return bad;
	add_config(l, "startup-config", STARTUP_DATA, n.startup_length);
	if (n.private_at)
		add_config(l, "private-config", n.private_at, n.private_length);
	for (uint64_t i = first_sector(&n); i < MOST_SECTORS && i * SECTOR < l->in.n; i++)
		if (is_file(l->in, i) && span_u16(l->in, i * SECTOR + 4, true) & FILE_STARTS)
			add_file(l, i, &left);
	return fine;
}

static struct fault load(const struct listing *l, const struct entry *e, struct sink *out)
{
	uint64_t sector = e->key[0];
	uint32_t steps = 0;

	if (e->fault.kind)
		return e->fault;
	do {
		uint64_t at = sector * SECTOR;
		uint16_t length = span_u16(l->in, at + 6, true);
		struct span data = span_head(span_from(l->in, at + FILE_HEADER), length);

		if (!sink_put(out, data))
			return out->fault;
		if (data.n < length)
			return fault_at(FAULT_SHORT, at + 6, "length", data.n, length);
	} while (next_sector(l->in, &sector, &steps));
	return fine;
}

const struct format format_cisconvram = {
	.name = "cisco-nvram",
	.says = "configurations in NVRAM of Cisco routers",
	.domain = DOMAIN_TELECOM,
	.spec = "GNS3/dynamips common/fs_nvram.h, fs_nvram.c",
	.shape = SHAPE_CONTAINER,
	.magic = { { 6, 4, "\xf0\xa5\xab\xcd" } },
	.probe = probe,
	.list = list,
	.load = load,
};
