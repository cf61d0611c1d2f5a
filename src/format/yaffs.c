/* yaffs.c - YAFFS2, the log-structured file system of NAND flash, with its spare bytes. See
 * yaffs.h.
 */
#include <stdio.h>
#include <stdlib.h>

#include "format/yaffs.h"

static struct fault probe(struct span in, struct found *f)
{
	struct yaffs_layout y;

	if (!yaffs_layout_of(in, &y))
		return fault_at(FAULT_BROKEN, 0, "tags in spare bytes", 0, 0);
	f->len = yaffs_pages(&y, in) * yaffs_page_size(&y);
	f->proof = y.checked ? PROOF_CHECKSUM : PROOF_STRUCTURE;
	snprintf(f->label, sizeof(f->label), "%c, %s-endian, pages of %u + %u", y.first ? '1' : '2',
		 y.big ? "big" : "little", y.page, y.spare);
	return fine;
}

/* Of pages that say the same the current one comes last. */
static int by_chunk(const void *left, const void *right)
{
	const struct yaffs_chunk *a = left, *b = right;

	if (a->object != b->object)
		return a->object < b->object ? -1 : 1;
	if (a->chunk != b->chunk)
		return a->chunk < b->chunk ? -1 : 1;
	if (a->sequence != b->sequence)
		return a->sequence < b->sequence ? -1 : 1;
	if (a->serial != b->serial)
		return a->serial < b->serial ? -1 : 1;
	return (a->page > b->page) - (a->page < b->page);
}

static bool is_later(const struct yaffs_chunk *a, const struct yaffs_chunk *b)
{
	return a->sequence != b->sequence ? a->sequence > b->sequence : a->page > b->page;
}

static uint32_t same_chunk(const struct yaffs *fs, uint32_t from)
{
	const struct yaffs_chunk *c = &fs->chunks[from];
	uint32_t n = 1;

	while (from + n < fs->chunk_count && c[n].object == c->object && c[n].chunk == c->chunk)
		n++;
	return n;
}

/* The last, but that serial numbers go round: 0 follows 3. */
static const struct yaffs_chunk *current(const struct yaffs_chunk *c, uint32_t n)
{
	return c[0].serial == 0 && c[n - 1].serial == 3 ? &c[0] : &c[n - 1];
}

static struct fault collect(struct yaffs *fs)
{
	uint32_t pages = (uint32_t)(fs->in.n / yaffs_page_size(&fs->layout)), kept = 0, n;
	struct yaffs_tags t;

	fs->chunks = arena_take(fs->arena, pages, sizeof(*fs->chunks));
	if (!fs->chunks)
		return fault_at(FAULT_MEMORY, 0, "pages", pages, 0);
	for (uint32_t i = 0; i < pages; i++)
		if (yaffs_tags_at(&fs->layout, fs->in, i, &t) && !t.deleted)
			fs->chunks[fs->chunk_count++] = (struct yaffs_chunk){
				t.object, t.chunk, t.sequence, t.serial, i, t.bytes,
			};
	qsort(fs->chunks, fs->chunk_count, sizeof(*fs->chunks), by_chunk);
	for (uint32_t i = 0; i < fs->chunk_count; i += n) {
		n = same_chunk(fs, i);
		fs->chunks[kept++] = *current(&fs->chunks[i], n);
	}
	fs->chunk_count = kept;
	return fine;
}

/* The header states the size. Content that was written behind it and after it belongs to the file
 * all the same: the new header was not written before the power went. */
static uint64_t size_of(const struct yaffs *fs, const struct yaffs_object *o, uint64_t stated,
			const struct yaffs_chunk *header)
{
	const struct yaffs_chunk *last = o->count ? &fs->chunks[o->first + o->count - 1] : NULL;
	uint64_t end;

	if (!last || !is_later(last, header))
		return stated;
	end = (last->chunk - 1ull) * fs->layout.page + last->bytes;
	return end > stated ? end : stated;
}

