/* elf_moved.h - inside compare/: two programs of which one holds a longer text of its build, so
 * that what lies behind it moved, and addresses with it. */
#ifndef EVENHAND_COMPARE_ELF_MOVED_H
#define EVENHAND_COMPARE_ELF_MOVED_H

#include "compare/elf_side.h"

#define MOST_SHIFTS 256

/* What happens when both are gone through: first how far things moved is gathered, then every
 * difference is checked against that, and if all hold they are named. */
enum moved_pass { MOVED_GATHER, MOVED_CHECK, MOVED_NAME };

struct elf_moved {
	struct elf_pair *p;
	enum moved_pass pass;
	int64_t shifts[MOST_SHIFTS]; /* how far parts moved in memory */
	uint32_t shift_count;
	int64_t *deltas; /* by which an address, or a distance of two, may then differ; ordered */
	uint32_t delta_count;
	uint8_t low12[512], low16[8192]; /* bitmaps of their low bits */
	uint64_t work;                   /* bytes gone through: sections may lie over each other */
	uint32_t items;                  /* that will be named */
	bool has_text;                   /* of another length was found */
	bool failed;
};

/* Whether nothing but texts of the build, and addresses for them, differs. p->moved is then what
 * elf_moved_part needs. */
bool elf_moved_find(struct elf_pair *p);
/* Names what differs in a part of such programs. */
void elf_moved_part(struct elf_pair *p, enum elf_class class, const struct stretch *s);

/* -- inside -- */

bool elf_delta_is_known(const struct elf_moved *m, int64_t delta);
/* Goes through two stretches of read-only data; `left`, `right`: their addresses. */
void elf_moved_texts(struct elf_moved *m, const struct stretch *s, uint64_t left, uint64_t right);
/* Goes through code of one length: only addresses may differ. */
void elf_moved_code(struct elf_moved *m, const struct stretch *s);
void elf_note_shift(struct elf_moved *m, int64_t shift);

#endif
