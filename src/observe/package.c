/* package.c - package databases: paragraphs of "Field: value" (dpkg, opkg; Debian policy 5.1) and
 * of "F:value" (apk, APKINDEX). */
#include "base/text.h"
#include "observe/component.h"

enum { FIELD_NAME_, FIELD_VERSION_, FIELD_LICENSE_, FIELD_STATUS_, FIELDS };

struct package_form {
	const char *end;            /* of the database's path */
	const char *fields[FIELDS]; /* with colon */
	const char *purl;
};

static const struct package_form forms[] = {
	{ "/dpkg/status", { "Package:", "Version:", "License:", "Status:" }, "pkg:deb/" },
	{ "/opkg/status", { "Package:", "Version:", "License:", "Status:" }, "pkg:opkg/" },
	{ "/apk/db/installed", { "P:", "V:", "L:", "?" }, "pkg:apk/" },
};

struct paragraph {
	struct span values[FIELDS];
	uint64_t from, to;
	uint32_t line;
};

static struct span trim(struct span s)
{
	while (s.n && s.p[0] == ' ')
		s = span_from(s, 1);
	while (s.n && s.p[s.n - 1] == ' ')
		s.n--;
	return s;
}

static void add(struct arena *a, struct node *n, const struct package_form *form,
		const struct paragraph *p)
{
	struct component_fact *f;
	struct text purl = { 0 };

	if (p->values[FIELD_NAME_].n == 0 || p->values[FIELD_VERSION_].n == 0 ||
	    span_find(p->values[FIELD_STATUS_], 0, span_text("deinstall")) != SIZE_MAX)
		return;
	f = fact_new(a, n, FACT_COMPONENT, p->from, p->to - p->from);
	if (!f)
		return;
	text_puts(&purl, form->purl);
	text_put(&purl, p->values[FIELD_NAME_]);
	text_char(&purl, '@');
	text_put(&purl, p->values[FIELD_VERSION_]);
	f->f.line = p->line;
	f->name = arena_copy(a, p->values[FIELD_NAME_]);
	f->version = arena_copy(a, p->values[FIELD_VERSION_]);
	f->license = arena_copy(a, p->values[FIELD_LICENSE_]);
	f->purl = arena_copy(a, text_span(&purl));
	f->source = "package-database";
	f->nodes.n = 1;
	text_free(&purl);
}

static void read_database(struct arena *a, struct node *n, const struct package_form *form)
{
	struct paragraph p = { .line = 1 };
	struct span line;
	size_t at = 0, from = 0;
	uint32_t number = 0;

	while (line_next(n->kept, &at, &line)) {
		number++;
		if (line.n == 0) {
			add(a, n, form, &p);
			p = (struct paragraph){ .from = at, .line = number + 1 };
		}
		for (int i = 0; i < FIELDS; i++)
			if (span_starts(line, span_text(form->fields[i])))
				p.values[i] = trim(span_from(line, strlen(form->fields[i])));
		p.to = from + line.n;
		from = at;
	}
	add(a, n, form, &p);
}

void packages_add(struct arena *a, struct node *n)
{
	for (size_t i = 0; n->kept.n && i < sizeof(forms) / sizeof(forms[0]); i++)
		if (span_ends(n->path, span_text(forms[i].end)))
			read_database(a, n, &forms[i]);
}
