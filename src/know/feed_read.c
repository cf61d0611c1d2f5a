/* feed_read.c - a published file, document by document. Which form it has is told by its members:
 * they are read in whatever order they come, and kept until the record or document ends. */
#include <stdlib.h>

#include "base/text.h"
#include "know/feed_inside.h"

#define WINDOW     (256u << 10)
#define MOST_WORDS (256u << 20)

const char *feed_format_name(enum feed_format f)
{
	static const char *const names[FEED_FORMATS] = { "unknown", "nvd",     "osv",      "csaf",
							 "kev",     "openvex", "cyclonedx" };

	return names[f < FEED_FORMATS ? f : FEED_UNKNOWN];
}

const char *said_name(enum said s)
{
	static const char *const names[SAIDS] = { "affected", "fixed", "not-affected",
						  "under-investigation" };

	return names[s < SAIDS ? s : SAID_UNDER_INVESTIGATION];
}

/* -- what a record is kept in -- */

static bool grow(void **p, size_t *room, size_t need, size_t size)
{
	size_t more = *room ? *room * 2 : 256;
	void *bigger;

	while (more < need)
		more *= 2;
	bigger = realloc(*p, more * size);
	if (!bigger)
		return false;
	*p = bigger;
	*room = more;
	return true;
}

struct word words_add(struct words *w, struct span s)
{
	struct word word = { (uint32_t)w->n, (uint32_t)s.n };
	void *p = w->p;

	if (s.n > MOST_WORDS - w->n ||
	    (w->n + s.n > w->room && !grow(&p, &w->room, w->n + s.n, 1))) {
		w->failed = true;
		return (struct word){ 0, 0 };
	}
	w->p = p;
	if (s.n)
		memcpy(w->p + w->n, s.p, s.n);
	w->n += s.n;
	return word;
}

struct span words_at(const struct words *w, struct word word)
{
	return span_sub((struct span){ w->p, w->n }, word.at, word.n);
}

void *list_add(struct list *l, size_t size, size_t most)
{
	if (l->n >= most || (l->n == l->room && !grow(&l->p, &l->room, l->n + 1, size))) {
		l->failed = true;
		return NULL;
	}
	memset((uint8_t *)l->p + l->n * size, 0, size);
	return (uint8_t *)l->p + l->n++ * size;
}

struct word read_word(struct reader *r)
{
	struct span s;

	if (!json_take_string(&r->json, &s))
		return (struct word){ 0, 0 };
	return words_add(&r->words, s);
}

void note_format(struct reader *r, enum feed_format f)
{
	if (r->source.format == FEED_UNKNOWN)
		r->source.format = f;
}

void note_date(struct reader *r, struct span date)
{
	static const char form[] = "dddd-dd-dd";

	if (date.n < 10)
		return;
	for (size_t i = 0; form[i]; i++)
		if (form[i] == 'd' ? date.p[i] < '0' || date.p[i] > '9' : date.p[i] != '-')
			return;
	if (memcmp(r->source.date, date.p, 10) < 0)
		memcpy(r->source.date, date.p, 10);
}

struct product *product_add(struct reader *r)
{
	return list_add(&r->products, sizeof(struct product), MOST_ITEMS);
}

void statement_add(struct reader *r, const struct statement *s)
{
	struct statement *mine = list_add(&r->statements, sizeof(*s), MOST_ITEMS);

	if (mine)
		*mine = *s;
}

/* -- members -- */

static void read_id(struct reader *r)
{
	struct word id = read_word(r);

	if (id.n)
		r->id = id;
}

static void read_status(struct reader *r)
{
	struct span s;

	if (json_take_string(&r->json, &s) && span_is(s, "Rejected"))
		r->flags |= VULNERABILITY_REJECTED;
	r->has_nvd = true;
}

static void read_tag(struct reader *r)
{
	struct span key, s;

	if (!json_enter_object(&r->json))
		return;
	while (json_next_member(&r->json, &key)) {
		if (!span_is(key, "tags") || !json_enter_array(&r->json)) {
			if (!span_is(key, "tags"))
				json_skip(&r->json);
			continue;
		}
		while (json_next_element(&r->json))
			if (json_take_string(&r->json, &s) && span_is(s, "disputed"))
				r->flags |= VULNERABILITY_DISPUTED;
	}
}

static void read_tags(struct reader *r)
{
	if (!json_enter_array(&r->json))
		return;
	while (json_next_element(&r->json))
		read_tag(r);
}

static void read_exploited(struct reader *r)
{
	struct span s;

	if (json_take_string(&r->json, &s) && s.n)
		r->flags |= VULNERABILITY_EXPLOITED;
}

static void read_aliases(struct reader *r)
{
	if (!json_enter_array(&r->json))
		return;
	while (json_next_element(&r->json)) {
		struct word alias = read_word(r);
		struct word *mine = list_add(&r->aliases, sizeof(alias), MOST_ITEMS);

		if (mine)
			*mine = alias;
	}
}

static void read_withdrawn(struct reader *r)
{
	struct span s;

	r->is_withdrawn |= json_take_string(&r->json, &s) && s.n;
}

static void read_date(struct reader *r)
{
	struct span s;

	if (json_take_string(&r->json, &s))
		note_date(r, s);
}

static void read_vulnerabilities(struct reader *r)
{
	if (!json_enter_array(&r->json))
		return;
	while (json_next_element(&r->json))
		vulnerability_read(r);
}

