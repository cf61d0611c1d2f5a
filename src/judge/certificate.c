/* certificate.c - certificates: their private halves, signatures and dates. */
#include <stdlib.h>

#include "judge/key.h"
#include "know/know.h"

#define DOES_NOT_PROVE "that a certificate is used"
#define MOST_YEARS     20
#define FIRST_YEAR     2017 /* from here on SHA-1 fails for servers and devices */
#define STORE_YEARS    5
#define LEAST_BUNDLE   10 /* certificates in one file: nobody pinned them one by one */

static uint32_t certificates(const struct ruling *r)
{
	return r->c->facts->count[FACT_CERTIFICATE];
}

static void passed(struct ruling *r)
{
	if (certificates(r))
		rule_passed(r, "%s", counted(r, certificates(r), "certificate", "certificates"));
	else
		rule_says(r, OUTCOME_NOT_APPLICABLE, "no certificate was found");
}

/* Where programs look for whom to trust. */
static bool is_trust_store(const struct node *n)
{
	static const char *const marks[] = { "/etc/ssl/certs/", "/etc/pki/", "ca-certificates",
					     "ca-bundle", "/cacerts" };

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		if (span_find(n->path, 0, span_text(marks[i])) != SIZE_MAX)
			return true;
	return false;
}

/* -- KEY-03 -- */

static int by_spki(const void *a, const void *b)
{
	const struct key_fact *x = *(const struct key_fact *const *)a;
	const struct key_fact *y = *(const struct key_fact *const *)b;
	int order = span_compare(x->spki_sha256, y->spki_sha256);

	return order ? order : (x->f.id > y->f.id) - (x->f.id < y->f.id);
}

static const struct key_fact **private_keys(struct ruling *r, uint32_t *count)
{
	const struct key_fact **list = arena_take(r->c->arena, key_count(r), sizeof(*list));

	*count = 0;
	r->failed |= !list;
	EACH_FACT(r, FACT_KEY, key_fact, k)
	{
		if (list && key_is_private(k) && k->spki_sha256.n)
			list[(*count)++] = k;
	}
	if (*count)
		qsort(list, *count, sizeof(*list), by_spki);
	return list;
}

