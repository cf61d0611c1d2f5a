/* html_summary.c - the first screen: what it is, how much of it was understood, what needs
 * attention. */
#include <stdio.h>

#include "know/know.h"
#include "report/html.h"

#define MOST_ATTENTION 8
#define MAP_WIDTH      1000
#define LEAST_WIDTH    1.4 /* 0.14 % */

static void put_title(struct text *t, const struct report *r)
{
	const struct facts *f = r->facts;

	text_puts(t, "<h1>");
	for (uint32_t i = 0; i < f->count[FACT_IDENTITY]; i++) {
		const struct identity_fact *id = (const void *)f->of[FACT_IDENTITY][i];

		if (id->product.n == 0)
			continue;
		if (id->vendor.n) {
			html_image(t, id->vendor);
			text_char(t, ' ');
		}
		html_image(t, id->product);
		if (id->version.n) {
			text_puts(t, ", version ");
			html_image(t, id->version);
		}
		text_puts(t, "</h1>\n<p class=\"soft\">The name is the image’s own claim (");
		text_format(t, "<a href=\"#node-%u\">", id->f.node->id);
		html_place(t, id->f.node);
		text_puts(t, "</a>). What was examined is the digest.</p>\n");
		return;
	}
	text_puts(t, "An image without a name</h1>\n<p class=\"soft\">It makes no claim of vendor, "
		     "product or version "
		     "that was found. What was examined is the digest.</p>\n");
}

static void put_identity(struct text *t, const struct report *r)
{
	text_puts(t, "<dl class=\"ident\"><dt>SHA-256</dt><dd><code>");
	text_hex(t, (struct span){ r->image_sha256, SHA256_SIZE });
	text_puts(t, "</code></dd><dt>Size</dt><dd>");
	html_number(t, r->image_size);
	text_puts(t, " bytes</dd><dt>Examined with</dt><dd>evenhand " EVENHAND_VERSION
		     ", knowledge <code>");
	text_put(t, span_head(span_text(knowledge_observing), 12));
	text_puts(t, "…</code>; no declaration by the vendor, no vulnerability feed");
	if (r->options->as_of)
		text_format(t, "; dates judged as of %s", r->options->as_of);
	text_puts(t, "</dd></dl>\n");
}

/* Tenths of a percent, rounded to the nearest. */
static void put_percent(struct text *t, uint64_t part, uint64_t whole)
{
	uint64_t tenths = whole ? (uint64_t)((double)part * 1000 / (double)whole + 0.5) : 0;

	if (tenths == 1000 && part < whole)
		tenths = 999;
	text_format(t, "%llu.%llu %%", (unsigned long long)(tenths / 10),
		    (unsigned long long)(tenths % 10));
}

static uint64_t opaque(const struct coverage *c)
{
	uint64_t sum = 0;

	for (int s = STATE_UNKNOWN; s <= STATE_QUARANTINED; s++)
		sum += c->bytes[s];
	return sum;
}

static void put_lead(struct text *t, const struct report *r)
{
	const struct coverage *c = r->coverage;
	uint64_t dark = opaque(c);

	text_puts(t, "<p class=\"lead\">");
	put_percent(t, c->bytes[STATE_UNDERSTOOD], r->image_size);
	text_puts(t, " of the image is understood and ");
	put_percent(t, c->bytes[STATE_PADDING], r->image_size);
	text_puts(t, " is padding. ");
	if (dark) {
		text_puts(t, "<b>");
		put_percent(t, dark, r->image_size);
		text_puts(t, " (");
		html_number(t, dark);
		text_puts(t, " bytes) could not be understood.</b> Nothing in this report speaks "
			     "for those parts.");
	}
	if (c->gap_count && !dark) {
		text_puts(t, "<b>");
		html_number(t, c->gap_count);
		text_puts(t, c->gap_count == 1 ? " part inside" : " parts inside");
		text_puts(t,
			  " could not be understood.</b> Nothing in this report speaks for them.");
	}
	text_puts(t, "</p>\n");
}

