/* SPDX-License-Identifier: Apache-2.0 */
/* A read of a BMC whose answers are written here, its report on its way, and the meters that come of it. */
#include "base/text.h"
#include "ipmi/bmc.h"
#include "ipmi/catalogue.h"

#include <criterion/criterion.h>
#include <string.h>

/* One request and its answer: completion code, then data. */
struct line {
	uint8_t netfn;
	uint8_t command;
	uint8_t first; /* of the request's data; 0 any */
	uint8_t second;
	uint8_t bytes; /* of answer */
	uint8_t answer[40];
};

struct script {
	const struct line *line;
	size_t count;
	size_t asked;
	size_t silent_after; /* requests; 0 never */
};

static bool transact(void *context, const struct c_ipmi_request *request, struct c_ipmi_answer *answer)
{
	struct script *script = context;

	cr_assert(c_ipmi_allow_is_read(request), "%02x %02x", request->netfn, request->command);
	script->asked++;
	if (script->silent_after != 0 && script->asked > script->silent_after)
		return false;
	*answer = (struct c_ipmi_answer){.completion = 0xc1};
	for (size_t i = 0; i < script->count; i++) {
		const struct line *line = &script->line[i];

		if (line->netfn != request->netfn || line->command != request->command ||
		    (line->first != 0 && line->first != request->data[0]) || (line->second != 0 && line->second != request->data[1]))
			continue;
		answer->completion = line->answer[0];
		answer->bytes = (uint8_t)(line->bytes - 1);
		memcpy(answer->data, line->answer + 1, answer->bytes);
		break;
	}
	return true;
}

static int64_t now_ns = 1000;

static int64_t clock_ns(void)
{
	return now_ns += 1000;
}

static void no_pause(uint32_t ms)
{
	now_ns += ms * INT64_C(1000000);
}

static struct c_ipmi_port port_of(struct script *script)
{
	return (struct c_ipmi_port){.context = script, .transact = transact, .clock = clock_ns, .pause = no_pause};
}

#define DEVICE_ID                                                      \
	{                                                              \
		0x06, 0x01, 0, 0, 12,                                  \
		{                                                      \
			0, 0x20, 1, 2, 0x85, 2, 0xdf, 0xa2, 2, 0, 0, 1 \
		}                                                      \
	}
#define POWER(mode, low, high, state)                                                                        \
	{                                                                                                    \
		0x2c, 0x02, 0xdc, mode, 19,                                                                  \
		{                                                                                            \
			0, 0xdc, low, high, 100, 0, 0xf4, 1, 0x90, 1, 0, 0, 0, 0x66, 0x30, 0x75, 0, 0, state \
		}                                                                                            \
	}

static bool read_script(struct script *script, struct c_ipmi_bmc *bmc, struct c_ipmi_report *report)
{
	const struct c_ipmi_port port = port_of(script);

	bmc->interval_ms = 30000;
	return c_ipmi_bmc_read(bmc, &port, report);
}

Test(bmc, dcmi_power_is_the_total)
{
	const struct line line[] = {DEVICE_ID, POWER(1, 0x9c, 1, 0x40), {0x2c, 0x10, 0xdc, 1, 6, {0, 0xdc, 1, 1, 23, 1}}};
	struct script script = {line, 3, 0, 0};
	struct c_ipmi_bmc bmc = {0};
	struct c_ipmi_report report;

	cr_assert(read_script(&script, &bmc, &report));
	cr_expect_eq(report.state, DEVICE_UP);
	cr_expect_str_eq(report.vendor, "Dell");
	cr_expect_str_eq(report.source, "dcmi");
	cr_assert_eq(report.meter_count, 2);
	cr_expect_str_eq(report.meter[0].key, "total");
	cr_expect_float_eq(report.meter[0].power_w, 412, 1e-9);
	cr_expect_str_eq(report.meter[1].key, "inlet");
	cr_expect_float_eq(report.meter[1].temperature_c, 23, 1e-9);
}

