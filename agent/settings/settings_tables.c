/* SPDX-License-Identifier: Apache-2.0 */
/* settings_tables: the drivers that the devices need, and the factors of the sites' zones. */
#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"
#include "settings/annual.h"
#include "settings/driver.h"
#include "settings/grid.h"
#include "settings/id_index.h"
#include "settings/search.h"
#include "settings/settings_priv.h"

#include <string.h>

#ifndef WATTLEDGER_SYSCONFDIR
#define WATTLEDGER_SYSCONFDIR "/etc"
#endif

/* What is looked for, and where beside the program. */
struct table_kind {
	const char *name;   /* below share/wattledger and /etc/wattledger */
	const char *source; /* in a build tree */
	const char *suffix;
	const char *of_option;
	const char *of_config;
	enum settings_once once;
};

static void add_folder(struct loader *loader, struct search *search, const char *folder, const struct table_kind *kind, struct place place)
{
	struct err_info info = {0};

	if (folder == NULL || folder[0] == '\0')
		return;
	if (search_add_folder(search, folder, kind->suffix, false, &info) != ERR_NONE)
		problems_add_error(loader->problems, place, "%s", info.text);
}

/* First what comes with the program, then the operator's: of the system, of the config, of the command line. */
static void find_files(struct loader *loader, struct search *search, const struct table_kind *kind)
{
	const char *exe_dir = loader->options->exe_dir;
	const struct yaml_node *node = loader->once[kind->once];
	char own_dir[PLAN_PATH_BYTES];
	char folder[PLAN_PATH_BYTES];
	bool is_installed = false;
	struct err_info info = {0};

	search_exe_dir(own_dir);
	if (search_find_base(folder, exe_dir != NULL ? exe_dir : own_dir, kind->name, kind->source, &is_installed))
		add_folder(loader, search, folder, kind, (struct place){0});
	if (is_installed && search_add_folder(search, kind->of_option, kind->suffix, true, &info) != ERR_NONE)
		problems_add_error(loader->problems, (struct place){0}, "%s", info.text);
	add_folder(loader, search, kind->of_config, kind, node != NULL ? node->place : (struct place){0});
}

/* ---- drivers ---- */

static bool is_needed(const struct loader *loader, const char *name, bool has_auto)
{
	for (size_t i = 0; !has_auto && i < loader->out->core.device_count; i++) {
		if (strcmp(loader->device_note[i].driver, name) == 0)
			return true;
	}
	return has_auto;
}

struct driver_capacities {
	size_t snmp;
	size_t modbus;
};

/* Into the plan of its collector; those of Modbus only where a device names them. */
static void keep_driver(struct loader *loader, struct driver_any *driver, struct driver_capacities *capacity)
{
	struct plan_snmp *snmp = &loader->out->snmp;
	struct plan_modbus *modbus = &loader->out->modbus;
	struct plan_snmp_driver *snmp_driver = NULL;
	struct plan_modbus_driver *modbus_driver = NULL;
	void *list = snmp->driver;

	if (driver->protocol == WIRE_KIND_SNMP) {
		snmp_driver = loader_append(loader, &list, &capacity->snmp, &snmp->driver_count, PLAN_DRIVERS_MAX, sizeof *snmp_driver);
		snmp->driver = list;
	} else if (is_needed(loader, driver->modbus.name, false)) {
		list = modbus->driver;
		modbus_driver =
		    loader_append(loader, &list, &capacity->modbus, &modbus->driver_count, PLAN_MODBUS_DRIVERS_MAX, sizeof *modbus_driver);
		modbus->driver = list;
	}
	if (snmp_driver != NULL)
		*snmp_driver = driver->snmp;
	else if (modbus_driver != NULL)
		*modbus_driver = driver->modbus;
	else
		driver_any_deinit(driver);
}

static void load_drivers(struct loader *loader, const struct search *search, bool has_auto)
{
	struct driver_any *driver = mem_new(sizeof *driver);
	struct driver_capacities capacity = {0};

	if (driver == NULL) {
		loader->is_out_of_memory = true;
		return;
	}
	for (size_t i = 0; i < search->count; i++) {
		char name[PLAN_ID_BYTES];
		if (search_stem(search->file[i].path, ".yaml", name, sizeof name) && !is_needed(loader, name, has_auto))
			continue;
		if (driver_any_load(driver, search->file[i].path, loader->problems) == ERR_NONE)
			keep_driver(loader, driver, &capacity);
	}
	mem_free(driver);
}

/* The name nearest to a driver that is not there. */
static void add_unknown_driver(struct loader *loader, const struct search *search, const struct device_note *note)
{
	char(*name)[PLAN_ID_BYTES] = mem_new_array(search->count > 0 ? search->count : 1, sizeof *name);
	const char **word = mem_new_array(search->count + 1, sizeof *word);

	if (name != NULL && word != NULL) {
		for (size_t i = 0; i < search->count; i++) {
			search_stem(search->file[i].path, ".yaml", name[i], sizeof name[i]);
			word[i] = name[i];
		}
		const char *nearest = text_nearest(note->driver, word);
		problems_add_error(loader->problems, note->driver_place,
				   nearest != NULL ? "driver: there is no %s: did you mean %s?" : "driver: there is no %s%s", note->driver,
				   nearest != NULL ? nearest : " (wattledger drivers list tells what there is)");
	} else {
		loader->is_out_of_memory = true;
	}
	mem_free(name);
	mem_free(word);
}

