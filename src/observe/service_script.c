/* service_script.c - what the scripts of a boot start: daemons by their names and code, what stands
 * in the background, instances of procd; scripts that they call are followed (rc.common and procd
 * of OpenWrt, start-stop-daemon(8), run-parts(8)). */
#include <stdlib.h>

#include "base/text.h"
#include "observe/service.h"

#define MOST_RUNS      3 /* of one script: it may be called for several things */
#define MOST_GLOBBED   256
#define COST_OF_A_NAME 16 /* that a pattern is held against */

/* -- which files are scripts of services -- */

/* The directory a file lies in, by its name. */
static struct span folder_name(struct span path)
{
	size_t end = path.n - base_name(path).n;

	return end ? base_name(span_head(path, end - 1)) : (struct span){ 0 };
}

static bool is_service_folder(struct span folder)
{
	return name_matches(folder, "init.d,init?.d,rc.d,rc?.d,rcS.d");
}

/* Those that run others, and what they include. */
static bool is_runner(struct span name)
{
	return name_matches(name, "rc,rc?,rc??,rcS,rcK,rcS.*,rc.*,rcL,*functions*,README,skeleton,"
				  "*.swp,*~,.*,killprocs,single,halt,reboot,sendsigs,umount*,*.d");
}

bool boot_is_service(const struct node *n)
{
	return n->kind == KIND_FILE && is_service_folder(folder_name(n->path)) &&
	       !is_runner(node_name(n));
}

bool boot_reads(const struct node *n, struct span bytes)
{
	static const char *const names =
		"inittab,rc,rc?,rc??,rcS,rcS.*,rc.*,init,linuxrc,preinit,services,inetd.conf,"
		"xinetd.conf,*.rc,crontab";

	(void)bytes;
	return is_service_folder(folder_name(n->path)) || name_matches(node_name(n), names) ||
	       path_matches(n->path, "etc/default/*,etc/sysconfig/*,etc/conf.d/*,xinetd.d/*,"
				     "etc/config/*,inetd.d/*,crontabs/*,cron.d/*,cron/*");
}

/* S20lighttpd, lighttpd.sh and lighttpd.init are called lighttpd. */
static struct span service_name(struct span name)
{
	static const char *const ends[] = { ".sh", ".init", ".rc" };

	if (name.n > 3 && (name.p[0] == 'S' || name.p[0] == 'K') && name.p[1] >= '0' &&
	    name.p[1] <= '9' && name.p[2] >= '0' && name.p[2] <= '9')
		name = span_from(name, 3);
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if (span_ends(name, span_text(ends[i])) && name.n > strlen(ends[i]))
			name.n -= strlen(ends[i]);
	return name;
}

/* -- what a command starts -- */

static const struct executable_fact *executable_of(const struct node *n)
{
	for (const struct fact *f = n ? n->facts : NULL; f; f = f->next)
		if (f->kind == FACT_EXECUTABLE)
			return (const struct executable_fact *)f;
	return NULL;
}

static bool has_call(const struct executable_fact *x, const char *name)
{
	for (uint32_t i = 0; i < x->calls.n; i++)
		if (span_is(x->calls.p[i], name))
			return true;
	return false;
}

/* A program of many names shows nothing of what one of them does. */
static bool stays_by_its_code(const struct node *n, struct span name)
{
	const struct executable_fact *x = executable_of(n);

	if (!x || !span_equal(node_name(n), name))
		return false;
	return has_call(x, "daemon") || (has_call(x, "bind") && has_call(x, "listen"));
}

static bool is_never_a_service(struct span name)
{
	return name_matches(
		name,
		"sleep,usleep,echo,cat,logger,true,false,rm,mkdir,mount,umount,cp,mv,ln,chmod,"
		"chown,ifconfig,route,ip,iptables,ip6tables,insmod,modprobe,killall,kill,"
		"wait,sync,date,touch,dd,sed,awk,grep,find,printf,nvram,xmldbc,uci,mknod,"
		"hostname,read,test,sysctl,flock,lock,stty,reset,clear,tee,wc,sort,tr,cut,"
		"wget,curl,tar,gzip,gunzip,reboot,halt,poweroff,vconfig,brctl,depmod,mdev,"
		"traceroute,ping,nslookup,arping,udevadm,udevsettle,swapon,swapoff,fsck*,mkfs*,"
		"ubiattach,ubimkvol,ubus");
}

