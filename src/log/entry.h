/* entry.h - what the log holds of an envelope: the canonical body of Rekor's hashedrekord 0.0.2
 * (sigstore/rekor-tiles CLIENTS.md), over the digest of the envelope's pre-authentication encoding;
 * so that Sigstore's own verifiers check inclusion. Digests, never blobs. There is one body for one
 * signature: it is never parsed, it is made again and compared. No memory is taken. */
#ifndef EVENHAND_LOG_ENTRY_H
#define EVENHAND_LOG_ENTRY_H

#include "base/hash.h"

#define ENTRY_MOST 1024u /* bytes */

/* The key as its file has it: SubjectPublicKeyInfo in DER, of P-256 or Ed25519. The count of bytes
 * in out; 0 where the key is of another kind or the signature is too long. */
size_t entry_write(const uint8_t pae_sha256[SHA256_SIZE], struct span signature, struct span spki,
		   uint8_t out[ENTRY_MOST]);

/* What an entry was made of. */
struct entry_parts {
	uint8_t pae_sha256[SHA256_SIZE];
	uint8_t signature[128], spki[128];
	size_t signature_size, spki_size;
};

/* False: it is no entry of that form. What it says is what its maker wanted: nothing is checked
 * with the key. */
bool entry_read(struct span entry, struct entry_parts *p);

#endif
