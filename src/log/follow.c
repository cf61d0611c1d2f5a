/* follow.c - see follow.h. */
#include "log/follow.h"

#include <stdio.h>

#include "log/fork.h"
#include "trust/signature.h"

/* Always false. */
static bool fail(struct follow *w, const char *what, const char *advice)
{
	*w->remote->error = (struct log_error){ .advice = advice };
	snprintf(w->remote->error->where, sizeof(w->remote->error->where), "%.200s",
		 w->remote->url);
	snprintf(w->remote->error->what, sizeof(w->remote->error->what), "%s", what);
	return false;
}

void follow_free(struct follow *w)
{
	text_free(&w->head.note);
	text_free(&w->fork);
}

/* -- envelopes -- */

/* The entry's own signature holds over the envelope. Its signatures are not asked: of two who
 * signed the same the log gives the envelope of one. */
static bool is_signed(const struct envelope *e, const struct entry_parts *p)
{
	struct text pae = { 0 };
	bool holds;

	dsse_pae(e->payload_type, e->payload, &pae);
	holds = !pae.failed &&
		signature_verifies((struct span){ p->spki, p->spki_size }, text_span(&pae),
				   (struct span){ p->signature, p->signature_size });
	text_free(&pae);
	return holds;
}

const char *follow_envelope(struct span json, const struct entry_parts *p, struct arena *a,
			    struct envelope *e)
{
	const char *wrong = dsse_read(json, a, e);

	if (wrong)
		return wrong;
	if (memcmp(e->pae_sha256, p->pae_sha256, SHA256_SIZE) != 0)
		return "the log gives another envelope";
	return is_signed(e, p) ? NULL : "its signature does not hold";
}

static void read_envelope(struct span json, struct arena *a, struct follow_entry *e)
{
	struct envelope envelope;

	e->wrong = follow_envelope(json, &e->parts, a, &envelope);
	if (!e->wrong && !span_is(envelope.payload_type, STATEMENT_MEDIA_TYPE))
		e->wrong = "it is no in-toto statement";
	if (!e->wrong)
		e->wrong = statement_read(envelope.payload, a, &e->statement);
	e->has_statement = !e->wrong;
}

/* One image: its digest; several, as a statement may have: theirs together. */
static void image_of(const struct statement *s, uint8_t image[SHA256_SIZE])
{
	uint8_t all[MOST_SUBJECTS][SHA256_SIZE];

	for (uint32_t i = 0; i < s->subject_count; i++)
		memcpy(all[i], s->subjects[i].sha256, SHA256_SIZE);
	if (s->subject_count == 1)
		memcpy(image, all[0], SHA256_SIZE);
	else
		sha256_of((struct span){ all[0], s->subject_count * (size_t)SHA256_SIZE }, image);
}

static bool compare_release(struct follow_state *s, struct follow_entry *e)
{
	struct follow_release r = { .index = e->index };

	follow_version(e->statement.vendor, e->statement.product, e->statement.release, r.version);
	image_of(&e->statement, r.image);
	e->other = follow_release_find(s, r.version);
	if (!e->other)
		return follow_release_add(s, &r);
	if (memcmp(e->other->image, r.image, SHA256_SIZE) == 0)
		e->other = NULL;
	return true;
}

static bool tell(struct follow *w, struct follow_state *s, struct follow_entry *e,
		 const struct client_call *call)
{
	struct arena a;
	bool ok = true;

	arena_init(&a, 64u << 20);
	if (call && call->status == 200)
		read_envelope(text_span(&call->answer), &a, e);
	else
		w->without_envelope++;
	if (e->has_statement && e->statement.kind == STATEMENT_RELEASE)
		ok = compare_release(s, e) || fail(w, "out of memory", NULL);
	ok = ok && w->entry(w->ctx, e);
	arena_free(&a);
	return ok;
}

/* At most REMOTE_ENVELOPES, in their order. */
static bool tell_some(struct follow *w, struct follow_state *s, uint64_t index,
		      const struct span *entries, unsigned count)
{
	struct client_call calls[REMOTE_ENVELOPES] = { { 0 } };
	uint8_t digests[REMOTE_ENVELOPES][SHA256_SIZE];
	struct follow_entry list[REMOTE_ENVELOPES];
	unsigned asked = 0, at = 0;
	bool ok = true;

	memset(list, 0, sizeof(list));
	for (unsigned i = 0; i < count; i++) {
		struct follow_entry *e = &list[i];

		e->index = index + i;
		e->entry = entries[i];
		e->is_known = entry_read(entries[i], &e->parts);
		if (!e->is_known)
			continue;
		sha256_of((struct span){ e->parts.spki, e->parts.spki_size }, e->key_sha256);
		memcpy(digests[asked++], e->parts.pae_sha256, SHA256_SIZE);
	}
	remote_envelopes(w->remote, digests, asked, calls);
	for (unsigned i = 0; i < count && ok; i++)
		ok = tell(w, s, &list[i], list[i].is_known ? &calls[at++] : NULL);
	remote_free(calls, asked);
	return ok;
}

/* -- growing -- */

