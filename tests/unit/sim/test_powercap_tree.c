/* SPDX-License-Identifier: Apache-2.0 */
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

static char root[] = "/tmp/wattledger-test-powercap-XXXXXX";
static struct powercap_tree tree;
static struct powercap_options options;

static void begin(void)
{
	cr_assert_not_null(mkdtemp(root));
	options = (struct powercap_options){.root = root,
					    .package_count = 1,
					    .die_count = 1,
					    .package_w = 100,
					    .range_uj = 262143328850,
					    .shape = SIM_SHAPE_FLAT,
					    .seed = 1};
}

static int remove_one(const char *path, const struct stat *stat_buf, int kind, struct FTW *where)
{
	(void)stat_buf;
	(void)kind;
	(void)where;
	return remove(path);
}

static void end(void)
{
	powercap_tree_close(&tree);
	cr_assert_eq(nftw(root, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
}

TestSuite(powercap_tree, .init = begin, .fini = end);

static void open_tree(void)
{
	struct err_info info = {0};

	cr_assert_eq(powercap_tree_open(&tree, &options, &info), ERR_NONE, "%s", info.text);
}

static void update(double t_s)
{
	struct err_info info = {0};

	cr_assert_eq(powercap_tree_update(&tree, t_s, &info), ERR_NONE, "%s", info.text);
}

/* Content of class/powercap/NAME without its newline. */
static const char *content(const char *name)
{
	static char text[128];
	char path[256];

	snprintf(path, sizeof path, "%s/class/powercap/%s", root, name);
	int fd = open(path, O_RDONLY);
	cr_assert_geq(fd, 0, "%s", path);
	ssize_t got = read(fd, text, sizeof text - 1);
	close(fd);
	cr_assert_gt(got, 0);
	text[got] = '\0';
	text[strcspn(text, "\n")] = '\0';
	return text;
}

static unsigned long long energy(const char *zone)
{
	char name[64];

	snprintf(name, sizeof name, "%s/energy_uj", zone);
	return strtoull(content(name), NULL, 10);
}

Test(powercap_tree, is_laid_out_as_the_kernel_does)
{
	char path[256];
	char target[256];
	struct stat found;

	open_tree();
	cr_assert_str_eq(content("intel-rapl:0/name"), "package-0");
	cr_assert_str_eq(content("intel-rapl:0/intel-rapl:0:0/name"), "core");
	cr_assert_str_eq(content("intel-rapl:0:1/name"), "uncore");
	cr_assert_str_eq(content("intel-rapl:0:2/name"), "dram");
	cr_assert_str_eq(content("intel-rapl:1/name"), "psys");
	cr_assert_str_eq(content("intel-rapl-mmio:0/name"), "package-0");
	cr_assert_str_eq(content("intel-rapl:0/max_energy_range_uj"), "262143328850");
	snprintf(path, sizeof path, "%s/class/powercap/intel-rapl:0", root);
	ssize_t bytes = readlink(path, target, sizeof target - 1);
	cr_assert_gt(bytes, 0);
	target[bytes] = '\0';
	cr_assert_str_eq(target, "../../devices/virtual/powercap/intel-rapl/intel-rapl:0");
	snprintf(path, sizeof path, "%s/class/powercap/intel-rapl:0/energy_uj", root);
	cr_assert_eq(stat(path, &found), 0);
	cr_assert_eq(found.st_mode & 07777, 0400);
}

Test(powercap_tree, counters_are_the_integral_of_the_power)
{
	open_tree();
	unsigned long long package = energy("intel-rapl:0");
	unsigned long long dram = energy("intel-rapl:0:2");

	/* 100 W for 10 s; dram takes 15 % of that beside it */
	update(10);
	cr_assert_eq(energy("intel-rapl:0"), package + 1000000000);
	cr_assert_eq(energy("intel-rapl:0:2"), dram + 150000000);
	cr_assert_eq(energy("intel-rapl-mmio:0"), energy("intel-rapl:0"));
}

Test(powercap_tree, counters_wrap_behind_the_range)
{
	options.range_uj = 999999;
	open_tree();
	unsigned long long start = energy("intel-rapl:0");

	/* 100 W for 10.0025 s are 1000250000 uJ: 1000 whole turns of 1000000 and 250000 */
	update(10.0025);
	cr_assert_eq(energy("intel-rapl:0"), (start + 250000) % 1000000);
}

Test(powercap_tree, kept_descriptors_see_new_numbers_of_the_same_length)
{
	char path[256];
	char text[32];

	open_tree();
	snprintf(path, sizeof path, "%s/class/powercap/intel-rapl:0/energy_uj", root);
	int fd = open(path, O_RDONLY);
	for (int i = 1; i <= 3; i++) {
		update(i);
		cr_assert_eq(pread(fd, text, sizeof text, 0), 16);
		cr_assert_eq(text[15], '\n');
		text[15] = '\0';
		cr_assert_eq(strtoull(text, NULL, 10), powercap_zone_counter_uj(&tree, &tree.zones[0], i));
	}
	close(fd);
}

Test(powercap_tree, servers_have_dram_alone_below_each_package)
{
	options.layout = POWERCAP_SERVER;
	options.package_count = 2;
	open_tree();
	cr_assert_eq(tree.zone_count, 4);
	cr_assert_str_eq(content("intel-rapl:1/name"), "package-1");
	cr_assert_str_eq(content("intel-rapl:1:0/name"), "dram");
}

Test(powercap_tree, amd_dies_mirror_their_socket)
{
	options.layout = POWERCAP_AMD;
	options.die_count = 2;
	open_tree();
	update(7);
	cr_assert_str_eq(content("intel-rapl:0/name"), "package-0-die-0");
	cr_assert_str_eq(content("intel-rapl:1/name"), "package-0-die-1");
	cr_assert_eq(energy("intel-rapl:0"), energy("intel-rapl:1"));
}

Test(powercap_tree, truth_counts_packages_and_dram_once)
{
	struct buf out;

	open_tree();
	buf_init(&out, 65536);
	powercap_tree_add_truth(&tree, 10, &out);
	/* 100 W and 15 W for 10 s, whatever psys, core, uncore and the twin say */
	cr_assert_not_null(strstr(buf_text(&out), "\"zone\":\"total\",\"t_s\":10.000000,\"energy_j\":1150.000000"));
	buf_deinit(&out);
}

Test(powercap_tree, reset_starts_at_zero)
{
	open_tree();
	powercap_tree_reset(&tree, 5);
	update(5);
	cr_assert_eq(energy("intel-rapl:0"), 0);
	update(6);
	cr_assert_eq(energy("intel-rapl:0"), 100000000);
	cr_assert(epsilon_eq(dbl, powercap_zone_energy_j(&tree, &tree.zones[0], 6), 600, 1e-6));
}
