/* SPDX-License-Identifier: Apache-2.0 */
#include "settings/series_time.h"

#include "base/clock.h"
#include "base/text.h"
#include "model/units.h"

#include <stdio.h>
#include <string.h>

enum { DATE_BYTES = 10, MINUTE_BYTES = 16, SECOND_BYTES = 19 };

/* "+00" is how some write their offset. */
static bool is_short_offset(const char *text)
{
	return strlen(text) == 3 && (*text == '+' || *text == '-');
}

bool series_time_parse(const char *text, enum series_clock clock, int64_t *utc_s)
{
	char plain[CLOCK_TEXT_BYTES];
	size_t length = strlen(text);
	const char *rest = text + MINUTE_BYTES;
	int64_t utc_ms;
	int printed;

	if (length < MINUTE_BYTES || (text[DATE_BYTES] != ' ' && text[DATE_BYTES] != 'T'))
		return false;
	if (length >= SECOND_BYTES && text[MINUTE_BYTES] == ':')
		rest = text + SECOND_BYTES;
	if (*rest == '\0' && clock == SERIES_CLOCK_SAID)
		return false;
	printed = snprintf(plain, sizeof(plain), "%.10sT%.5s:%.2s%s%s", text, text + DATE_BYTES + 1,
			   rest == text + MINUTE_BYTES ? "00" : text + MINUTE_BYTES + 1, *rest == '\0' ? "Z" : rest,
			   is_short_offset(rest) ? ":00" : "");
	if (printed < 0 || (size_t)printed >= sizeof(plain) || !clock_parse_utc(plain, &utc_ms) || utc_ms % UNITS_MS_PER_S != 0)
		return false;
	*utc_s = utc_ms / UNITS_MS_PER_S;
	return true;
}

/* "31.12.2024 23:00" or "31/12/2024 23:00:00", UTC. */
static bool parse_day_first(const char *text, size_t length, int64_t *utc_s)
{
	char turned[CLOCK_TEXT_BYTES];

	if (length < MINUTE_BYTES || length > SECOND_BYTES || (text[2] != '.' && text[2] != '/') || text[5] != text[2])
		return false;
	snprintf(turned, sizeof(turned), "%.4s-%.2s-%.2s%.*s", text + 6, text + 3, text, (int)(length - DATE_BYTES), text + DATE_BYTES);
	return series_time_parse(turned, SERIES_CLOCK_UTC, utc_s);
}

bool series_time_parse_unit(const char *text, int64_t *start_s, int64_t *end_s)
{
	const char *dash = strstr(text, " - ");

	return dash != NULL && parse_day_first(text, (size_t)(dash - text), start_s) && parse_day_first(dash + 3, strlen(dash + 3), end_s);
}