Test(bmc, the_average_of_an_announced_window_is_taken)
{
	/* windows: 30 s; mode 2 with it: mean 400 over 30,000 ms */
	const struct line line[] = {DEVICE_ID, {0x2c, 0x01, 0xdc, 5, 7, {0, 0xdc, 1, 5, 2, 1, 0x1e}}, POWER(2, 0x9c, 1, 0x40)};
	struct script script = {line, 3, 0, 0};
	struct c_ipmi_bmc bmc = {0};
	struct c_ipmi_report report;

	cr_assert(read_script(&script, &bmc, &report));
	cr_expect_str_eq(report.source, "dcmi_window");
	cr_expect_float_eq(report.meter[0].power_w, 400, 1e-9);
}

Test(bmc, a_window_that_is_announced_and_refused_is_given_up)
{
	const struct line line[] = {
	    {0x2c, 0x01, 0xdc, 5, 7, {0, 0xdc, 1, 5, 2, 1, 0x1e}}, {0x2c, 0x02, 0xdc, 2, 1, {0xcc}}, POWER(1, 0x9c, 1, 0x40)};
	struct script script = {line, 3, 0, 0};
	struct c_ipmi_bmc bmc = {0};
	struct c_ipmi_report report;

	cr_assert(read_script(&script, &bmc, &report));
	cr_expect_float_eq(report.meter[0].power_w, 412, 1e-9);
	cr_expect_eq(bmc.window, 0);
}

Test(bmc, inactive_zero_and_unknown_give_a_reason_and_no_value)
{
	const struct line inactive[] = {POWER(1, 0x9c, 1, 0x00)};
	const struct line zero[] = {POWER(1, 0, 0, 0x40)};
	const struct line privilege[] = {{0x2c, 0x02, 0, 0, 1, {0xd4}}};
	const struct line brief[] = {{0x2c, 0x02, 0, 0, 5, {0, 0xdc, 1, 2, 3}}};
	static const char *const word[] = {"not active", "0 W", "privilege: operator", "too short"};
	const struct line *const each[] = {inactive, zero, privilege, brief};

	for (size_t i = 0; i < 4; i++) {
		struct script script = {each[i], 1, 0, 0};
		struct c_ipmi_bmc bmc = {0};
		struct c_ipmi_report report;

		cr_assert(read_script(&script, &bmc, &report));
		cr_expect_eq(report.state, i == 3 ? DEVICE_LYING : DEVICE_REFUSED);
		cr_expect_eq(report.meter_count, 0);
		cr_expect(strstr(report.reason, word[i]) != NULL, "%s", report.reason);
	}
}

Test(bmc, silence_at_any_request_is_told)
{
	const struct line line[] = {DEVICE_ID, POWER(1, 0x9c, 1, 0x40)};

	/* device id, guid, counter, windows, power, inlet */
	for (size_t after = 1; after <= 5; after++) {
		struct script script = {line, 2, 0, after};
		struct c_ipmi_bmc bmc = {0};
		struct c_ipmi_report report;

		cr_expect_not(read_script(&script, &bmc, &report), "after %zu", after);
		cr_expect_eq(report.state, DEVICE_SILENT);
		cr_expect_eq(script.asked, after + 1, "nothing is asked of a BMC that fell silent");
	}
}

Test(bmc, a_dells_counter_is_energy_and_dcmi_places_it)
{
	/* 0x0001e240 = 123456 Wh since a start */
	const struct line line[] = {
	    DEVICE_ID, POWER(1, 0x9c, 1, 0x40), {0x30, 0x9c, 0x07, 0x01, 9, {0, 0, 0, 0, 0x66, 0x40, 0xe2, 0x01, 0x00}}};
	const struct line refused[] = {DEVICE_ID, POWER(1, 0x9c, 1, 0x40), {0x30, 0x9c, 0x07, 0x01, 1, {0x6f}}};
	struct script script = {line, 3, 0, 0};
	struct c_ipmi_bmc bmc = {0};
	struct c_ipmi_report report;

	cr_assert(read_script(&script, &bmc, &report));
	cr_assert_eq(report.meter_count, 1);
	cr_expect(report.meter[0].counter == C_IPMI_COUNTER_DELL && report.meter[0].has_power);
	cr_expect_eq(report.meter[0].energy_raw, 123456);
	/* without a licence: asked once */
	script = (struct script){refused, 3, 0, 0};
	bmc = (struct c_ipmi_bmc){0};
	cr_assert(read_script(&script, &bmc, &report));
	cr_expect_eq(report.meter[0].counter, C_IPMI_COUNTER_NONE);
	cr_expect_eq(report.state, DEVICE_UP);
	cr_expect_eq(bmc.counter_idx, 1, "not asked again");
}

