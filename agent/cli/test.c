/* SPDX-License-Identifier: Apache-2.0 */
/* test: polls every source twice and prints what would be recorded. Writes nothing. */
#include "base/buf.h"
#include "base/json.h"
#include "base/num.h"
#include "cli/command.h"
#include "cli/commission.h"
#include "cli/gather.h"
#include "cli/load.h"
#include "cli/options.h"
#include "cli/sources.h"
#include "cli/table.h"
#include "cli/trial_lines.h"
#include "report/figure.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
	INTERVAL_MS_MAX = 2000, /* nobody waits a minute for the second read */
	GRACE_MS = 15000,       /* recognition and walks come before the first read */
	READS = 2,
	ANSWER_BYTES_MAX = 64 << 20,
	DECIMALS = 3,
	GATHERS = PLAN_KIND_COUNT,
	IPMI_GAP_MS = 10000, /* a BMC is not asked more often, not for a test either */
};

/* The collectors that ran, and whose devices' ids they are. */
struct trial {
	struct gather gather[GATHERS];
	size_t count;
	struct settings *settings;
	int64_t slowest_ms;
};

static const char *device_id(const struct trial *trial, const struct gather *gather, size_t device)
{
	const struct settings *settings = trial->settings;

	switch (gather->kind) {
	case PLAN_SNMP: return settings->snmp.device[device].id;
	case PLAN_IPMI: return settings->ipmi.device[device].id;
	case PLAN_MODBUS: return settings->modbus.device[device].id;
	case PLAN_TRAFFIC: return settings->traffic.device[device].id;
	default: return settings->rapl.device[device].id;
	}
}

/* ---- Running ---- */

static enum err start_one(struct trial *trial, enum plan_kind kind, size_t device_count, const struct buf *plan, struct err_info *info)
{
	int fd;
	enum err err = gather_make_plan(&fd, buf_text(plan), plan->bytes, info);

	if (err != ERR_NONE)
		return err;
	err = gather_start(&trial->gather[trial->count], kind, fd, device_count, READS, info);
	close(fd);
	if (err == ERR_NONE)
		trial->count++;
	return err;
}

static enum err start_snmp(struct trial *trial, struct err_info *info)
{
	struct plan_snmp *plan = &trial->settings->snmp;
	struct buf bytes;
	enum err err;

	for (size_t i = 0; i < plan->device_count; i++) {
		struct plan_snmp_device *device = &plan->device[i];

		device->interval_ms = device->interval_ms < INTERVAL_MS_MAX ? device->interval_ms : INTERVAL_MS_MAX;
		trial->slowest_ms = device->deadline_ms > trial->slowest_ms ? device->deadline_ms : trial->slowest_ms;
	}
	buf_init(&bytes, (size_t)512 << 20);
	err = plan_snmp_encode(plan, &bytes, info);
	if (err == ERR_NONE)
		err = start_one(trial, PLAN_SNMP, plan->device_count, &bytes, info);
	buf_deinit(&bytes);
	return err;
}

static enum err start_rapl(struct trial *trial, struct err_info *info)
{
	struct plan_rapl *plan = &trial->settings->rapl;
	struct buf bytes;
	enum err err;

	for (size_t i = 0; i < plan->device_count; i++)
		plan->device[i].interval_ms = plan->device[i].interval_ms < INTERVAL_MS_MAX ? plan->device[i].interval_ms : INTERVAL_MS_MAX;
	buf_init(&bytes, 1 << 20);
	err = plan_rapl_encode(plan, &bytes, info);
	if (err == ERR_NONE)
		err = start_one(trial, PLAN_RAPL, plan->device_count, &bytes, info);
	buf_deinit(&bytes);
	return err;
}

static enum err start_modbus(struct trial *trial, struct err_info *info)
{
	struct plan_modbus *plan = &trial->settings->modbus;
	struct buf bytes;
	enum err err;

	for (size_t i = 0; i < plan->device_count; i++) {
		struct plan_modbus_device *device = &plan->device[i];

		device->interval_ms = device->interval_ms < INTERVAL_MS_MAX ? device->interval_ms : INTERVAL_MS_MAX;
	}
	buf_init(&bytes, (size_t)512 << 20);
	err = plan_modbus_encode(plan, &bytes, info);
	if (err == ERR_NONE)
		err = start_one(trial, PLAN_MODBUS, plan->device_count, &bytes, info);
	buf_deinit(&bytes);
	return err;
}

static enum err start_ipmi(struct trial *trial, struct err_info *info)
{
	struct plan_ipmi *plan = &trial->settings->ipmi;
	struct buf bytes;
	enum err err;

