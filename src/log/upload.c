/* upload.c - see upload.h. */
#include "log/upload.h"

#include "base/cursor.h"
#include "log/line.h"

#define MOST_TICKET 4096u

static struct span take_short(struct cursor *c)
{
	size_t n = cursor_be16(c), at = c->at;

	return cursor_take(c, n) ? span_sub(c->in, at, n) : (struct span){ 0 };
}

bool upload_read(struct span body, struct upload *u)
{
	struct cursor c = { .in = body };

	u->origin = take_short(&c);
	u->start = cursor_be64(&c);
	u->end = cursor_be64(&c);
	u->ticket = take_short(&c);
	u->packages = span_from(body, c.at);
	return !c.ran_out && u->start <= u->end && u->end <= INT64_MAX;
}

uint64_t package_end(const struct upload *u, uint64_t from)
{
	uint64_t end = (from | (TILE_WIDTH - 1)) + 1;

	return end < u->end ? end : u->end;
}

bool package_take(const struct upload *u, uint64_t from, struct span *rest, struct package *p)
{
	struct cursor c = { .in = *rest };
	unsigned count;

	p->from = from;
	p->to = package_end(u, from);
	if (p->from >= p->to)
		return false;
	for (uint64_t i = p->from; i < p->to && !c.ran_out; i++)
		cursor_take(&c, cursor_be16(&c));
	p->entries = span_head(*rest, c.at);
	count = cursor_u8(&c);
	if (c.ran_out || count > UPLOAD_MOST_HASHES)
		return false;
	p->proof.count = count;
	for (unsigned i = 0; i < count; i++) {
		const uint8_t *hash = cursor_take(&c, SHA256_SIZE);

		if (!hash)
			return false;
		memcpy(p->proof.hash[i], hash, SHA256_SIZE);
	}
	*rest = span_from(*rest, c.at);
	return true;
}

static void put_number(struct text *out, uint64_t value, unsigned bytes)
{
	while (bytes-- > 0)
		text_char(out, (char)(value >> 8 * bytes & 0xff));
}

void upload_write(struct text *out, const struct upload *u)
{
	put_number(out, u->origin.n, 2);
	text_put(out, u->origin);
	put_number(out, u->start, 8);
	put_number(out, u->end, 8);
	put_number(out, u->ticket.n, 2);
	text_put(out, u->ticket);
	text_put(out, u->packages);
}

void package_write_proof(struct text *out, const struct merkle_proof *proof)
{
	put_number(out, proof->count, 1);
	text_put(out, (struct span){ proof->hash[0], (size_t)proof->count * SHA256_SIZE });
}

void upload_info_write(struct text *out, const struct upload_info *i)
{
	text_format(out, "%llu\n%llu\n", (unsigned long long)i->size, (unsigned long long)i->next);
	text_put(out, i->ticket);
	text_char(out, '\n');
}

bool upload_info_read(struct span body, struct upload_info *i)
{
	struct span size, next;

	return whole_line_take(&body, &size) && whole_line_take(&body, &next) &&
	       whole_line_take(&body, &i->ticket) && body.n == 0 && decimal_read(size, &i->size) &&
	       decimal_read(next, &i->next) && i->ticket.n <= MOST_TICKET &&
	       (i->ticket.n == 0 || base64_is_canonical(i->ticket));
}
