/* SPDX-License-Identifier: Apache-2.0 */
#include "rapl/supply.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "model/units.h"
#include "rapl/sensor.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A battery pack that is changed comes and goes. */
#define SCAN_NS (60 * UNITS_NS_PER_S)

static void close_all(struct c_rapl_supplies *supplies)
{
	for (size_t i = 0; i < supplies->count; i++) {
		struct c_rapl_supply *supply = &supplies->supply[i];

		if (supply->status_fd >= 0)
			(void)close(supply->status_fd);
		for (int at = 0; at < C_RAPL_SUPPLY_FILE_COUNT; at++) {
			if (supply->fd[at] >= 0)
				(void)close(supply->fd[at]);
		}
	}
	supplies->count = 0;
}

static enum err put_meters(struct c_rapl_supplies *supplies, struct c_rapl_supply *supply)
{
	struct meter_info info;
	enum err err;

	c_rapl_supply_describe(supply->name, supply->kind, &info);
	err = c_rapl_roster_put(&supplies->roster, &info, &supply->meter);
	if (err != ERR_NONE || supply->kind != C_RAPL_SUPPLY_BATTERY)
		return err;
	c_rapl_supply_describe_in(supply->name, &info);
	err = c_rapl_roster_put(&supplies->roster, &info, &supply->in_meter);
	c_rapl_supply_describe_out(supply->name, &info);
	return err == ERR_NONE ? c_rapl_roster_put(&supplies->roster, &info, &supply->out_meter) : err;
}

static enum err take_supply(struct c_rapl_supplies *supplies, int class_fd, const char *name)
{
	struct c_rapl_supply *supply = &supplies->supply[supplies->count];
	char type[C_RAPL_SUPPLY_NAME_BYTES];
	char scope[C_RAPL_SUPPLY_NAME_BYTES];
	enum err err;

	*supply = (struct c_rapl_supply){0};
	(void)!c_rapl_sensor_text_of(class_fd, name, "type", type, sizeof type);
	(void)!c_rapl_sensor_text_of(class_fd, name, "scope", scope, sizeof scope);
	supply->kind = c_rapl_supply_kind_of(type, scope);
	if (supply->kind == C_RAPL_SUPPLY_NONE || !text_is_id(name) || !text_copy(supply->name, sizeof supply->name, name))
		return ERR_NONE;
	err = put_meters(supplies, supply);
	if (err != ERR_NONE)
		return err;
	supply->status_fd = c_rapl_sensor_open(class_fd, name, "status");
	for (int at = 0; at < C_RAPL_SUPPLY_FILE_COUNT; at++)
		supply->fd[at] = c_rapl_sensor_open(class_fd, name, c_rapl_supply_file_name((enum c_rapl_supply_at)at));
	supplies->count++;
	return ERR_NONE;
}

static int compare(const void *a, const void *b)
{
	return strcmp(((const struct c_rapl_supply *)a)->name, ((const struct c_rapl_supply *)b)->name);
}

static enum err scan(struct c_rapl_supplies *supplies, struct err_info *info)
{
	DIR *class = opendir(supplies->class_path);
	const struct dirent *entry;
	enum err err = ERR_NONE;

	close_all(supplies);
	supplies->scanned_boot_ns = supplies->clock();
	while (class != NULL && err == ERR_NONE && supplies->count < C_RAPL_SUPPLIES_MAX && (entry = readdir(class)) != NULL) {
		if (entry->d_name[0] != '.')
			err = take_supply(supplies, dirfd(class), entry->d_name);
	}
	if (class != NULL)
		(void)closedir(class);
	if (supplies->count > 0)
		qsort(supplies->supply, supplies->count, sizeof *supplies->supply, compare);
	return err == ERR_NONE ? ERR_NONE : err_set(info, err, "no room for more power supplies");
}

enum err c_rapl_supplies_init(struct c_rapl_supplies *supplies, const char *root, int64_t (*clock)(void), struct err_info *info)
{
	enum err err;

