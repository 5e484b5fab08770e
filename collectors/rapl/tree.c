/* SPDX-License-Identifier: Apache-2.0 */
#include "rapl/tree_priv.h"

#include "base/log.h"
#include "base/mem.h"
#include "model/units.h"
#include "rapl/counter.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ENERGY_BYTES = 32 };

/* While nothing is missing, zones that have come are looked for this often. */
#define SCAN_CALM_NS (600 * UNITS_NS_PER_S)

enum err c_rapl_tree_init(struct c_rapl_tree *tree, const char *root, int64_t (*clock)(void), struct err_info *info)
{
	enum err err;

	*tree = (struct c_rapl_tree){.clock = clock, .state = DEVICE_STARTING, .total_number = UINT32_MAX};
	if (snprintf(tree->class_path, sizeof tree->class_path, "%s/class/powercap", root) >= (int)sizeof tree->class_path)
		return err_set(info, ERR_LIMIT, "the path \"%.64s...\" is too long", root);
	c_rapl_cpu_read(root, &tree->cpu);
	err = c_rapl_tree_scan(tree, clock(), info);
	if (err != ERR_NONE)
		c_rapl_tree_deinit(tree);
	return err;
}

void c_rapl_tree_deinit(struct c_rapl_tree *tree)
{
	for (size_t i = 0; i < tree->count; i++)
		c_rapl_tree_close(&tree->meter[i], 0);
	mem_free(tree->meter);
	mem_free(tree->sample);
	*tree = (struct c_rapl_tree){0};
}

uint32_t c_rapl_tree_interval_ms(const struct c_rapl_tree *tree, uint32_t asked_ms)
{
	uint32_t interval_ms = tree->count == 0 ? c_rapl_interval_ms(NULL, 0, asked_ms) : asked_ms;

	for (size_t i = 0; i < tree->count; i++) {
		uint32_t zone_ms = c_rapl_interval_ms(&tree->meter[i].zone, 1, asked_ms);

		/* One of unknown range among others asks for nothing. */
		if (tree->meter[i].zone.range_uj > 0 && zone_ms < interval_ms)
			interval_ms = zone_ms;
	}
	return interval_ms;
}

/* ---- Reading -------------------------------------------------------------------------------------------------------------------------- */

/* Some file systems let a descriptor of a file that is gone show the last value for ever; the kernel's own says ENODEV. */
static bool is_gone(int fd)
{
	struct stat status;

	return fstat(fd, &status) != 0 || status.st_nlink == 0;
}

static void read_meter(struct c_rapl_meter *meter)
{
	char text[ENERGY_BYTES];
	ssize_t bytes;

	meter->has_value = false;
	if (meter->fd < 0)
		return;
	bytes = pread(meter->fd, text, sizeof text, 0);
	if (bytes < 0)
		c_rapl_tree_close(meter, errno);
	else if (!c_rapl_counter_parse(text, (size_t)bytes, &meter->value_uj))
		c_rapl_tree_close(meter, EBADMSG);
	else if (meter->has_before && meter->value_uj == meter->before_uj && is_gone(meter->fd))
		c_rapl_tree_close(meter, ENODEV);
	else
		meter->has_value = true;
}

static void read_all(struct c_rapl_tree *tree)
{
	int64_t begin_ns = tree->clock();

	for (size_t i = 0; i < tree->count; i++)
		read_meter(&tree->meter[i]);
	tree->spread_ns = tree->clock() - begin_ns;
	tree->boot_ns = begin_ns + tree->spread_ns / 2;
}

/* ---- Dies ----------------------------------------------------------------------------------------------------------------------------- */

static void drop_mirror(struct c_rapl_tree *tree, uint16_t index)
{
	log_notice("RAPL zone %s shows the same counter as %s: it is counted once, as %s", tree->meter[index].zone.key,
		   tree->meter[tree->meter[index].twin].zone.key, tree->meter[tree->meter[index].twin].zone.key);
	for (size_t i = 0; i < tree->count; i++) {
		if (tree->meter[i].package == index) {
			c_rapl_tree_close(&tree->meter[i], 0);
			tree->meter[i].has_value = false;
		}
	}
}

static void compare_dies(struct c_rapl_tree *tree)
{
	for (uint16_t i = 0; i < tree->count; i++) {
		struct c_rapl_meter *meter = &tree->meter[i];
		const struct c_rapl_meter *twin = &tree->meter[meter->twin];
		struct c_rapl_pair pair = {.uj = {twin->value_uj, meter->value_uj},
					   .range_uj = meter->zone.range_uj,
					   .boot_ns = tree->boot_ns,
					   .spread_ns = tree->spread_ns};

		if (meter->twin == i || meter->mirror.verdict != C_RAPL_UNDECIDED || !meter->has_value || !twin->has_value)
			continue;
		if (c_rapl_mirror_take(&meter->mirror, &pair) == C_RAPL_MIRROR)
			drop_mirror(tree, i);
	}
}

