/* SPDX-License-Identifier: Apache-2.0 */
/* driver: the file as a whole: head, recognition, identity, quirks, and what its meters must have in common. */
#include "settings/driver.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"
#include "settings/driver_modbus_priv.h"
#include "settings/driver_priv.h"
#include "settings/driver_was.h"
#include "settings/schema.h"
#include "settings/search.h"

#include <sodium.h>
#include <string.h>

enum { DRIVER_SOURCE_BYTES = 1024 };

/* The head's keys, in the order of head_key[]. */
enum head_at {
	HEAD_SCHEMA,
	HEAD_PROTOCOL,
	HEAD_VENDOR,
	HEAD_FAMILY,
	HEAD_SOURCE,
	HEAD_NOTE,
	HEAD_PRIORITY,
	HEAD_STACKABLE,
	HEAD_CALIBER,
	HEAD_TOTAL,
	HEAD_RECOGNISE,
	HEAD_IDENTITY,
	HEAD_QUIRKS,
	HEAD_METERS,
	HEAD_COUNT
};

struct head {
	char schema[PLAN_NAME_BYTES];
	int protocol;
	char vendor[PLAN_NAME_BYTES];
	char family[PLAN_NAME_BYTES];
	char source[DRIVER_SOURCE_BYTES];
	char note[DRIVER_SOURCE_BYTES];
	int32_t priority;
	bool is_stackable;
	int caliber;
	int total;
};

struct quirks {
	bool is_bulk_allowed;
	uint32_t max_repetitions;
	uint32_t max_varbinds;
};

static const char *const protocol_choice[] = {"snmp", "modbus", NULL};
static const char *const caliber_choice[] = {"unknown", "actual", "estimated", "static", NULL}; /* enum caliber */
static const char *const total_choice[] = {"none", "meter", "sum", NULL};                       /* enum total_rule */

static const struct schema_key head_key[HEAD_COUNT] = {
    [HEAD_SCHEMA] = {"schema", SCHEMA_TEXT, SCHEMA_AT(head, schema), .is_required = true},
    [HEAD_PROTOCOL] = {"protocol", SCHEMA_CHOICE, SCHEMA_AT(head, protocol), .choice = protocol_choice, .is_required = true},
    [HEAD_VENDOR] = {"vendor", SCHEMA_TEXT, SCHEMA_AT(head, vendor), .is_required = true},
    [HEAD_FAMILY] = {"family", SCHEMA_TEXT, SCHEMA_AT(head, family), .is_required = true},
    [HEAD_SOURCE] = {"source", SCHEMA_TEXT, SCHEMA_AT(head, source), .is_required = true},
    [HEAD_NOTE] = {"note", SCHEMA_TEXT, SCHEMA_AT(head, note)},
    [HEAD_PRIORITY] = {"priority", SCHEMA_I32, SCHEMA_AT(head, priority), .min = 0, .max = 100, .is_required = true},
    [HEAD_STACKABLE] = {"stackable", SCHEMA_BOOL, SCHEMA_AT(head, is_stackable)},
    [HEAD_CALIBER] = {"caliber", SCHEMA_CHOICE, SCHEMA_AT(head, caliber), .choice = caliber_choice},
    [HEAD_TOTAL] = {"total", SCHEMA_CHOICE, SCHEMA_AT(head, total), .choice = total_choice, .is_required = true},
    [HEAD_RECOGNISE] = {"recognise", SCHEMA_NODE, .offset = 0, .is_required = true},
    [HEAD_IDENTITY] = {"identity", SCHEMA_NODE, .offset = 0},
    [HEAD_QUIRKS] = {"quirks", SCHEMA_NODE, .offset = 0},
    [HEAD_METERS] = {"meters", SCHEMA_NODE, .offset = 0, .is_required = true},
};
static const struct schema head_schema = {"driver", head_key, HEAD_COUNT};

static const struct schema_key identity_key[] = {
    {"vendor", SCHEMA_OID, SCHEMA_AT(plan_identity, vendor)}, {"model", SCHEMA_OID, SCHEMA_AT(plan_identity, model)},
    {"serial", SCHEMA_OID, SCHEMA_AT(plan_identity, serial)}, {"firmware", SCHEMA_OID, SCHEMA_AT(plan_identity, firmware)},
    {"uptime", SCHEMA_OID, SCHEMA_AT(plan_identity, uptime)},
};
static const struct schema identity_schema = {"identity", identity_key, sizeof identity_key / sizeof identity_key[0]};

