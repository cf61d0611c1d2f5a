/* npk.c - MikroTik's packages: length, then parts of identifier, length, bytes; little-endian.
 * Parts of a package with a root file system are set so that it begins at a page. A file may hold
 * several packages, each from its header on, each signed. Older packages,
 * and those of kernels, have a list of files under zlib, which is a format of its own here: 30
 * bytes a file (mode, three times, length of content and name), name, content. It has no magic. */
#include <stdio.h>

#include "base/cursor.h"
#include "base/hash.h"
#include "format/parts.h"

#define HEADER       8
#define PART_HEAD    6
#define MOST_PARTS   256
#define ID_HEADER    1
#define ID_FILES     4
#define ID_INSTALL   7
#define ID_UNINSTALL 8
#define ID_SIGNATURE 9
#define ID_LIST      20
#define ID_SQUASHFS  21
#define ID_HEAD      25
#define ID_MOST      64 /* larger ones are not known of */

#define SHA1    20
#define KCDSA   48
#define ED25519 64

static const char *const names[] = {
	[1] = "header",    [2] = "description", [3] = "requirements", [4] = "files",
	[7] = "install",   [8] = "uninstall",   [9] = "signature",    [16] = "architecture",
	[18] = "packages", [20] = "list",       [21] = "rootfs",      [22] = "filler",
	[23] = "commit",   [24] = "release",    [25] = "head",
};

static const char *name_of(uint16_t id)
{
	const char *name = id < sizeof(names) / sizeof(names[0]) ? names[id] : NULL;

	return name ? name : "part";
}

struct part {
	uint16_t id;
	uint64_t from, length;
};

/* The part whose head stands at *pos, which goes on behind it. */
static bool next_part(struct span in, uint64_t end, uint64_t *pos, struct part *p)
{
	if (*pos >= end || end - *pos < PART_HEAD)
		return false;
	p->id = span_u16(in, *pos, false);
	p->length = span_u32(in, *pos + 2, false);
	p->from = *pos + PART_HEAD;
	*pos = p->from + p->length;
	return p->id <= ID_MOST && p->length <= end - p->from;
}

/* Files, scripts, the root file system, and what is not known; all else speaks of the package. */
static bool holds_content(uint16_t id)
{
	return id == ID_FILES || id == ID_INSTALL || id == ID_UNINSTALL || id == ID_SQUASHFS ||
	       strcmp(name_of(id), "part") == 0;
}

static uint64_t end_of(struct span in)
{
	return HEADER + (uint64_t)span_u32(in, 4, false);
}

static void put_label(struct span in, const struct part *p, char label[64])
{
	struct span h = span_from(in, p->from);

	label_add(label, "", field_text(h, 0, 16));
	snprintf(label + strlen(label), 24, " %u.%u.%u", (unsigned)span_u16(h, 18, false) >> 8,
		 span_u16(h, 18, false) & 0xffu, span_u16(h, 16, false) & 0xffu);
}

/* Parts fill the length exactly. */
static struct fault probe(struct span in, struct found *f)
{
	uint64_t end = end_of(in), pos = HEADER;
	struct part p = { 0 };
	unsigned parts = 0;

	if (in.n < HEADER + PART_HEAD)
		return fault_at(FAULT_SHORT, 0, "header", in.n, HEADER + PART_HEAD);
	while (pos < in.n && next_part(in, end, &pos, &p) && parts < MOST_PARTS) {
		parts++;
		if (p.id == ID_HEADER && !f->label[0])
			put_label(in, &p, f->label);
	}
	if (parts == 0 || (pos != end && (pos < in.n || parts == MOST_PARTS)))
		return fault_at(FAULT_BROKEN, pos, "part", p.id, ID_MOST);
	f->len = part_bound(end, in);
	f->proof = PROOF_STRUCTURE;
	return fine;
}

/* What is signed of a package: its parts but the one called "head", up to and with the head of the
 * signature. */
struct package {
	struct byte_range covers[MOST_PARTS];
	uint32_t count;
	bool open, one_of_many;
	unsigned sound, broken; /* digests */
};

