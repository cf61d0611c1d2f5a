/* priv.c - rights that metadata of file systems give. */
#include <stdlib.h>

#include "judge/priv.h"
#include "observe/observe.h"

#define DOES_NOT_PROVE "rights at run time, after start scripts, mounts and overlays"

enum { OTHERS_READ = 0004, OTHERS_WRITE = 0002, ANY_EXECUTE = 0111 };

bool privilege_is(const struct privilege_fact *p, const char *kind)
{
	return word_is(p->privilege_kind, kind);
}

bool keeps_modes(struct ruling *r)
{
	const struct tree *t = r->c->tree;
	bool any = false;

	for (uint32_t i = 0; i < t->count; i++) {
		const struct node *n = t->nodes[i];

		if (!n->container)
			continue;
		if (n->has_mode && n->has_owner)
			return true;
		any |= n->kind != KIND_DIRECTORY;
	}
	if (any)
		rule_open(r, REASON_UNKNOWN_FORMAT, "its formats keep neither owners nor modes");
	else
		rule_says(r, OUTCOME_NOT_APPLICABLE, "no file was found");
	return false;
}

static const char *name_of(struct ruling *r, enum outcome o)
{
	return shown_of(r, node_name(r->of[o].p[0].node), rule_count(r, o));
}

/* -- PRIV-01 -- */

/* Programs that run, read or write whatever they are told: set-uid they are root for everybody. */
#define TOOLS                                                                                      \
	"sh,ash,bash,dash,zsh,ksh,csh,tcsh,cp,mv,dd,tee,vi,vim*,nano,ed,find,env,perl*,python*,"   \
	"lua*,php*,ruby*,node,awk,gawk,mawk,gdb,strace,ltrace,xargs,nmap,socat,nc,tar,chmod,chown"
/* Programs that have to be. */
#define EXPECTED "su,sudo,passwd,mount,umount,ping,ping4,ping6,login,pppd,dbus-daemon-launch-helper"

/* One mark a container: whether root owns anything in it. Where it owns nothing, the packer put its
 * own user in. */
static const uint8_t *mark_roots(struct ruling *r)
{
	const struct tree *t = r->c->tree;
	uint8_t *marks = arena_take(r->c->arena, t->count, 1);

	r->failed |= !marks;
	for (uint32_t i = 0; marks && i < t->count; i++) {
		const struct node *n = t->nodes[i];

		if (n->container && n->has_owner && n->uid == 0)
			marks[n->container->id] = 1;
	}
	return marks;
}

static enum outcome outcome_of_setuid(const struct privilege_fact *p, const uint8_t *roots)
{
	const struct node *n = p->f.node;
	struct span name = node_name(n);

	if (n->has_owner && n->uid != 0 && n->container && roots[n->container->id])
		return OUTCOME_PASS; /* another user's */
	if (span_is(p->detail, "script") || p->mode & OTHERS_WRITE || name_matches(name, TOOLS))
		return OUTCOME_FAIL;
	return name_matches(name, EXPECTED) ? OUTCOME_PASS : OUTCOME_REVIEW;
}

static void judge_setuid(struct ruling *r)
{
	const uint8_t *roots = mark_roots(r);

	if (!roots || !keeps_modes(r))
		return;
	EACH_FACT(r, FACT_PRIVILEGE, privilege_fact, p)
	{
		if (privilege_is(p, "setuid"))
			rule_fact(r, outcome_of_setuid(p, roots), &p->f);
	}
	if (rule_count(r, OUTCOME_FAIL))
		rule_says(r, OUTCOME_FAIL, "%s: lets every user be root", name_of(r, OUTCOME_FAIL));
	if (rule_count(r, OUTCOME_REVIEW))
		rule_says(r, OUTCOME_REVIEW, "%s: runs as root for all users",
			  name_of(r, OUTCOME_REVIEW));
	rule_passed(r, "modes and owners of all files");
}

