/* service.c - what is started when a device boots: expected values by what a shell, init, systemd
 * or inetd would do with the files, read by hand. */
#include "unit/observe/scenery.h"

#include "observe/service.h"

static void begin(struct scenery *s)
{
	scenery_init(s);
}

/* The n-th fact of services that is no setting, or the only one of that name. */
static const struct service_fact *service(const struct scenery *s, const char *name)
{
	const struct service_fact *found = NULL;

	for (uint32_t i = 0; i < s->facts.count[FACT_SERVICE]; i++) {
		const struct service_fact *f = (const void *)s->facts.of[FACT_SERVICE][i];

		if (strcmp(f->service_kind, "setting") != 0 && span_is(f->name, name)) {
			assert_null(found);
			found = f;
		}
	}
	return found;
}

static uint32_t started(const struct scenery *s)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < s->facts.count[FACT_SERVICE]; i++)
		n += ((const struct service_fact *)s->facts.of[FACT_SERVICE][i])->enabled;
	return n;
}

static void add(struct scenery *s, const char *path, const char *text)
{
	scenery_add(s, path, span_text(text));
}

static struct node *add_link(struct scenery *s, const char *path, const char *target)
{
	struct node *n = scenery_add(s, path, (struct span){ 0 });

	n->kind = KIND_SYMLINK;
	n->target = span_text(target);
	return n;
}

/* Globs and links look into directories: they are nodes of their own, after the files. */
static void add_folder(struct scenery *s, const char *path)
{
	struct node *n = scenery_add(s, path, (struct span){ 0 }), **at = &s->root.children;
	size_t length = strlen(path);

	n->kind = KIND_DIRECTORY;
	while (*at) {
		struct node *child = *at;

		if (child != n && child->path.n > length && child->path.p[length] == '/' &&
		    span_starts(child->path, n->path) && child->parent == &s->root) {
			*at = child->next;
			child->next = NULL;
			child->parent = n;
			if (n->last_child)
				n->last_child->next = child;
			else
				n->children = child;
			n->last_child = child;
		} else {
			at = &child->next;
		}
	}
	s->root.last_child = n;
}

static void inittab_tells_what_init_starts(void **state)
{
	struct scenery s;
	const struct service_fact *f;

	(void)state;
	begin(&s);
	add(&s, "/etc/inittab",
	    "# ::respawn:/usr/sbin/tftpd\n"
	    "::respawn:/usr/sbin/telnetd -F -p 2323 -l /bin/login\n"
	    "::askfirst:-/bin/sh\n"
	    "ttyS0::respawn:/sbin/getty -L ttyS0 115200 vt100 # GENERIC\n"
	    "::shutdown:/usr/sbin/sshd\n"
	    "::sysinit:/bin/mount -t proc proc /proc\n");
	scenery_finish(&s);
	assert_int_equal(started(&s), 3);
	f = service(&s, "telnetd");
	assert_non_null(f);
	assert_int_equal(f->f.line, 2);
	assert_int_equal(f->f.offset, 28);
	assert_int_equal(f->f.length, 52);
	assert_string_equal(f->service_kind, "inittab");
	assert_int_equal(f->port, 2323);
	assert_true(span_is(f->protocol, "tcp"));
	assert_true(span_is(f->command, "/usr/sbin/telnetd -F -p 2323 -l /bin/login"));
	assert_int_equal(service(&s, "console shell without login")->f.line, 3);
	assert_int_equal(service(&s, "getty")->f.line, 4);
	assert_int_equal(s.facts.count[FACT_LISTENER], 1);
	scenery_free(&s);
}

static void a_level_that_is_not_the_default_starts_nothing(void **state)
{
	struct scenery s;

	(void)state;
	begin(&s);
	add(&s, "/etc/inittab",
	    "id:3:initdefault:\nt1:12:respawn:/usr/sbin/telnetd\ns1:2345:respawn:/usr/sbin/sshd "
	    "-D\n");
	scenery_finish(&s);
	assert_null(service(&s, "telnetd"));
	assert_non_null(service(&s, "sshd"));
	scenery_free(&s);
}

