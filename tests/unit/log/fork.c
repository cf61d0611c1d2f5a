/* log/fork: two histories of one log are shown for every pair of small sizes, and never where there
 * is but one. */
#include "unit/log/vectors.h"

#include "log/fork.h"

#define MOST 70u
#define NAME "log.evenhand.example/vectors"

static struct policy policy;
static struct checkpoint checkpoints[2];
static struct sigkey *key;

/* The first leaves are the same, up to one that is not, and what follows. */
static struct {
	struct arena arena;
	struct merkle_tree tree;
} trees[2];

static void grow(int which, uint64_t size, uint64_t differs)
{
	struct arena *a = &trees[which].arena;

	arena_free(a);
	arena_init(a, 1u << 20);
	memset(&trees[which].tree, 0, sizeof(trees[which].tree));
	assert_true(merkle_tree_start(&trees[which].tree, a, MOST));
	for (uint64_t i = 0; i < size; i++) {
		uint8_t leaf[SHA256_SIZE] = { (uint8_t)i, (uint8_t)(which && i >= differs) };

		merkle_tree_add(&trees[which].tree, leaf);
	}
}

static struct merkle_head head_of(int which, uint64_t size)
{
	struct merkle_source s = merkle_tree_source(&trees[which].tree);
	struct merkle_head h = { .size = size };

	assert_true(merkle_range(&s, 0, size, h.root));
	return h;
}

static int start(void **state)
{
	(void)state;
	hash_start();
	key = vector_key(LOG_SEED);
	return policy_read(span_text(LOG "quorum none\n"), &policy) ? -1 : 0;
}

static int finish(void **state)
{
	(void)state;
	sigkey_free(key);
	arena_free(&trees[0].arena);
	arena_free(&trees[1].arena);
	return 0;
}

static void shown_for_every_pair_of_sizes(void **state)
{
	struct merkle_proof path;

	(void)state;
	for (uint64_t older = 1; older < 34; older++)
		for (uint64_t newer = older + 1; newer < 40; newer++)
			for (uint64_t differs = 0; differs <= older; differs++) {
				struct merkle_source s;
				struct merkle_head o, n;

				grow(0, older, 0);
				grow(1, newer, differs);
				o = head_of(0, older);
				n = head_of(1, newer);
				s = merkle_tree_source(&trees[1].tree);
				assert_true(fork_path_make(&s, older, newer, &path));
				assert_int_equal(fork_path_shows(&o, &n, &path), differs < older);
			}
}

static struct text note_of(const struct merkle_head *h, const char *origin, const char *signer)
{
	struct text note = { 0 }, line = { 0 };

	checkpoint_write(&note, span_text(origin), h);
	assert_true(note_sign(key, span_text(signer), text_span(&note), &line));
	text_char(&note, '\n');
	text_put(&note, text_span(&line));
	text_free(&line);
	return note;
}

static enum fork_end check_file(const struct text *file)
{
	struct log_fork f;
	const char *why = log_fork_read(text_span(file), &f);

	if (why)
		fail_msg("%s", why);
	return log_fork_check(&f, &policy, checkpoints, &why);
}

static struct text file_of(const struct text notes[2], const struct merkle_proof *path)
{
	struct log_fork f = { .notes = { text_span(&notes[0]), text_span(&notes[1]) } };
	struct text file = { 0 };

	if (path)
		f.path = *path;
	log_fork_write(&file, &f);
	return file;
}

static enum fork_end end_of(uint64_t older, uint64_t newer, const struct merkle_proof *path)
{
	struct merkle_head heads[2] = { head_of(0, older), head_of(1, newer) };
	struct text notes[2] = { note_of(&heads[0], NAME, NAME), note_of(&heads[1], NAME, NAME) };
	struct text file = file_of(notes, path);
	enum fork_end end = check_file(&file);

	text_free(&notes[0]);
	text_free(&notes[1]);
	text_free(&file);
	return end;
}

static void files_are_checked(void **state)
{
	struct merkle_source s;
	struct merkle_proof path;

	(void)state;
	grow(0, 60, 0);
	grow(1, 70, 17);
	s = merkle_tree_source(&trees[1].tree);
	assert_true(fork_path_make(&s, 60, 70, &path));
	assert_int_equal(end_of(60, 70, &path), FORK_SHOWN);
	path.hash[2][5] ^= 1;
	assert_int_equal(end_of(60, 70, &path), FORK_OPEN);
	assert_int_equal(end_of(60, 70, NULL), FORK_OPEN);
	assert_int_equal(end_of(60, 60, NULL), FORK_SHOWN);
	assert_int_equal(end_of(16, 16, NULL), FORK_NONE);
	assert_true(fork_path_make(&s, 16, 70, &path));
	assert_int_equal(end_of(16, 70, &path), FORK_OPEN);
}

static void both_must_be_signed_by_one_log(void **state)
{
	struct merkle_head head;
	struct text notes[2], file;

	(void)state;
	grow(0, 3, 0);
	grow(1, 3, 1);
	head = head_of(0, 3);
	notes[0] = note_of(&head, NAME, NAME);
	head = head_of(1, 3);
	notes[1] = note_of(&head, NAME, "elsewhere.example");
	file = file_of(notes, NULL);
	assert_int_equal(check_file(&file), FORK_UNSIGNED);
	text_free(&file);
	text_free(&notes[1]);
	notes[1] = note_of(&head, NAME, NAME);
	notes[1].p[notes[1].n - 12] ^= 1;
	file = file_of(notes, NULL);
	assert_int_equal(check_file(&file), FORK_UNSIGNED);
	text_free(&file);
	text_free(&notes[0]);
	text_free(&notes[1]);
}

static void malformed_files_are_refused(void **state)
{
	static const char *const bad[] = {
		"",
		"evenhand-fork/1",
		"evenhand-fork/2\nhashes 0\n",
		"evenhand-fork/1\nhashes 65\n",
		"evenhand-fork/1\nhashes 1\nAAAA\n",
		"evenhand-fork/1\nhashes 0\n",
		"evenhand-fork/1\nhashes 0\ncheckpoint 1\nacheckpoint 2\nb",
		"evenhand-fork/1\nhashes 0\ncheckpoint 1\nacheckpoint 1\nbc",
		"evenhand-fork/1\nhashes 0\ncheckpoint 0\ncheckpoint 0\n",
		"evenhand-fork/1\nhashes 00\ncheckpoint 1\nacheckpoint 1\nb",
	};
	struct log_fork f;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_non_null(log_fork_read(span_text(bad[i]), &f));
	assert_null(log_fork_read(
		span_text("evenhand-fork/1\nhashes 0\ncheckpoint 1\nacheckpoint 1\nb"), &f));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shown_for_every_pair_of_sizes),
		cmocka_unit_test(files_are_checked),
		cmocka_unit_test(both_must_be_signed_by_one_log),
		cmocka_unit_test(malformed_files_are_refused),
	};

	return cmocka_run_group_tests(tests, start, finish);
}