static const struct schema_key quirks_key[] = {
    {"bulk", SCHEMA_BOOL, SCHEMA_AT(quirks, is_bulk_allowed)},
    {"max_repetitions", SCHEMA_U32, SCHEMA_AT(quirks, max_repetitions), .min = 1, .max = 100},
    {"max_varbinds", SCHEMA_U32, SCHEMA_AT(quirks, max_varbinds), .min = 1, .max = 100},
};
static const struct schema quirks_schema = {"quirks", quirks_key, sizeof quirks_key / sizeof quirks_key[0]};

/* sysUpTime.0 (RFC 3418). */
static const struct plan_oid default_uptime = {.length = 9, .id = {1, 3, 6, 1, 2, 1, 1, 3, 0}};

/* A list of 1..max items under `name`; false with a problem otherwise. */
static bool is_list(const struct driver_reader *reader, const struct yaml_node *node, const char *name, size_t max)
{
	if (node->kind != YAML_LIST || node->child_count == 0) {
		problems_add_error(reader->problems, node->place, "%s has to be a list (- ...) of at least one", name);
		return false;
	}
	if (node->child_count > max) {
		problems_add_error(reader->problems, node->place, "%s has %zu items, at most %zu are allowed", name, node->child_count,
				   max);
		return false;
	}
	return true;
}

static void read_head(struct driver_reader *reader, const struct yaml_node *root, struct schema_where *where)
{
	struct plan_snmp_driver *driver = reader->driver;
	struct head head = {0};

	if (!schema_read(&head_schema, root, &head, where, reader->problems))
		return;
	if (where->node[HEAD_SCHEMA] != NULL && strcmp(head.schema, DRIVER_SCHEMA) != 0)
		problems_add_error(reader->problems, where->node[HEAD_SCHEMA]->place, "schema %s is not understood: this program reads %s",
				   head.schema, DRIVER_SCHEMA);
	text_copy(driver->vendor, sizeof driver->vendor, head.vendor);
	text_copy(driver->family, sizeof driver->family, head.family);
	driver->priority = head.priority;
	driver->is_stackable = head.is_stackable;
	driver->total = (enum total_rule)head.total;
	reader->has_caliber = where->node[HEAD_CALIBER] != NULL;
	reader->caliber = (enum caliber)head.caliber;
	if (driver->is_stackable && driver->total != TOTAL_NONE && where->node[HEAD_TOTAL] != NULL)
		problems_add_error(reader->problems, where->node[HEAD_TOTAL]->place,
				   "a stackable driver has total: none, since the device's total is the other driver's");
}

static void read_rules(struct driver_reader *reader, const struct yaml_node *list)
{
	struct plan_snmp_driver *driver = reader->driver;
	bool has_positive = false;

	if (list == NULL || !is_list(reader, list, "recognise", PLAN_RULES_MAX))
		return;
	for (const struct yaml_node *node = list->child; node != NULL; node = node->next) {
		struct plan_rule *rule = &driver->rule[driver->rule_count++];
		driver_read_rule(reader, node, rule);
		has_positive = has_positive || !rule->is_exception;
	}
	if (!has_positive)
		problems_add_error(reader->problems, list->place, "recognise has exceptions only: nothing would ever be recognised");
}

static void read_extras(struct driver_reader *reader, const struct schema_where *where)
{
	struct plan_snmp_driver *driver = reader->driver;
	struct quirks quirks = {.is_bulk_allowed = true};
	struct schema_where unused;

	driver->identity.uptime = default_uptime;
	if (where->node[HEAD_IDENTITY] != NULL)
		schema_read(&identity_schema, where->node[HEAD_IDENTITY], &driver->identity, &unused, reader->problems);
	if (where->node[HEAD_QUIRKS] != NULL)
		schema_read(&quirks_schema, where->node[HEAD_QUIRKS], &quirks, &unused, reader->problems);
	driver->is_bulk_refused = !quirks.is_bulk_allowed;
	driver->max_repetitions = (uint8_t)quirks.max_repetitions;
	driver->max_varbinds = (uint8_t)quirks.max_varbinds;
}

static bool has_group(const struct plan_snmp_driver *driver, const char *key)
{
	for (size_t i = 0; i < driver->group_count; i++) {
		if (strcmp(driver->group[i].key, key) == 0)
			return true;
	}
	return false;
}

