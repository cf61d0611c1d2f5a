/* lineage_text.c - the lineage of releases at 80 columns. */
#include "report/lineage.h"
#include "report/page.h"

#define FIRST_END   52 /* columns */
#define LAST_END    59
#define GAPS_COLUMN 62

const char *lineage_inactive(enum fact_kind kind)
{
	if (kind == FACT_ACCOUNT)
		return "cannot log in";
	return kind == FACT_SERVICE || kind == FACT_LISTENER ? "not started" : NULL;
}

bool lineage_gap(const struct thing *t, uint32_t *at, struct run *gap)
{
	while (++*at < t->run_count) {
		uint32_t before = t->runs[*at - 1].last, after = t->runs[*at].first;

		if (before + 1 == after)
			continue;
		*gap = (struct run){ before + 1, after - 1, false };
		return true;
	}
	return false;
}

static void put_range(struct text *t, const struct run *r, const char *between)
{
	text_format(t, "%s%u", between, r->first + 1);
	if (r->last > r->first)
		text_format(t, "-%u", r->last + 1);
}

static void put_name(const struct page *p, const struct release *r)
{
	page_image(p, r->vendor);
	if (r->vendor.n && r->product.n)
		text_char(p->out, ' ');
	page_image(p, r->product);
	if (r->version.n) {
		text_puts(p->out, r->vendor.n || r->product.n ? ", version " : "version ");
		page_image(p, r->version);
	}
	if (!r->vendor.n && !r->product.n && !r->version.n)
		text_puts(p->out, "does not name itself");
}

static void put_release(const struct page *p, const struct lineage *l, uint32_t i,
			const char *const *names)
{
	const struct release *r = &l->releases[i];

	page_number_to(p, i + 1, 4);
	text_puts(p->out, "  ");
	put_name(p, r);
	if (page_column(p) > PAGE_WIDTH - 25)
		text_char(p->out, '\n');
	page_to(p, PAGE_WIDTH - 23, false);
	text_puts(p->out, "sha256 ");
	text_hex(p->out, (struct span){ r->sha256, 8 });
	text_char(p->out, '\n');
	if (names) {
		text_puts(p->out, "      ");
		page_image(p, span_text(names[r->given]));
		text_char(p->out, '\n');
	}
	if (r->blind)
		text_format(p->out,
			    "      %u part%s of it could not be understood: what is missing may be "
			    "there\n",
			    r->blind, r->blind == 1 ? "" : "s");
}

static void put_head(const struct page *p, const struct lineage *l, const char *const *names)
{
	page_bold(p);
	text_format(p->out, "%u release%s", l->release_count, l->release_count == 1 ? "" : "s");
	page_plain(p);
	if (l->by_version)
		text_puts(p->out, ", in the order of the versions that they name");
	else
		text_puts(p->out, ", in the order given");
	if (l->unversioned)
		text_format(p->out, ", as the image given as number %u names no version",
			    l->unversioned);
	text_puts(p->out, "\n\n");
	for (uint32_t i = 0; i < l->release_count; i++)
		put_release(p, l, i, names);
}

static void put_inactive(const struct page *p, const struct thing *t)
{
	const char *between = NULL;

	for (uint32_t i = 0; i < t->run_count; i++) {
		if (t->runs[i].is_active)
			continue;
		if (!between)
			text_format(p->out, "      %s: ", lineage_inactive(t->kind));
		put_range(p->out, &t->runs[i], between ? between : "");
		between = ", ";
	}
	if (between)
		text_char(p->out, '\n');
}

static void put_thing(const struct page *p, const struct thing *t)
{
	const char *between = "";
	struct run gap;
	uint32_t at = 0;

	text_puts(p->out, "  ");
	page_image(p, t->what);
	if (t->version.n) {
		text_char(p->out, ' ');
		page_image(p, t->version);
	}
	if (page_column(p) > FIRST_END - 5)
		text_char(p->out, '\n');
	page_number_to(p, t->runs[0].first + 1, FIRST_END);
	page_number_to(p, t->runs[t->run_count - 1].last + 1, LAST_END);
	while (lineage_gap(t, &at, &gap)) {
		page_to(p, GAPS_COLUMN, false);
		put_range(p->out, &gap, between);
		between = ", ";
	}
	text_char(p->out, '\n');
	if (lineage_inactive(t->kind))
		put_inactive(p, t);
}

static void put_kind(const struct page *p, const struct lineage *l, enum fact_kind kind, bool all)
{
	uint32_t constant = 0, shown = 0;

	text_char(p->out, '\n');
	page_bold(p);
	text_puts(p->out, fact_tables[kind].list);
	page_plain(p);
	page_to(p, FIRST_END - 5, true);
	text_puts(p->out, "first   last   gaps\n");
	for (uint32_t i = 0; i < l->thing_count; i++) {
		const struct thing *t = &l->things[i];

		if (t->kind != kind)
			continue;
		constant += thing_is_constant(t, l);
		if (!all && thing_is_constant(t, l))
			continue;
		put_thing(p, t);
		shown++;
	}
	if (!shown && !constant)
		text_puts(p->out, "  none in any release\n");
	else if (!all && constant)
		text_format(p->out, "  %u%s in every release\n", constant, shown ? " more" : "");
}

void lineage_text(const struct lineage *l, const struct text_view *view, const char *const *names,
		  bool all, struct text *out)
{
	const struct page p = { view, out };

	put_head(&p, l, names);
	for (int k = 0; k < FACT_KINDS; k++)
		if (lineage_has((enum fact_kind)k))
			put_kind(&p, l, (enum fact_kind)k, all);
}
