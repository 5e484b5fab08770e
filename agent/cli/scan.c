/* SPDX-License-Identifier: Apache-2.0 */
/* scan: recognises what is at the given addresses, reads it once, and prints configuration to paste. */
#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/scan_priv.h"
#include "cli/sources.h"
#include "settings/driver.h"
#include "settings/problems.h"
#include "settings/search.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	TIMEOUT_MS = 1000,
	UNIT_TIMEOUT_MS = 500, /* of a range of Modbus units */
	TIMEOUT_MS_MAX = 60000,
	PLAN_BYTES_MAX = 512 << 20,
	LOCAL_MS = 1000,
	WAIT_MS = 65000,      /* longer than a survey may take */
	SILENT_AT_ONCE = 200, /* so many silent addresses are waited for at a time */
	UNIT_QUESTIONS = 16,  /* of a Modbus unit, with their silence */
};

/* ---- Preparing ---- */

static enum err read_community(struct scan *scan, const char *path, struct err_info *info)
{
	struct buf text;
	enum err err;

	if (file_is_readable_by_others(path))
		return err_set(info, ERR_PERMISSION, "%s can be read by others; chmod 600 %s", path, path);
	buf_init(&text, SCAN_COMMUNITY_BYTES_MAX);
	err = file_read(path, &text, info);
	if (err == ERR_NONE)
		snprintf(scan->community, sizeof(scan->community), "%s", buf_text(&text));
	buf_deinit(&text);
	scan->community[strcspn(scan->community, "\r\n")] = '\0';
	if (err == ERR_NONE && scan->community[0] == '\0')
		return err_set(info, ERR_DATA, "%s is empty: the community is expected on its first line", path);
	return err;
}

static enum err load_drivers(struct scan *scan, const char *drivers_dir, struct err_info *info)
{
	struct sources_data data = {"drivers", "drivers", ".yaml", drivers_dir};
	struct plan_snmp *snmp = &scan->targets.snmp;
	struct plan_modbus *modbus = &scan->targets.modbus;
	struct driver_any *driver = mem_new(sizeof(*driver));
	struct problems problems = {0};
	struct search search = {.takes_packed = true};
	enum err err = sources_find(&search, &data, info);

	if (err == ERR_NONE) {
		snmp->driver = mem_new_array(search.count + 1, sizeof(*snmp->driver));
		modbus->driver = mem_new_array(search.count + 1, sizeof(*modbus->driver));
	}
	if (err == ERR_NONE && (snmp->driver == NULL || modbus->driver == NULL || driver == NULL))
		err = err_set(info, ERR_MEMORY, "no memory for %zu drivers", search.count);
	for (size_t i = 0; err == ERR_NONE && i < search.count; i++) {
		if (driver_any_load(driver, search.file[i].path, &problems) != ERR_NONE)
			continue;
		if (driver->protocol == WIRE_KIND_MODBUS)
			modbus->driver[modbus->driver_count++] = driver->modbus;
		else
			snmp->driver[snmp->driver_count++] = driver->snmp;
	}
	sources_print_problems(&problems);
	problems_deinit(&problems);
	search_deinit(&search);
	mem_free(driver);
	return err;
}

static void drop_drivers(struct scan *scan)
{
	for (size_t i = 0; i < scan->targets.snmp.driver_count; i++)
		driver_deinit(&scan->targets.snmp.driver[i]);
	for (size_t i = 0; i < scan->targets.modbus.driver_count; i++)
		mem_free(scan->targets.modbus.driver[i].group);
	scan->targets.snmp.driver = mem_free(scan->targets.snmp.driver);
	scan->targets.snmp.driver_count = 0;
	scan->targets.modbus.driver = mem_free(scan->targets.modbus.driver);
	scan->targets.modbus.driver_count = 0;
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
	buf_init(&plan, PLAN_BYTES_MAX);
	err = plan_snmp_encode(&scan->targets.snmp, &plan, info);
	if (err == ERR_NONE)
		err = start(scan, PLAN_SNMP, scan->targets.snmp.device_count, &plan, info);
	buf_deinit(&plan);
	return err;
}

