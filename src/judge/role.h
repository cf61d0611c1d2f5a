/* role.h - inside judge/: services by what they are for, by the rows of daemons.tsv. */
#ifndef EVENHAND_JUDGE_ROLE_H
#define EVENHAND_JUDGE_ROLE_H

#include "judge/check.h"

/* Whether the fact is a service at all, not what a configuration says of one, nor what a program of
 * many names could be started as. */
bool is_service(const struct service_fact *s);
/* Whether the service, by the word that starts it, has one of the roles (globs). */
bool has_role(const struct service_fact *s, const char *roles);
/* Started by default, and nothing unknown decides it. */
bool is_started(const struct service_fact *s);
/* Whether a service of the roles is started in the root of a node, or anywhere (NULL). Services are
 * gone through once for each list of roles that a check asks for. */
bool started_role(const struct ruling *r, const char *roles, const struct node *beside);

/* A mark for each root file system that services and settings stand in. */
struct roots roots_new(const struct ruling *r);
void roots_mark(struct roots *x, const struct node *n);
bool roots_has(const struct roots *x, const struct node *n);

#define EACH_SERVICE(r, name) EACH_FACT(r, FACT_SERVICE, service_fact, name) if (is_service(name))
/* What configuration files say of a service (globs). */
#define EACH_SETTING(r, service, name)                                                             \
	EACH_FACT(r, FACT_SERVICE, service_fact, name) if (is_setting(name, service))

bool is_setting(const struct service_fact *s, const char *service);
/* The value behind a key, if the setting is of one of the keys (globs); case does not count. */
bool setting_is(const struct service_fact *s, const char *keys, struct span *value);
/* The value behind the key, whichever it is. */
struct span setting_value(const struct service_fact *s);
bool value_is(struct span value, const char *values);
bool value_has(struct span value, const char *part);
/* Whether the value switches on or off; TRI_NULL: it says neither. */
enum tri value_switch(struct span value);

/* How surely services of the roles are there: files each fact or program under its outcome.
 * started: the outcome of one that is started. */
void rule_roles(struct ruling *r, const char *roles, enum outcome started);
/* Programs in a folder of programs whose name matches, without links to a multi-call program. */
uint32_t rule_programs(struct ruling *r, const char *names);

#endif
