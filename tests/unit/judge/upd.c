/* upd.c - checks of updates and of the boot chain, on facts made by hand: one row a case. */
#include "unit/judge/scene.h"

#include "know/know.h"

#define SPKI  "00000000000000000000000000000000000000000000000000000000000000aa"
#define KNOWN "known" /* stands for a digest of known-keys.tsv */

struct fact_row {
	const char *path, *kind, *what, *value;
	const char *spki;
	bool verified;
};

#define MOST_ROWS 3

struct upd_case {
	const char *check, *outcome;
	struct fact_row rows[MOST_ROWS];
	bool opaque; /* half of the image was not understood */
};

#define SIGNED                                                                                     \
	{                                                                                          \
		"/u", "signature", "", "", SPKI, true                                              \
	}
#define WRITES                                                                                     \
	{                                                                                          \
		"/sbin/up", "updater", "writes flash", "mtd write - f", NULL, false                \
	}
#define CHECKS                                                                                     \
	{                                                                                          \
		"/sbin/up", "verifier", "checks a signature", "usign -V", NULL, false              \
	}
#define SUMS                                                                                       \
	{                                                                                          \
		"/sbin/up", "verifier", "compares a checksum", "md5sum", NULL, false               \
	}
#define KEY(spki)                                                                                  \
	{                                                                                          \
		"/etc/k.pub", "verifier", "public key", "/etc/k.pub", spki, false                  \
	}
#define PRIVATE                                                                                    \
	{                                                                                          \
		"/etc/k.pem", "private key", "", "", SPKI, false                                   \
	}

static const struct upd_case cases[] = {
	{ "UPD-01", "pass", { SIGNED }, false },
	{ "UPD-01", "review", { { "/u", "signature", "", "", NULL, false } }, false },
	{ "UPD-01", "not-evaluable", { WRITES }, false },
	{ "UPD-02", "pass", { WRITES, CHECKS }, false },
	{ "UPD-02", "fail", { WRITES, SUMS }, false },
	{ "UPD-02",
	  "fail",
	  { CHECKS, WRITES, { "/sbin/up", "verifier", "signature required", "off", NULL, false } },
	  false },
	{ "UPD-02",
	  "review",
	  { { "/bin/x", "updater", "writes a partition", "mtd write - f", NULL, false } },
	  false },
	{ "UPD-02",
	  "review",
	  { { "/bin/x", "updater", "hands over", "swupdate -i f", NULL, false } },
	  false },
	{ "UPD-02",
	  "fail",
	  { WRITES,
	    CHECKS,
	    { "/sbin/up", "verifier", "signature may be required", "x", NULL, false } },
	  false },
	{ "UPD-02",
	  "pass",
	  { CHECKS,
	    { "/sbin/up", "verifier", "signature may be required", "x", NULL, false },
	    { "/lib/p", "verifier", "signature required", "on", NULL, false } },
	  false },
	{ "UPD-02", "not-evaluable", { { 0 } }, false },
	{ "UPD-03", "pass", { WRITES, CHECKS, SUMS }, false },
	{ "UPD-03", "fail", { WRITES, SUMS }, false },
	{ "UPD-03", "review", { SUMS }, false },
	{ "UPD-03", "review", { WRITES }, false },
	{ "UPD-03", "not-evaluable", { { 0 } }, false },
	{ "UPD-04",
	  "pass",
	  { { "/c", "url", "update URL", "https://a/fw.bin", NULL, false } },
	  false },
	{ "UPD-04",
	  "fail",
	  { { "/c", "url", "update URL", "http://a/fw.bin", NULL, false } },
	  false },
	{ "UPD-04",
	  "review",
	  { { "/c", "url", "update URL", "http://a/fw.bin", NULL, false }, SIGNED },
	  false },
	{ "UPD-04",
	  "review",
	  { { "/c", "url", "update URL", "http://a/firmware", NULL, false } },
	  false },
	{ "UPD-04",
	  "fail",
	  { { "/c", "url", "certificate not checked", "curl -k https://a/update", NULL, false } },
	  false },
	{ "UPD-04", "not-applicable", { { 0 } }, false },
	{ "UPD-04", "not-evaluable", { { 0 } }, true },
	{ "UPD-05",
	  "pass",
	  { { "/sbin/up", "rollback", "line of a script", "[ $new -lt $old ]", NULL, false } },
	  false },
	{ "UPD-05",
	  "review",
	  { { "/sbin/up", "rollback", "line of a script", "echo a downgrade is possible", NULL,
	      false } },
	  false },
	{ "UPD-05",
	  "review",
	  { { "/sbin/up", "rollback", "text of a program", "x", NULL, false } },
	  false },
	{ "UPD-05", "review", { WRITES }, false },
	{ "UPD-05", "not-evaluable", { { 0 } }, false },
	{ "UPD-06",
	  "fail",
	  { { "/vb", "verified-boot", "Android verified boot", "SHA256_RSA4096, not verified", NULL,
	      false } },
	  false },
	{ "UPD-06",
	  "pass",
	  { SIGNED,
	    { "/b.dtb", "verified-boot", "required key in a device tree", "key-a", SPKI, false } },
	  false },
	{ "UPD-06",
	  "review",
	  { { "/b.dtb", "verified-boot", "required key in a device tree", "key-a", SPKI, false } },
	  false },
	{ "UPD-06",
	  "review",
	  { { "/u-boot.bin", "updater", "hands over", "x", NULL, false } },
	  false },
	{ "UPD-06", "not-evaluable", { { 0 } }, false },
	{ "UPD-07",
	  "pass",
	  { { "/k", "verified-boot", "device mapper on the command line",
	      "root=/dev/dm-0 dm verity", NULL, false } },
	  false },
	{ "UPD-07", "review", { { "/bin/", "", "", "", NULL, false } }, false },
	{ "UPD-07", "not-applicable", { { 0 } }, false },
	{ "UPD-07", "not-evaluable", { { 0 } }, true },
	{ "UPD-08", "fail", { { "/o", "feed", "opkg", "http://a", NULL, false } }, false },
	{ "UPD-08",
	  "fail",
	  { { "/o", "feed", "apt", "http://a", NULL, false },
	    { "/o", "feed", "signature check", "off", NULL, false } },
	  false },
	{ "UPD-08", "review", { { "/o", "feed", "apt", "http://a", NULL, false } }, false },
	{ "UPD-08",
	  "pass",
	  { { "/o", "feed", "opkg", "https://a", NULL, false },
	    { "/o", "feed", "signature check", "on", NULL, false } },
	  false },
	{ "UPD-08", "not-applicable", { { 0 } }, false },
	{ "UPD-08", "not-evaluable", { { 0 } }, true },
	{ "UPD-09", "pass", { KEY(SPKI) }, false },
	{ "UPD-09", "fail", { KEY(KNOWN) }, false },
	{ "UPD-09", "not-evaluable", { { 0 } }, false },
	{ "UPD-10", "pass", { { "/r", "reset", "erases", "jffs2reset -y", NULL, false } }, false },
	{ "UPD-10",
	  "review",
	  { { "/r", "reset", "erases", "rm /etc/config/a", NULL, false } },
	  false },
	{ "UPD-10", "not-evaluable", { { 0 } }, false },
	{ "KEY-04", "fail", { KEY(SPKI), PRIVATE }, false },
	{ "KEY-04", "pass", { KEY(KNOWN), PRIVATE }, false },
	{ "KEY-04", "not-evaluable", { PRIVATE }, false },
};