/* It is asked something, and ends. */
static bool only_answers(const struct launch *l)
{
	struct span name = base_name(l->words.p[0].text);

	for (uint32_t i = 1; i < l->words.n; i++)
		if (name_matches(l->words.p[i].text, "--version,--help,-tt,configtest") ||
		    (span_is(l->words.p[i].text, "-t") &&
		     name_matches(name, "nginx,sshd,lighttpd,apache2,named-checkconf")))
			return true;
	return false;
}

static bool related(struct span owner, struct span program)
{
	return span_find(owner, 0, program) != SIZE_MAX || span_find(program, 0, owner) != SIZE_MAX;
}

void boot_command(struct boot *b, const struct launch *l, const struct service_place *at,
		  struct span condition, bool stays)
{
	struct service_new s = { .at = *at,
				 .name = base_name(l->words.p[0].text),
				 .kind = b->kind,
				 .enabled = b->enabled,
				 .user = l->user,
				 .condition = condition };

	if (s.name.n == 0 || s.name.n > 64 || is_never_a_service(s.name) ||
	    span_find(s.name, 0, span_text("$")) != SIZE_MAX || only_answers(l))
		return;
	s.program = boot_program(b, l->words.p[0].text);
	if (!stays && !l->as_daemon && !daemon_of(s.name) && !stays_by_its_code(s.program, s.name))
		return;
	s.command = launch_text(b, &l->words);
	service_port(b, &s, &l->words);
	if (b->owner.node && !b->owner.told && related(b->owner.name, s.name)) {
		s.name = b->owner.name;
		b->owner.told = true;
	}
	if (b->owner.node)
		s.kind = b->owner.kind;
	service_add(b, &s);
	boot_confined(b, at, l->confined);
}

/* A shell on a line, without anybody asked for a name. */
static bool is_bare_shell(const struct launch *l)
{
	struct span name = base_name(l->words.p[0].text);

	return name_matches(name,
			    "sh,ash,bash,dash,hush,ksh,-sh,-ash,-bash,cttyhack,sulogin-shell");
}

static bool is_login(const struct launch *l)
{
	return is_bare_shell(l) ||
	       name_matches(base_name(l->words.p[0].text), "login,*getty,sulogin");
}

/* init itself starts it again whenever it ends. */
static void tell_entry(struct boot *b, const struct launch *l, const struct service_place *at,
		       struct span condition)
{
	struct service_new s = { .at = *at,
				 .name = base_name(l->words.p[0].text),
				 .kind = b->kind,
				 .enabled = b->enabled,
				 .user = l->user,
				 .condition = condition };

	if (is_bare_shell(l))
		s.name = span_text("console shell without login");
	s.program = boot_program(b, l->words.p[0].text);
	s.command = launch_text(b, &l->words);
	service_port(b, &s, &l->words);
	service_add(b, &s);
	boot_confined(b, at, l->confined);
}

static struct service_place place_of(const struct boot *b, const struct shell_command *c)
{
	if (b->place.node)
		return b->place;
	return (struct service_place){ c->node, c->offset, c->length, c->line };
}

/* -- procd: an instance is put together word by word (OpenWrt, lib/functions/procd.sh) -- */

static void close_instance(struct boot *b)
{
	struct launch l = { .words = b->instance.words,
			    .user = b->instance.user,
			    .confined = b->instance.confined,
			    .as_daemon = true };

	if (l.confined.n && !boot_find(b, span_text("/sbin/ujail")))
		l.confined.n = 0; /* without it procd starts the service as any other */
	if (b->instance.open && l.words.n)
		boot_command(b, &l, &b->instance.place, b->instance.condition, true);
	b->instance = (struct instance){ .open = false };
}

static void set_command(struct boot *b, const struct shell_command *c, bool anew)
{
	struct instance *i = &b->instance;

	if (anew) {
		i->words.n = 0;
		i->place = place_of(b, c);
		i->condition = c->condition;
	}
	for (uint32_t k = 2; k < c->count && i->words.n < SHELL_WORDS; k++)
		i->words.p[i->words.n++] = c->words[k];
}

static bool run_procd(struct boot *b, const struct shell_command *c)
{
	struct span name = c->words[0].text;
	struct span what = c->count > 1 ? c->words[1].text : (struct span){ 0 };
	bool anew = span_is(name, "procd_set_param");
	/* what is added on a condition may not be there */
	bool same_condition = c->condition.n == b->instance.condition.n;

	if (span_is(name, "procd_open_instance")) {
		close_instance(b);
		b->instance.open = true;
	} else if (span_is(name, "procd_close_instance")) {
		close_instance(b);
	} else if (anew || span_is(name, "procd_append_param")) {
		b->instance.open = true;
		if (span_is(what, "command") && (anew || same_condition))
			set_command(b, c, anew);
		else if (span_is(what, "user") && c->count > 2)
			b->instance.user = c->words[2].text;
		else if (name_matches(what, "seccomp,capabilities,no_new_privs") && same_condition)
			b->instance.confined = what;
	} else if (span_is(name, "procd_add_jail")) {
		if (same_condition)
			b->instance.confined = name;
	} else {
		return false;
	}
	return true;
}

