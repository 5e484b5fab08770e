/* SPDX-License-Identifier: Apache-2.0 */
/* Sensor data records: what a raw reading means, which sensors are chosen, and walks over BMCs that answer well and badly. */
#include "ipmi/sdr.h"
#include "ipmi/walk.h"

#include <criterion/criterion.h>
#include <string.h>

enum { RECORD_BYTES = 63 };

/* "Pwr Consumption" of entity 7.1, watts, m = 4 (IPMI v2.0 table 43-1, byte by byte). */
static const uint8_t golden[RECORD_BYTES] = {0x01, 0x00, 0x51, 0x01, 0x3a, 0x20, 0x00, 0x01, 0x07, 0x01, 0x67, 0x48, 0x0b, 0x01, 0x00, 0x00,
					     0x00, 0x00, 0x38, 0x38, 0x00, 0x06, 0x00, 0x00, 0x04, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x64,
					     0xc8, 0x00, 0xff, 0x00, 0xf0, 0xe0, 0xd0, 0x00, 0x00, 0x00, 0x02, 0x02, 0x00, 0x00, 0x00, 0xcf,
					     'P',  'w',  'r',  ' ',  'C',  'o',  'n',  's',  'u',  'm',  'p',  't',  'i',  'o',  'n'};

Test(sdr, a_full_record_of_watts)
{
	struct c_ipmi_sensor sensor;

	cr_assert(c_ipmi_sdr_parse(golden, sizeof golden, &sensor));
	cr_expect_eq(sensor.number, 1);
	cr_expect_eq(sensor.entity, 7);
	cr_expect_eq(sensor.instance, 1);
	cr_expect_str_eq(sensor.name, "Pwr Consumption");
	cr_expect_float_eq(c_ipmi_sdr_value(&sensor, 103), 412, 1e-9, "4 x 103");
	cr_expect_not(c_ipmi_sdr_parse(golden, 47, &sensor));
}

Test(sdr, other_units_entities_and_forms_are_not_taken)
{
	static const struct {
		uint8_t at;
		uint8_t value;
	} change[] = {
	    {3, 0x02},  /* a compact record */
	    {5, 0x2c},  /* of another controller */
	    {8, 3},     /* of a processor: inside the box */
	    {20, 0xc0}, /* no analog reading */
	    {20, 0x01}, /* percent */
	    {20, 0x08}, /* per some time */
	    {21, 5},    /* amperes */
	    {23, 7},    /* 1/x */
	};

	for (size_t i = 0; i < sizeof change / sizeof change[0]; i++) {
		uint8_t record[RECORD_BYTES];
		struct c_ipmi_sensor sensor;

		memcpy(record, golden, sizeof record);
		record[change[i].at] = change[i].value;
		cr_expect_not(c_ipmi_sdr_parse(record, sizeof record, &sensor), "change %zu", i);
	}
}

Test(sdr, formula_with_offset_exponents_and_signs)
{
	/* y = (m x + b 10^bexp) 10^rexp */
	const struct c_ipmi_sensor tenths = {.m = 25, .b = -3, .b_exponent = 1, .r_exponent = -1};
	const struct c_ipmi_sensor twos = {.m = 1, .format = 2};
	const struct c_ipmi_sensor ones = {.m = 1, .format = 1};
	uint8_t record[RECORD_BYTES];
	struct c_ipmi_sensor sensor;

	cr_expect_float_eq(c_ipmi_sdr_value(&tenths, 100), 247, 1e-9, "(2500 - 30) / 10");
	cr_expect_float_eq(c_ipmi_sdr_value(&twos, 0xff), -1, 1e-9);
	cr_expect_float_eq(c_ipmi_sdr_value(&ones, 0xfe), -1, 1e-9);
	memcpy(record, golden, sizeof record);
	record[24] = 0xff; /* m = -1: ten bits of ones */
	record[25] = 0xc0;
	record[26] = 0x00; /* b = 256 */
	record[27] = 0x40;
	record[29] = 0xf1; /* r exponent -1, b exponent 1 */
	cr_assert(c_ipmi_sdr_parse(record, sizeof record, &sensor));
	cr_expect_float_eq(c_ipmi_sdr_value(&sensor, 60), 250, 1e-9, "(-60 + 2560) / 10");
}

static struct c_ipmi_sensor sensor_of(uint8_t entity, uint8_t instance, uint8_t number, const char *name)
{
	struct c_ipmi_sensor sensor = {.entity = entity, .instance = instance, .number = number, .m = 1};

	strncpy(sensor.name, name, sizeof sensor.name - 1);
	return sensor;
}

Test(sdr, the_whole_is_chosen_and_supplies_are_not_added_to_it)
{
	const struct c_ipmi_sensor list[] = {sensor_of(10, 1, 1, "PS1 Power In"), sensor_of(7, 1, 2, "Sys Power"),
					     sensor_of(19, 1, 3, "Total Power"), sensor_of(10, 2, 4, "PS2 Power In")};
	struct c_ipmi_choice choice;

	c_ipmi_sdr_choose(list, 4, &choice);
	cr_expect_not(choice.is_sum);
	cr_assert_eq(choice.watts_count, 1);
	cr_expect_eq(choice.sensor[0].number, 3);
}

Test(sdr, one_sensor_a_supply_and_that_of_its_input)
{
	const struct c_ipmi_sensor list[] = {sensor_of(10, 1, 1, "PSU1 Pout"), sensor_of(10, 1, 2, "PSU1 Pin"),
					     sensor_of(10, 2, 3, "PS2 Input"), sensor_of(10, 2, 4, "PS2 Output"),
					     sensor_of(10, 3, 5, "PS3")};
	struct c_ipmi_choice choice;

	c_ipmi_sdr_choose(list, 5, &choice);
	cr_expect(choice.is_sum);
	cr_assert_eq(choice.watts_count, 3);
	cr_expect_eq(choice.sensor[0].number, 2);
	cr_expect_eq(choice.sensor[1].number, 3);
	cr_expect_eq(choice.sensor[2].number, 5);
}

