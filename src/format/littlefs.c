/* littlefs.c - littlefs, version 2. Source: littlefs-project/littlefs SPEC.md.
 *
 * Directories are logs in pairs of blocks, of which the one that was written last holds: commits of
 * tags, each tag XORed with the one before it, each commit closed by a checksum. Small files stand
 * in the log itself, others in blocks that point backwards. A block belongs to one log: where it is
 * met again, the directory ends with a fault. */
#include <stdio.h>

#include "base/cursor.h"
#include "base/hash.h"
#include "format/marks.h"
#include "format/parts.h"

#define NAME            "littlefs"
#define LEAST_BLOCK     128u
#define MOST_BLOCK      (1u << 24)
#define MOST_IDS        1023u
#define MOST_ATTRIBUTES 1024u  /* of a log */
#define NOTHING         0x3ffu /* as a length: the tag is taken back */
#define DEEPEST         512

enum { TYPE_FILE = 0x001, TYPE_DIR = 0x002, TYPE_SUPER = 0x0ff };
enum { TYPE_DIRECTORY = 0x200, TYPE_INLINE = 0x201, TYPE_LIST = 0x202, TYPE_ATTRIBUTE = 0x300 };
enum { TYPE_CREATE = 0x401, TYPE_DELETE = 0x4ff, TYPE_SUM = 0x500, TYPE_HARD_TAIL = 0x601 };

struct lfs {
	struct span in;
	uint32_t block, blocks, version;
};

struct pair {
	uint32_t blocks[2];
};

/* What the log says of one name. */
struct file {
	struct span name, data;
	uint32_t kind, form; /* tags of the name, of the content */
};

/* One of 256 that a file may have, known by number. */
struct attribute {
	uint16_t place; /* of its file */
	uint8_t number;
	struct span value;
};

/* One log: its names by number. Numbers move as names come and go, so they lead to places. */
struct log {
	struct file files[MOST_IDS + 1];
	uint16_t order[MOST_IDS + 1], unused[MOST_IDS + 1];
	struct attribute attributes[MOST_ATTRIBUTES];
	uint32_t count, unused_count, top, attribute_count;
	struct span tail; /* the pair that goes on with this directory; empty: none */
};

struct tag {
	uint32_t type, id, length;
	struct span data;
};

static struct fault read_super(struct span in, struct lfs *fs)
{
	*fs = (struct lfs){ .in = in,
			    .version = span_u32(in, 20, false),
			    .block = span_u32(in, 24, false),
			    .blocks = span_u32(in, 28, false) };
	if (in.n < LEAST_BLOCK)
		return fault_at(FAULT_SHORT, 0, "superblock", in.n, LEAST_BLOCK);
	if (fs->version >> 16 != 2)
		return fault_at(FAULT_UNKNOWN, 20, "version", fs->version >> 16, 2);
	if (fs->block < LEAST_BLOCK || fs->block > MOST_BLOCK || fs->blocks < 2)
		return fault_at(FAULT_BROKEN, 24, "block size", fs->block, MOST_BLOCK);
	return fine;
}

static struct span block_at(const struct lfs *fs, uint32_t number)
{
	return number < fs->blocks ? span_sub(fs->in, (uint64_t)number * fs->block, fs->block)
				   : (struct span){ 0 };
}

static uint32_t crc_on(uint32_t crc, struct span s)
{
	return ~crc32_update(~crc, s);
}

/* The tag at *at, which moves behind it; false where none stands. */
static bool next_tag(struct span block, uint64_t *at, uint32_t *before, struct tag *t)
{
	uint32_t word = span_u32(block, *at, true) ^ *before;
	uint32_t length = word & NOTHING;

	*t = (struct tag){ word >> 20 & 0x7ff, word >> 10 & 0x3ff, length, { 0 } };
	if (*at + 4 > block.n || word >> 31)
		return false;
	t->data = span_sub(block, *at + 4, length == NOTHING ? 0 : length);
	*at += 4 + t->data.n;
	*before = word;
	return length == NOTHING || length == t->data.n;
}

static bool is_sum(const struct tag *t)
{
	return (t->type & 0x780) == TYPE_SUM;
}

