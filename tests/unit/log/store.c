/* log/store: what was acknowledged stays, whatever the disk does; what was torn or changed is
 * named; nobody else writes; the files are those of others. */
#include "unit/log/scratch.h"

#include "log/server_inside.h"

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

/* Each entry twice, while batches are on their way: the second is that of the first. */
static void an_entry_is_added_once_while_it_is_written(void **state)
{
	static uint64_t index[MOST_TOLD];
	unsigned added = 0, known = 0;
	char dir[160];
	struct log *l;

	(void)state;
	fresh("twice", dir);
	l = must_open(dir);
	told.count = 0;
	for (unsigned i = 0; i < MOST_TOLD; i++) {
		char text[64];
		struct log_unverified u = entry_of(TEMPLATE + i / 2, text);

		log_submit_unverified(l, &u, tell, NULL);
		if (i % 100 == 0)
			usleep(300);
	}
	pthread_mutex_lock(&told.mutex);
	while (told.count < MOST_TOLD)
		pthread_cond_wait(&told.changed, &told.mutex);
	pthread_mutex_unlock(&told.mutex);
	for (unsigned i = 0; i < MOST_TOLD; i++) {
		const struct log_receipt *r = &told.receipts[i];

		assert_true(r->size > r->index && r->index < TEMPLATE + MOST_TOLD / 2);
		added += r->outcome == LOG_ADDED;
		known += r->outcome == LOG_KNOWN;
		index[r->index - TEMPLATE]++;
	}
	assert_int_equal(added, MOST_TOLD / 2);
	assert_int_equal(known, MOST_TOLD / 2);
	for (unsigned i = 0; i < MOST_TOLD / 2; i++)
		assert_int_equal(index[i], 2);
	holds(l, TEMPLATE + MOST_TOLD / 2);
	log_close(l);
}

static uint64_t public_size(const char *dir)
{
	struct log_options o = { .read_only = true, .segment_bytes = 4096 };
	struct merkle_head head = { .size = 0 };
	struct log_error e;
	struct log *l = log_open(dir, &o, &e);

	if (!l)
		fail_msg("%s: %s", e.where, e.what);
	assert_true(log_head(l, &head));
	log_close(l);
	return head.size;
}

/* Each batch begins a new segment: the next bundle's first entry does not stand where the last one
 * of the bundle before it ended. */
static void a_bundle_begins_a_segment(void **state)
{
	struct log_options o = { .key = t.key, .publish_ms = 1, .segment_bytes = 64 };
	struct log_error e;
	char dir[160];
	struct log *l;

	(void)state;
	fresh("boundary", dir);
	for (unsigned opened = 0; opened < 2; opened++) {
		l = log_open(dir, &o, &e);
		assert_non_null(l);
		assert_int_equal(add(l, 250, 256), 6);
		for (unsigned i = 0; i < 500 && public_size(dir) < 256; i++)
			usleep(10000);
		if (opened)
			assert_int_equal(add(l, 256, 257), 1);
		log_close(l);
	}
	assert_int_equal(public_size(dir), 257);
	l = must_open(dir);
	assert_int_equal(add(l, 257, 260), 3);
	holds(l, 260);
	log_close(l);
	public_holds(dir);
}

static void a_full_log_takes_nothing_in(void **state)
{
	struct log_options o = { .key = t.key,
				 .segment_bytes = 4096,
				 .most_entries = TEMPLATE + 7 };
	struct log_error e;
	char dir[160];
	struct log *l;

	(void)state;
	fresh("full", dir);
	l = log_open(dir, &o, &e);
	assert_non_null(l);
	assert_int_equal(add(l, TEMPLATE - 5, TEMPLATE + 20), 12);
	holds(l, TEMPLATE + 7);
	log_close(l);
}

/* -- cosignatures -- */

static struct checkpoint cosigned;

static void cosign(struct sigkey *key, const char *name, uint64_t time, struct text *lines)
{
	assert_true(checkpoint_cosign(key, span_text(name), &cosigned, time, lines));
}

/* The newest checkpoint has so many lines, and that time of the witness. */
static void has_lines(struct log *l, uint32_t count, struct sigkey *key, const char *name,
		      uint64_t time)
{
	static struct checkpoint c;
	struct text note = { 0 };
	struct note_key k;
	uint64_t at;

	log_checkpoint(l, &note);
	assert_null(checkpoint_read(text_span(&note), &c));
	assert_int_equal(c.note.count, count);
	assert_true(note_key_of(key, span_text(name), NOTE_COSIGNATURE, &k));
	assert_int_equal(checkpoint_check(&c, &k, &at), NOTE_SIGNED);
	assert_int_equal(at, time);
	text_free(&note);
}

