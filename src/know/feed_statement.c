/* feed_statement.c - what a document says of its products becomes rows. A product is known by its
 * package URL, its CPE name or the digest of the image; what is known by none says nothing here. */
#include <stdlib.h>

#include "base/text.h"
#include "know/feed_inside.h"
#include "know/purl.h"

#define MOST_STEPS 4 /* from a product to what identifies it */

/* -- resolving -- */

static int by_product(const void *a, const void *b, void *ctx)
{
	const struct reader *r = ctx;
	const struct product *x = a, *y = b;
	int order = span_compare(words_at(&r->words, x->ref), words_at(&r->words, y->ref));

	/* Of several with one name the first one counts. */
	return order ? order : (x->ref.at > y->ref.at) - (x->ref.at < y->ref.at);
}

static const struct product *find_product(const struct reader *r, struct span ref)
{
	const struct product *all = r->products.p;
	size_t low = 0, high = r->products.n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (span_compare(words_at(&r->words, all[middle].ref), ref) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (low < r->products.n && span_equal(words_at(&r->words, all[low].ref), ref))
		return &all[low];
	return NULL;
}

struct identity {
	struct span purl, cpe, sha256, range;
};

static void take_from(struct identity *d, const struct reader *r, const struct product *p)
{
	if (d->purl.n == 0)
		d->purl = words_at(&r->words, p->purl);
	if (d->cpe.n == 0)
		d->cpe = words_at(&r->words, p->cpe);
	if (d->sha256.n == 0)
		d->sha256 = words_at(&r->words, p->sha256);
	if (d->range.n == 0)
		d->range = words_at(&r->words, p->range);
}

/* "urn:cdx:SERIAL/1#ref" is the ref in another document. */
static struct span local_ref(struct span ref)
{
	size_t at = span_find(ref, 0, span_text("#"));

	return span_starts(ref, span_text("urn:cdx:")) && at != SIZE_MAX ? span_from(ref, at + 1)
									 : ref;
}

static struct identity identify(const struct reader *r, struct span ref)
{
	struct identity d = { { 0 }, { 0 }, { 0 }, { 0 } };

	ref = local_ref(ref);
	for (int i = 0; i < MOST_STEPS && ref.n; i++) {
		const struct product *p = find_product(r, ref);

		if (span_starts(ref, span_text("pkg:")) && d.purl.n == 0)
			d.purl = ref;
		else if (span_starts(ref, span_text("cpe:2.3:")) && d.cpe.n == 0)
			d.cpe = ref;
		if (!p)
			break;
		take_from(&d, r, p);
		ref = words_at(&r->words, p->same);
	}
	return d;
}

/* -- rows -- */

static const struct {
	const char *type;
	enum scheme scheme;
} types[] = {
	{ "pkg:deb/", SCHEME_DPKG },      { "pkg:opkg/", SCHEME_DPKG },
	{ "pkg:apk/", SCHEME_APK },       { "pkg:rpm/", SCHEME_RPM },
	{ "pkg:npm/", SCHEME_SEMVER },    { "pkg:cargo/", SCHEME_SEMVER },
	{ "pkg:golang/", SCHEME_SEMVER }, { "pkg:pypi/", SCHEME_PEP440 },
};

static enum scheme scheme_of(struct span purl)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (span_starts(purl, span_text(types[i].type)))
			return types[i].scheme;
	return SCHEME_GENERIC;
}

static bool is_distribution(enum scheme s)
{
	return s == SCHEME_DPKG || s == SCHEME_APK || s == SCHEME_RPM;
}

/* Rows for a version that is said to be so; empty: for all of them. Where a distribution names the
 * package that mends, older ones are affected and newer ones are mended too. */
static void add_version(struct feed_builder *b, struct feed_row *row, struct span version)
{
	row->from = row->to = version;
	row->flags = (row->flags & ROW_IMAGE) | (version.n ? ROW_TO_INCLUDED : 0);
	if (row->said != SAID_FIXED || version.n == 0 || !is_distribution(row->scheme)) {
		feed_add_row(b, row);
		return;
	}
	row->to = (struct span){ 0 };
	feed_add_row(b, row);
	row->from = (struct span){ 0 };
	row->to = version;
	row->flags = (row->flags & ROW_IMAGE) | ROW_TO_IS_FIX;
	row->said = SAID_AFFECTED;
	feed_add_row(b, row);
	row->said = SAID_FIXED;
}

static bool take_text(struct span *s, const char *text)
{
	if (!span_starts(*s, span_text(text)))
		return false;
	*s = span_from(*s, strlen(text));
	while (span_byte(*s, 0) == ' ')
		*s = span_from(*s, 1);
	return true;
}

