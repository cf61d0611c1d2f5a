/* log_serve.c - evenhand log serve: a log for others, with the witnesses of its policies. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/log.h"
#include "cli/policy.h"
#include "log/server.h"

struct serving {
	struct served_policies policies;
	struct text origin;
	struct collector *collector;
	struct text seen[POLICY_MOST_WITNESSES];
	uint32_t seen_count;
	struct log_session session;
	struct log_server *server;
};

/* -- policies -- */

static bool read_policy(struct served_policies *s, const char *path)
{
	struct policy *p = calloc(1, sizeof(*p));
	struct span *file = &s->files[s->count];

	if (!p)
		return complain(path, NULL, "no memory to read it");
	s->list[s->count++] = p;
	if (!policy_file_read(path, p, file))
		return false;
	s->needs_quorum |= !p->is_quorum_none;
	return true;
}

bool served_policies_read(struct served_policies *s, const struct options *o)
{
	for (int i = 0; i < o->serving.policy_count; i++)
		if (!read_policy(s, o->serving.policies[i]))
			return false;
	return true;
}

void served_policies_free(struct served_policies *s)
{
	for (uint32_t i = 0; i < s->count; i++) {
		free((void *)(uintptr_t)s->files[i].p);
		free(s->list[i]);
	}
	s->count = 0;
}

/* -- what others have seen -- */

static bool take_origin(struct serving *s, const char *dir)
{
	struct log *l = log_read(dir);

	if (l)
		text_put(&s->origin, log_origin(l));
	log_close(l);
	return l != NULL;
}

/* Asks the witnesses what they have cosigned, before the log may sign anything. */
static bool ask_witnesses(struct serving *s)
{
	struct collect_options o = { .origin = text_span(&s->origin),
				     .policies = (const struct policy *const *)s->policies.list,
				     .policy_count = s->policies.count,
				     .warn = warn_of };
	struct log_error e;

	if (s->policies.count == 0)
		return true;
	s->collector = collector_new(&o, &e);
	if (!s->collector)
		return complain_of(&e);
	s->seen_count = collector_seen(s->collector, s->seen);
	return true;
}

/* For mirrors. */
static bool read_entry(void *ctx, uint64_t index, struct span *entry)
{
	struct log_entry e;
	bool ok = log_entry(ctx, index, &e);

	*entry = e.entry;
	return ok;
}

static bool open_log(struct serving *s, const struct options *o)
{
	struct log_options more = { .has_index = true, .only_cosigned = s->policies.needs_quorum };
	struct span seen[POLICY_MOST_WITNESSES];

	for (uint32_t i = 0; i < s->seen_count; i++)
		seen[i] = text_span(&s->seen[i]);
	more.seen = seen;
	more.seen_count = s->seen_count;
	if (!log_session_open(&s->session, o, o->inputs[0], &more))
		return false;
	if (s->collector)
		collector_set_source(s->collector, log_source(s->session.log),
				     (struct collect_entries){ read_entry, s->session.log });
	return true;
}

/* -- serving -- */

static bool serve(struct serving *s, const struct options *o)
{
	struct log_server_options so = { .http = serve_options(o),
					 .dir = o->inputs[0],
					 .roster = s->session.admission,
					 .policies = (const struct policy *const *)s->policies.list,
					 .policy_count = s->policies.count,
					 .collector = s->collector,
					 .needs_quorum = s->policies.needs_quorum };
	struct merkle_head head = { .size = 0 };
	struct text size = { 0 };
	struct log_error e = { .what = "" };

	s->server = log_serve(s->session.log, &so, &e);
	if (!s->server)
		return complain_of(&e);
	if (!log_head(s->session.log, &head))
		head.size = 0;
	text_number(&size, head.size);
	printf("%s serves %s %s at http://%s\n", s->origin.p ? s->origin.p : "",
	       size.p ? size.p : "", head.size == 1 ? "entry" : "entries",
	       log_server_address(s->server));
	text_free(&size);
	fflush(stdout);
	if (o->serving.policy_count == 0)
		fprintf(stderr, "No witness is asked: --policy FILE names those that cosign.\n");
	serve_wait();
	log_server_stop(s->server);
	return true;
}

static void end(struct serving *s)
{
	log_session_close(&s->session);
	collector_free(s->collector);
	for (uint32_t i = 0; i < s->seen_count; i++)
		text_free(&s->seen[i]);
	served_policies_free(&s->policies);
	text_free(&s->origin);
}

static int run(struct options *o)
{
	static struct serving s;
	bool ok = o->serving.listen || complain(NULL, "For a proxy on this machine: 127.0.0.1:8080",
						"serve needs --listen HOST:PORT");

	serve_signals();
	ok = ok && served_policies_read(&s.policies, o) && take_origin(&s, o->inputs[0]) &&
	     ask_witnesses(&s) && open_log(&s, o) && serve(&s, o);
	end(&s);
	return ok ? EXIT_PASSED : EXIT_TROUBLE;
}

static const struct option_row *const serve_rows[] = {
	&option_listen,     &option_log_policy, &option_rate,  &option_connections, &option_log_key,
	&option_passphrase, &option_admission,  &option_guard, &option_seen,        NULL
};

const struct command command_log_serve = {
	.name = "log serve",
	.usage = "log serve --listen HOST:PORT [options] DIR",
	.about = "Serves a log over HTTP: to read (C2SP tlog-tiles), to look up, a page for\n"
		 "people, and to add to (POST /api/add). With policies, their witnesses cosign\n"
		 "each checkpoint.",
	.options = serve_rows,
	.notes = "TLS is for a proxy in front (docs/examples/nginx.conf). TERM ends it cleanly.\n"
		 "Exit: 0 ended, 2 it could not serve.",
	.run = run,
	.least = 1,
	.most = 1,
};
