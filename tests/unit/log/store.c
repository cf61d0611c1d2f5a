/* log/store: what was acknowledged stays, whatever the disk does; what was torn or changed is
 * named; nobody else writes; the files are those of others. */
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

static struct log_unverified entry_of(uint64_t i, char text[64])
{
	struct log_unverified u = { 0 };

	snprintf(text, 64, "evenhand vector entry %llu\n", (unsigned long long)i);
	u.entry = span_text(text);
	sha256_of(u.entry, u.pae_sha256);
	return u;
}

static void leaf_of(uint64_t i, uint8_t leaf[SHA256_SIZE])
{
	char text[64];
	struct log_unverified u = entry_of(i, text);

	merkle_leaf(&u.entry, 1, leaf);
}

static void root_of(uint64_t size, struct merkle_head *head)
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

static void tell(void *ctx, const struct log_receipt *r)
{
	(void)ctx;
	pthread_mutex_lock(&told.mutex);
	told.receipts[told.count++ % MOST_TOLD] = *r;
	pthread_cond_signal(&told.changed);
	pthread_mutex_unlock(&told.mutex);
}

/* Adds entries [from, to); the receipts are in `told`. How many were acknowledged. */
static unsigned add(struct log *l, uint64_t from, uint64_t to)
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

static struct log *open_log(const char *dir, const struct disk *disk, struct log_error *e)
{
	struct log_options o = {
		.key = t.key, .publish_ms = 1, .disk = disk, .segment_bytes = 4096
	};

	return log_open(dir, &o, e);
}

static struct log *must_open(const char *dir)
{
	struct log_error e;
	struct log *l = open_log(dir, NULL, &e);

	if (!l)
		fail_msg("%s: %s", e.where, e.what);
	return l;
}

static void must_refuse(const char *dir, const char *where, const char *what)
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

static int start(void **state)
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

static int end(void **state)
{
	(void)state;
	folder_remove(t.scratch);
	sigkey_free(t.key);
	return 0;
}

/* A copy of the log of 250 entries. */
static void fresh(const char *name, char dir[160])
{
	snprintf(dir, 160, "%s/%s", t.scratch, name);
	folder_remove(dir);
	folder_copy(t.template, dir);
}

/* The entries below `least` are there, and the root is that of the entries that are. */
static void holds(struct log *l, uint64_t least)
{
	struct merkle_source s = log_source(l);
	struct merkle_head head, want;
	struct merkle_proof proof;
	uint8_t leaf[SHA256_SIZE];
	uint64_t at;

	assert_true(log_head(l, &head));
	assert_true(head.size >= least);
	root_of(head.size, &want);
	assert_true(merkle_head_equal(&head, &want));
	for (uint64_t i = 0; i<head.size; i += head.size> 1000 ? 97 : 1) {
		struct log_entry e;
		char text[64];

		leaf_of(i, leaf);
		assert_true(log_find(l, leaf, &at));
		assert_int_equal(at, i);
		assert_true(merkle_prove_included(&s, i, head.size, &proof));
		assert_true(merkle_included(leaf, i, &head, &proof));
		assert_true(log_entry(l, i, &e));
		assert_true(span_equal(e.entry, entry_of(i, text).entry));
	}
	leaf_of(head.size, leaf);
	assert_false(log_find(l, leaf, &at));
}

/* Whatever is public is signed, begins the log, and has its files. */
static void public_holds(const char *dir)
{
	struct log_options o = { .read_only = true, .segment_bytes = 4096 };
	struct merkle_head head, want;
	struct log_error e;
	struct log *l = log_open(dir, &o, &e);

	if (!l)
		fail_msg("%s: %s", e.where, e.what);
	assert_true(log_head(l, &head));
	root_of(head.size, &want);
	assert_true(merkle_head_equal(&head, &want));
	for (uint64_t i = 0; i < head.size; i++) {
		uint8_t leaf[SHA256_SIZE], have[SHA256_SIZE];

		leaf_of(i, leaf);
		assert_true(log_leaf(l, i, have));
		assert_memory_equal(leaf, have, SHA256_SIZE);
	}
	log_close(l);
}

