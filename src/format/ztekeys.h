/* ztekeys.h - inside format/: keys of ZTE's configurations that somebody has published. */
#ifndef EVENHAND_FORMAT_ZTEKEYS_H
#define EVENHAND_FORMAT_ZTEKEYS_H

#include "base/span.h"

struct zte_key {
	uint8_t key[32], iv[16];
	bool chained; /* AES-256-CBC; else AES-128-ECB */
};

/* The key under which the first block of what is encrypted becomes the head of a configuration;
 * false where no published one does. */
bool zte_find_key(struct span in, bool chained, struct zte_key *k);

/* Whole blocks; as many bytes into out, which is not `in`. */
void zte_decrypt(const struct zte_key *k, struct span in, uint8_t *out);

#endif
