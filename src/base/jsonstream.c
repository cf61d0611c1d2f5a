/* jsonstream.c - see jsonstream.h. Speed comes from two loops: the end of a string is found by
 * memchr, and values that are skipped are only counted by their brackets. */
#include "base/jsonstream.h"

#include "base/text.h"

void json_stream_start(struct json_stream *s)
{
	s->at = s->end = 0;
	s->before = 0;
	s->depth = 0;
	s->begun = 0;
	s->ended = false;
	s->fault = fine;
}

static bool fail(struct json_stream *s, enum fault_kind kind, const char *what)
{
	if (s->fault.kind == FAULT_NONE)
		s->fault = fault_at(kind, s->before + s->at, what, 0, 0);
	s->ended = true;
	s->at = s->end;
	return false;
}

/* Drops what stands before `keep` and reads on behind the rest. False at the end of the text, or
 * where the window is full. */
static bool read_on(struct json_stream *s, size_t keep)
{
	size_t n;

	if (s->ended)
		return false;
	memmove(s->window, s->window + keep, s->end - keep);
	s->before += keep;
	s->at -= keep;
	s->end -= keep;
	if (s->end == s->size)
		return false;
	n = s->more(s->ctx, s->window + s->end, s->size - s->end);
	s->end += n;
	s->ended = n == 0;
	return n > 0;
}

/* The next byte that is no blank, or -1; it is not taken. */
static int next_byte(struct json_stream *s)
{
	for (;;) {
		while (s->at < s->end) {
			int c = s->window[s->at];

			if (c != ' ' && c != '\n' && c != '\r' && c != '\t')
				return c;
			s->at++;
		}
		if (!read_on(s, s->at))
			return -1;
	}
}

enum json_token json_peek(struct json_stream *s)
{
	switch (next_byte(s)) {
	case -1:
		return JSON_END;
	case '{':
		return JSON_IS_OBJECT;
	case '[':
		return JSON_IS_ARRAY;
	case '"':
		return JSON_IS_STRING;
	default:
		return JSON_IS_OTHER;
	}
}

static bool enter(struct json_stream *s, int mark)
{
	if (next_byte(s) != mark) {
		json_skip(s);
		return false;
	}
	if (s->depth == JSON_MOST_DEPTH)
		return fail(s, FAULT_LIMIT, "JSON nesting");
	s->at++;
	s->open[s->depth++] = mark == '{' ? '}' : ']';
	s->begun &= ~(1ull << s->depth);
	return true;
}

bool json_enter_object(struct json_stream *s)
{
	return enter(s, '{');
}

bool json_enter_array(struct json_stream *s)
{
	return enter(s, '[');
}

/* True before a member; false behind the end of what is open. */
static bool next_of(struct json_stream *s, int close)
{
	int c = next_byte(s);

	if (s->depth == 0 || s->open[s->depth - 1] != close)
		return fail(s, FAULT_BROKEN, "JSON");
	if (c == close) {
		s->at++;
		s->depth--;
		return false;
	}
	if (s->begun & 1ull << s->depth) {
		if (c != ',')
			return fail(s, c < 0 ? FAULT_SHORT : FAULT_BROKEN, "JSON");
		s->at++;
	}
	s->begun |= 1ull << s->depth;
	return next_byte(s) >= 0 || fail(s, FAULT_SHORT, "JSON");
}

bool json_next_element(struct json_stream *s)
{
	return next_of(s, ']');
}

/* Whether the quote at `at` belongs to the string that began at `from`. */
static bool is_escaped(const uint8_t *p, size_t from, size_t at)
{
	size_t n = 0;

	while (at > from + n && p[at - 1 - n] == '\\')
		n++;
	return n & 1;
}

/* Behind the string at s->at; its bytes when they fit the window. */
static bool pass_string(struct json_stream *s, struct span *raw)
{
	size_t from = s->at + 1, seen = from;

	for (;;) {
		const uint8_t *quote =
			seen < s->end ? memchr(s->window + seen, '"', s->end - seen) : NULL;

		if (quote) {
			size_t at = (size_t)(quote - s->window);

			seen = at + 1;
			if (is_escaped(s->window, from, at))
				continue;
			*raw = (struct span){ s->window + from, at - from };
			s->at = seen;
			return true;
		}
		seen = s->end - s->at; /* as it will stand when the string is moved to the front */
		if (!read_on(s, s->at))
			return false;
		from = 1;
	}
}

/* A string longer than the window. An odd number of backslashes before the cut goes on behind it.
 */
static bool pass_long_string(struct json_stream *s)
{
	bool escaped = false;

	s->at++;
	for (;;) {
		while (s->at < s->end) {
			int c = s->window[s->at++];

			if (c == '"' && !escaped)
				return true;
			escaped = c == '\\' && !escaped;
		}
		if (!read_on(s, s->at))
			return fail(s, FAULT_SHORT, "JSON string");
	}
}

static bool take_raw(struct json_stream *s, struct span *raw)
{
	*raw = (struct span){ 0 };
	if (pass_string(s, raw))
		return true;
	*raw = (struct span){ 0 };
	if (s->ended)
		return fail(s, FAULT_SHORT, "JSON string");
	return pass_long_string(s);
}

