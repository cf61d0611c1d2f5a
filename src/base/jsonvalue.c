/* jsonvalue.c - see jsonvalue.h. */
#include "base/jsonvalue.h"

#include "base/text.h"

/* Bytes of one character of a string at `at`; 0: it may not stand there. */
static size_t character(struct span in, size_t at)
{
	static const char escapes[] = "\"\\/bfnrt";
	int c = span_byte(in, at);
	uint64_t code;
	size_t used = 0;
	uint32_t point;

	if (c < 0x20 || c == 0x7f)
		return 0;
	if (c != '\\') {
		used = c < 0x80 ? 1 : utf8_decode(span_from(in, at), &point);
		return c < 0x80 || (used && code_point_visible(point)) ? used : 0;
	}
	c = span_byte(in, at + 1);
	if (c > 0 && strchr(escapes, c))
		return 2;
	if (c != 'u' || !span_number(span_sub(in, at + 2, 4), 16, &code, &used) || used != 4)
		return 0;
	return 6;
}

size_t json_string_end(struct span in, size_t at)
{
	size_t n = 1;

	if (span_byte(in, at++) != '"')
		return SIZE_MAX;
	while (span_byte(in, at) != '"') {
		n = character(in, at);
		if (n == 0)
			return SIZE_MAX;
		at += n;
	}
	return at + 1;
}

/* "-"? ( "0" / digit without leading zero ) */
static size_t number_end(struct span in, size_t at)
{
	size_t from = at += span_byte(in, at) == '-';

	while (span_byte(in, at) >= '0' && span_byte(in, at) <= '9')
		at++;
	if (at == from || (span_byte(in, from) == '0' && at - from > 1))
		return SIZE_MAX;
	return at;
}

static size_t scalar_end(struct span in, size_t at)
{
	static const char *const words[] = { "true", "false", "null" };

	if (span_byte(in, at) == '"')
		return json_string_end(in, at);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (span_starts(span_from(in, at), span_text(words[i])))
			return at + strlen(words[i]);
	return number_end(in, at);
}

/* What is open around a position: a bit a level, set for an object. */
struct nesting {
	uint64_t objects;
	unsigned depth;
};

static size_t key_end(struct span in, size_t at)
{
	at = json_string_end(in, at);
	return at != SIZE_MAX && span_byte(in, at) == ':' ? at + 1 : SIZE_MAX;
}

/* Behind the opening mark at `at` the first value is due, unless nothing stands in it. */
static size_t open_one(struct span in, size_t at, struct nesting *n)
{
	bool is_object = span_byte(in, at) == '{';

	if (span_byte(in, at + 1) == (is_object ? '}' : ']'))
		return at + 2;
	if (n->depth == JSON_VALUE_DEPTH)
		return SIZE_MAX;
	n->objects = n->objects << 1 | is_object;
	n->depth++;
	return is_object ? key_end(in, at + 1) : at + 1;
}

/* Behind a value: closes what ends here, and goes to the next value if one is due. */
static size_t close_some(struct span in, size_t at, struct nesting *n)
{
	while (n->depth && span_byte(in, at) == (n->objects & 1 ? '}' : ']')) {
		at++;
		n->depth--;
		n->objects >>= 1;
	}
	if (n->depth == 0)
		return at;
	if (span_byte(in, at) != ',')
		return SIZE_MAX;
	return n->objects & 1 ? key_end(in, at + 1) : at + 1;
}

size_t json_value_end(struct span in, size_t at)
{
	struct nesting n = { 0 };

	do {
		unsigned depth = n.depth;
		int c = span_byte(in, at);

		at = c == '{' || c == '[' ? open_one(in, at, &n) : scalar_end(in, at);
		if (at != SIZE_MAX && n.depth == depth)
			at = close_some(in, at, &n);
	} while (at != SIZE_MAX && n.depth);
	return at;
}
