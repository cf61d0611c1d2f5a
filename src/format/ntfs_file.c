/* ntfs_file.c - one file: its times, its content, its other streams. A stream with a name of its
 * own is an extended attribute "user.NAME" when it is short, as ntfs-3g and Samba show it, and a
 * file "FILE:NAME" beside its own when it is longer: what can hold programs is to be opened. */
#include <stdlib.h>

#include "base/text.h"
#include "format/ntfs.h"
#include "format/utf16.h"

#define SHORT_STREAM 4096
#define MOST_XATTRS  256
#define EPOCH        11644473600ll /* seconds from 1601 to 1970 */
#define TICKS        10000000ll    /* in a second */

static void set_times(struct span info, struct ntfs_file *file, struct entry *e)
{
	int64_t ticks = (int64_t)span_u64(info, 8, false);
	int64_t rest = (ticks % TICKS + TICKS) % TICKS;

	e->has_mtime = ticks != 0;
	e->mtime = ticks ? (ticks - rest) / TICKS - EPOCH : 0;
	e->mtime_ns = (uint32_t)rest * 100;
	file->flags = span_u32(info, 32, false);
	file->security = span_u32(info, 52, false); /* 0, which is none, where it is short */
}

static void note(struct entry *e, struct fault f)
{
	if (e->fault.kind == FAULT_NONE)
		e->fault = f;
}

static void gather(struct ntfs_record *r, struct arena *arena, struct ntfs_file *file,
		   struct entry *e)
{
	uint64_t at = r->attributes;
	struct ntfs_attribute a;

	while (ntfs_attribute_next(r, &at, &a)) {
		if (a.type == NTFS_STANDARD && a.value.n >= 36)
			set_times(a.value, file, e);
		if (a.type != NTFS_DATA && a.type != NTFS_REPARSE && a.type != NTFS_EA &&
		    a.type != NTFS_SECURITY)
			continue;
		if (!ntfs_stream_add(r, &a, arena, &file->streams))
			note(e, fault_at(FAULT_LIMIT, r->at + at, "streams of a file", 0, 0));
	}
	note(e, r->fault);
}

