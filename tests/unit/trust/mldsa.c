/* trust/mldsa: ML-DSA-44 against Wycheproof; SHAKE against FIPS 202's examples. */
#include "trust/mldsa.h"

#include "base/base64.h"
#include "trust/keccak.h"
#include "unit/support.h"

#define VECTORS "tests/vectors/wycheproof/mldsa44.txt"
#define CASES   39

struct mldsa_case {
	uint8_t key[MLDSA44_KEY], message[16384], signature[MLDSA44_SIGNATURE + 64];
	size_t message_size, signature_size;
	bool holds;
	const char *number;
};

static size_t read_base64(const char *text, uint8_t *to, size_t room)
{
	size_t n = 0;

	if (strcmp(text, "-") != 0)
		assert_true(base64_read_into(span_text(text), false, to, room, &n));
	return n;
}

/* Every case; the number of them. */
static unsigned each(void (*test)(struct mldsa_case *c))
{
	static struct mldsa_case c;
	static char line[65536];
	FILE *f = fopen(VECTORS, "r");
	unsigned n = 0;

	assert_non_null(f);
	while (fgets(line, sizeof(line), f)) {
		char *rest = line;
		const char *result;

		c.number = strsep(&rest, " \n");
		result = strsep(&rest, " \n");
		if (strcmp(c.number, "key") == 0) {
			assert_int_equal(read_base64(result, c.key, sizeof(c.key)), MLDSA44_KEY);
			continue;
		}
		c.holds = strcmp(result, "valid") == 0;
		c.message_size = read_base64(strsep(&rest, " \n"), c.message, sizeof(c.message));
		c.signature_size =
			read_base64(strsep(&rest, " \n"), c.signature, sizeof(c.signature));
		test(&c);
		n++;
	}
	fclose(f);
	return n;
}

static bool holds(const struct mldsa_case *c)
{
	return mldsa44_verifies(c->key, (struct span){ c->message, c->message_size },
				(struct span){ c->signature, c->signature_size });
}

static void agree(struct mldsa_case *c)
{
	if (holds(c) != c->holds)
		fail_msg("case %s", c->number);
}

static void agrees_with_wycheproof(void **state)
{
	(void)state;
	assert_int_equal(each(agree), CASES);
}

static void flip(uint8_t *bytes, size_t n, size_t step, const struct mldsa_case *c)
{
	for (size_t bit = 0; bit < 8 * n; bit += step) {
		bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
		if (holds(c))
			fail_msg("case %s, bit %zu", c->number, bit);
		bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
}

static unsigned flipped;

/* Of the first case all bits of the signature's ends, and some of the rest. */
static void flip_some(struct mldsa_case *c)
{
	if (!c->holds || flipped++)
		return;
	flip(c->signature, 32, 1, c);
	flip(c->signature + MLDSA44_SIGNATURE - 84, 84, 1, c);
	flip(c->signature, c->signature_size, 37, c);
	flip(c->message, c->message_size, 1, c);
	flip(c->key, sizeof(c->key), 37, c);
	c->signature_size--;
	assert_false(holds(c));
	c->signature_size += 2;
	assert_false(holds(c));
	c->signature_size--;
}

static void refuses_flipped_bits(void **state)
{
	(void)state;
	each(flip_some);
	assert_true(flipped > 1);
}

static void shakes(uint32_t rate, const char *message, size_t skip, const char *wanted)
{
	struct shake s;
	uint8_t out[32];

	shake_start(&s, rate);
	shake_take(&s, span_text(message));
	shake_end(&s);
	for (size_t i = 0; i < skip; i++)
		shake_give(&s, out, 1);
	shake_give(&s, out, sizeof(out));
	for (size_t i = 0; i < sizeof(out); i++) {
		char hex[3];

		snprintf(hex, sizeof(hex), "%02x", out[i]);
		assert_memory_equal(hex, wanted + 2 * i, 2);
	}
}

/* By Python's hashlib, that is OpenSSL; also of a message of one block and more. */
static void shake_is_that_of_others(void **state)
{
	static char a[169], b[137];

	(void)state;
	memset(a, 'a', 168);
	memset(b, 'b', 136);
	shakes(SHAKE128_RATE, "", 0,
	       "7f9c2ba4e88f827d616045507605853ed73b8093f6efbc88eb1a6eacfa66ef26");
	shakes(SHAKE128_RATE, "", 400,
	       "8dcff273cdfeb573fad8bcd45578bec2e770d01efde86e721a3f7c6cce275dab");
	shakes(SHAKE128_RATE, a, 0,
	       "c22e11586c22b713bde373fce93314d76829de2c21d940a28eb659b8dec953a2");
	shakes(SHAKE128_RATE, a, 400,
	       "abc821d6ea03d95123167be94d91bd2790e659b5822a8a35414a45f0b7fc90bf");
	shakes(SHAKE256_RATE, "abc", 0,
	       "483366601360a8771c6863080cc4114d8db44530f8f1e1ee4f94ea37e78b5739");
	shakes(SHAKE256_RATE, "abc", 400,
	       "0fd31f667564c6debc7d20d99e109f22abcbb8c86c0c1146333903422252a5d3");
	shakes(SHAKE256_RATE, b, 0,
	       "58067f37e65a9d098f44f4faa5af1b320fa08b0cbb723cece47799d189afa33c");
	shakes(SHAKE256_RATE, b, 400,
	       "247564f1ac44013f8cc41c2c293b10d37b2041f9b524464ef64173bd50b2863a");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(agrees_with_wycheproof),
		cmocka_unit_test(refuses_flipped_bits),
		cmocka_unit_test(shake_is_that_of_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