bool json_next_member(struct json_stream *s, struct span *key)
{
	size_t length;

	*key = (struct span){ 0 };
	if (!next_of(s, '}'))
		return false;
	if (next_byte(s) != '"')
		return fail(s, FAULT_BROKEN, "JSON key");
	if (!take_raw(s, key))
		return false;
	length = key->n < sizeof(s->scratch) ? key->n : 0;
	/* What follows may move the window. */
	if (length)
		memcpy(s->scratch, key->p, length);
	*key = (struct span){ s->scratch, length };
	if (next_byte(s) != ':')
		return fail(s, FAULT_BROKEN, "JSON key");
	s->at++;
	return true;
}

static size_t put_utf8(uint8_t *to, uint32_t c)
{
	if (c < 0x80) {
		to[0] = (uint8_t)c;
		return 1;
	}
	if (c < 0x800) {
		to[0] = (uint8_t)(0xc0 | c >> 6);
		to[1] = (uint8_t)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		to[0] = (uint8_t)(0xe0 | c >> 12);
		to[1] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
		to[2] = (uint8_t)(0x80 | (c & 0x3f));
		return 3;
	}
	to[0] = (uint8_t)(0xf0 | c >> 18);
	to[1] = (uint8_t)(0x80 | (c >> 12 & 0x3f));
	to[2] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
	to[3] = (uint8_t)(0x80 | (c & 0x3f));
	return 4;
}

static bool hex4(struct span raw, size_t at, uint32_t *code)
{
	uint64_t value = 0;
	size_t used = 0;
	struct span four = span_sub(raw, at, 4);

	if (four.n != 4 || !span_number(four, 16, &value, &used) || used != 4)
		return false;
	*code = (uint32_t)value;
	return true;
}

/* \uXXXX at `at`, with its other half where there is one; how many bytes were read, 0: it is none.
 * A lone half becomes U+FFFD. */
static size_t unicode(struct span raw, size_t at, uint32_t *code)
{
	uint32_t low = 0;

	if (span_byte(raw, at + 1) != 'u' || !hex4(raw, at + 2, code))
		return 0;
	if (*code >= 0xd800 && *code < 0xdc00 && span_byte(raw, at + 6) == '\\' &&
	    span_byte(raw, at + 7) == 'u' && hex4(raw, at + 8, &low) && low >= 0xdc00 &&
	    low < 0xe000) {
		*code = 0x10000 + ((*code - 0xd800) << 10) + (low - 0xdc00);
		return 12;
	}
	if (*code >= 0xd800 && *code < 0xe000)
		*code = 0xfffd;
	return 6;
}

/* Every escape is at least as long as what it stands for, so that the scratch is large enough. */
static struct span decode(struct json_stream *s, struct span raw)
{
	static const char marks[] = "bfnrt", values[] = "\b\f\n\r\t";
	size_t n = 0, at = 0;

	while (at < raw.n) {
		uint32_t code = 0;
		size_t used;
		const char *mark;
		int c = raw.p[at];

		if (c != '\\') {
			s->scratch[n++] = (uint8_t)c;
			at++;
			continue;
		}
		used = unicode(raw, at, &code);
		if (used) {
			at += used;
			n += put_utf8(s->scratch + n, code);
			continue;
		}
		c = span_byte(raw, at + 1);
		mark = c > 0 ? strchr(marks, c) : NULL;
		s->scratch[n++] = (uint8_t)(mark ? values[mark - marks] : c);
		at += 2;
	}
	return (struct span){ s->scratch, n };
}

bool json_take_string(struct json_stream *s, struct span *value)
{
	struct span raw;

	*value = (struct span){ 0 };
	if (next_byte(s) != '"') {
		json_skip(s);
		return false;
	}
	if (!take_raw(s, &raw))
		return false;
	if (raw.n <= sizeof(s->scratch))
		*value = raw.n && memchr(raw.p, '\\', raw.n) ? decode(s, raw) : raw;
	return true;
}

static bool ends_word(int c)
{
	return c <= ' ' || c == ',' || c == '}' || c == ']' || c == ':' || c == '"' || c == '{' ||
	       c == '[';
}

bool json_take_word(struct json_stream *s, struct span *value)
{
	int c = next_byte(s);
	size_t n = 0;

	*value = (struct span){ 0 };
	if (c == '{' || c == '[' || c == '"') {
		json_skip(s);
		return false;
	}
	for (;;) {
		if (s->at + n == s->end && !read_on(s, s->at))
			break;
		if (ends_word(s->window[s->at + n]))
			break;
		n++;
	}
	if (n == 0)
		return fail(s, c < 0 ? FAULT_SHORT : FAULT_BROKEN, "JSON");
	*value = (struct span){ s->window + s->at, n };
	s->at += n;
	return true;
}

/* Bytes that matter while a value is skipped. */
static const uint8_t weight[256] = { ['"'] = 1, ['{'] = 2, ['['] = 2, ['}'] = 3, [']'] = 3 };

static void skip_container(struct json_stream *s)
{
	uint64_t depth = 0;
	struct span raw;

	for (;;) {
		while (s->at < s->end && !weight[s->window[s->at]])
			s->at++;
		if (s->at == s->end) {
			if (read_on(s, s->at))
				continue;
			fail(s, FAULT_SHORT, "JSON");
			return;
		}
		switch (weight[s->window[s->at]]) {
		case 1:
			if (!take_raw(s, &raw))
				return;
			break;
		case 2:
			s->at++;
			depth++;
			break;
		default:
			s->at++;
			if (--depth == 0)
				return;
		}
	}
}

void json_skip(struct json_stream *s)
{
	struct span ignored;
	int c = next_byte(s);

	if (c == '"')
		take_raw(s, &ignored);
	else if (c == '{' || c == '[')
		skip_container(s);
	else
		json_take_word(s, &ignored);
}
