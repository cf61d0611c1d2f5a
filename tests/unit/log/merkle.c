/* log/merkle: roots and proofs of others hold, changed ones do not. */
#include "unit/log/vectors.h"

#include "log/merkle.h"

#define VECTORS "tests/samples/merkle/vectors.txt"

static int start(void **state)
{
	(void)state;
	hash_start();
	return 0;
}

static void from_hex(const char *text, uint8_t *bytes, size_t n)
{
	assert_int_equal(strlen(text), 2 * n);
	for (size_t i = 0; i < n; i++) {
		unsigned byte;

		assert_int_equal(sscanf(text + 2 * i, "%2x", &byte), 1);
		bytes[i] = (uint8_t)byte;
	}
}

static const char *word(char **rest)
{
	const char *w = strsep(rest, " \n");

	assert_non_null(w);
	return w;
}

/* A proof as a line of the vectors has it; older is the leaf where it shows one. */
struct vector {
	bool is_inclusion, holds;
	uint64_t index;
	struct merkle_head older, newer;
	struct merkle_proof proof;
};

static bool vector_holds(const struct vector *v)
{
	return v->is_inclusion ? merkle_included(v->older.root, v->index, &v->newer, &v->proof)
			       : merkle_consistent(&v->older, &v->newer, &v->proof);
}

static void read_vector(char *rest, struct vector *v)
{
	v->holds = word(&rest)[0] == '1';
	v->index = v->older.size = strtoull(word(&rest), NULL, 10);
	v->newer.size = strtoull(word(&rest), NULL, 10);
	from_hex(word(&rest), v->is_inclusion ? v->newer.root : v->older.root, SHA256_SIZE);
	from_hex(word(&rest), v->is_inclusion ? v->older.root : v->newer.root, SHA256_SIZE);
	while (rest && *rest && v->proof.count < MERKLE_MOST)
		from_hex(word(&rest), v->proof.hash[v->proof.count++], SHA256_SIZE);
}

/* Every vector; the number of them. */
static unsigned each(void (*test)(const struct vector *v))
{
	static char line[16384];
	FILE *f = fopen(VECTORS, "r");
	unsigned n = 0;

	assert_non_null(f);
	while (fgets(line, sizeof(line), f)) {
		char *rest = line;
		const char *kind = word(&rest);
		struct vector v = { .is_inclusion = strcmp(kind, "included") == 0 };

		if (!v.is_inclusion && strcmp(kind, "consistent") != 0)
			continue;
		read_vector(rest, &v);
		test(&v);
		n++;
	}
	fclose(f);
	return n;
}

/* An older tree without leaves is the beginning of every tree (C2SP tlog-witness), which the
 * vectors of others call useless. */
static void agree(const struct vector *v)
{
	if (!v->is_inclusion && v->older.size == 0 && v->proof.count == 0)
		return;
	if (vector_holds(v) != v->holds)
		fail_msg("%s %llu of %llu: %d expected",
			 v->is_inclusion ? "included" : "consistent", (unsigned long long)v->index,
			 (unsigned long long)v->newer.size, v->holds);
}

static void agrees_with_vectors_of_others(void **state)
{
	(void)state;
	assert_int_equal(each(agree), 36 + 44 + 26 + 33 + 141);
}

static void flip_each(const struct vector *v)
{
	struct vector other = *v;

	if (!v->holds || (!v->is_inclusion && v->older.size == 0))
		return;
	for (unsigned i = 0; i < v->proof.count * SHA256_SIZE * 8; i++) {
		uint8_t *byte = &other.proof.hash[0][0] + i / 8;

		*byte ^= (uint8_t)(1u << i % 8);
		assert_false(vector_holds(&other));
		*byte ^= (uint8_t)(1u << i % 8);
	}
	for (unsigned i = 0; i < SHA256_SIZE * 8; i++) {
		other.newer.root[i / 8] ^= (uint8_t)(1u << i % 8);
		assert_false(vector_holds(&other));
		other.newer.root[i / 8] ^= (uint8_t)(1u << i % 8);
	}
	other.proof.count++;
	assert_false(vector_holds(&other));
	other.proof.count -= 2;
	assert_true(v->proof.count == 0 || !vector_holds(&other));
}

static void refuses_every_flipped_bit(void **state)
{
	(void)state;
	each(flip_each);
}

