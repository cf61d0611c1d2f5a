/* walk.c - one pass of libarchive over memory, each content handed on once. Formats are named
 * singly, so that no other parser of the library ever sees hostile bytes. */
#include "format/walk.h"

#include <archive.h>
#include <archive_entry.h>

#define MOST_XATTRS 256

/* The library's AE_IF* are the values of POSIX. */
static enum kind kind_of(struct archive_entry *e)
{
	return archive_entry_hardlink(e) ? KIND_HARDLINK : kind_of_mode(archive_entry_filetype(e));
}

static struct span text(const char *s)
{
	return s ? span_text(s) : (struct span){ 0 };
}

/* Names as the archive has them where the library can tell; else what it makes of them in UTF-8. */
static struct span name_of(struct archive_entry *e)
{
	const char *name = archive_entry_pathname(e);

	return text(name ? name : archive_entry_pathname_utf8(e));
}

static void copy_xattrs(struct archive_entry *from, struct arena *a, struct entry *e)
{
	int n = archive_entry_xattr_reset(from);
	struct xattr *list =
		n > 0 && n <= MOST_XATTRS ? arena_take(a, (uint64_t)n, sizeof(*list)) : NULL;

	for (int i = 0; list && i < n; i++) {
		const char *name;
		const void *value;
		size_t size;

		if (archive_entry_xattr_next(from, &name, &value, &size) != ARCHIVE_OK)
			break;
		list[e->xattr_count].name = arena_copy(a, text(name));
		list[e->xattr_count++].value = arena_copy(a, (struct span){ value, size });
	}
	e->xattrs = list;
}

static struct entry describe(struct archive_entry *from, struct arena *a, unsigned keeps)
{
	struct entry e = entry_new(kind_of(from), arena_copy(a, name_of(from)));
	const char *link = e.kind == KIND_HARDLINK ? archive_entry_hardlink(from)
						   : archive_entry_symlink(from);

	e.mode = (uint32_t)archive_entry_perm(from) & 07777;
	e.uid = (uint32_t)archive_entry_uid(from);
	e.gid = (uint32_t)archive_entry_gid(from);
	e.has_mode = keeps & WALK_KEEPS_MODES;
	e.has_mtime = archive_entry_mtime_is_set(from);
	e.mtime = archive_entry_mtime(from);
	e.mtime_ns = (uint32_t)archive_entry_mtime_nsec(from);
	e.size = archive_entry_size(from) > 0 ? (uint64_t)archive_entry_size(from) : 0;
	e.target = arena_copy(a, text(link));
	e.encrypted = archive_entry_is_encrypted(from);
	copy_xattrs(from, a, &e);
	return e;
}

/* Blocks come with offsets: what lies between them is a hole. */
static struct fault read_content(struct archive *a, uint64_t plain, struct sink *out)
{
	const void *block;
	size_t size;
	la_int64_t offset;
	int result;

	while ((result = archive_read_data_block(a, &block, &size, &offset)) == ARCHIVE_OK) {
		if (offset > 0 && (uint64_t)offset > out->n &&
		    !sink_zero(out, (uint64_t)offset - out->n))
			return out->fault;
		if (!sink_put(out, (struct span){ block, size }))
			return out->fault;
	}
	if (result != ARCHIVE_EOF)
		return fault_at(FAULT_BROKEN, 0, "content in the archive", 0, 0);
	/* A hole at the end is no block. */
	return plain <= out->n || sink_zero(out, plain - out->n) ? fine : out->fault;
}

static struct fault walk_entries(struct archive *a, const struct listing *l, struct walker *w,
				 unsigned keeps, struct walk_names names)
{
	struct archive_entry *found;
	struct fault first = fine;
	uint64_t index = 0;
	int result;

	while ((result = archive_read_next_header(a, &found)) >= ARCHIVE_WARN &&
	       result != ARCHIVE_EOF) {
		struct entry e = describe(found, l->arena, keeps);

		if (index < names.count)
			e.name = names.list[index];
		index++;
		sink_reset(w->sink, w->limit);
		if (e.kind == KIND_FILE && !e.encrypted)
			e.fault = read_content(a, e.size, w->sink);
		if (first.kind == FAULT_NONE)
			first = e.fault;
		/* As listing_add would: a walk has no listing to add to. */
		listing_clean(l->arena, &e);
		if (!w->give(w->ctx, &e, w->sink))
			return first;
	}
	if (result != ARCHIVE_EOF && first.kind == FAULT_NONE)
		first = fault_at(archive_read_has_encrypted_entries(a) == 1 ? FAULT_ENCRYPTED
									    : FAULT_BROKEN,
				 0, "archive", 0, 0);
	return first;
}

struct fault walk_archive(const struct listing *l, struct walker *w,
			  int (*support)(struct archive *a), unsigned keeps,
			  struct walk_names names)
{
	struct archive *a = archive_read_new();
	struct fault bad = fault_at(FAULT_MEMORY, 0, "archive reader", 0, 0);

	if (!a)
		return bad;
	if (support(a) >= ARCHIVE_WARN &&
	    archive_read_open_memory(a, l->in.p, l->in.n) == ARCHIVE_OK)
		bad = walk_entries(a, l, w, keeps, names);
	else
		bad = fault_at(FAULT_BROKEN, 0, "archive header", 0, 0);
	archive_read_free(a);
	return bad;
}
