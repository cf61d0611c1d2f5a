/* member.c - see member.h. */
#include "report/member.h"

#include <stdarg.h>

void member_text(struct json *j, const char *key, const char *text)
{
	json_key(j, key);
	if (text)
		json_text(j, span_text(text));
	else
		json_null(j);
}

void member_bytes(struct json *j, const char *key, struct span bytes)
{
	json_key(j, key);
	json_bytes(j, bytes);
}

void member_u64(struct json *j, const char *key, uint64_t value)
{
	json_key(j, key);
	json_u64(j, value);
}

void member_hex(struct json *j, const char *key, const uint8_t *bytes, size_t n)
{
	json_key(j, key);
	json_hex(j, (struct span){ bytes, n });
}

void member_format(struct json *j, const char *key, const char *format, ...)
{
	char text[200];
	va_list rest;

	va_start(rest, format);
	vsnprintf(text, sizeof(text), format, rest);
	va_end(rest);
	member_text(j, key, text);
}

void member_object(struct json *j, const char *key)
{
	json_key(j, key);
	json_object(j);
}

void member_array(struct json *j, const char *key)
{
	json_key(j, key);
	json_array(j);
}
