/* SPDX-License-Identifier: Apache-2.0 */
/* scan: recognises what is at the given addresses, reads it once, and prints configuration to paste. */
#include "base/file.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/finding.h"
#include "cli/gather.h"
#include "cli/options.h"
#include "cli/sources.h"
#include "cli/table.h"
#include "cli/target.h"
#include "report/figure.h"
#include "settings/driver.h"
#include "settings/problems.h"
#include "settings/search.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TIMEOUT_MS = 1000, COMMUNITY_BYTES_MAX = 256, ANSWER_BYTES_MAX = 256 << 20, LOCAL_MS = 1000, GATHERS = 2, WAIT_MS = 45000 };

struct scan {
	struct targets targets;
	char community[COMMUNITY_BYTES_MAX + 1]; /* of --community-file */
	char community_path[PATH_MAX];           /* "": none is given */
	struct gather gather[GATHERS];
	size_t gather_count;
};

/* ---- Preparing ---- */

static enum err read_community(struct scan *scan, const char *path, struct err_info *info)
{
	struct buf text;
	enum err err;

	if (file_is_readable_by_others(path))
		return err_set(info, ERR_PERMISSION, "%s can be read by others; chmod 600 %s", path, path);
	buf_init(&text, COMMUNITY_BYTES_MAX);
	err = file_read(path, &text, info);
	if (err == ERR_NONE)
		snprintf(scan->community, sizeof(scan->community), "%s", buf_text(&text));
	buf_deinit(&text);
	scan->community[strcspn(scan->community, "\r\n")] = '\0';
	return err;
}

static enum err load_drivers(struct scan *scan, const char *drivers_dir, struct err_info *info)
{
	struct sources_data data = {"drivers", "drivers", ".yaml", drivers_dir};
	struct plan_snmp *plan = &scan->targets.snmp;
	struct problems problems = {0};
	struct search search = {0};
	enum err err = sources_find(&search, &data, info);

	if (err == ERR_NONE)
		plan->driver = mem_new_array(search.count + 1, sizeof(*plan->driver));
	if (err == ERR_NONE && plan->driver == NULL)
		err = err_set(info, ERR_MEMORY, "no memory for %zu drivers", search.count);
	for (size_t i = 0; err == ERR_NONE && i < search.count; i++) {
		if (settings_driver_load(&plan->driver[plan->driver_count], search.file[i].path, &problems) == ERR_NONE)
			plan->driver_count++;
	}
	sources_print_problems(&problems);
	problems_deinit(&problems);
	search_deinit(&search);
	return err;
}

static void drop_drivers(struct scan *scan)
{
	for (size_t i = 0; i < scan->targets.snmp.driver_count; i++)
		driver_deinit(&scan->targets.snmp.driver[i]);
	scan->targets.snmp.driver = mem_free(scan->targets.snmp.driver);
	scan->targets.snmp.driver_count = 0;
}

/* ---- Running ---- */

static enum err start(struct scan *scan, enum plan_kind kind, size_t device_count, const struct buf *plan, struct err_info *info)
{
	int fd;
	enum err err = gather_make_plan(&fd, buf_text(plan), plan->bytes, info);

	if (err != ERR_NONE)
		return err;
	err = gather_start(&scan->gather[scan->gather_count], kind, fd, device_count, 1, info);
	close(fd);
	if (err == ERR_NONE)
		scan->gather_count++;
	return err;
}

static enum err start_snmp(struct scan *scan, struct err_info *info)
{
	struct buf plan;
	enum err err;

	scan->targets.snmp.is_scan = true;
	buf_init(&plan, (size_t)512 << 20);
	err = plan_snmp_encode(&scan->targets.snmp, &plan, info);
	if (err == ERR_NONE)
		err = start(scan, PLAN_SNMP, scan->targets.snmp.device_count, &plan, info);
	buf_deinit(&plan);
	return err;
}

static enum err start_local(struct scan *scan, struct err_info *info)
{
	struct plan_rapl_device device = {.id = "local", .sysfs_root = "/sys", .interval_ms = LOCAL_MS};
	struct plan_rapl rapl = {.device = &device, .device_count = 1};
	struct buf plan;
	enum err err;

