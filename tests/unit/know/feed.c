/* feed.c - published feeds become rows, and an index is believed no further than its digests. The
 * samples are excerpts of NVD (CVE-2022-28391, CVE-2021-36369, CVE-2023-36328, CVE-2014-0160) and
 * of CISA's catalogue; CVE-2099-... and all other documents are made up after the published
 * schemas. */
#include "unit/support.h"

#include <stdlib.h>

#include "base/text.h"
#include "know/feed.h"

static struct text index_bytes;
static struct feed feed;

static bool put(void *ctx, struct span bytes)
{
	text_put(ctx, bytes);
	return true;
}

static void finish(struct feed_builder *b)
{
	text_free(&index_bytes);
	assert_true(feed_finish(b, put, &index_bytes));
	feed_builder_free(b);
	assert_int_equal(feed_open(&feed, text_span(&index_bytes), false).kind, FAULT_NONE);
}

static void read_sample(const char *name)
{
	struct feed_builder *b = feed_builder_new(NULL, NULL);
	struct span s = sample_read(name);

	assert_int_equal(feed_read(b, s, false).kind, FAULT_NONE);
	sample_free(s);
	finish(b);
}

static void drop(void)
{
	feed_close(&feed);
	text_free(&index_bytes);
}

/* The rows of a key as text: "CVE said scheme [from,to) flags condition note". */
static void assert_rows(const char *key, const char *wanted)
{
	struct text t = { 0 };
	uint32_t first, count = feed_find(&feed, span_text(key), &first);

	for (uint32_t i = first; i < first + count; i++) {
		struct feed_row r;
		unsigned flags;

		assert_true(feed_row_at(&feed, i, &r, &flags));
		text_put(&t, r.vulnerability);
		text_format(&t, " %s %s ", said_name(r.said), scheme_name(r.scheme));
		text_char(&t, r.flags & ROW_FROM_EXCLUDED ? '(' : '[');
		text_put(&t, r.from);
		text_char(&t, ',');
		text_put(&t, r.to);
		text_char(&t, r.flags & ROW_TO_INCLUDED ? ']' : ')');
		if (r.flags & ROW_TO_IS_FIX)
			text_puts(&t, " fix");
		if (r.flags & ROW_NO_VERSION)
			text_puts(&t, " none");
		if (r.condition.n)
			text_char(&t, ' ');
		text_put(&t, r.condition);
		if (r.note.n)
			text_char(&t, ' ');
		text_put(&t, r.note);
		text_char(&t, '\n');
	}
	text_char(&t, '\0');
	assert_false(feed.is_broken);
	assert_string_equal(t.p, wanted);
	text_free(&t);
}

static void nvd(void **state)
{
	struct feed_source s;

	(void)state;
	read_sample("feeds/nvd.json");
	assert_rows("cpe:busybox:busybox", "CVE-2022-28391 affected generic [,1.35.0]\n");
	assert_rows("cpe:openssl:openssl", "CVE-2014-0160 affected generic [1.0.1,1.0.1g) fix\n");
	assert_rows("cpe:libtom:libtommath", "CVE-2023-36328 affected generic [,2023-05-09) fix\n");
	assert_rows("cpe:siemens:simatic_s7-1500_firmware",
		    "CVE-2014-0160 affected generic [1.5,1.5] h:siemens:simatic_s7-1500\n");
	assert_rows("cpe:siemens:simatic_s7-1500", "");
	assert_rows("cpe:mitel:mivoice", "CVE-2014-0160 affected generic [1.1.2.5,1.1.2.5] for "
					 "lync\n");
	assert_rows("cpe:dropbear_ssh_project:dropbear_ssh",
		    "CVE-2021-36369 affected generic [,2020.81]\n"
		    "CVE-2099-0001 affected generic [,2022.82) fix\n"
		    "CVE-2099-0002 affected generic [,2023.1) fix h:acme:ar-7\n");
	assert_rows("cpe:zlib:zlib",
		    "CVE-2099-0003 affected generic [,1.2.13] a:busybox:busybox\n"
		    "CVE-2099-0005 affected generic [1.2.13,1.2.13]\n"
		    "CVE-2099-0007 affected generic [,] none\n"
		    "CVE-2099-0008 affected generic [1.2.13,1.2.13] for windows\n");
	assert_int_equal(feed_flags_of(&feed, span_text("CVE-2014-0160")), VULNERABILITY_EXPLOITED);
	assert_int_equal(feed_flags_of(&feed, span_text("CVE-2099-0004")), VULNERABILITY_REJECTED);
	assert_int_equal(feed_flags_of(&feed, span_text("CVE-2099-0005")), VULNERABILITY_DISPUTED);
	assert_int_equal(feed_flags_of(&feed, span_text("CVE-2099-0006")), 0);
	assert_true(feed_source_at(&feed, 0, &s));
	assert_int_equal(s.format, FEED_NVD);
	assert_int_equal(s.records, 13);
	assert_string_equal(s.date, "2026-11-20");
	drop();
}

