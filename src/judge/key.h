/* key.h - inside judge/: what the checks of keys and of certificates share. */
#ifndef EVENHAND_JUDGE_KEY_H
#define EVENHAND_JUDGE_KEY_H

#include "judge/check.h"

bool key_is_private(const struct key_fact *k);
uint32_t key_count(const struct ruling *r);

struct known_key;

/* The row of known-keys.tsv for a SubjectPublicKeyInfo digest in hex, or NULL. */
const struct known_key *key_published(struct span hex);

#endif
