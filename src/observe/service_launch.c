/* service_launch.c - a command line without what only surrounds the program: nice, env, su,
 * start-stop-daemon and their like, which tell as whom it runs and that it is to stay. */
#include "base/text.h"
#include "observe/service.h"

#define MOST_WRAPPERS 8

struct span launch_text(struct boot *b, const struct shell_words *words)
{
	struct text t = { 0 };
	struct span whole;

	for (uint32_t i = 0; i < words->n; i++) {
		text_puts(&t, i ? " " : "");
		text_put(&t, words->p[i].text);
	}
	whole = arena_copy(&b->scratch, text_span(&t));
	text_free(&t);
	return whole;
}

static void drop(struct shell_words *w, uint32_t count)
{
	count = count < w->n ? count : w->n;
	memmove(w->p, w->p + count, (w->n - count) * sizeof(w->p[0]));
	w->n -= count;
}

static bool is_option(const struct shell_word *w)
{
	return (w->text.n > 1 && w->text.p[0] == '-') || (w->text.n > 1 && w->text.p[0] == '+');
}

static bool is_number(struct span s)
{
	uint64_t n;
	size_t used;

	return span_number(s, 10, &n, &used) && used == s.n;
}

/* Options in front of the program: those of `with` take the next word. */
struct wrapper {
	const char *name;
	const char *with, *user; /* options with a value; the one that gives a user */
	bool user_first, stays, number_first;
};

static const struct wrapper wrappers[] = {
	{ "exec", "-a,", "", false, false, false },
	{ "nohup", "", "", false, true, false },
	{ "setsid", "", "", false, true, false },
	{ "command", "", "", false, false, false },
	{ "time", "", "", false, false, false },
	{ "nice", "-n,", "", false, false, false },
	{ "ionice", "-n,-c,", "", false, false, false },
	{ "chrt", "", "", false, false, true },
	{ "taskset", "-c,", "", false, false, true },
	{ "env", "-u,", "", false, false, false },
	{ "busybox", "", "", false, false, false },
	{ "sudo", "-u,-g,", "-u", false, false, false },
	{ "runuser", "-u,-g,", "-u", false, false, false },
	{ "chpst", "-u,-U,-e,-b,-n,-l,-L,-m,-o,-p,", "-u", false, true, false },
	{ "setuidgid", "", "", true, false, false },
	{ "s6-setuidgid", "", "", true, false, false },
	{ "su-exec", "", "", true, false, false },
	{ "gosu", "", "", true, false, false },
	{ "chroot", "--userspec,", "", true, false, false },
	{ "daemon", "--user,-u,--pidfile,", "--user", false, true, false },
	{ "daemonize", "-u,-p,-l,-o,-e,-c,-E,", "-u", false, true, false },
	{ "start_daemon", "-n,-p,", "", false, true, false },
	{ "service_start", "", "", false, true, false },
	{ "respawn", "", "", false, true, false },
	{ "stdbuf", "-i,-o,-e,", "", false, false, false },
	{ "timeout", "-s,-k,-t,", "", false, false, true },
	{ "unshare", "", "", false, false, false },
	{ "ujail", "-n,-S,-C,-U,-G,-r,-w,-T,-R,-d,-h,", "-U", false, true, false },
};

/* Those that give it less to see or to do than others have. */
static bool confines(struct span name)
{
	return name_matches(name, "chroot,unshare,ujail,firejail,bwrap");
}

static const struct wrapper *wrapper_of(struct span name)
{
	for (size_t i = 0; i < sizeof(wrappers) / sizeof(wrappers[0]); i++)
		if (span_is(name, wrappers[i].name))
			return &wrappers[i];
	return NULL;
}

static bool is_one_of(struct span option, const char *list)
{
	struct span rest = span_text(list);

	while (rest.n)
		if (span_equal(field_next(&rest, ','), option))
			return true;
	return false;
}

/* "--user=nobody" beside "--user nobody". */
static void take_options(struct launch *l, const struct wrapper *wrap)
{
	while (l->words.n && (is_option(&l->words.p[0]) ||
			      (span_is(span_text(wrap->name), "env") &&
			       span_find(l->words.p[0].text, 0, span_text("=")) != SIZE_MAX))) {
		struct span option = l->words.p[0].text, value = option;
		bool ends = span_is(option, "--");

		field_next(&value, '=');
		option = span_head(option, option.n - value.n - (value.n > 0));
		drop(&l->words, 1);
		if (ends)
			return;
		if (value.n == 0 && is_one_of(option, wrap->with) && l->words.n) {
			value = l->words.p[0].text;
			drop(&l->words, 1);
		}
		if (wrap->user[0] && span_is(option, wrap->user))
			l->user = value;
	}
}

