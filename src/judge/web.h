/* web.h - inside judge/: what the checks of web interfaces share. */
#ifndef EVENHAND_JUDGE_WEB_H
#define EVENHAND_JUDGE_WEB_H

#include "judge/check.h"

bool web_is(const struct web_fact *w, const char *kind);
/* A fact of that kind and name. */
bool web_tells(const struct web_fact *w, const char *kind, const char *name);
/* How many facts of that kind there are. */
uint32_t web_count(const struct ruling *r, const char *kind);
/* Without a server and handlers nothing is to be judged: says so and returns false. */
bool web_is_there(struct ruling *r);
/* Whether a handler is a script, by what its fact says. */
bool web_is_script(const struct web_fact *w);
/* A setting's value that does not switch off. */
bool web_is_on(struct span value);

#endif