static void scripts_are_followed_as_a_shell_would(void **state)
{
	struct scenery s;
	const struct service_fact *f;

	(void)state;
	begin(&s);
	add(&s, "/etc/inittab", "::sysinit:/etc/init.d/rcS\n");
	add(&s, "/etc/init.d/rcS",
	    "#!/bin/sh\n"
	    "# /usr/sbin/telnetd -l /bin/sh &\n"
	    "PORT=8080\n"
	    "OPTS=\"-p $PORT -h /www\"\n"
	    "if [ \"$PORT\" = 8080 ]; then httpd $OPTS & fi\n"
	    "if [ \"$PORT\" = 81 ]; then tftpd & fi\n"
	    "[ -f /tmp/debug ] && gdbserver :2000 /bin/x\n"
	    "cat <<END\ntelnetd\nEND\n"
	    "for s in /etc/init.d/S??*; do [ -f $s ] || continue; $s start; done\n");
	add(&s, "/etc/init.d/S50snmpd",
	    "#!/bin/sh\ncase \"$1\" in\nstart|boot) start-stop-daemon -S -b -c nobody \\\n"
	    "\t-x /usr/sbin/snmpd -- -c /etc/snmp.conf ;;\nstop) killall snmpd ;;\nesac\n");
	add(&s, "/etc/init.d/ntpd", "#!/bin/sh\n/usr/sbin/ntpd -g\n");
	add_folder(&s, "/etc/init.d");
	scenery_finish(&s);
	f = service(&s, "httpd");
	assert_non_null(f);
	assert_true(f->enabled);
	assert_int_equal(f->port, 8080);
	assert_int_equal(f->f.line, 5);
	assert_int_equal(f->condition.n, 0);
	f = service(&s, "gdbserver");
	assert_true(span_is(f->condition, "[ -f /tmp/debug ]"));
	assert_int_equal(f->port, 2000);
	f = service(&s, "snmpd");
	assert_true(f->enabled);
	assert_int_equal(f->f.line, 3);
	assert_true(span_is(f->user, "nobody"));
	assert_int_equal(f->port, 161);
	assert_true(span_is(f->protocol, "udp"));
	assert_false(service(&s, "ntpd")->enabled);
	assert_null(service(&s, "telnetd"));
	assert_null(service(&s, "tftpd"));
	scenery_free(&s);
}

static void a_switch_in_a_default_file_decides(void **state)
{
	struct scenery s;

	(void)state;
	begin(&s);
	add(&s, "/init",
	    "#!/bin/sh\n. /etc/default/daemons\nstart() {\n\t[ \"$TELNET\" = yes ] && telnetd\n"
	    "\t[ \"$SSH\" = yes ] || return\n\tdropbear -p ${SSH_PORT:-2222}\n}\nstart\n");
	add(&s, "/etc/default/daemons", "TELNET=no\nSSH=yes\n");
	scenery_finish(&s);
	assert_null(service(&s, "telnetd"));
	assert_int_equal(service(&s, "dropbear")->port, 2222);
	assert_int_equal(service(&s, "dropbear")->condition.n, 0);
	scenery_free(&s);
}

static void loops_count_and_exit_ends(void **state)
{
	struct scenery s;

	(void)state;
	begin(&s);
	add(&s, "/linuxrc",
	    "i=0\nwhile [ \"$i\" != 3 ]; do\n\tsh /etc/run$i\n\ti=$(($i+1))\ndone\n"
	    "[ -n \"$never\" ] || exit 0\ntelnetd\n");
	add(&s, "/etc/run2", "#!/bin/sh\nexec /usr/sbin/crond\n/usr/sbin/telnetd\n");
	scenery_finish(&s);
	assert_non_null(service(&s, "crond"));
	assert_non_null(service(&s, "telnetd"));
	assert_true(span_is(service(&s, "telnetd")->condition, "[ -n \"$never\" ]"));
	scenery_free(&s);
}