/* The first of the records that go on with that one. */
static uint32_t more_of(const struct ntfs *fs, uint64_t base)
{
	uint32_t low = 0, high = fs->more_count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (fs->more[middle].base < base)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

void ntfs_file_read(const struct ntfs *fs, struct listing *l, struct ntfs_record *r,
		    struct ntfs_file *file, struct entry *e)
{
	uint64_t base = e->key[0];

	if (!ntfs_record_read(fs, base, r)) {
		note(e, fault_at(FAULT_BROKEN, 0, "record of a file", base, fs->records));
		return;
	}
	e->kind = r->flags & NTFS_DIRECTORY ? KIND_DIRECTORY : KIND_FILE;
	e->order = r->at;
	gather(r, l->arena, file, e);
	for (uint32_t i = more_of(fs, base); i < fs->more_count && fs->more[i].base == base; i++)
		if (ntfs_record_read(fs, fs->more[i].number, r))
			gather(r, l->arena, file, e);
	for (struct ntfs_stream *s = file->streams; s; s = s->next)
		if (!ntfs_stream_settle(s, l->arena))
			note(e, fault_at(FAULT_MEMORY, 0, "parts of a content", s->parts, 0));
}

struct ntfs_stream *ntfs_stream_find(const struct ntfs_file *file, enum ntfs_type type,
				     const char *name)
{
	size_t n = strlen(name);

	for (struct ntfs_stream *s = file->streams; s; s = s->next) {
		size_t same = 0;

		while (same < n && span_u16(s->name, same * 2, false) == (uint8_t)name[same])
			same++;
		if (s->type == type && s->name.n == n * 2 && same == n)
			return s;
	}
	return NULL;
}

struct span ntfs_stream_read(const struct ntfs *fs, const struct ntfs_stream *s, struct arena *a,
			     uint64_t most)
{
	struct span copy = { 0 };
	struct sink out;

	if (s->resident)
		return s->value.n <= most ? s->value : copy;
	if (s->size > most)
		return copy;
	sink_init(&out, NULL, most);
	if (ntfs_stream_put(fs, s, &out).kind == FAULT_NONE)
		copy = arena_copy(a, sink_span(&out));
	sink_free(&out);
	return copy;
}

static bool keep_content(struct ntfs *fs, struct arena *a, const struct ntfs_content *c,
			 struct entry *e)
{
	if (fs->content_count == fs->content_room) {
		uint32_t room = fs->content_room ? fs->content_room * 2 : 64;
		struct ntfs_content *wider = arena_take(a, room, sizeof(*wider));

		if (!wider)
			return false;
		if (fs->content_count)
			memcpy(wider, fs->contents, fs->content_count * sizeof(*wider));
		fs->contents = wider;
		fs->content_room = room;
	}
	e->key[1] = fs->content_count;
	fs->contents[fs->content_count++] = *c;
	return true;
}

/* What a stream's runs amount to. */
struct extent {
	uint64_t at, length; /* in one piece */
	bool in_pieces;
};

/* Marks the clusters of a run. Two files may share some on a volume that is torn, but not so many
 * that little space becomes much content. */
static struct fault mark_run(const struct ntfs *fs, const struct ntfs_run *run,
			     struct ntfs_budget *b)
{
	uint64_t there = run->lcn < b->used.count ? b->used.count - run->lcn : 0, twice = 0;

	/* What the image does not reach costs nothing. */
	there = run->count < there ? run->count : there;
	if (!budget_take(&b->clusters, there))
		return fault_at(FAULT_LIMIT, run->lcn * fs->cluster, "clusters shared with others",
				run->count, b->clusters);
	for (uint64_t i = 0; i < there; i++)
		twice += !marks_add(&b->used, run->lcn + i);
	return twice ? fault_at(FAULT_BROKEN, run->lcn * fs->cluster, "cluster used twice", twice,
				0)
		     : fine;
}

static struct fault measure(const struct ntfs *fs, const struct ntfs_stream *s,
			    struct ntfs_budget *b, struct extent *x)
{
	struct ntfs_runs runs = ntfs_runs_of(fs, s);
	struct fault bad = fine;
	struct ntfs_run run;

	while (ntfs_runs_next(&runs, &run)) {
		uint64_t at = run.lcn * fs->cluster, length = run.count * fs->cluster;
		struct fault torn = run.is_hole ? fine : mark_run(fs, &run, b);

		bad = bad.kind == FAULT_NONE || torn.kind == FAULT_LIMIT ? torn : bad;
		if (bad.kind == FAULT_LIMIT)
			return bad;
		x->in_pieces |= run.is_hole || (x->length && at != x->at + x->length);
		if (x->length == 0)
			x->at = at;
		x->length += length;
	}
	return bad.kind ? bad : runs.fault;
}

static void place_content(struct ntfs *fs, struct arena *a, const struct ntfs_content *c,
			  const struct extent *x, struct entry *e)
{
	const struct ntfs_stream *s = c->stream;

	e->order = x->length ? x->at : e->order;
	e->stored = s->resident && !c->packing && s->value_at != UINT64_MAX;
	if (e->stored)
		e->order = s->value_at;
	if (!s->resident && !c->packing && !x->in_pieces && !(s->flags & NTFS_COMPRESSED) &&
	    s->size && s->size == s->initialised && s->size <= x->length)
		e->stored = x->at <= fs->in.n && s->size <= fs->in.n - x->at;
	if (e->stored) {
		e->offset = e->order;
		e->length = s->size;
	} else if (!keep_content(fs, a, c, e)) {
		e->stored = true; /* nothing of it */
		note(e, fault_at(FAULT_MEMORY, 0, "contents", fs->content_count, 0));
	}
}

static void set_content(struct ntfs *fs, struct listing *l, const struct ntfs_content *c,
			struct ntfs_budget *b, struct entry *e)
{
	const struct ntfs_stream *s = c->stream;
	struct extent x = { 0 };
	struct fault bad = measure(fs, s, b, &x);

	e->size = c->packing ? c->plain : s->size;
	e->encrypted = s->flags & NTFS_ENCRYPTED;
	if (!s->has_start)
		bad = fault_at(FAULT_BROKEN, 0, "start of a content", 0, 0);
	note(e, bad);
	if (bad.kind == FAULT_LIMIT)
		e->stored = true; /* nothing of it */
	else
		place_content(fs, l->arena, c, &x, e);
}

/* Whether a stream is shown as an attribute. */
static bool is_attribute(const struct ntfs_file *file, const struct ntfs_stream *s)
{
	return s->type == NTFS_DATA && s->name.n && s->size <= SHORT_STREAM &&
	       !(s->flags & NTFS_ENCRYPTED) && s != file->packed;
}

static void add_xattrs(const struct ntfs *fs, struct arena *a, const struct ntfs_file *file,
		       struct ntfs_budget *b, struct entry *e)
{
	struct xattr *list = NULL;
	uint32_t count = e->xattr_count;

	for (const struct ntfs_stream *s = file->streams; s; s = s->next)
		count += is_attribute(file, s);
	if (count == e->xattr_count)
		return;
	list = arena_take(a, count, sizeof(*list));
	if (!list)
		return;
	if (e->xattr_count)
		memcpy(list, e->xattrs, e->xattr_count * sizeof(*list));
	e->xattrs = list;
	for (const struct ntfs_stream *s = file->streams; s; s = s->next) {
		struct text name = { 0 };

		if (!is_attribute(file, s))
			continue;
		if (!budget_take(&b->xattrs, s->size + s->name.n + 64)) {
			note(e,
			     fault_at(FAULT_LIMIT, 0, "extended attributes", s->size, b->xattrs));
			return;
		}
		text_puts(&name, "user.");
		text_put(&name, utf16_name(a, s->name));
		list[e->xattr_count].name = arena_copy(a, text_span(&name));
		list[e->xattr_count].value = ntfs_stream_read(fs, s, a, SHORT_STREAM);
		if (list[e->xattr_count++].value.n != s->size)
			note(e, fault_at(FAULT_BROKEN, e->order, "stream of a file", 0, s->size));
		text_free(&name);
	}
}

/* What ntfs_special() may read is paid for first: clusters may be named by many. */
static bool pay_special(const struct ntfs_file *file, struct ntfs_budget *b)
{
	uint64_t most = file->flags & NTFS_SYSTEM ? SHORT_STREAM : 0;

	for (const struct ntfs_stream *s = file->streams; s; s = s->next)
		if (s->type != NTFS_DATA)
			most += s->size < NTFS_LARGEST_EA ? s->size : 0;
	return budget_take(&b->xattrs, most);
}

void ntfs_file_describe(struct ntfs *fs, struct listing *l, struct ntfs_file *file,
			struct ntfs_budget *b, struct entry *e)
{
	struct ntfs_content c = { .stream = ntfs_stream_find(file, NTFS_DATA, "") };

	if (pay_special(file, b)) {
		ntfs_owner_set(fs, l->arena, file, e);
		c.packing = ntfs_special(fs, l->arena, file, e);
	} else {
		note(e, fault_at(FAULT_LIMIT, 0, "extended attributes", 0, b->xattrs));
	}
	if (c.packing) {
		c.plain = c.stream ? c.stream->size : 0;
		c.stream = ntfs_stream_find(file, NTFS_DATA, NTFS_PACKED_STREAM);
		file->packed = c.stream;
	}
	add_xattrs(fs, l->arena, file, b, e);
	if (e->kind != KIND_FILE)
		return;
	if (c.stream) {
		set_content(fs, l, &c, b, e);
		return;
	}
	e->stored = true; /* nothing of it */
	note(e, fault_at(FAULT_BROKEN, e->order, "content of a file", 0, 1));
}

void ntfs_file_streams(struct ntfs *fs, struct listing *l, const struct ntfs_file *file,
		       struct ntfs_budget *b, uint32_t index)
{
	const struct entry own = l->entries[index];
	struct text name = { 0 };

	for (const struct ntfs_stream *s = file->streams; s; s = s->next) {
		struct ntfs_content c = { .stream = s };
		struct entry e;

		if (s->type != NTFS_DATA || s->name.n == 0 || is_attribute(file, s) ||
		    s == file->packed)
			continue;
		name.n = 0;
		text_put(&name, own.name);
		text_char(&name, ':');
		text_put(&name, utf16_name(l->arena, s->name));
		e = entry_new(KIND_FILE, arena_copy(l->arena, text_span(&name)));
		e.parent = own.parent == NO_ENTRY ? index : own.parent;
		e.mtime = own.mtime;
		e.mtime_ns = own.mtime_ns;
		e.has_mtime = own.has_mtime;
		set_content(fs, l, &c, b, &e);
		if (listing_add(l, &e) == NO_ENTRY)
			break;
	}
	text_free(&name);
}
