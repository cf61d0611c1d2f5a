/* ubifs_own.c - all nodes of an UBIFS: those that count are structure where they say what the
 * entries say; those that newer ones replaced are data. Superblock and master node are checked
 * field by field as far as fields have bounds; LEB properties in ubifs_own_lpt.c. */
#include "base/hash.h"
#include "format/marks.h"
#include "format/own.h"
#include "format/ubifs.h"

#define HEADER     24
#define KEY        24 /* of a node */
#define KEY_UNUSED 32
#define BRANCH     20
#define LOG        3
#define BILLION    1000000000u
#define COMPRESSED 0x01u /* flag of an inode */
#define IS_XATTR   0x20u
#define EMPTY_NODE 64 /* bytes of a signature that is none */

struct nodes {
	const struct listing *l;
	const struct ubifs_state *s;
	struct own_list *out;
	struct own_map contents;
	struct marks live;                   /* by place / 8 */
	struct marks shown_data;             /* the same, of blocks of files */
	uint32_t *names, *subdirs, *entries; /* of an inode's record; entries: 1 + index */
	uint64_t *directory;                 /* bytes of its names */
	uint8_t *is_value;                   /* of an attribute that is shown */
};

static uint32_t record_of(const struct nodes *x, uint64_t inode)
{
	uint32_t from, to;

	if (inode == 0 || inode > UINT32_MAX)
		return UINT32_MAX;
	to = ubifs_records_of(&x->s->records, (uint32_t)inode, UBIFS_INODE, &from);
	return to > from ? from : UINT32_MAX;
}

static bool header_holds(const struct ubifs_node *n)
{
	return n->group <= 2 && is_zero(span_sub(n->bytes, 22, 2));
}

/* A node whose bytes are all its own. */
static void own_node(struct nodes *x, const struct ubifs_node *n, bool holds, const char *name)
{
	enum own own = own_if(holds && header_holds(n), OWN_STRUCTURE);

	own_add(x->out, n->at, 8, own, name);
	own_add(x->out, n->at + 8, 8, OWN_COUNTER, "sequence number");
	own_add(x->out, n->at + 16, n->bytes.n - 16, own, name);
}

/* -- nodes of contents -- */

/* That of the last change is the entry's; packers take it for all, however unlikely it is. */
static bool times_hold(struct span n)
{
	int64_t a = (int64_t)span_u64(n, 56, false), c = (int64_t)span_u64(n, 64, false);
	int64_t m = (int64_t)span_u64(n, 72, false);

	return (is_likely_time(a) || a == m) && (is_likely_time(c) || c == m) &&
	       span_u32(n, 80, false) < BILLION && span_u32(n, 84, false) < BILLION &&
	       span_u32(n, 88, false) < BILLION;
}

/* Number and sizes of its attributes, as kernels count them. */
static bool attributes_hold(const struct nodes *x, struct span n)
{
	const struct ubifs_state *s = x->s;
	uint64_t names = 0, size = 0;
	uint32_t from, to, count;

	to = ubifs_records_of(&s->records, span_u32(n, KEY, false), UBIFS_XENTRY, &from);
	count = to - from;
	for (uint32_t i = from; i < to; i++) {
		struct span entry = ubifs_record_bytes(&s->fs, &s->records.p[i]);
		uint32_t value = record_of(x, span_u64(entry, 40, false));
		struct span node = value == UINT32_MAX
					   ? (struct span){ 0 }
					   : ubifs_record_bytes(&s->fs, &s->records.p[value]);

		names += span_u16(entry, 50, false);
		size += (64u + span_u16(entry, 50, false)) / 8 * 8;
		size += (160 + (uint64_t)span_u32(node, 112, false) + 1 + 7) / 8 * 8;
	}
	return span_u32(n, 116, false) == count && span_u32(n, 120, false) == size &&
	       (span_u32(n, 128, false) == names || span_u32(n, 128, false) == names + count);
}

/* An inode that is the value of an attribute: nothing else of it means anything. */
static bool value_holds(struct span n)
{
	return (span_u32(n, 108, false) & ~(COMPRESSED | IS_XATTR)) == 0 &&
	       span_u32(n, 92, false) == 1 && span_u32(n, 96, false) == 0 &&
	       span_u32(n, 100, false) == 0 && (span_u32(n, 104, false) & 0170000) == 0100000 &&
	       is_zero(span_sub(n, 116, 8)) && span_u32(n, 128, false) == 0 &&
	       span_u64(n, 48, false) == span_u32(n, 112, false);
}

