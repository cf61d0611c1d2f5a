/* day.h - days as people write them, 2026-11-25, in UTC and by the calendar of today. */
#ifndef EVENHAND_BASE_DAY_H
#define EVENHAND_BASE_DAY_H

#include "base/span.h"

#define DAY_SECONDS 86400
#define DAY_TEXT    11 /* with its NUL */

/* When it begins, in seconds since 1970. False: it is no day of the years 1 to 9999. */
bool day_read(struct span text, int64_t *begins);
/* The day of a time; a time outside these years is shown as the first or the last day. */
void day_write(int64_t time, char text[DAY_TEXT]);

#endif
