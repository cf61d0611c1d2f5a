/* bli.c - Thomson's and Technicolor's images for SpeedTouch and TG devices (.bli, .rbi): "BLI223",
 * lengths of header and data, a signature over both, then texts as tag, length, value: board,
 * model. The data, behind "MUTE", are packed with zlib, encrypted with AES-128 in CBC, and signed,
 * which hides the key of the AES in the signature. What stands inside is not opened here. */
#include <stdio.h>

#include "base/cursor.h"
#include "format/parts.h"

#define VERSION   32
#define HEAD_SIZE 40
#define DATA_SIZE 44
#define FIELDS    308
#define MOST_HEAD 4096
#define TAG_BOARD 8
#define TAG_MODEL 9
#define MUTE      10 /* bytes in front of the encrypted ones */

/* The value of a tag; empty if it has none. */
static struct span field_of(struct span in, uint8_t tag)
{
	struct cursor c = { .in = span_head(in, span_u32(in, HEAD_SIZE, true)), .at = FIELDS };

	while (cursor_left(&c) > 2 && !c.ran_out) {
		uint8_t have = cursor_u8(&c), length = cursor_u8(&c);
		struct span value = cursor_span(&c, length);

		if (have == tag)
			return value;
	}
	return (struct span){ 0 };
}

static struct fault probe(struct span in, struct found *f)
{
	uint32_t head = span_u32(in, HEAD_SIZE, true), data = span_u32(in, DATA_SIZE, true);

	if (head < FIELDS || head > MOST_HEAD || data <= MUTE)
		return fault_at(FAULT_BROKEN, HEAD_SIZE, "size of the header", head, MOST_HEAD);
	if (!span_starts(span_from(in, (uint64_t)head + 1), span_text("MUTE")))
		return fault_at(FAULT_UNKNOWN, head, "encrypted data", 0, 0);
	f->len = part_bound((uint64_t)head + data, in);
	f->proof = PROOF_STRUCTURE;
	snprintf(f->label, sizeof(f->label), "AES-128, RSA signature, ");
	label_add(f->label, "", span_sub(in, 6, 2));
	label_add(f->label, " ", field_of(in, TAG_BOARD));
	label_add(f->label, " ", field_of(in, TAG_MODEL));
	return fine;
}

static struct fault list(struct listing *l)
{
	uint64_t head = span_u32(l->in, HEAD_SIZE, true), data = span_u32(l->in, DATA_SIZE, true);
	struct entry e = entry_new(KIND_FILE, span_text("image"));

	e.encrypted = true;
	e.size = data - MUTE;
	listing_add(l, &e);
	if (data > l->in.n - head)
		listing_fault(l, fault_at(FAULT_SHORT, DATA_SIZE, "size of the data",
					  l->in.n - head, data));
	return fine;
}

const struct format format_bli = {
	.name = "bli",
	.says = "Thomson, Technicolor image (BLI223), encrypted",
	.domain = DOMAIN_BROADBAND,
	.spec = "pedro-n-rocha/bli223dcryptex bliparser.py",
	.shape = SHAPE_CONTAINER,
	.identified_only = true,
	.magic = { { 0, 6, "BLI223" } },
	.probe = probe,
	.list = list,
};
