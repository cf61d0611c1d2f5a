/* jboot.h - inside format/: the header that JBOOT, D-Link's boot loader by Amit, asks of an update.
 */
#ifndef EVENHAND_FORMAT_JBOOT_H
#define EVENHAND_FORMAT_JBOOT_H

#include "base/fault.h"
#include "base/span.h"

#define JBOOT_HEADER 80

struct jboot {
	struct span rom;        /* the device, 12 characters */
	uint16_t image_sum;     /* of the data */
	uint32_t block;         /* of encrypted data: plain bytes in one piece; else 0 */
	uint32_t write, length; /* where in flash the data go, and how many */
	bool summed;            /* the header's own sum holds */
};

struct fault jboot_read(struct span in, struct jboot *h);

/* Words added up with the carry brought around, little-endian. */
uint16_t jboot_sum(struct span s);

#endif
