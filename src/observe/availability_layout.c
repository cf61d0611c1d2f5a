/* availability_layout.c - what the layout of an image shows: parts that there are twice, parts to
 * recover with, and whether a root file system can be written to. */
#include <ctype.h>

#include "observe/system.h"

#define MOST_PARTS 64 /* of one table */
#define LONGEST    64 /* bytes of a part's name */

struct part {
	struct node *node;
	struct span name;
	uint64_t at, length; /* where it stands in the node */
};

struct parts {
	struct part p[MOST_PARTS];
	uint32_t n;
};

static void add(struct arena *a, const struct part *p, const char *kind, struct span name,
		struct span value)
{
	struct availability_fact *f = fact_new(a, p->node, FACT_AVAILABILITY, p->at, p->length);

	if (!f)
		return;
	f->availability_kind = kind;
	f->name = arena_copy(a, name);
	f->value = arena_copy(a, value);
}

/* -- names of parts -- */

static const char system_parts[] = "kernel*,rootfs*,firmware*,system*,boot_*,boot,boot1,boot2,"
				   "linux*,uimage*,image*,root,root_*,root1,root2,vmlinux*,os*,"
				   "slot*,bank*,main*,alt*,hlos*,ubi*,fw*";
static const char recovery_parts[] = "*recovery*,*rescue*,*failsafe*,*fallback*,*golden*";
/* Ends by which the second of two differs from the first. */
static const char *const pairs[][2] = {
	{ "_a", "_b" }, { "-a", "-b" }, { ".a", ".b" }, { "a", "b" },      { "0", "1" },
	{ "1", "2" },   { "", "2" },    { "", "_1" },   { "", "1" },       { "", "_backup" },
	{ "", "_bak" }, { "", "_alt" }, { "", "-alt" }, { "", "-backup" }, { "_main", "_backup" },
};

static struct span lower(struct span s, char out[LONGEST])
{
	size_t n = s.n < LONGEST ? s.n : LONGEST;

	for (size_t i = 0; i < n; i++)
		out[i] = (char)tolower(s.p[i]);
	return (struct span){ (const uint8_t *)out, n };
}

static bool is_pair(struct span first, struct span second)
{
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		struct span a = span_text(pairs[i][0]), b = span_text(pairs[i][1]);

		if (span_ends(first, a) && span_ends(second, b) && first.n > a.n &&
		    span_equal(span_head(first, first.n - a.n), span_head(second, second.n - b.n)))
			return true;
	}
	return false;
}

/* The other part of a pair, by names in lower case; NULL when there is none. */
static const struct part *partner_of(const struct parts *all, uint32_t i, struct span name)
{
	for (uint32_t k = 0; k < all->n; k++) {
		char lowered[LONGEST];
		struct span other = lower(all->p[k].name, lowered);

		if (k != i && (is_pair(name, other) || is_pair(other, name)))
			return &all->p[k];
	}
	return NULL;
}

static void tell_parts(struct arena *a, const struct parts *all)
{
	for (uint32_t i = 0; i < all->n; i++) {
		char lowered[LONGEST];
		struct span name = lower(all->p[i].name, lowered);
		const struct part *other;

		if (name_matches(name, recovery_parts)) {
			add(a, &all->p[i], "recovery", span_text("part"), all->p[i].name);
			continue;
		}
		if (!name_matches(name, system_parts))
			continue;
		other = partner_of(all, i, name);
		add(a, &all->p[i], "slot", all->p[i].name,
		    other ? other->name : (struct span){ 0 });
	}
}

static void add_part(struct parts *all, struct part p)
{
	if (all->n < MOST_PARTS && p.name.n && p.name.n <= LONGEST)
		all->p[all->n++] = p;
}

/* -- tables -- */

/* Formats whose entries or regions are parts of a device's storage. */
static const char tables[] = "gpt,mbr,ubi,super,ota-payload,fmap,safeloader,fbpk,"
			     "rkaf,esp-flash,balong-ptable,lvm";

/* A region's name is the last word of its label. */
static struct span part_name(const struct node *n)
{
	struct span label;

