/* store_admit.c - from an envelope to an entry: whose key signed it is looked up in the admission
 * file. An envelope does not say by which key it is signed, so all are tried, the last one that
 * fitted first. */
#include <stdlib.h>
#include <time.h>

#include "log/store_own.h"

bool admission_open(struct log *l, struct log_error *e)
{
	const struct roster *r = l->options.admission;

	for (uint32_t i = 0; r && i < r->count; i++) {
		const struct roster_key *k = &r->keys[i];

		l->admitted[i] = sigkey_read_spki((struct span){ k->spki, k->spki_size });
		if (!l->admitted[i])
			return log_fail(e, NULL, "admission",
					"OpenSSL does not take the key of "
					"\"%.*s\"",
					(int)k->name.n, k->name.p);
	}
	return true;
}

void admission_free(struct log *l)
{
	for (uint32_t i = 0; i < ROSTER_MOST_KEYS; i++)
		sigkey_free(l->admitted[i]);
}

/* A thread that verifies: each key is made ready by each of them, the first time it is tried. */
struct verifier {
	struct log *log;
	struct arena arena;
	struct sigcheck *checks[ROSTER_MOST_KEYS];
};

static bool signed_by(struct verifier *v, uint32_t i, struct span pae, struct span signature,
		      int64_t now)
{
	const struct log *l = v->log;
	bool is_ed25519 = signature.n == 64;

	if (!roster_key_counts(&l->options.admission->keys[i], now) ||
	    (sigkey_kind_of(l->admitted[i]) == SIGKEY_ED25519) != is_ed25519)
		return false;
	if (!v->checks[i])
		v->checks[i] = sigcheck_new(l->admitted[i]);
	return v->checks[i] && sigcheck_holds(v->checks[i], pae, signature);
}

/* NULL: none did. */
static const struct roster_key *find_signer(struct verifier *v, struct span pae,
					    struct span signature)
{
	struct log *l = v->log;
	const struct roster *r = l->options.admission;
	uint32_t last = l->last_admitted;
	int64_t now = time(NULL);

	if (!r || r->count == 0)
		return NULL;
	if (signed_by(v, last, pae, signature, now))
		return &r->keys[last];
	for (uint32_t i = 0; i < r->count; i++)
		if (i != last && signed_by(v, i, pae, signature, now)) {
			l->last_admitted = i;
			return &r->keys[i];
		}
	return NULL;
}

static void refuse(struct job *j, enum log_outcome outcome, const char *why)
{
	j->receipt = (struct log_receipt){ .outcome = outcome, .why = why };
}

/* Whoever has no key can still turn an ECDSA signature round: that is no other entry. */
static void make_twin(const struct log *l, struct job *j, const uint8_t pae_sha256[SHA256_SIZE],
		      struct span signature, const struct roster_key *k)
{
	uint8_t twin[MOST_SIGNATURE], entry[ENTRY_MOST];
	struct span other = { twin, 0 }, body = { entry, 0 };

	if (!sigkey_twin(l->admitted[k - l->options.admission->keys], signature, twin, &other.n))
		return;
	body.n = entry_write(pae_sha256, other, (struct span){ k->spki, k->spki_size }, entry);
	j->has_twin = body.n > 0;
	merkle_leaf(&body, 1, j->twin);
}

/* The entry lies in front of the envelope from then on. */
static bool make_record(const struct log *l, struct job *j, const uint8_t pae_sha256[SHA256_SIZE],
			struct span signature, const struct roster_key *k)
{
	uint8_t entry[ENTRY_MOST];
	size_t n =
		entry_write(pae_sha256, signature, (struct span){ k->spki, k->spki_size }, entry);
	size_t envelope = j->record.envelope.n;
	uint8_t *bytes = n ? malloc(n + envelope) : NULL;

	if (!bytes)
		return false;
	make_twin(l, j, pae_sha256, signature, k);
	memcpy(bytes, entry, n);
	memcpy(bytes + n, j->bytes, envelope);
	free(j->bytes);
	j->bytes = bytes;
	j->record.entry = (struct span){ bytes, n };
	j->record.envelope = (struct span){ bytes + n, envelope };
	memcpy(j->record.pae_sha256, pae_sha256, SHA256_SIZE);
	merkle_leaf(&j->record.entry, 1, j->leaf);
	return true;
}

/* False: it is refused, and the receipt says why. */
static bool verify(struct verifier *v, struct job *j)
{
	const struct roster_key *k;
	struct envelope env;
	const char *wrong = dsse_read(j->record.envelope, &v->arena, &env);

	if (!wrong && !span_is(env.payload_type, STATEMENT_MEDIA_TYPE))
		wrong = "its payload is no in-toto statement";
	if (!wrong && env.signature_count != 1)
		wrong = "it has several signatures, and an entry is about one: send each by itself";
	if (!wrong && (env.signatures[0].n == 0 || env.signatures[0].n > MOST_SIGNATURE))
		wrong = "its signature is of no kind that is known";
	if (wrong) {
		refuse(j, LOG_MALFORMED, wrong);
		return false;
	}
	k = find_signer(v, env.pae, env.signatures[0]);
	if (!k) {
		refuse(j, LOG_NOT_ADMITTED, "no key that is admitted today signed it");
		return false;
	}
	if (make_record(v->log, j, env.pae_sha256, env.signatures[0], k))
		return true;
	refuse(j, LOG_BUSY, "out of memory");
	return false;
}

void *verifier_run(void *log)
{
	struct verifier v = { .log = log };
	struct log *l = log;
	struct job *j;

	while ((j = queue_take(&l->submitted, QUEUE_ONE)) != NULL) {
		bool is_admitted = verify(&v, j);

		l->unverified--; /* before it is ready: whoever is alone is not waited for */
		if (is_admitted)
			queue_put(&l->ready, j);
		else
			job_end(l, j);
		arena_empty(&v.arena);
	}
	for (uint32_t i = 0; i < ROSTER_MOST_KEYS; i++)
		sigcheck_free(v.checks[i]);
	arena_free(&v.arena);
	hash_thread_end();
	return NULL;
}
