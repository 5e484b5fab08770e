/* SPDX-License-Identifier: Apache-2.0 */
/* drivers: what the driver files know. */
#include "base/json.h"
#include "base/mem.h"
#include "base/num.h"
#include "cli/command.h"
#include "cli/drivers_modbus.h"
#include "cli/drivers_trial.h"
#include "cli/options.h"
#include "cli/sources.h"
#include "cli/table.h"
#include "report/figure.h"
#include "settings/driver.h"
#include "settings/problems.h"
#include "settings/search.h"

#include <stdio.h>
#include <string.h>

enum { OID_TEXT_BYTES = 12 * PLAN_OID_MAX, ANSWER_BYTES_MAX = 64 << 20, STEP_TEXT_BYTES = NUM_TEXT_BYTES + 16 };

/* All drivers that were found, in order of their names. */
struct library {
	struct driver_any *driver;
	char (*path)[PLAN_PATH_BYTES];
	size_t count;
};

static void library_deinit(struct library *library)
{
	for (size_t i = 0; i < library->count; i++)
		driver_any_deinit(&library->driver[i]);
	mem_free(library->driver);
	mem_free(library->path);
}

/* Broken files are problems and left out. */
static enum err library_load(struct library *library, const struct search *search, struct problems *problems, struct err_info *info)
{
	library->driver = mem_new_array(search->count + 1, sizeof(*library->driver));
	library->path = mem_new_array(search->count + 1, sizeof(*library->path));
	if (library->driver == NULL || library->path == NULL)
		return err_set(info, ERR_MEMORY, "no memory for %zu drivers", search->count);
	for (size_t i = 0; i < search->count; i++) {
		enum err err = driver_any_load(&library->driver[library->count], search->file[i].path, problems);

		if (err == ERR_MEMORY)
			return err_set(info, err, "no memory for %s", search->file[i].path);
		if (err == ERR_NONE)
			snprintf(library->path[library->count++], PLAN_PATH_BYTES, "%s", search->file[i].path);
	}
	return ERR_NONE;
}

static enum err open_library(struct library *library, const struct cli_options *options, struct problems *problems, struct err_info *info)
{
	struct sources_data data = {"drivers", "drivers", ".yaml", options->drivers_dir};
	struct search search = {.takes_packed = true};
	enum err err = sources_find(&search, &data, info);

	if (err == ERR_NONE)
		err = library_load(library, &search, problems, info);
	search_deinit(&search);
	return err;
}

static const char *total_name(enum total_rule total)
{
	static const char *const NAMES[] = {[TOTAL_NONE] = "none", [TOTAL_METER] = "meter", [TOTAL_SUM] = "sum"};

	return NAMES[total];
}

/* What drivers of both protocols have. */
struct summary {
	const char *name;
	const char *vendor;
	const char *family;
	const char *protocol;
	const uint8_t *sha256;
	enum total_rule total;
	int32_t priority;
	uint8_t group_count;
};

static struct summary summarise(const struct driver_any *driver)
{
	const struct plan_snmp_driver *snmp = &driver->snmp;
	const struct plan_modbus_driver *modbus = &driver->modbus;

	if (driver->protocol == WIRE_KIND_MODBUS)
		return (struct summary){modbus->name,   modbus->vendor, modbus->family,   "modbus",
					modbus->sha256, modbus->total,  modbus->priority, modbus->group_count};
	return (struct summary){snmp->name,   snmp->vendor, snmp->family,   "snmp",
				snmp->sha256, snmp->total,  snmp->priority, snmp->group_count};
}

/* ---- list ---- */

static enum err list_table(const struct library *library, enum cli_format format, struct err_info *info)
{
	static const struct table_column COLUMNS[] = {
	    {"DRIVER", "driver", false}, {"PROTOCOL", "protocol", false}, {"VENDOR", "vendor", false},    {"FAMILY", "family", false},
	    {"METERS", "meters", true},  {"TOTAL", "total", false},       {"PRIORITY", "priority", true}, {"FILE", "file", false}};
	struct table *table = table_new(COLUMNS, sizeof(COLUMNS) / sizeof(COLUMNS[0]));
	enum err err = table == NULL ? err_set(info, ERR_MEMORY, "no memory") : ERR_NONE;

	for (size_t i = 0; err == ERR_NONE && i < library->count; i++) {
		struct summary driver = summarise(&library->driver[i]);
		char groups[NUM_TEXT_BYTES];
		char priority[NUM_TEXT_BYTES];
		const char *cell[] = {driver.name, driver.protocol,          driver.vendor, driver.family,
				      groups,      total_name(driver.total), priority,      library->path[i]};

		num_print_u64(groups, driver.group_count);
		num_print_i64(priority, driver.priority);
		err = table_add(table, cell, info);
	}
	if (err == ERR_NONE)
		err = table_print(table, stdout, format, info);
	table_free(table);
	return err;
}

