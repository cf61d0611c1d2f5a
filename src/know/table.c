/* table.c - see table.h. */
#include "know/table.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdarg.h>

#include "base/hash.h"
#include "base/text.h"

#define MOST_LINE  (16u << 10)
#define MOST_ROWS  (1u << 20)
#define MOST_STEPS 100000

/* -- errors -- */

__attribute__((format(printf, 3, 0))) static bool refuse(const struct table *t, uint32_t line,
							 const char *format, va_list args)
{
	t->error->table = t->name;
	t->error->line = line;
	vsnprintf(t->error->what, sizeof(t->error->what), format, args);
	return false;
}

__attribute__((format(printf, 3, 4))) static bool refuse_line(const struct table *t, uint32_t line,
							      const char *format, ...)
{
	va_list args;

	va_start(args, format);
	refuse(t, line, format, args);
	va_end(args);
	return false;
}

bool table_refuse(const struct table *t, uint32_t row, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	refuse(t, row < t->rows ? t->lines[row] : 0, format, args);
	va_end(args);
	return false;
}

void *table_take(const struct table *t, uint64_t count, size_t size)
{
	void *room = arena_take(t->arena, count, size);

	if (!room)
		refuse_line(t, 0, "no memory");
	return room;
}

/* -- reading -- */

/* A control character or what is no UTF-8; NULL: none. */
static const char *strange(struct span line)
{
	uint32_t code;

	for (size_t at = 0, n; at < line.n; at += n) {
		n = utf8_decode(span_from(line, at), &code);
		if (n == 0)
			return "is not UTF-8";
		if ((code < 0x20 && code != '\t') || code == 0x7f)
			return code == '\r' ? "ends with a carriage return"
					    : "has a control character";
	}
	return line.n > MOST_LINE ? "is too long" : NULL;
}

/* Parts the line into cells, in its copy. */
static uint32_t part(char *line, const char **cells, uint32_t most)
{
	uint32_t n = 0;

	for (char *end; line; line = end) {
		end = strchr(line, '\t');
		if (end)
			*end++ = 0;
		if (n < most)
			cells[n] = line;
		n++;
	}
	return n;
}

static const char *column_name(const struct table_kind *kind, unsigned column)
{
	const char *name = kind->columns[column];

	return name + (name[0] == '*' || name[0] == '=');
}

static bool take_head(struct table *t, uint32_t line)
{
	for (uint32_t i = 0; i < t->columns; i++)
		for (uint32_t k = 0; k < i; k++)
			if (strcmp(t->head[i], t->head[k]) == 0)
				return refuse_line(t, line, "column \"%s\" stands twice",
						   t->head[i]);
	for (uint32_t i = 0; i < MOST_COLUMNS && t->kind->columns[i]; i++) {
		const char *wanted = column_name(t->kind, i);
		uint32_t k = 0;

		while (k < t->columns && strcmp(t->head[k], wanted) != 0)
			k++;
		if (k == t->columns)
			return refuse_line(t, line, "the head has no column \"%s\"", wanted);
		t->place[i] = (uint8_t)k;
	}
	return true;
}

/* Every cell that is used holds something; a dash says that it does not, where that is foreseen. */
static bool is_whole(struct table *t, uint32_t row)
{
	for (unsigned i = 0; i < MOST_COLUMNS && t->kind->columns[i]; i++) {
		const char *cell = t->cells[(size_t)row * t->columns + t->place[i]];
		bool may_be_dash = column_name(t->kind, i) != t->kind->columns[i];

		if (!cell[0] || (!may_be_dash && strcmp(cell, "-") == 0))
			return refuse_line(t, t->lines[row], "%s is empty",
					   column_name(t->kind, i));
	}
	return true;
}

static bool take_line(struct table *t, uint32_t number, char *line)
{
	const char *cells[MOST_COLUMNS];
	uint32_t n = part(line, cells, MOST_COLUMNS);

	if (!t->columns) {
		if (n > MOST_COLUMNS)
			return refuse_line(t, number, "the head has more than %d cells",
					   MOST_COLUMNS);
		t->columns = n;
		memcpy(t->head, cells, n * sizeof(cells[0]));
		return take_head(t, number);
	}
	if (n != t->columns)
		return refuse_line(t, number, "%u cell%s, the head has %u", n, n == 1 ? "" : "s",
				   t->columns);
	memcpy(t->cells + (size_t)t->rows * n, cells, n * sizeof(cells[0]));
	t->lines[t->rows++] = number;
	return is_whole(t, t->rows - 1);
}

/* Lines that begin with "# provenance", without their mark. */
static void add_provenance(struct text *t, struct span line)
{
	line = span_from(line, 1);
	while (span_byte(line, 0) == ' ' || span_byte(line, 0) == '\t')
		line = span_from(line, 1);
	while (line.n && (line.p[line.n - 1] == ' ' || line.p[line.n - 1] == '\t'))
		line.n--;
	if (!span_starts(line, span_text("provenance")))
		return;
	if (t->n)
		text_char(t, '\n');
	text_put(t, line);
}

static bool line_at(struct span bytes, size_t *at, struct span *line)
{
	const uint8_t *end;

	if (*at >= bytes.n)
		return false;
	*line = span_from(bytes, *at);
	end = memchr(line->p, '\n', line->n);
	if (end)
		line->n = (size_t)(end - line->p);
	*at += line->n + 1;
	return true;
}