static bool has_file(const struct search *search, const char *driver)
{
	char name[PLAN_ID_BYTES];

	for (size_t i = 0; i < search->count; i++) {
		if (search_stem(search->file[i].path, ".yaml", name, sizeof name) && strcmp(name, driver) == 0)
			return true;
	}
	return false;
}

/* The drivers of the two collectors, by name. */
struct driver_index {
	struct id_index snmp;
	struct id_index modbus;
};

/* There is a driver of that name, for the other protocol, or a broken one (which has told its own problems). */
static void add_missing_driver(struct loader *loader, const struct search *search, const struct device_note *note, bool is_of_other)
{
	if (is_of_other)
		problems_add_error(loader->problems, note->driver_place, "driver: %s is for the other protocol", note->driver);
	else if (!has_file(search, note->driver))
		add_unknown_driver(loader, search, note);
}

static void place_driver(struct loader *loader, const struct search *search, const struct driver_index *drivers, size_t at)
{
	const struct device_note *note = &loader->device_note[at];
	const struct plan_device *device = &loader->out->core.device[at];
	bool is_modbus = device->source == WIRE_KIND_MODBUS;
	uint32_t snmp;
	uint32_t modbus;

	/* No name: it is of neither, or its address was refused. */
	if (note->driver[0] == '\0' || strcmp(note->driver, "auto") == 0)
		return;
	snmp = id_index_find(&drivers->snmp, note->driver);
	modbus = id_index_find(&drivers->modbus, note->driver);
	if (is_modbus && modbus != ID_INDEX_NONE)
		loader->out->modbus.device[device->source_device].driver = modbus;
	else if (device->source == WIRE_KIND_SNMP && snmp != ID_INDEX_NONE)
		loader->out->snmp.device[device->source_device].driver = snmp;
	else
		add_missing_driver(loader, search, note, (is_modbus ? snmp : modbus) != ID_INDEX_NONE);
}

static bool is_any_of(const struct search *search, enum wire_kind protocol)
{
	struct driver_any *driver = mem_new(sizeof *driver);
	struct problems unheard = {0}; /* load_drivers() has told of those that are needed */
	bool is_found = false;

	for (size_t i = 0; driver != NULL && i < search->count && !is_found; i++) {
		if (driver_any_load(driver, search->file[i].path, &unheard) != ERR_NONE)
			continue;
		is_found = driver->protocol == protocol;
		driver_any_deinit(driver);
	}
	problems_deinit(&unheard);
	mem_free(driver);
	return is_found;
}

/*
 * The package of a collector brings its drivers. Where it is not installed the devices wait for it, as they wait for the collector, and all else
 * is metered.
 */
static bool has_drivers(struct loader *loader, const struct search *search, enum wire_kind protocol)
{
	const struct settings *out = loader->out;
	size_t device_count = protocol == WIRE_KIND_SNMP ? out->snmp.device_count : out->modbus.device_count;
	size_t driver_count = protocol == WIRE_KIND_SNMP ? out->snmp.driver_count : out->modbus.driver_count;
	const char *name = wire_kind_name(protocol);

	if (device_count == 0 || driver_count > 0 || is_any_of(search, protocol))
		return true;
	problems_add_warning(
	    loader->problems, (struct place){0},
	    "there is no driver for %s, whose devices (%zu) are not read: `apt install wattledger-%s` brings them (or dnf; "
	    "elsewhere: --drivers names their folder)",
	    name, device_count, name);
	return false;
}

static void read_drivers(struct loader *loader)
{
	const struct table_kind kind = {"drivers",           "drivers",   ".yaml", WATTLEDGER_SYSCONFDIR "/wattledger/drivers",
					loader->drivers_dir, ONCE_DRIVERS};
	const struct plan_snmp *snmp = &loader->out->snmp;
	const struct plan_modbus *modbus = &loader->out->modbus;
	struct search search = {.takes_packed = true};
	struct driver_index index = {0};
	bool has_auto = false;
	bool has_snmp;
	bool has_modbus;

	for (size_t i = 0; i < loader->out->core.device_count; i++)
		has_auto = has_auto || strcmp(loader->device_note[i].driver, "auto") == 0;
	find_files(loader, &search, &kind);
	add_folder(loader, &search, loader->options->drivers_dir, &kind, (struct place){0});
	load_drivers(loader, &search, has_auto);
	has_snmp = has_drivers(loader, &search, WIRE_KIND_SNMP);
	has_modbus = has_drivers(loader, &search, WIRE_KIND_MODBUS);
	if (id_index_init(&index.snmp, snmp->driver, snmp->driver_count, sizeof *snmp->driver, offsetof(struct plan_snmp_driver, name)) !=
		ERR_NONE ||
	    id_index_init(&index.modbus, modbus->driver, modbus->driver_count, sizeof *modbus->driver,
			  offsetof(struct plan_modbus_driver, name)) != ERR_NONE)
		loader->is_out_of_memory = true;
	for (size_t i = 0; i < loader->out->core.device_count && !loader->is_out_of_memory; i++) {
		if (loader->out->core.device[i].source == WIRE_KIND_MODBUS ? has_modbus : has_snmp)
			place_driver(loader, &search, &index, i);
	}
	id_index_deinit(&index.snmp);
	id_index_deinit(&index.modbus);
	search_deinit(&search);
}

