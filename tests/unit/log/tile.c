/* log/tile: paths, widths, bundles and every file of a log of 70,000 entries as others have them.
 */
#include "unit/log/vectors.h"

#include "log/merkle.h"
#include "log/tile.h"

static int start(void **state)
{
	(void)state;
	hash_start();
	return 0;
}

static void paths_are_read_and_written(void **state)
{
	struct vectors v;
	unsigned count = 0;

	(void)state;
	vectors_open(&v, "tiles/paths.json");
	for (vectors_enter(&v, "valid"); v.at != JSON_NONE; vectors_next(&v)) {
		struct span path = vector_text(&v, "path");
		bool is_entries = span_is(vector_text(&v, "level"), "entries");
		struct tile t = { 0 };
		char written[TILE_MOST_PATH];

		assert_true(tile_path_read(path, &t));
		assert_int_equal(t.level, is_entries ? TILE_ENTRIES : vector_number(&v, "level"));
		assert_int_equal(t.index, vector_number(&v, "n"));
		assert_int_equal(t.width, span_is(vector_text(&v, "w"), "null")
						  ? TILE_WIDTH
						  : vector_number(&v, "w"));
		tile_path(&t, written);
		assert_true(span_is(path, written));
		count++;
	}
	v.at = 0;
	for (vectors_enter(&v, "invalid"); v.at != JSON_NONE; vectors_next(&v)) {
		struct span path = vector_text(&v, "");
		struct tile t;

		if (tile_path_read(path, &t))
			fail_msg("%.*s", (int)path.n, path.p);
		count++;
	}
	assert_int_equal(count, 18 + 28);
	vectors_close(&v);
}

/* What reads must be written as it was; numbers end with 2^64 - 1. */
static void a_path_has_one_form(void **state)
{
	static const char signs[] = "tile/0123456789xp.en";
	const char *const start_from[] = { "tile/0/x001/x234/067.p/42", "tile/entries/x012/345",
					   "tile/63/x018/x446/x744/x073/x709/x551/615" };
	struct tile t;
	char written[TILE_MOST_PATH];

	(void)state;
	for (size_t i = 0; i < sizeof(start_from) / sizeof(*start_from); i++)
		for (size_t at = 0; at < strlen(start_from[i]); at++)
			for (const char *c = signs; *c; c++) {
				char path[TILE_MOST_PATH];

				strcpy(path, start_from[i]);
				path[at] = *c;
				if (!tile_path_read(span_text(path), &t))
					continue;
				tile_path(&t, written);
				assert_string_equal(written, path);
			}
	assert_true(tile_path_read(span_text("tile/63/x018/x446/x744/x073/x709/x551/615"), &t));
	assert_true(t.index == UINT64_MAX);
	assert_false(tile_path_read(span_text("tile/63/x018/x446/x744/x073/x709/x551/616"), &t));
	assert_false(tile_path_read(span_text("tile/63/x019/x446/x744/x073/x709/x551/615"), &t));
}

static void level_is(struct vectors *v, unsigned level, uint64_t size)
{
	uint64_t full = vector_number(v, "full");
	unsigned partial = (unsigned)vector_number(v, "partial_width");
	struct tile last = { level, full, partial };

	assert_int_equal(tile_full(level, size), full);
	assert_int_equal(tile_partial(level, size), partial);
	assert_int_equal(tile_exists(&last, size), partial != 0);
	last.width++;
	assert_false(tile_exists(&last, size));
	last = (struct tile){ level, full, TILE_WIDTH };
	assert_false(tile_exists(&last, size));
	last.index--;
	assert_int_equal(tile_exists(&last, size), full != 0);
}

static void a_size_settles_the_files(void **state)
{
	struct vectors v;

	(void)state;
	for (vectors_open(&v, "tiles/layout.json"); v.at != JSON_NONE; vectors_next(&v)) {
		uint64_t size = vector_number(&v, "size");
		uint32_t at = v.at;
		unsigned levels = 0;

		for (vectors_enter(&v, "levels"); v.at != JSON_NONE; vectors_next(&v))
			level_is(&v, levels++, size);
		assert_int_equal(tile_levels(size), levels);
		v.at = at;
	}
	vectors_close(&v);
}

