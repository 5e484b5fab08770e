/* SPDX-License-Identifier: Apache-2.0 */
#include "run/replay_meter.h"

#include "base/mem.h"
#include "base/num.h"
#include "base/text.h"
#include "model/units.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A meter of a device, with the kind of its energy counter. */
struct known {
	char key[METER_KEY_BYTES];
	bool is_sum;      /* of the others; carries no rows */
	bool is_port;     /* its first row counts octets: it is no meter of energy */
	enum point point; /* of a sum: its rows' */
	bool is_millij;   /* read as energy_j, energy_out_j: steps of 1 mJ */
	bool has_counter; /* a row of its energy counter was seen */
};

struct known_device {
	bool is_described; /* its driver was told in this boot */
	char serial[METER_IDENTITY_BYTES];
	struct known *meter; /* index = the number announced */
	size_t count;
	size_t announced_count;
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
	for (size_t i = 0; i < meters->settings->core.device_count; i++) {
		meters->device[i].count = 0;
		meters->device[i].announced_count = 0;
		meters->device[i].is_described = false;
	}
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

/* The row's part of `key`, which is "outlet/{}" with something in it, put into "socket/{}". A row's index is in no trace. */
static void fill_former_key(char out[static METER_KEY_BYTES], const char *former, const char *pattern, const char *key)
{
	const char *hole = strstr(pattern, "{}");
	const char *to = strstr(former, "{}");
	size_t fixed = hole == NULL ? strlen(pattern) : strlen(pattern) - 2;
	char text[2 * METER_KEY_BYTES];

	if (strstr(former, "{index}") != NULL)
		return;
	if (hole == NULL || to == NULL)
		(void)snprintf(text, sizeof(text), "%s", former);
	else
		(void)snprintf(text, sizeof(text), "%.*s%.*s%s", (int)(to - former), former, (int)(strlen(key) - fixed),
			       key + (hole - pattern), to + 2);
	(void)text_copy(out, METER_KEY_BYTES, text);
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
	for (size_t i = 0; i < METER_WAS_MAX; i++)
		fill_former_key(info->was[i], group->was[i], group->key, info->key);
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
		info.energy = info.energy_out = (struct counter_spec){.unit_num = 1, .unit_den = 1, .is_resettable = true};
	if (info.energy.unit_num <= 0 || info.energy.unit_den <= 0)
		info.energy = (struct counter_spec){.unit_num = UNITS_MILLIJ_PER_J, .unit_den = 1, .is_resettable = true};
	return info;
}

/* ---- Announcing ---- */

/* Its number; it is announced with the read. */
static enum err add_known(struct replay_meters *meters, uint32_t device, const struct known *meter, uint32_t *number, struct err_info *info)
{
	struct known_device *known = &meters->device[device];
	enum err err =
	    mem_grow((void **)&known->meter, &known->capacity, known->count, BOOKS_METERS_PER_DEVICE_MAX, sizeof(known->meter[0]));

	if (err != ERR_NONE)
		return err_set(info, err, "no room for another meter of device '%s'", meters->settings->core.device[device].id);
	known->meter[known->count] = *meter;
	*number = (uint32_t)known->count++;
	return ERR_NONE;
}

static bool find_known(const struct known_device *known, const char *key, uint32_t *number)
{
	for (size_t i = 0; i < known->count; i++) {
		if (strcmp(known->meter[i].key, key) == 0) {
			*number = (uint32_t)i;
			return true;
		}
	}
	return false;
}

static bool is_octets(const char *quantity)
{
	return strcmp(quantity, "bytes") == 0 || strcmp(quantity, "tx_bytes") == 0;
}

static bool is_joules(const char *quantity)
{
	return strcmp(quantity, "energy_j") == 0 || strcmp(quantity, "energy_out_j") == 0;
}

static enum err find_or_add(struct replay_meters *meters, uint32_t device, const struct replay_cell *cell, uint32_t *number,
			    struct err_info *info)
{
	struct known_device *known = &meters->device[device];
	struct known sum = {.key = "total", .is_sum = true};
	struct known meter = {.is_millij = is_joules(cell->quantity), .is_port = is_octets(cell->quantity)};
	struct meter_info described;

	if (find_known(known, cell->meter, number))
		return ERR_NONE;
	if (cell->meter[0] == '\0' || !text_copy(meter.key, sizeof(meter.key), cell->meter) || !text_is_clean(cell->meter))
		return err_set(info, ERR_DATA, "meter '%s': 1 to %d characters are expected", cell->meter, METER_KEY_BYTES - 1);
	described = describe(meters, device, meter.key, meter.is_millij);
	if (described.is_summand && !find_known(known, sum.key, number)) {
		enum err err;

		sum.point = described.point;
		err = add_known(meters, device, &sum, number, info);
		if (err != ERR_NONE)
			return err;
	}
	return add_known(meters, device, &meter, number, info);
}

static enum err put_meter(struct replay_meters *meters, struct books *books, uint32_t device, uint32_t number, struct err_info *info)
{
	const struct plan_device *plan = &meters->settings->core.device[device];
	const struct known *known = &meters->device[device].meter[number];
	struct wire_meter meter = {.device = plan->source_device, .meter = number};

