/* feed_build.c - rows as they come, then the index in its order on disk: products by the hash of
 * their key, vulnerabilities by id, rows by product, and texts in the order in which rows need
 * them, so that what one product asks for lies together. */
#include <stdlib.h>

#include "know/feed_inside.h"
#include "know/feed_layout.h"
#include "know/text_set.h"

#define MOST_ROWS    (64u << 20)
#define LONGEST_TEXT 512

/* -- rows -- */

struct row {
	uint32_t product, vulnerability, from, to, condition, note; /* numbers of texts */
	uint32_t bits;
};

struct feed_builder {
	bool (*wants)(void *ctx, struct span key);
	void *ctx;
	struct text_set products, vulnerabilities, texts;
	struct list rows, sources;
	bool failed;
};

struct feed_builder *feed_builder_new(bool (*wants)(void *ctx, struct span key), void *ctx)
{
	struct feed_builder *b = calloc(1, sizeof(*b));

	if (!b)
		return NULL;
	b->wants = wants;
	b->ctx = ctx;
	b->failed = set_add(&b->texts, (struct span){ 0 }) != 0;
	return b;
}

void feed_builder_free(struct feed_builder *b)
{
	if (!b)
		return;
	set_free(&b->products);
	set_free(&b->vulnerabilities);
	set_free(&b->texts);
	free(b->rows.p);
	free(b->sources.p);
	free(b);
}

/* Text 0 is the empty one. */
static uint32_t text_add(struct text_set *set, struct span s)
{
	return s.n ? set_add(set, s) : 0;
}

void feed_add_row(struct feed_builder *b, const struct feed_row *r)
{
	struct row row, *mine;

	if (r->from.n > LONGEST_TEXT || r->to.n > LONGEST_TEXT || r->key.n > LONGEST_TEXT ||
	    r->vulnerability.n > LONGEST_TEXT || r->vulnerability.n == 0 ||
	    (b->wants && !b->wants(b->ctx, r->key)))
		return;
	row = (struct row){
		.product = set_add(&b->products, r->key),
		.vulnerability = set_add(&b->vulnerabilities, r->vulnerability),
		.from = text_add(&b->texts, r->from),
		.to = text_add(&b->texts, r->to),
		.condition = text_add(&b->texts, span_head(r->condition, LONGEST_TEXT)),
		.note = text_add(&b->texts, span_head(r->note, LONGEST_TEXT)),
		.bits = (uint32_t)r->scheme | (uint32_t)r->said << 4 | (uint32_t)r->flags << 8,
	};
	mine = list_add(&b->rows, sizeof(row), MOST_ROWS);
	if (mine)
		*mine = row;
	b->failed |= !mine || row.product == UINT32_MAX || row.vulnerability == UINT32_MAX ||
		     row.from == UINT32_MAX || row.to == UINT32_MAX ||
		     row.condition == UINT32_MAX || row.note == UINT32_MAX;
}

void feed_add_flags(struct feed_builder *b, struct span vulnerability, unsigned flags)
{
	uint32_t i = vulnerability.n > LONGEST_TEXT ? UINT32_MAX
						    : set_add(&b->vulnerabilities, vulnerability);

	if (i == UINT32_MAX)
		b->failed |= vulnerability.n <= LONGEST_TEXT;
	else
		((struct text_entry *)b->vulnerabilities.entries.p)[i].value |= flags;
}

void feed_add_source(struct feed_builder *b, const struct feed_source *s)
{
	struct feed_source *mine = list_add(&b->sources, sizeof(*mine), 1u << 20);

	if (mine)
		*mine = *s;
	b->failed |= !mine;
}

/* -- the order on disk -- */

struct order {
	uint32_t *list; /* numbers of entries, in order */
	uint32_t *rank; /* the reverse */
};

static uint64_t hash_at(const struct text_set *set, uint32_t i)
{
	return ((const struct text_entry *)set->entries.p)[i].hash;
}

