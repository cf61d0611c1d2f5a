/* elf.c - two ELF files. Where both have the same program headers, what is loaded is compared byte
 * for byte at the same addresses, and sections only say what the bytes are. What is not loaded is
 * compared section by section, wherever it stands. Else, and for objects, all is compared by
 * sections. */
#include "compare/elf_moved.h"

static struct byte_range range(uint64_t offset, uint64_t length)
{
	return (struct byte_range){ offset, length };
}

/* -- headers -- */

/* Fields of the ELF header: offsets for 32 and 64 bits, lengths likewise. */
static const struct header_field {
	const char *name;
	uint8_t at[2], length[2];
	enum cause cause;
} fields[] = {
	{ "identification", { 0, 0 }, { 8, 8 }, CAUSE_SEGMENTS },
	{ "ABI version", { 8, 8 }, { 1, 1 }, CAUSE_SEGMENTS }, /* strip may lose it */
	{ "unused bytes", { 9, 9 }, { 7, 7 }, CAUSE_SEGMENTS },
	{ "type, machine and version", { 16, 16 }, { 8, 8 }, CAUSE_SEGMENTS },
	{ "entry point", { 24, 24 }, { 4, 8 }, CAUSE_RELOCATION },
	{ "offset of program headers", { 28, 32 }, { 4, 8 }, CAUSE_SEGMENTS },
	{ "offset of section headers", { 32, 40 }, { 4, 8 }, CAUSE_ORDER },
	{ "flags", { 36, 48 }, { 4, 4 }, CAUSE_SEGMENTS },
	{ "header size and program headers", { 40, 52 }, { 6, 6 }, CAUSE_SEGMENTS },
	{ "number of section headers", { 46, 58 }, { 6, 6 }, CAUSE_SECTIONS },
};

/* Places that differ follow from sections that do; where none does they are a change of their own.
 * A header that differs only because something moved leaves the answer open. */
static void name_header(struct elf_pair *p, enum cause cause, struct byte_range left,
			struct byte_range right, const char *unit, const char *says)
{
	struct difference *d;
	bool follows = (cause == CAUSE_SEGMENTS || cause == CAUSE_RELOCATION) && p->moved;

	if (cause == CAUSE_RELOCATION && p->same_sections)
		cause = CAUSE_SEGMENTS;
	d = differ(p->x, follows ? CAUSE_RELOCATION : cause, left, right, unit, "%s", says);
	if (follows)
		leave_open(d);
	else if (!elf_headers_hold(p))
		refuse_form(d);
}

static void explain_header(struct elf_pair *p)
{
	int wide = p->left.e.is64;

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		const struct header_field *f = &fields[i];
		struct byte_range place = range(f->at[wide], f->length[wide]);

		if (!span_equal(span_sub(p->left.in, place.offset, place.length),
				span_sub(p->right.in, place.offset, place.length)))
			name_header(p, f->cause, place, place, "ELF header", f->name);
	}
}

static struct span program_headers(const struct elf_side *s)
{
	return span_sub(s->in, s->e.phoff, (uint64_t)s->e.phnum * s->e.phentsize);
}

static const char *what_of_segment(const struct elf_segment *a, const struct elf_segment *b)
{
	if (a->type != b->type)
		return "type";
	if (a->flags != b->flags)
		return "rights";
	if (a->offset != b->offset || a->address != b->address)
		return "place";
	if (a->file_size != b->file_size || a->memory_size != b->memory_size)
		return "size";
	return a->align != b->align ? "alignment" : "physical address";
}

static bool only_moved(const struct elf_segment *a, const struct elf_segment *b)
{
	return a->type == b->type && a->flags == b->flags && a->align == b->align;
}

