/* package.c - package databases: what they list, and what they merely remember. */
#include "unit/observe/scenery.h"

static const struct component_fact *package(const struct scenery *s, uint32_t i)
{
	assert_true(i < s->facts.count[FACT_COMPONENT]);
	return (const struct component_fact *)s->facts.of[FACT_COMPONENT][i];
}

static void is_package(const struct component_fact *c, const char *name, const char *version,
		       const char *purl)
{
	assert_true(span_is(c->name, name));
	assert_true(span_is(c->version, version));
	assert_true(span_is(c->purl, purl));
	assert_string_equal(c->source, "package-database");
	assert_int_equal(c->nodes.n, 1);
}

static const char dpkg[] = "Package: curl\nStatus: install ok installed\nMaintainer: x\n"
			   "Version: 7.88.1-10+deb12u15\nDescription: tool\n Version: 9\n\n"
			   "Package: gone\nStatus: deinstall ok config-files\nVersion: 1.0\n\n"
			   "Package: held\nStatus: hold ok installed\nVersion: 1:2.0\n";

static void lists_what_dpkg_has_installed(void **state)
{
	struct scenery s;

	(void)state;
	scenery_init(&s);
	scenery_add(&s, "/etc/os-release", span_text("NAME=\"Debian\"\nID=debian\n"));
	scenery_add(&s, "/var/lib/dpkg/status", span_text(dpkg));
	scenery_finish(&s);
	assert_int_equal(s.facts.count[FACT_COMPONENT], 2);
	is_package(package(&s, 0), "curl", "7.88.1-10+deb12u15",
		   "pkg:deb/debian/curl@7.88.1-10%2Bdeb12u15");
	is_package(package(&s, 1), "held", "1:2.0", "pkg:deb/debian/held@1:2.0");
	assert_int_equal(package(&s, 0)->f.line, 1);
	assert_int_equal(package(&s, 1)->f.line, 12);
	assert_true(span_starts(span_from(span_text(dpkg), package(&s, 1)->f.offset),
				span_text("Package: held\n")));
	scenery_free(&s);
}

static void reads_one_file_a_package(void **state)
{
	struct scenery s;

	(void)state;
	scenery_init(&s);
	scenery_add(&s, "/var/lib/dpkg/status.d/base", span_text("Package: base\nVersion: 12\n"));
	scenery_finish(&s);
	is_package(package(&s, 0), "base", "12", "pkg:deb/base@12");
	scenery_free(&s);
}

static void reads_opkg_and_its_control_files_once(void **state)
{
	static const char control[] = "Package: dropbear\nVersion: 2017.75-5\nLicense: MIT\n";
	struct scenery s;

	(void)state;
	scenery_init(&s);
	scenery_add(&s, "/usr/lib/opkg/info/dropbear.control", span_text(control));
	scenery_add(&s, "/usr/lib/opkg/status", span_text(control));
	scenery_finish(&s);
	assert_int_equal(s.facts.count[FACT_COMPONENT], 1);
	assert_int_equal(package(&s, 0)->nodes.n, 2);
	assert_true(span_is(package(&s, 0)->license, "MIT"));
	scenery_free(&s);
}

/* By the source package distributions say what is vulnerable: dpkg adds its version where it is
 * another one, opkg gives the folder in the distribution's tree. */
