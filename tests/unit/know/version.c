/* version.c - orders of versions, against what the schemes' own tools and standards say: pairs of
 * dpkg were put to `dpkg --compare-versions`, those of rpm to rpm's vercmp, PEP 440's list is that
 * of the standard and of python's packaging, semver's that of semver.org. */
#include "unit/support.h"

#include "know/version.h"

/* Each list goes up; neighbours joined by "=" are equal. */
static void assert_rises(enum scheme scheme, const char *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k < count; k++) {
			int wanted = (i > k) - (i < k);
			int got = version_compare(scheme, span_text(list[i]), span_text(list[k]));

			got = (got > 0) - (got < 0);
			if (got != wanted)
				fail_msg("%s: \"%s\" and \"%s\": %d, not %d", scheme_name(scheme),
					 list[i], list[k], got, wanted);
		}
}

static void assert_equal_versions(enum scheme scheme, const char *a, const char *b)
{
	if (version_compare(scheme, span_text(a), span_text(b)) != 0 ||
	    version_compare(scheme, span_text(b), span_text(a)) != 0)
		fail_msg("%s: \"%s\" and \"%s\" are equal", scheme_name(scheme), a, b);
}

#define RISES(scheme, list) assert_rises(scheme, list, sizeof(list) / sizeof((list)[0]))

static void debian_as_dpkg_orders_it(void **state)
{
	static const char *const list[] = {
		"0~~",
		"0~",
		"0",
		"0.9~rc1-1",
		"0.9-1",
		"1.0~beta1~svn1245",
		"1.0~beta1",
		"1.0",
		"1.0-1~bpo11+1",
		"1.0-1",
		"1.0-1+b1",
		"1.0-1+deb11u1",
		"1.0-1+deb11u2",
		"1.0-1+deb11u10",
		"1.0-1.1",
		"1.0-2",
		"1.0a-1",
		"1.0+dfsg-1",
		"1.0.1-1",
		"1.1.1n-0+deb11u4",
		"1.1.1n-0+deb11u5",
		"1.1.1w-0+deb11u1",
		"1.2-1",
		"1.10-1",
		"2:0.1-1",
		"10:0-1",
	};

	(void)state;
	RISES(SCHEME_DPKG, list);
	assert_equal_versions(SCHEME_DPKG, "1.0", "0:1.0");
	assert_equal_versions(SCHEME_DPKG, "1.0", "1.0-0");
	assert_equal_versions(SCHEME_DPKG, "1.00", "1.0");
}

static void rpm_as_rpm_orders_it(void **state)
{
	static const char *const list[] = {
		"0.9",   "1.0~rc1", "1.0~rc2", "1.0",   "1.0^20160101", "1.0a",
		"1.0.1", "1.1",     "2.0",     "2.0.1", "2.0.1a",       "5.5p1",
		"5.5p2", "5.5p10",  "10a",     "10b",   "10.1",
	};
	static const char *const releases[] = {
		"1.1.1k-7.el8_6",
		"1.1.1k-9.el8_7",
		"1.1.1k-12.el8_9",
		"1:1.0-1",
	};

	(void)state;
	RISES(SCHEME_RPM, list);
	RISES(SCHEME_RPM, releases);
	assert_equal_versions(SCHEME_RPM, "1.0", "1_0");
	assert_equal_versions(SCHEME_RPM, "1.0-3.el8", "1.0");
	assert_true(version_compare(SCHEME_RPM, span_text("1.0~rc1"), span_text("1.0")) < 0);
	assert_true(version_compare(SCHEME_RPM, span_text("1.0^x"), span_text("1.0")) > 0);
	assert_true(version_compare(SCHEME_RPM, span_text("1.0^x"), span_text("1.0.1")) < 0);
	assert_true(version_compare(SCHEME_RPM, span_text("2.0.1a"), span_text("2.0.1")) > 0);
	assert_true(version_compare(SCHEME_RPM, span_text("5.5p2"), span_text("5.5p10")) < 0);
	assert_true(version_compare(SCHEME_RPM, span_text("10xyz"), span_text("10.1xyz")) < 0);
	assert_true(version_compare(SCHEME_RPM, span_text("xyz10"), span_text("xyz10.1")) < 0);
	assert_true(version_compare(SCHEME_RPM, span_text("xyz.4"), span_text("8")) < 0);
	assert_true(version_compare(SCHEME_RPM, span_text("6.0.rc1"), span_text("6.0")) > 0);
	assert_true(version_compare(SCHEME_RPM, span_text("20101121"), span_text("20101122")) < 0);
	assert_equal_versions(SCHEME_RPM, "fc4", "fc.4");
	assert_equal_versions(SCHEME_RPM, "1.0.~x", "1.0~x");
}