/* Whoever brings lines has them perhaps of each second: no more than the newest is taken. */
static void of_each_witness_the_newest_line_stays(void **state)
{
	struct sigkey *one = sigkey_new(SIGKEY_ED25519), *two = sigkey_new(SIGKEY_ED25519);
	struct text note = { 0 }, lines = { 0 };
	char dir[160];
	struct log *l;

	(void)state;
	fresh("cosigned", dir);
	l = must_open(dir);
	log_checkpoint(l, &note);
	assert_null(checkpoint_read(text_span(&note), &cosigned));
	for (uint64_t i = 0; i < 99; i++)
		cosign(one, "one.example", 1000 + i * 7 % 99, &lines);
	assert_true(log_cosigned(l, &cosigned.head, text_span(&lines)));
	has_lines(l, 2, one, "one.example", 1098);
	lines.n = 0;
	cosign(two, "two.example", 500, &lines);
	assert_true(log_cosigned(l, &cosigned.head, text_span(&lines)));
	has_lines(l, 3, two, "two.example", 500);
	lines.n = 0;
	cosign(one, "one.example", 900, &lines); /* an old one takes nothing back */
	cosign(two, "two.example", 600, &lines);
	assert_true(log_cosigned(l, &cosigned.head, text_span(&lines)));
	has_lines(l, 3, one, "one.example", 1098);
	has_lines(l, 3, two, "two.example", 600);
	log_close(l);
	public_holds(dir);
	text_free(&note);
	text_free(&lines);
	sigkey_free(one);
	sigkey_free(two);
}

/* Of a statement that is there ten thousand times the newest are found: nothing that comes later
 * can be hidden by what came before. */
static void the_newest_are_found_behind_many(void **state)
{
	enum { MANY = 10240 };
	struct log_server s = { .dir = NULL };
	struct numbers found = { .count = 0 };
	uint8_t digest[SHA256_SIZE];
	struct log_error e;
	char dir[160];

	(void)state;
	memset(digest, 7, sizeof(digest));
	fresh("many", dir);
	s.log = must_open(dir);
	for (unsigned from = 0; from < MANY; from += 1024) {
		told.count = 0;
		for (unsigned i = from; i < from + 1024; i++) {
			char text[64];
			struct log_unverified u = entry_of(TEMPLATE + i, text);

			memcpy(u.pae_sha256, digest, SHA256_SIZE);
			log_submit_unverified(s.log, &u, tell, NULL);
		}
		pthread_mutex_lock(&told.mutex);
		while (told.count < 1024)
			pthread_cond_wait(&told.changed, &told.mutex);
		pthread_mutex_unlock(&told.mutex);
	}
	/* a search takes so many entries in, but waits for no more */
	assert_true(server_index_find(&s, digest, &found, &e));
	found = (struct numbers){ .count = 0 };
	assert_true(server_index_find(&s, digest, &found, &e));
	assert_true(found.has_more);
	assert_int_equal(found.count, MOST_SHOWN);
	for (unsigned i = 0; i < MOST_SHOWN; i++)
		assert_int_equal(found.list[i], TEMPLATE + MANY - 1 - i);
	log_close(s.log);
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

/* -- cosignatures -- */

/* A line that a note may have, of whoever. */
static const char line[] = "\xe2\x80\x94 witness.example AAAAAAAA\n";

static void only_what_is_cosigned_becomes_public(void **state)
{
	struct log_options o = {
		.key = t.key, .publish_ms = 1, .only_cosigned = true, .segment_bytes = 4096
	};
	struct merkle_head heads[3];
	struct text note = { 0 };
	struct log_error e;
	char dir[160];
	struct log *l;

	(void)state;
	fresh("cosigned", dir);
	l = log_open(dir, &o, &e);
	assert_non_null(l);
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(add(l, TEMPLATE + 10 * i, TEMPLATE + 10 * (i + 1)), 10);
		assert_true(log_head(l, &heads[i]));
	}
	usleep(50000);
	assert_int_equal(public_size(dir), TEMPLATE);
	assert_true(log_cosigned(l, &heads[1], span_text(line)));
	assert_false(log_cosigned(l, &heads[0], span_text(line))); /* an older one */
	for (unsigned i = 0; i < 100 && public_size(dir) == TEMPLATE; i++)
		usleep(10000);
	assert_int_equal(public_size(dir), heads[1].size);
	log_checkpoint_cosigned(l, &note);
	assert_true(span_ends(text_span(&note), span_text(line)));
	heads[2].root[0] ^= 1;
	assert_false(log_cosigned(l, &heads[2], span_text(line))); /* of no such head */
	holds(l, heads[2].size);
	log_close(l);
	public_holds(dir);
	l = log_open(dir, &o, &e); /* what was cosigned is known again */
	assert_non_null(l);
	note.n = 0;
	log_checkpoint_cosigned(l, &note);
	assert_true(span_ends(text_span(&note), span_text(line)));
	log_close(l);
	assert_int_equal(public_size(dir), heads[1].size);
	text_free(&note);
}

