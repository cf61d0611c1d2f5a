/* lineage.c - traces of images, joined in either order and written out. */
#include "report/lineage.h"
#include "base/hash.h"

int LLVMFuzzerInitialize(int *count, char ***words);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerInitialize(int *count, char ***words)
{
	(void)count;
	(void)words;
	hash_start();
	return 0;
}

static void write_all(const struct lineage *l)
{
	static const struct text_view plain = { .utf8 = false, .only = -1 };
	struct text json = { 0 }, out = { 0 };

	lineage_json(l, &json);
	lineage_html(l, text_span(&json), &out);
	lineage_text(l, &plain, NULL, true, &out);
	text_free(&json);
	text_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	for (int by_version = 0; by_version < 2; by_version++) {
		struct lineage l;
		struct arena a;

		arena_init(&a, 256u << 20);
		if (lineage_join((struct span){ data, size }, by_version, &a, &l))
			write_all(&l);
		arena_free(&a);
	}
	return 0;
}