/* "vers:deb/>=1.0|<1.2" or "<1.2": pairs of a lower and an upper end. */
static void add_range(struct feed_builder *b, struct feed_row *row, struct span range)
{
	unsigned image = row->flags & ROW_IMAGE;
	bool open = false;

	if (span_starts(range, span_text("vers:")))
		range = span_from(range, span_find(range, 0, span_text("/")) + 1);
	row->from = (struct span){ 0 };
	row->flags = image;
	while (range.n) {
		size_t end = span_find(range, 0, span_text("|"));
		struct span one = span_head(range, end);

		range = end == SIZE_MAX ? (struct span){ 0 } : span_from(range, end + 1);
		row->to = (struct span){ 0 };
		if (take_text(&one, ">=")) {
			row->from = one;
			open = true;
			continue;
		}
		if (take_text(&one, ">")) {
			row->from = one;
			row->flags |= ROW_FROM_EXCLUDED;
			open = true;
			continue;
		}
		if (take_text(&one, "!="))
			continue;
		if (take_text(&one, "<=")) {
			row->to = one;
			row->flags |= ROW_TO_INCLUDED;
		} else if (take_text(&one, "<")) {
			row->to = one;
		} else if (!take_text(&one, "*")) {
			take_text(&one, "=");
			row->from = row->to = one;
			row->flags = image | ROW_TO_INCLUDED;
		}
		feed_add_row(b, row);
		row->from = (struct span){ 0 };
		row->flags = image;
		open = false;
	}
	row->to = (struct span){ 0 };
	if (open)
		feed_add_row(b, row);
}

static void add_said(struct feed_builder *b, struct feed_row *row, struct span range,
		     struct span version)
{
	if (range.n)
		add_range(b, row, range);
	else
		add_version(b, row, version);
}

/* "1:" of "arch=src&epoch=1": package URLs of rpm keep it out of the version. */
static void put_epoch(struct text *t, struct span qualifiers)
{
	size_t at = span_find(qualifiers, 0, span_text("epoch="));
	uint64_t epoch = 0;
	size_t used = 0;

	if (at != SIZE_MAX && span_number(span_from(qualifiers, at + 6), 10, &epoch, &used))
		text_format(t, "%llu:", (unsigned long long)epoch);
}

static void add_purl(struct feed_builder *b, struct feed_row *row, const struct identity *d)
{
	struct text key = { 0 }, version = { 0 };
	struct purl p;

	if (!purl_split(d->purl, &p))
		return;
	if (p.version.n) {
		put_epoch(&version, p.qualifiers);
		text_unpercent(&version, p.version);
	}
	purl_key(&key, &p, p.name);
	row->key = text_span(&key);
	row->scheme = scheme_of(d->purl);
	add_said(b, row, d->range, text_span(&version));
	text_free(&key);
	text_free(&version);
}

static void add_cpe(struct feed_builder *b, struct feed_row *row, const struct identity *d)
{
	struct span f[CPE_FIELDS], version = { 0 };
	struct text key = { 0 };
	uint8_t plain[256];

	if (!cpe_split(d->cpe, f))
		return;
	cpe_key(&key, f);
	row->key = text_span(&key);
	row->scheme = SCHEME_GENERIC;
	if (!span_is(f[CPE_VERSION], "*") && !span_is(f[CPE_VERSION], "-"))
		version = cpe_plain(f[CPE_VERSION], plain, sizeof(plain));
	add_said(b, row, d->range, version);
	text_free(&key);
}

static void add_digest(struct feed_builder *b, struct feed_row *row, const struct identity *d)
{
	struct text key = { 0 };

	text_puts(&key, "sha256:");
	text_lower(&key, d->sha256);
	row->key = text_span(&key);
	row->scheme = SCHEME_GENERIC;
	add_version(b, row, (struct span){ 0 });
	text_free(&key);
}

static void emit(struct reader *r, const struct statement *s)
{
	struct identity d = identify(r, words_at(&r->words, s->ref));
	struct text image = { 0 };
	struct feed_row row = {
		.vulnerability = words_at(&r->words, s->vulnerability),
		.said = s->said,
		.note = words_at(&r->words, s->note),
	};

	if (row.vulnerability.n == 0 || s->said >= SAIDS)
		return;
	if (s->image.n) {
		text_lower(&image, words_at(&r->words, s->image));
		row.condition = text_span(&image);
		row.flags = ROW_IMAGE;
	}
	if (d.purl.n)
		add_purl(r->builder, &row, &d);
	if (d.cpe.n)
		add_cpe(r->builder, &row, &d);
	if (d.sha256.n)
		add_digest(r->builder, &row, &d);
	text_free(&image);
}

void document_emit(struct reader *r)
{
	const struct statement *all = r->statements.p;

	if (r->products.n)
		qsort_r(r->products.p, r->products.n, sizeof(struct product), by_product, r);
	for (size_t i = 0; i < r->statements.n; i++)
		emit(r, &all[i]);
	r->source.records += r->statements.n;
}
