/* member.h - inside report/: members of a JSON object, key and value in one. */
#ifndef EVENHAND_REPORT_MEMBER_H
#define EVENHAND_REPORT_MEMBER_H

#include "base/json.h"

void member_text(struct json *j, const char *key, const char *text);   /* of ours; NULL is null */
void member_bytes(struct json *j, const char *key, struct span bytes); /* of the image */
void member_u64(struct json *j, const char *key, uint64_t value);
void member_hex(struct json *j, const char *key, const uint8_t *bytes, size_t n);
__attribute__((format(printf, 3, 4))) void member_format(struct json *j, const char *key,
							 const char *format, ...);
void member_object(struct json *j, const char *key);
void member_array(struct json *j, const char *key);

#endif
