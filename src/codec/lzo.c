/* lzo.c - LZO1X, decoder only. Ours, because the well-kept library is GPL. Written from the
 * kernel's description of the stream (Documentation/staging/lzo.rst): instructions whose two low
 * bits say how many literals (0 to 3) follow the match; that number is the state of the next
 * instruction. */
#include "base/cursor.h"
#include "codec/codec.h"

/* State after a run of literals that was given its own instruction. */
#define AFTER_RUN   4
#define LEAST_ZEROS 4
#define WORD        8
#define VERSIONED   17 /* a first byte that a plain stream has only when it is empty */

struct lzo {
	struct cursor in;
	uint8_t *out;
	size_t n, room;
	unsigned state;
	bool has_runs; /* of zeros: bitstream version 1 */
	struct fault fault;
};

struct match {
	uint64_t length, distance;
	unsigned literals; /* that follow it */
};

static bool fail(struct lzo *z, enum fault_kind kind, const char *what, uint64_t got,
		 uint64_t limit)
{
	if (z->fault.kind == FAULT_NONE)
		z->fault = fault_at(kind, z->in.at, what, got, limit);
	return false;
}

static bool cut_short(struct lzo *z)
{
	return fail(z, FAULT_SHORT, "lzo stream", z->in.in.n, 0);
}

/* A length of 0 in the instruction goes on: each zero byte adds 255, the last byte its value. */
static uint64_t long_length(struct lzo *z, uint64_t base)
{
	uint8_t byte = cursor_u8(&z->in);

	while (byte == 0 && !z->in.ran_out && base <= z->room) {
		base += 255;
		byte = cursor_u8(&z->in);
	}
	return base + byte;
}

/* Most runs are short: a whole word is copied where input and room go on behind them. */
static inline bool literals(struct lzo *z, uint64_t n)
{
	const struct span word = span_sub(z->in.in, z->in.at, WORD);
	uint8_t *to = z->out + z->n;
	const uint8_t *from;

	if (word.n && n <= WORD && z->room - z->n >= WORD) {
		memcpy(to, word.p, WORD);
		cursor_skip(&z->in, n);
		z->n += n;
		return true;
	}
	if (n > z->room - z->n)
		return fail(z, FAULT_BROKEN, "lzo plain size", z->n + n, z->room);
	from = cursor_take(&z->in, n);
	if (!from)
		return cut_short(z);
	memcpy(to, from, n);
	z->n += n;
	return true;
}

/* Source and target may overlap: a distance shorter than the length repeats. */
static void copy_near(uint8_t *to, uint64_t distance, uint64_t length)
{
	const uint8_t *from = to - distance;

	if (distance == 1)
		memset(to, *from, length);
	else
		while (length--)
			*to++ = *from++;
}

static inline bool copy_match(struct lzo *z, const struct match *m)
{
	uint8_t *to = z->out + z->n;
	const uint8_t *from;
	uint64_t room = z->room - z->n;

	if (m->distance > z->n)
		return fail(z, FAULT_BROKEN, "lzo distance", m->distance, z->n);
	if (m->length > room)
		return fail(z, FAULT_BROKEN, "lzo plain size", z->n + m->length, z->room);
	z->n += m->length;
	if (m->distance < WORD || room - m->length < WORD) {
		copy_near(to, m->distance, m->length);
		return true;
	}
	from = to - m->distance;
	/* The last word may reach beyond the match: there is room, and later bytes overwrite it. */
	for (uint64_t done = 0; done < m->length; done += WORD)
		memcpy(to + done, from + done, WORD);
	return true;
}