static void links_of_a_level_enable_scripts(void **state)
{
	struct scenery s;
	const struct service_fact *f;

	(void)state;
	begin(&s);
	add(&s, "/etc/init.d/web",
	    "#!/bin/sh /etc/rc.common\nSTART=50\nUSE_PROCD=1\nPROG=/usr/sbin/uhttpd\n"
	    "start_service() {\n\tprocd_open_instance\n\tprocd_set_param command \"$PROG\" -f\n"
	    "\tprocd_append_param command -p 0.0.0.0:8088\n\tprocd_set_param user www\n"
	    "\tprocd_close_instance\n}\n");
	add(&s, "/etc/init.d/telnet", "#!/bin/sh /etc/rc.common\nstart() { telnetd; }\n");
	add_link(&s, "/etc/rc.d/S50web", "../init.d/web");
	add_folder(&s, "/etc/rc.d");
	add_folder(&s, "/etc/init.d");
	scenery_finish(&s);
	f = service(&s, "uhttpd");
	assert_non_null(f);
	assert_string_equal(f->service_kind, "procd");
	assert_true(f->enabled);
	assert_true(span_is(f->user, "www"));
	assert_int_equal(f->port, 8088);
	assert_true(span_is(f->address, "0.0.0.0"));
	assert_true(service(&s, "web")->enabled);
	assert_false(service(&s, "telnet")->enabled);
	scenery_free(&s);
}

static const struct service_fact *isolation(struct scenery *s, const struct service_fact *f)
{
	for (uint32_t i = 0; f && i < s->facts.count[FACT_SERVICE]; i++) {
		const struct service_fact *x = (const void *)s->facts.of[FACT_SERVICE][i];

		if (span_is(x->name, "isolation") && x->f.node == f->f.node &&
		    x->f.offset == f->f.offset)
			return x;
	}
	return NULL;
}

static void add_jail(struct scenery *s)
{
	add(s, "/etc/init.d/web",
	    "#!/bin/sh /etc/rc.common\nUSE_PROCD=1\nstart_service() {\n"
	    "\tprocd_open_instance\n\tprocd_set_param command /usr/sbin/uhttpd -f\n"
	    "\tprocd_add_jail web log\n\tprocd_close_instance\n"
	    "\tprocd_open_instance\n\tprocd_set_param command /usr/sbin/sshd\n"
	    "\tprocd_close_instance\n}\n");
	add_link(s, "/etc/rc.d/S50web", "../init.d/web");
}

static void what_confines_a_service_stands_at_its_place(void **state)
{
	struct scenery s;

	(void)state;
	begin(&s);
	add(&s, "/etc/init.d/rcS", "#!/bin/sh\nchroot /var/jail telnetd -p 24\n");
	add_jail(&s);
	add(&s, "/sbin/ujail", "\177ELF");
	add(&s, "/lib/systemd/system/tight.service",
	    "[Service]\nPrivateTmp=no\nNoNewPrivileges=yes\nExecStart=/usr/sbin/tight\n");
	add(&s, "/lib/systemd/system/loose.service",
	    "[Service]\nPrivateTmp=no\nExecStart=/usr/sbin/loose\n");
	add_folder(&s, "/etc/init.d");
	add_folder(&s, "/etc/rc.d");
	add_folder(&s, "/lib/systemd/system");
	scenery_finish(&s);
	assert_true(span_is(isolation(&s, service(&s, "telnetd"))->command, "chroot"));
	assert_true(span_is(isolation(&s, service(&s, "uhttpd"))->command, "procd_add_jail"));
	assert_null(isolation(&s, service(&s, "sshd")));
	assert_true(span_is(isolation(&s, service(&s, "tight"))->command, "NoNewPrivileges=yes"));
	assert_non_null(service(&s, "loose"));
	assert_null(isolation(&s, service(&s, "loose")));
	scenery_free(&s);
}

static void procd_confines_nothing_without_its_tool(void **state)
{
	struct scenery s;

	(void)state;
	begin(&s);
	add_jail(&s);
	add_folder(&s, "/etc/init.d");
	add_folder(&s, "/etc/rc.d");
	scenery_finish(&s);
	assert_non_null(service(&s, "uhttpd"));
	assert_null(isolation(&s, service(&s, "uhttpd")));
	scenery_free(&s);
}

