/* SPDX-License-Identifier: Apache-2.0 */
#include "rapl/zone.h"

#include "base/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { READS_PER_WRAP = 4, INTERVAL_MS_MIN = 100, INTERVAL_MS_UNKNOWN = 30000 };

/* A max_power outside of this is no statement: firmware leaves zeros and all-ones. */
static const double STATED_MIN_W = 1.0;
static const double STATED_MAX_W = 100000.0;

static const double UJ_PER_MS_AND_W = 1000.0;

/* The one that is preferred comes first. */
static const char *const control_types[] = {"intel-rapl", "intel-rapl-mmio"};

static const char key_separator = '/';

/* ---- Entries and keys ----------------------------------------------------------------------------------------------------------------- */

/* The ":0:1" behind a control type that is RAPL's, NULL for all else; *rank tells which. */
static const char *numbers_of(const char *entry, size_t *rank)
{
	size_t type_bytes = strcspn(entry, ":");

	for (size_t i = 0; i < sizeof control_types / sizeof control_types[0]; i++) {
		if (strlen(control_types[i]) == type_bytes && strncmp(entry, control_types[i], type_bytes) == 0) {
			*rank = i;
			return entry + type_bytes;
		}
	}
	return NULL;
}

unsigned c_rapl_entry_level(const char *entry)
{
	size_t rank;
	const char *at = numbers_of(entry, &rank);
	unsigned level = 0;

	while (at != NULL && *at == ':') {
		size_t digits = strspn(at + 1, "0123456789");

		if (digits == 0)
			return 0;
		at += 1 + digits;
		level++;
	}
	return at != NULL && *at == '\0' && level <= 2 ? level : 0;
}

/* The package of a part among what was found: "intel-rapl:0" of "intel-rapl:0:1". NULL when it is not there. */
static const struct c_rapl_found *find_parent(const struct c_rapl_found *found, size_t count, const char *entry)
{
	size_t parent_bytes = (size_t)(strrchr(entry, ':') - entry);

	for (size_t i = 0; i < count; i++) {
		if (strlen(found[i].entry) == parent_bytes && strncmp(found[i].entry, entry, parent_bytes) == 0)
			return &found[i];
	}
	return NULL;
}

/* false: it is no zone of ours, or has no name that a key can be made of. */
static bool make_key(const struct c_rapl_found *found, size_t count, size_t index, char *key)
{
	const struct c_rapl_found *zone = &found[index];
	const struct c_rapl_found *parent;
	unsigned level = c_rapl_entry_level(zone->entry);

	if (level == 0 || !text_is_id(zone->name))
		return false;
	if (level == 1)
		return text_copy(key, METER_KEY_BYTES, zone->name);
	parent = find_parent(found, count, zone->entry);
	return parent != NULL && text_is_id(parent->name) &&
	       snprintf(key, METER_KEY_BYTES, "%s%c%s", parent->name, key_separator, zone->name) < METER_KEY_BYTES;
}

static bool is_package(const char *key)
{
	return strncmp(key, "package-", strlen("package-")) == 0 && strchr(key, key_separator) == NULL;
}

/* The name of the part behind its package, NULL for a package itself. */
static const char *part_of(const char *key)
{
	const char *separator = strchr(key, key_separator);

	return separator != NULL ? separator + 1 : NULL;
}

bool c_rapl_key_is_within(const char *key, const char *package)
{
	size_t bytes = strlen(package);

	return strncmp(key, package, bytes) == 0 && (key[bytes] == '\0' || key[bytes] == key_separator);
}

/* Bytes of "package-0-die-", 0 when the key is no die. */
static size_t die_prefix_bytes(const char *key)
{
	static const char mark[] = "-die-";
	const char *die = is_package(key) ? strstr(key, mark) : NULL;

	return die == NULL ? 0 : (size_t)(die - key) + sizeof mark - 1;
}

bool c_rapl_key_is_sibling(const char *a, const char *b)
{
	size_t bytes = die_prefix_bytes(a);

	return bytes > 0 && bytes == die_prefix_bytes(b) && strncmp(a, b, bytes) == 0;
}

/* ---- Picking -------------------------------------------------------------------------------------------------------------------------- */

static bool is_better(const struct c_rapl_found *found, const struct c_rapl_zone *kept)
{
	size_t found_rank = 0;
	size_t kept_rank = 0;

	(void)numbers_of(found->entry, &found_rank);
	(void)numbers_of(kept->entry, &kept_rank);
	return found->is_readable != kept->is_readable ? found->is_readable : found_rank < kept_rank;
}

static struct c_rapl_zone *find_zone(struct c_rapl_zone *zones, size_t count, const char *key)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(zones[i].key, key) == 0)
			return &zones[i];
	}
	return NULL;
}

