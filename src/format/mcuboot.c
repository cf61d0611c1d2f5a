/* mcuboot.c - images for MCUboot: a header that states its own length, that of the image and of the
 * protected fields; then fields of type, length and value behind a number of their own. One of them
 * is the digest of header, image and protected fields. */
#include <stdio.h>

#include "base/cursor.h"
#include "base/hash.h"
#include "format/parts.h"

#define HEADER      32
#define FIELDS      0x6907
#define PROTECTED   0x6908
#define MOST_FIELDS 64
#define FLAG_AES128 0x0004
#define FLAG_AES256 0x0008
#define FLAG_PACKED 0x0e00

struct mcuboot {
	uint16_t header, protected_length;
	uint32_t image, flags;
	bool sha384;     /* the digest that stands there */
	uint64_t fields; /* where those that are protected, or else the others, begin */
};

static struct fault read_header(struct span in, struct mcuboot *m)
{
	struct cursor c = { .in = in, .at = 8 };

	*m = (struct mcuboot){ 0 };
	m->header = cursor_le16(&c);
	m->protected_length = cursor_le16(&c);
	m->image = cursor_le32(&c);
	m->flags = cursor_le32(&c);
	m->fields = (uint64_t)m->header + m->image;
	if (c.ran_out || in.n < HEADER)
		return fault_at(FAULT_SHORT, 0, "header", in.n, HEADER);
	if (m->header < HEADER || m->image == 0 || m->image > 1u << 28 ||
	    span_u32(in, 28, false) != 0)
		return fault_at(FAULT_BROKEN, 8, "length of the header", m->header, HEADER);
	return fine;
}

/* The length of the fields at `at`, their head included; 0: none stand there. */
static uint32_t fields_at(struct span in, uint64_t at, uint16_t kind)
{
	uint16_t length = span_u16(in, at + 2, false);

	return span_u16(in, at, false) == kind && length >= 4 ? length : 0;
}

static uint64_t end_of(struct span in, const struct mcuboot *m)
{
	uint64_t at = m->fields + m->protected_length;

	return at + fields_at(in, at, FIELDS);
}

static struct fault probe(struct span in, struct found *f)
{
	struct mcuboot m;
	struct fault bad = read_header(in, &m);
	uint64_t rest;

	if (bad.kind)
		return bad;
	rest = m.fields + m.protected_length;
	if (rest + 4 <= in.n && !fields_at(in, rest, FIELDS))
		return fault_at(FAULT_BROKEN, rest, "fields", span_u16(in, rest, false), FIELDS);
	f->len = part_bound(rest + 4 > in.n ? rest + 4 : end_of(in, &m), in);
	f->proof = rest + 4 > in.n ? PROOF_PLAUSIBLE : PROOF_STRUCTURE;
	snprintf(f->label, sizeof(f->label), "%u.%u.%u+%u%s", (unsigned)span_byte(in, 20),
		 (unsigned)span_byte(in, 21), span_u16(in, 22, false), span_u32(in, 24, false),
		 m.flags & FLAG_PACKED ? ", packed" : "");
	return fine;
}

static const char *field_name(uint16_t type)
{
	static const struct {
		uint16_t type;
		const char *name;
	} names[] = { { 0x01, "hash of the key" },
		      { 0x02, "public key" },
		      { 0x10, "SHA-256" },
		      { 0x11, "SHA-384" },
		      { 0x12, "SHA-512" },
		      { 0x20, "signature, RSA-2048" },
		      { 0x21, "signature, ECDSA P-224" },
		      { 0x22, "signature, ECDSA" },
		      { 0x23, "signature, RSA-3072" },
		      { 0x24, "signature, Ed25519" },
		      { 0x30, "key, RSA-2048" },
		      { 0x31, "key, AES-KW" },
		      { 0x32, "key, EC P-256" },
		      { 0x33, "key, X25519" },
		      { 0x40, "dependency" },
		      { 0x50, "security counter" },
		      { 0x60, "boot record" } };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].type == type)
			return names[i].name;
	return "field";
}

static void check_digest(struct listing *l, const struct mcuboot *m, uint16_t type,
			 struct span value, uint64_t at)
{
	struct span data = span_sub(l->in, 0, m->fields + m->protected_length);
	uint8_t digest[SHA512_SIZE];

