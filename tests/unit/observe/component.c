/* component.c - which software files show, and what is no evidence of any. */
#include "unit/observe/scenery.h"

/* A binary: NUL-ended strings after bytes that are no text. */
#define BINARY(strings)                                                                            \
	((struct span){ (const uint8_t *)"\x01\x02\x03\xff\0" strings "\0\x04\x90",                \
			sizeof("\x01\x02\x03\xff\0" strings "\0\x04\x90") - 1 })

static const struct component_fact *fact_of(const struct scenery *s, const char *name,
					    const char *version)
{
	for (uint32_t i = 0; i < s->facts.count[FACT_COMPONENT]; i++) {
		const struct component_fact *c =
			(const struct component_fact *)s->facts.of[FACT_COMPONENT][i];

		if (span_is(c->name, name) && span_is(c->version, version))
			return c;
	}
	return NULL;
}

static uint32_t count(const struct scenery *s)
{
	return s->facts.count[FACT_COMPONENT];
}

static void confirms_a_banner_and_names_its_string(void **state)
{
	struct span bytes = BINARY("usage\0BusyBox v1.35.0 (2022-01-01)\0more");
	struct scenery s;
	const struct component_fact *c;

	(void)state;
	scenery_init(&s);
	scenery_add(&s, "/bin/busybox", bytes);
	scenery_finish(&s);
	c = fact_of(&s, "busybox", "1.35.0");
	assert_non_null(c);
	assert_int_equal(count(&s), 1);
	assert_true(
		span_is(span_sub(bytes, c->f.offset, c->f.length), "BusyBox v1.35.0 (2022-01-01)"));
	assert_true(span_is(c->purl, "pkg:generic/busybox@1.35.0"));
	assert_true(span_is(c->cpe, "cpe:2.3:a:busybox:busybox:1.35.0:*:*:*:*:*:*:*"));
	assert_string_equal(c->source, "banner");
	scenery_free(&s);
}

static void joins_neighbouring_strings(void **state)
{
	struct span bytes = BINARY("nt\0junk\0002.10\0hostapd v%s\0User space daemon");
	struct scenery s;
	const struct component_fact *c;

	(void)state;
	scenery_init(&s);
	scenery_add(&s, "/usr/sbin/hostapd", bytes);
	scenery_finish(&s);
	c = fact_of(&s, "hostapd", "2.10");
	assert_non_null(c);
	assert_true(span_is(span_sub(bytes, c->f.offset, c->f.length), "2.10"));
	scenery_free(&s);
}

static void lists_every_copy_in_tree_order(void **state)
{
	struct span bytes = BINARY("SSH-2.0-dropbear_2022.83");
	struct scenery s;
	const struct component_fact *c;

	(void)state;
	scenery_init(&s);
	scenery_add(&s, "/usr/bin/dbclient", bytes);
	scenery_add(&s, "/usr/sbin/dropbear", bytes);
	scenery_finish(&s);
	c = fact_of(&s, "dropbear", "2022.83");
	assert_non_null(c);
	assert_int_equal(count(&s), 1);
	assert_int_equal(c->nodes.n, 2);
	assert_ptr_equal(c->nodes.p[0], s.nodes[1]);
	assert_ptr_equal(c->nodes.p[1], s.nodes[2]);
	assert_int_equal(c->linked.n, 0);
	scenery_free(&s);
}

static void a_mention_beside_a_copy_is_a_link(void **state)
{
	struct span bytes = BINARY("OpenSSL 3.0.17 1 Jul 2025");
	struct scenery s;
	const struct component_fact *c;

	(void)state;
	scenery_init(&s);
	scenery_add(&s, "/usr/bin/vendord", bytes);
	scenery_add(&s, "/usr/lib/libcrypto.so.3", bytes);
	scenery_finish(&s);
	c = fact_of(&s, "openssl", "3.0.17");
	assert_non_null(c);
	assert_int_equal(count(&s), 1);
	assert_int_equal(c->nodes.n, 1);
	assert_ptr_equal(c->nodes.p[0], s.nodes[2]);
	assert_int_equal(c->linked.n, 1);
	assert_ptr_equal(c->linked.p[0], s.nodes[1]);
	assert_ptr_equal(c->f.node, s.nodes[2]);
	scenery_free(&s);
}

static void a_static_copy_of_another_version_is_kept(void **state)
{
	struct scenery s;
	const struct component_fact *c;

	(void)state;
	scenery_init(&s);
	scenery_add(&s, "/usr/lib/libcrypto.so.3", BINARY("OpenSSL 3.0.17 1 Jul 2025"));
	scenery_add(&s, "/usr/bin/vendord", BINARY("OpenSSL 1.0.2u  20 Dec 2019"));
	scenery_finish(&s);
	c = fact_of(&s, "openssl", "1.0.2u");
	assert_non_null(c);
	assert_ptr_equal(c->nodes.p[0], s.nodes[2]);
	assert_non_null(fact_of(&s, "openssl", "3.0.17"));
	scenery_free(&s);
}

