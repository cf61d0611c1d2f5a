/* job.c - the supervisor: forks a worker into the jail, waits, and begins again without the parser
 * that killed it. It holds every file; the worker only writes to what it was given. */
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/names.h"
#include "cli/cli.h"
#include "codec/codec.h"
#include "observe/observe.h"
#include "tree/search.h"

#define MOST_RESTARTS 8
#define TICK_MS       100
#define ARENAS_A_JOB  8

/* Everything that a library would load at its first use is loaded here (DESIGN.md 5). */
static bool load_all(void)
{
	/* libarchive turns names into the locale's charset and local times into UTC: both are
	 * fixed, so that neither the user's settings nor a file outside the jail matter. */
	setlocale(LC_CTYPE, "C.UTF-8");
	setenv("TZ", "UTC0", 1);
	tzset();
	names_start();
	hash_start();
	codec_start();
	observe_start();
	requirements_start();
	return search_start() && know_start();
}

static int by_value(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

static bool close_jail(const struct job *j)
{
	int keep[MOST_OUTPUTS + 8], n = 0;
	enum jail_state state;

	for (int i = 0; i < j->output_count; i++)
		keep[n++] = j->outputs[i].fd;
	keep[n++] = j->text_fd;
	keep[n++] = j->spill.fd;
	if (j->frames_fd >= 0)
		keep[n++] = j->frames_fd;
	qsort(keep, (size_t)n, sizeof(keep[0]), by_value);
	state = jail_close(keep, (size_t)n);
	if (state == JAIL_REFUSED)
		return complain(NULL, "evenhand parses no image without it.",
				"this system offers no seccomp");
	if (state == JAIL_NO_LANDLOCK && !j->options->quiet)
		complain(NULL, NULL, "this kernel has no Landlock; seccomp stands alone");
	return true;
}

/* The worker's whole life. It never returns. */
static _Noreturn void worker(struct job *j)
{
	if (!journal_handlers(j->journal, guard_describe))
		_exit(EXIT_TROUBLE);
	/* As many as malloc would take, which for its ninth thread opens a file to count the
	 * processors; in the jail that is the end. */
	mallopt(M_ARENA_MAX, ARENAS_A_JOB * (int)j->options->jobs);
	if (j->options->no_jail)
		fputs("evenhand: --no-jail: the image is parsed without the jail\n", stderr);
	else if (!close_jail(j))
		_exit(EXIT_TROUBLE);
	j->journal->result = j->work(j);
	j->journal->machine_out = machine_is_out();
	_exit(EXIT_PASSED);
}

static uint64_t progress_sum(const struct job *j)
{
	return j->journal->bytes_done + j->journal->nodes_done + (uint64_t)j->journal->phase;
}

/* Waits for the end, draws progress, and is the watchdog behind the limits. False: it was ended. */
static bool wait_for(struct job *j, pid_t pid, int *status)
{
	struct timespec tick = { 0, TICK_MS * 1000000L };
	uint64_t last = progress_sum(j), still = 0;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	while (waitpid(pid, status, WNOHANG) == 0) {
		sigtimedwait(&set, NULL, &tick);
		progress_show(j);
		still = progress_sum(j) == last ? still + TICK_MS : 0;
		last = progress_sum(j);
		if (still >= j->options->watchdog * 1000) {
			kill(pid, SIGKILL);
			waitpid(pid, status, 0);
			return false;
		}
	}
	return true;
}

static pid_t start(struct job *j, int frames[2])
{
	sigset_t set, old;
	pid_t pid;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, &old);
	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		sigprocmask(SIG_SETMASK, &old, NULL);
		if (j->serve)
			close(frames[0]);
		worker(j);
	}
	return pid;
}

static bool holds(const struct input *in, uint64_t address)
{
	uint64_t base = (uintptr_t)in->bytes.p;

	return address >= base && address - base < in->bytes.n;
}

/* The mapped file at that address, or NULL. */
static const struct input *input_at(const struct job *j, uint64_t address)
{
	if (holds(j->input, address))
		return j->input;
	if (j->second && holds(j->second, address))
		return j->second;
	for (int i = 0; j->feeds && i < j->feeds->feed_count; i++)
		if (holds(&j->feeds->feeds[i], address))
			return &j->feeds->feeds[i];
	for (int i = 0; j->feeds && i < j->feeds->vex_count; i++)
		if (holds(&j->feeds->vex[i], address))
			return &j->feeds->vex[i];
	return NULL;
}

/* Each attempt begins with empty outputs. */
static void rewind_outputs(struct job *j)
{
	for (int i = 0; i < j->output_count; i++) {
		(void)!ftruncate(j->outputs[i].fd, 0);
		lseek(j->outputs[i].fd, 0, SEEK_SET);
	}
	(void)!ftruncate(j->text_fd, 0);
	lseek(j->text_fd, 0, SEEK_SET);
	(void)!ftruncate(j->spill.fd, 0);
	j->spill.end = 0;
	j->journal->bytes_done = j->journal->nodes_done = j->journal->nodes_known = 0;
	j->journal->phase = 0;
}

