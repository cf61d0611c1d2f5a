/* package.c - package databases in text: paragraphs of "Field: value" (dpkg, opkg; Debian policy
 * 5.1) and of "F:value" (apk's installed database, apk-tools doc/apk-v2.5). */
#include "observe/component.h"

enum { VALUE_NAME, VALUE_VERSION, VALUE_LICENSE, VALUE_STATUS, VALUE_ORIGIN, VALUES };

#define LONGEST_VALUE 256

struct package_form {
	const char *inside, *end;   /* of the database's path; inside: a folder it stands in */
	const char *fields[VALUES]; /* with colon */
	const char *type;
};

/* dpkg/status.d: images without dpkg itself (distroless) hold a file a package. */
static const struct package_form forms[] = {
	{ "/dpkg/",
	  "/status",
	  { "Package:", "Version:", "License:", "Status:", "Source:" },
	  "pkg:deb" },
	{ "/dpkg/status.d/",
	  "",
	  { "Package:", "Version:", "License:", "Status:", "Source:" },
	  "pkg:deb" },
	{ "/opkg/",
	  "/status",
	  { "Package:", "Version:", "License:", "Status:", "Source:" },
	  "pkg:opkg" },
	{ "/opkg/info/",
	  ".control",
	  { "Package:", "Version:", "License:", "Status:", "Source:" },
	  "pkg:opkg" },
	{ "/ipkg/",
	  "/status",
	  { "Package:", "Version:", "License:", "Status:", "Source:" },
	  "pkg:opkg" },
	{ "/apk/db/", "/installed", { "P:", "V:", "L:", "?", "o:" }, "pkg:apk" },
};

struct paragraph {
	struct span values[VALUES];
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

/* "deinstall ok config-files" and "purge": known, no longer there. Without a status it is. */
static bool is_there(struct span status)
{
	struct span rest = status, last = status;

	while (rest.n)
		last = field_next(&rest, ' ');
	return status.n == 0 || !(span_is(last, "config-files") || span_is(last, "not-installed"));
}

/* "openssl (1.1.1n-0+deb11u4)"; opkg gives a path in the distribution's own tree instead. */
static struct span origin_of(const struct paragraph *p)
{
	struct span origin = p->values[VALUE_ORIGIN];

	origin = span_head(origin, span_find(origin, 0, span_text(" (")));
	for (size_t at = origin.n; at > 0; at--)
		if (origin.p[at - 1] == '/')
			return span_head(span_from(origin, at), LONGEST_VALUE);
	return span_head(origin, LONGEST_VALUE);
}

static void add(struct scene *s, const struct package_form *form, const struct paragraph *p)
{
	struct arena *a = s->bench->arena;
	struct component_fact *f;

	if (p->values[VALUE_NAME].n == 0 || p->values[VALUE_VERSION].n == 0 ||
	    p->values[VALUE_NAME].n > LONGEST_VALUE || p->values[VALUE_VERSION].n > LONGEST_VALUE ||
	    !is_there(p->values[VALUE_STATUS]))
		return;
	f = component_list(s, (struct evidence_at){ .offset = p->from, .length = p->to - p->from },
			   form->type);
	if (!f)
		return;
	f->f.line = p->line;
	f->name = arena_copy(a, p->values[VALUE_NAME]);
	f->version = arena_copy(a, p->values[VALUE_VERSION]);
	f->license = arena_copy(a, span_head(p->values[VALUE_LICENSE], LONGEST_VALUE));
	f->origin = arena_copy(a, origin_of(p));
}

static void read_database(struct scene *s, const struct package_form *form)
{
	struct paragraph p = { .line = 1 };
	struct span line;
	size_t at = 0, from = 0;
	uint32_t number = 0;

	while (line_next(s->bytes, &at, &line)) {
		number++;
		if (line.n == 0) {
			add(s, form, &p);
			p = (struct paragraph){ .from = at, .line = number + 1 };
		}
		for (int i = 0; i < VALUES; i++)
			if (span_starts(line, span_text(form->fields[i])))
				p.values[i] = trim(span_from(line, strlen(form->fields[i])));
		p.to = from + line.n;
		from = at;
	}
	add(s, form, &p);
}

bool packages_look(struct scene *s)
{
	struct span path = s->node->path;

	for (size_t i = 0; s->is_text && i < sizeof(forms) / sizeof(forms[0]); i++) {
		if (span_find(path, 0, span_text(forms[i].inside)) == SIZE_MAX ||
		    !span_ends(path, span_text(forms[i].end)))
			continue;
		read_database(s, &forms[i]);
		return true;
	}
	return !s->is_text && packages_of_rpm(s);
}
