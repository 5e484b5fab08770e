/* SPDX-License-Identifier: Apache-2.0 */
#include "rig.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#define MS INT64_C(1000000)
#define S (1000 * MS)
#define FARM "1.3.6.1.4.1.32473.1"

/* The simulated PDU of tests/sim/model_farm.c: a total and 24 outlets. */
#define DRIVER                                                                          \
	"driver farm vendor=Farm total=sum\n"                                           \
	"identity serial=" FARM ".2.1.0 model=" FARM ".2.2.0 firmware=" FARM ".2.3.0\n" \
	"group inlet role=part point=pdu_out summand=1 parent=total\n"                  \
	"point power_w " FARM ".3.1.0 max=100000\n"                                     \
	"point energy_j " FARM ".3.2.0 num=1000\n"                                      \
	"point voltage_v " FARM ".3.3.0 factor=0.1\n"                                   \
	"group outlet/{} table=1 name=" FARM ".4.1.2 parent=total\n"                    \
	"point power_w " FARM ".4.1.3\n"                                                \
	"point energy_j " FARM ".4.1.4 num=1000\n"
#define DEVICE "device d 127.9.0.1 161 interval=10000 timeout=1000 retries=2 deadline=8000\n"

Test(engine, the_first_read_surveys_announces_and_reads)
{
	struct rig *rig = rig_new("farm", DRIVER DEVICE);
	struct wire_device record = {0};

	rig_read(rig, 0);
	cr_expect_eq(rig->state, DEVICE_UP);
	/* uptime, 3 of the inlet, 2 of each of 24 outlets */
	cr_expect_eq(rig->sample_count, 1 + 3 + 24 * 2);
	cr_expect_eq(rig->sample[0].quantity, QUANTITY_UPTIME);
	cr_expect_eq(rig->sample[0].meter, SAMPLE_METER_NONE);
	/* inlet, the derived total, 24 outlets */
	cr_expect_eq(rig->meter_count, 26);
	cr_expect(rig->meter[rig_meter(rig, "total")].is_derived);
	cr_expect(rig->meter[rig_meter(rig, "inlet")].is_summand);
	cr_expect_str_eq(rig->meter[rig_meter(rig, "outlet/24")].name, "outlet 24");
	c_snmp_engine_describe(rig->engine, 0, &record);
	cr_expect_str_eq(record.vendor, "Farm");
	cr_expect_str_eq(record.model, "FARM-24");
	cr_expect_str_eq(record.driver, "farm");
	cr_expect_eq(record.expected_count, 1);
	cr_expect(record.is_expected_learned);
	rig_free(rig);
}

/* Outlets that are added where the meter before them has no reading. */
#define OUTLETS_ELSE "group outlet/{} table=1 summand=2 parent=total\npoint power_w " FARM ".4.1.3\n"

static void expect_summands(const char *first, uint32_t count, bool is_outlet_summand)
{
	char plan[1024];
	struct wire_device record = {0};
	struct rig *rig;

	(void)snprintf(plan, sizeof plan, "driver farm vendor=Farm total=sum\n%s" OUTLETS_ELSE DEVICE, first);
	rig = rig_new("farm", plan);
	rig_read(rig, 0);
	c_snmp_engine_describe(rig->engine, 0, &record);
	cr_expect_eq(record.expected_count, count, "%s", first);
	cr_expect_eq(rig->meter[rig_meter(rig, "outlet/1")].is_summand, is_outlet_summand, "%s", first);
	cr_expect(rig->meter[rig_meter(rig, "total")].is_derived);
	rig_free(rig);
}

Test(engine, parts_are_added_only_where_no_total_row_gives_a_reading)
{
	expect_summands("group inlet summand=1\npoint power_w " FARM ".3.1.0\n", 1, false);
	expect_summands("group inlet summand=1\npoint power_w " FARM ".9.1.0\n", 24, true);
	expect_summands("group inlet summand=1\npoint voltage_v " FARM ".3.3.0\n", 24, true); /* a voltage is no total */
	expect_summands("group inlet summand=1\npoint power_w " FARM ".3.1.0 negative_absent=1 zero_absent=1 min=-2 max=-1\n", 24, true);
}