static void leaves_are_those_of_rfc_6962(void **state)
{
	static char line[16384];
	FILE *f = fopen(VECTORS, "r");
	unsigned n = 0;

	(void)state;
	assert_non_null(f);
	while (fgets(line, sizeof(line), f)) {
		char *rest = line;
		uint8_t data[16], wanted[SHA256_SIZE], got[SHA256_SIZE];
		struct span parts[2] = { { data, 0 } };
		const char *hex;

		if (strcmp(word(&rest), "leaf") != 0)
			continue;
		hex = word(&rest);
		parts[0].n = hex[0] == '-' ? 0 : strlen(hex) / 2;
		if (parts[0].n)
			from_hex(hex, data, parts[0].n);
		/* In two parts as in one. */
		parts[1] = span_from(parts[0], parts[0].n / 2);
		parts[0].n /= 2;
		from_hex(word(&rest), wanted, SHA256_SIZE);
		merkle_leaf(parts, 2, got);
		assert_memory_equal(got, wanted, SHA256_SIZE);
		n++;
	}
	fclose(f);
	assert_int_equal(n, 8);
}

/* The tree of the entries that the vectors are made of. */
struct made {
	struct arena arena;
	struct merkle_tree tree;
	struct merkle_source source;
	struct merkle grown;
};

static void make(struct made *m, uint64_t size)
{
	*m = (struct made){ 0 };
	assert_true(merkle_tree_start(&m->tree, &m->arena, size));
	for (uint64_t i = 0; i < size; i++) {
		char entry[64];
		uint8_t leaf[SHA256_SIZE];
		struct span part = { (uint8_t *)entry, 0 };

		part.n = (size_t)snprintf(entry, sizeof(entry), "evenhand vector entry %llu\n",
					  (unsigned long long)i);
		merkle_leaf(&part, 1, leaf);
		merkle_tree_add(&m->tree, leaf);
		merkle_add(&m->grown, leaf);
	}
	m->source = merkle_tree_source(&m->tree);
}

static void roots_are_those_of_others(void **state)
{
	static char line[16384];
	struct made all;
	FILE *f = fopen(VECTORS, "r");
	unsigned n = 0;

	(void)state;
	assert_non_null(f);
	make(&all, 70000);
	while (fgets(line, sizeof(line), f)) {
		char *rest = line;
		uint8_t wanted[SHA256_SIZE], got[SHA256_SIZE];
		struct merkle grown = { 0 };
		uint64_t size;

		if (strcmp(word(&rest), "root") != 0)
			continue;
		size = strtoull(word(&rest), NULL, 10);
		from_hex(word(&rest), wanted, SHA256_SIZE);
		for (uint64_t i = 0; i < size; i++)
			merkle_add(&grown, all.tree.hashes[i]);
		merkle_root(&grown, got);
		assert_memory_equal(got, wanted, SHA256_SIZE);
		if (size) {
			assert_true(merkle_range(&all.source, 0, size, got));
			assert_memory_equal(got, wanted, SHA256_SIZE);
		}
		n++;
	}
	fclose(f);
	arena_free(&all.arena);
	assert_int_equal(n, 60);
}

static struct made all;

/* Behind the eight leaves come those of the made tree; the others are not ours to make. */
static void make_again(const struct vector *v)
{
	struct merkle_proof proof;
	uint8_t root[SHA256_SIZE];

	if (!v->holds || v->newer.size == 0 || v->newer.size > all.tree.size)
		return;
	assert_true(merkle_range(&all.source, 0, v->newer.size, root));
	if (memcmp(root, v->newer.root, sizeof(root)) != 0)
		return;
	assert_true(v->is_inclusion
			    ? merkle_prove_included(&all.source, v->index, v->newer.size, &proof)
			    : merkle_prove_consistent(&all.source, v->older.size, v->newer.size,
						      &proof));
	assert_int_equal(proof.count, v->proof.count);
	assert_memory_equal(proof.hash, v->proof.hash, proof.count * SHA256_SIZE);
	if (v->is_inclusion)
		assert_int_equal(proof.count, merkle_path_length(v->index, v->newer.size));
	all.grown.size = UINT64_MAX; /* one was made */
}

static void proofs_are_those_of_others(void **state)
{
	(void)state;
	make(&all, 70000);
	each(make_again);
	assert_int_equal(all.grown.size, UINT64_MAX);
	arena_free(&all.arena);
}

