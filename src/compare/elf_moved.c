/* elf_moved.c - see elf_moved.h. What holds here is never more than undecided: that an address
 * changed by as much as something moved does not prove that it leads to the same thing. */
#include "compare/elf_moved.h"

#include <stdlib.h>

#define MOST_MOVED_SEGMENTS 64

/* -- how far things moved -- */

void elf_note_shift(struct elf_moved *m, int64_t shift)
{
	for (uint32_t i = m->shift_count; i-- > 0;) /* the last first: it is mostly that */
		if (m->shifts[i] == shift)
			return;
	if (m->shift_count == MOST_SHIFTS)
		m->failed = true;
	else
		m->shifts[m->shift_count++] = shift;
}

static int by_value(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* What moved may be seen from what did not, and from what moved otherwise. */
static bool find_deltas(struct elf_moved *m)
{
	elf_note_shift(m, 0);
	m->deltas = arena_take(m->p->x->arena, (uint64_t)m->shift_count * m->shift_count,
			       sizeof(*m->deltas));
	if (!m->deltas || m->failed)
		return false;
	for (uint32_t i = 0; i < m->shift_count; i++)
		for (uint32_t j = 0; j < m->shift_count; j++) {
			int64_t delta = (int64_t)((uint64_t)m->shifts[i] - (uint64_t)m->shifts[j]);

			m->deltas[m->delta_count++] = delta;
			m->low12[(delta & 0xfff) >> 3] |= (uint8_t)(1u << (delta & 7));
			m->low16[(delta & 0xffff) >> 3] |= (uint8_t)(1u << (delta & 7));
		}
	qsort(m->deltas, m->delta_count, sizeof(*m->deltas), by_value);
	return true;
}

bool elf_delta_is_known(const struct elf_moved *m, int64_t delta)
{
	return bsearch(&delta, m->deltas, m->delta_count, sizeof(delta), by_value) != NULL;
}

/* -- sections -- */

static uint32_t next_loaded(const struct elf_side *s, uint32_t i)
{
	while (i < s->count && !(s->sections[i].flags & SHF_ALLOC_))
		i++;
	return i;
}

static bool is_address(const struct elf *e, uint64_t value)
{
	struct elf_segment s;

	for (uint32_t i = 0; elf_segment(e, i, &s); i++)
		if (s.type == PT_LOAD_ && value >= s.address && value - s.address < s.memory_size)
			return true;
	return false;
}

/* Whether two words may be addresses of the same thing. In data that is an address of the program;
 * in tables of the loader and for unwinding it may be a distance. */
static bool word_holds(const struct elf_moved *m, enum elf_class class, uint64_t l, uint64_t r,
		       bool wide)
{
	int64_t delta = wide ? (int64_t)(r - l) : (int32_t)((uint32_t)r - (uint32_t)l);

	if (!elf_delta_is_known(m, delta))
		return false;
	return (class != ELF_DATA && class != ELF_TEXTS_DATA) ||
	       (is_address(&m->p->left.e, l) && is_address(&m->p->right.e, r));
}

/* Sections of one length: words differ, and only by what is known. */
static void check_words(struct elf_moved *m, enum elf_class class, const struct stretch *s)
{
	bool big = m->p->left.e.big, wide = m->p->left.e.is64;

	for (uint64_t at = 0; at < s->left.n && !m->failed; at += 4) {
		struct span a = span_sub(s->left, at, 4), b = span_sub(s->right, at, 4);
		uint64_t pair = at & ~(uint64_t)7;

		if (a.n == 0 || b.n == 0) {
			m->failed = !span_equal(span_from(s->left, at), span_from(s->right, at));
			return;
		}
		if (span_equal(a, b))
			continue;
		if (word_holds(m, class, span_u32(a, 0, big), span_u32(b, 0, big), false))
			continue;
		m->failed = !wide || span_sub(s->left, pair, 8).n == 0 ||
			    !word_holds(m, class, span_u64(s->left, pair, big),
					span_u64(s->right, pair, big), true);
	}
}

/* One section of both; only texts may have another length. */
static bool is_alike(const struct elf_pair *p, uint32_t i, uint32_t j)
{
	const struct elf_section *a = &p->left.sections[i], *b = &p->right.sections[j];

	return a->type == b->type && a->flags == b->flags &&
	       span_equal(p->left.names[i], p->right.names[j]) &&
	       (a->size == b->size || elf_class_of(&p->left, i, true) == ELF_TEXTS_RODATA);
}

static void go_through(struct elf_moved *m, uint32_t i, uint32_t j)
{
	struct elf_pair *p = m->p;
	const struct elf_section *a = &p->left.sections[i], *b = &p->right.sections[j];
	enum elf_class class = elf_class_of(&p->left, i, true);
	struct stretch s = { elf_section_bytes(&p->left.e, a), elf_section_bytes(&p->right.e, b),
			     a->offset, b->offset, "" };

	if (m->pass == MOVED_GATHER)
		elf_note_shift(m, (int64_t)(b->address - a->address));
	if (a->type == SHT_NOBITS_)
		return;
	m->work += a->size + b->size;
	if (s.left.n != a->size || s.right.n != b->size || /* not in the file */
	    m->work > 4 * (uint64_t)(p->left.in.n + p->right.in.n)) {
		m->failed = true;
		return;
	}
	if (span_equal(s.left, s.right) || class == ELF_BUILD_ID)
		return;
	if (class == ELF_TEXTS_RODATA)
		elf_moved_texts(m, &s, a->address, b->address);
	else if (m->pass == MOVED_CHECK && class == ELF_CODE)
		elf_moved_code(m, &s);
	else if (m->pass == MOVED_CHECK)
		check_words(m, class, &s);
}

static void go_through_all(struct elf_moved *m, enum moved_pass pass)
{
	const struct elf_side *l = &m->p->left, *r = &m->p->right;
	uint32_t i = next_loaded(l, 0), j = next_loaded(r, 0);

	m->pass = pass;
	while (i < l->count && j < r->count && !m->failed) {
		if (!is_alike(m->p, i, j))
			m->failed = true;
		else
			go_through(m, i, j);
		i = next_loaded(l, i + 1);
		j = next_loaded(r, j + 1);
	}
	m->failed |= i < l->count || j < r->count;
}

/* Program headers of the same kinds and rights, in the same order. */
static bool same_kinds(const struct elf_pair *p)
{
	struct elf_segment a, b;

	if (p->is_object || p->left.e.phnum != p->right.e.phnum ||
	    p->left.e.phnum > MOST_MOVED_SEGMENTS || p->left.e.phoff != p->right.e.phoff ||
	    p->left.e.flags != p->right.e.flags)
		return false;
	for (uint32_t i = 0; elf_segment(&p->left.e, i, &a); i++)
		if (!elf_segment(&p->right.e, i, &b) || a.type != b.type || a.flags != b.flags ||
		    a.align != b.align)
			return false;
	return true;
}

bool elf_moved_find(struct elf_pair *p)
{
	struct elf_moved *m;

	if (p->left.count == 0 || p->right.count == 0 || !same_kinds(p))
		return false;
	m = arena_take(p->x->arena, 1, sizeof(*m));
	if (!m)
		return false;
	m->p = p;
	go_through_all(m, MOVED_GATHER);
	if (m->failed || !m->has_text || !find_deltas(m))
		return false;
	if (!elf_delta_is_known(m, (int64_t)(p->right.e.entry - p->left.e.entry)))
		return false;
	go_through_all(m, MOVED_CHECK);
	if (m->failed)
		return false;
	m->pass = MOVED_NAME;
	p->moved = m;
	return true;
}

/* -- naming -- */

static void name_words(struct elf_pair *p, enum cause cause, const struct stretch *s)
{
	size_t head = 0, tail = 0, n = s->left.n;

	while (head < n && s->left.p[head] == s->right.p[head])
		head++;
	while (tail < n - head && s->left.p[n - 1 - tail] == s->right.p[n - 1 - tail])
		tail++;
	leave_open(differ(p->x, cause, (struct byte_range){ s->left_at + head, n - head - tail },
			  (struct byte_range){ s->right_at + head, n - head - tail }, s->unit,
			  "only addresses differ"));
}

void elf_moved_part(struct elf_pair *p, enum elf_class class, const struct stretch *s)
{
	/* addresses count for how far parts moved, which is known by now */
	if (class == ELF_TEXTS_RODATA)
		elf_moved_texts(p->moved, s, s->left_at, s->right_at);
	else
		name_words(p, class == ELF_LOADED_SYMBOLS ? elf_cause_of(class) : CAUSE_RELOCATION,
			   s);
}
