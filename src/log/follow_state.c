/* follow_state.c - see follow_state.h. */
#include "log/follow_state.h"

#include <stdlib.h>

#include "base/base64.h"
#include "base/words.h"
#include "log/checkpoint.h"
#include "log/line.h"

#define HEADER "evenhand-watch/1"

void follow_state_free(struct follow_state *s)
{
	text_free(&s->note);
	free(s->releases);
	*s = (struct follow_state){ 0 };
}

/* -- releases -- */

void follow_version(struct span vendor, struct span product, struct span release,
		    uint8_t version[SHA256_SIZE])
{
	uint8_t digests[3][SHA256_SIZE];

	/* Digests, so that no text runs into the next one. */
	sha256_of(vendor, digests[0]);
	sha256_of(product, digests[1]);
	sha256_of(release, digests[2]);
	sha256_of((struct span){ digests[0], sizeof(digests) }, version);
}

/* Where it is, or would have to be. */
static size_t place_of(const struct follow_state *s, const uint8_t version[SHA256_SIZE])
{
	size_t low = 0, high = s->release_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (memcmp(s->releases[middle].version, version, SHA256_SIZE) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const struct follow_release *follow_release_find(const struct follow_state *s,
						 const uint8_t version[SHA256_SIZE])
{
	size_t at = place_of(s, version);

	return at < s->release_count && memcmp(s->releases[at].version, version, SHA256_SIZE) == 0
		       ? &s->releases[at]
		       : NULL;
}

bool follow_release_add(struct follow_state *s, const struct follow_release *r)
{
	size_t at = place_of(s, r->version);

	if (s->release_count == s->release_room) {
		size_t room = s->release_room ? 2 * s->release_room : 64;
		void *more = reallocarray(s->releases, room, sizeof(*s->releases));

		if (!more)
			return false;
		s->releases = more;
		s->release_room = room;
	}
	memmove(&s->releases[at + 1], &s->releases[at],
		(s->release_count - at) * sizeof(*s->releases));
	s->releases[at] = *r;
	s->release_count++;
	return true;
}

/* -- the file -- */

static bool take_word(struct span *line, const char *word)
{
	return span_is(word_take(line), word);
}

static bool read_seen(struct span *rest, struct follow_state *s)
{
	struct span line;
	uint64_t seen = 0;

	if (!whole_line_take(rest, &line) || !take_word(&line, "seen") ||
	    !decimal_read(word_take(&line), &seen))
		return false;
	s->seen = (int64_t)seen;
	return true;
}

static bool read_edge(struct span *rest, struct follow_state *s)
{
	struct span line;
	size_t n = 0;

	return whole_line_take(rest, &line) && take_word(&line, "edge") &&
	       base64_read_into(word_take(&line), false, &s->tree.edge[0][0], sizeof(s->tree.edge),
				&n);
}

static bool read_release(struct span line, struct follow_state *s)
{
	struct follow_release r;

	return take_word(&line, "release") && hash_read(word_take(&line), r.version) &&
	       hash_read(word_take(&line), r.image) && decimal_read(word_take(&line), &r.index) &&
	       follow_release_add(s, &r);
}

static const char *read_note(struct span note, struct follow_state *s)
{
	struct checkpoint c;
	uint8_t root[SHA256_SIZE];
	const char *wrong = checkpoint_read(note, &c);

	if (wrong)
		return wrong;
	s->tree.size = c.head.size;
	merkle_root(&s->tree, root);
	if (memcmp(root, c.head.root, SHA256_SIZE) != 0)
		return "its edge does not give the root of its checkpoint";
	text_put(&s->note, note);
	return s->note.failed ? "there is no memory for it" : NULL;
}

const char *follow_state_read(struct span file, struct follow_state *s)
{
	struct span rest = file, line;

	*s = (struct follow_state){ 0 };
	if (!whole_line_take(&rest, &line) || !span_is(line, HEADER))
		return "its first line is not \"" HEADER "\"";
	if (!read_seen(&rest, s) || !read_edge(&rest, s))
		return "its second or third line is malformed";
	while (whole_line_take(&rest, &line) && line.n > 0)
		if (!read_release(line, s))
			return "a line of a release is malformed";
	return read_note(rest, s);
}

void follow_state_write(struct text *out, const struct follow_state *s)
{
	size_t edge = (size_t)__builtin_popcountll(s->tree.size) * SHA256_SIZE;

	text_format(out, HEADER "\nseen %lld\nedge ", (long long)s->seen);
	base64_write(out, (struct span){ &s->tree.edge[0][0], edge });
	text_char(out, '\n');
	for (size_t i = 0; i < s->release_count; i++) {
		const struct follow_release *r = &s->releases[i];

		text_puts(out, "release ");
		base64_write(out, (struct span){ r->version, SHA256_SIZE });
		text_char(out, ' ');
		base64_write(out, (struct span){ r->image, SHA256_SIZE });
		text_format(out, " %llu\n", (unsigned long long)r->index);
	}
	text_char(out, '\n');
	text_put(out, text_span(&s->note));
}
