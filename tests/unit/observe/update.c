/* update.c - what writes flash, what is checked before, where updates come from. */
#include "unit/observe/scenery.h"

static const struct update_fact *find(const struct scenery *s, const char *kind, const char *what)
{
	for (uint32_t i = 0; i < s->facts.count[FACT_UPDATE]; i++) {
		const struct update_fact *u = (const void *)s->facts.of[FACT_UPDATE][i];

		if (strcmp(u->update_kind, kind) == 0 && span_is(u->what, what))
			return u;
	}
	return NULL;
}

struct line_case {
	const char *path, *line;
	const char *kind, *what; /* NULL: says nothing */
};

static const struct line_case lines[] = {
	{ "/sbin/sysupgrade", "get_image \"$1\" | mtd write - firmware", "updater",
	  "writes flash" },
	{ "/sbin/sysupgrade", "\tmtd -r $append write - \"$part\"", "updater", "writes flash" },
	{ "/etc/init.d/cal", "mtd write /tmp/cal factory", "updater", "writes a partition" },
	{ "/usr/bin/fwu.sh", "tar -xf $2 $img -O > $kernel_mtd", "updater", "writes flash" },
	{ "/usr/bin/fwu.sh", "dd if=$1 of=/dev/mtdblock4", "updater", "writes flash" },
	{ "/usr/bin/fwu.sh", "if ! flashcp $1 /dev/mtd4; then", "updater", "writes flash" },
	{ "/usr/bin/fwu.sh", "swupdate -i $1", "updater", "hands over" },
	{ "/usr/bin/fwu.sh", "dd if=/dev/mtd0 of=/tmp/backup", NULL, NULL },
	{ "/usr/bin/fwu.sh", "echo \"now mtd write - firmware\"", NULL, NULL },
	{ "/usr/bin/fwu.sh", "# mtd write - firmware", NULL, NULL },
	{ "/usr/bin/fwu.sh", "install_bin /usr/sbin/ubiupdatevol", NULL, NULL },
	{ "/usr/bin/fwu.sh", "[ -x /usr/sbin/nandwrite ] && B=/usr/sbin/nandwrite", NULL, NULL },
	{ "/usr/bin/fwu.sh", "SUM=\"/bin/md5sum\"", NULL, NULL },
	{ "/usr/bin/fwu.sh", "a=$(md5sum \"$1\")", "verifier", "compares a checksum" },
	{ "/usr/bin/tool.sh", "a=$(md5sum \"$1\")", NULL, NULL },
	{ "/sbin/sysupgrade", "usign -V -P /etc/keys -m $1 || exit 1", "verifier",
	  "checks a signature" },
	{ "/usr/bin/fwu.sh", "if openssl dgst -sha256 -verify /etc/k.pem -signature s $1; then",
	  "verifier", "checks a signature" },
	{ "/usr/sbin/opkg-key", ") | usign -V -P /etc/opkg/keys -q -m -", "verifier",
	  "checks a signature elsewhere" },
	{ "/lib/upgrade/platform.sh", "REQUIRE_IMAGE_SIGNATURE=1", "verifier",
	  "signature required" },
	{ "/lib/upgrade/fwtool.sh", "[ \"$REQUIRE_IMAGE_SIGNATURE\" = 1 ] && return 1", "verifier",
	  "signature may be required" },
	{ "/etc/rc.button/reset", "jffs2reset -y && reboot &", "reset", "erases" },
	{ "/etc/rc.button/reset", "start-stop-daemon -S -x /sbin/jffs2reset", "reset", "erases" },
	{ "/bin/factory_reset", "rm -f /etc/config/lastgood.xml", "reset", "erases" },
	{ "/bin/other", "rm -f /etc/config/lastgood.xml", NULL, NULL },
	{ "/bin/other", "wget --no-check-certificate https://192.0.2.1/x", "url",
	  "certificate not checked" },
	{ "/bin/other", "curl -sk https://192.0.2.1/x", "url", "certificate not checked" },
	{ "/bin/other", "curl -s https://192.0.2.1/x", NULL, NULL },
	{ "/bin/other", "scp sftp://192.0.2.1/update.bin", NULL, NULL },
	{ "/bin/other", "URL=http://fw.example.org/firmware/list.txt", "url", "update URL" },
	{ "/bin/other", "URL=http://dyn.example.org/nic/update?hostname=x", NULL, NULL },
	{ "/usr/bin/fwu.sh", "[ $new -lt $min_version ] && echo no downgrade of the firmware",
	  "rollback", "line of a script" },
};

