/* jffs2_map.c - what shows where in each file. The nodes of an inode are stretches that cover each
 * other in the order of their versions; a sweep over their borders, with the stretches that are
 * open kept in a heap, gives the visible parts: at most two for each node. */
#include <stdlib.h>

#include "format/jffs2.h"

struct stretch {
	uint64_t from, end, at;
	uint32_t rank; /* place in the order of versions */
};

struct sweep {
	struct jffs2 *fs;
	struct stretch *stretches;
	uint32_t count, next;
	uint32_t *heap; /* of stretches, the newest on top */
	uint32_t open;
};

static int by_place(const void *left, const void *right)
{
	const struct stretch *a = left, *b = right;

	if (a->from != b->from)
		return a->from < b->from ? -1 : 1;
	return (a->rank > b->rank) - (a->rank < b->rank);
}

static bool newer(const struct sweep *s, uint32_t a, uint32_t b)
{
	return s->stretches[s->heap[a]].rank > s->stretches[s->heap[b]].rank;
}

static void swap(struct sweep *s, uint32_t a, uint32_t b)
{
	uint32_t kept = s->heap[a];

	s->heap[a] = s->heap[b];
	s->heap[b] = kept;
}

static void heap_push(struct sweep *s, uint32_t stretch)
{
	uint32_t i = s->open++;

	s->heap[i] = stretch;
	for (; i > 0 && newer(s, i, (i - 1) / 2); i = (i - 1) / 2)
		swap(s, i, (i - 1) / 2);
}

static void heap_pop(struct sweep *s)
{
	uint32_t i = 0;

	s->heap[0] = s->heap[--s->open];
	while (2 * i + 1 < s->open) {
		uint32_t child = 2 * i + 1;

		if (child + 1 < s->open && newer(s, child + 1, child))
			child++;
		if (!newer(s, child, i))
			return;
		swap(s, i, child);
		i = child;
	}
}

static void add_part(struct jffs2 *fs, struct jffs2_file *f, uint64_t at, uint64_t from,
		     uint64_t end)
{
	struct jffs2_part *last = f->count ? &fs->parts[f->first + f->count - 1] : NULL;

	if (last && last->at == at && (uint64_t)last->from + last->length == from) {
		last->length += (uint32_t)(end - from);
		return;
	}
	fs->parts[f->first + f->count++] = (struct jffs2_part){
		at,
		(uint32_t)from,
		(uint32_t)(end - from),
	};
}

/* From left to right up to the file's size: the newest open stretch shows until it ends or another
 * begins. */
static void show_parts(struct sweep *s, struct jffs2_file *f, uint64_t size)
{
	uint64_t pos = 0;

	while (pos < size) {
		const struct stretch *top;
		uint64_t end;

		while (s->next < s->count && s->stretches[s->next].from <= pos)
			heap_push(s, s->next++);
		while (s->open && s->stretches[s->heap[0]].end <= pos)
			heap_pop(s);
		if (!s->open && s->next == s->count)
			return;
		end = s->next < s->count ? s->stretches[s->next].from : size;
		end = end < size ? end : size;
		if (s->open) {
			top = &s->stretches[s->heap[0]];
			end = top->end < end ? top->end : end;
			add_part(s->fs, f, top->at, pos, end);
		}
		pos = end;
	}
}

/* Nodes with broken data are passed over, as kernels do: what they covered shows again. Metadata
 * are the newest sound node's. */
static void map_file(struct sweep *s, struct jffs2_file *f, const struct jffs2_version *v,
		     uint32_t count)
{
	struct jffs2_inode i, newest = { 0 };
	bool any = false;

	*f = (struct jffs2_file){ .ino = v->ino, .first = s->fs->part_count };
	s->count = s->next = s->open = 0;
	for (uint32_t k = 0; k < count; k++) {
		if (!jffs2_inode_at(s->fs, v[k].at, &i))
			continue;
		if (!i.data_sound)
			f->fault = fault_at(FAULT_BROKEN, v[k].at, "checksum of data", 0, 0);
		if (i.data_sound && i.plain)
			s->stretches[s->count++] =
				(struct stretch){ i.offset, (uint64_t)i.offset + i.plain, v[k].at,
						  k };
		if (i.data_sound || !any) {
			f->at = v[k].at;
			newest = i;
		}
		any = any || i.data_sound;
	}
	if ((newest.mode & 0170000) != 0100000)
		return;
	qsort(s->stretches, s->count, sizeof(*s->stretches), by_place);
	show_parts(s, f, newest.size);
	s->fs->part_count += f->count;
}

static uint32_t same_inode(const struct jffs2 *fs, uint32_t from)
{
	uint32_t n = 1;

	while (from + n < fs->version_count && fs->versions[from + n].ino == fs->versions[from].ino)
		n++;
	return n;
}

struct fault jffs2_map(struct jffs2 *fs)
{
	uint32_t files = 0, most = 0, n;
	struct sweep s = { .fs = fs };

	for (uint32_t i = 0; i < fs->version_count; i += n, files++) {
		n = same_inode(fs, i);
		most = n > most ? n : most;
	}
	fs->files = arena_take(fs->arena, files, sizeof(*fs->files));
	fs->parts = arena_take(fs->arena, 2 * (uint64_t)fs->version_count, sizeof(*fs->parts));
	s.stretches = arena_take(fs->arena, most, sizeof(*s.stretches));
	s.heap = arena_take(fs->arena, most, sizeof(*s.heap));
	if (!fs->files || !fs->parts || !s.stretches || !s.heap)
		return fault_at(FAULT_MEMORY, 0, "inodes", files, 0);
	for (uint32_t i = 0; i < fs->version_count; i += n) {
		n = same_inode(fs, i);
		map_file(&s, &fs->files[fs->file_count++], &fs->versions[i], n);
	}
	return fine;
}
