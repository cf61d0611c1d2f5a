/* language.c - packages of npm (package.json, package-lock.json), Python (core metadata), LuaRocks
 * (rockspec, manifest) and Maven (pom.properties, MANIFEST.MF), by the names of their files. */
#include "observe/language.h"

#include "base/jsontext.h"

#define LONGEST_NAME    256
#define LONGEST_VERSION 128
#define LONGEST_LICENSE 128
#define MOST_LINES      4096
#define MOST_PACKAGES   8192 /* of one file */
#define MOST_JSON       (8u << 20)
#define MOST_DEPTH      8

static const char source[] = "language-package";

bool component_is_language(const struct component_fact *c)
{
	return c->source == source;
}

/* Graphic ASCII and bytes of other scripts: nothing that a line or a URL would break at. */
static bool is_word(struct span s, size_t most)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] <= ' ' || s.p[i] == 0x7f || s.p[i] == '"' || s.p[i] == '\\')
			return false;
	return s.n <= most;
}

static struct span purl_begin(struct arena *a, const struct package *p)
{
	struct text t = { 0 };
	struct span copy;

	text_puts(&t, p->type);
	text_char(&t, '/');
	if (p->space.n) {
		text_percent(&t, p->space, ":/");
		text_char(&t, '/');
	}
	text_percent(&t, p->called.n ? p->called : p->name, ":/");
	copy = arena_copy(a, text_span(&t));
	text_free(&t);
	return copy;
}

void language_add(struct scene *s, const struct package *p)
{
	struct arena *a = s->bench->arena;
	struct component_fact *f;

	if (p->name.n == 0 || !is_word(p->name, LONGEST_NAME) ||
	    !is_word(p->version, LONGEST_VERSION) || !is_word(p->space, LONGEST_NAME))
		return;
	f = fact_new(a, s->node, FACT_COMPONENT, p->at.offset, p->at.length);
	if (!f)
		return;
	f->name = arena_copy(a, p->name);
	f->version = arena_copy(a, p->version);
	f->license =
		arena_copy(a, p->license.n > LONGEST_LICENSE ? (struct span){ 0 } : p->license);
	f->purl = purl_begin(a, p);
	f->cpe = span_text(p->cpe ? p->cpe : "");
	f->source = source;
	f->nodes.n = p->sighting == SIGHTING_COPY;
	f->f.line = scene_line(s, p->at.offset);
}

static struct evidence_at whole(const struct scene *s)
{
	return (struct evidence_at){ .length = s->bytes.n };
}

/* What of s lies behind the last `mark`; all of it where there is none. */
static struct span behind_last(struct span s, const char *mark)
{
	for (size_t at; (at = span_find(s, 0, span_text(mark))) != SIZE_MAX;)
		s = span_from(s, at + strlen(mark));
	return s;
}

/* -- npm -- */

/* "@scope/name" has a namespace. */
static void npm_add(struct scene *s, struct span name, struct span version, struct span license,
		    struct evidence_at at, enum sighting sighting)
{
	struct span rest = name, scope = { 0 };

	if (span_byte(name, 0) == '@')
		scope = field_next(&rest, '/');
	if (version.n)
		language_add(s, &(struct package){ .type = "pkg:npm",
						   .space = scope,
						   .name = name,
						   .called = rest,
						   .version = version,
						   .license = license,
						   .at = at,
						   .sighting = sighting });
}

/* In node_modules only a package's own folder counts: deeper ones are its examples and tests. */
static bool is_own_folder(struct span path)
{
	struct span tail = behind_last(path, "/node_modules/");
	unsigned slashes = 0;

	if (tail.n == path.n)
		return true;
	for (size_t i = 0; i < tail.n; i++)
		slashes += tail.p[i] == '/';
	return slashes == (span_byte(tail, 0) == '@' ? 2 : 1);
}

static void npm_package(struct scene *s, const struct json_text *t)
{
	struct span license = json_value(t, 0, "license");

	if (!is_own_folder(s->node->path))
		return;
	npm_add(s, json_value(t, 0, "name"), json_value(t, 0, "version"),
		is_word(license, LONGEST_LICENSE) || span_byte(license, 0) == '('
			? license
			: (struct span){ 0 },
		whole(s), SIGHTING_COPY);
}

/* What was to be installed: "packages" of lock files 2 and 3, "dependencies" of 1. What only
 * developers need is left out. */