static void sections_of_uci_are_services(void **state)
{
	struct scenery s;
	const struct service_fact *f = NULL;

	(void)state;
	begin(&s);
	add(&s, "/etc/config/dropbear",
	    "config dropbear\n\toption PasswordAuth 'on'\n\toption RootPasswordAuth 'on'\n"
	    "\toption Port '2222' # lan\n#\toption GatewayPorts 'on'\n");
	add(&s, "/etc/init.d/dropbear",
	    "#!/bin/sh /etc/rc.common\nSTART=19\nstart() { /usr/sbin/dropbear; }\n");
	add_link(&s, "/etc/rc.d/S19dropbear", "../init.d/dropbear");
	add_folder(&s, "/etc/rc.d");
	add_folder(&s, "/etc/init.d");
	scenery_finish(&s);
	for (uint32_t i = 0; i < s.facts.count[FACT_SERVICE]; i++) {
		f = (const void *)s.facts.of[FACT_SERVICE][i];
		if (strcmp(f->service_kind, "uci") == 0)
			break;
	}
	assert_string_equal(f->service_kind, "uci");
	assert_true(f->enabled);
	assert_int_equal(f->port, 2222);
	assert_int_equal(f->f.line, 3);
	scenery_free(&s);
}

static void units_are_pulled_in_by_the_default_target(void **state)
{
	struct scenery s;
	const struct service_fact *f;

	(void)state;
	begin(&s);
	add(&s, "/lib/systemd/system/agent.service",
	    "[Unit]\nConditionPathExists=!/etc/off\nConditionPathExists=/etc/"
	    "agent\n[Service]\nExecStart=-/usr/sbin/agent -x\n"
	    "User=agent\n");
	add(&s, "/lib/systemd/system/debug.service", "[Service]\nExecStart=/usr/sbin/debug\n");
	add(&s, "/lib/systemd/system/sshd.socket",
	    "[Socket]\nListenStream=2022\nListenStream=/run/x\nAccept=yes\n");
	add(&s, "/lib/systemd/system/sshd@.service", "[Service]\nExecStart=/usr/sbin/sshd -i\n");
	add(&s, "/lib/systemd/system/off.service", "[Service]\nExecStart=/usr/sbin/off\n");
	add_folder(&s, "/lib/systemd/system");
	add_link(&s, "/etc/systemd/system/multi-user.target.wants/agent.service", "/x");
	add_link(&s, "/etc/systemd/system/multi-user.target.wants/off.service", "/x");
	add_link(&s, "/etc/systemd/system/sockets.target.wants/sshd.socket", "/x");
	add_link(&s, "/etc/systemd/system/off.service", "/dev/null");
	add_folder(&s, "/etc/systemd/system");
	scenery_finish(&s);
	f = service(&s, "agent");
	assert_true(f->enabled);
	assert_int_equal(f->f.line, 5);
	assert_true(span_is(f->command, "/usr/sbin/agent -x"));
	assert_true(span_is(f->user, "agent"));
	assert_true(span_is(f->condition, "ConditionPathExists=/etc/agent"));
	assert_false(service(&s, "debug")->enabled);
	f = service(&s, "sshd.socket");
	assert_true(f->enabled);
	assert_int_equal(f->port, 2022);
	assert_int_equal(f->f.line, 2);
	f = service(&s, "sshd@");
	assert_true(f->enabled);
	assert_true(span_is(f->condition, "started by sshd.socket"));
	assert_null(service(&s, "off"));
	scenery_free(&s);
}

