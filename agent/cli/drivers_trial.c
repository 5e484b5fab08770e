/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/drivers_trial.h"

#include "base/num.h"
#include "cli/drivers_trial_priv.h"
#include "cli/finding.h"
#include "cli/options.h"
#include "cli/sources.h"
#include "cli/table.h"
#include "report/figure.h"
#include "settings/problems.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { PLAN_BYTES_MAX = 64 << 20, ANSWER_BYTES_MAX = 64 << 20, TIMEOUT_MS = 3000, WAIT_MS = 30000 };

#define SIMULATOR_FOR "2min"

/* ---- Reading ---- */

static enum err load_driver(struct trial *trial, const char *path, struct err_info *info)
{
	struct problems problems = {0};
	enum err err = driver_any_load(&trial->driver, path, &problems);

	sources_print_problems(&problems);
	problems_deinit(&problems);
	if (err == ERR_NONE)
		return ERR_NONE;
	return err_set(info, err == ERR_MEMORY ? ERR_MEMORY : ERR_DATA, "%s is no good driver", path);
}

static enum err start_device(struct trial *trial, const char *recording, struct simulator_ready *ready, struct err_info *info)
{
	const struct trial_kind *kind = drivers_trial_kind(trial);
	struct spawn_request request;
	size_t count = 0;

	if (access(recording, R_OK) != 0)
		return err_set_errno(info, ERR_IO, errno, "the recording %s cannot be read", recording);
	spawn_request_init(&request, kind->simulator);
	request.argument[count++] = "--recording";
	request.argument[count++] = recording;
	request.argument[count++] = "--for";
	request.argument[count++] = SIMULATOR_FOR;
	for (size_t i = 0; kind->argument[i] != NULL; i++)
		request.argument[count++] = kind->argument[i];
	return simulator_start(&trial->simulator, &request, ready, info);
}

static enum err add_targets(struct trial *trial, const struct simulator_ready *ready, struct err_info *info)
{
	char target[64];
	enum err err = ERR_NONE;

	drivers_trial_kind(trial)->print_target(ready, target, sizeof(target));
	trial->targets.timeout_ms = TIMEOUT_MS;
	trial->targets.community = "public";
	for (size_t i = 0; err == ERR_NONE && i < READ_COUNT; i++)
		err = targets_add(&trial->targets, target, info);
	if (err == ERR_NONE)
		drivers_trial_kind(trial)->set_driver(trial);
	return err;
}

static enum err read_device(struct trial *trial, struct err_info *info)
{
	struct buf plan;
	int fd = -1;
	enum err err;

	buf_init(&plan, PLAN_BYTES_MAX);
	err = drivers_trial_kind(trial)->encode(&trial->targets, &plan, info);
	if (err == ERR_NONE)
		err = gather_make_plan(&fd, buf_text(&plan), plan.bytes, info);
	if (err == ERR_NONE)
		err = gather_start(&trial->gather, drivers_trial_kind(trial)->plan, fd, READ_COUNT, 1, info);
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

static void print_summary(const struct trial *trial, const struct finding *finding, bool is_recognised)
{
	const struct wire_device *state = &finding->device->state;
	const struct trial_words words = drivers_trial_kind(trial)->words(&trial->driver);
	const char *verdict = !words.has_rules ? "it has no rules: it has to be named"
			      : is_recognised  ? "yes"
					       : "no: none of its rules holds, or an exception does";

	printf("driver: %s (%s %s)\nrecognised: %s\n", words.name, words.vendor, words.family, verdict);
	printf("device: %s, model %s, serial %s, firmware %s\n", state->vendor[0] != '\0' ? state->vendor : FIGURE_NONE,
	       state->model[0] != '\0' ? state->model : FIGURE_NONE, state->serial[0] != '\0' ? state->serial : FIGURE_NONE,
	       state->firmware[0] != '\0' ? state->firmware : FIGURE_NONE);
	if (state->reason[0] != '\0')
		printf("remark: %s\n", state->reason);
	puts("total:");
	print_total(finding, QUANTITY_POWER, "power W", 1);
	print_total(finding, QUANTITY_ENERGY, "energy kWh", 3.6e6);
	drivers_trial_kind(trial)->print_missing(trial);
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
	if (!is_recognised && drivers_trial_kind(trial)->words(&trial->driver).has_rules)
		return err_set(info, ERR_DATA, "the driver does not recognise the device: %s", trial->gather.device[AS_FOUND].state.reason);
	return ERR_NONE;
}

static enum err work(struct trial *trial, const struct cli_options *options, struct err_info *info)
{
	bool is_recognised;
	struct simulator_ready ready;
	enum err err = load_driver(trial, options->operand[1], info);

	if (err == ERR_NONE)
		err = start_device(trial, options->recording_path, &ready, info);
	if (err == ERR_NONE)
		err = add_targets(trial, &ready, info);
	if (err == ERR_NONE)
		err = read_device(trial, info);
	if (err != ERR_NONE)
		return err;
	is_recognised = strcmp(trial->gather.device[AS_FOUND].state.driver, drivers_trial_kind(trial)->words(&trial->driver).name) == 0;
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
	targets_deinit(&trial.targets);
	driver_any_deinit(&trial.driver);
	return err == ERR_NONE ? 0 : cli_fail("drivers test", &info);
}
