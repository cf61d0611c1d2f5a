/* close.c - the jail itself. The program does not know which kernel facility serves it. */
#include <errno.h>
#include <linux/landlock.h>
#include <pthread.h>
#include <sched.h>
#include <seccomp.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "jail/jail.h"

#ifndef PR_SET_MDWE
#define PR_SET_MDWE 65
#endif
#define MDWE_REFUSE_EXEC_GAIN 1

#ifdef __SANITIZE_ADDRESS__
#define SANITIZED true
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED true
#endif
#endif
#ifndef SANITIZED
#define SANITIZED false
#endif

/* Every descriptor that is not on the list; lists are short and sorted by the caller. */
static void close_others(const int *keep, size_t count)
{
	int from = 3;

	for (size_t i = 0; i < count; i++) {
		if (keep[i] < from)
			continue;
		if (keep[i] > from)
			syscall(SYS_close_range, from, keep[i] - 1, 0);
		from = keep[i] + 1;
	}
	syscall(SYS_close_range, from, ~0U, 0);
}

static void set_limits(void)
{
	const struct rlimit none = { 0, 0 };

	setrlimit(RLIMIT_CORE, &none);
	setrlimit(RLIMIT_NOFILE, &none); /* nothing can be opened; what is open stays */
}

/* No path at all: every right of the kernel's version is handled, none is granted. */
static bool close_landlock(void)
{
	static const uint64_t rights[] = { 0,
					   (1ull << 13) - 1,
					   (1ull << 14) - 1,
					   (1ull << 15) - 1,
					   (1ull << 15) - 1,
					   (1ull << 16) - 1 };
	long version =
		syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	struct landlock_ruleset_attr attr = { 0 };
	long fd;
	bool closed;

	if (version < 1)
		return false;
	attr.handled_access_fs = rights[version < 6 ? version : 5];
	fd = syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr.handled_access_fs), 0);
	if (fd < 0)
		return false;
	closed = syscall(SYS_landlock_restrict_self, fd, 0) == 0;
	close((int)fd);
	return closed;
}

/* Memory, threads, and reading and writing of what is open. */
static const int allowed[] = {
	SCMP_SYS(read),
	SCMP_SYS(pread64),
	SCMP_SYS(write),
	SCMP_SYS(pwrite64),
	SCMP_SYS(lseek),
	SCMP_SYS(fstat),
	SCMP_SYS(newfstatat),
	SCMP_SYS(fallocate),
	SCMP_SYS(ftruncate),
	SCMP_SYS(fsync),
	SCMP_SYS(munmap),
	SCMP_SYS(mremap),
	SCMP_SYS(madvise),
	SCMP_SYS(brk),
	SCMP_SYS(futex),
	SCMP_SYS(set_robust_list),
	SCMP_SYS(rseq),
	SCMP_SYS(exit),
	SCMP_SYS(exit_group),
	SCMP_SYS(sched_yield),
	SCMP_SYS(getrandom),
	SCMP_SYS(clock_gettime),
	SCMP_SYS(clock_nanosleep),
	SCMP_SYS(gettid),
	SCMP_SYS(getpid),
	SCMP_SYS(tgkill),
	SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(rt_sigreturn),
	SCMP_SYS(sigaltstack),
	SCMP_SYS(set_tid_address),
	SCMP_SYS(sched_getaffinity),
	SCMP_SYS(sysinfo) /* qsort */,
	SCMP_SYS(restart_syscall),
};

/* What sanitizers need besides, in builds for tests. */
static const int allowed_sanitized[] = {
	SCMP_SYS(getrlimit), SCMP_SYS(prlimit64), SCMP_SYS(readlink),
	SCMP_SYS(mincore),   SCMP_SYS(close),
};

static bool allow_list(scmp_filter_ctx c, const int *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (seccomp_rule_add(c, SCMP_ACT_ALLOW, list[i], 0) && list[i] >= 0)
			return false;
	return true;
}

/* Threads, never processes; memory, never code. clone3 hides its flags behind a pointer: it is said
 * not to exist, and the C library falls back to clone. */
static bool allow_some(scmp_filter_ctx c)
{
	return seccomp_rule_add(c, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1,
				SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD)) == 0 &&
	       seccomp_rule_add(c, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0) == 0 &&
	       seccomp_rule_add(c, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1,
				SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)) == 0 &&
	       seccomp_rule_add(c, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1,
				SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)) == 0;
}

/* A call outside the list raises SIGSYS in the thread that made it, so that the parser that made it
 * is known; its handler ends the process. */
static bool close_seccomp(void)
{
	scmp_filter_ctx c = seccomp_init(SCMP_ACT_TRAP);
	bool closed =
		c && allow_list(c, allowed, sizeof(allowed) / sizeof(allowed[0])) && allow_some(c);

	if (closed && SANITIZED)
		closed = allow_list(c, allowed_sanitized, sizeof(allowed_sanitized) / sizeof(int));
	closed = closed && seccomp_load(c) == 0;
	if (c)
		seccomp_release(c);
	return closed;
}

/* The first time a thread's memory shrinks, the C library reads /proc/sys/vm/overcommit_memory, and
 * keeps the answer. */
static void *shrink_memory(void *arg)
{
	void *blocks[8]; /* each below the size that is mapped singly, together worth giving back */

	for (int i = 0; i < 8; i++)
		blocks[i] = malloc(100 << 10);
	for (int i = 0; i < 8; i++) {
		if (blocks[i])
			*(volatile char *)blocks[i] = 0;
		free(blocks[i]);
	}
	return arg;
}

/* The C library installs its own signal handlers when it makes the first thread. */
static bool make_first_thread(void)
{
	pthread_t thread;

	return pthread_create(&thread, NULL, shrink_memory, NULL) == 0 &&
	       pthread_join(thread, NULL) == 0;
}

enum jail_state jail_close(const int *keep, size_t count)
{
	bool landlock;

	if (!make_first_thread())
		return JAIL_REFUSED;

	close_others(keep, count);
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return JAIL_REFUSED;
	if (!SANITIZED)
		prctl(PR_SET_MDWE, MDWE_REFUSE_EXEC_GAIN, 0, 0, 0);
	landlock = close_landlock();
	set_limits();
	if (!close_seccomp())
		return JAIL_REFUSED;
	return landlock ? JAIL_CLOSED : JAIL_NO_LANDLOCK;
}
