/* locator.h - the address printed everywhere. Steps are joined by "!"; format@0xOFFSET is a region
 * in the enclosing bytes (a region without a format is @0xOFFSET), /path an entry of the enclosing
 * container, #N after a path the N-th further entry of the same path. The image itself is the
 * empty locator. Bytes that are not printable stand as \xNN, backslash as \\, "!" as \x21, "#" as
 * \x23. One function writes it, one reads it back; they are inverse. */
#ifndef EVENHAND_TREE_LOCATOR_H
#define EVENHAND_TREE_LOCATOR_H

#include "base/text.h"
#include "tree/node.h"

void locator_write(struct text *t, const struct node *n);

/* The locators of many nodes one after the other: that of what encloses the last one is kept. A
 * zeroed struct is valid; the text is the locator of the last call. */
struct locators {
	const struct node *around; /* what encloses the last node */
	size_t length;             /* of its locator and "!" at the start of the text */
	struct text text;
};
struct span locator_next(struct locators *l, const struct node *n);
void locators_free(struct locators *l);

struct step {
	bool is_region;
	struct span format; /* a region: bytes of the format's name, may be empty */
	uint64_t offset;
	struct span path; /* an entry: raw bytes, unescaped into the arena */
	uint32_t twin;
};

/* Reads the step that begins at *at of the text and moves *at behind it and its "!". False when
 * malformed. */
bool locator_step(struct arena *a, struct span text, size_t *at, struct step *s);

/* The node of that locator below the image's node, or NULL. */
const struct node *locator_find(struct arena *a, const struct node *image, struct span text);

#endif
