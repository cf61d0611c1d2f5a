/* witness_request.c - the body of add-checkpoint, which comes from anybody:
 *
 *	old SIZE
 *	HASH            up to 63 of them
 *
 *	CHECKPOINT      a note
 */
#include "log/line.h"
#include "log/witness.h"

static const char *read_proof(struct span lines, struct merkle_proof *proof)
{
	struct span line;

	proof->count = 0;
	while (whole_line_take(&lines, &line)) {
		if (proof->count == WITNESS_MOST_PROOF)
			return "its proof has more than 63 hashes";
		if (!hash_read(line, proof->hash[proof->count]))
			return "a line of its proof is not 32 bytes in canonical base64";
		proof->count++;
	}
	return NULL;
}

static const char *read_header(struct span header, struct witness_request *r)
{
	static const char old[] = "old ";
	struct span line;

	if (!whole_line_take(&header, &line) || !span_starts(line, span_text(old)) ||
	    !decimal_read(span_from(line, sizeof(old) - 1), &r->old))
		return "its first line is not \"old\" and a size";
	return read_proof(header, &r->proof);
}

/* A size of zero, and a root: the reader of checkpoints refuses it where the root is another than
 * that of an empty tree, but here this has an answer of its own. */
static bool is_of_empty_tree(struct span text)
{
	struct span origin, size, root;
	uint8_t hash[SHA256_SIZE];

	return whole_line_take(&text, &origin) && origin.n > 0 && whole_line_take(&text, &size) &&
	       span_is(size, "0") && whole_line_take(&text, &root) && hash_read(root, hash) &&
	       text.n == 0;
}

static const char *read_checkpoint(struct span note, struct witness_request *r)
{
	struct checkpoint *c = &r->checkpoint;
	const char *wrong = note_read(note, &c->note);

	if (wrong)
		return wrong;
	wrong = checkpoint_body_read(c->note.text, c);
	r->is_other_empty = wrong && is_of_empty_tree(c->note.text);
	if (wrong && !r->is_other_empty)
		return wrong;
	if (!wrong && c->has_extensions)
		return "its checkpoint has lines behind the root, which nobody here knows";
	if (r->old > c->head.size)
		return "its old size is larger than the new one";
	return NULL;
}

const char *witness_request_read(struct span body, struct witness_request *r)
{
	size_t end = span_find(body, 0, span_text("\n\n"));
	const char *wrong;

	if (body.n > WITNESS_MOST_REQUEST)
		return "it is longer than any request";
	if (end == SIZE_MAX)
		return "no empty line is between its proof and the checkpoint";
	wrong = read_header(span_head(body, end + 1), r);
	r->note = span_from(body, end + 2);
	return wrong ? wrong : read_checkpoint(r->note, r);
}
