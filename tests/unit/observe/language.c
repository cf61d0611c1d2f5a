/* language.c - packages that languages' own tools installed, and what is none of them. */
#include "unit/observe/scenery.h"

#include "observe/language.h"

static const struct component_fact *component(const struct scenery *s, uint32_t i)
{
	assert_true(i < s->facts.count[FACT_COMPONENT]);
	return (const struct component_fact *)s->facts.of[FACT_COMPONENT][i];
}

/* One file, one package. */
static void file_gives(const char *path, const char *text, const char *purl, const char *license)
{
	struct scenery s;
	const struct component_fact *c;

	scenery_init(&s);
	scenery_add(&s, path, span_text(text));
	scenery_finish(&s);
	if (!purl) {
		assert_int_equal(s.facts.count[FACT_COMPONENT], 0);
	} else {
		assert_int_equal(s.facts.count[FACT_COMPONENT], 1);
		c = component(&s, 0);
		assert_true(span_is(c->purl, purl));
		assert_true(span_is(c->license, license));
		assert_string_equal(c->source, "language-package");
		assert_int_equal(c->nodes.n, 1);
	}
	scenery_free(&s);
}

static void reads_descriptions_of_one_package(void **state)
{
	static const char npm[] = "{\"name\": \"@types/node\", \"version\": \"20.1.0\",\n"
				  " \"license\": \"MIT\"}\n";

	(void)state;
	file_gives("/srv/node_modules/@types/node/package.json", npm,
		   "pkg:npm/%40types/node@20.1.0", "MIT");
	file_gives("/srv/package.json", "{\"name\":\"ui\",\"version\":\"1.0.0\"}",
		   "pkg:npm/ui@1.0.0", "");
	file_gives("/usr/lib/python3/dist-packages/Foo_Bar-1.2.dist-info/METADATA",
		   "Metadata-Version: 2.1\nName: Foo_Bar\nVersion: 1.2\nLicense: BSD\n\n"
		   "Version: 9 is what the text says\n",
		   "pkg:pypi/foo-bar@1.2", "BSD");
	file_gives("/usr/lib/python2.7/site-packages/six-1.9.egg-info",
		   "Metadata-Version: 1.1\nName: six\nVersion: 1.9\n", "pkg:pypi/six@1.9", "");
	file_gives("/usr/lib/luarocks/rocks-5.1/lpeg/1.0.2-1/lpeg-1.0.2-1.rockspec",
		   "package = \"LPeg\"\nversion = \"1.0.2-1\"\ndescription = {\n"
		   "   license = \"MIT/X11\"\n}\n",
		   "pkg:luarocks/LPeg@1.0.2-1", "MIT/X11");
	file_gives("/META-INF/maven/org.x/core/pom.properties",
		   "#Created by Apache Maven\nversion=2.14.1\ngroupId=org.x\nartifactId=core\n",
		   "pkg:maven/org.x/core@2.14.1", "");
}

static void leaves_others_alone(void **state)
{
	(void)state;
	file_gives("/srv/node_modules/a/test/package.json", "{\"name\":\"t\",\"version\":\"1\"}",
		   NULL, NULL);
	file_gives("/srv/package.json", "{\"name\":\"ui\"}", NULL, NULL);
	file_gives("/srv/package.json", "{\"name\":\"ui\",\"version\":\"1.0.0\"", NULL, NULL);
	file_gives("/srv/package.json", "{\"name\":\"u i\",\"version\":\"1.0.0\"}", NULL, NULL);
	file_gives("/etc/METADATA", "Name: x\nVersion: 1\n", NULL, NULL);
	file_gives("/META-INF/maven/g/a/pom.properties",
		   "groupId=g\nartifactId=a\nversion=${project.version}\n", NULL, NULL);
	file_gives("/etc/manifest", "repository = { a = { [\"1-1\"] = {} } }\n", NULL, NULL);
}

static void a_lock_file_lists_what_is_not_for_developers(void **state)
{
	static const char lock[] =
		"{\"name\":\"ui\",\"lockfileVersion\":3,\"packages\":{\n"
		"\"\":{\"name\":\"ui\",\"version\":\"1.0.0\"},\n"
		"\"node_modules/ms\":{\"version\":\"2.0.0\",\"license\":\"MIT\"},\n"
		"\"node_modules/a/node_modules/ms\":{\"version\":\"2.1.3\"},\n"
		"\"node_modules/mocha\":{\"version\":\"10.0.0\",\"dev\":true}}}\n";
	struct scenery s;

	(void)state;
	scenery_init(&s);
	scenery_add(&s, "/srv/package-lock.json", span_text(lock));
	scenery_finish(&s);
	assert_int_equal(s.facts.count[FACT_COMPONENT], 2);
	assert_true(span_is(component(&s, 0)->purl, "pkg:npm/ms@2.0.0"));
	assert_int_equal(component(&s, 0)->f.line, 3);
	assert_true(span_is(component(&s, 1)->purl, "pkg:npm/ms@2.1.3"));
	assert_true(span_starts(span_from(span_text(lock), component(&s, 1)->f.offset),
				span_text("2.1.3\"}")));
	scenery_free(&s);
}

