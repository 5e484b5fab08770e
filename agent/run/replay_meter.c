/* SPDX-License-Identifier: Apache-2.0 */
#include "run/replay_meter.h"

#include "base/mem.h"
#include "base/num.h"
#include "base/text.h"
#include "model/units.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A meter of a device, with the kind of its energy counter. */
struct known {
	char key[METER_KEY_BYTES];
	bool is_millij;   /* read as energy_j: steps of 1 mJ */
	bool has_counter; /* a row of its energy counter was seen */
};

struct known_device {
	struct known *meter; /* index = the number announced */
	size_t count;
	size_t capacity;
};

struct replay_meters {
	const struct settings *settings;
	struct known_device *device; /* one for each of the plan */
};

enum err replay_meters_new(struct replay_meters **out, const struct settings *settings)
{
	struct replay_meters *meters = mem_new(sizeof(*meters));

	if (meters == NULL)
		return ERR_MEMORY;
	meters->settings = settings;
	meters->device = mem_new_array(settings->core.device_count + 1, sizeof(meters->device[0]));
	if (meters->device == NULL) {
		mem_free(meters);
		return ERR_MEMORY;
	}
	*out = meters;
	return ERR_NONE;
}

struct replay_meters *replay_meters_free(struct replay_meters *meters)
{
	if (meters == NULL)
		return NULL;
	for (size_t i = 0; i < meters->settings->core.device_count; i++)
		mem_free(meters->device[i].meter);
	mem_free(meters->device);
	return mem_free(meters);
}

void replay_meters_forget(struct replay_meters *meters)
{
	for (size_t i = 0; i < meters->settings->core.device_count; i++)
		meters->device[i].count = 0;
}

/* ---- What the driver knows ---- */

/* "outlet/{}" fits "outlet/7". */
static bool fits(const char *pattern, const char *key)
{
	const char *hole = strstr(pattern, "{}");
	size_t head;
	size_t tail;

	if (hole == NULL)
		return strcmp(pattern, key) == 0;
	head = (size_t)(hole - pattern);
	tail = strlen(hole + 2);
	return strlen(key) > head + tail && strncmp(pattern, key, head) == 0 && strcmp(key + strlen(key) - tail, hole + 2) == 0;
}

static const struct plan_point *energy_point(const struct plan_group *group)
{
	for (size_t i = 0; i < group->point_count; i++) {
		if (group->point_list[i].quantity == QUANTITY_ENERGY)
			return &group->point_list[i];
	}
	return NULL;
}

static const struct plan_snmp_driver *driver_of(const struct settings *settings, const struct plan_device *device)
{
	uint32_t driver;

	if (device->source != WIRE_KIND_SNMP || device->source_device >= settings->snmp.device_count)
		return NULL;
	driver = settings->snmp.device[device->source_device].driver;
	return driver < settings->snmp.driver_count ? &settings->snmp.driver[driver] : NULL;
}

/* The group that the key belongs to; else the only one that has an energy counter. */
static const struct plan_group *group_of(const struct plan_snmp_driver *driver, const char *key)
{
	const struct plan_group *only = NULL;
	size_t with_counter = 0;

	if (driver == NULL)
		return NULL;
	for (size_t i = 0; i < driver->group_count; i++) {
		if (fits(driver->group[i].key, key))
			return &driver->group[i];
		if (energy_point(&driver->group[i]) != NULL) {
			with_counter++;
			only = &driver->group[i];
		}
	}
	return with_counter == 1 ? only : NULL;
}

static void describe_by_group(struct meter_info *info, const struct plan_group *group, bool is_key)
{
	const struct plan_point *point = energy_point(group);

	if (point != NULL) {
		info->energy = point->counter;
		info->energy.unit_num = point->scale.num;
		info->energy.unit_den = point->scale.den;
	}
	if (!is_key)
		return; /* only its counter is taken: the trace names the meter otherwise */
	info->role = group->role;
	info->point = group->point;
	info->supply = group->supply;
	info->is_summand = group->summand == PLAN_SUMMAND_YES;
}

