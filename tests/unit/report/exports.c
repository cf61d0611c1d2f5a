/* exports.c - what is written for the tools of others, of an image that no sample is: hostile
 * names, vulnerabilities of each status, licences that are none. With EVENHAND_EXPORTS the
 * documents are written there, and tests/e2e/exports.py validates them. */
#include <sys/stat.h>

#include "unit/judge/scene.h"

#include "report/export.h"

struct made {
	struct scene_tree s;
	struct report r;
	struct text json, out;
	struct node *program, *library, *odd;
};

static struct component_fact *add_component(struct made *m, struct node *n, const char *name,
					    const char *version, const char *license)
{
	struct component_fact *c = scene_fact(&m->s, n, FACT_COMPONENT, 0);
	const struct node **at = arena_take(&m->s.arena, 1, sizeof(struct node *));

	*at = n;
	c->name = span_text(name);
	c->version = span_text(version);
	c->license = span_text(license);
	c->source = "banner";
	c->nodes = (struct node_list){ at, 1 };
	return c;
}

static void add_vulnerability(struct made *m, const struct component_fact *c, const char *id,
			      const char *status, const char *why)
{
	struct vulnerability_fact *v = scene_fact(&m->s, m->program, FACT_VULNERABILITY, 0);

	v->id = span_text(id);
	v->component = c;
	v->status = status;
	v->why = span_text(why);
	v->exploited = strcmp(status, "affected") == 0;
}

static void add_components(struct made *m)
{
	struct component_fact *program, *library, *odd;
	const struct node **linked = arena_take(&m->s.arena, 1, sizeof(struct node *));

	program =
		add_component(m, m->program, "webd", "1.0", "GPL-2.0-only WITH GCC-exception-2.0");
	program->purl = span_text("pkg:generic/webd@1.0");
	program->cpe = span_text("cpe:2.3:a:webd:webd:1.0:*:*:*:*:*:*:*");
	library = add_component(m, m->library, "libz", "", "MIT OR LicenseRef-odd");
	*linked = m->program;
	library->linked = (struct node_list){ linked, 1 };
	odd = add_component(m, m->odd, "o\"dd\n{0}", "1 \xff", "as you like [it](x)");
	odd->purl = span_text("pkg:generic/o dd");
	odd->cpe = span_text("cpe:2.3:a:odd");
	add_vulnerability(m, program, "CVE-2020-0001", "affected", "");
	add_vulnerability(m, program, "CVE-2020-0002", "fixed", "1.0-2 has it");
	add_vulnerability(m, library, "GHSA-aaaa-bbbb-cccc", "not-affected",
			  "vulnerable_code_not_present, says the vendor");
	add_vulnerability(m, odd, "OTHER 1/2", "under-investigation", "");
}

/* A program that no component accounts for, and a link to the library that it needs. */
static void add_program(struct made *m, struct node *root)
{
	static struct span needed[] = { { (const uint8_t *)"libz.so", 7 },
					{ (const uint8_t *)"libloop.so", 10 } };
	struct node *link = scene_entry(&m->s, root, KIND_SYMLINK, "/lib/libz.so", 0);
	struct node *loop = scene_entry(&m->s, root, KIND_SYMLINK, "/lib/libloop.so", 0);
	struct node *tool = scene_entry(&m->s, root, KIND_FILE, "/bin/tool", 100);
	struct executable_fact *x = scene_fact(&m->s, tool, FACT_EXECUTABLE, 0);

	link->target = span_text("../lib/libz.so.1");
	loop->target = span_text("libloop.so");
	x->machine = span_text("MIPS R3000");
	x->endian = "big";
	x->type = "DYN";
	x->pie = x->relro = "no";
	x->writable_code = "no";
	x->needed = (struct spans){ needed, 2 };
}