/* Device id of manufacturer 19046. */
#define LENOVO_ID                                                                              \
	{                                                                                      \
		0x06, 0x01, 0, 0, 16,                                                          \
		{                                                                              \
			0, 0x20, 0x81, 1, 0x23, 2, 0xbf, 0x66, 0x4a, 0, 0x30, 0x02, 0, 0, 0, 0 \
		}                                                                              \
	}

Test(bmc, a_lenovos_counter_is_asked_with_the_argument_that_it_tells)
{
	/* 0x123456789a = 78,187,493,530 mJ */
	const struct line line[] = {LENOVO_ID,
				    POWER(1, 0x9c, 1, 0x40),
				    {0x2e, 0x82, 0x66, 0x4a, 8, {0, 0x66, 0x4a, 0, 0, 0, 0, 0x21}},
				    {0x2e, 0x81, 0x66, 0x4a, 12, {0, 0x66, 0x4a, 0, 0, 0, 0, 0x12, 0x34, 0x56, 0x78, 0x9a}}};
	struct script script = {line, 4, 0, 0};
	struct c_ipmi_bmc bmc = {0};
	struct c_ipmi_report report;

	cr_assert(read_script(&script, &bmc, &report));
	cr_assert_eq(report.meter_count, 1);
	cr_expect_eq(report.meter[0].counter, C_IPMI_COUNTER_LENOVO_XCC);
	cr_expect_eq(report.meter[0].energy_raw, UINT64_C(78187493530));
	cr_expect_eq(c_ipmi_oem_ask_energy(C_IPMI_COUNTER_LENOVO_XCC, bmc.argument).data[3], 0x21);
}

Test(bmc, a_lenovo_without_that_counter_is_asked_for_the_other)
{
	/* 70,000 J and 250 mJ */
	const struct line line[] = {LENOVO_ID,
				    POWER(1, 0x9c, 1, 0x40),
				    {0x3a, 0x32, 0x04, 0x02, 15, {0, 1, 0, 0x70, 0x11, 0x01, 0x00, 0xfa, 0x00, 0, 0, 0, 0, 0, 0}}};
	struct script script = {line, 3, 0, 0};
	struct c_ipmi_bmc bmc = {0};
	struct c_ipmi_report report;

	cr_assert(read_script(&script, &bmc, &report));
	cr_expect_eq(report.meter[0].counter, C_IPMI_COUNTER_LENOVO_SD650);
	cr_expect_eq(report.meter[0].energy_raw, 70000250u);
}

/* ---- The report on its way ---------------------------------------------------------------------------------------------------------------- */

static struct c_ipmi_report full_report(void)
{
	struct c_ipmi_report report = {
	    .state = DEVICE_UP, .login = {.suite = 3, .is_open_lenient = true, .is_proven = true}, .supply_count = 2, .meter_count = 2};

	(void)text_copy(report.source, sizeof report.source, "sdr");
	report.meter[0] =
	    (struct c_ipmi_meter){.key = "psu/1", .name = "PS1", .kind = C_IPMI_METER_SUPPLY, .has_power = true, .power_w = 200};
	report.meter[1] =
	    (struct c_ipmi_meter){.key = "psu/2", .name = "PS2", .kind = C_IPMI_METER_SUPPLY, .has_power = true, .power_w = 210};
	return report;
}

