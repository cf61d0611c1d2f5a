/* endpoint.c - hosts, addresses and URLs that an image names: in configuration, scripts, pages and
 * programs. What speaks to people, or only names a format, is counted and set aside: why is told by
 * a table (data/endpoint-noise.tsv) and by purpose.c. */
#include "observe/endpoint.h"

#define MOST_FOUND   256 /* in one file */
#define MOST_OF_TREE 16384
#define MOST_TRIED   1024 /* URLs of one file that are looked at */
#define LONGEST_BACK 1024 /* how far the line or string around a place is looked at */
#define MOST_WORDS   2    /* of a string of a program that is no sentence */

static const char *const asides[ASIDES] = {
	[ASIDE_DOCUMENT] = "in documents",      [ASIDE_COMMENT] = "commented out",
	[ASIDE_PROSE] = "within sentences",     [ASIDE_CERTIFICATE] = "in certificates",
	[ASIDE_NAMESPACE] = "names of formats", [ASIDE_LICENCE] = "licences",
	[ASIDE_PROJECT] = "pages of projects",  [ASIDE_EXAMPLE] = "examples",
	[ASIDE_SELF] = "the device itself",     [ASIDE_BOUND] = "beyond what is kept",
};

/* What one leaf sets aside, until relate counts it: the value names why, the port how often. */
static const char set_aside[] = "set-aside";

static bool has_it(const struct node *n, struct span value)
{
	for (const struct fact *f = n->facts; f; f = f->next)
		if (f->kind == FACT_ENDPOINT &&
		    span_equal(((const struct endpoint_fact *)f)->value, value))
			return true;
	return false;
}

static void put_lower(struct text *t, struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		text_char(t, (char)(s.p[i] | (s.p[i] >= 'A' && s.p[i] <= 'Z' ? 0x20 : 0)));
}

/* Scheme and host are the same in capitals and small letters. */
static void put_value(struct text *t, const struct url *u, uint64_t *host)
{
	bool is_url = u->scheme.n > 0;
	bool bracketed = is_url && span_find(u->host, 0, span_text(":")) != SIZE_MAX;

	put_lower(t, u->scheme);
	text_puts(t, is_url ? "://" : "");
	text_puts(t, bracketed ? "[" : "");
	*host = t->n;
	put_lower(t, u->host);
	text_puts(t, bracketed ? "]" : "");
	if (u->port && is_url)
		text_format(t, ":%u", u->port);
	text_put(t, u->path);
}

static void add(struct search *x, const char *kind, const struct url *u)
{
	struct scene *s = x->s;
	struct endpoint_fact *f;
	struct text t = { 0 };
	uint64_t host = 0, at = span_place(s->bytes, u->raw);

	put_value(&t, u, &host);
	if (t.failed || has_it(s->node, text_span(&t))) {
		text_free(&t);
		return;
	}
	f = x->found < MOST_FOUND ? fact_new(s->bench->arena, s->node, FACT_ENDPOINT, at, u->raw.n)
				  : NULL;
	x->aside[ASIDE_BOUND] += x->found >= MOST_FOUND;
	if (f) {
		f->f.line = scene_line(s, at);
		f->endpoint_kind = kind;
		f->value = arena_copy(s->bench->arena, text_span(&t));
		f->scheme = u->use ? span_text(u->use) : span_head(f->value, u->scheme.n);
		f->host = span_sub(f->value, host, u->host.n);
		f->port = u->port;
		x->found++;
	}
	text_free(&t);
}

/* -- what is set aside -- */

/* The line up to `at`, or what is near of it. */
static struct span line_before(struct span bytes, uint64_t at)
{
	uint64_t from = at;

	while (from > 0 && at - from < LONGEST_BACK && bytes.p[from - 1] != '\n')
		from--;
	return span_sub(bytes, from, at - from);
}

static struct span trim_left(struct span s)
{
	while (s.n && (s.p[0] == ' ' || s.p[0] == '\t'))
		s = span_from(s, 1);
	return s;
}

/* A mark behind white space, outside of quotes. */
static bool has_mark(struct span line, const char *mark)
{
	size_t n = strlen(mark);
	int quote = 0;

	for (size_t i = 0; i + n <= line.n; i++) {
		int c = line.p[i];

		if (quote) {
			quote = c == quote ? 0 : quote;
		} else if (c == '"' || c == '\'') {
			quote = c;
		} else if (memcmp(line.p + i, mark, n) == 0 &&
			   (i == 0 || is_any(line.p[i - 1], " \t;}"))) {
			return true;
		}
	}
	return false;
}

