/* key.c - private keys: published, shipped, weak. What uses a key is no fact yet: a key that
 * nobody should share is for review, one that everybody has is a failure. */
#include <stdlib.h>

#include "judge/check.h"
#include "judge/key.h"
#include "judge/role.h"
#include "judge/upd.h"
#include "know/know.h"

#define DOES_NOT_PROVE "secrecy of a key that is in no list; that a key is used"

bool key_is_private(const struct key_fact *k)
{
	return word_is(k->key_kind, "private");
}

static int digit(uint8_t c)
{
	return c >= 'a' ? c - 'a' + 10 : c - '0';
}

const struct known_key *key_published(struct span hex)
{
	uint8_t spki[32];

	if (hex.n != 2 * sizeof(spki))
		return NULL;
	for (size_t i = 0; i < sizeof(spki); i++)
		spki[i] = (uint8_t)(digit(hex.p[2 * i]) << 4 | digit(hex.p[2 * i + 1]));
	return known_key_find(spki);
}

/* Keys of RFCs and of self tests stand in programs that use them for nothing: holding one is no
 * mistake by itself. */
static bool is_example(const struct ruling *r, const struct known_key *row, const struct node *n)
{
	return (row->kind && strcmp(row->kind, "published-example-key") == 0) ||
	       holds_test_data(r, n);
}

uint32_t key_count(const struct ruling *r)
{
	return r->c->facts->count[FACT_KEY];
}

static uint32_t private_count(const struct ruling *r)
{
	uint32_t n = 0;

	EACH_FACT(r, FACT_KEY, key_fact, k)
	{
		n += key_is_private(k);
	}
	return n;
}

static void passed_keys(struct ruling *r)
{
	rule_passed(
		r, "%s and %s", counted(r, key_count(r), "key", "keys"),
		counted(r, r->c->facts->count[FACT_CERTIFICATE], "certificate", "certificates"));
}

/* -- KEY-01 -- */

static void judge_published(struct ruling *r)
{
	EACH_FACT(r, FACT_KEY, key_fact, k)
	{
		const struct known_key *row = key_published(k->spki_sha256);

		if (row)
			rule_fact(r,
				  key_is_private(k) && !is_example(r, row, k->f.node)
					  ? OUTCOME_FAIL
					  : OUTCOME_REVIEW,
				  &k->f);
		else if (key_is_private(k) && k->encrypted)
			rule_fact(r, OUTCOME_NOT_EVALUABLE, &k->f);
	}
	EACH_FACT(r, FACT_CERTIFICATE, certificate_fact, x)
	{
		if (key_published(x->spki_sha256))
			rule_fact(r, OUTCOME_REVIEW, &x->f);
	}
	if (rule_count(r, OUTCOME_FAIL))
		rule_says(r, OUTCOME_FAIL, "%s published: anybody can have %s",
			  counted(r, rule_count(r, OUTCOME_FAIL), "private key is",
				  "private keys are"),
			  rule_count(r, OUTCOME_FAIL) == 1 ? "it" : "them");
	if (rule_count(r, OUTCOME_REVIEW))
		rule_says(r, OUTCOME_REVIEW, "%s to a private key that is published",
			  counted(r, rule_count(r, OUTCOME_REVIEW), "place belongs",
				  "places belong"));
	if (rule_count(r, OUTCOME_NOT_EVALUABLE))
		rule_open(r, REASON_ENCRYPTED, "%s encrypted",
			  counted(r, rule_count(r, OUTCOME_NOT_EVALUABLE), "private key is",
				  "private keys are"));
	passed_keys(r);
}

const struct check check_key_01 = {
	.id = "KEY-01",
	.group = "KEY",
	.title = "Private key known to the public",
	.rule = "fail if a private key of the image is published; review if only a certificate or "
		"public key of it is there, or if it is an example or stands in a library or "
		"published program; pass if none is; not evaluable for encrypted keys",
	.does_not_prove = "secrecy of a key that is in no list",
	.requirements = "EN 5.4-3 (M); EN 5.4-4 (M); TR.A.12 (MUST NOT); TR.D.20 (MUST NOT); "
			"TR.K.3 (MUST NOT); TR.M.3 (MUST NOT); 33.117 4.2.3.4.2.3; CRA I(2)(a); "
			"CRA I(2)(d); CRA I(2)(e); ISVS 2.4.1 (L1); ISVS 2.1.9 (L1); CWE-321; "
			"CWE-798",
	.reads =
		READS(CERTIFICATE) | READS(COMPONENT) | READS(EXECUTABLE) | READS(KEY) | READS_GAPS,
	.judge = judge_published,
};

/* -- KEY-02 -- */

