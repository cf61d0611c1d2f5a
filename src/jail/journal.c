/* journal.c - see jail.h. */
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "jail/jail.h"

#define ALTERNATE_STACK (64u << 10)
#define DIED            70 /* exit status of a worker whose parser died; the journal says more */

static struct journal *journal;
static void (*describe_node)(const void *node, char *text, size_t size);
static _Thread_local int this_worker = -1;

struct journal *journal_new(void)
{
	void *p = mmap(NULL, sizeof(struct journal), PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

void journal_free(struct journal *j)
{
	if (j)
		munmap(j, sizeof(*j));
}

bool journal_enter(struct journal *j, unsigned worker, uint64_t key, const char *what,
		   const void *node)
{
	struct slot *s = &j->slots[worker % MOST_WORKERS];
	uint32_t depth = s->depth;

	for (uint32_t i = 0; i < j->quarantined_count; i++)
		if (j->quarantined[i].key == key &&
		    strncmp(j->quarantined[i].what, what, sizeof(j->quarantined[i].what) - 1) == 0)
			return false;
	if (this_worker != (int)(worker % MOST_WORKERS))
		journal_thread(worker);
	if (depth < MOST_NESTED)
		s->stack[depth] = (struct mark){ key, what, node };
	s->depth = depth + 1;
	return true;
}

void journal_leave(struct journal *j, unsigned worker)
{
	struct slot *s = &j->slots[worker % MOST_WORKERS];

	if (s->depth)
		s->depth--;
}

/* Everything that must survive is written before the locator, whose making could fault again. */
static void on_death(int signal, siginfo_t *info, void *context)
{
	int nobody = 0;

	(void)context;
	if (this_worker >= 0 &&
	    atomic_compare_exchange_strong(&journal->died, &nobody, 1 + this_worker)) {
		struct slot *s = &journal->slots[this_worker % MOST_WORKERS];
		uint32_t depth = s->depth < MOST_NESTED ? s->depth : MOST_NESTED;

		journal->signal = signal;
		journal->address = (uintptr_t)info->si_addr;
		if (depth) {
			struct mark *m = &s->stack[depth - 1];

			journal->dead.key = m->key;
			strncpy(journal->dead.what, m->what, sizeof(journal->dead.what) - 1);
			describe_node(m->node, journal->dead.locator,
				      sizeof(journal->dead.locator));
		}
	}
	/* Not _exit: sanitizers look at the stack before a function that does not return. */
	syscall(SYS_exit_group, DIED);
}

void journal_thread(unsigned worker)
{
	static _Thread_local uint8_t *stack;

	this_worker = (int)(worker % MOST_WORKERS);
	if (stack)
		return;
	stack = mmap(NULL, ALTERNATE_STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		     0);
	if (stack != MAP_FAILED)
		sigaltstack(&(stack_t){ .ss_sp = stack, .ss_size = ALTERNATE_STACK }, NULL);
}

bool journal_handlers(struct journal *j,
		      void (*describe)(const void *node, char *text, size_t size))
{
	static const int deadly[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGSYS, SIGTRAP };
	struct sigaction action = { .sa_sigaction = on_death,
				    .sa_flags = SA_ONSTACK | SA_NODEFER | SA_SIGINFO };

	journal = j;
	describe_node = describe;
	for (size_t i = 0; i < sizeof(deadly) / sizeof(deadly[0]); i++)
		if (sigaction(deadly[i], &action, NULL))
			return false;
	journal_thread(0);
	return true;
}

bool journal_quarantine(struct journal *j)
{
	bool marked = j->died && j->dead.what[0] && j->quarantined_count < MOST_QUARANTINED;

	if (marked)
		j->quarantined[j->quarantined_count++] = j->dead;
	memset(&j->dead, 0, sizeof(j->dead));
	memset(j->slots, 0, sizeof(j->slots));
	j->died = 0;
	return marked;
}
