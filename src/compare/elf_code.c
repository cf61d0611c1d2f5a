/* elf_code.c - code that differs: how much, in which functions, and how the first of them reads. */
#include <inttypes.h>

#include "base/text.h"
#include "compare/disassemble.h"
#include "compare/elf_function.h"

#define MOST_TOLD    16          /* sections of which functions and instructions are told */
#define MOST_NAMES   4           /* functions that are named */
#define LONGEST_LIST 64          /* instructions; of longer functions those around the place */
#define AROUND       12          /* instructions before and behind it */
#define FAR          (64u << 10) /* bytes that are read to find where an instruction begins */
#define CLOSE        32          /* the same, where no function is known */

/* One side of a section. */
struct code_side {
	const struct elf *e;
	struct elf_code code;
	struct elf_functions functions;
	struct disassembler arm, thumb; /* the first serves all other processors */
	uint64_t from, to;              /* what is listed: offsets in the code */
	bool reads;
};

struct code_pair {
	struct elf_pair *p;
	const struct stretch *s;
	struct code_side left, right;
	size_t head, tail; /* bytes that are the same at both ends */
	uint64_t bytes, bits;
};

/* -- reading -- */

static struct disassembler *disassembler_for(struct code_side *c, char kind)
{
	struct disassembler *d = kind == 't' ? &c->thumb : &c->arm;

	if (!d->is_open)
		disassembler_open(d, c->e, kind == 't');
	return d->is_open ? d : NULL;
}

/* The instruction at an offset; false where the processor is not known. */
static bool read_one(struct code_side *c, uint64_t at, struct instruction *i)
{
	struct span rest = span_from(c->code.bytes, at);
	uint64_t address = c->code.address + at;
	char kind = elf_kind_at(&c->functions, address);
	struct disassembler *d = kind == 'd' ? NULL : disassembler_for(c, kind);

	if (kind != 'd' && !d)
		return false;
	if (d)
		disassemble(d, rest, address, i);
	else
		disassemble_data(rest, 4 - address % 4, address, i);
	return true;
}

/* The function around an offset, or a few bytes on either side. */
static void choose_list(struct code_side *c, uint64_t at)
{
	const struct elf_function *f = elf_function_at(&c->functions, c->code.address + at);
	uint64_t size = c->code.bytes.n, address = c->code.address;
	struct instruction i;

	c->from = at > CLOSE ? (at - CLOSE) & ~(uint64_t)3 : 0;
	c->to = size - at > CLOSE ? at + CLOSE : size;
	if (f && f->start >= address && f->start - address <= at && at - (f->start - address) < FAR)
		c->from = f->start - address;
	if (f && f->end - address < size && f->end - address - c->from < FAR)
		c->to = f->end - address;
	else if (f)
		c->to = size - c->from > FAR ? c->from + FAR : size;
	c->reads = at < size && read_one(c, at, &i);
}

static void put_line(struct text *out, const struct instruction *i)
{
	text_format(out, "%s%llx  %s", out->n ? "\n" : "", (unsigned long long)i->address, i->text);
}

/* The instructions of what was chosen; around `at` where they are many. */
static struct span list(struct code_side *c, uint64_t at, struct explaining *x)
{
	uint64_t starts[AROUND] = { 0 }, from = c->from;
	uint32_t before = 0, all = 0, put = 0;
	struct instruction i;
	struct text out = { 0 };
	struct span copy;

	for (uint64_t next = c->from; next < c->to && read_one(c, next, &i); all++) {
		if (next + i.size <= at)
			starts[before++ % AROUND] = next;
		next += i.size;
	}
	if (all > LONGEST_LIST && before >= AROUND)
		from = starts[before % AROUND];
	for (uint64_t next = from; next < c->to && read_one(c, next, &i); put++) {
		if (all > LONGEST_LIST && put > 2 * AROUND)
			break;
		put_line(&out, &i);
		next += i.size;
	}
	copy = arena_copy(x->arena, text_span(&out));
	x->lost |= copy.n != out.n;
	text_free(&out);
	return copy;
}

/* -- saying -- */

/* Names of the functions in which bytes differ, for a section of the same length on both sides. */
static uint32_t functions_hit(const struct code_pair *c, const struct elf_function **named)
{
	struct span a = c->s->left, b = c->s->right;
	uint64_t address = c->left.code.address;
	uint32_t n = 0;

	for (uint64_t at = c->head; at < a.n - c->tail; at++) {
		const struct elf_function *f;

		if (a.p[at] == b.p[at])
			continue;
		f = elf_function_at(&c->left.functions, address + at);
		if (!f)
			continue;
		if (n < MOST_NAMES)
			named[n] = f;
		n++;
		at = f->end - address - 1;
	}
	return n;
}