	if (type == 0x10 && value.n == SHA256_SIZE)
		sha256_of(data, digest);
	else if (type == 0x11 && value.n == SHA384_SIZE)
		sha384_of(data, digest);
	else if (type == 0x12 && value.n == SHA512_SIZE)
		sha512_of(data, digest);
	else
		return;
	if (memcmp(digest, value.p, value.n) != 0)
		listing_fault(l, fault_at(FAULT_BROKEN, at, field_name(type), 0, 0));
}

/* Over the image with its header and protected fields. That of Ed25519 is over their digest. ECDSA
 * has one number for all curves: images for P-384 have a SHA-384 (imgtool's keys), which stands in
 * front. */
static void add_signature(struct listing *l, const struct mcuboot *m, uint16_t type,
			  struct span value, uint64_t at)
{
	static const struct {
		uint16_t type;
		enum signing by;
		const char *digest;
		uint32_t bits;
	} kinds[] = {
		{ 0x20, SIGNING_RSA_PSS, "sha256", 2048 },
		{ 0x21, SIGNING_ECDSA, "sha256", 224 },
		{ 0x22, SIGNING_ECDSA, "sha256", 256 },
		{ 0x23, SIGNING_RSA_PSS, "sha256", 3072 },
		{ 0x24, SIGNING_OTHER, NULL, 256 },
	};
	struct byte_range covers = { 0, m->fields + m->protected_length };
	bool p384 = type == 0x22 && m->sha384;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (kinds[i].type == type)
			listing_signature(
				l, &(struct signature){ .by = kinds[i].by,
							.digest = p384 ? "sha384" : kinds[i].digest,
							.bits = p384 ? 384 : kinds[i].bits,
							.value = value,
							.offset = at + 4,
							.length = value.n,
							.covers = &covers,
							.cover_count = 1 });
}

/* What is encrypted has the digest, and the signature, of what it was. */
static void list_fields(struct listing *l, struct mcuboot *m, uint64_t at, uint32_t length)
{
	uint64_t end = at + length;

	for (int i = 0; i < MOST_FIELDS && at + 4 <= end; i++) {
		uint16_t type = span_u16(l->in, at, false), n = span_u16(l->in, at + 2, false);
		struct span value = span_sub(l->in, at + 4, n);

		part_owned(l, at, 4 + (uint64_t)n < end - at ? 4 + (uint64_t)n : end - at,
			   field_name(type));
		if (4 + (uint64_t)n > end - at || value.n != n) {
			listing_fault(l, fault_at(FAULT_BROKEN, at + 2, "length of a field", n,
						  end - at));
			return;
		}
		if (!(m->flags & (FLAG_AES128 | FLAG_AES256))) {
			m->sha384 |= type == 0x11;
			check_digest(l, m, type, value, at);
			add_signature(l, m, type, value, at);
		}
		at += 4 + (uint64_t)n;
	}
}

static struct fault list(struct listing *l)
{
	struct mcuboot m;
	struct fault bad = read_header(l->in, &m);
	uint64_t rest;

	if (bad.kind)
		return bad;
	rest = m.fields + m.protected_length;
	l->kind = LISTING_REGIONS;
	part_list(l, 12, m.header, m.image, "image");
	if (m.protected_length > 4) {
		part_owned(l, m.fields, 4, "protected fields");
		list_fields(l, &m, m.fields + 4, m.protected_length - 4u);
	}
	part_owned(l, rest, 4, "fields");
	if (fields_at(l->in, rest, FIELDS) > 4)
		list_fields(l, &m, rest + 4, fields_at(l->in, rest, FIELDS) - 4u);
	if (l->in.n < rest + 4 || l->in.n < end_of(l->in, &m))
		listing_fault(l, fault_at(FAULT_SHORT, 12, "length", l->in.n, rest + 4));
	if (m.flags & (FLAG_AES128 | FLAG_AES256))
		return fault_at(FAULT_ENCRYPTED, 16,
				m.flags & FLAG_AES256 ? "AES-256-CTR" : "AES-128-CTR", m.flags, 0);
	return fine;
}

const struct format format_mcuboot = {
	.name = "mcuboot",
	.says = "image for MCUboot",
	.domain = DOMAIN_DEVICE,
	.spec = "mcu-tools/mcuboot boot/bootutil/include/bootutil/image.h",
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 4, "\x3d\xb8\xf3\x96" } },
	.probe = probe,
	.list = list,
};