static void take_object(struct yaffs *fs, struct listing *l, uint32_t first, uint32_t count)
{
	const struct yaffs_chunk *header = &fs->chunks[first];
	struct yaffs_object *o = &fs->objects[fs->object_count];
	struct yaffs_header h;

	*o = (struct yaffs_object){
		.id = header->object, .page = header->page, .first = first + 1, .count = count - 1
	};
	if (header->chunk != 0 ||
	    !yaffs_header_read(yaffs_page(&fs->layout, fs->in, header->page), fs->layout.big, &h)) {
		if (header->object < YAFFS_FIRST_OWN || header->object > YAFFS_LAST_OWN)
			listing_fault(l, fault_at(FAULT_BROKEN,
						  header->page * yaffs_page_size(&fs->layout),
						  "object header", header->object, 0));
		return;
	}
	if (h.parent == YAFFS_UNLINKED || h.parent == YAFFS_DELETED)
		return;
	o->parent = h.parent;
	o->name = h.name;
	o->size = h.type == YAFFS_FILE ? size_of(fs, o, h.size, header) : 0;
	fs->object_count++;
}

static struct fault make_objects(struct yaffs *fs, struct listing *l)
{
	uint32_t n;

	fs->objects = arena_take(fs->arena, fs->chunk_count, sizeof(*fs->objects));
	if (!fs->objects)
		return fault_at(FAULT_MEMORY, 0, "objects", fs->chunk_count, 0);
	for (uint32_t i = 0; i < fs->chunk_count; i += n) {
		n = 1;
		while (i + n < fs->chunk_count && fs->chunks[i + n].object == fs->chunks[i].object)
			n++;
		take_object(fs, l, i, n);
	}
	return fine;
}

static struct fault list(struct listing *l)
{
	struct yaffs *fs = arena_take(l->arena, 1, sizeof(*fs));
	struct fault bad;

	if (!fs)
		return fault_at(FAULT_MEMORY, 0, "pages", 0, 0);
	*fs = (struct yaffs){ .in = l->in, .arena = l->arena };
	l->state = fs;
	if (!yaffs_layout_of(l->in, &fs->layout))
		return fault_at(FAULT_BROKEN, 0, "tags in spare bytes", 0, 0);
	bad = collect(fs);
	if (bad.kind == FAULT_NONE)
		bad = make_objects(fs, l);
	if (bad.kind == FAULT_NONE)
		yaffs_tree(fs, l);
	return bad;
}

/* Chunks in order; what none holds is a hole. */
static struct fault load(const struct listing *l, const struct entry *e, struct sink *out)
{
	const struct yaffs *fs = l->state;
	const struct yaffs_chunk *c = &fs->chunks[e->key[0]];
	uint64_t pos = 0;

	for (uint64_t i = 0; i < e->key[1]; i++, c++) {
		uint64_t from = (c->chunk - 1ull) * fs->layout.page;
		struct span plain = span_head(yaffs_page(&fs->layout, fs->in, c->page), c->bytes);

		if (from >= e->size)
			break;
		plain = span_head(plain, e->size - from);
		if (!sink_zero(out, from - pos) || !sink_put(out, plain))
			return out->fault;
		pos = from + plain.n;
	}
	sink_zero(out, e->size - pos);
	return out->fault;
}

const struct format format_yaffs = {
	.name = "yaffs",
	.says = "YAFFS1 and YAFFS2 with their spare bytes, of both byte orders",
	.domain = DOMAIN_BROADBAND,
	.spec = "Aleph-One-Ltd/yaffs2 core/yaffs_guts.h, yaffs_packedtags2.c, "
		"yaffs_tagscompat.c",
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 10, "\1\0\0\0\1\0\0\0\xff\xff" },
		   { 0, 10, "\2\0\0\0\1\0\0\0\xff\xff" },
		   { 0, 10, "\3\0\0\0\1\0\0\0\xff\xff" },
		   { 0, 10, "\4\0\0\0\1\0\0\0\xff\xff" },
		   { 0, 10, "\5\0\0\0\1\0\0\0\xff\xff" },
		   { 0, 10, "\0\0\0\1\0\0\0\1\xff\xff" },
		   { 0, 10, "\0\0\0\2\0\0\0\1\xff\xff" },
		   { 0, 10, "\0\0\0\3\0\0\0\1\xff\xff" },
		   { 0, 10, "\0\0\0\4\0\0\0\1\xff\xff" },
		   { 0, 10, "\0\0\0\5\0\0\0\1\xff\xff" } },
	.probe = probe,
	.list = list,
	.load = load,
};