static enum err start_modbus(struct scan *scan, struct err_info *info)
{
	struct buf plan;
	enum err err;

	scan->targets.modbus.is_scan = true;
	buf_init(&plan, PLAN_BYTES_MAX);
	err = plan_modbus_encode(&scan->targets.modbus, &plan, info);
	if (err == ERR_NONE)
		err = start(scan, PLAN_MODBUS, scan->targets.modbus.device_count, &plan, info);
	buf_deinit(&plan);
	return err;
}

static enum err start_local(struct scan *scan, struct err_info *info)
{
	static const char *const id[PLAN_RAPL_KIND_COUNT] = {"rapl", "hwmon", "power_supply", "nvml"};
	struct plan_rapl_device device[PLAN_RAPL_KIND_COUNT] = {0};
	struct plan_rapl rapl = {.device = device, .device_count = PLAN_RAPL_KIND_COUNT};
	struct buf plan;
	enum err err;

	for (int kind = 0; kind < PLAN_RAPL_KIND_COUNT; kind++) {
		device[kind] = (struct plan_rapl_device){.kind = (enum plan_rapl_kind)kind, .interval_ms = LOCAL_MS};
		(void)text_copy(device[kind].id, sizeof(device[kind].id), id[kind]);
		(void)text_copy(device[kind].sysfs_root, sizeof(device[kind].sysfs_root), scan->targets.local_root);
	}
	buf_init(&plan, 1 << 20);
	err = plan_rapl_encode(&rapl, &plan, info);
	if (err == ERR_NONE)
		err = start(scan, PLAN_RAPL, PLAN_RAPL_KIND_COUNT, &plan, info);
	buf_deinit(&plan);
	return err;
}

static enum err start_ipmi(struct scan *scan, struct err_info *info)
{
	struct buf plan;
	enum err err;

	buf_init(&plan, PLAN_BYTES_MAX);
	err = plan_ipmi_encode(&scan->targets.ipmi, &plan, info);
	if (err == ERR_NONE)
		err = start(scan, PLAN_IPMI, scan->targets.ipmi.device_count, &plan, info);
	if (plan.data != NULL)
		explicit_bzero(plan.data, plan.capacity_bytes);
	buf_deinit(&plan);
	return err;
}

/* All of them silent, with their retries, and the last that answers takes as long as it may. */
static int64_t time_limit_ms(const struct targets *targets)
{
	int64_t rounds = (int64_t)(targets->snmp.device_count / SILENT_AT_ONCE + 1);

	/* Units behind one link are asked one after the other, and each is asked much. */
	rounds += (int64_t)targets->modbus.device_count * UNIT_QUESTIONS;
	if (targets->snmp.device_count == 0)
		return WAIT_MS + rounds * targets->timeout_ms;
	return WAIT_MS + targets->snmp.device[0].interval_ms + rounds * targets->timeout_ms * (TARGET_RETRIES + 1);
}

static enum err run(struct scan *scan, struct err_info *info)
{
	struct gather_watch watch = {.look = scan_show_look, .context = scan};
	enum err err = scan->targets.snmp.device_count > 0 ? start_snmp(scan, info) : ERR_NONE;

	if (err == ERR_NONE && scan->targets.has_local)
		err = start_local(scan, info);
	if (err == ERR_NONE && scan->targets.ipmi.device_count > 0)
		err = start_ipmi(scan, info);
	if (err == ERR_NONE && scan->targets.modbus.device_count > 0)
		err = start_modbus(scan, info);
	progress_bar_begin(&scan->bar, scan->doing);
	if (err == ERR_NONE)
		err = gather_run_watched(scan->gather, scan->gather_count, time_limit_ms(&scan->targets), &watch, info);
	scan_show_look(scan);
	return err;
}

/* ---- The command ---- */