static void npm_lock(struct scene *s, const struct json_text *t)
{
	uint32_t list = json_find(t, 0, "packages");
	unsigned count = 0;

	if (list == JSON_NONE)
		list = json_find(t, 0, "dependencies");
	if (list == JSON_NONE || t->items[list].kind != JSON_OBJECT)
		return;
	for (uint32_t i = json_child(t, list); i != JSON_NONE && count < MOST_PACKAGES;
	     i = json_next(t, i)) {
		const struct json_item *item = &t->items[i];
		struct span version = json_value(t, i, "version");

		if (item->kind != JSON_OBJECT || item->key.n == 0 || version.n == 0 ||
		    span_is(json_value(t, i, "dev"), "true"))
			continue;
		npm_add(s, behind_last(item->key, "node_modules/"), version,
			json_value(t, i, "license"),
			(struct evidence_at){ .offset = span_place(s->bytes, version),
					      .length = version.n },
			SIGHTING_MENTION);
		count++;
	}
}

static void read_json(struct scene *s, void (*read)(struct scene *, const struct json_text *))
{
	struct arena own;
	struct json_text t;

	if (s->bytes.n > MOST_JSON)
		return;
	arena_init(&own, 64u << 20);
	if (json_text_read(&own, s->bytes, &t).kind == FAULT_NONE && t.items[0].kind == JSON_OBJECT)
		read(s, &t);
	arena_free(&own);
}

static void look_npm_package(struct scene *s)
{
	read_json(s, npm_package);
}

static void look_npm_lock(struct scene *s)
{
	read_json(s, npm_lock);
}

/* -- "Key: value" and "key=value" -- */

struct wanted {
	const char *key;
	struct span value;
};

static struct span trim(struct span s, const char *of)
{
	while (s.n && strchr(of, s.p[0]) && s.p[0])
		s = span_from(s, 1);
	while (s.n && s.p[s.n - 1] && strchr(of, s.p[s.n - 1]))
		s.n--;
	return s;
}

/* The first value of each key. An empty line ends the head of a message; in other texts it does
 * not. */
static void read_pairs(struct span text, char mark, bool is_message, struct wanted *list,
		       size_t count)
{
	struct span line, key;
	size_t at = 0;

	for (int n = 0; n < MOST_LINES && line_next(text, &at, &line); n++) {
		if (line.n == 0 && is_message)
			return;
		key = trim(field_next(&line, mark), " \t");
		for (size_t i = 0; i < count; i++)
			if (list[i].value.n == 0 && span_is(key, list[i].key))
				list[i].value = trim(line, " \t,");
	}
}

/* Core metadata 2.x (packaging.python.org). Names are compared in lower case, with "-" for "_" and
 * "." (PEP 503); the fact keeps the name as it is written. */
static void look_python(struct scene *s)
{
	struct wanted w[] = { { .key = "Name" },
			      { .key = "Version" },
			      { .key = "License-Expression" },
			      { .key = "License" } };
	char called[LONGEST_NAME];
	size_t n = 0;

	read_pairs(s->bytes, ':', true, w, 4);
	for (size_t i = 0; i < w[0].value.n && n < sizeof(called); i++) {
		int c = w[0].value.p[i];

		if (c == '_' || c == '.' || c == '-') {
			if (n && called[n - 1] == '-')
				continue;
			c = '-';
		} else if (c >= 'A' && c <= 'Z') {
			c += 'a' - 'A';
		}
		called[n++] = (char)c;
	}
	if (w[1].value.n)
		language_add(s,
			     &(struct package){ .type = "pkg:pypi",
						.name = w[0].value,
						.called = { (const uint8_t *)called, n },
						.version = w[1].value,
						.license = w[2].value.n ? w[2].value : w[3].value,
						.at = whole(s),
						.sighting = SIGHTING_COPY });
}

/* A rockspec is Lua, but all of them write these as plain strings. */
static void look_rockspec(struct scene *s)
{
	struct wanted w[] = { { .key = "package" }, { .key = "version" }, { .key = "license" } };

	read_pairs(s->bytes, '=', false, w, 3);
	for (int i = 0; i < 3; i++)
		w[i].value = trim(w[i].value, "\"'");
	if (w[1].value.n)
		language_add(s, &(struct package){ .type = "pkg:luarocks",
						   .name = w[0].value,
						   .version = w[1].value,
						   .license = w[2].value,
						   .at = whole(s),
						   .sighting = SIGHTING_COPY });
}

static void maven_add(struct scene *s, struct span group, struct span name, struct span version,
		      struct span license)
{
	if (version.n && span_find(version, 0, span_text("${")) == SIZE_MAX)
		language_add(s, &(struct package){ .type = "pkg:maven",
						   .space = group,
						   .name = name,
						   .version = version,
						   .license = license,
						   .at = whole(s),
						   .sighting = SIGHTING_COPY });
}

static void look_pom(struct scene *s)
{
	struct wanted w[] = { { .key = "groupId" }, { .key = "artifactId" }, { .key = "version" } };

	read_pairs(s->bytes, '=', false, w, 3);
	if (w[0].value.n)
		maven_add(s, w[0].value, w[1].value, w[2].value, (struct span){ 0 });
}

