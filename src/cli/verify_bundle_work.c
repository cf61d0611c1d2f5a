/* verify_bundle_work.c - evenhand verify --bundle in the jail: bundle, policy, rules and image were
 * all written by others. What is judged, and in which words: log/acceptance.h. */
#include <time.h>

#include "cli/cli.h"
#include "cli/verify.h"
#include "log/acceptance.h"

static struct policy policy;
static struct rules rules;
static struct roster roster;
static struct acceptance acceptance;

/* "policy:12: what". */
static bool refuse(const struct input *in, uint32_t line, const char *what)
{
	struct text where = { 0 };

	text_format(&where, "%s:%u", in->name, line);
	complain(where.p, ACCEPTANCE_FILES, "%s", what);
	text_free(&where);
	return false;
}

/* The keys of --key, without a role, under the names of their files. */
static bool read_keys(const struct job *j)
{
	const struct verification *v = j->verification;

	for (int i = 0; i < v->key_count; i++) {
		const char *path = j->options->signing.keys[i];
		struct sigkey *key = sigkey_read_public(v->keys[i]);
		struct roster_key *to = &roster.keys[roster.count];

		if (!key)
			return complain(path, "evenhand key new writes one as FILE.pub.",
					"it is no public key in PEM, P-256 or Ed25519");
		*to = (struct roster_key){ .name = span_text(path),
					   .role = ROLES,
					   .from = INT64_MIN,
					   .until = INT64_MAX };
		to->spki_size = (uint32_t)sigkey_spki(key, to->spki, sizeof(to->spki));
		sigkey_digest(key, to->sha256);
		sigkey_free(key);
		roster.count += roster_find(&roster, to->sha256) == NULL;
	}
	return true;
}

static bool read_all(const struct job *j)
{
	const struct verification *v = j->verification;
	const char *wrong = policy_read(v->policy.bytes, &policy);

	if (wrong)
		return refuse(&v->policy, policy.wrong_line, wrong);
	if (!j->options->signing.rules)
		return read_keys(j);
	wrong = rules_read(v->rules.bytes, &rules);
	return !wrong || refuse(&v->rules, rules.wrong_line, wrong);
}

static bool write_json(const struct job *j)
{
	struct text json = { 0 };
	bool ok = true;

	if (j->output_count == 0)
		return true;
	acceptance_json(&acceptance, &json);
	ok = !json.failed && write_all(j->outputs[0].fd, json.p, json.n);
	text_free(&json);
	return ok || complain(j->outputs[0].path,
			      "Nothing was written: the old file, if any, is untouched.",
			      "no space left on device, or it could not be written");
}

int verify_bundle_work(struct job *j)
{
	const struct trust_options *o = &j->options->signing;
	struct acceptance_case c = { .bundle = j->input->bytes,
				     .policy = &policy,
				     .rules = o->rules ? &rules : NULL,
				     .roster = o->rules ? &rules.roster : &roster,
				     .image = { .has_sha512 = true },
				     .at = o->at ? o->at : (int64_t)time(NULL) };
	struct text out = { 0 }, why = { 0 }, scratch = { 0 };
	struct acceptance_view view = { j->verification->view.colour, &out, &scratch };
	struct arena arena;
	bool accepted, ok;

	j->journal->phase = PHASE_JOINING;
	if (!read_all(j))
		return EXIT_TROUBLE;
	sha256_of(j->second->bytes, c.image.sha256);
	sha512_of(j->second->bytes, c.image.sha512);
	arena_init(&arena, ACCEPTANCE_MEMORY);
	accepted = acceptance_judge(&acceptance, &c, &arena, &why);
	acceptance_text(&acceptance, &view);
	ok = !out.failed && !why.failed && !scratch.failed && write_all(j->text_fd, out.p, out.n);
	if (!ok)
		machine_ran_out();
	ok = ok && write_json(j);
	text_free(&out);
	text_free(&why);
	text_free(&scratch);
	arena_free(&arena);
	return ok ? (accepted ? EXIT_PASSED : EXIT_FAILED) : EXIT_TROUBLE;
}
