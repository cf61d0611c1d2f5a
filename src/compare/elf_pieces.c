/* elf_pieces.c - the pieces of two ELF files that are compared wherever they stand: sections that
 * are not loaded and the table of sections; for objects, and where the program headers differ, all
 * sections. Then the gaps between them. */
#include "compare/elf_side.h"

#include <stdlib.h>

#define WIDEST_ALIGNMENT 64 /* bytes of nothing before a piece that belong to it */

/* -- cutting -- */

static int by_place(const void *a, const void *b)
{
	const struct piece *x = a, *y = b;

	if (x->at != y->at)
		return (x->at > y->at) - (x->at < y->at);
	return (x->kind > y->kind) - (x->kind < y->kind);
}

static void add_piece(struct elf_side *s, struct piece piece)
{
	if (span_sub(s->in, piece.at, piece.length).n > 0)
		s->pieces[s->piece_count++] = piece;
}

/* Drops what overlaps: its bytes then lie in a gap, and what differs there is refused. */
static void drop_overlapping(struct elf_side *s)
{
	uint64_t end = 0, fixed = UINT64_MAX;
	uint32_t kept = 0;

	/* backwards, what reaches into something fixed; forwards, what begins too early */
	for (uint32_t i = s->piece_count; i-- > 0;) {
		struct piece *p = &s->pieces[i];

		if (p->kind == PIECE_FIXED)
			fixed = p->at;
		else if (p->length > fixed - p->at)
			p->length = 0;
	}
	for (uint32_t i = 0; i < s->piece_count; i++) {
		struct piece p = s->pieces[i];

		if (p.length == 0 || p.at < end)
			continue;
		p.gap = p.at - end;
		end = p.at + p.length;
		s->pieces[kept++] = p;
	}
	s->pieces[kept] = (struct piece){ .kind = PIECE_END, .at = s->in.n, .gap = s->in.n - end };
	s->piece_count = kept + 1;
}

/* `by_segments`: what is loaded is compared elsewhere. */
static bool cut(struct elf_side *s, bool by_segments, struct arena *arena)
{
	s->pieces = arena_take(arena, (uint64_t)s->loaded_count + s->count + 4, sizeof(*s->pieces));
	if (!s->pieces)
		return false;
	if (by_segments) {
		for (uint32_t i = 0; i < s->loaded_count; i++)
			add_piece(s, (struct piece){ .at = s->loaded[i].offset,
						     .length = s->loaded[i].length });
	} else {
		add_piece(s, (struct piece){ .length = s->e.is64 ? 64 : 52 });
		add_piece(s, (struct piece){ .at = s->e.phoff,
					     .length = (uint64_t)s->e.phnum * s->e.phentsize });
	}
	for (uint32_t i = 0; i < s->count; i++)
		if (s->sections[i].type != SHT_NULL_ && s->sections[i].type != SHT_NOBITS_)
			add_piece(s, (struct piece){ .kind = PIECE_SECTION,
						     .at = s->sections[i].offset,
						     .length = s->sections[i].size,
						     .section = i });
	add_piece(s, (struct piece){ .kind = PIECE_TABLE,
				     .at = s->e.shoff,
				     .length = (uint64_t)s->e.shnum * s->e.shentsize });
	qsort(s->pieces, s->piece_count, sizeof(*s->pieces), by_place);
	drop_overlapping(s);
	return true;
}

bool elf_cut_pieces(struct elf_pair *p)
{
	bool by_segments = elf_by_segments(p);

	return cut(&p->left, by_segments, p->x->arena) && cut(&p->right, by_segments, p->x->arena);
}

/* -- pairing -- */

/* A piece and its name, to be sorted. */
struct named_piece {
	struct piece *piece;
	struct span name;
};

static int by_name(const void *a, const void *b)
{
	const struct named_piece *x = a, *y = b;
	int order = (x->piece->kind > y->piece->kind) - (x->piece->kind < y->piece->kind);

	if (order == 0)
		order = span_compare(x->name, y->name);
	if (order == 0 && x->piece->kind == PIECE_SECTION)
		return (x->piece->section > y->piece->section) -
		       (x->piece->section < y->piece->section);
	return order ? order : (x->piece > y->piece) - (x->piece < y->piece);
}

static struct named_piece *entries_of(const struct elf_side *s, struct arena *arena)
{
	struct named_piece *entries = arena_take(arena, s->piece_count, sizeof(*entries));

	for (uint32_t i = 0; entries && i < s->piece_count; i++) {
		entries[i].piece = &s->pieces[i];
		if (s->pieces[i].kind == PIECE_SECTION)
			entries[i].name = s->names[s->pieces[i].section];
	}
	if (entries)
		qsort(entries, s->piece_count, sizeof(*entries), by_name);
	return entries;
}

