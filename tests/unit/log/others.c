/* Logs, policies and bundles that other people made (tests/vectors/INDEX.md says who): what they
 * hold is what they say, and what is not ours to read is refused, not misread. */
#include "unit/log/vectors.h"

#include "log/line.h"
#include "log/policy.h"
#include "log/sigbundle.h"
#include "log/tile.h"

static int start(void **state)
{
	(void)state;
	hash_start();
	return 0;
}

/* -- logs: their entries make their tiles, and these the root that they signed -- */

static struct span file_of(const char *log, const struct tile *t)
{
	char path[TILE_MOST_PATH], name[128];

	tile_path(t, path);
	snprintf(name, sizeof(name), "%s/%s", log, path);
	return vector_file(name);
}

static void take_bundle(const char *log, const struct tile *t, struct merkle *tree)
{
	const struct tile bundle = { TILE_ENTRIES, t->index, t->width };
	struct span entries[TILE_WIDTH], bytes = file_of(log, &bundle), hashes = file_of(log, t);

	assert_true(bundle_read(bytes, t->width, entries));
	assert_int_equal(hashes.n, t->width * SHA256_SIZE);
	for (unsigned i = 0; i < t->width; i++) {
		uint8_t leaf[SHA256_SIZE];

		merkle_leaf(&entries[i], 1, leaf);
		assert_memory_equal(leaf, hashes.p + (size_t)i * SHA256_SIZE, SHA256_SIZE);
		merkle_add(tree, leaf);
	}
	sample_free(bytes);
	sample_free(hashes);
}

static void log_holds(const char *log, const char *checkpoint_file)
{
	struct span note = vector_file(checkpoint_file);
	struct merkle tree = { 0 };
	struct checkpoint c;
	uint8_t root[SHA256_SIZE];

	assert_null(checkpoint_read(note, &c));
	while (tree.size < c.head.size) {
		uint64_t left = c.head.size - tree.size;
		struct tile t = { 0, tree.size / TILE_WIDTH,
				  left < TILE_WIDTH ? (unsigned)left : TILE_WIDTH };

		take_bundle(log, &t, &tree);
	}
	merkle_root(&tree, root);
	assert_memory_equal(root, c.head.root, SHA256_SIZE);
	sample_free(note);
}

static void logs_are_what_they_signed(void **state)
{
	(void)state;
	for (unsigned size = 1; size <= 15; size++) {
		char name[64];

		snprintf(name, sizeof(name), "checkpoints/tessera.%u", size);
		log_holds("tessera", name);
	}
}

/* -- a witness's sign-subtree (C2SP tlog-witness) -- */

/* Lines of hashes up to an empty one; how many. */
static unsigned read_hashes(struct span *rest, uint8_t (*hashes)[SHA256_SIZE], unsigned most)
{
	struct span line;
	unsigned n = 0;

	while (whole_line_take(rest, &line) && line.n && n < most)
		assert_true(hash_read(line, hashes[n++]));
	return n;
}

/* What such a request shows: a range of a tree whose checkpoint a witness cosigned, by ML-DSA-44.
 */
static void a_subtree_of_a_cosigned_tree(void **state)
{
	struct span file = vector_file("witness/sign-subtree-request.txt"), rest = file, line;
	struct merkle_subtree part = { 0 };
	struct merkle_proof proof;
	struct note_key university;
	struct checkpoint c;
	struct vectors v;
	uint64_t time;

	(void)state;
	assert_true(whole_line_take(&rest, &line) && span_is(line, "subtree 512 577"));
	part.from = 512;
	part.to = 577;
	assert_true(whole_line_take(&rest, &line) && hash_read(line, part.root));
	proof.count = read_hashes(&rest, proof.hash, 63);
	assert_null(checkpoint_read(rest, &c));
	vectors_open(&v, "keys.json");
	assert_null(note_key_read(vector_text(&v, "keys.5.vkey"), &university));
	assert_true(span_is(university.name, "witness.university.example/w4"));
	assert_int_equal(checkpoint_check(&c, &university, &time), NOTE_SIGNED);
	assert_true(merkle_has_subtree(&c.head, &part, &proof));
	part.to = 576;
	assert_false(merkle_has_subtree(&c.head, &part, &proof));
	vectors_close(&v);
	sample_free(file);
}

/* -- policies of Sigsum name keys in hexadecimal, which this grammar has not -- */

static void policies_of_another_grammar_are_refused(void **state)
{
	static const char *const names[] = { "generic-2025-1", "test-2025-3", "test1-2025",
					     "test2-2025" };
	static struct policy p;

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		char name[96];
		struct span file;

		snprintf(name, sizeof(name), "sigsum/sigsum-%s.builtin-policy", names[i]);
		file = vector_file(name);
		assert_non_null(policy_read(file, &p));
		sample_free(file);
	}
}

