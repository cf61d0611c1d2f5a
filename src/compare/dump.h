/* dump.h - inside compare/: a dump of a device's flash against the release that runs on it. */
#ifndef EVENHAND_COMPARE_DUMP_H
#define EVENHAND_COMPARE_DUMP_H

#include "compare/differences.h"
#include "compare/match.h"

/* Pairs what two images hold when one of them is a dump of a device that runs the other, each copy
 * of it; m->dump then says which one. False: neither is, or no memory. */
bool match_dump(struct matching *m, const struct node *left, const struct node *right);

/* -- inside -- */

#define MOST_UNITS 256

/* Blocks that were left out. */
struct left_out {
	uint64_t block, first, end; /* size, place of the first, and where what was compared ends */
	uint32_t count;
};

/* What an image consists of when everything that carries it is taken away: partitions, file
 * systems, kernels, and what stands between them. */
struct unit {
	const struct node *node;
	const struct node *in; /* the content it lies in */
	const struct unit *partner;
	bool is_paired;
	bool is_inside; /* of a part before it that bad blocks tear apart */
	struct left_out left_out;
};

struct units {
	struct unit p[MOST_UNITS];
	uint32_t n;
	const struct node *carriers[MOST_UNITS]; /* what was taken away */
	uint32_t carrier_count;
	bool full;
};

/* Takes both apart, as far as one has a wrapping that the other does not have. */
void units_of(struct units *release, const struct node *a, struct units *dump,
	      const struct node *b);

/* Formats that carry others and say nothing themselves: spare bytes, tables of partitions. */
bool is_flash_layer(const struct node *n);
/* What keeps the boot loader's settings; its checksum holds. */
bool is_environment(const struct node *n);
/* File systems that a device writes while it runs. */
bool is_writable(const struct node *n);

/* How often an ext file system was mounted; 0 for others. */
uint16_t mounts_of(const struct watch *w, const struct node *n);

/* Whether the release's bytes stand at `at` of the flash when whole blocks are left out, of one
 * size, each at a multiple of it; at least one. */
bool same_but_blocks(struct span release, struct span flash, uint64_t at, bool only_erased,
		     struct left_out *out);

/* What a pair or a stretch means that only the dump has, or that differs in a file system which the
 * device wrote; false: nothing that a device does by itself. */
bool explain_dump_only(struct explanation *e, const struct pair *p);
void explain_carrier(struct explanation *e, const struct pair *p);
bool explain_written(struct explanation *e, const struct pair *p);
/* The own bytes of a container that wear changes; e->x as it was before they were explained. */
void explain_wear(struct explanation *e, const struct pair *p, struct difference *last);

#endif
