/* draytek.c - DrayTek's images (.all, .rst) for the routers that do not run Linux: a section with
 * loader, operating system and modules, then one with the files of the web server. Each begins with
 * its length and ends with the inverted sum of its words; big-endian. The program begins behind a
 * mark; it and the files are packed with LZ4 in blocks of at most 64 KiB plain, in older images
 * with LZO1X. Images for Linux hold one encrypted part. */
#include "format/draytek.h"
#include "base/cursor.h"
#include "codec/codec.h"
#include "format/parts.h"

#define HEADER      256
#define MARK        "\xa5\x5a\xa5\x5a"
#define WEB_HEAD    8
#define SUM         4
#define LZ4_MAGIC   "\xaa\x1d\x7f\x50"
#define LZ4_STORED  0x80000000u
#define LZ4_PLAIN   0x10000
#define LZO_RATIO   256
#define LEAST_WEB   16
#define MOST_LOADER (64u << 10) /* the probe looks for the mark so far */
#define MODULES     "DLM/1.0"

bool draytek_is_lz4(struct span in)
{
	return span_starts(in, span_text(LZ4_MAGIC));
}

static struct fault unpack_lz4(struct span in, struct sink *out)
{
	struct cursor c = { .in = in, .at = 4 };

	while (cursor_left(&c) > 4) {
		size_t at = c.at;
		uint32_t field = cursor_le32(&c), size = field & ~LZ4_STORED;
		struct span block = span_head(span_from(in, c.at), size);
		struct decoded d = { 0 };

		if (size == 0)
			break;
		cursor_skip(&c, size);
		if (c.ran_out)
			return fault_at(FAULT_SHORT, at, "LZ4 block", block.n, size);
		if (field & LZ4_STORED && !sink_put(out, block))
			return out->fault;
		if (!(field & LZ4_STORED))
			d = lz4_block_decode(block, LZ4_PLAIN, out);
		d.fault.at += at + 4;
		if (d.fault.kind)
			return d.fault;
	}
	return fine;
}

struct fault draytek_unpack(struct span in, struct sink *out)
{
	if (draytek_is_lz4(in))
		return unpack_lz4(in, out);
	return lzo1x_decode(in, (uint64_t)in.n * LZO_RATIO, out).fault;
}

/* Where the mark stands in the first section, at a multiple of four; 0 if nowhere. */
static uint64_t find_mark(struct span section)
{
	size_t at = span_find(section, HEADER, span_text(MARK));

	while (at != SIZE_MAX && at % 4)
		at = span_find(section, at + 1, span_text(MARK));
	return at == SIZE_MAX ? 0 : at;
}

static struct fault probe(struct span in, struct found *f)
{
	uint64_t size = span_u32(in, 0, true), room = in.n - size;
	uint64_t web = span_u32(in, size, true), data = span_u32(in, size + 4, true);
	struct span files = span_from(in, size + WEB_HEAD);

	if (size % 4 || size <= HEADER || size >= in.n)
		return fault_at(FAULT_BROKEN, 0, "length", size, in.n);
	if (data < LEAST_WEB || web < data + WEB_HEAD + SUM || web > data + (1u << 20))
		return fault_at(FAULT_BROKEN, size, "length of the web section", web, room);
	if (!draytek_is_lz4(files) && !find_mark(span_head(span_head(in, size), MOST_LOADER)))
		return fault_at(FAULT_BROKEN, HEADER, "mark of the program", 0, 0);
	f->len = part_bound(size + web, in);
	f->proof = PROOF_STRUCTURE;
	label_add(f->label, draytek_is_lz4(files) ? "LZ4" : "LZO", (struct span){ 0 });
	return fine;
}

static void add_stored(struct listing *l, uint64_t from, uint64_t to, const char *name)
{
	struct entry e = entry_new(KIND_FILE, span_text(name));

	e.stored = true;
	e.offset = from;
	e.size = e.length = to - from;
	if (to > from)
		listing_add(l, &e);
}

static void add_packed(struct listing *l, uint64_t from, uint64_t size, uint64_t end,
		       const char *name)
{
	struct entry e = entry_new(KIND_FILE, span_text(name));
	uint64_t left = from < end ? end - from : 0;

	e.key[0] = from;
	e.key[1] = size < left ? size : left;
	e.size = e.key[1];
	if (size > left)
		e.fault = fault_at(FAULT_SHORT, from, "length", left, size);
	listing_add(l, &e);
}

