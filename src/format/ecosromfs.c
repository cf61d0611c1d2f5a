/* ecosromfs.c - the ROM file system of eCos, and D-Link's and Realtek's variant of it (version 9)
 * in which files may be LZMA-alone. 32 bytes, then as many for each node: type and permissions,
 * links, owner, size, time, offset, plain size (version 9), number of the node as text. A directory
 * is records of node, distance to the next record, name. In the byte order of the processor. */
#include <stdio.h>
#include <stdlib.h>

#include "base/cursor.h"
#include "base/text.h"
#include "codec/codec.h"
#include "format/marks.h"
#include "format/parts.h"

#define SUPER       32
#define NODE        32
#define MOST_NODES  2048 /* the probe reads them whole */
#define IS_DIR      1u
#define IS_CHAR     2u
#define IS_BLOCK    4u
#define IS_FILE     8u
#define IS_FIFO     16u
#define PERMISSIONS 16 /* where the nine bits begin, the owner's first, read first */
#define RECORD      8
#define DEEPEST     64
#define MOST_SHARED 64 /* times the file system that all files may hold */

static bool is_big(struct span in)
{
	return span_byte(in, 0) == 'R';
}

/* Version 1 writes "<     0>" at 24, version 9 "0000" at 28, behind the plain size. */
static bool packs(struct span in)
{
	return span_byte(in, 23) == '9';
}

static uint32_t count_of(struct span in)
{
	return span_u32(in, 4, is_big(in));
}

static struct span node_of(struct span in, uint64_t i)
{
	return span_sub(in, SUPER + i * NODE, NODE);
}

/* The number that a node bears, which directories use. */
static bool number_of(struct span in, uint64_t i, uint64_t *number)
{
	struct span text = span_from(node_of(in, i), packs(in) ? 28 : 25);
	size_t used = 0;

	while (text.n && text.p[0] == ' ')
		text = span_from(text, 1);
	return span_number(text, 10, number, &used) && *number < count_of(in);
}

static struct fault probe(struct span in, struct found *f)
{
	uint32_t count = count_of(in);
	uint64_t end = SUPER + (uint64_t)count * NODE;
	bool big = is_big(in);

	if (!span_starts(in, span_text(big ? "Rom." : ".moR")))
		return fault_at(FAULT_UNKNOWN, 0, "magic", span_u32(in, 0, true), 0);
	if (count == 0 || count > MOST_NODES || end > in.n)
		return fault_at(FAULT_BROKEN, 4, "number of nodes", count, MOST_NODES);
	if (!(span_u32(in, SUPER, big) & IS_DIR))
		return fault_at(FAULT_BROKEN, SUPER, "root directory", span_u32(in, SUPER, big),
				IS_DIR);
	for (uint64_t i = 0; i < count; i++) {
		struct span n = node_of(in, i);
		uint64_t last = (uint64_t)span_u32(n, 20, big) + span_u32(n, 12, big), number;

		if (!number_of(in, i, &number))
			return fault_at(FAULT_BROKEN, SUPER + i * NODE + 24, "number", i, count);
		end = last > end ? last : end;
	}
	f->len = part_bound(end, in);
	f->proof = PROOF_STRUCTURE;
	label_add(f->label, "v", span_sub(in, 23, 3));
	snprintf(f->label + strlen(f->label), 32, ", %u nodes", count);
	return fine;
}

struct walk {
	struct listing *l;
	uint32_t *index;  /* of nodes by their numbers, plus one */
	uint32_t *entry;  /* of nodes: the first that names them, plus one */
	uint64_t shared;  /* bytes that contents may still hold */
	uint64_t records; /* and directories: theirs overlap in no honest one */
};

static enum kind kind_of_node(uint32_t type)
{
	return type & IS_DIR     ? KIND_DIRECTORY
	       : type & IS_CHAR  ? KIND_CHAR_DEVICE
	       : type & IS_BLOCK ? KIND_BLOCK_DEVICE
	       : type & IS_FILE  ? KIND_FILE
	       : type & IS_FIFO  ? KIND_FIFO
				 : KIND_SYMLINK;
}

/* Bits stand in the other direction than POSIX has them. */
static uint32_t mode_of_node(uint32_t type)
{
	uint32_t mode = 0;

	for (unsigned i = 0; i < 9; i++)
		if (type >> (PERMISSIONS + i) & 1)
			mode |= 0400u >> i;
	return mode;
}

static void set_content(struct walk *w, struct span n, struct entry *e)
{
	struct span in = w->l->in;
	bool big = is_big(in);
	uint64_t from = span_u32(n, 20, big), size = span_u32(n, 12, big);
	uint64_t left = from < in.n ? in.n - from : 0;
	uint32_t plain = packs(in) ? span_u32(n, 24, big) : 0;

	e->offset = left ? from : 0;
	e->length = size < left ? size : left;
	e->size = plain ? plain : e->length;
	e->stored = plain == 0;
	if (size > left)
		e->fault = fault_at(FAULT_SHORT, from, "content", left, size);
	if (!budget_take(&w->shared, e->length)) {
		e->fault = fault_at(FAULT_LIMIT, from, "content shared with others", e->length,
				    w->shared);
		e->length = e->size = 0;
	}
	if (e->kind == KIND_SYMLINK) {
		e->target = span_sub(in, e->offset, e->length);
		e->stored = false;
	}
	e->key[0] = e->offset;
	e->key[1] = e->length;
}

