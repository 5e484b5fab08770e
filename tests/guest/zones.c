/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * zones: two zones under the kernel's own powercap class, as the driver of a processor's RAPL registers them: package-0 draws 35 W and dram, in
 * it, 5 W, by the guest's monotonic clock. The names and the range are those of intel_rapl; who may read the counters is decided by the kernel's
 * class. For a guest without a processor that counts.
 */
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/powercap.h>

#define RANGE_MICROJ 262143328850ULL

struct counted_zone {
	struct powercap_zone powercap;
	u64 watts;
};

static struct powercap_control_type *control;
static struct counted_zone package = {.watts = 35};
static struct counted_zone dram = {.watts = 5};

static int get_range(struct powercap_zone *powercap, u64 *microj)
{
	*microj = RANGE_MICROJ;
	return 0;
}

static int get_energy(struct powercap_zone *powercap, u64 *microj)
{
	*microj = container_of(powercap, struct counted_zone, powercap)->watts * ktime_to_us(ktime_get_boottime()) % RANGE_MICROJ;
	return 0;
}

static int release(struct powercap_zone *powercap)
{
	return 0;
}

/* The class asks for a limit of power, too. */
static int get_limit(struct powercap_zone *powercap, int id, u64 *value)
{
	*value = 95000000;
	return 0;
}

static int set_limit(struct powercap_zone *powercap, int id, u64 value)
{
	return -EPERM;
}

static const struct powercap_zone_constraint_ops LIMITS = {
    .get_power_limit_uw = get_limit, .set_power_limit_uw = set_limit, .get_time_window_us = get_limit, .set_time_window_us = set_limit};

static const struct powercap_zone_ops OPS = {.get_max_energy_range_uj = get_range, .get_energy_uj = get_energy, .release = release};

static int __init zones_init(void)
{
	control = powercap_register_control_type(NULL, "intel-rapl", NULL);
	if (IS_ERR(control))
		return PTR_ERR(control);
	if (!IS_ERR(powercap_register_zone(&package.powercap, control, "package-0", NULL, &OPS, 1, &LIMITS)) &&
	    !IS_ERR(powercap_register_zone(&dram.powercap, control, "dram", &package.powercap, &OPS, 1, &LIMITS)))
		return 0;
	powercap_unregister_control_type(control);
	return -EIO;
}

module_init(zones_init);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("two powercap zones for the tests of wattledger");