/* ---- factors ---- */

static void add_factors(struct loader *loader, const struct grid *grid, size_t first, size_t count, size_t *capacity)
{
	struct plan_core *core = &loader->out->core;

	for (size_t i = 0; i < count; i++) {
		void *list = core->factor;
		struct plan_factor *factor = loader_append(loader, &list, capacity, &core->factor_count, PLAN_FACTORS_MAX, sizeof *factor);
		core->factor = list;
		if (factor == NULL)
			return;
		*factor = grid->row[first + i].factor;
	}
}

static void add_unknown_zone(struct loader *loader, const struct grid *grid, size_t site)
{
	const char *zone = loader->out->core.site[site].grid_zone;
	const char *nearest = grid_nearest(grid, zone);

	if (nearest != NULL)
		problems_add_error(loader->problems, loader->site_note[site].zone_place, "zone: no table has the zone %s: did you mean %s?",
				   zone, nearest);
	else
		problems_add_error(
		    loader->problems, loader->site_note[site].zone_place,
		    "zone: no table has the zone %s: it is a country's two letters (NO), EU, 001 for the world, or one of your own tables",
		    zone);
}

/* Zones in the order of the grid, so that the factors are sorted; each once. */
static void take_zones(struct loader *loader, const struct grid *grid)
{
	const struct plan_core *core = &loader->out->core;
	struct id_index zones = {0};
	size_t capacity = 0;

	if (id_index_init(&zones, core->site, core->site_count, sizeof *core->site, offsetof(struct plan_site, grid_zone)) != ERR_NONE) {
		loader->is_out_of_memory = true;
		return;
	}
	for (size_t i = 0; i < zones.count; i++) {
		const char *zone = zones.entry[i].id;
		size_t count = 0;
		bool is_again = i > 0 && strcmp(zone, zones.entry[i - 1].id) == 0;
		if (zone[0] == '\0')
			continue;
		size_t first = grid_find(grid, zone, &count);
		if (count == 0)
			add_unknown_zone(loader, grid, zones.entry[i].at);
		else if (!is_again)
			add_factors(loader, grid, first, count, &capacity);
	}
	id_index_deinit(&zones);
}

/* What `factors import` kept beside the ledger; a folder that the reader of a configuration may not look into is not its matter. */
static void add_imported(struct loader *loader, struct search *search)
{
	char folder[PLAN_PATH_BYTES];
	struct err_info info = {0};

	if (file_join(folder, sizeof folder, loader->out->state_dir, GRID_STATE_FOLDER, &info) != ERR_NONE)
		return;
	if (search_add_folder(search, folder, ".csv", true, &info) != ERR_NONE && info.code != ERR_PERMISSION)
		problems_add_error(loader->problems, (struct place){0}, "%s", info.text);
}

static void read_grid(struct loader *loader)
{
	const struct table_kind kind = {"grid",           "config/grid", ".csv", WATTLEDGER_SYSCONFDIR "/wattledger/grid",
					loader->grid_dir, ONCE_GRID};
	size_t errors_before = loader->problems->error_count;
	struct search search = {.takes_packed = true};
	struct grid grid = {0};
	enum err err = ERR_NONE;

	find_files(loader, &search, &kind);
	add_imported(loader, &search);
	add_folder(loader, &search, loader->options->grid_dir, &kind, (struct place){0});
	for (size_t i = 0; i < search.count && err != ERR_MEMORY; i++)
		err = grid_load(&grid, search.file[i].path, search.file[i].layer, loader->problems);
	if (err != ERR_MEMORY)
		err = grid_finish(&grid, loader->problems);
	if (err == ERR_MEMORY)
		loader->is_out_of_memory = true;
	else if (search.count == 0)
		problems_add_error(loader->problems, (struct place){0},
				   "no grid tables were found beside the program: name their folder with --grid");
	else if (loader->problems->error_count == errors_before)
		take_zones(loader, &grid);
	grid_deinit(&grid);
	search_deinit(&search);
}

void loader_read_tables(struct loader *loader)
{
	bool has_zone = false;

	for (size_t i = 0; i < loader->out->core.site_count; i++)
		has_zone = has_zone || loader->out->core.site[i].grid_zone[0] != '\0';
	if (loader->out->snmp.device_count > 0 || loader->out->modbus.device_count > 0)
		read_drivers(loader);
	if (has_zone && !loader->is_out_of_memory)
		read_grid(loader);
}