static struct meter_info describe(const struct replay_meters *meters, uint32_t device, const char *key, bool is_millij)
{
	const struct plan_device *plan = &meters->settings->core.device[device];
	const struct plan_group *group = group_of(driver_of(meters->settings, plan), key);
	struct meter_info info = {
	    .role = strcmp(key, "total") == 0 ? ROLE_TOTAL : ROLE_PART,
	    .caliber = CALIBER_ACTUAL,
	    .energy = {.unit_num = UNITS_MILLIJ_PER_J, .unit_den = 1, .is_resettable = true},
	};

	(void)text_copy(info.key, sizeof(info.key), key);
	(void)text_copy(info.name, sizeof(info.name), key);
	if (group != NULL)
		describe_by_group(&info, group, fits(group->key, key));
	if (is_millij)
		info.energy = (struct counter_spec){.unit_num = 1, .unit_den = 1, .is_resettable = true};
	if (info.energy.unit_num <= 0 || info.energy.unit_den <= 0)
		info.energy = (struct counter_spec){.unit_num = UNITS_MILLIJ_PER_J, .unit_den = 1, .is_resettable = true};
	return info;
}

/* ---- Announcing ---- */

static enum err announce(struct replay_meters *meters, struct books *books, uint32_t device, const struct meter_info *described,
			 uint32_t *number, struct err_info *info)
{
	const struct plan_device *plan = &meters->settings->core.device[device];
	struct known_device *known = &meters->device[device];
	struct wire_meter meter = {.device = plan->source_device, .meter = (uint32_t)known->count, .info = *described};
	enum err err =
	    mem_grow((void **)&known->meter, &known->capacity, known->count, BOOKS_METERS_PER_DEVICE_MAX, sizeof(known->meter[0]));

	if (err == ERR_NONE)
		err = books_put_meter(books, plan->source, &meter, info);
	else
		(void)err_set(info, err, "no room for another meter of device '%s'", plan->id);
	if (err != ERR_NONE)
		return err;
	known->meter[known->count] = (struct known){.is_millij = described->energy.unit_num == 1};
	(void)text_copy(known->meter[known->count].key, METER_KEY_BYTES, described->key);
	*number = (uint32_t)known->count++;
	return ERR_NONE;
}

static enum err announce_sum(struct replay_meters *meters, struct books *books, uint32_t device, struct err_info *info)
{
	struct meter_info sum = {.key = "total", .name = "total", .role = ROLE_TOTAL, .caliber = CALIBER_ACTUAL, .is_derived = true};
	uint32_t number;

	for (size_t i = 0; i < meters->device[device].count; i++) {
		if (strcmp(meters->device[device].meter[i].key, sum.key) == 0)
			return ERR_NONE;
	}
	return announce(meters, books, device, &sum, &number, info);
}

static enum err find_or_announce(struct replay_meters *meters, struct books *books, uint32_t device, const struct replay_cell *cell,
				 uint32_t *number, struct err_info *info)
{
	struct known_device *known = &meters->device[device];
	struct meter_info described;
	enum err err = ERR_NONE;

	for (size_t i = 0; i < known->count; i++) {
		if (strcmp(known->meter[i].key, cell->meter) == 0) {
			*number = (uint32_t)i;
			return ERR_NONE;
		}
	}
	if (cell->meter[0] == '\0' || strlen(cell->meter) >= METER_KEY_BYTES || !text_is_clean(cell->meter))
		return err_set(info, ERR_DATA, "meter '%s': 1 to %d characters are expected", cell->meter, METER_KEY_BYTES - 1);
	described = describe(meters, device, cell->meter, strcmp(cell->quantity, "energy_j") == 0);
	if (described.is_summand)
		err = announce_sum(meters, books, device, info);
	return err != ERR_NONE ? err : announce(meters, books, device, &described, number, info);
}