static int by_hash(const void *a, const void *b, void *ctx)
{
	const struct text_set *set = ctx;
	uint32_t i = *(const uint32_t *)a, k = *(const uint32_t *)b;
	uint64_t p = hash_at(set, i), q = hash_at(set, k);

	return p != q ? (p > q) - (p < q) : span_compare(set_at(set, i), set_at(set, k));
}

static int by_text(const void *a, const void *b, void *ctx)
{
	const struct text_set *set = ctx;

	return span_compare(set_at(set, *(const uint32_t *)a), set_at(set, *(const uint32_t *)b));
}

static bool order_set(struct text_set *set, struct order *o,
		      int (*compare)(const void *, const void *, void *))
{
	size_t n = set->entries.n;

	o->list = malloc((n + 1) * sizeof(*o->list));
	o->rank = malloc((n + 1) * sizeof(*o->rank));
	if (!o->list || !o->rank)
		return false;
	for (size_t i = 0; i < n; i++)
		o->list[i] = (uint32_t)i;
	qsort_r(o->list, n, sizeof(*o->list), compare, set);
	for (size_t i = 0; i < n; i++)
		o->rank[o->list[i]] = (uint32_t)i;
	return true;
}

static int order_of(uint32_t a, uint32_t b)
{
	return (a > b) - (a < b);
}

/* By product, then by vulnerability, then whatever is the same each time. */
static int by_row(const void *a, const void *b)
{
	const struct row *x = a, *y = b;
	int order = order_of(x->product, y->product);

	order = order ? order : order_of(x->vulnerability, y->vulnerability);
	order = order ? order : order_of(x->from, y->from);
	order = order ? order : order_of(x->to, y->to);
	order = order ? order : order_of(x->bits, y->bits);
	order = order ? order : order_of(x->condition, y->condition);
	return order ? order : order_of(x->note, y->note);
}

static void sort_rows(struct feed_builder *b, const struct order *products,
		      const struct order *vulnerabilities)
{
	struct row *rows = b->rows.p;
	size_t kept = 0;

	for (size_t i = 0; i < b->rows.n; i++) {
		rows[i].product = products->rank[rows[i].product];
		rows[i].vulnerability = vulnerabilities->rank[rows[i].vulnerability];
	}
	if (b->rows.n)
		qsort(rows, b->rows.n, sizeof(*rows), by_row);
	for (size_t i = 0; i < b->rows.n; i++) /* several feeds may say the same */
		if (kept == 0 || by_row(&rows[i], &rows[kept - 1]) != 0)
			rows[kept++] = rows[i];
	b->rows.n = kept;
}

static int by_source(const void *a, const void *b)
{
	const struct feed_source *x = a, *y = b;

	return memcmp(x->sha256, y->sha256, SHA256_SIZE);
}

/* -- writing -- */

struct writer {
	struct feed_builder *b;
	struct order products, vulnerabilities;
	uint32_t *first_row; /* of each product */
	uint64_t strings;    /* bytes of texts that were given a place */
	uint64_t ids;
	uint32_t *used, used_count; /* texts in the order of their places */
	bool (*put)(void *ctx, struct span bytes);
	void *ctx;
	uint8_t chunk[FEED_CHUNK];
	size_t chunk_n;
	struct words digests;
	bool is_dry, ok;
};

static void end_chunk(struct writer *w)
{
	struct span bytes = { w->chunk, w->chunk_n };
	uint8_t digest[SHA256_SIZE];

	if (bytes.n == 0)
		return;
	if (w->is_dry) {
		sha256_of(bytes, digest);
		words_add(&w->digests, (struct span){ digest, SHA256_SIZE });
		w->ok = !w->digests.failed;
	} else {
		w->ok = w->ok && w->put(w->ctx, bytes);
	}
	w->chunk_n = 0;
}

static void put(struct writer *w, struct span s)
{
	while (s.n) {
		struct span some = span_head(s, FEED_CHUNK - w->chunk_n);

		memcpy(w->chunk + w->chunk_n, some.p, some.n);
		w->chunk_n += some.n;
		s = span_from(s, some.n);
		if (w->chunk_n == FEED_CHUNK)
			end_chunk(w);
	}
}