static void kev(void **state)
{
	struct feed_source s;

	(void)state;
	read_sample("feeds/kev.json");
	assert_int_equal(feed_flags_of(&feed, span_text("CVE-2023-4911")), VULNERABILITY_EXPLOITED);
	assert_int_equal(feed.row_count, 0);
	assert_true(feed_source_at(&feed, 0, &s));
	assert_int_equal(s.format, FEED_KEV);
	assert_int_equal(s.records, 2);
	assert_string_equal(s.date, "2025-08-25");
	drop();
}

static void osv(void **state)
{
	struct feed_source s;

	(void)state;
	read_sample("feeds/osv.zip");
	assert_rows("osv:debian/openssl",
		    "CVE-2099-1001 affected dpkg [,1.1.1n-0+deb11u4) fix Debian:11\n"
		    "CVE-2099-1001 affected dpkg [,3.0.8-1) fix Debian:12\n"
		    "CVE-2099-1002 affected dpkg [,1.1.1n-0+deb11u4) fix Debian:11\n"
		    "CVE-2099-1002 affected dpkg [,3.0.8-1) fix Debian:12\n"
		    "CVE-2099-1003 affected dpkg [,) Debian:11\n");
	assert_rows("osv:alpine/busybox",
		    "CVE-2099-1004 affected apk [,1.36.1-r15) fix Alpine:v3.19\n");
	/* Events in any order; of the listed versions only those that no range holds; withdrawn
	 * records say nothing. */
	assert_rows("osv:npm/lodash", "CVE-2099-1005 affected semver [,4.17.21) fix\n"
				      "CVE-2099-1005 affected semver [5.0.0,5.0.0]\n");
	assert_rows("osv:pypi/django", "PYSEC-2099-1 affected pep440 [3.0,3.2.1]\n");
	assert_rows("osv:npm/gitonly", "GIT-2099-1 affected semver [1.0,1.0]\n");
	assert_true(feed_source_at(&feed, 0, &s));
	assert_int_equal(s.format, FEED_OSV);
	assert_int_equal(s.records, 7);
	drop();
}

static void csaf(void **state)
{
	(void)state;
	read_sample("feeds/csaf.json");
	/* A distribution's fixed package: newer ones are mended, older ones affected. */
	assert_rows("purl:rpm/redhat/openssl",
		    "CVE-2099-2001 affected rpm [,1:1.1.1k-9.el8_7) fix\n"
		    "CVE-2099-2001 fixed rpm [1:1.1.1k-9.el8_7,]\n");
	assert_rows("cpe:zlib:zlib", "ACME-2099-3 not-affected generic [1.2.0,1.2.14) "
				     "vulnerable_code_not_in_execute_path\n"
				     "CVE-2099-2002 affected generic [1.2.0,1.2.14)\n");
	drop();
}

static void of_several_flags_the_first_one_counts(void **state)
{
	static const char text[] =
		"{\"document\":{\"category\":\"csaf_vex\"},"
		"\"product_tree\":{\"full_product_names\":[{\"product_id\":\"P\",\"name\":\"p\","
		"\"product_identification_helper\":{\"purl\":\"pkg:generic/p@1\"}}]},"
		"\"vulnerabilities\":[{\"cve\":\"CVE-2099-2009\",\"flags\":["
		"{\"label\":\"component_not_present\",\"product_ids\":[\"P\"]},"
		"{\"label\":\"vulnerable_code_not_present\",\"product_ids\":[\"P\"]},"
		"{\"label\":\"inline_mitigations_already_exist\",\"product_ids\":[\"P\"]}],"
		"\"product_status\":{\"known_not_affected\":[\"P\"]}}]}";
	struct feed_builder *b = feed_builder_new(NULL, NULL);

	(void)state;
	assert_int_equal(feed_read(b, span_text(text), false).kind, FAULT_NONE);
	finish(b);
	assert_rows("purl:generic/p", "CVE-2099-2009 not-affected generic [1,1] "
				      "component_not_present\n");
	drop();
}

static void openvex(void **state)
{
	(void)state;
	read_sample("feeds/openvex.json");
	assert_rows("purl:generic/busybox", "CVE-2022-28391 not-affected generic [1.35.0,1.35.0] "
					    "vulnerable_code_not_present\n");
	assert_rows("purl:generic/dropbear", "CVE-2099-0002 fixed generic [,)\n");
	assert_rows("purl:generic/libtommath",
		    "CVE-2023-36328 not-affected generic [1.2.0,1.2.0] "
		    "0000000000000000000000000000000000000000000000000000000000000000 "
		    "component_not_present\n");
	assert_rows("purl:generic/zlib",
		    "CVE-2099-3001 under-investigation generic [1.2.13,1.2.13]\n");
	drop();
}

