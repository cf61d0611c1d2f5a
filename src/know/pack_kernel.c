/* pack_kernel.c - rows of data/kernel-options.tsv, in the order of names. */
#include <stdlib.h>

#include "base/text.h"
#include "know/table.h"

enum { OPTION, WANTED, SINCE, UNTIL, ARCHITECTURES, CHECK, INSTEAD, MODULES, SIGN };

/* "4.19" or "4.19.7" as the kernel's own KERNEL_VERSION(a, b, c); NULL: not limited, 0. *parts
 * counts its numbers. */
static bool read_release(const struct table *t, uint32_t row, unsigned column, uint32_t *release,
			 unsigned *parts)
{
	const char *cell = table_cell(t, row, column);
	struct span one;

	*release = *parts = 0;
	for (size_t at = 0; cell && part_next(cell, '.', &at, &one); (*parts)++) {
		uint64_t n;
		size_t used;

		if (*parts == 3 || !span_number(one, 10, &n, &used) || used != one.n || n > 255)
			return table_refuse(t, row, "\"%.80s\" is no release", cell);
		*release |= (uint32_t)n << (16 - 8 * *parts);
	}
	return *parts != 1 || table_refuse(t, row, "\"%.80s\" is no release", cell);
}

/* A sign that begins with "=" is a name between NUL bytes. */
static bool take_sign(const struct table *t, uint32_t row, struct kernel_option *o)
{
	const char *sign = table_cell(t, row, SIGN);
	size_t n = sign ? strlen(sign) : 0;
	char *bare;

	o->sign = sign;
	o->sign_size = (uint16_t)n;
	if (!sign || sign[0] != '=')
		return true;
	if (n == 1)
		return table_refuse(t, row, "the sign is empty");
	bare = table_take(t, n + 2, 1);
	if (!bare)
		return false;
	memcpy(bare + 1, sign + 1, n - 1);
	o->sign = bare;
	o->sign_size = (uint16_t)(n + 1);
	return true;
}

static bool make_option(const struct table *t, uint32_t row, struct kernel_option *o)
{
	static const char *const wanted[] = { "y", "n", "any", NULL };
	int word = table_word(t, row, WANTED, wanted);
	unsigned parts;

	if (word < 0 || !read_release(t, row, SINCE, &o->since, &parts) ||
	    !read_release(t, row, UNTIL, &o->until, &parts))
		return false;
	if (parts == 2 && o->until)
		o->until |= 0xff;
	o->option = table_cell(t, row, OPTION);
	o->wanted = wanted[word][0];
	o->architectures = table_cell(t, row, ARCHITECTURES);
	o->check = table_cell(t, row, CHECK);
	o->instead = table_cell(t, row, INSTEAD);
	o->modules = table_cell(t, row, MODULES);
	return take_sign(t, row, o);
}

static int by_option(const void *a, const void *b)
{
	return strcmp(((const struct kernel_option *)a)->option,
		      ((const struct kernel_option *)b)->option);
}

static bool make_options(const struct table *t, struct pack *p)
{
	struct kernel_option *options = table_take(t, t->rows, sizeof(*options));

	for (uint32_t i = 0; options && i < t->rows; i++)
		if (!make_option(t, i, &options[i]))
			return false;
	if (!options)
		return false;
	if (t->rows)
		qsort(options, t->rows, sizeof(*options), by_option);
	for (uint32_t i = 1; i < t->rows; i++)
		if (by_option(&options[i - 1], &options[i]) == 0)
			return table_refuse(t, UINT32_MAX, "%.80s stands twice", options[i].option);
	p->kernel_options = options;
	p->kernel_options_count = t->rows;
	return true;
}

const struct table_kind table_kernel_options = {
	{ "option", "wanted", "*since", "*until", "*architectures", "*check", "*instead",
	  "*modules", "*sign" },
	make_options,
};