/* The n-th of a name to the n-th of the same. */
static bool pair_pieces(struct elf_pair *p)
{
	struct named_piece *l = entries_of(&p->left, p->x->arena);
	struct named_piece *r = entries_of(&p->right, p->x->arena);
	uint32_t i = 0, j = 0;

	if (!l || !r)
		return false;
	while (i < p->left.piece_count && j < p->right.piece_count) {
		int order = (l[i].piece->kind > r[j].piece->kind) -
			    (l[i].piece->kind < r[j].piece->kind);

		if (order == 0)
			order = span_compare(l[i].name, r[j].name);
		if (order == 0) {
			l[i].piece->other = r[j].piece;
			r[j].piece->other = l[i].piece;
		}
		i += order <= 0;
		j += order >= 0;
	}
	return true;
}

/* -- naming -- */

static struct span bytes_of(const struct elf_side *s, const struct piece *piece)
{
	return span_sub(s->in, piece->at, piece->length);
}

static struct span gap_of(const struct elf_side *s, const struct piece *piece)
{
	return span_sub(s->in, piece->at - piece->gap, piece->gap);
}

/* Zeros before a piece, because it is aligned. */
static bool is_alignment(const struct elf_side *s, const struct piece *piece)
{
	struct span gap = gap_of(s, piece);

	for (size_t i = 0; i < gap.n; i++)
		if (gap.p[i] != 0)
			return false;
	return gap.n < WIDEST_ALIGNMENT;
}

/* A piece that is named as a whole, with the zeros before it. */
static struct byte_range whole(const struct elf_side *s, const struct piece *piece)
{
	uint64_t gap;

	if (!piece)
		return (struct byte_range){ 0 };
	gap = is_alignment(s, piece) ? piece->gap : 0;
	return (struct byte_range){ piece->at - gap, piece->length + gap };
}

static bool is_loaded(const struct elf_pair *p, const struct elf_side *s, uint32_t section)
{
	const struct elf_section *t = &s->sections[section];

	if (p->is_object)
		return (t->flags & SHF_ALLOC_) != 0;
	for (uint32_t i = 0; i < s->loaded_count; i++)
		if (t->offset < s->loaded[i].offset + s->loaded[i].length &&
		    t->offset + t->size > s->loaded[i].offset)
			return true;
	return false;
}

static enum elf_class class_of(const struct elf_pair *p, const struct elf_side *s,
			       const struct piece *piece)
{
	const struct elf_section *t = &s->sections[piece->section];
	enum elf_class class = elf_class_of(s, piece->section, is_loaded(p, s, piece->section));

	/* what binds the parts of an object together */
	if (p->is_object && class == ELF_SYMBOLS)
		return ELF_LOADED_SYMBOLS;
	if (p->is_object && class == ELF_UNKNOWN && (t->type == SHT_REL_ || t->type == SHT_RELA_))
		return ELF_DYNAMIC;
	return class;
}

/* Either may be NULL. */
static void name_whole(struct elf_pair *p, enum cause cause, struct piece *l, struct piece *r,
		       bool holds)
{
	const struct elf_side *s = l ? &p->left : &p->right;
	const struct piece *piece = l ? l : r;
	char unit[ELF_NAME] = "section headers";
	struct difference *d;

	if (piece->kind == PIECE_SECTION)
		elf_unit(s, piece->section, unit);
	d = differ(p->x, cause, whole(&p->left, l), whole(&p->right, r), unit, "%s",
		   l && r ? ""
		   : l    ? "only on the left"
			  : "only on the right");
	if (!holds)
		refuse_form(d);
	if (l)
		l->named = true;
	if (r)
		r->named = true;
}

static bool holds(const struct elf_pair *p, const struct elf_side *s, enum elf_class class,
		  const struct piece *piece)
{
	return class != ELF_LOADED_SYMBOLS && (class != ELF_SECTION_NAMES || elf_headers_hold(p)) &&
	       (!piece || elf_form_holds(class, bytes_of(s, piece)));
}

/* A section that both have, and that is loaded. */
static void explain_inside(struct elf_pair *p, enum elf_class class, const struct piece *l,
			   const struct piece *r)
{
	char unit[ELF_NAME];
	struct stretch s = { bytes_of(&p->left, l), bytes_of(&p->right, r), l->at, r->at, unit };

	elf_unit(&p->left, l->section, unit);
	elf_explain_part(p, class, &s);
}

static void explain_section(struct elf_pair *p, struct piece *l, struct piece *r)
{
	enum elf_class class = l ? class_of(p, &p->left, l) : class_of(p, &p->right, r);

	if (l && r && class_of(p, &p->right, r) != class)
		class = ELF_UNKNOWN;
	if (l && r && class < ELF_COMMENT)
		explain_inside(p, class, l, r);
	else
		name_whole(p, elf_cause_of(class), l, r,
			   holds(p, &p->left, class, l) && holds(p, &p->right, class, r));
}

/* Whether the tables of sections differ only in where sections stand, and how long they are; in
 * what is not linked any more, by which alignment they came there. */
