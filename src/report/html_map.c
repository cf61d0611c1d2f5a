/* html_map.c - the picture of the image, and the same as a table. What is not understood is the
 * darkest thing on the page. Positions are shares of the width and text keeps its size, so one
 * drawing serves a wide screen, a phone and paper. */
#include <stdio.h>
#include <string.h>

#include "report/html.h"

#define LEAST_SHARE 0.14 /* percent of the width */
#define ROW         44
#define TOP         18
#define MOST_LEVELS 6
#define MOST_NAMED  6   /* leader lines */
#define MOST_ROWS   500 /* of each table; the file list has all */

static bool is_dark(const struct node *n)
{
	return n->state != STATE_UNDERSTOOD && n->state != STATE_PADDING;
}

static const char *region_name(const struct node *n, char *line, size_t size)
{
	const char *name = n->format                 ? n->format->name
			   : n->label && !is_dark(n) ? ""
						     : state_name(n->state);

	snprintf(line, size, "%s%s%s", name, n->label && name[0] ? " " : "",
		 n->label ? n->label : "");
	return line;
}

struct drawing {
	struct text *t;
	uint64_t whole; /* bytes of the image */
	double drawn;   /* where the last region of the level ends, in percent */
	enum state last;
};

/* The narrowest map on which a name of so many letters fits its region. */
static const char *fits(double share, size_t letters)
{
	double width = (double)(letters * 7 + 10) * 100 / share;

	return width < 300    ? ""
	       : width < 560  ? "l0"
	       : width < 760  ? "l1"
	       : width < 1000 ? "l2"
			      : NULL;
}

static void put_part(struct drawing *d, const struct node *n, uint64_t at, uint64_t length, int y)
{
	double x = (double)at * 100 / (double)d->whole;
	double share = (double)length * 100 / (double)d->whole;
	double left = 100 - LEAST_SHARE;
	char name[160];

	if (share < LEAST_SHARE) {
		share = LEAST_SHARE;
		x = x < left ? x : left;
		if (x + share <= d->drawn && n->state == d->last)
			return; /* it would cover its neighbour of the same look */
	}
	d->drawn = x + share;
	d->last = n->state;
	region_name(n, name, sizeof(name));
	text_format(d->t,
		    "<rect class=\"%s\" x=\"%.3f%%\" y=\"%d\" width=\"%.3f%%\" height=\"%d\" "
		    "data-say=\"",
		    state_name(n->state), x, y, share, ROW - 4);
	html_says(d->t, name);
	text_format(d->t, ", %llu bytes at 0x%llx, %s\"/>", (unsigned long long)length,
		    (unsigned long long)at, state_name(n->state));
	if (!is_dark(n) && fits(share, strlen(name))) {
		text_format(d->t, "<text class=\"%s\" x=\"%.3f%%\" dx=\"6\" y=\"%d\">",
			    fits(share, strlen(name)), x, y + 25);
		html_says(d->t, name);
		text_puts(d->t, "</text>");
	}
	text_char(d->t, '\n');
}

/* Where a region begins in the image; its parents are regions of the image itself. */
static uint64_t place_of(const struct node *n)
{
	uint64_t at = 0;

	for (; n->parent; n = n->parent)
		at += n->offset;
	return at;
}

/* Only what lies raw in the image has a place on the map: nothing unpacked, no entries. */
static bool lies_raw(const struct node *n)
{
	for (; n->parent; n = n->parent) {
		const struct format *above = n->parent->format;

		if (n->container || !n->has_place || (above && above->shape == SHAPE_STREAM))
			return false;
	}
	return true;
}

static int depth_of(const struct node *n)
{
	int depth = 0;

	for (; n->parent; n = n->parent)
		depth++;
	return depth;
}

/* One row for each depth: below a region stands what it holds. */
static int put_levels(struct drawing *d, const struct node *image)
{
	int rows = 0;

	for (int level = 1; level <= MOST_LEVELS; level++) {
		bool any = false;

		d->drawn = 0;
		for (const struct node *n = node_next(image, image); n; n = node_next(n, image)) {
			if (depth_of(n) != level || !lies_raw(n))
				continue;
			put_part(d, n, place_of(n), n->length, TOP + rows * ROW);
			any = true;
		}
		if (!any)
			break;
		rows++;
	}
	return rows;
}

