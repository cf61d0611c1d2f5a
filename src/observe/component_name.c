/* component_name.c - what others call a component: package URL (package-url specification) and CPE
 * 2.3 (NISTIR 7695). */
#include <ctype.h>

#include "observe/component.h"

static const char listed[] = "package-database";

bool component_is_listed(const struct component_fact *c)
{
	return c->source == listed;
}

struct component_fact *component_list(struct scene *s, struct evidence_at at, const char *type)
{
	struct component_fact *f =
		fact_new(s->bench->arena, s->node, FACT_COMPONENT, at.offset, at.length);

	if (!f)
		return NULL;
	f->source = listed;
	f->purl = span_text(type);
	f->nodes.n = 1;
	return f;
}

/* ID of the system's own release file: the namespace of its packages. */
static struct span read_distribution(struct lookups *l, const struct node *n)
{
	static const char *const paths[] = { "/etc/os-release", "/usr/lib/os-release" };
	struct span line, key;

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		const struct node *file = follow(l, n, span_text(paths[i]));
		size_t at = 0;

		while (file && line_next(file->kept, &at, &line)) {
			key = field_next(&line, '=');
			if (!span_is(key, "ID"))
				continue;
			if (line.n >= 2 && line.p[0] == '"')
				line = span_sub(line, 1, line.n - 2);
			return span_head(line, 64);
		}
	}
	return (struct span){ 0 };
}

static struct span distribution(struct distributions *d, const struct node *n)
{
	const struct node *root = node_root(n);
	struct span id;

	for (uint32_t i = 0; i < d->n; i++)
		if (d->root[i] == root)
			return d->id[i];
	id = read_distribution(&d->l, n);
	if (d->n < MOST_DISTRIBUTIONS) {
		d->root[d->n] = root;
		d->id[d->n++] = id;
	}
	return id;
}

/* pkg:deb/debian/curl@7.88.1-10?epoch=... is rpm's alone: others keep the epoch in the version. */
static void put_listed(struct text *t, struct distributions *d, const struct component_fact *c)
{
	struct span version = c->version, epoch = { 0 };
	struct span space = distribution(d, c->f.node);

	text_char(t, '/');
	if (space.n && !span_is(c->purl, "pkg:opkg")) {
		text_percent(t, space, ":");
		text_char(t, '/');
	}
	text_percent(t, c->name, ":");
	if (span_is(c->purl, "pkg:rpm") && span_find(version, 0, span_text(":")) != SIZE_MAX)
		epoch = field_next(&version, ':');
	text_char(t, '@');
	text_percent(t, version, ":");
	if (epoch.n) {
		text_puts(t, "?epoch=");
		text_percent(t, epoch, ":");
	}
}

static struct span purl_of(struct distributions *d, const struct component_fact *c)
{
	struct text t = { 0 };
	struct span copy;

	if (c->purl.n == 0)
		return c->purl;
	text_put(&t, c->purl);
	if (component_is_listed(c)) {
		put_listed(&t, d, c);
	} else if (c->version.n) {
		text_char(&t, '@');
		text_percent(&t, c->version, ":");
	}
	copy = arena_copy(d->l.a, text_span(&t));
	text_free(&t);
	return copy;
}

/* Vendor and product come from the table, already quoted; in the version everything but letters,
 * digits, "_", "-" and "." takes a backslash. */
static struct span cpe_of(struct arena *a, const struct component_fact *c)
{
	struct text t = { 0 };
	struct span copy;

	if (c->cpe.n == 0)
		return c->cpe;
	text_puts(&t, span_starts(c->cpe, span_text("linux:linux_kernel")) ? "cpe:2.3:o:"
									   : "cpe:2.3:a:");
	text_put(&t, c->cpe);
	text_char(&t, ':');
	if (c->version.n == 0)
		text_char(&t, '*');
	for (size_t i = 0; i < c->version.n; i++) {
		int b = span_byte(c->version, i);

		if (!isalnum(b) && !strchr("._-", b))
			text_char(&t, '\\');
		text_char(&t, (char)b);
	}
	text_puts(&t, ":*:*:*:*:*:*:*");
	copy = arena_copy(a, text_span(&t));
	text_free(&t);
	return copy;
}

void component_identify(struct distributions *d, struct component_fact *c)
{
	c->purl = purl_of(d, c);
	c->cpe = cpe_of(d->l.a, c);
}