static void add_crypto(struct made *m)
{
	struct key_fact *k = scene_fact(&m->s, m->odd, FACT_KEY, 1);
	struct certificate_fact *c = scene_fact(&m->s, m->odd, FACT_CERTIFICATE, 9);
	struct crypto_fact *a = scene_fact(&m->s, m->program, FACT_CRYPTO, 0);
	struct crypto_fact *p = scene_fact(&m->s, m->program, FACT_CRYPTO, 0);

	k->key_kind = "private";
	k->algorithm = "rsa";
	k->bits = 1024;
	k->encoding = "pem";
	k->known = span_text("a list");
	c->subject = c->issuer = span_text("CN=\x01");
	c->not_before = span_text("2020-01-01T00:00:00Z");
	c->not_after = span_text("never");
	c->signature = span_text("sha1WithRSAEncryption");
	c->key_algorithm = "rsa";
	c->key_bits = 1024;
	a->crypto_kind = "algorithm";
	a->name = span_text("AES-128-CBC");
	a->bits = 128;
	p->crypto_kind = "protocol";
	p->name = span_text("TLS");
	p->detail = span_text("1.0");
}

static void begin(struct made *m)
{
	struct scene_tree *s = &m->s;
	struct node *root;
	struct account_fact *a;

	*m = (struct made){ .json = { 0 } };
	root = scene_begin(s, 1 << 20, 1 << 20);
	m->program = scene_entry(s, root, KIND_FILE, "/bin/webd", 100);
	m->library = scene_entry(s, root, KIND_FILE, "/lib/libz.so.1", 100);
	m->odd = scene_entry(s, root, KIND_FILE, "/../a b!#{1}[x](y)%\xff", 100);
	sha256_of(span_text("x"), m->odd->sha256);
	m->odd->has_sha256 = true;
	m->odd->has_mtime = true;
	m->odd->mtime = 1600000000;
	m->library->has_mtime = true;
	m->library->mtime = INT64_MAX; /* tells nothing */
	a = scene_fact(s, m->odd, FACT_ACCOUNT, 3);
	a->name = span_text("[root](x)");
	a->can_log_in = true;
	a->state = "empty";
	add_components(m);
	add_crypto(m);
	add_program(m, root);
	scene_judge(s);
	m->r = (struct report){ .tree = &s->tree,
				.facts = &s->facts,
				.coverage = &s->coverage,
				.verdicts = s->verdicts,
				.verdict_count = s->verdict_count,
				.options = &s->options,
				.budget = &default_budget,
				.image_size = 1 << 20 };
	sha256_of(span_text("image"), m->r.image_sha256);
	sha512_of(span_text("image"), m->r.image_sha512);
	memcpy(s->tree.image->sha256, m->r.image_sha256, SHA256_SIZE);
	s->tree.image->has_sha256 = true;
	report_json(&m->r, &m->json);
}

static void end(struct made *m)
{
	text_free(&m->json);
	text_free(&m->out);
	scene_end(&m->s);
}

static void write_file(const char *ending, const struct text *t)
{
	const char *folder = getenv("EVENHAND_EXPORTS");
	char path[600];
	FILE *f;

	if (!folder)
		return;
	snprintf(path, sizeof(path), "%s/made", folder);
	mkdir(path, 0777);
	snprintf(path, sizeof(path), "%s/made/r.%s", folder, ending);
	f = fopen(path, "wb");
	assert_non_null(f);
	assert_int_equal(fwrite(t->p, 1, t->n, f), t->n);
	assert_int_equal(fclose(f), 0);
}

static void assert_holds(const struct made *m, const char *part)
{
	if (!strstr(m->out.p, part))
		fail_msg("no %s in %s", part, m->out.p);
}

static void lists_components_with_evidence(void **state)
{
	struct made m;

	(void)state;
	begin(&m);
	report_cdx(&m.r, text_span(&m.json), &m.out);
	assert_false(m.out.failed);
	write_file("json", &m.json);
	write_file("cdx.json", &m.out);
	assert_holds(&m, "\"bom-ref\":\"component-0\",\"name\":\"webd\",\"version\":\"1.0\"");
	assert_holds(&m, "\"expression\":\"GPL-2.0-only WITH GCC-exception-2.0\"");
	assert_holds(&m, "\"technique\":\"binary-analysis\",\"confidence\":0.8,");
	assert_holds(&m, "{\"ref\":\"component-0\",\"dependsOn\":[\"component-1\"]}");
	assert_holds(&m, "\"type\":\"file\",\"bom-ref\":\"file-7\",\"name\":\"tool\"");
	assert_holds(&m, "{\"ref\":\"file-7\",\"dependsOn\":[\"component-1\"]}");
	assert_holds(&m, "\"license\":{\"name\":\"as you like [it](x)\"}");
	assert_holds(&m, "\"name\":\"o\\\"dd\\\\x0a{0}\",\"version\":\"1 \\\\xff\"");
	assert_null(strstr(m.out.p, "pkg:generic/o dd"));
	assert_null(strstr(m.out.p, "cpe:2.3:a:odd"));
	assert_null(strstr(m.out.p, "\"timestamp\""));
	end(&m);
}