static void explain_program_headers(struct elf_pair *p)
{
	const struct elf *l = &p->left.e, *r = &p->right.e;
	struct span a = program_headers(&p->left), b = program_headers(&p->right);

	if (l->phnum != r->phnum) {
		differ(p->x, CAUSE_SEGMENTS, range(l->phoff, a.n), range(r->phoff, b.n),
		       "program headers", "%u against %u", l->phnum, r->phnum);
		return;
	}
	for (uint32_t i = 0; i < l->phnum; i++) {
		uint64_t at = (uint64_t)i * l->phentsize;
		struct elf_segment s, t;
		char says[64];

		if (span_equal(span_sub(a, at, l->phentsize), span_sub(b, at, l->phentsize)) ||
		    !elf_segment(l, i, &s) || !elf_segment(r, i, &t))
			continue;
		snprintf(says, sizeof(says), "%s of segment %u", what_of_segment(&s, &t), i);
		name_header(p, only_moved(&s, &t) ? CAUSE_RELOCATION : CAUSE_SEGMENTS,
			    range(l->phoff + at, l->phentsize), range(r->phoff + at, r->phentsize),
			    "program headers", says);
	}
}

/* -- whether sections agree -- */

static bool is_same_section(const struct elf_pair *p, uint32_t i, uint32_t j)
{
	const struct elf_section *a = &p->left.sections[i], *b = &p->right.sections[j];

	return a->type == b->type && a->flags == b->flags && a->address == b->address &&
	       a->size == b->size && span_equal(p->left.names[i], p->right.names[j]);
}

static uint32_t next_loaded(const struct elf_side *s, uint32_t i)
{
	while (i < s->count && !(s->sections[i].flags & SHF_ALLOC_))
		i++;
	return i;
}

/* Whether both have the same loaded sections at the same places. */
static bool same_sections(const struct elf_pair *p)
{
	uint32_t i = next_loaded(&p->left, 0), j = next_loaded(&p->right, 0);
	bool any = false;

	while (i < p->left.count && j < p->right.count) {
		if (!is_same_section(p, i, j) ||
		    p->left.sections[i].offset != p->right.sections[j].offset)
			return false;
		any = true;
		i = next_loaded(&p->left, i + 1);
		j = next_loaded(&p->right, j + 1);
	}
	return any && i == p->left.count && j == p->right.count;
}

/* An object is loaded by its table of sections: all must agree but for where they stand, and how
 * long those are that nothing reads. */
static bool same_object(const struct elf_pair *p)
{
	if (p->left.count != p->right.count)
		return false;
	for (uint32_t i = 0; i < p->left.count; i++) {
		const struct elf_section *a = &p->left.sections[i], *b = &p->right.sections[i];
		enum elf_class class = elf_class_of(&p->left, i, a->flags & SHF_ALLOC_);
		bool aside = class == ELF_COMMENT || class == ELF_DEBUG_LINK ||
			     class == ELF_DEBUG || class == ELF_SECTION_NAMES;

		if (a->type != b->type || a->flags != b->flags || a->address != b->address ||
		    (a->size != b->size && !aside) || a->align != b->align || a->link != b->link ||
		    a->info != b->info || a->entry_size != b->entry_size ||
		    !span_equal(p->left.names[i], p->right.names[i]))
			return false;
	}
	return true;
}

/* -- parts -- */

static bool is_filled(struct span s)
{
	return s.n == 0 || (is_fill_byte(s.p[0]) && memcmp(s.p, s.p + 1, s.n - 1) == 0);
}

void elf_explain_gap(struct elf_pair *p, struct byte_range left, struct byte_range right)
{
	struct span a = span_sub(p->left.in, left.offset, left.length);
	struct span b = span_sub(p->right.in, right.offset, right.length);
	struct difference *d;

	if (span_equal(a, b))
		return;
	d = differ(p->x, CAUSE_PADDING, left, right, "between sections", NULL);
	if (!is_filled(a) || !is_filled(b))
		refuse_form(d);
}

