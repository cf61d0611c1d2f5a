/* dump.c - what a device does by itself, and what it never does, of nodes made by hand. */
#include "unit/support.h"

#include "compare/dump.h"

#define BLOCK 16384u

/* -- blocks that are left out -- */

static void fill(uint8_t *p, size_t n, uint32_t seed)
{
	for (size_t i = 0; i < n; i++) {
		seed = seed * 1664525u + 1013904223u;
		p[i] = (uint8_t)(seed >> 24);
	}
}

/* Six blocks, at the third of a flash of ten; `bad` stands in the middle. */
static void blocks_are_left_out_whole(void **state)
{
	static uint8_t release[6 * BLOCK], flash[10 * BLOCK];
	struct span r = { release, sizeof(release) - 100 }, f = { flash, sizeof(flash) };
	struct left_out out;

	(void)state;
	fill(release, sizeof(release), 1);
	memset(flash, 0xff, sizeof(flash));
	memcpy(flash + 2 * BLOCK, release, 3 * BLOCK);
	memcpy(flash + 6 * BLOCK, release + 3 * BLOCK, 3 * BLOCK);
	assert_true(same_but_blocks(r, f, 2 * BLOCK, true, &out));
	assert_int_equal(out.block, BLOCK);
	assert_int_equal(out.first, 5 * BLOCK);
	assert_int_equal(out.count, 1);
	assert_int_equal(out.end, 9 * BLOCK - 100);
	/* rubbish may be anything but erased */
	fill(flash + 5 * BLOCK, BLOCK, 2);
	assert_false(same_but_blocks(r, f, 2 * BLOCK, true, &out));
	assert_true(same_but_blocks(r, f, 2 * BLOCK, false, &out));
	/* one bit of what is kept */
	flash[7 * BLOCK + 5] ^= 1;
	assert_false(same_but_blocks(r, f, 2 * BLOCK, false, &out));
	flash[7 * BLOCK + 5] ^= 1;
	/* not at a multiple of a block */
	assert_false(same_but_blocks(r, span_from(f, 4), 2 * BLOCK - 4, false, &out));
	/* nothing left out is no bad block */
	memcpy(flash, release, sizeof(release));
	assert_false(same_but_blocks(r, f, 0, false, &out));
	/* cut */
	assert_false(same_but_blocks(r, span_head(f, 3 * BLOCK), 2 * BLOCK, false, &out));
}

/* -- files -- */

struct scenery {
	struct arena arena;
	struct watch release, dump;
	struct matching m;
	struct explanation e;
	struct node root_release, root, file_release, file;
	struct watched content_release, content;
};

static void file_set(struct node *n, struct watched *w, struct node *root, const char *path,
		     const char *text)
{
	*n = (struct node){ .parent = root,
			    .container = root,
			    .kind = KIND_FILE,
			    .path = span_text(path),
			    .mode = 0644,
			    .has_mode = true,
			    .has_mtime = true,
			    .mtime = 1700000000,
			    .size = strlen(text),
			    .watch = w };
	*w = (struct watched){ .has_content = true, .content = span_text(text) };
	root->children = n;
}

/* An ext file system that was mounted twice, with one file; the release's with the same. */
static void scenery_init(struct scenery *s, const char *path, const char *text)
{
	static uint8_t super[2048], mounted[2048];

	*s = (struct scenery){ 0 };
	arena_init(&s->arena, 1 << 20);
	mounted[1024 + 52] = 2;
	s->release.image = (struct span){ super, sizeof(super) };
	s->dump.image = (struct span){ mounted, sizeof(mounted) };
	s->m = (struct matching){
		.arena = &s->arena, .left = &s->release, .right = &s->dump, .dump = DUMP_RIGHT
	};
	s->e = (struct explanation){ .x = { .arena = &s->arena },
				     .m = &s->m,
				     .latest = LATEST_TIME };
	s->root_release = (struct node){ .format = format_named("ext"), .length = sizeof(super) };
	s->root = s->root_release;
	file_set(&s->file_release, &s->content_release, &s->root_release, path, "old\n");
	file_set(&s->file, &s->content, &s->root, path, text);
	s->file_release.mtime = 1600000000;
}

