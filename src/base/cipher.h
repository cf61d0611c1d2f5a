/* cipher.h - decryption of images whose key somebody has published. Through OpenSSL, which is
 * started by hash_start. */
#ifndef EVENHAND_BASE_CIPHER_H
#define EVENHAND_BASE_CIPHER_H

#include "base/span.h"

#define AES_BLOCK 16

/* AES in CBC mode, without padding. key: 16 or 32 bytes; iv: one block; in: whole blocks, as many
 * plain bytes into out. */
void aes_cbc_decrypt(struct span key, struct span iv, struct span in, uint8_t *out);

/* The same in ECB mode; key: 16 bytes. */
void aes_ecb_decrypt(struct span key, struct span in, uint8_t *out);

#endif
