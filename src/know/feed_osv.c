/* feed_osv.c - records of the Open Source Vulnerability format (ossf/osv-schema, docs/schema.md).
 * Events of a range are put in order and become intervals; of the versions that a record lists
 * those are kept that no interval holds. */
#include <stdlib.h>

#include "base/text.h"
#include "know/feed_inside.h"

#define MOST_PACKAGES (1u << 16)
#define MOST_EVENTS   (1u << 18)
#define MOST_VERSIONS (1u << 20)

/* Ecosystems whose versions have an order of their own; others are read as upstream releases. */
static const struct {
	const char *name;
	enum scheme scheme;
} ecosystems[] = {
	{ "AlmaLinux", SCHEME_RPM },
	{ "Alpaquita", SCHEME_APK },
	{ "Alpine", SCHEME_APK },
	{ "Azure Linux", SCHEME_RPM },
	{ "BellSoft Hardened Containers", SCHEME_APK },
	{ "Chainguard", SCHEME_APK },
	{ "crates.io", SCHEME_SEMVER },
	{ "Debian", SCHEME_DPKG },
	{ "Echo", SCHEME_DPKG },
	{ "Go", SCHEME_SEMVER },
	{ "Hex", SCHEME_SEMVER },
	{ "Mageia", SCHEME_RPM },
	{ "MinimOS", SCHEME_APK },
	{ "npm", SCHEME_SEMVER },
	{ "openEuler", SCHEME_RPM },
	{ "openSUSE", SCHEME_RPM },
	{ "OpenWrt", SCHEME_DPKG },
	{ "Photon OS", SCHEME_RPM },
	{ "Pub", SCHEME_SEMVER },
	{ "PyPI", SCHEME_PEP440 },
	{ "Red Hat", SCHEME_RPM },
	{ "Rocky Linux", SCHEME_RPM },
	{ "SUSE", SCHEME_RPM },
	{ "Ubuntu", SCHEME_DPKG },
	{ "Wolfi", SCHEME_APK },
};

static enum scheme scheme_of(struct span ecosystem)
{
	for (size_t i = 0; i < sizeof(ecosystems) / sizeof(ecosystems[0]); i++)
		if (span_is(ecosystem, ecosystems[i].name))
			return ecosystems[i].scheme;
	return SCHEME_GENERIC;
}

static void read_package(struct reader *r, struct osv_package *p)
{
	struct span key;

	if (!json_enter_object(&r->json))
		return;
	while (json_next_member(&r->json, &key)) {
		if (span_is(key, "ecosystem"))
			p->ecosystem = read_word(r);
		else if (span_is(key, "name"))
			p->name = read_word(r);
		else
			json_skip(&r->json);
	}
}

static void read_event(struct reader *r, uint32_t package, uint32_t range)
{
	static const char *const kinds[] = { "introduced", "last_affected", "fixed", "limit" };
	struct span key;

	if (!json_enter_object(&r->json))
		return;
	while (json_next_member(&r->json, &key)) {
		struct osv_event *e = NULL;
		int kind = 0;

		while (kind < 4 && !span_is(key, kinds[kind]))
			kind++;
		if (kind < 4)
			e = list_add(&r->events, sizeof(*e), MOST_EVENTS);
		if (!e) {
			json_skip(&r->json);
			continue;
		}
		e->package = package;
		e->range = range;
		e->kind = (unsigned)kind;
		e->version = read_word(r);
	}
}

static struct osv_event *event_at(struct reader *r, size_t i)
{
	return (struct osv_event *)r->events.p + i;
}

/* Ranges of commits tell nothing of a version. */
static void read_range(struct reader *r, uint32_t package)
{
	size_t first = r->events.n;
	bool is_git = false, is_semver = false;
	struct span key, type;

	r->node++;
	if (!json_enter_object(&r->json))
		return;
	while (json_next_member(&r->json, &key)) {
		if (span_is(key, "type") && json_take_string(&r->json, &type)) {
			is_git = span_is(type, "GIT");
			is_semver = span_is(type, "SEMVER");
		} else if (span_is(key, "events") && json_enter_array(&r->json)) {
			while (json_next_element(&r->json))
				read_event(r, package, r->node);
		} else if (!span_is(key, "type") && !span_is(key, "events")) {
			json_skip(&r->json);
		}
	}
	if (is_git)
		r->events.n = first;
	for (size_t i = first; i < r->events.n; i++)
		event_at(r, i)->is_semver = is_semver;
}