/* The positions of the largest regions that were not understood, in order of the image. */
static int largest_dark(const struct coverage *c, uint32_t *chosen)
{
	int n = 0;

	for (uint32_t i = 0; i < c->count; i++) {
		int least = 0;

		if (!is_dark(c->regions[i]))
			continue;
		if (n < MOST_NAMED) {
			chosen[n++] = i;
			continue;
		}
		for (int k = 1; k < n; k++)
			if (c->length[chosen[k]] < c->length[chosen[least]])
				least = k;
		if (c->length[i] <= c->length[chosen[least]])
			continue;
		memmove(chosen + least, chosen + least + 1,
			(size_t)(n - least - 1) * sizeof(*chosen));
		chosen[n - 1] = i;
	}
	return n;
}

/* What was not understood is also named: a small share of the width is easily missed. */
static int put_leaders(struct drawing *d, const struct coverage *c, int y)
{
	uint32_t chosen[MOST_NAMED];
	int n = largest_dark(c, chosen);

	for (int k = 0; k < n; k++) {
		uint32_t i = chosen[k];
		double x = ((double)c->at[i] + (double)c->length[i] / 2) * 100 / (double)d->whole;
		bool left = x > 50;
		int bottom = y + (k + 1) * 17;

		text_format(d->t,
			    "<line class=\"leader\" x1=\"%.3f%%\" x2=\"%.3f%%\" y1=\"%d\" "
			    "y2=\"%d\"/><text class=\"call\" x=\"%.3f%%\" dx=\"%d\" "
			    "y=\"%d\"%s>%s, ",
			    x, x, y - 4, bottom - 3, x, left ? -5 : 5, bottom - 4,
			    left ? " text-anchor=\"end\"" : "", state_name(c->regions[i]->state));
		html_number(d->t, c->length[i]);
		text_puts(d->t, " bytes</text>\n");
	}
	return y + n * 17;
}

static const char *const patterns =
	"<defs><pattern id=\"hatch\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\">"
	"<rect width=\"6\" height=\"6\"/><path d=\"M-1 7L7 -1\"/></pattern><pattern id=\"cross\" "
	"width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\"><rect width=\"6\" "
	"height=\"6\"/><path d=\"M-1 7L7 -1M-1 -1L7 7\"/></pattern></defs>\n";

static void put_scale(struct text *t, const struct report *r, bool full)
{
	uint64_t dark = html_opaque(r->coverage);

	text_format(t,
		    "<text class=\"soft\" y=\"12\">byte 0</text><text class=\"%s\" x=\"100%%\" "
		    "y=\"12\" text-anchor=\"end\">",
		    dark && !full ? "call" : "soft");
	if (dark && !full) {
		html_percent(t, dark, r->image_size);
		text_puts(t, " not understood");
	} else {
		html_number(t, r->image_size);
		text_puts(t, " bytes");
	}
	text_puts(t, "</text>\n");
}

/* The first screen shows one row: what tiles the image, however deep it stands. The height
 * follows from what is drawn, so that comes first. */
void html_map(struct text *t, const struct report *r, bool full)
{
	const struct coverage *c = r->coverage;
	struct text inside = { 0 };
	struct drawing d = { .t = &inside, .whole = r->image_size ? r->image_size : 1 };
	int rows = full ? put_levels(&d, r->tree->image) : 1, bottom;

	for (uint32_t i = 0; !full && i < c->count; i++)
		put_part(&d, c->regions[i], c->at[i], c->length[i], TOP);
	bottom = TOP + rows * ROW;
	if (full)
		bottom = put_leaders(&d, c, bottom);
	text_format(
		t,
		"<svg class=\"map\"%s height=\"%d\" role=\"img\" aria-label=\"Map of the image; "
		"the same as a table stands under Coverage\">\n%s",
		full ? " id=\"map\" tabindex=\"0\"" : "", bottom, full ? "" : patterns);
	put_scale(t, r, full);
	text_put(t, text_span(&inside));
	text_puts(t, "</svg>\n");
	t->failed |= inside.failed;
	text_free(&inside);
}

