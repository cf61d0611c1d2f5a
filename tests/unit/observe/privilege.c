/* privilege.c - rights that metadata show, and rules that text files give. */
#include "unit/observe/scenery.h"

/* "kind path mode detail line", one a fact, in the order of the report. */
static struct text told(const struct scenery *s)
{
	struct text t = { 0 };

	for (uint32_t i = 0; i < s->facts.count[FACT_PRIVILEGE]; i++) {
		const struct privilege_fact *p = (const void *)s->facts.of[FACT_PRIVILEGE][i];

		text_format(&t, "%s ", p->privilege_kind);
		text_put(&t, p->f.node->path);
		text_format(&t, " %04o [", p->mode);
		text_put(&t, p->detail);
		text_format(&t, "] %u\n", p->f.line);
	}
	text_char(&t, '\0');
	return t;
}

static void says(struct scenery *s, const char *wanted)
{
	struct text t;

	scenery_finish(s);
	t = told(s);
	assert_string_equal(t.p, wanted);
	text_free(&t);
	scenery_free(s);
}

static struct node *with_mode(struct node *n, enum kind kind, uint32_t mode)
{
	n->kind = kind;
	n->mode = mode;
	n->has_mode = true;
	return n;
}

static void modes_become_facts(void **state)
{
	struct scenery s;
	struct node *n;

	(void)state;
	scenery_init(&s);
	with_mode(scenery_add(&s, "/bin/ls", span_text("x")), KIND_FILE, 0755);
	with_mode(scenery_add(&s, "/bin/su", span_text("x")), KIND_FILE, 06755);
	with_mode(scenery_add(&s, "/etc/a", span_text("x")), KIND_FILE, 0666);
	with_mode(scenery_add(&s, "/var/mail", span_text("")), KIND_DIRECTORY, 02777);
	with_mode(scenery_add(&s, "/tmp", span_text("")), KIND_DIRECTORY, 01777);
	with_mode(scenery_add(&s, "/link", span_text("")), KIND_SYMLINK, 0777);
	n = with_mode(scenery_add(&s, "/dev/null", span_text("")), KIND_CHAR_DEVICE, 0666);
	n->major = 1;
	n->minor = 3;
	n = with_mode(scenery_add(&s, "/dev/sda", span_text("")), KIND_BLOCK_DEVICE, 0660);
	n->major = 8;
	n = with_mode(scenery_add(&s, "/bin/ping", span_text("x")), KIND_FILE, 0755);
	n->capabilities = span_text("cap_net_raw+ep");
	n = with_mode(scenery_add(&s, "/bin/su2", span_text("")), KIND_HARDLINK, 06755);
	n->hardlink_of = &s.files[1];
	n = scenery_add(&s, "/bin/modeless", span_text("x"));
	n->mode = 07777;
	says(&s, "setuid /bin/su 6755 [] 0\n"
		 "setgid /bin/su 6755 [] 0\n"
		 "world-writable-file /etc/a 0666 [] 0\n"
		 "setgid /var/mail 2777 [] 0\n"
		 "world-writable-directory /var/mail 2777 [] 0\n"
		 "device /dev/null 0666 [char 1:3] 0\n"
		 "device /dev/sda 0660 [block 8:0] 0\n"
		 "capability /bin/ping 0755 [cap_net_raw+ep] 0\n"
		 "setuid /bin/su2 6755 [] 0\n"
		 "setgid /bin/su2 6755 [] 0\n");
}

/* The leaf pass tells a script, relate does not say it twice; scenery has no modes when it looks,
 * so the observer is asked again. */
static void a_set_id_script_is_told_once(void **state)
{
	static const char script[] = "#!/bin/sh\nexec \"$@\"\n";
	struct scenery s;
	struct bench b = { 0, &s.arena, NULL };
	struct node *n;

	(void)state;
	scenery_init(&s);
	n = with_mode(scenery_add(&s, "/bin/any", span_text("")), KIND_FILE, 04755);
	observe_leaf(&s.o, &b, n, span_text(script));
	says(&s, "setuid /bin/any 4755 [script] 0\n");
}

static void rules_of_sudo_are_read_with_their_lines(void **state)
{
	struct scenery s;

	(void)state;
	scenery_init(&s);
	scenery_add(&s, "/etc/sudoers",
		    span_text("# tech ALL=(ALL) ALL\n"
			      "Defaults env_reset\n"
			      "Defaults:tech !authenticate\n"
			      "User_Alias ADMINS = tech, dev\n"
			      "\n"
			      "root\tALL=(ALL:ALL) ALL\n"
			      "  tech ALL = (root) \\\n"
			      "  NOPASSWD: /bin/sh\r\n"
			      "#includedir /etc/sudoers.d\n"
			      "@includedir /etc/sudoers.d\n"));
	scenery_add(&s, "/etc/sudoers.d/10-web", span_text("web ALL=NOPASSWD: /sbin/reboot\n"));
	scenery_add(&s, "/etc/doas.conf", span_text("# permit all\npermit nopass :wheel\n"));
	scenery_add(&s, "/etc/pam.d/su",
		    span_text("auth sufficient pam_rootok.so\naccount required pam_unix.so\n"
			      "# auth required pam_wheel.so\n"));
	says(&s, "sudoers /etc/sudoers 0000 [Defaults:tech !authenticate] 3\n"
		 "sudoers /etc/sudoers 0000 [root\tALL=(ALL:ALL) ALL] 6\n"
		 "sudoers /etc/sudoers 0000 [tech ALL = (root)   NOPASSWD: /bin/sh] 7\n"
		 "sudoers /etc/sudoers.d/10-web 0000 [web ALL=NOPASSWD: /sbin/reboot] 1\n"
		 "doas /etc/doas.conf 0000 [permit nopass :wheel] 2\n"
		 "su /etc/pam.d/su 0000 [auth sufficient pam_rootok.so] 1\n");
}

static void search_paths_are_read(void **state)
{
	struct scenery s;

	(void)state;
	scenery_init(&s);
	scenery_add(&s, "/etc/init.d/rcS",
		    span_text("#!/bin/sh\nexport PATH=/bin:. ; cd /\n#PATH=/x\n"
			      "\tLD_LIBRARY_PATH=\"/a b:/c\"\nMYPATH=/q\nPATH=\n"
			      "echo PATH=/z\n"));
	scenery_add(&s, "/etc/ld.so.preload", span_text("# none\n/lib/libx.so\n"));
	scenery_add(&s, "/etc/ld.so.conf", span_text("include ld.so.conf.d/*.conf\n/opt/lib\n"));
	scenery_add(&s, "/usr/share/doc/x", span_text("PATH=/bin\n"));
	says(&s, "search-path /etc/init.d/rcS 0000 [PATH=/bin:.] 2\n"
		 "search-path /etc/init.d/rcS 0000 [LD_LIBRARY_PATH=/a b:/c] 4\n"
		 "preload /etc/ld.so.preload 0000 [/lib/libx.so] 2\n"
		 "search-path /etc/ld.so.conf 0000 [/opt/lib] 2\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(modes_become_facts),
		cmocka_unit_test(a_set_id_script_is_told_once),
		cmocka_unit_test(rules_of_sudo_are_read_with_their_lines),
		cmocka_unit_test(search_paths_are_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