static void put_tally(struct text *t, const struct report *r)
{
	text_puts(t, "<p class=\"tally\">");
	for (int o = OUTCOME_FAIL; o <= OUTCOME_NOT_APPLICABLE; o++) {
		uint32_t n = 0;
		static const char *const words[] = { "fail", "review", "not evaluable", "pass",
						     "not applicable" };

		for (uint32_t i = 0; i < r->verdict_count; i++)
			n += r->verdicts[i].outcome == (enum outcome)o;
		text_format(t, "<a href=\"#verdicts\"><span class=\"o %s\">%u %s</span></a> ",
			    outcome_name((enum outcome)o), n, words[o]);
	}
	text_puts(t, "</p>\n");
}

static void put_attention(struct text *t, const struct report *r)
{
	uint32_t shown = 0, all = 0;

	text_puts(t, "<div><h3>Needs attention</h3>\n<ul class=\"att\">\n");
	for (uint32_t i = 0; i < r->verdict_count; i++) {
		const struct verdict *v = &r->verdicts[i];

		if (v->outcome != OUTCOME_FAIL || ++all > MOST_ATTENTION)
			continue;
		shown++;
		text_puts(t, "<li><span class=\"o fail\"></span>");
		html_says(t, v->says);
		text_puts(t, "<small>");
		if (v->evidence_count) {
			html_evidence(t, &v->evidence[0]);
			if (v->evidence_count > 1)
				text_format(t, " and %u more", v->evidence_count - 1);
			text_puts(t, " · ");
		}
		text_format(t, "<a href=\"#check-%s\">%s</a></small></li>\n", v->check->id,
			    v->check->id);
	}
	if (all == 0)
		text_puts(t, "<li>Nothing failed.</li>\n");
	text_puts(t, "</ul>\n");
	if (all > shown)
		text_format(t,
			    "<p class=\"soft\">The first %u of %u failed checks. <a "
			    "href=\"#verdicts\">All verdicts</a></p>\n",
			    shown, all);
	text_puts(t, "</div>\n");
}

static void put_unjudged(struct text *t, const struct report *r)
{
	const struct coverage *c = r->coverage;
	uint32_t n = 0;

	text_puts(t, "<div><h3>Could not be judged</h3>\n<ul class=\"att\">\n");
	for (uint32_t i = 0; i < c->gap_count && i < MOST_ATTENTION; i++) {
		const struct node *gap = c->gaps[i];

		text_format(t, "<li><span class=\"o not-evaluable\"></span>%s, ",
			    state_name(gap->state));
		html_number(t, gap->has_place ? gap->length : gap->size);
		text_format(t, " bytes<small><a href=\"#node-%u\">", gap->id);
		html_place(t, gap);
		text_puts(t, "</a></small></li>\n");
	}
	if (c->gap_count > MOST_ATTENTION)
		text_format(t, "<li><a href=\"#coverage\">%u more</a></li>\n",
			    c->gap_count - MOST_ATTENTION);
	for (uint32_t i = 0; i < r->verdict_count; i++)
		n += r->verdicts[i].outcome == OUTCOME_NOT_EVALUABLE;
	text_format(t,
		    "</ul>\n<p class=\"soft\">%u checks have the outcome “not evaluable”; each "
		    "says why.</p></div>\n",
		    n);
}

void html_summary(struct text *t, const struct report *r)
{
	text_puts(t, "<section id=\"summary\">\n");
	put_title(t, r);
	put_identity(t, r);
	put_lead(t, r);
	html_map(t, r, false);
	put_tally(t, r);
	text_puts(t, "<div class=\"two\">\n");
	put_attention(t, r);
	put_unjudged(t, r);
	text_puts(t, "</div>\n</section>\n");
}

/* -- the map -------------------------------------------------------------------------------------
 */

static const char *region_name(const struct node *n, char *line, size_t size)
{
	snprintf(line, size, "%s%s%s", n->format ? n->format->name : state_name(n->state),
		 n->label ? " " : "", n->label ? n->label : "");
	return line;
}

static void put_rect(struct text *t, const struct node *n, uint64_t at, uint64_t length,
		     uint64_t whole, int y, int h)
{
	double x = (double)at * MAP_WIDTH / (double)whole,
	       w = (double)length * MAP_WIDTH / (double)whole;
	char name[160];

	if (w < LEAST_WIDTH)
		w = LEAST_WIDTH;
	region_name(n, name, sizeof(name));
	text_format(
		t,
		"<rect class=\"%s\" x=\"%.2f\" y=\"%d\" width=\"%.2f\" height=\"%d\" data-say=\"",
		state_name(n->state), x, y, w, h);
	html_says(t, name);
	text_format(t, ", %llu bytes at 0x%llx, %s\"/>", (unsigned long long)length,
		    (unsigned long long)at, state_name(n->state));
	if (w > 90) {
		text_format(t, "<text x=\"%.2f\" y=\"%d\">", x + 5, y + h / 2 + 4);
		html_said(t, span_head(span_text(name), (size_t)(w / 7)));
		text_puts(t, "</text>");
	}
	text_char(t, '\n');
}

