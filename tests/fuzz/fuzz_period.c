/* SPDX-License-Identifier: Apache-2.0 */
/* Periods, times, numbers, durations and the terms of instruments out of text: what is accepted must survive being printed and read again. */
#include "account/market.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/num.h"
#include "model/period.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

enum { FUZZ_TODAY_DAYS = 20782 }; /* 2026-11-25 */

static void check_period(const char *text)
{
	struct err_info info = {0};
	struct period period;
	struct period again;

	if (period_parse(&period, text, FUZZ_TODAY_DAYS, 4, &info) != ERR_NONE)
		return;
	if (period.first_day >= period.end_day || period_parse(&again, period.label, FUZZ_TODAY_DAYS, 4, &info) != ERR_NONE)
		abort();
	if (again.first_day != period.first_day || again.end_day != period.end_day || strcmp(again.label, period.label) != 0)
		abort();
}

static void check_time(const char *text)
{
	char printed[CLOCK_TEXT_BYTES];
	int64_t utc_ms;
	int64_t again_ms;

	if (!clock_parse_utc(text, &utc_ms))
		return;
	(void)clock_print_utc(printed, utc_ms);
	if (!clock_parse_utc(printed, &again_ms))
		abort();
	/* An offset can lead out of the years that have four digits; printing stays within them. */
	if (again_ms != utc_ms && strncmp(printed, "0001-01-01", 10) != 0 && strncmp(printed, "9999-12-31", 10) != 0)
		abort();
}

static void check_numbers(const char *text)
{
	char printed[NUM_TEXT_BYTES];
	double real;
	int64_t value;
	int64_t again;

	if (num_parse_i64(text, &value)) {
		(void)num_print_i64(printed, value);
		if (!num_parse_i64(printed, &again) || again != value)
			abort();
	}
	if (num_parse_fixed(text, 6, &value)) {
		(void)num_print_fixed(printed, value, 6, 6);
		if (!num_parse_fixed(printed, 6, &again) || again != value)
			abort();
	}
	if (num_parse_double(text, &real) && num_print_double(printed, real, 9) > 0 && !num_parse_double(printed, &real))
		abort();
	if (num_parse_duration_ms(text, &value) && value < 0)
		abort();
}

static void check_terms(const char *text)
{
	struct account_market_terms terms;
	struct err_info info = {0};

	if (account_market_parse(&terms, text, &info) != ERR_NONE)
		return;
	if (terms.microg_per_kwh < 0 || terms.microg_per_kwh > ACCOUNT_MARKET_MICROG_MAX)
		abort();
	if (memchr(terms.id, '\0', sizeof(terms.id)) == NULL || memchr(terms.zone, '\0', sizeof(terms.zone)) == NULL)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	char *text = mem_dup_bytes(data, bytes);

	if (text == NULL)
		return 0;
	check_period(text);
	check_time(text);
	check_numbers(text);
	check_terms(text);
	mem_free(text);
	return 0;
}
