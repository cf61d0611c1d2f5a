/* service_boot.c - the boot as inittab and its scripts lead it: init starts what inittab says,
 * rcS and rc the scripts of their directories, scripts their daemons. Scripts that nothing reaches
 * are told too, as not enabled. inittab(5) of sysvinit; init of BusyBox, init/init.c; rc.common and
 * procd of OpenWrt. */
#include <stdlib.h>

#include "base/text.h"
#include "observe/service.h"

#define MOST_LINES    4096
#define DEFAULT_LEVEL 2 /* Debian's, where inittab names none but has level directories */

/* -- directories of levels -- */

/* S links of a directory start what they name; rc.common takes "boot", all others "start". */
static void run_links(struct boot *b, struct span folder)
{
	struct text t = { 0 };
	struct spans links;

	text_put(&t, folder);
	text_puts(&t, "/S??*");
	links = boot_glob(b, text_span(&t));
	text_free(&t);
	for (uint32_t i = 0; i < links.n; i++) {
		const struct node *n = boot_find(b, links.p[i]);
		struct shell_words args = { .n = 2 };

		if (!n || !is_script(n) || b->runs[n->id])
			continue;
		args.p[0] = (struct shell_word){ links.p[i], true };
		args.p[1] = (struct shell_word){ span_text("start"), true };
		b->enabled = true;
		boot_run(b, n, &args, (struct span){ 0 });
	}
}

static void run_levels(struct boot *b)
{
	char folder[32];
	unsigned level = b->level ? b->level : DEFAULT_LEVEL;

	run_links(b, span_text("/etc/rc.d"));
	run_links(b, span_text("/etc/rcS.d"));
	run_links(b, span_text("/etc/rc.d/rcS.d"));
	snprintf(folder, sizeof(folder), "/etc/rc%u.d", level);
	run_links(b, span_text(folder));
	snprintf(folder, sizeof(folder), "/etc/rc.d/rc%u.d", level);
	run_links(b, span_text(folder));
}

/* -- inittab -- */

struct inittab_line {
	struct span id, levels, action, process;
	uint64_t at;
	uint32_t line;
};

static bool is_in_levels(const struct boot *b, const struct inittab_line *e)
{
	char digit = (char)('0' + b->level);

	return b->level == 0 || e->levels.n == 0 ||
	       span_find(e->levels, 0, (struct span){ (const uint8_t *)&digit, 1 }) != SIZE_MAX;
}

/* One process: followed if it is a script, told if it stays. */
static void run_entry(struct boot *b, const struct inittab_line *e, const struct node *table,
		      bool stays)
{
	struct shell_words none = { .n = 0 };
	struct shell *sh = malloc(sizeof(*sh));
	struct span process = e->process;

	if (!sh) {
		machine_ran_out();
		return;
	}
	while (process.n && memchr("-@+ ", process.p[0], 4))
		process = span_from(process, 1); /* a login shell; no accounting */
	b->kind = "inittab";
	b->entry_stays = stays;
	b->place = (struct service_place){
		table, e->at, span_place(table->kept, e->process) + e->process.n - e->at, e->line
	};
	shell_run(&b->world, sh, (struct shell_script){ table, process }, none, (struct span){ 0 });
	b->place = (struct service_place){ 0 };
	b->entry_stays = false;
	b->kind = "init.d";
	free(sh);
}

static bool next_entry(const struct node *table, size_t *at, uint32_t *line, struct inittab_line *e)
{
	struct span text;
	size_t from = *at;

	while (line_next(table->kept, at, &text)) {
		struct span rest = text;

		++*line;
		e->at = from;
		e->line = *line;
		from = *at;
		if (*line > MOST_LINES)
			return false;
		if (text.n == 0 || text.p[0] == '#')
			continue;
		e->id = field_next(&rest, ':');
		e->levels = field_next(&rest, ':');
		e->action = field_next(&rest, ':');
		e->process = rest;
		while (e->process.n && memchr(" \t\r", e->process.p[e->process.n - 1], 3))
			e->process.n--;
		if (e->action.n)
			return true;
	}
	return false;
}

enum action { ACTION_NONE, ACTION_RUN, ACTION_STAY };

static enum action action_of(struct span name)
{
	static const struct {
		const char *name;
		enum action action;
	} actions[] = {
		{ "sysinit", ACTION_RUN },     { "boot", ACTION_RUN },
		{ "bootwait", ACTION_RUN },    { "wait", ACTION_RUN },
		{ "once", ACTION_RUN },        { "respawn", ACTION_STAY },
		{ "askfirst", ACTION_STAY },   { "respawnlate", ACTION_STAY },
		{ "askconsole", ACTION_STAY }, { "askconsolelate", ACTION_STAY },
	};

	for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++)
		if (span_is(name, actions[i].name))
			return actions[i].action;
	return ACTION_NONE;
}

static void run_inittab(struct boot *b, const struct node *table)
{
	struct inittab_line e;
	size_t at = 0;
	uint32_t line = 0;

	while (next_entry(table, &at, &line, &e))
		if (span_is(e.action, "initdefault") && e.levels.n)
			b->level = (unsigned)(e.levels.p[e.levels.n - 1] - '0') % 10;
	at = line = 0;
	while (next_entry(table, &at, &line, &e)) {
		enum action action = action_of(e.action);

		if (action != ACTION_NONE && is_in_levels(b, &e))
			run_entry(b, &e, table, action == ACTION_STAY);
	}
}

/* -- without inittab -- */

/* init of BusyBox runs rcS and a shell; a kernel runs /init or /linuxrc. */
static void run_first_scripts(struct boot *b)
{
	static const char *const first[] = { "/init",     "/linuxrc",        "/sbin/init",
					     "/bin/init", "/etc/init.d/rcS", "/etc/rcS",
					     "/etc/rc",   "/etc/rc.sysinit", "/etc/preinit" };

	for (size_t i = 0; i < sizeof(first) / sizeof(first[0]); i++) {
		const struct node *n = boot_find(b, span_text(first[i]));
		struct shell_words args = { .n = 1 };

		if (!n || !is_script(n) || b->runs[n->id])
			continue;
		args.p[0] = (struct shell_word){ span_text(first[i]), true };
		boot_run(b, n, &args, (struct span){ 0 });
	}
}

static void run_unreached(struct boot *b)
{
	b->enabled = false;
	for (uint32_t i = 0; i < b->file_count; i++) {
		const struct node *n = b->files[i];
		struct shell_words args = { .n = 2 };

		if (!boot_is_service(n) || b->runs[n->id] || !is_script(n))
			continue;
		args.p[0] = (struct shell_word){ n->path, true };
		args.p[1] = (struct shell_word){ span_text("start"), true };
		boot_run(b, n, &args, (struct span){ 0 });
	}
}

void boot_scripts(struct boot *b)
{
	bool has_table = false;

	b->world.hooks = &boot_hooks;
	b->world.ctx = b;
	b->world.arena = &b->scratch;
	b->world.depth = 0;
	b->enabled = true;
	b->kind = "init.d";
	b->owner = (struct script_owner){ .kind = "init.d" };
	b->place = (struct service_place){ 0 };
	b->instance = (struct instance){ .open = false };
	for (uint32_t i = 0; i < b->file_count; i++) {
		struct span path = b->files[i]->path;

		if (!span_ends(path, span_text("/inittab")) || path.n >= 24)
			continue;
		has_table = true;
		run_inittab(b, b->files[i]);
	}
	if (!has_table)
		run_first_scripts(b);
	run_levels(b);
	run_unreached(b);
}
