/* day.c - days counted with years that begin in March, so that the odd day comes last: the count
 * of days before a month is then linear in its number. */
#include "base/day.h"

#define DAYS_TO_1970 719468 /* since 1 March of the year 0 */
#define DAYS_400     146097 /* of 400 years */
#define FIRST_DAY    (-719162)
#define LAST_DAY     2932896

static int64_t day_number(int year, int month, int day)
{
	int y = month > 2 ? year : year - 1;
	int m = month > 2 ? month - 3 : month + 9;

	return 365 * (int64_t)y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1 -
	       DAYS_TO_1970;
}

static bool digits(struct span text, size_t at, size_t n, int *value)
{
	*value = 0;
	for (size_t i = at; i < at + n; i++) {
		int c = span_byte(text, i);

		if (c < '0' || c > '9')
			return false;
		*value = *value * 10 + c - '0';
	}
	return true;
}

bool day_read(struct span text, int64_t *begins)
{
	static const char days[] = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	int year, month, day;

	if (text.n != DAY_TEXT - 1 || text.p[4] != '-' || text.p[7] != '-' ||
	    !digits(text, 0, 4, &year) || !digits(text, 5, 2, &month) || !digits(text, 8, 2, &day))
		return false;
	if (year < 1 || month < 1 || month > 12 || day < 1 || day > days[month - 1])
		return false;
	if (month == 2 && day == 29 && (year % 4 || (year % 100 == 0 && year % 400)))
		return false;
	*begins = day_number(year, month, day) * DAY_SECONDS;
	return true;
}

static void put_digits(int value, char *text, size_t n)
{
	while (n-- > 0) {
		text[n] = (char)('0' + value % 10);
		value /= 10;
	}
}

void day_write(int64_t time, char text[DAY_TEXT])
{
	int64_t number = time / DAY_SECONDS - (time % DAY_SECONDS < 0);
	int64_t days = number < FIRST_DAY ? FIRST_DAY : number > LAST_DAY ? LAST_DAY : number;
	int64_t since = days + DAYS_TO_1970;
	int64_t of_400 = since % DAYS_400;
	int64_t years = (of_400 - of_400 / 1460 + of_400 / 36524 - of_400 / 146096) / 365;
	int of_year = (int)(of_400 - (365 * years + years / 4 - years / 100));
	int m = (5 * of_year + 2) / 153;
	int month = m < 10 ? m + 3 : m - 9;

	put_digits((int)(years + since / DAYS_400 * 400) + (month < 3), text, 4);
	put_digits(month, text + 5, 2);
	put_digits(of_year - (153 * m + 2) / 5 + 1, text + 8, 2);
	text[4] = text[7] = '-';
	text[10] = 0;
}
