/* candidate.c - which passwords are tried on an account, and in which order (DESIGN.md 11): its own
 * name, those published for that name, the ones with the most sources; what the image calls itself;
 * then variants of the name and the rest of the list. */
#include <stdio.h>

#include "observe/observe.h"
#include "observe/password.h"

#define OWN    2  /* the name itself, and none at all */
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

/* Whether the own name or what is published for it was the same. */
static bool is_repeated(const struct candidates *c, size_t n, const char *word)
{
	if ((n > 0 && span_is(c->user, word)) || (n > 1 && word[0] == 0))
		return true;
	for (size_t i = 0; i < c->pair_count && OWN + i < n; i++)
		if (strcmp(c->pairs[i], word) == 0)
			return true;
	return false;
}

bool candidate(const struct candidates *c, const struct words *own, size_t n,
	       char word[LONGEST_WORD])
{
	size_t first = c->most < c->early ? c->most : c->early;

	if (n >= first && n < first + own->n)
		put(word, own->p[n - first], "");
	else
		put_published(c, n < first ? n : n - own->n, word);
	return !is_repeated(c, n, word);
}

static void add_word(struct words *own, struct arena *a, struct span word)
{
	if (word.n < 3 || word.n >= LONGEST_WORD || own->n == MOST_WORDS)
		return;
	for (size_t i = 0; i < own->n; i++)
		if (span_equal(own->p[i], word))
			return;
	own->p[own->n++] = arena_copy(a, word);
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
	add_word(own, a, (struct span){ (const uint8_t *)lower, first.n });
	add_word(own, a, first);
}
