/* own.h - inside format/: what own() and stored() of the formats share. */
#ifndef EVENHAND_FORMAT_OWN_H
#define EVENHAND_FORMAT_OWN_H

#include "format/format.h"

/* A field of a header; `at` counts from the header's start. */
struct own_field {
	uint16_t at, size;
	enum own own;
	const char *name;
};

void own_fields(struct own_list *out, uint64_t base, const struct own_field *fields, size_t n);
#define OWN_FIELDS(out, base, fields)                                                              \
	own_fields(out, base, fields, sizeof(fields) / sizeof((fields)[0]))

/* What is understood of a stretch is structure, and data where it is not. */
static inline enum own own_if(bool holds, enum own own)
{
	return holds ? own : OWN_DATA;
}

/* Whether a number can be a time of a file that somebody made: not set, or 1980 to 2040. */
static inline bool is_likely_time(int64_t time)
{
	return time == 0 || (time >= 315532800 && time < 2240524800);
}

/* The name of a volume is an identifier, as a UUID is, where it is one: at most 16 printable
 * characters, which zeros or blanks fill. */
enum own own_label(struct span field);

/* All of [from, to) that is neither named yet nor content becomes fill. */
struct own_map {
	struct own_list *out;
	struct byte_range *content;
	size_t n, room;
};

/* Bytes of an entry or a region: not listed. */
void own_content(struct own_map *m, uint64_t offset, uint64_t length);
/* Of all entries that stand unchanged, and of all regions. */
void own_contents(struct own_map *m, const struct listing *l);

/* Puts the stretches in order, and fill in the gaps up to `end`. Where two overlap, both are data:
 * neither is what it seems. Neighbours of one kind and name become one. */
void own_finish(struct own_map *m, uint64_t end, const char *fill);

/* A header of `size` bytes: what `fields` leave out of it is fill. */
void own_header(struct own_list *out, uint64_t base, uint64_t size, const struct own_field *fields,
		size_t n);

/* Whether all bytes are the same. */
bool is_one_byte(struct span s);

static inline bool is_zero(struct span s)
{
	return s.n == 0 || (s.p[0] == 0 && is_one_byte(s));
}

/* Exact parameters of a stored content, eight bytes each. */
void storage_number(struct storage *s, uint64_t number);
/* A text, ended by its length. */
void storage_text(struct storage *s, const char *text);

#endif