/* -- bundles of Sigstore's conformance tests -- */

#define ENTRY     "verificationMaterial.tlogEntries.0."
#define INCLUSION ENTRY "inclusionProof."

static const struct bundle {
	const char *name;
	const char *key; /* of the log, from the trusted root beside it; NULL: of another kind */
	bool is_logged;
} bundles[] = {
	{ "bundle-negative-log-index_fail", NULL, false },
	{ "bundle-unknown-version_fail", NULL, false },
	{ "managed-key-and-trusted-root", NULL, false },
	{ "rekor2-checkpoint-cosigned", "Pn+AREHoBaZ7wgS1zBqpxmLSGnyhxXj4lFxSdWVB8o8=", true },
	{ "rekor2-checkpoint-missing-log-signature_fail",
	  "Pn+AREHoBaZ7wgS1zBqpxmLSGnyhxXj4lFxSdWVB8o8=", false },
	{ "rekor2-checkpoint-multiple-cosigs",
	  "Pn+AREHoBaZ7wgS1zBqpxmLSGnyhxXj4lFxSdWVB8o8=", true },
	{ "rekor2-checkpoint-origin-not-first",
	  "Pn+AREHoBaZ7wgS1zBqpxmLSGnyhxXj4lFxSdWVB8o8=", true },
	{ "rekor2-dsse-happy-path", "lD3dVc8yaP25mPtT/sJ59D3LLxGBgW/qYrM6x6KmOqk=", true },
	{ "rekor2-dsse-invalid-sig_fail", "lD3dVc8yaP25mPtT/sJ59D3LLxGBgW/qYrM6x6KmOqk=", true },
	{ "rekor2-dsse-mismatch-envelope_fail",
	  "lD3dVc8yaP25mPtT/sJ59D3LLxGBgW/qYrM6x6KmOqk=", true },
	{ "rekor2-dsse-mismatch-sig_fail", "lD3dVc8yaP25mPtT/sJ59D3LLxGBgW/qYrM6x6KmOqk=", true },
	{ "rekor2-no-inclusion-proof_fail", "Pn+AREHoBaZ7wgS1zBqpxmLSGnyhxXj4lFxSdWVB8o8=", false },
};

static void open_bundle(struct vectors *v, const struct bundle *b)
{
	char name[96];

	snprintf(name, sizeof(name), "conformance/%s.json", b->name);
	vectors_open(v, name);
}

/* They name the signer by a certificate, or are of the log before this one: a reader that takes
 * keys alone takes none of them, and gives a reason. */
static void bundles_with_certificates_are_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(bundles) / sizeof(*bundles); i++) {
		struct sigbundle read;
		struct vectors v;

		open_bundle(&v, &bundles[i]);
		assert_non_null(sigbundle_read(v.file, &v.arena, &read));
		vectors_close(&v);
	}
}

static bool is_signed(struct vectors *v, const struct bundle *b, const struct checkpoint *c)
{
	struct note_key k = { .name = c->origin, .type = NOTE_ED25519, .key_size = 32 };
	struct span raw;
	uint64_t time;

	assert_true(base64_read(span_text(b->key), false, &v->arena, &raw));
	assert_int_equal(raw.n, k.key_size);
	memcpy(k.key, raw.p, raw.n);
	note_key_id(k.name, k.type, raw, k.id);
	return checkpoint_check(c, &k, &time) == NOTE_SIGNED;
}

/* Whether the entry is under a checkpoint that the log signed. */
static bool is_logged(struct vectors *v, const struct bundle *b)
{
	struct span note = vector_text(v, INCLUSION "checkpoint.envelope"), body;
	struct merkle_proof proof = { .count = 0 };
	uint8_t leaf[SHA256_SIZE];
	struct checkpoint c;
	char path[80];

	if (note.n == 0 || checkpoint_read(note, &c))
		return false;
	while (snprintf(path, sizeof(path), INCLUSION "hashes.%u", proof.count),
	       vector_item(v, path) != JSON_NONE)
		memcpy(proof.hash[proof.count++], vector_base64(v, path).p, SHA256_SIZE);
	body = vector_base64(v, ENTRY "canonicalizedBody");
	merkle_leaf(&body, 1, leaf);
	return merkle_included(leaf, vector_number(v, INCLUSION "logIndex"), &c.head, &proof) &&
	       is_signed(v, b, &c);
}