/* ---- Samples -------------------------------------------------------------------------------------------------------------------------- */

static bool is_sent(const struct c_rapl_tree *tree, const struct c_rapl_meter *meter)
{
	return meter->has_value && c_rapl_tree_verdict(tree, meter) == C_RAPL_OWN;
}

static struct sample *add_sample(struct c_rapl_tree *tree, uint32_t device, uint32_t number, enum quantity quantity)
{
	struct sample *sample = &tree->sample[tree->sample_count++];

	*sample =
	    (struct sample){.device = device, .meter = number, .quantity = quantity, .caliber = CALIBER_ACTUAL, .boot_ns = tree->boot_ns};
	return sample;
}

static void add_meter_samples(struct c_rapl_tree *tree, uint32_t device, struct c_rapl_meter *meter)
{
	struct c_rapl_step step = {.before_uj = meter->before_uj,
				   .after_uj = meter->value_uj,
				   .range_uj = meter->zone.range_uj,
				   .elapsed_ns = meter->has_before ? tree->boot_ns - meter->before_boot_ns : 0,
				   .power_max_w = meter->zone.power_max_w};
	double power_w = c_rapl_counter_power_w(&step);

	add_sample(tree, device, meter->number, QUANTITY_ENERGY)->raw = meter->value_uj;
	/* The counter gives the amount; the mean power since the last read is for those who look at it live. */
	if (!isnan(power_w))
		add_sample(tree, device, meter->number, QUANTITY_POWER)->value = power_w;
	meter->before_uj = meter->value_uj;
	meter->before_boot_ns = tree->boot_ns;
	meter->has_before = true;
}

/* Meters get their numbers in the order of their first value; the total is number 0 when there is one. */
static void number_meters(struct c_rapl_tree *tree)
{
	for (size_t i = 0; i < tree->count; i++) {
		struct c_rapl_meter *meter = &tree->meter[i];

		if (!is_sent(tree, meter) || meter->number != UINT32_MAX)
			continue;
		if (tree->total_number == UINT32_MAX && meter->zone.is_summand) {
			tree->total_number = tree->number_count++;
			tree->is_total_stale = true;
		}
		meter->number = tree->number_count++;
		meter->is_stale = true;
	}
}

static bool is_scan_due(const struct c_rapl_tree *tree, int64_t now_ns)
{
	return now_ns - tree->scanned_boot_ns >= (tree->scan_gap_ns > 0 ? tree->scan_gap_ns : SCAN_CALM_NS);
}

void c_rapl_tree_read(struct c_rapl_tree *tree, uint32_t device)
{
	struct err_info info = {0};
	int64_t now_ns = tree->clock();

	if (is_scan_due(tree, now_ns) && c_rapl_tree_scan(tree, now_ns, &info) != ERR_NONE)
		log_error("%s", info.text);
	read_all(tree);
	compare_dies(tree);
	number_meters(tree);
	tree->sample_count = 0;
	for (size_t i = 0; i < tree->count; i++) {
		if (!is_sent(tree, &tree->meter[i]))
			continue;
		if (tree->sample_count == 0)
			add_sample(tree, device, SAMPLE_METER_NONE, QUANTITY_UPTIME)->value =
			    (double)tree->boot_ns / (double)UNITS_NS_PER_S;
		add_meter_samples(tree, device, &tree->meter[i]);
	}
	c_rapl_tree_judge(tree);
}

/* ---- What is told --------------------------------------------------------------------------------------------------------------------- */

/* The one with the lowest number that has to be announced: core takes new numbers in their order. */
bool c_rapl_tree_take_meter(struct c_rapl_tree *tree, uint32_t *number, struct meter_info *out)
{
	struct c_rapl_meter *next = NULL;

	for (size_t i = 0; i < tree->count; i++) {
		struct c_rapl_meter *meter = &tree->meter[i];

		if (meter->is_stale && meter->number != UINT32_MAX && (next == NULL || meter->number < next->number))
			next = meter;
	}
	if (tree->is_total_stale && (next == NULL || tree->total_number < next->number)) {
		tree->is_total_stale = false;
		*number = tree->total_number;
		c_rapl_total_describe(out);
		return true;
	}
	if (next == NULL)
		return false;
	next->is_stale = false;
	*number = next->number;
	c_rapl_zone_describe(&next->zone, out);
	return true;
}

uint32_t c_rapl_tree_summand_count(const struct c_rapl_tree *tree)
{
	uint32_t count = 0;

	for (size_t i = 0; i < tree->count; i++)
		count += tree->meter[i].zone.is_summand && c_rapl_tree_verdict(tree, &tree->meter[i]) != C_RAPL_MIRROR;
	return count;
}

bool c_rapl_tree_take_news(struct c_rapl_tree *tree)
{
	uint32_t count = c_rapl_tree_summand_count(tree);
	bool is_news = tree->is_reason_new || tree->told_count != count;

	tree->is_reason_new = false;
	tree->told_count = count;
	return is_news;
}