/* An inode that an entry shows. */
static bool shown_holds(const struct nodes *x, uint32_t record, struct span n)
{
	const struct entry *e = &x->l->entries[x->entries[record] - 1];
	uint32_t length = span_u32(n, 112, false), links = span_u32(n, 92, false);
	uint64_t size = span_u64(n, 48, false);

	if ((span_u32(n, 108, false) & ~COMPRESSED) || span_u32(n, 104, false) > 0177777 ||
	    !attributes_hold(x, n))
		return false;
	switch (e->kind) {
	case KIND_DIRECTORY:
		return length == 0 && links == 2 + x->subdirs[record] &&
		       size == 160 + x->directory[record];
	case KIND_FILE:
	case KIND_HARDLINK:
		return length == 0 && links == x->names[record];
	case KIND_SYMLINK:
		return links == x->names[record] && (size == length || size == 0);
	case KIND_CHAR_DEVICE:
	case KIND_BLOCK_DEVICE:
		return links == x->names[record] && size <= 8 && (length == 4 || length == 8);
	default:
		return length == 0 && links == x->names[record] && size == 0;
	}
}

static bool inode_holds(const struct nodes *x, struct span n)
{
	uint32_t record = record_of(x, span_u32(n, KEY, false));

	return record != UINT32_MAX && (x->entries[record] || x->is_value[record]) &&
	       is_zero(span_sub(n, KEY_UNUSED, 8)) && is_zero(span_sub(n, 124, 4)) &&
	       is_zero(span_sub(n, 134, 26)) && span_u16(n, 132, false) <= 3 &&
	       n.n == 160ull + span_u32(n, 112, false) && times_hold(n) &&
	       (x->entries[record] ? shown_holds(x, record, n) : value_holds(n));
}

/* The hash of names (R5 of ReiserFS), as kernels and mkfs compute it. */
static uint32_t hash_of(struct span name)
{
	uint32_t a = 0;

	for (size_t i = 0; i < name.n; i++) {
		int c = name.p[i] < 128 ? name.p[i] : name.p[i] - 256;

		a += (uint32_t)c << 4;
		a += (uint32_t)(c >> 4);
		a *= 11;
	}
	a &= UBIFS_BLOCKS - 1;
	return a <= 2 ? a + 3 : a;
}

static bool name_holds(const struct nodes *x, struct span n, bool is_attribute)
{
	static const uint8_t types[] = {
		[KIND_FILE] = 0,    [KIND_HARDLINK] = 0,     [KIND_DIRECTORY] = 1,
		[KIND_SYMLINK] = 2, [KIND_BLOCK_DEVICE] = 3, [KIND_CHAR_DEVICE] = 4,
		[KIND_FIFO] = 5,    [KIND_SOCKET] = 6,
	};
	uint32_t length = span_u16(n, 50, false);
	uint32_t record = record_of(x, span_u64(n, 40, false));
	uint32_t parent = record_of(x, span_u32(n, KEY, false));
	struct span name = span_sub(n, 56, length);

	if (record == UINT32_MAX || parent == UINT32_MAX || !x->entries[parent] ||
	    !is_zero(span_sub(n, KEY_UNUSED, 8)) || span_byte(n, 48) != 0 ||
	    n.n != 57ull + length || span_byte(n, 56 + length) != 0 ||
	    (span_u32(n, 28, false) & (UBIFS_BLOCKS - 1)) != hash_of(name))
		return false;
	if (is_attribute)
		return x->is_value[record] && span_byte(n, 49) == 0;
	return x->entries[record] &&
	       span_byte(n, 49) == types[x->l->entries[x->entries[record] - 1].kind];
}

static void own_name(struct nodes *x, const struct ubifs_node *n)
{
	enum own own = own_if(header_holds(n) && name_holds(x, n->bytes, n->type == UBIFS_XENTRY),
			      OWN_STRUCTURE);
	bool has_cookie = span_u32(n->bytes, 52, false) != 0;

	own_add(x->out, n->at, 8, own, "name");
	own_add(x->out, n->at + 8, 8, OWN_COUNTER, "sequence number");
	own_add(x->out, n->at + 16, 52 - 16, own, "name");
	own_add(x->out, n->at + 52, 4, has_cookie ? OWN_IDENTIFIER : own, "cookie of a name");
	own_add(x->out, n->at + 56, n->bytes.n - 56, own, "name");
}