/* Regions of one depth, then theirs below: only what lies raw in the image has a place on the map.
 */
static int put_level(struct text *t, const struct node *n, uint64_t base, uint64_t whole, int depth,
		     int most)
{
	int deepest = depth;

	for (const struct node *c = n->children; c; c = c->next) {
		bool stream = c->format && c->format->shape == SHAPE_STREAM;

		if (c->container)
			continue;
		put_rect(t, c, base + c->offset, c->length, whole, 16 + depth * 44, 40);
		if (depth + 1 < most && !stream && c->children && !c->children->container) {
			int below = put_level(t, c, base + c->offset, whole, depth + 1, most);

			deepest = below > deepest ? below : deepest;
		}
	}
	return deepest;
}

/* What was not understood is also named: a small share of the width is easily missed. */
static int put_leaders(struct text *t, const struct report *r, int y)
{
	const struct coverage *c = r->coverage;
	int line = 0;

	for (uint32_t i = 0; i < c->count && line < 6; i++) {
		const struct node *n = c->regions[i];
		double x = ((double)c->at[i] + (double)c->length[i] / 2) * MAP_WIDTH /
			   (double)r->image_size;
		bool left = x > MAP_WIDTH / 2;

		if (n->state == STATE_UNDERSTOOD || n->state == STATE_PADDING)
			continue;
		line++;
		text_format(t,
			    "<line class=\"leader\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" "
			    "y2=\"%d\"/><text x=\"%.1f\" y=\"%d\"%s "
			    "font-weight=\"bold\">%s, ",
			    x, x, y, y + line * 15, left ? x - 4 : x + 4, y + line * 15,
			    left ? " text-anchor=\"end\"" : "", state_name(n->state));
		html_number(t, c->length[i]);
		text_puts(t, " bytes</text>\n");
	}
	return y + line * 15 + 6;
}

static const char *const patterns =
	"<defs><pattern id=\"hatch\" width=\"6\" height=\"6\" "
	"patternUnits=\"userSpaceOnUse\"><path d=\"M-1 7L7 -1\"/>"
	"</pattern><pattern id=\"cross\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\">"
	"<path d=\"M-1 7L7 -1M-1 -1L7 7\"/></pattern></defs>\n";

/* The first screen shows one row: what tiles the image, however deep it stands. */
static int put_flat(struct text *t, const struct coverage *c, uint64_t whole)
{
	for (uint32_t i = 0; i < c->count; i++)
		put_rect(t, c->regions[i], c->at[i], c->length[i], whole, 16, 40);
	return 0;
}

/* The height of the picture follows from what is drawn, so it is drawn first. */
void html_map(struct text *t, const struct report *r, bool tall)
{
	struct text inside = { 0 };
	int deepest = tall ? put_level(&inside, r->tree->image, 0, r->image_size, 0, 6)
			   : put_flat(&inside, r->coverage, r->image_size);
	int bottom = 16 + (deepest + 1) * 44;

	if (tall)
		bottom = put_leaders(&inside, r, bottom);
	text_format(t,
		    "<svg class=\"map\"%s viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"Map of "
		    "the image\"%s>\n%s"
		    "<text class=\"soft\" x=\"0\" y=\"11\">byte 0</text><text class=\"soft\" "
		    "x=\"%d\" y=\"11\" "
		    "text-anchor=\"end\">",
		    tall ? " id=\"map\"" : "", MAP_WIDTH, bottom, tall ? " tabindex=\"0\"" : "",
		    tall ? "" : patterns, MAP_WIDTH);
	html_number(t, r->image_size);
	text_puts(t, " bytes</text>\n");
	text_put(t, text_span(&inside));
	text_puts(t, "</svg>\n");
	t->failed |= inside.failed;
	text_free(&inside);
}

