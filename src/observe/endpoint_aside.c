/* endpoint_aside.c - what looks like an endpoint and is none: told by where it stands, and by a
 * table (data/endpoint-noise.tsv). */
#include "observe/endpoint.h"

#define LONGEST_BACK 1024 /* how far the line or string around a place is looked at */
#define MOST_WORDS   2    /* of a string of a program that is no sentence */

/* The line up to `at`, or what is near of it. */
static struct span line_before(struct span bytes, uint64_t at)
{
	uint64_t near = at < LONGEST_BACK ? at : LONGEST_BACK;
	struct span before = span_sub(bytes, at - near, near);
	const uint8_t *end = before.n ? memrchr(before.p, '\n', before.n) : NULL;

	return end ? span_from(before, (uint64_t)(end - before.p) + 1) : before;
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

bool endpoint_is_commented(struct search *x, uint64_t at)
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

/* Whether a rule of the table names an address; asked once a file. */
static bool names_addresses(struct search *x)
{
	if (x->knows_table)
		return x->table_has_addresses;
	x->knows_table = true;
	for (size_t i = 0; i < noise_rules_count; i++) {
		uint8_t octet[4];

		x->table_has_addresses |= address_read(span_text(noise_rules[i].host), octet);
	}
	return x->table_has_addresses;
}

static enum aside aside_of_table(struct search *x, const struct url *u)
{
	static const enum aside of[] = { [NOISE_NAMESPACE] = ASIDE_NAMESPACE,
					 [NOISE_LICENCE] = ASIDE_LICENCE,
					 [NOISE_PROJECT] = ASIDE_PROJECT,
					 [NOISE_EXAMPLE] = ASIDE_EXAMPLE };
	bool shown = !x->s->is_text || x->purpose == PURPOSE_WEB;

	if (u->is == HOST_ADDRESS && !names_addresses(x))
		return ASIDES;
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
	struct span line;

	if (!x->s->is_text)
		return false;
	line = line_before(x->s->bytes, span_place(x->s->bytes, u->raw));
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (span_starts(line, span_text(keys[i])))
			return true;
	return false;
}

/* Why an endpoint is not reported; ASIDES: it is. */
enum aside endpoint_aside(struct search *x, const struct url *u)
{
	enum aside table = aside_of_table(x, u);

	if (x->purpose == PURPOSE_DOCUMENT || x->purpose == PURPOSE_SOURCE ||
	    x->purpose == PURPOSE_LIST || names_a_page(x, u))
		return ASIDE_DOCUMENT;
	if (table != ASIDES)
		return table;
	if (u->is == HOST_SELF)
		return ASIDE_SELF;
	if (x->s->is_text && endpoint_is_commented(x, span_place(x->s->bytes, u->raw)))
		return ASIDE_COMMENT;
	if (!x->s->is_text && is_in_certificate(x->s->bytes, u))
		return ASIDE_CERTIFICATE;
	if ((u->scheme.n || u->is != HOST_ADDRESS) && names_a_format(x, u))
		return ASIDE_NAMESPACE;
	return is_prose(x, u) ? ASIDE_PROSE : ASIDES;
}
