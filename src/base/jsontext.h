/* jsontext.h - reads JSON (RFC 8259) that lies in memory as a whole, into items that are looked up
 * by name and in any order: what an image holds, and stored reports. Texts of any length, read once
 * from front to end: jsonstream.h. */
#ifndef EVENHAND_BASE_JSONTEXT_H
#define EVENHAND_BASE_JSONTEXT_H

#include "base/arena.h"
#include "base/fault.h"

#define JSON_NONE UINT32_MAX

enum json_kind { JSON_OBJECT, JSON_ARRAY, JSON_STRING, JSON_OTHER };

/* Items stand in the order of the text; the first one is the whole text. */
struct json_item {
	struct span key;   /* in an object; escapes are left as they are written */
	struct span value; /* a string without its quotes; a number, true, false, null */
	enum json_kind kind;
	uint32_t child, last, next; /* JSON_NONE */
};

struct json_text {
	struct json_item *items;
	uint32_t count;
};

/* Reads one value, and only blanks behind it. A fault counts from the start of the text. */
struct fault json_text_read(struct arena *a, struct span in, struct json_text *t);

/* The member of that key, or JSON_NONE. */
uint32_t json_find(const struct json_text *t, uint32_t object, const char *key);
uint32_t json_child(const struct json_text *t, uint32_t item);
uint32_t json_next(const struct json_text *t, uint32_t item);

/* The value of that member, whatever its kind; empty where there is none. */
struct span json_value(const struct json_text *t, uint32_t object, const char *key);

/* A number, which may be written as a string; false where it is none. */
bool json_number(const struct json_text *t, uint32_t object, const char *key, uint64_t *number);

#endif
