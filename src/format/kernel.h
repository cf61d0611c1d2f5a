/* kernel.h - inside format/: the banner of a Linux kernel. */
#ifndef EVENHAND_FORMAT_KERNEL_H
#define EVENHAND_FORMAT_KERNEL_H

#include "format/format.h"

/* Where the banner "Linux version N.N... (" with builder and compiler stands; false if there is
 * none. *release is the release text, "6.1.0-18-armmp". */
bool kernel_banner(struct span in, uint64_t *at, struct span *release);

/* "Linux 6.1.0-18-armmp"; leaves the label alone when there is no banner. */
void kernel_label(struct span in, char label[64]);

#endif