static size_t encode(const struct c_ipmi_report *report, uint8_t *bytes)
{
	struct wire_writer writer = {.bytes = bytes, .capacity = C_IPMI_REPORT_BYTES_MAX};

	c_ipmi_report_put(&writer, report);
	cr_assert_not(writer.is_full);
	return writer.length;
}

Test(report, comes_back_as_it_was_and_never_torn)
{
	const struct c_ipmi_report report = full_report();
	struct c_ipmi_report again;
	uint8_t bytes[C_IPMI_REPORT_BYTES_MAX];
	size_t length = encode(&report, bytes);

	cr_assert_eq(c_ipmi_report_get(&again, bytes, length, NULL), ERR_NONE);
	cr_expect_eq(again.login.suite, 3);
	cr_expect_eq(again.meter_count, 2);
	cr_expect_str_eq(again.meter[1].key, "psu/2");
	cr_expect_float_eq(again.meter[1].power_w, 210, 1e-9);
	for (size_t cut = 0; cut < length; cut++)
		cr_expect_eq(c_ipmi_report_get(&again, bytes, cut, NULL), ERR_DATA);
}

Test(report, two_meters_with_one_key_or_a_negative_power_are_refused)
{
	struct c_ipmi_report report = full_report();
	struct c_ipmi_report again;
	uint8_t bytes[C_IPMI_REPORT_BYTES_MAX];

	(void)text_copy(report.meter[1].key, METER_KEY_BYTES, "psu/1");
	cr_expect_eq(c_ipmi_report_get(&again, bytes, encode(&report, bytes), NULL), ERR_DATA);
	report = full_report();
	report.meter[0].power_w = -1;
	cr_expect_eq(c_ipmi_report_get(&again, bytes, encode(&report, bytes), NULL), ERR_DATA);
}

/* ---- Meters ------------------------------------------------------------------------------------------------------------------------------- */

Test(catalogue, supplies_have_a_total_that_is_their_sum)
{
	const struct c_ipmi_report report = full_report();
	struct c_ipmi_catalogue catalogue = {0};
	struct sample sample[C_IPMI_SAMPLES_MAX];
	struct meter_info info;
	uint32_t number;

	cr_assert(c_ipmi_catalogue_take(&catalogue, &report));
	cr_assert(c_ipmi_catalogue_next(&catalogue, &number, &info));
	cr_expect_eq(number, 0);
	cr_expect(info.is_derived && info.role == ROLE_TOTAL && info.point == POINT_IT_IN);
	cr_assert(c_ipmi_catalogue_next(&catalogue, &number, &info));
	cr_expect(info.is_summand && info.role == ROLE_PART);
	cr_expect_str_eq(info.parent, "total");
	cr_assert(c_ipmi_catalogue_next(&catalogue, &number, &info));
	cr_expect_not(c_ipmi_catalogue_next(&catalogue, &number, &info));
	cr_assert_eq(c_ipmi_catalogue_samples(&catalogue, &report, 7, 99, sample), 2);
	cr_expect_eq(sample[1].meter, 2);
	cr_expect_eq(sample[1].device, 7);
	cr_expect_float_eq(sample[1].value, 210, 1e-9);
}

Test(catalogue, a_meter_is_announced_again_when_it_gains_a_counter)
{
	struct c_ipmi_report report = {.meter_count = 1, .meter = {{.key = "total", .name = "Total", .has_power = true, .power_w = 5}}};
	struct c_ipmi_catalogue catalogue = {0};
	struct meter_info info;
	uint32_t number;

	cr_assert(c_ipmi_catalogue_take(&catalogue, &report));
	cr_assert(c_ipmi_catalogue_next(&catalogue, &number, &info));
	cr_expect_eq(info.energy.unit_num, 0);
	cr_assert(c_ipmi_catalogue_take(&catalogue, &report));
	cr_expect_not(c_ipmi_catalogue_next(&catalogue, &number, &info));
	report.meter[0].counter = C_IPMI_COUNTER_DELL;
	report.meter[0].energy_raw = 1234;
	cr_assert(c_ipmi_catalogue_take(&catalogue, &report));
	cr_assert(c_ipmi_catalogue_next(&catalogue, &number, &info));
	cr_expect_eq(number, 0);
	cr_expect_eq(info.energy.unit_num, 3600000, "a watt-hour in millijoules");
	cr_expect(info.energy.is_resettable && !info.energy.is_wrap_known);
}