static void read_versions(struct reader *r, uint32_t package)
{
	if (!json_enter_array(&r->json))
		return;
	while (json_next_element(&r->json)) {
		struct word version = read_word(r);
		struct osv_version *v = list_add(&r->versions, sizeof(*v), MOST_VERSIONS);

		if (v)
			*v = (struct osv_version){ package, version };
	}
}

static void read_ranges(struct reader *r, uint32_t package)
{
	if (!json_enter_array(&r->json))
		return;
	while (json_next_element(&r->json))
		read_range(r, package);
}

static void read_affected(struct reader *r)
{
	struct osv_package package = { .name = { 0, 0 } };
	struct osv_package *mine = list_add(&r->packages, sizeof(*mine), MOST_PACKAGES);
	uint32_t number = (uint32_t)r->packages.n;
	struct span key;

	if (!json_enter_object(&r->json))
		return;
	while (json_next_member(&r->json, &key)) {
		if (span_is(key, "package"))
			read_package(r, &package);
		else if (span_is(key, "ranges"))
			read_ranges(r, number);
		else if (span_is(key, "versions"))
			read_versions(r, number);
		else
			json_skip(&r->json);
	}
	if (mine)
		((struct osv_package *)r->packages.p)[number - 1] = package;
}

void osv_read_affected(struct reader *r)
{
	if (!json_enter_array(&r->json))
		return;
	while (json_next_element(&r->json)) {
		r->has_osv |= json_peek(&r->json) == JSON_IS_OBJECT;
		read_affected(r);
	}
}

/* -- emitting -- */

struct scope { /* what is said of one package */
	struct reader *r;
	struct feed_row row;
	size_t events, events_end, versions, versions_end;
};

static bool is_cve(struct span id)
{
	return span_starts(id, span_text("CVE-"));
}

/* A row for each CVE that the record stands for; for its own id where there is none. */
static void add_row(struct scope *c)
{
	struct reader *r = c->r;
	struct span id = words_at(&r->words, r->id);
	const struct word *aliases = r->aliases.p;
	size_t at = span_find(id, 0, span_text("-CVE-")), named = 0;

	if (is_cve(id) || at != SIZE_MAX) { /* DEBIAN-CVE-2024-1: of that CVE alone */
		c->row.vulnerability = is_cve(id) ? id : span_from(id, at + 1);
		feed_add_row(r->builder, &c->row);
		return;
	}
	for (size_t i = 0; i < r->aliases.n; i++) {
		struct span alias = words_at(&r->words, aliases[i]);

		if (!is_cve(alias))
			continue;
		c->row.vulnerability = alias;
		feed_add_row(r->builder, &c->row);
		named++;
	}
	if (named == 0) {
		c->row.vulnerability = id;
		feed_add_row(r->builder, &c->row);
	}
}

static int by_version(const void *a, const void *b, void *ctx)
{
	const struct scope *c = ctx;
	const struct osv_event *x = a, *y = b;
	struct span v = words_at(&c->r->words, x->version), w = words_at(&c->r->words, y->version);
	bool first_v = span_is(v, "0"), first_w = span_is(w, "0");
	int order = first_v || first_w ? first_w - first_v : version_compare(c->row.scheme, v, w);

	if (order == 0)
		order = (int)x->kind - (int)y->kind;
	return order ? order : (x->version.at > y->version.at) - (x->version.at < y->version.at);
}

static void add_interval(struct scope *c, const struct osv_event *from, const struct osv_event *to)
{
	struct span begin = words_at(&c->r->words, from->version);

	c->row.from = span_is(begin, "0") ? (struct span){ 0 } : begin;
	c->row.to = to ? words_at(&c->r->words, to->version) : (struct span){ 0 };
	c->row.flags &= ROW_RELEASE;
	if (to && to->kind == EVENT_LAST)
		c->row.flags |= ROW_TO_INCLUDED;
	if (to && to->kind == EVENT_FIXED)
		c->row.flags |= ROW_TO_IS_FIX;
	add_row(c);
}

