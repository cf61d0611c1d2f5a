/* service.c - what is started: the other checks ask whether a program runs by default. */
#include "judge/role.h"
#include "observe/observe.h"

const struct service_fact *service_of(const struct ruling *r, const struct node *program)
{
	EACH_FACT(r, FACT_SERVICE, service_fact, s)
	if (s->enabled && s->program == program)
		return s;
	return NULL;
}

const struct service_fact *service_named(const struct ruling *r, const char *globs, bool started)
{
	EACH_SERVICE(r, s)
	if ((s->enabled || !started) &&
	    (name_matches(s->name, globs) ||
	     (s->program && name_matches(node_name(s->program), globs))))
		return s;
	return NULL;
}
