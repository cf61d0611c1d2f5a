/* hexfile.c - Intel HEX and Motorola S-records: memory as lines of hexadecimal text, each with its
 * address and a sum. Memory that belongs together becomes one file named by its address. A gap of
 * less than a flash page is filled with FF, as the erased flash between two sections reads; a
 * larger one, or an address further back, begins the next file: filled up, the fuses of a
 * microcontroller would stand 256 MiB behind its program. */

#include "base/cursor.h"
#include "format/parts.h"
#include "format/sums.h"

#define PAGE         1024
#define PROBED_LINES 4
#define MOST_BYTES   261 /* of a line: length, address, type, 255 of data, sum */

enum line_kind { LINE_DATA, LINE_END, LINE_BASE, LINE_OTHER };

struct line {
	enum line_kind kind;
	uint64_t address; /* of data; the base, or where the program begins */
	uint8_t bytes[MOST_BYTES];
	size_t data, count; /* which of the bytes are data */
	bool holds;         /* its sum */
	uint64_t next;      /* where the next line begins */
};

/* What a dialect does with the bytes of a line; false when they make none. */
typedef bool reader(struct line *x, size_t n, int type, uint64_t base);

static int digit(int c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static size_t read_bytes(struct span in, uint64_t *pos, uint8_t bytes[MOST_BYTES])
{
	size_t n = 0;

	for (; n < MOST_BYTES; n++) {
		int high = digit(span_byte(in, *pos)), low = digit(span_byte(in, *pos + 1));

		if (high < 0 || low < 0)
			break;
		bytes[n] = (uint8_t)(high << 4 | low);
		*pos += 2;
	}
	return n;
}

static uint8_t sum_of_line(const struct line *x, size_t n)
{
	return (uint8_t)sum_of_bytes((struct span){ x->bytes, n });
}

static bool read_intel(struct line *x, size_t n, int type, uint64_t base)
{
	struct span s = { x->bytes, n };
	static const enum line_kind kinds[] = { LINE_DATA,  LINE_END,  LINE_BASE,
						LINE_OTHER, LINE_BASE, LINE_OTHER };

	(void)type;
	if (n < 5 || n != 5u + s.p[0] || s.p[3] >= sizeof(kinds) / sizeof(kinds[0]))
		return false;
	x->kind = kinds[s.p[3]];
	x->address = x->kind == LINE_BASE ? (uint64_t)span_u16(s, 4, true) << (s.p[3] == 2 ? 4 : 16)
					  : base + span_u16(s, 1, true);
	x->data = 4;
	x->count = x->kind == LINE_DATA ? s.p[0] : 0;
	x->holds = sum_of_line(x, n) == 0;
	return x->kind != LINE_BASE || s.p[0] == 2;
}

static bool read_motorola(struct line *x, size_t n, int type, uint64_t base)
{
	static const uint8_t widths[] = { 2, 2, 3, 4, 0, 2, 3, 4, 3, 2 };
	uint8_t width = widths[type - '0'];

	(void)base;
	if (width == 0 || n < 2u + width || n != 1u + x->bytes[0])
		return false;
	x->kind = type >= '1' && type <= '3' ? LINE_DATA : type >= '7' ? LINE_END : LINE_OTHER;
	x->address = 0;
	for (uint8_t i = 0; i < width; i++)
		x->address = x->address << 8 | x->bytes[1 + i];
	x->data = 1u + width;
	x->count = n - 2 - width;
	x->holds = sum_of_line(x, n) == 0xff;
	return true;
}

/* The line at pos; Intel's begin with a colon, Motorola's with S and a digit. */
static bool read_line(struct span in, uint64_t pos, uint64_t base, struct line *x)
{
	bool intel = span_byte(in, pos) == ':';
	int type = span_byte(in, pos + 1);
	reader *read = intel ? read_intel : read_motorola;
	size_t n;

	if (!intel && (span_byte(in, pos) != 'S' || type < '0' || type > '9'))
		return false;
	pos += intel ? 1 : 2;
	n = read_bytes(in, &pos, x->bytes);
	while (span_byte(in, pos) == '\r' || span_byte(in, pos) == '\n' ||
	       span_byte(in, pos) == ' ')
		pos++;
	x->next = pos;
	return read(x, n, type, base);
}

/* The first lines, all of one dialect, must be right. */
static struct fault probe(struct span in, struct found *f)
{
	struct line x = { .kind = LINE_OTHER };
	int first = span_byte(in, 0);
	uint64_t pos = 0;

	for (int i = 0; i < PROBED_LINES && x.kind != LINE_END; i++) {
		if (span_byte(in, pos) != first || !read_line(in, pos, 0, &x) || !x.holds)
			return fault_at(FAULT_BROKEN, pos, "line", 0, 0);
		if (i == 0 && x.kind == LINE_OTHER && first == 'S')
			label_add(
				f->label, "",
				field_text((struct span){ x.bytes, MOST_BYTES }, x.data, x.count));
		pos = x.next;
	}
	f->len = in.n;
	f->proof = PROOF_CHECKSUM;
	return fine;
}

/* One stretch of memory: where its lines stand, and the base that held there. */
struct stretch {
	uint64_t text, base, address, end;
};

static bool add_stretch(struct listing *l, const struct stretch *s, uint64_t until)
{
	struct span name = address_name(l->arena, s->address);
	struct entry e;

	if (s->end == s->address)
		return true;
	if (!name.n)
		return false;
	e = entry_new(KIND_FILE, name);
	e.size = s->end - s->address;
	e.key[0] = s->text;
	e.key[1] = until;
	e.key[2] = s->base;
	return listing_add(l, &e) != NO_ENTRY;
}

static bool continues(const struct stretch *s, uint64_t address)
{
	return s->end > s->address && address >= s->end && address - s->end < PAGE;
}

static struct fault list(struct listing *l)
{
	struct stretch s = { 0 };
	uint64_t pos = 0, base = 0;
	struct line x = { .kind = LINE_OTHER };

	while (pos < l->in.n && x.kind != LINE_END && read_line(l->in, pos, base, &x)) {
		if (!x.holds)
			listing_fault(l, fault_at(FAULT_BROKEN, pos, "sum of a line", 0, 0));
		if (x.kind == LINE_BASE)
			base = x.address;
		if (x.count && x.kind == LINE_DATA && !continues(&s, x.address)) {
			if (!add_stretch(l, &s, pos))
				return fine;
			s = (struct stretch){ pos, base, x.address, x.address };
		}
		if (x.kind == LINE_DATA && x.count)
			s.end = x.address + x.count;
		pos = x.next;
	}
	add_stretch(l, &s, pos);
	if (x.kind != LINE_END)
		listing_fault(l, fault_at(pos < l->in.n ? FAULT_BROKEN : FAULT_SHORT, pos, "line",
					  pos, l->in.n));
	else if (pos < l->in.n)
		listing_fault(
			l, fault_at(FAULT_UNKNOWN, pos, "text behind the last line", pos, l->in.n));
	return fine;
}

static struct fault load(const struct listing *l, const struct entry *e, struct sink *out)
{
	uint64_t pos = e->key[0], base = e->key[2], end = 0;
	struct line x;

	for (; pos < e->key[1] && read_line(l->in, pos, base, &x); pos = x.next) {
		if (x.kind == LINE_BASE)
			base = x.address;
		if (x.kind != LINE_DATA || x.count == 0)
			continue;
		if (!sink_fill(out, 0xff, end ? x.address - end : 0) ||
		    !sink_put(out, (struct span){ x.bytes + x.data, x.count }))
			return out->fault;
		end = x.address + x.count;
	}
	return fine;
}

const struct format format_ihex = {
	.name = "ihex",
	.says = "Intel HEX",
	.domain = DOMAIN_DEVICE,
	.spec = "Intel: Hexadecimal Object File Format Specification, revision A, 1988",
	.where = WHERE_ANCHORED,
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 2, ":0" }, { 0, 2, ":1" }, { 0, 2, ":2" } },
	.probe = probe,
	.list = list,
	.load = load,
};

const struct format format_srec = {
	.name = "srec",
	.says = "Motorola S-records",
	.domain = DOMAIN_DEVICE,
	.spec = "Motorola: M68000 Family Programmer's Reference Manual, appendix C",
	.where = WHERE_ANCHORED,
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 2, "S0" }, { 0, 2, "S1" }, { 0, 2, "S2" }, { 0, 2, "S3" } },
	.probe = probe,
	.list = list,
	.load = load,
};
