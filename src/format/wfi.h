/* wfi.h - inside format/: the foot behind Broadcom's images of a whole flash. */
#ifndef EVENHAND_FORMAT_WFI_H
#define EVENHAND_FORMAT_WFI_H

#include "base/span.h"

#define WFI_FOOT 20

/* Whether these bytes are that foot, by size and version, in either byte order. */
bool wfi_is_foot(struct span s);

#endif
