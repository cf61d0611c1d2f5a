/* key_weak.c - what the modulus of an RSA key gives away. Every test here is published, needs the
 * public half alone, and proves what it says:
 *   roca           Nemec et al., "The Return of Coppersmith's Attack", CCS 2017: the modulus is a
 *                  power of 65537 modulo each small prime (by chance one in 2^27)
 *   close primes   Fermat's method finds both in a few steps (Boeck, 2022; CVE-2022-26320)
 *   small factor   a prime below 2^16 divides the modulus
 *   shared prime   two different keys of the image have one in common (Heninger et al., 2012):
 *                  by Bernstein's product of all moduli, reduced modulo the square of each
 *   exponent       1, or even */
#include <openssl/bn.h>
#include <stdlib.h>

#include "observe/key.h"

#define LEAST_BITS   256        /* a shorter modulus is weak by its length */
#define MOST_IN_ALL  (1u << 20) /* bits of all moduli: the work grows as the square */
#define MOST_FOREIGN 32 /* keys that only certificates hold: more are a store of authorities */
#define FERMAT_STEPS 100
#define SMALL_PRIME  65536

enum weakness { WEAK_EXPONENT, WEAK_SMALL_FACTOR, WEAK_ROCA, WEAK_CLOSE, WEAK_SHARED, WEAKNESSES };

static const char *const weakness_names[WEAKNESSES] = {
	"exponent", "small factor", "roca", "close primes", "shared prime",
};

/* One key or certificate of the image. */
struct holder {
	const struct rsa_public *rsa;
	struct spans *weaknesses;
	bool is_key; /* not only a certificate's */
};

struct testing {
	struct tree *tree;
	BIGNUM *small;       /* the product of all small primes */
	BIGNUM *product;     /* of the moduli that are compared */
	struct holder *list; /* by modulus */
};

static bool is_power_of_65537(BN_ULONG residue, unsigned prime)
{
	unsigned power = 1;

	do {
		if (power == residue)
			return true;
		power = (unsigned)((uint64_t)power * 65537 % prime);
	} while (power != 1);
	return false;
}

static bool is_roca(const BIGNUM *n)
{
	static const uint8_t primes[] = {
		3,   5,   7,   11,  13,  17,  19,  23,  29,  31,  37,  41,  43,
		47,  53,  59,  61,  67,  71,  73,  79,  83,  89,  97,  101, 103,
		107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167,
	};

	for (size_t i = 0; i < sizeof(primes); i++)
		if (!is_power_of_65537(BN_mod_word(n, primes[i]), primes[i]))
			return false;
	return true;
}

/* The largest number whose square is not above n, by Newton's method from above. */
static bool square_root(BIGNUM *root, const BIGNUM *n, BN_CTX *ctx)
{
	BIGNUM *next = BN_CTX_get(ctx);

	BN_zero(root);
	if (!next || !BN_set_bit(root, (BN_num_bits(n) + 1) / 2))
		return false;
	while (BN_div(next, NULL, n, root, ctx) && BN_add(next, next, root) &&
	       BN_rshift1(next, next)) {
		if (BN_cmp(next, root) >= 0)
			return true;
		if (!BN_copy(root, next))
			return false;
	}
	return false;
}

static bool may_be_square(BN_ULONG residue)
{
	static const unsigned moduli[] = { 64, 63, 65, 11 };

	for (size_t i = 0; i < 4; i++) {
		unsigned want = (unsigned)(residue % moduli[i]), k = 0;

		while (k < moduli[i] && k * k % moduli[i] != want)
			k++;
		if (k == moduli[i])
			return false;
	}
	return true;
}

static bool is_square(const BIGNUM *n, BN_CTX *ctx)
{
	BIGNUM *root;
	bool fits;

	if (!may_be_square(BN_mod_word(n, 64 * 63 * 65 * 11)))
		return false;
	BN_CTX_start(ctx);
	root = BN_CTX_get(ctx);
	fits = root && square_root(root, n, ctx) && BN_sqr(root, root, ctx) && BN_cmp(root, n) == 0;
	BN_CTX_end(ctx);
	return fits;
}

