/* store_read.c - what a log knows, from any thread: checkpoints, entries, hashes, envelopes. */
#include <stdlib.h>

#include "log/store_own.h"

struct span log_origin(const struct log *l)
{
	return l->key.name;
}

void log_vkey(const struct log *l, struct text *out)
{
	text_puts(out, l->vkey);
}

/* -- checkpoints -- */

static const struct signed_head *newest(const struct log *l)
{
	if (l->signed_count)
		return &l->signed_heads[(l->signed_next + SIGNED_KEPT - 1) % SIGNED_KEPT];
	return &l->public_head;
}

bool public_read(const struct log *l, struct signed_head *h, struct log_error *e)
{
	char path[MOST_PATH];
	struct checkpoint c;
	const char *wrong;
	uint8_t *bytes;
	uint64_t time;
	size_t n;

	if (!path_format(path, "%s/checkpoint", l->open_folder) ||
	    !file_read(path, NOTE_MOST_BYTES, &bytes, &n))
		return log_fail(e, NULL, path, "%s", strerror(errno));
	wrong = checkpoint_read((struct span){ bytes, n }, &c);
	if (!wrong && !span_equal(c.origin, l->key.name))
		wrong = "it is another log's";
	if (!wrong && checkpoint_check(&c, &l->key, &time) != NOTE_SIGNED)
		wrong = "the log's key did not sign it";
	if (!wrong) {
		h->head = c.head;
		h->is_cosigned = c.note.count > 1;
		h->note.n = 0;
		text_put(&h->note, (struct span){ bytes, n });
		wrong = h->note.failed ? "out of memory" : NULL;
	}
	free(bytes);
	return !wrong || log_fail(e, NULL, path, "%s", wrong);
}

static void look_again(struct log *l)
{
	struct log_error e;

	public_read(l, &l->public_head, &e);
}

void log_checkpoint(struct log *l, struct text *out)
{
	pthread_mutex_lock(&l->mutex);
	if (l->options.read_only)
		look_again(l);
	text_put(out, text_span(&newest(l)->note));
	pthread_mutex_unlock(&l->mutex);
}

bool log_head(struct log *l, struct merkle_head *head)
{
	bool is_there;

	pthread_mutex_lock(&l->mutex);
	if (l->options.read_only)
		look_again(l);
	*head = newest(l)->head;
	is_there = newest(l)->note.n != 0;
	pthread_mutex_unlock(&l->mutex);
	return is_there;
}

void log_checkpoint_cosigned(struct log *l, struct text *out)
{
	pthread_mutex_lock(&l->mutex);
	text_put(out, text_span(&l->cosigned));
	pthread_mutex_unlock(&l->mutex);
}

static struct signed_head *signed_head_of(struct log *l, const struct merkle_head *head)
{
	for (uint32_t i = 0; i < l->signed_count; i++) {
		uint32_t at = (l->signed_next + SIGNED_KEPT - 1 - i) % SIGNED_KEPT;

		if (merkle_head_equal(&l->signed_heads[at].head, head))
			return &l->signed_heads[at];
	}
	return NULL;
}

/* Lines that the list does not have a newer one of, appended; how many. */
static uint32_t put_newest(const struct note_line *list, uint32_t count, struct text *out)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < count; i++) {
		if (cosignature_newest(list, count, &list[i]) != i)
			continue;
		text_put(out, list[i].line);
		n++;
	}
	return n;
}

/* A note with further lines, of each key the newest. False: too long. */
static bool put_lines(struct span old, struct span lines, struct text *out)
{
	struct note_line all[2 * NOTE_MOST_LINES];
	struct note note, more;
	struct text fresh = { 0 };
	bool ok;

	text_puts(&fresh, "x\n\n"); /* lines alone are no note */
	text_put(&fresh, lines);
	ok = !fresh.failed && !note_read(old, &note) && !note_read(text_span(&fresh), &more);
	if (ok) {
		memcpy(all, note.lines, note.count * sizeof(*all));
		memcpy(all + note.count, more.lines, more.count * sizeof(*all));
		text_put(out, note.text);
		text_char(out, '\n');
		ok = put_newest(all, note.count + more.count, out) <= NOTE_MOST_LINES;
	}
	text_free(&fresh);
	return ok && !out->failed && out->n <= NOTE_MOST_BYTES;
}

bool log_cosigned(struct log *l, const struct merkle_head *head, struct span lines)
{
	struct signed_head *h;
	struct text note = { 0 };
	bool ok = false;

	pthread_mutex_lock(&l->mutex);
	h = signed_head_of(l, head);
	if (h && head->size >= l->cosigned_head.size)
		ok = put_lines(text_span(&h->note), lines, &note);
	if (ok) {
		text_free(&h->note);
		h->note = note;
		h->is_cosigned = true;
		l->cosigned.n = 0;
		text_put(&l->cosigned, text_span(&note));
		l->cosigned_head = *head;
		pthread_cond_broadcast(&l->changed);
	} else {
		text_free(&note);
	}
	pthread_mutex_unlock(&l->mutex);
	return ok;
}

