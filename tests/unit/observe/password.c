/* password.c - which hashes open, and what a hash may cost. The hashes are crypt(3) of libxcrypt,
 * openssl passwd (apr1, and the same for md5crypt and sha512crypt) and Python's hashlib ({SHA}). */
#include <crypt.h>

#include "unit/observe/scenery.h"

#define XYZZY                                                                                      \
	"$6$saltsaltsalt$lgv7M.MWUCxxvFOFXIV1PDYLqkoLVNNC4O8HkG9JFRb7LM71abFQB6W6AnorKErtAeQsgyc1" \
	"tdY9GeaCVXfUd0" /* xyzzyfoo: on no list */

static struct scenery scene;

static const struct hash_fact *test_file(const char *path, const char *text)
{
	scenery_init(&scene);
	scenery_add(&scene, path, span_text(text));
	scenery_finish(&scene);
	return scene.facts.count[FACT_HASH] ? (const struct hash_fact *)scene.facts.of[FACT_HASH][0]
					    : NULL;
}

static const struct hash_fact *test_hash(const char *user, const char *hash)
{
	char line[512];

	snprintf(line, sizeof(line), "%s:%s:1:0:::::\n", user, hash);
	return test_file("/etc/shadow", line);
}

static void opens_published_passwords_in_every_scheme(void **state)
{
	static const struct {
		const char *scheme, *hash, *password, *salt;
		uint64_t cost;
	} known[] = {
		{ "des", "ab1iBa.N.U2C6", "12345678", "ab", 0 },
		{ "bsdi", "_J9..rasmVg5xP995t1o", "admin", "", 725 },
		{ "md5crypt", "$1$saltsalt$Y3BMhxQHmg7scgLILa56u1", "admin", "saltsalt", 0 },
		{ "apr1", "$apr1$saltsalt$9c0WR0Se3z5lfIgYnltHf1", "admin", "saltsalt", 0 },
		{ "sha256crypt",
		  "$5$rounds=1000$saltsalt$VP/rDNHDC7pBTIsmqB83jx7mjfsCnhVr87gzmMEloJ1", "changeme",
		  "saltsalt", 1000 },
		{ "sha512crypt",
		  "$6$saltsaltsalt$B0bCGEymqx6CThUBZbLz6DTZzynXTGBDg08kLMMUyKYonqX17jA05N0tU3/"
		  "Qyffi8A3W0HjXno9kByaMBhdNY/",
		  "root", "saltsaltsalt", 5000 },
		{ "bcrypt", "$2b$05$abcdefghijklmnopqrstuuWG29KuyeAicPCJODk1zjyGvyQUU2awu",
		  "password", "abcdefghijklmnopqrstuu", 5 },
		{ "yescrypt",
		  "$y$j9T$F5Jx5fExrKuPp53xLKQ..1$U9UxR4nlxJR6RYds8q2nfUO3NjkfW12EtgsQ0/AQWP4",
		  "admin", "F5Jx5fExrKuPp53xLKQ..1", 131072 },
		{ "gost-yescrypt",
		  "$gy$j9T$F5Jx5fExrKuPp53xLKQ..1$7UqLxvFAJyDqVdaiIsEePZYRQ0olBf300VaUmMLEFdB",
		  "admin", "F5Jx5fExrKuPp53xLKQ..1", 131072 },
		{ "scrypt",
		  "$7$BU..../....abcdefghijkl$ZYT0oVxX0y9QJp.lMVYtHWeWiWH5QmxdQeIE1S/uBsC", "admin",
		  "BU..../....abcdefghijkl", 262144 },
		{ "sha1crypt", "$sha1$1000$saltsalt$DJBSH7b9vCgqt2VqqN1Jvs2WsNJO", "admin",
		  "saltsalt", 1000 },
		{ "nt", "$3$$209c6174da490caeb422f3fa5a7ae634", "admin", NULL, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		const struct hash_fact *h = test_hash("someone", known[i].hash);

		if (!h || strcmp(h->scheme, known[i].scheme) != 0 || !h->has_password ||
		    !span_is(h->password, known[i].password) || h->cost != known[i].cost ||
		    (known[i].salt && !span_is(h->salt, known[i].salt)))
			fail_msg("%s: %s, cost %llu", known[i].scheme, h ? h->scheme : "no hash",
				 h ? (unsigned long long)h->cost : 0);
		assert_null(h->untried);
		scenery_free(&scene);
	}
}

static void opens_what_web_servers_write(void **state)
{
	static const char *const lines[] = {
		"a:$apr1$saltsalt$9c0WR0Se3z5lfIgYnltHf1\n",
		"a:{SHA}0DPiKuNIrrVmD8IUCuw1hQxNqZc=\n",
		"a:{SSHA}m8eqVfCP2tk1w/g2LT9IvPcOsoBzYWx0\n",
		"a:{PLAIN}admin\n",
		/* mosquitto_passwd 2.0.11 */
		"a:$7$101$qqn0/lTvzUf5HXD9$JKnvmBthre8WTGNFW2LTCPp4r0d/"
		"CdHa32DFtlREtcDPmzi6K9kitXO/7SQHNxzCNi6tovUj+YOKcJNf2kjskQ==\n",
		"a:$6$plLWxipMHJli99Kq$t4gE00kOPLtDRmn2FdKCVFW38ryMSTBN3fLP4jX8oz22edokD2osh3Yjr/"
		"PetfTsgZg16z/7L29azVH6pCgeNA==\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		const struct hash_fact *h = test_file("/www/users", lines[i]);

		if (!h || !h->has_password || !span_is(h->password, "admin"))
			fail_msg("%s", lines[i]);
		scenery_free(&scene);
	}
}

/* openssl passwd -1 -salt saltsalt router7, and router71 */
static void tries_the_accounts_own_name_first(void **state)
{
	const struct hash_fact *h = test_hash("router7", "$1$saltsalt$KsJSl9N4x4m1ogcCthVkf/");

	(void)state;
	assert_non_null(h);
	assert_true(span_is(h->password, "router7"));
	assert_int_equal(h->passwords_tried, 1);
	scenery_free(&scene);
	h = test_hash("router7", "$1$saltsalt$kZBZO8QqajNXrqX8ClzAf/");
	assert_true(span_is(h->password, "router71"));
	assert_true(h->passwords_tried > 64);
	scenery_free(&scene);
}

static void tries_what_the_image_calls_itself(void **state)
{
	const struct hash_fact *h;

	(void)state;
	scenery_init(&scene);
	scenery_add(&scene, "/etc/shadow", span_text("root:" XYZZY ":1:0:::::\n"));
	scenery_add(&scene, "/etc/os-release", span_text("NAME=\"Xyzzyfoo Router OS\"\n"));
	scenery_finish(&scene);
	h = (const struct hash_fact *)scene.facts.of[FACT_HASH][0];
	assert_true(h->has_password);
	assert_true(span_is(h->password, "xyzzyfoo"));
	assert_true(h->passwords_tried < 80); /* right behind the most common ones */
	assert_null(h->untried);
	scenery_free(&scene);
}

static void says_what_was_not_tried(void **state)
{
	const struct hash_fact *h = test_hash("root", XYZZY);

	(void)state;
	assert_false(h->has_password);
	assert_string_equal(h->untried, "budget");
	assert_int_equal(h->passwords_tried, 113); /* half a second at 4.4 ms each */
	assert_true(h->passwords_known > 500);
	scenery_free(&scene);
}

static void a_hash_that_would_take_hours_is_not_tried(void **state)
{
	static const struct {
		const char *hash, *untried;
	} dear[] = {
		{ "$2b$31$abcdefghijklmnopqrstuuWG29KuyeAicPCJODk1zjyGvyQUU2awu", "budget" },
		{ "$6$rounds=999999999$saltsalt$xxxxxxxxxxxxxxxxxxxxxxxxxxx", "budget" },
		{ "$6$rounds=18446744073709551615$saltsalt$xxxxxxxxxxxxxxxxx", "budget" },
		{ "$6$rounds=18446744073709551616$saltsalt$xxxxxxxxxxxxxxxxx", "scheme" },
		{ "$sha1$4000000000$saltsalt$DJBSH7b9vCgqt2VqqN1Jvs2WsNJO", "budget" },
		{ "$y$jRT$F5Jx5fExrKuPp53xLKQ..1$U9UxR4nlxJR6RYds8q2n", "budget" },
		{ "$y$jzzz$F5Jx5fExrKuPp53xLKQ..1$U9UxR4nlxJR6RYds8q2n", "scheme" },
		{ "$7$Uzzzzz/....abcdefghijkl$ZYT0oVxX0y9QJp.lMVYtHWeWiWH", "scheme" },
		{ "$7$S6..../....abcdefghijkl$ZYT0oVxX0y9QJp.lMVYtHWeWiWH", "budget" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(dear) / sizeof(dear[0]); i++) {
		const struct hash_fact *h = test_hash("root", dear[i].hash);

		assert_non_null(h);
		if (h->passwords_tried || !h->untried || strcmp(h->untried, dear[i].untried) != 0)
			fail_msg("%s: %llu tried, %s", dear[i].hash,
				 (unsigned long long)h->passwords_tried, h->untried);
		scenery_free(&scene);
	}
}

/* The first hashes in tree order are tried, however many there are. "_" stands in no salt: the
 * library refuses these at once. */
static void all_hashes_share_one_budget(void **state)
{
	struct text t = { 0 };
	uint32_t tried = 0, n;

	(void)state;
	for (int i = 0; i < 400; i++)
		text_format(&t, "u%d:$2b$12$_%021dabcdefghijklmnopqrstuvwxyz01234:1:0:::::\n", i,
			    i);
	test_file("/etc/shadow", t.p);
	n = scene.facts.count[FACT_HASH];
	assert_int_equal(n, 400);
	for (uint32_t i = 0; i < n; i++) {
		const struct hash_fact *h = (const struct hash_fact *)scene.facts.of[FACT_HASH][i];

		if (h->passwords_tried) {
			assert_int_equal(tried, i);
			tried++;
		}
	}
	assert_true(tried > 4);
	assert_true(tried < 40);
	scenery_free(&scene);
	text_free(&t);
}

static const struct hash_fact *hash_of(const char *user)
{
	for (uint32_t i = 0; i < scene.facts.count[FACT_HASH]; i++) {
		const struct hash_fact *h = (const struct hash_fact *)scene.facts.of[FACT_HASH][i];

		if (span_is(h->account, user))
			return h;
	}
	return NULL;
}

/* The last word of the list is beyond what a bcrypt hash of cost 9 is worth. */
static void what_opens_a_quick_hash_is_tried_on_a_slow_one(void **state)
{
	static const char *const quick[] = { "", "quick", "quick" };
	const char *last = default_passwords[default_passwords_count - 1].password;
	char slow[128], line[512];

	(void)state;
	snprintf(slow, sizeof(slow), "%s", crypt(last, "$2b$09$abcdefghijklmnopqrstuu"));
	for (size_t i = 0; i < sizeof(quick) / sizeof(quick[0]); i++) {
		const char *word = i == 1 ? default_passwords[0].password : last;
		const struct hash_fact *h;

		snprintf(line, sizeof(line), "slow:%s:1:0:::::\n%s:%s:1:0:::::\n", slow, quick[i],
			 crypt(word, "$1$saltsalt$"));
		test_file("/etc/shadow", line);
		h = hash_of("slow");
		assert_non_null(h);
		assert_int_equal(h->has_password, i == 2);
		if (i == 2) {
			assert_true(span_is(h->password, last));
			assert_true(h->passwords_tried < 20);
		} else {
			assert_string_equal(h->untried, "budget");
		}
		scenery_free(&scene);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(opens_published_passwords_in_every_scheme),
		cmocka_unit_test(opens_what_web_servers_write),
		cmocka_unit_test(tries_the_accounts_own_name_first),
		cmocka_unit_test(tries_what_the_image_calls_itself),
		cmocka_unit_test(says_what_was_not_tried),
		cmocka_unit_test(a_hash_that_would_take_hours_is_not_tried),
		cmocka_unit_test(all_hashes_share_one_budget),
		cmocka_unit_test(what_opens_a_quick_hash_is_tried_on_a_slow_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
