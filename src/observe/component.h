/* component.h - inside observe/: what component.c, package.c and component_relate.c share. */
#ifndef EVENHAND_OBSERVE_COMPONENT_H
#define EVENHAND_OBSERVE_COMPONENT_H

#include "observe/observe.h"

/* A sighting in one file; NULL when the same was seen there before. holds: the file is a copy of
 * the component, not merely one that names it. */
struct component_fact *component_add(struct arena *a, struct node *n,
				     const struct component_rule *r, struct span version,
				     bool holds);

/* Components that a package database lists (dpkg, opkg, apk): final facts on its node. */
void packages_add(struct arena *a, struct node *n);

#endif
