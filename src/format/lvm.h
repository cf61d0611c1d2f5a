/* lvm.h - inside format/: the parts of LVM2: a physical volume's label, the newest version of its
 * group's metadata, and the text in which these stand. */
#ifndef EVENHAND_FORMAT_LVM_H
#define EVENHAND_FORMAT_LVM_H

#include "format/format.h"

#define LVM_NONE UINT32_MAX

/* `key { ... }` or `key = value`. Items stand in the order of the text; the first one is the whole
 * text, a section without a key. */
struct lvm_item {
	struct span key;
	struct span value; /* as written: a string without its quotes, a list without brackets */
	uint32_t child, last, next; /* LVM_NONE */
	bool is_section;
};

struct lvm_text {
	struct lvm_item *items;
	uint32_t count, room;
};

/* Reads all of the text. After a fault, which counts from the start of the text, the items before
 * it are there. */
struct fault lvm_text_read(struct arena *a, struct span in, struct lvm_text *t);

/* The item of that key in a section, or LVM_NONE. */
uint32_t lvm_find(const struct lvm_text *t, uint32_t section, const char *key);

/* The value of that key: empty, or not there, where the section has none. */
struct span lvm_value(const struct lvm_text *t, uint32_t section, const char *key);
bool lvm_number(const struct lvm_text *t, uint32_t section, const char *key, uint64_t *number);

/* Takes the next value from what is left of a list; false at its end. */
bool lvm_list_next(struct span *rest, struct span *value);

#define LVM_AREAS 4

struct lvm_range {
	uint64_t at, size;
};

struct lvm_volume {
	struct span in;
	uint64_t label, size;
	struct span id;
	struct lvm_range areas[LVM_AREAS]; /* of metadata */
	uint32_t area_count;
};

/* One version of the metadata, and where its text stands. */
struct lvm_group {
	struct lvm_range area;
	uint64_t offset, sequence;
	struct span bytes;
	struct lvm_text text;
	struct fault fault;
	uint32_t section;                /* of the text: the group */
	struct span name, disk;          /* of the group; of this volume within it */
	uint64_t start, extent, extents; /* where extents begin, bytes of one, how many */
};

struct fault lvm_label_read(struct span in, struct lvm_volume *v);

/* The newest sound version of the metadata, the newest one where none is sound; false where there
 * is none. What is wrong with any becomes a fault of the listing. */
bool lvm_group_find(struct listing *l, const struct lvm_volume *v, struct lvm_group *g);

/* Finds this volume among those of the group, and how it is divided. */
struct fault lvm_disk_find(const struct lvm_volume *v, struct lvm_group *g);

/* Where an item of the text stands in the image. */
uint64_t lvm_place(const struct lvm_group *g, uint32_t item);

#endif
