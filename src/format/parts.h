/* parts.h - inside format/: what the headers of vendors share. A part that the image cuts is listed
 * as far as it is there, and the field that promised more is a fault; a checksum that does not hold
 * is a fault too, and never hides a part. */
#ifndef EVENHAND_FORMAT_PARTS_H
#define EVENHAND_FORMAT_PARTS_H

#include "format/format.h"

/* The length a header states, or what is there of it. */
static inline uint64_t part_bound(uint64_t length, struct span in)
{
	return length < in.n ? length : in.n;
}

/* Lists [from, from + length) under a name. `field` is where the header states it. */
void part_list(struct listing *l, uint64_t field, uint64_t from, uint64_t length, const char *name);
void part_list_named(struct listing *l, uint64_t field, uint64_t from, uint64_t length,
		     struct span name);

/* Lists everything from `from` on. */
void part_rest(struct listing *l, uint64_t from, const char *name);

/* Lists as the container's own what is there of [from, from + length). */
void part_owned(struct listing *l, uint64_t from, uint64_t length, const char *name);

/* Lists a file that stands unchanged at `from`; what the image cuts is a fault of the file too. */
void part_file(struct listing *l, uint64_t field, uint64_t from, uint64_t length, struct span name);

/* Lists as an entry bytes of a file system that no header speaks of, unless all of them are `pad`.
 */
void part_unlisted(struct listing *l, uint32_t parent, uint64_t from, uint64_t length, uint8_t pad);

/* Adds what the format says of an entry beyond its name, as an extended attribute; nothing where
 * the value is empty. */
void entry_note(struct arena *a, struct entry *e, const char *name, struct span value);

/* A fault at `field` unless the sums are equal; none where the summed bytes are cut. */
void part_sum(struct listing *l, uint64_t field, const char *what, uint64_t got, uint64_t want);

/* Whether the digest of these bytes, md5_of_parts in order, stands at `field`. */
void part_md5(struct listing *l, uint64_t field, const struct span *parts, size_t count);

/* Whether the MD5 at `field` is that of all bytes with one of two salts in its own place. */
bool part_salted_md5(struct span in, uint64_t field, const uint8_t salts[2][16]);

/* Text of a fixed field: up to its NUL. */
struct span field_text(struct span in, uint64_t at, uint64_t size);

/* At least one character, all of them printable ASCII, and only NUL behind them. */
bool is_padded_text(struct span in, uint64_t at, uint64_t size);

/* A decimal number, not zero and of at most 32 bits, with only NUL behind it. */
bool field_number(struct span in, uint64_t at, uint64_t size, uint64_t *value);

/* Whether this text is the MD5 of those bytes, in small hexadecimal digits. */
bool is_md5_text(struct span text, struct span of);

/* What a stretch of memory is called: "0x80001000". Empty: no memory. */
struct span address_name(struct arena *a, uint64_t address);

bool is_filled(struct span in, uint64_t at, uint64_t size, uint8_t with);

/* Appends `before` and the text of an image, unprintable as "?", as far as the label has room. */
void label_add(char label[64], const char *before, struct span text);

#endif
