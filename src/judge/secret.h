/* secret.h - inside judge/: what the checks of secrets share. */
#ifndef EVENHAND_JUDGE_SECRET_H
#define EVENHAND_JUDGE_SECRET_H

#include "judge/check.h"

/* Whether the rule that found it belongs to one of the groups of data/secrets.tsv, parted by
 * commas: wifi, wps, snmp-read, snmp-write, url, vpn, cloud, token, account, web, ssh, backup, key.
 */
bool secret_is_of(const struct secret_fact *s, const char *groups);

/* What was looked at: "101 rules; 3 placeholders or samples" that were left out. */
const char *secrets_searched(struct ruling *r);

/* The first file or folder whose name matches one of the globs, or NULL. */
const struct node *node_named(const struct ruling *r, const char *globs);

/* A web server that starts by default, or NULL. */
const struct service_fact *web_server(const struct ruling *r);

#endif
