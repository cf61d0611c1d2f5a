/* store_publish.c - the publisher: tiles and bundles become files, then the checkpoint that covers
 * them. Behind the sequencer, at its own pace: nobody who submits waits for it. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "log/public.h"
#include "log/store_own.h"

#define USUAL_MS        100u
#define COVERED_AT_ONCE (1u << 19)
#define MOST_PAUSE_NS   2000000000ll

static bool fail(const struct log *l, struct log_error *e)
{
	return log_fail(e,
			"Nothing that was acknowledged is lost. Mend what the disk reports, "
			"then open the log again.",
			l->open_folder, "%s", strerror(errno));
}

/* -- tiles -- */

/* Whether the log of a size has something of that tile, and how much. The tile's own width may be
 * growing. */
static bool width_at(const struct tile *t, uint64_t size, struct tile *out)
{
	*out = (struct tile){ .level = t->level, .index = t->index };
	out->width = t->index < tile_full(t->level, size)    ? TILE_WIDTH
		     : t->index == tile_full(t->level, size) ? tile_partial(t->level, size)
							     : 0;
	return out->width != 0;
}

static bool put_tiles(struct log *l, struct public_files *p, uint64_t size)
{
	const struct live_tile *t = NULL;

	while ((t = live_next(&l->live, t)) != NULL) {
		struct tile now, before;

		if (!width_at(&t->tile, size, &now))
			continue;
		if (width_at(&t->tile, l->published, &before) && before.width == now.width)
			continue;
		if (!public_put(p, &now,
				(struct span){ t->hashes[0], (size_t)now.width * SHA256_SIZE }))
			return false;
	}
	return true;
}

/* -- bundles -- */

static bool is_leaf(const struct live_tile *t, unsigned i, struct span entry)
{
	uint8_t leaf[SHA256_SIZE];

	merkle_leaf(&entry, 1, leaf);
	return memcmp(leaf, t->hashes[i], SHA256_SIZE) == 0;
}

/* Reads width records from *at, which goes behind them, into a bundle. Entries must be what was
 * signed. */
static bool fill_bundle(struct log *l, const struct tile *t, struct place *at, uint8_t *out,
			size_t *n)
{
	const struct live_tile *hashes = live_find(&l->live, 0, t->index);

	*n = 0;
	errno = EIO;
	for (unsigned i = 0; hashes && i < t->width; i++) {
		uint64_t number = t->index * TILE_WIDTH + i;
		struct record r;
		size_t size;

		/* Where the last one ended there was perhaps no next segment yet. */
		segments_advance(&l->segments, at, 0);
		if (segment_record_read(segments_at(&l->segments, *at), &r, &size) ||
		    r.number != number || !is_leaf(hashes, i, r.entry) ||
		    !bundle_put(out, BUNDLE_MOST_BYTES, n, r.entry))
			return false;
		segments_advance(&l->segments, at, size);
	}
	return hashes != NULL;
}

static bool put_bundles(struct log *l, struct public_files *p, uint64_t size)
{
	struct tile t = { .level = TILE_ENTRIES, .index = tile_full(0, l->published) };
	uint8_t *out = malloc(BUNDLE_MOST_BYTES);
	struct tile now;
	bool ok = out != NULL;
	size_t n;

	for (; ok && width_at(&t, size, &now); t.index++) {
		struct place at = l->bundle_at;

		ok = fill_bundle(l, &now, &at, out, &n) &&
		     public_put(p, &now, (struct span){ out, n });
		if (ok && now.width == TILE_WIDTH)
			l->bundle_at = at;
	}
	free(out);
	return ok;
}

/* -- publication -- */

/* A tile that was partial in the publication before the last, and full in the last: whoever had
 * the older checkpoint has had time to fetch it. */
static void forget_partials(struct log *l)
{
	uint64_t before = l->published_older;

	for (unsigned level = 0; level <= LIVE_LEVELS; level++) {
		unsigned of = level == LIVE_LEVELS ? TILE_ENTRIES : level;
		uint64_t index = tile_full(of, before);

		if (tile_full(of, l->published_before) > index && tile_partial(of, before))
			public_forget_partial(l->disk, l->open_folder, of, index);
	}
}

bool publish_tiles(struct log *l, uint64_t size, struct log_error *e)
{
	struct public_files p = { .disk = l->disk, .root = l->open_folder };
	bool ok = put_tiles(l, &p, size) && put_bundles(l, &p, size) && public_finish(&p);

	if (!ok)
		fail(l, e);
	public_free(&p);
	if (!ok)
		return false;
	l->published_older = l->published_before;
	l->published_before = l->published;
	l->published = size;
	live_drop(&l->live, size);
	return true;
}

