/* mh01.c - images of D-Link's EAGLE PRO AI and AQUILA PRO AI devices: a header of 16 bytes ("MH01",
 * length, length of the signature, a mark, sum and XOR of those), what it speaks of, a signature.
 * In the outer one stands a second such header with initial vector (hexadecimal text and a line
 * feed) and what `openssl enc` wrote under a password of the model: AES-128 in CBC mode. In the
 * plain text stands an MH01 again, and in that partitions with JBOOT headers. */
#include "base/cursor.h"
#include "base/text.h"
#include "format/decrypt.h"
#include "format/dlinkai.h"
#include "format/parts.h"
#include "format/sums.h"

#define HEADER  16
#define SUMMED  14
#define IV_TEXT 32
#define PACKED  (2 * HEADER + IV_TEXT + 1)

const struct dlinkai_password dlinkai_passwords[DLINKAI_PASSWORDS] = {
	{ "E15 to 1.20", "044b4e59846ecee953662ff2238fcc23" },
	{ "E15", "927fc5786df1a9557524a0289e1e3f3b" },
	{ "E30 to 1.10", "4d5ee2c8b5d0fdd9a9a2d351ba897752" },
	{ "E30", "238a29b9432f688e30b701548c753146" },
	{ "R12 to 1.10", "a4f7c17c3e0aa4532c2024ce6ac5f17c" },
	{ "R12", "6b5a65dbc1ebc492ac6d8efbbb59ae09" },
	{ "R15 to 1.20", "70070e579f97548a96a7794d4d779376" },
	{ "R15", "7b4df82f7f042b9d0b40971be0ff53c4" },
	{ "R18", "6276ccf4c1d8d6f54b481095e78ff97f" },
	{ "M18", "1ae6c79be7d069ca74df7670bdfc4952" },
	{ "M30 to 1.10", "b4517d9b98e04d9f075f5e78c743e097" },
	{ "M30", "05c79b73cf88619d7b9725505cfd718f" },
	{ "M32 to 1.10", "6b29f1d663a21b35fb45b69a42649f5e" },
	{ "M32", "1bfb1004e29f9eb76dbe26eb0dd87cd1" },
	{ "M60 to 1.10", "c5f8a1e22f808abc84f2e4a6fa5f10bb" },
	{ "M60", "6420da70a975455e4ddd6b8fa5b652e7" },
};

static bool is_header(struct span in, uint64_t at)
{
	struct span h = span_sub(in, at, HEADER);

	return span_starts(h, span_text("MH01")) &&
	       span_byte(h, SUMMED) == (uint8_t)sum_of_bytes(span_head(h, SUMMED)) &&
	       span_byte(h, SUMMED + 1) == xor_of_bytes(0, span_head(h, SUMMED));
}

static uint64_t length_of(struct span in)
{
	return HEADER + (uint64_t)span_u32(in, 4, false) + span_u32(in, 8, false);
}

static struct fault probe_signed(struct span in, struct found *f)
{
	if (in.n <= HEADER)
		return fault_at(FAULT_SHORT, 0, "header", in.n, HEADER + 1);
	if (!is_header(in, 0) || span_u32(in, 4, false) == 0)
		return fault_at(FAULT_BROKEN, SUMMED, "sum of the header", 0, 0);
	f->len = part_bound(length_of(in), in);
	f->proof = PROOF_CHECKSUM;
	return fine;
}

static struct fault list_signed(struct listing *l)
{
	uint32_t length = span_u32(l->in, 4, false), signature = span_u32(l->in, 8, false);

	l->kind = LISTING_REGIONS;
	part_list(l, 4, HEADER, length, "");
	if (length_of(l->in) > l->in.n)
		listing_fault(l, fault_at(FAULT_SHORT, 8, "length", l->in.n, length_of(l->in)));
	part_owned(l, HEADER + (uint64_t)length, signature, "signature");
	return fine;
}

static bool read_iv(struct span in, uint8_t iv[AES_BLOCK])
{
	for (uint64_t i = 0; i < AES_BLOCK; i++) {
		struct span digits = span_sub(in, 2 * HEADER + 2 * i, 2);
		uint64_t value;
		size_t used;

		if (!span_number(digits, 16, &value, &used) || used != 2)
			return false;
		iv[i] = (uint8_t)value;
	}
	return span_byte(in, PACKED - 1) == '\n';
}