/* What the meters together have to be for the driver's total: rule. */
static void check_total(struct driver_reader *reader, struct place place)
{
	const struct plan_snmp_driver *driver = reader->driver;
	size_t totals = 0;
	size_t summands[PLAN_SUMMAND_COUNT] = {0};

	for (size_t i = 0; i < driver->group_count; i++) {
		const struct plan_group *group = &driver->group[i];
		totals += group->role == ROLE_TOTAL ? 1 : 0;
		summands[group->summand]++;
		if (group->role == ROLE_TOTAL && group->is_table && !group->is_first_row_only)
			problems_add_error(reader->problems, place,
					   "meter %s: a total is one meter: say rows: first, or give its whole object identifier",
					   group->key);
	}
	if (driver->total == TOTAL_METER && totals != 1)
		problems_add_error(reader->problems, place, "total: meter needs one meter with role: total, here are %zu", totals);
	if (driver->total != TOTAL_METER && totals > 0)
		problems_add_error(reader->problems, place, "a meter has role: total, but the driver's total is not: meter");
	if (driver->total == TOTAL_SUM && summands[PLAN_SUMMAND_YES] == 0)
		problems_add_error(reader->problems, place, "total: sum needs at least one meter with sum: yes");
	if (driver->total != TOTAL_SUM && summands[PLAN_SUMMAND_NO] < driver->group_count)
		problems_add_error(reader->problems, place, "a meter has sum: %s, but the driver's total is not: sum",
				   summands[PLAN_SUMMAND_YES] > 0 ? "yes" : "else");
}

static void check_former_keys(struct driver_reader *reader, struct place place, size_t at)
{
	const struct plan_snmp_driver *driver = reader->driver;
	const struct plan_group *group = &driver->group[at];

	if (driver->total == TOTAL_SUM)
		driver_check_was(reader->problems, place, group->key, group->was, "total");
	for (size_t i = 0; i < driver->group_count; i++) {
		if (i == at)
			continue;
		driver_check_was(reader->problems, place, group->key, group->was, driver->group[i].key);
		for (size_t w = 0; w < METER_WAS_MAX && i < at; w++)
			driver_check_was(reader->problems, place, group->key, group->was, driver->group[i].was[w]);
	}
}

static void check_groups(struct driver_reader *reader, const struct yaml_node *list)
{
	const struct plan_snmp_driver *driver = reader->driver;
	const struct yaml_node *node = list->child;

	for (size_t i = 0; i < driver->group_count; i++, node = node->next) {
		const struct plan_group *group = &driver->group[i];
		bool is_derived_total = driver->total == TOTAL_SUM && strcmp(group->parent, "total") == 0;
		if (group->parent[0] != '\0' && !is_derived_total && !has_group(driver, group->parent))
			problems_add_error(reader->problems, node->place, "meter %s: its parent %s is no key of this driver", group->key,
					   group->parent);
		if (group->key[0] != '\0' && strcmp(group->parent, group->key) == 0)
			problems_add_error(reader->problems, node->place, "meter %s is its own parent", group->key);
		if (driver->total == TOTAL_SUM && strcmp(group->key, "total") == 0)
			problems_add_error(reader->problems, node->place, "the key total is that of the sum");
		for (size_t j = 0; j < i; j++) {
			if (strcmp(driver->group[j].key, group->key) == 0)
				problems_add_error(reader->problems, node->place, "two meters have the key %s", group->key);
		}
		check_former_keys(reader, node->place, i);
	}
	check_total(reader, list->place);
}

static enum err read_groups(struct driver_reader *reader, const struct yaml_node *list)
{
	struct plan_snmp_driver *driver = reader->driver;

	if (list == NULL || !is_list(reader, list, "meters", PLAN_GROUPS_MAX))
		return ERR_NONE;
	driver->group = mem_new_array(list->child_count, sizeof *driver->group);
	if (driver->group == NULL)
		return ERR_MEMORY;
	for (const struct yaml_node *node = list->child; node != NULL; node = node->next)
		driver_read_group(reader, node, &driver->group[driver->group_count++]);
	check_groups(reader, list);
	return ERR_NONE;
}

static enum err read_snmp(struct plan_snmp_driver *driver, const struct yaml_node *root, struct problems *problems)
{
	struct driver_reader reader = {.problems = problems, .driver = driver};
	struct schema_where where = {{NULL}};

	read_head(&reader, root, &where);
	read_rules(&reader, where.node[HEAD_RECOGNISE]);
	read_extras(&reader, &where);
	return read_groups(&reader, where.node[HEAD_METERS]);
}

static void check_schema(const struct yaml_node *node, struct problems *problems)
{
	if (node != NULL && node->kind == YAML_SCALAR && strcmp(node->text, DRIVER_SCHEMA) != 0)
		problems_add_error(problems, node->place, "schema %s is not understood: this program reads %s", node->text, DRIVER_SCHEMA);
}

/* What all drivers have in common, then what their protocol asks for. */
static enum err read_any(struct driver_any *driver, const char *name, const struct yaml_node *root, uint8_t digest[static 32],
			 struct problems *problems)
{
	const struct yaml_node *protocol = yaml_find(root, "protocol");