/* Of several copies the first. */
static const struct key_fact *half_of(const struct certificate_fact *x,
				      const struct key_fact *const *list, uint32_t count)
{
	uint32_t low = 0, high = x->spki_sha256.n ? count : 0;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (span_compare(list[middle]->spki_sha256, x->spki_sha256) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low < count && span_equal(list[low]->spki_sha256, x->spki_sha256) ? list[low] : NULL;
}

static void judge_pair(struct ruling *r)
{
	uint32_t count;
	const struct key_fact *const *list = private_keys(r, &count);
	const struct certificate_fact *first[OUTCOMES] = { NULL };

	EACH_FACT(r, FACT_CERTIFICATE, certificate_fact, x)
	{
		const struct key_fact *half = half_of(x, list, count);
		enum outcome o =
			x->is_ca && is_trust_store(x->f.node) ? OUTCOME_FAIL : OUTCOME_REVIEW;

		if (!half)
			continue;
		first[o] = first[o] ? first[o] : x;
		rule_fact(r, o, &x->f);
		rule_fact(r, o, &half->f);
	}
	if (first[OUTCOME_FAIL])
		rule_says(
			r, OUTCOME_FAIL, "key of a trusted CA: %s",
			shown_of(r, first[OUTCOME_FAIL]->subject, rule_count(r, OUTCOME_FAIL) / 2));
	if (first[OUTCOME_REVIEW])
		rule_says(r, OUTCOME_REVIEW, "private half is here: %s",
			  shown_of(r, first[OUTCOME_REVIEW]->subject,
				   rule_count(r, OUTCOME_REVIEW) / 2));
	passed(r);
}

const struct check check_key_03 = {
	.id = "KEY-03",
	.group = "KEY",
	.title = "Private key belongs to a certificate in the same image",
	.rule = "review naming the subject; fail if the certificate is a CA in a trust store of "
		"the "
		"image; pass if no private key fits a certificate",
	.does_not_prove = DOES_NOT_PROVE,
	.requirements = "EN 5.4-1 (M); ISVS 2.4.1; CWE-321; CWE-295",
	.reads = READS(CERTIFICATE) | READS(KEY) | READS_GAPS,
	.judge = judge_pair,
};

/* -- KEY-07 -- */

static bool names_digest(const struct certificate_fact *x, const char *const *marks, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (span_find(x->signature, 0, span_text(marks[i])) != SIZE_MAX)
			return true;
	return false;
}

static uint64_t year_of(struct span date)
{
	uint64_t year = 0;
	size_t used;

	return span_number(span_head(date, 4), 10, &year, &used) ? year : 0;
}

static enum outcome outcome_of_signature(const struct certificate_fact *x)
{
	static const char *const broken[] = { "md2", "md4", "md5", "MD2", "MD4", "MD5" };
	static const char *const sha1[] = { "sha1", "SHA1" };

	if (names_digest(x, broken, 6))
		return OUTCOME_FAIL;
	if (!names_digest(x, sha1, 2))
		return OUTCOME_PASS;
	if (x->self_signed)
		return OUTCOME_REVIEW;
	return !x->is_ca && year_of(x->not_before) >= FIRST_YEAR ? OUTCOME_FAIL : OUTCOME_PASS;
}

static void judge_signature(struct ruling *r)
{
	const struct certificate_fact *first = NULL;

	EACH_FACT(r, FACT_CERTIFICATE, certificate_fact, x)
	{
		enum outcome o = outcome_of_signature(x);

		first = o == OUTCOME_FAIL && !first ? x : first;
		if (o != OUTCOME_PASS)
			rule_fact(r, o, &x->f);
	}
	if (first)
		rule_says(r, OUTCOME_FAIL, "%s signed with %s",
			  counted(r, rule_count(r, OUTCOME_FAIL), "certificate is",
				  "certificates are"),
			  shown(r, first->signature));
	if (rule_count(r, OUTCOME_REVIEW))
		rule_says(r, OUTCOME_REVIEW, "%s itself with SHA-1",
			  counted(r, rule_count(r, OUTCOME_REVIEW), "certificate signs",
				  "certificates each sign"));
	passed(r);
}

const struct check check_key_07 = {
	.id = "KEY-07",
	.group = "KEY",
	.title = "Certificate signature algorithm",
	.rule = "fail for MD2, MD4, MD5, and for SHA-1 on server or device certificates issued "
		"after "
		"2016; review for SHA-1 on self-signed ones; otherwise pass",
	.does_not_prove = DOES_NOT_PROVE,
	.requirements = "EN 5.5-1 (M); ISVS 3.5.4 (L2); ISVS 2.4.2; CWE-328",
	.reads = READS(CERTIFICATE) | READS_GAPS,
	.judge = judge_signature,
};

/* -- KEY-08 -- */

/* Bundles of roots hold expired and long-lived ones by nature. */
static bool is_pinned(const struct ruling *r, const struct certificate_fact *x)
{
	const struct facts *f = r->c->facts;
	uint32_t same = 0, from = x->f.id >= LEAST_BUNDLE ? x->f.id - LEAST_BUNDLE : 0;

	if (is_trust_store(x->f.node))
		return false;
	for (uint32_t i = from; i < f->count[FACT_CERTIFICATE] && i <= x->f.id + LEAST_BUNDLE; i++)
		same += f->of[FACT_CERTIFICATE][i]->node == x->f.node;
	return same < LEAST_BUNDLE;
}

static bool is_expired(const struct certificate_fact *x, const char *as_of)
{
	return as_of && x->not_after.n >= 10 &&
	       span_compare(span_head(x->not_after, 10), span_text(as_of)) < 0;
}

static bool is_long(const struct certificate_fact *x)
{
	uint64_t from = year_of(x->not_before), to = year_of(x->not_after);
	bool is_past_the_day =
		span_compare(span_from(x->not_after, 4), span_from(x->not_before, 4)) > 0;

	return from && (to > from + MOST_YEARS || (to == from + MOST_YEARS && is_past_the_day));
}

static void judge_dates(struct ruling *r)
{
	const char *as_of = r->c->options->as_of;
	uint32_t expired = 0, pinned = 0;

	EACH_FACT(r, FACT_CERTIFICATE, certificate_fact, x)
	{
		if (!is_pinned(r, x))
			continue;
		pinned++;
		expired += is_expired(x, as_of);
		if (is_expired(x, as_of) || is_long(x))
			rule_fact(r, OUTCOME_REVIEW, &x->f);
	}
	if (rule_count(r, OUTCOME_REVIEW))
		rule_says(r, OUTCOME_REVIEW, "%s %s",
			  counted(r, rule_count(r, OUTCOME_REVIEW), "certificate", "certificates"),
			  !expired ? "valid for more than 20 years"
			  : expired == rule_count(r, OUTCOME_REVIEW)
				  ? "expired at the date given"
				  : "expired at the date given, or valid over 20 years");
	if (!as_of && pinned)
		rule_open(r, REASON_DOCUMENTS_NEEDED,
			  "no date was given to judge expiry by (--as-of)");
	passed(r);
}

const struct check check_key_08 = {
	.id = "KEY-08",
	.group = "KEY",
	.title = "Expired or over-long certificates",
	.rule = "review if a certificate outside a bundle had expired on the date given, or is "
		"valid "
		"for more than 20 years; otherwise pass; expiry is not evaluable without a date",
	.does_not_prove = DOES_NOT_PROVE "; that a device without a clock minds",
	.requirements = "EN 5.5-1 (M)",
	.reads = READS(CERTIFICATE) | READS_DATE | READS_GAPS,
	.judge = judge_dates,
};

/* -- KEY-09 -- */

/* Whom programs may trust: not what libraries and others' programs test themselves with. */
static bool is_anchor(const struct ruling *r, const struct certificate_fact *x)
{
	return x->is_ca &&
	       (is_trust_store(x->f.node) || (x->self_signed && !holds_test_data(r, x->f.node)));
}

struct store {
	uint32_t anchors;
	struct span newest; /* the date of the first list that has the newest of them */
};

/* Five years before a day, both as YYYY-MM-DD. */
static bool is_five_years_before(struct span day, const char *as_of)
{
	uint64_t from = year_of(day), to = year_of(span_text(as_of));

	return to > from + STORE_YEARS ||
	       (to == from + STORE_YEARS &&
		span_compare(span_from(day, 4), span_from(span_text(as_of), 4)) < 0);
}

static void look_at_anchors(struct ruling *r, struct store *s)
{
	EACH_FACT(r, FACT_CERTIFICATE, certificate_fact, x)
	{
		const struct web_root *row;

		if (!is_anchor(r, x))
			continue;
		row = web_root_find(x->sha256);
		s->anchors++;
		if (!row || row->last)
			rule_fact(r, OUTCOME_REVIEW, &x->f);
		if (row && span_compare(span_text(row->first), s->newest) > 0)
			s->newest = span_text(row->first);
	}
}

static void judge_store(struct ruling *r)
{
	const char *as_of = r->c->options->as_of;
	struct store s = { 0 };

	look_at_anchors(r, &s);
	if (as_of && s.anchors >= LEAST_BUNDLE && s.newest.n &&
	    is_five_years_before(s.newest, as_of))
		rule_says(r, OUTCOME_REVIEW, "no public root of the store was listed after %.*s",
			  (int)s.newest.n, (const char *)s.newest.p);
	else if (rule_count(r, OUTCOME_REVIEW))
		rule_says(r, OUTCOME_REVIEW, "%s in the public web trust",
			  counted(r, rule_count(r, OUTCOME_REVIEW),
				  "CA certificate is not, or no longer,",
				  "CA certificates are not, or no longer,"));
	if (s.anchors) {
		rule_passed(r, "%s", counted(r, s.anchors, "CA certificate", "CA certificates"));
		rule_says(r, OUTCOME_PASS, "every CA certificate is in the public web trust");
	} else {
		rule_says(r, OUTCOME_NOT_APPLICABLE, "no CA certificate was found");
	}
}

const struct check check_key_09 = {
	.id = "KEY-09",
	.group = "KEY",
	.title = "Trust store content",
	.rule = "review for CA certificates that are not, or no longer, in the public web trust "
		"(data/web-roots.tsv), and for a store whose newest public root was listed five "
		"years before the date given; otherwise pass; not applicable without CA "
		"certificates",
	.does_not_prove = "whom programs really trust",
	.requirements = "ISVS 4.1.5 (L2); EN 5.5-1 (M); CWE-295",
	.reads =
		READS(CERTIFICATE) | READS(COMPONENT) | READS(EXECUTABLE) | READS_DATE | READS_GAPS,
	.judge = judge_store,
};