const struct check check_priv_01 = {
	.id = "PRIV-01",
	.group = "PRIV",
	.title = "Set-uid and set-gid programs",
	.rule = "fail if a set-uid file of root is a script, is writable by others, or is a shell, "
		"interpreter, editor or copy tool; review for every other but su, sudo, passwd, "
		"mount, umount, ping, login, pppd, dbus-daemon-launch-helper; otherwise pass",
	.does_not_prove = DOES_NOT_PROVE "; that a user other than root exists",
	.requirements = "33.117 4.2.4.1.2.1; 33.117 4.3.2.7; EN 5.6-7 (R); CRA I(2)(d); "
			"CRA I(2)(j); ISVS 2.2.2 (L1); CWE-250; CWE-269; CWE-732",
	.reads = READS(PRIVILEGE) | READS_GAPS | READS_TREE,
	.judge = judge_setuid,
};

/* -- PRIV-02 -- */

static bool is_strong(struct span capabilities)
{
	static const char *const strong[] = { "cap_sys_admin",  "cap_sys_ptrace",
					      "cap_sys_module", "cap_dac_override",
					      "cap_setuid",     "all=" };

	for (size_t i = 0; i < sizeof(strong) / sizeof(strong[0]); i++)
		if (span_find(capabilities, 0, span_text(strong[i])) != SIZE_MAX)
			return true;
	return span_byte(capabilities, 0) == '=';
}

/* Formats that have room for security.capability. */
static bool has_room_for_capabilities(const struct tree *t)
{
	static const char kinds[] = "squashfs,ext,ext2,ext3,ext4,ubifs,jffs2,erofs,f2fs,btrfs,"
				    "xfs,reiserfs,jfs,yaffs,yaffs2";

	for (uint32_t i = 0; i < t->count; i++)
		if (t->nodes[i]->format &&
		    name_matches(span_text(t->nodes[i]->format->name), kinds))
			return true;
	return false;
}

static void judge_capabilities(struct ruling *r)
{
	uint32_t count = 0;

	if (!keeps_modes(r))
		return;
	EACH_FACT(r, FACT_PRIVILEGE, privilege_fact, p)
	{
		bool open = p->mode & OTHERS_WRITE || name_matches(node_name(p->f.node), TOOLS);

		if (!privilege_is(p, "capability"))
			continue;
		count++;
		if (is_strong(p->detail))
			rule_fact(r, open ? OUTCOME_FAIL : OUTCOME_REVIEW, &p->f);
	}
	if (rule_count(r, OUTCOME_FAIL))
		rule_says(r, OUTCOME_FAIL, "%s: lets all be nearly root", name_of(r, OUTCOME_FAIL));
	if (rule_count(r, OUTCOME_REVIEW))
		rule_says(r, OUTCOME_REVIEW, "%s: nearly root by capability",
			  name_of(r, OUTCOME_REVIEW));
	if (count || has_room_for_capabilities(r->c->tree))
		rule_passed(r, "%s", counted(r, count, "file capability", "file capabilities"));
	else
		rule_open(r, REASON_UNKNOWN_FORMAT, "its formats do not keep capabilities");
}

const struct check check_priv_02 = {
	.id = "PRIV-02",
	.group = "PRIV",
	.title = "File capabilities",
	.rule = "fail if CAP_SYS_ADMIN, CAP_SYS_PTRACE, CAP_SYS_MODULE, CAP_DAC_OVERRIDE or "
		"CAP_SETUID is on an interpreter, shell or copy tool, or on a file writable by "
		"others; review for these on any other file; otherwise pass; not evaluable if the "
		"formats do not keep capabilities",
	.does_not_prove = DOES_NOT_PROVE,
	.requirements = "ISVS 3.3.3 (L2); EN 5.6-7 (R); CWE-250; CWE-269",
	.reads = READS(PRIVILEGE) | READS_GAPS | READS_TREE,
	.judge = judge_capabilities,
};

/* -- PRIV-03 -- */