Test(engine, a_total_row_may_stand_among_its_parts)
{
	expect_summands("group all/{} table=1 summand=1\nfilter value=7,8\npoint power_w " FARM ".4.1.3\n", 2, false);
	expect_summands("group all/{} table=1 summand=1\nfilter value=99\npoint power_w " FARM ".4.1.3\n", 24, true);
}

Test(engine, a_port_gives_its_octets_and_when_they_lost_continuity)
{
	struct rig *rig =
	    rig_new("if-mib", "driver ports vendor=V total=none\ngroup port/{} table=1\n"
			      "point rx_bytes 1.3.6.1.2.1.31.1.1.1.6 num=1000\npoint tx_bytes 1.3.6.1.2.1.31.1.1.1.10 num=1000\n"
			      "point discontinuity_s 1.3.6.1.2.1.31.1.1.1.19 factor=0.01\n" DEVICE);

	rig_read(rig, 0);
	const uint32_t port = rig_meter(rig, "port/1");
	cr_assert(rig->state == DEVICE_UP && port != UINT32_MAX);
	cr_expect(rig->meter[port].is_port);
	cr_expect_not_null(rig_sample(rig, port, QUANTITY_RX_OCTETS));
	cr_expect_not_null(rig_sample(rig, port, QUANTITY_TX_OCTETS));
	cr_expect_not_null(rig_sample(rig, port, QUANTITY_DISCONTINUITY));
	rig_free(rig);
}

Test(engine, later_reads_are_the_fewest_gets)
{
	struct rig *rig = rig_new("farm", DRIVER DEVICE);
	size_t sent;

	rig_read(rig, 0);
	sent = rig->sent_count;
	rig->now_ns += 10 * S;
	rig_read(rig, 0);
	/* 52 names: 46 in the first request, whose answer is then a full packet, 6 in the second; no meter is announced again */
	cr_expect_eq(rig->sent_count - sent, 2);
	cr_expect_eq(rig->announce_count, 26);
	cr_expect_eq(rig->state, DEVICE_UP);
	rig_free(rig);
}

Test(engine, samples_of_a_read_carry_one_time_that_of_the_first_answer)
{
	struct rig *rig = rig_new("farm", DRIVER DEVICE);

	rig_read(rig, 0);
	rig->now_ns = 100 * S;
	rig_read(rig, 0);
	for (size_t i = 0; i < rig->sample_count; i++)
		cr_expect_eq(rig->sample[i].boot_ns, 100 * S + 1 * MS);
	cr_expect_eq(rig->latency_us, 1000);
	rig_free(rig);
}

Test(engine, a_lost_request_is_repeated_and_nothing_is_missing)
{
	struct rig *rig = rig_new("farm", DRIVER DEVICE);
	size_t sent;

	rig_read(rig, 0);
	sent = rig->sent_count;
	rig->now_ns += 10 * S;
	rig->lose_count = 1;
	rig_read(rig, 0);
	cr_expect_eq(rig->sent_count - sent, 3);
	cr_expect_eq(rig->state, DEVICE_UP);
	cr_expect_eq(rig->sample_count, 52);
	rig_free(rig);
}

Test(engine, what_came_is_kept_when_one_request_is_never_answered)
{
	struct rig *rig = rig_new("farm", DRIVER DEVICE);

	rig_read(rig, 0);
	rig->now_ns += 10 * S;
	rig_begin(rig, 0);
	cr_assert_eq(rig->queue_count, 2);
	rig->queue_count = 1; /* the second gets lost, and its two repetitions */
	rig->lose_count = 2;
	rig_finish(rig);
	cr_expect_eq(rig->state, DEVICE_PARTIAL);
	/* the second request held the last 6 of 52 names */
	cr_expect_eq(rig->sample_count, 46);
	rig_free(rig);
}