	*supplies = (struct c_rapl_supplies){.clock = clock, .state = DEVICE_STARTING};
	if (snprintf(supplies->class_path, sizeof supplies->class_path, "%s/class/power_supply", root) >= (int)sizeof supplies->class_path)
		return err_set(info, ERR_LIMIT, "the path \"%.64s...\" is too long", root);
	supplies->supply = mem_new_array(C_RAPL_SUPPLIES_MAX, sizeof *supplies->supply);
	supplies->sample = mem_new_array((size_t)C_RAPL_SUPPLIES_MAX * C_RAPL_SUPPLY_SAMPLES, sizeof *supplies->sample);
	if (supplies->supply == NULL || supplies->sample == NULL)
		err = err_set(info, ERR_MEMORY, "no memory for power supplies");
	else
		err = scan(supplies, info);
	if (err != ERR_NONE)
		c_rapl_supplies_deinit(supplies);
	return err;
}

void c_rapl_supplies_deinit(struct c_rapl_supplies *supplies)
{
	close_all(supplies);
	c_rapl_roster_deinit(&supplies->roster);
	mem_free(supplies->supply);
	mem_free(supplies->sample);
	*supplies = (struct c_rapl_supplies){0};
}

/* ---- Reading --------------------------------------------------------------------------------------------------------------------------- */

static void read_raw(const struct c_rapl_supply *supply, struct c_rapl_supply_raw *raw)
{
	char status[C_RAPL_SUPPLY_NAME_BYTES];

	*raw = (struct c_rapl_supply_raw){0};
	if (c_rapl_sensor_read_text(supply->status_fd, status, sizeof status) > 0)
		raw->status = c_rapl_supply_status_of(status);
	for (int at = 0; at < C_RAPL_SUPPLY_FILE_COUNT; at++)
		raw->has[at] = c_rapl_sensor_read(supply->fd[at], &raw->value[at]);
}

static void put(struct c_rapl_supplies *supplies, struct sample sample, enum quantity quantity, double value)
{
	sample.quantity = quantity;
	sample.value = value;
	supplies->sample[supplies->sample_count++] = sample;
}

/* At most C_RAPL_SUPPLY_SAMPLES of them, meter by meter. */
static void put_samples(struct c_rapl_supplies *supplies, const struct c_rapl_supply *supply, struct sample sample)
{
	struct c_rapl_supply_raw raw;
	struct c_rapl_supply_reading reading;

	read_raw(supply, &raw);
	c_rapl_supply_convert(&raw, &reading);
	sample.meter = supply->meter;
	if (supply->kind == C_RAPL_SUPPLY_MAINS) {
		if (reading.has_online)
			put(supplies, sample, QUANTITY_STATE, reading.is_online ? 1 : 0);
		return;
	}
	if (reading.has_voltage)
		put(supplies, sample, QUANTITY_VOLTAGE, reading.voltage_v);
	if (reading.has_current)
		put(supplies, sample, QUANTITY_CURRENT, reading.current_a);
	if (reading.has_temperature)
		put(supplies, sample, QUANTITY_TEMPERATURE, reading.temperature_c);
	if (reading.has_soc)
		put(supplies, sample, QUANTITY_CHARGE, reading.soc_ratio);
	if (!reading.has_power)
		return;
	sample.meter = supply->in_meter;
	put(supplies, sample, QUANTITY_POWER, reading.in_w);
	sample.meter = supply->out_meter;
	put(supplies, sample, QUANTITY_POWER, reading.out_w);
}

void c_rapl_supplies_read(struct c_rapl_supplies *supplies, uint32_t device)
{
	struct err_info info = {0};
	int64_t now_ns = supplies->clock();
	const struct c_rapl_supply *silent = NULL;

	if (now_ns - supplies->scanned_boot_ns >= SCAN_NS && scan(supplies, &info) != ERR_NONE)
		log_error("%s", info.text);
	supplies->sample_count = 0;
	for (size_t i = 0; i < supplies->count; i++) {
		size_t before = supplies->sample_count;

		put_samples(supplies, &supplies->supply[i],
			    (struct sample){.device = device, .caliber = CALIBER_ACTUAL, .boot_ns = now_ns});
		if (supplies->sample_count == before && silent == NULL)
			silent = &supplies->supply[i];
	}
	supplies->reason[0] = '\0';
	if (supplies->sample_count > 0)
		supplies->state = silent == NULL ? DEVICE_UP : DEVICE_PARTIAL;
	else
		supplies->state = DEVICE_UNREADABLE;
	if (supplies->count == 0)
		snprintf(supplies->reason, sizeof supplies->reason, "no battery and no line: this machine's kernel shows none (%.100s)",
			 supplies->class_path);
	else if (silent != NULL)
		snprintf(supplies->reason, sizeof supplies->reason, "%s gives no value", silent->name);
}