	for (size_t i = 0; i < plan->device_count; i++) {
		struct plan_ipmi_device *device = &plan->device[i];

		device->interval_ms = IPMI_GAP_MS;
		if (trial->slowest_ms < (int64_t)device->deadline_ms + IPMI_GAP_MS)
			trial->slowest_ms = (int64_t)device->deadline_ms + IPMI_GAP_MS;
	}
	buf_init(&bytes, 16 << 20);
	err = plan_ipmi_encode(plan, &bytes, info);
	if (err == ERR_NONE)
		err = start_one(trial, PLAN_IPMI, plan->device_count, &bytes, info);
	if (bytes.data != NULL)
		explicit_bzero(bytes.data, bytes.capacity_bytes);
	buf_deinit(&bytes);
	return err;
}

static enum err start_traffic(struct trial *trial, struct err_info *info)
{
	struct plan_traffic *plan = &trial->settings->traffic;
	struct buf bytes;
	enum err err;

	for (size_t i = 0; i < plan->device_count; i++)
		plan->device[i].interval_ms = plan->device[i].interval_ms < INTERVAL_MS_MAX ? plan->device[i].interval_ms : INTERVAL_MS_MAX;
	buf_init(&bytes, (size_t)512 << 20);
	err = plan_traffic_encode(plan, &bytes, info);
	if (err == ERR_NONE)
		err = start_one(trial, PLAN_TRAFFIC, plan->device_count, &bytes, info);
	buf_deinit(&bytes);
	return err;
}

static enum err run_all(struct trial *trial, const struct cli_options *options, struct err_info *info)
{
	int64_t timeout_ms;
	enum err err = ERR_NONE;

	if (trial->settings->snmp.device_count > 0)
		err = start_snmp(trial, info);
	if (err == ERR_NONE && trial->settings->modbus.device_count > 0)
		err = start_modbus(trial, info);
	if (err == ERR_NONE && trial->settings->rapl.device_count > 0)
		err = start_rapl(trial, info);
	if (err == ERR_NONE && trial->settings->ipmi.device_count > 0)
		err = start_ipmi(trial, info);
	if (err == ERR_NONE && trial->settings->traffic.device_count > 0)
		err = start_traffic(trial, info);
	timeout_ms = options->timeout_ms > 0 ? options->timeout_ms : GRACE_MS + 2 * (trial->slowest_ms + INTERVAL_MS_MAX);
	if (err == ERR_NONE)
		err = gather_run(trial->gather, trial->count, timeout_ms, info);
	for (size_t i = 0; err == ERR_NONE && i < trial->count; i++)
		err = gather_fill_sums(&trial->gather[i], info);
	return err;
}

/* ---- Showing ---- */

struct figures {
	char first[NUM_TEXT_BYTES];
	char second[NUM_TEXT_BYTES];
	char raw[NUM_TEXT_BYTES];
	char delta[NUM_TEXT_BYTES];
};

static void print_value(char out[static NUM_TEXT_BYTES], const struct gather_meter *meter, const struct sample *sample)
{
	double value;

	if (!gather_value(meter, sample, &value))
		snprintf(out, NUM_TEXT_BYTES, "%s", FIGURE_NONE);
	else
		num_print_double(out, value, DECIMALS);
}

static void fill_figures(struct figures *figures, const struct gather_meter *meter, const struct gather_reading *reading)
{
	double first;
	double last;

	print_value(figures->first, meter, &reading->first);
	snprintf(figures->second, NUM_TEXT_BYTES, "%s", FIGURE_NONE);
	snprintf(figures->delta, NUM_TEXT_BYTES, "%s", FIGURE_NONE);
	snprintf(figures->raw, NUM_TEXT_BYTES, "%s", FIGURE_NONE);
	if (quantity_is_counter(reading->quantity))
		num_print_u64(figures->raw, reading->last.raw);
	if (reading->count < READS)
		return;
	print_value(figures->second, meter, &reading->last);
	if (gather_value(meter, &reading->first, &first) && gather_value(meter, &reading->last, &last))
		num_print_double(figures->delta, last - first, DECIMALS);
}

static enum err add_meter_rows(struct table *table, const char *device, const struct gather_meter *meter, struct err_info *info)
{
	enum err err = ERR_NONE;

	for (size_t i = 0; err == ERR_NONE && i < meter->reading_count; i++) {
		const struct gather_reading *reading = &meter->reading[i];
		struct figures figures;
		const char *cell[] = {device,
				      meter->info.key,
				      role_name(meter->info.role),
				      quantity_name(reading->quantity),
				      figures.first,
				      figures.second,
				      figures.delta,
				      figures.raw,
				      caliber_name(reading->last.caliber)};

		fill_figures(&figures, meter, reading);
		err = table_add(table, cell, info);
	}
	return err;
}

