/* scratch.h - small logs for tests, of the entries of the vectors. */
#ifndef EVENHAND_TESTS_UNIT_LOG_SCRATCH_H
#define EVENHAND_TESTS_UNIT_LOG_SCRATCH_H

#include "unit/log/power.h"

#include "log/merkle.h"
#include "log/store.h"
#include "trust/sigkey.h"

#define ORIGIN "log.example"

static struct {
	char scratch[128], template[160];
	struct sigkey *key;
} t;

/* -- entries as those of the vectors -- */

static inline struct log_unverified entry_of(uint64_t i, char text[64])
{
	struct log_unverified u = { 0 };

	snprintf(text, 64, "evenhand vector entry %llu\n", (unsigned long long)i);
	u.entry = span_text(text);
	sha256_of(u.entry, u.pae_sha256);
	return u;
}

static inline void leaf_of(uint64_t i, uint8_t leaf[SHA256_SIZE])
{
	char text[64];
	struct log_unverified u = entry_of(i, text);

	merkle_leaf(&u.entry, 1, leaf);
}

static inline void root_of(uint64_t size, struct merkle_head *head)
{
	struct merkle m = { 0 };
	uint8_t leaf[SHA256_SIZE];

	for (uint64_t i = 0; i < size; i++) {
		leaf_of(i, leaf);
		merkle_add(&m, leaf);
	}
	head->size = size;
	merkle_root(&m, head->root);
}

/* -- submissions that are waited for -- */

#define MOST_TOLD 4096

static struct told {
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	unsigned count;
	struct log_receipt receipts[MOST_TOLD];
} told = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, { { 0 } } };

static inline void tell(void *ctx, const struct log_receipt *r)
{
	(void)ctx;
	pthread_mutex_lock(&told.mutex);
	told.receipts[told.count++ % MOST_TOLD] = *r;
	pthread_cond_signal(&told.changed);
	pthread_mutex_unlock(&told.mutex);
}

/* Adds entries [from, to); the receipts are in `told`. How many were acknowledged. */
static inline unsigned add(struct log *l, uint64_t from, uint64_t to)
{
	unsigned good = 0;

	told.count = 0;
	for (uint64_t i = from; i < to; i++) {
		char text[64];
		struct log_unverified u = entry_of(i, text);

		log_submit_unverified(l, &u, tell, NULL);
	}
	pthread_mutex_lock(&told.mutex);
	while (told.count < to - from)
		pthread_cond_wait(&told.changed, &told.mutex);
	for (unsigned i = 0; i < told.count; i++)
		good += told.receipts[i].outcome == LOG_ADDED ||
			told.receipts[i].outcome == LOG_KNOWN;
	pthread_mutex_unlock(&told.mutex);
	return good;
}

/* -- logs -- */

static inline struct log *open_log(const char *dir, const struct disk *disk, struct log_error *e)
{
	struct log_options o = {
		.key = t.key, .publish_ms = 1, .disk = disk, .segment_bytes = 4096
	};

	return log_open(dir, &o, e);
}

static inline struct log *must_open(const char *dir)
{
	struct log_error e;
	struct log *l = open_log(dir, NULL, &e);

	if (!l)
		fail_msg("%s: %s", e.where, e.what);
	return l;
}

static inline void must_refuse(const char *dir, const char *where, const char *what)
{
	struct log_error e;
	struct log *l = open_log(dir, NULL, &e);

	if (l) {
		log_close(l);
		fail_msg("opened although %s", what);
	}
	if (!strstr(e.where, where) || !strstr(e.what, what))
		fail_msg("%s: %s (%s: %s expected)", e.where, e.what, where, what);
}

#define TEMPLATE 250u

static inline int start(void **state)
{
	struct log_error e;
	struct log *l;

	(void)state;
	hash_start();
	scratch_make(t.scratch);
	snprintf(t.template, sizeof(t.template), "%s/template", t.scratch);
	t.key = sigkey_new(SIGKEY_ED25519);
	assert_true(log_init(t.template, span_text(ORIGIN), t.key, &e));
	l = must_open(t.template);
	assert_int_equal(add(l, 0, TEMPLATE), TEMPLATE);
	log_close(l);
	return 0;
}

static inline int end(void **state)
{
	(void)state;
	folder_remove(t.scratch);
	sigkey_free(t.key);
	return 0;
}

/* A copy of the log of 250 entries. */
static inline void fresh(const char *name, char dir[160])
{
	snprintf(dir, 160, "%s/%s", t.scratch, name);
	folder_remove(dir);
	folder_copy(t.template, dir);
}

#endif