/* One more name of a file is a hard link. */
static bool is_known(const struct walk *w, uint32_t node, struct entry *e)
{
	if (w->entry[node] == 0 || e->kind != KIND_FILE)
		return false;
	e->kind = KIND_HARDLINK;
	e->first = w->entry[node] - 1;
	return true;
}

static void add_node(struct walk *w, uint32_t node, struct span name, uint32_t parent)
{
	struct span n = node_of(w->l->in, node);
	bool big = is_big(w->l->in);
	uint32_t type = span_u32(n, 0, big), index;
	struct entry e = entry_new(kind_of_node(type), name);

	e.parent = parent;
	e.mode = mode_of_node(type);
	e.uid = span_u16(n, 8, big);
	e.gid = span_u16(n, 10, big);
	e.mtime = span_u32(n, 16, big);
	e.has_mode = e.has_owner = e.has_mtime = true;
	e.key[2] = parent == NO_ENTRY ? 0 : w->l->entries[parent].key[2] + 1; /* depth */
	e.key[3] = node;
	e.order = span_u32(n, 20, big);
	if (e.kind == KIND_DIRECTORY && w->entry[node])
		e.fault = fault_at(FAULT_BROKEN, SUPER + (uint64_t)node * NODE,
				   "directory met twice", node, 0);
	else if (!is_known(w, node, &e) && (e.kind == KIND_FILE || e.kind == KIND_SYMLINK))
		set_content(w, n, &e);
	index = listing_add(w->l, &e);
	if (index != NO_ENTRY && w->entry[node] == 0)
		w->entry[node] = index + 1;
}

/* A directory's records; the distance to the next counts from the directory's start. */
static void read_directory(struct walk *w, uint32_t index)
{
	const struct entry *e = &w->l->entries[index];
	bool big = is_big(w->l->in);
	struct span n = node_of(w->l->in, e->key[3]), rest;
	uint64_t base = span_u32(n, 20, big), pos = 0;
	struct span records = span_head(span_from(w->l->in, base), span_u32(n, 12, big));

	if (records.n < span_u32(n, 12, big))
		listing_entry_fault(
			w->l, index,
			fault_at(FAULT_SHORT, base, "directory", records.n, span_u32(n, 12, big)));
	if (!budget_take(&w->records, records.n)) {
		listing_entry_fault(w->l, index,
				    fault_at(FAULT_LIMIT, base, "directories that share records",
					     records.n, w->records));
		return;
	}
	for (rest = records; rest.n > RECORD; rest = span_from(records, pos)) {
		uint32_t number = span_u32(rest, 0, big), next = span_u32(rest, 4, big);
		struct span name = field_text(rest, RECORD, rest.n - RECORD);

		if (next <= pos + RECORD || number >= count_of(w->l->in) || w->index[number] == 0 ||
		    name.n >= next - pos) {
			listing_entry_fault(w->l, index,
					    fault_at(FAULT_BROKEN, base + pos, "record", number,
						     count_of(w->l->in)));
			return;
		}
		if (!is_dot(name))
			add_node(w, w->index[number] - 1, name, index);
		if (w->l->fault.kind == FAULT_LIMIT || next >= records.n)
			return;
		pos = next;
	}
}

static bool number_nodes(struct walk *w)
{
	uint32_t count = count_of(w->l->in);

	w->index = arena_take(w->l->arena, count, sizeof(*w->index));
	w->entry = arena_take(w->l->arena, count, sizeof(*w->entry));
	for (uint32_t i = 0; w->index && w->entry && i < count; i++) {
		uint64_t number;

		if (number_of(w->l->in, i, &number) && w->index[number] == 0)
			w->index[number] = i + 1;
	}
	return w->index && w->entry;
}

static struct fault list(struct listing *l)
{
	struct walk w = { .l = l, .shared = (uint64_t)l->in.n * MOST_SHARED, .records = l->in.n };

	if (!number_nodes(&w))
		return fault_at(FAULT_MEMORY, 4, "nodes", count_of(l->in), 0);
	add_node(&w, 0, (struct span){ 0 }, NO_ENTRY);
	for (uint32_t i = 0; i < l->count && l->fault.kind != FAULT_LIMIT; i++) {
		struct entry *e = &l->entries[i];

		if (e->kind != KIND_DIRECTORY || e->fault.kind)
			continue;
		if (e->key[2] >= DEEPEST)
			listing_entry_fault(
				l, i,
				fault_at(FAULT_LIMIT, 0, "directory depth", DEEPEST, DEEPEST));
		else
			read_directory(&w, i);
	}
	return fine;
}

static struct fault load(const struct listing *l, const struct entry *e, struct sink *out)
{
	struct decoded d = lzma_alone_decode(span_sub(l->in, e->key[0], e->key[1]), e->size, out);

	d.fault.at += e->key[0];
	if (d.fault.kind == FAULT_NONE && out->n < e->size)
		return fault_at(FAULT_SHORT, e->key[0], "plain size", out->n, e->size);
	return d.fault;
}

const struct format format_ecosromfs = {
	.name = "ecos-romfs",
	.says = "ROM file system of eCos, and D-Link's variant",
	.domain = DOMAIN_BROADBAND,
	.spec = "eCos packages/fs/rom; armijnhemel/binaryanalysis-ng filesystem/dlink_romfs",
	.shape = SHAPE_CONTAINER,
	.magic = { { 16, 8, "ROMFS v1" }, { 16, 8, "ROMFS v9" } },
	.probe = probe,
	.list = list,
	.load = load,
};
