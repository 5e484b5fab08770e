/* SPDX-License-Identifier: Apache-2.0 */
/* tree_scan: the meters of a tree are brought up to what the kernel shows now. */
#include "rapl/tree_priv.h"

#include "base/log.h"
#include "base/mem.h"
#include "model/units.h"
#include "rapl/scan.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* A missing zone is looked for after this time, then after twice as long, and so on. */
#define SCAN_GAP_MIN_NS (5 * UNITS_NS_PER_S)
#define SCAN_GAP_MAX_NS (60 * UNITS_NS_PER_S)

enum { SAMPLES_PER_METER = 2 };

void c_rapl_tree_close(struct c_rapl_meter *meter, int error)
{
	if (meter->fd >= 0)
		(void)close(meter->fd);
	meter->fd = -1;
	meter->error = error;
	meter->has_before = false;
}

enum c_rapl_verdict c_rapl_tree_verdict(const struct c_rapl_tree *tree, const struct c_rapl_meter *meter)
{
	const struct c_rapl_meter *package = &tree->meter[meter->package];

	return package->twin == meter->package ? C_RAPL_OWN : package->mirror.verdict;
}

static struct c_rapl_meter *find_meter(const struct c_rapl_tree *tree, const char *key)
{
	for (size_t i = 0; i < tree->count; i++) {
		if (strcmp(tree->meter[i].zone.key, key) == 0)
			return &tree->meter[i];
	}
	return NULL;
}

/* The package it is within and the die it may mirror: both are in the list before it, which is sorted within a scan. */
static void relate(struct c_rapl_tree *tree, uint16_t index)
{
	struct c_rapl_meter *meter = &tree->meter[index];

	meter->package = index;
	meter->twin = index;
	for (uint16_t i = 0; i < index; i++) {
		const struct c_rapl_meter *other = &tree->meter[i];

		if (other->package == i && c_rapl_key_is_within(meter->zone.key, other->zone.key))
			meter->package = i;
		if (other->twin == i && meter->twin == index && c_rapl_key_is_sibling(meter->zone.key, other->zone.key))
			meter->twin = i;
	}
}

static enum err add_meter(struct c_rapl_tree *tree, const struct c_rapl_zone *zone, struct err_info *info)
{
	enum err err = mem_grow((void **)&tree->meter, &tree->capacity, tree->count, C_RAPL_ZONES_MAX, sizeof *tree->meter);

	if (err == ERR_NONE)
		err = mem_grow((void **)&tree->sample, &tree->sample_capacity, SAMPLES_PER_METER * (tree->count + 1),
			       SAMPLES_PER_METER * C_RAPL_ZONES_MAX + 1, sizeof *tree->sample);
	if (err != ERR_NONE)
		return err_set(info, err, "no room for RAPL zone %s", zone->key);
	tree->meter[tree->count] = (struct c_rapl_meter){.zone = *zone, .number = UINT32_MAX, .fd = -1};
	relate(tree, (uint16_t)tree->count++);
	return ERR_NONE;
}

/* What is known of a meter's zone now; under another number it is opened anew. */
static void renew(struct c_rapl_meter *meter, const struct c_rapl_zone *zone)
{
	meter->is_stale |= meter->zone.range_uj != zone->range_uj;
	if (strcmp(meter->zone.entry, zone->entry) != 0)
		c_rapl_tree_close(meter, 0);
	meter->zone = *zone;
}

static void open_meters(struct c_rapl_tree *tree)
{
	for (size_t i = 0; i < tree->count; i++) {
		struct c_rapl_meter *meter = &tree->meter[i];

		if (meter->fd >= 0 || c_rapl_tree_verdict(tree, meter) == C_RAPL_MIRROR)
			continue;
		meter->fd = c_rapl_scan_open(tree->class_path, meter->zone.entry);
		meter->error = meter->fd < 0 ? errno : 0;
	}
}

static enum err merge(struct c_rapl_tree *tree, const struct c_rapl_zone *zones, size_t count, struct err_info *info)
{
	enum err err = ERR_NONE;

	for (size_t i = 0; i < count && err == ERR_NONE; i++) {
		struct c_rapl_meter *meter = find_meter(tree, zones[i].key);

		if (meter == NULL)
			err = add_meter(tree, &zones[i], info);
		else
			renew(meter, &zones[i]);
	}
	return err;
}

static enum err pick_and_merge(struct c_rapl_tree *tree, const struct c_rapl_found *found, size_t count, struct err_info *info)
{
	struct c_rapl_zone *zones = mem_new_array(count, sizeof *zones);
	enum err err;

	if (zones == NULL)
		return err_set(info, ERR_MEMORY, "no memory for %zu RAPL zones", count);
	err = merge(tree, zones, c_rapl_zones_pick(found, count, zones), info);
	mem_free(zones);
	return err;
}

enum err c_rapl_tree_scan(struct c_rapl_tree *tree, int64_t now_boot_ns, struct err_info *info)
{
	struct c_rapl_found *found = NULL;
	size_t count = 0;
	struct err_info folder = {0};
	enum err err = c_rapl_scan(tree->class_path, &found, &count, &folder);

	tree->is_scan_complete = err == ERR_NONE;
	tree->is_scan_refused = err == ERR_PERMISSION;
	if (err == ERR_NONE)
		err = pick_and_merge(tree, found, count, info);
	else
		log_debug("%s", folder.text);
	mem_free(found);
	if (err == ERR_MEMORY)
		return err;
	open_meters(tree);
	tree->scan_gap_ns = tree->scan_gap_ns == 0 ? SCAN_GAP_MIN_NS : tree->scan_gap_ns * 2;
	if (tree->scan_gap_ns > SCAN_GAP_MAX_NS)
		tree->scan_gap_ns = SCAN_GAP_MAX_NS;
	tree->scanned_boot_ns = now_boot_ns;
	return ERR_NONE;
}