static bool is_good(const struct gather_device *device)
{
	return device->has_state && device->state.state <= DEVICE_PARTIAL && device->read_count >= READS;
}

/* Whether what a Modbus meter says agrees with itself: registers tell nothing of themselves. */
static void print_check(const struct gather_device *device)
{
	struct buf lines;
	unsigned compared;

	buf_init(&lines, ANSWER_BYTES_MAX);
	compared = commission_check(&lines, device);
	for (const char *at = buf_text(&lines); *at != '\0'; at += strcspn(at, "\n") + 1)
		printf("  warning: %.*s\n", (int)strcspn(at, "\n"), at);
	if (lines.bytes == 0 && compared > 0)
		printf("  its readings agree with each other (%u comparisons)\n", compared);
	buf_deinit(&lines);
}

static void print_state(FILE *out, const char *id, const struct gather_device *device)
{
	if (!device->has_state) {
		fprintf(out, "%s: no word of it in time\n", id);
		return;
	}
	fprintf(out, "%s: %s", id, device_state_name(device->state.state));
	if (device->state.driver[0] != '\0')
		fprintf(out, ", driver %s (%s %s)", device->state.driver, device->state.vendor, device->state.model);
	if (device->state.serial[0] != '\0')
		fprintf(out, ", serial %s", device->state.serial);
	fprintf(out, ", %.1f ms, %u of %d reads%s%s\n", (double)device->state.latency_us / 1000.0, device->read_count, READS,
		device->state.reason[0] == '\0' ? "" : ": ", device->state.reason);
}

static enum err print_people(const struct trial *trial, enum cli_format format, struct err_info *info)
{
	static const struct table_column COLUMNS[] = {
	    {"SOURCE", "device", false},     {"METER", "meter", false}, {"ROLE", "role", false},
	    {"QUANTITY", "quantity", false}, {"FIRST", "first", true},  {"SECOND", "second", true},
	    {"CHANGE", "change", true},      {"RAW", "raw", true},      {"CALIBER", "caliber", false}};
	struct table *table = table_new(COLUMNS, sizeof(COLUMNS) / sizeof(COLUMNS[0]));
	enum err err = table == NULL ? err_set(info, ERR_MEMORY, "no memory") : ERR_NONE;

	for (size_t g = 0; err == ERR_NONE && g < trial->count; g++) {
		const struct gather *gather = &trial->gather[g];

		for (size_t d = 0; err == ERR_NONE && d < gather->device_count; d++) {
			if (format == CLI_TABLE)
				print_state(stdout, device_id(trial, gather, d), &gather->device[d]);
			if (format == CLI_TABLE && gather->kind == PLAN_MODBUS)
				print_check(&gather->device[d]);
			for (size_t m = 0; err == ERR_NONE && m < gather->device[d].meter_count; m++)
				err = add_meter_rows(table, device_id(trial, gather, d), &gather->device[d].meter[m], info);
		}
	}
	if (err == ERR_NONE)
		err = table_print(table, stdout, format, info);
	table_free(table);
	return err;
}

static void add_json_number(struct json *json, const char *key, const char *text)
{
	if (strcmp(text, FIGURE_NONE) == 0)
		json_add_null(json, key);
	else
		json_add_raw(json, key, text);
}

static void add_json_meter(struct json *json, const struct gather_meter *meter)
{
	json_open_object(json, NULL);
	json_add_text(json, "key", meter->info.key);
	json_add_text(json, "name", meter->info.name);
	json_add_text(json, "role", role_name(meter->info.role));
	json_add_text(json, "point", point_name(meter->info.point));
	json_open_array(json, "readings");
	for (size_t i = 0; i < meter->reading_count; i++) {
		const struct gather_reading *reading = &meter->reading[i];
		struct figures figures;

		fill_figures(&figures, meter, reading);
		json_open_object(json, NULL);
		json_add_text(json, "quantity", quantity_name(reading->quantity));
		add_json_number(json, "first", figures.first);
		add_json_number(json, "second", figures.second);
		add_json_number(json, "change", figures.delta);
		json_add_text(json, "raw", strcmp(figures.raw, FIGURE_NONE) == 0 ? NULL : figures.raw);
		json_add_text(json, "caliber", caliber_name(reading->last.caliber));
		json_close_object(json);
	}
	json_close_array(json);
	json_close_object(json);
}