/* A meter that was announced for its power and turns out to have an energy_j counter is described anew. */
static enum err describe_in_millij(struct replay_meters *meters, struct books *books, uint32_t device, uint32_t number,
				   struct err_info *info)
{
	struct known *known = &meters->device[device].meter[number];
	struct wire_meter meter = {.device = meters->settings->core.device[device].source_device,
				   .meter = number,
				   .info = describe(meters, device, known->key, true)};

	known->is_millij = true;
	return books_put_meter(books, meters->settings->core.device[device].source, &meter, info);
}

/* ---- Values ---- */

static enum err parse_energy(const struct replay_cell *cell, const struct known *known, struct sample *sample, struct err_info *info)
{
	int64_t millij;

	if (!num_parse_fixed(cell->value, 3, &millij) || millij < 0)
		return err_set(info, ERR_DATA, "energy_j '%s': joules with up to three decimals are expected", cell->value);
	if (!known->is_millij)
		return err_set(info, ERR_DATA, "meter '%s' had raw_counter rows before: one kind of counter a meter", cell->meter);
	sample->quantity = QUANTITY_ENERGY;
	sample->raw = (uint64_t)millij;
	return ERR_NONE;
}

static enum err parse_raw(const struct replay_cell *cell, enum quantity quantity, struct sample *sample, struct err_info *info)
{
	sample->quantity = quantity;
	if (!num_parse_u64(cell->value, &sample->raw))
		return err_set(info, ERR_DATA, "%s '%s': a whole number from 0 to 18446744073709551615 is expected", cell->quantity,
			       cell->value);
	return ERR_NONE;
}

static enum err parse_value(const struct replay_cell *cell, enum quantity quantity, struct sample *sample, struct err_info *info)
{
	sample->quantity = quantity;
	if (!num_parse_double(cell->value, &sample->value))
		return err_set(info, ERR_DATA, "%s '%s': a decimal number is expected", cell->quantity, cell->value);
	return ERR_NONE;
}

enum err replay_meters_sample(struct replay_meters *meters, struct books *books, uint32_t device, const struct replay_cell *cell,
			      struct sample *sample, struct err_info *info)
{
	struct known *known;
	enum err err;

	if (strcmp(cell->quantity, "uptime_s") == 0) {
		sample->meter = SAMPLE_METER_NONE;
		return parse_value(cell, QUANTITY_UPTIME, sample, info);
	}
	err = find_or_announce(meters, books, device, cell, &sample->meter, info);
	if (err != ERR_NONE)
		return err;
	known = &meters->device[device].meter[sample->meter];
	if (strcmp(cell->quantity, "power_w") == 0)
		return parse_value(cell, QUANTITY_POWER, sample, info);
	if (strcmp(cell->quantity, "raw_counter") == 0) {
		if (known->is_millij)
			return err_set(info, ERR_DATA, "meter '%s' had energy_j rows before: one kind of counter a meter", cell->meter);
		known->has_counter = true;
		return parse_raw(cell, QUANTITY_ENERGY, sample, info);
	}
	if (strcmp(cell->quantity, "energy_j") == 0) {
		if (!known->is_millij && !known->has_counter)
			err = describe_in_millij(meters, books, device, sample->meter, info);
		return err != ERR_NONE ? err : parse_energy(cell, known, sample, info);
	}
	if (strcmp(cell->quantity, "bytes") == 0)
		return parse_raw(cell, QUANTITY_RX_OCTETS, sample, info);
	return err_set(info, ERR_DATA, "quantity '%s': one of power_w, energy_j, raw_counter, uptime_s, serial, bytes is expected",
		       cell->quantity);
}

static int compare_samples(const void *a, const void *b)
{
	const struct sample *x = a;
	const struct sample *y = b;
	uint32_t key_x = x->meter == SAMPLE_METER_NONE ? 0 : x->meter + 1;
	uint32_t key_y = y->meter == SAMPLE_METER_NONE ? 0 : y->meter + 1;

	return key_x < key_y ? -1 : key_x > key_y;
}

void replay_sort_samples(struct sample *samples, size_t count)
{
	qsort(samples, count, sizeof(samples[0]), compare_samples);
}
