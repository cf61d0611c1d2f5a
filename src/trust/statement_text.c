/* statement_text.c - see statement_text.h. Texts of statements were written by others: they are
 * escaped. */
#include "trust/statement_text.h"

static void put_short(struct text *out, const uint8_t *sha256)
{
	text_hex(out, (struct span){ sha256, 8 });
	text_puts(out, "\u2026");
}

static void put_evaluation(struct text *out, const struct statement *s)
{
	const char *between = "";

	for (int end = 0; end < TEST_ENDS; end++) {
		text_puts(out, between);
		text_number(out, s->counts[end]);
		text_char(out, ' ');
		text_puts(out, end == TEST_NOT_EVALUABLE    ? "not evaluable"
			       : end == TEST_NOT_APPLICABLE ? "not applicable"
							    : test_end_name((enum test_end)end));
		between = ", ";
	}
}

/* -- what others wrote: between quotation marks. Whatever stands in it, no line of it can be taken
 * for one of ours, nor for the end of it: what goes on in the next line has a bar before it, no
 * line is longer than a terminal's, and of several blanks all but the first are escaped, as are
 * blanks of other kinds, ends of lines and quotation marks. -- */

#define WIDTH 80

/* Bytes and columns of what comes next: a character, or a byte that is escaped. */
static size_t next_piece(struct span s, unsigned *columns)
{
	uint32_t code = 0;
	size_t n = utf8_decode(s, &code);

	if (n == 0 || !code_point_visible(code) || code == '"') {
		*columns = 4;
		return 1;
	}
	*columns = code == '\\' ? 2 : (unsigned)code_point_width(code);
	return n;
}

static bool is_blank_at(struct span s, size_t at)
{
	return span_byte(s, at) == ' ';
}

/* Whether a line may end at the blank there: one alone, between words. */
static bool is_break(struct span s, size_t at)
{
	return is_blank_at(s, at) && at > 0 && at + 1 < s.n && !is_blank_at(s, at - 1) &&
	       !is_blank_at(s, at + 1);
}

static unsigned word_width(struct span s)
{
	unsigned all = 0, columns;

	for (size_t at = 0; at < s.n && !is_break(s, at); all += columns)
		at += next_piece(span_from(s, at), &columns);
	return all;
}

/* Of the last line, which is escaped already. */
static unsigned column_of(const struct text *out)
{
	struct span all = text_span(out);
	size_t from = out->n;
	unsigned columns = 0;

	while (from > 0 && out->p[from - 1] != '\n')
		from--;
	for (size_t at = from, n; at < all.n; at += n ? n : 1) {
		uint32_t code = 0;

		n = utf8_decode(span_from(all, at), &code);
		columns += (unsigned)code_point_width(code);
	}
	return columns;
}

static void put_piece(struct text *out, struct span all, size_t at, size_t n)
{
	if (is_blank_at(all, at) && !is_break(all, at))
		text_puts(out, at > 0 && !is_blank_at(all, at - 1) ? " " : "\\x20");
	else if (n == 1 && all.p[at] >= ' ' && all.p[at] < 0x7f && all.p[at] != '\\' &&
		 all.p[at] != '"')
		text_char(out, (char)all.p[at]);
	else
		text_escape(out, span_sub(all, at, n), "\"");
}

static void put_said(struct text *out, const char *before, struct span text)
{
	unsigned column, columns;

	text_puts(out, before);
	text_char(out, '"');
	column = column_of(out);
	for (size_t at = 0, n; at < text.n; at += n) {
		n = next_piece(span_from(text, at), &columns);
		if (is_blank_at(text, at) && !is_break(text, at))
			columns = 4;
		/* At a blank, where the next word would not fit; or anywhere in a word too long. */
		if (column + columns >= WIDTH ||
		    (is_break(text, at) &&
		     column + 1 + word_width(span_from(text, at + 1)) >= WIDTH)) {
			text_puts(out, "\n           | ");
			column = 13;
			if (is_break(text, at))
				continue;
		}
		put_piece(out, text, at, n);
		column += columns;
	}
	text_char(out, '"');
}

static void put_attached(struct text *out, const struct statement *s)
{
	if (s->attached_count == 0)
		return;
	text_puts(out, "\n             evidence: ");
	text_number(out, s->attached_count);
	text_puts(out, s->attached_count == 1 ? " file, by digest" : " files, by digest");
}

void statement_text(struct text *out, const struct statement *s)
{
	switch (s->kind) {
	case STATEMENT_EVALUATION:
		put_evaluation(out, s);
		text_puts(out, "\n             report sha256 ");
		put_short(out, s->file.sha256);
		break;
	case STATEMENT_COMPARISON:
		put_said(out, "two images: ", s->answer);
		break;
	case STATEMENT_DECLARATION:
		text_puts(out, "declared in sha256 ");
		put_short(out, s->file.sha256);
		break;
	case STATEMENT_RELEASE:
		put_said(out, "", s->vendor);
		put_said(out, " ", s->product);
		put_said(out, ", version ", s->release);
		break;
	case STATEMENT_CLAIM:
		put_said(out,
			 s->attached_count ? "alleged: " : "alleged without evidence: ", s->text);
		put_attached(out, s);
		break;
	case STATEMENT_RESPONSE:
		text_puts(out, "to ");
		put_short(out, s->pae_sha256);
		put_said(out, ": ", s->text);
		put_attached(out, s);
		break;
	default:
		text_puts(out, "of ");
		put_short(out, s->pae_sha256);
		put_said(out, ": ", s->text);
	}
	text_char(out, '\n');
}
