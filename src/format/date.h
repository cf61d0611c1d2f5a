/* date.h - inside format/: dates that a format stores in parts. */
#ifndef EVENHAND_FORMAT_DATE_H
#define EVENHAND_FORMAT_DATE_H

#include <stdbool.h>
#include <stdint.h>

/* Days since 1970 of a date (H. Hinnant, "chrono-compatible low-level date algorithms"). */
static inline int64_t days_of(int64_t year, uint32_t month, uint32_t day)
{
	int64_t y = year - (month <= 2);
	uint32_t in_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;

	return y / 400 * 146097 + (y % 400) * 365 + (y % 400) / 4 - (y % 400) / 100 + in_year -
	       719468;
}

/* MS-DOS' date in the upper half, its time in the lower, in steps of two seconds. Which zone is
 * meant the format says, or nobody: the seconds are those of UTC. False for what is no date. */
static inline bool dos_time(uint32_t stamp, int64_t *seconds)
{
	uint32_t month = stamp >> 21 & 15, day = stamp >> 16 & 31;

	if (month < 1 || month > 12 || day < 1)
		return false;
	*seconds = days_of(1980 + (stamp >> 25), month, day) * 86400 + (stamp >> 11 & 31) * 3600ll +
		   (stamp >> 5 & 63) * 60ll + (stamp & 31) * 2ll;
	return true;
}

/* Whether a stamp is the only one of its second: no 31st of February, no hour of 25. */
static inline bool dos_is_time(uint32_t stamp)
{
	static const uint8_t days[] = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	uint32_t month = stamp >> 21 & 15, day = stamp >> 16 & 31, year = 1980 + (stamp >> 25);
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

	return month >= 1 && month <= 12 && day >= 1 && day <= days[month - 1] &&
	       (month != 2 || day < 29 || leap) && (stamp >> 11 & 31) < 24 &&
	       (stamp >> 5 & 63) < 60 && (stamp & 31) < 30;
}

#endif
