/* scheme.c - the schemes of password hashes: how one is told, what one try costs, and so how many
 * tries a hash is worth. A hash may claim to cost hours or gigabytes: then it is worth none. */
#include "base/text.h"
#include "observe/observe.h"
#include "observe/password.h"

/* Nominal microseconds. */
#define BUDGET      500000  /* for one hash */
#define BUDGET_HARD 2500000 /* for the schemes made to be slow: a dozen tries would say nothing */
#define MOST_SPENT  4000000 /* for one hash that is slower still, so that LEAST_TRIED are tried */
#define LEAST_TRIED 12
#define MOST_UNITS  (1u << 19) /* 128 bytes each, of the schemes that fill memory */

static bool number_after(struct span hash, const char *word, uint64_t *value)
{
	size_t used;

	return span_starts(hash, span_text(word)) &&
	       span_number(span_from(hash, strlen(word)), 10, value, &used);
}

static int base64_index(int c)
{
	static const char digits[] =
		"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
	const char *at = c > 0 ? strchr(digits, c) : NULL;

	return at ? (int)(at - digits) : -1;
}

/* Digits of six bits each, the lowest first. */
static bool base64_number(struct span s, uint64_t *value)
{
	*value = 0;
	for (size_t i = s.n; i-- > 0;) {
		int digit = base64_index(s.p[i]);

		if (digit < 0)
			return false;
		*value = *value << 6 | (uint64_t)digit;
	}
	return s.n > 0;
}

/* Costs: rounds or the like as the hash states them. False: parameters that nobody writes. */
static bool cost_fixed(struct span hash, uint64_t *cost)
{
	(void)hash;
	*cost = 0;
	return true;
}

static bool cost_rounds(struct span hash, uint64_t *cost)
{
	*cost = 5000;
	return !span_starts(span_from(hash, 3), span_text("rounds=")) ||
	       number_after(hash, "$5$rounds=", cost) || number_after(hash, "$6$rounds=", cost);
}

static bool cost_sha1(struct span hash, uint64_t *cost)
{
	return number_after(hash, "$sha1$", cost);
}

static bool cost_bcrypt(struct span hash, uint64_t *cost)
{
	return number_after(span_from(hash, 3), "$", cost) && *cost < 32;
}

static bool cost_bsdi(struct span hash, uint64_t *cost)
{
	return base64_number(span_sub(hash, 1, 4), cost);
}

/* N * r of $y$jNr$: a flavour, log2(N) - 1 and r - 1, one digit below 48 each. Longer forms exist
 * and hold parallelism and time; no program writes them. */
static bool cost_yescrypt(struct span hash, uint64_t *cost)
{
	struct span rest = span_from(hash, 1), parameters;
	int n, r;

	field_next(&rest, '$');
	parameters = field_next(&rest, '$');
	n = base64_index(span_byte(parameters, 1));
	r = base64_index(span_byte(parameters, 2));
	if (parameters.n != 3 || base64_index(parameters.p[0]) >= 48 || n < 0 || n > 30 || r < 0 ||
	    r >= 48)
		return false;
	*cost = ((uint64_t)r + 1) << (n + 1);
	return true;
}

/* Rounds of $7$N$salt$digest. */
static bool cost_pbkdf2(struct span hash, uint64_t *cost)
{
	return number_after(hash, "$7$", cost);
}

/* N * r * p of $7$Nrrrrrppppp. */
static bool cost_scrypt(struct span hash, uint64_t *cost)
{
	int n = base64_index(span_byte(hash, 3));
	uint64_t r, p;

	if (n < 0 || n > 30 || !base64_number(span_sub(hash, 4, 5), &r) ||
	    !base64_number(span_sub(hash, 9, 5), &p) || r > 4096 || p > 4096)
		return false;
	*cost = (r * p) << n;
	return true;
}

