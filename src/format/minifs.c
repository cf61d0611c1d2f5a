/* minifs.c - MiniFS, the files of TP-Link's devices with VxWorks or TPOS: a table of names, one of
 * files (place of directory and name in the first, chunk, offset in it, length), one of chunks
 * (place, packed and plain size), then the chunks, LZMA-alone, each of which holds many files.
 * Big-endian. */
#include <stdio.h>

#include "base/cursor.h"
#include "codec/codec.h"
#include "format/marks.h"
#include "format/parts.h"

#define HEADER      32
#define FILE_ENTRY  20
#define CHUNK_ENTRY 12
#define MOST_FILES  4096
#define MOST_CHUNKS 4096 /* the probe reads their table whole */
#define MOST_CHUNK  (48u << 20)
#define MOST_SHARED 64  /* times the file system that all names may take */
#define MOST_WORK   512 /* times the file system that chunks may be unpacked for all files */

struct minifs {
	uint32_t files, chunks, names_size;
	uint64_t file_table, chunk_table, data;
};

static bool read_header(struct span in, struct minifs *fs)
{
	*fs = (struct minifs){ .files = span_u32(in, 20, true),
			       .names_size = span_u32(in, 28, true) };
	if (fs->files == 0 || fs->files > MOST_FILES || fs->names_size == 0)
		return false;
	fs->file_table = (uint64_t)HEADER + fs->names_size;
	fs->chunk_table = fs->file_table + (uint64_t)fs->files * FILE_ENTRY;
	if (fs->chunk_table >= in.n)
		return false;
	for (uint64_t i = 0; i < fs->files; i++) {
		uint32_t chunk = span_u32(in, fs->file_table + i * FILE_ENTRY + 8, true);

		if (chunk >= MOST_CHUNKS || chunk >= (in.n - fs->chunk_table) / CHUNK_ENTRY)
			return false;
		fs->chunks = chunk >= fs->chunks ? chunk + 1 : fs->chunks;
	}
	fs->data = fs->chunk_table + (uint64_t)fs->chunks * CHUNK_ENTRY;
	return true;
}

/* Chunks follow each other, so that the last one's end is that of all. */
static struct fault find_end(struct span in, const struct minifs *fs, uint64_t *end)
{
	uint64_t pos = 0;

	for (uint64_t i = 0; i < fs->chunks; i++) {
		uint64_t at = fs->chunk_table + i * CHUNK_ENTRY, from = span_u32(in, at, true);

		if (from != pos || span_u32(in, at + 8, true) > MOST_CHUNK)
			return fault_at(FAULT_BROKEN, at, "chunk", from, pos);
		pos += span_u32(in, at + 4, true);
	}
	*end = fs->data + pos;
	return fine;
}

static struct fault probe(struct span in, struct found *f)
{
	struct minifs fs;
	struct fault bad;
	uint64_t end;

	if (!read_header(in, &fs))
		return fault_at(FAULT_BROKEN, 20, "number of files", fs.files, MOST_FILES);
	bad = find_end(in, &fs, &end);
	if (bad.kind)
		return bad;
	f->len = part_bound(end, in);
	f->proof = PROOF_STRUCTURE;
	snprintf(f->label, sizeof(f->label), "%u files in %u chunks", fs.files, fs.chunks);
	return fine;
}

struct walk {
	struct listing *l;
	struct minifs fs;
	uint64_t names, work; /* what may still be made */
};

/* A text of the table of names; empty where the place lies outside. */
static struct span name_at(const struct walk *w, uint32_t at)
{
	struct span names = span_sub(w->l->in, HEADER, w->fs.names_size);

	return at < names.n ? field_text(names, at, names.n - at) : (struct span){ 0 };
}

/* Directory and name, joined. */
static struct span path_of(struct walk *w, uint64_t entry)
{
	struct span directory = name_at(w, span_u32(w->l->in, entry, true));
	struct span name = name_at(w, span_u32(w->l->in, entry + 4, true));
	size_t n = directory.n + 1 + name.n;
	uint8_t *p = budget_take(&w->names, n) ? arena_take(w->l->arena, n, 1) : NULL;