static void own_block(struct nodes *x, const struct ubifs_node *n)
{
	bool holds = header_holds(n) && is_zero(span_sub(n->bytes, KEY_UNUSED, 8)) &&
		     span_u16(n->bytes, 46, false) == 0 && marks_has(&x->shown_data, n->at / 8);
	enum own own = own_if(holds, OWN_STRUCTURE);

	own_add(x->out, n->at, 8, own, "data node");
	own_add(x->out, n->at + 8, 8, OWN_COUNTER, "sequence number");
	own_add(x->out, n->at + 16, 48 - 16, own, "data node");
	if (holds)
		own_content(&x->contents, n->at + 48, n->bytes.n - 48);
	else
		own_add(x->out, n->at + 48, n->bytes.n - 48, OWN_DATA, "data of no file");
}

/* -- index and journal -- */

static bool branch_holds(const struct ubifs *fs, struct span b, bool is_leaf)
{
	struct ubifs_node n;

	if (!ubifs_node(fs, span_u32(b, 0, false), span_u32(b, 4, false), &n) ||
	    n.bytes.n != span_u32(b, 8, false))
		return false;
	if (is_leaf)
		return n.type <= UBIFS_XENTRY &&
		       span_u64(n.bytes, KEY, false) == span_u64(b, 12, false);
	return n.type == UBIFS_INDEX && span_u64(n.bytes, 28 + 12, false) == span_u64(b, 12, false);
}

static bool index_holds(const struct ubifs *fs, struct span n)
{
	uint32_t children = span_u16(n, 24, false), level = span_u16(n, 26, false);

	if (n.n != 28 + (uint64_t)children * BRANCH)
		return false;
	for (uint32_t i = 0; i < children; i++)
		if (!branch_holds(fs, span_sub(n, 28 + (uint64_t)i * BRANCH, BRANCH), level == 0))
			return false;
	return true;
}

/* Places are in the file system, sums no larger than it, and the rest is zero. */
static bool master_holds(const struct ubifs *fs, struct span n)
{
	static const uint8_t lebs[] = { 44, 48, 60, 64, 120, 128, 136, 144, 152, 156, 160, 164 };
	static const uint8_t offsets[] = { 52, 56, 68, 124, 132, 140, 148 };
	static const uint8_t sums[] = { 72, 80, 88, 96, 104, 112 };
	uint64_t all = (uint64_t)fs->lebs * fs->leb_size;

	for (size_t i = 0; i < sizeof(lebs); i++)
		if (span_u32(n, lebs[i], false) > fs->lebs &&
		    span_u32(n, lebs[i], false) != UINT32_MAX)
			return false;
	for (size_t i = 0; i < sizeof(offsets); i++)
		if (span_u32(n, offsets[i], false) > fs->leb_size)
			return false;
	for (size_t i = 0; i < sizeof(sums); i++)
		if (span_u64(n, sums[i], false) > all)
			return false;
	return span_u64(n, 24, false) <= UINT32_MAX && span_u64(n, 32, false) <= UINT32_MAX &&
	       span_u32(n, 40, false) <= 7 && is_zero(span_from(n, 168));
}

static void own_super(struct nodes *x, const struct ubifs_node *n)
{
	static const struct own_field fields[] = {
		{ 0, 8, OWN_STRUCTURE, "superblock" },
		{ 8, 8, OWN_COUNTER, "sequence number" },
		{ 16, 6, OWN_STRUCTURE, "superblock" },
		{ 24, 8, OWN_DATA, "hash of keys, flags" },
		{ 32, 8, OWN_PACKING, "sizes" },
		{ 40, 16, OWN_PACKING, "erase blocks" },
		{ 56, 24, OWN_PACKING, "log, properties, orphans, heads" },
		{ 80, 4, OWN_DATA, "format version" },
		{ 84, 2, OWN_PACKING, "compressor" },
		{ 88, 16, OWN_DATA, "reserved pool" },
		{ 104, 4, OWN_PACKING, "granularity of times" },
		{ 108, 16, OWN_IDENTIFIER, "UUID" },
		{ 124, 4, OWN_DATA, "read-only version" },
	};

	own_header(x->out, n->at, n->bytes.n, fields, sizeof(fields) / sizeof(fields[0]));
}

