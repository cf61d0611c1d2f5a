/* acceptance.c - bundles: what is read comes back as it was; nothing but the vector's own statement
 * is accepted by its policy and rules, and what is said of it moves no cursor. The policy knows the
 * keys of tests/vectors/acceptance/small.*, which the corpus begins with. */
#include <stdio.h>
#include <stdlib.h>

#include "log/acceptance.h"

int LLVMFuzzerInitialize(int *count, char ***words);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct policy policy;
static struct rules rules;
static struct acceptance acceptance;
static struct acceptance_case given;
static struct text policy_file, rules_file, bundle_file, image_file;
static struct text why, out, scratch, line;
static uint8_t pae[SHA256_SIZE];

static void expect(bool holds)
{
	if (!holds)
		abort();
}

static void read_file(const char *name, struct text *t)
{
	char path[256], buffer[4096];
	FILE *f;
	size_t n;

	snprintf(path, sizeof(path), "tests/vectors/acceptance/%s", name);
	f = fopen(path, "rb");
	expect(f != NULL);
	while ((n = fread(buffer, 1, sizeof(buffer), f)) > 0)
		text_put(t, (struct span){ (const uint8_t *)buffer, n });
	fclose(f);
}

int LLVMFuzzerInitialize(int *count, char ***words)
{
	static struct sigbundle b;
	struct span rest, one;
	struct arena a = { 0 };

	(void)count;
	(void)words;
	hash_start();
	read_file("small.policy", &policy_file);
	read_file("small.rules", &rules_file);
	read_file("small.sigstore.jsonl", &bundle_file);
	read_file("image", &image_file);
	expect(!policy_read(text_span(&policy_file), &policy));
	expect(!rules_read(text_span(&rules_file), &rules));
	given = (struct acceptance_case){
		.policy = &policy, .roster = &rules.roster, .rules = &rules, .at = 1795651200
	};
	sha256_of(text_span(&image_file), given.image.sha256);
	rest = text_span(&bundle_file);
	expect(sigbundle_take(&rest, &one) && !sigbundle_read(one, &a, &b));
	memcpy(pae, b.envelope.pae_sha256, SHA256_SIZE);
	arena_free(&a);
	return 0;
}

static void write_and_read(const struct sigbundle *b, struct arena *a)
{
	static struct sigbundle again;
	struct span rest, one;

	line.n = 0;
	sigbundle_write(&line, b);
	rest = text_span(&line);
	expect(sigbundle_take(&rest, &one) && !sigbundle_read(one, a, &again));
	expect(again.index == b->index && merkle_head_equal(&again.head, &b->head));
	expect(again.path.count == b->path.count && span_equal(again.note, b->note));
	expect(span_equal(again.body, b->body) && span_equal(again.envelope.pae, b->envelope.pae));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct acceptance_view view = { false, &out, &scratch };
	struct arena a;

	arena_init(&a, ACCEPTANCE_MEMORY);
	given.bundle = (struct span){ data, size };
	why.n = out.n = 0;
	if (acceptance_judge(&acceptance, &given, &a, &why))
		expect(acceptance.lines[0].signer &&
		       memcmp(acceptance.lines[0].b.envelope.pae_sha256, pae, SHA256_SIZE) == 0);
	acceptance_text(&acceptance, &view);
	acceptance_json(&acceptance, &out);
	for (size_t i = 0; i < out.n; i++)
		expect((uint8_t)out.p[i] >= ' ' || out.p[i] == '\n');
	arena_free(&a);
	arena_init(&a, 4 * ACCEPTANCE_MEMORY);
	for (uint32_t i = 0; acceptance.step > ACCEPTANCE_BUNDLE && i < acceptance.count; i++) {
		static struct sigbundle b;
		struct span rest = given.bundle, one;

		for (uint32_t k = 0; k <= i; k++)
			expect(sigbundle_take(&rest, &one));
		if (!sigbundle_read(one, &a, &b))
			write_and_read(&b, &a);
	}
	arena_free(&a);
	return 0;
}
