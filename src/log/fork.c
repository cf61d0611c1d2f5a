/* fork.c - see fork.h. */
#include "log/fork.h"

#include "log/line.h"

#define HEADER "evenhand-fork/1"

static bool take_number(struct span *rest, const char *word, uint64_t *value)
{
	struct span line;
	size_t n = strlen(word);

	return whole_line_take(rest, &line) && span_starts(line, span_text(word)) &&
	       span_byte(line, n) == ' ' && decimal_read(span_from(line, n + 1), value);
}

const char *log_fork_read(struct span file, struct log_fork *f)
{
	struct span rest = file, line;
	uint64_t n;

	memset(f, 0, sizeof(*f));
	if (file.n > FORK_MOST_BYTES)
		return "it is too long";
	if (!whole_line_take(&rest, &line) || !span_is(line, HEADER))
		return "its first line is not \"" HEADER "\"";
	if (!take_number(&rest, "hashes", &n) || n > MERKLE_MOST)
		return "its second line does not say how many hashes there are";
	for (f->path.count = 0; f->path.count < n; f->path.count++)
		if (!whole_line_take(&rest, &line) || !hash_read(line, f->path.hash[f->path.count]))
			return "a hash is missing or malformed";
	for (int i = 0; i < 2; i++) {
		if (!take_number(&rest, "checkpoint", &n) || n == 0 || n > rest.n)
			return "a checkpoint is missing or cut";
		f->notes[i] = span_head(rest, n);
		rest = span_from(rest, n);
	}
	return rest.n ? "something stands behind its checkpoints" : NULL;
}

/* RFC 9162 2.1.4.2, with the first hash always told: the roots that the hashes give of the leaves
 * before `older` and of all. */
static bool fold(uint64_t older, uint64_t newer, const struct merkle_proof *path,
		 uint8_t roots[2][SHA256_SIZE])
{
	uint64_t fn = older - 1, sn = newer - 1;

	for (; fn & 1; fn >>= 1)
		sn >>= 1;
	if (path->count == 0)
		return false;
	memcpy(roots[0], path->hash[0], SHA256_SIZE);
	memcpy(roots[1], path->hash[0], SHA256_SIZE);
	for (unsigned i = 1; i < path->count; i++) {
		if (sn == 0)
			return false;
		if (fn & 1 || fn == sn) {
			merkle_node(path->hash[i], roots[0], roots[0]);
			merkle_node(path->hash[i], roots[1], roots[1]);
			for (; fn && !(fn & 1); fn >>= 1)
				sn >>= 1;
		} else {
			merkle_node(roots[1], path->hash[i], roots[1]);
		}
		fn >>= 1;
		sn >>= 1;
	}
	return sn == 0;
}

bool fork_path_shows(const struct merkle_head *older, const struct merkle_head *newer,
		     const struct merkle_proof *path)
{
	uint8_t roots[2][SHA256_SIZE];

	return older->size > 0 && older->size < newer->size && path->count <= MERKLE_MOST &&
	       fold(older->size, newer->size, path, roots) &&
	       memcmp(roots[1], newer->root, SHA256_SIZE) == 0 &&
	       memcmp(roots[0], older->root, SHA256_SIZE) != 0;
}

/* Both of one log of the policy. */
static const char *check_signed(const struct log_fork *f, const struct policy *p,
				struct checkpoint c[2])
{
	for (int i = 0; i < 2; i++) {
		const char *wrong = checkpoint_read(f->notes[i], &c[i]);
		bool is_signed = false;

		for (uint32_t k = 0; !wrong && k < p->log_count; k++) {
			uint64_t time;

			is_signed |= span_equal(p->logs[k].key.name, c[i].origin) &&
				     checkpoint_check(&c[i], &p->logs[k].key, &time) == NOTE_SIGNED;
		}
		if (wrong)
			return wrong;
		if (!is_signed)
			return "a checkpoint is signed by no log of the policy";
	}
	return span_equal(c[0].origin, c[1].origin) ? NULL : "the checkpoints are of two logs";
}

enum fork_end log_fork_check(const struct log_fork *f, const struct policy *p,
			     struct checkpoint c[2], const char **why)
{
	const struct merkle_head *older = &c[0].head, *newer = &c[1].head;

	*why = check_signed(f, p, c);
	if (*why)
		return FORK_UNSIGNED;
	if (merkle_head_equal(older, newer)) {
		*why = "both checkpoints are of the same tree";
		return FORK_NONE;
	}
	if (older->size == newer->size || fork_path_shows(older, newer, &f->path))
		return FORK_SHOWN;
	*why = "the log signed both, and no hashes show that one contradicts the other";
	return FORK_OPEN;
}
