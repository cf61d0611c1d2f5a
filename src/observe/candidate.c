/* candidate.c - which passwords are tried on an account, and in which order (DESIGN.md 11): its own
 * name, those published for that name, the ones with the most sources, the first of which come
 * before those that open other accounts of the image; what the image calls itself; then variants of
 * the name and the rest of the list. */
#include <stdio.h>

#include "observe/observe.h"
#include "observe/password.h"

#define OWN    2  /* the name itself, and none at all */
#define FIRST  8  /* of the list, before what opens other accounts */
#define COMMON 64 /* of the list, before the image's own names */

static const char *const tails[] = { "1", "12", "123", "1234" };
#define TAILS    (sizeof(tails) / sizeof(tails[0]))
#define VARIANTS (TAILS + 1) /* and the name backwards */

struct candidates candidates_for(struct span user)
{
	struct candidates c = { .user = user.n < LONGEST_WORD - 8 ? user : span_text("") };

	for (size_t i = 0; i < password_pairs_count && c.pair_count < MOST_PAIRS; i++)
		if (span_is(user, password_pairs[i].user))
			c.pairs[c.pair_count++] = password_pairs[i].password;
	c.early = OWN + c.pair_count +
		  (COMMON < default_passwords_count ? COMMON : default_passwords_count);
	c.all = OWN + c.pair_count + default_passwords_count + VARIANTS;
	return c;
}

static void put(char word[LONGEST_WORD], struct span name, const char *tail)
{
	snprintf(word, LONGEST_WORD, "%.*s%s", (int)name.n, (const char *)name.p, tail);
}

static void put_variant(char word[LONGEST_WORD], struct span name, size_t n)
{
	if (n < TAILS) {
		put(word, name, tails[n]);
		return;
	}
	for (size_t i = 0; i < name.n; i++)
		word[i] = (char)name.p[name.n - 1 - i];
	word[name.n] = 0;
}

static void put_published(const struct candidates *c, size_t n, char word[LONGEST_WORD])
{
	const struct span none = { (const uint8_t *)"", 0 };

	if (n < OWN)
		put(word, n == 0 ? c->user : none, "");
	else if (n < OWN + c->pair_count)
		put(word, none, c->pairs[n - OWN]);
	else if (n < c->early)
		put(word, none, default_passwords[n - OWN - c->pair_count].password);
	else if (n < c->early + VARIANTS)
		put_variant(word, c->user, n - c->early);
	else
		put(word, none, default_passwords[n - OWN - c->pair_count - VARIANTS].password);
}

static size_t count_of(const struct words *w)
{
	return w ? w->n : 0;
}

static bool holds(const struct words *w, const char *word)
{
	for (size_t i = 0; i < count_of(w); i++)
		if (span_is(w->p[i], word))
			return true;
	return false;
}

/* Where the image's words begin: those that open other accounts, and its own names. */
struct places {
	size_t found, own;
};

static struct places places_of(const struct candidates *c)
{
	size_t behind_first = OWN + c->pair_count + FIRST;

	return (struct places){ c->most < behind_first ? c->most : behind_first,
				(c->most < c->early ? c->most : c->early) + count_of(c->found) };
}

static bool is_among_first(const char *word)
{
	for (size_t i = 0; i < FIRST && i < default_passwords_count; i++)
		if (strcmp(default_passwords[i].password, word) == 0)
			return true;
	return false;
}

/* Whether the own name, what is published for it, or a word of the image was the same. */
static bool is_repeated(const struct candidates *c, struct places at, size_t n, const char *word)
{
	if ((n > 0 && span_is(c->user, word)) || (n > 1 && word[0] == 0))
		return true;
	for (size_t i = 0; i < c->pair_count && OWN + i < n; i++)
		if (strcmp(c->pairs[i], word) == 0)
			return true;
	if (n >= at.found && n < at.found + count_of(c->found))
		return is_among_first(word);
	return (n >= at.found + count_of(c->found) && holds(c->found, word)) ||
	       (n >= at.own + count_of(c->own) && holds(c->own, word));
}

size_t candidates_alone(const struct candidates *c)
{
	struct places at = places_of(c);

	return c->found ? at.found : at.own;
}

size_t candidates_count(const struct candidates *c)
{
	return c->most + count_of(c->found) + count_of(c->own);
}

bool candidate(const struct candidates *c, size_t n, char word[LONGEST_WORD])
{
	const size_t found = count_of(c->found), own = count_of(c->own);
	const struct places at = places_of(c);

	if (n < at.found)
		put_published(c, n, word);
	else if (n < at.found + found)
		put(word, c->found->p[n - at.found], "");
	else if (n < at.own)
		put_published(c, n - found, word);
	else if (n < at.own + own)
		put(word, c->own->p[n - at.own], "");
	else
		put_published(c, n - found - own, word);
	return !is_repeated(c, at, n, word);
}

void words_put(struct words *w, struct arena *a, struct span word)
{
	if (w->n == MOST_WORDS)
		return;
	for (size_t i = 0; i < w->n; i++)
		if (span_equal(w->p[i], word))
			return;
	w->p[w->n++] = arena_copy(a, word);
}

/* Short words are no names. */
static void add_name(struct words *own, struct arena *a, struct span word)
{
	if (word.n >= 3 && word.n < LONGEST_WORD)
		words_put(own, a, word);
}

void words_add_claim(struct words *own, struct arena *a, struct span claim)
{
	struct span first = field_next(&claim, ' ');
	char lower[LONGEST_WORD];

	if (first.n >= LONGEST_WORD)
		return;
	for (size_t i = 0; i < first.n; i++)
		lower[i] = first.p[i] >= 'A' && first.p[i] <= 'Z' ? (char)(first.p[i] + 32)
								  : (char)first.p[i];
	add_name(own, a, (struct span){ (const uint8_t *)lower, first.n });
	add_name(own, a, first);
}