static void cyclonedx(void **state)
{
	(void)state;
	read_sample("feeds/cyclonedx.json");
	assert_rows("cpe:busybox:busybox",
		    "CVE-2022-28391 not-affected generic [1.35.0,1.35.0] code_not_reachable\n");
	assert_rows("purl:generic/zlib", "CVE-2099-0003 affected generic [1.2.13,1.2.13]\n");
	drop();
}

static void what_is_no_feed_is_refused(void **state)
{
	static const char *const texts[] = { "", "{}", "[]", "{\"a\":[1,2]}", "{\"id\":\"x\"}" };
	struct feed_builder *b = feed_builder_new(NULL, NULL);
	struct span s = sample_read("feeds/nvd.json"), zip = sample_read("feeds/osv.zip");

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_int_equal(feed_read(b, span_text(texts[i]), false).kind, FAULT_UNKNOWN);
	for (size_t n = 1; n < s.n - 1; n += 97)
		assert_int_not_equal(feed_read(b, span_head(s, n), false).kind, FAULT_NONE);
	sample_bytes(zip)[200] ^= 1; /* in the packed bytes of its first entry */
	assert_int_not_equal(feed_read(b, zip, false).kind, FAULT_NONE);
	sample_free(s);
	sample_free(zip);
	feed_builder_free(b);
}

/* Two files in either order give the same index. */
static void an_index_is_a_function_of_its_feeds(void **state)
{
	struct span nvd_bytes = sample_read("feeds/nvd.json"),
		    kev_bytes = sample_read("feeds/kev.json");
	struct text first = { 0 };

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct feed_builder *b = feed_builder_new(NULL, NULL);

		assert_int_equal(feed_read(b, i ? nvd_bytes : kev_bytes, false).kind, FAULT_NONE);
		assert_int_equal(feed_read(b, i ? kev_bytes : nvd_bytes, false).kind, FAULT_NONE);
		finish(b);
		if (i == 0)
			text_put(&first, text_span(&index_bytes));
		else
			assert_true(span_equal(text_span(&first), text_span(&index_bytes)));
		feed_close(&feed);
	}
	text_free(&first);
	drop();
	sample_free(nvd_bytes);
	sample_free(kev_bytes);
}

static void read_everything(struct feed *f)
{
	struct feed_row r;
	struct feed_source s;
	unsigned flags;
	uint32_t first;

	feed_find(f, span_text("cpe:zlib:zlib"), &first);
	for (uint32_t i = 0; i < f->row_count && !f->is_broken; i++)
		feed_row_at(f, i, &r, &flags);
	for (uint32_t i = 0; i < f->source_count && !f->is_broken; i++)
		feed_source_at(f, i, &s);
	feed_flags_of(f, span_text("CVE-2014-0160"));
}

/* No byte of an index can be changed unseen. */
static void a_changed_index_is_noticed(void **state)
{
	struct guarded g;
	struct span copy;
	uint8_t *bytes;

	(void)state;
	read_sample("feeds/nvd.json");
	g = guarded_new(index_bytes.n);
	copy = guarded_copy(g, text_span(&index_bytes));
	bytes = g.map + g.size - copy.n;
	feed_close(&feed);
	for (size_t i = 0; i < copy.n; i++) {
		struct feed f;

		bytes[i] ^= 0x10;
		if (feed_open(&f, copy, false).kind == FAULT_NONE) {
			read_everything(&f);
			assert_true(f.is_broken);
			feed_close(&f);
		}
		/* And with digests that are not compared nothing is read outside. */
		if (feed_open(&f, copy, true).kind == FAULT_NONE) {
			read_everything(&f);
			feed_close(&f);
		}
		bytes[i] ^= 0x10;
	}
	for (size_t n = 0; n < copy.n; n++) {
		struct feed f;

		assert_int_not_equal(feed_open(&f, span_from(copy, copy.n - n), false).kind,
				     FAULT_NONE);
		assert_int_not_equal(feed_open(&f, span_head(copy, n), false).kind, FAULT_NONE);
	}
	guarded_free(g);
	drop();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nvd),
		cmocka_unit_test(kev),
		cmocka_unit_test(osv),
		cmocka_unit_test(csaf),
		cmocka_unit_test(of_several_flags_the_first_one_counts),
		cmocka_unit_test(openvex),
		cmocka_unit_test(cyclonedx),
		cmocka_unit_test(what_is_no_feed_is_refused),
		cmocka_unit_test(an_index_is_a_function_of_its_feeds),
		cmocka_unit_test(a_changed_index_is_noticed),
	};

	hash_start();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