	if (known->is_sum)
		meter.info = (struct meter_info){.key = "total",
						 .name = "total",
						 .role = ROLE_TOTAL,
						 .point = known->point,
						 .caliber = CALIBER_ACTUAL,
						 .is_derived = true};
	else
		meter.info = describe(meters, device, known->key, known->is_millij);
	meter.info.is_port = known->is_port;
	return books_put_meter(books, plan->source, &meter, info);
}

/* A meter that was announced for its power and turns out to have an energy_j counter is described anew. */
static enum err describe_in_millij(struct replay_meters *meters, struct books *books, uint32_t device, uint32_t number,
				   struct err_info *info)
{
	meters->device[device].meter[number].is_millij = true;
	return number < meters->device[device].announced_count ? put_meter(meters, books, device, number, info) : ERR_NONE;
}

static enum err put_device(struct replay_meters *meters, struct books *books, uint32_t device, const char *serial, struct err_info *info)
{
	const struct plan_device *plan = &meters->settings->core.device[device];
	const struct plan_snmp_driver *driver = driver_of(meters->settings, plan);
	struct known_device *known = &meters->device[device];
	struct wire_device record = {.device = plan->source_device, .state = DEVICE_UP};

	if (serial == NULL && known->is_described)
		return ERR_NONE;
	known->is_described = true;
	if (serial != NULL)
		(void)text_copy(known->serial, sizeof(known->serial), serial);
	(void)text_copy(record.serial, sizeof(record.serial), known->serial);
	if (driver != NULL) {
		(void)text_copy(record.driver, sizeof(record.driver), driver->name);
		memcpy(record.driver_sha256, driver->sha256, sizeof(record.driver_sha256));
	}
	return books_put_device(books, plan->source, &record, info);
}

enum err replay_meters_tell(struct replay_meters *meters, struct books *books, uint32_t device, const char *serial, struct err_info *info)
{
	struct known_device *known = &meters->device[device];
	enum err err = put_device(meters, books, device, serial, info);

	while (err == ERR_NONE && known->announced_count < known->count)
		err = put_meter(meters, books, device, (uint32_t)known->announced_count++, info);
	return err;
}

/* ---- Values ---- */

static enum err parse_energy(const struct replay_cell *cell, enum quantity quantity, struct sample *sample, struct err_info *info)
{
	int64_t millij;

	if (!num_parse_fixed(cell->value, 3, &millij) || millij < 0)
		return err_set(info, ERR_DATA, "%s '%s': joules with up to three decimals are expected", cell->quantity, cell->value);
	sample->quantity = quantity;
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

/* A counter is one of whole joules of the trace or one of the driver's steps, from its first row on. */
static enum err settle_counter(struct replay_meters *meters, struct books *books, uint32_t device, const struct replay_cell *cell,
			       uint32_t number, struct err_info *info)
{
	struct known *known = &meters->device[device].meter[number];
	bool is_energy = is_joules(cell->quantity);

	if (!is_energy && strcmp(cell->quantity, "raw_counter") != 0)
		return ERR_NONE;
	if (known->is_millij != is_energy && (known->has_counter || known->is_millij))
		return err_set(info, ERR_DATA, "meter '%s' had %s rows before: one kind of counter a meter", cell->meter,
			       is_energy ? "raw_counter" : "energy_j");
	known->has_counter = true;
	return is_energy && !known->is_millij ? describe_in_millij(meters, books, device, number, info) : ERR_NONE;
}

static enum err parse(const struct replay_cell *cell, struct sample *sample, struct err_info *info)
{
	if (strcmp(cell->quantity, "power_w") == 0)
		return parse_value(cell, QUANTITY_POWER, sample, info);
	if (strcmp(cell->quantity, "raw_counter") == 0)
		return parse_raw(cell, QUANTITY_ENERGY, sample, info);
	if (strcmp(cell->quantity, "energy_j") == 0)
		return parse_energy(cell, QUANTITY_ENERGY, sample, info);
	if (strcmp(cell->quantity, "energy_out_j") == 0)
		return parse_energy(cell, QUANTITY_ENERGY_OUT, sample, info);
	return parse_raw(cell, strcmp(cell->quantity, "tx_bytes") == 0 ? QUANTITY_TX_OCTETS : QUANTITY_RX_OCTETS, sample, info);
}

static bool is_quantity(const char *text)
{
	static const char *const known[] = {"power_w", "energy_j", "energy_out_j", "raw_counter", "bytes", "tx_bytes"};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (strcmp(text, known[i]) == 0)
			return true;
	}
	return false;
}

enum err replay_meters_sample(struct replay_meters *meters, struct books *books, uint32_t device, struct replay_cell *cell,
			      struct sample *sample, struct err_info *info)
{
	enum err err;

	cell->wrong = cell->value;
	if (strcmp(cell->quantity, "uptime_s") == 0) {
		sample->meter = SAMPLE_METER_NONE;
		return parse_value(cell, QUANTITY_UPTIME, sample, info);
	}
	cell->wrong = cell->quantity;
	if (!is_quantity(cell->quantity))
		return err_set(
		    info, ERR_DATA,
		    "quantity '%s': one of power_w, energy_j, energy_out_j, raw_counter, uptime_s, serial, bytes, tx_bytes is expected",
		    cell->quantity);
	cell->wrong = cell->meter;
	err = find_or_add(meters, device, cell, &sample->meter, info);
	if (err != ERR_NONE)
		return err;
	cell->wrong = cell->quantity;
	err = settle_counter(meters, books, device, cell, sample->meter, info);
	if (err != ERR_NONE)
		return err;
	cell->wrong = cell->value;
	return parse(cell, sample, info);
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