static bool is_host_key(const struct key_fact *k)
{
	struct span name = node_name(k->f.node);

	return key_is_private(k) &&
	       (word_is(k->encoding, "dropbear") ||
		span_find(name, 0, span_text("host_key")) != SIZE_MAX ||
		(span_starts(name, span_text("ssh_host_")) && span_ends(name, span_text("_key"))));
}

/* A started server reads it, and no script makes another one. */
static bool is_in_use(const struct ruling *r, const struct node *key)
{
	if (!started_role(r, "ssh", key))
		return false;
	EACH_SETTING(r, "key generation", s)
	if (s->f.node->container == key->container)
		return false;
	return true;
}

static void judge_shipped(struct ruling *r)
{
	EACH_FACT(r, FACT_KEY, key_fact, k)
	{
		if (!key_is_private(k))
			continue;
		rule_fact(r,
			  k->encrypted                                ? OUTCOME_NOT_EVALUABLE
			  : is_host_key(k) && is_in_use(r, k->f.node) ? OUTCOME_FAIL
								      : OUTCOME_REVIEW,
			  &k->f);
	}
	if (rule_count(r, OUTCOME_FAIL))
		rule_says(r, OUTCOME_FAIL, "%s a started server, everywhere",
			  counted(r, rule_count(r, OUTCOME_FAIL), "private key identifies",
				  "private keys identify"));
	if (rule_count(r, OUTCOME_REVIEW))
		rule_says(
			r, OUTCOME_REVIEW, "%s the same on every device",
			counted(r, rule_count(r, OUTCOME_REVIEW), "private key,", "private keys,"));
	if (rule_count(r, OUTCOME_NOT_EVALUABLE))
		rule_open(r, REASON_ENCRYPTED, "%s encrypted; who knows the pass phrase is open",
			  counted(r, rule_count(r, OUTCOME_NOT_EVALUABLE), "private key is",
				  "private keys are"));
	passed_keys(r);
}

const struct check check_key_02 = {
	.id = "KEY-02",
	.group = "KEY",
	.title = "Private key shipped in the image",
	.rule = "fail if an unencrypted private key is the identity of a started service; review "
		"for "
		"any other; pass if there is none",
	.does_not_prove = "that a key is used; that first boot does not replace it",
	.requirements = "EN 5.4-1 (M); EN 5.4-3 (M); EN 5.4-4 (M); TR.A.12 (MUST NOT); "
			"TR.D.20 (MUST NOT); TR.K.3 (MUST NOT); ISVS 2.4.1 (L1); ISVS 5.1.4 (L2); "
			"CRA I(2)(e); CWE-321; CWE-522",
	.reads = READS(CERTIFICATE) | READS(KEY) | READS(SERVICE) | READS_GAPS,
	.judge = judge_shipped,
};

/* -- KEY-04 -- */

/* Whether updates or boot stages are checked with the other half of that key. */
static bool is_signing(const struct ruling *r, const struct key_fact *k)
{
	EACH_FACT(r, FACT_UPDATE, update_fact, u)
	if (upd_is_key(u) && u->spki_sha256.n && span_equal(u->spki_sha256, k->spki_sha256))
		return true;
	return false;
}

static void judge_signing(struct ruling *r)
{
	uint32_t n = private_count(r), known = 0;

	EACH_FACT(r, FACT_UPDATE, update_fact, u)
	known += upd_is_key(u) && u->spki_sha256.n;
	EACH_FACT(r, FACT_KEY, key_fact, k)
	if (key_is_private(k) && is_signing(r, k))
		rule_fact(r, OUTCOME_FAIL, &k->f);
	if (rule_count(r, OUTCOME_FAIL))
		rule_says(r, OUTCOME_FAIL, "%s the other half of one that checks updates",
			  counted(r, rule_count(r, OUTCOME_FAIL), "private key is",
				  "private keys are"));
	if (n && !known)
		rule_open(r, REASON_NO_DATA_TABLE, "which key checks updates is not known; %s here",
			  counted(r, n, "private key is", "private keys are"));
	else
		rule_passed(r, "%s, %s", counted(r, n, "private key", "private keys"),
			    counted(r, known, "key that checks", "keys that check"));
}

const struct check check_key_04 = {
	.id = "KEY-04",
	.group = "KEY",
	.title = "Firmware signing key in the image",
	.rule = "fail if a private key is the other half of the key that checks updates; not "
		"evaluable if that key is not known; otherwise pass",
	.does_not_prove = "secrecy of the signing key outside the image",
	.requirements = "33.117 4.2.3.3.5; EN 5.3-7 (M); EN 5.3-10 (M); TR.E.6; ISVS 1.3.13 (L2); "
			"ISVS 3.4.3 (L1); CWE-321; CWE-347",
	.reads = READS(KEY) | READS(UPDATE) | READS_GAPS,
	.judge = judge_signing,
};

/* -- KEY-05 -- */

