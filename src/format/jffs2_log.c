/* jffs2_log.c - all nodes of the log, sorted by what they are of; of the names, those that newer
 * ones have not superseded. Two walks: the first counts, so that nothing grows. */
#include <stdio.h>
#include <stdlib.h>

#include "format/jffs2.h"

static bool take_inode(struct jffs2 *fs, const struct jffs2_node *n)
{
	struct jffs2_inode i;

	if (!jffs2_inode_read(n, fs->big, &i))
		return false;
	fs->versions[fs->version_count++] = (struct jffs2_version){ i.ino, i.version, n->at };
	if (i.method < 32 && i.data.n)
		fs->methods |= 1u << i.method;
	return true;
}

static bool take_dirent(struct jffs2 *fs, const struct jffs2_node *n)
{
	struct jffs2_dirent d;

	if (!jffs2_dirent_read(n, fs->big, &d))
		return false;
	fs->names[fs->name_count++] = (struct jffs2_name){
		d.name, d.parent, d.version, d.ino, d.type,
	};
	return true;
}

static struct span with_prefix(struct jffs2 *fs, uint8_t prefix, struct span name)
{
	static const char *const prefixes[] = { NULL,
						"user.",
						"security.",
						"system.posix_acl_access",
						"system.posix_acl_default",
						"trusted." };
	struct span head;
	uint8_t *p;

	if (prefix == 0 || prefix >= sizeof(prefixes) / sizeof(prefixes[0]))
		return (struct span){ 0 };
	head = span_text(prefixes[prefix]);
	p = arena_take(fs->arena, head.n + name.n, 1);
	if (!p)
		return (struct span){ 0 };
	memcpy(p, head.p, head.n);
	if (name.n)
		memcpy(p + head.n, name.p, name.n);
	return (struct span){ p, head.n + name.n };
}

static bool take_xattr(struct jffs2 *fs, const struct jffs2_node *n)
{
	struct jffs2_xattr x;

	if (!jffs2_xattr_read(n, fs->big, &x))
		return false;
	fs->values[fs->value_count++] =
		(struct jffs2_value){ x.xid, x.version, with_prefix(fs, x.prefix, x.name),
				      x.value };
	return true;
}

static bool take_xref(struct jffs2 *fs, const struct jffs2_node *n)
{
	struct jffs2_xref x;

	if (!jffs2_xref_read(n, fs->big, &x))
		return false;
	fs->refs[fs->ref_count++] = x;
	return true;
}

static const struct {
	uint32_t type;
	bool (*take)(struct jffs2 *fs, const struct jffs2_node *n);
	const char *what;
} kinds[] = {
	{ JFFS2_DIRENT, take_dirent, "directory entry node" },
	{ JFFS2_INODE, take_inode, "inode node" },
	{ JFFS2_XATTR, take_xattr, "attribute node" },
	{ JFFS2_XREF, take_xref, "attribute reference node" },
};

#define KINDS        (sizeof(kinds) / sizeof(kinds[0]))
#define INCOMPATIBLE 0xc000 /* the type's own word: who does not know it must not mount */

static bool reserve(struct jffs2 *fs)
{
	struct jffs2_walk w = jffs2_begin(fs->in);
	uint64_t count[KINDS] = { 0 };
	struct jffs2_node n;

	while (jffs2_next(&w, &n))
		for (size_t k = 0; k < KINDS; k++)
			count[k] += kinds[k].type == n.type && !n.obsolete;
	fs->names = arena_take(fs->arena, count[0], sizeof(*fs->names));
	fs->versions = arena_take(fs->arena, count[1], sizeof(*fs->versions));
	fs->values = arena_take(fs->arena, count[2], sizeof(*fs->values));
	fs->refs = arena_take(fs->arena, count[3], sizeof(*fs->refs));
	return fs->names && fs->versions && fs->values && fs->refs;
}

