/* riscv.c - instructions of RISC-V as text. The first byte chooses 32 or 64 bits; what is read is
 * as long as its first bits say, has a text, and is read again the same. */
#include <stdlib.h>
#include <string.h>

#include "compare/riscv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(struct span code, uint64_t address, bool is64, const struct instruction *i)
{
	struct instruction again;

	if (i->size != ((code.p[0] & 3) == 3 ? 4 : 2) || i->address != address || !i->text[0] ||
	    memchr(i->text, 0, sizeof(i->text)) == NULL)
		abort();
	if (!riscv_disassemble(span_sub(code, 0, i->size), address, is64, &again) ||
	    strcmp(i->text, again.text) != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *copy;

	if (size < 2)
		return 0;
	copy = malloc(size - 1);
	if (!copy)
		return 0;
	memcpy(copy, data + 1, size - 1);
	for (size_t at = 0; at < size - 1;) {
		struct span code = { copy + at, size - 1 - at };
		struct instruction i = { 0 };
		bool known = riscv_disassemble(code, at, data[0] & 1, &i);

		if (known)
			check(code, at, data[0] & 1, &i);
		at += known ? i.size : 2;
	}
	free(copy);
	return 0;
}
