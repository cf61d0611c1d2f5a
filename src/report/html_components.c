/* html_components.c - what the image is built from: name, version, how it came to be known,
 * licence, end of support, known vulnerabilities, places. */
#include "judge/sbom.h"
#include "know/know.h"
#include "report/html.h"

#define MOST_VULNERABILITIES                                                                       \
	12 /* of one component in its cell; each has a line among the facts                        \
	    */

struct known { /* vulnerabilities, sorted by component */
	struct fact *const *p;
	uint32_t n, at;
};

static const struct vulnerability_fact *vulnerability(const struct known *k, uint32_t i)
{
	return (const void *)k->p[i];
}

static bool has_feeds(const struct report *r)
{
	return r->options->feeds && r->options->feeds->source_count;
}

static bool any(const struct report *r, struct span (*says)(const struct component_fact *c))
{
	for (uint32_t i = 0; i < r->facts->count[FACT_COMPONENT]; i++)
		if (says((const void *)r->facts->of[FACT_COMPONENT][i]).n)
			return true;
	return false;
}

static struct span license_of(const struct component_fact *c)
{
	return c->license;
}

/* As SBOM-04 reads the table: distributions mend what they list. */
static const char *support_of(const struct component_fact *c)
{
	const struct support_row *row;

	if (component_of_database(c) || (!component_of_files(c) && c->cpe.n == 0))
		return NULL;
	row = support_find(c->name, c->version);
	return row && strcmp(row->eol, "n/a") != 0 ? row->eol : NULL;
}

static bool any_support(const struct report *r)
{
	for (uint32_t i = 0; i < r->facts->count[FACT_COMPONENT]; i++)
		if (support_of((const void *)r->facts->of[FACT_COMPONENT][i]))
			return true;
	return false;
}

static void put_support(struct text *t, const struct component_fact *c)
{
	const char *end = support_of(c);

	if (end && strcmp(end, "ended") == 0)
		text_puts(t, "ended; the day is not known");
	else if (end && strcmp(end, "supported") == 0)
		text_puts(t, "supported; no end is set");
	else if (end)
		html_says(t, end);
}

static void put_vulnerability(struct text *t, const struct vulnerability_fact *v)
{
	text_format(t, "<a class=m href=#fact-vulnerability-%u>", v->f.id);
	html_image(t, v->id);
	text_puts(t, "</a> ");
	html_says(t, v->status);
	if (v->exploited)
		text_puts(t, ", <b>exploited</b>");
	if (v->fixed_in.n) {
		text_puts(t, " <span class=soft>fixed in ");
		html_image(t, v->fixed_in);
		text_puts(t, "</span>");
	}
}

static bool is_affected(const struct vulnerability_fact *v)
{
	return v->status && strcmp(v->status, "affected") == 0;
}

/* Those that affect it first. */
static void put_vulnerabilities(struct text *t, const struct component_fact *c, struct known *k)
{
	uint32_t from, to, shown = 0;

	while (k->at < k->n && vulnerability(k, k->at)->component->f.id < c->f.id)
		k->at++;
	from = to = k->at;
	while (to < k->n && vulnerability(k, to)->component == c)
		to++;
	k->at = to;
	for (int affected = 1; affected >= 0; affected--)
		for (uint32_t i = from; i < to && shown < MOST_VULNERABILITIES; i++) {
			const struct vulnerability_fact *v = vulnerability(k, i);

			if (is_affected(v) != (bool)affected || v->f.id >= HTML_MOST_ROWS)
				continue;
			text_puts(t, shown++ ? "<br>" : "");
			put_vulnerability(t, v);
		}
	if (to - from > shown)
		text_format(t, "%sand %u more", shown ? "<br>" : "", to - from - shown);
	if (from == to)
		text_puts(t, "<span class=soft>none in the feeds given</span>");
}

static void put_identifiers(struct text *t, const struct component_fact *c)
{
	if (c->origin.n) {
		text_puts(t, "<br><span class=soft>of ");
		html_image(t, c->origin);
		text_puts(t, "</span>");
	}
	text_puts(t, "<details><summary class=soft>identifiers</summary>");
	html_image(t, c->purl);
	if (c->cpe.n) {
		text_puts(t, "<br>");
		html_image(t, c->cpe);
	}
	text_puts(t, "</details>");
}