	buf_init(&plan, 1 << 20);
	err = plan_rapl_encode(&rapl, &plan, info);
	if (err == ERR_NONE)
		err = start(scan, PLAN_RAPL, 1, &plan, info);
	buf_deinit(&plan);
	return err;
}

static enum err run(struct scan *scan, struct err_info *info)
{
	size_t count = scan->targets.snmp.device_count;
	enum err err = count > 0 ? start_snmp(scan, info) : ERR_NONE;

	if (err == ERR_NONE && scan->targets.has_local)
		err = start_local(scan, info);
	/* The last of a range begins an interval late. */
	if (err == ERR_NONE)
		err = gather_run(scan->gather, scan->gather_count, WAIT_MS + (count > 0 ? scan->targets.snmp.device[0].interval_ms : 0),
				 info);
	return err;
}

/* ---- Showing ---- */

enum { TARGET_TEXT_BYTES = PLAN_NAME_BYTES + 32, LINE_TEXT_BYTES = PLAN_PATH_BYTES + 64 };

/* What a finding borrows. */
struct texts {
	char target[TARGET_TEXT_BYTES];
	char community[LINE_TEXT_BYTES];
};

/* How a configuration names the community: by its file, or in the text itself, which must be kept private then. */
static void print_community(const struct scan *scan, const struct plan_snmp_device *device, char out[static LINE_TEXT_BYTES])
{
	struct buf quoted;

	buf_init(&quoted, LINE_TEXT_BYTES - 1);
	if (scan->community_path[0] != '\0' && strcmp(device->community, scan->community) == 0)
		buf_add_format(&quoted, "\"@file:%s\"", scan->community_path);
	else
		text_add_json(&quoted, device->community);
	snprintf(out, LINE_TEXT_BYTES, "%s", buf_text(&quoted));
	buf_deinit(&quoted);
}

static struct finding find(const struct scan *scan, size_t gather_idx, size_t device_idx, struct texts *texts)
{
	const struct gather *gather = &scan->gather[gather_idx];
	struct finding finding = {.device = &gather->device[device_idx], .target = "local", .address = "rapl"};
	const struct plan_snmp_device *device;

	if (gather->kind != PLAN_SNMP)
		return finding;
	device = &scan->targets.snmp.device[device_idx];
	snprintf(texts->target, sizeof(texts->target), strchr(device->host, ':') != NULL ? "snmp://[%s]:%u" : "snmp://%s:%u", device->host,
		 device->port);
	print_community(scan, device, texts->community);
	finding.target = texts->target;
	finding.address = texts->target;
	finding.community_line = texts->community;
	return finding;
}

static enum err add_table_row(struct table *table, const struct finding *finding, struct err_info *info)
{
	const struct wire_device *state = &finding->device->state;
	char power[NUM_TEXT_BYTES] = FIGURE_NONE;
	char energy[NUM_TEXT_BYTES] = FIGURE_NONE;
	char meters[NUM_TEXT_BYTES];
	const char *cell[] = {finding->target, state->driver, state->vendor, state->model, state->serial,
			      meters,          power,         energy,        state->reason};
	double value;

	num_print_u64(meters, finding->device->meter_count);
	if (finding_total(finding, QUANTITY_POWER, &value))
		num_print_double(power, value, 1);
	if (finding_total(finding, QUANTITY_ENERGY, &value))
		num_print_double(energy, value / 3.6e6, 3);
	return table_add(table, cell, info);
}

/* Calls `each` for what answered (all: with what did not). Returns how many answered. */
static size_t walk(const struct scan *scan, void (*each)(void *context, const struct finding *finding, size_t number), void *context)
{
	size_t number = 0;

	for (size_t g = 0; g < scan->gather_count; g++) {
		for (size_t d = 0; d < scan->gather[g].device_count; d++) {
			struct texts texts;
			struct finding finding = find(scan, g, d, &texts);

			if (!finding_is_there(&finding))
				continue;
			number++;
			if (each != NULL)
				each(context, &finding, number);
		}
	}
	return number;
}

static void each_json(void *context, const struct finding *finding, size_t number)
{
	(void)number;
	finding_add_json(context, finding);
}

static void each_yaml(void *context, const struct finding *finding, size_t number)
{
	finding_add_yaml(context, finding, number);
}

struct table_context {
	struct table *table;
	enum err err;
	struct err_info *info;
};

