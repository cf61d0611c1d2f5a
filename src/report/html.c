/* html.c - the frame of the page: one file, no network, a policy that lets only the two embedded
 * pieces of style and script run. */
#include "report/html.h"
#include "report/page.h"

#include <openssl/evp.h>

#include "tree/locator.h"

/* web/report.css and web/report.js, embedded at build time. */
extern const uint8_t web_css[], web_css_end[], web_js[], web_js_end[];

void html_said(struct text *t, struct span s)
{
	static const struct {
		char c;
		const char *entity;
	} entities[] = { { '<', "&lt;" },
			 { '>', "&gt;" },
			 { '&', "&amp;" },
			 { '"', "&quot;" },
			 { '\'', "&#39;" } };
	size_t from = 0;

	for (size_t i = 0; i < s.n; i++)
		for (size_t k = 0; k < sizeof(entities) / sizeof(entities[0]); k++)
			if (s.p[i] == (uint8_t)entities[k].c) {
				text_put(t, span_sub(s, from, i - from));
				text_puts(t, entities[k].entity);
				from = i + 1;
			}
	text_put(t, span_from(s, from));
}

void html_says(struct text *t, const char *text)
{
	html_said(t, span_text(text ? text : ""));
}

void html_image(struct text *t, struct span raw)
{
	struct text escaped = { 0 };

	text_escape(&escaped, raw, "");
	text_puts(t, "<bdi>");
	html_said(t, text_span(&escaped));
	text_puts(t, "</bdi>");
	t->failed |= escaped.failed;
	text_free(&escaped);
}

static void put_locator(struct text *t, const struct node *n)
{
	struct text locator = { 0 };

	locator_write(&locator, n);
	if (locator.n == 0)
		text_puts(&locator, "image");
	text_puts(t, "<bdi>");
	html_said(t, text_span(&locator));
	text_puts(t, "</bdi>");
	t->failed |= locator.failed;
	text_free(&locator);
}

void html_locator(struct text *t, const struct node *n)
{
	text_puts(t, "<code>");
	put_locator(t, n);
	text_puts(t, "</code>");
}

void html_place(struct text *t, const struct node *n)
{
	text_puts(t, "<code>");
	if (n->container)
		html_image(t, n->path);
	else
		put_locator(t, n);
	text_puts(t, "</code>");
}

void html_number(struct text *t, uint64_t value)
{
	text_number(t, value);
}

void html_outcome(struct text *t, enum outcome o)
{
	text_format(t, "<span class=\"o %s\">%s</span>", outcome_name(o), outcome_word(o));
}

void html_evidence(struct text *t, const struct evidence_ref *e)
{
	if (e->fact && e->fact->id < HTML_MOST_ROWS)
		text_format(t, "<a href=\"#fact-%s-%u\">", fact_tables[e->fact->kind].one,
			    e->fact->id);
	else
		text_format(t, "<a href=\"#node-%u\">", e->node->id);
	html_place(t, e->node);
	if (e->fact && e->fact->line)
		text_format(t, " line %u", e->fact->line);
	text_puts(t, "</a>");
}

void html_hash(struct text *t, struct span bytes)
{
	uint8_t digest[SHA256_SIZE];
	char base64[48];

	sha256_of(bytes, digest);
	EVP_EncodeBlock((unsigned char *)base64, digest, SHA256_SIZE);
	text_format(t, "'sha256-%s'", base64);
}

static void put_head(struct text *t, const struct report *r, struct span css, struct span js)
{
	text_puts(t, "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
		     "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
		     "style-src ");
	html_hash(t, css);
	text_puts(t, "; script-src ");
	html_hash(t, js);
	text_puts(t, "; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; "
		     "trusted-types 'none'\">\n"
		     "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
		     "<meta name=\"referrer\" content=\"no-referrer\">\n<title>evenhand report, "
		     "sha256 ");
	text_hex(t, (struct span){ r->image_sha256, 8 });
	text_puts(t, "…</title>\n<style>");
	text_put(t, css);
	text_puts(t, "</style>\n</head>\n");
}

