/* SPDX-License-Identifier: Apache-2.0 */
/* The tree on a simulated powercap folder, with a clock of the test's own. */
#include "rapl/tree.h"

#include "sim/powercap_tree.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { METERS_MAX = 16 };

static char folder[] = "/tmp/wattledger-test-rapl-XXXXXX";
static char root[64];
static struct powercap_tree powercap;
static struct powercap_options options;
static struct c_rapl_tree tree;
static struct meter_info meter[METERS_MAX];
static size_t meter_count;
static int64_t now_ns;

static int64_t test_clock(void)
{
	return now_ns;
}

static void begin(void)
{
	cr_assert_not_null(mkdtemp(folder));
	snprintf(root, sizeof root, "%s/sys", folder);
	now_ns = 1000000000000;
	options = (struct powercap_options){.root = root,
					    .package_count = 1,
					    .die_count = 1,
					    .package_w = 100,
					    .range_uj = 262143328850,
					    .shape = SIM_SHAPE_FLAT,
					    .seed = 1};
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *where)
{
	(void)status;
	(void)kind;
	(void)where;
	return remove(path);
}

static void remove_all(const char *path)
{
	cr_assert_eq(nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
}

static void end(void)
{
	c_rapl_tree_deinit(&tree);
	powercap_tree_close(&powercap);
	remove_all(folder);
}

TestSuite(rapl_tree, .init = begin, .fini = end);

static void start(void)
{
	struct err_info info = {0};

	cr_assert_eq(powercap_tree_open(&powercap, &options, &info), ERR_NONE, "%s", info.text);
	cr_assert_eq(c_rapl_tree_init(&tree, root, test_clock, &info), ERR_NONE, "%s", info.text);
}

/* Sets the clock to so many seconds after the start, lets the counters follow, and reads them. */
static void read_at(double t_s)
{
	struct err_info info = {0};
	uint32_t number;

	now_ns = 1000000000000 + (int64_t)(t_s * 1e9);
	cr_assert_eq(powercap_tree_update(&powercap, t_s, &info), ERR_NONE, "%s", info.text);
	c_rapl_tree_read(&tree, 7);
	while (c_rapl_tree_take_meter(&tree, &number, &meter[meter_count])) {
		cr_assert_eq(number, meter_count, "numbers rise by one");
		meter_count++;
	}
}

static const struct sample *sample_of(const char *key, enum quantity quantity)
{
	for (size_t i = 0; i < tree.sample_count; i++) {
		const struct sample *sample = &tree.sample[i];

		if (sample->meter < meter_count && sample->quantity == quantity && strcmp(meter[sample->meter].key, key) == 0)
			return sample;
	}
	return NULL;
}

/* A counter's file, open for writing though its mode says no to all but root. */
static int open_counter(const char *entry, int flags)
{
	char path[256];
	int fd;

	snprintf(path, sizeof path, "%s/class/powercap/%s/energy_uj", root, entry);
	cr_assert_eq(chmod(path, 0600), 0);
	fd = open(path, O_WRONLY | O_CLOEXEC | flags);
	cr_assert_geq(fd, 0);
	cr_assert_eq(fchmod(fd, 0400), 0);
	return fd;
}

/* Writes a counter as the simulator does, in place. */
static void write_counter(const char *entry, unsigned long long uj)
{
	int fd = open_counter(entry, 0);

	cr_assert_eq(dprintf(fd, "%015llu\n", uj), 16);
	close(fd);
}

Test(rapl_tree, every_reading_is_the_counter)
{
	start();
	read_at(0);
	cr_assert_eq(meter_count, 6);
	cr_expect_str_eq(meter[0].key, "total");
	cr_expect_eq(tree.state, DEVICE_UP);
	cr_expect_str_eq(tree.reason, "");
	cr_expect_eq(c_rapl_tree_summand_count(&tree), 2);
	for (int i = 1; i <= 20; i++) {
		read_at(i * 3.7);
		cr_assert_eq(sample_of("package-0", QUANTITY_ENERGY)->raw,
			     powercap_zone_counter_uj(&powercap, &powercap.zones[0], i * 3.7));
		cr_assert_eq(sample_of("psys", QUANTITY_ENERGY)->raw, powercap_zone_counter_uj(&powercap, &powercap.zones[4], i * 3.7));
		cr_assert_eq(sample_of("package-0", QUANTITY_ENERGY)->boot_ns, now_ns);
	}
}

Test(rapl_tree, uptime_comes_first_and_power_from_the_second_read_on)
{
	start();
	read_at(0);
	/* uptime, then five counters */
	cr_assert_eq(tree.sample_count, 6);
	cr_expect_eq(tree.sample[0].meter, SAMPLE_METER_NONE);
	cr_expect_eq(tree.sample[0].quantity, QUANTITY_UPTIME);
	cr_expect(epsilon_eq(dbl, tree.sample[0].value, 1000.0, 1e-9), "the clock starts at 1000 s");
	cr_expect_eq(tree.sample[0].device, 7);
	cr_expect_null(sample_of("package-0", QUANTITY_POWER));
	read_at(10);
	cr_assert_eq(tree.sample_count, 11);
	/* two readings are cut to whole microjoules: 1e-6 J / 10 s */
	cr_expect(epsilon_eq(dbl, sample_of("package-0", QUANTITY_POWER)->value, 100.0, 1e-6));
	cr_expect(epsilon_eq(dbl, sample_of("package-0/dram", QUANTITY_POWER)->value, 15.0, 1e-6));
}

Test(rapl_tree, power_goes_on_over_a_wrap)
{
	options.range_uj = 9999999999; /* 10 kJ: wraps once in 100 s at 100 W */
	start();
	for (int i = 0; i < 30; i++) {
		read_at(i * 10);
		if (i > 0)
			cr_assert(epsilon_eq(dbl, sample_of("package-0", QUANTITY_POWER)->value, 100.0, 1e-6), "at %d s", i * 10);
	}
}

Test(rapl_tree, mirrored_dies_are_counted_once)
{
	options.layout = POWERCAP_AMD;
	options.die_count = 2;
	start();
	read_at(0);
	/* total, package-0-die-0 and its core */
	cr_assert_eq(meter_count, 3);
	cr_expect_str_eq(meter[1].key, "package-0-die-0");
	cr_expect_eq(c_rapl_tree_summand_count(&tree), 2, "undecided: the total waits for it");
	cr_expect(c_rapl_tree_take_news(&tree));
	cr_expect(not(c_rapl_tree_take_news(&tree)));
	for (int i = 1; i < 6; i++)
		read_at(i * 10);
	cr_expect_eq(c_rapl_tree_summand_count(&tree), 2);
	read_at(60);
	cr_expect_eq(c_rapl_tree_summand_count(&tree), 1, "decided");
	cr_expect(c_rapl_tree_take_news(&tree));
	cr_expect_eq(tree.state, DEVICE_UP);
	for (int i = 61; i < 2000; i += 100)
		read_at(i);
	cr_expect_eq(meter_count, 3, "neither the mirror nor its core is ever announced, not after a new look either");
	cr_expect_eq(tree.sample_count, 5, "uptime, and energy and power of two");
}

Test(rapl_tree, dies_of_their_own_are_counted_all)
{
	options.layout = POWERCAP_AMD;
	options.die_count = 2;
	start();
	for (int i = 0; i < 4; i++) {
		struct err_info info = {0};
		double t_s = i * 10;

		now_ns = 1000000000000 + (int64_t)(t_s * 1e9);
		cr_assert_eq(powercap_tree_update(&powercap, t_s, &info), ERR_NONE);
		write_counter("intel-rapl:1", 5000000 + (unsigned long long)i * 300000000);
		c_rapl_tree_read(&tree, 0);
		while (meter_count < METERS_MAX && c_rapl_tree_take_meter(&tree, &(uint32_t){0}, &meter[meter_count]))
			meter_count++;
	}
	/* 30 W beside 100 W: three readings apart */
	cr_assert_eq(meter_count, 5);
	cr_expect_str_eq(meter[3].key, "package-0-die-1");
	cr_expect(meter[3].is_summand);
	cr_expect_eq(sample_of("package-0-die-1", QUANTITY_ENERGY)->raw, 905000000);
	cr_expect_eq(c_rapl_tree_summand_count(&tree), 2);
}

Test(rapl_tree, a_zone_that_goes_and_comes_back_is_the_same_meter)
{
	char path[256];

	options.layout = POWERCAP_SERVER;
	options.package_count = 2;
	start();
	read_at(0);
	cr_assert_eq(meter_count, 5);
	snprintf(path, sizeof path, "%s/class/powercap/intel-rapl:1", root);
	cr_assert_eq(unlink(path), 0);
	snprintf(path, sizeof path, "%s/devices/virtual/powercap/intel-rapl/intel-rapl:1/energy_uj", root);
	cr_assert_eq(unlink(path), 0);
	c_rapl_tree_read(&tree, 0);
	cr_expect_eq(tree.state, DEVICE_PARTIAL);
	cr_expect_not_null(strstr(tree.reason, "package-1"), "%s", tree.reason);
	cr_expect_null(sample_of("package-1", QUANTITY_ENERGY), "no value is no zero");
	cr_expect_not_null(sample_of("package-0", QUANTITY_ENERGY));
	cr_expect_eq(c_rapl_tree_summand_count(&tree), 4, "the total still needs it");
	/* the driver is loaded again */
	struct err_info info = {0};

	powercap_tree_close(&powercap);
	cr_assert_eq(powercap_tree_open(&powercap, &options, &info), ERR_NONE, "%s", info.text);
	read_at(10);
	read_at(20);
	cr_expect_eq(tree.state, DEVICE_UP);
	cr_expect_str_eq(tree.reason, "");
	cr_expect_eq(meter_count, 5, "nothing is announced again");
	cr_expect_eq(sample_of("package-1", QUANTITY_ENERGY)->raw, powercap_zone_counter_uj(&powercap, &powercap.zones[2], 20));
}

Test(rapl_tree, zones_that_come_later_are_found)
{
	struct err_info info = {0};

	cr_assert_eq(c_rapl_tree_init(&tree, root, test_clock, &info), ERR_NONE);
	c_rapl_tree_read(&tree, 0);
	cr_expect_eq(tree.state, DEVICE_UNREADABLE);
	cr_expect_eq(tree.sample_count, 0);
	cr_expect_not_null(strstr(tree.reason, "modprobe intel_rapl_msr"), "%s", tree.reason);
	cr_expect_eq(c_rapl_tree_interval_ms(&tree, 60000), 30000);
	cr_assert_eq(powercap_tree_open(&powercap, &options, &info), ERR_NONE, "%s", info.text);
	read_at(61);
	cr_expect_eq(tree.state, DEVICE_UP);
	cr_expect_eq(meter_count, 6);
}

Test(rapl_tree, nonsense_in_a_counter_is_no_value)
{
	int fd;

	options.layout = POWERCAP_SERVER;
	start();
	read_at(0);
	fd = open_counter("intel-rapl:0", O_TRUNC);
	cr_assert_eq(write(fd, "none\n", 5), 5);
	close(fd);
	c_rapl_tree_read(&tree, 0);
	cr_expect_eq(tree.state, DEVICE_PARTIAL);
	cr_expect_null(sample_of("package-0", QUANTITY_ENERGY));
	cr_expect_not_null(sample_of("package-0/dram", QUANTITY_ENERGY));
}

Test(rapl_tree, interval_follows_the_fastest_counter)
{
	options.range_uj = 65712999613;
	options.package_w = 200; /* stated as 400 W */
	start();
	/* 65,713 J at 400 W: 164.28 s, a quarter is 41.07 s */
	cr_expect_eq(c_rapl_tree_interval_ms(&tree, 60000), 41070);
	cr_expect_eq(c_rapl_tree_interval_ms(&tree, 1000), 1000);
}
