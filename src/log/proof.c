/* proof.c - proofs of inclusion to carry about, read; see proof.h. */
#include "log/proof.h"

#include "log/line.h"

#define HEADER "c2sp.org/tlog-proof@v1"
/* With 63 hashes and an extra as long as a note may be. */
#define MOST_BYTES (2 * NOTE_MOST_BYTES)

/* Whether the line is the word and a value, which is what then stays of it. */
static bool take_word(struct span *line, const char *word)
{
	size_t n = strlen(word);

	if (!span_starts(*line, span_text(word)) || span_byte(*line, n) != ' ')
		return false;
	*line = span_from(*line, n + 1);
	return true;
}

static const char *read_path(struct span *rest, struct merkle_proof *path)
{
	struct span line;

	for (path->count = 0; whole_line_take(rest, &line); path->count++) {
		if (line.n == 0)
			return NULL;
		if (path->count == MERKLE_MOST - 1)
			return "it has more than 63 hashes";
		if (!hash_read(line, path->hash[path->count]))
			return "a line behind its index is no hash in canonical base64";
	}
	return "no empty line stands before its checkpoint";
}

const char *tlog_proof_read(struct span file, struct tlog_proof *p)
{
	struct span rest = file, line;
	const char *wrong;

	*p = (struct tlog_proof){ 0 };
	if (file.n > MOST_BYTES)
		return "it is longer than 256 KiB";
	if (!whole_line_take(&rest, &line) || !span_is(line, HEADER))
		return "its first line is not \"" HEADER "\"";
	if (!whole_line_take(&rest, &line))
		return "its second line has no end";
	if (take_word(&line, "extra")) {
		if (!base64_is_canonical(line))
			return "its extra is no canonical base64";
		p->extra = line;
		if (!whole_line_take(&rest, &line))
			return "the line behind its extra has no end";
	}
	if (!take_word(&line, "index") || !decimal_read(line, &p->index))
		return "it has no index";
	wrong = read_path(&rest, &p->path);
	if (wrong)
		return wrong;
	if (rest.n == 0)
		return "it has no checkpoint";
	p->note = rest;
	return NULL;
}

enum proof_end tlog_proof_check(const struct tlog_proof *p, const uint8_t leaf[SHA256_SIZE],
				const struct policy *policy, struct checkpoint *c,
				struct policy_outcome *o, const char **why)
{
	*why = checkpoint_read(p->note, c);
	if (*why)
		return PROOF_MALFORMED;
	policy_judge(policy, c, o);
	if (o->is_broken)
		return PROOF_BROKEN;
	if (o->log == POLICY_NONE)
		return PROOF_NO_LOG;
	if (!merkle_included(leaf, p->index, &c->head, &p->path))
		return PROOF_ELSEWHERE;
	return o->has_quorum ? PROOF_HOLDS : PROOF_NO_QUORUM;
}
