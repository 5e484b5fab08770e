/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"

#include "base/clock_kept.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

enum {
	CLOCK_MS_PER_DAY = 86400000,
	CLOCK_TRIES_MAX = 8,
	CLOCK_NEAR_NS = 50000, /* two boot readings further apart than this have been interrupted */
	CLOCK_DAYS_PER_ERA = 146097,
	CLOCK_DAYS_TO_ERA = 719468, /* from 0000-03-01 to 1970-01-01 */
	CLOCK_DAY_MIN = -719162,    /* 0001-01-01 */
	CLOCK_DAY_MAX = 2932896     /* 9999-12-31 */
};

static int64_t read_ns(clockid_t clock_id)
{
	struct timespec now = {0};

	clock_gettime(clock_id, &now);
	return (int64_t)now.tv_sec * CLOCK_NS_PER_S + now.tv_nsec;
}

int64_t clock_boot_ns(void)
{
	return read_ns(CLOCK_BOOTTIME);
}

/* Reading with modes 0 changes nothing and needs no right; where a sandbox refuses even that, wattledger-clock is believed. */
static enum clock_kept ask_kernel(int64_t boot_ns)
{
	struct timex state = {0};

	if (adjtimex(&state) >= 0)
		return (state.status & STA_UNSYNC) == 0 ? CLOCK_KEPT_YES : CLOCK_KEPT_FREE;
	return errno == EPERM || errno == ENOSYS ? clock_kept_read(CLOCK_KEPT_PATH, boot_ns) : CLOCK_KEPT_UNTOLD;
}

void clock_read(struct clock_reading *reading)
{
	int64_t before_ns = read_ns(CLOCK_BOOTTIME);
	int64_t after_ns;
	int64_t utc_ns;
	enum clock_kept kept;
	int tries = 0;

	for (;;) {
		utc_ns = read_ns(CLOCK_REALTIME);
		after_ns = read_ns(CLOCK_BOOTTIME);
		if (after_ns - before_ns <= CLOCK_NEAR_NS || ++tries >= CLOCK_TRIES_MAX)
			break;
		before_ns = after_ns;
	}
	reading->boot_ns = before_ns + (after_ns - before_ns) / 2;
	reading->utc_ns = utc_ns;
	kept = ask_kernel(reading->boot_ns);
	reading->is_synced = kept == CLOCK_KEPT_YES;
	reading->is_untold = kept == CLOCK_KEPT_UNTOLD;
}

void clock_read_boot_id(char out[static CLOCK_BOOT_ID_BYTES])
{
	static const char none[CLOCK_BOOT_ID_BYTES] = "00000000-0000-0000-0000-000000000000";
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	ssize_t got = -1;

	memcpy(out, none, sizeof none);
	if (fd < 0)
		return;
	got = read(fd, out, CLOCK_BOOT_ID_BYTES - 1);
	close(fd);
	if (got != CLOCK_BOOT_ID_BYTES - 1)
		memcpy(out, none, sizeof none);
}

/* H. Hinnant, "chrono-Compatible Low-Level Date Algorithms", days_from_civil: years begin in March, eras have 400 years. */
int64_t clock_days_from_civil(int64_t year, int month, int day)
{
	int64_t march_year = year - (month <= 2 ? 1 : 0);
	int64_t era = (march_year >= 0 ? march_year : march_year - 399) / 400;
	int64_t year_of_era = march_year - era * 400;
	int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;

	return era * CLOCK_DAYS_PER_ERA + day_of_era - CLOCK_DAYS_TO_ERA;
}

/* The same source, civil_from_days. */
void clock_civil_from_days(int64_t days, int64_t *year, int *month, int *day)
{
	int64_t from_era = days + CLOCK_DAYS_TO_ERA;
	int64_t era = (from_era >= 0 ? from_era : from_era - (CLOCK_DAYS_PER_ERA - 1)) / CLOCK_DAYS_PER_ERA;
	int64_t day_of_era = from_era - era * CLOCK_DAYS_PER_ERA;
	int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
	int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	int64_t march_month = (5 * day_of_year + 2) / 153;

	*day = (int)(day_of_year - (153 * march_month + 2) / 5) + 1;
	*month = (int)(march_month < 10 ? march_month + 3 : march_month - 9);
	*year = year_of_era + era * 400 + (*month <= 2 ? 1 : 0);
}

static void put_number(char *out, int digits, int64_t value)
{
	while (digits-- > 0) {
		out[digits] = (char)('0' + value % 10);
		value /= 10;
	}
}

