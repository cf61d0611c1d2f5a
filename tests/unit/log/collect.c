/* log/collect: witnesses of ours that serve, one that is not there, one that answers by what it is
 * told; a log in memory. */
#include "unit/log/vectors.h"

#include "log/collect.h"
#include "log/cosigned.h"
#include "log/witness_serve.h"

#define ORIGIN "log.example"
#define MOST   20000

/* -- a log -- */

static struct merkle_tree tree;
static struct arena arena;
static struct sigkey *log_key;

static uint64_t lacking = MOST;

static bool read_entry(void *ctx, uint64_t index, struct span *entry)
{
	static uint64_t numbers[MOST];

	if (ctx && index == lacking)
		return false;
	numbers[index] = index;
	*entry = (struct span){ (uint8_t *)&numbers[index], sizeof(index) };
	return true;
}

static void grow_to(uint64_t size)
{
	while (tree.size < size) {
		uint8_t leaf[SHA256_SIZE];
		struct span entry;

		assert_true(read_entry(NULL, tree.size, &entry));
		merkle_leaf(&entry, 1, leaf);
		merkle_tree_add(&tree, leaf);
	}
}

static struct text checkpoint_of(uint64_t size)
{
	struct merkle_source source = merkle_tree_source(&tree);
	struct merkle_head head = { .size = size };
	struct text note = { 0 }, text = { 0 };

	assert_true(merkle_range(&source, 0, size, head.root));
	checkpoint_write(&text, span_text(ORIGIN), &head);
	text_put(&note, text_span(&text));
	text_char(&note, '\n');
	assert_true(note_sign(log_key, span_text(ORIGIN), text_span(&text), &note));
	text_free(&text);
	return note;
}

/* -- witnesses -- */

struct served {
	char dir[64], name[16];
	struct sigkey *key;
	struct witness *w;
	struct witness_server *server;
};

static struct served served[2];
static struct log_error error;
static unsigned warnings;
static char warned[256];

static void warn(const struct log_error *e)
{
	warnings++;
	snprintf(warned, sizeof(warned), "%.100s: %.150s", e->where, e->what);
}

static void vkey_of(const struct sigkey *key, const char *name, enum note_key_type type,
		    struct text *out)
{
	struct note_key k;

	assert_true(note_key_of(key, span_text(name), type, &k));
	note_key_write(out, &k);
}

static void open_it(struct served *s, const char *address)
{
	struct http_options o = { .listen = address };

	s->w = witness_open(s->dir, s->key, &error);
	assert_non_null(s->w);
	s->server = witness_serve(s->w, &o, warn, &error);
	assert_non_null(s->server);
}

static void close_it(struct served *s)
{
	witness_server_stop(s->server);
	witness_close(s->w);
}

static void serve(struct served *s, const char *name, bool is_mirror)
{
	struct text vkey = { 0 };

	snprintf(s->name, sizeof(s->name), "%s", name);
	snprintf(s->dir, sizeof(s->dir), "/tmp/evenhand-collect-XXXXXX");
	assert_non_null(mkdtemp(s->dir));
	s->key = sigkey_new(SIGKEY_ED25519);
	vkey_of(log_key, ORIGIN, NOTE_ED25519, &vkey);
	assert_true(witness_init(
		s->dir, &(struct witness_new){ span_text(name), s->key, "x", is_mirror }, &error));
	assert_true(witness_list(s->dir, text_span(&vkey), &error));
	open_it(s, "127.0.0.1:0");
	text_free(&vkey);
}

static void end(struct served *s)
{
	char command[128];

	close_it(s);
	sigkey_free(s->key);
	snprintf(command, sizeof(command), "rm -rf %s", s->dir);
	assert_int_equal(system(command), 0);
}

static struct policy policy;
static struct text policy_file;