/* Behind the last commit whose checksum holds; 0 where there is none. */
static uint64_t end_of_log(struct span block)
{
	uint32_t before = UINT32_MAX, crc = crc_on(UINT32_MAX, span_head(block, 4));
	uint64_t at = 4, from = 4, end = 0;
	struct tag t;

	while (next_tag(block, &at, &before, &t)) {
		if (!is_sum(&t)) {
			crc = crc_on(crc, span_sub(block, from, at - from));
			from = at;
			continue;
		}
		crc = crc_on(crc, span_sub(block, from, 4));
		if (t.data.n < 4 || crc != span_u32(t.data, 0, false))
			break;
		before ^= (t.type & 1) << 31;
		crc = UINT32_MAX;
		end = from = at;
	}
	return end;
}

static struct fault probe(struct span in, struct found *f)
{
	struct lfs fs;
	struct fault bad = read_super(in, &fs);

	if (bad.kind)
		return bad;
	if (end_of_log(block_at(&fs, 0)) == 0 && end_of_log(block_at(&fs, 1)) == 0)
		return fault_at(in.n < 2ull * fs.block ? FAULT_SHORT : FAULT_BROKEN, 0,
				"checksum of a commit", in.n, 2ull * fs.block);
	f->len = part_bound((uint64_t)fs.block * fs.blocks, in);
	f->proof = PROOF_CHECKSUM;
	snprintf(f->label, sizeof(f->label), "version %u.%u, %u blocks of %u", fs.version >> 16,
		 fs.version & 0xffff, fs.blocks, fs.block);
	return fine;
}

/* -- one log -- */

static void create(struct log *log, uint32_t id)
{
	uint16_t place =
		(uint16_t)(log->unused_count ? log->unused[--log->unused_count] : log->top++);

	memmove(&log->order[id + 1], &log->order[id], (log->count - id) * sizeof(log->order[0]));
	log->order[id] = place;
	log->files[place] = (struct file){ 0 };
	log->count++;
}

/* Takes out what a file has of that number; with 256, of any. */
static void drop_attributes(struct log *log, uint16_t place, uint32_t number)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < log->attribute_count; i++) {
		const struct attribute *a = &log->attributes[i];

		if (a->place != place || (number < 256 && a->number != number))
			log->attributes[kept++] = *a;
	}
	log->attribute_count = kept;
}

static void set_attribute(struct log *log, uint16_t place, const struct tag *t)
{
	drop_attributes(log, place, t->type & 0xff);
	if (t->length != NOTHING && log->attribute_count < MOST_ATTRIBUTES)
		log->attributes[log->attribute_count++] =
			(struct attribute){ place, t->type & 0xff, t->data };
}

static void take_back(struct log *log, uint32_t id)
{
	drop_attributes(log, log->order[id], 256);
	log->unused[log->unused_count++] = log->order[id];
	log->count--;
	memmove(&log->order[id], &log->order[id + 1], (log->count - id) * sizeof(log->order[0]));
}

static struct file *file_of(struct log *log, uint32_t id)
{
	return id < log->count ? &log->files[log->order[id]] : NULL;
}

static void apply(struct log *log, const struct tag *t)
{
	struct file *f = file_of(log, t->id);
	bool is_gone = t->length == NOTHING;

	if (t->type == TYPE_CREATE && t->id <= log->count && log->count < MOST_IDS) {
		create(log, t->id);
	} else if (t->type == TYPE_DELETE && f) {
		take_back(log, t->id);
	} else if (t->type >> 8 == 0 && t->id < MOST_IDS) {
		while (t->id >= log->count) /* a log that was compacted begins with names */
			create(log, log->count);
		f = file_of(log, t->id);
		f->kind = t->type;
		f->name = t->data;
	} else if (f && t->type >> 8 == TYPE_DIRECTORY >> 8) {
		f->form = is_gone ? 0 : t->type;
		f->data = t->data;
	} else if (f && t->type >> 8 == TYPE_ATTRIBUTE >> 8) {
		set_attribute(log, log->order[t->id], t);
	} else if (t->type >> 8 == TYPE_HARD_TAIL >> 8) {
		log->tail = t->type == TYPE_HARD_TAIL && !is_gone ? t->data : (struct span){ 0 };
	}
}

static void read_block(struct span block, uint64_t end, struct log *log)
{
	uint32_t before = UINT32_MAX;
	uint64_t at = 4;
	struct tag t;

	log->count = log->unused_count = log->top = log->attribute_count = 0;
	log->tail = (struct span){ 0 };
	while (at < end && next_tag(block, &at, &before, &t)) {
		if (is_sum(&t))
			before ^= (t.type & 1) << 31;
		else
			apply(log, &t);
	}
}