/* How it came to be known, in words. */
static void put_source(struct text *t, const struct component_fact *c)
{
	static const struct {
		const char *source, *says;
	} words[] = {
		{ "package-database", "package database" },
		{ "banner", "text in its file" },
		{ "kernel", "kernel text" },
		{ "symbols", "symbols" },
		{ "filename", "name of its file" },
		{ "language-package", "language package" },
	};

	for (size_t i = 0; c->source && i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(words[i].source, c->source) == 0) {
			text_puts(t, words[i].says);
			return;
		}
	html_says(t, c->source);
}

struct shown { /* which columns say anything */
	bool license, support, vulnerabilities;
};

static void put_row(struct text *t, const struct component_fact *c, struct shown shown,
		    struct known *known)
{
	html_fact_place(t, &c->f);
	text_puts(t, "<td><b>");
	html_image(t, c->name);
	text_puts(t, "</b>");
	if (c->purl.n || c->cpe.n)
		put_identifiers(t, c);
	text_puts(t, "<td>");
	if (c->version.n)
		html_image(t, c->version);
	else
		text_puts(t, "<span class=soft>not known</span>");
	text_puts(t, "<td>");
	put_source(t, c);
	if (shown.license) {
		text_puts(t, "<td>");
		html_image(t, c->license);
	}
	if (shown.support) {
		text_puts(t, "<td>");
		put_support(t, c);
	}
	if (shown.vulnerabilities) {
		text_puts(t, "<td>");
		put_vulnerabilities(t, c, known);
	}
	text_puts(t, "<td>");
	if (c->nodes.n > 1 || (c->nodes.n && c->nodes.p[0] != c->f.node))
		html_nodes(t, &c->nodes);
	text_char(t, '\n');
}

static void put_head(struct text *t, struct shown shown)
{
	text_puts(t, "<div class=\"kind\" data-kind=\"component\">\n<div class=\"wrap\"><table "
		     "class=\"facts components\"><thead><tr><th>Place, bytes</th><th>Name</th>"
		     "<th>Version</th><th>How known</th>");
	if (shown.license)
		text_puts(t, "<th>Licence</th>");
	if (shown.support)
		text_puts(t, "<th>Support ends</th>");
	if (shown.vulnerabilities)
		text_puts(t, "<th>Known vulnerabilities</th>");
	text_puts(t, "<th>All places</th></tr></thead><tbody>\n");
}

static void put_lead(struct text *t, const struct report *r, struct shown shown)
{
	text_puts(t, "<p>Programs and libraries that are known by name");
	text_puts(t, shown.support ? ", with the end of support that their makers publish" : "");
	text_puts(t,
		  shown.vulnerabilities
			  ? ". Known vulnerabilities are those of the feeds that were given; that "
			    "a version is affected does not show that the code is reached.</p>\n"
			  : ". No vulnerability feed was given, so nothing is said of known "
			    "vulnerabilities.</p>\n");
	if (r->facts->count[FACT_COMPONENT] == 0)
		text_puts(t, "<p>None was recognised in what was opened.</p>\n");
}

void html_components(struct text *t, const struct report *r)
{
	const struct facts *f = r->facts;
	struct shown shown = { any(r, license_of), any_support(r), has_feeds(r) };
	struct known known = { f->of[FACT_VULNERABILITY], f->count[FACT_VULNERABILITY], 0 };
	uint32_t count = f->count[FACT_COMPONENT];

	text_puts(t, "<section id=\"components\">\n<h2>Components</h2>\n");
	put_lead(t, r, shown);
	if (count) {
		put_head(t, shown);
		for (uint32_t i = 0; i < count && i < HTML_MOST_ROWS; i++)
			put_row(t, (const void *)f->of[FACT_COMPONENT][i], shown, &known);
		text_puts(t, "</tbody></table></div>\n");
		if (count > HTML_MOST_ROWS)
			text_format(t,
				    "<p class=\"soft\">The first %d of %u; the JSON report has "
				    "all.</p>\n",
				    HTML_MOST_ROWS, count);
		text_puts(t, "</div>\n");
	}
	text_puts(t, "</section>\n");
}
