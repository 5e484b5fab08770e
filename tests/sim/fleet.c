/* SPDX-License-Identifier: Apache-2.0 */
#include "fleet.h"

#include "base/json.h"
#include "base/mem.h"
#include "base/log.h"
#include "base/text.h"
#include "recording.h"

#include <stdio.h>
#include <string.h>

enum { LOOPBACK_NET = 127, NET_SHIFT = 24, NAME_LIST_BYTES = 256, TRUTH_DECIMALS = 6 };

static enum err add_model(struct sim_fleet *fleet, const char *name, struct err_info *info)
{
	const struct sim_model *model = sim_model_find(name);

	if (fleet->tree_count == SIM_MODELS_MAX)
		return err_set(info, ERR_USAGE, "more than %d models", SIM_MODELS_MAX);
	if (model == NULL) {
		const char *near = text_nearest(name, sim_model_names());

		return err_set(info, ERR_USAGE, "unknown model \"%s\"%s%s", name, near != NULL ? "; did you mean " : "",
			       near != NULL ? near : "");
	}
	enum err err = sim_tree_init(&fleet->trees[fleet->tree_count], model, info);
	if (err == ERR_NONE)
		fleet->tree_count++;
	return err;
}

static enum err add_models(struct sim_fleet *fleet, const char *list, struct err_info *info)
{
	char names[NAME_LIST_BYTES];
	enum err err = ERR_NONE;
	char *rest = names;

	if (!text_copy(names, sizeof names, list))
		return err_set(info, ERR_USAGE, "the list of models is too long");
	while (err == ERR_NONE && rest != NULL)
		err = add_model(fleet, strsep(&rest, ","), info);
	return err;
}

static enum err add_recordings(struct sim_fleet *fleet, const struct sim_fleet_options *options, struct err_info *info)
{
	enum err err = ERR_NONE;

	for (size_t i = 0; err == ERR_NONE && i < options->recording_count; i++) {
		struct sim_tree *tree = &fleet->trees[fleet->tree_count];

		if (fleet->tree_count == SIM_MODELS_MAX)
			return err_set(info, ERR_USAGE, "more than %d recordings", SIM_MODELS_MAX);
		err = sim_recording_load(tree, options->recording[i], info);
		if (err != ERR_NONE)
			return err;
		fleet->tree_count++;
		if (tree->recording->skipped_count > 0)
			log_warning("%s: %zu lines are no variable and left out; the first is line %zu", options->recording[i],
				    tree->recording->skipped_count, tree->recording->skipped_line);
	}
	return err;
}

enum err sim_fleet_init(struct sim_fleet *fleet, const struct sim_fleet_options *options, struct err_info *info)
{
	uint64_t last_address = (uint64_t)options->first_address + options->device_count - 1;

	*fleet = (struct sim_fleet){.device_count = options->device_count, .first_address = options->first_address};
	if (options->first_address >> NET_SHIFT != LOOPBACK_NET || last_address >> NET_SHIFT != LOOPBACK_NET)
		return err_set(info, ERR_USAGE, "the devices' addresses leave 127.0.0.0/8");
	enum err err = options->recording_count > 0 ? add_recordings(fleet, options, info) : add_models(fleet, options->models, info);
	if (err == ERR_NONE) {
		fleet->devices = mem_new_array(options->device_count, sizeof *fleet->devices);
		if (fleet->devices == NULL)
			err = err_set(info, ERR_MEMORY, "out of memory for %u devices", options->device_count);
	}
	for (uint32_t i = 0; err == ERR_NONE && i < fleet->device_count; i++)
		sim_device_init(&fleet->devices[i], &fleet->trees[i % fleet->tree_count], i, options->seed, options->shape);
	if (err != ERR_NONE)
		sim_fleet_deinit(fleet);
	return err;
}

void sim_fleet_deinit(struct sim_fleet *fleet)
{
	fleet->devices = mem_free(fleet->devices);
	while (fleet->tree_count > 0)
		sim_tree_deinit(&fleet->trees[--fleet->tree_count]);
}