/* Of the two blocks the newer one that holds. */
static bool read_pair(const struct lfs *fs, const struct pair *p, struct log *log)
{
	struct span first = block_at(fs, p->blocks[0]), second = block_at(fs, p->blocks[1]);
	uint64_t ends[2] = { end_of_log(first), end_of_log(second) };
	int32_t ahead = (int32_t)(span_u32(second, 0, false) - span_u32(first, 0, false));

	if (ends[0] == 0 && ends[1] == 0)
		return false;
	if (ends[0] == 0 || (ends[1] && ahead > 0))
		read_block(second, ends[1], log);
	else
		read_block(first, ends[0], log);
	return true;
}

/* -- the tree -- */

struct walk {
	struct listing *l;
	struct lfs *fs;
	struct log *log;
	struct marks blocks; /* of logs */
	uint64_t left;       /* bytes that files may still have */
};

static struct pair pair_in(struct span data)
{
	return (struct pair){ { span_u32(data, 0, false), span_u32(data, 4, false) } };
}

/* Blocks of a list are those of one file; together they are no more than the image. */
static void set_content(struct walk *w, const struct file *f, struct entry *e)
{
	if (f->form == TYPE_INLINE && f->data.n) {
		e->stored = true;
		e->offset = span_place(w->fs->in, f->data);
		e->length = e->size = f->data.n;
	} else if (f->form == TYPE_LIST && f->data.n >= 8) {
		e->key[0] = span_u32(f->data, 0, false);
		e->size = span_u32(f->data, 4, false);
		e->order = e->key[0] * w->fs->block;
		if (!budget_take(&w->left, e->size)) {
			e->fault = fault_at(FAULT_LIMIT, span_place(w->fs->in, f->data),
					    "blocks used more than once", e->size, w->left);
			e->size = 0;
		}
	}
}

/* They have no names but their numbers: "littlefs.74". */
static void set_attributes(struct walk *w, uint16_t place, struct entry *e)
{
	const struct log *log = w->log;
	struct xattr *list;
	uint32_t count = 0;

	for (uint32_t i = 0; i < log->attribute_count; i++)
		count += log->attributes[i].place == place;
	list = count ? arena_take(w->l->arena, count, sizeof(*list)) : NULL;
	for (uint32_t i = 0; list && i < log->attribute_count; i++) {
		char name[16];

		if (log->attributes[i].place != place)
			continue;
		snprintf(name, sizeof(name), "littlefs.%02x", log->attributes[i].number);
		list[e->xattr_count].name = arena_copy(w->l->arena, span_text(name));
		list[e->xattr_count++].value = log->attributes[i].value;
	}
	e->xattrs = list;
}

static bool add_file(struct walk *w, uint16_t place, uint32_t parent)
{
	const struct file *f = &w->log->files[place];
	struct entry e = entry_new(f->kind == TYPE_DIR ? KIND_DIRECTORY : KIND_FILE, f->name);
	struct pair p = pair_in(f->data);

	if ((f->kind != TYPE_FILE && f->kind != TYPE_DIR) || f->name.n == 0)
		return true; /* the superblock's own name */
	e.parent = parent;
	e.key[2] = w->l->entries[parent].key[2] + 1; /* depth */
	set_attributes(w, place, &e);
	if (e.kind == KIND_FILE) {
		set_content(w, f, &e);
	} else if (f->form == TYPE_DIRECTORY && f->data.n >= 8) {
		e.key[0] = p.blocks[0];
		e.key[1] = p.blocks[1];
	} else {
		e.fault = fault_at(FAULT_BROKEN, span_place(w->fs->in, f->name), "directory", 0, 0);
		e.key[0] = e.key[1] = UINT32_MAX;
	}
	return listing_add(w->l, &e) != NO_ENTRY;
}

/* A directory's logs, one after the other. */
static struct fault read_directory(struct walk *w, uint32_t index)
{
	const struct entry d = w->l->entries[index];
	struct pair p = { { (uint32_t)d.key[0], (uint32_t)d.key[1] } };

