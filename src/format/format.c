/* format.c - the list of formats and the helpers that fill a listing. */
#include "format/format.h"

#include "format/list.h"

#define DECLARE(name) extern const struct format format_##name;
#define ENTRY(name)   &format_##name,
FORMATS(DECLARE)
const struct format *const formats[] = { FORMATS(ENTRY) };
const size_t format_count = sizeof(formats) / sizeof(formats[0]);

const struct format *format_named(const char *name)
{
	for (size_t i = 0; i < format_count; i++)
		if (strcmp(formats[i]->name, name) == 0)
			return formats[i];
	return NULL;
}

const char *domain_name(enum domain d)
{
	static const char *const names[] = { "generic", "broadband", "telecom",
					     "it",      "cloud",     "device" };

	return names[d];
}

const char *kind_name(enum kind k)
{
	static const char *const names[] = { "region",       "file",     "directory",
					     "symlink",      "hardlink", "char-device",
					     "block-device", "fifo",     "socket" };

	return names[k];
}

enum kind kind_of_mode(uint32_t mode)
{
	static const enum kind kinds[16] = {
		[1] = KIND_FIFO,         [2] = KIND_CHAR_DEVICE, [4] = KIND_DIRECTORY,
		[6] = KIND_BLOCK_DEVICE, [8] = KIND_FILE,        [10] = KIND_SYMLINK,
		[12] = KIND_SOCKET,
	};

	return kinds[mode >> 12 & 15] ? kinds[mode >> 12 & 15] : KIND_FILE;
}

struct entry entry_new(enum kind kind, struct span name)
{
	return (struct entry){ .kind = kind, .name = name, .parent = NO_ENTRY, .first = NO_ENTRY };
}

void entry_device(struct entry *e, uint32_t number)
{
	e->major = number >> 8 & 0xfff;
	e->minor = (number & 0xff) | (number >> 12 & 0xfff00);
}

bool is_dot(struct span name)
{
	return span_is(name, ".") || span_is(name, "..");
}

void listing_entry_fault(struct listing *l, uint32_t index, struct fault f)
{
	if (l->entries[index].fault.kind == FAULT_NONE)
		l->entries[index].fault = f;
}

void listing_fault(struct listing *l, struct fault f)
{
	if (l->fault.kind == FAULT_NONE)
		l->fault = f;
}

/* Whether the path holds nothing that cleaning would drop. */
static bool is_clean(struct span path)
{
	if (span_byte(path, 0) == '/' || span_byte(path, path.n - 1) == '/' ||
	    span_find(path, 0, span_text("//")) != SIZE_MAX || span_is(path, "."))
		return false;
	return !span_starts(path, span_text("./")) && !span_ends(path, span_text("/.")) &&
	       span_find(path, 0, span_text("/./")) == SIZE_MAX;
}

/* Drops empty and "." components; "..", which may mean anything, stays for the reader to see. */
static struct span clean_path(struct arena *a, struct span path)
{
	uint8_t *out;
	size_t n = 0, at = 0;

	if (is_clean(path))
		return path;
	out = arena_take(a, path.n + 1, 1);
	if (!out)
		return (struct span){ 0 };
	while (at < path.n) {
		size_t end = span_find(path, at, span_text("/"));
		struct span part = span_sub(path, at, (end < path.n ? end : path.n) - at);

		at += part.n + 1;
		if (part.n == 0 || span_is(part, "."))
			continue;
		if (n)
			out[n++] = '/';
		memcpy(out + n, part.p, part.n);
		n += part.n;
	}
	return (struct span){ out, n };
}

void listing_clean(struct arena *a, struct entry *e)
{
	e->name = clean_path(a, e->name);
	if (e->kind == KIND_HARDLINK)
		e->target = clean_path(a, e->target);
}

static bool make_room(struct listing *l, uint32_t room)
{
	struct entry *more = arena_take(l->arena, room, sizeof(*more));

	if (!more)
		return false;
	if (l->count)
		memcpy(more, l->entries, l->count * sizeof(*more));
	l->entries = more;
	l->room = room;
	return true;
}

/* The old array stays in the arena, at most as large again. */
static bool grow(struct listing *l)
{
	return make_room(l, l->room ? l->room * 2 : 64);
}

