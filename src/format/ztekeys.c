/* ztekeys.c - keys as mkst/zte-config-utility publishes them in zcu/known_keys.py and
 * examples/auto.py: one of sixteen characters for the kind that is not chained; two texts, whose
 * SHA-256 are key and first block, for the others. Many of those are a model's name and an ending
 * that is the same for all. */
#include "format/ztekeys.h"

#include <stdio.h>

#include "base/cipher.h"
#include "base/hash.h"

#define HEAD "\x01\x02\x03\x04\x00\x00\x00\x00"

static const char *const keys[] = { "MIK@0STzKpB%qJZe",
				    "MIK@0STzKpB%qJZf",
				    "402c38de39bed665",
				    "Q#Zxn*x3kVLc",
				    "Wj",
				    "m8@96&ZG3Nm7N&Iz",
				    "GrWM2Hz&LTvz&f^5",
				    "GrWM3Hz&LTvz&f^9",
				    "Renjx%2$CjM",
				    "tHG@Ti&GVh@ql3XN",
				    "SDEwOE5WMi41Uk9T" };

struct pair {
	const char *key, *iv;
};

static const struct pair pairs[] = {
	{ "H267AV1_CZkey", "H267AV1_CZIV" },
	{ "8cc72b05705d5c46f412af8cbed55aad", "667b02a85c61c786def4521b060265e8" },
	{ "8dc79b15726d5c46d412af8cbed65aad", "678b02a85c63c786def4523b061265e8" },
	{ "L04&Product@5A238dc79b15726d5c06", "ZTE%FN$GponNJ025678b02a85c63c706" },
	{ "f680v9.0", "ZTE%FN$GponNJ025" },
};

static const char *const models[] = { "H188A",         "H196Q",         "H268Q",
				      "H288A",         "H298Q",         "ZXHNH168NV3.5",
				      "ZXHNH268QV7.0", "ZXHNH298QV7.0", "ZXHNF450(EPONONU)" };

static const struct pair endings[] = {
	{ "", "" },
	{ "key", "IV" },
	{ "Key02660004", "Iv02660004" },
	{ "Key02710001", "Iv02710001" },
	{ "Key02710010", "Iv02710010" },
	{ "Key02721401", "Iv02721401" },
	{ "8cc72b05705d5c46f412af8cbed55aa", "667b02a85c61c786def4521b060265e" },
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

void zte_decrypt(const struct zte_key *k, struct span in, uint8_t *out)
{
	struct span key = { k->key, k->chained ? 32 : 16 };

	aes_cbc_decrypt(key, (struct span){ k->iv, AES_BLOCK }, in, out);
	for (size_t i = AES_BLOCK; !k->chained && i < in.n; i++)
		out[i] ^= in.p[i - AES_BLOCK]; /* undoes the chaining */
}

static bool opens(const struct zte_key *k, struct span in)
{
	uint8_t plain[AES_BLOCK];

	zte_decrypt(k, span_head(in, AES_BLOCK), plain);
	return memcmp(plain, HEAD, 8) == 0;
}

static bool try_pair(struct span in, const char *name, const struct pair *p, struct zte_key *k)
{
	char text[96];
	uint8_t digest[SHA256_SIZE];

	snprintf(text, sizeof(text), "%s%s", name, p->key);
	sha256_of(span_text(text), k->key);
	snprintf(text, sizeof(text), "%s%s", name, p->iv);
	sha256_of(span_text(text), digest);
	memcpy(k->iv, digest, AES_BLOCK);
	return opens(k, in);
}

static bool find_pair(struct span in, struct zte_key *k)
{
	for (size_t i = 0; i < COUNT(pairs); i++)
		if (try_pair(in, "", &pairs[i], k))
			return true;
	for (size_t m = 0; m < COUNT(models); m++)
		for (size_t i = 0; i < COUNT(endings); i++)
			if (try_pair(in, models[m], &endings[i], k))
				return true;
	return false;
}

bool zte_find_key(struct span in, bool chained, struct zte_key *k)
{
	*k = (struct zte_key){ .chained = chained };
	if (in.n < AES_BLOCK)
		return false;
	if (chained)
		return find_pair(in, k);
	for (size_t i = 0; i < COUNT(keys); i++) {
		memset(k->key, 0, sizeof(k->key));
		memcpy(k->key, keys[i], strlen(keys[i]));
		if (opens(k, in))
			return true;
	}
	return false;
}
