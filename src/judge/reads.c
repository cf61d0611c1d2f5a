/* reads.c - what a check may look at. Each states the kinds of facts that it reads; the others are
 * hidden from it while it judges, so that `evenhand checks --why-neutral` is true by construction.
 * What an image says of its maker (identity) is hidden from every check that does not state it. */
#include "judge/reads.h"

#define MARKS (READS(EXECUTABLE) | READS(COMPONENT))

/* A check that states nothing sees all but the maker: a test demands that there is none. */
static uint32_t stated(const struct check *check)
{
	return check->reads ? check->reads : ~READS(IDENTITY);
}

bool reads_show(const struct case_file *c, const struct premises *p, const struct check *check,
		struct view *v)
{
	uint32_t reads = stated(check);

	v->c = *c;
	v->p = *p;
	v->facts = *c->facts;
	v->options = *c->options;
	v->c.facts = &v->facts;
	v->c.options = &v->options;
	for (int kind = 0; kind < FACT_LISTS; kind++)
		if (!(reads & 1u << kind))
			v->facts.count[kind] = 0;
	if (!(reads & READS_DATE))
		v->options.as_of = NULL;
	if ((reads & MARKS) != MARKS)
		v->p.marks = arena_take(c->arena, c->tree->count, 1);
	return v->p.marks != NULL;
}

const char *reads_name(uint32_t bit)
{
	if (bit == READS_TREE)
		return "names, kinds, sizes, modes and owners of files";
	if (bit == READS_GAPS)
		return "bytes that were not understood";
	if (bit == READS_DATE)
		return "the date that was given";
	for (int kind = 0; kind < FACT_LISTS; kind++)
		if (bit == 1u << kind)
			return fact_tables[kind].list;
	return NULL;
}