static void reads_the_source_package(void **state)
{
	static const struct {
		const char *path, *text, *origin;
	} rows[] = {
		{ "/var/lib/dpkg/status", "Package: libssl1.1\nVersion: 1\nSource: openssl\n",
		  "openssl" },
		{ "/var/lib/dpkg/status", "Package: a\nVersion: 1\nSource: dropbear (2020.81-3)\n",
		  "dropbear" },
		{ "/usr/lib/opkg/status",
		  "Package: a\nVersion: 1\nSource: package/network/services/dropbear\n"
		  "SourceName: other\n",
		  "dropbear" },
		{ "/lib/apk/db/installed", "P:libcrypto3\nV:3.0.8-r4\no:openssl\n", "openssl" },
		{ "/var/lib/dpkg/status", "Package: a\nVersion: 1\n", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct scenery s;

		scenery_init(&s);
		scenery_add(&s, rows[i].path, span_text(rows[i].text));
		scenery_finish(&s);
		assert_true(span_is(package(&s, 0)->origin, rows[i].origin));
		scenery_free(&s);
	}
}

static void reads_apk(void **state)
{
	struct scenery s;

	(void)state;
	scenery_init(&s);
	scenery_add(&s, "/lib/apk/db/installed",
		    span_text("C:Q1abc=\nP:musl\nV:1.2.3-r4\nA:x86_64\nL:MIT\nF:lib\nR:V:no\n\n"));
	scenery_finish(&s);
	is_package(package(&s, 0), "musl", "1.2.3-r4", "pkg:apk/musl@1.2.3-r4");
	scenery_free(&s);
}

static void a_package_is_no_copy_that_hides_a_banner(void **state)
{
	struct scenery s;

	(void)state;
	scenery_init(&s);
	scenery_add(&s, "/var/lib/dpkg/status", span_text("Package: busybox\nVersion: 1.30\n"));
	scenery_add(&s, "/bin/tool",
		    (struct span){ (const uint8_t *)"\x80\0\0BusyBox v1.35.0 (x)\0\xff", 25 });
	scenery_finish(&s);
	assert_int_equal(s.facts.count[FACT_COMPONENT], 2);
	scenery_free(&s);
}

static void check_rpm(const char *sample, const char *path)
{
	struct span bytes = sample_read(sample);
	struct scenery s;
	uint32_t first;

	scenery_init(&s);
	scenery_add(&s, path, bytes);
	scenery_finish(&s);
	assert_int_equal(s.facts.count[FACT_COMPONENT], 2);
	first = span_is(package(&s, 0)->name, "tiny");
	is_package(package(&s, first), "acme-router", "2:4.2.1-3",
		   "pkg:rpm/acme-router@4.2.1-3?epoch=2");
	is_package(package(&s, 1 - first), "tiny", "1.0~rc1-3", "pkg:rpm/tiny@1.0~rc1-3");
	assert_true(span_is(package(&s, first)->license, "MIT"));
	scenery_free(&s);
	sample_free(bytes);
}

static void reads_the_sqlite_store_of_rpm(void **state)
{
	(void)state;
	check_rpm("rpm/rpmdb.sqlite", "/var/lib/rpm/rpmdb.sqlite");
}

static void reads_the_berkeley_store_of_rpm_in_both_orders(void **state)
{
	(void)state;
	check_rpm("rpm/Packages", "/var/lib/rpm/Packages");
	check_rpm("rpm/Packages.be", "/var/lib/rpm/Packages");
}

static void put_le32(struct text *t, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		text_char(t, (char)(value >> 8 * i));
}

static void put_be32(struct text *t, uint32_t value)
{
	for (int i = 24; i >= 0; i -= 8)
		text_char(t, (char)(value >> i));
}

/* As rpm's lib/backend/ndb/rpmpkg.c lays it out: one page of slots, one blob at block 256. */
static void reads_the_store_of_rpms_own(void **state)
{
	static const char data[] = "tiny\0001.0\0003";
	static const uint32_t tags[] = { 1000, 1001, 1002 }, at[] = { 0, 5, 9 };
	struct text t = { 0 };
	struct scenery s;

	(void)state;
	text_puts(&t, "RpmP");
	put_le32(&t, 0); /* version */
	put_le32(&t, 1); /* generation */
	put_le32(&t, 1); /* pages of slots */
	put_le32(&t, 2); /* next package */
	while (t.n < 32)
		text_char(&t, 0);
	text_puts(&t, "Slot");
	put_le32(&t, 1);
	put_le32(&t, 256);
	put_le32(&t, 8);
	while (t.n < 4096)
		text_char(&t, 0);
	text_puts(&t, "BlbS");
	put_le32(&t, 1);
	put_le32(&t, 1);
	put_le32(&t, 8 + 3 * 16 + sizeof(data));
	put_be32(&t, 3);
	put_be32(&t, sizeof(data));
	for (int i = 0; i < 3; i++) {
		put_be32(&t, tags[i]);
		put_be32(&t, 6);
		put_be32(&t, at[i]);
		put_be32(&t, 1);
	}
	text_put(&t, (struct span){ (const uint8_t *)data, sizeof(data) });
	scenery_init(&s);
	scenery_add(&s, "/usr/lib/sysimage/rpm/Packages.db", text_span(&t));
	scenery_finish(&s);
	is_package(package(&s, 0), "tiny", "1.0-3", "pkg:rpm/tiny@1.0-3");
	scenery_free(&s);
	text_free(&t);
}

static void every_prefix_of_a_store_is_survived(void **state)
{
	static const char *const samples[][2] = {
		{ "rpm/rpmdb.sqlite", "/var/lib/rpm/rpmdb.sqlite" },
		{ "rpm/Packages", "/var/lib/rpm/Packages" },
		{ "rpm/Packages.be", "/var/lib/rpm/Packages" },
	};

	(void)state;
	for (int i = 0; i < 3; i++) {
		struct span bytes = sample_read(samples[i][0]);

		for (size_t n = 0; n < bytes.n; n += 61) {
			struct scenery s;

			scenery_init(&s);
			scenery_add(&s, samples[i][1], span_head(bytes, n));
			scenery_finish(&s);
			assert_true(s.facts.count[FACT_COMPONENT] <= 2);
			scenery_free(&s);
		}
		sample_free(bytes);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists_what_dpkg_has_installed),
		cmocka_unit_test(reads_one_file_a_package),
		cmocka_unit_test(reads_opkg_and_its_control_files_once),
		cmocka_unit_test(reads_the_source_package),
		cmocka_unit_test(reads_apk),
		cmocka_unit_test(a_package_is_no_copy_that_hides_a_banner),
		cmocka_unit_test(reads_the_sqlite_store_of_rpm),
		cmocka_unit_test(reads_the_berkeley_store_of_rpm_in_both_orders),
		cmocka_unit_test(reads_the_store_of_rpms_own),
		cmocka_unit_test(every_prefix_of_a_store_is_survived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