/* Zero bytes up to the next page, behind which the block may be erased. */
static void own_padding(struct nodes *x, const struct ubifs_node *n)
{
	uint64_t at = n->at + n->bytes.n;
	uint64_t length = span_u32(n->bytes, 24, false);

	if (at % x->s->fs.leb_size + length <= x->s->fs.leb_size)
		own_add(x->out, at, length, OWN_FILL, "padding");
}

/* What is left of a page and too short for a node (ubifs-media.h, UBIFS_PADDING_BYTE). */
static void own_filler(struct nodes *x, const struct ubifs_node *n)
{
	uint64_t at = (n->at + n->bytes.n + 7) & ~7ull;
	struct span eight = span_sub(x->l->in, at, 8);

	while (eight.n && eight.p[0] == 0xce && is_one_byte(eight)) {
		own_add(x->out, at, 8, OWN_STRUCTURE, "padding bytes");
		at += 8;
		eight = span_sub(x->l->in, at, 8);
	}
}

/* mkfs.ubifs writes the node of a signature behind the superblock even where nothing is signed:
 * then it has no type and no content. */
static void own_unsigned(struct nodes *x, uint64_t at)
{
	struct ubifs_node n = { .bytes = span_sub(x->l->in, at, EMPTY_NODE), .at = at };

	if (span_u32(n.bytes, 0, false) != span_u32(x->l->in, 0, false) ||
	    span_u32(n.bytes, 16, false) != EMPTY_NODE || !is_zero(span_from(n.bytes, 20)) ||
	    !ubifs_node_holds(&n))
		return;
	own_add(x->out, at, 8, OWN_STRUCTURE, "no signature");
	own_add(x->out, at + 8, 8, OWN_COUNTER, "sequence number");
	own_add(x->out, at + 16, EMPTY_NODE - 16, OWN_STRUCTURE, "no signature");
}

static void own_any(struct nodes *x, const struct ubifs_node *n)
{
	const struct ubifs *fs = &x->s->fs;
	struct span b = n->bytes;
	bool live = marks_has(&x->live, n->at / 8);

	switch (n->type) {
	case UBIFS_SUPER:
		own_super(x, n);
		own_unsigned(x, n->at + n->bytes.n);
		return;
	case UBIFS_MASTER:
		own_node(x, n, master_holds(fs, b), "master node");
		return;
	case UBIFS_INDEX:
		own_node(x, n, index_holds(fs, b), "index");
		return;
	case UBIFS_PADDING:
		own_node(x, n, span_u32(b, 24, false) <= fs->leb_size, "padding");
		own_padding(x, n);
		return;
	case UBIFS_REFERENCE:
		own_node(x, n,
			 span_u32(b, 24, false) < fs->lebs &&
				 span_u32(b, 28, false) <= fs->leb_size &&
				 span_u32(b, 32, false) < 8 && is_zero(span_from(b, 36)),
			 "log");
		return;
	case UBIFS_COMMIT:
		own_node(x, n, span_u64(b, 24, false) <= UINT32_MAX, "log");
		return;
	default:
		break;
	}
	if (live && n->type == UBIFS_DATA)
		own_block(x, n);
	else if (live && (n->type == UBIFS_DENTRY || n->type == UBIFS_XENTRY))
		own_name(x, n);
	else if (live && n->type == UBIFS_INODE)
		own_node(x, n, inode_holds(x, b), "inode");
	else
		own_node(x, n, false, "older node");
}

/* -- what counts -- */

/* Values of the attributes of inodes that are shown. */
static void mark_values(struct nodes *x)
{
	const struct ubifs_records *rs = &x->s->records;

	for (uint32_t k = 0; k < rs->count; k++) {
		uint32_t host = record_of(x, rs->p[k].inode), value;

		if (ubifs_record_type(&rs->p[k]) != UBIFS_XENTRY || host == UINT32_MAX ||
		    !x->entries[host])
			continue;
		value = record_of(x, span_u64(ubifs_record_bytes(&x->s->fs, &rs->p[k]), 40, false));
		if (value != UINT32_MAX)
			x->is_value[value] = 1;
	}
}

