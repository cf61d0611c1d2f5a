/* component.c - which software is in a file: version banners found by the pattern pass and
 * confirmed exactly over the string they stand in. A banner in another program's file may only show
 * a link to it. */
#include "observe/component.h"

#include "observe/language.h"

#define LONGEST_LINE    4096
#define LONGEST_VERSION 64
#define LINES_BEFORE    3
#define MOST_FOUND      64  /* in one file */
#define MOST_TRIED      512 /* hits that are confirmed in one file: banners are few */

static bool says_the_same(const struct component_fact *c, const struct component_rule *r,
			  struct span version)
{
	return c->f.kind == FACT_COMPONENT && span_is(c->name, r->name) &&
	       (span_equal(c->version, version) || version.n == 0);
}

struct component_fact *component_add(struct scene *s, const struct component_rule *r,
				     struct span version, enum sighting what, struct evidence_at at)
{
	struct arena *a = s->bench->arena;
	struct component_fact *f;

	for (struct fact *old = s->node->facts; old; old = old->next)
		if (says_the_same((struct component_fact *)old, r, version))
			return NULL;
	f = fact_new(a, s->node, FACT_COMPONENT, at.offset, at.length);
	if (!f)
		return NULL;
	f->name = span_text(r->name);
	f->version = arena_copy(a, version);
	f->purl = span_text(r->purl ? r->purl : "");
	f->cpe = span_text(r->cpe ? r->cpe : "");
	f->license = span_text(r->license ? r->license : "");
	f->source = at.source;
	f->nodes.n = what == SIGHTING_COPY;
	f->linked.n = what == SIGHTING_LINK ? 1 : what == SIGHTING_HINT ? 2 : 0;
	f->f.line = scene_line(s, at.offset);
	return f;
}

/* The line around `at`; with `before` more lines in front of it. */
static struct span lines_around(struct span s, uint64_t at, unsigned before, uint64_t *begin)
{
	uint64_t from = at, to = at;

	while (from > 0 && at - from < LONGEST_LINE &&
	       (span_byte(s, from - 1) != '\n' || before > 0)) {
		before -= span_byte(s, from - 1) == '\n';
		from--;
	}
	while (to < s.n && to - at < LONGEST_LINE && span_byte(s, to) != '\n')
		to++;
	*begin = from;
	return span_sub(s, from, to - from);
}

/* The text that a rule speaks of, around the place where its pattern ended. */
static struct span text_of(const struct scene *s, const struct component_rule *r, uint64_t end,
			   struct text *joined, uint64_t *begin)
{
	bool many = strstr(r->pattern, "\\n") != NULL;

	if (r->evidence == EVIDENCE_TEXT)
		return lines_around(s->bytes, end - 1, many ? LINES_BEFORE : 0, begin);
	if (r->evidence == EVIDENCE_INLINE || r->evidence == EVIDENCE_HINT)
		return string_around(s->bytes, end - 1, begin);
	strings_join(s->bytes, end - 1, joined, begin);
	return text_span(joined);
}

/* Confirms a hit. The evidence is the string, or the version alone where strings were joined. */
static bool confirm(const struct scene *s, const struct hit *h, struct text *joined,
		    struct span *version, struct evidence_at *at)
{
	const struct component_rule *r = &component_rules[h->row];
	struct span text = text_of(s, r, h->end, joined, &at->offset);

	if (text.n == 0 || !know_capture(h->row, text, version) || version->n > LONGEST_VERSION)
		return false;
	at->length = text.n;
	if (r->evidence == EVIDENCE_ADJACENT) {
		at->offset = span_find(s->bytes, at->offset, *version);
		at->length = version->n;
	}
	return true;
}

static bool is_documentation(const struct node *n)
{
	static const char *const folders[] = { "/share/doc/", "/share/man/", "/share/info/",
					       "/share/licenses/" };

	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
		if (span_find(n->path, 0, span_text(folders[i])) != SIZE_MAX)
			return true;
	return false;
}

/* Documentation and sources speak of other programs' versions all the time: in text only the rules
 * made for text count, in binaries only the others. */
static bool applies(const struct scene *s, const struct component_rule *r)
{
	return s->is_text == (r->evidence == EVIDENCE_TEXT);
}

/* Whether the file loads a library that is a copy of the component. */
static bool loads(const struct node *n, const struct component_rule *r)
{
	for (const struct fact *f = n->facts; f; f = f->next) {
		const struct executable_fact *x = (const struct executable_fact *)f;

		for (uint32_t i = 0; f->kind == FACT_EXECUTABLE && i < x->needed.n; i++)
			if (name_matches(x->needed.p[i], r->file_names))
				return true;
	}
	return false;
}

/* A kernel's own banner names a kernel wherever it stands. */
static bool is_kernel(const struct component_rule *r)
{
	return strcmp(r->name, "linux_kernel") == 0;
}

static enum sighting sighting(const struct scene *s, const struct component_rule *r)
{
	if (r->evidence == EVIDENCE_HINT)
		return SIGHTING_HINT;
	if (!r->file_names || is_kernel(r) || name_matches(node_name(s->node), r->file_names))
		return SIGHTING_COPY;
	return loads(s->node, r) ? SIGHTING_LINK : SIGHTING_MENTION;
}

static void look_at_hits(struct scene *s)
{
	struct text joined = { 0 };
	int found = 0, tried = 0;

	for (uint32_t i = 0; i < s->hit_count && found < MOST_FOUND && tried < MOST_TRIED; i++) {
		const struct hit *h = &s->hits[i];
		const struct component_rule *r = &component_rules[h->row];
		struct evidence_at at = { .source = "banner" };
		struct span version;

		if (h->owner != OWNER_COMPONENT || !applies(s, r))
			continue;
		tried++;
		if (!confirm(s, h, &joined, &version, &at))
			continue;
		if (is_kernel(r))
			at.source = "kernel";
		found += component_add(s, r, version, sighting(s, r), at) != NULL;
	}
	text_free(&joined);
}

static void look(struct scene *s)
{
	if (packages_look(s) || is_documentation(s->node) || languages_look(s))
		return;
	if (!s->is_text)
		languages_of_program(s);
	look_at_hits(s);
	if (s->node->kind == KIND_FILE && !s->is_text)
		components_of_named_file(s);
}

const struct observer observe_components = { "components", look };
