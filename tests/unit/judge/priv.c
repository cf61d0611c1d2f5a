/* priv.c - the checks of privileges on facts made by hand: one row a case. */
#include "unit/judge/rows.h"

#define LONG_NAME "/usr/bin/a-very-long-name-of-a-program-that-does-not-fit"

static void blind(struct scene_tree *s)
{
	struct node *n;

	s->tree.image->size = s->tree.image->length = 1100000;
	n = scene_region(s, s->tree.image, NULL, 1000000, 100000, STATE_ENCRYPTED);
	n->entropy = 7990;
}

static struct node *file(struct scene_tree *s, struct node *root, const char *path, uint32_t mode)
{
	struct node *n = scene_entry(s, root, KIND_FILE, path, 10);

	n->mode = mode;
	return n;
}

static struct privilege_fact *privilege(struct scene_tree *s, struct node *n, const char *kind,
					const char *detail)
{
	struct privilege_fact *p = scene_fact(s, n, FACT_PRIVILEGE, 1);

	p->privilege_kind = kind;
	p->mode = n->mode;
	p->detail = span_text(detail);
	return p;
}

static struct account_fact *account(struct scene_tree *s, struct node *root, const char *name,
				    uint64_t uid, bool known)
{
	struct node *passwd = scene_entry(s, root, KIND_FILE, "/etc/passwd", 100);
	struct account_fact *a = scene_fact(s, passwd, FACT_ACCOUNT, 1);

	a->name = span_text(name);
	a->uid = uid;
	a->shell = span_text("/bin/sh");
	a->state = "enabled";
	a->can_log_in = true;
	a->has_password = known;
	return a;
}

static void ordinary(struct scene_tree *s, struct node *root)
{
	file(s, root, "/bin/ls", 0755);
}
static void unopened(struct scene_tree *s, struct node *root)
{
	ordinary(s, root);
	blind(s);
}
static void without_modes(struct scene_tree *s, struct node *root)
{
	struct node *n = file(s, root, "/bin/ls", 0);

	n->has_mode = n->has_owner = false;
}
static void without_files(struct scene_tree *s, struct node *root)
{
	(void)s;
	(void)root;
}

static void setuid_script(struct scene_tree *s, struct node *root)
{
	privilege(s, file(s, root, LONG_NAME, 04755), "setuid", "script");
}
static void setuid_shell(struct scene_tree *s, struct node *root)
{
	privilege(s, file(s, root, "/bin/bash", 04755), "setuid", "");
}
static void setuid_writable(struct scene_tree *s, struct node *root)
{
	privilege(s, file(s, root, "/bin/su", 04757), "setuid", "");
}
static void setuid_other(struct scene_tree *s, struct node *root)
{
	privilege(s, file(s, root, "/usr/bin/tool", 04755), "setuid", "");
}
static void setuid_su(struct scene_tree *s, struct node *root)
{
	privilege(s, file(s, root, "/bin/su", 04755), "setuid", "");
}
/* A user's own program, where root owns the rest. */
static void setuid_of_a_user(struct scene_tree *s, struct node *root)
{
	struct node *n = file(s, root, "/usr/bin/tool", 04755);

	n->uid = 12;
	ordinary(s, root);
	privilege(s, n, "setuid", "");
}
/* All belongs to who packed it: on the device that is root. */
static void setuid_of_the_packer(struct scene_tree *s, struct node *root)
{
	struct node *n = file(s, root, "/usr/bin/tool", 04755);

	n->uid = 1000;
	privilege(s, n, "setuid", "");
}

/* As a stored report may have it: of no file, and of no kind. */
static void setuid_region(struct scene_tree *s, struct node *root)
{
	ordinary(s, root);
	privilege(s, root, "setuid", "");
	privilege(s, root, NULL, "");
	root->has_owner = true;
	root->uid = 1000;
}
static void writable_region(struct scene_tree *s, struct node *root)
{
	ordinary(s, root);
	privilege(s, root, "world-writable-file", "");
}
static void strong_capability(struct scene_tree *s, struct node *root)
{
	privilege(s, file(s, root, "/usr/bin/tool", 0755), "capability", "cap_sys_admin+ep");
}
static void capable_interpreter(struct scene_tree *s, struct node *root)
{
	privilege(s, file(s, root, "/usr/bin/python3.9", 0755), "capability", "cap_setuid+ep");
}
static void weak_capability(struct scene_tree *s, struct node *root)
{
	privilege(s, file(s, root, "/bin/ping", 0755), "capability", "cap_net_raw+ep");
}
static void without_capabilities(struct scene_tree *s, struct node *root)
{
	root->format = &scene_tplink;
	ordinary(s, root);
}