/* What `openssl enc` wrote: "Salted__", the salt, ciphertext. */
static struct span packed_of(struct span in)
{
	return span_head(span_from(in, PACKED), span_u32(in, HEADER + 8, false));
}

/* The model whose password makes the plain text begin with MH01; NULL if none does. */
static const char *find_key(struct span in, const uint8_t iv[AES_BLOCK], uint8_t key_iv[48])
{
	struct span packed = packed_of(in);

	for (size_t i = 0; i < DLINKAI_PASSWORDS; i++) {
		uint8_t first[AES_BLOCK];

		openssl_derive(OPENSSL_SHA256, span_text(dlinkai_passwords[i].text),
			       span_sub(packed, 8, 8), key_iv);
		decrypt_first((struct span){ key_iv, 16 }, (struct span){ iv, AES_BLOCK },
			      span_from(packed, OPENSSL_HEADER), first);
		if (is_header((struct span){ first, AES_BLOCK }, 0))
			return dlinkai_passwords[i].model;
	}
	return NULL;
}

static struct fault probe(struct span in, struct found *f)
{
	uint8_t iv[AES_BLOCK], key_iv[48];
	const char *model;

	if (in.n < PACKED + OPENSSL_HEADER + AES_BLOCK)
		return fault_at(FAULT_SHORT, 0, "header", in.n, PACKED + OPENSSL_HEADER);
	if (!is_header(in, 0) || !is_header(in, HEADER))
		return fault_at(FAULT_BROKEN, SUMMED, "sum of the header", 0, 0);
	if (!read_iv(in, iv) || packed_of(in).n < OPENSSL_HEADER + AES_BLOCK ||
	    !span_starts(packed_of(in), span_text("Salted__")))
		return fault_at(FAULT_BROKEN, 2 * HEADER, "initial vector", 0, 0);
	if (span_u32(in, 4, false) < PACKED - HEADER + (uint64_t)span_u32(in, HEADER + 8, false))
		return fault_at(FAULT_BROKEN, 4, "length", span_u32(in, 4, false),
				span_u32(in, HEADER + 8, false));
	f->len = part_bound(length_of(in), in);
	f->proof = PROOF_CHECKSUM;
	model = find_key(in, iv, key_iv);
	label_add(f->label, "AES-128-CBC", (struct span){ 0 });
	if (model)
		label_add(f->label, ", published key of ", span_text(model));
	return fine;
}

static struct fault load(const struct listing *l, const struct entry *e, struct sink *out)
{
	struct span packed = packed_of(l->in);
	uint8_t iv[AES_BLOCK], key_iv[48];

	(void)e;
	if (!read_iv(l->in, iv) || !find_key(l->in, iv, key_iv))
		return fault_at(FAULT_ENCRYPTED, PACKED, "content", 0, 0);
	if (!decrypt_into(out, (struct span){ key_iv, 16 }, (struct span){ iv, AES_BLOCK },
			  span_from(packed, OPENSSL_HEADER)))
		return out->fault;
	if (length_of(l->in) > l->in.n)
		return fault_at(FAULT_SHORT, 4, "length", l->in.n, length_of(l->in));
	if (!decrypt_unpad(out, 0))
		return fault_at(FAULT_BROKEN, PACKED, "padding of the plain text", 0, 0);
	return fine;
}

const struct format format_mh01 = {
	.name = "mh01",
	.says = "D-Link encrypted image (MH01, EAGLE PRO AI)",
	.domain = DOMAIN_BROADBAND,
	.spec = "dlink-ai-firmware-tool.c (OpenWrt); devttys0/delink src/mh01.rs",
	.shape = SHAPE_STREAM,
	.magic = { { 0, 4, "MH01" } },
	.probe = probe,
	.load = load,
};

const struct format format_mh01signed = {
	.name = "mh01-signed",
	.says = "D-Link signed image (MH01, EAGLE PRO AI)",
	.domain = DOMAIN_BROADBAND,
	.spec = "dlink-ai-firmware-tool.c (OpenWrt)",
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 4, "MH01" } },
	.probe = probe_signed,
	.list = list_signed,
};
