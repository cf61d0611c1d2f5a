/* log/follow_state, log/entry_read: what a watcher remembers is read again or refused, entries of
 * others are taken apart. */
#include "unit/log/vectors.h"

#include "log/entry.h"
#include "log/follow_state.h"

static int start(void **state)
{
	(void)state;
	hash_start();
	return 0;
}

/* Of a tree of one leaf, "evenhand vector entry 0\n", as the vectors have it. */
static void fill(struct follow_state *s)
{
	struct span file = vector_file("checkpoints/small-1");
	struct span entry = span_text("evenhand vector entry 0\n");
	uint8_t leaf[SHA256_SIZE];

	*s = (struct follow_state){ .seen = 1767225600 };
	merkle_leaf(&entry, 1, leaf);
	merkle_add(&s->tree, leaf);
	text_put(&s->note, file);
	for (uint64_t i = 0; i < 100; i++) {
		struct follow_release r = { .index = i };
		char text[16];

		snprintf(text, sizeof(text), "%llu", (unsigned long long)i);
		follow_version(span_text("v"), span_text("p"), span_text(text), r.version);
		r.image[0] = (uint8_t)i;
		assert_true(follow_release_add(s, &r));
	}
	sample_free(file);
}

static void a_state_is_read_again(void **state)
{
	struct follow_state s, again;
	struct text file = { 0 }, second = { 0 };
	uint8_t version[SHA256_SIZE];
	const struct follow_release *r;

	(void)state;
	fill(&s);
	follow_state_write(&file, &s);
	assert_null(follow_state_read(text_span(&file), &again));
	follow_state_write(&second, &again);
	assert_true(span_equal(text_span(&file), text_span(&second)));
	assert_int_equal(again.tree.size, 1);
	assert_int_equal(again.seen, 1767225600);
	follow_version(span_text("v"), span_text("p"), span_text("42"), version);
	r = follow_release_find(&again, version);
	assert_true(r && r->index == 42 && r->image[0] == 42);
	follow_version(span_text("vp"), span_text(""), span_text("42"), version);
	assert_null(follow_release_find(&again, version));
	text_free(&file);
	text_free(&second);
	follow_state_free(&s);
	follow_state_free(&again);
}

static void a_torn_state_is_refused(void **state)
{
	struct follow_state s, again;
	struct text file = { 0 };

	(void)state;
	fill(&s);
	follow_state_write(&file, &s);
	for (size_t n = 0; n < file.n; n++) {
		if (!follow_state_read(span_head(text_span(&file), n), &again))
			fail_msg("%zu of %zu bytes", n, file.n);
		follow_state_free(&again);
	}
	file.p[strcspn(file.p, "e") + 40] ^= 1; /* somewhere in the edge or before it */
	assert_non_null(follow_state_read(text_span(&file), &again));
	follow_state_free(&again);
	follow_state_free(&s);
	text_free(&file);
}

/* The entry of a bundle that @sigstore/verify takes. */
static void entries_of_others_are_taken_apart(void **state)
{
	static const char *const files[] = { "bundle/dsse-p256.sigstore.json",
					     "bundle/dsse-ed25519.sigstore.json" };
	static const size_t spki[] = { 91, 44 };

	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		struct span file = vector_file(files[i]), body;
		struct arena a = { 0 };
		struct entry_parts p;
		size_t at = span_find(file, 0, span_text("\"canonicalizedBody\""));
		size_t from, to;
		uint8_t *bytes;

		assert_true(at != SIZE_MAX);
		from = span_find(file, at + 20, span_text("\"")) + 1;
		to = span_find(file, from, span_text("\""));
		arena_init(&a, 1u << 20);
		assert_true(base64_read(span_sub(file, from, to - from), false, &a, &body));
		assert_true(entry_read(body, &p));
		assert_int_equal(p.spki_size, spki[i]);
		bytes = (uint8_t *)(uintptr_t)body.p;
		for (size_t bit = 0; bit < 8 * body.n; bit++) {
			bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
			if (entry_read(body, &p)) { /* of another digest, signature or key */
				uint8_t again[ENTRY_MOST];
				size_t n =
					entry_write(p.pae_sha256,
						    (struct span){ p.signature, p.signature_size },
						    (struct span){ p.spki, p.spki_size }, again);

				assert_true(span_equal((struct span){ again, n }, body));
			}
			bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
		}
		assert_false(entry_read(span_head(body, body.n - 1), &p));
		arena_free(&a);
		sample_free(file);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_state_is_read_again),
		cmocka_unit_test(a_torn_state_is_refused),
		cmocka_unit_test(entries_of_others_are_taken_apart),
	};

	return cmocka_run_group_tests(tests, start, NULL);
}
