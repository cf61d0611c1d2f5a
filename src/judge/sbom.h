/* sbom.h - inside judge/: what the checks of components share. */
#ifndef EVENHAND_JUDGE_SBOM_H
#define EVENHAND_JUDGE_SBOM_H

#include "judge/check.h"

/* How a component came to be known: by its own files, by a package database, by the tools of a
 * language. */
bool component_of_files(const struct component_fact *c);
bool component_of_database(const struct component_fact *c);

/* Facts of one component, each with its version, oldest id first. */
struct versions {
	const struct component_fact *const *p;
	uint32_t n;
};

/* Calls `each` for every name (in languages: package URL without version) that has more than one
 * fact. What package databases list is left out: they may hold several on purpose. */
void each_name(struct ruling *r, void (*each)(struct ruling *r, void *ctx, struct versions v),
	       void *ctx);

#endif