static const struct difference *changed(struct scenery *s)
{
	const struct pair p = { .left = &s->file_release,
				.right = &s->file,
				.in_left = &s->root_release,
				.in_right = &s->root,
				.relation = PAIR_OTHER };

	return explain_written(&s->e, &p) ? s->e.x.first : NULL;
}

static void settings_of_a_mounted_root_are_the_devices(void **state)
{
	struct scenery s;
	const struct difference *d;

	(void)state;
	scenery_init(&s, "/etc/hostname", "site-7\n");
	d = changed(&s);
	assert_non_null(d);
	assert_int_equal(d->cause, CAUSE_WRITTEN);
	assert_int_equal(d->weight, WEIGHT_ACCEPTED);
	arena_free(&s.arena);
	/* who may log in is said, but not decided */
	scenery_init(&s, "/etc/shadow", "root::0:0:99999:7:::\n");
	d = changed(&s);
	assert_non_null(d);
	assert_int_equal(d->weight, WEIGHT_OPEN);
	arena_free(&s.arena);
}

static void what_runs_is_never_the_devices(void **state)
{
	static const struct {
		const char *path, *text;
	} rows[] = {
		{ "/etc/hostname", "#!/bin/sh\n" },
		{ "/etc/hostname", "\177ELF\1\1\1" },
		{ "/usr/share/x.conf", "new\n" },
		{ "/bin/x", "new\n" },
	};
	struct scenery s;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		scenery_init(&s, rows[i].path, rows[i].text);
		assert_null(changed(&s));
		arena_free(&s.arena);
	}
}

static void what_a_device_would_not_change_is_a_change(void **state)
{
	struct scenery s;

	(void)state;
	for (int i = 0; i < 7; i++) {
		scenery_init(&s, "/etc/hostname", "site-7\n");
		if (i == 0)
			s.file.mtime = s.file_release.mtime; /* packed, not written */
		if (i == 1)
			s.file.mode = 04644;
		if (i == 2)
			s.file.mode = s.file_release.mode = 0755;
		if (i == 3)
			s.file.uid = 1;
		if (i == 4)
			s.file.kind = KIND_SYMLINK;
		if (i == 5)
			s.dump.image = s.release.image; /* never mounted */
		if (i == 6)
			s.root.format = s.root_release.format = format_named("squashfs");
		assert_null(changed(&s));
		arena_free(&s.arena);
	}
}

/* -- partitions -- */

static void partitions_of_the_device_hold_no_programs(void **state)
{
	struct scenery s;
	struct pair p;

	(void)state;
	for (int i = 0; i < 3; i++) {
		enum weight worst = WEIGHT_ACCEPTED;

		scenery_init(&s, i == 1 ? "/upper/etc/rc.local" : "/config",
			     i == 2 ? "#!/bin/sh\n" : "a=1\n");
		p = (struct pair){ .right = &s.root, .relation = PAIR_RIGHT };
		assert_true(explain_dump_only(&s.e, &p));
		for (const struct difference *d = s.e.x.first; d; d = d->next)
			worst = d->weight > worst ? d->weight : worst;
		assert_int_equal(worst, i == 0   ? WEIGHT_ACCEPTED
					: i == 1 ? WEIGHT_OPEN
						 : WEIGHT_CHANGES);
		arena_free(&s.arena);
	}
}

static void what_only_the_release_has_is_no_ones(void **state)
{
	struct scenery s;
	struct pair p;

	(void)state;
	scenery_init(&s, "/config", "a=1\n");
	p = (struct pair){ .left = &s.root_release, .relation = PAIR_LEFT };
	assert_false(explain_dump_only(&s.e, &p));
	s.m.dump = DUMP_NONE;
	p = (struct pair){ .right = &s.root, .relation = PAIR_RIGHT };
	assert_false(explain_dump_only(&s.e, &p));
	arena_free(&s.arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(blocks_are_left_out_whole),
		cmocka_unit_test(settings_of_a_mounted_root_are_the_devices),
		cmocka_unit_test(what_runs_is_never_the_devices),
		cmocka_unit_test(what_a_device_would_not_change_is_a_change),
		cmocka_unit_test(partitions_of_the_device_hold_no_programs),
		cmocka_unit_test(what_only_the_release_has_is_no_ones),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
