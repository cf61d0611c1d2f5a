/* roster.c - see roster.h. */
#include "trust/roster.h"

#include "base/base64.h"
#include "base/day.h"
#include "base/words.h"
#include "trust/signature.h"

#define MOST_NAME 255u /* bytes */

static const char *const role_names[ROLES] = {
	[ROLE_VENDOR] = "vendor",         [ROLE_OPERATOR] = "operator", [ROLE_LAB] = "lab",
	[ROLE_GOVERNMENT] = "government", [ROLE_USERS] = "users",
};

const char *role_name(enum role role)
{
	return role_names[role];
}

bool role_named(struct span name, enum role *role)
{
	for (int i = 0; i < ROLES; i++)
		if (span_is(name, role_names[i])) {
			*role = (enum role)i;
			return true;
		}
	return false;
}

/* Printable ASCII alone: a name is shown to people, and no other name is to look like it. */
static bool is_name(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] <= ' ' || s.p[i] > '~')
			return false;
	return s.n > 0 && s.n <= MOST_NAME;
}

static const char *read_days(struct span words, struct roster_key *k)
{
	struct span word = word_take(&words);

	k->from = INT64_MIN;
	k->until = INT64_MAX;
	if (span_is(word, "from")) {
		if (!day_read(word_take(&words), &k->from))
			return "from is not followed by a day as 2026-11-25";
		word = word_take(&words);
	}
	if (span_is(word, "until")) {
		if (!day_read(word_take(&words), &k->until))
			return "until is not followed by a day as 2026-11-25";
		k->until += DAY_SECONDS;
		word = word_take(&words);
	}
	if (word.n)
		return "behind the key there may stand: from DAY, until DAY";
	return k->from < k->until ? NULL : "it ends before it begins";
}

static const char *read_key(struct span words, struct roster_key *k)
{
	size_t n = 0;

	k->name = word_take(&words);
	if (!is_name(k->name))
		return "a key needs a name, of at most 255 printable ASCII characters";
	if (!role_named(word_take(&words), &k->role))
		return "the role is none of vendor, operator, lab, government, users";
	if (!base64_read_into(word_take(&words), false, k->spki, sizeof(k->spki), &n) ||
	    !spki_is_known((struct span){ k->spki, n }))
		return "the key is not base64 of a P-256 or Ed25519 key as SubjectPublicKeyInfo";
	k->spki_size = (uint32_t)n;
	sha256_of((struct span){ k->spki, n }, k->sha256);
	return read_days(words, k);
}

const char *roster_add(struct roster *r, struct span words, uint32_t line)
{
	struct roster_key *k = &r->keys[r->count];
	const char *wrong;

	if (r->count == ROSTER_MOST_KEYS)
		return "there are more than 256 keys";
	*k = (struct roster_key){ .line = line };
	wrong = read_key(words, k);
	if (wrong)
		return wrong;
	if (roster_find(r, k->sha256))
		return "the key stands there already";
	for (uint32_t i = 0; i < r->count; i++)
		if (span_equal(r->keys[i].name, k->name))
			return "the name stands there already";
	r->count++;
	return NULL;
}

const char *roster_read(struct span file, struct roster *r, uint32_t *wrong_line)
{
	struct span line;
	const char *wrong;

	r->count = 0;
	for (*wrong_line = 1; line_take(&file, &line); ++*wrong_line) {
		if (!line_says(line))
			continue;
		wrong = span_is(word_take(&line), "key")
				? roster_add(r, line, *wrong_line)
				: "a line is: key NAME ROLE BASE64 [from DAY] [until DAY]";
		if (wrong)
			return wrong;
	}
	return NULL;
}

const struct roster_key *roster_find(const struct roster *r, const uint8_t spki_sha256[SHA256_SIZE])
{
	for (uint32_t i = 0; i < r->count; i++)
		if (memcmp(r->keys[i].sha256, spki_sha256, SHA256_SIZE) == 0)
			return &r->keys[i];
	return NULL;
}

bool roster_key_counts(const struct roster_key *k, int64_t at)
{
	return at >= k->from && at < k->until;
}