static struct span digest(struct scene_tree *s, const char *spki)
{
	struct text hex = { 0 };
	struct span kept;

	if (!spki || strcmp(spki, KNOWN) != 0)
		return span_text(spki ? spki : "");
	text_hex(&hex, (struct span){ known_keys[0].spki_sha256, 32 });
	kept = arena_copy(&s->arena, text_span(&hex));
	text_free(&hex);
	return kept;
}

static void add(struct scene_tree *s, struct node *root, const struct fact_row *row)
{
	struct node *n;

	if (row->kind[0] == 0) {
		scene_entry(s, root, KIND_DIRECTORY, "/bin", 0);
		return;
	}
	n = scene_entry(s, root, KIND_FILE, row->path, 1000);
	if (strcmp(row->kind, "private key") == 0) {
		struct key_fact *k = scene_fact(s, n, FACT_KEY, 1);

		k->key_kind = "private";
		k->algorithm = "rsa";
		k->bits = 2048;
		k->encoding = "pem pkcs8";
		k->spki_sha256 = digest(s, row->spki);
	} else {
		struct update_fact *u = scene_fact(s, n, FACT_UPDATE, 1);

		u->update_kind = row->kind;
		u->what = span_text(row->what);
		u->value = span_text(row->value);
		u->spki_sha256 = digest(s, row->spki);
		u->verified = row->verified ? TRI_YES : TRI_NULL;
	}
}

static void judges_each_case(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct upd_case *c = &cases[i];
		struct scene_tree s;
		uint64_t known = c->opaque ? 500000 : 1000000;
		struct node *root = scene_begin(&s, 1000000, known);
		const struct verdict *v;

		for (int k = 0; k < MOST_ROWS && c->rows[k].path; k++)
			add(&s, root, &c->rows[k]);
		if (c->opaque)
			scene_region(&s, s.tree.image, NULL, 500000, 500000, STATE_ENCRYPTED);
		scene_judge(&s);
		v = scene_verdict(&s, c->check);
		if (strcmp(outcome_name(v->outcome), c->outcome) != 0)
			fail_msg("row %zu, %s: %s (%s), not %s", i, c->check,
				 outcome_name(v->outcome), v->says, c->outcome);
		assert_in_range(strlen(v->says), 1, 66);
		scene_end(&s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(judges_each_case),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
