/* ntfs_special.c - files that stand for something else: reparse points of Windows and of its Linux
 * subsystem, the special files of Interix (as ntfs-3g makes them), and the extended attributes in
 * which that subsystem keeps owner, mode and device. Source: Microsoft [MS-FSCC] 2.1.2, 2.4.15;
 * ntfs-3g libntfs-3g/ea.c, include/ntfs-3g/layout.h (INTX_FILE). */
#include "format/ntfs.h"
#include "format/utf16.h"

#define LARGEST_REPARSE (16u << 10)
#define LARGEST_INTERIX 8192
#define SMALLEST_EA     9
#define ANY_MODE        07777u

enum { TAG_SYMLINK = 0xa000000cu, TAG_MOUNT = 0xa0000003u, TAG_LX_SYMLINK = 0xa000001du };
enum { TAG_OVERLAY = 0x80000017u };
enum { OVERLAY_FILE = 2, LAST_PACKING = 3 };

static void note(struct entry *e, struct fault f)
{
	if (e->fault.kind == FAULT_NONE)
		e->fault = f;
}

/* Targets are shown as the kernel's driver does: with slashes, and without the prefix that makes a
 * path one of the object manager. */
static struct span target_of(struct arena *a, struct span units)
{
	struct span text = utf16_name(a, units);
	uint8_t *p = arena_take(a, text.n + 1, 1);

	if (!p)
		return (struct span){ 0 };
	for (size_t i = 0; i < text.n; i++)
		p[i] = text.p[i] == '\\' ? '/' : text.p[i];
	text.p = p;
	return span_starts(text, span_text("/\?\?/")) ? span_from(text, 4) : text;
}

/* Two names in one buffer: what the system follows, and what it shows, which may be missing. */
static void set_link(struct arena *a, struct span data, uint32_t buffer, struct entry *e)
{
	struct span names = span_from(data, buffer), units;

	units = span_sub(names, span_u16(data, 4, false), span_u16(data, 6, false));
	if (units.n == 0)
		units = span_sub(names, span_u16(data, 0, false), span_u16(data, 2, false));
	e->kind = KIND_SYMLINK;
	e->target = target_of(a, units);
	if (units.n == 0)
		note(e, fault_at(FAULT_BROKEN, e->order, "link target", data.n, buffer));
}

static void set_linux_link(struct span data, struct entry *e)
{
	e->kind = KIND_SYMLINK;
	e->target = span_from(data, 4);
	if (data.n <= 4 || span_u32(data, 0, false) != 2)
		note(e, fault_at(FAULT_UNKNOWN, e->order, "version of a link",
				 span_u32(data, 0, false), 2));
}

/* Gives 1 + the algorithm of a file that is packed by the overlay filter. */
static uint32_t packing_of(struct span data, struct entry *e)
{
	uint32_t provider = span_u32(data, 4, false), packing = span_u32(data, 12, false);

	if (provider == OVERLAY_FILE && data.n >= 16 && packing <= LAST_PACKING)
		return packing + 1;
	note(e, fault_at(FAULT_UNKNOWN, e->order, "overlay of a file", provider, OVERLAY_FILE));
	return 0;
}

static bool set_kind(uint32_t tag, struct entry *e)
{
	static const struct {
		uint32_t tag;
		enum kind kind;
	} kinds[] = { { 0x80000023, KIND_SOCKET },
		      { 0x80000024, KIND_FIFO },
		      { 0x80000025, KIND_CHAR_DEVICE },
		      { 0x80000026, KIND_BLOCK_DEVICE } };

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (kinds[i].tag == tag) {
			e->kind = kinds[i].kind;
			return true;
		}
	}
	return false;
}

static uint32_t set_reparse(struct arena *a, struct span point, struct entry *e)
{
	uint32_t tag = span_u32(point, 0, false);
	struct span data = span_head(span_from(point, 8), span_u16(point, 4, false));

	if (tag == TAG_OVERLAY)
		return packing_of(data, e);
	if (tag == TAG_SYMLINK)
		set_link(a, data, 12, e);
	else if (tag == TAG_MOUNT)
		set_link(a, data, 8, e);
	else if (tag == TAG_LX_SYMLINK)
		set_linux_link(data, e);
	else if (!set_kind(tag, e))
		note(e, fault_at(FAULT_UNKNOWN, e->order, "reparse point", tag, 0));
	return 0;
}