static void super_servers_start_what_their_tables_say(void **state)
{
	struct scenery s;
	const struct service_fact *f;

	(void)state;
	begin(&s);
	add(&s, "/etc/inittab", "::respawn:/bin/inetd\n");
	add(&s, "/etc/services", "telnet\t2324/tcp\nold 1/udp\n");
	add(&s, "/etc/inetd.conf",
	    "#ftp stream tcp nowait root /usr/sbin/ftpd ftpd\n"
	    "telnet stream tcp nowait root.wheel /bin/telnetd telnetd -l\n"
	    "tftp\tdgram  udp wait   nobody /bin/tftpd\n");
	add(&s, "/etc/xinetd.d/rsync",
	    "service rsync\n{\n\tdisable = no\n\tsocket_type = stream\n\tuser = root\n"
	    "\tserver = /usr/bin/rsync\n\tserver_args = --daemon\n}\n");
	add(&s, "/etc/xinetd.d/login",
	    "service login\n{\n\tdisable = yes\n\tserver = /usr/sbin/in.rlogind\n}\n");
	scenery_finish(&s);
	f = service(&s, "telnet");
	assert_int_equal(f->port, 2324);
	assert_int_equal(f->f.line, 2);
	assert_true(span_is(f->user, "root"));
	assert_true(f->enabled);
	assert_int_equal(f->condition.n, 0);
	assert_true(span_is(f->command, "/bin/telnetd telnetd -l"));
	assert_int_equal(service(&s, "tftp")->port, 69);
	assert_null(service(&s, "ftp"));
	f = service(&s, "rsync");
	assert_true(f->enabled);
	assert_int_equal(f->port, 873);
	assert_true(span_is(f->command, "/usr/bin/rsync --daemon"));
	assert_true(f->condition.n > 0);
	assert_false(service(&s, "login")->enabled);
	scenery_free(&s);
}

static void android_starts_classes_and_what_actions_say(void **state)
{
	struct scenery s;

	(void)state;
	begin(&s);
	add(&s, "/init.rc",
	    "on boot\n    class_start core\non property:persist.adb=1\n    start adbd\n"
	    "service ueventd /sbin/ueventd\n    class core\n"
	    "service adbd /sbin/adbd --root\n    disabled\n    user shell\n"
	    "service off /bin/off\n    disabled\n");
	scenery_finish(&s);
	assert_true(service(&s, "ueventd")->enabled);
	assert_true(service(&s, "adbd")->enabled);
	assert_true(span_is(service(&s, "adbd")->condition, "property:persist.adb=1"));
	assert_true(span_is(service(&s, "adbd")->user, "shell"));
	assert_int_equal(service(&s, "adbd")->f.line, 7);
	assert_false(service(&s, "off")->enabled);
	scenery_free(&s);
}

static void configuration_tells_the_port(void **state)
{
	struct scenery s;

	(void)state;
	begin(&s);
	add(&s, "/etc/inittab", "::once:/usr/sbin/sshd\n::once:lighttpd -f /etc/lighttpd.conf\n");
	add(&s, "/etc/ssh/sshd_config", "#Port 22\nPort 2200\nPermitRootLogin yes\n");
	add(&s, "/etc/lighttpd.conf", "server.port = 8443\nserver.username = \"www\"\n");
	scenery_finish(&s);
	assert_int_equal(service(&s, "sshd")->port, 2200);
	assert_int_equal(service(&s, "lighttpd")->port, 8443);
	assert_true(span_is(service(&s, "lighttpd")->user, "www"));
	scenery_free(&s);
}

static void applets_are_listed_in_order(void **state)
{
	static const char list[] = "\x7f"
				   "ELF tftpd: usage\0telnetd\0\0tar\0tee\0telnet\0telnetd\0test\0"
				   "tftp\0time\0";
	struct scenery s;

	(void)state;
	begin(&s);
	scenery_add(&s, "/bin/busybox", (struct span){ (const uint8_t *)list, sizeof(list) - 1 });
	scenery_finish(&s);
	assert_int_equal(s.facts.count[FACT_SERVICE], 1);
	assert_string_equal(service(&s, "telnetd")->service_kind, "applet");
	assert_int_equal(service(&s, "telnetd")->f.offset, 42);
	assert_false(service(&s, "telnetd")->enabled);
	scenery_free(&s);
}

/* -- rows of the tables -- */

static void on_setting(void *ctx, struct span key, struct span value, struct span line,
		       uint32_t number)
{
	(void)key;
	(void)value;
	(void)line;
	(void)number;
	++*(int *)ctx;
}

static void every_setting_row_finds_its_line(void **state)
{
	(void)state;
	for (size_t i = 0; i < setting_rules_count; i++) {
		int yes = 0, no = 0;

		setting_each(&setting_rules[i], span_text(setting_rules[i].yes), on_setting, &yes);
		setting_each(&setting_rules[i], span_text(setting_rules[i].no), on_setting, &no);
		if (yes == 0 || no != 0)
			fail_msg("%s %s", setting_rules[i].service, setting_rules[i].keys);
	}
}