static void subtrees_begin_where_they_may(void **state)
{
	struct vectors v;
	unsigned n = 0;

	(void)state;
	for (vectors_open(&v, "merkle/subtree-validity.json"); v.at != JSON_NONE;
	     vectors_next(&v)) {
		uint64_t from = vector_number(&v, "start"), to = vector_number(&v, "end");

		if (merkle_is_subtree(from, to) != span_is(vector_text(&v, "valid"), "true"))
			fail_msg("[%u, %u)", (unsigned)from, (unsigned)to);
		n++;
	}
	vectors_close(&v);
	assert_int_equal(n, 324);
	assert_true(merkle_is_subtree(0, INT64_MAX));
	assert_false(merkle_is_subtree(0, 1ull << 63));
	assert_false(merkle_is_subtree(1, INT64_MAX));
	assert_true(merkle_is_subtree(1ull << 62, INT64_MAX));
}

static void flip_subtree(const struct merkle_head *head, const struct merkle_subtree *part,
			 const struct merkle_proof *proof)
{
	struct merkle_proof other = *proof;
	struct merkle_subtree moved = *part;

	for (unsigned i = 0; i < proof->count * SHA256_SIZE; i++) {
		(&other.hash[0][0])[i] ^= 1;
		assert_false(merkle_has_subtree(head, part, &other));
		(&other.hash[0][0])[i] ^= 1;
	}
	other.count++;
	assert_false(merkle_has_subtree(head, part, &other));
	other.count -= 2;
	assert_true(proof->count == 0 || !merkle_has_subtree(head, part, &other));
	moved.root[31] ^= 1;
	assert_false(merkle_has_subtree(head, &moved, proof));
	moved.root[31] ^= 1;
	moved.to++;
	assert_false(merkle_has_subtree(head, &moved, proof));
}

static void subtrees_are_those_of_others(void **state)
{
	struct vectors v;
	unsigned n = 0;

	(void)state;
	make(&all, 70000);
	for (vectors_open(&v, "merkle/subtree-consistency.json"); v.at != JSON_NONE;
	     vectors_next(&v)) {
		struct merkle_subtree part = { vector_number(&v, "start"),
					       vector_number(&v, "end"),
					       { 0 } };
		struct merkle_head head = { .size = vector_number(&v, "size") };
		struct merkle_proof proof = { .count = 0 }, made;
		char path[32];

		memcpy(part.root, vector_base64(&v, "subtree_b64").p, SHA256_SIZE);
		memcpy(head.root, vector_base64(&v, "root_b64").p, SHA256_SIZE);
		while (snprintf(path, sizeof(path), "proof_b64.%u", proof.count),
		       vector_item(&v, path) != JSON_NONE)
			memcpy(proof.hash[proof.count++], vector_base64(&v, path).p, SHA256_SIZE);
		assert_true(merkle_has_subtree(&head, &part, &proof));
		flip_subtree(&head, &part, &proof);
		assert_true(merkle_prove_subtree(&all.source, &part, head.size, &made));
		assert_int_equal(made.count, proof.count);
		assert_memory_equal(made.hash, proof.hash, proof.count * SHA256_SIZE);
		n++;
	}
	vectors_close(&v);
	arena_free(&all.arena);
	assert_int_equal(n, 20);
}

/* All subtrees of all trees to 40 leaves. */
static void every_small_subtree_is_shown(void **state)
{
	struct made m;
	unsigned n = 0;

	(void)state;
	make(&m, 40);
	for (uint64_t size = 1; size <= 40; size++) {
		struct merkle_head head = { .size = size };

		assert_true(merkle_range(&m.source, 0, size, head.root));
		for (uint64_t i = 0; i < size * (size + 1); i++) {
			struct merkle_subtree part = { i / (size + 1), i % (size + 1), { 0 } };
			struct merkle_proof proof;

			assert_int_equal(merkle_prove_subtree(&m.source, &part, size, &proof),
					 merkle_is_subtree(part.from, part.to));
			if (!merkle_is_subtree(part.from, part.to))
				continue;
			assert_true(merkle_range(&m.source, part.from, part.to, part.root));
			assert_true(merkle_has_subtree(&head, &part, &proof));
			part.root[0] ^= 1;
			assert_false(merkle_has_subtree(&head, &part, &proof));
			n++;
		}
	}
	assert_int_equal(n, 2608);
	arena_free(&m.arena);
}