/* Mosquitto's have prefixes of others, and longer digests. */
static const struct scheme schemes[] = {
	{ "mosquitto-sha512", "$6$", METHOD_MOSQUITTO, cost_fixed, 2, 0, false },
	{ "mosquitto-pbkdf2", "$7$", METHOD_MOSQUITTO, cost_pbkdf2, 0, 1000, false },
	{ "yescrypt", "$y$", METHOD_CRYPT, cost_yescrypt, 0, 240, true },
	{ "gost-yescrypt", "$gy$", METHOD_CRYPT, cost_yescrypt, 0, 240, true },
	{ "scrypt", "$7$", METHOD_CRYPT, cost_scrypt, 0, 340, true },
	{ "bcrypt", "$2a$", METHOD_CRYPT, cost_bcrypt, 0, 80000, true },
	{ "bcrypt", "$2b$", METHOD_CRYPT, cost_bcrypt, 0, 80000, true },
	{ "bcrypt", "$2x$", METHOD_CRYPT, cost_bcrypt, 0, 80000, true },
	{ "bcrypt", "$2y$", METHOD_CRYPT, cost_bcrypt, 0, 80000, true },
	{ "sha512crypt", "$6$", METHOD_CRYPT, cost_rounds, 0, 880, false },
	{ "sha256crypt", "$5$", METHOD_CRYPT, cost_rounds, 0, 720, false },
	{ "sha1crypt", "$sha1$", METHOD_CRYPT, cost_sha1, 0, 1500, false },
	{ "md5crypt", "$1$", METHOD_CRYPT, cost_fixed, 180, 0, false },
	{ "apr1", "$apr1$", METHOD_APR1, cost_fixed, 400, 0, false },
	{ "nt", "$3$$", METHOD_CRYPT, cost_fixed, 2, 0, false },
	{ "plain", "{PLAIN}", METHOD_PLAIN, cost_fixed, 1, 0, false },
	{ "sha1", "{SHA}", METHOD_SHA, cost_fixed, 1, 0, false },
	{ "ssha1", "{SSHA}", METHOD_SHA, cost_fixed, 1, 0, false },
	{ "bsdi", "_", METHOD_CRYPT, cost_bsdi, 0, 250, false },
	{ "des", "", METHOD_CRYPT, cost_fixed, 6, 0, false },
};

static bool all_base64(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (base64_index(s.p[i]) < 0)
			return false;
	return s.n > 0;
}

static bool printable(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] <= ' ' || s.p[i] > '~')
			return false;
	return s.n > 0;
}

static bool is_mosquitto(struct span hash)
{
	return hash.n > MOSQUITTO_DIGITS && span_ends(hash, span_text("==")) &&
	       span_byte(hash, hash.n - MOSQUITTO_DIGITS - 1) == '$';
}

const struct scheme *scheme_of(struct span hash)
{
	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		const struct scheme *s = &schemes[i];

		if (!span_starts(hash, span_text(s->prefix)) || !printable(hash))
			continue;
		if (s->method == METHOD_MOSQUITTO && !is_mosquitto(hash))
			continue;
		if (strcmp(s->name, "des") == 0)
			return hash.n == 13 && all_base64(hash) ? s : NULL;
		if (strcmp(s->name, "bsdi") == 0)
			return hash.n == 20 && all_base64(span_from(hash, 1)) ? s : NULL;
		return hash.n >= strlen(s->prefix) + 4 && hash.n <= MOST_HASH ? s : NULL;
	}
	return NULL;
}

const char *password_scheme(struct span hash)
{
	const struct scheme *s = scheme_of(hash);

	return s ? s->name : NULL;
}

struct span salt_of(const struct scheme *s, struct span hash)
{
	struct span rest = span_from(hash, strlen(s->prefix)), field;

	if (strcmp(s->name, "des") == 0)
		return span_sub(hash, 0, 2);
	if (s->prefix[0] != '$')
		return (struct span){ 0 };
	field = field_next(&rest, '$');
	if (s->cost == cost_pbkdf2 ||
	    (s->method == METHOD_CRYPT && (span_starts(field, span_text("rounds=")) ||
					   s->cost == cost_yescrypt || s->cost == cost_sha1)))
		field = field_next(&rest, '$');
	if (s->cost == cost_bcrypt)
		field = span_sub(rest, 0, 22);
	return field;
}

void password_price(const struct scheme *s, uint64_t cost, uint64_t *most, uint64_t *each)
{
	uint64_t units = s->cost == cost_bcrypt ? 1ull << cost : cost;
	uint64_t least;

	*most = 0;
	units = units < 1ull << 40 ? units : 1ull << 40;
	*each = s->fixed + units * s->nanos / 1000;
	*each = *each ? *each : 1;
	if ((s->cost == cost_yescrypt || s->cost == cost_scrypt) && units > MOST_UNITS)
		return;
	least = MOST_SPENT / *each < LEAST_TRIED ? MOST_SPENT / *each : LEAST_TRIED;
	*most = (s->hard ? BUDGET_HARD : BUDGET) / *each;
	*most = *most < least ? least : *most;
}