struct sim_device *sim_fleet_find(const struct sim_fleet *fleet, uint32_t address)
{
	uint32_t number = address - fleet->first_address;

	return number < fleet->device_count ? &fleet->devices[number] : NULL;
}

uint32_t sim_fleet_set_fault(struct sim_fleet *fleet, const struct sim_target *target, const struct sim_fault *fault,
			     const struct sim_moment *now)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < fleet->device_count; i++) {
		if (!sim_target_has(target, i))
			continue;
		sim_device_set_fault(&fleet->devices[i], fault, now);
		count++;
	}
	return count;
}

/* Doubles with 6 decimals: a microjoule is far below any counter's step. */
static void add_double(struct json *json, const char *key, double value)
{
	char text[64];

	snprintf(text, sizeof text, "%.*f", TRUTH_DECIMALS, value);
	json_add_raw(json, key, text);
}

/* Counters reach 2^64 - 1, which JSON readers that know only doubles would round: always plain digits here. */
static void add_unsigned(struct json *json, const char *key, uint64_t value)
{
	char text[32];

	snprintf(text, sizeof text, "%llu", (unsigned long long)value);
	json_add_raw(json, key, text);
}

static void add_counter(struct json *json, const struct sim_device *device, const struct sim_moment *now)
{
	const struct sim_instance *total = &device->tree->instances[device->tree->total];
	struct sim_state state;
	struct sim_value value;

	if (device->tree->total == device->tree->count)
		return;
	sim_device_state(device, now, &state);
	state.is_dip = false;
	sim_device_read(device, &state, total, &value);
	add_unsigned(json, "counter", value.count);
	add_unsigned(json, "counter_base", sim_device_counter_base(device, total));
	add_double(json, "counter_from_j", sim_device_true_energy(device, device->base_t_s));
	add_double(json, "counter_step_j", total->sensor != NULL ? total->sensor->step : total->column->step);
	json_add_i64(json, "counter_bits", total->column->bits);
}

static void add_device(struct sim_fleet *fleet, struct sim_device *device, const struct sim_moment *now, struct json *json)
{
	char name[SIM_NAME_BYTES];
	char serial[SIM_NAME_BYTES];
	uint32_t address = fleet->first_address + device->number;

	sim_device_print_name(device, name);
	sim_device_print_serial(device, serial);
	json_open_object(json, NULL);
	json_add_i64(json, "truth", (int64_t)fleet->truth_count);
	json_add_i64(json, "device", device->number);
	json_add_text(json, "name", name);
	json_add_text(json, "serial", serial);
	json_add_text(json, "model", device->tree->model->name);
	snprintf(name, sizeof name, "%u.%u.%u.%u", address >> 24, address >> 16 & 255, address >> 8 & 255, address & 255);
	json_add_text(json, "address", name);
	add_double(json, "t_s", now->t_s);
	add_double(json, "power_w", sim_curve_rate(&device->power_w, now->t_s));
	add_double(json, "energy_j", sim_device_true_energy(device, now->t_s));
	add_double(json, "bytes", sim_device_true_bytes(device, now->t_s));
	add_double(json, "base_w", device->power_w.base_per_s);
	add_double(json, "amplitude_w", device->power_w.amplitude_per_s);
	add_double(json, "period_s", device->power_w.period_s);
	add_counter(json, device, now);
	json_add_text(json, "fault", sim_fault_name(device->fault.kind));
	add_unsigned(json, "requests", device->request_count);
	add_unsigned(json, "replies", device->reply_count);
	add_unsigned(json, "polls", device->poll_count);
	json_add_i64(json, "gap_max_ms", sim_device_take_gap_ms(device, now));
	json_close_object(json);
	buf_add_char(json->out, '\n');
}

void sim_fleet_add_truth(struct sim_fleet *fleet, const struct sim_moment *now, struct buf *out)
{
	fleet->truth_count++;
	for (uint32_t i = 0; i < fleet->device_count; i++) {
		struct json json;

		json_init(&json, out);
		add_device(fleet, &fleet->devices[i], now, &json);
	}
}
