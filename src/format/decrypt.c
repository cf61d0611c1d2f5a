/* decrypt.c - see decrypt.h. */
#include "format/decrypt.h"

#include "base/cursor.h"
#include "base/hash.h"

#define MOST_PASSWORD 64
#define USTAR_AT      257
#define SEAMA         0x5ea3a417u
#define SEAL          12
#define ENTITY        28

bool decrypt_into(struct sink *out, struct span key, struct span iv, struct span in)
{
	struct span whole = span_head(in, in.n / AES_BLOCK * AES_BLOCK);
	uint8_t *room = sink_room(out, whole.n);

	if (!room)
		return false;
	aes_cbc_decrypt(key, iv, whole, room);
	sink_advance(out, whole.n);
	return true;
}

void xor_with(struct span key, struct span in, uint8_t *plain)
{
	for (size_t i = 0; i < in.n; i++)
		plain[i] = in.p[i] ^ key.p[i % key.n];
}

bool xor_into(struct sink *out, struct span key, struct span in)
{
	uint8_t *room = sink_room(out, in.n);

	if (!room)
		return false;
	xor_with(key, in, room);
	sink_advance(out, in.n);
	return true;
}

void decrypt_first(struct span key, struct span iv, struct span in, uint8_t plain[AES_BLOCK])
{
	aes_cbc_decrypt(key, iv, span_head(in, AES_BLOCK), plain);
}

bool begins_as_image(struct span plain)
{
	/* uImage, device tree, Seama, LZMA, gzip, UBI, SquashFS, TRX, D-Link's MH01 and JBOOT */
	static const char starts[][5] = { "\x27\x05\x19\x56",
					  "\xd0\x0d\xfe\xed",
					  "\x5e\xa3\xa4\x17",
					  "\x5d\0\0\x80",
					  "\x1f\x8b\x08\0",
					  "UBI#",
					  "hsqs",
					  "sqsh",
					  "HDR0",
					  "MH01",
					  "DLK6" };

	for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++)
		if (span_starts(plain, (struct span){ (const uint8_t *)starts[i], 4 }))
			return true;
	return span_starts(span_from(plain, USTAR_AT), span_text("ustar"));
}

uint64_t seama_end_of(struct span plain)
{
	uint64_t at = 0;

	for (int i = 0; i < 2; i++) {
		uint64_t meta = span_u16(plain, at + 6, true), size = span_u32(plain, at + 8, true);

		if (at + SEAL > plain.n || span_u32(plain, at, true) != SEAMA)
			return 0;
		if (size)
			return at + ENTITY + meta + size;
		at += SEAL + meta;
	}
	return 0;
}

/* Length of the padding at the end of these plain bytes; 0 where there is none. */
static uint8_t padding_of(struct span plain)
{
	uint8_t n = plain.n ? plain.p[plain.n - 1] : 0;
	struct span end = n ? span_from(plain, plain.n - n) : (struct span){ 0 };

	if (n > AES_BLOCK || n > plain.n)
		return 0;
	for (size_t i = 0; i < end.n; i++)
		if (end.p[i] != n)
			return 0;
	return n;
}

bool decrypt_ends_padded(struct span key, struct span in, uint8_t *padding)
{
	uint8_t plain[AES_BLOCK];
	struct span before;

	if (in.n < 2 * AES_BLOCK)
		return false;
	before = span_sub(in, in.n - 2 * AES_BLOCK, AES_BLOCK);
	aes_cbc_decrypt(key, before, span_from(in, in.n - AES_BLOCK), plain);
	*padding = padding_of((struct span){ plain, AES_BLOCK });
	return *padding > 0;
}

bool decrypt_unpad(struct sink *out, size_t from)
{
	uint8_t padding = padding_of(span_from(sink_span(out), from));

	out->n -= padding;
	return padding > 0;
}

static size_t digest_of(enum openssl_digest digest, struct span s, uint8_t *out)
{
	if (digest == OPENSSL_MD5) {
		md5_of(s, out);
		return 16;
	}
	sha256_of(s, out);
	return SHA256_SIZE;
}

void openssl_derive(enum openssl_digest digest, struct span password, struct span salt,
		    uint8_t key_iv[48])
{
	uint8_t text[SHA256_SIZE + MOST_PASSWORD + 8], made[SHA256_SIZE];
	size_t before = 0;

	password = span_head(password, MOST_PASSWORD);
	salt = span_head(salt, 8);
	for (size_t at = 0; at < 48; at += before) {
		size_t room = 48 - at;

		memcpy(text, made, before);
		memcpy(text + before, password.p, password.n);
		memcpy(text + before + password.n, salt.p, salt.n);
		before = digest_of(digest, (struct span){ text, before + password.n + salt.n },
				   made);
		memcpy(key_iv + at, made, before < room ? before : room);
	}
}