static void say_functions(struct text *says, const struct code_pair *c)
{
	const struct elf_function *named[MOST_NAMES];
	uint32_t n = functions_hit(c, named);

	if (n == 0) {
		text_format(says, " at 0x%" PRIx64, c->left.code.address + c->head);
		return;
	}
	if (n > 1)
		text_format(says, " in %u functions:", n);
	else
		text_puts(says, " in");
	for (uint32_t i = 0; i < n && i < MOST_NAMES; i++) {
		text_puts(says, i ? ", " : " ");
		text_escape(says, span_head(named[i]->name, 80), "");
	}
	if (n > MOST_NAMES)
		text_puts(says, ", ...");
}

/* Whether exactly one instruction differs of all; then both. */
static bool single(struct code_pair *c, struct instruction *l, struct instruction *r)
{
	struct instruction a, b;
	uint32_t found = 0;

	if (!c->left.reads || !c->right.reads || c->left.from != c->right.from ||
	    c->left.to != c->right.to || c->s->left.n - c->tail > c->left.to)
		return false;
	for (uint64_t at = c->left.from; at < c->left.to && found < 2; at += a.size) {
		if (!read_one(&c->left, at, &a) || !read_one(&c->right, at, &b) || a.size != b.size)
			return false;
		if (span_equal(span_sub(c->s->left, at, a.size), span_sub(c->s->right, at, b.size)))
			continue;
		found++;
		*l = a;
		*r = b;
	}
	return found == 1;
}

static void say(struct text *says, struct code_pair *c)
{
	struct instruction l, r;

	if (c->s->left.n != c->s->right.n) {
		text_format(says, "%llu bytes against %llu", (unsigned long long)c->s->left.n,
			    (unsigned long long)c->s->right.n);
		return;
	}
	if (c->bits == 1)
		text_puts(says, "1 bit");
	else
		text_format(says, "%llu byte%s", (unsigned long long)c->bytes,
			    c->bytes == 1 ? "" : "s");
	say_functions(says, c);
	if (single(c, &l, &r))
		text_format(says, ": %s -> %s", l.text, r.text);
}

/* -- gathering -- */

static void count_bits(struct code_pair *c)
{
	struct span a = c->s->left, b = c->s->right;

	for (uint64_t at = c->head; at < a.n - c->tail && a.n == b.n; at++) {
		unsigned odd = (unsigned)(a.p[at] ^ b.p[at]);

		c->bits += (unsigned)__builtin_popcount(odd);
		c->bytes += odd != 0;
	}
}

static void find_ends(struct code_pair *c)
{
	struct span a = c->s->left, b = c->s->right;
	size_t least = a.n < b.n ? a.n : b.n;

	while (c->head < least && a.p[c->head] == b.p[c->head])
		c->head++;
	while (c->tail < least - c->head && a.p[a.n - 1 - c->tail] == b.p[b.n - 1 - c->tail])
		c->tail++;
}

static void read_side(struct code_side *c, const struct elf_side *s, uint64_t at, struct span bytes,
		      struct arena *arena)
{
	c->e = &s->e;
	elf_code_at(s, at, bytes, &c->code);
	elf_functions_read(&c->functions, s, c->code.section, arena);
}

/* Where the same code stands at the same address, the side with more symbols tells both. */
static void share_functions(struct code_pair *c)
{
	if (c->s->left.n != c->s->right.n || c->left.code.address != c->right.code.address)
		return;
	if (c->left.functions.count > c->right.functions.count)
		c->right.functions = c->left.functions;
	else if (c->left.functions.count < c->right.functions.count)
		c->left.functions = c->right.functions;
}

static void tell(struct code_pair *c, struct difference *d)
{
	struct explaining *x = c->p->x;

	if (c->left.reads)
		d->code_left = list(&c->left, c->head, x);
	if (c->right.reads)
		d->code_right = list(&c->right, c->head, x);
}

void elf_explain_code(struct elf_pair *p, const struct stretch *s)
{
	struct code_pair c = { .p = p, .s = s };
	struct text says = { 0 };
	struct difference *d;

	find_ends(&c);
	count_bits(&c);
	if (p->code_told++ < MOST_TOLD) {
		read_side(&c.left, &p->left, s->left_at, s->left, p->x->arena);
		read_side(&c.right, &p->right, s->right_at, s->right, p->x->arena);
		share_functions(&c);
		choose_list(&c.left, c.head);
		choose_list(&c.right, c.head);
		say(&says, &c);
	}
	d = differ(p->x, CAUSE_CODE,
		   (struct byte_range){ s->left_at + c.head, s->left.n - c.head - c.tail },
		   (struct byte_range){ s->right_at + c.head, s->right.n - c.head - c.tail },
		   s->unit, "%s", says.p ? says.p : "");
	if (d)
		tell(&c, d);
	p->x->lost |= says.failed;
	text_free(&says);
	disassembler_close(&c.left.arm);
	disassembler_close(&c.left.thumb);
	disassembler_close(&c.right.arm);
	disassembler_close(&c.right.thumb);
}