static void a_tree_of_rocks_lists_them(void **state)
{
	static const char manifest[] =
		"commands = {}\ndependencies = { lpeg = { [\"1.0.2-1\"] = { {} } } }\n"
		"repository = {\n   lpeg = {\n      [\"1.0.2-1\"] = { { arch = \"installed\" } }\n"
		"   },\n   luasocket = { ['3.0rc1-2'] = { {} } }\n}\n";
	struct scenery s;

	(void)state;
	scenery_init(&s);
	scenery_add(&s, "/usr/lib/luarocks/rocks-5.1/manifest", span_text(manifest));
	scenery_finish(&s);
	assert_int_equal(s.facts.count[FACT_COMPONENT], 2);
	assert_true(span_is(component(&s, 0)->purl, "pkg:luarocks/lpeg@1.0.2-1"));
	assert_true(span_is(component(&s, 1)->purl, "pkg:luarocks/luasocket@3.0rc1-2"));
	scenery_free(&s);
}

static struct node *in_archive(struct scenery *s, struct node *jar, const char *path,
			       const char *text)
{
	struct node *n = scenery_add(s, path, span_text(text));

	n->container = jar;
	return n;
}

static void a_pom_speaks_before_the_manifest(void **state)
{
	static const char manifest[] =
		"Manifest-Version: 1.0\r\nImplementation-Version: 2.14.1\r\n";
	struct scenery s;

	(void)state;
	scenery_init(&s);
	s.files[0] = (struct node){ 0 };
	in_archive(&s, &s.root, "/META-INF/MANIFEST.MF", manifest);
	in_archive(&s, &s.root, "/META-INF/maven/g/core/pom.properties",
		   "groupId=g\nartifactId=core\nversion=2.14.1\n");
	scenery_finish(&s);
	assert_int_equal(s.facts.count[FACT_COMPONENT], 1);
	assert_true(span_is(component(&s, 0)->purl, "pkg:maven/g/core@2.14.1"));
	scenery_free(&s);
}