/* -- scripts -- */

static void run_line(struct boot *b, struct shell *sh, struct span line,
		     const struct shell_command *c)
{
	struct shell_words none = { .n = 0 };
	struct service_place outer = b->place;
	struct shell_script script = { c->node, line };
	struct shell *inner = malloc(sizeof(*inner));

	(void)sh;
	if (!inner) {
		machine_ran_out();
		return;
	}
	b->place = place_of(b, c);
	shell_run(&b->world, inner, script, none, c->condition);
	b->place = outer;
	free(inner);
}

/* A script that is called by its name, or "service NAME start" (service(8)). */
static const struct node *called_script(struct boot *b, struct launch *l)
{
	const struct node *n;
	struct text t = { 0 };

	if (span_is(l->words.p[0].text, "service") && l->words.n > 2) {
		text_puts(&t, "/etc/init.d/");
		text_put(&t, l->words.p[1].text);
		n = boot_find(b, text_span(&t));
		text_free(&t);
		memmove(l->words.p, l->words.p + 1, (l->words.n - 1) * sizeof(l->words.p[0]));
		l->words.n--;
		return n && is_script(n) ? n : NULL;
	}
	n = boot_program(b, l->words.p[0].text);
	return n && is_script(n) ? n : NULL;
}

static bool only_stops(const struct launch *l)
{
	return l->words.n > 1 &&
	       (span_is(l->words.p[1].text, "stop") || span_is(l->words.p[1].text, "status") ||
		span_is(l->words.p[1].text, "enabled"));
}

static void run_parts(struct boot *b, const struct launch *l, struct span condition);

static void on_command(void *ctx, struct shell *sh, const struct shell_command *c)
{
	struct boot *b = ctx;
	struct launch l;
	struct service_place at = place_of(b, c);
	const struct node *script;

	if (run_procd(b, c))
		return;
	launch_of(c->words, c->count, &l);
	if (l.words.n == 0 || boot_watch(b, &l, c->redirect, &at, c->condition) ||
	    (is_never_a_service(l.words.p[0].text) && !b->entry_stays))
		return;
	if (l.is_text) {
		run_line(b, sh, l.words.p[0].text, c);
		return;
	}
	if (span_is(base_name(l.words.p[0].text), "run-parts")) {
		run_parts(b, &l, c->condition);
		return;
	}
	script = called_script(b, &l);
	if (script && b->entry_stays)
		tell_entry(b, &l, &at, c->condition);
	if (script && !only_stops(&l))
		boot_run(b, script, &l.words, c->condition);
	else if (!script && b->entry_stays && (at.node == c->node || is_login(&l)))
		tell_entry(b, &l, &at, c->condition);
	else if (!script)
		boot_command(b, &l, &at, c->condition, c->background);
}

/* rc.common of OpenWrt reads the script, then calls what it defines. */
static bool has_rc_common(const struct node *n)
{
	struct span line;
	size_t at = 0;

	return line_next(n->kept, &at, &line) && span_starts(line, span_text("#!")) &&
	       span_find(line, 0, span_text("rc.common")) != SIZE_MAX;
}

static void call_rc_common(struct boot *b, struct shell *sh)
{
	if (shell_value(sh, "USE_PROCD").n) {
		b->owner.kind = b->owner.node ? "procd" : b->owner.kind;
		shell_call(sh, "start_service");
		close_instance(b);
	} else if (!shell_call(sh, "boot")) {
		shell_call(sh, "start");
	}
}

/* A script of a service directory is told even if it starts nothing that stays. */
static void tell_script(struct boot *b, const struct shell_words *args, struct span condition)
{
	struct service_new s = { .at = { b->owner.node, 0, b->owner.node->kept.n, 1 },
				 .name = b->owner.name,
				 .kind = b->owner.kind,
				 .enabled = b->enabled,
				 .condition = condition };

	s.command = args->n ? launch_text(b, args) : b->owner.node->path;
	if (!b->owner.told)
		service_add(b, &s);
}

static void run_script(struct boot *b, const struct node *script, const struct shell_words *args,
		       struct span condition)
{
	struct shell *sh = malloc(sizeof(*sh));

	if (!sh) {
		machine_ran_out();
		return;
	}
	shell_run(&b->world, sh, (struct shell_script){ script, script->kept }, *args, condition);
	if (has_rc_common(script))
		call_rc_common(b, sh);
	free(sh);
}

