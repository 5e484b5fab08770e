/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/drivers_trial.h"

#include "base/num.h"
#include "base/text.h"
#include "cli/finding.h"
#include "cli/gather.h"
#include "cli/options.h"
#include "cli/simulator.h"
#include "cli/sources.h"
#include "cli/table.h"
#include "cli/target.h"
#include "report/figure.h"
#include "run/spawn.h"
#include "settings/driver.h"
#include "settings/problems.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { PLAN_BYTES_MAX = 64 << 20, ANSWER_BYTES_MAX = 64 << 20, TIMEOUT_MS = 3000, WAIT_MS = 30000 };

/* The recording is read twice: as a device whose driver has to be recognised, and as one that is this driver's in any case. */
enum { AS_FOUND, AS_TOLD, READ_COUNT };

#define SIMULATOR_ADDRESS "127.9.0.1"
#define SIMULATOR_FOR "2min"

struct trial {
	struct plan_snmp_driver driver;
	struct targets targets;
	struct gather gather;
	pid_t simulator;
};

/* ---- Reading ---- */

static enum err load_driver(struct trial *trial, const char *path, struct err_info *info)
{
	struct problems problems = {0};
	enum err err = settings_driver_load(&trial->driver, path, &problems);

	sources_print_problems(&problems);
	problems_deinit(&problems);
	if (err == ERR_NONE)
		return ERR_NONE;
	return err_set(info, err == ERR_MEMORY ? ERR_MEMORY : ERR_DATA, "%s is no good driver", path);
}

static enum err start_device(struct trial *trial, const char *recording, uint16_t *port, struct err_info *info)
{
	const char *arguments[] = {"--recording", recording, "--first-address", SIMULATOR_ADDRESS, "--for", SIMULATOR_FOR};
	struct spawn_request request;

	if (access(recording, R_OK) != 0)
		return err_set(info, ERR_IO, "%s cannot be read", recording);
	spawn_request_init(&request, "wattledger-sim-snmp");
	memcpy(request.argument, arguments, sizeof(arguments));
	return simulator_start(&trial->simulator, &request, port, info);
}

static enum err add_targets(struct trial *trial, uint16_t port, struct err_info *info)
{
	char target[64];
	enum err err = ERR_NONE;

	snprintf(target, sizeof(target), "snmp://" SIMULATOR_ADDRESS ":%u", port);
	trial->targets.timeout_ms = TIMEOUT_MS;
	trial->targets.community = "public";
	for (size_t i = 0; err == ERR_NONE && i < READ_COUNT; i++)
		err = targets_add(&trial->targets, target, info);
	if (err != ERR_NONE)
		return err;
	trial->targets.snmp.is_scan = true;
	trial->targets.snmp.driver = &trial->driver;
	trial->targets.snmp.driver_count = 1;
	trial->targets.snmp.device[AS_TOLD].driver = 0;
	return ERR_NONE;
}

static enum err read_device(struct trial *trial, struct err_info *info)
{
	struct buf plan;
	int fd = -1;
	enum err err;

	buf_init(&plan, PLAN_BYTES_MAX);
	err = plan_snmp_encode(&trial->targets.snmp, &plan, info);
	if (err == ERR_NONE)
		err = gather_make_plan(&fd, buf_text(&plan), plan.bytes, info);
	if (err == ERR_NONE)
		err = gather_start(&trial->gather, PLAN_SNMP, fd, READ_COUNT, 1, info);
	if (err == ERR_NONE)
		err = gather_run(&trial->gather, 1, WAIT_MS, info);
	if (fd >= 0)
		close(fd);
	buf_deinit(&plan);
	return err;
}

/* ---- Showing ---- */

static void print_total(const struct finding *finding, enum quantity quantity, const char *unit, double divisor)
{
	char number[NUM_TEXT_BYTES];
	double value;

	if (!finding_total(finding, quantity, &value)) {
		printf("  %s: unknown\n", unit);
		return;
	}
	num_print_double(number, value / divisor, 3);
	printf("  %s: %s\n", unit, number);
}

/* true when a meter's key comes from the group's: {} stands for anything. */
static bool is_of_group(const char *key, const char *group_key)
{
	size_t fixed = strcspn(group_key, "{");

	return group_key[fixed] == '\0' ? strcmp(key, group_key) == 0 : strncmp(key, group_key, fixed) == 0;
}

static bool has_reading(const struct gather_device *device, const struct plan_group *group, enum quantity quantity)
{
	for (size_t i = 0; i < device->meter_count; i++) {
		if (device->meter[i].is_announced && is_of_group(device->meter[i].info.key, group->key) &&
		    gather_find(&device->meter[i], quantity) != NULL)
			return true;
	}
	return false;
}

static void print_missing(const struct plan_snmp_driver *driver, const struct gather_device *device)
{
	for (size_t g = 0; g < driver->group_count; g++) {
		for (size_t p = 0; p < driver->group[g].point_count; p++) {
			if (!has_reading(device, &driver->group[g], driver->group[g].point_list[p].quantity))
				printf("no reading: %s %s\n", driver->group[g].key, quantity_name(driver->group[g].point_list[p].quantity));
		}
	}
}

