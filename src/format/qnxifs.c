/* qnxifs.c - QNX Neutrino's image file system: a header, entries of directories, files, links and
 * devices, each with its whole path, then contents as they are, and a word that makes the sum of
 * all words zero. Behind startup code (qnxstartup.c) it may be packed: pieces, each with its packed
 * length as two big-endian bytes in front, of LZO1X or NRV2B; zero ends them. */
#include <stdio.h>

#include "base/cursor.h"
#include "codec/codec.h"
#include "format/marks.h"
#include "format/parts.h"
#include "format/stream.h"
#include "format/sums.h"

#define HEADER      88
#define FLAG_BIG    0x01
#define ATTRIBUTES  24
#define MOST_PLAIN  (256u << 10) /* of a piece; packers make 64 KiB */
#define MOST_MOUNT  64
#define MOST_SHARED 64 /* times the image that all contents together may hold */
#define TRAILER     4
#define MAGIC       "imagefs"
#define REVERSED    "sfegami" /* a word's bytes are exchanged, too */

struct ifs {
	struct span in;
	bool big;
	uint32_t size, directory, directory_end;
	uint64_t shared; /* bytes that contents may still hold */
};

static struct fault read_header(struct span in, struct ifs *fs)
{
	struct cursor c = { .in = in, .at = 7 };

	*fs = (struct ifs){ .in = in, .big = cursor_u8(&c) & FLAG_BIG };
	fs->size = span_u32(in, 8, fs->big);
	fs->directory_end = span_u32(in, 12, fs->big);
	fs->directory = span_u32(in, 16, fs->big);
	if (in.n < HEADER)
		return fault_at(FAULT_SHORT, 0, "header", in.n, HEADER);
	if (fs->directory < HEADER || fs->directory % 4 || fs->directory > fs->directory_end)
		return fault_at(FAULT_BROKEN, 16, "place of the directory", fs->directory,
				fs->directory_end);
	if (fs->directory_end > fs->size || fs->size % 4 || fs->size > UINT32_MAX - TRAILER)
		return fault_at(FAULT_BROKEN, 8, "size", fs->size, fs->directory_end);
	return fine;
}

static bool sum_holds(const struct ifs *fs)
{
	struct span all = span_sub(fs->in, 0, fs->size);

	return all.n && sum_of_32(all, fs->big) == 0;
}

struct dirent {
	uint32_t mode, uid, gid, mtime, inode;
	uint16_t size;
	struct span all;
};

static bool read_dirent(const struct ifs *fs, uint64_t at, struct dirent *d)
{
	struct span in = fs->in;

	*d = (struct dirent){ .size = span_u16(in, at, fs->big),
			      .inode = span_u32(in, at + 4, fs->big),
			      .mode = span_u32(in, at + 8, fs->big),
			      .gid = span_u32(in, at + 12, fs->big),
			      .uid = span_u32(in, at + 16, fs->big),
			      .mtime = span_u32(in, at + 20, fs->big) };
	d->all = span_sub(in, at, d->size);
	return d->size > ATTRIBUTES && d->all.n == d->size;
}

static struct fault probe(struct span in, struct found *f)
{
	struct ifs fs;
	struct dirent first;
	struct fault bad = read_header(in, &fs);

	if (bad.kind)
		return bad;
	if (!read_dirent(&fs, fs.directory, &first) || first.mode >> 16)
		return fault_at(FAULT_BROKEN, fs.directory, "first entry", first.size, ATTRIBUTES);
	f->len = part_bound(fs.size, in);
	f->proof = PROOF_STRUCTURE;
	label_bytes(f->label, field_text(in, HEADER, MOST_MOUNT));
	return fine;
}

static struct span path_at(const struct dirent *d, uint64_t from)
{
	return field_text(d->all, from, d->all.n - (from < d->all.n ? from : d->all.n));
}

static void set_file(struct ifs *fs, const struct dirent *d, struct entry *e)
{
	e->stored = true;
	e->offset = span_u32(d->all, ATTRIBUTES, fs->big);
	e->length = e->size = span_u32(d->all, ATTRIBUTES + 4, fs->big);
	if (!budget_take(&fs->shared, e->size)) {
		e->length = 0;
		e->fault = fault_at(FAULT_LIMIT, e->offset, "contents that share bytes", e->size,
				    fs->in.n);
	}
}

/* The target stands behind the path, its place counted from there. */
static void set_target(const struct ifs *fs, const struct dirent *d, struct entry *e)
{
	uint64_t from = ATTRIBUTES + 4 + (uint64_t)span_u16(d->all, ATTRIBUTES, fs->big);

	e->target = path_at(d, from);
}

/* QNX's own numbers: ten bits of minor, six of major (sys/types.h). */
static void set_device(const struct ifs *fs, const struct dirent *d, struct entry *e)
{
	uint32_t number = span_u32(d->all, ATTRIBUTES + 4, fs->big);

	e->major = number >> 10 & 0x3f;
	e->minor = number & 0x3ff;
}

