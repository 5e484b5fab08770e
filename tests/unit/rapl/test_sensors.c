/* SPDX-License-Identifier: Apache-2.0 */
/* Sensors of hwmon and of power supplies: which files, what they mean, and what of them is the whole. */
#include "rapl/hwmon_rule.h"
#include "rapl/roster.h"
#include "rapl/sensor.h"
#include "rapl/supply_rule.h"

#include "base/text.h"

#include <criterion/criterion.h>
#include <string.h>

static struct c_rapl_hwmon_file file_of(const char *folder, const char *chip, const char *name, const char *label)
{
	struct c_rapl_hwmon_file file = {.index = 0};

	(void)text_copy(file.folder, sizeof file.folder, folder);
	(void)text_copy(file.chip, sizeof file.chip, chip);
	(void)text_copy(file.label, sizeof file.label, label);
	cr_assert(c_rapl_hwmon_parse(name, &file), "%s", name);
	return file;
}

Test(hwmon, names_of_files)
{
	static const char *const bad[] = {"power1_cap", "power_input",      "in1_input",    "power1_inputx",
					  "temp1_max",  "power99999_input", "energy1_label"};
	struct c_rapl_hwmon_file file = {.index = 0};

	cr_assert(c_rapl_hwmon_parse("power12_average", &file));
	cr_expect_eq(file.index, 12);
	cr_expect_eq(file.quantity, QUANTITY_POWER);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		cr_expect_not(c_rapl_hwmon_parse(bad[i], &file), "%s", bad[i]);
}

Test(hwmon, the_mean_is_kept_of_a_power_that_has_both)
{
	struct c_rapl_hwmon_file files[] = {file_of("hwmon0", "amdgpu", "power1_input", "PPT"),
					    file_of("hwmon0", "amdgpu", "power1_average", "PPT"),
					    file_of("hwmon0", "amdgpu", "power2_input", "")};

	cr_assert_eq(c_rapl_hwmon_prune(files, 3), 2);
	cr_expect_str_eq(files[0].name, "power1_average");
}

Test(hwmon, what_is_not_read)
{
	struct c_rapl_hwmon_file out = file_of("hwmon0", "pmbus", "power2_input", "pout1");
	struct c_rapl_hwmon_file core = file_of("hwmon0", "amd_energy", "energy3_input", "Ecore003");
	struct c_rapl_hwmon_file temperature = file_of("hwmon0", "coretemp", "temp1_input", "");

	cr_expect_not(c_rapl_hwmon_place(&out, false));
	cr_expect_not(c_rapl_hwmon_place(&core, false));
	cr_expect_not(c_rapl_hwmon_place(&temperature, false));
	cr_expect(c_rapl_hwmon_place(&temperature, true));
	cr_expect_eq(temperature.scope, C_RAPL_HWMON_AIR);
}

Test(hwmon, one_acpi_meter_is_the_whole_and_two_are_not)
{
	struct c_rapl_hwmon_file files[] = {file_of("hwmon0", "power_meter", "power1_average", ""),
					    file_of("hwmon1", "pmbus", "power1_input", "pin"),
					    file_of("hwmon2", "power_meter", "power1_average", "")};
	struct meter_info info;

	for (size_t i = 0; i < 3; i++)
		cr_assert(c_rapl_hwmon_place(&files[i], false));
	c_rapl_hwmon_describe(&files[0], files, 2, &info);
	cr_expect_str_eq(info.key, "total");
	cr_expect(info.role == ROLE_TOTAL && !info.is_component);
	c_rapl_hwmon_describe(&files[1], files, 2, &info);
	cr_expect_not(info.is_summand, "the supply is inside what the meter tells");
	cr_expect_not(c_rapl_hwmon_has_sum(files, 2));
	c_rapl_hwmon_describe(&files[0], files, 3, &info);
	cr_expect_eq(info.role, ROLE_PART);
	c_rapl_hwmon_describe(&files[1], files + 1, 1, &info);
	cr_expect(info.is_summand);
	cr_expect(c_rapl_hwmon_has_sum(files + 1, 1));
}

