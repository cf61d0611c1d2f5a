/* declaration.c - what a vendor hands in as a declaration. */
#include "judge/declaration.h"
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct declaration_error error;
	struct declaration d;
	struct arena a;

	arena_init(&a, 64u << 20);
	declaration_read((struct span){ data, size }, &a, &d, &error);
	arena_free(&a);
	return 0;
}
