/* page.c - see page.h. */
#include "report/page.h"

#include "tree/locator.h"

/* Our own marks and the "…" of shortened names are the only non-ASCII that evenhand writes. */
static void put_ascii(struct text *t, struct span s)
{
	static const char ellipsis[] = "\u2026";

	for (size_t at = 0; at < s.n;) {
		struct span rest = span_from(s, at);

		if (span_starts(rest, span_text(ellipsis))) {
			text_puts(t, "...");
			at += strlen(ellipsis);
		} else if (s.p[at] < 0x80) {
			text_char(t, (char)s.p[at++]);
		} else {
			text_format(t, "\\x%02x", s.p[at++]);
		}
	}
}

void page_said(const struct page *p, struct span escaped)
{
	if (p->view->utf8)
		text_put(p->out, escaped);
	else
		put_ascii(p->out, escaped);
}

void page_image(const struct page *p, struct span raw)
{
	struct text t = { 0 };

	text_escape(&t, raw, "");
	page_said(p, text_span(&t));
	p->out->failed |= t.failed;
	text_free(&t);
}

void page_locator(const struct page *p, const struct node *n)
{
	struct text t = { 0 };

	if (!n->parent)
		text_puts(&t, "image");
	locator_write(&t, n);
	page_said(p, text_span(&t));
	p->out->failed |= t.failed;
	text_free(&t);
}

void page_place(const struct page *p, const struct node *n)
{
	if (n->container)
		page_image(p, n->path);
	else
		page_locator(p, n);
}

unsigned page_column(const struct page *p)
{
	struct span s = text_span(p->out);
	size_t from = s.n;
	unsigned cells = 0;

	while (from > 0 && s.p[from - 1] != '\n')
		from--;
	for (size_t at = from; at < s.n;) {
		uint32_t code = 0;
		size_t n = utf8_decode(span_from(s, at), &code);

		if (code == 0x1b) {
			while (at < s.n && s.p[at] != 'm')
				at++;
			n = 1;
			code = 0;
		}
		cells += code ? (unsigned)code_point_width(code) : 0;
		at += n ? n : 1;
	}
	return cells;
}

void page_to(const struct page *p, unsigned column, bool apart)
{
	unsigned at = page_column(p);

	if (apart && at >= column)
		text_char(p->out, ' ');
	for (; at < column; at++)
		text_char(p->out, ' ');
}

void page_number_to(const struct page *p, uint64_t value, unsigned column)
{
	struct text t = { 0 };
	unsigned width;

	text_number(&t, value);
	width = (unsigned)t.n;
	page_to(p, column > width ? column - width : 0, true);
	text_put(p->out, text_span(&t));
	text_free(&t);
}

static const struct {
	const char *shape, *ascii, *word;
} shapes[] = {
	[OUTCOME_FAIL] = { "■ ", "# ", "fail" },
	[OUTCOME_REVIEW] = { "◐ ", "? ", "review" },
	[OUTCOME_NOT_EVALUABLE] = { "▨ ", "/ ", "not evaluable" },
	[OUTCOME_PASS] = { "✓ ", "+ ", "pass" },
	[OUTCOME_NOT_APPLICABLE] = { "– ", "- ", "not applicable" },
};

void page_shape(const struct page *p, enum outcome o)
{
	text_puts(p->out, p->view->utf8 ? shapes[o].shape : shapes[o].ascii);
}

const char *outcome_word(enum outcome o)
{
	return shapes[o].word;
}

void page_red(const struct page *p)
{
	if (p->view->colour)
		text_puts(p->out, "\x1b[1;31m");
}

void page_bold(const struct page *p)
{
	if (p->view->colour)
		text_puts(p->out, "\x1b[1m");
}

void page_plain(const struct page *p)
{
	if (p->view->colour)
		text_puts(p->out, "\x1b[0m");
}

const char *fault_words(const struct node *n, char *line, size_t size)
{
	static const char *const ends[] = {
		[FAULT_NONE] = "",
		[FAULT_SHORT] = "is cut short",
		[FAULT_BROKEN] = "does not agree",
		[FAULT_UNKNOWN] = "is not known",
		[FAULT_ENCRYPTED] = "is encrypted",
		[FAULT_LIMIT] = "reached its limit",
		[FAULT_QUARANTINED] = "died on it and was not run again",
		[FAULT_MEMORY] = "needs too much memory",
	};
	const struct fault *f = n->faults ? &n->faults->fault : NULL;

	if (!f)
		return NULL;
	snprintf(line, size, "%s %s", f->what ? f->what : fault_kind_name(f->kind), ends[f->kind]);
	return line;
}

/* A path that begins with "-" is never the first word of a command here. */
static bool is_bare(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       strchr("/._-+,:@%=", c);
}

static bool is_printable(uint8_t c)
{
	return c >= ' ' && c < 0x7f;
}

static bool all(struct span s, bool (*is)(uint8_t c))
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] == 0 || !is(s.p[i]))
			return false;
	return s.n > 0;
}

void shell_word(struct text *t, struct span raw)
{
	bool plain = all(raw, is_printable);

	if (all(raw, is_bare)) {
		text_put(t, raw);
		return;
	}
	text_puts(t, plain ? "'" : "$'");
	for (size_t i = 0; i < raw.n; i++) {
		uint8_t c = raw.p[i];

		if (plain && c == '\'')
			text_puts(t, "'\\''");
		else if (plain || (is_printable(c) && c != '\'' && c != '\\'))
			text_char(t, (char)c);
		else
			text_format(t, "\\x%02x", c);
	}
	text_char(t, '\'');
}

struct span page_held_back(const struct page *p, const struct fact *f)
{
	const struct account_fact *a = (const struct account_fact *)f;
	const struct secret_fact *x = (const struct secret_fact *)f;

	if (f && f->kind == FACT_SECRET)
		return p->view->reveal ? x->value : x->masked;
	if (f && f->kind == FACT_ACCOUNT && a->has_password && p->view->reveal)
		return a->password;
	return (struct span){ 0 };
}

void page_put_held_back(const struct page *p, const struct fact *f, unsigned indent)
{
	struct span held = page_held_back(p, f);

	if (held.n == 0)
		return;
	if (page_column(p) + 2 + held.n > PAGE_WIDTH) {
		text_char(p->out, '\n');
		page_to(p, indent, false);
	} else {
		text_puts(p->out, "  ");
	}
	page_image(p, held);
}
