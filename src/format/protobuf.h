/* protobuf.h - inside format/: the fields of a message in Protocol Buffers' wire format. */
#ifndef EVENHAND_FORMAT_PROTOBUF_H
#define EVENHAND_FORMAT_PROTOBUF_H

#include "base/span.h"

enum { WIRE_VARINT = 0, WIRE_64 = 1, WIRE_BYTES = 2, WIRE_32 = 5 };

struct protobuf_field {
	uint32_t number;
	int wire;
	uint64_t value;    /* of a number */
	struct span bytes; /* of a text, bytes or message */
};

/* Takes the next field off *rest; false at the end, and with *rest left as it is where no field
 * stands. */
bool protobuf_next(struct span *rest, struct protobuf_field *f);

/* The first field of that number and kind, or one of zero. */
uint64_t protobuf_number(struct span message, uint32_t number);
struct span protobuf_bytes(struct span message, uint32_t number);

#endif
