/* elf_loaded.c - what is loaded of two ELF files with the same program headers: the same ranges of
 * both files, at the same addresses. */
#include "compare/elf_side.h"

#include <stdlib.h>

/* A loaded section, or the ELF header, which is compared elsewhere. */
struct part {
	uint64_t at, length;
	uint32_t section;
	bool skip;
};

static int by_place(const void *a, const void *b)
{
	const struct part *x = a, *y = b;

	return x->at != y->at ? (x->at > y->at) - (x->at < y->at)
			      : (x->section > y->section) - (x->section < y->section);
}

/* The sections of one side that have bytes, in order; what overlaps is left out, and so is part of
 * what lies between sections. */
static uint32_t parts_of(const struct elf_side *s, struct part *parts)
{
	uint32_t n = 0, kept = 0;

	parts[n++] = (struct part){ .length = s->e.is64 ? 64 : 52, .skip = true };
	for (uint32_t i = 0; i < s->count; i++) {
		const struct elf_section *t = &s->sections[i];

		if ((t->flags & SHF_ALLOC_) && t->type != SHT_NOBITS_ &&
		    span_sub(s->in, t->offset, t->size).n > 0)
			parts[n++] = (struct part){ t->offset, t->size, i, false };
	}
	qsort(parts, n, sizeof(*parts), by_place);
	for (uint32_t i = 0; i < n; i++)
		if (kept == 0 || parts[i].at >= parts[kept - 1].at + parts[kept - 1].length)
			parts[kept++] = parts[i];
	return kept;
}

static bool is_executable(const struct elf *e, uint64_t at)
{
	struct elf_segment s;

	for (uint32_t i = 0; elf_segment(e, i, &s); i++)
		if ((s.flags & PF_X_) && at >= s.offset && at - s.offset < s.file_size)
			return true;
	return false;
}

/* Between sections; or, where sections do not tell, a stretch of a segment. */
static void explain_between(struct elf_pair *p, uint64_t at, uint64_t end)
{
	struct byte_range place = { at, end - at };
	struct stretch s = { span_sub(p->left.in, at, end - at),
			     span_sub(p->right.in, at, end - at), at, at, "segment" };

	if (at >= end || span_equal(s.left, s.right))
		return;
	if (p->same_sections)
		elf_explain_gap(p, place, place);
	else
		elf_explain_part(p, is_executable(&p->left.e, at) ? ELF_CODE : ELF_DATA, &s);
}

static void explain_section(struct elf_pair *p, const struct elf_side *by, const struct part *part)
{
	char unit[ELF_NAME];
	enum elf_class class = elf_class_of(by, part->section, true);
	struct stretch s = { span_sub(p->left.in, part->at, part->length),
			     span_sub(p->right.in, part->at, part->length), part->at, part->at,
			     unit };

	if (part->skip)
		return;
	elf_unit(by, part->section, unit);
	if (!p->same_sections && class == ELF_BUILD_ID)
		class = ELF_RODATA; /* only one of both says that it is a note */
	elf_explain_part(p, class, &s);
}

/* Goes on with part `next`; gives the first that lies behind the range. */
static uint32_t explain_range(struct elf_pair *p, const struct elf_side *by,
			      const struct part *parts, uint32_t next, struct byte_range r)
{
	uint64_t at = r.offset, end = r.offset + r.length;

	for (; parts[next].at < end; next++) {
		if (parts[next].at < at || parts[next].length > end - parts[next].at)
			continue; /* in no segment, or not wholly */
		explain_between(p, at, parts[next].at);
		explain_section(p, by, &parts[next]);
		at = parts[next].at + parts[next].length;
	}
	explain_between(p, at, end);
	return next;
}

static uint32_t loaded_sections(const struct elf_side *s)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < s->count; i++)
		n += (s->sections[i].flags & SHF_ALLOC_) != 0;
	return n;
}

/* Which side tells what the bytes are called, where they do not agree: the one that has more to
 * say, in whichever order the two were given. */
static const struct elf_side *namer(const struct elf_pair *p)
{
	uint32_t left = loaded_sections(&p->left), right = loaded_sections(&p->right);

	if (left != right)
		return left > right ? &p->left : &p->right;
	return span_compare(p->left.in, p->right.in) <= 0 ? &p->left : &p->right;
}

void elf_explain_loaded(struct elf_pair *p)
{
	const struct elf_side *by = namer(p);
	struct part *parts = arena_take(p->x->arena, (uint64_t)by->count + 2, sizeof(*parts));
	uint32_t count, next = 0;

	if (!parts) {
		p->x->lost = true;
		return;
	}
	count = parts_of(by, parts);
	parts[count] = (struct part){ .at = UINT64_MAX };
	for (uint32_t i = 0; i < p->left.loaded_count; i++)
		next = explain_range(p, by, parts, next, p->left.loaded[i]);
}
