/* verify_work.c - whether envelopes hold, step by step (terminal.md 5), and where independent labs
 * agree. In the jail: envelopes, keys and the image were all written by others. */
#include <string.h>

#include "cli/verify.h"

/* -- what was given -- */

static bool read_signers(struct check_run *r)
{
	for (int i = 0; i < r->v->key_count; i++) {
		struct signer *s = &r->signers[r->signer_count];
		const char *path = r->j->options->signing.keys[i];
		bool again = false;

		*s = (struct signer){ .key = sigkey_read_public(r->v->keys[i]), .name = path };
		if (!s->key)
			return complain(path, "evenhand key new writes one as FILE.pub.",
					"it is no public key in PEM, P-256 or Ed25519");
		sigkey_digest(s->key, s->digest);
		/* The same key under another name is no second signer. */
		for (int k = 0; k < r->signer_count; k++)
			again |= memcmp(s->digest, r->signers[k].digest, SHA256_SIZE) == 0;
		if (again)
			sigkey_free(s->key);
		else
			r->signer_count++;
	}
	return true;
}

/* -- the steps: each is true, or says why not -- */

static bool fails(struct check_run *r, const struct checked *c, const char *why)
{
	verify_name(&r->why, c->name);
	text_format(&r->why, ": %s", why);
	return false;
}

static bool check_envelope(struct check_run *r, struct checked *c)
{
	const char *wrong = dsse_read(r->v->envelopes[c - r->list].bytes, &r->arena, &c->e);

	return !wrong || fails(r, c, wrong);
}

static bool check_signature(struct check_run *r, struct checked *c)
{
	for (int i = 0; i < r->signer_count; i++)
		if (dsse_verifies(&c->e, r->signers[i].key))
			c->signers |= 1u << i;
	return c->signers || fails(r, c, "signed by none of the keys that were given");
}

static bool check_statement(struct check_run *r, struct checked *c)
{
	const char *wrong;

	if (!span_is(c->e.payload_type, STATEMENT_MEDIA_TYPE))
		return fails(r, c, "what is signed is no in-toto statement");
	wrong = statement_read(c->e.payload, &r->arena, &c->s);
	return !wrong || fails(r, c, wrong);
}

static bool is_same(const struct subject *a, const struct subject *b)
{
	return memcmp(a->sha256, b->sha256, SHA256_SIZE) == 0 &&
	       (!a->has_sha512 || !b->has_sha512 || memcmp(a->sha512, b->sha512, SHA512_SIZE) == 0);
}

static bool speaks_of(const struct checked *c, const struct subject *image)
{
	for (uint32_t i = 0; i < c->s.subject_count; i++)
		if (is_same(&c->s.subjects[i], image))
			return true;
	return false;
}

static bool check_image(struct check_run *r, struct checked *c)
{
	bool shared = false;

	if (r->v->has_image)
		return speaks_of(c, &r->image) ||
		       fails(r, c, "speaks of other software than this image");
	for (uint32_t i = 0; i < r->list[0].s.subject_count; i++)
		shared |= speaks_of(c, &r->list[0].s.subjects[i]);
	return shared || fails(r, c, "speaks of other software than the first");
}

/* Only who signed a statement can take it back. */
static bool check_standing(struct check_run *r, struct checked *c)
{
	for (int i = 0; i < r->count; i++) {
		const struct checked *by = &r->list[i];

		if (by->s.kind == STATEMENT_REVOCATION && (by->signers & c->signers) &&
		    memcmp(by->s.pae_sha256, c->e.pae_sha256, SHA256_SIZE) == 0) {
			fails(r, c, "its signer took it back: ");
			text_escape(&r->why, by->s.text, "");
			return false;
		}
	}
	return true;
}

static bool (*const checks_of[STEPS])(struct check_run *r, struct checked *c) = {
	[STEP_ENVELOPE] = check_envelope,   [STEP_SIGNATURE] = check_signature,
	[STEP_STATEMENT] = check_statement, [STEP_IMAGE] = check_image,
	[STEP_STANDING] = check_standing,
};

static void run_steps(struct check_run *r)
{
	for (r->step = STEP_ENVELOPE; r->step < STEPS; r->step++)
		for (int i = 0; i < r->count; i++)
			if (!checks_of[r->step](r, &r->list[i]))
				return;
}

static int check_all(struct check_run *r)
{
	struct job *j = r->j;
	int code = EXIT_PASSED;

	r->count = r->v->envelope_count;
	r->list = arena_take(&r->arena, (uint64_t)r->count, sizeof(*r->list));
	if (!r->list) {
		machine_ran_out();
		return EXIT_TROUBLE;
	}
	for (int i = 0; i < r->count; i++)
		r->list[i].name = r->v->envelopes[i].name;
	if (r->v->has_image) {
		r->image.has_sha512 = true;
		sha256_of(j->second->bytes, r->image.sha256);
		sha512_of(j->second->bytes, r->image.sha512);
	}
	run_steps(r);
	if (r->step < STEPS)
		code = EXIT_FAILED;
	verify_text(r);
	if (!r->out->failed && !r->why.failed && write_all(j->text_fd, r->out->p, r->out->n))
		return code;
	machine_ran_out();
	return EXIT_TROUBLE;
}

int verify_work(struct job *j)
{
	static struct check_run r;
	struct text out = { 0 };
	int code = EXIT_TROUBLE;

	r = (struct check_run){ .j = j, .v = j->verification, .out = &out };
	j->journal->phase = PHASE_JOINING;
	if (read_signers(&r))
		code = check_all(&r);
	for (int i = 0; i < r.signer_count; i++)
		sigkey_free(r.signers[i].key);
	text_free(&out);
	text_free(&r.why);
	arena_free(&r.arena);
	return code;
}
