/* erofs_own_remains.c - what a packer left of files that it began to write otherwise: where data
 * did not get smaller it takes their blocks back, and inodes that come to stand there do not cover
 * all of them (erofs-utils 1.5, and 1.8 and later). Padding that is part of a file of the image
 * says nothing that the file does not say. */
#include "format/erofs_own.h"
#include "format/marks.h"

#define MOST      32           /* pieces of padding that are looked for */
#define MOST_READ (8ull << 30) /* bytes that are searched for them */
#define LARGEST   (256u << 20) /* of one content */

struct piece {
	size_t stretch;
	struct span bytes;
	bool is_found;
};

struct search {
	struct piece pieces[MOST];
	size_t count, found;
	uint64_t left;
};

static struct span without_zeros(struct span s)
{
	while (s.n && s.p[s.n - 1] == 0)
		s.n--;
	while (s.n && s.p[0] == 0)
		s = span_from(s, 1);
	return s;
}

/* False where there are more than anybody would look for. */
static bool take_pieces(struct search *s, struct span in, const struct own_list *own)
{
	for (size_t i = 0; i < own->n; i++) {
		const struct own_stretch *o = &own->p[i];
		struct span all = span_sub(in, o->offset, o->length);
		struct span bytes = without_zeros(all);

		if (o->own != OWN_FILL || is_one_byte(all) || bytes.n == 0)
			continue;
		if (s->count == MOST)
			return false;
		s->pieces[s->count++] = (struct piece){ i, bytes, false };
	}
	return s->count > 0;
}

static void search_in(struct search *s, struct span content)
{
	for (size_t i = 0; i < s->count; i++) {
		struct piece *p = &s->pieces[i];

		if (p->is_found || !budget_take(&s->left, content.n) ||
		    span_find(content, 0, p->bytes) == SIZE_MAX)
			continue;
		p->is_found = true;
		s->found++;
	}
}

void own_remains(const struct listing *l, struct own_list *own)
{
	const struct erofs *fs = l->state;
	struct search s = { .left = MOST_READ };

	if (!take_pieces(&s, l->in, own))
		return;
	search_in(&s, fs->packed);
	for (uint32_t k = 0; k < l->count && s.found < s.count && s.left; k++) {
		const struct entry *e = &l->entries[k];
		struct erofs_inode i;
		struct sink out;

		if (e->kind != KIND_FILE || erofs_inode_read(fs, e->key[0], &i).kind)
			continue;
		sink_init(&out, NULL, i.size < LARGEST ? i.size : LARGEST);
		erofs_content(fs, &i, &out);
		search_in(&s, sink_span(&out));
		sink_free(&out);
	}
	for (size_t i = 0; i < s.count; i++)
		if (s.pieces[i].is_found) {
			own->p[s.pieces[i].stretch].own = OWN_STRUCTURE;
			own->p[s.pieces[i].stretch].name = "remains of a file";
		}
}
