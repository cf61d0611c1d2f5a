/* html_summary.c - the first screen: what it is, how much of it was understood, what needs
 * attention. */
#include <inttypes.h>
#include <stdio.h>

#include "know/know.h"
#include "report/html.h"

#define MOST_ATTENTION 8
#define MOST_BLIND     4

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
	text_puts(t, r->options->declaration ? "…</code>; judged by the vendor’s declaration, "
					     : "…</code>; no declaration by the vendor, ");
	if (r->options->feeds && r->options->feeds->source_count)
		text_format(t, "vulnerability feeds: %" PRIu32, r->options->feeds->source_count);
	else
		text_puts(t, "no vulnerability feed");
	if (r->options->as_of)
		text_format(t, "; dates judged as of %s", r->options->as_of);
	text_puts(t, "</dd></dl>\n");
}

/* Tenths of a percent, rounded to the nearest. */
void html_percent(struct text *t, uint64_t part, uint64_t whole)
{
	uint64_t tenths = whole ? (uint64_t)((double)part * 1000 / (double)whole + 0.5) : 0;

	if (tenths == 1000 && part < whole)
		tenths = 999;
	text_format(t, "%llu.%llu %%", (unsigned long long)(tenths / 10),
		    (unsigned long long)(tenths % 10));
}

uint64_t html_opaque(const struct coverage *c)
{
	uint64_t sum = 0;

	for (int s = STATE_UNKNOWN; s <= STATE_QUARANTINED; s++)
		sum += c->bytes[s];
	return sum;
}

static void put_lead(struct text *t, const struct report *r)
{
	const struct coverage *c = r->coverage;
	uint64_t dark = html_opaque(c);

	text_puts(t, "<p class=\"lead\">");
	html_percent(t, c->bytes[STATE_UNDERSTOOD], r->image_size);
	text_puts(t, " of the image is understood and ");
	html_percent(t, c->bytes[STATE_PADDING], r->image_size);
	text_puts(t, " is padding. ");
	if (dark) {
		text_puts(t, "<b>");
		html_percent(t, dark, r->image_size);
		text_puts(t, " (");
		html_number(t, dark);
		text_puts(t, " bytes) could not be understood.</b> Nothing in this report speaks "
			     "for those parts.");
	}
	if (c->blind_count && !dark) {
		text_puts(t, "<b>");
		html_number(t, c->blind_count);
		text_puts(t, c->blind_count == 1 ? " part inside" : " parts inside");
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
		text_format(t,
			    "<a href=\"#verdicts\" data-only=\"%s\"><span class=\"o %s\">%u "
			    "%s</span></a> ",
			    outcome_name((enum outcome)o), outcome_name((enum outcome)o), n,
			    words[o]);
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

/* Reasons that lie in no region, as a person says them. */
static const struct {
	enum reason reason;
	const char *says;
} unseen[] = {
	{ REASON_NO_DATA_TABLE, "What this version of evenhand holds no table for." },
	{ REASON_VERSION_UNKNOWN, "Components whose version was not found." },
	{ REASON_NO_SYMBOLS, "What only program code read instruction by instruction could show." },
	{ REASON_RUNTIME_ONLY, "What only the running device shows." },
	{ REASON_DOCUMENTS_NEEDED, "What only the vendor’s documents show." },
};

static void put_reasons(struct text *t, const struct report *r)
{
	for (size_t k = 0; k < sizeof(unseen) / sizeof(unseen[0]); k++) {
		uint32_t n = 0;

		for (uint32_t i = 0; i < r->verdict_count; i++)
			n += r->verdicts[i].outcome == OUTCOME_NOT_EVALUABLE &&
			     r->verdicts[i].reason == unseen[k].reason;
		if (n)
			text_format(t,
				    "<li><span class=\"o not-evaluable\"></span>%s<small>%u "
				    "check%s</small></li>\n",
				    unseen[k].says, n, n == 1 ? "" : "s");
	}
}

static void put_unjudged(struct text *t, const struct report *r)
{
	static const char *const says[] = {
		[STATE_UNKNOWN] = "In a format that is not known",
		[STATE_ENCRYPTED] = "Looks encrypted; what lies inside is not known",
		[STATE_DAMAGED] = "Damaged; what could be read is in this report",
		[STATE_LIMIT] = "Not looked into: a limit was reached",
		[STATE_QUARANTINED] = "Not looked into: reading it ended the reader",
	};
	const struct coverage *c = r->coverage;
	uint32_t n = 0;

	text_puts(t, "<div><h3>Could not be judged</h3>\n<ul class=\"att\">\n");
	for (uint32_t i = 0; i < c->blind_count && i < MOST_BLIND; i++) {
		const struct node *gap = c->blind[i];

		text_format(t,
			    "<li><span class=\"o not-evaluable\"></span>%s.<small><a "
			    "href=\"#node-%u\">",
			    says[gap->state], gap->id);
		html_place(t, gap);
		text_puts(t, "</a>, ");
		html_number(t, gap->has_place ? gap->length : gap->size);
		text_puts(t, " bytes</small></li>\n");
	}
	if (c->blind_count > MOST_BLIND)
		text_format(t, "<li><a href=\"#coverage\">%u more parts</a></li>\n",
			    c->blind_count - MOST_BLIND);
	put_reasons(t, r);
	for (uint32_t i = 0; i < r->verdict_count; i++)
		n += r->verdicts[i].outcome == OUTCOME_NOT_EVALUABLE;
	text_format(t,
		    "</ul>\n<p class=\"soft\">%u of %u checks have the outcome “not evaluable”; "
		    "each says why.</p></div>\n",
		    n, r->verdict_count);
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