static void read_records(struct reader *r)
{
	if (!json_enter_array(&r->json))
		return;
	while (json_next_element(&r->json))
		record_read(r);
}

static void read_catalogue(struct reader *r)
{
	json_skip(&r->json);
	note_format(r, FEED_KEV);
}

/* Of a record of NVD or OSV. */
static const struct member {
	const char *key;
	void (*read)(struct reader *r);
} record_members[] = {
	{ "id", read_id },
	{ "vulnStatus", read_status },
	{ "cveTags", read_tags },
	{ "cisaExploitAdd", read_exploited },
	{ "configurations", nvd_read_configurations },
	{ "aliases", read_aliases },
	{ "upstream", read_aliases },
	{ "withdrawn", read_withdrawn },
	{ "modified", read_date },
	{ "affected", osv_read_affected },
};

/* Of a document besides. */
static const struct member document_members[] = {
	{ "vulnerabilities", read_vulnerabilities },
	{ "cve_items", read_records },
	{ "timestamp", read_date },
	{ "dateReleased", read_date },
	{ "catalogVersion", read_catalogue },
	{ "document", csaf_read_document },
	{ "product_tree", csaf_read_tree },
	{ "statements", openvex_read_statements },
	{ "components", cyclonedx_read_components },
	{ "metadata", cyclonedx_read_metadata },
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct member *find(const struct member *m, size_t n, struct span key)
{
	for (size_t i = 0; i < n; i++)
		if (span_is(key, m[i].key))
			return &m[i];
	return NULL;
}

static void end_record(struct reader *r)
{
	if (r->has_nvd) /* which has an "affected" of another form */
		nvd_emit(r);
	else if (r->has_osv)
		osv_emit(r);
	r->id = (struct word){ 0, 0 };
	r->flags = 0;
	r->is_withdrawn = r->has_nvd = r->has_osv = false;
	r->matches.n = r->aliases.n = r->packages.n = r->events.n = r->versions.n = 0;
	r->configuration = r->node = 0;
}

void record_read(struct reader *r)
{
	const struct member *m;
	struct span key;
	size_t before = r->words.n;

	if (!json_enter_object(&r->json))
		return;
	while (json_next_member(&r->json, &key)) {
		m = find(record_members, COUNT(record_members), key);
		if (m)
			m->read(r);
		else
			json_skip(&r->json);
	}
	end_record(r);
	r->words.n = before;
}

static void document_read(struct reader *r)
{
	const struct member *m;
	struct span key;

	if (!json_enter_object(&r->json))
		return;
	while (json_next_member(&r->json, &key)) {
		m = find(document_members, COUNT(document_members), key);
		if (!m)
			m = find(record_members, COUNT(record_members), key);
		if (m)
			m->read(r);
		else
			json_skip(&r->json);
	}
	end_record(r);
	document_emit(r);
	r->products.n = r->statements.n = 0;
	r->words.n = 0;
}

/* One document, a list of them, or one after the other. */
static void read_text(struct reader *r)
{
	while (json_peek(&r->json) != JSON_END) {
		if (json_peek(&r->json) != JSON_IS_ARRAY) {
			document_read(r);
			continue;
		}
		if (!json_enter_array(&r->json))
			return;
		while (json_next_element(&r->json))
			document_read(r);
	}
}

static bool ran_out(const struct reader *r)
{
	return r->words.failed || r->matches.failed || r->aliases.failed || r->packages.failed ||
	       r->events.failed || r->versions.failed || r->products.failed ||
	       r->statements.failed || r->remarks.failed;
}

static struct fault read_all(struct reader *r, struct feed_file *f)
{
	while (feed_file_next(f)) {
		json_stream_start(&r->json);
		read_text(r);
		if (feed_file_fault(f).kind != FAULT_NONE)
			break;
		if (r->json.fault.kind != FAULT_NONE)
			return r->json.fault;
		if (ran_out(r))
			return fault_at(FAULT_LIMIT, r->json.before, "one record", 0, 0);
	}
	if (feed_file_fault(f).kind != FAULT_NONE)
		return feed_file_fault(f);
	if (r->source.format == FEED_UNKNOWN)
		return fault_at(FAULT_UNKNOWN, 0, "feed", 0, 0);
	return fine;
}

struct fault feed_read(struct feed_builder *b, struct span file, bool is_mapped)
{
	struct fault fault = fault_at(FAULT_MEMORY, 0, "feed", 0, 0);
	struct feed_file *f = feed_file_new(file, is_mapped);
	struct reader *r = calloc(1, sizeof(*r));
	uint8_t *window = malloc(WINDOW);

	if (f && r && window) {
		r->builder = b;
		r->json.more = feed_file_read;
		r->json.ctx = f;
		r->json.window = window;
		r->json.size = WINDOW;
		fault = read_all(r, f);
		if (fault.kind == FAULT_NONE) {
			feed_file_digest(f, r->source.sha256);
			feed_add_source(b, &r->source);
		}
	}
	if (r) {
		free(r->words.p);
		free(r->matches.p);
		free(r->aliases.p);
		free(r->packages.p);
		free(r->events.p);
		free(r->versions.p);
		free(r->products.p);
		free(r->statements.p);
		free(r->remarks.p);
	}
	free(r);
	free(window);
	feed_file_free(f);
	return fault;
}
