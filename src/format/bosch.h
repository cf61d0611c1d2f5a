/* bosch.h - inside format/: files as Bosch's cameras have them, one behind the other, each behind a
 * head of 64 bytes: under XOR with one byte in an update, plain in what that calls RomFS. */
#ifndef EVENHAND_FORMAT_BOSCH_H
#define EVENHAND_FORMAT_BOSCH_H

#include "format/format.h"

#define BOSCH_FILE_HEAD 64

struct bosch_file {
	uint64_t next, length; /* both from this file's head */
	uint8_t name[32];      /* ended by NUL */
};

/* The file whose head stands at `at`, its bytes under XOR with `code`. */
bool bosch_read_file(struct span in, uint64_t at, uint8_t code, struct bosch_file *f);

/* Lists the files in [from, end), their names behind `before`. The last is followed by a head of
 * zeros; what is cut is a fault. */
void bosch_list_files(struct listing *l, uint64_t from, uint64_t end, uint8_t code,
		      const char *before);

/* What stands under XOR: key[0] and key[1] are place and length, key[2] the code. */
struct fault bosch_load(const struct listing *l, const struct entry *e, struct sink *out);

#endif