static void add_head(struct json *json, const struct driver_any *any, const char *path)
{
	struct summary driver = summarise(any);
	struct buf digest;

	buf_init(&digest, 65);
	figure_add_sha256(&digest, driver.sha256);
	json_add_text(json, "driver", driver.name);
	json_add_text(json, "vendor", driver.vendor);
	json_add_text(json, "family", driver.family);
	json_add_text(json, "protocol", driver.protocol);
	json_add_text(json, "total", total_name(driver.total));
	json_add_i64(json, "priority", driver.priority);
	json_add_text(json, "file", path);
	json_add_text(json, "sha256", buf_text(&digest));
	buf_deinit(&digest);
}

static enum err list_json(const struct library *library, struct err_info *info)
{
	struct json json;
	struct buf out;
	enum err err;

	buf_init(&out, ANSWER_BYTES_MAX);
	json_init(&json, &out);
	json_open_object(&json, NULL);
	json_add_text(&json, "schema", "wattledger.drivers/1");
	json_open_array(&json, "drivers");
	for (size_t i = 0; i < library->count; i++) {
		json_open_object(&json, NULL);
		add_head(&json, &library->driver[i], library->path[i]);
		json_add_i64(&json, "meters", summarise(&library->driver[i]).group_count);
		json_close_object(&json);
	}
	json_close_array(&json);
	json_close_object(&json);
	buf_add_char(&out, '\n');
	err = sources_write(&out, info);
	buf_deinit(&out);
	return err;
}

/* ---- show ---- */

static void print_oid(const struct plan_oid *oid, char out[static OID_TEXT_BYTES])
{
	if (oid->length == 0)
		snprintf(out, OID_TEXT_BYTES, "(computed)");
	else
		plan_oid_print(oid, out, OID_TEXT_BYTES);
}

/* What one step of the device's number is, in the quantity's unit; a device may scale it further. */
static void print_step(const struct plan_point *point, char out[static STEP_TEXT_BYTES])
{
	char number[NUM_TEXT_BYTES];
	double thousandths = (double)point->scale.num / (double)(point->scale.den > 0 ? point->scale.den : 1);

	num_print_double(number, quantity_is_counter(point->quantity) ? thousandths / 1000 : point->scale.factor, 9);
	snprintf(out, STEP_TEXT_BYTES, "%s%s", number, point->scale.kind == SCALE_FIXED ? "" : " x scale");
}

static void print_recognition(const struct plan_snmp_driver *driver)
{
	char oid[OID_TEXT_BYTES];

	puts("recognised by:");
	for (size_t i = 0; i < driver->rule_count; i++) {
		const struct plan_rule *rule = &driver->rule[i];

		printf("  %s", rule->is_exception ? "not " : "");
		if (rule->object_id.length > 0) {
			print_oid(&rule->object_id, oid);
			printf("sysObjectID below %s ", oid);
		}
		if (rule->descr_pattern[0] != '\0')
			printf("sysDescr like /%s/ ", rule->descr_pattern);
		if (rule->probe.length > 0) {
			print_oid(&rule->probe, oid);
			printf("an answer below %s", oid);
			if (rule->probe_pattern[0] != '\0')
				printf(" like /%s/", rule->probe_pattern);
		}
		putchar('\n');
	}
}

static enum err add_points(struct table *table, const struct plan_group *group, struct err_info *info)
{
	enum err err = ERR_NONE;

	for (size_t i = 0; err == ERR_NONE && i < group->point_count; i++) {
		const struct plan_point *point = &group->point_list[i];
		char oid[OID_TEXT_BYTES];
		char step[STEP_TEXT_BYTES];
		const char *cell[] = {group->key,
				      role_name(group->role),
				      point_name(group->point),
				      quantity_name(point->quantity),
				      step,
				      caliber_name(point->caliber),
				      oid};

		print_oid(&point->oid, oid);
		print_step(point, step);
		err = table_add(table, cell, info);
	}
	return err;
}

static enum err print_points(const struct plan_snmp_driver *driver, enum cli_format format, struct err_info *info)
{
	static const struct table_column COLUMNS[] = {
	    {"METER", "meter", false}, {"ROLE", "role", false},       {"POINT", "point", false}, {"QUANTITY", "quantity", false},
	    {"STEP", "step", true},    {"CALIBER", "caliber", false}, {"OID", "oid", false}};
	struct table *table = table_new(COLUMNS, sizeof(COLUMNS) / sizeof(COLUMNS[0]));
	enum err err = table == NULL ? err_set(info, ERR_MEMORY, "no memory") : ERR_NONE;

	for (size_t i = 0; err == ERR_NONE && i < driver->group_count; i++)
		err = add_points(table, &driver->group[i], info);
	if (err == ERR_NONE)
		err = table_print(table, stdout, format, info);
	table_free(table);
	return err;
}

