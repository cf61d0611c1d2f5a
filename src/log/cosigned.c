/* cosigned.c - see cosigned.h. */
#include "log/cosigned.h"

#include "base/base64.h"

static bool is_put(const struct text *lines, struct span line)
{
	return span_find(text_span(lines), 0, line) != SIZE_MAX;
}

const struct note_line *cosigned_line(const struct note *n, const struct note_key *key)
{
	for (uint32_t i = 0; i < n->count; i++)
		if (note_line_is_of(&n->lines[i], key))
			return &n->lines[cosignature_newest(n->lines, n->count, &n->lines[i])];
	return NULL;
}

uint32_t cosigned_lines(const struct cosigned *k, const struct checkpoint *c, struct text *lines)
{
	uint32_t n = 0;
	uint64_t time;

	for (uint32_t i = 0; i < k->policy_count; i++)
		for (uint32_t w = 0; w < k->policies[i]->witness_count; w++) {
			const struct note_key *key = &k->policies[i]->witnesses[w].key;
			const struct note_line *line = cosigned_line(&c->note, key);

			if (!line || checkpoint_check(c, key, &time) != NOTE_SIGNED ||
			    is_put(lines, line->line))
				continue;
			text_put(lines, line->line);
			n++;
		}
	return n;
}

bool cosigned_has_quorum(const struct cosigned *k, const struct checkpoint *c)
{
	struct policy_outcome outcome;

	for (uint32_t i = 0; i < k->policy_count; i++) {
		policy_judge(k->policies[i], c, &outcome);
		if (!outcome.has_quorum)
			return false;
	}
	return true;
}

/* Text and signatures of the log alone: witnesses need no others. */
static void put_checkpoint(struct text *out, const struct checkpoint *c)
{
	text_put(out, c->note.text);
	text_char(out, '\n');
	for (uint32_t i = 0; i < c->note.count; i++)
		if (span_equal(c->note.lines[i].name, c->origin))
			text_put(out, c->note.lines[i].line);
}

bool cosigned_request(const struct merkle_source *source, uint64_t old, const struct checkpoint *c,
		      struct text *out)
{
	struct merkle_proof proof = { .count = 0 };

	if (old > c->head.size || (old && old < c->head.size &&
				   !merkle_prove_consistent(source, old, c->head.size, &proof)))
		return false;
	text_format(out, "old %llu\n", (unsigned long long)old);
	for (unsigned i = 0; i < proof.count; i++) {
		base64_write(out, (struct span){ proof.hash[i], SHA256_SIZE });
		text_char(out, '\n');
	}
	text_char(out, '\n');
	put_checkpoint(out, c);
	return !out->failed;
}