/* Two of three, of which the third is not there. */
static void make_policy(void)
{
	struct sigkey *nobody = sigkey_new(SIGKEY_ED25519);

	text_puts(&policy_file, "log ");
	vkey_of(log_key, ORIGIN, NOTE_ED25519, &policy_file);
	for (int i = 0; i < 2; i++) {
		text_format(&policy_file, "\nwitness w%d ", i);
		vkey_of(served[i].key, served[i].name, NOTE_COSIGNATURE, &policy_file);
		text_format(&policy_file, " http://%s/", witness_server_address(served[i].server));
	}
	text_puts(&policy_file, "\nwitness w2 ");
	vkey_of(nobody, "nobody.example", NOTE_COSIGNATURE, &policy_file);
	text_puts(&policy_file, " http://127.0.0.1:1\ngroup all 2 w0 w1 w2\nquorum all\n");
	assert_null(policy_read(text_span(&policy_file), &policy));
	sigkey_free(nobody);
}

static int start(void **state)
{
	(void)state;
	hash_start();
	warnings = 0;
	log_key = sigkey_new(SIGKEY_ED25519);
	tree = (struct merkle_tree){ 0 };
	arena = (struct arena){ 0 };
	assert_true(merkle_tree_start(&tree, &arena, MOST));
	grow_to(5);
	serve(&served[0], "one.example", false);
	serve(&served[1], "two.example", false);
	make_policy();
	return 0;
}

static int stop(void **state)
{
	(void)state;
	end(&served[0]);
	end(&served[1]);
	text_free(&policy_file);
	sigkey_free(log_key);
	arena_free(&arena);
	return 0;
}

static struct collector *collector_of(const struct policy *p)
{
	static const struct policy *policies[1]; /* one collector lives at a time */
	struct collect_options o = { .origin = span_text(ORIGIN),
				     .policies = policies,
				     .policy_count = 1,
				     .source = merkle_tree_source(&tree),
				     .entries = { read_entry, &lacking },
				     .round_ms = 30000,
				     .warn = warn };
	struct collector *c;

	policies[0] = p;
	c = collector_new(&o, &error);
	if (!c)
		fail_msg("%s", error.what);
	assert_int_equal(collector_witnesses(c), p->witness_count);
	return c;
}

static struct collector *collector(void)
{
	return collector_of(&policy);
}

/* -- the tests -- */

static uint32_t round_of(struct collector *c, uint64_t size, bool has_quorum)
{
	struct text note = checkpoint_of(size), lines = { 0 };
	uint32_t n = collector_round(c, text_span(&note), &lines);

	assert_int_equal(collector_has_quorum(c, text_span(&note), text_span(&lines)), has_quorum);
	text_free(&note);
	text_free(&lines);
	return n;
}

static void those_that_answer_make_the_quorum(void **state)
{
	struct collector *c = collector();

	(void)state;
	assert_int_equal(round_of(c, 5, true), 2);
	assert_int_equal(warnings, 1); /* the one that is not there */
	assert_non_null(strstr(warned, "witness w2"));
	assert_true(collector_wait(c) > 100);
	grow_to(700);
	assert_int_equal(round_of(c, 700, true), 2); /* with a proof */
	assert_int_equal(warnings, 1);
	assert_int_equal(round_of(c, 700, true), 2); /* nobody is asked, the lines are there */
	collector_again(c);
	assert_int_equal(round_of(c, 700, true), 2); /* newer times */
	collector_free(c);
}

static void a_new_collector_learns_the_sizes(void **state)
{
	struct collector *c = collector();

	(void)state;
	assert_int_equal(round_of(c, 5, true), 2);
	collector_free(c);
	grow_to(9);
	c = collector();
	assert_int_equal(round_of(c, 9, true), 2); /* from 0: 409, then with a proof from 5 */
	collector_free(c);
}

