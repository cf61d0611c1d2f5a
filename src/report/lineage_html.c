/* lineage_html.c - the lineage of releases as a page: one row a thing, one column a release. It has
 * no script, and its policy lets none run. */
#include "report/html.h"
#include "report/lineage.h"

/* web/report.css and web/lineage.css, embedded at build time. */
extern const uint8_t web_css[], web_css_end[], web_lineage[], web_lineage_end[];

#define MOST_ROWS  HTML_MOST_ROWS
#define MOST_CELLS 100000 /* of one kind, so that the page stays light */
#define MOST_SPAN  1000
#define NONE       " class=\"none\""

static struct span embedded(const uint8_t *from, const uint8_t *to)
{
	return (struct span){ from, (size_t)(to - from) };
}

static void put_head(struct text *t, const struct lineage *l)
{
	struct span css = embedded(web_css, web_css_end);
	struct span own = embedded(web_lineage, web_lineage_end);

	text_puts(t, "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
		     "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
		     "style-src ");
	html_hash(t, css);
	text_char(t, ' ');
	html_hash(t, own);
	text_format(t,
		    "; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; "
		    "trusted-types 'none'\">\n"
		    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
		    "<meta name=\"referrer\" content=\"no-referrer\">\n"
		    "<title>evenhand lineage, %u releases</title>\n<style>",
		    l->release_count);
	text_put(t, css);
	text_puts(t, "</style>\n<style>");
	text_put(t, own);
	text_puts(t, "</style>\n</head>\n");
}

static uint32_t count_kind(const struct lineage *l, enum fact_kind kind, bool constant)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < l->thing_count; i++)
		n += l->things[i].kind == kind && thing_is_constant(&l->things[i], l) == constant;
	return n;
}

static void put_title(struct text *t, enum fact_kind kind)
{
	text_format(t, "%c%s", fact_tables[kind].list[0] - 32, fact_tables[kind].list + 1);
}

static void put_contents(struct text *t, const struct lineage *l)
{
	text_puts(t, "<nav class=\"toc\" aria-label=\"Contents\">\n<a href=\"#releases\">Releases"
		     "<span>");
	html_number(t, l->release_count);
	text_puts(t, "</span></a>\n");
	for (int k = 0; k < FACT_KINDS; k++) {
		enum fact_kind kind = (enum fact_kind)k;

		if (!lineage_has(kind))
			continue;
		text_format(t, "<a href=\"#%s\">", fact_tables[kind].list);
		put_title(t, kind);
		text_puts(t, "<span>");
		html_number(t, count_kind(l, kind, false) + count_kind(l, kind, true));
		text_puts(t, "</span></a>\n");
	}
	text_puts(t, "</nav>\n");
}

/* -- releases -- */

static void put_release(struct text *t, const struct release *r, uint32_t number)
{
	text_format(t,
		    "<tr id=\"release-%u\"><td class=\"r\" data-h=\"Release\">%u</td><td "
		    "data-h=\"Version\">",
		    number, number);
	html_image(t, r->version);
	text_puts(t, "</td><td data-h=\"Product\">");
	html_image(t, r->vendor);
	text_puts(t, r->vendor.n && r->product.n ? " " : "");
	html_image(t, r->product);
	text_puts(t, "</td><td class=\"n\" data-h=\"Bytes\">");
	html_number(t, r->size);
	text_puts(t, "</td><td data-h=\"Not understood\">");
	if (r->blind)
		text_format(t, "%u part%s", r->blind, r->blind == 1 ? "" : "s");
	text_puts(t, "</td><td data-h=\"sha256\"><code>");
	text_hex(t, (struct span){ r->sha256, SHA256_SIZE });
	text_puts(t, r->is_stored
			     ? "</code> <span class=\"soft\">from its report</span></td></tr>\n"
			     : "</code></td></tr>\n");
}

static void put_order(struct text *t, const struct lineage *l)
{
	text_puts(t, l->by_version ? "In the order of the versions that they name."
				   : "In the order in which they were given");
	if (l->unversioned)
		text_format(t, ", as the image given as number %u names no version",
			    l->unversioned);
	text_puts(t, l->by_version ? "" : ".");
}

static void put_releases(struct text *t, const struct lineage *l)
{
	text_format(t, "<section id=\"releases\">\n<h1>%u release%s</h1>\n<p>", l->release_count,
		    l->release_count == 1 ? "" : "s");
	put_order(t, l);
	text_puts(t, " Versions and names are as the images name themselves. Where parts of an "
		     "image could not be understood, what is missing may be there.</p>\n<div "
		     "class=\"wrap\"><table><thead><tr><th>Release</th><th>Version</th><th>Product"
		     "</th><th>Bytes</th><th>Not understood</th><th>sha256</th></tr></thead>"
		     "<tbody>\n");
	for (uint32_t i = 0; i < l->release_count; i++)
		put_release(t, &l->releases[i], i + 1);
	text_puts(t, "</tbody></table></div>\n<ul class=\"key\"><li><i></i>there</li><li><i "
		     "class=\"off\"></i>there, but cannot log in or is not started</li><li><i "
		     "class=\"none\"></i>not found</li></ul>\n</section>\n");
}

/* -- things -- */