static void put_key(struct text *t)
{
	static const struct {
		const char *look, *says;
	} keys[] = { { "understood", "understood" },
		     { "padding", "padding: one repeated byte" },
		     { "unknown", "unknown format" },
		     { "encrypted", "encrypted" },
		     { "damaged", "damaged, or not looked into" } };

	text_puts(t, "<ul class=\"key\">");
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		text_format(t,
			    "<li><svg class=\"map\" aria-hidden=\"true\"><rect class=\"%s\" "
			    "width=\"100%%\" height=\"100%%\"/></svg> %s</li>",
			    keys[i].look, keys[i].says);
	text_puts(t, "</ul>\n");
}

static void put_entropy(struct text *t, const struct node *n)
{
	if (n->entropy)
		text_format(t, "; entropy %u.%02u of 8", n->entropy / 1000, n->entropy % 1000 / 10);
}

static void put_region_row(struct text *t, const struct report *r, uint32_t i)
{
	const struct coverage *c = r->coverage;
	const struct node *n = c->regions[i];
	bool dark = is_dark(n);
	char name[160], why[200];

	text_format(t,
		    "<tr><td data-h=\"State\">%s%s%s</td><td "
		    "data-h=\"Locator\">"
		    "<a href=\"#node-%u\">",
		    dark ? "<b>" : "", state_name(n->state), dark ? "</b>" : "", n->id);
	html_locator(t, n);
	text_format(t,
		    "</a></td><td class=\"r\" data-h=\"Offset\"><code>0x%llx</code></td><td "
		    "class=\"r\" data-h=\"Bytes\">",
		    (unsigned long long)c->at[i]);
	html_number(t, c->length[i]);
	text_puts(t, "</td><td class=\"r\" data-h=\"Share\">");
	html_percent(t, c->length[i], r->image_size);
	text_puts(t, "</td><td data-h=\"Format\">");
	html_says(t, region_name(n, name, sizeof(name)));
	for (const struct node_fault *f = n->faults; f; f = f->next) {
		fault_describe(f->fault, why, sizeof(why));
		text_puts(t, "; ");
		html_says(t, why);
	}
	if (dark)
		put_entropy(t, n);
	text_puts(t, "</td><td data-h=\"SHA-256\"><code>");
	if (n->has_sha256)
		text_hex(t, (struct span){ n->sha256, SHA256_SIZE });
	text_puts(t, "</code></td></tr>\n");
}

static void put_inner_gaps(struct text *t, const struct report *r)
{
	const struct coverage *c = r->coverage;
	uint32_t shown = 0;

	for (uint32_t i = 0; i < c->gap_count && shown < MOST_ROWS; i++) {
		const struct node *n = c->gaps[i];
		char why[200];

		if (lies_raw(n))
			continue; /* it stands above */
		gap_describe(n, why, sizeof(why));
		if (shown++ == 0)
			text_puts(t, "<h3>Not understood inside what was unpacked</h3>\n<div "
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
		put_entropy(t, n);
		text_puts(t, "</td></tr>\n");
	}
	if (shown)
		text_puts(t, "</tbody></table></div>\n");
}

void html_coverage(struct text *t, const struct report *r)
{
	text_puts(t, "<section id=\"coverage\">\n<h2>Coverage</h2>\n<p>Every byte of the image "
		     "lies in exactly one region. Byte "
		     "0 is at the left; below a region stands what it holds.</p>\n");
	put_key(t);
	html_map(t, r, true);
	text_puts(t, "<p id=\"said\" aria-live=\"polite\">Point at a region, or "
		     "reach the map with Tab and walk it "
		     "with the arrow keys, to read what it is.</p>\n<div "
		     "class=\"wrap\"><table><caption>The same as a table. The "
		     "sizes add up to the image: ");
	html_number(t, r->image_size);
	text_puts(t, " bytes.</caption><thead><tr><th>State</th><th>Locator</th><th "
		     "class=\"r\">Offset</th><th class=\"r\">Bytes"
		     "</th><th "
		     "class=\"r\">Share</th><th>Format</th><th>SHA-256</th></tr></thead><tbody>\n");
	for (uint32_t i = 0; i < r->coverage->count && i < MOST_ROWS; i++)
		put_region_row(t, r, i);
	text_puts(t, "</tbody></table></div>\n");
	put_inner_gaps(t, r);
	text_puts(t, "</section>\n");
}
