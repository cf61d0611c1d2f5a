/* date.h - inside format/: dates that a format stores in parts. */
#ifndef EVENHAND_FORMAT_DATE_H
#define EVENHAND_FORMAT_DATE_H

#include <stdint.h>

/* Days since 1970 of a date (H. Hinnant, "chrono-compatible low-level date algorithms"). */
static inline int64_t days_of(int64_t year, uint32_t month, uint32_t day)
{
	int64_t y = year - (month <= 2);
	uint32_t in_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;

	return y / 400 * 146097 + (y % 400) * 365 + (y % 400) / 4 - (y % 400) / 100 + in_year -
	       719468;
}

#endif
