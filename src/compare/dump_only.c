/* dump_only.c - what a dump has besides the release, or otherwise: what a device does by itself is
 * named and set aside, as far as the place and the content show it (docs/decisions.md). Programs,
 * scripts, links, modes and owners are never the device's own. */
#include "compare/dump.h"

#include "base/cursor.h"

static const struct byte_range nowhere = { 0, 0 };

enum ownership {
	NOT_ITS_OWN,
	UNSURE, /* a setting that decides what runs or who may log in */
	ITS_OWN,
};

static bool on_dump_side(const struct explanation *e, const struct pair *p)
{
	return e->m->dump == DUMP_RIGHT  ? !p->left && p->right
	       : e->m->dump == DUMP_LEFT ? p->left && !p->right
					 : false;
}

static const struct node *of_dump(const struct explanation *e, const struct node *left,
				  const struct node *right)
{
	return e->m->dump == DUMP_RIGHT ? right : left;
}

static const struct node *of_release(const struct explanation *e, const struct node *left,
				     const struct node *right)
{
	return e->m->dump == DUMP_RIGHT ? left : right;
}

static const struct watch *dump_watch(const struct explanation *e)
{
	return e->m->dump == DUMP_RIGHT ? e->m->right : e->m->left;
}

static const struct watch *release_watch(const struct explanation *e)
{
	return e->m->dump == DUMP_RIGHT ? e->m->left : e->m->right;
}

/* The whole of a node of the dump. */
static struct difference *say(struct explanation *e, enum cause cause, const struct node *n,
			      const char *unit)
{
	struct byte_range all = { 0, n->size };
	bool right = e->m->dump == DUMP_RIGHT;

	e->x.left = right ? NULL : n;
	e->x.right = right ? n : NULL;
	return differ(&e->x, cause, right ? nowhere : all, right ? all : nowhere, unit, NULL);
}

/* -- one file -- */

static bool holds_any(struct span path, const char *const *parts)
{
	for (; *parts; parts++)
		if (span_find(path, 0, span_text(*parts)) != SIZE_MAX)
			return true;
	return false;
}

/* Settings that say what is run, from where, and who may log in. */
static bool steers(struct span path)
{
	static const char *const parts[] = {
		"/passwd",
		"/shadow",
		"/etc/group",
		"/gshadow",
		"/sudoers",
		"/inittab",
		"/etc/ld.so",
		"/etc/rc",
		"/init.d/",
		"/etc/profile",
		"/cron",
		"/systemd/",
		"/udev/",
		"/hotplug",
		"/etc/modules",
		"/modprobe",
		"/uci-defaults",
		"/etc/pam",
		"/etc/ssh/",
		"/.ssh/",
		"/authorized",
		"/etc/inetd",
		"/xinetd",
		"/etc/fstab",
		"/opkg",
		"/etc/apt/",
		"/sysupgrade.conf",
		"/bootloader",
		"/.profile",
		"/.bashrc",
		"/etc/env",
		"/procd",
		"/etc/security/",
		"/busybox.conf",
		NULL,
	};

	return holds_any(path, parts);
}

/* Languages whose files run without being marked as such. */
static bool is_source(struct span path)
{
	static const char *const endings[] = { ".sh", ".lua", ".py", ".pyc", ".php", ".js",
					       ".pl", ".cgi", ".rb", ".tcl", ".ko",  NULL };

	for (const char *const *p = endings; *p; p++) {
		struct span end = span_text(*p);

		if (path.n >= end.n && span_equal(span_from(path, path.n - end.n), end))
			return true;
	}
	return false;
}

static bool is_run(struct span content)
{
	return span_starts(content, span_text("#!")) ||
	       span_starts(content, span_text("\177ELF")) || span_starts(content, span_text("MZ"));
}

static enum ownership file_ownership(const struct watch *w, const struct node *n)
{
	const struct node *holder = n->hardlink_of ? n->hardlink_of : n;
	struct span content;

	if (n->mode & 07111 || n->xattr_count)
		return NOT_ITS_OWN;
	if (n->size == 0)
		return steers(n->path) ? UNSURE : ITS_OWN;
	if (is_damaged(n) || !content_of(w, holder, &content))
		return UNSURE;
	if (is_run(content))
		return NOT_ITS_OWN;
	return steers(n->path) || is_source(n->path) ? UNSURE : ITS_OWN;
}

static enum ownership ownership_of(const struct watch *w, const struct node *n)
{
	switch (n->kind) {
	case KIND_DIRECTORY:
		return n->mode & 06000 || n->xattr_count ? NOT_ITS_OWN : ITS_OWN;
	case KIND_FIFO:
	case KIND_SOCKET:
		return ITS_OWN;
	case KIND_FILE:
	case KIND_HARDLINK:
		return file_ownership(w, n);
	case KIND_SYMLINK:
	case KIND_CHAR_DEVICE:
	case KIND_BLOCK_DEVICE:
	case KIND_REGION:
		break;
	}
	return NOT_ITS_OWN;
}