/* The bundle of the case is those entries, which have those leaves. */
static void reads_bundle(struct vectors *v, struct span bundle)
{
	struct span entries[TILE_WIDTH];
	unsigned width = 0;
	uint8_t out[16];
	char path[32];
	size_t n = 0;

	while (snprintf(path, sizeof(path), "entries_hex.%u", width),
	       vector_item(v, path) != JSON_NONE)
		width++;
	assert_true(bundle_read(bundle, width, entries));
	for (unsigned e = 0; e < width; e++) {
		uint8_t leaf[SHA256_SIZE];

		snprintf(path, sizeof(path), "entries_hex.%u", e);
		assert_true(span_equal(entries[e], vector_hex(v, path)));
		merkle_leaf(&entries[e], 1, leaf);
		snprintf(path, sizeof(path), "leaf_hex.%u", e);
		assert_memory_equal(leaf, vector_hex(v, path).p, SHA256_SIZE);
		assert_true(bundle_put(out, sizeof(out), &n, entries[e]));
	}
	assert_true(span_equal((struct span){ out, n }, bundle));
}

static void bundles_are_read_whole_or_not(void **state)
{
	struct vectors v;
	struct span entries[TILE_WIDTH];
	unsigned read = 0, refused = 0;

	(void)state;
	for (vectors_open(&v, "tiles/bundle-edges.json"); v.at != JSON_NONE; vectors_next(&v)) {
		bool has_width = vector_item(&v, "width") != JSON_NONE;
		unsigned width = has_width ? (unsigned)vector_number(&v, "width") : 1;

		if (vector_item(&v, "bundle_hex") == JSON_NONE)
			continue;
		if (vector_item(&v, "entries_hex") != JSON_NONE) {
			reads_bundle(&v, vector_hex(&v, "bundle_hex"));
			read++;
			continue;
		}
		assert_false(bundle_read(vector_hex(&v, "bundle_hex"), width, entries));
		refused++;
	}
	assert_int_equal(read, 2);
	assert_int_equal(refused, 4);
	vectors_close(&v);
}

/* The longest entry of bundle-edges.json. */
static void an_entry_has_at_most_65535_bytes(void **state)
{
	static uint8_t entry[65536], out[2 + 65536];
	struct span back;
	uint8_t leaf[SHA256_SIZE];
	struct text hex = { 0 };
	size_t n = 0, at = 0;

	(void)state;
	memset(entry, 0x41, sizeof(entry));
	assert_false(bundle_put(out, sizeof(out), &n, (struct span){ entry, 65536 }));
	assert_false(bundle_put(out, 65536, &n, (struct span){ entry, 65535 }));
	assert_true(bundle_put(out, sizeof(out), &n, (struct span){ entry, 65535 }));
	assert_int_equal(n, 65537);
	assert_true(bundle_next((struct span){ out, n }, &at, &back));
	merkle_leaf(&back, 1, leaf);
	text_hex(&hex, (struct span){ leaf, sizeof(leaf) });
	assert_string_equal(hex.p,
			    "66f4bb8628de0c02394b290668fa550f364f47030a22f9146bedde7e5f850ede");
	text_free(&hex);
}

/* -- a whole log, kept by level -- */

#define SIZE 70000u

static uint8_t (*level[3])[SHA256_SIZE];

static struct span entry_of(uint64_t i, char text[64])
{
	snprintf(text, 64, "evenhand vector entry %llu\n", (unsigned long long)i);
	return span_text(text);
}