void listing_expect(struct listing *l, uint64_t n)
{
	if (n > l->most)
		n = l->most;
	if (n > l->room)
		make_room(l, (uint32_t)n);
}

uint32_t listing_add(struct listing *l, const struct entry *e)
{
	if (l->count >= l->most || (l->count == l->room && !grow(l))) {
		listing_fault(l, fault_at(FAULT_LIMIT, 0, "entries", l->count, l->most));
		return NO_ENTRY;
	}
	l->entries[l->count] = *e;
	if (e->parent == NO_ENTRY && e->kind != KIND_REGION && e->name.n)
		l->entries[l->count].name = clean_path(l->arena, e->name);
	return l->count++;
}

static void add_region(struct listing *l, uint64_t from, uint64_t len, struct span name, bool owned)
{
	struct entry e = entry_new(KIND_REGION, name);

	e.stored = true;
	e.owned = owned;
	e.offset = from;
	e.length = e.size = len;
	listing_add(l, &e);
}

void listing_region(struct listing *l, uint64_t from, uint64_t len, struct span name)
{
	add_region(l, from, len, name, false);
}

void listing_owned(struct listing *l, uint64_t from, uint64_t len, struct span name)
{
	add_region(l, from, len, name, true);
}

/* A copy of the ranges; NULL, and a fault, where one leaves the container. */
static struct byte_range *copy_ranges(struct listing *l, uint64_t at, const struct byte_range *r,
				      uint32_t n)
{
	struct byte_range *copy = arena_take(l->arena, n, sizeof(*copy));

	if (!copy)
		listing_fault(l, fault_at(FAULT_MEMORY, at, "signature", 0, 0));
	for (uint32_t i = 0; copy && i < n; i++) {
		copy[i] = r[i];
		if (r[i].offset <= l->in.n && r[i].length <= l->in.n - r[i].offset)
			continue;
		listing_fault(l, fault_at(FAULT_SHORT, at, "signed bytes", l->in.n,
					  r[i].offset + r[i].length));
		return NULL;
	}
	return copy;
}

void listing_signature(struct listing *l, const struct signature *s)
{
	struct signature copy = *s;

	if (l->signature_count == MOST_SIGNATURES || s->cover_count > MOST_COVERS ||
	    s->bound_count > MOST_COVERS) {
		listing_fault(l, fault_at(FAULT_LIMIT, s->offset, "signatures", l->signature_count,
					  MOST_SIGNATURES));
		return;
	}
	if (!l->signatures)
		l->signatures = arena_take(l->arena, MOST_SIGNATURES, sizeof(*l->signatures));
	copy.covers = copy_ranges(l, s->offset, s->covers, s->cover_count);
	copy.bound = copy_ranges(l, s->offset, s->bound, s->bound_count);
	if (l->signatures && copy.covers && copy.bound)
		l->signatures[l->signature_count++] = copy;
}

void own_add(struct own_list *o, uint64_t offset, uint64_t length, enum own own, const char *name)
{
	if (o->n == o->room && !o->full) {
		size_t room = o->room ? o->room * 2 : 32;
		struct own_stretch *p =
			room <= MOST_OWN ? arena_take(o->arena, room, sizeof(*p)) : NULL;

		o->full = !p;
		if (p) {
			if (o->n)
				memcpy(p, o->p, o->n * sizeof(*p));
			o->p = p;
			o->room = room;
		}
	}
	if (!o->full && length)
		o->p[o->n++] = (struct own_stretch){ offset, length, own, name, 0, 0 };
}

void own_time(struct own_list *o, uint64_t offset, uint64_t length, const char *name, int64_t time)
{
	size_t n = o->n;

	own_add(o, offset, length, OWN_TIME, name);
	if (o->n > n)
		o->p[n].time = time;
}

void storage_add(struct storage *s, struct span bytes)
{
	if (s->count == s->room) {
		uint32_t room = s->room ? s->room * 2 : 4;
		struct span *p = arena_take(s->arena, room, sizeof(*p));

		if (!p)
			return;
		if (s->count)
			memcpy(p, s->spans, s->count * sizeof(*p));
		s->spans = p;
		s->room = room;
	}
	s->spans[s->count++] = bytes;
}