Test(engine, a_silent_device_is_named_with_what_to_look_at)
{
	struct rig *rig = rig_new("farm", DRIVER DEVICE);
	struct wire_device record = {0};

	rig_fault(rig, "silent");
	rig_read(rig, 0);
	cr_expect_eq(rig->state, DEVICE_SILENT);
	cr_expect_eq(rig->sent_count, 3);
	cr_expect_eq(rig->sample_count, 0);
	c_snmp_engine_describe(rig->engine, 0, &record);
	cr_expect_str_eq(record.reason, "no answer from 127.9.0.1:161 in 3 tries of 1 s (wrong community, address or firewall?)");
	rig_free(rig);
}

Test(engine, a_device_that_was_silent_is_probed_with_one_packet_and_read_whole_when_it_is_back)
{
	struct rig *rig = rig_new("farm", DRIVER DEVICE);
	size_t sent;

	rig_read(rig, 0);
	rig_fault(rig, "silent");
	rig->now_ns += 10 * S;
	rig_read(rig, 0);
	sent = rig->sent_count;
	rig->now_ns += 10 * S;
	rig_read(rig, 1);
	cr_expect_eq(rig->sent_count - sent, 1);
	cr_expect_eq(rig->state, DEVICE_SILENT);
	rig_fault(rig, "none");
	rig->now_ns += 10 * S;
	rig_read(rig, 2);
	cr_expect_eq(rig->state, DEVICE_UP);
	cr_expect_eq(rig->sample_count, 52);
	rig_free(rig);
}

Test(engine, a_late_a_foreign_and_a_second_answer_change_nothing)
{
	static uint8_t reply[SIM_MESSAGE_BYTES_MAX];
	struct rig *rig = rig_new("farm", DRIVER DEVICE);
	struct rig_message message;
	struct c_snmp_address other;
	size_t bytes;

	rig_read(rig, 0);
	rig->now_ns += 10 * S;
	rig_begin(rig, 0);
	message = rig->queue[0];
	bytes = rig_answer(rig, &message, reply, sizeof reply);
	other = message.address;
	other.ip[3] = 99; /* the right id from the wrong place */
	c_snmp_engine_receive(rig->engine, &other, reply, bytes, rig->now_ns, rig->now_ns);
	cr_expect_eq(c_snmp_engine_stray_count(rig->engine), 1);
	rig_finish(rig);
	cr_expect_eq(rig->state, DEVICE_UP);
	c_snmp_engine_receive(rig->engine, &message.address, reply, bytes, rig->now_ns, rig->now_ns);
	cr_expect_eq(c_snmp_engine_stray_count(rig->engine), 2);
	cr_expect_eq(rig->end_count, 2);
	rig_free(rig);
}

Test(engine, rows_that_go_missing_are_looked_for_and_keep_their_numbers)
{
	struct rig *rig = rig_new("farm", DRIVER DEVICE);
	uint32_t last;

	rig_read(rig, 0);
	last = rig_meter(rig, "outlet/24");
	rig_fault(rig, "missing-row:2");
	rig->now_ns += 70 * S;
	rig_read(rig, 0); /* finds out, and surveys */
	cr_expect_eq(rig->state, DEVICE_PARTIAL);
	cr_expect_null(rig_sample(rig, last, QUANTITY_POWER));
	cr_expect_not_null(rig_sample(rig, rig_meter(rig, "outlet/22"), QUANTITY_POWER));
	rig->now_ns += 10 * S;
	rig_read(rig, 0); /* 22 outlets are all there is now */
	cr_expect_eq(rig->state, DEVICE_UP);
	cr_expect_eq(rig->sample_count, 1 + 3 + 22 * 2);
	rig_fault(rig, "none");
	rig->now_ns += 700 * S;
	rig_read(rig, 0); /* the survey after 10 minutes finds them again */
	rig->now_ns += 10 * S;
	rig_read(rig, 0);
	cr_expect_eq(rig->sample_count, 52);
	cr_expect_not_null(rig_sample(rig, last, QUANTITY_POWER));
	cr_expect_eq(rig->meter_count, 26);
	rig_free(rig);
}

