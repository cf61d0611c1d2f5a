/* testing.c - in builds for tests only: a format that does what a parser under an attacker's
 * control would try. "EVENHAND-TEST:" and a word say what. It proves the jail, the quarantine and
 * the watchdog. */
#include "format/format.h"

#ifdef EVENHAND_TEST_FORMAT
#include <fcntl.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <unistd.h>

static void do_open(void)
{
	int fd = open("/etc/passwd", O_RDONLY | O_CLOEXEC);

	(void)!write(fd < 0 ? -1 : fd, "", 0);
}

static void do_socket(void)
{
	(void)!socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

static void do_exec(void)
{
	char *const none[] = { NULL };

	execve("/bin/true", none, none);
}

static void do_fork(void)
{
	if (fork() == 0)
		_exit(0);
}

static void do_ptrace(void)
{
	ptrace(PTRACE_TRACEME, 0, NULL, NULL);
}

static void do_crash(void)
{
	raise(SIGSEGV);
}

static void do_abort(void)
{
	raise(SIGABRT);
}

static void do_hang(void)
{
	for (volatile uint64_t i = 0;; i++)
		if (i == UINT64_MAX)
			break;
}

static uint64_t recurse(uint64_t depth)
{
	volatile char frame[4096];

	frame[depth % sizeof(frame)] = 1;
	return depth == UINT64_MAX ? 0 : recurse(depth + 1) + (uint64_t)frame[0];
}

static void do_deep(void)
{
	volatile uint64_t deep = recurse(0);

	(void)deep;
}

static const struct {
	const char *word;
	void (*act)(void);
} acts[] = {
	{ "open", do_open },   { "socket", do_socket }, { "exec", do_exec },
	{ "fork", do_fork },   { "ptrace", do_ptrace }, { "crash", do_crash },
	{ "abort", do_abort }, { "hang", do_hang },     { "deep", do_deep },
};

static struct fault probe(struct span in, struct found *f)
{
	if (!span_starts(in, span_text("EVENHAND-TEST:")))
		return fault_at(FAULT_UNKNOWN, 0, "magic", 0, 0);
	f->len = in.n;
	f->proof = PROOF_CHECKSUM;
	return fine;
}

static struct fault list(struct listing *l)
{
	struct entry e = entry_new(KIND_FILE, span_text("survived"));

	for (size_t i = 0; i < sizeof(acts) / sizeof(acts[0]); i++)
		if (span_starts(span_from(l->in, 14), span_text(acts[i].word)))
			acts[i].act();
	e.stored = true;
	e.size = e.length = l->in.n;
	listing_add(l, &e);
	return fine;
}

const struct format format_testing = {
	.name = "testing",
	.says = "does harm on purpose; in builds for tests only",
	.spec = "src/format/testing.c",
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 14, "EVENHAND-TEST:" } },
	.probe = probe,
	.list = list,
};
#endif