static void cover(struct package *g, uint64_t from, uint64_t length)
{
	struct byte_range *last = g->count ? &g->covers[g->count - 1] : NULL;

	if (last && last->offset + last->length == from)
		last->length += length;
	else if (g->count < MOST_PARTS)
		g->covers[g->count++] = (struct byte_range){ from, length };
	else
		g->open = false;
}

static void check_digest(struct listing *l, const struct part *p, struct package *g)
{
	struct span parts[MOST_PARTS];
	uint8_t digest[20];

	for (uint32_t i = 0; i < g->count; i++)
		parts[i] = span_sub(l->in, g->covers[i].offset, g->covers[i].length);
	sha1_of_parts(parts, g->count, digest);
	if (span_equal(span_sub(l->in, p->from, 20), (struct span){ digest, 20 })) {
		g->sound++;
		return;
	}
	g->broken++;
	listing_fault(l, fault_at(FAULT_BROKEN, p->from, "SHA-1 of the package", 0, 0));
}

static void add_signature(struct listing *l, const struct package *g, struct signature s,
			  uint64_t from)
{
	s.offset = from;
	s.value = span_sub(l->in, from, s.length);
	s.covers = g->covers;
	s.cover_count = g->count;
	listing_signature(l, &s);
}

/* SHA-1, a signature by EC-KCDSA over Curve25519 with a SHA-256 of other constants, and in later
 * packages (6.48.4 has it, 6.45.6 does not) one by Ed25519 over the SHA-256. What EC-KCDSA signs is
 * known only of those who replace the signatures; the one key that is published is of licences. */
static void sign(struct listing *l, const struct part *p, struct package *g)
{
	bool both = p->length == SHA1 + KCDSA + ED25519;

	if (p->length < SHA1 || p->from + p->length > l->in.n)
		return;
	check_digest(l, p, g);
	if (!both && p->length != SHA1 + KCDSA) {
		add_signature(l, g,
			      (struct signature){ .by = SIGNING_OTHER, .length = p->length - SHA1 },
			      p->from + SHA1);
		return;
	}
	add_signature(l, g,
		      (struct signature){ .by = SIGNING_EC_KCDSA,
					  .digest = both ? "sha256" : "sha1",
					  .bits = 255,
					  .length = KCDSA,
					  .told_only = true },
		      p->from + SHA1);
	if (both)
		add_signature(l, g,
			      (struct signature){ .by = SIGNING_ED25519,
						  .digest = "sha256",
						  .bits = 256,
						  .length = ED25519 },
			      p->from + SHA1 + KCDSA);
}

static void follow(struct listing *l, const struct part *p, struct package *g)
{
	if (p->id == ID_LIST)
		g->one_of_many = true;
	if (p->id == ID_LIST || (p->id == ID_HEADER && g->one_of_many)) {
		g->open = p->id == ID_HEADER;
		g->count = 0;
	}
	if (!g->open || p->id == ID_HEAD)
		return;
	cover(g, p->from - PART_HEAD, PART_HEAD + (p->id == ID_SIGNATURE ? 0 : p->length));
	if (g->open && p->id == ID_SIGNATURE) {
		sign(l, p, g);
		g->open = false;
	}
}

static struct fault list(struct listing *l)
{
	uint64_t end = end_of(l->in), pos = HEADER;
	struct package g = { .open = true };
	struct part p;

	l->kind = LISTING_REGIONS;
	while (pos < l->in.n && next_part(l->in, end, &pos, &p)) {
		bool has_content = holds_content(p.id);

		if (p.id == ID_HEADER && !l->label[0])
			put_label(l->in, &p, l->label);
		part_owned(l, p.from - PART_HEAD, PART_HEAD + (has_content ? 0 : p.length),
			   has_content ? "part header" : name_of(p.id));
		if (has_content)
			part_list(l, p.from - 4, p.from, p.length, name_of(p.id));
		follow(l, &p, &g);
	}
	if (g.sound && !g.broken)
		label_add(l->label, ", SHA-1 holds", (struct span){ 0 });
	if (end > l->in.n)
		listing_fault(l, fault_at(FAULT_SHORT, 4, "length", l->in.n, end));
	return fine;
}