static void add(struct listing *l, struct ifs *fs, const struct dirent *d)
{
	enum kind kind = kind_of_mode(d->mode);
	uint64_t name_at = ATTRIBUTES + (kind == KIND_DIRECTORY ? 0 : kind == KIND_SYMLINK ? 4 : 8);
	struct entry e = entry_new(kind, path_at(d, name_at));

	e.mode = d->mode & 07777;
	e.has_mode = e.has_owner = true;
	e.uid = d->uid;
	e.gid = d->gid;
	e.mtime = d->mtime;
	e.has_mtime = true;
	if (kind == KIND_FILE)
		set_file(fs, d, &e);
	else if (kind == KIND_SYMLINK)
		set_target(fs, d, &e);
	else if (kind == KIND_CHAR_DEVICE || kind == KIND_BLOCK_DEVICE)
		set_device(fs, d, &e);
	listing_add(l, &e);
}

static struct fault list(struct listing *l)
{
	struct ifs fs;
	struct dirent d;
	struct fault bad = read_header(l->in, &fs);
	uint64_t at = fs.directory;

	if (bad.kind)
		return bad;
	fs.shared = (uint64_t)l->in.n * MOST_SHARED;
	for (; at < fs.directory_end && l->fault.kind != FAULT_LIMIT; at += d.size) {
		if (fs.directory_end - at < 2 || span_u16(l->in, at, fs.big) == 0)
			break;
		if (!read_dirent(&fs, at, &d))
			return fault_at(FAULT_BROKEN, at, "entry", d.size, fs.directory_end - at);
		if (d.inode) /* else it was taken away */
			add(l, &fs, &d);
	}
	if (fs.size > l->in.n)
		listing_fault(l, fault_at(FAULT_SHORT, 8, "size", l->in.n, fs.size));
	else if (span_u32(l->in, fs.size - TRAILER, fs.big) && !sum_holds(&fs))
		listing_fault(l, fault_at(FAULT_BROKEN, fs.size - TRAILER, "checksum",
					  sum_of_32(l->in, fs.big), 0));
	return fine;
}

const struct format format_qnxifs = {
	.name = "qnx-ifs",
	.says = "QNX Neutrino image file system",
	.domain = DOMAIN_TELECOM,
	.spec = "QNX sys/image.h (askac/dumpifs)",
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 7, MAGIC }, { 0, 7, REVERSED } },
	.probe = probe,
	.list = list,
};

/* -- packed -- */

typedef struct decoded piece_decoder(struct span in, uint64_t most, struct sink *out);

/* One piece. False at the end, and at a fault. */
static bool unpack_piece(struct cursor *c, piece_decoder *decode, struct sink *out,
			 struct fault *bad)
{
	size_t at = c->at;
	uint16_t length = cursor_be16(c);
	struct span piece = cursor_span(c, length);

	if (c->ran_out)
		*bad = fault_at(FAULT_SHORT, at, "piece", cursor_left(c), length);
	else if (length)
		*bad = decode(piece, MOST_PLAIN, out).fault;
	return length && bad->kind == FAULT_NONE;
}

/* The decoder out of which a file system comes, and how the first piece ends. */
static piece_decoder *find_decoder(struct span in)
{
	static piece_decoder *const all[] = { lzo1x_decode, nrv2b_decode };
	piece_decoder *found = NULL;

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]) && !found; i++) {
		struct cursor c = { .in = in };
		struct fault bad = fine;
		struct sink trial;

		sink_init(&trial, NULL, MOST_PLAIN);
		if (unpack_piece(&c, all[i], &trial, &bad) &&
		    (span_starts(sink_span(&trial), span_text(MAGIC)) ||
		     span_starts(sink_span(&trial), span_text(REVERSED))))
			found = all[i];
		sink_free(&trial);
	}
	return found;
}

static struct fault probe_packed(struct span in, struct found *f)
{
	piece_decoder *decode = find_decoder(in);

	if (!decode)
		return fault_at(FAULT_BROKEN, 2, "first piece", span_u16(in, 0, true), 0);
	f->len = in.n;
	f->open_end = true;
	f->proof = PROOF_STRUCTURE;
	snprintf(f->label, sizeof(f->label), "%s", decode == lzo1x_decode ? "LZO" : "UCL");
	return fine;
}

static struct fault load_packed(const struct listing *l, const struct entry *e, struct sink *out)
{
	struct cursor c = { .in = l->in };
	piece_decoder *decode = find_decoder(l->in);
	struct fault bad = fine;

	(void)e;
	while (decode && unpack_piece(&c, decode, out, &bad))
		;
	*l->len = c.at;
	return bad;
}

/* Both codecs begin with bytes as they are: behind eight bits of NRV2B, behind one or two bytes of
 * LZO1X that say how many. */
const struct format format_qnxpacked = {
	.name = "qnx-packed",
	.says = "packed image file system of QNX Neutrino (LZO or UCL)",
	.domain = DOMAIN_TELECOM,
	.spec = "QNX startup library uncompress_lzo.c, uncompress_ucl.c",
	.shape = SHAPE_STREAM,
	.magic = { { 3, 7, MAGIC }, { 3, 7, REVERSED }, { 4, 7, MAGIC }, { 4, 7, REVERSED } },
	.probe = probe_packed,
	.load = load_packed,
};