/* The entries of one bundle that are new. */
static bool take_bundle(struct follow *w, struct follow_state *s, struct merkle *tree,
			uint64_t bundle, struct span bytes)
{
	uint64_t start = bundle * TILE_WIDTH, size = w->head.checkpoint.head.size;
	unsigned width = size - start < TILE_WIDTH ? (unsigned)(size - start) : TILE_WIDTH;
	struct span entries[TILE_WIDTH];
	unsigned first = tree->size > start ? (unsigned)(tree->size - start) : 0;

	if (!remote_entries(bytes, width, entries))
		return fail(w, "a bundle of entries is malformed", NULL);
	for (unsigned i = first; i < width; i++) {
		uint8_t leaf[SHA256_SIZE];

		merkle_leaf(&entries[i], 1, leaf);
		merkle_add(tree, leaf);
	}
	for (unsigned i = first; i < width && w->entry; i += REMOTE_ENVELOPES)
		if (!tell_some(w, s, start + i, entries + i,
			       width - i < REMOTE_ENVELOPES ? width - i : REMOTE_ENVELOPES))
			return false;
	w->new_entries += width - first;
	return true;
}

static bool take_entries(struct follow *w, struct follow_state *s, struct merkle *tree)
{
	uint64_t size = w->head.checkpoint.head.size;
	struct client_call calls[REMOTE_BUNDLES];

	while (tree->size < size) {
		uint64_t first = tree->size / TILE_WIDTH;
		unsigned count = remote_bundles(w->remote, first, size, calls);
		bool ok = count > 0;

		for (unsigned i = 0; i < count && ok; i++)
			ok = take_bundle(w, s, tree, first + i, text_span(&calls[i].answer));
		remote_free(calls, count);
		if (!ok)
			return false;
	}
	return true;
}

/* -- what is wrong -- */

/* The file that shows both: whichever tree is smaller first. */
static void write_fork(struct follow *w, const struct follow_state *s,
		       const struct merkle_proof *path)
{
	struct span ours = text_span(&s->note), theirs = text_span(&w->head.note);
	bool is_smaller = w->head.checkpoint.head.size < s->tree.size;
	struct log_fork f = { .notes = { is_smaller ? theirs : ours, is_smaller ? ours : theirs } };

	if (path)
		f.path = *path;
	log_fork_write(&w->fork, &f);
}

/* The entries did not give the root. Either the larger tree has another beginning, which its own
 * tiles show, or it is not what was signed at all. */
static enum follow_end look_for_fork(struct follow *w, const struct follow_state *s)
{
	const struct merkle_head *newer = &w->head.checkpoint.head;
	struct merkle_head older = { .size = s->tree.size };
	struct remote_tiles tiles;
	struct merkle_source source = remote_source(&tiles, w->remote, newer->size);
	struct merkle_proof path;
	bool is_shown;

	merkle_root(&s->tree, older.root);
	is_shown = older.size > 0 && fork_path_make(&source, older.size, newer->size, &path) &&
		   fork_path_shows(&older, newer, &path);
	remote_tiles_free(&tiles);
	write_fork(w, s, is_shown ? &path : NULL);
	return is_shown ? FOLLOW_FORKED : FOLLOW_FALSE;
}

static void keep(struct follow *w, struct follow_state *s, const struct merkle *tree)
{
	if (tree->size != s->tree.size || s->note.n == 0)
		s->seen = w->now;
	s->tree = *tree;
	s->note.n = 0;
	text_put(&s->note, text_span(&w->head.note));
}

static enum follow_end follow_from(struct follow *w, struct follow_state *s)
{
	const struct merkle_head *theirs = &w->head.checkpoint.head;
	struct merkle tree = s->tree;
	uint8_t root[SHA256_SIZE];
	uint64_t before = tree.size;

	if (theirs->size < before) {
		write_fork(w, s, NULL);
		return FOLLOW_REWOUND;
	}
	if (!take_entries(w, s, &tree))
		return FOLLOW_TROUBLE;
	merkle_root(&tree, root);
	if (memcmp(root, theirs->root, SHA256_SIZE) == 0) {
		keep(w, s, &tree);
		return theirs->size == before ? FOLLOW_SAME : FOLLOW_GREW;
	}
	if (theirs->size > before)
		return look_for_fork(w, s);
	write_fork(w, s, NULL); /* two roots of one size */
	return FOLLOW_FORKED;
}

/* The checkpoint that came, and whether it is of the log that the state is of. */
static bool take_checkpoint(struct follow *w, const struct follow_state *s)
{
	struct remote_head known;

	if (s->note.n > 0 && remote_head_read(text_span(&s->note), w->policy, &known))
		return fail(w, "what the state has of it does not hold under the policy",
			    "Was it kept by the same policy? A new state begins anew.");
	if (!remote_checkpoint(w->remote, w->policy, &w->head))
		return false;
	return s->note.n == 0 || span_equal(known.checkpoint.origin, w->head.checkpoint.origin) ||
	       fail(w, "it is another log than the state is of",
		    "Give each log a state of its own.");
}

enum follow_end follow_log(struct follow *w, struct follow_state *s)
{
	return take_checkpoint(w, s) ? follow_from(w, s) : FOLLOW_TROUBLE;
}

/* A clock that is more than a day ahead says nothing. */
static bool is_believed(const struct policy_outcome *o, int64_t now)
{
	return o->has_quorum && o->quorum_seen > 0 && o->quorum_seen <= (uint64_t)now + FOLLOW_SKEW;
}

int64_t follow_age(const struct follow *w, const struct follow_state *s)
{
	const struct policy_outcome *o = &w->head.outcome;
	int64_t at = is_believed(o, w->now) ? (int64_t)o->quorum_seen : s->seen;

	return w->now > at ? w->now - at : 0;
}