/* libgcc bears no release; the C library says which compiler made it. Alone, that is no component.
 */
static void a_hint_tells_which_release_another_file_is(void **state)
{
	struct span libc = BINARY("GNU C Library (Buildroot) stable release version 2.31.\0"
				  "Compiled by GNU CC version 9.3.0.");
	struct scenery s;
	const struct component_fact *c;

	(void)state;
	scenery_init(&s);
	scenery_add(&s, "/lib/libc.so.6", libc);
	scenery_add(&s, "/lib/libgcc_s.so.1", BINARY("nothing"));
	scenery_finish(&s);
	c = fact_of(&s, "gcc", "9.3.0");
	assert_non_null(c);
	assert_int_equal(count(&s), 2);
	assert_int_equal(c->nodes.n, 1);
	assert_ptr_equal(c->nodes.p[0], s.nodes[2]);
	assert_int_equal(c->linked.n, 0);
	scenery_free(&s);
	scenery_init(&s);
	scenery_add(&s, "/lib/libc.so.6", libc);
	scenery_finish(&s);
	assert_int_equal(count(&s), 1);
	scenery_free(&s);
}

static void a_name_without_a_version_is_a_component(void **state)
{
	struct scenery s;

	(void)state;
	scenery_init(&s);
	scenery_add(&s, "/boot/fw", BINARY("OpenSBI v%d.%d"));
	scenery_finish(&s);
	assert_non_null(fact_of(&s, "opensbi", ""));
	scenery_free(&s);
}

static void kernels_had_releases_of_four_numbers(void **state)
{
	struct scenery s;

	(void)state;
	scenery_init(&s);
	scenery_add(&s, "/boot/kernel",
		    BINARY("Linux version 2.6.33.2 (root@build) (gcc version 4.3.3) #1"));
	scenery_add(&s, "/lib/modules/a.ko", BINARY("vermagic=2.6.33.2 mod_unload MIPS32_R2"));
	scenery_finish(&s);
	assert_int_equal(count(&s), 1);
	assert_int_equal(fact_of(&s, "linux_kernel", "2.6.33.2")->nodes.n, 2);
	scenery_free(&s);
}

static void documentation_gives_no_component(void **state)
{
	struct scenery s;

	(void)state;
	scenery_init(&s);
	scenery_add(&s, "/usr/share/doc/js/README", span_text("jQuery v1.7.2 is needed\n"));
	scenery_add(&s, "/root/NEWS",
		    span_text("Changes\n=======\nBusyBox v1.35.0 (2022) fixes this.\n"
			      "SSH-2.0-dropbear_2022.83\nOpenSSL 1.1.1d  10 Sep 2019\n"));
	scenery_finish(&s);
	assert_int_equal(count(&s), 0);
	scenery_free(&s);
}

static void a_line_of_a_script_gives_one(void **state)
{
	struct scenery s;
	const struct component_fact *c;

	(void)state;
	scenery_init(&s);
	scenery_add(&s, "/www/jquery.js", span_text("/*!\n * jQuery v1.7.2 jquery.com\n */\n"));
	scenery_finish(&s);
	c = fact_of(&s, "jquery", "1.7.2");
	assert_non_null(c);
	assert_int_equal(c->f.line, 2);
	scenery_free(&s);
}

static void brief_versions_count_only_in_files_of_the_name(void **state)
{
	struct span bytes = BINARY("stats\0006.1.0\0Failed to send flush request");
	struct scenery s;

	(void)state;
	scenery_init(&s);
	scenery_add(&s, "/sbin/vendord", bytes);
	scenery_add(&s, "/sbin/ip", bytes);
	scenery_finish(&s);
	assert_int_equal(count(&s), 1);
	assert_int_equal(fact_of(&s, "iproute2", "6.1.0")->nodes.n, 1);
	scenery_free(&s);
}

static void two_brief_versions_give_none(void **state)
{
	struct scenery s;

	(void)state;
	scenery_init(&s);
	scenery_add(&s, "/sbin/ip", BINARY("stats\0006.1.0\0and\0005.2.0\0end"));
	scenery_finish(&s);
	assert_int_equal(count(&s), 0);
	scenery_free(&s);
}

static void an_abi_number_is_no_release(void **state)
{
	struct scenery s;
	const struct component_fact *c;

	(void)state;
	scenery_init(&s);
	scenery_add(&s, "/lib/libmnl.so.0.2.0", BINARY("mnl_socket_open"));
	scenery_add(&s, "/lib/libxml2.so.2.9.14", BINARY("xmlParse"));
	scenery_finish(&s);
	c = fact_of(&s, "libmnl", "");
	assert_non_null(c);
	assert_true(span_is(c->purl, "pkg:generic/libmnl"));
	assert_string_equal(c->source, "filename");
	c = fact_of(&s, "libxml2", "2.9.14");
	assert_non_null(c);
	assert_string_equal(c->source, "filename");
	assert_int_equal(count(&s), 2);
	scenery_free(&s);
}

