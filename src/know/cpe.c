/* cpe.c - see cpe.h. */
#include "know/cpe.h"

bool cpe_split(struct span cpe, struct span fields[CPE_FIELDS])
{
	size_t at = 8, field = 0, from = 8;

	if (!span_starts(cpe, span_text("cpe:2.3:")))
		return false;
	while (at <= cpe.n && field < CPE_FIELDS) {
		int c = span_byte(cpe, at);

		if (c == '\\') {
			at += 2;
			continue;
		}
		if (c == ':' || c < 0) {
			fields[field++] = span_sub(cpe, from, at - from);
			from = at + 1;
		}
		at++;
	}
	return field == CPE_FIELDS && at > cpe.n;
}

void cpe_key(struct text *t, const struct span fields[CPE_FIELDS])
{
	text_puts(t, "cpe:");
	text_put(t, fields[CPE_VENDOR]);
	text_char(t, ':');
	text_put(t, fields[CPE_PRODUCT]);
}

struct span cpe_plain(struct span field, uint8_t *to, size_t room)
{
	size_t n = 0;

	for (size_t i = 0; i < field.n; i++) {
		if (field.p[i] == '\\' && i + 1 < field.n)
			i++;
		if (n == room)
			return (struct span){ 0 };
		to[n++] = field.p[i];
	}
	return (struct span){ to, n };
}
