/* SPDX-License-Identifier: Apache-2.0 */
/* A device is looked at anew while it is read: whether its driver still fits, and which one does. */
#include "rig.h"

#include <criterion/criterion.h>
#include <string.h>

#define S INT64_C(1000000000)
#define LOOK_S 700 /* a look is due every ten minutes, and a bit later */
#define FARM "1.3.6.1.4.1.32473.1"
#define INLET                                                          \
	"group inlet role=part point=pdu_out summand=1 parent=total\n" \
	"point power_w " FARM ".3.1.0 max=100000\n"                    \
	"point energy_j " FARM ".3.2.0 num=1000\n"
#define AUTO "device d 127.9.0.1 161 driver=auto interval=10000 timeout=1000\n"

/* The simulated device loses its outlets, the last of its objects, as after other firmware. */
static void drop_outlets(struct rig *rig)
{
	static const uint32_t outlets[] = {1, 3, 6, 1, 4, 1, 32473, 1, 4};
	const size_t bytes = sizeof outlets;

	while (rig->tree.count > 0 && memcmp(rig->tree.instances[rig->tree.count - 1].arcs, outlets, bytes) == 0)
		rig->tree.count--;
}

Test(driver_check, a_driver_that_no_longer_fits_is_told_and_what_it_reads_is_kept)
{
	struct rig *rig =
	    rig_new("farm", "driver farm vendor=Farm total=sum\n" INLET "rule object_id=1.3.6.1.4.1.32473 probe=" FARM ".4\n" AUTO);
	struct wire_device record = {0};
	size_t changed;

	rig_read(rig, 0);
	cr_assert_eq(rig->state, DEVICE_UP);
	changed = rig->changed_count;
	drop_outlets(rig);
	for (int i = 0; i < 3; i++) { /* it stays told, with each read, until a driver fits again */
		rig->now_ns += (i == 0 ? LOOK_S : 10) * S;
		rig_read(rig, 0);
		cr_expect_eq(rig->state, DEVICE_PARTIAL);
		c_snmp_engine_describe(rig->engine, 0, &record);
		cr_expect_not_null(strstr(record.reason, "no driver knows this device"), "%s", record.reason);
		cr_expect_not_null(rig_sample(rig, rig_meter(rig, "inlet"), QUANTITY_ENERGY));
	}
	cr_expect_gt(rig->changed_count, changed);
	rig_free(rig);
}

Test(driver_check, another_driver_that_fits_then_takes_over_and_is_told)
{
	struct rig *rig =
	    rig_new("farm", "driver fine vendor=Farm total=sum priority=9\n" INLET "rule object_id=1.3.6.1.4.1.32473 probe=" FARM ".4\n"
			    "driver plain vendor=Farm total=sum priority=1\n" INLET "rule object_id=1.3.6.1.4.1.32473\n" AUTO);
	struct wire_device record = {0};
	size_t changed;

	rig_read(rig, 0);
	c_snmp_engine_describe(rig->engine, 0, &record);
	cr_assert_str_eq(record.driver, "fine");
	changed = rig->changed_count;
	drop_outlets(rig);
	rig->now_ns += LOOK_S * S;
	rig_read(rig, 0);
	rig->now_ns += 10 * S;
	rig_read(rig, 0);
	c_snmp_engine_describe(rig->engine, 0, &record);
	cr_expect_str_eq(record.driver, "plain");
	cr_expect_eq(rig->state, DEVICE_UP);
	cr_expect_gt(rig->changed_count, changed);
	cr_expect_not_null(rig_sample(rig, rig_meter(rig, "inlet"), QUANTITY_ENERGY));
	rig_free(rig);
}

#define NAMED "device d 127.9.0.1 161 driver=0 interval=10000 timeout=1000\n"

/* Reads at once when a look is due: `looks` looks at the device. */
static void look(struct rig *rig, int looks)
{
	for (int i = 0; i < looks; i++) {
		rig->now_ns += LOOK_S * S;
		rig_read(rig, 0);
		rig->now_ns += 10 * S;
		rig_read(rig, 0);
	}
}

Test(driver_check, a_named_driver_that_no_longer_fits_is_told_and_goes_on_reading)
{
	struct rig *rig =
	    rig_new("farm", "driver farm vendor=Farm total=sum\n" INLET "rule object_id=1.3.6.1.4.1.32473 probe=" FARM ".4\n" NAMED);
	struct wire_device record = {0};
	size_t changed;

	rig_read(rig, 0);
	look(rig, 1);
	cr_assert_eq(rig->state, DEVICE_UP);
	changed = rig->changed_count;
	drop_outlets(rig);
	look(rig, 1);
	c_snmp_engine_describe(rig->engine, 0, &record);
	cr_expect_eq(rig->state, DEVICE_PARTIAL);
	cr_expect_str_eq(record.reason,
			 "its driver no longer fits: no rule of driver farm holds for it any more (other firmware, or another "
			 "device?); it is read by it all the same, for the configuration names it");
	cr_expect_gt(rig->changed_count, changed);
	cr_expect_not_null(rig_sample(rig, rig_meter(rig, "inlet"), QUANTITY_ENERGY));
	rig_free(rig);
}

Test(driver_check, a_driver_that_was_named_against_its_own_rules_is_not_complained_of)
{
	struct rig *rig = rig_new("farm", "driver farm vendor=Farm total=sum\n" INLET "rule object_id=1.3.6.1.4.1.99\n" NAMED);

	rig_read(rig, 0);
	look(rig, 3);
	cr_expect_eq(rig->state, DEVICE_UP);
	rig_free(rig);
}

Test(driver_check, a_device_that_does_not_answer_the_check_alone_is_read_and_surveyed_as_before)
{
	struct rig *rig =
	    rig_new("farm", "driver farm vendor=Farm total=sum\n" INLET "rule object_id=1.3.6.1.4.1.32473 probe=" FARM ".4\n" NAMED);
	size_t sent_count;

	rig_read(rig, 0);
	look(rig, 1);
	rig->now_ns += LOOK_S * S;
	rig_begin(rig, 0); /* the request of the reading is sent; the next one is the check's, and its repetitions */
	sent_count = rig->sent_count;
	rig->lose_count = 1 + rig->plan.device[0].retries;
	rig_finish(rig);
	cr_expect_eq(rig->lose_count, 0);
	cr_expect_gt(rig->sent_count, sent_count + 1 + rig->plan.device[0].retries); /* the rest of the look */
	cr_expect_eq(rig->state, DEVICE_UP);
	rig_free(rig);
}
