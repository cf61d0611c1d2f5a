/* pack_password.c - rows of data/default-passwords.tsv, data/known-keys.tsv and data/web-roots.tsv.
 */
#include <stdlib.h>

#include "base/text.h"
#include "know/table.h"

/* -- passwords: ordered by how many published lists and vendors give one, then by rows: one
 * vendor's many products do not make its password common -- */

enum { PASSWORD, USER, VENDOR, KIND, SOURCE };

/* Who gives a password: a list, or a vendor. */
struct giver {
	const char *password;
	struct span name;
	bool is_vendor;
};

struct counted {
	const char *password, *user; /* user: of a pair */
	uint32_t sources, weight, rows;
};

static uint32_t weight_of(const struct giver *g)
{
	/* Lists that say how often a password is used weigh more than one that says it was once a
	 * default. */
	static const struct {
		const char *name;
		uint32_t weight;
	} lists[] = { { "common", 12 }, { "mirai", 6 }, { "kali", 3 } };

	for (size_t i = 0; !g->is_vendor && i < sizeof(lists) / sizeof(lists[0]); i++)
		if (span_is(g->name, lists[i].name))
			return lists[i].weight;
	return 1;
}

static int by_giver(const void *a, const void *b)
{
	const struct giver *x = a, *y = b;
	int order = strcmp(x->password, y->password);

	if (order == 0)
		order = x->is_vendor - y->is_vendor;
	return order ? order : span_compare(x->name, y->name);
}

static int by_password(const void *a, const void *b)
{
	return strcmp(((const struct counted *)a)->password, ((const struct counted *)b)->password);
}

static int by_pair(const void *a, const void *b)
{
	const struct counted *x = a, *y = b;
	int order = strcmp(x->user, y->user);

	return order ? order : by_password(a, b);
}

/* The more the earlier. */
static int falling(uint32_t a, uint32_t b)
{
	return (a < b) - (a > b);
}

static int by_weight(const void *a, const void *b)
{
	const struct counted *x = a, *y = b;
	int order = falling(x->weight, y->weight);

	order = order ? order : falling(x->rows, y->rows);
	return order ? order : by_password(a, b);
}

static int by_user(const void *a, const void *b)
{
	const struct counted *x = a, *y = b;
	int order = strcmp(x->user, y->user);

	order = order ? order : falling(x->rows, y->rows);
	order = order ? order : falling(x->sources, y->sources);
	return order ? order : by_password(a, b);
}

static bool is_login(const struct table *t, uint32_t row)
{
	return strcmp(table_cell(t, row, KIND), "login") == 0;
}

static const char *password_of(const struct table *t, uint32_t row)
{
	const char *cell = table_cell(t, row, PASSWORD);

	return strcmp(cell, "<blank>") == 0 ? "" : cell;
}

static const char *lower(const struct table *t, const char *text)
{
	char *copy = arena_text(t->arena, span_text(text));

	for (char *c = copy; c && *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c + ('a' - 'A'));
	return copy ? copy : text;
}

/* Who gives which, sorted, each once; *count of them. */
static struct giver *givers(const struct table *t, size_t *count)
{
	struct giver *all;
	size_t n = 0, kept = 0;

	for (uint32_t i = 0; i < t->rows; i++)
		for (const char *c = table_cell(t, i, SOURCE); *c; c++)
			n += *c == ',';
	all = table_take(t, n + 2 * (uint64_t)t->rows, sizeof(*all));
	n = 0;
	for (uint32_t i = 0; all && i < t->rows; i++) {
		const char *password = password_of(t, i), *vendor;
		struct span one;

		if (!is_login(t, i))
			continue;
		for (size_t at = 0; part_next(table_cell(t, i, SOURCE), ',', &at, &one);)
			all[n++] = (struct giver){ password, one, false };
		vendor = lower(t, table_cell(t, i, VENDOR));
		all[n++] = (struct giver){ password, span_text(vendor), true };
	}
	if (all)
		qsort(all, n, sizeof(*all), by_giver);
	for (size_t i = 0; i < n; i++)
		if (kept == 0 || by_giver(&all[kept - 1], &all[i]) != 0)
			all[kept++] = all[i];
	*count = kept;
	return all;
}

/* Rows that are equal become one that counts them. */
static size_t join(struct counted *all, size_t n, int (*order)(const void *, const void *))
{
	size_t kept = 0;

	if (n)
		qsort(all, n, sizeof(*all), order);
	for (size_t i = 0; i < n; i++)
		if (kept && order(&all[kept - 1], &all[i]) == 0)
			all[kept - 1].rows += all[i].rows;
		else
			all[kept++] = all[i];
	return kept;
}

static struct counted *count_rows(const struct table *t, bool pairs, size_t *count)
{
	struct counted *all = table_take(t, t->rows, sizeof(*all));
	size_t n = 0;

	for (uint32_t i = 0; all && i < t->rows; i++) {
		const char *user = table_cell(t, i, USER);

		if (is_login(t, i) && (!pairs || strcmp(user, "<blank>") != 0))
			all[n++] = (struct counted){ password_of(t, i), user, 0, 0, 1 };
	}
	*count = all ? join(all, n, pairs ? by_pair : by_password) : 0;
	return all;
}

