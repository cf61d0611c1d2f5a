/* crypto.c - what configurations choose, and what other facts show. */
#include "unit/observe/scenery.h"

static const struct crypto_fact *crypto(const struct scenery *s, uint32_t i)
{
	assert_true(i < s->facts.count[FACT_CRYPTO]);
	return (const struct crypto_fact *)s->facts.of[FACT_CRYPTO][i];
}

/* name:detail of each, in order. */
static void file_shows(const char *path, const char *text, const char *wanted)
{
	struct scenery s;
	struct text all = { 0 };

	scenery_init(&s);
	scenery_add(&s, path, span_text(text));
	scenery_finish(&s);
	for (uint32_t i = 0; i < s.facts.count[FACT_CRYPTO]; i++) {
		const struct crypto_fact *c = crypto(&s, i);

		assert_true(
			span_equal(span_sub(span_text(text), c->f.offset, c->f.length), c->name));
		text_put(&all, c->name);
		text_char(&all, ':');
		text_put(&all, c->detail);
		text_format(&all, ":%u ", c->f.line);
	}
	if (!span_is(text_span(&all), wanted))
		fail_msg("%s shows %.*s", path, (int)all.n, all.p);
	text_free(&all);
	scenery_free(&s);
}

static void configurations_choose(void **state)
{
	(void)state;
	file_shows(
		"/etc/ssh/sshd_config",
		"# Ciphers none\nPort 22\nciphers aes256-ctr,+3des-cbc,-arcfour\n  MACs hmac-md5\n",
		"aes256-ctr:Ciphers:3 3des-cbc:Ciphers:3 hmac-md5:MACs:4 ");
	file_shows("/etc/nginx/nginx.conf",
		   "server {\n  ssl_protocols TLSv1 TLSv1.2;\n  ssl_ciphers HIGH:!aNULL;\n}\n",
		   "TLSv1:ssl_protocols:2 TLSv1.2:ssl_protocols:2 HIGH:ssl_ciphers:3 ");
	file_shows("/etc/lighttpd/lighttpd.conf", "ssl.cipher-list = \"RC4-SHA:AES128-SHA\"\n",
		   "RC4-SHA:ssl.cipher-list:1 AES128-SHA:ssl.cipher-list:1 ");
	file_shows("/etc/hostapd.conf", "wpa_key_mgmt=WPA-PSK\nwpa_pairwise=TKIP CCMP\n",
		   "WPA-PSK:wpa_key_mgmt:1 TKIP:wpa_pairwise:2 CCMP:wpa_pairwise:2 ");
	file_shows("/etc/ipsec.conf", "conn a\n\tike=aes128-sha1-modp1024!\n",
		   "aes128-sha1-modp1024!:ike:2 ");
}

static void other_files_and_keys_do_not(void **state)
{
	(void)state;
	file_shows("/etc/notes.txt", "Ciphers aes256-ctr\n", "");
	file_shows("/etc/ssh/sshd_config", "CiphersX aes256-ctr\nPermitRootLogin yes\n", "");
	file_shows("/etc/hostapd.conf", "ssid=wpa_pairwise TKIP\n", "");
	file_shows("/etc/ssh/sshd_config", "Ciphers\n", "");
}

static void hashes_show_their_scheme_once(void **state)
{
	static const char shadow[] = "root:$1$abcdefgh$G6aj0yEJ8yT2bIcH7.rwB/:1:0:99999:7:::\n"
				     "admin:$1$hgfedcba$G6aj0yEJ8yT2bIcH7.rwB/:1:0:99999:7:::\n";
	struct scenery s;

	(void)state;
	scenery_init(&s);
	scenery_add(&s, "/etc/passwd",
		    span_text("root:x:0:0::/:/bin/sh\nadmin:x:1:1::/:/bin/sh\n"));
	scenery_add(&s, "/etc/shadow", span_text(shadow));
	scenery_finish(&s);
	assert_int_equal(s.facts.count[FACT_CRYPTO], 1);
	assert_true(span_is(crypto(&s, 0)->name, "md5crypt"));
	assert_true(span_is(crypto(&s, 0)->detail, "password hash"));
	assert_string_equal(crypto(&s, 0)->crypto_kind, "algorithm");
	assert_int_equal(crypto(&s, 0)->f.line, 1);
	scenery_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(configurations_choose),
		cmocka_unit_test(other_files_and_keys_do_not),
		cmocka_unit_test(hashes_show_their_scheme_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
