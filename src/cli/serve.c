/* serve.c - see serve.h. */
#include "cli/serve.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static bool take_name(struct options *o, const char *value, const char *name)
{
	return option_once(&o->serving.name, value, name);
}

static bool take_listen(struct options *o, const char *value, const char *name)
{
	return option_once(&o->serving.listen, value, name);
}

static bool take_count(const char *value, const char *name, const char *advice, uint64_t most,
		       uint32_t *to)
{
	uint64_t n;

	if (!parse_u64(value, &n) || n > most)
		return complain(name, advice, "\"%s\" is not a number that fits", value);
	*to = (uint32_t)n;
	return true;
}

static bool take_rate(struct options *o, const char *value, const char *name)
{
	o->serving.has_rate = true;
	return take_count(value, name, "Requests a second; 0: no limit. Without it: 100.", 1000000,
			  &o->serving.rate);
}

static bool take_connections(struct options *o, const char *value, const char *name)
{
	return take_count(value, name, "Connections at once, 4 to 60000. Without it: 1024.", 60000,
			  &o->serving.connections) &&
	       (o->serving.connections >= 4 ||
		complain(name, NULL, "fewer than 4 would serve nobody"));
}

static bool take_answer(struct options *o, const char *value, const char *name)
{
	if (o->output_count)
		return complain(name, NULL, "once in one call");
	o->outputs[o->output_count++] = value;
	return true;
}

static bool take_log_policy(struct options *o, const char *value, const char *name)
{
	if (o->serving.policy_count == MOST_SERVED_POLICIES)
		return complain(name, NULL, "at most %d in one call", MOST_SERVED_POLICIES);
	o->serving.policies[o->serving.policy_count++] = value;
	return true;
}

static bool take_old(struct options *o, const char *value, const char *name)
{
	if (parse_u64(value, &o->serving.old))
		return true;
	return complain(name, "The size that the witness has cosigned last.",
			"\"%s\" is not a number that fits", value);
}

/* clang-format off */
const struct option_row option_name = { "--name", "NAME", "of the witness, in its key: witness.lab.example", take_name, false };
const struct option_row option_listen = { "--listen", "HOST:PORT", "where to serve; port 0: any that is free", take_listen, false };
const struct option_row option_rate = { "--rate", "N", "a second from one address, otherwise 100; 0: no limit", take_rate, false };
const struct option_row option_connections = { "--connections", "N", "at once, otherwise 1024", take_connections, false };
const struct option_row option_answer_output = { "-o", "FILE", "the request or answer, for the other side", take_answer, false };
const struct option_row option_log_policy = { "--policy", "FILE", "the logs and witnesses that are trusted", take_log_policy, false };
const struct option_row option_old = { "--old", "SIZE", "that the witness has cosigned last, otherwise 0", take_old, false };
/* clang-format on */

struct client *client_take(const struct client_options *o)
{
	struct client *c = client_new(o);

	if (!c)
		complain(NULL, "On Debian: apt-get install libcurl4.", "libcurl is not installed");
	return c;
}

bool complain_of(const struct log_error *e)
{
	return complain(e->where[0] ? e->where : NULL, e->advice, "%s", e->what);
}

void warn_of(const struct log_error *e)
{
	complain_of(e);
}

struct http_options serve_options(const struct options *o)
{
	return (struct http_options){ .listen = o->serving.listen,
				      .rate = o->serving.has_rate ? o->serving.rate : 100,
				      .connections = o->serving.connections };
}

static sigset_t ending(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	return set;
}

void serve_signals(void)
{
	sigset_t set = ending();

	pthread_sigmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
}

void serve_wait(void)
{
	sigset_t set = ending();
	int which;

	while (sigwait(&set, &which) != 0)
		;
}

bool serve_wait_for(unsigned seconds)
{
	const struct timespec end = { .tv_sec = (time_t)seconds };
	sigset_t set = ending();

	return sigtimedwait(&set, NULL, &end) >= 0;
}