/* What Maven calls an archive: NAME-VERSION.jar, of which the version may be missing. */
struct archive {
	struct span name, version;
};

static struct archive archive_of(const struct node *n)
{
	struct archive a = { { 0 }, { 0 } };
	struct span whole = { 0 };
	size_t end;

	for (const struct node *up = n->container; up && whole.n == 0; up = up->parent)
		whole = node_name(up);
	for (end = whole.n; end > 0 && whole.p[end - 1] != '.'; end--)
		;
	if (end == 0)
		return a;
	whole = span_head(whole, end - 1);
	a.name = whole;
	for (size_t i = 1; i + 1 < whole.n; i++)
		if (whole.p[i] == '-' && whole.p[i + 1] >= '0' && whole.p[i + 1] <= '9') {
			a.name = span_head(whole, i);
			a.version = span_from(whole, i + 1);
			break;
		}
	return a;
}

/* What an archive says of itself; its pom.properties says it better (component_relate.c). */
static void look_manifest(struct scene *s)
{
	struct wanted w[] = { { .key = "Implementation-Version" },
			      { .key = "Bundle-Version" },
			      { .key = "Implementation-Vendor-Id" },
			      { .key = "Bundle-License" } };
	struct archive archive = archive_of(s->node);

	read_pairs(s->bytes, ':', true, w, 4);
	for (int i = 0; i < 2 && archive.version.n == 0; i++)
		archive.version = w[i].value;
	maven_add(s, w[2].value, archive.name, archive.version, w[3].value);
}

/* -- the manifest of a tree of rocks: repository = { NAME = { ["VERSION"] = { ... -- */

struct lua {
	struct span in;
	size_t at;
	struct span word; /* the newest name or string */
};

static bool is_name(int c)
{
	return c == '_' || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
	       (c >= 'a' && c <= 'z');
}

/* '{', '}', or 'w' for a word; 0 at the end. Other marks are skipped. */
static int lua_next(struct lua *l)
{
	while (l->at < l->in.n) {
		int c = l->in.p[l->at++];
		size_t from = l->at;

		if (c == '{' || c == '}')
			return c;
		if (c == '"' || c == '\'') {
			while (l->at < l->in.n && l->in.p[l->at] != c)
				l->at += l->in.p[l->at] == '\\' ? 2 : 1;
			l->word = span_sub(l->in, from, (l->at < l->in.n ? l->at : from) - from);
			l->at++;
			return 'w';
		}
		if (is_name(c)) {
			while (is_name(span_byte(l->in, l->at)))
				l->at++;
			l->word = span_sub(l->in, from - 1, l->at - from + 1);
			return 'w';
		}
	}
	return 0;
}

static void look_rocks(struct scene *s)
{
	struct lua l = { .in = s->bytes };
	struct span keys[MOST_DEPTH] = { { 0 } };
	unsigned depth = 0, count = 0;

	for (int c; (c = lua_next(&l)) != 0 && count < MOST_PACKAGES;) {
		if (c == '}')
			depth -= depth > 0;
		if (c != '{')
			continue;
		if (depth == MOST_DEPTH)
			return;
		keys[depth++] = l.word;
		if (depth != 3 || !span_is(keys[0], "repository") || keys[2].n == 0)
			continue;
		count++;
		language_add(s, &(struct package){ .type = "pkg:luarocks",
						   .name = keys[1],
						   .version = keys[2],
						   .at = { .offset = span_place(s->bytes, keys[2]),
							   .length = keys[2].n },
						   .sighting = SIGHTING_MENTION });
	}
}

/* -- which file is what -- */

static const struct {
	const char *inside, *end; /* of the path */
	void (*look)(struct scene *s);
} forms[] = {
	{ "", "/package.json", look_npm_package },
	{ "", "/package-lock.json", look_npm_lock },
	{ "", "/npm-shrinkwrap.json", look_npm_lock },
	{ ".dist-info/", "/METADATA", look_python },
	{ ".egg-info/", "/PKG-INFO", look_python },
	{ "/EGG-INFO/", "/PKG-INFO", look_python },
	{ "-packages/", ".egg-info", look_python },
	{ "", ".rockspec", look_rockspec },
	{ "/rocks", "/manifest", look_rocks },
	{ "META-INF/maven/", "/pom.properties", look_pom },
	{ "META-INF/", "/MANIFEST.MF", look_manifest },
};

bool languages_look(struct scene *s)
{
	struct span path = s->node->path;

	for (size_t i = 0; s->is_text && i < sizeof(forms) / sizeof(forms[0]); i++) {
		if (!span_ends(path, span_text(forms[i].end)) ||
		    (*forms[i].inside &&
		     span_find(path, 0, span_text(forms[i].inside)) == SIZE_MAX))
			continue;
		forms[i].look(s);
		return true;
	}
	return false;
}
