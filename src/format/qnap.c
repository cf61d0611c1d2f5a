/* qnap.c - QNAP's images: bytes under the stream cipher PC1 (Alexander Pukall), the rest plain, and
 * 74 bytes at the end with the number of encrypted ones and device, version, date. The keys are
 * public: "QNAPNASVERSION" and the first digit of the version for NAS, the name of the device for
 * switches and routers; a gzip head that comes out says which. It is known by its end alone. */
#include "base/cursor.h"
#include "format/parts.h"

#define FOOT      74
#define FOOT_TEXT "icpnas"
#define LENGTH    6
#define DEVICE    10
#define VERSION   26
#define DATE      42
#define FIELD     16
#define MOST_KEY  16
#define PAIRS     (MOST_KEY / 2)
#define BUFFER    4096
#define GZIP      "\x1f\x8b\x08"

/* What the key gives for each value of the accumulator, and the state of the stream. */
struct pc1 {
	struct {
		uint16_t step, mix;
	} table[256][PAIRS];
	unsigned pairs;
	uint8_t accumulator;
	uint16_t y, z;
};

/* Bytes of the key as the original program's signed characters, one less. */
static uint32_t promoted(uint8_t byte)
{
	return byte < 0x80 ? byte : byte - 0x101u;
}

static void pc1_start(struct pc1 *p, struct span key)
{
	p->pairs = (unsigned)(key.n / 2);
	p->accumulator = 0;
	p->y = p->z = 0;
	for (unsigned a = 0; a < 256; a++) {
		uint16_t state = 0;

		for (unsigned i = 0; i < p->pairs; i++) {
			uint32_t pair = (promoted((uint8_t)(key.p[2 * i] ^ a)) << 8) +
					(uint8_t)(key.p[2 * i + 1] ^ a);
			uint32_t x = state ^ pair;

			p->table[a][i].step = (uint16_t)(0x15a * x);
			state = (uint16_t)(0x4e35 * x + 1);
			p->table[a][i].mix = state;
		}
	}
}

static uint8_t pc1_next(struct pc1 *p, uint8_t coded)
{
	uint16_t mixed = 0;
	uint8_t plain;

	for (unsigned i = 0; i < p->pairs; i++) {
		uint16_t before = p->y;

		p->y = p->table[p->accumulator][i].step;
		p->z = (uint16_t)(p->y + before + 0x4e35u * (p->z + i));
		mixed ^= (uint16_t)(p->table[p->accumulator][i].mix ^ p->z);
	}
	plain = (uint8_t)(coded ^ mixed >> 8 ^ mixed);
	p->accumulator ^= plain;
	return plain;
}

static bool begins_gzip(struct span in, struct span key)
{
	struct pc1 p;
	uint8_t head[3];

	if (in.n < sizeof(head) || key.n < 2)
		return false;
	pc1_start(&p, key);
	for (size_t i = 0; i < sizeof(head); i++)
		head[i] = pc1_next(&p, in.p[i]);
	return memcmp(head, GZIP, sizeof(head)) == 0;
}

/* The key with which a gzip stream begins, in the caller's room; the empty span if none does. */
static struct span find_key(struct span in, uint8_t room[MOST_KEY])
{
	struct span foot = span_from(in, in.n - FOOT), device = field_text(foot, DEVICE, FIELD);
	struct span nas = { room, 15 };

	memcpy(room, "QNAPNASVERSION", 14);
	room[14] = (uint8_t)span_byte(foot, VERSION);
	if (begins_gzip(in, nas))
		return nas;
	return begins_gzip(in, device) ? device : (struct span){ 0 };
}

static bool is_foot(struct span foot)
{
	return span_starts(foot, span_text(FOOT_TEXT)) && is_padded_text(foot, DEVICE, FIELD) &&
	       is_padded_text(foot, VERSION, FIELD);
}

static struct fault probe(struct span in, struct found *f)
{
	struct span foot = in.n > FOOT ? span_from(in, in.n - FOOT) : (struct span){ 0 };
	uint32_t length = span_u32(foot, LENGTH, false);
	uint8_t room[MOST_KEY];

	if (!is_foot(foot))
		return fault_at(FAULT_UNKNOWN, in.n, "foot", in.n, FOOT);
	if (length == 0 || length > in.n - FOOT)
		return fault_at(FAULT_BROKEN, in.n - FOOT + LENGTH, "encrypted length", length,
				in.n - FOOT);
	f->len = in.n;
	f->proof = find_key(in, room).n ? PROOF_CHECKSUM : PROOF_STRUCTURE;
	label_add(f->label, f->proof == PROOF_CHECKSUM ? "PC1, published key, " : "PC1, ",
		  field_text(foot, DEVICE, FIELD));
	label_add(f->label, " ", field_text(foot, VERSION, FIELD));
	label_add(f->label, " ", field_text(foot, DATE, FIELD));
	return fine;
}

static struct fault list(struct listing *l)
{
	struct entry e = entry_new(KIND_FILE, span_text("image"));
	uint8_t room[MOST_KEY];

	e.size = l->in.n - FOOT;
	e.encrypted = find_key(l->in, room).n == 0;
	listing_add(l, &e);
	return fine;
}

static struct fault load(const struct listing *l, const struct entry *e, struct sink *out)
{
	struct span image = span_head(l->in, l->in.n - FOOT);
	uint32_t length = span_u32(l->in, image.n + LENGTH, false);
	uint8_t room[MOST_KEY], plain[BUFFER];
	struct span key = find_key(l->in, room), coded = span_head(image, length);
	struct pc1 p;

	(void)e;
	if (key.n == 0)
		return fault_at(FAULT_ENCRYPTED, 0, "PC1", 0, 0);
	pc1_start(&p, key);
	for (size_t at = 0; at < coded.n; at += BUFFER) {
		struct span piece = span_head(span_from(coded, at), BUFFER);

		for (size_t i = 0; i < piece.n; i++)
			plain[i] = pc1_next(&p, piece.p[i]);
		if (!sink_put(out, (struct span){ plain, piece.n }))
			return out->fault;
	}
	return sink_put(out, span_from(image, coded.n)) ? fine : out->fault;
}

const struct format format_qnap = {
	.name = "qnap",
	.says = "QNAP image, encrypted with PC1",
	.domain = DOMAIN_IT,
	.spec = "onekey-sec/unblob archive/qnap",
	.where = WHERE_ANCHORED,
	.shape = SHAPE_CONTAINER,
	.probe = probe,
	.list = list,
	.load = load,
};
