/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every SNMP driver of drivers/ against answers that are no readings: objects that are missing, marks, wrong types, text, and tables of
 * 10,000 rows. Nothing of it may become a reading of zero, or end the program.
 */
#include "settings/driver.h"
#include "settings/problems.h"
#include "settings/search.h"
#include "snmp/rows.h"
#include "snmp/shape.h"
#include "snmp/survey.h"
#include "snmp/value.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

enum { BIG_TABLE_ROWS = 10000, FEWEST_DRIVERS = 100 };

static struct driver_any any;

/* Calls `check` for each SNMP driver; returns how many there are. */
static size_t each_driver(void (*check)(const struct plan_snmp_driver *driver))
{
	struct search search = {0};
	struct problems problems = {0};
	size_t count = 0;

	cr_assert_eq(search_add_folder(&search, "drivers", ".yaml", false, NULL), ERR_NONE);
	for (size_t i = 0; i < search.count; i++) {
		cr_assert_eq(driver_any_load(&any, search.file[i].path, &problems), ERR_NONE, "%s", search.file[i].path);
		if (any.protocol == WIRE_KIND_SNMP) {
			check(&any.snmp);
			count++;
		}
		driver_any_deinit(&any);
	}
	search_deinit(&search);
	problems_deinit(&problems);
	return count;
}

static void each_point(const struct plan_snmp_driver *driver,
		       void (*check)(const struct plan_snmp_driver *driver, const struct plan_point *point))
{
	for (size_t g = 0; g < driver->group_count; g++)
		for (size_t p = 0; p < driver->group[g].point_count; p++)
			if (driver->group[g].point_list[p].product_count == 0)
				check(driver, &driver->group[g].point_list[p]);
}

static enum c_snmp_value_status convert(const struct plan_point *point, struct c_snmp_raw raw, struct c_snmp_reading *reading)
{
	*reading = (struct c_snmp_reading){0};
	return c_snmp_value_convert(point, &raw, point->scale.factor, reading);
}

static void expect_nothing(const struct plan_snmp_driver *driver, const struct plan_point *point, struct c_snmp_raw raw, const char *what)
{
	struct c_snmp_reading reading;

	cr_expect_neq(convert(point, raw, &reading), C_SNMP_VALUE_OK, "%s: %s is a reading of %s: %f", driver->name, what,
		      quantity_name(point->quantity), reading.value);
}

static struct c_snmp_raw text_of(const char *text)
{
	return (struct c_snmp_raw){.kind = C_SNMP_TEXT, .text = (const uint8_t *)text, .text_bytes = strlen(text)};
}

static struct c_snmp_raw signed_of(int64_t number)
{
	return (struct c_snmp_raw){.kind = C_SNMP_SIGNED, .number = number};
}

static void check_no_number(const struct plan_snmp_driver *driver, const struct plan_point *point)
{
	static const struct plan_oid object = {.length = 3, .id = {1, 3, 6}};
	static const char *const words[] = {"", " ", "N/A", "not-support", "-", "OFF", "0.0.0", "1-2", "\x01\x02"};

	expect_nothing(driver, point, (struct c_snmp_raw){.kind = C_SNMP_ABSENT}, "an object that is missing");
	expect_nothing(driver, point, (struct c_snmp_raw){.kind = C_SNMP_OBJECT, .object = &object}, "an object identifier");
	expect_nothing(driver, point, (struct c_snmp_raw){.kind = C_SNMP_REAL, .value = (double)NAN}, "a float that is no number");
	expect_nothing(driver, point, (struct c_snmp_raw){.kind = C_SNMP_REAL, .value = (double)INFINITY}, "an infinite float");
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		expect_nothing(driver, point, text_of(words[i]), words[i]);
}

