/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/device.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#define FARM_ENERGY "1.3.6.1.4.1.32473.1.3.2.0"
#define FARM_OUTLET_ENERGY_1 "1.3.6.1.4.1.32473.1.4.1.4.1"
#define APC_ENERGY "1.3.6.1.4.1.318.1.1.26.4.3.1.9.1"

static struct sim_tree tree;
static struct sim_device device;

static void make(const char *model)
{
	struct err_info info = {0};

	cr_assert_eq(sim_tree_init(&tree, sim_model_find(model), &info), ERR_NONE, "%s", info.text);
	sim_device_init(&device, &tree, 3, 1, SIM_SHAPE_FLAT);
	device.power_w = (struct sim_curve){.base_per_s = 1000, .period_s = 86400};
}

static void end(void)
{
	sim_tree_deinit(&tree);
}

static size_t find(const char *text)
{
	uint32_t arcs[32];
	size_t count = oid_parse(text, arcs, 32);
	size_t found = sim_tree_find(&tree, arcs, count);

	cr_assert_lt(found, tree.count, "%s", text);
	return found;
}

static struct sim_value read_at(const char *text, double t_s)
{
	const struct sim_moment now = {.t_s = t_s, .real_ms = (int64_t)(t_s * 1000)};
	struct sim_state state;
	struct sim_value value;

	sim_device_state(&device, &now, &state);
	sim_device_read(&device, &state, &tree.instances[find(text)], &value);
	return value;
}

static void set_fault(enum sim_fault_kind kind, uint32_t value, double t_s)
{
	const struct sim_fault fault = {.kind = kind, .value = value};
	const struct sim_moment now = {.t_s = t_s, .real_ms = (int64_t)(t_s * 1000)};

	sim_device_set_fault(&device, &fault, &now);
}

TestSuite(device, .fini = end);

Test(device, every_model_is_in_order_and_finds_all_its_variables)
{
	const char *const *names = sim_model_names();

	for (size_t n = 0; names[n] != NULL; n++) {
		sim_tree_deinit(&tree);
		make(names[n]);
		for (size_t i = 0; i < tree.count; i++) {
			const struct sim_instance *instance = &tree.instances[i];

			cr_assert_eq(sim_tree_find(&tree, instance->arcs, instance->arc_count), i);
			cr_assert_eq(sim_tree_next(&tree, instance->arcs, instance->arc_count), i + 1);
		}
	}
}

Test(device, joule_counter_is_the_integral_rounded_down)
{
	make("farm");
	uint64_t base = sim_device_counter_base(&device, &tree.instances[find(FARM_ENERGY)]);

	cr_assert_eq(read_at(FARM_ENERGY, 0).count, base);
	/* 1000 W for 3.6 s are 3600 J; for 3.6009 s 3600.9 J */
	cr_assert_eq(read_at(FARM_ENERGY, 3.6).count, base + 3600);
	cr_assert_eq(read_at(FARM_ENERGY, 3.6009).count, base + 3600);
	cr_assert_eq(read_at(FARM_ENERGY, 3.6011).count, base + 3601);
}

Test(device, tenths_of_kwh_step_every_six_minutes_at_1_kw)
{
	make("apc-rpdu2");
	int64_t base = read_at(APC_ENERGY, 0).number;

	cr_assert_eq(read_at(APC_ENERGY, 359.999).number, base);
	cr_assert_eq(read_at(APC_ENERGY, 360.001).number, base + 1);
	cr_assert_eq(read_at(APC_ENERGY, 36000.001).number, base + 100);
}

Test(device, power_is_shown_in_the_steps_of_its_column)
{
	make("apc-rpdu2");
	device.power_w.base_per_s = 1144;
	/* hundredths of kW, as the recording of an AP8853 shows 114 for 1.14 kW */
	cr_assert_eq(read_at("1.3.6.1.4.1.318.1.1.26.4.3.1.5.1", 0).number, 114);
	/* three phases weigh 2, 3 and 4: a third of 1144 W is the second */
	cr_assert_eq(read_at("1.3.6.1.4.1.318.1.1.26.6.3.1.7.2", 0).number, 38);
}