static void explain_build_id(struct elf_pair *p, const struct stretch *s)
{
	struct span a = elf_build_id(&p->left.e, s->left), b = elf_build_id(&p->right.e, s->right);
	bool fits = a.n > 0 && a.n == b.n && s->left.n == s->right.n &&
		    span_place(s->left, a) == span_place(s->right, b) &&
		    span_equal(span_head(s->left, s->left.n - a.n),
			       span_head(s->right, s->right.n - b.n));

	if (fits)
		differ(p->x, CAUSE_BUILD_ID, range(s->left_at + span_place(s->left, a), a.n),
		       range(s->right_at + span_place(s->right, b), b.n), s->unit, NULL);
	else
		refuse_form(differ(p->x, CAUSE_BUILD_ID, range(s->left_at, s->left.n),
				   range(s->right_at, s->right.n), s->unit,
				   "not the form of a build-id"));
}

/* What lies between the bytes that both have in common at either end. */
static void explain_moved(struct elf_pair *p, enum cause cause, const struct stretch *s)
{
	size_t least = s->left.n < s->right.n ? s->left.n : s->right.n, head = 0, tail = 0;

	while (head < least && s->left.p[head] == s->right.p[head])
		head++;
	while (tail < least - head &&
	       s->left.p[s->left.n - 1 - tail] == s->right.p[s->right.n - 1 - tail])
		tail++;
	differ(p->x, cause, range(s->left_at + head, s->left.n - head - tail),
	       range(s->right_at + head, s->right.n - head - tail), s->unit, NULL);
}

void elf_explain_part(struct elf_pair *p, enum elf_class class, const struct stretch *s)
{
	struct difference *before = p->x->last;

	if (span_equal(s->left, s->right))
		return;
	if (class == ELF_BUILD_ID)
		explain_build_id(p, s);
	else if (p->moved && class < ELF_BUILD_ID)
		elf_moved_part(p, class, s);
	else if (class == ELF_CODE)
		elf_explain_code(p, s);
	else if (s->left.n != s->right.n)
		explain_moved(p, elf_cause_of(class), s);
	else if ((class == ELF_TEXTS_RODATA || class == ELF_TEXTS_DATA) && p->same_sections)
		explain_embedded(p->x, s, elf_cause_of(class));
	else
		explain_bytes(p->x, s, elf_cause_of(class));
	/* A table of symbols is set aside only where nothing loads it; of what moved it is open. */
	if (class == ELF_LOADED_SYMBOLS && !p->moved)
		for (struct difference *d = before ? before->next : p->x->first; d; d = d->next)
			refuse_form(d);
}

/* -- all -- */

/* Whether program headers say what is loaded; else sections do. */
static bool has_segments(const struct elf *e)
{
	struct elf_segment s;

	for (uint32_t i = 0; e->type != ELF_REL && elf_segment(e, i, &s); i++)
		if (s.type == PT_LOAD_)
			return true;
	return false;
}

static bool read_pair(struct elf_pair *p, struct span left, struct span right)
{
	struct elf *l = &p->left.e, *r = &p->right.e;

	if (!elf_side_read(&p->left, left, p->x->arena) ||
	    !elf_side_read(&p->right, right, p->x->arena))
		return false;
	if (l->is64 != r->is64 || l->big != r->big || l->machine != r->machine ||
	    l->type != r->type)
		return false;
	p->is_object = !has_segments(l) || !has_segments(r);
	p->same_segments = l->phoff == r->phoff && l->phnum == r->phnum &&
			   span_equal(program_headers(&p->left), program_headers(&p->right));
	p->same_sections = p->is_object ? same_object(p) : same_sections(p);
	return true;
}

bool explain_elf(struct explaining *x, struct span left, struct span right)
{
	struct elf_pair p = { .x = x };

	if (!read_pair(&p, left, right))
		return false;
	elf_moved_find(&p);
	if (!elf_cut_pieces(&p))
		return false;
	explain_header(&p);
	if (!p.same_segments)
		explain_program_headers(&p);
	if (elf_by_segments(&p))
		elf_explain_loaded(&p);
	elf_explain_pieces(&p);
	return true;
}