static void put_region_row(struct text *t, const struct report *r, uint32_t i)
{
	const struct coverage *c = r->coverage;
	const struct node *n = c->regions[i];
	bool dark = n->state != STATE_UNDERSTOOD && n->state != STATE_PADDING;
	char name[160], why[200];

	text_format(t,
		    "<tr id=\"region-%u\" data-find=\"region\"><td data-h=\"State\">%s%s%s</td><td "
		    "data-h=\"Locator\">"
		    "<a href=\"#node-%u\">",
		    i, dark ? "<b>" : "", state_name(n->state), dark ? "</b>" : "", n->id);
	html_locator(t, n);
	text_format(t,
		    "</a></td><td class=\"r\" data-h=\"Offset\"><code>0x%llx</code></td><td "
		    "class=\"r\" data-h=\"Bytes\">",
		    (unsigned long long)c->at[i]);
	html_number(t, c->length[i]);
	text_puts(t, "</td><td class=\"r\" data-h=\"Share\">");
	put_percent(t, c->length[i], r->image_size);
	text_puts(t, "</td><td data-h=\"Format\">");
	html_says(t, region_name(n, name, sizeof(name)));
	for (const struct node_fault *f = n->faults; f; f = f->next) {
		fault_describe(f->fault, why, sizeof(why));
		text_puts(t, "; ");
		html_says(t, why);
	}
	text_puts(t, "</td><td data-h=\"SHA-256\"><code>");
	if (n->has_sha256)
		text_hex(t, (struct span){ n->sha256, SHA256_SIZE });
	text_puts(t, "</code></td></tr>\n");
}

static void put_inner_gaps(struct text *t, const struct report *r)
{
	const struct coverage *c = r->coverage;
	uint32_t shown = 0;

	for (uint32_t i = 0; i < c->gap_count && shown < 500; i++) {
		const struct node *n = c->gaps[i];
		char why[200] = "no format that is known";

		if (n->faults)
			fault_describe(n->faults->fault, why, sizeof(why));
		else if (n->state == STATE_ENCRYPTED)
			snprintf(why, sizeof(why), "looks encrypted: entropy %u.%02u of 8",
				 n->entropy / 1000, n->entropy % 1000 / 10);
		if (shown++ == 0)
			text_puts(t, "<h3>Not understood, at any depth</h3>\n<div "
				     "class=\"wrap\"><table><thead><tr><th>State</th>"
				     "<th>Locator</th><th "
				     "class=\"r\">Bytes</th><th>Why</th></tr></thead><tbody>\n");
		text_format(t,
			    "<tr><td data-h=\"State\"><b>%s</b></td><td data-h=\"Locator\"><a "
			    "href=\"#node-%u\">",
			    state_name(n->state), n->id);
		html_locator(t, n);
		text_puts(t, "</a></td><td class=\"r\" data-h=\"Bytes\">");
		html_number(t, n->has_place ? n->length : n->size);
		text_puts(t, "</td><td data-h=\"Why\">");
		html_says(t, why);
		text_puts(t, "</td></tr>\n");
	}
	if (shown)
		text_puts(t, "</tbody></table></div>\n");
}

void html_coverage(struct text *t, const struct report *r)
{
	text_puts(t, "<section id=\"coverage\">\n<h2>Coverage</h2>\n<p>Every byte of the image "
		     "lies in exactly one region. Byte "
		     "0 is at the left; below a region stands what it holds. Understood bytes are "
		     "pale, unknown ones hatched, "
		     "encrypted ones solid, damaged ones crossed.</p>\n");
	html_map(t, r, true);
	text_puts(t, "<p id=\"said\" class=\"soft\" aria-live=\"polite\">Point at a region, or "
		     "reach the map with Tab and walk it "
		     "with the arrow keys, to read what it is.</p>\n<div "
		     "class=\"wrap\"><table><caption>The same as a table. The "
		     "sizes add up to the image: ");
	html_number(t, r->image_size);
	text_puts(t, " bytes.</caption><thead><tr><th>State</th><th>Locator</th><th "
		     "class=\"r\">Offset</th><th class=\"r\">Bytes"
		     "</th><th "
		     "class=\"r\">Share</th><th>Format</th><th>SHA-256</th></tr></thead><tbody>\n");
	for (uint32_t i = 0; i < r->coverage->count && i < 2000; i++)
		put_region_row(t, r, i);
	text_puts(t, "</tbody></table></div>\n");
	put_inner_gaps(t, r);
	text_puts(t, "</section>\n");
}
