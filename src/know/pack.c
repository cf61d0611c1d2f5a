/* pack.c - see pack.h. */
#include "know/pack.h"

#include <stdlib.h>

#include "base/hash.h"
#include "base/text.h"
#include "know/table.h"

/* One that names rows of another stands behind it. */
const char *const pack_names[PACK_TABLES] = {
	"default-passwords", "known-keys", "component-names", "unsafe-functions", "kernel-options",
	"secrets",           "backdoors",  "endpoint-noise",  "daemons",          "settings",
	"requirements",      "eol",        "by-hand",         "web-roots",
};

static const struct table_kind *const kinds[PACK_TABLES] = {
	&table_passwords,      &table_known_keys, &table_components,   &table_calls,
	&table_kernel_options, &table_secrets,    &table_indicators,   &table_noise,
	&table_daemons,        &table_settings,   &table_requirements, &table_support,
	&table_by_hand,        &table_web_roots,
};
enum { COMPONENTS = 2, SECRETS = 5 };

struct pack pack_in_use(void)
{
	struct pack p = { .observing = knowledge_observing, .judging = knowledge_judging };

#define KEEP(type, name)                                                                           \
	p.name = name;                                                                             \
	p.name##_count = name##_count;
	KNOW_TABLES(KEEP)
	return p;
}

void pack_use(const struct pack *p)
{
#define USE(type, name)                                                                            \
	name = p->name;                                                                            \
	name##_count = p->name##_count;
	KNOW_TABLES(USE)
	knowledge_observing = p->observing;
	knowledge_judging = p->judging;
	know_tables_changed();
}

static bool no_memory(struct pack_error *e)
{
	*e = (struct pack_error){ .what = "no memory" };
	return false;
}

/* What is told of a table as a whole; one may count for observing and for judging. */
static bool describe(const struct table *t, struct knowledge_table *all, size_t count)
{
	const char *digest = table_digest(t);

	for (size_t i = 0; digest && i < count; i++)
		if (strcmp(all[i].name, t->name) == 0)
			all[i] = (struct knowledge_table){ all[i].name, all[i].observing, t->rows,
							   digest,      t->provenance,    true };
	return digest != NULL;
}

/* Over a line a table as sha256sum writes it. */
static const char *digest_of(const struct pack *p, bool observing, struct arena *a)
{
	uint8_t digest[SHA256_SIZE];
	struct text lines = { 0 }, hex = { 0 };
	const char *kept;

	for (size_t i = 0; i < p->knowledge_tables_count; i++)
		if (p->knowledge_tables[i].observing == observing)
			text_format(&lines, "%s  %s\n", p->knowledge_tables[i].sha256,
				    p->knowledge_tables[i].name);
	sha256_of(text_span(&lines), digest);
	text_hex(&hex, (struct span){ digest, sizeof(digest) });
	kept = lines.failed || hex.failed ? NULL : arena_text(a, text_span(&hex));
	text_free(&lines);
	text_free(&hex);
	return kept;
}

bool pack_read(struct pack *p, const struct span tables[PACK_TABLES], struct arena *a,
	       struct pack_error *e)
{
	size_t count = p->knowledge_tables_count;
	struct knowledge_table *all = arena_take(a, count, sizeof(*all));

	if (!all)
		return no_memory(e);
	memcpy(all, p->knowledge_tables, count * sizeof(*all));
	p->knowledge_tables = all;
	for (size_t i = 0; i < PACK_TABLES; i++) {
		struct table t = {
			.name = pack_names[i], .kind = kinds[i], .arena = a, .error = e
		};

		if (!tables[i].p)
			continue;
		if (!table_read(&t, tables[i]) || !kinds[i]->make(&t, p) ||
		    !describe(&t, all, count))
			return false;
		p->lines[i] = t.lines;
	}
	p->observing = digest_of(p, true, a);
	p->judging = digest_of(p, false, a);
	return (p->observing && p->judging) || no_memory(e);
}

/* -- the database of patterns -- */

/* The row whose pattern it is, where it was given. */
static void locate(const struct pack *p, uint32_t id, struct pack_error *e)
{
	uint32_t owner = id >> 24, row = id & 0xffffff;
	int table = -1;

	if (owner == OWNER_COMPONENT) {
		table = COMPONENTS;
	} else if (owner == OWNER_SECRET) {
		table = SECRETS;
		row = p->secret_anchor_rules[p->secret_anchors[row].first].rule;
	}
	if (table < 0 || !p->lines[table])
		return;
	e->table = pack_names[table];
	e->line = p->lines[table][row];
}

bool pack_compile(const struct pack *p, struct pack_error *e)
{
	uint32_t id = UINT32_MAX;
	char *why = NULL;

	*e = (struct pack_error){ .what = "more patterns than one database holds" };
	if (know_compile(&id, &why))
		return true;
	if (why)
		snprintf(e->what, sizeof(e->what), "%s", why);
	if (id != UINT32_MAX)
		locate(p, id, e);
	free(why);
	return false;
}
