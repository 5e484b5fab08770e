/* SPDX-License-Identifier: Apache-2.0 */
/* Answers of services that publish hourly factors. */
#include "settings/series_json.h"

#include <criterion/criterion.h>
#include <string.h>

static void expect_csv(const char *json, enum series_shape shape, const char *csv)
{
	struct err_info info = {0};
	struct buf out;

	buf_init(&out, 65536);
	cr_assert_eq(series_json_to_csv(&out, json, strlen(json), shape, &info), ERR_NONE, "%s", info.text);
	cr_expect_str_eq(buf_text(&out), csv);
	buf_deinit(&out);
}

static void expect_refused(const char *json, enum series_shape shape, const char *words)
{
	struct err_info info = {0};
	struct buf out;

	buf_init(&out, 65536);
	cr_assert_eq(series_json_to_csv(&out, json, strlen(json), shape, &info), ERR_DATA);
	cr_expect_str_eq(info.text, words);
	buf_deinit(&out);
}

Test(series_json, the_uk_service_counts_by_what_was_and_never_by_what_was_forecast)
{
	expect_csv(
	    "{\"data\":[{\"from\":\"2018-01-20T12:00Z\",\"to\":\"2018-01-20T12:30Z\",\"intensity\":{\"forecast\":266,\"actual\":263}},"
	    "{\"from\":\"2018-01-20T12:30Z\",\"to\":\"2018-01-20T13:00Z\",\"intensity\":{\"forecast\":266,\"actual\":null}}]}",
	    SERIES_SHAPE_UK_INTENSITY,
	    "from,to,actual\n2018-01-20T12:00Z,2018-01-20T12:30Z,263.000000\n2018-01-20T12:30Z,2018-01-20T13:00Z,\n");
}

Test(series_json, electricity_maps_says_what_is_estimated_and_on_which_basis)
{
	static const char CSV[] = "datetime,value,estimated,basis,zone\n2018-04-25T18:00:00.000Z,302.125000,true,lifecycle,DE\n"
				  "2018-04-25T19:00:00.000Z,,,,\n";

	expect_csv("{\"zone\":\"DE\",\"history\":[{\"zone\":\"DE\",\"carbonIntensity\":302.125,\"datetime\":\"2018-04-25T18:00:00.000Z\","
		   "\"emissionFactorType\":\"lifecycle\",\"isEstimated\":true},{\"datetime\":\"2018-04-25T19:00:00.000Z\"}]}",
		   SERIES_SHAPE_ELECTRICITY_MAPS, CSV);
	expect_csv("{\"data\":[]}", SERIES_SHAPE_ELECTRICITY_MAPS, "datetime,value,estimated,basis,zone\n");
}

Test(series_json, what_is_of_another_form_is_refused_with_what_is_expected)
{
	static const char UK_ROW[] = "row 1 of its list is not {\"from\",\"to\",\"intensity\":{\"actual\"}}";

	expect_refused("<html>", SERIES_SHAPE_UK_INTENSITY, "1:1: this is no JSON: '[' or '{' expected near '<'");
	expect_refused("{\"error\":\"no\"}", SERIES_SHAPE_UK_INTENSITY,
		       "the JSON has no list \"data\" at its top, as uk-carbon-intensity has");
	expect_refused("[1]", SERIES_SHAPE_ELECTRICITY_MAPS, "the JSON has no list \"history\" at its top, as electricity-maps has");
	expect_refused("{\"data\":[7]}", SERIES_SHAPE_UK_INTENSITY, UK_ROW);
	expect_refused("{\"data\":[{\"from\":\"a,b\",\"to\":\"\",\"intensity\":{}}]}", SERIES_SHAPE_UK_INTENSITY, UK_ROW);
	expect_refused("{\"data\":[{\"from\":\"a\",\"to\":\"b\",\"intensity\":{\"actual\":\"7\"}}]}", SERIES_SHAPE_UK_INTENSITY, UK_ROW);
	expect_refused("{\"data\":[{\"from\":\"a\",\"to\":\"b\",\"intensity\":{\"actual\":1e12}}]}", SERIES_SHAPE_UK_INTENSITY, UK_ROW);
	expect_refused("{\"data\":[{\"from\":\"a\",\"to\":\"b\"}]}", SERIES_SHAPE_UK_INTENSITY, UK_ROW);
}
