/* state.c - see state.h. */
#include "log/state.h"

#include "base/base64.h"
#include "log/line.h"

static const char first_line[] = "evenhand log state 1";

void state_write(struct text *out, const struct state *s)
{
	text_format(out, "%s\nend %u %u\n", first_line, s->end.segment, s->end.offset);
	for (int i = 0; i < __builtin_popcountll(s->tree.size); i++) {
		text_puts(out, "edge ");
		base64_write(out, (struct span){ s->tree.edge[i], SHA256_SIZE });
		text_char(out, '\n');
	}
	text_char(out, '\n');
	text_put(out, s->note);
}

static bool take_word(struct span *line, const char *word)
{
	struct span w = span_text(word);

	if (!span_starts(*line, w))
		return false;
	*line = span_from(*line, w.n);
	return true;
}

static bool read_place(struct span line, struct place *p)
{
	size_t blank = span_find(line, 0, span_text(" "));
	uint64_t segment, offset;

	if (blank == SIZE_MAX || !decimal_read(span_head(line, blank), &segment) ||
	    !decimal_read(span_from(line, blank + 1), &offset) || segment > UINT32_MAX ||
	    offset > UINT32_MAX)
		return false;
	*p = (struct place){ (uint32_t)segment, (uint32_t)offset };
	return true;
}

/* The lines before the note. */
static const char *read_lines(struct span *rest, struct state *s, unsigned *edges)
{
	struct span line;

	if (!whole_line_take(rest, &line) || !span_is(line, first_line))
		return "it does not begin as a state of this version";
	if (!whole_line_take(rest, &line) || !take_word(&line, "end ") ||
	    !read_place(line, &s->end))
		return "its line \"end\" is malformed";
	for (*edges = 0; whole_line_take(rest, &line); ++*edges) {
		if (line.n == 0)
			return NULL;
		if (*edges == MERKLE_MOST || !take_word(&line, "edge ") ||
		    !hash_read(line, s->tree.edge[*edges]))
			return "a line \"edge\" is malformed";
	}
	return "it is cut off";
}

const char *state_read(struct span file, struct state *s)
{
	struct checkpoint c;
	uint8_t root[SHA256_SIZE];
	unsigned edges = 0;
	const char *wrong;

	*s = (struct state){ .note = file };
	wrong = read_lines(&s->note, s, &edges);
	if (wrong)
		return wrong;
	wrong = checkpoint_read(s->note, &c);
	if (wrong)
		return wrong;
	if (edges != (unsigned)__builtin_popcountll(c.head.size))
		return "it has more or fewer hashes than its size needs";
	s->tree.size = c.head.size;
	merkle_root(&s->tree, root);
	if (memcmp(root, c.head.root, SHA256_SIZE) != 0)
		return "its hashes do not give the root that was signed";
	return NULL;
}