/* What a dead worker means: begin again (true), or an end with a sentence. */
static bool again(struct job *j, int status)
{
	const struct journal *log = j->journal;
	char what[24], where[512];

	if (log->died && log->signal == SIGBUS && input_at(j, log->address))
		return complain(input_at(j, log->address)->name,
				"Nothing was written. Scan it again when nobody writes to it.",
				"it shrank while it was read");
	if (!log->died && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
		return complain(j->input->name,
				"Nothing was written. More memory, or fewer --jobs, may help.",
				"the system ended the worker, as it does when memory runs out");
	snprintf(what, sizeof(what), "%s", log->dead.what);
	snprintf(where, sizeof(where), "%s", log->dead.locator);
	if (!journal_quarantine(j->journal))
		return complain(j->input->name,
				"Nothing was written. Please report it, with the image if you may.",
				"evenhand itself failed (signal %d)",
				WIFSIGNALED(status) ? WTERMSIG(status) : log->signal);
	progress_end();
	fprintf(stderr, "restarted   without %s at %s: its parser died; the rest goes on\n", what,
		where);
	return true;
}

static bool print_text(struct job *j)
{
	static char buffer[1 << 16];
	ssize_t n;

	lseek(j->text_fd, 0, SEEK_SET);
	fflush(stdout);
	while ((n = read(j->text_fd, buffer, sizeof(buffer))) > 0)
		if (!write_all(STDOUT_FILENO, buffer, (size_t)n))
			return complain("standard output", NULL, "it could not be written: %s",
					strerror(errno));
	return n == 0;
}

static bool commit_all(struct job *j)
{
	bool ok = true;

	for (int i = 0; i < j->output_count; i++)
		ok = output_commit(&j->outputs[i]) && ok;
	return ok;
}

/* One worker's life; *finished when it ended by itself. False: no report. */
static bool run_once(struct job *j, bool *finished)
{
	int status = 0, frames[2] = { -1, -1 };
	bool alive;
	pid_t pid;

	*finished = false;
	rewind_outputs(j);
	if (j->serve && pipe2(frames, O_CLOEXEC))
		return complain(NULL, NULL, "no pipe: %s", strerror(errno));
	j->frames_fd = frames[1];
	pid = start(j, frames);
	if (pid < 0)
		return complain(NULL, NULL, "no process: %s", strerror(errno));
	if (j->serve) {
		close(frames[1]);
		j->serve(j, frames[0]);
		close(frames[0]);
	}
	alive = wait_for(j, pid, &status);
	progress_end();
	if (!alive)
		return complain(j->input->name,
				"Nothing was written. Please report it, with the image if you may.",
				"no progress for %llu seconds; it was given up",
				(unsigned long long)j->options->watchdog);
	*finished = WIFEXITED(status) && WEXITSTATUS(status) == EXIT_PASSED;
	if (*finished)
		return true;
	if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_TROUBLE)
		return false; /* it said why */
	return again(j, status);
}

static int finish(struct job *j)
{
	if (j->journal->machine_out) {
		complain(j->input->name,
			 "Nothing was written. Set TMPDIR to a folder with more room, or free "
			 "memory.",
			 "memory or room for unpacked contents ran out");
		return EXIT_TROUBLE;
	}
	if (j->journal->result == EXIT_TROUBLE || !input_unchanged(j->input) ||
	    (j->second && !input_unchanged(j->second)) ||
	    (j->feeds && !feeds_unchanged(j->feeds)) || !commit_all(j) ||
	    !(j->take ? j->take(j) : print_text(j)))
		return EXIT_TROUBLE;
	return j->journal->result;
}

struct job job_new(struct options *o, struct input *in, int (*work)(struct job *j))
{
	return (struct job){ .options = o,
			     .input = in,
			     .work = work,
			     .text_fd = -1,
			     .spill = { .fd = -1 },
			     .frames_fd = -1 };
}

int job_run(struct job *j)
{
	bool finished = false;
	int code = EXIT_TROUBLE;

	j->journal = journal_new();
	j->text_fd = memfd_create("text", MFD_CLOEXEC);
	j->spill.fd = temporary_file();
	if (!j->journal || j->text_fd < 0 || j->spill.fd < 0)
		complain(NULL, "Set TMPDIR to a folder with room.", "no temporary file: %s",
			 strerror(errno));
	else if (!load_all())
		complain(NULL, NULL, "no memory");
	else {
		progress_start(j);
		for (int i = 0; i <= MOST_RESTARTS && !finished; i++)
			if (!run_once(j, &finished))
				break;
		if (finished)
			code = finish(j);
	}
	for (int i = 0; i < j->output_count; i++)
		output_abandon(&j->outputs[i]);
	if (j->text_fd >= 0)
		close(j->text_fd);
	if (j->spill.fd >= 0)
		close(j->spill.fd);
	journal_free(j->journal);
	return code;
}