static void add_json_device(struct json *json, const char *id, const struct gather_device *device)
{
	bool has = device->has_state;

	json_open_object(json, NULL);
	json_add_text(json, "device", id);
	json_add_text(json, "state", has ? device_state_name(device->state.state) : NULL);
	json_add_text(json, "reason", has && device->state.reason[0] != '\0' ? device->state.reason : NULL);
	json_add_text(json, "driver", has && device->state.driver[0] != '\0' ? device->state.driver : NULL);
	json_add_text(json, "vendor", has && device->state.vendor[0] != '\0' ? device->state.vendor : NULL);
	json_add_text(json, "model", has && device->state.model[0] != '\0' ? device->state.model : NULL);
	json_add_text(json, "serial", has && device->state.serial[0] != '\0' ? device->state.serial : NULL);
	if (has)
		json_add_double(json, "latency_ms", (double)device->state.latency_us / 1000.0, 3);
	else
		json_add_null(json, "latency_ms");
	json_add_i64(json, "reads", device->read_count);
	json_open_array(json, "meters");
	for (size_t m = 0; m < device->meter_count; m++) {
		if (device->meter[m].is_announced)
			add_json_meter(json, &device->meter[m]);
	}
	json_close_array(json);
	json_close_object(json);
}

static enum err print_json(const struct trial *trial, struct err_info *info)
{
	struct json json;
	struct buf out;
	enum err err;

	buf_init(&out, ANSWER_BYTES_MAX);
	json_init(&json, &out);
	json_open_object(&json, NULL);
	json_add_text(&json, "schema", "wattledger.test/1");
	json_open_array(&json, "devices");
	for (size_t g = 0; g < trial->count; g++) {
		for (size_t d = 0; d < trial->gather[g].device_count; d++)
			add_json_device(&json, device_id(trial, &trial->gather[g], d), &trial->gather[g].device[d]);
	}
	json_close_array(&json);
	json_close_object(&json);
	buf_add_char(&out, '\n');
	err = sources_write(&out, info);
	buf_deinit(&out);
	return err;
}

/* The states go to standard error: what is on standard output is points alone. */
static enum err print_lines(const struct trial *trial, struct err_info *info)
{
	struct clock_reading clock;
	struct buf out;
	enum err err = ERR_NONE;

	clock_read(&clock);
	buf_init(&out, ANSWER_BYTES_MAX);
	for (size_t g = 0; g < trial->count; g++) {
		const struct gather *gather = &trial->gather[g];

		for (size_t d = 0; err == ERR_NONE && d < gather->device_count; d++) {
			const char *id = device_id(trial, gather, d);

			print_state(stderr, id, &gather->device[d]);
			err = trial_lines_add_device(&out, &trial->settings->core, id, &gather->device[d], &clock, info);
		}
	}
	if (err == ERR_NONE)
		err = sources_write(&out, info);
	buf_deinit(&out);
	return err;
}

static enum err print(const struct trial *trial, enum cli_format format, struct err_info *info)
{
	switch (format) {
	case CLI_JSON: return print_json(trial, info);
	case CLI_LINE_PROTOCOL: return print_lines(trial, info);
	default: return print_people(trial, format, info);
	}
}

static size_t count_bad(const struct trial *trial)
{
	size_t bad = 0;

	for (size_t g = 0; g < trial->count; g++) {
		for (size_t d = 0; d < trial->gather[g].device_count; d++)
			bad += is_good(&trial->gather[g].device[d]) ? 0 : 1;
	}
	return bad;
}

/* ---- The command ---- */

static enum err run(struct trial *trial, const struct cli_options *options, struct err_info *info)
{
	size_t bad;
	enum err err = run_all(trial, options, info);

	if (err == ERR_NONE)
		err = print(trial, options->format, info);
	bad = count_bad(trial);
	if (err == ERR_NONE && trial->count == 0)
		err = err_set(
		    info, ERR_UNAVAILABLE,
		    "the configuration has no source: `wattledger scan TARGET` writes the lines of one; `local: yes` reads this machine");
	if (err == ERR_NONE && bad > 0)
		err = err_set(info, ERR_UNAVAILABLE, "%zu source%s failed", bad, bad == 1 ? "" : "s");
	return err;
}

int command_test(int argc, char **argv)
{
	struct cli_options options;
	struct trial trial = {0};
	struct err_info info = {0};
	int code;
	enum err err =
	    cli_options_parse(&options, argc, argv, CLI_CONFIG | CLI_STATE | CLI_DRIVERS | CLI_GRID | CLI_FORMAT | CLI_TIMEOUT, &info);

	if (err == ERR_NONE && options.format == CLI_YAML)
		err = err_set(&info, ERR_USAGE, "--format is table, json, csv or lp here");
	if (err != ERR_NONE)
		return cli_fail("test", &info);
	options.config_path = sources_config_path(&options);
	code = cli_load_settings(&options, &trial.settings);
	if (code != 0)
		return code;
	err = run(&trial, &options, &info);
	for (size_t i = 0; i < trial.count; i++)
		gather_deinit(&trial.gather[i]);
	settings_free(trial.settings);
	return err == ERR_NONE ? 0 : cli_fail("test", &info);
}