/* 64 settings of a row, 4096 lines: a file that has more says that some were left out. */
static void settings_left_out_are_said(void **state)
{
	static const struct {
		const char *line;
		size_t times;
		bool is_said;
	} table[] = {
		{ "PermitRootLogin yes\n", 64, false },
		{ "PermitRootLogin yes\n", 65, true },
		{ "# nothing\n", 4096, false },
		{ "# nothing\n", 4097, true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct text t = { 0 };
		struct scenery s;
		struct node *n;

		begin(&s);
		for (size_t k = 0; k < table[i].times; k++)
			text_puts(&t, table[i].line);
		n = scenery_add(&s, "/etc/ssh/sshd_config", text_span(&t));
		scenery_finish(&s);
		assert_int_equal(n->faults != NULL, table[i].is_said);
		if (n->faults)
			assert_int_equal(n->faults->fault.kind, FAULT_LIMIT);
		scenery_free(&s);
		text_free(&t);
	}
}

static void hostile_scripts_end(void **state)
{
	static const char *const scripts[] = {
		"f() { f; f; }\nf\n",
		"while [ \"$0\" = \"$0\" ]; do a=$a$a$a; done\n",
		"for i in 1 2 3 4 5 6 7 8 9; do for j in $i $i $i; do for k in * * *; do a=$k$a; "
		"done; done; done",
		"if if if if if if\n",
		"case $1 in",
		"$(((((((((((",
		"\"$(\"$(\"",
		"`",
		"a() b() c()",
		"${a:=${b:=${c:=${d:=$e}}}}",
		". /init\n. /init\n",
		"x=1; $x$x$x$x |&|&|&;;;;",
	};
	struct scenery s;

	(void)state;
	for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++) {
		begin(&s);
		add(&s, "/init", scripts[i]);
		scenery_finish(&s);
		scenery_free(&s);
	}
}

/* Debian's getty-run (its line) and runit-services (haveged, openntpd: without their echo). */
static void runit_starts_what_is_linked(void **state)
{
	struct scenery s;
	const struct service_fact *f;

	(void)state;
	begin(&s);
	add(&s, "/etc/inittab", "SV:123456:respawn:/sbin/runsvdir -P /etc/service\n");
	add(&s, "/etc/sv/getty-ttyS0/run",
	    "#!/usr/bin/env /lib/runit/invoke-run\n\n[ -z \"$SGETTY\" ] && SGETTY=ttyS0\n\nexec "
	    "1>&2\n\nif [ -e /sbin/fgetty ]; then\n    exec chpst -P fgetty "
	    "/dev/\"$SGETTY\"\nelse\n    exec /sbin/getty -L \"$SGETTY\" 9600 vt100\nfi\n");
	add(&s, "/etc/sv/haveged/run",
	    "#!/usr/bin/env /lib/runit/invoke-run\n\nexec 2>&1\n\nexec /usr/sbin/haveged -F "
	    "$DAEMON_ARGS\n");
	add(&s, "/etc/service/dropbear/run",
	    "#!/bin/sh\nexec 2>&1\nexec chpst -u www \\\n  dropbear -F -E -p 2222\n");
	add(&s, "/etc/service/dropbear/log/run", "#!/bin/sh\nexec svlogd -tt ./main\n");
	add(&s, "/usr/share/doc/a/run", "#!/bin/sh\nexec telnetd -F\n");
	scenery_finish(&s);
	f = service(&s, "dropbear");
	assert_non_null(f);
	assert_string_equal(f->service_kind, "runit");
	assert_true(f->enabled);
	assert_true(span_is(f->user, "www"));
	assert_true(span_is(f->command, "dropbear -F -E -p 2222"));
	assert_int_equal(f->port, 2222);
	assert_int_equal(f->condition.n, 0);
	assert_int_equal(f->f.line, 3);
	f = service(&s, "haveged");
	assert_non_null(f);
	assert_false(f->enabled); /* nothing links it into the folder that is watched */
	f = service(&s, "getty-ttyS0");
	assert_non_null(f);
	assert_true(span_starts(f->command, span_text("/sbin/getty -L")));
	assert_null(service(&s, "telnetd"));
	scenery_free(&s);
}

