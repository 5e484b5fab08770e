/* SPDX-License-Identifier: Apache-2.0 */
/* Hourly series of factors: publishers' files and our own form. */
#include "settings/problems.h"
#include "settings/series.h"

#include <criterion/criterion.h>
#include <string.h>

static const struct series_hints HINTS = {.zone = "GB", .basis = "direct", .edition = "E", .source = "S", .imported_utc_ms = 1767225600000};

/* Reads with `hints`; the problems' text is compared. */
static enum err read_text(struct series *series, const char *text, const struct series_hints *hints, const char *expected)
{
	struct problems problems = {0};
	struct buf out;
	enum err err;

	buf_init(&out, 65536);
	err = series_read(series, text, strlen(text), problems_add_file(&problems, "h.csv"), hints, &problems);
	problems_sort(&problems);
	problems_print(&problems, &out);
	cr_expect_str_eq(buf_text(&out), expected);
	buf_deinit(&out);
	problems_deinit(&problems);
	return err;
}

static void expect_row(const struct series *series, size_t at, int64_t start_s, int32_t duration_s, int64_t microg)
{
	cr_assert_lt(at, series->count);
	cr_expect_eq(series->row[at].start_s, start_s);
	cr_expect_eq(series->row[at].duration_s, duration_s);
	cr_expect_eq(series->row[at].microg_per_kwh, microg);
}

/* 2024-01-01T00:00:00Z is 1704067200. */
Test(series, plain_rows_with_any_offset_are_sorted)
{
	struct series series = {0};

	cr_assert_eq(read_text(&series,
			       "start,end,value\n2024-01-01T02:00+01:00,2024-01-01T02:00Z,70\n2024-01-01T00:00Z,2024-01-01T01:00Z,68.5\n",
			       &HINTS, ""),
		     ERR_NONE);
	cr_expect_eq(series.count, 2);
	expect_row(&series, 0, 1704067200, 3600, 68500000);
	expect_row(&series, 1, 1704070800, 3600, 70000000);
	cr_expect_str_eq(series.publisher, "S");
	cr_expect_str_eq(series.licence, "not stated");
	series_deinit(&series);
}

Test(series, electricity_maps_has_two_bases_and_estimated_hours)
{
	static const char TEXT[] = "Datetime (UTC),Country,Zone name,Zone id,Carbon intensity gCO₂eq/kWh (direct),"
				   "Carbon intensity gCO₂eq/kWh (Life cycle),Data estimated\n"
				   "2024-01-01 00:00:00,India,West,IN-WE,702.79,761.05,true\n"
				   "2024-01-01 01:00:00,India,West,IN-WE,704.21,762.56,False\n";
	struct series_hints hints = {.zone = "IN", .edition = "E", .source = "S"};
	struct series series = {0};

	cr_assert_eq(read_text(&series, TEXT, &hints, ""), ERR_NONE);
	cr_expect_eq(series.basis, FACTOR_DIRECT);
	expect_row(&series, 0, 1704067200, 3600, 702790000);
	cr_expect(series.row[0].is_estimated);
	cr_expect_not(series.row[1].is_estimated);
	cr_expect_str_eq(series.publisher, "Electricity Maps");
	cr_expect_str_eq(series.file_zone, "IN-WE");
	series_deinit(&series);
	hints.basis = "lifecycle";
	cr_assert_eq(read_text(&series, TEXT, &hints, ""), ERR_NONE);
	expect_row(&series, 1, 1704070800, 3600, 762560000);
	series_deinit(&series);
}

/* A half-hour without a value is a gap; the rows beside it stay half-hours. */
Test(series, neso_is_half_hourly_direct_and_utc)
{
	struct series_hints hints = {.zone = "GB", .edition = "E", .source = "S"};
	struct series series = {0};

	cr_assert_eq(read_text(&series,
			       "DATETIME,GAS,CARBON_INTENSITY\n2024-01-01 00:00:00+00:00,1,68.0\n2024-01-01T00:30:00,1,\n"
			       "2024-01-01T01:00:00,1,70.0\n",
			       &hints, ""),
		     ERR_NONE);
	cr_expect_eq(series.count, 2);
	cr_expect_eq(series.missing_count, 1);
	expect_row(&series, 1, 1704070800, 1800, 70000000);
	cr_expect_str_eq(series.publisher, "NESO");
	series_deinit(&series);
}

Test(series, market_time_units_and_our_own_columns)
{
	struct series series = {0};

	cr_assert_eq(read_text(&series,
			       "MTU (UTC),value\n01.01.2024 00:00 - 01.01.2024 00:15,100\n01/01/2024 00:15:00 - 01/01/2024 00:30:00,1\n",
			       &HINTS, ""),
		     ERR_NONE);
	expect_row(&series, 1, 1704068100, 900, 1000000);
	series_deinit(&series);
	cr_assert_eq(
	    read_text(&series,
		      "zone,start_utc,duration_s,gco2e_per_kwh,basis,estimated,source\nGB,2024-01-01T00:00:00Z,3600,0.5,direct,false,N\n",
		      &HINTS, ""),
	    ERR_NONE);
	expect_row(&series, 0, 1704067200, 3600, 500000);
	series_deinit(&series);
}