Test(hwmon, keys_are_made_of_chip_and_place)
{
	struct c_rapl_hwmon_file file = file_of("hwmon4", "amdgpu", "power1_average", "PPT");
	struct meter_info info;

	(void)text_copy(file.place, sizeof file.place, "0000:03:00.0");
	cr_assert(c_rapl_hwmon_place(&file, false));
	c_rapl_hwmon_describe(&file, &file, 1, &info);
	cr_expect_str_eq(info.key, "amdgpu-0000-03-00.0/1");
	cr_expect_str_eq(info.name, "amdgpu PPT");
	cr_expect(info.is_component);
}

Test(sensor, numbers_as_the_kernel_writes_them)
{
	int64_t value = 0;

	cr_assert(c_rapl_sensor_parse("-2500000\n", 9, &value));
	cr_expect_eq(value, -2500000);
	cr_expect_not(c_rapl_sensor_parse("", 0, &value));
	cr_expect_not(c_rapl_sensor_parse("\n", 1, &value));
	cr_expect_not(c_rapl_sensor_parse("12 34\n", 6, &value));
	cr_expect_not(c_rapl_sensor_parse("99999999999999999999\n", 21, &value));
}

Test(supply, charge_by_energy_then_charge_then_percent)
{
	struct c_rapl_supply_raw raw = {.status = C_RAPL_STATUS_RESTING};
	struct c_rapl_supply_reading reading;

	raw.has[C_RAPL_SUPPLY_CAPACITY] = true;
	raw.value[C_RAPL_SUPPLY_CAPACITY] = 37;
	c_rapl_supply_convert(&raw, &reading);
	cr_expect_float_eq(reading.soc_ratio, 0.37, 1e-9);
	raw.has[C_RAPL_SUPPLY_CHARGE_NOW] = raw.has[C_RAPL_SUPPLY_CHARGE_FULL] = true;
	raw.value[C_RAPL_SUPPLY_CHARGE_NOW] = 900000;
	raw.value[C_RAPL_SUPPLY_CHARGE_FULL] = 3600000;
	c_rapl_supply_convert(&raw, &reading);
	cr_expect_float_eq(reading.soc_ratio, 0.25, 1e-9);
	raw.value[C_RAPL_SUPPLY_CHARGE_FULL] = 0;
	raw.value[C_RAPL_SUPPLY_CAPACITY] = 101;
	c_rapl_supply_convert(&raw, &reading);
	cr_expect_not(reading.has_soc);
}

Test(supply, the_status_decides_the_direction_whatever_the_sign)
{
	struct c_rapl_supply_raw raw = {.status = C_RAPL_STATUS_DISCHARGING};
	struct c_rapl_supply_reading reading;

	raw.has[C_RAPL_SUPPLY_POWER] = true;
	raw.value[C_RAPL_SUPPLY_POWER] = -15000000;
	c_rapl_supply_convert(&raw, &reading);
	cr_expect(reading.has_power);
	cr_expect_float_eq(reading.out_w, 15, 1e-9);
	cr_expect_float_eq(reading.in_w, 0, 1e-9);
	raw.status = C_RAPL_STATUS_UNKNOWN;
	c_rapl_supply_convert(&raw, &reading);
	cr_expect_not(reading.has_power);
	cr_expect_eq(c_rapl_supply_kind_of("Battery", "Device"), C_RAPL_SUPPLY_NONE, "a mouse");
	cr_expect_eq(c_rapl_supply_status_of("Not charging"), C_RAPL_STATUS_RESTING);
}

Test(roster, a_meter_keeps_its_number_and_is_told_once)
{
	struct c_rapl_roster roster = {0};
	struct meter_info info = {.key = "a", .is_summand = true};
	struct meter_info out;
	uint32_t number = 9;

	cr_assert_eq(c_rapl_roster_put(&roster, &info, &number), ERR_NONE);
	cr_expect_eq(number, 0);
	cr_assert(c_rapl_roster_take(&roster, &number, &out));
	cr_expect_not(c_rapl_roster_take(&roster, &number, &out));
	cr_assert_eq(c_rapl_roster_put(&roster, &info, &number), ERR_NONE);
	cr_expect_not(c_rapl_roster_take(&roster, &number, &out));
	(void)text_copy(info.name, sizeof info.name, "b");
	cr_assert_eq(c_rapl_roster_put(&roster, &info, &number), ERR_NONE);
	cr_assert(c_rapl_roster_take(&roster, &number, &out));
	cr_expect_eq(c_rapl_roster_summand_count(&roster), 1);
	c_rapl_roster_deinit(&roster);
}