static void a_log_that_was_set_back_is_told(void **state)
{
	struct text seen[POLICY_MOST_WITNESSES] = { { 0 } };
	struct collector *c = collector();
	static struct checkpoint checkpoint;
	uint32_t n;

	(void)state;
	grow_to(9);
	assert_int_equal(round_of(c, 9, true), 2);
	collector_free(c);
	c = collector();
	n = collector_seen(c, seen);
	assert_int_equal(n, 2);
	for (uint32_t i = 0; i < n; i++) {
		assert_null(checkpoint_read(text_span(&seen[i]), &checkpoint));
		assert_int_equal(checkpoint.head.size, 9);
		text_free(&seen[i]);
	}
	warnings = 0;
	assert_int_equal(round_of(c, 7, false), 0);
	assert_int_equal(warnings, 5); /* both are ahead, and all three put off */
	collector_free(c);
}

/* A witness that shows what another has signed in the log's name. */
static void what_the_log_has_not_signed_was_not_seen(void **state)
{
	struct text seen[POLICY_MOST_WITNESSES] = { { 0 } }, vkey = { 0 };
	struct sigkey *real = log_key, *other = sigkey_new(SIGKEY_ED25519);
	struct collector *c = collector();

	(void)state;
	vkey_of(other, ORIGIN, NOTE_ED25519, &vkey);
	assert_true(witness_list(served[0].dir, text_span(&vkey), &error));
	log_key = other;
	grow_to(9);
	assert_int_equal(round_of(c, 9, false), 1);
	log_key = real;
	assert_int_equal(collector_seen(c, seen), 0);
	collector_free(c);
	text_free(&vkey);
	sigkey_free(other);
}

static void a_history_of_another_kind_is_not_cosigned(void **state)
{
	struct collector *c = collector();

	(void)state;
	assert_int_equal(round_of(c, 5, true), 2);
	tree.hashes[tree.start[2]][0] ^= 1; /* over the first four leaves */
	grow_to(8);
	assert_int_equal(round_of(c, 8, false), 0);
	assert_non_null(strstr(warned, "422"));
	collector_free(c);
}

static void what_another_key_signs_is_nothing(void **state)
{
	struct collector *c = collector();

	(void)state;
	/* The witness is there, its key is another than the policy's. */
	policy.witnesses[0].key.key[0] ^= 1;
	note_key_id(policy.witnesses[0].key.name, NOTE_COSIGNATURE,
		    (struct span){ policy.witnesses[0].key.key, 32 }, policy.witnesses[0].key.id);
	assert_int_equal(round_of(c, 5, false), 1);
	collector_free(c);
}

/* What is brought may have many lines of a witness: the newest is taken. */
static void of_what_is_brought_the_newest_line_is_taken(void **state)
{
	static const struct policy *const policies[] = { &policy };
	const struct cosigned k = { policies, 1 };
	struct text note = checkpoint_of(5), all = { 0 }, lines = { 0 }, newest = { 0 };
	static struct checkpoint c;

	(void)state;
	assert_null(checkpoint_read(text_span(&note), &c));
	text_put(&all, text_span(&note));
	for (uint64_t i = 0; i < 50; i++)
		assert_true(checkpoint_cosign(served[0].key, span_text("one.example"), &c,
					      1000 + i * 7 % 50, &all));
	assert_true(checkpoint_cosign(served[0].key, span_text("one.example"), &c, 1049, &newest));
	assert_null(checkpoint_read(text_span(&all), &c));
	assert_int_equal(c.note.count, 51);
	assert_int_equal(cosigned_lines(&k, &c, &lines), 1);
	assert_true(span_equal(text_span(&lines), text_span(&newest)));
	text_free(&note);
	text_free(&all);
	text_free(&lines);
	text_free(&newest);
}

/* -- a mirror -- */

static struct served mirror;
static struct policy mirrored;

static void start_mirror(struct text *file)
{
	serve(&mirror, "mirror.example", true);
	text_puts(file, "log ");
	vkey_of(log_key, ORIGIN, NOTE_ED25519, file);
	text_puts(file, "\nwitness m ");
	vkey_of(mirror.key, mirror.name, NOTE_COSIGNATURE, file);
	text_format(file, " http://%s\nquorum m\n", witness_server_address(mirror.server));
	assert_null(policy_read(text_span(file), &mirrored));
}

