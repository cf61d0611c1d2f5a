/* key.c - keys and certificates in any file: the pattern pass shows where one may begin, a full
 * parse decides. A header without a body that parses is a constant of some program, no key. */
#include "observe/key.h"

#include <openssl/err.h>
#include <stdio.h>

#define MOST_PEM   (96u << 10)
#define MOST_FACTS 8192 /* of one leaf: bundles hold hundreds of certificates */

enum pem_content { PEM_PRIVATE, PEM_PUBLIC, PEM_PUBLIC_RSA, PEM_OPENSSH, PEM_CERTIFICATE };

static const struct {
	const char *label;
	enum pem_content content;
	const char *encoding, *algorithm;
} pem_labels[] = {
	{ "RSA PRIVATE KEY", PEM_PRIVATE, "pem pkcs1", "rsa" },
	{ "EC PRIVATE KEY", PEM_PRIVATE, "pem sec1", "ec" },
	{ "DSA PRIVATE KEY", PEM_PRIVATE, "pem dsa", "dsa" },
	{ "PRIVATE KEY", PEM_PRIVATE, "pem pkcs8", NULL },
	{ "ENCRYPTED PRIVATE KEY", PEM_PRIVATE, "pem pkcs8", NULL },
	{ "OPENSSH PRIVATE KEY", PEM_OPENSSH, "openssh", NULL },
	{ "PUBLIC KEY", PEM_PUBLIC, "pem spki", NULL },
	{ "RSA PUBLIC KEY", PEM_PUBLIC_RSA, "pem pkcs1", "rsa" },
	{ "CERTIFICATE", PEM_CERTIFICATE, "pem", NULL },
	{ "X509 CERTIFICATE", PEM_CERTIFICATE, "pem", NULL },
	{ "TRUSTED CERTIFICATE", PEM_CERTIFICATE, "pem", NULL },
};

static struct span hex_of(struct arena *a, const uint8_t digest[32])
{
	struct text t = { 0 };
	struct span copy;

	text_hex(&t, (struct span){ digest, 32 });
	copy = arena_copy(a, text_span(&t));
	text_free(&t);
	return copy;
}

static struct span known_as(struct arena *a, const struct key_read *k)
{
	const struct known_key *row = k->has_spki ? known_key_find(k->spki_sha256) : NULL;
	struct text t = { 0 };
	struct span copy;

	if (!row)
		return (struct span){ 0 };
	text_format(&t, "%s: %s (%s)", row->source ? row->source : "published",
		    row->product ? row->product : "no product named",
		    row->reference ? row->reference : "-");
	copy = arena_copy(a, text_span(&t));
	text_free(&t);
	return copy;
}

void key_add(struct scene *s, const struct key_read *k, uint64_t at, uint64_t length)
{
	struct arena *a = s->bench->arena;
	struct key_fact *f = NULL;

	if (s->keys++ < MOST_FACTS)
		f = fact_new(a, s->node, FACT_KEY, at, length);
	if (!f)
		return;
	f->f.line = scene_line(s, at);
	f->key_kind = k->is_private ? "private" : "public";
	f->algorithm = k->algorithm;
	f->curve = k->curve;
	f->bits = k->bits;
	f->encoding = k->encoding;
	f->encrypted = k->encrypted;
	if (k->has_spki)
		f->spki_sha256 = hex_of(a, k->spki_sha256);
	f->known = known_as(a, k);
	f->spki = arena_copy(a, (struct span){ k->spki, k->spki_size });
	f->rsa = key_rsa(a, k);
}

/* Lines "Name: value" before the body (RFC 1421); true when one says that the key is encrypted. */
static bool skip_headers(struct span *body)
{
	bool encrypted = false;
	struct span rest = *body, line;
	size_t at = 0;

	while (line_next(rest, &at, &line)) {
		if (line.n == 0)
			continue;
		if (span_find(line, 0, span_text(": ")) == SIZE_MAX)
			break;
		encrypted |= span_find(line, 0, span_text("ENCRYPTED")) != SIZE_MAX;
		*body = span_from(rest, at);
	}
	return encrypted;
}

static bool add_pem(struct scene *s, size_t row, struct span raw, bool encrypted, uint64_t at,
		    uint64_t length)
{
	struct key_read k = { 0 };
	bool holds = false;

	switch (pem_labels[row].content) {
	case PEM_CERTIFICATE:
		return certificate_add(s, raw, at, length);
	case PEM_PRIVATE:
		holds = encrypted ? raw.n >= 32 && raw.n % 8 == 0 : key_from_private_der(raw, &k);
		break;
	case PEM_OPENSSH:
		holds = key_from_openssh(raw, &k);
		break;
	case PEM_PUBLIC:
	case PEM_PUBLIC_RSA:
		holds = key_from_public_der(raw, pem_labels[row].content == PEM_PUBLIC_RSA, &k);
		break;
	}
	if (!holds)
		return false;
	if (encrypted)
		k = (struct key_read){ .is_private = true,
				       .encrypted = true,
				       .algorithm = pem_labels[row].algorithm };
	k.encoding = pem_labels[row].encoding;
	key_add(s, &k, at, length);
	return true;
}

/* The end of a line belongs to it, where there is one. */
static uint64_t line_end(struct span rest)
{
	if (span_byte(rest, 0) == '\n')
		return 1;
	return span_starts(rest, span_text("\r\n")) ? 2 : 0;
}