/* ---- Sensors ------------------------------------------------------------------------------------------------------------------------------ */

/* One record, of a supply, in the parts that are asked for; and a second one that is the last. */
static bool transact_sensors(void *context, const struct c_ipmi_request *request, struct c_ipmi_answer *answer)
{
	static const uint8_t supply[48] = {0, 0, 0x51, 1, 43, 0x20, 0, 7, 10, 1, 0, 0, 0x0b, 1, 0, 0, 0, 0, 0, 0, 0, 6, 0, 0, 2};
	const uint8_t *raw = context; /* of the two supplies; 0xff: not in the machine */
	uint8_t record[48];

	*answer = (struct c_ipmi_answer){.completion = 0xc1};
	if (request->netfn == C_IPMI_STORAGE && request->command == C_IPMI_GET_SDR) {
		memcpy(record, supply, sizeof record);
		record[7] = (uint8_t)(7 + request->data[2]);
		record[9] = (uint8_t)(1 + request->data[2]);
		*answer = (struct c_ipmi_answer){.bytes = (uint8_t)(2 + request->data[5])};
		answer->data[0] = request->data[2] == 1 ? 0xff : 1;
		answer->data[1] = request->data[2] == 1 ? 0xff : 0;
		memcpy(answer->data + 2, record + request->data[4], request->data[5]);
	} else if (request->netfn == C_IPMI_SENSOR) {
		uint8_t value = raw[request->data[0] - 7];
		*answer = (struct c_ipmi_answer){.completion = value == 0xff ? 0xcb : 0, .bytes = 3, .data = {value, 0xc0, 0}};
	}
	return true;
}

static struct c_ipmi_report read_sensors(struct c_ipmi_bmc *bmc, const uint8_t raw[static 2])
{
	uint8_t copy[2] = {raw[0], raw[1]};
	const struct c_ipmi_port port = {.context = copy, .transact = transact_sensors, .clock = clock_ns, .pause = no_pause};
	struct c_ipmi_report report;

	bmc->interval_ms = 30000;
	cr_assert(c_ipmi_bmc_read(bmc, &port, &report));
	return report;
}

Test(bmc, without_dcmi_the_supplies_are_read)
{
	struct c_ipmi_bmc bmc = {0};
	struct c_ipmi_report report = read_sensors(&bmc, (uint8_t[]){100, 50});

	cr_expect_eq(report.state, DEVICE_UP);
	cr_expect_str_eq(report.source, "sdr");
	cr_assert_eq(report.meter_count, 2);
	cr_expect_eq(report.supply_count, 2);
	cr_expect_str_eq(report.meter[1].key, "psu/2");
	cr_expect_eq(report.meter[1].kind, C_IPMI_METER_SUPPLY);
	cr_expect_float_eq(report.meter[0].power_w, 200, 1e-9, "m = 2");
	/* one that is not plugged in draws nothing, one that is not in the machine is not missed */
	report = read_sensors(&bmc, (uint8_t[]){100, 0});
	cr_expect_eq(report.meter_count, 2);
	cr_expect_eq(report.state, DEVICE_UP);
	report = read_sensors(&bmc, (uint8_t[]){100, 0xff});
	cr_expect_eq(report.meter_count, 1);
	cr_expect_eq(report.supply_count, 1);
	cr_expect_eq(report.state, DEVICE_UP);
}

Test(bmc, supplies_that_all_show_zero_are_no_reading)
{
	struct c_ipmi_bmc bmc = {0};
	struct c_ipmi_report report = read_sensors(&bmc, (uint8_t[]){0, 0});

	cr_expect_eq(report.meter_count, 0);
	cr_expect_eq(report.state, DEVICE_REFUSED);
}