Test(engine, another_serial_number_after_a_restart_is_told_before_the_samples)
{
	struct rig *rig = rig_new("farm", DRIVER DEVICE);
	struct wire_device before = {0}, after = {0};
	size_t changed;

	rig_read(rig, 0);
	c_snmp_engine_describe(rig->engine, 0, &before);
	rig->now_ns += 100 * S;
	rig_read(rig, 0); /* its uptime is some 100 s now */
	changed = rig->changed_count;
	rig_fault(rig, "swap");
	rig->now_ns += 10 * S;
	rig_read(rig, 0);
	c_snmp_engine_describe(rig->engine, 0, &after);
	cr_expect_str_neq(after.serial, before.serial);
	cr_expect_gt(rig->changed_count, changed);
	rig_free(rig);
}

Test(engine, too_big_halves_the_request_and_is_remembered)
{
	struct rig *rig = rig_new("farm", DRIVER DEVICE);
	size_t sent;

	rig_fault(rig, "toobig:10");
	rig_read(rig, 0);
	cr_expect_eq(rig->state, DEVICE_UP);
	cr_expect_eq(rig->sample_count, 52);
	sent = rig->sent_count;
	rig->now_ns += 10 * S;
	rig_read(rig, 0);
	cr_expect_eq(rig->sample_count, 52);
	cr_expect_leq(rig->sent_count - sent, 11); /* at least 5 names each */
	rig_free(rig);
}

Test(engine, a_device_that_loses_large_requests_is_asked_for_less_and_that_is_remembered)
{
	struct rig *rig = rig_new("farm", DRIVER DEVICE);
	size_t sent;

	rig->lose_larger_bytes = 600; /* a request of 46 names has some 900 bytes, one of 23 half of it */
	rig_read(rig, 0);
	cr_expect_eq(rig->state, DEVICE_UP);
	cr_expect_eq(rig->sample_count, 52);
	sent = rig->sent_count;
	rig->now_ns += 10 * S;
	rig_read(rig, 0);
	cr_expect_eq(rig->sample_count, 52);
	cr_expect_eq(rig->sent_count - sent, 3);
	rig_free(rig);
}

Test(engine, a_large_request_that_was_answered_once_stays_as_large_when_it_gets_lost)
{
	struct rig *rig = rig_new("farm", DRIVER DEVICE);
	size_t sent;

	rig_read(rig, 0);
	rig->now_ns += 10 * S;
	rig->lose_larger_bytes = 600;
	rig_read(rig, 0);
	cr_expect_eq(rig->state, DEVICE_PARTIAL);
	rig->lose_larger_bytes = 0;
	sent = rig->sent_count;
	rig->now_ns += 10 * S;
	rig_read(rig, 0);
	cr_expect_eq(rig->sent_count - sent, 2);
	rig_free(rig);
}

Test(engine, v1_reads_without_bulk_and_without_counter64)
{
	struct rig *rig = rig_new("farm", DRIVER "device d 127.9.0.1 161 version=1 interval=10000 timeout=1000\n");

	rig_read(rig, 0);
	cr_expect_eq(rig->state, DEVICE_UP);
	cr_expect_not_null(rig_sample(rig, rig_meter(rig, "inlet"), QUANTITY_POWER));
	cr_expect_null(rig_sample(rig, rig_meter(rig, "inlet"), QUANTITY_ENERGY)); /* it is a Counter64 */
	cr_expect_not_null(rig_sample(rig, rig_meter(rig, "outlet/7"), QUANTITY_POWER));
	rig_free(rig);
}

struct lie {
	const char *fault;
	enum device_state state;
};