static void make_levels(void)
{
	for (unsigned l = 0; l < 3; l++) {
		level[l] = malloc(((SIZE >> (8 * l)) + 1) * SHA256_SIZE);
		assert_non_null(level[l]);
	}
	for (uint64_t i = 0; i < SIZE; i++) {
		char text[64];
		struct span e = entry_of(i, text);

		merkle_leaf(&e, 1, level[0][i]);
	}
	for (unsigned l = 1; l < 3; l++)
		for (uint64_t i = 0; i < SIZE >> (8 * l); i++) {
			struct span tile = { level[l - 1][i * TILE_WIDTH], TILE_BYTES };
			uint8_t left[SHA256_SIZE], right[SHA256_SIZE];

			assert_true(tile_hash(tile, 7, 0, left));
			assert_true(tile_hash(tile, 7, 1, right));
			merkle_node(left, right, level[l][i]);
		}
}

/* The bytes of that file. */
static struct span file_of(const struct tile *t)
{
	static uint8_t bundle[TILE_WIDTH * 64];
	size_t n = 0;

	if (t->level < TILE_ENTRIES)
		return (struct span){ level[t->level][t->index * TILE_WIDTH],
				      (size_t)t->width * SHA256_SIZE };
	for (uint64_t i = 0; i < t->width; i++) {
		char text[64];

		assert_true(bundle_put(bundle, sizeof(bundle), &n,
				       entry_of(t->index * TILE_WIDTH + i, text)));
	}
	return (struct span){ bundle, n };
}

static void a_log_has_the_files_of_others(void **state)
{
	FILE *f = fopen("tests/vectors/tiles/manifest-70000.tsv", "r");
	char path[64], want[65];
	size_t size;
	unsigned count = 0;

	(void)state;
	assert_non_null(f);
	make_levels();
	while (fscanf(f, "%63s %zu %64s", path, &size, want) == 3) {
		struct text hex = { 0 };
		uint8_t digest[SHA256_SIZE];
		struct span file;
		struct tile t;

		assert_true(tile_path_read(span_text(path), &t));
		assert_true(tile_exists(&t, SIZE));
		file = file_of(&t);
		assert_int_equal(file.n, size);
		sha256_of(file, digest);
		text_hex(&hex, (struct span){ digest, sizeof(digest) });
		assert_string_equal(hex.p, want);
		text_free(&hex);
		count++;
	}
	assert_int_equal(count, 274 + 2 + 1 + 274);
	fclose(f);
}

static bool read_subtree(const void *ctx, unsigned at_level, uint64_t index,
			 uint8_t hash[SHA256_SIZE])
{
	struct tile t = tile_of(at_level, index, *(const uint64_t *)ctx);

	return tile_exists(&t, *(const uint64_t *)ctx) &&
	       tile_hash(file_of(&t), at_level, index, hash);
}

/* Roots from tiles alone, of the sizes whose roots others have made (merkle vectors). */
static void proofs_come_out_of_tiles(void **state)
{
	uint64_t size = SIZE;
	struct merkle_source source = { read_subtree, &size };
	struct merkle_head head = { .size = SIZE };
	struct merkle_proof proof;
	struct merkle tree = { 0 };

	(void)state;
	for (uint64_t i = 0; i < SIZE; i++)
		merkle_add(&tree, level[0][i]);
	merkle_root(&tree, head.root);
	for (uint64_t i = 0; i < SIZE; i += 997) {
		assert_true(merkle_prove_included(&source, i, SIZE, &proof));
		assert_true(merkle_included(level[0][i], i, &head, &proof));
	}
	for (unsigned l = 0; l < 3; l++)
		free(level[l]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(paths_are_read_and_written),
		cmocka_unit_test(a_path_has_one_form),
		cmocka_unit_test(a_size_settles_the_files),
		cmocka_unit_test(bundles_are_read_whole_or_not),
		cmocka_unit_test(an_entry_has_at_most_65535_bytes),
		cmocka_unit_test(a_log_has_the_files_of_others),
		cmocka_unit_test(proofs_come_out_of_tiles),
	};

	return cmocka_run_group_tests(tests, start, NULL);
}
