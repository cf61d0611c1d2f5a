/* decrypt.h - inside format/: images that their makers encrypt with a key that somebody has
 * published. */
#ifndef EVENHAND_FORMAT_DECRYPT_H
#define EVENHAND_FORMAT_DECRYPT_H

#include "base/cipher.h"
#include "format/format.h"

/* Appends the plain bytes of the whole blocks of `in` (AES in CBC mode). False when the sink's
 * limit is met. */
bool decrypt_into(struct sink *out, struct span key, struct span iv, struct span in);

/* XOR with a key that repeats, which counts from the first byte of `in`. */
void xor_with(struct span key, struct span in, uint8_t *plain);
/* Appends what xor_with gives. False when the sink's limit is met. */
bool xor_into(struct sink *out, struct span key, struct span in);

/* The first block of plain text, of ciphertext that holds at least one. */
void decrypt_first(struct span key, struct span iv, struct span in, uint8_t plain[AES_BLOCK]);

/* Whether plain bytes begin as an image does that makers encrypt: a boot header, a file system, a
 * packed kernel; with 512 bytes also a tar archive. */
bool begins_as_image(struct span plain);

/* Where the first image of a Seama ends, by its plain first bytes: its seal has none. 0 for what is
 * no Seama, or has too much text in front. */
uint64_t seama_end_of(struct span plain);

/* Whether ciphertext, at least two whole blocks, ends in padding of PKCS #7 under this key.
 * *padding is its length. One key in 250 that is wrong seems right. */
bool decrypt_ends_padded(struct span key, struct span in, uint8_t *padding);

/* Takes the padding of PKCS #7 off plain bytes that begin at `from` in the sink; false where there
 * is none. */
bool decrypt_unpad(struct sink *out, size_t from);

enum openssl_digest { OPENSSL_MD5, OPENSSL_SHA256 };

#define OPENSSL_HEADER 16 /* "Salted__" and the salt */

/* Key (32 bytes) and, behind it, initial vector (16) that `openssl enc` derives from password and
 * salt with one round: EVP_BytesToKey. */
void openssl_derive(enum openssl_digest digest, struct span password, struct span salt,
		    uint8_t key_iv[48]);

#endif
