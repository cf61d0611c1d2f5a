/* export.c - see export.h. */
#include "report/export.h"

#include <ctype.h>
#include <time.h>

#include "tree/locator.h"

/* -- the document -- */

/* RFC 9562, appendix A: names that are URIs. */
static const uint8_t uuid_namespace[16] = { 0x6b, 0xa7, 0xb8, 0x11, 0x9d, 0xad, 0x11, 0xd1,
					    0x80, 0xb4, 0x00, 0xc0, 0x4f, 0xd4, 0x30, 0xc8 };

/* uuidgen --sha1 --namespace @url --name evenhand:FORMAT:sha256:DIGEST says the same. */
static void make_uuid(struct export *x, const char *format)
{
	struct span parts[2] = { { uuid_namespace, sizeof(uuid_namespace) }, { 0 } };
	struct text t = { 0 };
	uint8_t u[20];

	text_format(&t, "evenhand:%s:sha256:", format);
	text_hex(&t, (struct span){ x->digest, sizeof(x->digest) });
	parts[1] = text_span(&t);
	sha1_of_parts(parts, 2, u);
	x->j.out->failed |= t.failed;
	text_free(&t);
	u[6] = (uint8_t)((u[6] & 0x0f) | 0x50);
	u[8] = (uint8_t)((u[8] & 0x3f) | 0x80);
	snprintf(x->uuid, sizeof(x->uuid),
		 "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", u[0], u[1],
		 u[2], u[3], u[4], u[5], u[6], u[7], u[8], u[9], u[10], u[11], u[12], u[13], u[14],
		 u[15]);
}

/* An image may carry any number as a time; beyond these years it tells nothing. */
#define LATEST_TIME 4102444799 /* the end of 2099 */

static int64_t newest_time(const struct tree *t)
{
	int64_t newest = 0;

	for (uint32_t i = 0; i < t->count; i++)
		if (t->nodes[i]->has_mtime && t->nodes[i]->mtime > newest &&
		    t->nodes[i]->mtime <= LATEST_TIME)
			newest = t->nodes[i]->mtime;
	return newest;
}

static void make_time(struct export *x)
{
	time_t newest = (time_t)newest_time(x->r->tree);
	struct tm tm;

	x->time_given = x->r->options->as_of != NULL;
	if (x->time_given)
		snprintf(x->time, sizeof(x->time), "%.10sT00:00:00Z", x->r->options->as_of);
	else if (gmtime_r(&newest, &tm))
		strftime(x->time, sizeof(x->time), "%Y-%m-%dT%H:%M:%SZ", &tm);
}

void export_begin(struct export *x, const struct report *r, const char *format, struct span json,
		  struct text *out)
{
	*x = (struct export){ .r = r, .j = { .out = out } };
	sha256_of(json, x->digest);
	make_uuid(x, format);
	make_time(x);
}

void export_end(struct export *x)
{
	text_char(x->j.out, '\n');
	x->j.out->failed |= x->scratch.failed;
	text_free(&x->scratch);
}

void member_locator(struct export *x, const char *key, const struct node *n)
{
	x->scratch.n = 0;
	locator_write(&x->scratch, n);
	json_key(&x->j, key);
	json_text(&x->j, text_span(&x->scratch));
}

/* -- names of others -- */

bool is_purl(struct span s)
{
	if (!span_starts(s, span_text("pkg:")) || span_find(s, 5, span_text("/")) == SIZE_MAX)
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < 0x21 || s.p[i] > 0x7e || s.p[i] == '"' || s.p[i] == '\\')
			return false;
	return true;
}

/* One field: "*", "-", or letters, digits, "._-" and other punctuation behind a backslash. */
static bool cpe_field(struct span s, size_t *at)
{
	size_t from = *at;
	bool plain = true;

	for (; *at < s.n && s.p[*at] != ':'; (*at)++) {
		int c = s.p[*at];

		if (c == '\\' && *at + 1 < s.n && ispunct(s.p[*at + 1]))
			(*at)++;
		else if (c == 0 || c >= 0x80 || (!isalnum(c) && !strchr("._-", c)))
			plain = false;
	}
	return *at > from && (plain || (*at == from + 1 && s.p[from] == '*'));
}

bool is_cpe(struct span s)
{
	static const char mark[] = "cpe:2.3:";
	size_t at = sizeof(mark) - 1, fields = 0;

	if (!span_starts(s, span_text(mark)) || at == s.n || s.p[at] == 0 ||
	    !strchr("aho", s.p[at]))
		return false;
	while (cpe_field(s, &at)) {
		fields++;
		if (at == s.n)
			break;
		at++;
	}
	return fields == 11 && at == s.n;
}

const struct identity_fact *image_identity(const struct report *r)
{
	for (uint32_t i = 0; i < r->facts->count[FACT_IDENTITY]; i++) {
		const struct identity_fact *f = (const void *)r->facts->of[FACT_IDENTITY][i];

		if (f->product.n)
			return f;
	}
	return NULL;
}

struct span image_name(const struct report *r)
{
	const struct identity_fact *f = image_identity(r);

	return f ? f->product : span_text("firmware");
}