Test(series, all_that_is_wrong_is_told_and_nothing_is_kept)
{
	struct series series = {0};

	cr_expect_eq(
	    read_text(&series,
		      "start,end,value,estimated\n2024-01-01T00:00,2024-01-01T01:00Z,7,maybe\n2024-01-01T00:00Z,2024-01-01T00:05Z,-7,no\n"
		      "2024-01-01T00:00Z\n",
		      &HINTS,
		      "h.csv:2:1: \"2024-01-01T00:00\" is no instant: 2024-01-31T23:00Z, or with another offset from UTC, is expected\n"
		      "h.csv:2:38: \"maybe\" is neither true nor false\n"
		      "h.csv:3:1: the interval has 300 s: 900, 1800 or 3600 are expected\n"
		      "h.csv:3:37: \"-7\" is no number from 0 to 5000 (g/kWh) with at most 6 decimals\n"
		      "h.csv:4:1: 1 cells: the header has more\n"),
	    ERR_CONFIG);
	cr_expect_null(series.row);
}

Test(series, the_same_hour_twice_and_hours_off_the_hour_are_refused)
{
	struct series series = {0};

	cr_expect_eq(read_text(&series, "start,end,value\n2024-01-01T01:00Z,2024-01-01T02:00Z,1\n2024-01-01T01:00Z,2024-01-01T02:00Z,2\n",
			       &HINTS, "h.csv:3:1: the interval is there already: line 2\n"),
		     ERR_CONFIG);
	cr_expect_eq(read_text(&series, "start,end,value\n2024-01-01T01:30Z,2024-01-01T02:30Z,1\n", &HINTS,
			       "h.csv:2:1: the interval of 3600 s does not begin at a multiple of its length\n"),
		     ERR_CONFIG);
}

Test(series, marginal_intensities_local_time_and_what_is_not_said_are_refused)
{
	struct series_hints hints = {.zone = "GB"};
	struct series series = {0};

	cr_expect_eq(
	    read_text(
		&series, "start,marginal_intensity\n2024-01-01T00:00Z,7\n", &HINTS,
		"h.csv:1:1: a marginal factor tells what one kWh less would save, not what was emitted: an inventory must not use it\n"),
	    ERR_CONFIG);
	cr_expect_eq(
	    read_text(
		&series, "MTU (CET/CEST),value\n01.01.2024 00:00 - 01.01.2024 00:15,100\n", &HINTS,
		"h.csv:1:1: no column of instants is known here: start, start_utc, from, DATETIME, \"Datetime (UTC)\" or \"MTU (UTC)\" "
		"is expected (local time is not: it has an hour twice)\n"),
	    ERR_CONFIG);
	cr_expect_eq(
	    read_text(
		&series, "start,end,value\n2024-01-01T00:00Z,2024-01-01T01:00Z,1\n", &hints,
		"h.csv: source is not said: --source is needed\nh.csv: publisher is not said: --publisher is needed\n"
		"h.csv: edition is not said: --edition is needed\nh.csv: basis is not said: --basis direct or --basis lifecycle is needed\n"),
	    ERR_CONFIG);
}

Test(series, our_own_form_comes_back_and_a_changed_byte_is_seen)
{
	struct series series = {0};
	struct series again = {0};
	struct err_info info = {0};
	char name[SERIES_NAME_BYTES];
	struct buf text;

	cr_assert_eq(read_text(&series, "start,end,value\n2024-01-01T00:00Z,2024-01-01T01:00Z,68.5\n", &HINTS, ""), ERR_NONE);
	buf_init(&text, 65536);
	series_print(&series, &text);
	series_name(&series, name);
	cr_expect(strncmp(name, "GB-direct-20260101T000000Z-", 27) == 0, "%s", name);
	cr_assert_eq(series_parse(&again, "s", buf_text(&text), text.bytes, &info), ERR_NONE, "%s", info.text);
	expect_row(&again, 0, 1704067200, 3600, 68500000);
	cr_expect_str_eq(again.source, "S");
	cr_expect_eq(again.imported_utc_ms, 1767225600000);
	cr_expect_arr_eq(again.table_sha256, series.table_sha256, 32);
	cr_expect_arr_eq(again.file_sha256, series.file_sha256, 32);
	series_deinit(&again);
	text.data[text.bytes - 2] = 'x'; /* of "no" */
	cr_expect_eq(series_parse(&again, "s", buf_text(&text), text.bytes, &info), ERR_DATA);
	cr_expect_eq(series_parse(&again, "s", "", 0, &info), ERR_DATA);
	buf_deinit(&text);
	series_deinit(&series);
}
