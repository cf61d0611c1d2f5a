/* acceptance_json.c - the outcome for programs (docs/acceptance.schema.json). Texts of others are
 * escaped as on the terminal. */
#include "base/json.h"
#include "log/acceptance.h"

static void put_text(struct json *j, const char *key, const char *text)
{
	json_key(j, key);
	if (text)
		json_text(j, span_text(text));
	else
		json_null(j);
}

static void put_u64(struct json *j, const char *key, uint64_t value)
{
	json_key(j, key);
	json_u64(j, value);
}

static void put_hex(struct json *j, const char *key, const uint8_t *bytes, size_t n)
{
	json_key(j, key);
	json_hex(j, (struct span){ bytes, n });
}

static void put_steps(struct json *j, const struct acceptance *a)
{
	struct text says = { 0 };

	json_key(j, "steps");
	json_array(j);
	for (unsigned i = 0; i < ACCEPTANCE_STEPS; i++) {
		json_object(j);
		put_text(j, "name", acceptance_step_name((enum acceptance_step)i));
		json_key(j, "holds");
		if (i > a->step)
			json_null(j);
		else
			json_bool(j, i < a->step);
		says.n = 0;
		if (i < a->step)
			acceptance_detail(a, (enum acceptance_step)i, &says);
		else if (i == a->step)
			text_put(&says, text_span(a->why));
		json_key(j, "says");
		json_text(j, text_span(&says));
		json_object_end(j);
	}
	json_array_end(j);
	j->out->failed |= says.failed;
	text_free(&says);
}

static void put_statement(struct json *j, const struct accepted *l)
{
	static const char *const standings[] = { [STANDS] = "stands",
						 [STANDING_UNKNOWN] = "unknown",
						 [STANDING_REVOKED] = "revoked",
						 [STANDING_DAYS] = "days" };

	json_object(j);
	put_text(j, "standing", standings[l->standing]);
	put_hex(j, "key_sha256", l->b.key_sha256, SHA256_SIZE);
	put_hex(j, "pae_sha256", l->b.envelope.pae_sha256, SHA256_SIZE);
	if (l->signer) {
		put_text(j, "kind", statement_name(l->s.kind));
		json_key(j, "signer");
		json_bytes(j, l->signer->name);
		put_text(j, "role", l->signer->role < ROLES ? role_name(l->signer->role) : NULL);
		json_key(j, "log");
		json_bytes(j, l->seen->checkpoint.origin);
		put_u64(j, "entry", l->b.index);
		put_u64(j, "size", l->b.head.size);
		put_u64(j, "witnessed", l->seen->outcome.quorum_time);
	}
	json_object_end(j);
}

void acceptance_json(const struct acceptance *a, struct text *out)
{
	struct json j = { .out = out };

	json_object(&j);
	put_text(&j, "schema", "evenhand-acceptance/1");
	put_text(&j, "outcome", a->step == ACCEPTANCE_STEPS ? "accepted" : "refused");
	put_text(&j, "failed", a->step == ACCEPTANCE_STEPS ? NULL : acceptance_step_name(a->step));
	json_key(&j, "image");
	json_object(&j);
	put_hex(&j, "sha256", a->given->image.sha256, SHA256_SIZE);
	json_object_end(&j);
	json_key(&j, "at");
	json_i64(&j, a->given->at);
	put_steps(&j, a);
	/* What was not shown to be logged is not told as if it were. */
	json_key(&j, "statements");
	json_array(&j);
	for (uint32_t i = 0; a->step > ACCEPTANCE_STANDING && i < a->count; i++)
		put_statement(&j, &a->lines[i]);
	json_array_end(&j);
	json_object_end(&j);
	text_char(out, '\n');
}