Test(engine, hostile_answers_give_no_sample_and_the_right_state)
{
	static const struct lie lies[] = {{"repeat", DEVICE_LYING},   {"decrease", DEVICE_LYING},  {"truncated", DEVICE_LYING},
					  {"short:0", DEVICE_LYING},  {"endless", DEVICE_LYING},   {"wrong-id", DEVICE_SILENT},
					  {"refuse", DEVICE_REFUSED}, {"wrong-type", DEVICE_LYING}};

	for (size_t i = 0; i < sizeof lies / sizeof lies[0]; i++) {
		struct rig *rig = rig_new("farm", DRIVER DEVICE);

		rig_fault(rig, lies[i].fault);
		rig_read(rig, 0);
		cr_expect_eq(rig->state, lies[i].state, "%s: %s", lies[i].fault, device_state_name(rig->state));
		cr_expect_eq(rig->sample_count, 0, "%s", lies[i].fault);
		rig_free(rig);
	}
}

Test(engine, a_device_that_turns_hostile_loses_its_readings_and_not_its_meters)
{
	struct rig *rig = rig_new("farm", DRIVER DEVICE);

	rig_read(rig, 0);
	rig_fault(rig, "wrong-type");
	rig->now_ns += 10 * S;
	rig_read(rig, 0);
	cr_expect_eq(rig->state, DEVICE_LYING);
	cr_expect_eq(rig->sample_count, 0);
	rig_fault(rig, "none");
	rig->now_ns += 10 * S;
	rig_read(rig, 1);
	cr_expect_eq(rig->state, DEVICE_UP);
	cr_expect_eq(rig->meter_count, 26);
	rig_free(rig);
}

Test(engine, marks_of_no_reading_are_no_samples_and_no_failure)
{
	struct rig *rig =
	    rig_new("farm", "driver farm\ngroup total role=total\npoint voltage_v " FARM ".3.3.0 factor=0.1 negative_absent=1\n" DEVICE);

	rig_fault(rig, "no-reading");
	rig_read(rig, 0);
	cr_expect_eq(rig->state, DEVICE_UP);
	cr_expect_null(rig_sample(rig, 0, QUANTITY_VOLTAGE));
	rig_free(rig);
}

Test(engine, the_wrong_driver_is_refused_with_its_name)
{
	struct rig *rig = rig_new("farm", "driver wrong\ngroup total\npoint power_w 1.3.6.1.4.1.99.1.0\n" DEVICE);
	struct wire_device record = {0};

	rig_read(rig, 0);
	cr_expect_eq(rig->state, DEVICE_REFUSED);
	c_snmp_engine_describe(rig->engine, 0, &record);
	cr_expect_not_null(strstr(record.reason, "driver wrong"), "%s", record.reason);
	rig_free(rig);
}

Test(engine, points_with_a_longer_interval_are_read_less_often)
{
	struct rig *rig = rig_new("farm", "driver farm\ngroup total\npoint power_w " FARM ".3.1.0\npoint voltage_v " FARM
					  ".3.3.0 interval=30000\n" DEVICE);
	size_t voltages = 0;

	for (int i = 0; i < 6; i++) {
		rig_read(rig, 0);
		cr_expect_not_null(rig_sample(rig, 0, QUANTITY_POWER));
		voltages += rig_sample(rig, 0, QUANTITY_VOLTAGE) != NULL;
		rig->now_ns += 10 * S;
	}
	cr_expect_eq(voltages, 2); /* reads 0 and 3 */
	rig_free(rig);
}

Test(engine, a_product_is_read_when_all_its_factors_are)
{
	struct rig *rig = rig_new("farm", "driver farm\ngroup total\npoint voltage_v " FARM ".3.3.0 factor=0.1\npoint current_a " FARM
					  ".3.4.0 factor=0.001\npoint power_w - product=0,1\n" DEVICE);
	const struct sample *volts, *amperes, *watts;

	rig_read(rig, 0);
	volts = rig_sample(rig, 0, QUANTITY_VOLTAGE);
	amperes = rig_sample(rig, 0, QUANTITY_CURRENT);
	watts = rig_sample(rig, 0, QUANTITY_POWER);
	cr_assert(volts != NULL && amperes != NULL && watts != NULL);
	cr_expect_float_eq(watts->value, volts->value * amperes->value, 1e-9);
	rig_free(rig);
}