Test(device, outlets_add_up_to_the_device)
{
	uint64_t sum = 0;

	make("farm");
	for (size_t i = 0; i < tree.count; i++) {
		const struct sim_instance *instance = &tree.instances[i];
		struct sim_state state;
		struct sim_value value;
		const struct sim_moment now = {.t_s = 86400};

		if (strcmp(instance->column->oid, "1.3.6.1.4.1.32473.1.4.1.4") != 0)
			continue;
		sim_device_state(&device, &now, &state);
		sim_device_read(&device, &state, instance, &value);
		sum += value.count - sim_device_counter_base(&device, instance);
	}
	/* 1000 W x 86400 s; each of the 24 outlets is rounded down by less than 1 J */
	cr_assert_leq(sum, 86400000);
	cr_assert_gt(sum, 86400000 - 24);
}

Test(device, sensors_show_their_units_and_digits)
{
	make("raritan-px2");
	/* PDU2-MIB: type 1 is the current in mA (unit 2, 3 digits), type 8 the energy in Wh (unit 5) */
	cr_assert_eq(read_at("1.3.6.1.4.1.13742.6.3.3.4.1.6.1.1.1", 0).number, 2);
	cr_assert_eq(read_at("1.3.6.1.4.1.13742.6.3.3.4.1.7.1.1.1", 0).count, 3);
	cr_assert_eq(read_at("1.3.6.1.4.1.13742.6.5.2.3.1.4.1.1.5", 0).count, 1000);
	uint64_t base = read_at("1.3.6.1.4.1.13742.6.5.2.3.1.4.1.1.8", 0).count;
	/* 1000 W for an hour and a bit: 1000 Wh */
	cr_assert_eq(read_at("1.3.6.1.4.1.13742.6.5.2.3.1.4.1.1.8", 3600.1).count, base + 1000);
}

Test(device, traffic_is_counted_in_both_widths)
{
	make("if-mib");
	device.bytes_per_s = (struct sim_curve){.base_per_s = 1e9, .period_s = 86400};
	set_fault(SIM_FAULT_RESET, 0, 0);
	/* 1e11 bytes in 100 s; port 2 has 3 of the 23 shares of eight ports (2 + 3 + 4 + 2 + 3 + 4 + 2 + 3); twice that goes out */
	cr_assert_eq(read_at("1.3.6.1.2.1.31.1.1.1.6.2", 100).count, UINT64_C(13043478260));
	cr_assert_eq(read_at("1.3.6.1.2.1.31.1.1.1.10.2", 100).count, UINT64_C(26086956521));
	/* 13043478260 mod 2^32 */
	cr_assert_eq(read_at("1.3.6.1.2.1.2.2.1.10.2", 100).count, UINT64_C(158576372));
}

Test(device, reset_starts_counters_and_uptime_anew)
{
	make("farm");
	set_fault(SIM_FAULT_RESET, 0, 100);
	cr_assert_eq(read_at(FARM_ENERGY, 100).count, 0);
	cr_assert_eq(read_at(FARM_ENERGY, 102.0001).count, 2000);
	/* 2 s in hundredths */
	cr_assert_eq(read_at("1.3.6.1.2.1.1.3.0", 102).count, 200);
	cr_assert(epsilon_eq(dbl, sim_device_true_energy(&device, 102), 102000, 1e-6), "the truth does not reset");
}

Test(device, wrap_goes_from_the_top_to_zero)
{
	make("farm");
	set_fault(SIM_FAULT_WRAP, 5000, 10);
	cr_assert_eq(read_at(FARM_ENERGY, 10).count, UINT64_MAX - 5000);
	cr_assert_eq(read_at(FARM_ENERGY, 15.0001).count, UINT64_MAX);
	cr_assert_eq(read_at(FARM_ENERGY, 15.0011).count, 0);
	cr_assert_eq(read_at(FARM_ENERGY, 16.0001).count, 999);
}

