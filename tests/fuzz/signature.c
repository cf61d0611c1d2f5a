/* signature.c - the signatures of containers: listed, described, and tried with keys that the bytes
 * may hold themselves. The first byte says which container. */
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdlib.h>

#include "format.h"
#include "observe/observe.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const containers[] = { "fit",      "fwtool", "cms",      "pe",
					  "qcom-elf", "mbn",    "qcom-sbl", "npk" };

static void add_key(struct arena *a, struct node *n, const char *algorithm)
{
	EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, algorithm, (size_t)2048);
	struct key_fact *f = fact_new(a, n, FACT_KEY, 0, 1);
	uint8_t *der = NULL;
	int length = i2d_PUBKEY(key, &der);

	if (!f || length <= 0)
		abort();
	f->spki = arena_copy(a, (struct span){ der, (size_t)length });
	OPENSSL_free(der);
	EVP_PKEY_free(key);
}

/* The certificates in the bytes: keys that may lead to a signer. */
static void add_certificates(struct arena *a, struct node *n, struct span in)
{
	for (size_t at = 0; at + 4 < in.n && at < 4096; at++) {
		const uint8_t *p = in.p + at;
		X509 *x = in.p[at] == 0x30 ? d2i_X509(NULL, &p, (long)(in.n - at)) : NULL;
		struct certificate_fact *f = x ? fact_new(a, n, FACT_CERTIFICATE, at, 1) : NULL;
		uint8_t *der = NULL;
		int length = f ? i2d_PUBKEY(X509_get0_pubkey(x), &der) : 0;

		if (length > 0)
			f->spki = arena_copy(a, (struct span){ der, (size_t)length });
		OPENSSL_free(der);
		X509_free(x);
	}
}

static void look(const struct format *format, struct span in)
{
	static struct arena keys;
	static struct node holder = { .kind = KIND_FILE };
	struct arena arena = { 0 };
	struct node parent = { .kind = KIND_FILE }, n = { .kind = KIND_REGION, .parent = &parent };
	/* a file beside: what stands in the container itself is not tried */
	struct node beside = { .kind = KIND_FILE };
	struct node *nodes[] = { &holder, &beside, &n };
	struct tree tree = { .image = &parent, .count = 3, .nodes = nodes };
	struct observation o = { .image = in };
	struct bench bench = { 0, &arena, NULL };
	struct found found = { 0 };
	struct listing l = { .arena = &arena, .beyond = in, .most = FUZZ_ENTRIES };
	uint64_t head = in.n / 2;

	if (!holder.facts) {
		add_key(&keys, &holder, "RSA");
		add_key(&keys, &holder, "ED25519");
	}
	l.before = span_head(in, head);
	l.beyond = span_from(in, format->probe(in, &found).kind ? head : 0);
	if (format->probe(l.beyond, &found).kind == FAULT_NONE) {
		l.in = span_head(l.beyond, found.len);
		l.before = (struct span){ in.p, (size_t)(l.in.p - in.p) };
		format->list(&l);
		add_certificates(&arena, &beside, in);
		observe_signatures(&o, &bench, &n, &l);
		relate_signatures(&o, &tree);
	}
	arena_free(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size ? size : 1);

	if (copy && size > 1) {
		memcpy(copy, data, size);
		observe_start();
		look(format_named(containers[copy[0] % 8]), (struct span){ copy + 1, size - 1 });
	}
	free(copy);
	return 0;
}