static bool mark_all(struct nodes *x)
{
	const struct ubifs_records *rs = &x->s->records;
	uint64_t words = x->l->in.n / 8 + 1;

	x->names = arena_take(x->out->arena, rs->count, sizeof(*x->names));
	x->subdirs = arena_take(x->out->arena, rs->count, sizeof(*x->subdirs));
	x->entries = arena_take(x->out->arena, rs->count, sizeof(*x->entries));
	x->directory = arena_take(x->out->arena, rs->count, sizeof(*x->directory));
	x->is_value = arena_take(x->out->arena, rs->count, 1);
	if (!x->names || !x->subdirs || !x->entries || !x->directory || !x->is_value ||
	    !marks_init(&x->live, x->out->arena, words) ||
	    !marks_init(&x->shown_data, x->out->arena, words))
		return false;
	for (uint32_t k = 0; k < rs->count; k++)
		marks_add(&x->live, rs->p[k].at / 8);
	return true;
}

static bool note_entry(struct nodes *x, uint32_t index)
{
	const struct ubifs_records *rs = &x->s->records;
	const struct entry *e = &x->l->entries[index];
	uint32_t record = record_of(x, e->key[0]);
	uint32_t parent =
		e->parent == NO_ENTRY ? UINT32_MAX : record_of(x, x->l->entries[e->parent].key[0]);

	if (record == UINT32_MAX || e->fault.kind)
		return false;
	x->names[record]++;
	x->entries[record] = index + 1;
	if (parent != UINT32_MAX) {
		x->subdirs[parent] += e->kind == KIND_DIRECTORY;
		x->directory[parent] += (56 + e->name.n + 1 + 7) / 8 * 8;
	}
	for (uint64_t k = e->key[1]; e->kind == KIND_FILE && k < e->key[2]; k++)
		if ((uint64_t)ubifs_record_low(&rs->p[k]) * UBIFS_BLOCK < e->size)
			marks_add(&x->shown_data, rs->p[k].at / 8);
	return true;
}

void ubifs_own(const struct listing *l, struct own_list *out)
{
	struct nodes x = { .l = l, .s = l->state, .out = out, .contents = { .out = out } };
	const struct ubifs *fs = x.s ? &x.s->fs : NULL;
	bool ok = fs && mark_all(&x) && l->fault.kind == FAULT_NONE;
	uint64_t first = ok ? LOG + fs->log_lebs : 0, lpt = ok ? span_u32(l->in, 60, false) : 0;

	for (uint32_t k = 0; ok && k < l->count; k++)
		ok = note_entry(&x, k);
	if (!ok) {
		own_add(out, 0, l->in.n, OWN_DATA, "file system");
		return;
	}
	mark_values(&x);
	for (uint64_t leb = 0; leb < fs->lebs && leb * fs->leb_size < l->in.n; leb++) {
		struct ubifs_scan scan = { .fs = fs, .leb = leb };
		struct ubifs_node n;

		if (leb >= first && leb < first + lpt) {
			ubifs_own_lpt(fs, leb, out);
			continue;
		}
		while (ubifs_scan_next(&scan, &n)) {
			own_any(&x, &n);
			own_filler(&x, &n);
		}
	}
	own_finish(&x.contents, l->in.n, "free");
}

/* -- where contents stand -- */

bool ubifs_stored(const struct listing *l, const struct entry *e, struct storage *out)
{
	const struct ubifs_state *s = l->state;

	if (!s || e->kind != KIND_FILE || e->fault.kind || e->encrypted)
		return false;
	storage_text(out, "blocks");
	storage_number(out, e->size);
	for (uint64_t k = e->key[1]; k < e->key[2]; k++) {
		const struct ubifs_record *r = &s->records.p[k];
		struct ubifs_node n;

		if ((uint64_t)ubifs_record_low(r) * UBIFS_BLOCK >= e->size)
			break;
		if (!ubifs_node(&s->fs, r->at / s->fs.leb_size, r->at % s->fs.leb_size, &n) ||
		    n.type != UBIFS_DATA || span_u32(n.bytes, 28, false) != r->word ||
		    span_u32(n.bytes, 24, false) != r->inode || !ubifs_node_holds(&n))
			return false;
		storage_number(out, ubifs_record_low(r));
		storage_number(out, span_u32(n.bytes, 40, false));
		storage_number(out, span_u16(n.bytes, 44, false));
		storage_number(out, n.bytes.n - 48);
		storage_add(out, span_from(n.bytes, 48));
	}
	return true;
}