static void entries_of_rekor_are_under_what_it_signed(void **state)
{
	unsigned n = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(bundles) / sizeof(*bundles); i++) {
		struct vectors v;

		if (!bundles[i].key)
			continue;
		open_bundle(&v, &bundles[i]);
		if (is_logged(&v, &bundles[i]) != bundles[i].is_logged)
			fail_msg("%s", bundles[i].name);
		n += bundles[i].is_logged;
		vectors_close(&v);
	}
	assert_int_equal(n, 7);
}

/* What the envelope's PAE is, and whether the entry is about it. */
static void envelopes_are_told_from_what_was_logged(void **state)
{
	static const struct {
		const char *name;
		bool is_same;
	} cases[] = { { "rekor2-dsse-happy-path", true },
		      { "rekor2-dsse-invalid-sig_fail", true },
		      { "rekor2-dsse-mismatch-envelope_fail", false },
		      { "rekor2-dsse-mismatch-sig_fail", true } };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const struct bundle b = { .name = cases[i].name };
		struct text pae = { 0 }, digest = { 0 };
		uint8_t sha256[SHA256_SIZE];
		struct vectors v;

		open_bundle(&v, &b);
		dsse_pae(vector_text(&v, "dsseEnvelope.payloadType"),
			 vector_base64(&v, "dsseEnvelope.payload"), &pae);
		sha256_of(text_span(&pae), sha256);
		base64_write(&digest, (struct span){ sha256, SHA256_SIZE });
		if ((span_find(vector_base64(&v, ENTRY "canonicalizedBody"), 0,
			       text_span(&digest)) != SIZE_MAX) != cases[i].is_same)
			fail_msg("%s", cases[i].name);
		text_free(&pae);
		text_free(&digest);
		vectors_close(&v);
	}
}

static void pae_is_that_of_others(void **state)
{
	struct vectors v;
	unsigned n = 0;

	(void)state;
	for (vectors_open(&v, "dsse/pae.json"); v.at != JSON_NONE; vectors_next(&v), n++) {
		struct text pae = { 0 };

		dsse_pae(vector_text(&v, "payloadType"), vector_base64(&v, "payload_b64"), &pae);
		if (vector_item(&v, "pae_b64") != JSON_NONE)
			assert_true(span_equal(text_span(&pae), vector_base64(&v, "pae_b64")));
		if (vector_item(&v, "pae_sha256_hex") != JSON_NONE) {
			uint8_t sha256[SHA256_SIZE];

			sha256_of(text_span(&pae), sha256);
			assert_memory_equal(sha256, vector_hex(&v, "pae_sha256_hex").p,
					    SHA256_SIZE);
		}
		text_free(&pae);
	}
	vectors_close(&v);
	assert_true(n >= 5);
}

/* -- keys by their seeds -- */

static void verify_key(struct vectors *v)
{
	static const uint8_t head[] = { 0x30, 0x2e, 2,    1,    0, 0x30, 5, 6,
					3,    0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20 };
	struct span vkey = vector_text(v, "vkey");
	struct note_key k, made;
	struct text der = { 0 }, base64 = { 0 };
	struct sigkey *key;

	assert_null(note_key_read(vkey, &k));
	assert_true(span_equal(k.name, vector_text(v, "name")));
	assert_int_equal(k.type, vector_number(v, "alg"));
	assert_memory_equal(k.id, vector_hex(v, "key_id_hex").p, NOTE_KEY_ID);
	if (k.type == NOTE_MLDSA44)
		return; /* these keys are read, not made */
	text_put(&der, (struct span){ head, sizeof(head) });
	text_put(&der, vector_hex(v, "seed_hex"));
	base64_write(&base64, text_span(&der));
	key = vector_key(base64.p);
	assert_true(note_key_of(key, k.name, k.type, &made));
	assert_true(note_keys_equal(&k, &made));
	sigkey_free(key);
	text_free(&der);
	text_free(&base64);
}

static void keys_are_those_of_their_seeds(void **state)
{
	struct vectors v;
	unsigned n = 0;

	(void)state;
	vectors_open(&v, "keys.json");
	for (vectors_enter(&v, "keys"); v.at != JSON_NONE; vectors_next(&v), n++)
		verify_key(&v);
	vectors_close(&v);
	assert_int_equal(n, 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(logs_are_what_they_signed),
		cmocka_unit_test(a_subtree_of_a_cosigned_tree),
		cmocka_unit_test(policies_of_another_grammar_are_refused),
		cmocka_unit_test(bundles_with_certificates_are_refused),
		cmocka_unit_test(entries_of_rekor_are_under_what_it_signed),
		cmocka_unit_test(envelopes_are_told_from_what_was_logged),
		cmocka_unit_test(pae_is_that_of_others),
		cmocka_unit_test(keys_are_those_of_their_seeds),
	};

	return cmocka_run_group_tests(tests, start, NULL);
}
