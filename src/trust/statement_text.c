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

/* Columns of what text_escape makes of it, at most. */
static size_t width_of(struct span s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < ' ' || s.p[i] == 0x7f)
			n += 4;
		else
			n += s.p[i] == '\\' ? 2 : (s.p[i] & 0xc0) != 0x80;
	return n;
}

/* Of the last line. */
static size_t column_of(const struct text *out)
{
	size_t from = out->n;

	while (from > 0 && out->p[from - 1] != '\n')
		from--;
	return width_of((struct span){ (const uint8_t *)out->p + from, out->n - from });
}

/* To where a line may be broken: a single blank between words. */
static size_t word_end(struct span s)
{
	for (size_t i = 1; i + 1 < s.n; i++)
		if (s.p[i] == ' ' && s.p[i - 1] != ' ' && s.p[i + 1] != ' ')
			return i;
	return s.n;
}

static void put_said(struct text *out, const char *before, struct span text)
{
	text_puts(out, before);
	while (text.n) {
		struct span word = span_head(text, word_end(text));

		text_escape(out, word, "");
		text = span_from(text, word.n);
		if (text.n == 0)
			break;
		text = span_from(text, 1);
		word = span_head(text, word_end(text));
		text_puts(out, column_of(out) + 1 + width_of(word) > 80 ? "\n             " : " ");
	}
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
