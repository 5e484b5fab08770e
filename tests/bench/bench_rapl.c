/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A read of a powercap tree by the rapl collector beside the least it could cost: pread() of the same counters. Prints both, microseconds of
 * CPU time a read, and their ratio; the goal is at most 1.5. The two are measured in turns, so that a busy machine disturbs both alike.
 */
#include "rapl/tree.h"

#include "base/clock.h"
#include "sim/powercap_tree.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { ROUNDS = 20, READS = 5000, TEXT_BYTES = 64 };

static const double RATIO_GOAL = 1.5;

static double cpu_us(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static double read_tree(struct c_rapl_tree *tree)
{
	double begin_us = cpu_us();

	for (int i = 0; i < READS; i++) {
		/* Real counters move between two reads. */
		for (size_t m = 0; m < tree->count; m++)
			tree->meter[m].before_uj--;
		c_rapl_tree_read(tree, 0);
	}
	return cpu_us() - begin_us;
}

static double read_bare(const struct c_rapl_tree *tree)
{
	double begin_us = cpu_us();
	char text[TEXT_BYTES];

	for (int i = 0; i < READS; i++)
		for (size_t m = 0; m < tree->count; m++)
			if (pread(tree->meter[m].fd, text, sizeof text, 0) <= 0)
				return -1;
	return cpu_us() - begin_us;
}

static int measure(struct c_rapl_tree *tree)
{
	double tree_us = 0, bare_us = 0, ratio;

	for (int i = 0; i < ROUNDS; i++) {
		tree_us += read_tree(tree);
		bare_us += read_bare(tree);
	}
	ratio = tree_us / bare_us;
	printf("rapl: %zu zones: %.3f us a read, bare pread %.3f us, ratio %.2f (goal %.2f)\n", tree->count, tree_us / (ROUNDS * READS),
	       bare_us / (ROUNDS * READS), ratio, RATIO_GOAL);
	return ratio <= RATIO_GOAL ? 0 : 1;
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *where)
{
	(void)status;
	(void)kind;
	(void)where;
	return remove(path);
}

int main(void)
{
	char root[] = "/tmp/wattledger-bench-rapl-XXXXXX";
	struct powercap_options options = {.root = root,
					   .package_count = 1,
					   .die_count = 1,
					   .package_w = 100,
					   .range_uj = 262143328850,
					   .shape = SIM_SHAPE_FLAT,
					   .seed = 1};
	struct powercap_tree powercap;
	struct c_rapl_tree tree;
	struct err_info info = {0};
	int status = 1;

	if (mkdtemp(root) == NULL || powercap_tree_open(&powercap, &options, &info) != ERR_NONE ||
	    c_rapl_tree_init(&tree, root, clock_boot_ns, &info) != ERR_NONE) {
		fprintf(stderr, "bench_rapl: %s\n", info.text);
		return 1;
	}
	status = measure(&tree);
	c_rapl_tree_deinit(&tree);
	powercap_tree_close(&powercap);
	(void)nftw(root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	return status;
}
