/* tar_list.c - the members of a tar archive, and the contents of sparse ones. */
#include "base/names.h"
#include "format/tar.h"

#define LONGEST_RECORDS (1u << 20)
#define MOST_PIECES     (1u << 20)

/* Decimal numbers parted by `mark`. */
static bool next_number(struct span *rest, char mark, uint64_t *value)
{
	size_t used;

	if (!span_number(*rest, 10, value, &used))
		return false;
	*rest = span_from(*rest, used + (span_byte(*rest, used) == mark));
	return true;
}

static struct tar_sparse *sparse_new(struct arena *a, uint64_t size)
{
	struct tar_sparse *s = arena_take(a, 1, sizeof(*s));

	if (s)
		s->size = size;
	return s;
}

/* Pieces rise and do not overlap; what breaks that rule is broken. */
static bool add_piece(struct arena *a, struct tar_sparse *s, uint64_t at, uint64_t length)
{
	uint64_t end = s->count ? s->pieces[s->count - 1].at + s->pieces[s->count - 1].length : 0;

	if (at < end || length > s->size || at > s->size - length || s->count == MOST_PIECES)
		return false;
	if ((s->count & (s->count - 1)) == 0) {
		struct tar_piece *more =
			arena_take(a, s->count ? (uint64_t)s->count * 2 : 1, sizeof(*more));

		if (!more)
			return false;
		if (s->count)
			memcpy(more, s->pieces, s->count * sizeof(*more));
		s->pieces = more;
	}
	s->pieces[s->count++] = (struct tar_piece){ at, length };
	return true;
}

/* Formats 0.0 and 0.1: offset,length,offset,length... */
static struct tar_sparse *sparse_text(struct arena *a, struct span map, uint64_t size)
{
	struct tar_sparse *s = sparse_new(a, size);
	uint64_t at, length;

	while (s && map.n)
		if (!next_number(&map, ',', &at) || !next_number(&map, ',', &length) ||
		    !add_piece(a, s, at, length))
			return NULL;
	return s;
}

/* Format 1.0: the map stands before the content, a number a line, padded to a block. */
static struct tar_sparse *sparse_lines(struct arena *a, struct span content, uint64_t size,
				       uint64_t *used)
{
	struct tar_sparse *s = sparse_new(a, size);
	struct span rest = content;
	uint64_t count, at, length;

	if (!s || !next_number(&rest, '\n', &count) || count > MOST_PIECES)
		return NULL;
	for (uint64_t i = 0; i < count; i++)
		if (!next_number(&rest, '\n', &at) || !next_number(&rest, '\n', &length) ||
		    !add_piece(a, s, at, length))
			return NULL;
	*used = ((uint64_t)(content.n - rest.n) + TAR_BLOCK - 1) / TAR_BLOCK * TAR_BLOCK;
	return s;
}

static bool octal(struct span in, uint64_t at, uint64_t *value)
{
	struct span field = span_sub(in, at, 12);
	size_t used = 0;

	if (span_byte(field, 0) & 0x80) {
		*value = span_u64(field, 4, true);
		return field.n == 12;
	}
	return span_number(field, 8, value, &used);
}

/* The old GNU format: four pairs in the header, 21 in each block that follows it. */
static struct tar_sparse *sparse_old(struct arena *a, struct span in, uint64_t header,
				     uint64_t *data)
{
	uint64_t size, at, length, place = header + 386;
	struct tar_sparse *s = octal(in, header + 483, &size) ? sparse_new(a, size) : NULL;
	int pairs = 4;
	bool more = span_byte(in, header + 482) == 1;

	while (s) {
		for (int i = 0; i < pairs; i++) {
			uint64_t pair = place + (uint64_t)i * 24;

			if (span_byte(in, pair) <= 0 || !octal(in, pair, &at) ||
			    !octal(in, pair + 12, &length))
				break;
			if (!add_piece(a, s, at, length))
				return NULL;
		}
		if (!more)
			return s;
		place = *data;
		*data += TAR_BLOCK;
		more = span_byte(in, place + 504) == 1;
		pairs = 21;
		if (*data > in.n)
			return NULL;
	}
	return NULL;
}

