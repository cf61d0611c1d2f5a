/* jsonstream.h - reads JSON (RFC 8259) of any length through a small window: no tree is built, what
 * nobody asks for is skipped. Nesting is bounded; a fault ends everything that follows. For feeds,
 * which may have gigabytes and come out of a decompressor; where all bytes are in memory and
 * members are looked up by name, jsontext.h is the reader. */
#ifndef EVENHAND_BASE_JSONSTREAM_H
#define EVENHAND_BASE_JSONSTREAM_H

#include "base/fault.h"
#include "base/span.h"

#define JSON_MOST_DEPTH 60
/* A string or key that is asked for and is longer reads as the empty one. */
#define JSON_MOST_STRING 65536u

struct json_stream {
	/* Gives at most n bytes; 0 at the end or after a fault of its own. */
	size_t (*more)(void *ctx, uint8_t *to, size_t n);
	void *ctx;
	uint8_t *window; /* the caller's */
	size_t size;     /* of it: at least 2 * JSON_MOST_STRING */
	size_t at, end;
	uint64_t before; /* bytes of the text that stood before the window */
	unsigned depth;
	uint64_t begun; /* a bit a level: a member was read there */
	uint8_t open[JSON_MOST_DEPTH];
	bool ended;
	struct fault fault;
	uint8_t scratch[JSON_MOST_STRING];
};

enum json_token { JSON_END, JSON_IS_OBJECT, JSON_IS_ARRAY, JSON_IS_STRING, JSON_IS_OTHER };

/* Everything but more, ctx, window and size is set to the start of a text. */
void json_stream_start(struct json_stream *s);

/* What stands next, outside of all values or where a value is due. JSON_END also after a fault. */
enum json_token json_peek(struct json_stream *s);

/* Enters the value if it is of that kind, otherwise skips it and is false. */
bool json_enter_object(struct json_stream *s);
bool json_enter_array(struct json_stream *s);
/* The next member's key, as it is written, until the next call; false behind the last one. Its
 * value must then be read, entered or skipped. */
bool json_next_member(struct json_stream *s, struct span *key);
bool json_next_element(struct json_stream *s);

/* A string without its escapes, valid until the next call; another value is skipped and false. */
bool json_take_string(struct json_stream *s, struct span *value);
/* true, false, null or a number, as it is written; another value is skipped and false. */
bool json_take_word(struct json_stream *s, struct span *value);
void json_skip(struct json_stream *s);

#endif
