/* service_supervise.c - services under a supervisor: a folder with a script "run" (runit's
 * runsv(8), s6-supervise, s6-overlay), and what monit(1) starts. Whether the supervisor itself is
 * started is told with each. */
#include "base/text.h"
#include "observe/service.h"

#define MOST_LINES 4096
#define MOST_PATH  256

static const char run_files[] = "sv/*/run,service/*/run,services/*/run,services.d/*/run,"
				"runsvdir/*/*/run,s6-rc.d/*/run,s6-rc/*/*/run,s6/*/run";
static const char monit_files[] = "monitrc,monit/conf.d/*,monit/conf-enabled/*,monit.d/*,"
				  "monitrc.d/*,monit/monitrc.d/*";

bool supervised_reads(const struct node *n)
{
	struct span name = node_name(n);

	return (span_is(name, "run") && path_matches(n->path, run_files)) ||
	       (span_find(n->path, 0, span_text("monit")) != SIZE_MAX &&
		path_matches(n->path, monit_files));
}

/* -- a folder with a script -- */

/* ".../NAME/run": NAME. */
static struct span folder_name(struct span path)
{
	path = span_head(path, path.n - 4);
	return base_name(path);
}

static bool exists(struct boot *b, const char *folder, struct span name, const char *file,
		   const struct node *wanted)
{
	char path[MOST_PATH];
	const struct node *n;

	if (name.n > MOST_PATH / 2)
		return false;
	snprintf(path, sizeof(path), "%s/%.*s%s", folder, (int)name.n, (const char *)name.p, file);
	n = boot_find(b, span_text(path));
	return n && (!wanted || n == wanted);
}

/* runsvdir and s6-svscan start what lies in their folder, or is linked into it, and has no file
 * "down"; s6-overlay what is named in a bundle. */
static bool is_enabled(struct boot *b, const struct node *run, struct span name)
{
	static const char *const folders[] = { "/etc/service",
					       "/service",
					       "/var/service",
					       "/run/service",
					       "/etc/runit/runsvdir/default",
					       "/etc/runit/runsvdir/current",
					       "/etc/s6/service",
					       "/etc/services.d" };

	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
		if (exists(b, folders[i], name, "/run", run))
			return !exists(b, folders[i], name, "/down", NULL);
	return exists(b, "/etc/s6-overlay/s6-rc.d/user/contents.d", name, "", NULL);
}

static bool is_word(struct span first, const char *words)
{
	return first.n && name_matches(first, words);
}

/* The line with the command that stays: the last with exec, else the last that is one; with those
 * that go on into it. */
static struct span last_line(struct span text, uint32_t *number)
{
	struct span line, last = { 0 };
	bool has_exec = false, goes_on = false;
	size_t at = 0;

	for (uint32_t i = 1; i <= MOST_LINES && line_next(text, &at, &line); i++) {
		struct span rest = line, first = word_next(&rest), second = word_next(&rest);
		bool is_exec = is_word(first, "exec") && second.n && second.p[0] != '>' &&
			       second.p[0] != '<' && span_find(second, 0, span_text(">")) > 1;

		if (goes_on) {
			last = span_sub(text, span_place(text, last),
					span_place(text, line) + line.n - span_place(text, last));
		} else if (first.n == 0 || first.p[0] == '#' ||
			   is_word(first, "fi,done,esac,},else,then,;;")) {
			continue;
		} else if (is_exec || !has_exec) {
			last = line;
			*number = i;
			has_exec |= is_exec;
			goes_on = true;
		}
		goes_on = goes_on && line.n && line.p[line.n - 1] == '\\';
	}
	return last;
}

/* Chain loading programs that stand in front of others in scripts of s6, with how many words of
 * their own they take behind their options. */
static uint32_t words_of_chain(struct span name)
{
	static const struct {
		const char *name;
		uint32_t words;
	} chains[] = {
		{ "fdmove", 2 },
		{ "redirfd", 3 },
		{ "with-contenv", 0 },
		{ "s6-envdir", 1 },
		{ "s6-notifyoncheck", 0 },
		{ "s6-softlimit", 0 },
		{ "cd", 1 },
		{ "umask", 1 },
		{ "importas", 2 },
		{ "s6-fdholder", 0 },
		{ "emptyenv", 0 },
		{ "export", 2 },
	};

	for (size_t i = 0; i < sizeof(chains) / sizeof(chains[0]); i++)
		if (span_is(name, chains[i].name))
			return chains[i].words + 1;
	return 0;
}