struct tar_sparse *tar_sparse_read(struct arena *a, struct span in, uint64_t header,
				   const struct tar_header *h, const struct tar_extra *x,
				   uint64_t *data, uint64_t *stored)
{
	uint64_t size = 0, used = 0;
	struct tar_sparse *s = NULL;
	size_t digits;

	if (h->type == 'S')
		return sparse_old(a, in, header, data);
	if (!span_number(x->sparse_size, 10, &size, &digits))
		return NULL;
	if (x->has_sparse_version && x->sparse_major == 1) {
		s = sparse_lines(a, span_sub(in, *data, *stored), size, &used);
		if (s && used <= *stored) {
			*data += used;
			*stored -= used;
		}
		return s;
	}
	return sparse_text(
		a, x->sparse_map.n ? x->sparse_map : arena_copy(a, text_span(&x->old_map)), size);
}

static enum kind kind_of(const struct tar_header *h, struct span name)
{
	switch (h->type) {
	case '1':
		return KIND_HARDLINK;
	case '2':
		return KIND_SYMLINK;
	case '3':
		return KIND_CHAR_DEVICE;
	case '4':
		return KIND_BLOCK_DEVICE;
	case '5':
		return KIND_DIRECTORY;
	case '6':
		return KIND_FIFO;
	default:
		return span_byte(name, name.n - 1) == '/' ? KIND_DIRECTORY : KIND_FILE;
	}
}

static struct span whole_name(struct arena *a, const struct tar_header *h,
			      const struct tar_extra *x)
{
	struct text t = { 0 };
	struct span name;

	if (x->sparse_name.n)
		return x->sparse_name;
	if (x->path.n)
		return x->path;
	if (h->prefix.n == 0)
		return h->name;
	text_put(&t, h->prefix);
	text_char(&t, '/');
	text_put(&t, h->name);
	name = arena_copy(a, text_span(&t));
	text_free(&t);
	return name;
}

/* "-12.25": seconds and a fraction, which counts upwards from the lower second. */
static void read_time(struct span text, struct entry *e)
{
	bool minus = span_byte(text, 0) == '-';
	struct span rest = span_from(text, minus);
	uint64_t seconds, nanos = 0;
	size_t used;

	if (!span_number(rest, 10, &seconds, &used) || seconds > INT64_MAX)
		return;
	e->mtime = minus ? -(int64_t)seconds : (int64_t)seconds;
	if (span_byte(rest, used) == '.')
		for (size_t i = 1; i <= 9; i++) {
			int c = span_byte(rest, used + i);

			nanos = nanos * 10 + (c >= '0' && c <= '9' ? (uint64_t)(c - '0') : 0);
		}
	if (minus && nanos) {
		e->mtime--;
		nanos = 1000000000 - nanos;
	}
	e->mtime_ns = (uint32_t)nanos;
}

static void use_number(struct span text, uint64_t *value)
{
	uint64_t v;
	size_t used;

	if (span_number(text, 10, &v, &used) && used == text.n)
		*value = v;
}

/* The last of a name counts for hard links: it is what an extraction would have in place by then.
 */
static void remember(struct listing *l, struct names *names, uint32_t index)
{
	struct name *known = names_add(names, l->entries[index].name);

	if (known)
		known->number = index;
}

/* The entry that holds the content of a hard link's name. */
static uint32_t find_first(const struct listing *l, const struct names *names, struct span target)
{
	const struct name *known = names_find(names, target);
	const struct entry *e = known ? &l->entries[known->number] : NULL;

	if (!e)
		return NO_ENTRY;
	if (e->kind == KIND_HARDLINK)
		return e->first;
	return e->kind == KIND_FILE ? known->number : NO_ENTRY;
}

struct member {
	struct tar_header h;
	uint64_t header, data, stored;
};

