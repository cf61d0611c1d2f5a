/* ep.h - inside judge/: what the checks of endpoints share. */
#ifndef EVENHAND_JUDGE_EP_H
#define EVENHAND_JUDGE_EP_H

#include "judge/check.h"

#define EP_DOES_NOT_PROVE "that a connection is made, what it carries, who owns the host"

bool endpoint_is(const struct endpoint_fact *e, const char *kind);
/* Somewhere else: no private network, no device of its own, no remark of what was set aside. */
bool endpoint_is_remote(const struct endpoint_fact *e);
uint32_t remote_endpoints(const struct ruling *r);
/* How many others were found and set aside. */
uint64_t endpoints_set_aside(const struct ruling *r);
/* One mark a node: it is started by default. NULL: no memory. */
const uint8_t *started_nodes(struct ruling *r);

#endif
