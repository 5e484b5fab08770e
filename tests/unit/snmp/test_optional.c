/* SPDX-License-Identifier: Apache-2.0 */
/* Meters that not every device of a family has: what was never read is not waited for, and what was is. */
#include "rig.h"

#include <criterion/criterion.h>
#include <string.h>

#define S INT64_C(1000000000)
#define LOOK_S 700 /* a look is due every ten minutes, and a bit later */
#define FARM "1.3.6.1.4.1.32473.1"
#define INLET "group inlet role=part point=pdu_out summand=1 parent=total\npoint power_w " FARM ".3.1.0 max=100000\n"
#define SECOND "group second role=part point=pdu_out summand=1 parent=total "
#define DEVICE "device d 127.9.0.1 161 driver=0 interval=10000 timeout=1000\n"

static uint32_t expected(const struct rig *rig)
{
	struct wire_device record = {0};

	c_snmp_engine_describe(rig->engine, 0, &record);
	return record.expected_count;
}

#define OPTIONAL_PLAN(word, sentinel)                                                                                 \
	"driver farm vendor=Farm total=sum\n" INLET SECOND word "\npoint power_w " FARM ".4.1.1.5 sentinel=" sentinel \
	"\n" DEVICE /* an object that is always 5 */

Test(optional, a_meter_that_never_gave_a_reading_is_left_out_of_the_sum)
{
	struct rig *rig = rig_new("farm", OPTIONAL_PLAN("optional=1", "5"));

	rig_read(rig, 0);
	cr_expect_eq(expected(rig), 1);
	cr_expect_eq(rig_meter(rig, "second"), UINT32_MAX);
	rig_free(rig);
}

Test(optional, without_the_word_the_sum_waits_for_it)
{
	struct rig *rig = rig_new("farm", OPTIONAL_PLAN("", "5"));

	rig_read(rig, 0);
	cr_expect_eq(expected(rig), 2);
	rig_free(rig);
}

Test(optional, a_meter_that_gave_a_reading_once_is_waited_for)
{
	struct rig *rig = rig_new("farm", OPTIONAL_PLAN("optional=1", "6"));

	rig_read(rig, 0);
	cr_assert_eq(expected(rig), 2);
	rig->plan.driver[0].group[1].point_list[0].sentinel[0] = 5; /* from now on it says that it has none */
	rig->now_ns += LOOK_S * S;
	rig_read(rig, 0);
	rig->now_ns += 10 * S;
	rig_read(rig, 0);
	cr_expect_eq(expected(rig), 2);
	cr_expect_null(rig_sample(rig, rig_meter(rig, "second"), QUANTITY_POWER));
	rig_free(rig);
}