static void keeps_what_was_added(void **state)
{
	char dir[160];
	struct log *l;

	(void)state;
	fresh("plain", dir);
	l = must_open(dir);
	holds(l, TEMPLATE);
	assert_int_equal(add(l, 250, 300), 50);
	holds(l, 300);
	assert_int_equal(add(l, 300, 1300), 1000);
	holds(l, 1300);
	log_close(l);
	public_holds(dir);
	l = must_open(dir);
	holds(l, 1300);
	log_close(l);
}

static void an_entry_is_added_once(void **state)
{
	char dir[160];
	struct log *l;

	(void)state;
	fresh("once", dir);
	l = must_open(dir);
	assert_int_equal(add(l, 200, 270), 70);
	for (unsigned i = 0; i < 70; i++) {
		const struct log_receipt *r = &told.receipts[i];

		assert_int_equal(r->outcome, r->index < TEMPLATE ? LOG_KNOWN : LOG_ADDED);
		assert_true(r->size > r->index);
	}
	assert_int_equal(add(l, 260, 261), 1);
	assert_int_equal(told.receipts[0].outcome, LOG_KNOWN);
	assert_int_equal(told.receipts[0].index, 260);
	holds(l, 270);
	log_close(l);
}

static void one_process_writes(void **state)
{
	char dir[160];
	struct log *l;

	(void)state;
	fresh("lock", dir);
	l = must_open(dir);
	must_refuse(dir, dir, "another process writes to this log");
	public_holds(dir); /* reading goes on */
	log_close(l);
	log_close(must_open(dir));
}

/* -- a disk that fails -- */

static struct power power;

/* Opens, adds three times, closes: on a disk that fails. How many entries were acknowledged. */
static uint64_t work(const char *dir)
{
	struct disk disk = power_disk(&power);
	uint64_t acknowledged = TEMPLATE;
	struct log_error e;
	struct log *l = open_log(dir, &disk, &e);

	for (unsigned i = 0; l && i < 3; i++)
		if (add(l, TEMPLATE + 4 * i, TEMPLATE + 4 * (i + 1)) == 4)
			acknowledged = TEMPLATE + 4 * (i + 1);
	log_close(l);
	return acknowledged;
}

/* The log goes on from what was acknowledged. */
static void goes_on(const char *dir, uint64_t acknowledged)
{
	struct log *l;

	public_holds(dir);
	l = must_open(dir);
	holds(l, acknowledged);
	assert_int_equal(add(l, TEMPLATE, TEMPLATE + 20), 20);
	holds(l, TEMPLATE + 20);
	log_close(l);
	public_holds(dir);
}

static void survives_each_failure(void **state)
{
	char dir[160];
	unsigned n = 0;

	(void)state;
	do {
		uint64_t acknowledged;

		fresh("failure", dir);
		power_start(&power, dir, false);
		power.fail_at = ++n;
		acknowledged = work(dir);
		if (power.has_failed)
			goes_on(dir, acknowledged);
		power_end(&power);
	} while (power.has_failed);
	assert_true(n > 60);
}

static void survives_each_power_cut(void **state)
{
	char dir[160], left[160];
	unsigned n = 0;

	(void)state;
	do {
		uint64_t acknowledged;

		fresh("power", dir);
		power_start(&power, dir, true);
		power.fail_at = ++n;
		power.for_good = true;
		acknowledged = work(dir);
		for (unsigned seed = 0; power.has_failed && seed < 2; seed++) {
			snprintf(left, sizeof(left), "%s/left", t.scratch);
			folder_remove(left);
			power_cut(&power, left, 2 * n + seed);
			goes_on(left, acknowledged);
		}
		power_end(&power);
	} while (power.has_failed);
	assert_true(n > 60);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_what_was_added),    cmocka_unit_test(an_entry_is_added_once),
		cmocka_unit_test(one_process_writes),      cmocka_unit_test(survives_each_failure),
		cmocka_unit_test(survives_each_power_cut),
	};

	return cmocka_run_group_tests(tests, start, end);
}
