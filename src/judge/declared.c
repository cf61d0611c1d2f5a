/* declared.c - facts as rows of a declaration, and whether a row declares them. */
#include "base/text.h"
#include "judge/declaration.h"

static struct span escaped(struct arena *a, struct span s)
{
	struct text t = { 0 };
	struct span out;

	text_escape(&t, s, "");
	out = arena_copy(a, text_span(&t));
	text_free(&t);
	return out;
}

static struct span decimal(struct arena *a, uint64_t value)
{
	char text[24];
	int n = snprintf(text, sizeof(text), "%llu", (unsigned long long)value);

	return arena_copy(a, (struct span){ (const uint8_t *)text, (size_t)n });
}

static struct span named(const char *name)
{
	return span_text(name ? name : "");
}

/* What stands in a file without a name is told by its format. */
static struct span path_of(struct arena *a, const struct node *n)
{
	for (; n; n = n->parent)
		if (n->path.n)
			return escaped(a, n->path);
	return span_text("image");
}

static bool is_among(const char *name, const char *const list[], size_t count)
{
	for (size_t i = 0; name && i < count; i++)
		if (strcmp(name, list[i]) == 0)
			return true;
	return false;
}

static bool account_row(const struct fact *f, struct arena *a, struct declared_row *row)
{
	const struct account_fact *x = (const void *)f;

	row->value[0] = escaped(a, x->name);
	row->value[1] = decimal(a, x->uid);
	row->value[2] = escaped(a, x->shell);
	row->value[3] = span_text(x->can_log_in ? "yes" : "no");
	return true;
}

static bool service_row(const struct fact *f, struct arena *a, struct declared_row *row)
{
	const struct service_fact *x = (const void *)f;

	row->value[0] = escaped(a, x->name);
	row->value[1] = named(x->service_kind);
	return x->enabled;
}

static bool listener_row(const struct fact *f, struct arena *a, struct declared_row *row)
{
	const struct service_fact *x = (const void *)f;

	row->value[0] = escaped(a, x->name);
	row->value[1] = escaped(a, x->protocol);
	row->value[2] = escaped(a, x->address);
	if (x->port)
		row->value[3] = decimal(a, x->port);
	return x->enabled;
}

static bool endpoint_row(const struct fact *f, struct arena *a, struct declared_row *row)
{
	static const char *const places[] = { "url", "host", "address" };
	const struct endpoint_fact *x = (const void *)f;

	row->value[0] = escaped(a, x->value);
	return is_among(x->endpoint_kind, places, sizeof(places) / sizeof(places[0]));
}

static bool key_row(const struct fact *f, struct arena *a, struct declared_row *row)
{
	const struct key_fact *x = (const void *)f;

	row->value[0] = path_of(a, f->node);
	row->value[1] = named(x->key_kind);
	row->value[2] = x->spki_sha256;
	return true;
}

static bool component_row(const struct fact *f, struct arena *a, struct declared_row *row)
{
	const struct component_fact *x = (const void *)f;

	row->value[0] = escaped(a, x->name);
	row->value[1] = escaped(a, x->version);
	return true;
}

static bool privilege_row(const struct fact *f, struct arena *a, struct declared_row *row)
{
	static const char *const kinds[] = { "setuid", "setgid", "capability" };
	const struct privilege_fact *x = (const void *)f;
	char mode[8];

	snprintf(mode, sizeof(mode), "%04o", x->mode & 07777);
	row->value[0] = path_of(a, f->node);
	row->value[1] = named(x->privilege_kind);
	row->value[2] = arena_copy(a, span_text(mode));
	return is_among(x->privilege_kind, kinds, sizeof(kinds) / sizeof(kinds[0]));
}

struct row_maker {
	enum section section;
	bool (*row_of)(const struct fact *f, struct arena *a, struct declared_row *row);
};

static const struct row_maker makers[FACT_LISTS] = {
	[FACT_ACCOUNT] = { SECTION_ACCOUNTS, account_row },
	[FACT_SERVICE] = { SECTION_SERVICES, service_row },
	[FACT_LISTENER] = { SECTION_LISTENERS, listener_row },
	[FACT_ENDPOINT] = { SECTION_ENDPOINTS, endpoint_row },
	[FACT_KEY] = { SECTION_KEYS, key_row },
	[FACT_COMPONENT] = { SECTION_COMPONENTS, component_row },
	[FACT_PRIVILEGE] = { SECTION_PRIVILEGED, privilege_row },
};

bool declared_row_of(const struct fact *f, struct arena *a, enum section *section,
		     struct declared_row *row)
{
	*row = (struct declared_row){ 0 };
	if (!makers[f->kind].row_of)
		return false;
	*section = makers[f->kind].section;
	return makers[f->kind].row_of(f, a, row);
}

/* The first row with that first value, or where it would stand. */
static uint32_t first_of(const struct declared_rows *rows, struct span value)
{
	uint32_t low = 0, high = rows->n;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (span_compare(rows->p[middle].value[0], value) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool agrees(const struct declared_row *declared, const struct declared_row *row)
{
	for (size_t i = 0; i < MOST_FIELDS; i++)
		if (declared->value[i].n && !span_equal(declared->value[i], row->value[i]))
			return false;
	return true;
}

const struct declared_row *declared_next(const struct declaration *d, enum section section,
					 const struct declared_row *row,
					 const struct declared_row *after)
{
	const struct declared_rows *rows = &d->of[section];
	uint32_t i = after ? (uint32_t)(after - rows->p) + 1 : first_of(rows, row->value[0]);

	for (; i < rows->n && span_equal(rows->p[i].value[0], row->value[0]); i++)
		if (agrees(&rows->p[i], row))
			return &rows->p[i];
	return NULL;
}
