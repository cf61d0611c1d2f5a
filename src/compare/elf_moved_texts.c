/* elf_moved_texts.c - read-only data in which texts of the build have another length: the same
 * sequence on both sides, once such texts are set aside. */
#include "compare/elf_moved.h"
#include "compare/form.h"

#define LONGEST_TEXT  4096
#define MOST_FORMS    16  /* in one text */
#define MOST_MISSED   256 /* texts that hold forms, and differ in more than those */
#define MOST_ITEMS    (128u << 10)
#define WIDEST_FILLER 64
#define NEAR          32
#define SURE          8 /* bytes that tell that both are in step again */

struct walk {
	struct elf_moved *m;
	const struct stretch *s;
	uint64_t left, right;     /* addresses of the start */
	size_t i, j;              /* how far both came */
	uint32_t missed;          /* texts */
	size_t floor;             /* of i: bytes before it are done */
	struct difference *words; /* the last that was named, to be continued */
};

static bool is_printable(int c)
{
	return (c >= 32 && c < 127) || c == '\t' || c == '\n' || c == '\r';
}

static struct difference *name(struct walk *w, enum cause cause, struct byte_range l,
			       struct byte_range r)
{
	if (w->m->pass == MOVED_CHECK)
		w->m->failed |= w->m->items++ == MOST_ITEMS;
	if (w->m->pass != MOVED_NAME)
		return NULL;
	return differ(w->m->p->x, cause, (struct byte_range){ w->s->left_at + l.offset, l.length },
		      (struct byte_range){ w->s->right_at + r.offset, r.length }, w->s->unit, NULL);
}

/* Texts move what lies behind them. Where the program headers do not show it, nothing else may say
 * that addresses had to change. */
static void name_form(struct walk *w, const struct form *l, const struct form *r)
{
	struct difference *d = name(w, l->cause, (struct byte_range){ l->at, l->length },
				    (struct byte_range){ r->at, r->length });

	if (w->m->p->same_segments && l->length != r->length)
		leave_open(d);
}

static void note(struct walk *w)
{
	if (w->m->pass == MOVED_GATHER)
		elf_note_shift(w->m, (int64_t)(w->right + w->j - (w->left + w->i)));
}

/* Forms of two texts that are else the same. */
struct forms {
	struct form left[MOST_FORMS], right[MOST_FORMS];
	uint32_t count;
};

/* Goes through two texts from *x and *y on to their ends. */
static bool match_texts(const struct walk *w, size_t *x, size_t *y, struct forms *f)
{
	struct span a = w->s->left, b = w->s->right;
	size_t start = *x;

	while (is_printable(span_byte(a, *x)) && is_printable(span_byte(b, *y))) {
		struct form *l = &f->left[f->count], *r = &f->right[f->count];

		if (form_at(a, *x, l) && form_at(b, *y, r) && l->cause == r->cause &&
		    span_equal(l->kept, r->kept)) {
			*x += l->length;
			*y += r->length;
			if (!span_equal(span_sub(a, l->at, l->length),
					span_sub(b, r->at, r->length)) &&
			    ++f->count == MOST_FORMS)
				return false;
		} else if (a.p[(*x)++] != b.p[(*y)++] || *x - start > LONGEST_TEXT) {
			return false;
		}
	}
	return !is_printable(span_byte(a, *x)) && !is_printable(span_byte(b, *y)) && f->count > 0;
}

/* Two texts that differ in what a build leaves, where both stand. */
static bool take_text(struct walk *w)
{
	struct forms f = { 0 };
	size_t back = 0, x, y;

	while (back < LONGEST_TEXT && w->i - back > w->floor &&
	       is_printable(w->s->left.p[w->i - back - 1]))
		back++;
	x = w->i - back;
	y = w->j - back;
	if (!match_texts(w, &x, &y, &f)) {
		w->missed += f.count > 0;
		return false;
	}
	for (uint32_t k = 0; k < f.count; k++) {
		w->m->has_text |= f.left[k].length != f.right[k].length;
		name_form(w, &f.left[k], &f.right[k]);
	}
	w->i = w->floor = x;
	w->j = y;
	w->words = NULL;
	note(w);
	return true;
}