static void lists_cryptographic_assets(void **state)
{
	struct made m;

	(void)state;
	begin(&m);
	report_cdx(&m.r, text_span(&m.json), &m.out);
	assert_holds(&m, "\"type\":\"private-key\",\"state\":\"compromised\","
			 "\"algorithmRef\":\"algorithm:rsa::1024\",\"size\":1024");
	assert_holds(&m, "\"bom-ref\":\"algorithm:sha1WithRSAEncryption\"");
	assert_holds(&m, "\"primitive\":\"block-cipher\",\"parameterSetIdentifier\":\"128\"");
	assert_holds(&m, "\"protocolProperties\":{\"type\":\"tls\",\"version\":\"1.0\"}");
	assert_holds(&m, "\"notValidBefore\":\"2020-01-01T00:00:00Z\",\"signatureAlgorithmRef\"");
	end(&m);
}

static void says_what_is_known_of_vulnerabilities(void **state)
{
	struct made m;

	(void)state;
	begin(&m);
	report_vex(&m.r, text_span(&m.json), &m.out);
	write_file("vex.json", &m.out);
	assert_holds(&m, "\"name\":\"CVE-2020-0001\"");
	assert_holds(&m, "\"status\":\"affected\",\"action_statement\":");
	assert_holds(&m, "\"status\":\"fixed\",\"status_notes\":\"1.0-2 has it\"");
	assert_holds(&m, "\"status\":\"not_affected\",\"justification\":"
			 "\"vulnerable_code_not_present\",\"impact_statement\":");
	assert_holds(&m, "\"status\":\"under_investigation\"");
	assert_holds(&m, "\"timestamp\":\"2020-09-13T12:26:40Z\"");
	m.out.n = 0;
	report_cdx(&m.r, text_span(&m.json), &m.out);
	assert_holds(&m, "\"analysis\":{\"state\":\"in_triage\",\"detail\":");
	assert_holds(&m, "\"analysis\":{\"state\":\"resolved\",\"detail\":\"1.0-2 has it\"}");
	assert_holds(&m, "\"state\":\"not_affected\",\"justification\":\"code_not_present\"");
	assert_holds(&m, "https://osv.dev/vulnerability/OTHER%201%2F2");
	assert_null(strstr(m.out.p, "\"exploitable\""));
	end(&m);
}

static void writes_no_vex_without_a_vulnerability(void **state)
{
	struct made m;

	(void)state;
	begin(&m);
	m.s.facts.count[FACT_VULNERABILITY] = 0;
	report_vex(&m.r, text_span(&m.json), &m.out);
	assert_int_equal(m.out.n, 0);
	end(&m);
}

static void explains_licences_that_spdx_does_not_list(void **state)
{
	struct made m;

	(void)state;
	begin(&m);
	report_spdx(&m.r, text_span(&m.json), &m.out);
	write_file("spdx.json", &m.out);
	assert_holds(&m, "\"licenseDeclared\":\"MIT OR LicenseRef-odd\"");
	assert_holds(&m, "\"hasExtractedLicensingInfos\":[{\"licenseId\":\"LicenseRef-odd\"");
	assert_holds(&m, "\"licenseComments\":\"as you like [it](x)\"");
	assert_holds(&m, "\"created\":\"2020-09-13T12:26:40Z\"");
	assert_holds(&m, "{\"spdxElementId\":\"SPDXRef-component-0\",\"relationshipType\":"
			 "\"DEPENDS_ON\",\"relatedSpdxElement\":\"SPDXRef-component-1\"}");
	end(&m);
}

static void keeps_names_from_becoming_links_or_ways(void **state)
{
	struct made m;

	(void)state;
	begin(&m);
	report_sarif(&m.r, text_span(&m.json), &m.out);
	write_file("sarif", &m.out);
	assert_holds(&m, "\"uri\":\"squashfs@0x0!/%2E%2E/a%20b%5Cx21%5Cx23%7B1%7D%5Bx%5D%28y%29%25"
			 "%5Cxff\"");
	assert_holds(&m, "\"ruleId\":\"ACC-01\",");
	assert_holds(&m, "\"region\":{\"startLine\":3,\"byteOffset\":0,\"byteLength\":10}");
	assert_null(strstr(m.out.p, "\"[root](x)"));
	end(&m);
}

