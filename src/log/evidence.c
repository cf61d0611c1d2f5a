/* evidence.c - evidence files: written, read, and checked. */
#include "log/evidence.h"
#include "base/base64.h"
#include "log/line.h"

#include "base/jsonvalue.h"

#define HEADER "evenhand-evidence/1"

void evidence_root_text(const struct merkle_head *head, char text[EVIDENCE_ROOT_TEXT])
{
	int n = snprintf(text, EVIDENCE_ROOT_TEXT, "%llu:", (unsigned long long)head->size);

	for (size_t i = 0; i < SHA256_SIZE; i++)
		n += snprintf(text + n, 3, "%02x", head->root[i]);
}

bool evidence_root_read(struct span text, struct merkle_head *head)
{
	size_t colon = span_find(text, 0, span_text(":"));

	return colon != SIZE_MAX && decimal_read(span_head(text, colon), &head->size) &&
	       span_hex(span_from(text, colon + 1), head->root, SHA256_SIZE);
}

void evidence_hash_write(struct text *out, const uint8_t hash[SHA256_SIZE])
{
	base64_write(out, (struct span){ hash, SHA256_SIZE });
	text_char(out, '\n');
}

/* No line begins with 0xff, so that a salted leaf is never taken for a line without salt. */
void evidence_leaf(struct span name, struct span value, const uint8_t *salt,
		   uint8_t hash[SHA256_SIZE])
{
	static const uint8_t mark = 0xff;
	const struct span parts[] = { { &mark, 1 }, { salt, SALT_SIZE }, name, value };

	if (salt)
		merkle_leaf(parts, 4, hash);
	else
		merkle_leaf(parts + 2, 2, hash);
}

void evidence_salt(struct span key, const uint8_t report_sha256[SHA256_SIZE], uint64_t index,
		   uint8_t salt[SALT_SIZE])
{
	uint8_t number[8];
	const struct span parts[] = { span_text("evenhand-salt/1\n"),
				      { report_sha256, SHA256_SIZE },
				      { number, sizeof(number) } };

	for (unsigned i = 0; i < sizeof(number); i++)
		number[i] = (uint8_t)(index >> (56 - 8 * i));
	hmac_sha256_of_parts(key, parts, 3, salt);
}

void evidence_write_head(struct text *out, const struct merkle_head *head)
{
	char root[EVIDENCE_ROOT_TEXT];

	evidence_root_text(head, root);
	text_format(out, HEADER "\nroot %s\n", root);
}

void evidence_write_line(struct text *out, const struct evidence_line *line)
{
	text_format(out, "line %llu ", (unsigned long long)line->index);
	text_put(out, line->text);
	text_char(out, '\n');
	if (line->is_salted) {
		text_puts(out, "salt ");
		evidence_hash_write(out, line->salt);
	}
	for (unsigned i = 0; i < line->proof.count; i++)
		evidence_hash_write(out, line->proof.hash[i]);
}

/* -- reading -- */

static bool wrong(struct evidence_reader *r, const char *what)
{
	if (!r->wrong)
		r->wrong = what;
	return false;
}

bool evidence_take(struct evidence_reader *r, const char *word, struct span *rest)
{
	size_t n = strlen(word);
	size_t end = span_find(r->in, r->at, span_text("\n"));
	struct span line = span_sub(r->in, r->at, end == SIZE_MAX ? 0 : end - r->at);

	if (end == SIZE_MAX || !span_starts(line, span_text(word)) ||
	    (n && span_byte(line, n) != ' '))
		return false;
	*rest = span_from(line, n + (n > 0));
	r->at = end + 1;
	return true;
}

bool evidence_start(struct evidence_reader *r, struct span file)
{
	struct span rest;

	*r = (struct evidence_reader){ .in = file };
	if (!evidence_take(r, "", &rest) || !span_is(rest, HEADER))
		return wrong(r, "its first line is not \"" HEADER "\"");
	if (!evidence_take(r, "root", &rest) || !evidence_root_read(rest, &r->head))
		return wrong(r, "its second line is not \"root LINES:HASH\"");
	return r->at < file.n || wrong(r, "it shows no line");
}

/* NAME SP VALUE, where the name has small letters, digits, "_", "." and may end in "[]". */
static bool is_line(struct span text)
{
	size_t at = 0;
	int c = span_byte(text, 0);

	while ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.')
		c = span_byte(text, ++at);
	if (at == 0)
		return false;
	if (c == '[') {
		if (span_byte(text, at + 1) != ']')
			return false;
		at += 2;
	}
	return span_byte(text, at) == ' ' && json_value_end(text, at + 1) == text.n;
}

static bool take_text(struct evidence_reader *r, struct evidence_line *line)
{
	struct span rest, number;
	size_t blank;

	if (!evidence_take(r, "line", &rest))
		return wrong(r, "a line of it is neither \"line …\" nor a hash that belongs there");
	blank = span_find(rest, 0, span_text(" "));
	number = span_head(rest, blank == SIZE_MAX ? 0 : blank);
	if (!decimal_read(number, &line->index) || line->index >= r->head.size)
		return wrong(r, "the number of a line is not below that of all lines");
	line->text = span_from(rest, blank + 1);
	return (line->text.n <= EVIDENCE_MOST_LINE && is_line(line->text)) ||
	       wrong(r, "what it shows is not a line of a report");
}

bool evidence_next(struct evidence_reader *r, struct evidence_line *line)
{
	struct span rest;

	*line = (struct evidence_line){ 0 };
	if (r->wrong || r->at == r->in.n || !take_text(r, line))
		return false;
	line->is_salted = evidence_take(r, "salt", &rest);
	if (line->is_salted && !hash_read(rest, line->salt))
		return wrong(r, "a salt is not 32 bytes in base64");
	line->proof.count = merkle_path_length(line->index, r->head.size);
	for (unsigned i = 0; i < line->proof.count; i++)
		if (!evidence_take(r, "", &rest) || !hash_read(rest, line->proof.hash[i]))
			return wrong(r, "a hash is missing, or is not 32 bytes in base64");
	return true;
}

bool evidence_holds(const struct evidence_line *line, const struct merkle_head *head)
{
	uint8_t leaf[SHA256_SIZE];

	evidence_leaf(line->text, (struct span){ 0 }, line->is_salted ? line->salt : NULL, leaf);
	return merkle_included(leaf, line->index, head, &line->proof);
}