static size_t zeros(struct span s, size_t at)
{
	size_t n = 0;

	while (n < WIDEST_FILLER && span_byte(s, at + n) == 0)
		n++;
	return n;
}

/* A table of distances follows, all of which changed by the same. */
static bool is_table(const struct walk *w, size_t i, size_t j)
{
	bool big = w->m->p->left.e.big;
	struct span a = span_sub(w->s->left, i, SURE), b = span_sub(w->s->right, j, SURE);

	return a.n && b.n && (w->left + i) % 4 == 0 && (w->right + j) % 4 == 0 &&
	       span_u32(b, 0, big) - span_u32(a, 0, big) ==
		       span_u32(b, 4, big) - span_u32(a, 4, big);
}

static bool in_step(const struct walk *w, size_t i, size_t j)
{
	struct span a = span_head(span_from(w->s->left, i), SURE);
	struct span b = span_head(span_from(w->s->right, j), SURE);

	return span_equal(a, b) || is_table(w, i, j) ||
	       (a.n && b.n && a.p[0] == b.p[0] && is_printable(a.p[0])); /* a text follows */
}

/* Zeros, more on one side, because what follows is aligned. */
static bool take_filler(struct walk *w)
{
	size_t l = zeros(w->s->left, w->i), r = zeros(w->s->right, w->j);

	if ((l > 0) == (r > 0) || !in_step(w, w->i + l, w->j + r))
		return false;
	name(w, CAUSE_PADDING, (struct byte_range){ w->i, l }, (struct byte_range){ w->j, r });
	w->i += l;
	w->j += r;
	w->floor = w->i;
	w->words = NULL;
	note(w);
	return true;
}

/* Words of one table are named as one. */
static void name_word(struct walk *w, size_t i, size_t j)
{
	struct difference *d = w->words;
	uint64_t gap = d ? w->s->left_at + i - d->left.offset - d->left.length : UINT64_MAX;

	if (d && gap <= NEAR && gap == w->s->right_at + j - d->right.offset - d->right.length) {
		d->left.length += gap + 4;
		d->right.length += gap + 4;
		return;
	}
	w->words =
		name(w, CAUSE_RELOCATION, (struct byte_range){ i, 4 }, (struct byte_range){ j, 4 });
	leave_open(w->words);
}

/* An address, or a distance. */
static bool take_word(struct walk *w)
{
	size_t odd = (w->left + w->i) % 4, i = w->i - odd, j = w->j - odd;
	bool big = w->m->p->left.e.big;
	struct span a, b;

	if (w->i < odd || w->j < odd || i < w->floor || (w->left + i) % 4 != (w->right + j) % 4)
		return false;
	a = span_sub(w->s->left, i, 4);
	b = span_sub(w->s->right, j, 4);
	if (a.n == 0 || b.n == 0)
		return false;
	if (w->m->pass != MOVED_GATHER &&
	    !elf_delta_is_known(w->m, (int32_t)(span_u32(b, 0, big) - span_u32(a, 0, big))))
		return false;
	name_word(w, i, j);
	w->i = w->floor = i + 4;
	w->j = j + 4;
	return true;
}

static void skip_same(struct walk *w)
{
	struct span a = w->s->left, b = w->s->right;

	while (w->i < a.n && w->j < b.n && a.p[w->i] == b.p[w->j]) {
		w->i++;
		w->j++;
	}
}

void elf_moved_texts(struct elf_moved *m, const struct stretch *s, uint64_t left, uint64_t right)
{
	struct walk w = { .m = m, .s = s, .left = left, .right = right };

	note(&w);
	for (skip_same(&w); w.i < s->left.n || w.j < s->right.n; skip_same(&w))
		if (m->failed || w.missed > MOST_MISSED ||
		    (!take_text(&w) && !take_filler(&w) && !take_word(&w))) {
			m->failed = true;
			return;
		}
}