static void unwrap(struct launch *l, const struct wrapper *wrap)
{
	drop(&l->words, 1);
	take_options(l, wrap);
	l->as_daemon |= wrap->stays;
	if (wrap->number_first && l->words.n && !is_option(&l->words.p[0]))
		drop(&l->words, 1);
	if (wrap->user_first && l->words.n) {
		if (!span_is(span_text(wrap->name), "chroot"))
			l->user = l->words.p[0].text;
		drop(&l->words, 1);
	}
}

/* start-stop-daemon -S -b -c user -x program -- words (start-stop-daemon(8)). */
static void read_start_stop(struct launch *l)
{
	static const char with[] = "-p,--pidfile,-n,--name,-u,--user,-g,--group,-r,--chroot,-d,"
				   "--chdir,-k,--umask,-N,--nicelevel,-P,--procsched,-I,--iosched,"
				   "-s,--signal,-R,--retry,-K,-e,--env,-1,-2,--stdout,--stderr,";
	struct shell_words out = { .n = 0 };
	struct span program = { 0 };
	bool stops = false;
	uint32_t i = 1;

	for (; i < l->words.n && !span_is(l->words.p[i].text, "--"); i++) {
		struct span o = l->words.p[i].text, value = o;
		bool has_next = i + 1 < l->words.n;

		field_next(&value, '=');
		o = span_head(o, o.n - value.n - (value.n > 0));
		/* -K is --stop; in OpenRC too */
		stops |= is_one_of(o, "-K,--stop") || (o.n > 1 && o.p[0] == '-' && o.p[1] == 'K');
		if (!is_option(&l->words.p[i])) {
			if (program.n == 0) /* OpenRC and sloppy scripts give it bare */
				program = o;
			continue;
		}
		if (is_one_of(o, "-x,--exec,-a,--startas,-c,--chuid,") ||
		    (o.n > 2 && o.p[1] != '-' && o.p[o.n - 1] == 'x')) {
			struct span given = value.n    ? value
					    : has_next ? l->words.p[++i].text
						       : (struct span){ 0 };

			if (is_one_of(o, "-c,--chuid"))
				l->user = given;
			else
				program = given;
		} else if (value.n == 0 && is_one_of(o, with) && !span_is(o, "-K")) {
			i++;
		}
	}
	if (stops || !program.n) {
		l->words.n = 0;
		return;
	}
	out.p[out.n++] = (struct shell_word){ program, true };
	for (i++; i < l->words.n && out.n < SHELL_WORDS; i++)
		out.p[out.n++] = l->words.p[i];
	l->words = out;
	l->as_daemon = true;
}

/* su [-] [-s shell] user -c "line" (su(1)): the line is for a shell. */
static void read_su(struct launch *l)
{
	struct span line = { 0 }, user = { 0 };

	for (uint32_t i = 1; i < l->words.n; i++) {
		struct span w = l->words.p[i].text;

		if ((span_is(w, "-c") || span_is(w, "--command")) && i + 1 < l->words.n)
			line = l->words.p[++i].text;
		else if (span_is(w, "-s") || span_is(w, "--shell"))
			i++;
		else if (w.n && w.p[0] != '-' && user.n == 0)
			user = w;
	}
	l->user = user;
	l->words.n = line.n > 0;
	l->words.p[0] = (struct shell_word){ line, true };
	l->is_text = line.n > 0;
}

static bool is_shell(struct span name)
{
	return name_matches(name, "sh,ash,bash,dash,ksh,hush,mksh,-sh,-ash,-bash");
}

/* sh -c "line", sh [-x] file words */
static void read_shell(struct launch *l)
{
	uint32_t i = 1;

	while (i < l->words.n && is_option(&l->words.p[i]) && !span_is(l->words.p[i].text, "-c"))
		i++;
	if (i < l->words.n && span_is(l->words.p[i].text, "-c")) {
		drop(&l->words, i + 1);
		l->is_text = l->words.n > 0;
	} else if (i < l->words.n) {
		drop(&l->words, i);
	}
}

void launch_of(const struct shell_word *words, uint32_t count, struct launch *l)
{
	*l = (struct launch){ .words.n = count < SHELL_WORDS ? count : SHELL_WORDS };
	memcpy(l->words.p, words, l->words.n * sizeof(words[0]));
	for (int i = 0; i < MOST_WRAPPERS && l->words.n && !l->is_text; i++) {
		struct span name = base_name(l->words.p[0].text);
		const struct wrapper *wrap = wrapper_of(name);

		if (confines(name))
			l->confined = name;
		if (span_is(name, "start-stop-daemon")) {
			read_start_stop(l);
		} else if (span_is(name, "su")) {
			read_su(l);
		} else if (is_shell(name) && l->words.n > 1) {
			uint32_t before = l->words.n;

			read_shell(l);
			if (l->words.n == before)
				return; /* options alone */
		} else if (wrap) {
			unwrap(l, wrap);
		} else {
			return;
		}
	}
	while (l->words.n > 1 && is_number(l->words.p[0].text))
		drop(&l->words, 1);
}
