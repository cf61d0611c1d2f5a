/* device.h - inside device/: what evenhand-verify has in the place of memory that is asked for. The
 * rooms base, trust and log are linked as they are; arena.h, text.h and hash.h are answered here,
 * over static memory and BearSSL. */
#ifndef EVENHAND_DEVICE_DEVICE_H
#define EVENHAND_DEVICE_DEVICE_H

#include "trust/statement.h"

/* Digests of all that can be read there, *size bytes. False: it could not be read to its end. */
bool image_digest(int fd, struct subject *image, uint64_t *size);

#endif