/* Comments of pages, styles and their scripts may go over many lines. */
static void follow_blocks(struct search *x, uint64_t to)
{
	static const struct {
		const char *open, *close;
	} blocks[] = { { "/*", "*/" }, { "<!--", "-->" } };
	struct span all = span_head(x->s->bytes, to);

	for (uint64_t i = x->read; i < all.n; i++) {
		struct span rest = span_from(all, i);
		int before = i ? all.p[i - 1] : '\n';

		if (rest.p[0] != '/' && rest.p[0] != '<' && rest.p[0] != '*' && rest.p[0] != '-')
			continue;
		for (size_t k = 0; k < 2; k++) {
			if (x->in_comment && span_starts(rest, span_text(blocks[k].close)))
				x->in_comment = false;
			else if (!x->in_comment && is_any(before, " \t\r\n;{}),>") &&
				 span_starts(rest, span_text(blocks[k].open)))
				x->in_comment = true;
		}
	}
	x->read = to;
}

static bool is_commented_out(struct search *x, uint64_t at)
{
	static const char *const marks[] = { "#", ";", "//", "/*", "* ", "--", "<!--", "! " };
	struct span line = line_before(x->s->bytes, at), text = trim_left(line);
	bool web = x->purpose == PURPOSE_WEB;

	for (size_t i = web ? 2 : 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		if (span_starts(text, span_text(marks[i])))
			return true;
	if (!web)
		return has_mark(line, "#");
	if (at > x->read)
		follow_blocks(x, at);
	return x->in_comment || has_mark(line, "//");
}

/* GeneralName URI and IA5String: the length stands before the text. What follows may look like more
 * of it. */
static bool is_in_certificate(struct span bytes, const struct url *u)
{
	uint64_t at = span_place(bytes, u->raw);
	int tag = at > 1 ? span_byte(bytes, at - 2) : -1, length = at > 1 ? bytes.p[at - 1] : 0;

	return (tag == 0x86 || tag == 0x16) && length > 6 && length < 0x80;
}

static unsigned words_of(struct span s)
{
	unsigned words = 0, letters = 0;

	for (size_t i = 0; i <= s.n; i++) {
		int c = span_byte(s, i);

		if ((c | 0x20) >= 'a' && (c | 0x20) <= 'z' && c > 0) {
			letters++;
			continue;
		}
		words += letters >= 2 && (c == ' ' || c == -1 || c == ',' || c == '.' || c == ':');
		letters = 0;
	}
	return words;
}

static bool names_command(struct span s)
{
	static const char *const commands[] = { "wget ",   "curl ",   "tftp ",
						"ftpget ", "ftpput ", "mount ",
						"opkg ",   "rsync ",  "uclient-fetch " };

	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (span_find(s, 0, span_text(commands[i])) != SIZE_MAX)
			return true;
	return false;
}

/* An attribute's value: src="http://... */
static bool is_attribute(struct span before)
{
	int last = span_byte(before, before.n - 1);

	return (last == '"' || last == '\'') && span_byte(before, before.n - 2) == '=';
}

/* A string of a program that is a sentence, or a text of a page beside its attributes and scripts.
 */
static bool is_prose(const struct search *x, const struct url *u)
{
	uint64_t at = span_place(x->s->bytes, u->raw), begin = at;
	struct span before, all;

	if (x->purpose == PURPOSE_WEB) {
		int c = at ? span_byte(x->s->bytes, at - 1) : ' ';

		return c == ' ' || c == '>' || c == '\n' || c == '\t';
	}
	if (x->s->is_text)
		return span_ends(node_name(x->s->node), span_text(".txt")) &&
		       words_of(line_before(x->s->bytes, at)) > 2;
	all = string_around(x->s->bytes, at, &begin);
	before = span_head(all, at - begin);
	if (is_attribute(before) || names_command(before))
		return false;
	if (span_starts(all, span_text("author=")) || span_starts(all, span_text("description=")))
		return true; /* of a kernel module */
	return words_of(before) + words_of(span_from(all, before.n + u->raw.n)) > MOST_WORDS;
}

/* xmlns="...", and what a document type is told by. */
static bool names_a_format(const struct search *x, const struct url *u)
{
	static const char *const marks[] = { "xmlns",    "targetNamespace", "schemaLocation",
					     "!DOCTYPE", "!ENTITY",         "namespace" };
	struct span line = line_before(x->s->bytes, span_place(x->s->bytes, u->raw));
	struct span near = line.n > 96 ? span_from(line, line.n - 96) : line;
	size_t at = SIZE_MAX;

	for (size_t i = near.n; i > 0 && at == SIZE_MAX; i--)
		if (near.p[i - 1] == ' ' || near.p[i - 1] == '<')
			at = i;
	near = at == SIZE_MAX ? near : span_from(near, at);
	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		if (span_starts(near, span_text(marks[i])) ||
		    (marks[i][0] == '!' && span_find(line, 0, span_text(marks[i])) != SIZE_MAX))
			return true;
	return span_ends(u->path, span_text(".xsd")) || span_ends(u->path, span_text(".dtd"));
}

static bool is_host_of_rule(struct span host, const char *rule)
{
	struct span wanted = span_text(rule);
	struct span bare = rule[0] == '.' ? span_from(wanted, 1) : wanted;
	struct span tail;

	if (host.n < bare.n || (rule[0] != '.' && host.n != bare.n))
		return false;
	tail = span_from(host, host.n - bare.n);
	for (size_t i = 0; i < bare.n; i++)
		if ((tail.p[i] | (tail.p[i] >= 'A' && tail.p[i] <= 'Z' ? 0x20 : 0)) != bare.p[i])
			return false;
	return host.n == bare.n || host.p[host.n - bare.n - 1] == '.';
}

static enum aside aside_of_table(const struct search *x, const struct url *u)
{
	static const enum aside of[] = { [NOISE_NAMESPACE] = ASIDE_NAMESPACE,
					 [NOISE_LICENCE] = ASIDE_LICENCE,
					 [NOISE_PROJECT] = ASIDE_PROJECT,
					 [NOISE_EXAMPLE] = ASIDE_EXAMPLE };
	bool shown = !x->s->is_text || x->purpose == PURPOSE_WEB;

	for (size_t i = 0; i < noise_rules_count; i++) {
		const struct noise_rule *r = &noise_rules[i];

		if ((r->anywhere || shown) && is_host_of_rule(u->host, r->host) &&
		    span_starts(u->path, span_text(r->path)))
			return of[r->noise];
	}
	return ASIDES;
}

/* Units and packages name the pages that describe them. */
static bool names_a_page(const struct search *x, const struct url *u)
{
	static const char *const keys[] = { "Documentation=", "Homepage:", "HOME_URL=", "Url:" };
	struct span line = line_before(x->s->bytes, span_place(x->s->bytes, u->raw));

	for (size_t i = 0; x->s->is_text && i < sizeof(keys) / sizeof(keys[0]); i++)
		if (span_starts(line, span_text(keys[i])))
			return true;
	return false;
}

/* Why an endpoint is not reported; ASIDES: it is. */
static enum aside aside_of(struct search *x, const struct url *u)
{
	enum aside table = aside_of_table(x, u);

	if (x->purpose == PURPOSE_DOCUMENT || x->purpose == PURPOSE_SOURCE ||
	    x->purpose == PURPOSE_LIST || names_a_page(x, u))
		return ASIDE_DOCUMENT;
	if (table != ASIDES)
		return table;
	if (u->is == HOST_SELF)
		return ASIDE_SELF;
	if (x->s->is_text && is_commented_out(x, span_place(x->s->bytes, u->raw)))
		return ASIDE_COMMENT;
	if (!x->s->is_text && is_in_certificate(x->s->bytes, u))
		return ASIDE_CERTIFICATE;
	if (names_a_format(x, u))
		return ASIDE_NAMESPACE;
	return is_prose(x, u) ? ASIDE_PROSE : ASIDES;
}

void endpoint_take(struct search *x, const char *kind, const struct url *u)
{
	enum aside aside = aside_of(x, u);

	if (aside == ASIDES)
		add(x, kind, u);
	else
		x->aside[aside]++;
}

void endpoint_unchecked(struct search *x, struct span where)
{
	struct url u = { .raw = where, .path = where };

	if (!x->s->is_text || !is_commented_out(x, span_place(x->s->bytes, where)))
		add(x, "unchecked", &u);
}

/* -- one leaf -- */

static void look_at_mark(struct search *x, uint64_t mark)
{
	struct url u;

	if (x->tried >= MOST_TRIED) {
		x->aside[ASIDE_BOUND]++;
		return;
	}
	x->tried++;
	if (!url_around(x->s->bytes, mark, &u) || (u.is == HOST_WORD && !x->s->is_text))
		return;
	endpoint_take(x, "url", &u);
}

/* Whether one of the words parted by "|" follows within a few bytes. */
static bool follows(struct span behind, const char *words)
{
	struct span rest = span_text(words);

	behind = span_head(behind, 16);
	behind = span_head(behind, span_find(behind, 0, span_text("\n")));
	while (rest.n) {
		if (span_find(behind, 0, field_next(&rest, '|')) != SIZE_MAX)
			return true;
	}
	return false;
}

/* -k among the short options of curl. */
static bool is_k(struct span option)
{
	return span_byte(option, 0) == '-' && is_any(span_byte(option, 1), "fgikILsSvk") &&
	       span_find(option, 0, span_text("k")) != SIZE_MAX;
}

/* The options of a command up to its end. */
static void look_at_curl(struct search *x, uint64_t at)
{
	struct span rest = span_head(span_from(x->s->bytes, at), LONGEST_BACK);

	for (size_t i = 0; i < rest.n; i++)
		if (rest.p[i] < ' ' || is_any(rest.p[i], "|;&>"))
			rest.n = i;
	while (rest.n) {
		struct span word = field_next(&rest, ' ');

		if (!is_k(word))
			continue;
		endpoint_unchecked(x, word);
		return;
	}
}

/* A text that switches the check off, or a command within a program. curl and wget themselves only
 * describe it. */
static void look_at_unchecked(struct search *x, const struct unchecked_mark *mark, uint64_t end)
{
	struct span bytes = x->s->bytes;
	uint64_t at = end - strlen(mark->text), begin = at;
	struct span before;

	if (x->purpose != PURPOSE_WORKING || x->tried++ >= MOST_TRIED ||
	    (mark->then && !follows(span_from(bytes, end), mark->then)))
		return;
	if (mark->text[strlen(mark->text) - 1] == '-') {
		look_at_curl(x, end - 1);
		return;
	}
	if (!x->s->is_text) {
		before = string_around(bytes, at, &begin);
		before = span_head(before, at - begin);
		if (!mark->command || span_find(before, 0, span_text(mark->command)) == SIZE_MAX)
			return;
	}
	endpoint_unchecked(x, span_sub(bytes, at, strlen(mark->text)));
}

static void keep_aside(const struct search *x)
{
	for (int i = 0; i < ASIDES; i++) {
		struct endpoint_fact *f =
			x->aside[i] ? fact_new(x->s->bench->arena, x->s->node, FACT_ENDPOINT, 0, 0)
				    : NULL;

		if (!f)
			continue;
		f->endpoint_kind = set_aside;
		f->value = span_text(asides[i]);
		f->port = x->aside[i];
	}
}

static void look(struct scene *s)
{
	struct search x = { .s = s, .purpose = purpose_of(s->node) };

	for (uint32_t i = 0; i < s->hit_count; i++) {
		const struct hit *h = &s->hits[i];

		if (h->owner == OWNER_ENDPOINT && h->row == 0)
			look_at_mark(&x, h->end - 3);
		else if (h->owner == OWNER_ENDPOINT)
			look_at_unchecked(&x, &unchecked_marks[h->row - 1], h->end);
	}
	x.read = 0;
	x.in_comment = false;
	if (x.purpose == PURPOSE_WORKING && s->is_text)
		endpoints_of_text(&x);
	else if (x.purpose == PURPOSE_WORKING)
		endpoints_of_program(&x);
	keep_aside(&x);
}

const struct observer observe_endpoints = { "endpoints", look };

/* -- the whole image -- */

struct tally {
	uint64_t all, aside[ASIDES];
	uint32_t kept;
};

static void count_aside(struct tally *t, struct endpoint_fact *f)
{
	for (int i = 0; i < ASIDES; i++)
		if (span_is(f->value, asides[i]))
			t->aside[i] += f->port;
	t->all += f->port;
	f->f.node = NULL;
}

static void take_node(struct tally *t, struct node *n)
{
	bool sweep = false;

	for (struct fact *f = n->facts; f; f = f->next) {
		struct endpoint_fact *e = (struct endpoint_fact *)f;

		if (f->kind != FACT_ENDPOINT)
			continue;
		if (e->endpoint_kind == set_aside) {
			count_aside(t, e);
		} else if (t->kept == MOST_OF_TREE) {
			t->aside[ASIDE_BOUND]++;
			t->all++;
			f->node = NULL;
		} else {
			t->kept++;
		}
		sweep |= !f->node;
	}
	if (sweep)
		facts_sweep(n);
}

/* One fact of the image says how much was set aside, and why: "381: in documents 312, ..." */
void relate_endpoints(struct tree *t, struct arena *a)
{
	struct tally tally = { 0 };
	struct endpoint_fact *f;
	struct text value = { 0 };
	const char *comma = ": ";

	for (uint32_t i = 0; i < t->count; i++)
		take_node(&tally, t->nodes[i]);
	if (tally.all == 0)
		return;
	f = fact_new(a, t->image, FACT_ENDPOINT, 0, 0);
	text_format(&value, "%llu", (unsigned long long)tally.all);
	for (int i = 0; i < ASIDES; i++) {
		if (tally.aside[i] == 0)
			continue;
		text_format(&value, "%s%s %llu", comma, asides[i],
			    (unsigned long long)tally.aside[i]);
		comma = ", ";
	}
	if (f) {
		f->endpoint_kind = set_aside;
		f->value = arena_copy(a, text_span(&value));
	}
	text_free(&value);
}