static void every_small_proof_holds(void **state)
{
	struct made m;

	(void)state;
	make(&m, 70);
	for (uint64_t n = 1; n <= 70; n++) {
		struct merkle_head head = { .size = n }, older = { 0 };
		struct merkle_proof proof;
		uint8_t before[SHA256_SIZE], wanted[SHA256_SIZE];

		assert_true(merkle_range(&m.source, 0, n, head.root));
		for (uint64_t i = 0; i < n; i++) {
			assert_true(merkle_prove_included(&m.source, i, n, &proof));
			assert_true(merkle_included(m.tree.hashes[i], i, &head, &proof));
			assert_false(merkle_included(m.tree.hashes[i], i + 1, &head, &proof));
			merkle_before(i, n, &proof, before);
			if (i)
				assert_true(merkle_range(&m.source, 0, i, wanted));
			else
				sha256_of((struct span){ 0 }, wanted);
			assert_memory_equal(before, wanted, SHA256_SIZE);
			older.size = i;
			memcpy(older.root, wanted, SHA256_SIZE);
			assert_true(merkle_prove_consistent(&m.source, i, n, &proof));
			assert_true(merkle_consistent(&older, &head, &proof));
			older.root[3] ^= 1;
			assert_false(merkle_consistent(&older, &head, &proof));
		}
	}
	arena_free(&m.arena);
}

/* Proofs that somebody makes who has the whole tree but not the leaf: other leaves, other places,
 * hashes of the tree in another order, and hashes of no tree. */
static void refuses_a_thousand_forged_proofs(void **state)
{
	struct made m;
	struct merkle_head head = { .size = 20011 };
	uint64_t dice = 88172645463325252u;

	(void)state;
	make(&m, head.size);
	assert_true(merkle_range(&m.source, 0, head.size, head.root));
	for (unsigned i = 0; i < 1000; i++) {
		struct merkle_proof proof;
		uint8_t leaf[SHA256_SIZE];
		uint64_t index;

		dice ^= dice << 13;
		dice ^= dice >> 7;
		dice ^= dice << 17;
		index = dice % head.size;
		assert_true(merkle_prove_included(&m.source, index, head.size, &proof));
		memcpy(leaf, m.tree.hashes[index], SHA256_SIZE);
		switch (i % 5) {
		case 0:
			leaf[dice >> 59] ^= 1;
			break;
		case 1:
			index = (index + 1 + (dice >> 32) % (head.size - 1)) % head.size;
			break;
		case 2:
			memcpy(proof.hash[i % proof.count], m.tree.hashes[(index + 7) % head.size],
			       SHA256_SIZE);
			break;
		case 3:
			memcpy(leaf, proof.hash[0], SHA256_SIZE); /* the neighbour for itself */
			break;
		default:
			/* A node of the tree shown as a leaf, with the path that is left. */
			merkle_node(index & 1 ? proof.hash[0] : m.tree.hashes[index],
				    index & 1 ? m.tree.hashes[index] : proof.hash[0], leaf);
			memmove(proof.hash[0], proof.hash[1], sizeof(proof.hash[0]) * 62);
			proof.count--;
			break;
		}
		assert_false(merkle_included(leaf, index, &head, &proof));
	}
	arena_free(&m.arena);
}

static void refuses_sizes_that_are_none(void **state)
{
	struct merkle_proof proof = { 0 };
	struct merkle_head head = { .size = UINT64_MAX }, none = { 0 };

	(void)state;
	assert_false(merkle_included(head.root, 0, &head, &proof));
	assert_false(merkle_included(head.root, 0, &none, &proof));
	assert_false(merkle_consistent(&none, &head, &proof));
	sha256_of((struct span){ 0 }, none.root);
	head.size = 7;
	assert_true(merkle_consistent(&none, &head, &proof));
	assert_false(merkle_consistent(&head, &none, &proof));
	assert_int_equal(merkle_path_length(5, 5), 0);
	assert_int_equal(merkle_path_length(0, INT64_MAX), 63);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(agrees_with_vectors_of_others),
		cmocka_unit_test(refuses_every_flipped_bit),
		cmocka_unit_test(leaves_are_those_of_rfc_6962),
		cmocka_unit_test(roots_are_those_of_others),
		cmocka_unit_test(proofs_are_those_of_others),
		cmocka_unit_test(subtrees_begin_where_they_may),
		cmocka_unit_test(subtrees_are_those_of_others),
		cmocka_unit_test(every_small_subtree_is_shown),
		cmocka_unit_test(every_small_proof_holds),
		cmocka_unit_test(refuses_a_thousand_forged_proofs),
		cmocka_unit_test(refuses_sizes_that_are_none),
	};

	return cmocka_run_group_tests(tests, start, NULL);
}