/* s6-overlay's layout: a folder of services, and bundles that name them. */
static void s6_starts_what_a_bundle_names(void **state)
{
	struct scenery s;
	const struct service_fact *f;

	(void)state;
	begin(&s);
	add(&s, "/etc/s6-overlay/s6-rc.d/nginx/run",
	    "#!/command/execlineb -P\nwith-contenv\ns6-setuidgid http\nfdmove -c 2 1 s6-setuidgid "
	    "http nginx -g \"daemon off;\"\n");
	add(&s, "/etc/s6-overlay/s6-rc.d/telnet/run",
	    "#!/command/execlineb -P\nfdmove -c 2 1\ntelnetd -F\n");
	add(&s, "/etc/s6-overlay/s6-rc.d/user/contents.d/nginx", "\n");
	add(&s, "/etc/services.d/cron/run", "#!/usr/bin/execlineb -P\ncrond -f\n");
	scenery_finish(&s);
	f = service(&s, "nginx");
	assert_non_null(f);
	assert_string_equal(f->service_kind, "s6");
	assert_true(f->enabled);
	assert_true(span_is(f->user, "http"));
	assert_true(f->condition.n > 0);
	f = service(&s, "telnet");
	assert_non_null(f);
	assert_false(f->enabled);
	f = service(&s, "cron");
	assert_non_null(f);
	assert_true(f->enabled);
	scenery_free(&s);
}

/* Debian's monit, conf-available/openssh-server. */
static void monit_starts_processes_that_it_checks(void **state)
{
	struct scenery s;
	const struct service_fact *f;

	(void)state;
	begin(&s);
	add(&s, "/etc/monit/conf-enabled/openssh-server",
	    " check process sshd with pidfile /var/run/sshd.pid\n   group system\n"
	    "   start program = \"/etc/init.d/ssh start\"\n"
	    "   stop  program = \"/etc/init.d/ssh stop\"\n"
	    " check file sshd_bin with path /usr/sbin/sshd\n"
	    "   start program = \"/bin/false\"\n");
	add(&s, "/etc/monit/conf-available/cron",
	    " check process crond with pidfile /var/run/crond.pid\n"
	    "   start program = \"/etc/init.d/cron start\"\n");
	scenery_finish(&s);
	f = service(&s, "sshd");
	assert_non_null(f);
	assert_string_equal(f->service_kind, "monit");
	assert_true(span_is(f->command, "/etc/init.d/ssh start"));
	assert_true(span_is(f->condition, "monit is started by nothing that was read"));
	assert_int_equal(f->f.line, 3);
	assert_null(service(&s, "sshd_bin"));
	assert_null(service(&s, "crond"));
	scenery_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(runit_starts_what_is_linked),
		cmocka_unit_test(s6_starts_what_a_bundle_names),
		cmocka_unit_test(monit_starts_processes_that_it_checks),
		cmocka_unit_test(inittab_tells_what_init_starts),
		cmocka_unit_test(a_level_that_is_not_the_default_starts_nothing),
		cmocka_unit_test(scripts_are_followed_as_a_shell_would),
		cmocka_unit_test(a_switch_in_a_default_file_decides),
		cmocka_unit_test(loops_count_and_exit_ends),
		cmocka_unit_test(links_of_a_level_enable_scripts),
		cmocka_unit_test(what_confines_a_service_stands_at_its_place),
		cmocka_unit_test(procd_confines_nothing_without_its_tool),
		cmocka_unit_test(sections_of_uci_are_services),
		cmocka_unit_test(units_are_pulled_in_by_the_default_target),
		cmocka_unit_test(super_servers_start_what_their_tables_say),
		cmocka_unit_test(android_starts_classes_and_what_actions_say),
		cmocka_unit_test(configuration_tells_the_port),
		cmocka_unit_test(applets_are_listed_in_order),
		cmocka_unit_test(every_setting_row_finds_its_line),
		cmocka_unit_test(settings_left_out_are_said),
		cmocka_unit_test(hostile_scripts_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
