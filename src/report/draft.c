/* draft.c - a declaration as a draft (DESIGN.md 7): what the image holds, with the reasons left
 * open. */
#include <stdlib.h>

#include "judge/declaration.h"
#include "report/report.h"

static int by_values(const void *a, const void *b)
{
	return declared_compare(a, b);
}

/* In single quotes nothing is special but the quote itself; the texts hold nothing but what can be
 * seen. */
static void put_value(struct text *out, struct span value)
{
	text_char(out, '\'');
	for (size_t at = 0; at < value.n;) {
		size_t mark = span_find(value, at, span_text("'"));
		size_t end = mark < value.n ? mark + 1 : value.n;

		text_put(out, span_sub(value, at, end - at));
		if (mark < value.n)
			text_char(out, '\'');
		at = end;
	}
	text_char(out, '\'');
}

static void put_row(struct text *out, const struct section_table *table,
		    const struct declared_row *row)
{
	const char *before = "  - ";

	for (size_t i = 0; i < table->count; i++) {
		if (row->value[i].n == 0)
			continue;
		text_format(out, "%s%s: ", before, table->fields[i].name);
		if (table->fields[i].form == FORM_TEXT || table->fields[i].form == FORM_MODE)
			put_value(out, row->value[i]);
		else
			text_put(out, row->value[i]);
		text_char(out, '\n');
		before = "    ";
	}
	text_puts(out, "    reason: ?\n");
}

static bool is_again(const struct declared_row *a, const struct declared_row *b)
{
	for (size_t i = 0; i < MOST_FIELDS; i++)
		if (!span_equal(a->value[i], b->value[i]))
			return false;
	return true;
}

/* Each row once: the same account may stand in several roots. */
static uint32_t put_section(struct text *out, const struct section_table *table,
			    struct declared_row *rows, uint32_t n)
{
	uint32_t put = 0;

	qsort(rows, n, sizeof(*rows), by_values);
	for (uint32_t i = 0; i < n; i++) {
		if (rows[i].value[0].n == 0 || (i && is_again(&rows[i - 1], &rows[i])))
			continue;
		if (put++ == 0)
			text_format(out, "\n%s:\n", table->name);
		put_row(out, table, &rows[i]);
	}
	return put;
}

static uint32_t rows_of(const struct report *r, enum section wanted, struct declared_row *rows,
			uint32_t room)
{
	const struct facts *f = r->facts;
	uint32_t n = 0;

	for (int k = 0; k < FACT_KINDS; k++)
		for (uint32_t i = 0; i < f->count[k] && n < room; i++) {
			enum section section;

			if (declared_row_of(f->of[k][i], f->arena, &section, &rows[n]) &&
			    section == wanted)
				n++;
		}
	return n;
}

void report_draft(const struct report *r, struct text *out, uint32_t counts[])
{
	uint32_t room = 0;
	struct declared_row *rows;

	for (int k = 0; k < FACT_KINDS; k++)
		room += r->facts->count[k];
	rows = arena_take(r->facts->arena, (uint64_t)room + 1, sizeof(*rows));
	text_puts(out,
		  "# What is meant to be in the image, and why. Fill in each reason, or remove "
		  "the thing from\n# the image. Texts stand as reports show them.\n"
		  "schema: " DECLARATION_SCHEMA "\n# image sha256 ");
	text_hex(out, (struct span){ r->image_sha256, SHA256_SIZE });
	text_char(out, '\n');
	if (!rows) {
		out->failed = true;
		return;
	}
	for (int s = 0; s < SECTION_EXCEPTIONS; s++)
		counts[s] = put_section(out, &section_tables[s], rows,
					rows_of(r, (enum section)s, rows, room));
	text_puts(out, "\n# Exceptions from verdicts, for --fail-on; each ends.\n"
		       "# exceptions:\n#   - check: SVC-01\n#     place: '/etc/inittab'\n"
		       "#     owner: 'who answers for it'\n#     expires: 2027-01-31\n"
		       "#     reason: 'why it may stay until then'\n");
}
