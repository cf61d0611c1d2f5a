/* purl.c - package URLs: their parts, and the keys under which feeds speak of packages. The samples
 * are of the specification's own examples, or broken on purpose. */
#include "unit/support.h"

#include "know/purl.h"

static void a_package_url_has_parts(void **state)
{
	static const struct {
		const char *purl, *type, *space, *name, *version, *qualifiers, *key;
	} rows[] = {
		{ "pkg:deb/debian/curl@7.50.3-1?arch=i386&distro=jessie", "deb", "debian", "curl",
		  "7.50.3-1", "arch=i386&distro=jessie", "purl:deb/debian/curl" },
		{ "pkg:golang/google.golang.org/genproto#googleapis/api", "golang",
		  "google.golang.org", "genproto", "", "",
		  "purl:golang/google.golang.org/genproto" },
		{ "pkg:npm/%40angular/animation@12.3.1", "npm", "%40angular", "animation", "12.3.1",
		  "", "purl:npm/@angular/animation" },
		{ "pkg:npm/@angular/animation", "npm", "@angular", "animation", "", "",
		  "purl:npm/@angular/animation" },
		{ "pkg:generic/openssl@1.1.1n#a@b", "generic", "", "openssl", "1.1.1n", "",
		  "purl:generic/openssl" },
		{ "pkg:deb/debian/g%2b%2B%zz%4", "deb", "debian", "g%2b%2B%zz%4", "", "",
		  "purl:deb/debian/g++%zz%4" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct text key = { 0 };
		struct purl p;

		assert_true(purl_split(span_text(rows[i].purl), &p));
		assert_true(span_is(p.type, rows[i].type));
		assert_true(span_is(p.space, rows[i].space));
		assert_true(span_is(p.name, rows[i].name));
		assert_true(span_is(p.version, rows[i].version));
		assert_true(span_is(p.qualifiers, rows[i].qualifiers));
		purl_key(&key, &p, p.name);
		assert_string_equal(key.p, rows[i].key);
		text_free(&key);
	}
}

static void what_is_none_is_refused(void **state)
{
	static const char *const rows[] = { "",
					    "pkg:",
					    "pkg:deb",
					    "deb/debian/curl",
					    "pkg:deb/",
					    "pkg:deb/debian/",
					    "pkg:#deb/curl" };
	struct purl p;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_false(purl_split(span_text(rows[i]), &p));
	assert_false(purl_split((struct span){ 0 }, &p));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_package_url_has_parts),
		cmocka_unit_test(what_is_none_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