static bool has_weakness(const struct spans *w, const char *name)
{
	for (uint32_t i = 0; i < w->n; i++)
		if (span_is(w->p[i], name))
			return true;
	return false;
}

/* The number itself is at fault, whatever made it. */
static bool is_open_number(const struct spans *w)
{
	return has_weakness(w, "exponent") || has_weakness(w, "small factor");
}

static enum outcome strength(const char *algorithm, uint32_t bits)
{
	bool rsa, dsa;

	if (!algorithm || bits == 0)
		return OUTCOME_PASS;
	rsa = strncmp(algorithm, "rsa", 3) == 0;
	dsa = strcmp(algorithm, "dsa") == 0;
	if (((rsa || dsa) && bits < 2048) || (strcmp(algorithm, "ec") == 0 && bits < 224))
		return OUTCOME_FAIL;
	return dsa ? OUTCOME_REVIEW : OUTCOME_PASS;
}

struct weighed {
	uint32_t judged, too_short;
	const char *algorithm; /* of the shortest */
	uint32_t bits;
};

static void weigh(struct ruling *r, const struct fact *f, const char *algorithm, uint32_t bits,
		  struct weighed *w)
{
	enum outcome o = strength(algorithm, bits);

	if (o != OUTCOME_PASS)
		rule_fact(r, o, f);
	if (o != OUTCOME_FAIL)
		return;
	if (w->too_short++ == 0 || bits < w->bits) {
		w->algorithm = algorithm;
		w->bits = bits;
	}
}

/* `openssl speed` measures 512 bits: test data are not weighed. */
static void weigh_all(struct ruling *r, struct weighed *w)
{
	EACH_FACT(r, FACT_KEY, key_fact, k)
	{
		w->judged += !k->encrypted;
		if (holds_test_data(r, k->f.node))
			continue;
		if (is_open_number(&k->weaknesses))
			rule_fact(r, OUTCOME_FAIL, &k->f);
		else
			weigh(r, &k->f, k->algorithm, k->bits, w);
	}
	EACH_FACT(r, FACT_CERTIFICATE, certificate_fact, x)
	{
		w->judged++;
		if (is_open_number(&x->weaknesses))
			rule_fact(r, OUTCOME_FAIL, &x->f);
		else
			weigh(r, &x->f, x->key_algorithm, x->key_bits, w);
	}
}

static void judge_strength(struct ruling *r)
{
	struct weighed w = { 0 };

	weigh_all(r, &w);
	if (rule_count(r, OUTCOME_FAIL) > w.too_short)
		rule_says(r, OUTCOME_FAIL, "%s open by its own numbers",
			  counted(r, rule_count(r, OUTCOME_FAIL) - w.too_short, "RSA key is",
				  "RSA keys are each"));
	else if (w.too_short)
		rule_says(
			r, OUTCOME_FAIL, "%s %s of %u bits",
			counted(r, w.too_short, "key is too short:", "keys are too short, down to"),
			w.algorithm, w.bits);
	if (rule_count(r, OUTCOME_REVIEW))
		rule_says(r, OUTCOME_REVIEW, "%s for DSA, which is no longer approved",
			  counted(r, rule_count(r, OUTCOME_REVIEW), "key is", "keys are"));
	if (w.judged)
		passed_keys(r);
	else
		rule_says(r, OUTCOME_NOT_APPLICABLE, "no key or certificate was found");
}

const struct check check_key_05 = {
	.id = "KEY-05",
	.group = "KEY",
	.title = "Weak key size or algorithm",
	.rule = "fail for RSA or DSA below 2048 bits, elliptic curves below 224, and RSA with the "
		"exponent 1, an even one, or a factor below 65536; review for any other DSA; "
		"otherwise pass; keys inside libraries and published programs are left out; not "
		"applicable without keys and certificates",
	.does_not_prove = DOES_NOT_PROVE,
	.requirements = "EN 5.5-1 (M); EN 5.1-3 (M); TR.D.5; ISVS 2.4.2 (L1); ISVS 2.4.7 (L3); "
			"CWE-326",
	.reads =
		READS(CERTIFICATE) | READS(COMPONENT) | READS(EXECUTABLE) | READS(KEY) | READS_GAPS,
	.judge = judge_strength,
};

/* -- KEY-06 -- */

/* Whether an RSA key is weak by the way it was made; not evaluable if it was not tested. */
static void judge_one_structure(struct ruling *r, const struct fact *f, const char *algorithm,
				const struct spans *w, const char **first)
{
	static const char *const proofs[] = { "roca", "shared prime", "close primes" };
	enum outcome o = w->p ? OUTCOME_PASS : OUTCOME_NOT_EVALUABLE;

	if (!algorithm || strncmp(algorithm, "rsa", 3) != 0)
		return;
	for (size_t i = 0; i < sizeof(proofs) / sizeof(proofs[0]); i++)
		if (has_weakness(w, proofs[i])) {
			*first = *first ? *first : proofs[i];
			o = OUTCOME_FAIL;
		}
	rule_fact(r, o, f);
}