Test(device, integer_counters_wrap_at_31_bits)
{
	make("apc-rpdu2");
	set_fault(SIM_FAULT_WRAP, 360000, 0);
	cr_assert_eq(read_at(APC_ENERGY, 0).number, INT32_MAX - 1);
	cr_assert_eq(read_at(APC_ENERGY, 361).number, INT32_MAX);
	cr_assert_eq(read_at(APC_ENERGY, 721).number, 0);
}

Test(device, swap_brings_another_serial_and_a_higher_counter)
{
	char before[SIM_NAME_BYTES];
	char after[SIM_NAME_BYTES];

	make("farm");
	uint64_t last = read_at(FARM_ENERGY, 10000).count;
	sim_device_print_serial(&device, before);
	set_fault(SIM_FAULT_SWAP, 0, 10000);
	sim_device_print_serial(&device, after);
	cr_assert_str_neq(before, after);
	cr_assert_gt(read_at(FARM_ENERGY, 10000).count, last);
	cr_assert_eq(read_at("1.3.6.1.2.1.1.3.0", 10001).count, 100);
}

Test(device, frozen_numbers_stay_while_uptime_goes_on)
{
	make("farm");
	uint64_t ticks = read_at("1.3.6.1.2.1.1.3.0", 50).count;
	set_fault(SIM_FAULT_FREEZE, 0, 50);
	cr_assert_eq(read_at(FARM_ENERGY, 60).count, read_at(FARM_ENERGY, 50).count);
	cr_assert_eq(read_at("1.3.6.1.2.1.1.3.0", 60).count, ticks + 1000);
	uint64_t frozen = read_at(FARM_ENERGY, 60).count;
	set_fault(SIM_FAULT_NONE, 0, 60);
	cr_assert_eq(read_at(FARM_ENERGY, 60.0001).count, frozen + 10000, "what was missed comes all at once");
}

Test(device, dip_shows_zero_until_it_has_been_read)
{
	make("farm");
	set_fault(SIM_FAULT_DIP, 0, 5);
	cr_assert_eq(read_at(FARM_ENERGY, 5).count, 0);
	cr_assert_eq(read_at(FARM_OUTLET_ENERGY_1, 5).count, 0);
	cr_assert_eq(read_at("1.3.6.1.4.1.32473.1.3.1.0", 5).count, 1000, "power is no counter");
}

Test(device, same_seed_same_device)
{
	struct sim_device again;

	make("ups-mib");
	sim_device_init(&device, &tree, 9, 42, SIM_SHAPE_DAY);
	sim_device_init(&again, &tree, 9, 42, SIM_SHAPE_DAY);
	cr_assert(epsilon_eq(dbl, device.power_w.base_per_s, again.power_w.base_per_s, 1e-9));
	cr_assert_eq(device.started_ms, again.started_ms);
	sim_device_init(&again, &tree, 10, 42, SIM_SHAPE_DAY);
	cr_assert_neq(device.started_ms, again.started_ms);
}

static void count_at(int64_t real_ms)
{
	const struct sim_moment now = {.real_ms = real_ms};

	sim_device_count_request(&device, &now);
}

static int64_t gap_at(int64_t real_ms)
{
	const struct sim_moment now = {.real_ms = real_ms};

	return sim_device_take_gap_ms(&device, &now);
}

Test(device, requests_close_together_are_one_poll)
{
	make("farm");
	count_at(1000);
	count_at(1499); /* 499 ms behind the request before */
	count_at(1998);
	cr_assert_eq(device.poll_count, 1);
	count_at(2498);
	cr_assert_eq(device.poll_count, 2);
	cr_assert_eq(device.request_count, 4);
}

Test(device, longest_gap_is_from_one_poll_to_the_next)
{
	make("farm");
	count_at(1000);
	count_at(1400);
	count_at(11000);
	count_at(19000);
	cr_assert_eq(gap_at(20000), 10000);
	count_at(28000);
	cr_assert_eq(gap_at(40000), 12000, "the gap that still lasts");
}