bool publish(struct log *l, const struct signed_head *h, struct log_error *e)
{
	bool is_larger = h->head.size > l->published;

	if (is_larger && !publish_tiles(l, h->head.size, e))
		return false;
	if (!disk_replace(l->disk, l->open_folder, "checkpoint", text_span(&h->note)))
		return fail(l, e);
	if (is_larger)
		forget_partials(l);
	return true;
}

/* What is to be public now, a copy; false: it is already. */
static bool choose(struct log *l, struct signed_head *h)
{
	const struct signed_head *newest =
		&l->signed_heads[(l->signed_next + SIGNED_KEPT - 1) % SIGNED_KEPT];
	struct span note = { 0 };

	*h = (struct signed_head){ 0 };
	if (l->options.only_cosigned) {
		note = text_span(&l->cosigned);
		h->head = l->cosigned_head;
	} else if (l->signed_count) {
		note = text_span(&newest->note);
		h->head = newest->head;
	}
	if (note.n == 0 || span_equal(note, text_span(&l->public_head.note)))
		return false;
	text_put(&h->note, note);
	if (!h->note.failed)
		return true;
	text_free(&h->note);
	return false;
}

/* At most once in so many milliseconds, and in four times as long as it takes: the disk is the
 * sequencer's first. Not once the log is closed. */
struct pace {
	struct timespec next;
};

static void add_ns(struct timespec *t, int64_t ns)
{
	ns += t->tv_nsec;
	t->tv_sec += ns / 1000000000;
	t->tv_nsec = (long)(ns % 1000000000);
}

static void wait_for(struct log *l, const struct pace *p)
{
	while (!l->must_publish &&
	       pthread_cond_timedwait(&l->changed, &l->mutex, &p->next) != ETIMEDOUT)
		;
}

static void set_pace(const struct log *l, struct pace *p, const struct timespec *start)
{
	int64_t least = 1000000ll * (l->options.publish_ms ? l->options.publish_ms : USUAL_MS);
	struct timespec now;
	int64_t took;

	clock_gettime(CLOCK_REALTIME, &now);
	took = 1000000000ll * (now.tv_sec - start->tv_sec) + (now.tv_nsec - start->tv_nsec);
	took = took < 0 ? 0 : took > MOST_PAUSE_NS / 4 ? MOST_PAUSE_NS / 4 : took;
	p->next = *start;
	add_ns(&p->next, 4 * took > least ? 4 * took : least);
}

/* Now and then the index of digests is synced, so that after a crash only what came since is read
 * again. All that is public is in it. */
static bool cover(struct log *l, struct log_error *e)
{
	if (l->published < l->covered + COVERED_AT_ONCE)
		return true;
	if (!digests_sync(&l->leaves, l->published) || !digests_sync(&l->paes, l->published))
		return fail(l, e);
	l->covered = l->published;
	return true;
}

static bool publish_next(struct log *l, struct signed_head *h)
{
	struct log_error e;
	bool ok = !l->is_broken;

	if (ok && !(publish(l, h, &e) && cover(l, &e))) {
		log_break(l, &e);
		ok = false;
	}
	pthread_mutex_lock(&l->mutex);
	if (ok) {
		text_free(&l->public_head.note);
		l->public_head = *h;
		*h = (struct signed_head){ 0 };
	}
	pthread_mutex_unlock(&l->mutex);
	text_free(&h->note);
	return ok;
}

void *publisher_run(void *log)
{
	struct log *l = log;
	struct timespec start;
	struct pace pace = { { 0 } };
	struct signed_head h;
	bool ok = true;

	pthread_mutex_lock(&l->mutex);
	while (ok) {
		while (!choose(l, &h) && !l->must_publish)
			pthread_cond_wait(&l->changed, &l->mutex);
		if (h.note.n == 0)
			break; /* all of it is public, and the log is closed */
		text_free(&h.note);
		wait_for(l, &pace);
		if (!choose(l, &h))
			continue;
		pthread_mutex_unlock(&l->mutex);
		clock_gettime(CLOCK_REALTIME, &start);
		ok = publish_next(l, &h);
		set_pace(l, &pace, &start);
		pthread_mutex_lock(&l->mutex);
	}
	pthread_mutex_unlock(&l->mutex);
	hash_thread_end();
	return NULL;
}