static void writable_start_file(struct scene_tree *s, struct node *root)
{
	privilege(s, file(s, root, "/etc/init.d/S10net", 0666), "world-writable-file", "");
}
static void writable_program(struct scene_tree *s, struct node *root)
{
	privilege(s, file(s, root, LONG_NAME, 0777), "world-writable-file", "");
}
static void writable_setting(struct scene_tree *s, struct node *root)
{
	privilege(s, file(s, root, "/etc/acme.cfg", 0666), "world-writable-file", "");
}
static void writable_directory(struct scene_tree *s, struct node *root)
{
	struct node *n = scene_entry(s, root, KIND_DIRECTORY, "/var/spool/acme", 0);

	n->mode = 0777;
	privilege(s, n, "world-writable-directory", "");
}
static void all_0777(struct scene_tree *s, struct node *root)
{
	static char names[30][32];

	for (int i = 0; i < 30; i++) {
		snprintf(names[i], sizeof(names[i]), "/bin/f%d", i);
		privilege(s, file(s, root, names[i], 0777), "world-writable-file", "");
	}
}

static struct node *device(struct scene_tree *s, struct node *root, enum kind kind,
			   const char *path, uint32_t mode)
{
	struct node *n = scene_entry(s, root, kind, path, 0);

	n->mode = mode;
	privilege(s, n, "device", "");
	return n;
}
static void open_memory(struct scene_tree *s, struct node *root)
{
	struct node *n = device(s, root, KIND_CHAR_DEVICE, "/dev/mem", 0666);

	n->major = n->minor = 1;
}
static void open_disk(struct scene_tree *s, struct node *root)
{
	device(s, root, KIND_BLOCK_DEVICE, "/dev/mtdblock2", 0666)->major = 31;
}
static void hidden_memory(struct scene_tree *s, struct node *root)
{
	struct node *n = device(s, root, KIND_CHAR_DEVICE, "/etc/.m", 0600);

	n->major = n->minor = 1;
}
static void open_driver(struct scene_tree *s, struct node *root)
{
	device(s, root, KIND_CHAR_DEVICE, "/dev/gpio", 0666)->major = 252;
}
static void open_null(struct scene_tree *s, struct node *root)
{
	struct node *n = device(s, root, KIND_CHAR_DEVICE, "/dev/null", 0666);

	n->major = 1;
	n->minor = 3;
}
static void closed_disk(struct scene_tree *s, struct node *root)
{
	device(s, root, KIND_BLOCK_DEVICE, "/dev/sda", 0660)->major = 8;
}
static void closed_disk_and_blind(struct scene_tree *s, struct node *root)
{
	closed_disk(s, root);
	blind(s);
}

static void nopasswd_known(struct scene_tree *s, struct node *root)
{
	account(s, root, "tech", 1000, true);
	privilege(s, file(s, root, "/etc/sudoers", 0440), "sudoers",
		  "tech ALL=(ALL) NOPASSWD: ALL");
}
static void doas_known(struct scene_tree *s, struct node *root)
{
	account(s, root, "tech", 1000, true);
	privilege(s, file(s, root, "/etc/doas.conf", 0440), "doas", "permit nopass tech as root");
}
static void nopasswd_other(struct scene_tree *s, struct node *root)
{
	account(s, root, "tech", 1000, true);
	privilege(s, file(s, root, "/etc/sudoers", 0440), "sudoers",
		  "tech ALL=(root) NOPASSWD: /sbin/reboot");
}
static void nopasswd_unknown(struct scene_tree *s, struct node *root)
{
	account(s, root, "tech", 1000, false);
	privilege(s, file(s, root, "/etc/sudoers", 0440), "sudoers",
		  "%wheel ALL=(ALL) NOPASSWD: ALL");
}
static void asks_password(struct scene_tree *s, struct node *root)
{
	privilege(s, file(s, root, "/etc/sudoers", 0440), "sudoers", "tech ALL=(ALL) ALL");
	privilege(s, file(s, root, "/etc/doas.conf", 0440), "doas", "deny nopass tech");
}