	if (d.fault.kind)
		return d.fault;
	if (d.key[2] >= DEEPEST)
		return fault_at(FAULT_LIMIT, 0, "directory depth", d.key[2], DEEPEST);
	for (;;) {
		uint64_t at = (uint64_t)p.blocks[0] * w->fs->block;

		if (p.blocks[0] >= w->fs->blocks || p.blocks[1] >= w->fs->blocks)
			return fault_at(FAULT_BROKEN, 0, "block number", p.blocks[0],
					w->fs->blocks);
		if (!marks_add(&w->blocks, p.blocks[0]) || !marks_add(&w->blocks, p.blocks[1]))
			return fault_at(FAULT_BROKEN, at, "block of a log met twice", p.blocks[0],
					p.blocks[1]);
		if (!read_pair(w->fs, &p, w->log))
			return fault_at(at < w->fs->in.n ? FAULT_BROKEN : FAULT_SHORT, at,
					"checksum of a commit", p.blocks[0], p.blocks[1]);
		for (uint32_t i = 0; i < w->log->count; i++)
			if (!add_file(w, w->log->order[i], index))
				return fine;
		if (w->log->tail.n < 8)
			return fine;
		p = pair_in(w->log->tail);
	}
}

static struct fault list(struct listing *l)
{
	struct lfs *fs = arena_take(l->arena, 1, sizeof(*fs));
	struct walk w = { .l = l, .fs = fs, .left = l->in.n };
	struct entry root = entry_new(KIND_DIRECTORY, (struct span){ 0 });
	struct fault bad = fs ? read_super(l->in, fs) : fault_at(FAULT_MEMORY, 0, "volume", 0, 0);
	uint64_t there;

	if (bad.kind)
		return bad;
	there = l->in.n / fs->block;
	w.log = arena_take(l->arena, 1, sizeof(*w.log));
	if (!w.log || !marks_init(&w.blocks, l->arena, fs->blocks < there ? fs->blocks : there))
		return fault_at(FAULT_MEMORY, 0, "blocks", fs->blocks, 0);
	l->state = fs;
	if ((uint64_t)fs->block * fs->blocks > l->in.n)
		listing_fault(l, fault_at(FAULT_SHORT, 28, "file system", l->in.n,
					  (uint64_t)fs->block * fs->blocks));
	root.key[1] = 1; /* blocks 0 and 1 */
	listing_add(l, &root);
	for (uint32_t i = 0; i < l->count && l->fault.kind != FAULT_LIMIT; i++)
		if (l->entries[i].kind == KIND_DIRECTORY)
			listing_entry_fault(l, i, read_directory(&w, i));
	return fine;
}

/* -- contents -- */

/* Block n of a list begins with a pointer to n - 1, and one more for each time that two divides n.
 */
static uint32_t pointers_of(uint64_t n)
{
	uint32_t count = n > 0;

	for (; n && n % 2 == 0; n /= 2)
		count++;
	return count;
}

/* Which block is the last of that size, and where its data end. */
static uint64_t last_block(const struct lfs *fs, uint64_t size, uint64_t *end)
{
	uint64_t n = 0, start = 0;

	while (size > fs->block - start) {
		size -= fs->block - start;
		start = pointers_of(++n) * 4ull;
	}
	*end = start + size;
	return n;
}

/* From the last block back to the first, which is the way the pointers lead. */
static struct fault load(const struct listing *l, const struct entry *e, struct sink *out)
{
	const struct lfs *fs = l->state;
	uint32_t block = (uint32_t)e->key[0];
	uint8_t *p = e->size ? sink_room(out, e->size) : NULL;
	uint64_t left = e->size, end, n;

	if (!p)
		return out->fault;
	n = last_block(fs, left, &end);
	while (left > 0) {
		struct span s = block_at(fs, block);
		uint64_t start = pointers_of(n) * 4ull, size = end - start;

		if (s.n == 0)
			break;
		left -= size;
		memcpy(p + left, s.p + start, size);
		block = span_u32(s, 0, false);
		end = fs->block;
		n--;
	}
	memset(p, 0, left);
	sink_advance(out, e->size);
	return left ? fault_at(block < fs->blocks ? FAULT_SHORT : FAULT_BROKEN, 0,
			       "block of a file", block, fs->blocks)
		    : fine;
}

const struct format format_littlefs = {
	.name = "littlefs",
	.says = "littlefs of microcontrollers, version 2",
	.domain = DOMAIN_DEVICE,
	.spec = "littlefs-project/littlefs SPEC.md",
	.shape = SHAPE_CONTAINER,
	.magic = { { 8, 8, NAME } },
	.probe = probe,
	.list = list,
	.load = load,
};