static void reads_each_line_of_a_script(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		const struct line_case *c = &lines[i];
		const struct update_fact *u;
		struct scenery s;
		char text[256];

		snprintf(text, sizeof(text), "#!/bin/sh\n%s\n", c->line);
		scenery_init(&s);
		scenery_add(&s, c->path, span_text(text));
		scenery_finish(&s);
		if (s.facts.count[FACT_UPDATE] != (c->kind ? 1 : 0))
			fail_msg("%s: %u facts", c->line, s.facts.count[FACT_UPDATE]);
		u = c->kind ? find(&s, c->kind, c->what) : NULL;
		if (c->kind && (!u || u->f.line != 2))
			fail_msg("%s: not %s", c->line, c->what);
		if (u && strcmp(c->what, "update URL") == 0)
			assert_true(span_starts(u->value, span_text("http://")));
		scenery_free(&s);
	}
}

static void reads_lists_of_feeds(void **state)
{
	static const struct {
		const char *path, *text, *what, *value;
		uint32_t line;
	} cases[] = {
		{ "/etc/opkg.conf", "dest root /\nsrc/gz base http://192.0.2.1/b\n", "opkg",
		  "http://192.0.2.1/b", 2 },
		{ "/etc/opkg.conf", "option check_signature\n", "signature check", "on", 1 },
		{ "/etc/opkg.conf", "option check_signature 0\n", "signature check", "off", 1 },
		{ "/etc/apt/sources.list", "# deb http://no\ndeb http://192.0.2.1/d x main\n",
		  "apt", "http://192.0.2.1/d", 2 },
		{ "/etc/apt/sources.list", "deb [arch=arm trusted=yes] http://a/d x\n",
		  "signature check", "off", 1 },
		{ "/etc/apt/sources.list.d/a.sources", "Types: deb\nURIs: https://a/d\n", "apt",
		  "https://a/d", 2 },
		{ "/etc/apk/repositories", "https://a/v3/main\n", "apk", "https://a/v3/main", 1 },
		{ "/etc/yum.repos.d/a.repo", "[a]\nbaseurl = http://a/\ngpgcheck=0\n", "yum",
		  "http://a/", 2 },
		{ "/etc/yum.repos.d/a.repo", "[a]\nbaseurl = http://a/\ngpgcheck=0\n",
		  "signature check", "off", 3 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct update_fact *u;
		struct scenery s;

		scenery_init(&s);
		scenery_add(&s, cases[i].path, span_text(cases[i].text));
		scenery_finish(&s);
		u = find(&s, "feed", cases[i].what);
		assert_non_null(u);
		assert_true(span_is(u->value, cases[i].value));
		assert_int_equal(u->f.line, cases[i].line);
		scenery_free(&s);
	}
}

/* Bytes that count up, in the form that usign writes; digest by
 * printf 302a300506032b6570032100KEY | xxd -r -p | sha256sum. */
#define USIGN                                                                                      \
	"untrusted comment: public key\n"                                                          \
	"RWQAAQIDBAUGBwABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f\n"
#define USIGN_SPKI "9408457aefd071cec127c1f98539930861ad1ba94c940db975c972c09fc68b68"

static void reads_settings_of_update_clients(void **state)
{
	const struct update_fact *u;
	struct scenery s;

	(void)state;
	scenery_init(&s);
	scenery_add(&s, "/etc/rauc/system.conf", span_text("[system]\n[keyring]\npath=a.pem\n"));
	scenery_add(&s, "/etc/mender/mender.conf",
		    span_text("{\n  \"ServerURL\": \"https://192.0.2.1\",\n"
			      "  \"SkipVerify\": true\n}\n"));
	scenery_finish(&s);
	assert_int_equal(s.facts.count[FACT_UPDATE], 3);
	u = find(&s, "url", "update URL");
	assert_non_null(u);
	assert_true(span_is(u->value, "https://192.0.2.1"));
	assert_int_equal(u->f.line, 2);
	assert_non_null(find(&s, "url", "certificate not checked"));
	assert_int_equal(find(&s, "verifier", "checks a signature")->f.line, 2);
	scenery_free(&s);
}

static void reads_a_key_of_usign(void **state)
{
	const struct update_fact *u;
	struct scenery s;

	(void)state;
	scenery_init(&s);
	scenery_add(&s, "/etc/opkg/keys/0001020304050607", span_text(USIGN));
	scenery_add(&s, "/etc/opkg/keys/broken", span_text("untrusted comment: x\nRWQAAQID\n"));
	scenery_finish(&s);
	assert_int_equal(s.facts.count[FACT_UPDATE], 1);
	u = find(&s, "verifier", "public key");
	assert_non_null(u);
	assert_string_equal(u->algorithm, "ed25519");
	assert_int_equal(u->verified, TRI_NULL);
	if (!span_is(u->spki_sha256, USIGN_SPKI))
		fail_msg("%.*s", (int)u->spki_sha256.n, u->spki_sha256.p);
	scenery_free(&s);
}

static void a_key_s_place_says_what_it_is_for(void **state)
{
	/* openssl genpkey -algorithm ed25519 | openssl pkey -pubout */
	static const char pem[] = "-----BEGIN PUBLIC KEY-----\n"
				  "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n"
				  "-----END PUBLIC KEY-----\n";
	struct scenery s;

	(void)state;
	scenery_init(&s);
	scenery_add(&s, "/etc/acme/q-update.pub", span_text(pem));
	scenery_add(&s, "/etc/acme/other.pem", span_text(pem));
	scenery_finish(&s);
	assert_int_equal(s.facts.count[FACT_KEY], 2);
	assert_int_equal(s.facts.count[FACT_UPDATE], 1);
	assert_non_null(find(&s, "verifier", "public key"));
	assert_int_equal(find(&s, "verifier", "public key")->spki_sha256.n, 64);
	scenery_free(&s);
}

/* As tests/tools/make_update.sh, openssl and sha256sum gave it. */
#define DTB_SPKI "08e5f8adebacf80702add74e1dcfe82c267a7ec960e59768072fdc0b37fa3e1b"

static void reads_required_keys_of_a_device_tree(void **state)
{
	struct span tree = sample_read("update/keys.dtb");
	const struct update_fact *u;
	struct scenery s;

	(void)state;
	scenery_init(&s);
	scenery_add(&s, "/boot/u-boot.dtb", tree);
	scenery_finish(&s);
	sample_free(tree);
	assert_int_equal(s.facts.count[FACT_UPDATE], 2);
	u = find(&s, "verified-boot", "required key in a device tree");
	assert_non_null(u);
	assert_true(span_is(u->value, "key-dev"));
	assert_true(span_is(u->key, "sha256,rsa2048"));
	assert_int_equal(u->bits, 2048);
	if (!span_is(u->spki_sha256, DTB_SPKI))
		fail_msg("%.*s", (int)u->spki_sha256.n, u->spki_sha256.p);
	assert_non_null(find(&s, "verified-boot", "key in a device tree"));
	scenery_free(&s);
}

static void texts_of_programs_tell_of_the_boot_chain(void **state)
{
	static const char data[] = "\177ELF\2\1\1\0x\0Failed to verify required signature '%s'\0"
				   "min_version\0Can't downgrade to firmware %s\0"
				   "ftp://updates.example.org/%s/list.txt\0"
				   "Use --no-check-certificate\0";
	struct scenery s;

	(void)state;
	scenery_init(&s);
	scenery_add(&s, "/bin/x", (struct span){ (const uint8_t *)data, sizeof(data) });
	scenery_finish(&s);
	assert_int_equal(s.facts.count[FACT_UPDATE], 3);
	assert_non_null(find(&s, "verified-boot", "boot loader checks signatures of FIT"));
	assert_non_null(find(&s, "rollback", "text of a program"));
	assert_true(span_is(find(&s, "url", "update URL")->value,
			    "ftp://updates.example.org/%s/list.txt"));
	scenery_free(&s);
}

static void formats_of_verified_boot_are_facts(void **state)
{
	static const struct format vbmeta = { .name = "vbmeta", .says = "Android verified boot" };
	const struct update_fact *u;
	struct scenery s;

	(void)state;
	scenery_init(&s);
	s.root.format = &vbmeta;
	s.root.label = "unsigned, not verified";
	scenery_finish(&s);
	assert_int_equal(s.facts.count[FACT_UPDATE], 1);
	u = find(&s, "verified-boot", "Android verified boot");
	assert_non_null(u);
	assert_true(span_is(u->value, "unsigned, not verified"));
	scenery_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_each_line_of_a_script),
		cmocka_unit_test(reads_lists_of_feeds),
		cmocka_unit_test(reads_settings_of_update_clients),
		cmocka_unit_test(reads_a_key_of_usign),
		cmocka_unit_test(a_key_s_place_says_what_it_is_for),
		cmocka_unit_test(reads_required_keys_of_a_device_tree),
		cmocka_unit_test(texts_of_programs_tell_of_the_boot_chain),
		cmocka_unit_test(formats_of_verified_boot_are_facts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