static void no_policy(struct scene_tree *s, struct node *root)
{
	struct executable_fact *x =
		scene_fact(s, file(s, root, "/bin/ls", 0755), FACT_EXECUTABLE, 0);

	x->machine = span_text("ARM");
	x->endian = "little";
	x->type = "DYN";
	x->pie = "yes";
	x->relro = "full";
}
static void policy(struct scene_tree *s, struct node *root)
{
	no_policy(s, root);
	file(s, root, "/etc/apparmor.d/usr.sbin.httpd", 0644);
}
static struct node *jail(struct scene_tree *sc, struct node *root)
{
	struct node *n = file(sc, root, "/etc/init.d/dnsmasq", 0755);
	struct service_fact *f = scene_fact(sc, n, FACT_LISTENER, 3), *s;

	no_policy(sc, root);
	f->name = span_text("dnsmasq");
	f->command = span_text("dnsmasq");
	s = scene_fact(sc, n, FACT_SERVICE, 3);
	s->name = span_text("isolation");
	s->service_kind = "setting";
	s->command = span_text("ujail");
	return n;
}
static void jailed(struct scene_tree *s, struct node *root)
{
	jail(s, root);
	file(s, root, "/sbin/ujail", 0755);
}
static void jailed_beside(struct scene_tree *s, struct node *root)
{
	struct service_fact *f = scene_fact(s, jail(s, root), FACT_LISTENER, 9);

	f->f.offset = 200;
	f->name = span_text("ftpd");
}

static void hash_readable(struct scene_tree *s, struct node *root)
{
	struct hash_fact *h = scene_fact(s, file(s, root, "/etc/shadow", 0644), FACT_HASH, 1);

	h->scheme = "sha512crypt";
}
static void hash_readable_by_users(struct scene_tree *s, struct node *root)
{
	hash_readable(s, root);
	account(s, root, "tech", 1000, false);
}
static void hash_kept(struct scene_tree *s, struct node *root)
{
	struct hash_fact *h = scene_fact(s, file(s, root, "/etc/shadow", 0640), FACT_HASH, 1);

	h->scheme = "sha512crypt";
	account(s, root, "tech", 1000, false);
}
static void hash_without_modes(struct scene_tree *s, struct node *root)
{
	struct node *n = file(s, root, "/etc/shadow", 0);
	struct hash_fact *h = scene_fact(s, n, FACT_HASH, 1);

	h->scheme = "sha512crypt";
	n->has_mode = false;
}

static void path_with_dot(struct scene_tree *s, struct node *root)
{
	privilege(s, file(s, root, "/etc/profile", 0644), "search-path", "PATH=/bin:.");
}
static void path_with_hole(struct scene_tree *s, struct node *root)
{
	privilege(s, file(s, root, "/etc/profile", 0644), "search-path", "PATH=/bin:");
}
static void path_to_open_directory(struct scene_tree *s, struct node *root)
{
	struct node *n = scene_entry(s, root, KIND_DIRECTORY, "/opt/bin", 0);

	n->mode = 0777;
	privilege(s, file(s, root, "/etc/profile", 0644), "search-path", "PATH=/bin:/opt/bin");
}
static void preloaded(struct scene_tree *s, struct node *root)
{
	privilege(s, file(s, root, "/etc/ld.so.preload", 0644), "preload", "/lib/libx.so");
}
static void endless_path(struct scene_tree *s, struct node *root)
{
	static char path[5 + 20000 * 3 + 1] = "PATH=";

	for (size_t at = 5; at + 3 < sizeof(path); at += 3)
		memcpy(path + at, ":/x", 3);
	path[5] = '/';
	privilege(s, file(s, root, "/etc/profile", 0644), "search-path", path);
}
static void good_path(struct scene_tree *s, struct node *root)
{
	privilege(s, file(s, root, "/etc/profile", 0644), "search-path", "PATH=/bin:/sbin:$PATH");
}