size_t clock_print_utc(char out[static CLOCK_TEXT_BYTES], int64_t utc_ms)
{
	static const char pattern[] = "0000-00-00T00:00:00";
	int64_t days = utc_ms / CLOCK_MS_PER_DAY - (utc_ms % CLOCK_MS_PER_DAY < 0 ? 1 : 0);
	int64_t of_day_ms = utc_ms - days * CLOCK_MS_PER_DAY;
	size_t bytes = sizeof pattern - 1;
	int64_t year;
	int month;
	int day;

	if (days < CLOCK_DAY_MIN || days > CLOCK_DAY_MAX) {
		of_day_ms = days < CLOCK_DAY_MIN ? 0 : CLOCK_MS_PER_DAY - 1;
		days = days < CLOCK_DAY_MIN ? CLOCK_DAY_MIN : CLOCK_DAY_MAX;
	}
	clock_civil_from_days(days, &year, &month, &day);
	memcpy(out, pattern, sizeof pattern);
	put_number(out, 4, year);
	put_number(out + 5, 2, month);
	put_number(out + 8, 2, day);
	put_number(out + 11, 2, of_day_ms / 3600000);
	put_number(out + 14, 2, of_day_ms / 60000 % 60);
	put_number(out + 17, 2, of_day_ms / CLOCK_MS_PER_S % 60);
	if (of_day_ms % CLOCK_MS_PER_S != 0) {
		out[bytes] = '.';
		put_number(out + bytes + 1, 3, of_day_ms % CLOCK_MS_PER_S);
		bytes += 4;
	}
	out[bytes++] = 'Z';
	out[bytes] = '\0';
	return bytes;
}

size_t clock_print_compact(char out[static CLOCK_TEXT_BYTES], int64_t utc_ms)
{
	size_t bytes = 0;

	clock_print_utc(out, utc_ms - utc_ms % CLOCK_MS_PER_S);
	for (const char *at = out; *at != '\0'; at++) {
		if (*at != '-' && *at != ':')
			out[bytes++] = *at;
	}
	out[bytes] = '\0';
	return bytes;
}

/* Exactly `digits` digits at *at, within min..max; moves behind them. */
static bool read_number(const char **at, int digits, int min, int max, int *value)
{
	int sum = 0;

	for (; digits > 0; digits--, (*at)++) {
		if (**at < '0' || **at > '9')
			return false;
		sum = sum * 10 + (**at - '0');
	}
	*value = sum;
	return sum >= min && sum <= max;
}

static bool read_char(const char **at, char want)
{
	if (**at != want)
		return false;
	(*at)++;
	return true;
}

static int days_in_month(int year, int month)
{
	int next_year = month == 12 ? year + 1 : year;
	int next_month = month == 12 ? 1 : month + 1;

	return (int)(clock_days_from_civil(next_year, next_month, 1) - clock_days_from_civil(year, month, 1));
}

static bool read_date(const char **at, int64_t *days)
{
	int year;
	int month;
	int day;

	if (!read_number(at, 4, 1, 9999, &year) || !read_char(at, '-') || !read_number(at, 2, 1, 12, &month) || !read_char(at, '-') ||
	    !read_number(at, 2, 1, days_in_month(year, month), &day))
		return false;
	*days = clock_days_from_civil(year, month, day);
	return true;
}

/* 1 to 9 digits, cut to milliseconds. */
static bool read_fraction_ms(const char **at, int *ms)
{
	int digits = 0;

	*ms = 0;
	for (; **at >= '0' && **at <= '9'; (*at)++) {
		if (++digits > 9)
			return false;
		if (digits <= 3)
			*ms = *ms * 10 + (**at - '0');
	}
	for (int missing = digits; missing < 3; missing++)
		*ms *= 10;
	return digits > 0;
}

static bool read_time_ms(const char **at, int64_t *of_day_ms)
{
	int hour;
	int minute;
	int second;
	int ms = 0;

	if (!read_number(at, 2, 0, 23, &hour) || !read_char(at, ':') || !read_number(at, 2, 0, 59, &minute) || !read_char(at, ':') ||
	    !read_number(at, 2, 0, 60, &second))
		return false;
	if (read_char(at, '.') && !read_fraction_ms(at, &ms))
		return false;
	if (second == 60) {
		second = 59;
		ms = 999;
	}
	*of_day_ms = ((hour * 60 + minute) * 60 + second) * CLOCK_MS_PER_S + ms;
	return true;
}

static bool read_offset_ms(const char **at, int64_t *offset_ms)
{
	int sign = **at == '-' ? -1 : 1;
	int hour;
	int minute;

	*offset_ms = 0;
	if (read_char(at, 'Z') || read_char(at, 'z'))
		return true;
	if (!read_char(at, '+') && !read_char(at, '-'))
		return false;
	if (!read_number(at, 2, 0, 23, &hour) || !read_char(at, ':') || !read_number(at, 2, 0, 59, &minute))
		return false;
	*offset_ms = sign * (hour * 60 + minute) * 60 * CLOCK_MS_PER_S;
	return true;
}

bool clock_parse_utc(const char *text, int64_t *utc_ms)
{
	int64_t days;
	int64_t of_day_ms;
	int64_t offset_ms;

	if (!read_date(&text, &days) || (!read_char(&text, 'T') && !read_char(&text, 't')) || !read_time_ms(&text, &of_day_ms) ||
	    !read_offset_ms(&text, &offset_ms) || *text != '\0')
		return false;
	*utc_ms = days * CLOCK_MS_PER_DAY + of_day_ms - offset_ms;
	return true;
}