/* -- a log that was wound back -- */

static struct log *open_behind(const char *dir, const char *guard, struct span seen,
			       struct log_error *e)
{
	struct log_options o = { .key = t.key,
				 .publish_ms = 1,
				 .segment_bytes = 4096,
				 .guard = guard,
				 .seen = &seen,
				 .seen_count = seen.n ? 1 : 0 };

	return log_open(dir, &o, e);
}

static void a_log_does_not_sign_behind_what_it_signed(void **state)
{
	char dir[160], old[160], guard[160], path[200];
	struct text note = { 0 };
	struct log_error e;
	struct log *l;

	(void)state;
	fresh("forward", dir);
	fresh("backup", old);
	path_join(guard, sizeof(guard), t.scratch, "guard");
	path_join(path, sizeof(path), dir, "public/checkpoint");
	assert_null(open_behind(dir, guard, (struct span){ 0 }, &e)); /* there is no guard yet */
	file_copy(path, guard);
	l = open_behind(dir, guard, (struct span){ 0 }, &e);
	assert_non_null(l);
	assert_int_equal(add(l, TEMPLATE, TEMPLATE + 10), 10);
	log_checkpoint(l, &note);
	log_close(l);
	assert_null(open_behind(old, guard, (struct span){ 0 }, &e));
	assert_non_null(strstr(e.what, "260 entries"));
	assert_null(open_behind(old, NULL, text_span(&note), &e));
	assert_non_null(strstr(e.what, "260 entries"));
	/* Another history of the same size is told by its root. */
	l = must_open(old);
	assert_int_equal(add(l, TEMPLATE + 50, TEMPLATE + 60), 10);
	log_close(l);
	assert_null(open_behind(old, guard, (struct span){ 0 }, &e));
	assert_non_null(strstr(e.what, "another tree of 260 entries"));
	log_close(open_behind(dir, guard, text_span(&note), &e));
	text_free(&note);
}

/* -- a disk that fails -- */

static struct power power;

#define SEEDS 2u

/* Every operation is made to fail in turn where EVENHAND_ALL is set, otherwise one of three. */
static unsigned next_failure(unsigned n)
{
	return n + (getenv("EVENHAND_ALL") || n == 0 ? 1 : 3);
}

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
		n = next_failure(n);
		power.fail_at = n;
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
		n = next_failure(n);
		power.fail_at = n;
		power.for_good = true;
		acknowledged = work(dir);
		for (unsigned seed = 0; power.has_failed && seed < SEEDS; seed++) {
			snprintf(left, sizeof(left), "%s/left", t.scratch);
			folder_remove(left);
			power_cut(&power, left, SEEDS * n + seed);
			goes_on(left, acknowledged);
		}
		power_end(&power);
	} while (power.has_failed);
	assert_true(n > 60);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_what_was_added),
		cmocka_unit_test(an_entry_is_added_once),
		cmocka_unit_test(an_entry_is_added_once_while_it_is_written),
		cmocka_unit_test(a_bundle_begins_a_segment),
		cmocka_unit_test(a_full_log_takes_nothing_in),
		cmocka_unit_test(of_each_witness_the_newest_line_stays),
		cmocka_unit_test(the_newest_are_found_behind_many),
		cmocka_unit_test(one_process_writes),
		cmocka_unit_test(only_what_is_cosigned_becomes_public),
		cmocka_unit_test(a_log_does_not_sign_behind_what_it_signed),
		cmocka_unit_test(survives_each_failure),
		cmocka_unit_test(survives_each_power_cut),
	};

	return cmocka_run_group_tests(tests, start, end);
}