/* The attributes of the Linux subsystem; false for others. */
static bool set_linux(struct span name, struct span value, struct entry *e)
{
	uint32_t v = span_u32(value, 0, false);

	if (span_is(name, "$LXUID") && value.n == 4) {
		e->uid = v;
		e->has_owner = true;
	} else if (span_is(name, "$LXGID") && value.n == 4) {
		e->gid = v;
		e->has_owner = true;
	} else if (span_is(name, "$LXMOD") && value.n == 4) {
		e->mode = v & ANY_MODE;
		e->has_mode = true;
	} else if (span_is(name, "$LXDEV") && value.n == 8) {
		e->major = v;
		e->minor = span_u32(value, 4, false);
	} else {
		return false;
	}
	return true;
}

static void set_attributes(struct arena *a, struct span list, struct entry *e)
{
	struct xattr *others = arena_take(a, list.n / SMALLEST_EA, sizeof(*others));
	uint64_t at = 0, next = 1;

	for (; others && next && at + SMALLEST_EA <= list.n; at += next) {
		struct cursor c = { .in = span_from(list, at) };
		struct span name, value;
		uint32_t length;

		next = cursor_le32(&c);
		cursor_skip(&c, 1);
		length = cursor_u8(&c);
		value.n = cursor_le16(&c);
		name = cursor_span(&c, length);
		cursor_skip(&c, 1);
		value = cursor_span(&c, value.n);
		if (c.ran_out || (next && next < c.at)) {
			note(e,
			     fault_at(FAULT_BROKEN, e->order, "extended attributes", at, list.n));
			break;
		}
		if (!set_linux(name, value, e))
			others[e->xattr_count++] = (struct xattr){ name, value };
	}
	e->xattrs = e->xattr_count ? others : NULL;
}

/* A file of the system, but not hidden: empty, of one byte, or with a mark at its start. */
static void set_interix(const struct ntfs *fs, struct arena *a, const struct ntfs_stream *s,
			struct entry *e)
{
	struct span in = ntfs_stream_read(fs, s, a, LARGEST_INTERIX);
	uint64_t major = span_u64(in, 8, false), minor = span_u64(in, 16, false);

	if (s->size <= 1) {
		e->kind = s->size ? KIND_SOCKET : KIND_FIFO;
	} else if (span_starts(in, span_text("IntxLNK\1"))) {
		e->kind = KIND_SYMLINK;
		e->target = utf16_name(a, span_from(in, 8));
	} else if (in.n == 24 &&
		   (memcmp(in.p, "IntxCHR", 8) == 0 || memcmp(in.p, "IntxBLK", 8) == 0)) {
		e->kind = in.p[4] == 'C' ? KIND_CHAR_DEVICE : KIND_BLOCK_DEVICE;
		e->major = (uint32_t)major;
		e->minor = (uint32_t)minor;
	}
}

uint32_t ntfs_special(const struct ntfs *fs, struct arena *a, const struct ntfs_file *file,
		      struct entry *e)
{
	const struct ntfs_stream *attributes = ntfs_stream_find(file, NTFS_EA, "");
	const struct ntfs_stream *reparse = ntfs_stream_find(file, NTFS_REPARSE, "");
	const struct ntfs_stream *content = ntfs_stream_find(file, NTFS_DATA, "");

	if (attributes)
		set_attributes(a, ntfs_stream_read(fs, attributes, a, NTFS_LARGEST_EA), e);
	if (reparse)
		return set_reparse(a, ntfs_stream_read(fs, reparse, a, LARGEST_REPARSE), e);
	if (content && (file->flags & (NTFS_SYSTEM | NTFS_HIDDEN)) == NTFS_SYSTEM &&
	    e->kind == KIND_FILE)
		set_interix(fs, a, content, e);
	return 0;
}