static enum err read_secrets(struct scan *scan, const struct cli_options *options, struct err_info *info)
{
	enum err err = ERR_NONE;

	scan->targets.timeout_ms = options->timeout_ms > 0 ? (uint32_t)options->timeout_ms : TIMEOUT_MS;
	scan->targets.unit_timeout_ms = options->timeout_ms > 0 ? (uint32_t)options->timeout_ms : UNIT_TIMEOUT_MS;
	scan->targets.community = "public";
	if (options->community_path != NULL) {
		err = read_community(scan, options->community_path, info);
		scan->targets.community = scan->community;
		if (err == ERR_NONE && realpath(options->community_path, scan->community_path) == NULL)
			err = err_set_errno(info, ERR_IO, errno, "%s", options->community_path);
	}
	if (err == ERR_NONE && options->secrets_path != NULL)
		err = scan_secrets_read(&scan->secrets, options->secrets_path, info);
	if (scan->secrets.is_read) {
		scan->targets.secrets = &scan->secrets.access;
		scan->targets.ipmi_password = scan->secrets.has_password ? scan->secrets.password : NULL;
		scan->targets.ipmi_privilege = scan->secrets.privilege;
	}
	return err;
}

static enum err work(struct scan *scan, const struct cli_options *options, struct err_info *info)
{
	enum err err = read_secrets(scan, options, info);

	for (size_t i = 0; err == ERR_NONE && i < options->operand_count; i++)
		err = targets_add(&scan->targets, options->operand[i], info);
	if (err == ERR_NONE && (scan->targets.snmp.device_count > 0 || scan->targets.modbus.device_count > 0))
		err = load_drivers(scan, options->drivers_dir, info);
	scan->seen.next = mem_new_array(scan->targets.snmp.device_count + 1, sizeof(*scan->seen.next));
	if (err == ERR_NONE && scan->seen.next == NULL)
		err = err_set(info, ERR_MEMORY, "no memory");
	if (err == ERR_NONE)
		err = run(scan, info);
	if (err == ERR_NONE)
		err = scan_show_all(scan, info);
	return err == ERR_NONE ? scan_show_silent(scan, info) : err;
}

static void end(struct scan *scan)
{
	for (size_t i = 0; i < scan->gather_count; i++)
		gather_deinit(&scan->gather[i]);
	drop_drivers(scan);
	targets_deinit(&scan->targets);
	scan_secrets_deinit(&scan->secrets);
	explicit_bzero(scan->community, sizeof(scan->community));
	mem_free(scan->seen.next);
}

/* YAML unless something is asked for. Without --format the parser leaves CLI_TABLE; it reorders argv, so look before. */
static bool has_format(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (strncmp(argv[i], "--format", 8) == 0)
			return true;
	}
	return false;
}

int command_scan(int argc, char **argv)
{
	struct cli_options options;
	struct scan scan = {0};
	struct err_info info = {0};
	bool is_asked = has_format(argc, argv);
	enum err err = cli_options_parse(&options, argc, argv,
					 CLI_FORMAT | CLI_DRIVERS | CLI_COMMUNITY_FILE | CLI_SECRETS | CLI_TIMEOUT | CLI_OPERANDS, &info);

	if (err == ERR_NONE && options.operand_count == 0)
		err = err_set(&info, ERR_USAGE,
			      "a target is expected: snmp://[COMMUNITY@]HOST[:PORT], snmp3://USER@HOST[:PORT], ipmi://USER@HOST[:PORT], "
			      "modbus://HOST[:PORT]/UNIT or local");
	if (err == ERR_NONE && options.timeout_ms > TIMEOUT_MS_MAX)
		err = err_set(&info, ERR_USAGE, "--timeout: at most 60s");
	if (err == ERR_NONE) {
		scan.format = is_asked ? options.format : CLI_YAML;
		err = work(&scan, &options, &info);
	}
	end(&scan);
	return err == ERR_NONE ? 0 : cli_fail("scan", &info);
}
