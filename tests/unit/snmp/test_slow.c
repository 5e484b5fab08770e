/* SPDX-License-Identifier: Apache-2.0 */
#include "rig.h"

#include <criterion/criterion.h>
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

/* Tables that never end, each answer just in time: the survey has a minute, and what was found by then is read and called partial. */
Test(slow, a_survey_has_a_minute_however_slowly_it_goes_on)
{
	struct rig *rig = rig_new("farm", DRIVER DEVICE);
	struct wire_device record = {0};
	int64_t began_ns = rig->now_ns;

	rig_fault(rig, "endless");
	rig->answer_ns = 900 * MS;
	rig_read(rig, 0);
	/* a minute of survey, 8 s of reading, and the answers that were under way: one, and four */
	cr_expect_leq(rig->now_ns - began_ns, 73 * S);
	cr_expect_eq(rig->state, DEVICE_PARTIAL);
	cr_expect_not_null(rig_sample(rig, rig_meter(rig, "inlet"), QUANTITY_POWER));
	c_snmp_engine_describe(rig->engine, 0, &record);
	cr_expect_not_null(strstr(record.reason, "longer than 60 s"), "%s", record.reason);
	rig_free(rig);
}

Test(slow, a_read_ends_by_its_deadline_and_what_came_is_kept)
{
	struct rig *rig = rig_new("farm", DRIVER "device d 127.9.0.1 161 interval=10000 timeout=2000 retries=2 deadline=2500\n");
	struct wire_device record = {0};
	int64_t began_ns;

	rig_fault(rig, "toobig:10");
	rig_read(rig, 0);
	cr_expect_eq(rig->sample_count, 52);
	rig->now_ns += 10 * S;
	rig->answer_ns = 700 * MS;
	began_ns = rig->now_ns;
	rig_read(rig, 0);
	/* 4 answers of 700 ms: the last one comes behind the deadline and counts, more are not asked for */
	cr_expect_eq(rig->now_ns - began_ns, 4 * 700 * MS);
	cr_expect_eq(rig->state, DEVICE_PARTIAL);
	cr_expect_gt(rig->sample_count, 10);
	cr_expect_lt(rig->sample_count, 52);
	c_snmp_engine_describe(rig->engine, 0, &record);
	cr_expect_not_null(strstr(record.reason, "deadline of 2.5 s"), "%s", record.reason);
	rig_free(rig);
}

Test(slow, a_device_that_answers_one_value_to_many_is_lying)
{
	struct rig *rig = rig_new("farm", DRIVER DEVICE);

	rig_fault(rig, "short:1");
	rig_read(rig, 0);
	cr_expect_eq(rig->state, DEVICE_LYING); /* one value to a GET of many */
	cr_expect_eq(rig->sample_count, 0);
	rig_free(rig);
}