static const struct row rows[] = {
	{ "PRIV-01", setuid_script, OUTCOME_FAIL },
	{ "PRIV-01", setuid_shell, OUTCOME_FAIL },
	{ "PRIV-01", setuid_writable, OUTCOME_FAIL },
	{ "PRIV-01", setuid_other, OUTCOME_REVIEW },
	{ "PRIV-01", setuid_of_the_packer, OUTCOME_REVIEW },
	{ "PRIV-01", setuid_of_a_user, OUTCOME_PASS },
	{ "PRIV-01", setuid_su, OUTCOME_PASS },
	{ "PRIV-01", ordinary, OUTCOME_PASS },
	{ "PRIV-01", unopened, OUTCOME_NOT_EVALUABLE },
	{ "PRIV-01", without_modes, OUTCOME_NOT_EVALUABLE },
	{ "PRIV-01", without_files, OUTCOME_NOT_APPLICABLE },
	{ "PRIV-02", capable_interpreter, OUTCOME_FAIL },
	{ "PRIV-01", setuid_region, OUTCOME_REVIEW },
	{ "PRIV-03", writable_region, OUTCOME_REVIEW },
	{ "PRIV-02", strong_capability, OUTCOME_REVIEW },
	{ "PRIV-02", weak_capability, OUTCOME_PASS },
	{ "PRIV-02", without_capabilities, OUTCOME_NOT_EVALUABLE },
	{ "PRIV-03", writable_start_file, OUTCOME_FAIL },
	{ "PRIV-03", writable_program, OUTCOME_FAIL },
	{ "PRIV-03", writable_setting, OUTCOME_REVIEW },
	{ "PRIV-03", writable_directory, OUTCOME_REVIEW },
	{ "PRIV-03", all_0777, OUTCOME_NOT_EVALUABLE },
	{ "PRIV-03", ordinary, OUTCOME_PASS },
	{ "PRIV-04", open_memory, OUTCOME_FAIL },
	{ "PRIV-04", open_disk, OUTCOME_FAIL },
	{ "PRIV-04", hidden_memory, OUTCOME_REVIEW },
	{ "PRIV-04", open_driver, OUTCOME_REVIEW },
	{ "PRIV-04", open_null, OUTCOME_PASS },
	{ "PRIV-04", closed_disk, OUTCOME_PASS },
	{ "PRIV-04", closed_disk_and_blind, OUTCOME_NOT_EVALUABLE },
	{ "PRIV-04", ordinary, OUTCOME_NOT_APPLICABLE },
	{ "PRIV-06", nopasswd_known, OUTCOME_FAIL },
	{ "PRIV-06", doas_known, OUTCOME_FAIL },
	{ "PRIV-06", nopasswd_other, OUTCOME_REVIEW },
	{ "PRIV-06", nopasswd_unknown, OUTCOME_REVIEW },
	{ "PRIV-06", asks_password, OUTCOME_PASS },
	{ "PRIV-06", ordinary, OUTCOME_NOT_APPLICABLE },
	{ "PRIV-06", unopened, OUTCOME_NOT_EVALUABLE },
	{ "PRIV-08", policy, OUTCOME_REVIEW },
	{ "PRIV-08", no_policy, OUTCOME_REVIEW },
	{ "PRIV-08", jailed, OUTCOME_PASS },
	{ "PRIV-08", jailed_beside, OUTCOME_REVIEW },
	{ "PRIV-08", unopened, OUTCOME_NOT_EVALUABLE },
	{ "PRIV-09", hash_readable, OUTCOME_REVIEW },
	{ "PRIV-09", hash_readable_by_users, OUTCOME_FAIL },
	{ "PRIV-09", hash_kept, OUTCOME_PASS },
	{ "PRIV-09", hash_without_modes, OUTCOME_NOT_EVALUABLE },
	{ "PRIV-09", ordinary, OUTCOME_NOT_APPLICABLE },
	{ "PRIV-10", path_with_dot, OUTCOME_FAIL },
	{ "PRIV-10", path_with_hole, OUTCOME_FAIL },
	{ "PRIV-10", path_to_open_directory, OUTCOME_FAIL },
	{ "PRIV-10", preloaded, OUTCOME_REVIEW },
	{ "PRIV-10", good_path, OUTCOME_PASS },
	{ "PRIV-10", endless_path, OUTCOME_NOT_EVALUABLE },
	{ "PRIV-10", unopened, OUTCOME_NOT_EVALUABLE },
};

static void every_row_ends_as_the_catalogue_says(void **state)
{
	(void)state;
	rows_run(rows, sizeof(rows) / sizeof(rows[0]));
}

static void checks_have_rows_of_all_kinds(void **state)
{
	(void)state;
	rows_cover("PRIV", (const char *const[]){ "PRIV-05", "PRIV-07", NULL }, rows,
		   sizeof(rows) / sizeof(rows[0]));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row_ends_as_the_catalogue_says),
		cmocka_unit_test(checks_have_rows_of_all_kinds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