static void take(struct jffs2 *fs, struct listing *l, const struct jffs2_node *n)
{
	for (size_t k = 0; k < KINDS; k++) {
		if (kinds[k].type != n->type)
			continue;
		if (kinds[k].take(fs, n))
			return;
		listing_fault(l, n->bytes.n < n->length
					 ? fault_at(FAULT_SHORT, n->at, kinds[k].what, n->bytes.n,
						    n->length)
					 : fault_at(FAULT_BROKEN, n->at, kinds[k].what, 0, 0));
		return;
	}
	if ((n->type & INCOMPATIBLE) == INCOMPATIBLE)
		listing_fault(l, fault_at(FAULT_UNKNOWN, n->at, "node type", n->type, 0));
}

static int by_version(const void *left, const void *right)
{
	const struct jffs2_version *a = left, *b = right;

	if (a->ino != b->ino)
		return a->ino < b->ino ? -1 : 1;
	if (a->version != b->version)
		return a->version < b->version ? -1 : 1;
	return (a->at > b->at) - (a->at < b->at);
}

/* Names lie in the image: where one stands decides between copies. */
static int by_name(const void *left, const void *right)
{
	const struct jffs2_name *a = left, *b = right;
	int order;

	if (a->parent != b->parent)
		return a->parent < b->parent ? -1 : 1;
	order = span_compare(a->name, b->name);
	if (order)
		return order;
	if (a->version != b->version)
		return a->version < b->version ? -1 : 1;
	return (a->name.p > b->name.p) - (a->name.p < b->name.p);
}

/* Of each name the newest stays, unless it says that the name was deleted. */
static struct fault make_directories(struct jffs2 *fs)
{
	struct jffs2_directory *d = NULL;
	uint32_t live = 0, parents = 0;

	for (uint32_t i = 0; i < fs->name_count; i++)
		parents += i == 0 || fs->names[i].parent != fs->names[i - 1].parent;
	fs->directories = arena_take(fs->arena, parents, sizeof(*fs->directories));
	if (!fs->directories)
		return fault_at(FAULT_MEMORY, 0, "directories", parents, 0);
	for (uint32_t i = 0; i < fs->name_count; i++) {
		const struct jffs2_name *n = &fs->names[i], *next = n + 1;
		bool newest = i + 1 == fs->name_count || next->parent != n->parent ||
			      !span_equal(next->name, n->name);

		if (!d || d->ino != n->parent) {
			d = &fs->directories[fs->directory_count++];
			*d = (struct jffs2_directory){ .ino = n->parent, .first = live };
		}
		if (!newest || n->ino == 0)
			continue;
		d->count++;
		fs->names[live++] = *n;
	}
	fs->name_count = live;
	return fine;
}

/* "little-endian, zlib, lzo": how data are packed, as far as any node says. */
static void write_label(const struct jffs2 *fs, struct listing *l)
{
	size_t n = (size_t)snprintf(l->label, sizeof(l->label), "%s-endian",
				    fs->big ? "big" : "little");

	for (uint32_t m = 2; m < 32 && n < sizeof(l->label); m++)
		if (fs->methods >> m & 1 && m != JFFS2_METHOD_COPY && jffs2_method_name(m))
			n += (size_t)snprintf(l->label + n, sizeof(l->label) - n, ", %s",
					      jffs2_method_name(m));
}

struct fault jffs2_collect(struct jffs2 *fs, struct listing *l)
{
	struct jffs2_walk w = jffs2_begin(fs->in);
	struct jffs2_node n;

	if (!reserve(fs))
		return fault_at(FAULT_MEMORY, 0, "nodes", fs->in.n, 0);
	while (jffs2_next(&w, &n))
		if (!n.obsolete)
			take(fs, l, &n);
	if (w.foreign != UINT64_MAX)
		listing_fault(l, fault_at(FAULT_BROKEN, w.foreign, JFFS2_FOREIGN, 0, 0));
	write_label(fs, l);
	qsort(fs->versions, fs->version_count, sizeof(*fs->versions), by_version);
	qsort(fs->names, fs->name_count, sizeof(*fs->names), by_name);
	jffs2_sort_values(fs);
	return make_directories(fs);
}

bool jffs2_inode_at(const struct jffs2 *fs, uint64_t at, struct jffs2_inode *i)
{
	struct jffs2_node n;

	return jffs2_node_at(fs->in, at, fs->big, &n) && jffs2_inode_read(&n, fs->big, i);
}