static void a_file_without_release_joins_the_only_one(void **state)
{
	struct scenery s;
	const struct component_fact *c;

	(void)state;
	scenery_init(&s);
	scenery_add(&s, "/lib/libstrongswan.so.0.0.0", BINARY("whack"));
	scenery_add(&s, "/lib/ipsec/charon",
		    BINARY("Starting IKE charon daemon (strongSwan 5.9.8)"));
	scenery_finish(&s);
	c = fact_of(&s, "strongswan", "5.9.8");
	assert_non_null(c);
	assert_int_equal(count(&s), 1);
	assert_int_equal(c->nodes.n, 2);
	scenery_free(&s);
}

/* "6.1.0-32" numbers Debian's ABI, not a release of the kernel. */
static void a_distribution_kernel_shows_its_release(void **state)
{
	struct scenery s;
	const struct component_fact *c;

	(void)state;
	scenery_init(&s);
	scenery_add(&s, "/boot/vmlinux",
		    BINARY("Linux version 6.1.0-32-armmp (debian-kernel@lists.debian.org) (gcc-12 "
			   "(Debian 12.2.0-14) 12.2.0) #1 SMP Debian 6.1.129-1 (2025-03-06)"));
	scenery_add(&s, "/lib/modules/8021q.ko", BINARY("vermagic=6.1.0-32-armmp SMP mod_unload"));
	scenery_finish(&s);
	c = fact_of(&s, "linux_kernel", "6.1.129");
	assert_non_null(c);
	assert_int_equal(count(&s), 1);
	assert_int_equal(c->nodes.n, 2);
	assert_string_equal(c->source, "kernel");
	assert_true(span_is(c->cpe, "cpe:2.3:o:linux:linux_kernel:6.1.129:*:*:*:*:*:*:*"));
	scenery_free(&s);
}

static void check_variables(const char *sample)
{
	struct span bytes = sample_read(sample);
	struct scenery s;
	const struct component_fact *c;

	scenery_init(&s);
	/* what only its name tells stands first, and does not carry the fact */
	scenery_add(&s, "/lib/libnl-genl-3.so.200.26.0", BINARY("genl_connect"));
	scenery_add(&s, "/lib/libnl-3.so.200.26.0", bytes);
	scenery_add(&s, "/lib/libsqlite3.so.0.8.6", bytes);
	scenery_finish(&s);
	c = fact_of(&s, "libnl", "3.7.0");
	assert_non_null(c);
	assert_string_equal(c->source, "symbols");
	assert_ptr_equal(c->f.node, s.nodes[2]);
	assert_int_equal(c->nodes.n, 2);
	c = fact_of(&s, "sqlite", "3.40.1");
	assert_non_null(c);
	assert_true(span_starts(span_from(bytes, c->f.offset), span_text("3.40.1")));
	assert_int_equal(count(&s), 2);
	scenery_free(&s);
	sample_free(bytes);
}

static void exported_variables_tell_a_release(void **state)
{
	(void)state;
	check_variables("component/versions-le.so");
	check_variables("component/versions-be.so");
}

static void an_endless_string_is_survived(void **state)
{
	struct span bytes = { malloc(1 << 20), 1 << 20 };
	uint8_t *p = (uint8_t *)(uintptr_t)bytes.p;
	struct scenery s;

	(void)state;
	memset(p, 'x', bytes.n);
	memset(p, 0, 60 << 10);
	memcpy(p + bytes.n - 20, "BusyBox v1.35.0 (yy)", 20);
	scenery_init(&s);
	scenery_add(&s, "/bin/busybox", bytes);
	scenery_finish(&s);
	assert_non_null(fact_of(&s, "busybox", "1.35.0"));
	scenery_free(&s);
	free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(confirms_a_banner_and_names_its_string),
		cmocka_unit_test(joins_neighbouring_strings),
		cmocka_unit_test(lists_every_copy_in_tree_order),
		cmocka_unit_test(a_mention_beside_a_copy_is_a_link),
		cmocka_unit_test(a_static_copy_of_another_version_is_kept),
		cmocka_unit_test(a_hint_tells_which_release_another_file_is),
		cmocka_unit_test(a_name_without_a_version_is_a_component),
		cmocka_unit_test(kernels_had_releases_of_four_numbers),
		cmocka_unit_test(documentation_gives_no_component),
		cmocka_unit_test(a_line_of_a_script_gives_one),
		cmocka_unit_test(brief_versions_count_only_in_files_of_the_name),
		cmocka_unit_test(two_brief_versions_give_none),
		cmocka_unit_test(an_abi_number_is_no_release),
		cmocka_unit_test(a_file_without_release_joins_the_only_one),
		cmocka_unit_test(a_distribution_kernel_shows_its_release),
		cmocka_unit_test(exported_variables_tell_a_release),
		cmocka_unit_test(an_endless_string_is_survived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