static void add_group_json(struct json *json, const struct plan_group *group)
{
	json_open_object(json, NULL);
	json_add_text(json, "key", group->key);
	json_add_text(json, "name", group->name);
	json_add_text(json, "role", role_name(group->role));
	json_add_text(json, "point", point_name(group->point));
	json_add_bool(json, "is_table", group->is_table);
	json_add_bool(json, "is_summand", group->summand == PLAN_SUMMAND_YES);
	json_add_bool(json, "is_summand_else", group->summand == PLAN_SUMMAND_ELSE);
	json_add_bool(json, "is_optional", group->is_optional);
	json_open_array(json, "points");
	for (size_t i = 0; i < group->point_count; i++) {
		char oid[OID_TEXT_BYTES];
		char step[STEP_TEXT_BYTES];

		print_oid(&group->point_list[i].oid, oid);
		print_step(&group->point_list[i], step);
		json_open_object(json, NULL);
		json_add_text(json, "quantity", quantity_name(group->point_list[i].quantity));
		json_add_text(json, "step", step);
		json_add_text(json, "caliber", caliber_name(group->point_list[i].caliber));
		json_add_text(json, "oid", group->point_list[i].oid.length == 0 ? NULL : oid);
		json_close_object(json);
	}
	json_close_array(json);
	json_close_object(json);
}

static enum err show_json(const struct driver_any *driver, const char *path, struct err_info *info)
{
	struct json json;
	struct buf out;
	enum err err;

	buf_init(&out, ANSWER_BYTES_MAX);
	json_init(&json, &out);
	json_open_object(&json, NULL);
	json_add_text(&json, "schema", "wattledger.driver.show/1");
	add_head(&json, driver, path);
	json_open_array(&json, "meters");
	for (size_t i = 0; i < driver->snmp.group_count; i++)
		add_group_json(&json, &driver->snmp.group[i]);
	drivers_modbus_add_json(&json, &driver->modbus);
	json_close_array(&json);
	json_close_object(&json);
	buf_add_char(&out, '\n');
	err = sources_write(&out, info);
	buf_deinit(&out);
	return err;
}

static enum err show(const struct library *library, const char *name, enum cli_format format, struct err_info *info)
{
	for (size_t i = 0; i < library->count; i++) {
		const struct driver_any *driver = &library->driver[i];
		struct summary summary = summarise(driver);
		bool is_modbus = driver->protocol == WIRE_KIND_MODBUS;

		if (strcmp(summary.name, name) != 0)
			continue;
		if (format == CLI_JSON)
			return show_json(driver, library->path[i], info);
		if (format == CLI_TABLE)
			printf("%s: %s %s\nfile: %s\ntotal: %s\n", summary.name, summary.vendor, summary.family, library->path[i],
			       total_name(summary.total));
		if (format == CLI_TABLE && is_modbus)
			drivers_modbus_print_recognition(&driver->modbus);
		else if (format == CLI_TABLE)
			print_recognition(&driver->snmp);
		return is_modbus ? drivers_modbus_print_points(&driver->modbus, format, info) : print_points(&driver->snmp, format, info);
	}
	return err_set(info, ERR_DATA, "there is no driver '%s'; `wattledger drivers list` tells what there is", name);
}

/* ---- lint ---- */

static int lint(const struct cli_options *options)
{
	struct driver_any *driver = mem_new(sizeof(*driver));
	struct problems problems = {0};
	size_t good = 0;
	bool is_bad;

	for (size_t i = 1; driver != NULL && i < options->operand_count; i++) {
		if (driver_any_load(driver, options->operand[i], &problems) != ERR_NONE)
			continue;
		good++;
		driver_any_deinit(driver);
	}
	sources_print_problems(&problems);
	is_bad = driver == NULL || problems_has_error(&problems);
	mem_free(driver);
	printf("%zu of %zu driver files are good\n", good, options->operand_count - 1);
	problems_deinit(&problems);
	return is_bad ? err_exit_code(ERR_DATA) : 0;
}

/* ---- The command ---- */

static enum err run(const struct cli_options *options, struct err_info *info)
{
	struct library library = {0};
	struct problems problems = {0};
	enum err err = open_library(&library, options, &problems, info);

	sources_print_problems(&problems);
	if (err == ERR_NONE && strcmp(options->operand[0], "show") == 0)
		err = show(&library, options->operand[1], options->format, info);
	else if (err == ERR_NONE)
		err = options->format == CLI_JSON ? list_json(&library, info) : list_table(&library, options->format, info);
	library_deinit(&library);
	problems_deinit(&problems);
	return err;
}

static bool is_command(const struct cli_options *options, const char *name, size_t operand_count)
{
	return options->operand_count == operand_count && strcmp(options->operand[0], name) == 0;
}

int command_drivers(int argc, char **argv)
{
	struct cli_options options;
	struct err_info info = {0};
	enum err err = cli_options_parse(&options, argc, argv, CLI_DRIVERS | CLI_FORMAT | CLI_RECORDING | CLI_OPERANDS, &info);

	if (err != ERR_NONE)
		return cli_fail("drivers", &info);
	if (options.operand_count >= 2 && strcmp(options.operand[0], "lint") == 0)
		return lint(&options);
	if (is_command(&options, "test", 2) && options.recording_path != NULL)
		return drivers_trial(&options);
	if (is_command(&options, "list", 1) || is_command(&options, "show", 2))
		err = run(&options, &info);
	else
		err = err_set(&info, ERR_USAGE, "list, show NAME, lint FILE... or test FILE --recording FILE is expected");
	return err == ERR_NONE ? 0 : cli_fail("drivers", &info);
}
