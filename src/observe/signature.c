/* signature.c - signatures that containers carry: what they are of, what they cover, and whether a
 * key that was given (--trust), or one from the image itself, verifies them. A key in the image
 * shows that both belong together; only a given one says who signed. A key that stands beside the
 * signature in the same container shows nothing: whoever signs anew replaces it too. */
#include "observe/signature.h"

#include <openssl/x509.h>
#include <stdlib.h>

#define MOST_COPY   (1u << 20) /* of a signed content that is not part of the image's own bytes */
#define MOST_HASHED 8          /* times the container and what stands before it */
/* Over the whole image, for keys that were given and for its own apart: */
#define MOST_TRIES   (4096 * DEAR) /* signature and key */
#define MOST_CHECKED 16            /* times the image, hashed by these tries */
#define DEAR         64            /* a try that takes arithmetic; others compare keys */

static const char *const names[] = {
	[SIGNING_RSA] = "rsa",
	[SIGNING_RSA_PSS] = "rsa-pss",
	[SIGNING_ECDSA] = "ecdsa",
	[SIGNING_ED25519] = "ed25519",
	[SIGNING_CMS] = "cms",
	[SIGNING_OPENPGP] = "openpgp",
	[SIGNING_AUTHENTICODE] = "authenticode",
	[SIGNING_QUALCOMM] = "rsa-qualcomm",
	[SIGNING_EC_KCDSA] = "ec-kcdsa",
	[SIGNING_OTHER] = "other",
};

/* -- what is said at once, while the bytes are at hand -- */

static uint64_t bytes_of(const struct byte_range *r, uint32_t n)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < n; i++)
		sum += r[i].length;
	return sum;
}

static struct ranges ranges_of(struct arena *a, const struct node *n, const struct byte_range *r,
			       uint32_t count, uint64_t before)
{
	struct fact_range *list = arena_take(a, (uint64_t)count + 1, sizeof(*list));
	uint32_t at = 0;

	if (!list)
		return (struct ranges){ 0 };
	if (before)
		list[at++] = (struct fact_range){ n->parent, 0, before };
	for (uint32_t i = 0; i < count; i++)
		list[at++] = (struct fact_range){ n, r[i].offset, r[i].length };
	return (struct ranges){ list, at };
}

static bool is_blank(const struct signature *s, uint32_t i)
{
	return i < MOST_BLANK && s->blank >> i & 1;
}

/* The ranges whose bytes are signed. */
static struct ranges ranges_signed(struct arena *a, const struct node *n, const struct signature *s,
				   uint64_t before)
{
	struct byte_range *all = arena_take(a, s->cover_count, sizeof(*all));
	uint32_t kept = 0;

	for (uint32_t i = 0; all && i < s->cover_count; i++)
		if (!is_blank(s, i))
			all[kept++] = s->covers[i];
	return ranges_of(a, n, all, kept, before);
}

/* The signed bytes where they stand in one piece, in order. */
static struct span in_one_piece(const struct listing *l, const struct signature *s)
{
	uint64_t from = s->before ? 0 : l->before.n, end;
	struct span all = { l->before.p ? l->before.p : l->in.p, l->before.n + l->in.n };

	if (s->cover_count == 0)
		return s->before ? l->before : (struct span){ 0 };
	if (!s->before)
		from += s->covers[0].offset;
	else if (s->covers[0].offset)
		return (struct span){ 0 };
	end = l->before.n + s->covers[0].offset;
	for (uint32_t i = 0; i < s->cover_count; i++) {
		if (l->before.n + s->covers[i].offset != end)
			return (struct span){ 0 };
		end += s->covers[i].length;
	}
	return span_sub(all, from, end - from);
}

static bool in_image(const struct observation *o, struct span s)
{
	return s.p >= o->image.p && s.p < o->image.p + o->image.n;
}

static bool hash_zeros(EVP_MD_CTX *ctx, uint64_t n)
{
	static const uint8_t zeros[256];
	bool ok = true;

	for (; ok && n > sizeof(zeros); n -= sizeof(zeros))
		ok = EVP_DigestUpdate(ctx, zeros, sizeof(zeros));
	return ok && EVP_DigestUpdate(ctx, zeros, n);
}

static void hash_parts(const struct listing *l, const struct signature *s, struct message *m)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool ok = ctx && EVP_DigestInit_ex(ctx, EVP_get_digestbyname(m->digest_name), NULL);

	if (ok && s->before)
		ok = EVP_DigestUpdate(ctx, l->before.p, l->before.n);
	for (uint32_t i = 0; ok && i < s->cover_count; i++) {
		struct span part = span_sub(l->in, s->covers[i].offset, s->covers[i].length);

		ok = is_blank(s, i) ? hash_zeros(ctx, part.n)
				    : EVP_DigestUpdate(ctx, part.p, part.n);
	}
	if (!ok || !EVP_DigestFinal_ex(ctx, m->digest, &m->digest_size))
		m->digest_size = 0;
	EVP_MD_CTX_free(ctx);
}