/* n = a * a - b * b for an a just above its root. */
static bool has_close_primes(const BIGNUM *n, BN_CTX *ctx)
{
	BIGNUM *a, *rest;
	bool found, goes_on;

	BN_CTX_start(ctx);
	a = BN_CTX_get(ctx);
	rest = BN_CTX_get(ctx);
	found = rest && is_square(n, ctx);
	goes_on = rest && !found && square_root(a, n, ctx) && BN_add_word(a, 1) &&
		  BN_sqr(rest, a, ctx) && BN_sub(rest, rest, n);
	for (int i = 0; goes_on && !found && i < FERMAT_STEPS; i++) {
		found = is_square(rest, ctx);
		/* (a + 1)^2 = a^2 + 2a + 1 */
		goes_on = BN_add(rest, rest, a) && BN_add_word(a, 1) && BN_add(rest, rest, a);
	}
	BN_CTX_end(ctx);
	return found;
}

/* Euclid's own: OpenSSL's BN_gcd takes the same long time for all numbers, to keep secrets. */
static bool have_common_factor(const BIGNUM *n, const BIGNUM *m, BN_CTX *ctx)
{
	BIGNUM *a, *b;
	bool holds;

	BN_CTX_start(ctx);
	a = BN_CTX_get(ctx);
	b = BN_CTX_get(ctx);
	holds = b && BN_copy(a, n) && BN_mod(b, m, n, ctx);
	while (holds && !BN_is_zero(b)) {
		BIGNUM *swap = a;

		holds = BN_mod(a, a, b, ctx);
		a = b;
		b = swap;
	}
	holds = holds && !BN_is_one(a);
	BN_CTX_end(ctx);
	return holds;
}

/* The product without n, modulo n: the product modulo n squared, over n. */
static bool reduce_others(const struct testing *t, const BIGNUM *n, BIGNUM *others, BN_CTX *ctx)
{
	return BN_sqr(others, n, ctx) && BN_mod(others, t->product, others, ctx) &&
	       BN_div(others, NULL, others, n, ctx);
}

/* Nearly every key has neither: Euclid runs once for both. */
static void find_factors(const struct testing *t, const BIGNUM *n, BN_CTX *ctx,
			 bool has[WEAKNESSES])
{
	BIGNUM *others, *small, *both;

	BN_CTX_start(ctx);
	others = BN_CTX_get(ctx);
	small = BN_CTX_get(ctx);
	both = BN_CTX_get(ctx);
	if (both && reduce_others(t, n, others, ctx) && BN_mod(small, t->small, n, ctx) &&
	    BN_mod_mul(both, small, others, n, ctx) && have_common_factor(n, both, ctx)) {
		has[WEAK_SMALL_FACTOR] = have_common_factor(n, small, ctx);
		has[WEAK_SHARED] = have_common_factor(n, others, ctx);
	}
	BN_CTX_end(ctx);
}

static bool multiply_small_primes(BIGNUM *product)
{
	static _Thread_local uint8_t composite[SMALL_PRIME];
	BN_ULONG word = 1;

	BN_one(product);
	memset(composite, 0, sizeof(composite));
	for (unsigned p = 2; p < SMALL_PRIME; p++) {
		if (composite[p])
			continue;
		for (unsigned k = p; k < SMALL_PRIME; k += p)
			composite[k] = 1;
		if (word > (BN_ULONG)-1 / p) {
			if (!BN_mul_word(product, word))
				return false;
			word = 1;
		}
		word *= p;
	}
	return BN_mul_word(product, word);
}

/* False for want of memory. */
static bool find_all(const struct testing *t, const struct rsa_public *rsa, bool has[WEAKNESSES])
{
	BIGNUM *n = BN_bin2bn(rsa->modulus.p, (int)rsa->modulus.n, NULL);
	BN_CTX *ctx = BN_CTX_new();
	bool ok = n && ctx;

	if (ok) {
		has[WEAK_EXPONENT] = rsa->weak_exponent;
		has[WEAK_ROCA] = is_roca(n);
		has[WEAK_CLOSE] = has_close_primes(n, ctx);
		find_factors(t, n, ctx, has);
	}
	BN_CTX_free(ctx);
	BN_free(n);
	return ok;
}

static int by_modulus(const void *a, const void *b)
{
	const struct rsa_public *x = ((const struct holder *)a)->rsa;
	const struct rsa_public *y = ((const struct holder *)b)->rsa;
	int order;

	if (x->modulus.n != y->modulus.n)
		return x->modulus.n < y->modulus.n ? -1 : 1;
	order = span_compare(x->modulus, y->modulus);
	return order ? order : x->weak_exponent - y->weak_exponent;
}

