/* SPDX-License-Identifier: Apache-2.0 */
#include "rapl/counter.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>
#include <string.h>

Test(rapl_counter, text_of_the_kernel_is_digits_and_a_newline)
{
	static const struct {
		const char *text;
		bool is_good;
		uint64_t value;
	} cases[] = {
	    {"262143328850\n", true, UINT64_C(262143328850)},
	    {"0\n", true, 0},
	    {"000000000000042\n", true, 42},
	    {"7", true, 7},
	    {"18446744073709551615\n", true, UINT64_MAX},
	    {"18446744073709551616\n", false, 0},
	    {"184467440737095516150\n", false, 0},
	    {"", false, 0},
	    {"\n", false, 0},
	    {"-1\n", false, 0},
	    {"12 \n", false, 0},
	    {"1\n2\n", false, 0},
	    {"0x10\n", false, 0},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		uint64_t value = 0;

		cr_expect_eq(c_rapl_counter_parse(cases[i].text, strlen(cases[i].text), &value), cases[i].is_good, "case %zu", i);
		cr_expect_eq(value, cases[i].value, "case %zu", i);
	}
}

/* 10 s of a zone of 65.7 kJ that may draw 400 W. */
static double power_w(uint64_t before_uj, uint64_t after_uj)
{
	return c_rapl_counter_power_w(&(struct c_rapl_step){
	    .before_uj = before_uj, .after_uj = after_uj, .range_uj = 65712999613, .elapsed_ns = 10000000000, .power_max_w = 400});
}

/* epsilon: one rounding of a double in each of three operations */
#define SAME(a, b) epsilon_eq(dbl, a, b, 1e-9)

Test(rapl_counter, power_is_the_mean_since_the_last_reading)
{
	/* 650 J in 10 s */
	cr_expect(SAME(power_w(1000, 650001000), 65.0));
	cr_expect(SAME(power_w(1000, 1000), 0.0));
}

Test(rapl_counter, power_goes_on_over_a_wrap)
{
	/* 999,999 uJ to the range, one to 0, and 1,000,000 on: 2 J in 10 s */
	cr_expect(SAME(power_w(65712999613 - 999999, 1000000), 0.2));
}

Test(rapl_counter, a_fall_that_is_no_wrap_tells_no_power)
{
	cr_expect(isnan(power_w(30000000000, 29000000000)), "out of the middle");
	cr_expect(isnan(power_w(60000000000, 30000000000)), "into the middle");
	cr_expect(isnan(power_w(65712999614, 5)), "from beyond the range");
	cr_expect(isnan(c_rapl_counter_power_w(
		      &(struct c_rapl_step){.before_uj = 10, .after_uj = 5, .elapsed_ns = 1000000000, .power_max_w = 400})),
		  "no range is known");
}

Test(rapl_counter, what_cannot_be_is_no_power)
{
	/* 16,001 J in 10 s are 1600.1 W, more than 4 x 400 W */
	cr_expect(isnan(power_w(0, 16001000000)));
	cr_expect(SAME(power_w(0, 16000000000), 1600.0));
	cr_expect(isnan(c_rapl_counter_power_w(&(struct c_rapl_step){.after_uj = 5, .power_max_w = 400})), "no time has passed");
}