/* -- a partition of the device's own -- */

static void explain_partition(struct explanation *e, const struct node *root)
{
	uint32_t own = 0;

	for (const struct node *n = node_next(root, root); n; n = node_next(n, root)) {
		enum ownership o;

		if (n->container != root)
			continue;
		o = ownership_of(dump_watch(e), n);
		if (o == UNSURE)
			leave_open(say(e, CAUSE_ADDED, n, "decides what runs or who may log in"));
		else if (o == NOT_ITS_OWN)
			say(e, CAUSE_ADDED, n, "runs, or leads to something that does");
		own += o == ITS_OWN;
	}
	say(e, CAUSE_WRITTEN, root, own ? "partition with files of the device" : "empty partition");
}

static bool explain_region(struct explanation *e, const struct node *n)
{
	struct span bytes;

	if (n->state == STATE_PADDING) {
		say(e, CAUSE_PADDING, n, NULL);
	} else if (is_environment(n)) {
		say(e, CAUSE_WRITTEN, n, "environment of the boot loader");
	} else if (is_writable(n)) {
		explain_partition(e, n);
	} else if (n->format) {
		if (has_entries(unwrapped(n)))
			return false;
		leave_open(say(e, CAUSE_ADDED, n, "not part of the release"));
	} else if (n->state == STATE_ENCRYPTED) {
		say(e, CAUSE_ENCRYPTED, n, NULL);
	} else if (!content_of(dump_watch(e), n, &bytes) || is_run(bytes)) {
		return false;
	} else if (n->label && strcmp(n->label, "text") == 0) {
		leave_open(say(e, CAUSE_WRITTEN, n, "text outside of the firmware"));
	} else {
		say(e, CAUSE_WRITTEN, n, "data outside of the firmware");
	}
	return true;
}

/* A volume: what lies in it. */
static bool explain_volume(struct explanation *e, const struct node *n)
{
	if (!n->children)
		return explain_region(e, n);
	for (const struct node *c = n->children; c; c = c->next)
		if (c->kind == KIND_REGION && !explain_region(e, c))
			say(e, CAUSE_ADDED, c, NULL);
	return true;
}

static bool is_volume(const struct node *n)
{
	return n->container && n->container->format &&
	       strcmp(n->container->format->name, "ubi") == 0;
}

/* -- files in a file system of the release that the device wrote -- */

static bool is_in_writable_place(struct span path)
{
	static const char *const places[] = {
		"/etc/",       "/var/",           "/root/",   "/home/",    "/tmp/",
		"/run/",       "/data/",          "/mnt/",    "/overlay/", "/nvram/",
		"/lost+found", "/usr/local/etc/", "/config/", NULL,
	};

	for (const char *const *p = places; *p; p++)
		if (span_starts(path, span_text(*p)))
			return true;
	return false;
}

#define UBIFS_NODE     0x06101831u
#define UBIFS_MASTER   7
#define UBIFS_LEB_SIZE 36 /* in the super block */
#define UBIFS_COMMIT   32 /* in a master node */
#define UBIFS_STEP     512

/* The number of the last commit: each mount for writing makes one. */
static uint64_t commits_of(const struct watch *w, const struct node *n)
{
	uint64_t most = 0, leb;
	struct span bytes, masters;

	if (!region_bytes(w, n, &bytes))
		return 0;
	leb = span_u32(bytes, UBIFS_LEB_SIZE, false);
	masters = span_head(span_from(bytes, leb), leb);
	for (uint64_t at = 0; at < masters.n; at += UBIFS_STEP)
		if (span_u32(masters, at, false) == UBIFS_NODE &&
		    span_byte(masters, at + 20) == UBIFS_MASTER &&
		    span_u64(masters, at + UBIFS_COMMIT, false) > most)
			most = span_u64(masters, at + UBIFS_COMMIT, false);
	return most;
}

/* Whether the device mounted it and wrote to it: the super block counts that, or the log has grown.
 */
static bool was_mounted(const struct explanation *e, const struct node *release,
			const struct node *dump)
{
	if (strcmp(dump->format->name, "ext") == 0)
		return mounts_of(dump_watch(e), dump) > mounts_of(release_watch(e), release);
	if (strcmp(dump->format->name, "ubifs") == 0)
		return commits_of(dump_watch(e), dump) > commits_of(release_watch(e), release);
	return strcmp(dump->format->name, "jffs2") == 0 && dump->size > release->size;
}

/* A file that was written has another time than the release gave it. Which of them is later says
 * nothing: many devices have no clock. */
static bool has_new_time(const struct explanation *e, const struct node *before,
			 const struct node *n)
{
	return n->has_mtime && time_is_plausible(e, n->mtime) &&
	       (!before || !before->has_mtime || before->mtime != n->mtime);
}