const struct format format_npk = {
	.name = "npk",
	.says = "MikroTik package",
	.domain = DOMAIN_TELECOM,
	.spec = "botlabsDev/npkpy npkpy/npk; elseif/MikroTikPatch npk.py",
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 4, "\x1e\xf1\xd0\xba" } },
	.probe = probe,
	.list = list,
};

#define LONGEST_NAME 4096
#define LEAST_TORN   2
#define MOST_TRIED   1000 /* files that the probe follows */

struct record {
	uint16_t mode;
	uint32_t mtime;
	struct span name;
	uint64_t content, length;
};

static bool read_record(struct span in, uint64_t at, struct record *r)
{
	struct cursor c = { .in = span_from(in, at) };
	uint16_t name;

	r->mode = cursor_le16(&c);
	cursor_skip(&c, 6 + 8);
	r->mtime = cursor_le32(&c);
	cursor_skip(&c, 4);
	r->length = cursor_le32(&c);
	name = cursor_le16(&c);
	r->name = cursor_span(&c, name);
	r->content = at + c.at;
	return !c.ran_out && name > 0 && name <= LONGEST_NAME && is_filled(in, at + 2, 6, 0) &&
	       is_filled(in, at + 20, 4, 0) && memchr(r->name.p, 0, name) == NULL &&
	       (r->mode >> 12 == 4 || r->mode >> 12 == 8 || r->mode >> 12 == 10);
}

/* Files fill the stream, all of which is this list; of a torn one a few must be whole. */
static struct fault probe_files(struct span in, struct found *f)
{
	struct record r = { 0 };
	unsigned files = 0;
	uint64_t pos = 0;

	while (pos < in.n && files < MOST_TRIED) {
		if (!read_record(in, pos, &r) || r.length > in.n - r.content)
			break;
		pos = r.content + r.length;
		files++;
	}
	if (files == 0 || (pos < in.n && files < LEAST_TORN))
		return fault_at(FAULT_BROKEN, pos, "file", r.mode, 0);
	f->len = in.n;
	f->proof = PROOF_STRUCTURE;
	snprintf(f->label, sizeof(f->label), "%u%s files", files, pos < in.n ? " or more" : "");
	return fine;
}

static void add_record(struct listing *l, const struct record *r)
{
	struct entry e = entry_new(kind_of_mode(r->mode), r->name);

	e.mode = r->mode & 07777;
	e.has_mode = true;
	e.mtime = r->mtime;
	e.has_mtime = r->mtime != 0; /* packers that do not know it write zero */
	if (e.kind == KIND_SYMLINK)
		e.target = span_sub(l->in, r->content, r->length);
	else if (e.kind == KIND_FILE) {
		e.stored = true;
		e.offset = r->content;
		e.size = e.length = r->length;
	}
	listing_add(l, &e);
}

static struct fault list_files(struct listing *l)
{
	struct record r = { 0 };
	uint64_t pos = 0;

	while (pos < l->in.n && l->fault.kind != FAULT_LIMIT) {
		if (!read_record(l->in, pos, &r) || r.length > l->in.n - r.content)
			return fault_at(FAULT_BROKEN, pos, "file", r.mode, 0);
		add_record(l, &r);
		pos = r.content + r.length;
	}
	return fine;
}

const struct format format_npkfiles = {
	.name = "npk-files",
	.says = "files of a MikroTik package",
	.domain = DOMAIN_TELECOM,
	.spec = "openwrt/firmware-utils src/npk_pack_kernel.c",
	.where = WHERE_ANCHORED,
	.shape = SHAPE_CONTAINER,
	.magic = { { 2, 6, "\x00\x00\x00\x00\x00\x00" } },
	.probe = probe_files,
	.list = list_files,
};