/* The archive's own name tells what its manifest does not. */
static void an_archive_is_called_as_its_file(void **state)
{
	static const struct {
		const char *path, *manifest, *purl;
	} cases[] = {
		{ "/lib/core-2.1.jar", "Manifest-Version: 1.0\n", "pkg:maven/core@2.1" },
		{ "/lib/core.jar", "Bundle-Version: 4.2.3\n", "pkg:maven/core@4.2.3" },
		{ "/lib/core.jar",
		  "Implementation-Version: 3\nBundle-Version: 4\nImplementation-Vendor-Id: org.x\n",
		  "pkg:maven/org.x/core@3" },
		{ "/lib/core.jar", "Manifest-Version: 1.0\n", NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct scenery s;

		scenery_init(&s);
		s.root.path = span_text(cases[i].path);
		s.root.kind = KIND_FILE;
		scenery_add(&s, "/META-INF/MANIFEST.MF", span_text(cases[i].manifest));
		scenery_finish(&s);
		assert_int_equal(s.facts.count[FACT_COMPONENT], cases[i].purl ? 1 : 0);
		if (cases[i].purl)
			assert_true(span_is(component(&s, 0)->purl, cases[i].purl));
		scenery_free(&s);
	}
}

/* -- programs -- */

static void put_le(uint8_t *p, uint64_t value, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		p[i] = (uint8_t)(value >> (8 * i));
}

/* A 64-bit ELF with one section of that name and content, behind the names of sections. */
static struct span program(uint8_t *p, const char *name, struct span content)
{
	const size_t names = 64, at = 128, table = 2048;

	memset(p, 0, table + 3 * 64);
	memcpy(p, "\177ELF\2\1\1", 7);
	put_le(p + 16, 2, 2);
	put_le(p + 18, 62, 2);
	put_le(p + 20, 1, 4);
	put_le(p + 40, table, 8);
	put_le(p + 52, 64, 2);
	put_le(p + 58, 64, 2);
	put_le(p + 60, 3, 2);
	put_le(p + 62, 2, 2);
	memcpy(p + names + 1, name, strlen(name));
	memcpy(p + at, content.p, content.n);
	put_le(p + table + 64, 1, 4);
	put_le(p + table + 68, 1, 4);
	put_le(p + table + 88, at, 8);
	put_le(p + table + 96, content.n, 8);
	put_le(p + table + 132, 3, 4);
	put_le(p + table + 152, names, 8);
	put_le(p + table + 160, 32, 8);
	return (struct span){ p, table + 3 * 64 };
}

static void a_program_of_go_lists_its_modules(void **state)
{
	static const char lines[] =
		"0123456789abcdefpath\texample.com/agent\nmod\texample.com/agent\t(devel)\t\n"
		"dep\tgithub.com/a/b\tv1.2.3\th1:x=\ndep\tgithub.com/old/c\tv0.1.0\th1:y=\n"
		"=>\tgithub.com/new/c/v2\tv2.0.1\th1:z=\nbuild\tCGO_ENABLED=0\n0123456789abcdef";
	uint8_t head[512] = "\xff Go buildinf:\x08\x02", file[4096];
	struct scenery s;
	struct span bytes;
	size_t n = sizeof(lines) - 1;

	(void)state;
	head[32] = 8;
	memcpy(head + 33, "go1.22.5", 8);
	head[41] = (uint8_t)(n & 0x7f) | 0x80;
	head[42] = (uint8_t)(n >> 7);
	memcpy(head + 43, lines, n);
	bytes = program(file, ".go.buildinfo", (struct span){ head, 43 + n });
	scenery_init(&s);
	scenery_add(&s, "/usr/bin/agent", bytes);
	scenery_finish(&s);
	assert_int_equal(s.facts.count[FACT_COMPONENT], 3);
	assert_true(span_is(component(&s, 0)->purl, "pkg:golang/stdlib@1.22.5"));
	assert_true(span_is(component(&s, 0)->cpe, "cpe:2.3:a:golang:go:1.22.5:*:*:*:*:*:*:*"));
	assert_true(span_is(component(&s, 1)->purl, "pkg:golang/github.com/a/b@v1.2.3"));
	assert_true(span_is(component(&s, 2)->purl, "pkg:golang/github.com/new/c/v2@v2.0.1"));
	assert_true(span_is(span_sub(bytes, component(&s, 1)->f.offset, component(&s, 1)->f.length),
			    "github.com/a/b\tv1.2.3"));
	scenery_free(&s);
}

/* zlib.compress(b'{"packages":[{"name":"serde","version":"1.0.197"},'
 * b'{"name":"cc","version":"1.0.90","kind":"build"}]}'), by Python. */
static const uint8_t audit[] = {
	0x78, 0x9c, 0xab, 0x56, 0x2a, 0x48, 0x4c, 0xce, 0x4e, 0x4c, 0x4f, 0x2d, 0x56, 0xb2,
	0x8a, 0xae, 0x56, 0xca, 0x4b, 0xcc, 0x4d, 0x55, 0xb2, 0x52, 0x2a, 0x4e, 0x2d, 0x4a,
	0x49, 0x55, 0xd2, 0x51, 0x2a, 0x4b, 0x2d, 0x2a, 0xce, 0xcc, 0xcf, 0x03, 0x8a, 0x18,
	0xea, 0x19, 0xe8, 0x19, 0x5a, 0x9a, 0x2b, 0xd5, 0xea, 0xc0, 0x15, 0x25, 0x27, 0x63,
	0xa8, 0xb0, 0x34, 0x00, 0x0a, 0x65, 0x67, 0xe6, 0xa5, 0x00, 0xf9, 0x49, 0xa5, 0x99,
	0x39, 0x29, 0x4a, 0xb5, 0xb1, 0xb5, 0x00, 0x0c, 0xbf, 0x1e, 0x39,
};

static void a_program_of_rust_lists_its_crates(void **state)
{
	uint8_t file[4096];
	struct scenery s;

	(void)state;
	scenery_init(&s);
	scenery_add(&s, "/usr/bin/agentd",
		    program(file, ".dep-v0", (struct span){ audit, sizeof(audit) }));
	scenery_finish(&s);
	assert_int_equal(s.facts.count[FACT_COMPONENT], 1);
	assert_true(span_is(component(&s, 0)->purl, "pkg:cargo/serde@1.0.197"));
	assert_int_equal(component(&s, 0)->f.offset, 128);
	assert_int_equal(component(&s, 0)->f.length, sizeof(audit));
	scenery_free(&s);
}

/* The same name in two languages is two things. */
static void languages_are_told_apart(void **state)
{
	struct scenery s;

	(void)state;
	scenery_init(&s);
	scenery_add(&s, "/a/node_modules/redis/package.json",
		    span_text("{\"name\":\"redis\",\"version\":\"4.0.0\"}"));
	scenery_add(&s, "/b/node_modules/redis/package.json",
		    span_text("{\"name\":\"redis\",\"version\":\"4.0.0\"}"));
	scenery_add(&s, "/usr/lib/python3/site-packages/redis-4.0.0.dist-info/METADATA",
		    span_text("Name: redis\nVersion: 4.0.0\n"));
	scenery_finish(&s);
	assert_int_equal(s.facts.count[FACT_COMPONENT], 2);
	assert_int_equal(component(&s, 0)->nodes.n, 2);
	assert_true(span_is(component(&s, 1)->purl, "pkg:pypi/redis@4.0.0"));
	scenery_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_descriptions_of_one_package),
		cmocka_unit_test(leaves_others_alone),
		cmocka_unit_test(a_lock_file_lists_what_is_not_for_developers),
		cmocka_unit_test(a_tree_of_rocks_lists_them),
		cmocka_unit_test(a_pom_speaks_before_the_manifest),
		cmocka_unit_test(an_archive_is_called_as_its_file),
		cmocka_unit_test(a_program_of_go_lists_its_modules),
		cmocka_unit_test(a_program_of_rust_lists_its_crates),
		cmocka_unit_test(languages_are_told_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