static const struct message *keep_message(struct observation *o, struct arena *a,
					  const struct listing *l, const struct signature *s,
					  const char *digest)
{
	struct message *m = arena_take(a, 1, sizeof(*m));
	struct span whole;

	if (!m)
		return NULL;
	m->by = s->by;
	m->digest_name = digest;
	m->value = arena_copy(a, s->value);
	m->certificates = arena_copy(a, s->certificates);
	if (digest) {
		hash_parts(l, s, m);
		return m;
	}
	whole = in_one_piece(l, s);
	if (whole.n == 0)
		return NULL; /* detached from what is not told */
	if (in_image(o, whole))
		m->whole = whole;
	else if (whole.n <= MOST_COPY)
		m->whole = arena_copy(a, whole);
	return m->whole.n ? m : NULL;
}

/* False where it cannot be told how the signature is checked. */
static bool describe(struct arena *a, const struct signature *s, struct update_fact *f)
{
	struct cms_signer signer = { .by = s->by, .digest = s->digest, .bits = s->bits };
	bool known = true;

	if (s->by == SIGNING_CMS)
		cms_describe(s->value, &signer);
	else if (s->by == SIGNING_AUTHENTICODE)
		authenticode_describe(s->value, &signer);
	else if (s->by == SIGNING_QUALCOMM)
		known = s->certificates.n <= MOST_CMS &&
			qualcomm_describe(s->value, s->certificates, &signer);
	f->algorithm = names[known ? signer.by : SIGNING_OTHER];
	f->digest = signer.digest;
	f->bits = signer.bits;
	f->key = arena_copy(a, signer.name.n ? text_span(&signer.name) : s->key);
	text_free(&signer.name);
	return known;
}

static void add(struct observation *o, struct arena *a, struct node *n, const struct listing *l,
		const struct signature *s, bool keep)
{
	struct update_fact *f = fact_new(a, n, FACT_UPDATE, s->offset, s->length);
	uint64_t before = s->before ? l->before.n : 0, bound = s->bound_before ? l->before.n : 0;
	uint64_t all = l->in.n + before + bound, said = s->length;
	const char *digest;

	if (!f)
		return;
	f->update_kind = "signature";
	keep = describe(a, s, f) && !s->told_only && keep;
	f->covered = ranges_signed(a, n, s, before);
	f->bound = ranges_of(a, n, s->bound, s->bound_count, bound);
	for (uint32_t i = 0; i < f->covered.n; i++)
		said += f->covered.p[i].length;
	said += bound + bytes_of(s->bound, s->bound_count);
	f->uncovered = all > said ? all - said : 0;
	f->verified = TRI_NULL;
	/* A CMS says by itself what it digests, of bytes that it is given whole. */
	digest = s->by == SIGNING_CMS ? NULL : f->digest;
	f->message = keep ? keep_message(o, a, l, s, digest) : NULL;
}

void observe_signatures(void *ctx, struct bench *b, struct node *n, const struct listing *l)
{
	struct observation *o = ctx;
	uint64_t hashed = 0, most = ((uint64_t)l->before.n + l->in.n) * MOST_HASHED;
	const struct guard *g = &o->guard;

	if (g->enter && !g->enter(g->ctx, b->worker, n, node_key(n), "signatures"))
		return;
	for (uint32_t i = 0; i < l->signature_count; i++) {
		const struct signature *s = &l->signatures[i];

		hashed += bytes_of(s->covers, s->cover_count) + (s->before ? l->before.n : 0);
		add(o, b->arena, n, l, s, hashed <= most);
	}
	if (g->leave)
		g->leave(g->ctx, b->worker);
}

/* -- what is tried once all keys are known -- */

struct candidate_key {
	EVP_PKEY *key;
	struct span spki_sha256;
	const struct node *holder; /* NULL: it was given */
};

struct spent {
	uint32_t tries;
	uint64_t bytes;
};

struct trying {
	struct candidate_key *list;
	size_t count, room;
	uint64_t most_bytes;
	struct spent given, own;
};

/* Whether the key is part of what carries the signature, not of a file that was packed in it. */
static bool came_along(const struct update_fact *f, const struct candidate_key *k)
{
	const struct node *n = k->holder;

	while (n && n != f->f.node && n->kind == KIND_REGION)
		n = n->parent;
	return n && n == f->f.node;
}