static void split(struct span text, struct shell_words *w)
{
	struct span line, word;
	size_t at = 0;

	while (line_next(text, &at, &line))
		while (w->n < SHELL_WORDS && (word = word_next(&line)).n)
			if (!span_is(word, "\\"))
				w->p[w->n++] =
					(struct shell_word){ bare_value(word),
							     span_find(word, 0, span_text("$")) ==
								     SIZE_MAX };
}

/* Without the programs that only load the next one. */
static const struct shell_word *without_chain(const struct shell_words *w, uint32_t *count)
{
	uint32_t from = 0, skip;

	while (from < w->n && (skip = words_of_chain(base_name(w->p[from].text))) > 0) {
		from++;
		while (from < w->n && span_byte(w->p[from].text, 0) == '-')
			from++;
		from += skip - 1;
	}
	from = from < w->n ? from : w->n;
	*count = w->n - from;
	return w->p + from;
}

/* One that a supervisor starts: `line` is its command. */
static void tell(struct boot *b, struct service_new *s, struct span line, const char *supervisor,
		 const char *unless)
{
	struct shell_words words = { .n = 0 };
	const struct shell_word *first;
	struct launch l;
	uint32_t count;

	split(line, &words);
	first = without_chain(&words, &count);
	launch_of(first, count, &l);
	if (l.words.n == 0 || l.is_text || s->name.n == 0 ||
	    span_find(l.words.p[0].text, 0, span_text("$")) != SIZE_MAX)
		return;
	if (!s->user.n)
		s->user = l.user;
	s->program = boot_program(b, l.words.p[0].text);
	s->command = launch_text(b, &l.words);
	if (!boot_is_started(b, supervisor))
		s->condition = span_text(unless);
	service_port(b, s, &l.words);
	service_add(b, s);
	boot_confined(b, &s->at, l.confined);
}

static void read_run(struct boot *b, const struct node *n)
{
	bool s6 = span_find(n->path, 0, span_text("s6")) != SIZE_MAX ||
		  path_matches(n->path, "services.d/*/run") ||
		  span_find(span_head(n->kept, 64), 0, span_text("execlineb")) != SIZE_MAX;
	struct service_new s = { .name = folder_name(n->path), .kind = s6 ? "s6" : "runit" };
	struct span line = last_line(n->kept, &s.at.line);

	s.at.node = n;
	s.at.offset = span_place(n->kept, line);
	s.at.length = line.n;
	s.enabled = is_enabled(b, n, s.name);
	if (line.n)
		tell(b, &s, line, s6 ? "s6-svscan,s6-linux-init" : "runsvdir,runit,runit-init",
		     s6 ? "s6-svscan is started by nothing that was read"
			: "runsvdir is started by nothing that was read");
}

/* -- monit -- */

static struct span quoted(struct span s)
{
	size_t from = span_find(s, 0, span_text("\""));
	struct span rest = from == SIZE_MAX ? (struct span){ 0 } : span_from(s, from + 1);

	return span_head(rest, span_find(rest, 0, span_text("\"")));
}

/* start program = "COMMAND" as uid "USER" */
static void read_start(struct boot *b, const struct node *n, struct span name, struct span line,
		       uint32_t number)
{
	struct service_new s = { .at = { n, span_place(n->kept, line), line.n, number },
				 .name = name,
				 .kind = "monit",
				 .enabled = true };
	struct span command = quoted(line), rest;
	size_t at = span_find(line, 0, span_text("uid"));

	if (command.n == 0)
		return;
	if (at != SIZE_MAX && at > span_place(line, command)) {
		rest = span_from(line, at + 3);
		s.user = bare_value(word_next(&rest));
	}
	tell(b, &s, command, "monit", "monit is started by nothing that was read");
}

static void read_monit(struct boot *b, const struct node *n)
{
	struct span line, name = { 0 };
	size_t at = 0;

	for (uint32_t i = 1; i <= MOST_LINES && line_next(n->kept, &at, &line); i++) {
		struct span rest = line, first = word_next(&rest), second = word_next(&rest);

		if (key_matches(first, "check"))
			name = key_matches(second, "process") ? bare_value(word_next(&rest))
							      : (struct span){ 0 };
		else if (name.n && key_matches(first, "start"))
			read_start(b, n, name, line, i);
	}
}

void boot_supervised(struct boot *b)
{
	for (uint32_t i = 0; i < b->file_count; i++) {
		const struct node *n = b->files[i];

		if (span_is(node_name(n), "run") && path_matches(n->path, run_files))
			read_run(b, n);
		else if (supervised_reads(n))
			read_monit(b, n);
	}
}