static void put_contents(struct text *t, const struct report *r)
{
	text_puts(t,
		  "<nav class=\"toc\" aria-label=\"Contents\">\n<a href=\"#summary\">Summary</a>\n"
		  "<a href=\"#coverage\">Coverage</a>\n<a href=\"#verdicts\">Verdicts<span>");
	html_number(t, r->verdict_count);
	text_puts(t, "</span></a>\n<a href=\"#components\">Components<span>");
	html_number(t, r->facts->count[FACT_COMPONENT]);
	text_puts(t, "</span></a>\n<a href=\"#facts\">Facts</a>\n");
	for (int k = 0; k < FACT_KINDS; k++)
		if (r->facts->count[k] && k != FACT_COMPONENT) {
			text_format(t, "<a class=\"sub\" href=\"#%s\">%c%s<span>",
				    fact_tables[k].list, fact_tables[k].list[0] - 32,
				    fact_tables[k].list + 1);
			html_number(t, r->facts->count[k]);
			text_puts(t, "</span></a>\n");
		}
	text_puts(t, "<a href=\"#files\">Files<span>");
	html_number(t, r->tree->count);
	text_puts(t, "</span></a>\n<a href=\"#about\">About this report</a>\n</nav>\n");
}

static void put_files(struct text *t, const struct report *r)
{
	text_puts(t, "<noscript><p>Without script the file list, search and filters are missing; "
		     "everything else is "
		     "here.</p></noscript>\n<section id=\"files\" hidden>\n<h2 "
		     "id=\"treehead\">Files</h2>\n<p>");
	html_number(t, r->tree->count);
	text_puts(t,
		  " regions, folders and files. Arrow keys move and open, * opens all beside; "
		  "names are written as "
		  "the image has them, unprintable bytes as \\xNN. Understood is counted with all "
		  "that lies below.</p>\n<div class=\"filters\"><label><input type=\"checkbox\" "
		  "id=\"odd\"> Only what was not understood, or has a fault</label></div>\n<div "
		  "class=\"files\"><div><div class=\"row head\" aria-hidden=\"true\"><span>Name"
		  "</span><span class=\"what\">What it is</span><span class=\"r part\">Understood"
		  "</span><span class=\"r size\">Bytes</span></div><div id=\"tree\" "
		  "role=\"tree\" tabindex=\"0\" aria-labelledby=\"treehead\"></div></div>\n<div "
		  "id=\"detail\" aria-live=\"polite\"></div></div>\n</section>\n");
}

void report_html(const struct report *r, struct span json, struct text *t)
{
	struct span css = { web_css, (size_t)(web_css_end - web_css) };
	struct span js = { web_js, (size_t)(web_js_end - web_js) };
	uint8_t digest[SHA256_SIZE];

	sha256_of(json, digest);
	put_head(t, r, css, js);
	text_puts(t, "<body>\n<a class=\"skip\" href=\"#summary\">To the report</a>\n<header "
		     "class=\"top\"><b>evenhand "
		     "report</b><code>");
	text_hex(t, (struct span){ r->image_sha256, 8 });
	text_puts(t, "…</code><form role=\"search\"><input id=\"q\" type=\"search\" "
		     "autocomplete=\"off\" "
		     "placeholder=\"Search this report\" aria-label=\"Search this report\" "
		     "aria-controls=\"hits\">"
		     "<kbd>/</kbd><div id=\"hits\" role=\"listbox\" aria-label=\"Found\" "
		     "hidden></div></form></header>\n"
		     "<div class=\"page\">\n");
	put_contents(t, r);
	text_puts(t, "<main>\n");
	html_summary(t, r);
	html_coverage(t, r);
	html_verdicts(t, r);
	html_components(t, r);
	html_facts(t, r);
	put_files(t, r);
	html_about(t, r);
	text_puts(t, "<p class=\"soft\">Digest of the JSON report: <code>sha256 ");
	text_hex(t, (struct span){ digest, SHA256_SIZE });
	text_puts(t,
		  "</code></p>\n</main>\n</div>\n<script type=\"application/json\" id=\"data\">");
	html_data(t, r);
	text_puts(t, "</script>\n<script>");
	text_put(t, js);
	text_puts(t, "</script>\n</body>\n</html>\n");
}