static inline struct match near_match(struct lzo *z, uint8_t op)
{
	uint64_t high = cursor_u8(&z->in);

	/* 1LLDDDSS and 01LDDDSS: up to 2 KiB away. */
	if (op >= 64)
		return (struct match){ (op >> 5) + 1u, (high << 3) + (op >> 2 & 7) + 1, op & 3 };
	/* 0000DDSS behind literals: two bytes, 1 KiB; behind a run: three bytes, beyond 2 KiB. */
	if (z->state == AFTER_RUN)
		return (struct match){ 3, (high << 2) + (op >> 2 & 3) + 2049, op & 3 };
	return (struct match){ 2, (high << 2) + (op >> 2 & 3) + 1, op & 3 };
}

static inline struct match far_match(struct lzo *z, uint8_t op)
{
	bool middle = op >= 32;
	uint64_t length = op & (middle ? 31 : 7);
	uint16_t low;

	if (length == 0)
		length = long_length(z, middle ? 31 : 7);
	low = cursor_le16(&z->in);
	if (middle)
		return (struct match){ length + 2, (low >> 2) + 1u, low & 3 };
	return (struct match){ length + 2, 16384u + ((uint64_t)(op & 8) << 11) + (low >> 2),
			       low & 3 };
}

/* In version 1 the farthest distance stands for zeros, whose number goes on behind it. */
static bool is_zero_run(const struct lzo *z, uint8_t op)
{
	return (op & 0xf8) == 0x18 && (span_u16(z->in.in, z->in.at, false) & 0xfffc) == 0xfffc;
}

static bool zero_run(struct lzo *z, uint8_t op)
{
	uint16_t low = cursor_le16(&z->in);
	size_t length = ((op & 7u) | (unsigned)cursor_u8(&z->in) << 3) + LEAST_ZEROS;

	if (z->in.ran_out)
		return cut_short(z);
	if (length > z->room - z->n)
		return fail(z, FAULT_BROKEN, "lzo plain size", z->n + length, z->room);
	memset(z->out + z->n, 0, length);
	z->n += length;
	z->state = low & 3;
	return literals(z, z->state);
}

/* One instruction. False at the end of the stream or at a fault. */
static inline bool step(struct lzo *z)
{
	uint8_t op = cursor_u8(&z->in);
	struct match m;

	if (op < 16 && z->state == 0) {
		uint64_t run = (op ? op : long_length(z, 15)) + 3u;

		z->state = AFTER_RUN;
		return z->in.ran_out ? cut_short(z) : literals(z, run);
	}
	if (z->has_runs && is_zero_run(z, op))
		return zero_run(z, op);
	m = op < 16 || op >= 64 ? near_match(z, op) : far_match(z, op);
	if (z->in.ran_out)
		return cut_short(z);
	if (m.distance == 16384 && op >= 16 && op < 32)
		return false; /* the end mark */
	z->state = m.literals;
	return copy_match(z, &m) && literals(z, m.literals);
}

/* A first byte above 17 is a run of its own kind. */
static bool first(struct lzo *z)
{
	int op = span_byte(z->in.in, z->in.at);

	if (op <= 17)
		return true;
	cursor_skip(&z->in, 1);
	z->state = op - 17 < 4 ? (unsigned)op - 17 : AFTER_RUN;
	return literals(z, (uint64_t)op - 17);
}

static struct decoded decode(struct lzo *z, uint64_t most, struct sink *out)
{
	z->out = sink_room(out, most);
	z->room = (size_t)most;
	if (!z->out)
		return (struct decoded){ 0, out->fault };
	if (first(z))
		while (step(z))
			;
	sink_advance(out, z->n);
	return (struct decoded){ z->in.at, z->fault };
}

struct decoded lzo1x_decode(struct span in, uint64_t most, struct sink *out)
{
	struct lzo z = { .in = { .in = in } };

	return decode(&z, most, out);
}

struct decoded lzo1x_rle_decode(struct span in, uint64_t most, struct sink *out)
{
	struct lzo z = { .in = { .in = in } };

	if (in.n >= 5 && span_byte(in, 0) == VERSIONED) {
		z.has_runs = span_byte(in, 1) != 0;
		cursor_skip(&z.in, 2);
	}
	return decode(&z, most, out);
}
