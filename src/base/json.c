/* json.c - see json.h. */
#include "base/json.h"

static void separate(struct json *j)
{
	if (j->comma)
		text_char(j->out, ',');
	j->comma = true;
}

static void open_with(struct json *j, char c)
{
	separate(j);
	text_char(j->out, c);
	j->comma = false;
}

static void close_with(struct json *j, char c)
{
	text_char(j->out, c);
	j->comma = true;
}

void json_object(struct json *j)
{
	open_with(j, '{');
}

void json_object_end(struct json *j)
{
	close_with(j, '}');
}

void json_array(struct json *j)
{
	open_with(j, '[');
}

void json_array_end(struct json *j)
{
	close_with(j, ']');
}

void json_key(struct json *j, const char *key)
{
	separate(j);
	text_char(j->out, '"');
	text_puts(j->out, key);
	text_puts(j->out, "\":");
	j->comma = false;
}

static void digits(struct json *j, uint64_t value)
{
	char buffer[20];
	size_t at = sizeof(buffer);

	do {
		buffer[--at] = (char)('0' + value % 10);
		value /= 10;
	} while (value);
	text_put(j->out, (struct span){ (const uint8_t *)buffer + at, sizeof(buffer) - at });
}

void json_u64(struct json *j, uint64_t value)
{
	separate(j);
	digits(j, value);
}

void json_i64(struct json *j, int64_t value)
{
	separate(j);
	if (value < 0)
		text_char(j->out, '-');
	digits(j, value < 0 ? 0 - (uint64_t)value : (uint64_t)value);
}

void json_hundredths(struct json *j, uint64_t value)
{
	unsigned rest = (unsigned)(value % 100);

	json_u64(j, value / 100);
	if (rest % 10)
		text_format(j->out, ".%02u", rest);
	else if (rest)
		text_format(j->out, ".%u", rest / 10);
}

void json_bool(struct json *j, bool value)
{
	separate(j);
	text_puts(j->out, value ? "true" : "false");
}

void json_null(struct json *j)
{
	separate(j);
	text_puts(j->out, "null");
}

/* Whether byte i of the text cannot stand in a JSON string (or in a script element) as it is. */
static bool needs_escape(const struct json *j, struct span text, size_t i)
{
	uint8_t c = text.p[i];

	if (c < 0x20 || c == '"' || c == '\\')
		return true;
	if (!j->for_html)
		return false;
	if (c == '<' || c == '>' || c == '&')
		return true;
	return c == 0xe2 && i + 2 < text.n && text.p[i + 1] == 0x80 && (text.p[i + 2] | 1) == 0xa9;
}

static size_t escape_one(struct json *j, struct span text, size_t i)
{
	uint8_t c = text.p[i];

	if (c == '"' || c == '\\') {
		text_char(j->out, '\\');
		text_char(j->out, (char)c);
		return 1;
	}
	if (c == 0xe2) {
		text_format(j->out, "\\u20%02x", text.p[i + 2] == 0xa8 ? 0x28 : 0x29);
		return 3;
	}
	text_format(j->out, "\\u%04x", c);
	return 1;
}

void json_text(struct json *j, struct span text)
{
	size_t from = 0, i = 0;

	separate(j);
	text_char(j->out, '"');
	while (i < text.n) {
		if (!needs_escape(j, text, i)) {
			i++;
			continue;
		}
		text_put(j->out, span_sub(text, from, i - from));
		i += escape_one(j, text, i);
		from = i;
	}
	text_put(j->out, span_from(text, from));
	text_char(j->out, '"');
}

/* Most names are plain; only the others are escaped into a text of their own first. */
static bool is_plain(struct span bytes)
{
	for (size_t i = 0; i < bytes.n; i++)
		if (bytes.p[i] < 0x21 || bytes.p[i] > 0x7e || bytes.p[i] == '\\')
			return false;
	return true;
}

void json_bytes(struct json *j, struct span bytes)
{
	struct text escaped = { 0 };

	if (is_plain(bytes)) {
		json_text(j, bytes);
		return;
	}
	text_escape(&escaped, bytes, "");
	j->out->failed |= escaped.failed;
	json_text(j, text_span(&escaped));
	text_free(&escaped);
}

void json_key_bytes(struct json *j, struct span key)
{
	json_bytes(j, key);
	text_char(j->out, ':');
	j->comma = false;
}

void json_hex(struct json *j, struct span bytes)
{
	separate(j);
	text_char(j->out, '"');
	text_hex(j->out, bytes);
	text_char(j->out, '"');
}