	if (!p) {
		listing_fault(w->l, fault_at(FAULT_LIMIT, entry, "names", n, w->names));
		return name;
	}
	if (directory.n)
		memcpy(p, directory.p, directory.n);
	p[directory.n] = '/';
	if (name.n)
		memcpy(p + directory.n + 1, name.p, name.n);
	return (struct span){ p, n };
}

static void add_file(struct walk *w, uint64_t entry)
{
	struct cursor c = { .in = span_sub(w->l->in, entry + 8, FILE_ENTRY - 8) };
	struct entry e = entry_new(KIND_FILE, path_of(w, entry));
	uint64_t chunk, plain;

	e.order = cursor_be32(&c);
	e.key[1] = cursor_be32(&c); /* offset in the chunk */
	e.size = cursor_be32(&c);
	chunk = w->fs.chunk_table + e.order * CHUNK_ENTRY;
	plain = span_u32(w->l->in, chunk + 8, true);
	e.key[0] = chunk;
	if (e.key[1] > plain || e.size > plain - e.key[1])
		e.fault = fault_at(FAULT_BROKEN, entry + 12, "place in the chunk",
				   e.key[1] + e.size, plain);
	else if (!budget_take(&w->work, e.key[1] + e.size))
		e.fault = fault_at(FAULT_LIMIT, entry + 12, "chunk unpacked too often",
				   e.key[1] + e.size, w->work);
	e.key[2] = e.fault.kind != FAULT_NONE;
	e.key[3] = w->fs.data;
	listing_add(w->l, &e);
}

static struct fault list(struct listing *l)
{
	struct walk w = { .l = l, .names = (uint64_t)l->in.n * MOST_SHARED };
	uint64_t end = 0;

	if (!read_header(l->in, &w.fs))
		return fault_at(FAULT_BROKEN, 20, "number of files", w.fs.files, MOST_FILES);
	w.work = (uint64_t)l->in.n * MOST_WORK;
	find_end(l->in, &w.fs, &end);
	if (end > l->in.n)
		listing_fault(l, fault_at(FAULT_SHORT, w.fs.chunk_table, "chunks", l->in.n, end));
	listing_expect(l, w.fs.files);
	for (uint64_t i = 0; i < w.fs.files; i++)
		add_file(&w, w.fs.file_table + i * FILE_ENTRY);
	return fine;
}

/* Unpacks the chunk up to the end of the file. */
static struct fault load(const struct listing *l, const struct entry *e, struct sink *out)
{
	struct decoded d = { 0 };
	struct sink chunk;
	struct span packed, content;

	if (e->key[2] || e->size == 0)
		return e->fault;
	packed = span_head(span_from(l->in, e->key[3] + span_u32(l->in, e->key[0], true)),
			   span_u32(l->in, e->key[0] + 4, true));
	sink_init(&chunk, NULL, e->key[1] + e->size);
	d = lzma_alone_decode(packed, PLAIN_UNKNOWN, &chunk);
	content = span_head(span_from(sink_span(&chunk), e->key[1]), e->size);
	sink_put(out, content);
	if (content.n == e->size)
		d.fault = out->fault; /* what follows in the chunk is of no interest */
	else if (d.fault.kind == FAULT_NONE)
		d.fault = fault_at(FAULT_SHORT, e->key[0] + 8, "plain size", chunk.n,
				   e->key[1] + e->size);
	sink_free(&chunk);
	return d.fault;
}

const struct format format_minifs = {
	.name = "minifs",
	.says = "MiniFS, files of TP-Link devices (VxWorks, TPOS)",
	.domain = DOMAIN_BROADBAND,
	.spec = "onekey-sec/unblob filesystem/minifs.py; arXiv 2407.05064",
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 20, "MINIFS\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x03" } },
	.probe = probe,
	.list = list,
	.load = load,
};
