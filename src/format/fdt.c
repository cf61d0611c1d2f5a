/* fdt.c - see fdt.h. */
#include "format/fdt.h"

#define MOST_STEPS   (1u << 20)
#define LONGEST_NAME 512 /* the specification allows 31 characters */

enum { TOKEN_BEGIN = 1, TOKEN_END = 2, TOKEN_PROPERTY = 3, TOKEN_NOP = 4, TOKEN_DONE = 9 };

struct fault fdt_open(struct span in, struct fdt *t)
{
	struct cursor c = { .in = in, .at = 4 };
	uint32_t structure, strings, compatible, strings_size, structure_size;

	t->total = cursor_be32(&c);
	structure = cursor_be32(&c);
	strings = cursor_be32(&c);
	cursor_skip(&c, 4);
	t->version = cursor_be32(&c);
	compatible = cursor_be32(&c);
	cursor_skip(&c, 4);
	strings_size = cursor_be32(&c);
	structure_size = cursor_be32(&c);
	if (c.ran_out)
		return fault_at(FAULT_SHORT, 0, "header", in.n, 40);
	if (t->version < 2 || t->version > 17 || compatible > t->version)
		return fault_at(FAULT_UNKNOWN, 20, "version", t->version, 17);
	if (t->version < 17)
		structure_size = strings > structure ? strings - structure : 0;
	t->in = span_head(in, t->total);
	t->structure = span_sub(t->in, structure, structure_size);
	t->strings = span_sub(t->in, strings, strings_size);
	if (t->total < 48 || structure % 4 || structure < 40 || structure > t->total ||
	    strings > t->total)
		return fault_at(FAULT_BROKEN, 8, "structure block", structure, t->total);
	if (span_u32(span_from(t->in, structure), 0, true) != TOKEN_BEGIN)
		return fault_at(FAULT_BROKEN, structure, "root node", 0, TOKEN_BEGIN);
	if (t->structure.n == 0)
		t->structure = span_from(t->in, structure); /* cut: as far as it goes */
	return fine;
}

/* Ends within LONGEST_NAME, which bounds what names that share their text cost. */
static struct span name_at(struct span s, uint64_t at)
{
	struct span rest = span_head(span_from(s, at), LONGEST_NAME);
	size_t end = span_find(rest, 0, (struct span){ (const uint8_t *)"", 1 });

	return end < rest.n ? span_sub(rest, 0, end) : (struct span){ 0 };
}

struct span fdt_text(struct span value)
{
	size_t end = span_find(value, 0, (struct span){ (const uint8_t *)"", 1 });

	return end < value.n ? span_sub(value, 0, end) : (struct span){ 0 };
}

void fdt_begin(const struct fdt *t, struct fdt_walk *w)
{
	*w = (struct fdt_walk){ .tree = t, .at = { .in = t->structure } };
}

static struct fdt_step begin(struct fdt_walk *w)
{
	struct span name = name_at(w->at.in, w->at.at);

	cursor_skip(&w->at, ((uint64_t)name.n + 4) / 4 * 4);
	if (w->at.ran_out || ++w->depth > FDT_DEEPEST)
		return (struct fdt_step){ .event = FDT_BROKEN };
	return (struct fdt_step){ .event = FDT_BEGIN, .depth = w->depth, .name = name };
}

static struct fdt_step property(struct fdt_walk *w)
{
	uint32_t size = cursor_be32(&w->at), name = cursor_be32(&w->at);
	uint64_t at = (uint64_t)(w->tree->structure.p - w->tree->in.p) + w->at.at;
	struct span value = cursor_span(&w->at, size);

	cursor_skip(&w->at, (4 - size % 4) % 4);
	if (w->at.ran_out)
		return (struct fdt_step){ .event = FDT_BROKEN };
	return (struct fdt_step){ .event = FDT_PROPERTY,
				  .depth = w->depth,
				  .name = name_at(w->tree->strings, name),
				  .value = value,
				  .offset = at };
}

static struct fdt_step token_step(struct fdt_walk *w, uint32_t token)
{
	if (token == TOKEN_BEGIN)
		return begin(w);
	if (token == TOKEN_PROPERTY && w->depth)
		return property(w);
	if (token == TOKEN_END && w->depth)
		return (struct fdt_step){ .event = FDT_END, .depth = w->depth-- };
	if (token == TOKEN_DONE && w->depth == 0)
		return (struct fdt_step){ .event = FDT_DONE };
	return (struct fdt_step){ .event = FDT_BROKEN };
}

struct fdt_step fdt_next(struct fdt_walk *w)
{
	uint64_t base = span_place(w->tree->in, w->tree->structure), nops = 0;

	while (w->steps++ < MOST_STEPS) {
		uint64_t from = base + w->at.at;
		uint32_t token = cursor_be32(&w->at);
		struct fdt_step step;

		if (w->at.ran_out)
			break;
		if (token == TOKEN_NOP) {
			nops += 4;
			continue;
		}
		step = token_step(w, token);
		step.from = from;
		step.to = base + w->at.at;
		step.nops = nops;
		return step;
	}
	return (struct fdt_step){ .event = FDT_BROKEN };
}