static bool mirror_has(const char *name)
{
	struct text hex = { 0 };
	uint8_t id[SHA256_SIZE];
	char path[256];

	sha256_of(span_text(ORIGIN), id);
	text_hex(&hex, (struct span){ id, sizeof(id) });
	snprintf(path, sizeof(path), "%s/public/%s/%s", mirror.dir, hex.p, name);
	text_free(&hex);
	return access(path, F_OK) == 0;
}

static void a_mirror_signs_once_it_has_the_entries(void **state)
{
	struct text file = { 0 };
	struct collector *c;
	char address[64];

	(void)state;
	start_mirror(&file);
	c = collector_of(&mirrored);
	grow_to(300);
	assert_int_equal(round_of(c, 300, true), 1);
	assert_true(mirror_has("tile/entries/001.p/44") && mirror_has("checkpoint"));
	grow_to(20000); /* three requests of 32 packages, and what is left */
	assert_int_equal(round_of(c, 20000, true), 1);
	assert_true(mirror_has("tile/entries/078.p/32"));
	assert_false(mirror_has("tile/entries/001.p/44")); /* it is full now */
	collector_again(c);
	assert_int_equal(round_of(c, 20000, true), 1); /* a newer time, nothing is sent */
	collector_free(c);
	c = collector_of(&mirrored); /* which knows nothing */
	assert_int_equal(round_of(c, 20000, true), 1);
	assert_int_equal(warnings, 0);
	snprintf(address, sizeof(address), "%s", witness_server_address(mirror.server));
	close_it(&mirror);
	open_it(&mirror, address);
	collector_again(c);
	assert_int_equal(round_of(c, 20000, true), 1);
	collector_free(c);
	end(&mirror);
	text_free(&file);
}

/* The log cannot give an entry: the mirror was told, and forgets that at its end. */
static void a_mirror_is_told_again(void **state)
{
	struct text file = { 0 };
	struct collector *c;
	char address[64];

	(void)state;
	start_mirror(&file);
	c = collector_of(&mirrored);
	grow_to(600);
	lacking = 599;
	assert_int_equal(round_of(c, 600, false), 0);
	assert_non_null(strstr(warned, "cannot prove"));
	assert_false(mirror_has("checkpoint"));
	lacking = MOST;
	snprintf(address, sizeof(address), "%s", witness_server_address(mirror.server));
	close_it(&mirror);
	open_it(&mirror, address);
	while (collector_wait(c))
		usleep(10000);
	assert_int_equal(round_of(c, 600, true), 1);
	collector_free(c);
	end(&mirror);
	text_free(&file);
}

static void the_policy_must_name_the_log(void **state)
{
	static const struct policy *const policies[] = { &policy };
	struct collect_options o = { .origin = span_text("other.example"),
				     .policies = policies,
				     .policy_count = 1 };

	(void)state;
	assert_null(collector_new(&o, &error));
	assert_non_null(strstr(error.what, "does not name this log"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(those_that_answer_make_the_quorum, start, stop),
		cmocka_unit_test_setup_teardown(a_new_collector_learns_the_sizes, start, stop),
		cmocka_unit_test_setup_teardown(a_log_that_was_set_back_is_told, start, stop),
		cmocka_unit_test_setup_teardown(what_the_log_has_not_signed_was_not_seen, start,
						stop),
		cmocka_unit_test_setup_teardown(a_history_of_another_kind_is_not_cosigned, start,
						stop),
		cmocka_unit_test_setup_teardown(what_another_key_signs_is_nothing, start, stop),
		cmocka_unit_test_setup_teardown(of_what_is_brought_the_newest_line_is_taken, start,
						stop),
		cmocka_unit_test_setup_teardown(a_mirror_signs_once_it_has_the_entries, start,
						stop),
		cmocka_unit_test_setup_teardown(a_mirror_is_told_again, start, stop),
		cmocka_unit_test_setup_teardown(the_policy_must_name_the_log, start, stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