/* -- records -- */

static bool record_at(struct log *l, struct place at, uint64_t number, struct record *r)
{
	struct span in = segments_at(&l->segments, at);
	size_t size;

	if (in.n == 0 && l->options.read_only) {
		segments_refresh(&l->segments);
		in = segments_at(&l->segments, at);
	}
	return in.n && !segment_record_read(in, r, &size) && r->number == number;
}

/* From the start of its segment, where the index does not know. */
static bool search(struct log *l, uint64_t number, struct record *r, struct place *at)
{
	*at = segments_find(&l->segments, number);
	for (;;) {
		size_t size;

		if (segment_record_read(segments_at(&l->segments, *at), r, &size) ||
		    r->number > number)
			return false;
		if (r->number == number)
			return true;
		segments_advance(&l->segments, at, size);
	}
}

bool record_of(struct log *l, uint64_t number, struct record *r, struct place *at)
{
	struct place p;

	if (!(digests_place(&l->leaves, number, &p) && record_at(l, p, number, r)) &&
	    !search(l, number, r, &p))
		return false;
	if (at)
		*at = p;
	return true;
}

bool log_find(struct log *l, const uint8_t leaf[SHA256_SIZE], uint64_t *index)
{
	struct digests_walk w;
	uint8_t have[SHA256_SIZE];
	struct record r;

	digests_look(&l->leaves, leaf, &w);
	while (digests_next(&l->leaves, &w, index)) {
		if (!record_of(l, *index, &r, NULL))
			continue;
		merkle_leaf(&r.entry, 1, have);
		if (memcmp(have, leaf, SHA256_SIZE) == 0)
			return true;
	}
	return false;
}

static bool copy(struct span from, uint8_t **bytes, size_t *n)
{
	*bytes = malloc(from.n + 1);
	if (!*bytes)
		return false;
	if (from.n)
		memcpy(*bytes, from.p, from.n);
	*n = from.n;
	return true;
}

bool log_entry(struct log *l, uint64_t index, struct log_entry *entry)
{
	struct merkle_head head;
	struct record r;

	if (!log_head(l, &head) || index >= head.size || !record_of(l, index, &r, NULL))
		return false;
	entry->time = r.time;
	entry->entry = r.entry;
	entry->envelope = r.envelope;
	memcpy(entry->pae_sha256, r.pae_sha256, SHA256_SIZE);
	return true;
}

bool log_envelope(struct log *l, const uint8_t pae_sha256[SHA256_SIZE], uint8_t **bytes, size_t *n)
{
	struct digests_walk w;
	uint64_t number;
	struct record r;

	digests_look(&l->paes, pae_sha256, &w);
	while (digests_next(&l->paes, &w, &number))
		if (record_of(l, number, &r, NULL) &&
		    memcmp(r.pae_sha256, pae_sha256, SHA256_SIZE) == 0)
			return copy(r.envelope, bytes, n);
	return false;
}

void log_bytes_free(uint8_t *bytes)
{
	free(bytes);
}

/* -- hashes -- */

bool tile_file(const struct log *l, const struct tile *t, uint8_t **bytes, size_t *n)
{
	char name[TILE_MOST_PATH], path[MOST_PATH];

	tile_path(t, name);
	return path_format(path, "%s/%s", l->open_folder, name) &&
	       file_read(path, t->level == TILE_ENTRIES ? BUNDLE_MOST_BYTES : TILE_BYTES, bytes, n);
}

/* Full tiles are files or live; partial ones are live, or files of the size that is public. */
static bool read_hash(const void *ctx, unsigned level, uint64_t index, uint8_t hash[SHA256_SIZE])
{
	struct log *l = (struct log *)(uintptr_t)ctx;
	struct tile t = tile_of(level, index, UINT64_MAX >> 1);
	uint8_t *bytes;
	bool found;
	size_t n;

	if (live_hash(&l->live, level, index, hash))
		return true;
	found = tile_file(l, &t, &bytes, &n);
	if (!found) {
		struct merkle_head head;

		log_head(l, &head);
		t = tile_of(level, index, head.size);
		found = t.width && tile_file(l, &t, &bytes, &n);
	}
	if (!found)
		return false;
	found = tile_hash((struct span){ bytes, n }, level, index, hash);
	free(bytes);
	return found;
}

struct merkle_source log_source(struct log *l)
{
	return (struct merkle_source){ read_hash, l };
}

bool log_leaf(struct log *l, uint64_t index, uint8_t leaf[SHA256_SIZE])
{
	return read_hash(l, 0, index, leaf);
}