void boot_run(struct boot *b, const struct node *script, const struct shell_words *args,
	      struct span condition)
{
	struct script_owner outer = b->owner;
	struct service_place place = b->place;
	bool stays = b->entry_stays;
	const char *kind = b->kind;

	if (b->runs[script->id] >= MOST_RUNS || b->world.depth >= SHELL_DEPTH / 2)
		return;
	b->runs[script->id]++;
	if (!stays) { /* what init's own script leads to is told at its line */
		b->place = (struct service_place){ 0 };
		b->kind = "init.d";
	}
	b->owner = (struct script_owner){ .kind = b->kind };
	if (boot_is_service(script))
		b->owner = (struct script_owner){ script, service_name(node_name(script)), "init.d",
						  false };
	run_script(b, script, args, condition);
	if (b->owner.node)
		tell_script(b, args, condition);
	b->owner = outer;
	b->place = place;
	b->entry_stays = stays;
	b->kind = kind;
}

/* -- what the shell asks for -- */

static bool on_file(void *ctx, struct span path, struct shell_script *out)
{
	const struct node *n = boot_find(ctx, path);

	if (!n || n->kind != KIND_FILE || (n->kept.n == 0 && n->size))
		return false;
	*out = (struct shell_script){ n, n->kept };
	return true;
}

static bool on_exists(void *ctx, struct span path, int test)
{
	const struct node *n = boot_find(ctx, path);

	if (!n)
		return false;
	switch (test) {
	case 's':
		return n->size > 0;
	case 'd':
		return n->kind == KIND_DIRECTORY;
	case 'f':
		return n->kind == KIND_FILE;
	case 'x':
		return !n->has_mode || n->mode & 0111;
	default:
		return true;
	}
}

static int by_bytes(const void *a, const void *b)
{
	return span_compare(*(const struct span *)a, *(const struct span *)b);
}

/* Names that match, in one directory whose name is known. */
struct spans boot_glob(void *ctx, struct span pattern)
{
	struct boot *b = ctx;
	struct span name = base_name(pattern);
	const struct node *folder = boot_find(b, span_head(pattern, pattern.n - name.n));
	struct span *list = arena_take(&b->scratch, MOST_GLOBBED, sizeof(*list));
	struct spans out = { list, 0 };
	char glob[128];

	if (!folder || !list || name.n >= sizeof(glob) || name.n == 0 ||
	    span_find(name, 0, span_text(",")) != SIZE_MAX)
		return out;
	for (size_t i = 0, k = 0; i <= name.n; i++) /* [0-9] matches what ? does, and more */
		if (span_byte(name, i) == '[') {
			size_t end = span_find(name, i, span_text("]"));

			glob[k++] = '?';
			glob[k] = '\0';
			i = end < name.n ? end : i;
		} else {
			glob[k++] = i < name.n ? (char)name.p[i] : '\0';
		}
	for (const struct node *n = folder->children;
	     n && out.n < MOST_GLOBBED && b->world.budget > COST_OF_A_NAME; n = n->next) {
		b->world.budget -= COST_OF_A_NAME;
		if (n->container == b->root && name_matches(node_name(n), glob))
			list[out.n++] = n->path;
	}
	qsort(list, out.n, sizeof(*list), by_bytes);
	return out;
}

const struct shell_hooks boot_hooks = { on_command, on_file, on_exists, boot_glob };

/* run-parts [--arg=start] [-a start] DIRECTORY */
static void run_parts(struct boot *b, const struct launch *l, struct span condition)
{
	struct span folder = l->words.p[l->words.n - 1].text;
	struct shell_words args = { .n = 1 };
	struct text t = { 0 };
	struct spans files;

	for (uint32_t i = 1; i + 1 < l->words.n; i++) {
		struct span w = l->words.p[i].text;

		if (span_starts(w, span_text("--arg=")))
			args.p[args.n++] = (struct shell_word){ span_from(w, 6), true };
		else if (span_is(w, "-a") && i + 2 < l->words.n)
			args.p[args.n++] = l->words.p[++i];
		if (args.n == SHELL_WORDS)
			break;
	}
	text_put(&t, folder);
	text_puts(&t, "/*");
	files = boot_glob(b, text_span(&t));
	text_free(&t);
	for (uint32_t i = 0; i < files.n; i++) {
		const struct node *n = boot_find(b, files.p[i]);

		args.p[0] = (struct shell_word){ files.p[i], true };
		if (n && is_script(n))
			boot_run(b, n, &args, condition);
	}
}