	if (protocol != NULL && protocol->kind == YAML_SCALAR && strcmp(protocol->text, "modbus") == 0)
		driver->protocol = WIRE_KIND_MODBUS;
	if (driver->protocol == WIRE_KIND_MODBUS) {
		(void)text_copy(driver->modbus.name, sizeof driver->modbus.name, name);
		memcpy(driver->modbus.sha256, digest, 32);
		check_schema(yaml_find(root, "schema"), problems);
		return driver_modbus_read(&driver->modbus, root, problems);
	}
	(void)text_copy(driver->snmp.name, sizeof driver->snmp.name, name);
	memcpy(driver->snmp.sha256, digest, 32);
	return read_snmp(&driver->snmp, root, problems);
}

enum err driver_any_parse(struct driver_any *out, const char *name, const void *data, size_t bytes, uint32_t file,
			  struct problems *problems)
{
	size_t errors_before = problems->error_count;
	struct yaml *yaml = NULL;
	uint8_t digest[32];
	enum err err = yaml_parse(&yaml, data, bytes, file, problems);

	*out = (struct driver_any){.protocol = WIRE_KIND_SNMP};
	if (err == ERR_NONE) {
		if (!text_is_id(name))
			problems_add_error(problems, (struct place){.file = file},
					   "\"%s\" is no name for a driver: 1 to 63 of a-z A-Z 0-9 . _ -", name);
		crypto_hash_sha256(digest, data, bytes);
		err = read_any(out, name, yaml_root(yaml), digest, problems);
	}
	if (err == ERR_NONE && problems->error_count > errors_before)
		err = ERR_CONFIG;
	if (err == ERR_MEMORY)
		problems->is_out_of_memory = true;
	yaml_free(yaml);
	if (err != ERR_NONE)
		driver_any_deinit(out);
	return err;
}

/* Takes the snmp driver out of one of either kind. */
static enum err take_snmp(struct plan_snmp_driver *out, struct driver_any *driver, uint32_t file, struct problems *problems)
{
	if (driver->protocol != WIRE_KIND_SNMP) {
		problems_add_error(problems, (struct place){.file = file}, "protocol: snmp is needed here, this driver is for modbus");
		driver_any_deinit(driver);
		return ERR_CONFIG;
	}
	*out = driver->snmp;
	return ERR_NONE;
}

enum err driver_parse(struct plan_snmp_driver *out, const char *name, const void *data, size_t bytes, uint32_t file,
		      struct problems *problems)
{
	struct driver_any *driver = mem_new(sizeof *driver);
	enum err err = driver != NULL ? driver_any_parse(driver, name, data, bytes, file, problems) : ERR_MEMORY;

	if (err == ERR_NONE)
		err = take_snmp(out, driver, file, problems);
	if (driver == NULL)
		problems->is_out_of_memory = true;
	mem_free(driver);
	return err;
}

enum err driver_any_load(struct driver_any *out, const char *path, struct problems *problems)
{
	char name[PLAN_ID_BYTES];
	struct err_info info = {0};
	struct buf data;

	/* A name that is too long is none, and the driver's own is not it. */
	search_stem(path, ".yaml", name, sizeof name);
	uint32_t file = problems_add_file(problems, path);
	buf_init(&data, DRIVER_FILE_BYTES_MAX);
	enum err err = search_read(path, &data, &info);
	if (err != ERR_NONE)
		problems_add_error(problems, (struct place){.file = file}, "%s", info.text);
	else
		err = driver_any_parse(out, name, data.data, data.bytes, file, problems);
	buf_deinit(&data);
	return err == ERR_NONE || err == ERR_MEMORY ? err : ERR_CONFIG;
}

enum err settings_driver_load(struct plan_snmp_driver *out, const char *path, struct problems *problems)
{
	struct driver_any *driver = mem_new(sizeof *driver);
	enum err err = driver != NULL ? driver_any_load(driver, path, problems) : ERR_MEMORY;

	if (err == ERR_NONE)
		err = take_snmp(out, driver, problems->file_count > 0 ? (uint32_t)problems->file_count - 1 : 0, problems);
	if (driver == NULL)
		problems->is_out_of_memory = true;
	mem_free(driver);
	return err;
}

void driver_deinit(struct plan_snmp_driver *driver)
{
	driver->group = mem_free(driver->group);
	driver->group_count = 0;
}

void driver_any_deinit(struct driver_any *driver)
{
	driver_deinit(&driver->snmp);
	driver->modbus.group = mem_free(driver->modbus.group);
	driver->modbus.group_count = 0;
}
