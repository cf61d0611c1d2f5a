/* pack_requirement.c - rows of the tables for judging: data/requirements.tsv, eol.tsv, by-hand.tsv.
 */
#include <stdlib.h>

#include "base/text.h"
#include "know/table.h"

/* -- requirements -- */

enum { CATALOGUE, ID, TITLE, STATIC };

static bool make_requirements(const struct table *t, struct pack *p)
{
	static const char *const words[] = { "yes", "partly", "no", NULL };
	struct requirement *all = table_take(t, t->rows, sizeof(*all));

	if (t->rows > MOST_REQUIREMENTS)
		return table_refuse(t, MOST_REQUIREMENTS, "more than %d requirements",
				    MOST_REQUIREMENTS);
	for (uint32_t i = 0; all && i < t->rows; i++) {
		if (table_word(t, i, STATIC, words) < 0)
			return false;
		all[i] = (struct requirement){ table_cell(t, i, CATALOGUE), table_cell(t, i, ID),
					       table_cell(t, i, TITLE), table_cell(t, i, STATIC) };
	}
	p->requirements = all;
	p->requirements_count = t->rows;
	return all != NULL;
}

const struct table_kind table_requirements = {
	{ "catalogue", "id", "title", "static" },
	make_requirements,
};

/* -- support: by component, the longest branch first, so that the first that fits counts -- */

enum { COMPONENT, BRANCH, EOL, SOURCE };

struct numbered_row {
	struct support_row row;
	uint32_t number;
};

static int by_branch(const void *a, const void *b)
{
	const struct support_row *x = &((const struct numbered_row *)a)->row,
				 *y = &((const struct numbered_row *)b)->row;
	size_t n = strlen(x->branch), m = strlen(y->branch);
	int order = strcmp(x->component, y->component);

	if (order == 0)
		order = (n < m) - (n > m); /* that of every version has no letter, and comes last */
	return order ? order : strcmp(x->branch, y->branch);
}

static int by_branch_and_line(const void *a, const void *b)
{
	uint32_t x = ((const struct numbered_row *)a)->number,
		 y = ((const struct numbered_row *)b)->number;
	int order = by_branch(a, b);

	return order ? order : (x > y) - (x < y);
}

/* Digits as 2026-11-25, or a word. */
static bool is_end(const char *text)
{
	static const char form[] = "0000-00-00";
	static const char *const words[] = { "ended", "supported", "n/a" };
	size_t i = 0;

	for (size_t k = 0; k < sizeof(words) / sizeof(words[0]); k++)
		if (strcmp(text, words[k]) == 0)
			return true;
	while (form[i] && (form[i] == '-' ? text[i] == '-' : text[i] >= '0' && text[i] <= '9'))
		i++;
	return !form[i] && !text[i];
}

static bool make_support(const struct table *t, struct pack *p)
{
	struct numbered_row *all = table_take(t, t->rows, sizeof(*all));
	struct support_row *rows = table_take(t, t->rows, sizeof(*rows));

	for (uint32_t i = 0; all && i < t->rows; i++) {
		const char *branch = table_cell(t, i, BRANCH), *eol = table_cell(t, i, EOL),
			   *source = table_cell(t, i, SOURCE);

		if (!is_end(eol))
			return table_refuse(
				t, i, "eol \"%.80s\" is no day, ended, supported or n/a", eol);
		all[i].number = i;
		all[i].row = (struct support_row){ table_cell(t, i, COMPONENT),
						   strcmp(branch, "n/a") == 0 ? "" : branch, eol,
						   source, strstr(source, "memory ?") != NULL };
	}
	if (!all || !rows)
		return false;
	if (t->rows)
		qsort(all, t->rows, sizeof(*all), by_branch_and_line);
	for (uint32_t i = 0; i < t->rows; i++) {
		if (i && by_branch(&all[i - 1], &all[i]) == 0)
			return table_refuse(t, all[i].number, "%.80s %.80s stands twice",
					    all[i].row.component, all[i].row.branch);
		rows[i] = all[i].row;
	}
	p->support_rows = rows;
	p->support_rows_count = t->rows;
	return true;
}

const struct table_kind table_support = {
	{ "component", "branch", "eol", "source" },
	make_support,
};

/* -- what is done by hand, of requirements in use -- */

enum { HAND_CATALOGUE, HAND_ID, BY_HAND };

static bool is_required(const struct pack *p, const struct manual_step *step)
{
	for (size_t i = 0; i < p->requirements_count; i++)
		if (strcmp(p->requirements[i].catalogue, step->catalogue) == 0 &&
		    strcmp(p->requirements[i].id, step->id) == 0)
			return true;
	return false;
}

static bool make_by_hand(const struct table *t, struct pack *p)
{
	struct manual_step *steps = table_take(t, t->rows, sizeof(*steps));

	if (t->rows > MOST_REQUIREMENTS)
		return table_refuse(t, MOST_REQUIREMENTS, "more than %d steps", MOST_REQUIREMENTS);
	for (uint32_t i = 0; steps && i < t->rows; i++) {
		steps[i] = (struct manual_step){ table_cell(t, i, HAND_CATALOGUE),
						 table_cell(t, i, HAND_ID),
						 table_cell(t, i, BY_HAND) };
		if (!is_required(p, &steps[i]))
			return table_refuse(t, i, "%.80s %.80s is no requirement",
					    steps[i].catalogue, steps[i].id);
	}
	p->manual_steps = steps;
	p->manual_steps_count = t->rows;
	return steps != NULL;
}

const struct table_kind table_by_hand = {
	{ "catalogue", "id", "by_hand" },
	make_by_hand,
};
