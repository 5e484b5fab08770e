/* SPDX-License-Identifier: Apache-2.0 */
#include "rapl/zone.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

enum { ROOM = 16 };

static struct c_rapl_zone zones[ROOM];

/* A zone of 2^32 units of 61 uJ that is readable and tells no power. */
static struct c_rapl_found found_zone(const char *entry, const char *name)
{
	struct c_rapl_found found = {.range_uj = 262143328850, .is_readable = true};

	strncpy(found.entry, entry, sizeof found.entry - 1);
	strncpy(found.name, name, sizeof found.name - 1);
	return found;
}

static const struct c_rapl_zone *zone_of(size_t count, const char *key)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(zones[i].key, key) == 0)
			return &zones[i];
	}
	cr_fatal("there is no zone %s", key);
	return NULL;
}

Test(rapl_zone, entries_of_other_control_types_are_none)
{
	static const struct {
		const char *entry;
		unsigned level;
	} cases[] = {
	    {"intel-rapl:0", 1},
	    {"intel-rapl:12:3", 2},
	    {"intel-rapl-mmio:0", 1},
	    {"intel-rapl-mmio:0:0", 2},
	    {"intel-rapl", 0},
	    {"intel-rapl:", 0},
	    {"intel-rapl:0:", 0},
	    {"intel-rapl:0x", 0},
	    {"intel-rapl:0:1:2", 0},
	    {"intel-raplx:0", 0},
	    {"arm-scmi:0", 0},
	    {"dtpm", 0},
	    {".", 0},
	    {"", 0},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		cr_expect_eq(c_rapl_entry_level(cases[i].entry), cases[i].level, "%s", cases[i].entry);
}

Test(rapl_zone, packages_and_dram_are_the_total)
{
	const struct c_rapl_found found[] = {found_zone("intel-rapl:1", "psys"), found_zone("intel-rapl:0:2", "dram"),
					     found_zone("intel-rapl:0:0", "core"), found_zone("intel-rapl:0:1", "uncore"),
					     found_zone("intel-rapl:0", "package-0")};
	size_t count = c_rapl_zones_pick(found, 5, zones);

	cr_assert_eq(count, 5);
	cr_expect_str_eq(zones[0].key, "package-0");
	cr_expect_str_eq(zones[1].key, "package-0/core");
	cr_expect_str_eq(zones[2].key, "package-0/dram");
	cr_expect_str_eq(zones[3].key, "package-0/uncore");
	cr_expect_str_eq(zones[4].key, "psys");
	cr_expect(zones[0].is_summand && zones[2].is_summand);
	cr_expect(not(zones[1].is_summand));
	cr_expect(not(zones[3].is_summand));
	cr_expect(not(zones[4].is_summand));
}

Test(rapl_zone, parts_go_with_their_package_by_number)
{
	const struct c_rapl_found found[] = {found_zone("intel-rapl:10", "package-1"), found_zone("intel-rapl:1", "package-0"),
					     found_zone("intel-rapl:1:0", "dram"), found_zone("intel-rapl:10:0", "dram")};
	size_t count = c_rapl_zones_pick(found, 4, zones);

	cr_assert_eq(count, 4);
	cr_expect_str_eq(zone_of(count, "package-0/dram")->entry, "intel-rapl:1:0");
	cr_expect_str_eq(zone_of(count, "package-1/dram")->entry, "intel-rapl:10:0");
}

Test(rapl_zone, the_twin_through_mmio_is_dropped)
{
	const struct c_rapl_found found[] = {found_zone("intel-rapl-mmio:0", "package-0"), found_zone("intel-rapl:0", "package-0")};

	cr_assert_eq(c_rapl_zones_pick(found, 2, zones), 1);
	cr_expect_str_eq(zones[0].entry, "intel-rapl:0");
}

Test(rapl_zone, a_readable_twin_is_preferred)
{
	struct c_rapl_found found[] = {found_zone("intel-rapl:0", "package-0"), found_zone("intel-rapl-mmio:0", "package-0")};

	found[0].is_readable = false;
	cr_assert_eq(c_rapl_zones_pick(found, 2, zones), 1);
	cr_expect_str_eq(zones[0].entry, "intel-rapl-mmio:0");
	cr_expect(zones[0].is_readable);
}

Test(rapl_zone, what_has_no_usable_name_or_no_package_is_left_out)
{
	const struct c_rapl_found found[] = {found_zone("intel-rapl:0", ""), found_zone("intel-rapl:1", "package/../0"),
					     found_zone("intel-rapl:2:0", "dram"), found_zone("intel-rapl:0:0", "core"),
					     found_zone("arm-scmi:0", "package-0")};

	cr_expect_eq(c_rapl_zones_pick(found, 5, zones), 0);
	cr_expect_eq(c_rapl_zones_pick(NULL, 0, zones), 0);
}

Test(rapl_zone, power_is_the_stated_one_or_400_w_a_package)
{
	struct c_rapl_found found[] = {found_zone("intel-rapl:0", "package-0"), found_zone("intel-rapl:0:0", "core"),
				       found_zone("intel-rapl:0:1", "dram"), found_zone("intel-rapl:1", "package-1"),
				       found_zone("intel-rapl:2", "psys")};

	found[0].power_max_w = 65;
	found[3].power_max_w = 0.5; /* no statement */
	size_t count = c_rapl_zones_pick(found, 5, zones);
	cr_expect(eq(dbl, zone_of(count, "package-0")->power_max_w, 65.0));
	cr_expect(eq(dbl, zone_of(count, "package-0/core")->power_max_w, 65.0), "it is inside the package");
	cr_expect(eq(dbl, zone_of(count, "package-0/dram")->power_max_w, 400.0), "it is not");
	cr_expect(eq(dbl, zone_of(count, "package-1")->power_max_w, 400.0));
	cr_expect(eq(dbl, zone_of(count, "psys")->power_max_w, 800.0), "two packages");
}

Test(rapl_zone, dies_of_one_package_are_siblings)
{
	cr_expect(c_rapl_key_is_sibling("package-0-die-0", "package-0-die-1"));
	cr_expect(not(c_rapl_key_is_sibling("package-0-die-0", "package-1-die-0")));
	cr_expect(not(c_rapl_key_is_sibling("package-1-die-0", "package-10-die-0")));
	cr_expect(not(c_rapl_key_is_sibling("package-0", "package-1")));
	cr_expect(not(c_rapl_key_is_sibling("package-0-die-0/core", "package-0-die-1/core")));
	cr_expect(not(c_rapl_key_is_sibling("psys", "psys")));
	cr_expect(c_rapl_key_is_within("package-0/dram", "package-0"));
	cr_expect(c_rapl_key_is_within("package-0", "package-0"));
	cr_expect(not(c_rapl_key_is_within("package-01/dram", "package-0")));
}

Test(rapl_zone, counter_goes_round_one_behind_its_range)
{
	struct c_rapl_zone zone = {.key = "package-0/dram", .range_uj = 65712999613, .power_max_w = 400, .is_summand = true};
	struct meter_info info;

	c_rapl_zone_describe(&zone, &info);
	cr_expect_str_eq(info.key, "package-0/dram");
	cr_expect_str_eq(info.parent, "total");
	cr_expect_eq(info.energy.modulus, UINT64_C(65712999614));
	/* one microjoule is 1/1000 of a millijoule */
	cr_expect(info.energy.unit_num == 1 && info.energy.unit_den == 1000);
	cr_expect(info.energy.is_wrap_known && !info.energy.starts_at_zero && !info.energy.is_resettable);
	cr_expect(info.role == ROLE_PART && info.is_summand && info.is_component && !info.is_derived);
	cr_expect(info.caliber == CALIBER_ACTUAL);
	cr_expect(eq(dbl, info.rated_w, 0.0));
}

Test(rapl_zone, without_a_range_there_is_no_wrap)
{
	struct c_rapl_zone zone = {.key = "package-0/core", .power_max_w = 400};
	struct meter_info info;

	c_rapl_zone_describe(&zone, &info);
	cr_expect(not(info.energy.is_wrap_known));
	cr_expect_eq(info.energy.modulus, 0);
	cr_expect_eq(info.energy.unit_num, 1);
	cr_expect_str_eq(info.parent, "package-0");
	cr_expect(not(info.is_summand));
	zone.range_uj = UINT64_MAX; /* nothing comes behind it in 64 bits */
	c_rapl_zone_describe(&zone, &info);
	cr_expect(not(info.energy.is_wrap_known));
}

Test(rapl_zone, psys_stands_alone_and_the_total_is_a_sum)
{
	struct c_rapl_zone zone = {.key = "psys", .range_uj = 1000, .power_max_w = 400};
	struct meter_info info;

	c_rapl_zone_describe(&zone, &info);
	cr_expect_str_eq(info.parent, "");
	cr_expect(info.role == ROLE_PART && !info.is_summand);
	c_rapl_total_describe(&info);
	cr_expect_str_eq(info.key, "total");
	cr_expect(info.role == ROLE_TOTAL && info.is_derived && info.is_component && !info.is_summand);
	cr_expect_eq(info.point, POINT_IT_IN);
	cr_expect_eq(info.energy.unit_num, 0);
}

Test(rapl_zone, interval_reads_each_counter_four_times_a_round)
{
	struct c_rapl_zone zone[2] = {{.key = "package-0", .range_uj = 65712999613, .power_max_w = 400},
				      {.key = "psys", .range_uj = 0, .power_max_w = 800}};

	/* 65,713 J at 400 W: 164.28 s, a quarter is 41.07 s */
	cr_expect_eq(c_rapl_interval_ms(zone, 1, 60000), 41070);
	cr_expect_eq(c_rapl_interval_ms(zone, 2, 60000), 41070);
	cr_expect_eq(c_rapl_interval_ms(zone, 1, 10000), 10000);
	zone[0].range_uj = 999999; /* 1 J at 400 W: 2.5 ms */
	cr_expect_eq(c_rapl_interval_ms(zone, 1, 10000), 100, "the floor");
	cr_expect_eq(c_rapl_interval_ms(zone + 1, 1, 60000), 30000, "no range is known");
	cr_expect_eq(c_rapl_interval_ms(NULL, 0, 60000), 30000);
	cr_expect_eq(c_rapl_interval_ms(NULL, 0, 1000), 1000);
}
