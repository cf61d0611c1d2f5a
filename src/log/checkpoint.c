/* checkpoint.c - checkpoints read, and checked with the keys of logs and witnesses. */
#include "log/checkpoint.h"

#include "log/line.h"
#include "trust/mldsa.h"
#include "trust/signature.h"

#define TIME_SIZE            8u
#define MOST_SUBTREE_MESSAGE (12u + 256u + 8u + 256u + 8u + 8u + SHA256_SIZE)

static bool is_empty_tree(const struct merkle_head *head)
{
	uint8_t root[SHA256_SIZE];

	sha256_of((struct span){ 0 }, root);
	return memcmp(head->root, root, SHA256_SIZE) == 0;
}

const char *checkpoint_body_read(struct span text, struct checkpoint *c)
{
	struct span rest = text, line;

	c->has_extensions = false;
	if (text.n > MOST_CHECKPOINT_TEXT)
		return "its text is longer than 8192 bytes";
	if (!whole_line_take(&rest, &c->origin) || c->origin.n == 0 || c->origin.n > MOST_ORIGIN)
		return "its first line is not an origin of 1 to 255 bytes";
	if (!whole_line_take(&rest, &line) || !decimal_read(line, &c->head.size))
		return "its second line is not the size of a tree";
	if (!whole_line_take(&rest, &line) || !hash_read(line, c->head.root))
		return "its third line is not the root of a tree: 32 bytes in canonical base64";
	if (c->head.size == 0 && !is_empty_tree(&c->head))
		return "it is of an empty tree and has another root than an empty tree has";
	for (; rest.n > 0; c->has_extensions = true)
		if (!whole_line_take(&rest, &line) || line.n == 0)
			return "a line behind its root is empty or has no end";
	return NULL;
}

const char *checkpoint_read(struct span bytes, struct checkpoint *c)
{
	const char *wrong = note_read(bytes, &c->note);

	return wrong ? wrong : checkpoint_body_read(c->note.text, c);
}

/* -- cosignatures -- */

size_t cosignature_message(struct span text, uint64_t time, uint8_t out[MOST_COSIGNATURE_MESSAGE])
{
	static const char start[] = "cosignature/v1\ntime ";
	size_t n = sizeof(start) - 1;

	if (text.n > MOST_CHECKPOINT_TEXT)
		return 0;
	memcpy(out, start, n);
	n += decimal_write(time, out + n);
	out[n++] = '\n';
	memcpy(out + n, text.p, text.n);
	return n + text.n;
}

static bool cosignature_holds(const struct checkpoint *c, const struct note_key *k, uint64_t time,
			      struct span signature)
{
	uint8_t message[MOST_COSIGNATURE_MESSAGE];
	size_t n = cosignature_message(c->note.text, time, message);

	return n > 0 && ed25519_verifies(k->key, (struct span){ message, n }, signature);
}

static bool read_time(const uint8_t bytes[TIME_SIZE], uint64_t *time)
{
	*time = 0;
	for (size_t i = 0; i < TIME_SIZE; i++)
		*time = *time << 8 | bytes[i];
	return *time <= INT64_MAX;
}

bool cosignature_time(const struct note_line *l, uint64_t *time)
{
	uint8_t bytes[NOTE_MOST_SIGNATURE];
	size_t n = 0;

	*time = 0;
	return note_signature(l, bytes, sizeof(bytes), &n) && n > TIME_SIZE &&
	       read_time(bytes, time);
}

uint32_t cosignature_newest(const struct note_line *lines, uint32_t count,
			    const struct note_line *of)
{
	uint64_t newest = 0, time;
	uint32_t at = count;

	for (uint32_t i = 0; i < count; i++) {
		if (!span_equal(lines[i].name, of->name) ||
		    memcmp(lines[i].id, of->id, NOTE_KEY_ID) != 0)
			continue;
		cosignature_time(&lines[i], &time);
		if (at == count || time > newest) {
			at = i;
			newest = time;
		}
	}
	return at;
}

static size_t put_number(uint8_t *out, uint64_t value)
{
	for (unsigned i = 0; i < 8; i++)
		out[i] = (uint8_t)(value >> (56 - 8 * i));
	return 8;
}

/* Of 1 to 255 bytes. */
static size_t put_name(uint8_t *out, struct span name)
{
	out[0] = (uint8_t)name.n;
	memcpy(out + 1, name.p, name.n);
	return 1 + name.n;
}

/* "cosigned_message" of tlog-cosignature, for a whole tree; 0 where a name is too long. */
static size_t subtree_message(const struct checkpoint *c, struct span witness, uint64_t time,
			      uint8_t out[MOST_SUBTREE_MESSAGE])
{
	static const char label[12] = "subtree/v1\n";
	size_t n = sizeof(label);

	if (witness.n == 0 || witness.n > 255 || c->origin.n == 0 || c->origin.n > 255)
		return 0;
	memcpy(out, label, n);
	n += put_name(out + n, witness);
	n += put_number(out + n, time);
	n += put_name(out + n, c->origin);
	n += put_number(out + n, 0);
	n += put_number(out + n, c->head.size);
	memcpy(out + n, c->head.root, SHA256_SIZE);
	return n + SHA256_SIZE;
}

static bool subtree_holds(const struct checkpoint *c, const struct note_key *k, uint64_t time,
			  struct span signature)
{
	uint8_t message[MOST_SUBTREE_MESSAGE];
	size_t n = subtree_message(c, k->name, time, message);

	return n > 0 && mldsa44_verifies(k->key, (struct span){ message, n }, signature);
}

static bool line_holds(const struct checkpoint *c, const struct note_key *k,
		       const struct note_line *l, uint64_t *time)
{
	uint8_t bytes[NOTE_MOST_SIGNATURE];
	struct span signature;
	size_t n = 0;

	if (!note_signature(l, bytes, sizeof(bytes), &n) || n <= TIME_SIZE ||
	    !read_time(bytes, time))
		return false;
	signature = (struct span){ bytes + TIME_SIZE, n - TIME_SIZE };
	return k->type == NOTE_MLDSA44 ? subtree_holds(c, k, *time, signature)
				       : cosignature_holds(c, k, *time, signature);
}

enum note_check checkpoint_check(const struct checkpoint *c, const struct note_key *k,
				 uint64_t *time)
{
	enum note_check result = NOTE_UNSIGNED;

	*time = 0;
	if (k->type == NOTE_ED25519)
		return note_check(&c->note, k);
	for (uint32_t i = 0; i < c->note.count; i++) {
		uint64_t signed_at = 0;

		if (!note_line_is_of(&c->note.lines[i], k))
			continue;
		if (!line_holds(c, k, &c->note.lines[i], &signed_at))
			return NOTE_BROKEN;
		*time = signed_at > *time ? signed_at : *time;
		result = NOTE_SIGNED;
	}
	return result;
}