static void print_summary(const struct trial *trial, const struct finding *finding, bool is_recognised)
{
	const struct wire_device *state = &finding->device->state;

	printf("driver: %s (%s %s)\nrecognised: %s\n", trial->driver.name, trial->driver.vendor, trial->driver.family,
	       is_recognised ? "yes" : "no: none of its rules holds, or an exception does");
	printf("device: %s, model %s, serial %s, firmware %s\n", state->vendor[0] != '\0' ? state->vendor : FIGURE_NONE,
	       state->model[0] != '\0' ? state->model : FIGURE_NONE, state->serial[0] != '\0' ? state->serial : FIGURE_NONE,
	       state->firmware[0] != '\0' ? state->firmware : FIGURE_NONE);
	if (state->reason[0] != '\0')
		printf("remark: %s\n", state->reason);
	puts("total:");
	print_total(finding, QUANTITY_POWER, "power W", 1);
	print_total(finding, QUANTITY_ENERGY, "energy kWh", 3.6e6);
	print_missing(&trial->driver, finding->device);
}

static enum err add_meter_rows(struct table *table, const struct gather_meter *meter, struct err_info *info)
{
	enum err err = ERR_NONE;

	for (size_t i = 0; err == ERR_NONE && i < meter->reading_count; i++) {
		const struct sample *sample = &meter->reading[i].last;
		char number[NUM_TEXT_BYTES] = FIGURE_NONE;
		const char *cell[] = {meter->info.key,
				      meter->info.name,
				      role_name(meter->info.role),
				      meter->info.is_summand ? "yes" : "no",
				      quantity_name(sample->quantity),
				      number,
				      caliber_name(sample->caliber)};
		double value;

		if (gather_value(meter, sample, &value))
			num_print_double(number, value, 3);
		err = table_add(table, cell, info);
	}
	return err;
}

static enum err print_readings(const struct gather_device *device, enum cli_format format, struct err_info *info)
{
	static const struct table_column COLUMNS[] = {
	    {"METER", "meter", false},       {"NAME", "name", false},  {"ROLE", "role", false},      {"IN SUM", "in_sum", false},
	    {"QUANTITY", "quantity", false}, {"VALUE", "value", true}, {"CALIBER", "caliber", false}};
	struct table *table = table_new(COLUMNS, sizeof(COLUMNS) / sizeof(COLUMNS[0]));
	enum err err = table == NULL ? err_set(info, ERR_MEMORY, "no memory") : ERR_NONE;

	for (size_t i = 0; err == ERR_NONE && i < device->meter_count; i++) {
		if (device->meter[i].is_announced)
			err = add_meter_rows(table, &device->meter[i], info);
	}
	if (err == ERR_NONE)
		err = table_print(table, stdout, format, info);
	table_free(table);
	return err;
}

static enum err show(const struct trial *trial, const struct cli_options *options, bool is_recognised, struct err_info *info)
{
	const struct finding finding = {.target = options->recording_path, .device = &trial->gather.device[AS_TOLD]};
	struct buf out;
	enum err err;

	if (options->format == CLI_TABLE)
		print_summary(trial, &finding, is_recognised);
	if (options->format != CLI_JSON)
		return print_readings(finding.device, options->format, info);
	buf_init(&out, ANSWER_BYTES_MAX);
	finding_add_json(&out, &finding);
	err = sources_write(&out, info);
	buf_deinit(&out);
	return err;
}

/* ---- The whole ---- */

static enum err judge(const struct trial *trial, bool is_recognised, struct err_info *info)
{
	const struct gather_device *told = &trial->gather.device[AS_TOLD];

	if (told->read_count == 0)
		return err_set(info, ERR_DATA, "the driver reads nothing from it: %s", told->state.reason);
	if (!is_recognised)
		return err_set(info, ERR_DATA, "the driver does not recognise the device: %s", trial->gather.device[AS_FOUND].state.reason);
	return ERR_NONE;
}

static enum err work(struct trial *trial, const struct cli_options *options, struct err_info *info)
{
	bool is_recognised;
	uint16_t port;
	enum err err = load_driver(trial, options->operand[1], info);

	if (err == ERR_NONE)
		err = start_device(trial, options->recording_path, &port, info);
	if (err == ERR_NONE)
		err = add_targets(trial, port, info);
	if (err == ERR_NONE)
		err = read_device(trial, info);
	if (err != ERR_NONE)
		return err;
	is_recognised = strcmp(trial->gather.device[AS_FOUND].state.driver, trial->driver.name) == 0;
	err = show(trial, options, is_recognised, info);
	return err == ERR_NONE ? judge(trial, is_recognised, info) : err;
}

int drivers_trial(const struct cli_options *options)
{
	struct trial trial = {.gather.fd = -1};
	struct err_info info = {0};
	enum err err = work(&trial, options, &info);

	fflush(stdout);
	gather_deinit(&trial.gather);
	simulator_stop(trial.simulator);
	trial.targets.snmp.driver = NULL;
	trial.targets.snmp.driver_count = 0;
	targets_deinit(&trial.targets);
	driver_deinit(&trial.driver);
	return err == ERR_NONE ? 0 : cli_fail("drivers test", &info);
}