/* A cell spans at most so many columns in any browser. */
static void put_bar(struct text *t, struct run run, const char *class_name, const char *says)
{
	for (uint32_t from = run.first; from <= run.last; from += MOST_SPAN) {
		uint32_t n = run.last - from + 1 < MOST_SPAN ? run.last - from + 1 : MOST_SPAN;

		text_puts(t, "<td class=\"c\"");
		if (n > 1)
			text_format(t, " colspan=\"%u\"", n);
		text_format(t, "><i%s></i><span class=\"v\">%s %u", class_name, says, from + 1);
		if (n > 1)
			text_format(t, " to %u", from + n);
		text_puts(t, "</span></td>");
	}
}

static uint32_t put_bars(struct text *t, const struct thing *thing, uint32_t releases)
{
	uint32_t next = 0, cells = 0;

	for (uint32_t i = 0; i < thing->run_count; i++) {
		const struct run *run = &thing->runs[i];

		if (run->first > next) {
			put_bar(t, (struct run){ next, run->first - 1, false }, NONE, "not in");
			cells++;
		}
		put_bar(t, *run, run->is_active ? "" : " class=\"off\"",
			run->is_active ? "in" : lineage_inactive(thing->kind));
		cells++;
		next = run->last + 1;
	}
	if (next < releases)
		put_bar(t, (struct run){ next, releases - 1, false }, NONE, "not in");
	return cells + 1;
}

static void put_what(struct text *t, const struct thing *thing)
{
	html_image(t, thing->what);
	if (thing->version.n) {
		text_char(t, ' ');
		html_image(t, thing->version);
	}
}

static void put_table_head(struct text *t, const struct lineage *l)
{
	text_puts(t, "<div class=\"lines\"><table><thead><tr><th>What</th><th class=\"r\">First"
		     "</th><th class=\"r\">Last</th>");
	for (uint32_t i = 0; i < l->release_count; i++)
		text_format(t, "<th class=\"c\"><a href=\"#release-%u\">%u</a></th>", i + 1, i + 1);
	text_puts(t, "</tr></thead><tbody>\n");
}

static void put_left_out(struct text *t, uint32_t n)
{
	if (n)
		text_format(t, "<p>%u more are in the JSON report.</p>\n", n);
}

static void put_changing(struct text *t, const struct lineage *l, enum fact_kind kind)
{
	uint32_t rows = 0, cells = 0, left_out = 0;

	put_table_head(t, l);
	for (uint32_t i = 0; i < l->thing_count; i++) {
		const struct thing *thing = &l->things[i];

		if (thing->kind != kind || thing_is_constant(thing, l))
			continue;
		if (rows == MOST_ROWS || cells > MOST_CELLS) {
			left_out++;
			continue;
		}
		rows++;
		text_puts(t, "<tr><td>");
		put_what(t, thing);
		text_format(t, "</td><td class=\"r\">%u</td><td class=\"r\">%u</td>",
			    thing->runs[0].first + 1, thing->runs[thing->run_count - 1].last + 1);
		cells += put_bars(t, thing, l->release_count);
		text_puts(t, "</tr>\n");
	}
	text_puts(t, "</tbody></table></div>\n");
	put_left_out(t, left_out);
}

static void put_constant(struct text *t, const struct lineage *l, enum fact_kind kind, uint32_t n)
{
	uint32_t rows = 0;

	text_format(t, "<details><summary>%u in every release</summary><ul>\n", n);
	for (uint32_t i = 0; i < l->thing_count && rows < MOST_ROWS; i++) {
		const struct thing *thing = &l->things[i];

		if (thing->kind != kind || !thing_is_constant(thing, l))
			continue;
		rows++;
		text_puts(t, "<li>");
		put_what(t, thing);
		if (!thing->runs[0].is_active)
			text_format(t, " <span class=\"soft\">%s</span>",
				    lineage_inactive(thing->kind));
		text_puts(t, "</li>\n");
	}
	text_puts(t, "</ul>\n");
	put_left_out(t, n - rows);
	text_puts(t, "</details>\n");
}

static void put_kind(struct text *t, const struct lineage *l, enum fact_kind kind)
{
	uint32_t changing = count_kind(l, kind, false), constant = count_kind(l, kind, true);

	text_format(t, "<section id=\"%s\">\n<h2>", fact_tables[kind].list);
	put_title(t, kind);
	text_puts(t, "</h2>\n");
	if (changing)
		put_changing(t, l, kind);
	else
		text_puts(t, constant ? "<p>None came or went.</p>\n"
				      : "<p>None in any release.</p>\n");
	if (constant)
		put_constant(t, l, kind, constant);
	text_puts(t, "</section>\n");
}

void lineage_html(const struct lineage *l, struct span json, struct text *t)
{
	uint8_t digest[SHA256_SIZE];

	sha256_of(json, digest);
	put_head(t, l);
	text_format(t,
		    "<body>\n<a class=\"skip\" href=\"#releases\">To the releases</a>\n<header "
		    "class=\"top\"><b>evenhand lineage</b><code>%u releases</code></header>\n"
		    "<div class=\"page\">\n",
		    l->release_count);
	put_contents(t, l);
	text_puts(t, "<main>\n");
	put_releases(t, l);
	for (int k = 0; k < FACT_KINDS; k++)
		if (lineage_has((enum fact_kind)k))
			put_kind(t, l, (enum fact_kind)k);
	text_puts(t, "<p class=\"soft\">evenhand " EVENHAND_VERSION
		     ". Digest of the JSON: <code>sha256 ");
	text_hex(t, (struct span){ digest, SHA256_SIZE });
	text_puts(t, "</code></p>\n</main>\n</div>\n</body>\n</html>\n");
}