	if (n->container)
		return node_name(n);
	label = span_text(n->label ? n->label : "");
	for (size_t cut; (cut = span_find(label, 0, span_text(" "))) != SIZE_MAX;)
		label = span_from(label, cut + 1);
	return label;
}

static void relate_table(struct arena *a, struct node *table)
{
	struct parts all = { .n = 0 };

	for (struct node *n = table->children; n; n = n->next)
		if (n->state != STATE_PADDING && n->kind != KIND_DIRECTORY)
			add_part(&all, (struct part){ n, part_name(n), 0, 0 });
		else if (n->kind == KIND_DIRECTORY)
			for (struct node *e = n->children; e; e = e->next)
				add_part(&all, (struct part){ e, part_name(e), 0, 0 });
	tell_parts(a, &all);
}

/* "mtdparts=nand0:1m(uboot)ro,-(rootfs)" of a command line. */
static void relate_command_line(struct arena *a, struct node *n, const struct kernel_fact *k)
{
	size_t from = span_find(k->value, 0, span_text("mtdparts="));
	struct span rest = from == SIZE_MAX ? (struct span){ 0 } : span_from(k->value, from);
	struct parts all = { .n = 0 };

	rest = span_head(rest, span_find(rest, 0, span_text(" ")));
	while (rest.n && all.n < MOST_PARTS) {
		field_next(&rest, '(');
		add_part(&all,
			 (struct part){ n, field_next(&rest, ')'), k->f.offset, k->f.length });
	}
	tell_parts(a, &all);
}

/* -- root file systems -- */

static const struct {
	const char *formats, *value;
} roots[] = {
	{ "squashfs,erofs,cramfs,romfs,iso9660", "read-only" },
	{ "cpio", "memory" },
	{ "ext,ubifs,jffs2,yaffs,f2fs,btrfs,xfs,reiserfs,jfs,ntfs", "writable" },
};

static bool holds(const struct node *n, const char *path)
{
	return node_at(n, span_text(path)) != NULL;
}

/* A system: something to start, and something to configure it by. */
static bool is_root(const struct node *n)
{
	return holds(n, "/etc") &&
	       (holds(n, "/sbin") || holds(n, "/bin") || holds(n, "/usr") || holds(n, "/init"));
}

static void relate_root(struct arena *a, struct node *n)
{
	for (size_t i = 0; i < sizeof(roots) / sizeof(roots[0]); i++)
		if (name_matches(span_text(n->format->name), roots[i].formats) && is_root(n)) {
			const struct part whole = { n, { 0 }, 0, 0 };

			add(a, &whole, "read-only-root", span_text(n->format->name),
			    span_text(roots[i].value));
		}
}

/* -- ways back -- */

#define RESETS                                                                                     \
	"*factory_reset*,*factory-reset*,*factoryreset*,firstboot,jffs2reset,*reset_default*,"     \
	"*restore_default*,*resetdefault*,*restore-default*,*default_reset*"

static void relate_reset(struct arena *a, struct node *n)
{
	struct span name = node_name(n);
	const struct part whole = { n, name, 0, n->kind == KIND_FILE ? n->size : 0 };

	if (n->kind != KIND_FILE && n->kind != KIND_SYMLINK)
		return;
	if (name_matches(name, RESETS) || span_ends(n->path, span_text("/rc.button/reset")))
		add(a, &whole, "recovery", span_text("reset"), n->path);
}

/* The node's own facts, of which there are more and more meanwhile. */
static void relate_facts(struct arena *a, struct node *n)
{
	const struct fact *last = n->last_fact;

	for (const struct fact *f = n->facts; f; f = f->next) {
		const struct kernel_fact *k = (const void *)f;

		if (f->kind == FACT_KERNEL && strcmp(k->kernel_kind, "command-line") == 0)
			relate_command_line(a, n, k);
		if (f == last)
			break;
	}
}

void relate_availability(struct observation *o, struct tree *t, struct arena *a)
{
	(void)o;
	for (uint32_t i = 0; i < t->count; i++) {
		struct node *n = t->nodes[i];

		if (n->container)
			relate_reset(a, n);
		if (n->format && name_matches(span_text(n->format->name), tables))
			relate_table(a, n);
		if (n->format && n->kind == KIND_REGION)
			relate_root(a, n);
		relate_facts(a, n);
	}
}
