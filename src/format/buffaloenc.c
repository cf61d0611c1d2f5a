/* buffaloenc.c - Buffalo's encrypted images: "start" or "asar1", a seed, product and version with
 * their lengths, length, data, checksum; numbers are big-endian. Product, version and data are
 * encrypted each on its own with RC4, whose key is one byte before the text "Buffalo": the seed,
 * then the first encrypted byte of what came before. In the long form the cipher's state is as long
 * as the data. The checksum is a CRC-32 that begins with the length and takes bytes with their
 * sign. */
#include "base/cursor.h"
#include "format/decrypt.h"
#include "format/parts.h"

#define MAGIC        6
#define MOST_PRODUCT 32
#define MOST_VERSION 8
#define STATE        256

struct enc {
	uint8_t seed;
	struct span product, version, data; /* encrypted; data as far as they are there */
	uint64_t length_at, from, length;
};

static struct fault read_header(struct span in, struct enc *e)
{
	struct cursor c = { .in = in, .at = MAGIC };

	e->seed = cursor_u8(&c);
	e->product = cursor_span(&c, cursor_be32(&c));
	e->version = cursor_span(&c, cursor_be32(&c));
	e->length_at = c.at;
	e->length = cursor_be32(&c);
	e->from = c.at;
	e->data = span_head(span_from(in, e->from), e->length);
	if (c.ran_out)
		return fault_at(FAULT_SHORT, MAGIC, "header", in.n, MAGIC);
	if (e->product.n == 0 || e->product.n > MOST_PRODUCT || e->version.n == 0 ||
	    e->version.n > MOST_VERSION || e->length == 0)
		return fault_at(FAULT_BROKEN, MAGIC + 1, "length", e->product.n, MOST_PRODUCT);
	return fine;
}

/* RC4 over a state of `size` bytes, which its indices, one byte each, may not reach whole. */
static void apply(uint8_t seed, struct span in, uint8_t *state, size_t size, uint8_t *out)
{
	static const uint8_t text[] = { 'B', 'u', 'f', 'f', 'a', 'l', 'o' };
	size_t k = 0;
	uint8_t a = 0, b = 0, t;

	for (size_t i = 0; i < size; i++)
		state[i] = (uint8_t)i;
	for (size_t i = 0; i < size; i++) {
		uint8_t key = i % 8 ? text[i % 8 - 1] : seed;

		t = state[i];
		k = (k + key + t) % size;
		state[i] = state[k];
		state[k] = t;
	}
	for (size_t i = 0; i < in.n; i++) {
		a = (uint8_t)((a + 1u) % size);
		b = (uint8_t)((b + (size_t)state[a]) % size);
		t = state[b];
		state[b] = state[a];
		state[a] = t;
		out[i] = in.p[i] ^ state[((size_t)state[a] + state[b]) % size];
	}
}

static uint32_t sum_of(uint32_t sum, struct span s)
{
	uint32_t table[256];

	for (uint32_t i = 0; i < 256; i++) {
		table[i] = i;
		for (int bit = 0; bit < 8; bit++)
			table[i] = table[i] >> 1 ^ (table[i] & 1 ? 0xedb88320u : 0);
	}
	for (size_t i = 0; i < s.n; i++) {
		sum ^= s.p[i] | (s.p[i] & 0x80u ? 0xffffff00u : 0);
		sum = sum >> 8 ^ table[sum & 0xff];
	}
	return sum;
}

/* Product or version, of which nothing is known but that it is text. */
static bool name_of(uint8_t seed, struct span in, bool longform, uint8_t name[MOST_PRODUCT])
{
	uint8_t state[STATE];

	apply(seed, in, state, longform ? in.n : STATE, name);
	return in.n == 1 ? name[0] == 0 : is_padded_text((struct span){ name, in.n }, 0, in.n);
}

static bool names_hold(const struct enc *e, bool longform, char label[64])
{
	uint8_t product[MOST_PRODUCT], version[MOST_PRODUCT];

	if (!name_of(e->seed, e->product, longform, product) ||
	    !name_of(e->product.p[0], e->version, longform, version))
		return false;
	label_add(label, "", field_text((struct span){ product, e->product.n }, 0, e->product.n));
	label_add(label, " ", field_text((struct span){ version, e->version.n }, 0, e->version.n));
	label_add(label, longform ? ", RC4 in the long form" : ", RC4",
		  span_text(", published key"));
	return true;
}

static struct fault probe(struct span in, struct found *f)
{
	struct enc e = { 0 };
	struct fault bad = read_header(in, &e);
	uint64_t end;

	if (bad.kind)
		return bad;
	if (!names_hold(&e, false, f->label) && !names_hold(&e, true, f->label))
		return fault_at(FAULT_UNKNOWN, MAGIC + 1, "product and version", 0, 0);
	end = e.from + e.length + 4;
	f->len = part_bound(end + 4 - end % 4, in);
	f->proof = PROOF_STRUCTURE;
	return fine;
}

/* The state of the long form is kept behind the plain bytes. */
static bool decrypt(const struct enc *e, bool longform, struct sink *out)
{
	uint8_t state[STATE], *room;

	out->n = 0;
	room = sink_room(out, longform ? 2 * (uint64_t)e->data.n : e->data.n);
	if (!room)
		return false;
	apply(e->version.p[0], e->data, longform ? room + e->data.n : state,
	      longform ? e->data.n : STATE, room);
	sink_advance(out, e->data.n);
	return true;
}

static struct fault load(const struct listing *l, const struct entry *entry, struct sink *out)
{
	struct enc e = { 0 };
	struct fault bad = read_header(l->in, &e);
	char label[64] = "";
	bool longform;

	(void)entry;
	if (bad.kind)
		return bad;
	longform = !names_hold(&e, false, label);
	if (longform && !names_hold(&e, true, label))
		return fault_at(FAULT_ENCRYPTED, e.from, "content", 0, 0);
	if (!decrypt(&e, longform, out))
		return out->fault;
	if (l->in.n < e.from + e.length + 4)
		return fault_at(FAULT_SHORT, e.length_at, "length", l->in.n, e.from + e.length + 4);
	if (sum_of((uint32_t)e.length, sink_span(out)) != span_u32(l->in, e.from + e.length, true))
		return fault_at(FAULT_BROKEN, e.from + e.length, "checksum", 0, 0);
	return fine;
}

const struct format format_buffaloenc = {
	.name = "buffalo-enc",
	.says = "Buffalo encrypted image",
	.domain = DOMAIN_BROADBAND,
	.spec = "openwrt/firmware-utils src/buffalo-lib.c, buffalo-enc.c",
	.shape = SHAPE_STREAM,
	.magic = { { 0, 6, "start\0" }, { 0, 6, "asar1\0" } },
	.probe = probe,
	.load = load,
};