static void store32(uint8_t *to, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		to[i] = (uint8_t)(v >> 8 * i);
}

static void store64(uint8_t *to, uint64_t v)
{
	store32(to, (uint32_t)v);
	store32(to + 4, (uint32_t)(v >> 32));
}

static void put_sources(struct writer *w)
{
	const struct feed_source *s = w->b->sources.p;

	for (size_t i = 0; i < w->b->sources.n; i++) {
		uint8_t out[FEED_SOURCE_SIZE] = { 0 };

		store32(out, (uint32_t)s[i].format);
		memcpy(out + 4, s[i].date, 12);
		store64(out + 16, s[i].records);
		memcpy(out + 24, s[i].sha256, SHA256_SIZE);
		put(w, (struct span){ out, sizeof(out) });
	}
}

/* A text's place is its entry's value: 2 bytes of length stand before it. */
static uint32_t place_of(const struct text_set *set, uint32_t i)
{
	return ((const struct text_entry *)set->entries.p)[i].value;
}

static void put_products(struct writer *w)
{
	const struct text_set *set = &w->b->products;

	for (size_t i = 0; i < set->entries.n; i++) {
		uint32_t number = w->products.list[i];
		uint8_t out[FEED_PRODUCT_SIZE];

		store64(out, hash_at(set, number));
		store32(out + 8, place_of(set, number));
		store32(out + 12, w->first_row[i]);
		store32(out + 16, w->first_row[i + 1] - w->first_row[i]);
		put(w, (struct span){ out, sizeof(out) });
	}
}

static void put_vulnerabilities(struct writer *w)
{
	const struct text_set *set = &w->b->vulnerabilities;
	uint32_t place = 0;

	for (size_t i = 0; i < set->entries.n; i++) {
		uint32_t number = w->vulnerabilities.list[i];
		uint8_t out[FEED_VULNERABILITY_SIZE];

		store32(out, place);
		store32(out + 4, place_of(set, number)); /* its flags */
		put(w, (struct span){ out, sizeof(out) });
		place += 2 + (uint32_t)set_at(set, number).n;
	}
}

static void put_rows(struct writer *w)
{
	const struct row *rows = w->b->rows.p;
	const struct text_set *texts = &w->b->texts;

	for (size_t i = 0; i < w->b->rows.n; i++) {
		uint8_t out[FEED_ROW_SIZE];

		store32(out, rows[i].vulnerability);
		store32(out + 4, place_of(texts, rows[i].from));
		store32(out + 8, place_of(texts, rows[i].to));
		store32(out + 12, place_of(texts, rows[i].condition));
		store32(out + 16, place_of(texts, rows[i].note));
		store32(out + 20, rows[i].bits);
		put(w, (struct span){ out, sizeof(out) });
	}
}

static void put_text(struct writer *w, struct span s)
{
	uint8_t length[2] = { (uint8_t)s.n, (uint8_t)(s.n >> 8) };

	put(w, (struct span){ length, 2 });
	put(w, s);
}

static void put_texts(struct writer *w)
{
	const struct feed_builder *b = w->b;

	for (size_t i = 0; i < b->vulnerabilities.entries.n; i++)
		put_text(w, set_at(&b->vulnerabilities, w->vulnerabilities.list[i]));
	for (uint32_t i = 0; i < w->used_count; i++)
		put_text(w, set_at(&b->texts, w->used[i]));
	for (size_t i = 0; i < b->products.entries.n; i++)
		put_text(w, set_at(&b->products, w->products.list[i]));
}

static void give_place(struct writer *w, uint32_t text)
{
	struct text_entry *e = (struct text_entry *)w->b->texts.entries.p + text;

	if (e->value || text == 0)
		return;
	e->value = (uint32_t)w->strings;
	w->strings += 2 + e->word.n;
	w->used[w->used_count++] = text;
}

