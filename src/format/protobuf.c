/* protobuf.c - see protobuf.h. Source: protobuf.dev, Encoding. Groups, which nobody writes any
 * more, end a message. */
#include "format/protobuf.h"

#include "base/cursor.h"

#define MOST_BYTES 10 /* of a number */

static uint64_t varint(struct cursor *c)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < MOST_BYTES; i++) {
		uint8_t byte = cursor_u8(c);

		value |= (uint64_t)(byte & 0x7f) << 7 * i;
		if (byte < 0x80)
			return value;
	}
	c->ran_out = true;
	return 0;
}

bool protobuf_next(struct span *rest, struct protobuf_field *f)
{
	struct cursor c = { .in = *rest };
	uint64_t tag;

	if (rest->n == 0)
		return false;
	*f = (struct protobuf_field){ 0 };
	tag = varint(&c);
	f->number = (uint32_t)(tag >> 3);
	f->wire = tag & 7;
	switch (f->wire) {
	case WIRE_VARINT:
		f->value = varint(&c);
		break;
	case WIRE_64:
		f->value = cursor_le64(&c);
		break;
	case WIRE_BYTES:
		f->bytes = cursor_span(&c, varint(&c));
		break;
	case WIRE_32:
		f->value = cursor_le32(&c);
		break;
	default:
		return false;
	}
	if (c.ran_out || f->number == 0 || tag >> 3 > UINT32_MAX)
		return false;
	*rest = span_from(*rest, c.at);
	return true;
}

static struct protobuf_field first(struct span message, uint32_t number, bool bytes)
{
	struct protobuf_field f;

	while (protobuf_next(&message, &f))
		if (f.number == number && (f.wire == WIRE_BYTES) == bytes)
			return f;
	return (struct protobuf_field){ 0 };
}

uint64_t protobuf_number(struct span message, uint32_t number)
{
	return first(message, number, false).value;
}

struct span protobuf_bytes(struct span message, uint32_t number)
{
	return first(message, number, true).bytes;
}