/* Events [first, end) are one range, in order. */
static void add_range(struct scope *c, size_t first, size_t end)
{
	const struct osv_event *open = NULL;

	for (size_t i = first; i < end; i++) {
		const struct osv_event *e = event_at(c->r, i);

		if (e->kind == EVENT_INTRODUCED) {
			open = open ? open : e;
		} else if (open) {
			add_interval(c, open, e);
			open = NULL;
		}
	}
	if (open)
		add_interval(c, open, NULL);
}

static void add_ranges(struct scope *c)
{
	enum scheme own = c->row.scheme;

	for (size_t first = c->events, end; first < c->events_end; first = end) {
		end = first;
		while (end < c->events_end &&
		       event_at(c->r, end)->range == event_at(c->r, first)->range)
			end++;
		c->row.scheme = event_at(c->r, first)->is_semver ? SCHEME_SEMVER : own;
		qsort_r(event_at(c->r, first), end - first, sizeof(struct osv_event), by_version,
			c);
		add_range(c, first, end);
	}
	c->row.scheme = own;
}

/* Whether the events, now in order, hold the version. Only whether something speaks of it counts:
 * a record's list repeats what its ranges say. */
static bool is_in_range(struct scope *c, struct span v)
{
	bool in = false;

	for (size_t i = c->events; i < c->events_end; i++) {
		const struct osv_event *e = event_at(c->r, i);
		struct span at = words_at(&c->r->words, e->version);
		int order = span_is(at, "0") ? -1 : version_compare(c->row.scheme, at, v);

		if (i > c->events && e->range != event_at(c->r, i - 1)->range && in)
			return true;
		if (e->kind == EVENT_INTRODUCED)
			in = order <= 0;
		else if (in && (order < 0 || (order == 0 && e->kind != EVENT_LAST)))
			in = false;
		if (in && order > 0)
			return true;
	}
	return in;
}

#define MOST_COMPARED 65536

static void add_versions(struct scope *c)
{
	const struct osv_version *v = c->r->versions.p;
	size_t budget = MOST_COMPARED;

	c->row.flags = (c->row.flags & ROW_RELEASE) | ROW_TO_INCLUDED;
	for (size_t i = c->versions; i < c->versions_end; i++) {
		struct span version = words_at(&c->r->words, v[i].version);
		size_t cost = c->events_end - c->events;

		/* Past the budget a version is kept that may be said twice. */
		if (cost && budget > cost) {
			budget -= cost;
			if (is_in_range(c, version))
				continue;
		}
		c->row.from = c->row.to = version;
		add_row(c);
	}
}

static void emit_package(struct scope *c, const struct osv_package *p)
{
	struct span ecosystem = words_at(&c->r->words, p->ecosystem);
	struct span base = span_head(ecosystem, span_find(ecosystem, 0, span_text(":")));
	struct span name = words_at(&c->r->words, p->name);
	struct text key = { 0 };

	text_puts(&key, "osv:");
	text_lower(&key, base);
	text_char(&key, '/');
	if (span_is(base, "PyPI"))
		text_lower(&key, name);
	else
		text_put(&key, name);
	c->row.key = text_span(&key);
	c->row.scheme = scheme_of(base);
	c->row.flags = base.n < ecosystem.n ? ROW_RELEASE : 0;
	c->row.condition = base.n < ecosystem.n ? ecosystem : (struct span){ 0 };
	if (base.n && name.n) {
		add_ranges(c);
		add_versions(c);
	}
	text_free(&key);
}

void osv_emit(struct reader *r)
{
	const struct osv_package *packages = r->packages.p;
	const struct osv_version *versions = r->versions.p;
	struct scope c = { .r = r };

	if (r->id.n == 0)
		return;
	note_format(r, FEED_OSV);
	r->source.records++;
	for (uint32_t i = 0; i < r->packages.n && !r->is_withdrawn; i++) {
		c.events = c.events_end;
		while (c.events_end < r->events.n && event_at(r, c.events_end)->package == i + 1)
			c.events_end++;
		c.versions = c.versions_end;
		while (c.versions_end < r->versions.n && versions[c.versions_end].package == i + 1)
			c.versions_end++;
		emit_package(&c, &packages[i]);
	}
}