Test(engine, a_driver_is_recognised_by_object_id_and_probe)
{
	struct rig *rig =
	    rig_new("farm", "driver other priority=9\nrule object_id=1.3.6.1.4.1.32473.1 probe=1.3.6.1.4.1.32473.99\ngroup total\n"
			    "point power_w 1.3.6.1.4.1.32473.99.1.0\n" DRIVER "rule object_id=1.3.6.1.4.1.32473\n"
			    "device d 127.9.0.1 161 driver=auto interval=10000 timeout=1000\n");
	struct wire_device record = {0};

	rig_read(rig, 0);
	cr_expect_eq(rig->state, DEVICE_UP);
	c_snmp_engine_describe(rig->engine, 0, &record);
	cr_expect_str_eq(record.driver, "farm");
	cr_expect_eq(rig->sample_count, 52);
	rig_free(rig);
}

Test(engine, an_unknown_device_is_named_by_what_it_says_of_itself)
{
	struct rig *rig = rig_new("farm", "driver other\nrule object_id=1.3.6.1.4.1.99\ngroup total\npoint power_w 1.3.6.1.4.1.99.1.0\n"
					  "device d 127.9.0.1 161 driver=auto interval=10000 timeout=1000\n");
	struct wire_device record = {0};

	rig_read(rig, 0);
	cr_expect_eq(rig->state, DEVICE_REFUSED);
	c_snmp_engine_describe(rig->engine, 0, &record);
	cr_expect_not_null(strstr(record.reason, "1.3.6.1.4.1.32473.1"), "%s", record.reason);
	rig_free(rig);
}

/* ---- Many devices ------------------------------------------------------------------------------------------------------------------- */

Test(engine, reads_beyond_the_window_wait_and_none_is_forgotten)
{
	struct rig *rig = rig_new("farm", DRIVER "device d 127.9.0.1 161 count=5 interval=10000 timeout=1000 retries=2 deadline=8000\n");

	c_snmp_engine_set_window(rig->engine, 2);
	for (uint32_t device = 0; device < 5; device++)
		c_snmp_engine_read(rig->engine, device, 0, rig->now_ns);
	(void)!c_snmp_engine_tick(rig->engine, rig->now_ns);
	cr_expect_eq(rig->sent_count, 2);
	while (rig->end_count < 5) {
		rig_finish(rig);
		cr_expect_eq(rig->state, DEVICE_UP);
	}
	rig_free(rig);
}

Test(engine, at_most_512_surveys_run_and_silent_devices_do_not_hold_up_the_others)
{
	struct rig *rig = rig_new("farm", DRIVER "device d 127.9.0.1 161 count=600 interval=10000 timeout=1000 retries=2 deadline=8000\n");

	rig->lose_count = SIZE_MAX;
	c_snmp_engine_set_window(rig->engine, 4096);
	for (uint32_t device = 0; device < 600; device++)
		c_snmp_engine_read(rig->engine, device, 0, rig->now_ns);
	(void)!c_snmp_engine_tick(rig->engine, rig->now_ns);
	cr_expect_eq(rig->sent_count, 512);
	/* after one time-out: 512 are repeated, and the 88 that waited begin */
	rig->now_ns += 1 * S;
	(void)!c_snmp_engine_tick(rig->engine, rig->now_ns);
	cr_expect_eq(rig->sent_count, 512 + 512 + 88);
	/* 3 tries of 1 s each */
	for (size_t i = 0; i < 3; i++) {
		rig->now_ns += 1 * S;
		(void)!c_snmp_engine_tick(rig->engine, rig->now_ns);
	}
	cr_expect_eq(rig->end_count, 600);
	cr_expect_eq(rig->state, DEVICE_SILENT);
	rig_free(rig);
}