static bool has_same_attributes(const struct node *a, const struct node *b)
{
	return a->has_mode == b->has_mode && a->mode == b->mode && a->uid == b->uid &&
	       a->gid == b->gid && a->xattr_count == 0 && b->xattr_count == 0;
}

static bool was_run(const struct explanation *e, const struct node *n)
{
	struct span content;

	return !content_of(release_watch(e), n->hardlink_of ? n->hardlink_of : n, &content) ||
	       is_run(content);
}

bool explain_written(struct explanation *e, const struct pair *p)
{
	const struct node *in = of_release(e, p->in_left, p->in_right);
	const struct node *n = of_dump(e, p->left, p->right);
	const struct node *before = of_release(e, p->left, p->right);
	enum ownership o;

	if (e->m->dump == DUMP_NONE || p->moved || !n || !n->container || !in ||
	    !is_writable(n->container) || n->container->format != in->format)
		return false;
	if (before &&
	    (p->relation == PAIR_SAME || before->kind != KIND_FILE || n->kind != KIND_FILE ||
	     !has_same_attributes(before, n) || was_run(e, before)))
		return false;
	if (!has_new_time(e, before, n) || !was_mounted(e, in, n->container) ||
	    !is_in_writable_place(n->path))
		return false;
	o = ownership_of(dump_watch(e), n);
	if (o == NOT_ITS_OWN)
		return false;
	e->x.left = p->left;
	e->x.right = p->right;
	if (o == UNSURE)
		leave_open(differ(&e->x, before ? CAUSE_TEXT : CAUSE_ADDED, nowhere, nowhere, NULL,
				  "written on the device; decides what runs or who may log in"));
	else
		differ(&e->x, CAUSE_WRITTEN, nowhere, nowhere, NULL,
		       before ? "changed on the device" : "made on the device");
	return true;
}

bool explain_dump_only(struct explanation *e, const struct pair *p)
{
	const struct node *n = of_dump(e, p->left, p->right);

	if (e->m->dump == DUMP_NONE || !on_dump_side(e, p))
		return false;
	if (n->kind == KIND_REGION)
		return explain_region(e, n);
	if (is_volume(n))
		return explain_volume(e, n);
	return explain_written(e, p);
}

void explain_carrier(struct explanation *e, const struct pair *p)
{
	const struct node *n = p->left ? p->left : p->right;

	e->x.left = p->left;
	e->x.right = p->right;
	if (strcmp(n->format->name, "nand-oob") == 0) {
		differ(&e->x, CAUSE_WEAR, nowhere, nowhere, "spare bytes and blocks marked as bad",
		       NULL);
		return;
	}
	differ(&e->x, CAUSE_CONTAINER, nowhere, nowhere, n->format->name, NULL);
	explain_own_alone(e, n, p->right != NULL, true);
}

/* -- wear -- */

static bool is_worn(const struct explanation *e, const struct pair *p)
{
	const struct node *d = of_dump(e, p->left, p->right);
	const struct node *r = of_release(e, p->left, p->right);

	if (strcmp(d->format->name, "ubi") == 0)
		return true;
	return is_writable(d) && was_mounted(e, r, d);
}

/* What use changes in file systems and erase blocks without a file being another: the entries are
 * compared one by one. */
static bool is_wear(const struct difference *d)
{
	static const char *const units[] = {
		"volume table", "erase block, damaged", "older copy of a block",
		"older node",   "data of no file",      "CRC32 of a block",
		"copy flag",    "target or device",     "mount time",
		"write time",   "last mount point",     "sizes of a block",
		NULL,
	};

	if (d->cause == CAUSE_PADDING || d->cause == CAUSE_ORDER || d->cause == CAUSE_CHECKSUM ||
	    d->cause == CAUSE_TIMESTAMP)
		return true;
	for (const char *const *p = units; d->cause == CAUSE_DATA && *p; p++)
		if (span_is(d->unit, *p))
			return true;
	return false;
}

void explain_wear(struct explanation *e, const struct pair *p, struct difference *last)
{
	struct difference *next = last ? last->next : e->x.first, *kept = last;
	uint32_t worn = 0;

	if (e->m->dump == DUMP_NONE || !next || !is_worn(e, p))
		return;
	for (; next; next = next->next) {
		if (is_wear(next)) {
			worn++;
			e->x.count--;
			continue;
		}
		if (kept)
			kept->next = next;
		else
			e->x.first = next;
		kept = next;
	}
	if (kept)
		kept->next = NULL;
	else
		e->x.first = NULL;
	e->x.last = kept;
	if (worn)
		differ(&e->x, CAUSE_WEAR, nowhere, nowhere, p->left->format->name,
		       worn == 1 ? "%u place" : "%u places", worn);
}
