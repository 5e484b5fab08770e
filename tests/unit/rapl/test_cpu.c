/* SPDX-License-Identifier: Apache-2.0 */
#include "rapl/cpu.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

Test(rapl_cpu, first_processor_is_taken)
{
	struct c_rapl_cpu cpu;

	c_rapl_cpu_parse("processor\t: 0\n"
			 "vendor_id\t: GenuineIntel\n"
			 "model\t\t: 142\n"
			 "model name\t: Intel(R) Core(TM) i7-8650U CPU @ 1.90GHz\n"
			 "flags\t\t: fpu vme de\n"
			 "\n"
			 "processor\t: 1\n"
			 "vendor_id\t: Other\n",
			 &cpu);
	cr_expect_str_eq(cpu.vendor, "GenuineIntel");
	cr_expect_str_eq(cpu.model, "Intel(R) Core(TM) i7-8650U CPU @ 1.90GHz");
	cr_expect(not(cpu.is_virtual));
}

Test(rapl_cpu, a_hypervisor_is_a_flag_and_no_part_of_one)
{
	struct c_rapl_cpu cpu;

	c_rapl_cpu_parse("flags\t\t: fpu hypervisor lahf_lm\n", &cpu);
	cr_expect(cpu.is_virtual);
	c_rapl_cpu_parse("flags\t\t: fpu hypervisor\n", &cpu);
	cr_expect(cpu.is_virtual);
	c_rapl_cpu_parse("flags\t\t: fpu no_hypervisor hypervisor_x\n", &cpu);
	cr_expect(not(cpu.is_virtual));
	c_rapl_cpu_parse("vmx flags\t: hypervisor\n", &cpu);
	cr_expect(not(cpu.is_virtual));
}

Test(rapl_cpu, what_is_not_there_stays_empty)
{
	struct c_rapl_cpu cpu;

	c_rapl_cpu_parse("", &cpu);
	cr_expect_str_eq(cpu.vendor, "");
	c_rapl_cpu_parse("model name", &cpu);
	cr_expect_str_eq(cpu.model, "");
	c_rapl_cpu_read("/nonexistent/sys", &cpu);
	cr_expect_str_eq(cpu.model, "");
}

Test(rapl_cpu, long_and_dirty_names_are_cut_and_cleaned)
{
	struct c_rapl_cpu cpu;

	c_rapl_cpu_parse("model name\t: A\x01"
			 "B xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n",
			 &cpu);
	cr_expect_eq(cpu.model[1], ' ');
	cr_expect_eq(cpu.model[METER_IDENTITY_BYTES - 1], '\0');
}