/* What another file holds too is tested once: its first holder's is copied. */
static bool is_copy(const struct holder *list, size_t i)
{
	return i > 0 && by_modulus(&list[i - 1], &list[i]) == 0;
}

static void test(void *ctx, unsigned worker, size_t i)
{
	const struct testing *t = ctx;
	const struct holder *h = &t->list[i];
	struct span *names;
	bool has[WEAKNESSES] = { false };
	struct spans found;

	if (is_copy(t->list, i))
		return;
	names = arena_take(&t->tree->arenas[worker], WEAKNESSES, sizeof(*names));
	found = (struct spans){ names, 0 };
	if (!names || !find_all(t, h->rsa, has))
		machine_ran_out();
	for (int k = 0; names && k < WEAKNESSES; k++)
		if (has[k])
			names[found.n++] = span_text(weakness_names[k]);
	*h->weaknesses = found;
}

static bool is_tested(const struct rsa_public *rsa)
{
	return rsa->modulus.n >= LEAST_BITS / 8;
}

/* Both halves of a key, and all its copies, are one. */
static bool is_repeated(const struct holder *list, size_t i)
{
	return i > 0 && span_equal(list[i - 1].rsa->modulus, list[i].rsa->modulus);
}

/* All keys of the tree that are tested; how many. */
static size_t collect(struct tree *t, struct holder *list)
{
	size_t n = 0;

	for (uint32_t i = 0; i < t->count; i++)
		for (struct fact *f = t->nodes[i]->facts; f; f = f->next) {
			struct key_fact *k = (void *)f;
			struct certificate_fact *x = (void *)f;
			struct holder h =
				f->kind == FACT_KEY
					? (struct holder){ &k->rsa, &k->weaknesses, true }
					: (struct holder){ &x->rsa, &x->weaknesses, false };

			if ((f->kind != FACT_KEY && f->kind != FACT_CERTIFICATE) ||
			    !is_tested(h.rsa))
				continue;
			if (list)
				list[n] = h;
			n++;
		}
	return n;
}

/* A store of a hundred authorities says nothing of this equipment, and would cost more than all
 * else. So where many keys stand in certificates alone, they are left out; how many remain. */
static size_t leave_out_stores(struct holder *list, size_t count)
{
	size_t foreign = 0, kept = 0;

	for (int pass = 0; pass < 2; pass++) {
		for (size_t i = 0, end; i < count; i = end) {
			bool is_key = false;

			for (end = i; end == i || (end < count && is_repeated(list, end)); end++)
				is_key |= list[end].is_key;
			if (pass == 0)
				foreign += !is_key;
			else if (is_key || foreign <= MOST_FOREIGN)
				while (i < end)
					list[kept++] = list[i++];
		}
	}
	return kept;
}

/* How many of the list were multiplied; all of a size that fits the bound. */
static size_t multiply_moduli(const struct testing *t, size_t count)
{
	BIGNUM *n = BN_new();
	BN_CTX *ctx = BN_CTX_new();
	size_t i = 0;

	for (uint64_t bits = 0; n && ctx && i < count; i++) {
		struct span m = t->list[i].rsa->modulus;

		if (is_repeated(t->list, i))
			continue;
		bits += m.n * 8;
		if (bits > MOST_IN_ALL || !BN_bin2bn(m.p, (int)m.n, n) ||
		    !BN_mul(t->product, t->product, n, ctx))
			break;
	}
	BN_CTX_free(ctx);
	BN_free(n);
	return i;
}

/* Keys beyond the bound stay untested. */
static void test_all(struct testing *t, struct pool *pool, size_t count)
{
	size_t compared = multiply_moduli(t, count);

	pool_each(pool, 0, compared, 1, test, t);
	for (size_t i = 1; i < compared; i++)
		if (is_copy(t->list, i))
			*t->list[i].weaknesses = *t->list[i - 1].weaknesses;
}

void relate_keys(struct pool *pool, struct tree *tree)
{
	size_t count = collect(tree, NULL);
	struct testing t = { tree, BN_new(), BN_new(), NULL };

	if (count && t.small && t.product && BN_one(t.product) && multiply_small_primes(t.small))
		t.list = malloc(count * sizeof(*t.list));
	if (t.list) {
		collect(tree, t.list);
		qsort(t.list, count, sizeof(*t.list), by_modulus);
		test_all(&t, pool, leave_out_stores(t.list, count));
	} else if (count) {
		machine_ran_out();
	}
	free(t.list);
	BN_free(t.small);
	BN_free(t.product);
}
