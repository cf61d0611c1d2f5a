/* step.c - the loop around decoders that give their output in steps. */
#include "codec/internal.h"

static uint64_t smaller(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static struct fault goes_on(const struct stepper *s, uint64_t most, uint64_t made, struct sink *out)
{
	if (made == most)
		return fault_at(FAULT_BROKEN, s->used, "plain size", made + 1, most);
	sink_room(out, 1); /* refuses, and says why */
	return out->fault;
}

struct decoded step_through(struct stepper *s, uint64_t most, struct sink *out)
{
	uint64_t made = 0;

	for (;;) {
		/* With no room left one spare byte tells a stream that ends here, but whose end
		 * mark or checksum is yet to be read, from one that goes on. */
		uint64_t want = smaller(s->room, smaller(most - made, out->limit - out->n));
		uint64_t before = s->used;
		uint8_t spare;
		uint8_t *room = want ? sink_room(out, want) : &spare;
		size_t n = want ? (size_t)want : 1;
		enum step result;

		if (!room)
			return (struct decoded){ s->used, out->fault };
		result = s->step(s, room, &n);
		if (want == 0 && n)
			return (struct decoded){ s->used, goes_on(s, most, made, out) };
		sink_advance(out, n);
		made += n;
		if (result == STEP_END)
			return (struct decoded){ s->used, fine };
		if (result == STEP_FAILED)
			return (struct decoded){ s->used, s->fault };
		if (n == 0 && s->used == before)
			return (struct decoded){ s->used,
						 fault_at(FAULT_SHORT, s->used, s->what, 0, 0) };
	}
}
