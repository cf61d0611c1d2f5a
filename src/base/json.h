/* json.h - canonical JSON out: UTF-8, no blanks, integers only, keys in the order the caller
 * gives. Bytes of the image go through text_escape, so every string is valid. */
#ifndef EVENHAND_BASE_JSON_H
#define EVENHAND_BASE_JSON_H

#include "base/text.h"

struct json {
	struct text *out;
	bool comma;    /* a comma is due before the next value */
	bool for_html; /* < > & and U+2028/9 as \u escapes: safe inside <script> */
};

void json_object(struct json *j);
void json_object_end(struct json *j);
void json_array(struct json *j);
void json_array_end(struct json *j);
void json_key(struct json *j, const char *key);
/* A key that is bytes of the image. */
void json_key_bytes(struct json *j, struct span key);
void json_u64(struct json *j, uint64_t value);
void json_i64(struct json *j, int64_t value);
/* A number with at most two decimals, for formats of others: 90 is 0.9. */
void json_hundredths(struct json *j, uint64_t value);
void json_bool(struct json *j, bool value);
void json_null(struct json *j);
/* A text of ours, or one already escaped by text_escape: only JSON's own escaping is added. */
void json_text(struct json *j, struct span text);
/* Bytes of the image: text_escape first, then JSON's own escaping. */
void json_bytes(struct json *j, struct span bytes);
void json_hex(struct json *j, struct span bytes);

#endif