#define MOST_ALIKE 95 /* per cent of files with one mode: the packer set it, not the maker */
#define FEWEST     20 /* files below which that says nothing */

/* Per container: whether its modes say nothing. */
static const uint8_t *mark_uniform(struct ruling *r)
{
	const struct tree *t = r->c->tree;
	uint32_t *files = arena_take(r->c->arena, t->count, sizeof(*files));
	uint32_t *open = arena_take(r->c->arena, t->count, sizeof(*open));
	uint8_t *marks = arena_take(r->c->arena, t->count, 1);

	r->failed |= !files || !open || !marks;
	for (uint32_t i = 0; !r->failed && i < t->count; i++) {
		const struct node *n = t->nodes[i];

		if (!n->container || n->kind != KIND_FILE)
			continue;
		files[n->container->id]++;
		open[n->container->id] += (n->mode & 0777) == 0777 || (n->mode & 0777) == 0666;
	}
	for (uint32_t i = 0; !r->failed && i < t->count; i++)
		marks[i] = files[i] >= FEWEST &&
			   (uint64_t)open[i] * 100 > (uint64_t)files[i] * MOST_ALIKE;
	return r->failed ? NULL : marks;
}

/* Places from which root starts, loads or serves: parts of paths. */
static bool is_used_by_root(struct ruling *r, const struct privilege_fact *p)
{
	static const char *const places[] = {
		"/etc/init.d/", "/etc/rc",    "/etc/inittab", "/init.d/",      "/etc/cron",
		"/spool/cron",  "/crontabs/", "/www/",        "/htdocs/",      "/cgi-bin/",
		"/etc/hotplug", "/systemd/",  "/etc/profile", "/lib/modules/",
	};
	struct span path = p->f.node->path;

	if (p->mode & ANY_EXECUTE || service_of(r, p->f.node))
		return true;
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		if (span_find(path, 0, span_text(places[i])) != SIZE_MAX)
			return true;
	return name_matches(node_name(p->f.node), "*.so,*.so.*,*.ko");
}

static void judge_world_writable(struct ruling *r)
{
	const uint8_t *uniform = mark_uniform(r);

	if (!uniform || !keeps_modes(r))
		return;
	EACH_FACT(r, FACT_PRIVILEGE, privilege_fact, p)
	{
		bool is_file = privilege_is(p, "world-writable-file");

		if (!is_file && !privilege_is(p, "world-writable-directory"))
			continue;
		if (p->f.node->container && uniform[p->f.node->container->id])
			rule_fact(r, OUTCOME_NOT_EVALUABLE, &p->f);
		else
			rule_fact(r,
				  is_file && is_used_by_root(r, p) ? OUTCOME_FAIL : OUTCOME_REVIEW,
				  &p->f);
	}
	if (rule_count(r, OUTCOME_FAIL))
		rule_says(r, OUTCOME_FAIL, "%s: all may change what runs",
			  name_of(r, OUTCOME_FAIL));
	if (rule_count(r, OUTCOME_REVIEW))
		rule_says(r, OUTCOME_REVIEW, "%s: writable by every user",
			  name_of(r, OUTCOME_REVIEW));
	if (rule_count(r, OUTCOME_NOT_EVALUABLE))
		rule_open(r, REASON_UNKNOWN_FORMAT,
			  "nearly all files have one mode: it says nothing");
	rule_passed(r, "modes of all files and directories");
}

const struct check check_priv_03 = {
	.id = "PRIV-03",
	.group = "PRIV",
	.title = "World-writable files and directories",
	.rule = "fail if a file writable by others is a program, library, kernel module or script, "
		"or lies where root starts, schedules or serves files; review for other files and "
		"for directories without the sticky bit; pass if there are none; not evaluable "
		"where more than 95 % of the files have mode 0777 or 0666",
	.does_not_prove = DOES_NOT_PROVE "; that a read-only file system is ever written",
	.requirements = "33.117 4.3.2.7; 33.117 4.3.4.8; ISVS 3.2.1 (L1); CWE-732; CWE-276",
	.reads = READS(PRIVILEGE) | READS(SERVICE) | READS_GAPS | READS_TREE,
	.judge = judge_world_writable,
};

