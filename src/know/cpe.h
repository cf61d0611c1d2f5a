/* cpe.h - names of products by CPE 2.3 (NISTIR 7695). */
#ifndef EVENHAND_KNOW_CPE_H
#define EVENHAND_KNOW_CPE_H

#include "base/text.h"

enum {
	CPE_PART,
	CPE_VENDOR,
	CPE_PRODUCT,
	CPE_VERSION,
	CPE_UPDATE,
	CPE_EDITION,
	CPE_LANGUAGE,
	CPE_SW_EDITION,
	CPE_TARGET_SW,
	CPE_TARGET_HW,
	CPE_OTHER,
	CPE_FIELDS
};

/* Its fields, with their escapes; false when it is none. */
bool cpe_split(struct span cpe, struct span fields[CPE_FIELDS]);

/* Appends "cpe:VENDOR:PRODUCT", the key of feeds. */
void cpe_key(struct text *t, const struct span fields[CPE_FIELDS]);

/* Without backslashes, into to; the empty span if it does not fit. */
struct span cpe_plain(struct span field, uint8_t *to, size_t room);

#endif