static void add_member(struct listing *l, struct names *names, const struct member *m,
		       const struct tar_extra *x)
{
	struct span name = whole_name(l->arena, &m->h, x);
	struct entry e = entry_new(kind_of(&m->h, name), name);
	uint64_t data = m->data, stored = m->stored, uid = m->h.uid, gid = m->h.gid;
	struct tar_sparse *sparse;
	uint32_t index;

	use_number(x->uid, &uid);
	use_number(x->gid, &gid);
	e.mode = (uint32_t)m->h.mode & 07777;
	e.uid = (uint32_t)uid;
	e.gid = (uint32_t)gid;
	e.mtime = m->h.mtime;
	if (x->mtime.n)
		read_time(x->mtime, &e);
	e.has_mode = e.has_owner = e.has_mtime = true;
	e.major = (uint32_t)m->h.major;
	e.minor = (uint32_t)m->h.minor;
	e.xattrs = x->xattrs;
	e.xattr_count = x->xattr_count;
	e.order = data;
	if (e.kind == KIND_SYMLINK || e.kind == KIND_HARDLINK)
		e.target = x->link.n ? x->link : m->h.link;
	if (e.kind == KIND_FILE) {
		sparse = m->h.type == 'S' || x->sparse_size.n
				 ? tar_sparse_read(l->arena, l->in, m->header, &m->h, x, &data,
						   &stored)
				 : NULL;
		e.stored = !sparse;
		e.offset = data;
		e.length = stored;
		e.size = sparse ? sparse->size : stored;
		e.key[0] = (uintptr_t)sparse;
	}
	listing_clean(l->arena, &e);
	if (e.kind == KIND_HARDLINK)
		e.first = find_first(l, names, e.target);
	index = listing_add(l, &e);
	if (index != NO_ENTRY)
		remember(l, names, index);
}

/* A header that speaks of the next one. */
static bool is_extra(struct listing *l, const struct member *m, struct tar_extra *x,
		     struct tar_extra *all)
{
	struct span content =
		span_sub(l->in, m->data, m->stored <= LONGEST_RECORDS ? m->stored : 0);

	switch (m->h.type) {
	case 'x':
	case 'X':
		tar_pax_read(l->arena, content, x);
		return true;
	case 'g': /* for all members that follow, where their own records do not say otherwise */
		tar_pax_read(l->arena, content, all);
		tar_pax_read(l->arena, content, x);
		return true;
	case 'L':
		x->path = (struct span){ content.p,
					 content.p ? strnlen((const char *)content.p, content.n)
						   : 0 };
		return true;
	case 'K':
		x->link = (struct span){ content.p,
					 content.p ? strnlen((const char *)content.p, content.n)
						   : 0 };
		return true;
	case 'V':
	case 'M':
	case 'N':
		return true;
	default:
		return false;
	}
}

struct fault tar_list(struct listing *l)
{
	struct tar_extra x = { 0 }, all = { 0 };
	struct names names = { .arena = l->arena };
	struct member m = { 0 };

	while (m.header < l->in.n) {
		struct fault bad = tar_header_read(l->in, m.header, &m.h);
		uint64_t blocks;

		if (bad.kind == FAULT_UNKNOWN)
			break;
		if (bad.kind) {
			listing_fault(l, bad);
			break;
		}
		m.data = m.header + TAR_BLOCK;
		m.stored = m.h.size;
		use_number(x.size, &m.stored);
		if (m.h.type >= '1' && m.h.type <= '6')
			m.stored = 0;
		if (m.stored > l->in.n - m.data)
			listing_fault(l, fault_at(FAULT_SHORT, m.header + 124, "content",
						  l->in.n - m.data, m.stored));
		blocks = m.stored > UINT64_MAX / 2
				 ? l->in.n
				 : (m.stored + TAR_BLOCK - 1) / TAR_BLOCK * TAR_BLOCK;
		if (!is_extra(l, &m, &x, &all)) {
			add_member(l, &names, &m, &x);
			text_free(&x.old_map);
			x = (struct tar_extra){ .mtime = all.mtime,
						.uid = all.uid,
						.gid = all.gid };
		}
		m.header = blocks > l->in.n - m.data ? l->in.n : m.data + blocks;
		if (m.h.type == 'S')
			m.header += tar_map_blocks(l->in, m.data) * TAR_BLOCK;
		if (l->fault.kind == FAULT_LIMIT)
			break;
	}
	text_free(&x.old_map);
	text_free(&all.old_map);
	return fine;
}

struct fault tar_load(const struct listing *l, const struct entry *e, struct sink *out)
{
	const struct tar_sparse *s = (const struct tar_sparse *)(uintptr_t)e->key[0];
	uint64_t at = e->offset, pos = 0;

	for (uint32_t i = 0; s && i < s->count; i++) {
		struct span piece = span_sub(l->in, at, s->pieces[i].length);

		if (piece.n < s->pieces[i].length)
			return fault_at(FAULT_SHORT, at, "content", l->in.n,
					at + s->pieces[i].length);
		if (!sink_zero(out, s->pieces[i].at - pos) || !sink_put(out, piece))
			return out->fault;
		pos = s->pieces[i].at + piece.n;
		at += piece.n;
	}
	return !s || sink_zero(out, s->size - pos) ? fine : out->fault;
}