static void takes_the_date_that_was_given(void **state)
{
	struct made m;

	(void)state;
	begin(&m);
	m.s.options.as_of = "2026-11-25";
	report_cdx(&m.r, text_span(&m.json), &m.out);
	assert_holds(&m, "\"metadata\":{\"timestamp\":\"2026-11-25T00:00:00Z\"");
	end(&m);
}

static void knows_expressions_from_names(void **state)
{
	static const struct {
		const char *text;
		enum license_form form;
	} cases[] = {
		{ "", LICENSE_NONE },
		{ "MIT", LICENSE_ID },
		{ "GPL-2.0-with-bison-exception", LICENSE_ID },
		{ "(MIT OR Apache-2.0) AND BSD-3-Clause", LICENSE_EXPRESSION },
		{ "LicenseRef-a.b-1", LICENSE_EXPRESSION },
		{ "GPL-2.0-only WITH Linux-syscall-note", LICENSE_EXPRESSION },
		{ "MIT WITH Apache-2.0", LICENSE_NAME },
		{ "GPL-2.0-only WITH Classpath-exception-2.0", LICENSE_EXPRESSION },
		{ "Classpath-exception-2.0", LICENSE_NAME },
		{ "GPLv2", LICENSE_NAME },
		{ "MIT AND", LICENSE_NAME },
		{ "(MIT", LICENSE_NAME },
		{ "MIT)", LICENSE_NAME },
		{ "MIT MIT", LICENSE_NAME },
		{ "LicenseRef-", LICENSE_NAME },
		{ "LicenseRef-a/b", LICENSE_NAME },
		{ "()", LICENSE_NAME },
		{ "MIT WITH (GCC-exception-2.0)", LICENSE_NAME },
		{ "((((((((((((((((((MIT))))))))))))))))))", LICENSE_NAME },
	};
	static const uint8_t nul[] = { 'M', 'I', 'T', 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (license_form(span_text(cases[i].text)) != cases[i].form)
			fail_msg("\"%s\"", cases[i].text);
	assert_int_equal(license_form((struct span){ nul, 4 }), LICENSE_NAME);
}

static void lets_through_only_whole_names(void **state)
{
	static const uint8_t nul[] = "cpe:2.3:\0";

	(void)state;
	assert_true(is_cpe(span_text("cpe:2.3:a:gnu:glibc:2.36:*:*:*:*:*:*:*")));
	assert_true(is_cpe(span_text("cpe:2.3:a:x:y:1\\:2\\+3:-:*:*:*:*:*:*")));
	assert_false(is_cpe(span_text("cpe:2.3:a:x:y:1+2:*:*:*:*:*:*:*")));
	assert_false(is_cpe(span_text("cpe:2.3:a:x:y:1:*:*:*:*:*:*")));
	assert_false(is_cpe(span_text("cpe:2.3:a:x:y:1:*:*:*:*:*:*:*:*")));
	assert_false(is_cpe(span_text("cpe:2.3:a:x:y::*:*:*:*:*:*:*")));
	assert_false(is_cpe(span_text("cpe:2.3:x:x:y:1:*:*:*:*:*:*:*")));
	assert_false(is_cpe((struct span){ nul, 9 }));
	assert_true(is_purl(span_text("pkg:deb/debian/curl@7.88.1-10%2Bdeb12u1")));
	assert_false(is_purl(span_text("pkg:deb")));
	assert_false(is_purl(span_text("pkg:deb/a b")));
	assert_false(is_purl((struct span){ 0 }));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists_components_with_evidence),
		cmocka_unit_test(lists_cryptographic_assets),
		cmocka_unit_test(says_what_is_known_of_vulnerabilities),
		cmocka_unit_test(writes_no_vex_without_a_vulnerability),
		cmocka_unit_test(explains_licences_that_spdx_does_not_list),
		cmocka_unit_test(keeps_names_from_becoming_links_or_ways),
		cmocka_unit_test(takes_the_date_that_was_given),
		cmocka_unit_test(knows_expressions_from_names),
		cmocka_unit_test(lets_through_only_whole_names),
	};

	hash_start();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