static void alpine_as_apk_orders_it(void **state)
{
	static const char *const list[] = {
		"0.1.0_alpha",
		"0.1.0_alpha1",
		"0.1.0_alpha2-r1",
		"0.1.0_alpha3",
		"0.1.0_beta",
		"0.1.0_pre2",
		"0.1.0_rc1",
		"0.1.0",
		"0.1.0-r1",
		"0.1.0_cvs",
		"0.1.0_git20200101",
		"0.1.0_p1",
		"0.1.0a",
		"0.1.0b",
		"0.1.1",
		"0.2",
		"1.35.0-r9",
		"1.35.0-r29",
		"1.36.1-r0",
		"3.0.8-r4",
		"20230506-r0",
	};

	(void)state;
	RISES(SCHEME_APK, list);
	assert_true(version_compare(SCHEME_APK, span_text("0.1.0_alpha1"),
				    span_text("0.1.0_alpha2")) < 0);
	assert_true(version_compare(SCHEME_APK, span_text("0.1.0_rc1"), span_text("0.1.0")) < 0);
	assert_true(version_compare(SCHEME_APK, span_text("0.1.0_p1"), span_text("0.1.0")) > 0);
	assert_true(version_compare(SCHEME_APK, span_text("0.1.0-r1"), span_text("0.1.0")) > 0);
	assert_true(version_compare(SCHEME_APK, span_text("1.35.0-r9"), span_text("1.35.0-r29")) <
		    0);
	assert_true(version_compare(SCHEME_APK, span_text("1.01"), span_text("1.1")) < 0);
	assert_true(version_compare(SCHEME_APK, span_text("1.0"), span_text("1.0.1")) < 0);
	assert_true(version_compare(SCHEME_APK, span_text("1.0a"), span_text("1.0b")) < 0);
	assert_true(version_compare(SCHEME_APK, span_text("1.0"), span_text("1.0a")) < 0);
	assert_true(version_compare(SCHEME_APK, span_text("2.38-r0"), span_text("2.38-r10")) < 0);
	assert_equal_versions(SCHEME_APK, "1.0-r0", "1.0-r0");
}

static void semver_as_its_standard_says(void **state)
{
	static const char *const list[] = {
		"1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta",
		"1.0.0-beta",  "1.0.0-beta.2",  "1.0.0-beta.11",
		"1.0.0-rc.1",  "1.0.0",         "1.0.1-0",
		"1.0.1",       "1.2.0",         "1.10.0",
		"2.0.0",       "2.1.0",         "2.1.1",
	};

	(void)state;
	RISES(SCHEME_SEMVER, list);
	assert_equal_versions(SCHEME_SEMVER, "v1.2.3", "1.2.3+build.7");
	assert_equal_versions(SCHEME_SEMVER, "1.2", "1.2.0");
}

static void pep440_as_its_standard_says(void **state)
{
	static const char *const list[] = {
		"1.dev0",
		"1.0.dev456",
		"1.0a1",
		"1.0a2.dev456",
		"1.0a12.dev456",
		"1.0a12",
		"1.0b1.dev456",
		"1.0b2",
		"1.0b2.post345.dev456",
		"1.0b2.post345",
		"1.0rc1.dev456",
		"1.0rc1",
		"1.0",
		"1.0+abc.5",
		"1.0+abc.7",
		"1.0+5",
		"1.0.post456.dev34",
		"1.0.post456",
		"1.0.15",
		"1.1.dev1",
		"1!0.1",
	};

	(void)state;
	RISES(SCHEME_PEP440, list);
	assert_equal_versions(SCHEME_PEP440, "1.0", "1.0.0");
	assert_equal_versions(SCHEME_PEP440, "1.0-1", "1.0.post1");
	assert_equal_versions(SCHEME_PEP440, "v1.0-alpha.3", "1.0a3");
	assert_equal_versions(SCHEME_PEP440, "1.0C4", "1.0rc4");
}