static bool weigh(const struct table *t, struct counted *all, size_t n)
{
	size_t count, at = 0;
	const struct giver *by = givers(t, &count);

	/* Both are in the order of passwords, and have the same. */
	for (size_t i = 0; by && i < n; i++)
		for (; at < count && strcmp(by[at].password, all[i].password) == 0; at++) {
			all[i].sources++;
			all[i].weight += weight_of(&by[at]);
		}
	for (size_t i = 0; by && i < n; i++)
		if (all[i].sources > UINT16_MAX)
			return table_refuse(t, UINT32_MAX, "more than %u sources give one password",
					    UINT16_MAX);
	return by != NULL;
}

static bool make_passwords(const struct table *t, struct pack *p)
{
	size_t n, pairs;
	struct counted *all = count_rows(t, false, &n), *both = count_rows(t, true, &pairs);
	struct default_password *passwords = table_take(t, n, sizeof(*passwords));
	struct password_pair *list = table_take(t, pairs, sizeof(*list));

	if (!all || !both || !passwords || !list || !weigh(t, all, n))
		return false;
	for (size_t i = 0; i < pairs; i++)
		both[i].sources = ((const struct counted *)bsearch(&both[i], all, n, sizeof(*all),
								   by_password))
					  ->sources;
	if (n)
		qsort(all, n, sizeof(*all), by_weight);
	if (pairs)
		qsort(both, pairs, sizeof(*both), by_user);
	for (size_t i = 0; i < n; i++)
		passwords[i] =
			(struct default_password){ all[i].password, (uint16_t)all[i].sources };
	for (size_t i = 0; i < pairs; i++)
		list[i] = (struct password_pair){ both[i].user, both[i].password };
	p->default_passwords = passwords;
	p->default_passwords_count = n;
	p->password_pairs = list;
	p->password_pairs_count = pairs;
	return true;
}

const struct table_kind table_passwords = {
	{ "=password", "=user", "=vendor", "kind", "source" },
	make_passwords,
};

/* -- keys, by digest; the first row of each counts -- */

enum { SPKI, KEY_KIND, KEY_SOURCE, PRODUCT, REFERENCE };

struct numbered_key {
	struct known_key key;
	uint32_t row;
};

static int by_digest(const void *a, const void *b)
{
	const struct numbered_key *x = a, *y = b;
	int order = memcmp(x->key.spki_sha256, y->key.spki_sha256, 32);

	return order ? order : (x->row > y->row) - (x->row < y->row);
}

/* A key that has no such digest is not looked up. */
static bool read_digest(const char *cell, uint8_t digest[32])
{
	static const char digits[] = "0123456789abcdef";

	if (strlen(cell) != 64 || strspn(cell, digits) != 64)
		return false;
	for (size_t i = 0; i < 32; i++)
		digest[i] = (uint8_t)((strchr(digits, cell[2 * i]) - digits) << 4 |
				      (strchr(digits, cell[2 * i + 1]) - digits));
	return true;
}

static bool make_known_keys(const struct table *t, struct pack *p)
{
	struct numbered_key *all = table_take(t, t->rows, sizeof(*all));
	struct known_key *keys = table_take(t, t->rows, sizeof(*keys));
	size_t n = 0, kept = 0;

	for (uint32_t i = 0; all && i < t->rows; i++) {
		if (!read_digest(table_cell(t, i, SPKI), all[n].key.spki_sha256))
			continue;
		all[n].key.kind = table_cell(t, i, KEY_KIND);
		all[n].key.source = table_cell(t, i, KEY_SOURCE);
		all[n].key.product = table_cell(t, i, PRODUCT);
		all[n].key.reference = table_cell(t, i, REFERENCE);
		all[n++].row = i;
	}
	if (!all || !keys)
		return false;
	if (n)
		qsort(all, n, sizeof(*all), by_digest);
	for (size_t i = 0; i < n; i++)
		if (kept == 0 ||
		    memcmp(keys[kept - 1].spki_sha256, all[i].key.spki_sha256, 32) != 0)
			keys[kept++] = all[i].key;
	p->known_keys = keys;
	p->known_keys_count = kept;
	return true;
}

const struct table_kind table_known_keys = {
	{ "=spki_sha256", "kind", "source", "vendor_product", "*reference" },
	make_known_keys,
};

/* -- certificates of the public web trust, by digest -- */

enum { CERTIFICATE, SUBJECT, FIRST, LAST };

static int by_certificate(const void *a, const void *b)
{
	return strcmp(((const struct web_root *)a)->sha256, ((const struct web_root *)b)->sha256);
}

static bool make_web_roots(const struct table *t, struct pack *p)
{
	struct web_root *roots = table_take(t, t->rows, sizeof(*roots));
	uint8_t digest[32];

	for (uint32_t i = 0; roots && i < t->rows; i++) {
		roots[i] = (struct web_root){ .sha256 = table_cell(t, i, CERTIFICATE),
					      .subject = table_cell(t, i, SUBJECT),
					      .first = table_cell(t, i, FIRST),
					      .last = table_cell(t, i, LAST) };
		if (!read_digest(roots[i].sha256, digest))
			return table_refuse(t, i, "the digest is not 64 hexadecimal digits");
	}
	if (roots && t->rows)
		qsort(roots, t->rows, sizeof(*roots), by_certificate);
	p->web_roots = roots;
	p->web_roots_count = t->rows;
	return roots != NULL;
}

const struct table_kind table_web_roots = {
	{ "=sha256", "subject", "first", "*last" },
	make_web_roots,
};