/* -- PRIV-04 -- */

/* By number, not by name: the kernel looks at nothing else (Documentation/admin-guide/devices.txt).
 */
static const struct device_rule {
	enum kind kind;
	uint32_t major, first, last; /* minors */
	enum outcome when_open;      /* to all */
} device_rules[] = {
	{ KIND_CHAR_DEVICE, 1, 1, 2, OUTCOME_FAIL },        /* mem, kmem */
	{ KIND_CHAR_DEVICE, 1, 4, 4, OUTCOME_FAIL },        /* port */
	{ KIND_CHAR_DEVICE, 90, 0, 1 << 20, OUTCOME_FAIL }, /* mtd */
	{ KIND_CHAR_DEVICE, 1, 3, 3, OUTCOME_PASS },        /* null */
	{ KIND_CHAR_DEVICE, 1, 5, 5, OUTCOME_PASS },        /* zero */
	{ KIND_CHAR_DEVICE, 1, 7, 9, OUTCOME_PASS },        /* full, random, urandom */
	{ KIND_CHAR_DEVICE, 5, 0, 0, OUTCOME_PASS },        /* tty */
	{ KIND_CHAR_DEVICE, 5, 2, 2, OUTCOME_PASS },        /* ptmx */
	{ KIND_CHAR_DEVICE, 2, 0, 1 << 20, OUTCOME_PASS },  /* pseudo terminals, old */
	{ KIND_CHAR_DEVICE, 3, 0, 1 << 20, OUTCOME_PASS },
	{ KIND_CHAR_DEVICE, 136, 0, 1 << 20, OUTCOME_PASS },  /* and new */
	{ KIND_BLOCK_DEVICE, 1, 0, 1 << 20, OUTCOME_REVIEW }, /* memory disks */
	{ KIND_BLOCK_DEVICE, 7, 0, 1 << 20, OUTCOME_REVIEW }, /* loops */
};

static enum outcome outcome_when_open(const struct node *n)
{
	for (size_t i = 0; i < sizeof(device_rules) / sizeof(device_rules[0]); i++) {
		const struct device_rule *d = &device_rules[i];

		if (d->kind == n->kind && d->major == n->major && n->minor >= d->first &&
		    n->minor <= d->last)
			return d->when_open;
	}
	return n->kind == KIND_BLOCK_DEVICE ? OUTCOME_FAIL : OUTCOME_REVIEW;
}

static bool is_in_dev(const struct node *n)
{
	return span_starts(n->path, span_text("/dev/")) ||
	       span_find(n->path, 0, span_text("/dev/")) != SIZE_MAX;
}

static enum outcome outcome_of_device(const struct node *n)
{
	enum outcome open = outcome_when_open(n);

	if (n->has_mode && n->mode & OTHERS_WRITE)
		return open;
	return open == OUTCOME_FAIL && !is_in_dev(n) ? OUTCOME_REVIEW : OUTCOME_PASS;
}

static void judge_devices(struct ruling *r)
{
	uint32_t count = 0;

	EACH_FACT(r, FACT_PRIVILEGE, privilege_fact, p)
	{
		enum outcome o = outcome_of_device(p->f.node);

		if (!privilege_is(p, "device"))
			continue;
		count++;
		if (o != OUTCOME_PASS)
			rule_fact(r, o, &p->f);
	}
	if (rule_count(r, OUTCOME_FAIL))
		rule_says(r, OUTCOME_FAIL, "%s: memory or flash open to all",
			  name_of(r, OUTCOME_FAIL));
	if (rule_count(r, OUTCOME_REVIEW))
		rule_says(r, OUTCOME_REVIEW, "%s: open to all, or hidden",
			  name_of(r, OUTCOME_REVIEW));
	if (count)
		rule_passed(r, "%s", counted(r, count, "device node", "device nodes"));
	else
		rule_says(r, OUTCOME_NOT_APPLICABLE, "no device node was found");
}