static void take_found(struct c_rapl_zone *zone, const struct c_rapl_found *found, const char *key)
{
	const char *part = part_of(key);

	*zone = (struct c_rapl_zone){.range_uj = found->range_uj, .power_max_w = found->power_max_w, .is_readable = found->is_readable};
	(void)text_copy(zone->entry, sizeof zone->entry, found->entry);
	(void)text_copy(zone->key, sizeof zone->key, key);
	zone->is_summand = part == NULL ? is_package(key) : is_package(key) || strcmp(part, "dram") == 0;
}

static int compare_keys(const void *a, const void *b)
{
	return strcmp(((const struct c_rapl_zone *)a)->key, ((const struct c_rapl_zone *)b)->key);
}

static bool is_stated(double power_w)
{
	return isfinite(power_w) && power_w >= STATED_MIN_W && power_w <= STATED_MAX_W;
}

static size_t count_packages(const struct c_rapl_zone *zones, size_t count)
{
	size_t packages = 0;

	for (size_t i = 0; i < count; i++)
		packages += is_package(zones[i].key);
	return packages;
}

/* Sorted, so a package comes before its parts. */
static void fill_powers(struct c_rapl_zone *zones, size_t count)
{
	double machine_w = C_RAPL_PACKAGE_MOST_W * fmax(1.0, (double)count_packages(zones, count));
	double package_w = C_RAPL_PACKAGE_MOST_W;

	for (size_t i = 0; i < count; i++) {
		const char *part = part_of(zones[i].key);
		double unknown_w = C_RAPL_PACKAGE_MOST_W;

		if (part == NULL && !is_package(zones[i].key))
			unknown_w = machine_w;
		else if (part != NULL && strcmp(part, "dram") != 0)
			unknown_w = package_w;
		if (!is_stated(zones[i].power_max_w))
			zones[i].power_max_w = unknown_w;
		if (part == NULL)
			package_w = zones[i].power_max_w;
	}
}

size_t c_rapl_zones_pick(const struct c_rapl_found *found, size_t count, struct c_rapl_zone *zones)
{
	size_t kept = 0;

	for (size_t i = 0; i < count; i++) {
		char key[METER_KEY_BYTES];
		struct c_rapl_zone *same;

		if (!make_key(found, count, i, key))
			continue;
		same = find_zone(zones, kept, key);
		if (same == NULL)
			take_found(&zones[kept++], &found[i], key);
		else if (is_better(&found[i], same))
			take_found(same, &found[i], key);
	}
	if (kept > 0)
		qsort(zones, kept, sizeof *zones, compare_keys);
	fill_powers(zones, kept);
	return kept;
}

/* ---- Meters --------------------------------------------------------------------------------------------------------------------------- */

static void describe(struct meter_info *out, const char *key)
{
	*out = (struct meter_info){
	    .role = ROLE_PART,
	    .point = POINT_IT_IN,
	    .supply = SUPPLY_NONE,
	    .caliber = CALIBER_ACTUAL,
	    .is_component = true,
	    .energy = {.unit_den = 1},
	    .energy_out = {.unit_den = 1},
	};
	(void)text_copy(out->key, sizeof out->key, key);
	(void)text_copy(out->name, sizeof out->name, key);
}

void c_rapl_zone_describe(const struct c_rapl_zone *zone, struct meter_info *out)
{
	const char *part = part_of(zone->key);
	struct counter_spec *energy = &out->energy;

	describe(out, zone->key);
	out->is_summand = zone->is_summand;
	/* dram lies beside the package that it is listed under: it is a part of the total, as the package is. */
	if (zone->is_summand)
		(void)text_copy(out->parent, sizeof out->parent, "total");
	else if (part != NULL)
		memcpy(out->parent, zone->key, (size_t)(part - 1 - zone->key));
	energy->unit_num = 1; /* a microjoule is a thousandth of a millijoule */
	energy->unit_den = 1000;
	energy->is_wrap_known = zone->range_uj > 0 && zone->range_uj < UINT64_MAX;
	energy->modulus = energy->is_wrap_known ? zone->range_uj + 1 : 0;
}

void c_rapl_total_describe(struct meter_info *out)
{
	describe(out, "total");
	out->role = ROLE_TOTAL;
	out->is_derived = true;
}

uint32_t c_rapl_interval_ms(const struct c_rapl_zone *zones, size_t count, uint32_t asked_ms)
{
	double interval_ms = asked_ms;
	bool is_known = false;

	for (size_t i = 0; i < count; i++) {
		if (zones[i].range_uj == 0)
			continue;
		is_known = true;
		interval_ms = fmin(interval_ms, (double)zones[i].range_uj / (zones[i].power_max_w * UJ_PER_MS_AND_W * READS_PER_WRAP));
	}
	if (!is_known)
		interval_ms = fmin(interval_ms, INTERVAL_MS_UNKNOWN);
	return interval_ms < INTERVAL_MS_MIN ? INTERVAL_MS_MIN : (uint32_t)interval_ms;
}