static void each_row(void *context, const struct finding *finding, size_t number)
{
	struct table_context *rows = context;

	(void)number;
	if (rows->err == ERR_NONE)
		rows->err = add_table_row(rows->table, finding, rows->info);
}

static enum err print_table(const struct scan *scan, enum cli_format format, struct err_info *info)
{
	static const struct table_column COLUMNS[] = {
	    {"TARGET", "target", false},  {"DRIVER", "driver", false},        {"VENDOR", "vendor", false},
	    {"MODEL", "model", false},    {"SERIAL", "serial", false},        {"METERS", "meters", true},
	    {"POWER W", "power_w", true}, {"ENERGY kWh", "energy_kwh", true}, {"REMARK", "remark", false}};
	struct table_context rows = {.table = table_new(COLUMNS, sizeof(COLUMNS) / sizeof(COLUMNS[0])), .info = info};

	if (rows.table == NULL)
		return err_set(info, ERR_MEMORY, "no memory");
	(void)walk(scan, each_row, &rows);
	if (rows.err == ERR_NONE)
		rows.err = table_print(rows.table, stdout, format, info);
	table_free(rows.table);
	return rows.err;
}

static enum err print(const struct scan *scan, enum cli_format format, struct err_info *info)
{
	struct buf out;
	enum err err;

	if (format == CLI_CSV || format == CLI_TABLE)
		return print_table(scan, format, info);
	buf_init(&out, ANSWER_BYTES_MAX);
	if (format == CLI_JSON) {
		(void)walk(scan, each_json, &out);
	} else {
		buf_add_text(&out, "# conf.d/scanned.yaml: paste it there (chmod 600: it may hold communities)\ndevices:\n");
		(void)walk(scan, each_yaml, &out);
	}
	err = sources_write(&out, info);
	buf_deinit(&out);
	return err;
}

/* ---- The command ---- */

static enum err work(struct scan *scan, const struct cli_options *options, enum cli_format format, struct err_info *info)
{
	enum err err = ERR_NONE;

	scan->targets.timeout_ms = options->timeout_ms > 0 ? (uint32_t)options->timeout_ms : TIMEOUT_MS;
	scan->targets.community = "public";
	if (options->community_path != NULL) {
		err = read_community(scan, options->community_path, info);
		scan->targets.community = scan->community;
		if (err == ERR_NONE && realpath(options->community_path, scan->community_path) == NULL)
			err = err_set_errno(info, ERR_IO, errno, "%s", options->community_path);
	}
	for (size_t i = 0; err == ERR_NONE && i < options->operand_count; i++)
		err = targets_add(&scan->targets, options->operand[i], info);
	if (err == ERR_NONE && scan->targets.snmp.device_count > 0)
		err = load_drivers(scan, options->drivers_dir, info);
	if (err == ERR_NONE)
		err = run(scan, info);
	if (err == ERR_NONE && walk(scan, NULL, NULL) == 0)
		return err_set(info, ERR_UNAVAILABLE, "nothing answers there");
	return err == ERR_NONE ? print(scan, format, info) : err;
}

int command_scan(int argc, char **argv)
{
	struct cli_options options;
	struct scan scan = {0};
	struct err_info info = {0};
	enum cli_format format;
	enum err err;
	bool has_format = false;

	/* YAML unless something is asked for; without --format the parser leaves CLI_TABLE. It reorders argv, so look before. */
	for (int i = 1; i < argc; i++)
		has_format = has_format || strncmp(argv[i], "--format", 8) == 0;
	err = cli_options_parse(&options, argc, argv, CLI_FORMAT | CLI_DRIVERS | CLI_COMMUNITY_FILE | CLI_TIMEOUT, &info);
	if (err == ERR_NONE && options.operand_count == 0)
		err = err_set(&info, ERR_USAGE, "a target is expected: snmp://[COMMUNITY@]HOST[:PORT] or local");
	format = has_format ? options.format : CLI_YAML;
	if (err == ERR_NONE)
		err = work(&scan, &options, format, &info);
	for (size_t i = 0; i < scan.gather_count; i++)
		gather_deinit(&scan.gather[i]);
	drop_drivers(&scan);
	targets_deinit(&scan.targets);
	return err == ERR_NONE ? 0 : cli_fail("scan", &info);
}