static bool only_places(const struct elf_pair *p)
{
	if (p->left.count != p->right.count)
		return false;
	for (uint32_t i = 0; i < p->left.count; i++) {
		const struct elf_section *a = &p->left.sections[i], *b = &p->right.sections[i];

		if (a->type != b->type || a->flags != b->flags ||
		    (p->is_object && a->align != b->align) || a->link != b->link ||
		    a->info != b->info || a->entry_size != b->entry_size ||
		    !span_equal(p->left.names[i], p->right.names[i]))
			return false;
	}
	return true;
}

/* One piece of the left, or one that the right has alone. */
static void explain_piece(struct elf_pair *p, struct piece *l, struct piece *r)
{
	const struct piece *piece = l ? l : r;

	if (piece->kind == PIECE_FIXED || piece->kind == PIECE_END)
		return;
	if (l && r && span_equal(bytes_of(&p->left, l), bytes_of(&p->right, r)))
		return;
	if (piece->kind == PIECE_SECTION)
		explain_section(p, l, r);
	else
		name_whole(p, only_places(p) ? CAUSE_ORDER : CAUSE_SECTIONS, l, r,
			   elf_headers_hold(p));
}

/* -- order -- */

/* The i-th piece from one end, of those that both have and that are not named; NULL behind the
 * last.
 */
static struct piece *next_kept(const struct elf_side *s, uint32_t *i, bool backwards)
{
	while (*i < s->piece_count) {
		uint32_t at = backwards ? s->piece_count - 1 - *i : *i;

		(*i)++;
		if (!s->pieces[at].named && s->pieces[at].other)
			return &s->pieces[at];
	}
	return NULL;
}

/* How many pieces at one end stand in the same order on both sides. */
static uint32_t same_order(const struct elf_pair *p, bool backwards)
{
	uint32_t i = 0, j = 0, n = 0;

	for (;; n++) {
		const struct piece *l = next_kept(&p->left, &i, backwards);
		const struct piece *r = next_kept(&p->right, &j, backwards);

		if (!l || !r || l->other != r)
			return n;
	}
}

/* Pieces of the same content that stand in another order: all between those at the start and at
 * the end that did not move, so that the answer is the same whichever side is the left. */
static void explain_order(struct elf_pair *p)
{
	uint32_t head = same_order(p, false), tail = same_order(p, true), i = 0, kept = 0, n = 0;
	struct piece *l;

	while (next_kept(&p->left, &i, false))
		kept++;
	if (head == kept)
		return;
	i = 0;
	while ((l = next_kept(&p->left, &i, false))) {
		if (n >= head && n < kept - tail && l->kind != PIECE_FIXED && l->kind != PIECE_END)
			name_whole(p, CAUSE_ORDER, l, l->other, true);
		n++;
	}
}

/* -- gaps -- */

static struct byte_range gap_left(const struct elf_side *s, const struct piece *piece)
{
	if (!piece || (piece->named && is_alignment(s, piece)))
		return (struct byte_range){ 0 }; /* nothing, or named with the piece */
	return (struct byte_range){ piece->at - piece->gap, piece->gap };
}

/* Behind a kernel module may stand its signature. */
static bool explain_signature(struct elf_pair *p, const struct piece *l, const struct piece *r)
{
	struct span a = gap_of(&p->left, l), b = gap_of(&p->right, r);

	if (!p->is_object || span_equal(a, b) || (a.n && !elf_is_module_signature(a)) ||
	    (b.n && !elf_is_module_signature(b)))
		return false;
	differ(p->x, CAUSE_SIGNATURE, (struct byte_range){ l->at - l->gap, a.n },
	       (struct byte_range){ r->at - r->gap, b.n }, "module signature", NULL);
	return true;
}

static void explain_gaps(struct elf_pair *p)
{
	for (uint32_t i = 0; i < p->left.piece_count; i++) {
		const struct piece *piece = &p->left.pieces[i];

		if (piece->kind != PIECE_END || !explain_signature(p, piece, piece->other))
			elf_explain_gap(p, gap_left(&p->left, piece),
					gap_left(&p->right, piece->other));
	}
	for (uint32_t i = 0; i < p->right.piece_count; i++)
		if (!p->right.pieces[i].other)
			elf_explain_gap(p, (struct byte_range){ 0 },
					gap_left(&p->right, &p->right.pieces[i]));
}

void elf_explain_pieces(struct elf_pair *p)
{
	if (!pair_pieces(p)) {
		p->x->lost = true;
		return;
	}
	for (uint32_t i = 0; i < p->left.piece_count; i++)
		explain_piece(p, &p->left.pieces[i], p->left.pieces[i].other);
	for (uint32_t i = 0; i < p->right.piece_count; i++)
		if (!p->right.pieces[i].other)
			explain_piece(p, NULL, &p->right.pieces[i]);
	explain_order(p);
	explain_gaps(p);
}
