/* tar_header.c - one header block, and the pax records that extend it. */
#include "format/tar.h"

#define MOST_XATTRS 1024
#define RECORD      (20 * TAR_BLOCK)

/* Octal digits up to a blank or NUL, or a big-endian number behind a byte with its top bit set. */
static bool number(struct span field, uint64_t *value)
{
	uint64_t v = 0;
	size_t i = 0;

	*value = 0;
	if (field.n && field.p[0] & 0x80) {
		v = field.p[0] & 0x40 ? UINT64_MAX << 6 | (field.p[0] & 0x3f) : field.p[0] & 0x3f;
		for (i = 1; i < field.n; i++)
			v = v << 8 | field.p[i];
		*value = v;
		return true;
	}
	while (i < field.n && field.p[i] == ' ')
		i++;
	for (; i < field.n && field.p[i] >= '0' && field.p[i] <= '7'; i++)
		v = v << 3 | (uint64_t)(field.p[i] - '0');
	*value = v;
	return i == field.n || field.p[i] == 0 || field.p[i] == ' ';
}

static struct span text_field(struct span block, size_t at, size_t n)
{
	struct span field = span_sub(block, at, n);

	return (struct span){ field.p, field.p ? strnlen((const char *)field.p, field.n) : 0 };
}

/* The sum of all bytes with the checksum's own taken as blanks; some writers summed signed bytes.
 */
static bool checksum_holds(struct span block)
{
	uint64_t stored;
	int64_t plain = 0, signed_sum = 0;

	for (size_t i = 0; i < TAR_BLOCK; i++) {
		uint8_t byte = i >= 148 && i < 156 ? ' ' : block.p[i];

		plain += byte;
		signed_sum += (int8_t)byte;
	}
	return number(span_sub(block, 148, 8), &stored) &&
	       ((int64_t)stored == plain || (int64_t)stored == signed_sum);
}

struct fault tar_header_read(struct span in, uint64_t at, struct tar_header *h)
{
	struct span block = span_sub(in, at, TAR_BLOCK);
	uint64_t mtime;

	if (block.n == 0)
		return fault_at(FAULT_SHORT, at, "tar header", at < in.n ? in.n - at : 0,
				TAR_BLOCK);
	if (block.p[0] == 0 && block.p[148] == 0)
		return fault_at(FAULT_UNKNOWN, at, "empty block", 0, 0);
	if (!checksum_holds(block))
		return fault_at(FAULT_BROKEN, at + 148, "tar checksum", 0, 0);
	*h = (struct tar_header){ .name = text_field(block, 0, 100),
				  .link = text_field(block, 157, 100),
				  .type = block.p[156],
				  .gnu = span_is(span_sub(block, 257, 6), "ustar ") };
	if (!number(span_sub(block, 100, 8), &h->mode) ||
	    !number(span_sub(block, 108, 8), &h->uid) ||
	    !number(span_sub(block, 116, 8), &h->gid) ||
	    !number(span_sub(block, 124, 12), &h->size) ||
	    !number(span_sub(block, 136, 12), &mtime))
		return fault_at(FAULT_BROKEN, at + 100, "tar number", 0, 0);
	h->mtime = (int64_t)mtime;
	if (span_starts(span_sub(block, 257, 5), span_text("ustar"))) {
		number(span_sub(block, 329, 8), &h->major);
		number(span_sub(block, 337, 8), &h->minor);
		if (!h->gnu)
			h->prefix = text_field(block, 345, 155);
	}
	if (h->size > UINT64_MAX / 4)
		return fault_at(FAULT_BROKEN, at + 124, "tar size", h->size, in.n);
	return fine;
}

bool tar_looks_like_v7(struct span in)
{
	struct tar_header h;

	if (tar_header_read(in, 0, &h).kind || h.name.n == 0 || h.mode > 0177777)
		return false;
	if (h.type != 0 && (h.type < '0' || h.type > '6'))
		return false;
	for (size_t i = 0; i < h.name.n; i++)
		if (h.name.p[i] < 0x20)
			return false;
	return true;
}

uint64_t tar_map_blocks(struct span in, uint64_t data)
{
	uint64_t n = 0;
	int more = span_byte(in, data - TAR_BLOCK + 482);

	while (more == 1)
		more = span_byte(in, data + n++ * TAR_BLOCK + 504);
	return n;
}

/* Two blocks of zeros close an archive; more fill its last record of 20 blocks. Other zeros behind
 * it are not its own. */
static uint64_t behind_zeros(struct span in, uint64_t at)
{
	uint64_t record = (at + 2 * TAR_BLOCK + RECORD - 1) / RECORD * RECORD, end = at;

	if (record > in.n)
		record = in.n;
	while (end < record && in.p[end] == 0)
		end++;
	if (end == record)
		return record;
	/* Something begins within the record: writers of single blocks close with two. */
	end = (end - at) / TAR_BLOCK;
	return at + (end < 2 ? end : 2) * TAR_BLOCK;
}