Test(sdr, a_reading_that_is_not_available_is_none)
{
	uint8_t raw = 0;

	cr_assert(c_ipmi_sdr_parse_reading(&(struct c_ipmi_answer){.bytes = 3, .data = {103, 0xc0, 0}}, &raw));
	cr_expect_eq(raw, 103);
	cr_expect_not(c_ipmi_sdr_parse_reading(&(struct c_ipmi_answer){.bytes = 3, .data = {103, 0xe0, 0}}, &raw));
	cr_expect_not(c_ipmi_sdr_parse_reading(&(struct c_ipmi_answer){.bytes = 3, .data = {103, 0x80, 0}}, &raw));
	cr_expect_not(c_ipmi_sdr_parse_reading(&(struct c_ipmi_answer){.bytes = 1, .data = {103}}, &raw));
}

/* ---- Walks ---------------------------------------------------------------------------------------------------------------------------- */

struct depot {
	uint8_t record[3][RECORD_BYTES];
	unsigned count;
	unsigned part_max;       /* more at once: 0xca */
	unsigned lose_at;        /* this request loses the reservation; 0 never */
	bool is_empty_handed;    /* parts without bytes */
	bool is_without_reserve; /* 0xc1 */
	uint16_t reservation;
	unsigned asked;
};

static struct depot make_depot(void)
{
	struct depot depot = {.count = 3, .part_max = 255, .reservation = 0x1234};

	for (unsigned i = 0; i < 3; i++)
		memcpy(depot.record[i], golden, RECORD_BYTES);
	depot.record[0][3] = 0x12; /* a locator */
	depot.record[1][21] = 1;   /* a temperature of the board */
	return depot;
}

static struct c_ipmi_answer answer_of(struct depot *depot, const struct c_ipmi_request *request)
{
	struct c_ipmi_answer answer = {0};

	depot->asked++;
	cr_assert(c_ipmi_allow_is_read(request));
	if (request->command == C_IPMI_RESERVE_SDR) {
		if (depot->is_without_reserve)
			return (struct c_ipmi_answer){.completion = 0xc1};
		depot->reservation++;
		return (struct c_ipmi_answer){.bytes = 2, .data = {(uint8_t)depot->reservation, (uint8_t)(depot->reservation >> 8)}};
	}
	unsigned at = request->data[2];
	uint16_t used = (uint16_t)(request->data[0] | request->data[1] << 8);
	if (depot->lose_at == depot->asked || (!depot->is_without_reserve && used != depot->reservation))
		return (struct c_ipmi_answer){.completion = 0xc5};
	if (request->data[5] > depot->part_max)
		return (struct c_ipmi_answer){.completion = 0xca};
	cr_assert_lt(at, depot->count);
	cr_assert_leq(request->data[4] + request->data[5], RECORD_BYTES);
	answer.data[0] = at + 1 == depot->count ? 0xff : (uint8_t)(at + 1);
	answer.data[1] = at + 1 == depot->count ? 0xff : 0;
	answer.bytes = depot->is_empty_handed ? 2 : (uint8_t)(2 + request->data[5]);
	memcpy(answer.data + 2, depot->record[at] + request->data[4], request->data[5]);
	return answer;
}

static void run_walk(struct depot *depot, struct c_ipmi_walk *walk)
{
	struct c_ipmi_request request;

	while (c_ipmi_walk_next(walk, &request)) {
		struct c_ipmi_answer answer = answer_of(depot, &request);
		c_ipmi_walk_take(walk, &answer);
		cr_assert_lt(depot->asked, 1000);
	}
}

Test(walk, finds_the_sensor_and_reads_no_more_of_the_others_than_it_must)
{
	struct depot depot = make_depot();
	struct c_ipmi_walk walk = {0};

	run_walk(&depot, &walk);
	cr_assert_eq(walk.sensor_count, 1);
	cr_expect_str_eq(walk.sensor[0].name, "Pwr Consumption");
	/* reserve; locator: head; temperature: head, to byte 24 in 2; watts: head, 2, then 39 bytes in 3 */
	cr_expect_eq(depot.asked, 1 + 1 + 3 + 6);
}

Test(walk, a_lost_reservation_begins_the_record_anew)
{
	for (unsigned at = 2; at <= 11; at++) {
		struct depot depot = make_depot();
		struct c_ipmi_walk walk = {0};

		depot.lose_at = at;
		run_walk(&depot, &walk);
		cr_expect_eq(walk.sensor_count, 1, "lost at %u", at);
	}
}

Test(walk, a_bmc_with_small_buffers_or_without_reservations_is_read_too)
{
	struct depot depot = make_depot();
	struct c_ipmi_walk walk = {0};

	depot.part_max = 5;
	run_walk(&depot, &walk);
	cr_expect_eq(walk.sensor_count, 1);
	depot = make_depot();
	depot.is_without_reserve = true;
	walk = (struct c_ipmi_walk){0};
	run_walk(&depot, &walk);
	cr_expect_eq(walk.sensor_count, 1);
}

Test(walk, parts_without_bytes_end_it)
{
	struct depot depot = make_depot();
	struct c_ipmi_walk walk = {0};

	depot.is_empty_handed = true;
	run_walk(&depot, &walk);
	cr_expect_eq(walk.sensor_count, 0);
	cr_expect_eq(depot.asked, 2);
}