static void list_program(struct listing *l, struct span section)
{
	uint64_t mark = find_mark(section), size = span_u32(section, mark + 4, true), end;

	if (!mark) {
		listing_fault(l, fault_at(FAULT_UNKNOWN, HEADER, "mark of the program", 0, 0));
		add_stored(l, HEADER, section.n, "program");
		return;
	}
	add_stored(l, HEADER, mark, "loader");
	add_packed(l, mark + 8, size, section.n, "program");
	end = (mark + 8 + size + 3) / 4 * 4;
	if (span_starts(span_from(section, end), span_text(MODULES)))
		add_stored(l, end, section.n - SUM, "modules");
}

/* The last word of a section is the inverted sum of those before. */
static void check(struct listing *l, uint64_t from, uint64_t size)
{
	uint64_t last = (size + 3) / 4 * 4 - SUM;
	struct cursor c = { .in = span_sub(l->in, from, last) };
	uint32_t sum = 0;

	while (cursor_left(&c) >= 4)
		sum += cursor_be32(&c);
	part_sum(l, from + last, "sum of a section", ~sum, span_u32(l->in, from + last, true));
}

static struct fault list(struct listing *l)
{
	uint64_t size = span_u32(l->in, 0, true), web = span_u32(l->in, size, true);

	list_program(l, span_head(l->in, size));
	add_packed(l, size + WEB_HEAD, span_u32(l->in, size + 4, true), l->in.n, "web");
	if (size + web > l->in.n)
		listing_fault(l, fault_at(FAULT_SHORT, size, "length of the web section",
					  l->in.n - size, web));
	check(l, 0, size);
	check(l, size, web);
	return fine;
}

static struct fault load(const struct listing *l, const struct entry *e, struct sink *out)
{
	struct fault bad = draytek_unpack(span_sub(l->in, e->key[0], e->key[1]), out);

	bad.at += e->key[0];
	return bad;
}

const struct format format_draytek = {
	.name = "draytek",
	.says = "DrayTek Vigor image (.all, .rst)",
	.domain = DOMAIN_BROADBAND,
	.spec = "infobyte/draytek-arsenal draytek_fw.ksy; krolinventions/draytools",
	.where = WHERE_ANCHORED,
	.shape = SHAPE_CONTAINER,
	.probe = probe,
	.list = list,
	.load = load,
};

#define NONCE      12
#define NONCE_HEAD 9
#define IMAGE      "enc_Image"
#define MOST_HEAD  (64u << 10)

/* Where the encrypted image begins and how long it is; both follow their names as length and bytes,
 * little-endian. */
static bool find_image(struct span in, uint64_t *from, uint64_t *length)
{
	size_t at = span_find(span_head(in, MOST_HEAD), NONCE_HEAD + NONCE, span_text(IMAGE));

	*from = at + strlen(IMAGE) + 4;
	*length = at == SIZE_MAX ? 0 : span_u32(in, at + strlen(IMAGE), false);
	return *length > 0 && *from < in.n;
}

static struct fault probe_linux(struct span in, struct found *f)
{
	uint64_t from, length;

	if (!find_image(in, &from, &length))
		return fault_at(FAULT_BROKEN, 0, IMAGE, 0, 0);
	f->len = part_bound(from + length, in);
	f->proof = PROOF_STRUCTURE;
	label_add(f->label, "ChaCha20", (struct span){ 0 });
	return fine;
}

static struct fault list_linux(struct listing *l)
{
	struct entry e = entry_new(KIND_FILE, span_text("image"));
	uint64_t from, length;

	if (!find_image(l->in, &from, &length))
		return fault_at(FAULT_BROKEN, 0, IMAGE, 0, 0);
	e.size = length;
	e.encrypted = true;
	listing_add(l, &e);
	if (length > l->in.n - from)
		listing_fault(l, fault_at(FAULT_SHORT, from - 4, "length", l->in.n - from, length));
	return fine;
}

const struct format format_drayteklinux = {
	.name = "draytek-linux",
	.says = "DrayTek image for Linux, encrypted",
	.domain = DOMAIN_BROADBAND,
	.spec = "infobyte/draytek-arsenal src/draytek_arsenal/linux.py",
	.shape = SHAPE_CONTAINER,
	.identified_only = true,
	.magic = { { 0, NONCE_HEAD, "nonce\x0c\x00\x00\x00" } },
	.probe = probe_linux,
	.list = list_linux,
};