uint64_t tar_end(struct span in)
{
	uint64_t at = 0;
	struct tar_header h;

	for (;;) {
		struct fault bad = tar_header_read(in, at, &h);
		uint64_t blocks;

		if (bad.kind == FAULT_UNKNOWN)
			return behind_zeros(in, at);
		if (bad.kind)
			return at < in.n ? at : in.n;
		blocks = (h.size + TAR_BLOCK - 1) / TAR_BLOCK * TAR_BLOCK;
		/* Links and devices have no content, whatever their size says. */
		if (h.type >= '1' && h.type <= '6')
			blocks = 0;
		if (h.type == 'S')
			blocks += tar_map_blocks(in, at + TAR_BLOCK) * TAR_BLOCK;
		if (blocks > in.n - at - TAR_BLOCK)
			return in.n;
		at += TAR_BLOCK + blocks;
	}
}

/* libarchive writes each attribute in both dialects: the later one counts. */
static void add_xattr(struct arena *a, struct tar_extra *x, struct span name, struct span value)
{
	for (uint32_t i = 0; i < x->xattr_count; i++)
		if (span_equal(x->xattrs[i].name, name)) {
			x->xattrs[i].value = value;
			return;
		}
	if (x->xattr_count == MOST_XATTRS)
		return;
	if (x->xattr_count == x->xattr_room) {
		uint32_t room = x->xattr_room ? x->xattr_room * 2 : 4;
		struct xattr *more = arena_take(a, room, sizeof(*more));

		if (!more)
			return;
		if (x->xattr_count)
			memcpy(more, x->xattrs, x->xattr_count * sizeof(*more));
		x->xattrs = more;
		x->xattr_room = room;
	}
	x->xattrs[x->xattr_count++] = (struct xattr){ arena_copy(a, name), value };
}

static int digit64(int c)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at = c > 0 ? strchr(digits, c) : NULL;

	return at ? (int)(at - digits) : -1;
}

/* LIBARCHIVE.xattr.NAME: the name percent-encoded, the value in base64 without padding. */
static void add_libarchive_xattr(struct arena *a, struct tar_extra *x, struct span name,
				 struct span value)
{
	struct text plain_name = { 0 }, raw = { 0 };
	uint32_t bits = 0;
	int have = 0;

	text_unpercent(&plain_name, name);
	for (size_t i = 0; i < value.n && digit64(value.p[i]) >= 0; i++) {
		bits = bits << 6 | (uint32_t)digit64(value.p[i]);
		have += 6;
		if (have >= 8) {
			have -= 8;
			text_char(&raw, (char)(bits >> have));
		}
	}
	add_xattr(a, x, text_span(&plain_name), arena_copy(a, text_span(&raw)));
	text_free(&plain_name);
	text_free(&raw);
}

static bool cut(struct span *name, const char *prefix)
{
	if (!span_starts(*name, span_text(prefix)))
		return false;
	*name = span_from(*name, strlen(prefix));
	return true;
}

static void record(struct arena *a, struct tar_extra *x, struct span key, struct span value)
{
	const struct {
		const char *key;
		struct span *to;
	} plain[] = { { "path", &x->path },
		      { "linkpath", &x->link },
		      { "size", &x->size },
		      { "mtime", &x->mtime },
		      { "uid", &x->uid },
		      { "gid", &x->gid },
		      { "GNU.sparse.name", &x->sparse_name },
		      { "GNU.sparse.realsize", &x->sparse_size },
		      { "GNU.sparse.size", &x->sparse_size },
		      { "GNU.sparse.map", &x->sparse_map } };
	uint64_t number_value;
	size_t used;

	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
		if (span_is(key, plain[i].key)) {
			*plain[i].to = value;
			return;
		}
	if (span_is(key, "GNU.sparse.major") && span_number(value, 10, &number_value, &used)) {
		x->sparse_major = (uint32_t)number_value;
		x->has_sparse_version = true;
	} else if (span_is(key, "GNU.sparse.offset") || span_is(key, "GNU.sparse.numbytes")) {
		if (x->old_map.n)
			text_char(&x->old_map, ',');
		text_put(&x->old_map, value);
	} else if (cut(&key, "SCHILY.xattr.")) {
		add_xattr(a, x, key, value);
	} else if (cut(&key, "LIBARCHIVE.xattr.")) {
		add_libarchive_xattr(a, x, key, value);
	}
}

/* "LENGTH KEY=VALUE\n", where the length counts all of it. */
void tar_pax_read(struct arena *a, struct span records, struct tar_extra *x)
{
	while (records.n) {
		uint64_t length;
		size_t used, equals;
		struct span line;

		if (!span_number(records, 10, &length, &used) || length <= used + 3 ||
		    length > records.n)
			return;
		line = span_sub(records, used + 1, length - used - 2);
		equals = span_find(line, 0, span_text("="));
		if (equals != SIZE_MAX)
			record(a, x, span_sub(line, 0, equals), span_from(line, equals + 1));
		records = span_from(records, length);
	}
}