const struct check check_priv_04 = {
	.id = "PRIV-04",
	.group = "PRIV",
	.title = "Device nodes in the image",
	.rule = "fail if a node of memory, flash or a disk is writable by others; review if "
		"another is but null, zero, full, random, urandom, tty, ptmx and terminals, or if "
		"one of memory, flash or a disk lies outside dev; otherwise pass; not applicable "
		"if there are no nodes",
	.does_not_prove = DOES_NOT_PROVE "; what devtmpfs, mdev or udev make",
	.requirements = "33.117 4.3.2.7; EN 5.6-8 (R); CWE-732",
	.reads = READS(PRIVILEGE) | READS_GAPS,
	.judge = judge_devices,
};

/* -- PRIV-09 -- */

/* Whether somebody but root can be on the device. */
static bool has_other_users(const struct ruling *r)
{
	EACH_FACT(r, FACT_ACCOUNT, account_fact, a)
	{
		if (a->uid != 0 && a->can_log_in && !account_is(a, "web"))
			return true;
	}
	EACH_FACT(r, FACT_SERVICE, service_fact, s)
	{
		if (s->user.n && !span_is(s->user, "root") && !span_is(s->user, "0"))
			return true;
	}
	return false;
}

static void judge_secret_file(struct ruling *r, const struct fact *f, bool others, bool is_key)
{
	const struct node *n = f->node;

	if (!n->container || (is_key && holds_test_data(r, n)))
		return;
	if (!n->has_mode)
		rule_fact(r, OUTCOME_NOT_EVALUABLE, f);
	else if (n->mode & OTHERS_READ)
		rule_fact(r, others ? OUTCOME_FAIL : OUTCOME_REVIEW, f);
	else
		rule_fact(r, OUTCOME_PASS, f);
}

static void judge_secret_files(struct ruling *r)
{
	bool others = has_other_users(r);
	const struct node *last = NULL;

	EACH_FACT(r, FACT_HASH, hash_fact, h)
	{
		if (h->f.node != last)
			judge_secret_file(r, &h->f, others, false);
		last = h->f.node;
	}
	EACH_FACT(r, FACT_KEY, key_fact, k)
	{
		if (word_is(k->key_kind, "private") && !k->encrypted)
			judge_secret_file(r, &k->f, others, true);
	}
	for (int o = OUTCOME_FAIL; o <= OUTCOME_REVIEW; o++)
		if (rule_count(r, (enum outcome)o))
			rule_says(r, (enum outcome)o, "%s: every user may read it",
				  name_of(r, (enum outcome)o));
	if (rule_count(r, OUTCOME_NOT_EVALUABLE))
		rule_open(r, REASON_UNKNOWN_FORMAT, "its formats keep no modes of secret files");
	if (rule_count(r, OUTCOME_PASS))
		rule_passed(r, "%s",
			    counted(r, rule_count(r, OUTCOME_PASS), "secret file", "secret files"));
	else
		rule_says(r, OUTCOME_NOT_APPLICABLE,
			  "no file with hashes or private keys was found");
}

const struct check check_priv_09 = {
	.id = "PRIV-09",
	.group = "PRIV",
	.title = "Secret files readable by all",
	.rule = "fail if a file with password hashes or a private key without a passphrase is "
		"readable by others and a user besides root can log in or runs a service; review "
		"if there is only root; pass if none is readable by others; not applicable "
		"without such files",
	.does_not_prove = DOES_NOT_PROVE,
	.requirements = "33.117 4.2.3.2.3; 33.117 4.3.2.7; EN 5.4-1 (M); CWE-732; CWE-276",
	.reads = READS(ACCOUNT) | READS(COMPONENT) | READS(EXECUTABLE) | READS(HASH) | READS(KEY) |
		 READS(SERVICE) | READS_GAPS,
	.judge = judge_secret_files,
};
