/* SPDX-License-Identifier: Apache-2.0 */
/*
 * powercap_tree: a folder laid out as the kernel's powercap class (Documentation/power/powercap/powercap.rst): zones below
 * devices/virtual/powercap, links to them in class/powercap, energy_uj readable by its owner alone. Every zone's counter is the
 * exact integral of its power, modulo max_energy_range_uj + 1.
 */
#ifndef WATTLEDGER_SIM_POWERCAP_TREE_H
#define WATTLEDGER_SIM_POWERCAP_TREE_H

#include "base/buf.h"
#include "base/err.h"
#include "curve.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { POWERCAP_ZONES_MAX = 64, POWERCAP_PATH_BYTES = 128, POWERCAP_NAME_BYTES = 48, POWERCAP_PACKAGES_MAX = 8, POWERCAP_DIES_MAX = 4 };

enum powercap_layout {
	POWERCAP_CLIENT, /* package with core, uncore and dram; psys; the package again through intel-rapl-mmio */
	POWERCAP_SERVER, /* package with dram */
	POWERCAP_AMD,    /* package with core; with several dies each package-N-die-M shows the counter of the whole socket */
};

struct powercap_options {
	const char *root; /* what is /sys on a real machine; made when it is not there */
	enum powercap_layout layout;
	uint32_t package_count; /* 1 .. POWERCAP_PACKAGES_MAX */
	uint32_t die_count;     /* 1 .. POWERCAP_DIES_MAX, AMD only */
	uint32_t package_w;     /* mean power of a package */
	uint64_t range_uj;      /* max_energy_range_uj of all zones */
	enum sim_shape shape;
	uint64_t seed;
};

struct powercap_zone {
	char path[POWERCAP_PATH_BYTES]; /* below devices/virtual/powercap */
	char name[POWERCAP_NAME_BYTES];
	uint32_t package;
	double share;      /* of its package's power; for psys of all packages together */
	double extra_w;    /* beside that share */
	bool is_counted;   /* part of the machine's energy: packages and dram once each */
	uint64_t start_uj; /* what the counter showed at energy 0 */
	int energy_fd;
};

struct powercap_tree {
	struct powercap_options options;
	struct sim_curve packages[POWERCAP_PACKAGES_MAX];
	size_t zone_count;
	struct powercap_zone zones[POWERCAP_ZONES_MAX];
	double reset_t_s; /* counters run from 0 at this time on; negative before the first reset */
	uint64_t truth_count;
};

/* Lays out the tree at time 0. Errors: ERR_IO, ERR_PERMISSION, ERR_LIMIT. The folder stays when the program ends. */
enum err powercap_tree_open(struct powercap_tree *tree, const struct powercap_options *options, struct err_info *info) MUST_CHECK;
void powercap_tree_close(struct powercap_tree *tree);

/*
 * Brings all energy_uj files to simulated time t_s. Each is one write of the same 16 bytes ("000000001234567\n") in place: a reader
 * that keeps its descriptor sees new numbers and never half of one. Errors: ERR_IO.
 */
enum err powercap_tree_update(struct powercap_tree *tree, double t_s, struct err_info *info) MUST_CHECK;

/* All counters go to 0, as after a suspend. */
void powercap_tree_reset(struct powercap_tree *tree, double t_s);

/* True energy of a zone in J since time 0, and its counter's value. */
double powercap_zone_energy_j(const struct powercap_tree *tree, const struct powercap_zone *zone, double t_s) MUST_CHECK;
uint64_t powercap_zone_counter_uj(const struct powercap_tree *tree, const struct powercap_zone *zone, double t_s) MUST_CHECK;

/* One JSON object per zone and line, and one for the machine ("zone":"total"): packages and dram, each once. */
void powercap_tree_add_truth(struct powercap_tree *tree, double t_s, struct buf *out);

#endif
