/* fork_write.c - the proof of two histories, made and written; see fork.h. */
#include "base/base64.h"
#include "log/fork.h"

bool fork_path_make(const struct merkle_source *newer_tree, uint64_t older, uint64_t newer,
		    struct merkle_proof *path)
{
	struct merkle_proof rest;

	if (!merkle_prove_consistent(newer_tree, older, newer, &rest))
		return false;
	*path = rest;
	if (older & (older - 1)) /* its first hash is told already */
		return true;
	if (rest.count == MERKLE_MOST || !merkle_range(newer_tree, 0, older, path->hash[0]))
		return false;
	memcpy(path->hash[1], rest.hash, rest.count * sizeof(rest.hash[0]));
	path->count = rest.count + 1;
	return true;
}

void log_fork_write(struct text *out, const struct log_fork *f)
{
	text_format(out, "evenhand-fork/1\nhashes %u\n", f->path.count);
	for (unsigned i = 0; i < f->path.count; i++) {
		base64_write(out, (struct span){ f->path.hash[i], SHA256_SIZE });
		text_char(out, '\n');
	}
	for (int i = 0; i < 2; i++) {
		text_format(out, "checkpoint %zu\n", f->notes[i].n);
		text_put(out, f->notes[i]);
	}
}