/* A signature with the keys that are tried on it. */
struct tried {
	struct update_fact *f;
	const struct message *m;
	struct signer *signer; /* of Qualcomm's, opened by the first key */
	bool opened;
};

static bool is_affordable(struct trying *t, const struct candidate_key *k, struct tried *on)
{
	struct spent *spent = k->holder ? &t->own : &t->given;
	bool cheap = on->opened && !qualcomm_is_open(on->signer);

	spent->bytes += on->m->whole.n;
	if (spent->tries > MOST_TRIES || spent->bytes > t->most_bytes)
		return false;
	spent->tries += cheap ? 1 : DEAR;
	return true;
}

static bool key_verifies(struct tried *on, EVP_PKEY *key)
{
	if (on->m->by != SIGNING_QUALCOMM)
		return message_verifies(on->m, key);
	if (!on->opened)
		on->signer = qualcomm_open(on->m);
	on->opened = true;
	return qualcomm_leads_to(on->signer, key);
}

/* A key from the image that does not verify says nothing: most are for other things. */
static void try_key(struct trying *t, const struct candidate_key *k, struct tried *on)
{
	if (on->f->verified == TRI_YES || came_along(on->f, k) || !message_fits(on->m, k->key) ||
	    !is_affordable(t, k, on))
		return;
	if (key_verifies(on, k->key)) {
		on->f->verified = TRI_YES;
		on->f->key_from = k->holder ? "image" : "given";
		on->f->spki_sha256 = k->spki_sha256;
	} else if (!k->holder) {
		on->f->verified = TRI_NO;
	}
}

static void take_key(struct trying *t, struct span spki, struct span digest,
		     const struct node *holder)
{
	const uint8_t *p = spki.p;
	EVP_PKEY *key = spki.n ? d2i_PUBKEY(NULL, &p, (long)spki.n) : NULL;

	if (key)
		t->list[t->count++] = (struct candidate_key){ key, digest, holder };
}

static void each_fact(struct tree *tree, struct trying *t,
		      void (*each)(struct trying *t, struct fact *f))
{
	for (uint32_t i = 0; i < tree->count; i++)
		for (struct fact *f = tree->nodes[i]->facts; f; f = f->next)
			each(t, f);
}

static void count_keys(struct trying *t, struct fact *f)
{
	t->room += f->kind == FACT_KEY || f->kind == FACT_CERTIFICATE || f->kind == FACT_UPDATE;
}

static void take_keys(struct trying *t, struct fact *f)
{
	const struct key_fact *key = (const void *)f;
	const struct certificate_fact *certificate = (const void *)f;
	const struct update_fact *told = (const void *)f; /* of a device tree, of usign */

	if (f->kind == FACT_KEY)
		take_key(t, key->spki, key->spki_sha256, f->node);
	else if (f->kind == FACT_CERTIFICATE)
		take_key(t, certificate->spki, certificate->spki_sha256, f->node);
	else if (f->kind == FACT_UPDATE)
		take_key(t, told->spki, told->spki_sha256, f->node);
}

static void try_keys(struct trying *t, struct fact *f)
{
	struct update_fact *u = (void *)f;
	struct tried on = { .f = u };

	if (f->kind != FACT_UPDATE || !u->message)
		return;
	on.m = u->message;
	for (size_t i = 0; i < t->count; i++)
		try_key(t, &t->list[i], &on);
	qualcomm_close(on.signer);
}

static bool has_signatures(const struct tree *tree)
{
	for (uint32_t i = 0; i < tree->count; i++)
		for (const struct fact *f = tree->nodes[i]->facts; f; f = f->next)
			if (f->kind == FACT_UPDATE && ((const struct update_fact *)f)->message)
				return true;
	return false;
}

void relate_signatures(struct observation *o, struct tree *tree)
{
	struct trying t = { .most_bytes = (uint64_t)o->image.n * MOST_CHECKED + MOST_COPY };
	uint32_t given = o->trust ? o->trust->count : 0;

	if (!has_signatures(tree))
		return;
	each_fact(tree, &t, count_keys);
	t.list = calloc(t.room + given + 1, sizeof(*t.list));
	if (!t.list) {
		machine_ran_out();
		return;
	}
	for (; t.count < given; t.count++)
		t.list[t.count] =
			(struct candidate_key){ o->trust->keys[t.count].key,
						o->trust->keys[t.count].spki_sha256, NULL };
	each_fact(tree, &t, take_keys);
	each_fact(tree, &t, try_keys);
	while (t.count > given)
		EVP_PKEY_free(t.list[--t.count].key);
	free(t.list);
}