/* Place 0 is the empty text. */
static void give_places(struct writer *w)
{
	struct feed_builder *b = w->b;
	const struct row *rows = b->rows.p;
	struct text_entry *products = b->products.entries.p;

	w->used[w->used_count++] = 0;
	w->strings = 2;
	for (size_t i = 0; i < b->rows.n; i++) {
		give_place(w, rows[i].from);
		give_place(w, rows[i].to);
		give_place(w, rows[i].condition);
		give_place(w, rows[i].note);
	}
	for (size_t i = 0; i < b->products.entries.n; i++) {
		products[w->products.list[i]].value = (uint32_t)w->strings;
		w->strings += 2 + products[w->products.list[i]].word.n;
	}
	for (size_t i = 0; i < b->vulnerabilities.entries.n; i++)
		w->ids += 2 + set_at(&b->vulnerabilities, (uint32_t)i).n;
}

static void find_first_rows(struct writer *w)
{
	const struct row *rows = w->b->rows.p;
	size_t row = 0;

	for (size_t i = 0; i < w->b->products.entries.n; i++) {
		while (row < w->b->rows.n && rows[row].product < i)
			row++;
		w->first_row[i] = (uint32_t)row;
	}
	w->first_row[w->b->products.entries.n] = (uint32_t)w->b->rows.n;
}

static void put_body(struct writer *w, bool is_dry)
{
	w->is_dry = is_dry;
	put_sources(w);
	put_products(w);
	put_vulnerabilities(w);
	put_rows(w);
	put_texts(w);
	end_chunk(w);
}

static bool put_head(struct writer *w)
{
	const struct feed_builder *b = w->b;
	struct span digests = { w->digests.p, w->digests.n };
	uint8_t head[FEED_HEAD_SIZE] = { 0 };
	struct sha256_run *run = sha256_begin();

	memcpy(head, FEED_MAGIC, 8);
	store32(head + 8, (uint32_t)b->sources.n);
	store32(head + 12, (uint32_t)b->products.entries.n);
	store32(head + 16, (uint32_t)b->vulnerabilities.entries.n);
	store32(head + 20, (uint32_t)b->rows.n);
	store64(head + 24, w->ids);
	store64(head + 32, w->strings);
	if (!run)
		return false;
	sha256_add(run, (struct span){ head, FEED_DIGEST_AT });
	sha256_add(run, digests);
	sha256_end(run, head + FEED_DIGEST_AT);
	sha256_drop(run);
	return w->put(w->ctx, (struct span){ head, sizeof(head) }) && w->put(w->ctx, digests);
}

static bool write_index(struct writer *w)
{
	struct feed_builder *b = w->b;

	if (!order_set(&b->products, &w->products, by_hash) ||
	    !order_set(&b->vulnerabilities, &w->vulnerabilities, by_text))
		return false;
	if (b->sources.n)
		qsort(b->sources.p, b->sources.n, sizeof(struct feed_source), by_source);
	sort_rows(b, &w->products, &w->vulnerabilities);
	w->first_row = calloc(b->products.entries.n + 1, sizeof(*w->first_row));
	w->used = calloc(b->texts.entries.n + 1, sizeof(*w->used));
	if (!w->first_row || !w->used)
		return false;
	find_first_rows(w);
	give_places(w);
	if (w->strings > UINT32_MAX || w->ids > UINT32_MAX)
		return false;
	put_body(w, true);
	if (!w->ok || !put_head(w))
		return false;
	put_body(w, false);
	return w->ok;
}

bool feed_finish(struct feed_builder *b, bool (*put_bytes)(void *ctx, struct span bytes), void *ctx)
{
	struct writer *w = calloc(1, sizeof(*w));
	bool ok = false;

	if (w && !b->failed) {
		w->b = b;
		w->put = put_bytes;
		w->ctx = ctx;
		w->ok = true;
		ok = write_index(w);
	}
	if (w) {
		free(w->products.list);
		free(w->products.rank);
		free(w->vulnerabilities.list);
		free(w->vulnerabilities.rank);
		free(w->first_row);
		free(w->used);
		free(w->digests.p);
	}
	free(w);
	return ok;
}