static void releases_as_nvd_names_them(void **state)
{
	static const char *const openssl[] = {
		"0.9.8",   "0.9.8zh", "1.0.1-beta1", "1.0.1-beta3", "1.0.1",  "1.0.1a",
		"1.0.1f",  "1.0.1g",  "1.0.2",       "1.0.2k",      "1.0.2u", "1.0.2za",
		"1.0.2zg", "1.1.0",   "1.1.1",       "1.1.1n",      "3.0.0",
	};
	static const char *const others[] = {
		"0.51",      "0.52",        "2011.54", "2022.82", "2022.83",
		"2022.83.1", "2023.01-rc1", "2023.01", "2023.04",
	};
	static const char *const kernel[] = { "2.6.12-rc2", "2.6.12-rc10", "2.6.12",
					      "2.6.12.1",   "3.10.14",     "5.10",
					      "5.10.3",     "6.1-rc1",     "6.1" };
	static const char *const ssh[] = {
		"6.6", "6.6p1", "6.6p2", "6.7p1", "8.9", "8.9p1", "9.0"
	};

	(void)state;
	RISES(SCHEME_GENERIC, openssl);
	RISES(SCHEME_GENERIC, others);
	RISES(SCHEME_GENERIC, kernel);
	RISES(SCHEME_GENERIC, ssh);
	assert_equal_versions(SCHEME_GENERIC, "1.0", "1.0.0");
	assert_equal_versions(SCHEME_GENERIC, "v1.0", "1.0");
	assert_equal_versions(SCHEME_GENERIC, "1.0-final", "1.0");
	assert_equal_versions(SCHEME_GENERIC, "1_2_3", "1.2.3");
}

static void parts_of_versions(void **state)
{
	static const struct {
		enum scheme scheme;
		const char *whole, *upstream;
	} rows[] = {
		{ SCHEME_DPKG, "1:1.1.1n-0+deb11u4", "1.1.1n" },
		{ SCHEME_DPKG, "2022.83-2", "2022.83" },
		{ SCHEME_APK, "1.35.0-r29", "1.35.0" },
		{ SCHEME_APK, "1.35.0_p1-r29", "1.35.0" },
		{ SCHEME_RPM, "1:1.1.1k-9.el8_7", "1.1.1k" },
		{ SCHEME_GENERIC, "1.0-1", "1.0-1" },
	};
	static const char *const updates[][2] = {
		{ "8.9p1", "8.9" },     { "8.9", "8.9" }, { "9.11.3-P1", "9.11.3" },
		{ "1.0.2k", "1.0.2k" }, { "p1", "p1" },   { "1.0rc1", "1.0rc1" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_true(span_is(version_upstream(rows[i].scheme, span_text(rows[i].whole)),
				    rows[i].upstream));
	for (size_t i = 0; i < sizeof(updates) / sizeof(updates[0]); i++)
		assert_true(
			span_is(version_without_update(span_text(updates[i][0])), updates[i][1]));
}

/* Whatever an image holds has a place, and the order is one. */
static void any_bytes_have_an_order(void **state)
{
	static const char *const odd[] = {
		"",      "~",   "^",   "-",        ":",
		"::",    "--",  "_",   "+",        "1!",
		"!",     "v",   "vv1", "1..2",     ".1",
		"_rc",   "~~~", "-r",  "\xff\xfe", "99999999999999999999999999999999",
		"0000",  "a",   "A",   "1+a++b",   "1+a+1",
		"1+1+a",
	};
	const size_t n = sizeof(odd) / sizeof(odd[0]);

	(void)state;
	for (int s = 0; s < SCHEMES; s++)
		for (size_t i = 0; i < n; i++)
			for (size_t k = 0; k < n; k++) {
				int a = version_compare((enum scheme)s, span_text(odd[i]),
							span_text(odd[k]));
				int b = version_compare((enum scheme)s, span_text(odd[k]),
							span_text(odd[i]));

				assert_int_equal((a > 0) - (a < 0), (b < 0) - (b > 0));
			}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(debian_as_dpkg_orders_it),
		cmocka_unit_test(rpm_as_rpm_orders_it),
		cmocka_unit_test(alpine_as_apk_orders_it),
		cmocka_unit_test(semver_as_its_standard_says),
		cmocka_unit_test(pep440_as_its_standard_says),
		cmocka_unit_test(releases_as_nvd_names_them),
		cmocka_unit_test(parts_of_versions),
		cmocka_unit_test(any_bytes_have_an_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