static void check_marks(const struct plan_snmp_driver *driver, const struct plan_point *point)
{
	static const int64_t usual[] = {-1, -2, 65535, 2147483647, 4294967295, -32768, -2147483648, 1000000000, -1000000000};
	struct c_snmp_reading reading;

	for (size_t i = 0; i < point->sentinel_count; i++)
		expect_nothing(driver, point, signed_of(point->sentinel[i]), "a mark");
	if (point->is_negative_absent)
		expect_nothing(driver, point, signed_of(-7), "a negative number");
	if (point->is_zero_absent)
		expect_nothing(driver, point, signed_of(0), "a zero");
	if (quantity_is_counter(point->quantity))
		expect_nothing(driver, point, signed_of(-1), "a counter below zero");
	/* What the driver does not know for a mark may be a reading, but then never one of zero: that would be a meter at rest. */
	for (size_t i = 0; i < sizeof usual / sizeof usual[0]; i++)
		if (convert(point, signed_of(usual[i]), &reading) == C_SNMP_VALUE_OK && !quantity_is_counter(point->quantity))
			cr_expect(reading.value != 0.0 || (point->is_negative_zero && usual[i] < -1), "%s: %lld is a zero of %s",
				  driver->name, (long long)usual[i], quantity_name(point->quantity));
}

static void check_scale(const struct plan_snmp_driver *driver, const struct plan_point *point)
{
	struct c_snmp_raw word = text_of("furlong");
	struct c_snmp_raw huge = signed_of(INT64_MAX);
	struct c_snmp_factor factor;

	if (point->scale.kind == SCALE_FIXED)
		return;
	cr_expect_not(c_snmp_value_factor(point, NULL, NULL, &factor), "%s: a scale from nothing", driver->name);
	cr_expect_not(c_snmp_value_factor(point, &word, &word, &factor), "%s: a scale from a word", driver->name);
	cr_expect_not(c_snmp_value_factor(point, &huge, &huge, &factor), "%s: a scale out of range", driver->name);
}

static void check_points(const struct plan_snmp_driver *driver)
{
	each_point(driver, check_no_number);
	each_point(driver, check_marks);
	each_point(driver, check_scale);
}

Test(every_driver, takes_nothing_that_is_no_reading_for_one)
{
	cr_expect_geq(each_driver(check_points), FEWEST_DRIVERS);
}

static void ignore_meter(void *context, uint32_t meter, const struct meter_info *info)
{
	(void)context, (void)meter, (void)info;
}

/* A survey whose columns all have the same 10,000 rows, as far as a table takes them. */
static struct c_snmp_survey *big_survey(const struct plan_snmp_driver *driver)
{
	struct c_snmp_survey *survey = c_snmp_survey_new(&driver, 1);
	struct c_snmp_raw five = signed_of(5);

	cr_assert_not_null(survey);
	survey->is_complete = true;
	for (size_t c = 0; c < survey->column_count; c++)
		for (uint32_t row = 1; row <= BIG_TABLE_ROWS; row++)
			if (c_snmp_table_add(survey->table, c, &row, 1, &five) != ERR_NONE)
				survey->is_complete = false;
	return survey;
}

static void check_big_tables(const struct plan_snmp_driver *driver)
{
	const struct c_snmp_drivers drivers = {.driver = {driver}, .count = 1};
	const struct c_snmp_announcer announcer = {.put_meter = ignore_meter};
	struct c_snmp_survey *survey = big_survey(driver);
	struct c_snmp_shape *shape = c_snmp_shape_new(&drivers, survey, NULL, 10000, &announcer);

	/* Either all is kept, or the device is refused: a sum of some of the rows would be a wrong total. */
	if (shape != NULL)
		cr_expect_lt(shape->summand_count, C_SNMP_ROWS_MAX, "%s: a sum of %u of %d rows", driver->name, shape->summand_count,
			     BIG_TABLE_ROWS);
	c_snmp_shape_free(shape);
	c_snmp_survey_free(survey);
}

Test(every_driver, stands_tables_of_10000_rows, .timeout = 600)
{
	cr_expect_geq(each_driver(check_big_tables), FEWEST_DRIVERS);
}
