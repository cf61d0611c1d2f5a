/* log/check: a bit that was changed is found, wherever it lies, and named; where the log begins to
 * write from, at once. */
#include "unit/log/scratch.h"

#include "log/check.h"

static void note(void *ctx, const char *where, const char *what)
{
	char *all = ctx;

	if (strlen(all) + strlen(where) + strlen(what) < 8000)
		sprintf(all + strlen(all), "%s: %s\n", where, what);
}

/* How many findings; what they are in all. */
static uint64_t check(const char *dir, char all[8192])
{
	struct log_checked sum;
	struct log_error e;

	all[0] = 0;
	if (!log_check(dir, note, all, &sum, &e)) {
		snprintf(all, 8192, "%s: %s\n", e.where, e.what);
		return 1;
	}
	return sum.wrong;
}

static void finds_nothing_where_nothing_is(void **state)
{
	char dir[160], all[8192];
	struct log *l;

	(void)state;
	fresh("sound", dir);
	assert_int_equal(check(dir, all), 0);
	l = must_open(dir);
	assert_int_equal(add(l, TEMPLATE, 1000), 1000 - TEMPLATE);
	check(dir, all); /* the log is open */
	assert_string_equal(all, "");
	log_close(l);
	assert_int_equal(check(dir, all), 0);
}

/* -- changed bits -- */

struct flipping {
	const char *dir;
	unsigned step, done;
};

static void flip(const char *path, size_t at)
{
	int fd = open(path, O_RDWR);
	uint8_t byte;

	assert_true(fd >= 0);
	assert_int_equal(pread(fd, &byte, 1, (off_t)at), 1);
	byte ^= (uint8_t)(1u << at % 8);
	assert_int_equal(pwrite(fd, &byte, 1, (off_t)at), 1);
	close(fd);
}

static void flip_in(void *ctx, const char *path, bool is_folder)
{
	struct flipping *f = ctx;
	const char *name = path + strlen(f->dir) + 1;
	char all[8192];
	struct stat st;

	if (is_folder || strncmp(name, "index/", 6) == 0 || strcmp(name, "lock") == 0)
		return;
	assert_int_equal(stat(path, &st), 0);
	for (size_t at = f->done % f->step; at < (size_t)st.st_size; at += f->step) {
		flip(path, at);
		if (check(f->dir, all) == 0)
			fail_msg("%s, byte %zu was not looked at", name, at);
		flip(path, at);
		f->done++;
	}
}

static void finds_each_changed_bit(void **state)
{
	char dir[160], all[8192];
	struct flipping f = { dir, 61, 0 };

	(void)state;
	fresh("flips", dir);
	folder_each(dir, flip_in, &f);
	assert_true(f.done > 500);
	assert_int_equal(check(dir, all), 0);
}

/* What the next entries rest on is looked at before they come. */
static void a_log_does_not_open_over_a_changed_edge(void **state)
{
	static const struct {
		const char *file, *what;
		size_t at;
	} cases[] = {
		{ "state", "", 30 },
		{ "state", "", 100 },
		{ "public/tile/0/000.p/250", "do not hash to the root", 40 },
		{ "public/tile/entries/000.p/250", "its entries are not those", 40 },
		{ "segments/00000000", "its head is torn", 17 },
	};
	char dir[160], path[200];

	(void)state;
	fresh("edge", dir);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		path_join(path, sizeof(path), dir, cases[i].file);
		flip(path, cases[i].at);
		must_refuse(dir,
			    strncmp(cases[i].file, "public/tile/0", 13) ? cases[i].file : "public",
			    cases[i].what);
		flip(path, cases[i].at);
	}
	log_close(must_open(dir));
}

/* Every byte of the last segment. */
static void a_log_does_not_open_over_a_changed_segment(void **state)
{
	char dir[160], path[200], name[32];
	struct stat st;
	unsigned last = 0;

	(void)state;
	fresh("segment", dir);
	do {
		snprintf(name, sizeof(name), "segments/%08u", ++last);
		path_join(path, sizeof(path), dir, name);
	} while (access(path, F_OK) == 0);
	snprintf(name, sizeof(name), "segments/%08u", last - 1);
	path_join(path, sizeof(path), dir, name);
	assert_int_equal(stat(path, &st), 0);
	for (size_t at = 0; at < (size_t)st.st_size; at += 7) {
		flip(path, at);
		must_refuse(dir, name, "");
		flip(path, at);
	}
	assert_int_equal(truncate(path, st.st_size - 1), 0);
	must_refuse(dir, name, "it ends before what was acknowledged");
	assert_int_equal(unlink(path), 0);
	must_refuse(dir, name, "it is missing");
}

static void a_missing_file_is_named(void **state)
{
	static const char *const files[] = { "public/checkpoint", "public/tile/0/000.p/250",
					     "public/tile/entries/000.p/250", "segments/00000000" };
	char dir[160], path[200], away[200], all[8192];

	(void)state;
	fresh("missing", dir);
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		path_join(path, sizeof(path), dir, files[i]);
		path_join(away, sizeof(away), t.scratch, "away");
		assert_int_equal(rename(path, away), 0);
		assert_true(check(dir, all) > 0);
		assert_non_null(strstr(all, files[i]));
		assert_int_equal(rename(away, path), 0);
	}
}

/* docs/log.md, "Restore". */
static void tiles_are_made_again(void **state)
{
	char dir[160], path[200], all[8192];
	struct log *l;

	(void)state;
	fresh("again", dir);
	l = must_open(dir);
	assert_int_equal(add(l, TEMPLATE, 1000), 1000 - TEMPLATE);
	log_close(l);
	path_join(path, sizeof(path), dir, "public/tile");
	folder_remove(path);
	path_join(path, sizeof(path), dir, "public/checkpoint");
	assert_int_equal(unlink(path), 0);
	log_close(must_open(dir));
	check(dir, all);
	assert_string_equal(all, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_nothing_where_nothing_is),
		cmocka_unit_test(finds_each_changed_bit),
		cmocka_unit_test(a_log_does_not_open_over_a_changed_edge),
		cmocka_unit_test(a_log_does_not_open_over_a_changed_segment),
		cmocka_unit_test(a_missing_file_is_named),
		cmocka_unit_test(tiles_are_made_again),
	};

	return cmocka_run_group_tests(tests, start, end);
}