/* "-----BEGIN " ended at `end`. Gives where the block ends, 0 when it is none. */
static uint64_t read_pem(struct scene *s, uint64_t end)
{
	uint64_t at = end - 11;
	struct span rest = span_head(span_from(s->bytes, end), MOST_PEM), label, body;
	size_t close = span_find(rest, 0, span_text("-----")), stop;
	struct text raw = { 0 };
	uint64_t length = 0;

	label = span_sub(rest, 0, close < 40 && s->parsed <= MOST_TRIED ? close : 0);
	for (size_t i = 0; i < sizeof(pem_labels) / sizeof(pem_labels[0]); i++) {
		char tail[64];

		if (!span_is(label, pem_labels[i].label))
			continue;
		snprintf(tail, sizeof(tail), "-----END %s-----", pem_labels[i].label);
		stop = span_find(rest, close + 5, span_text(tail));
		s->parsed += stop == SIZE_MAX ? rest.n : stop;
		if (stop == SIZE_MAX)
			break;
		body = span_sub(rest, close + 5, stop - close - 5);
		bool encrypted = skip_headers(&body);

		text_base64(&raw, body);
		stop += strlen(tail);
		length = 11 + stop + line_end(span_from(rest, stop));
		if (!add_pem(s, i, text_span(&raw), encrypted, at, length))
			length = 0;
		break;
	}
	text_free(&raw);
	return length ? at + length : 0;
}

/* Length of the SEQUENCE that begins here, when it is worth a try. */
static uint64_t sequence(struct scene *s, uint64_t at, uint64_t least)
{
	uint64_t n = der_length(span_from(s->bytes, at), 0x30);

	if (n <= least || n > MOST_DER || s->parsed > MOST_TRIED)
		return 0;
	s->parsed += n + EACH_TRY;
	return n;
}

/* The SEQUENCE that a mark stands in begins a few bytes before it. */
static uint64_t read_der(struct scene *s, uint64_t mark)
{
	for (uint64_t back = 2; back <= 12 && back <= mark; back++) {
		uint64_t n = sequence(s, mark - back, back);
		struct key_read k;

		if (n && key_from_private_der(span_sub(s->bytes, mark - back, n), &k)) {
			key_add(s, &k, mark - back, n);
			return mark - back + n;
		}
	}
	return 0;
}

static uint64_t read_certificate(struct scene *s, uint64_t mark)
{
	for (uint64_t back = 4; back <= 8 && back <= mark; back++) {
		uint64_t n = sequence(s, mark - back, back);

		if (n && certificate_add(s, span_sub(s->bytes, mark - back, n), mark - back, n))
			return mark - back + n;
	}
	return 0;
}

/* "ssh-rsa AAAA...": the name, a blank, base64 up to the next blank. */
static uint64_t read_ssh_public(struct scene *s, uint64_t at)
{
	struct span rest = span_head(span_from(s->bytes, at), 16384), name = field_next(&rest, ' ');
	size_t n = 0;
	struct text raw = { 0 };
	struct key_read k = { 0 };
	bool holds;

	while (n < rest.n && rest.p[n] > ' ' && rest.p[n] <= '~')
		n++;
	text_base64(&raw, span_sub(rest, 0, n));
	holds = key_from_ssh_blob(text_span(&raw), &k);
	text_free(&raw);
	if (!holds)
		return 0;
	key_add(s, &k, at, name.n + 1 + n);
	return at + name.n + 1 + n;
}

static uint64_t read_dropbear(struct scene *s, uint64_t at)
{
	struct key_read k = { 0 };
	uint64_t length;

	if (s->parsed > MOST_TRIED)
		return 0;
	s->parsed += EACH_TRY;
	if (!key_from_dropbear(span_from(s->bytes, at), &k, &length))
		return 0;
	key_add(s, &k, at, length);
	return at + length;
}

static uint64_t read_mark(struct scene *s, const struct key_mark *m, uint64_t end)
{
	switch (m->form) {
	case FORM_PEM:
		return read_pem(s, end);
	case FORM_DER_SEQUENCE:
		return read_der(s, end - m->len);
	case FORM_DER_CERTIFICATE:
		return read_certificate(s, end - m->len);
	case FORM_SSH_PUBLIC:
		return read_ssh_public(s, end - m->len);
	case FORM_DROPBEAR:
		return read_dropbear(s, end - m->len);
	case FORM_PKCS12:
		return key_store_pkcs12(s, end - m->len);
	case FORM_JKS:
		return key_store_java(s, end - m->len);
	}
	return 0;
}

/* A public key alone in a file of its own, in DER. */
static void read_whole_file(struct scene *s)
{
	struct key_read k;

	if (s->bytes.n > 4096 || span_byte(s->bytes, 0) != 0x30 ||
	    !key_from_public_der(s->bytes, false, &k))
		return;
	key_add(s, &k, 0, s->bytes.n);
}

static void look(struct scene *s)
{
	uint64_t done = 0; /* what was read as one object is not searched for others */
	unsigned facts = 0;

	for (uint32_t i = 0; i < s->hit_count && facts < MOST_FACTS; i++) {
		const struct hit *h = &s->hits[i];
		uint64_t end;

		if (h->owner != OWNER_KEY || h->end - key_marks[h->row].len < done)
			continue;
		end = read_mark(s, &key_marks[h->row], h->end);
		if (end) {
			done = end;
			facts++;
		}
	}
	if (facts == 0)
		read_whole_file(s);
	ERR_clear_error();
}

const struct observer observe_keys = { "keys", look };