/* Room for the cells, by the number of lines and the width of the head. */
static bool make_room(struct table *t, struct span bytes)
{
	struct span line, head = { 0 };
	size_t lines = 0, columns = 1;

	for (size_t at = 0; line_at(bytes, &at, &line); lines++)
		if (!head.n && line.n && line.p[0] != '#')
			head = line;
	for (size_t i = 0; i < head.n; i++)
		columns += head.p[i] == '\t';
	if (lines > MOST_ROWS)
		return refuse_line(t, 0, "more than %u lines", MOST_ROWS);
	if (columns > MOST_COLUMNS)
		columns = MOST_COLUMNS;
	t->cells = table_take(t, lines * columns, sizeof(*t->cells));
	t->lines = table_take(t, lines, sizeof(*t->lines));
	return t->cells && t->lines;
}

bool table_read(struct table *t, struct span bytes)
{
	struct text provenance = { 0 };
	struct span line;
	uint32_t number = 0;
	bool ok = make_room(t, bytes);

	for (size_t at = 0; ok && line_at(bytes, &at, &line);) {
		const char *wrong = strange(line);
		char *copy;

		number++;
		if (wrong)
			ok = refuse_line(t, number, "the line %s", wrong);
		else if (line.n && line.p[0] == '#')
			add_provenance(&provenance, line);
		else if (line.n && (copy = arena_text(t->arena, line)))
			ok = take_line(t, number, copy);
		else if (line.n)
			ok = refuse_line(t, 0, "no memory");
	}
	if (ok && !t->columns)
		ok = refuse_line(t, 0, "has no head: a line with the names of the columns");
	text_char(&provenance, 0);
	t->provenance = table_keep(t, &provenance);
	return ok && t->provenance;
}

const char *table_digest(const struct table *t)
{
	uint8_t digest[SHA256_SIZE];
	struct sha256_run *run = sha256_begin();
	struct text hex = { 0 };

	if (!run) {
		refuse_line(t, 0, "no memory");
		return NULL;
	}
	for (uint32_t i = 0; i < t->rows; i++) {
		sha256_add(run, span_text(t->name));
		for (uint32_t k = 0; k < t->columns; k++) {
			if (strcmp(t->head[k], "remark") == 0 || strcmp(t->head[k], "line") == 0)
				continue;
			sha256_add(run, span_text("\t"));
			sha256_add(run, span_text(t->cells[(size_t)i * t->columns + k]));
		}
		sha256_add(run, span_text("\n"));
	}
	sha256_end(run, digest);
	sha256_drop(run);
	text_hex(&hex, (struct span){ digest, sizeof(digest) });
	return table_keep(t, &hex);
}

/* -- cells -- */

const char *table_cell(const struct table *t, uint32_t row, unsigned column)
{
	const char *cell = t->cells[(size_t)row * t->columns + t->place[column]];

	return t->kind->columns[column][0] == '*' && strcmp(cell, "-") == 0 ? NULL : cell;
}

int table_word(const struct table *t, uint32_t row, unsigned column, const char *const *words)
{
	const char *cell = table_cell(t, row, column);

	for (int i = 0; cell && words[i]; i++)
		if (strcmp(cell, words[i]) == 0)
			return i;
	table_refuse(t, row, "%s \"%.80s\" is not known", column_name(t->kind, column),
		     cell ? cell : "-");
	return -1;
}

const char *table_keep(const struct table *t, struct text *text)
{
	const char *kept = text->failed ? NULL : arena_text(t->arena, text_span(text));

	text_free(text);
	if (!kept)
		refuse_line(t, 0, "no memory");
	return kept;
}

const char *table_unescape(const struct table *t, const char *text, bool tabs)
{
	struct text out = { 0 };

	for (; *text; text++) {
		bool is_end = text[0] == '\\' && text[1] == 'n';
		bool is_tab = tabs && text[0] == '\\' && text[1] == 't';

		text_char(&out, (char)(is_end ? '\n' : is_tab ? '\t' : *text));
		text += is_end || is_tab;
	}
	return table_keep(t, &out);
}

bool part_next(const char *text, char mark, size_t *at, struct span *part)
{
	const char *end;
	size_t n = strlen(text);

	if (*at > n)
		return false;
	end = strchr(text + *at, mark);
	*part = (struct span){ (const uint8_t *)text + *at,
			       end ? (size_t)(end - text) - *at : n - *at };
	*at += part->n + 1;
	return true;
}

/* -- expressions -- */

struct trial table_try(const char *pattern, const char *yes, const char *no)
{
	struct trial result = { .captures = -1 };
	int error, groups;
	PCRE2_SIZE at, *ends;
	uint32_t captures = 0;
	pcre2_code *code = pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED,
					 PCRE2_MULTILINE, &error, &at, NULL);
	pcre2_match_context *limits = pcre2_match_context_create(NULL);
	pcre2_match_data *match = code ? pcre2_match_data_create_from_pattern(code, NULL) : NULL;

	if (!code)
		pcre2_get_error_message(error, (PCRE2_UCHAR *)result.why, sizeof(result.why));
	if (match && limits) {
		pcre2_set_match_limit(limits, MOST_STEPS);
		pcre2_pattern_info(code, PCRE2_INFO_CAPTURECOUNT, &captures);
		result.captures = (int)captures;
		result.no = pcre2_match(code, (PCRE2_SPTR)no, strlen(no), 0, 0, match, limits) > 0;
		groups = pcre2_match(code, (PCRE2_SPTR)yes, strlen(yes), 0, 0, match, limits);
		result.yes = groups > 0;
		ends = pcre2_get_ovector_pointer(match);
		for (int i = 1; i < groups; i++)
			result.has_captured |=
				ends[2 * i] != PCRE2_UNSET && ends[2 * i + 1] > ends[2 * i];
	}
	pcre2_match_data_free(match);
	pcre2_match_context_free(limits);
	pcre2_code_free(code);
	return result;
}