/* Without the list of 2008 nobody can say that a key is none of it. */
static void say_untested(struct ruling *r, uint32_t encrypted, uint32_t stored)
{
	uint32_t untested = rule_count(r, OUTCOME_NOT_EVALUABLE);
	uint32_t tested = rule_count(r, OUTCOME_PASS);

	if (encrypted)
		rule_open(r, REASON_ENCRYPTED, "%s encrypted",
			  counted(r, encrypted, "private key is", "private keys are"));
	else if (untested)
		rule_open(r, REASON_LIMIT_REACHED, "%s too long, or too many, to be tested",
			  counted(r, untested, "RSA key is", "RSA keys are"));
	else if (tested)
		rule_open(r, REASON_NO_DATA_TABLE, "%s no weakness; Debian's list is not here",
			  counted(r, tested, "RSA key shows", "RSA keys show"));
	else if (stored)
		rule_open(r, REASON_NO_DATA_TABLE, "%s in certificates alone, not tested",
			  counted(r, stored, "RSA key stands", "RSA keys stand"));
	else
		rule_says(r, OUTCOME_NOT_APPLICABLE, "no RSA key was found");
}

static void judge_structure(struct ruling *r)
{
	const char *first = NULL;
	uint32_t encrypted = 0, stored = 0;

	EACH_FACT(r, FACT_KEY, key_fact, k)
	{
		bool is_sealed = k->encrypted && !k->spki_sha256.n;

		if (holds_test_data(r, k->f.node))
			continue;
		encrypted += is_sealed;
		/* what a sealed key is may be sealed too */
		judge_one_structure(r, &k->f, is_sealed ? "rsa" : k->algorithm, &k->weaknesses,
				    &first);
	}
	EACH_FACT(r, FACT_CERTIFICATE, certificate_fact, x)
	{
		/* Of a store of authorities nothing is tested: it is none of the image's keys. */
		if (x->weaknesses.p)
			judge_one_structure(r, &x->f, x->key_algorithm, &x->weaknesses, &first);
		else
			stored += x->key_algorithm && strncmp(x->key_algorithm, "rsa", 3) == 0;
	}
	if (first)
		rule_says(r, OUTCOME_FAIL, "%s be computed from the public half: %s",
			  counted(r, rule_count(r, OUTCOME_FAIL), "private key can",
				  "private keys can"),
			  first);
	say_untested(r, encrypted, stored);
}

const struct check check_key_06 = {
	.id = "KEY-06",
	.group = "KEY",
	.title = "Weak key structure",
	.rule = "fail if a test proves a weakness (ROCA, primes shared within the image, primes "
		"that are close); otherwise not evaluable without Debian's list of weak keys of "
		"2008; keys inside libraries and published programs, and those of a store of more "
		"than 32 certificates, are left out; not applicable without RSA keys",
	.does_not_prove = DOES_NOT_PROVE,
	.requirements = "EN 5.5-1 (M); ISVS 2.4.2; ISVS 2.4.3; CWE-331; CWE-338",
	.reads =
		READS(CERTIFICATE) | READS(COMPONENT) | READS(EXECUTABLE) | READS(KEY) | READS_GAPS,
	.judge = judge_structure,
};

/* -- KEY-10 -- */

static void judge_host_key(struct ruling *r)
{
	EACH_FACT(r, FACT_KEY, key_fact, k)
	{
		if (is_host_key(k))
			rule_fact(r, is_in_use(r, k->f.node) ? OUTCOME_FAIL : OUTCOME_REVIEW,
				  &k->f);
	}
	if (rule_count(r, OUTCOME_FAIL))
		rule_says(r, OUTCOME_FAIL, "%s in use, the same on every device",
			  counted(r, rule_count(r, OUTCOME_FAIL), "SSH host key is",
				  "SSH host keys are"));
	if (rule_count(r, OUTCOME_REVIEW))
		rule_says(r, OUTCOME_REVIEW, "%s the same on every device",
			  counted(r, rule_count(r, OUTCOME_REVIEW), "SSH host key,",
				  "SSH host keys,"));
	passed_keys(r);
}

const struct check check_key_10 = {
	.id = "KEY-10",
	.group = "KEY",
	.title = "Host key or device certificate baked in",
	.rule = "fail if a started service uses it and nothing makes it anew; review if something "
		"does or its use is not known; pass if there is none",
	.does_not_prove = "that first boot does not replace it",
	.requirements = "EN 5.4-4 (M); TR.D.20 (MUST NOT); TR.K.3; ISVS 2.4.1; CWE-321",
	.reads = READS(CERTIFICATE) | READS(KEY) | READS(SERVICE) | READS_GAPS,
	.judge = judge_host_key,
};
