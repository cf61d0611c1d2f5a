/* arena.c - base/arena.h over static memory: one arena, that begins when the program does. It gives
 * out as much as the other does under the same ceiling, so that both programs take the same. */
#include "base/arena.h"

#include "log/acceptance.h"

static _Alignas(max_align_t) uint8_t memory[ACCEPTANCE_MEMORY];

void arena_init(struct arena *a, uint64_t ceiling)
{
	*a = (struct arena){ .ceiling = ceiling < sizeof(memory) ? ceiling : sizeof(memory) };
}

/* Memory that nobody had before is zero. */
void *arena_take(struct arena *a, uint64_t count, size_t size)
{
	const size_t align = _Alignof(max_align_t);
	uint64_t left = a->ceiling - a->taken;
	size_t bytes;
	void *p;

	if (size && count > left / size)
		return NULL;
	bytes = ((size_t)count * size + align - 1) / align * align;
	if (bytes == 0)
		bytes = align;
	if (bytes > left)
		return NULL;
	p = memory + a->taken;
	a->taken += bytes;
	return p;
}
