/* SPDX-License-Identifier: Apache-2.0 */
#include "powercap_tree.h"

#include "base/file.h"
#include "base/json.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FOLDER_MODE = 0755, ENERGY_BYTES = 16, FULL_PATH_BYTES = 1024, VALUE_BYTES = 64 };

#define UJ_PER_J 1e6
#define CORE_SHARE 0.60
#define UNCORE_SHARE 0.10
#define DRAM_SHARE 0.15
#define PSYS_EXTRA_W 12.0
#define POWER_MIN_SHARE 2 /* the mean power lies between a half and all of what was asked, unless the curve is flat */

/* ---- Which zones there are ------------------------------------------------------------------------------------------------- */

static struct powercap_zone *add_zone(struct powercap_tree *tree, const char *path, const char *name)
{
	struct powercap_zone *zone = &tree->zones[tree->zone_count++];

	*zone = (struct powercap_zone){.energy_fd = -1, .share = 1};
	(void)text_copy(zone->path, sizeof zone->path, path);
	(void)text_copy(zone->name, sizeof zone->name, name);
	zone->start_uj = sim_mix(tree->options.seed ^ sim_mix(tree->zone_count)) % (tree->options.range_uj + 1);
	return zone;
}

/* Sub-zone `number` of zone intel-rapl:`parent`. */
static struct powercap_zone *add_child(struct powercap_tree *tree, uint32_t parent, uint32_t number, const char *name)
{
	char path[POWERCAP_PATH_BYTES];

	snprintf(path, sizeof path, "intel-rapl/intel-rapl:%u/intel-rapl:%u:%u", parent, parent, number);
	return add_zone(tree, path, name);
}

static void add_children(struct powercap_tree *tree, uint32_t zone_number, uint32_t package)
{
	struct powercap_zone *zone;
	uint32_t number = 0;

	if (tree->options.layout != POWERCAP_SERVER) {
		zone = add_child(tree, zone_number, number++, "core");
		zone->share = CORE_SHARE;
		zone->package = package;
	}
	if (tree->options.layout == POWERCAP_CLIENT) {
		zone = add_child(tree, zone_number, number++, "uncore");
		zone->share = UNCORE_SHARE;
		zone->package = package;
	}
	if (tree->options.layout != POWERCAP_AMD) {
		zone = add_child(tree, zone_number, number, "dram");
		zone->share = DRAM_SHARE;
		zone->package = package;
		zone->is_counted = true;
	}
}

/* One package zone; with several dies one for each, all with the same counter. */
static void add_package(struct powercap_tree *tree, uint32_t package, uint32_t *zone_number)
{
	uint64_t start_uj = 0;

	for (uint32_t die = 0; die < tree->options.die_count; die++, ++*zone_number) {
		char path[POWERCAP_PATH_BYTES];
		char name[POWERCAP_NAME_BYTES];

		snprintf(path, sizeof path, "intel-rapl/intel-rapl:%u", *zone_number);
		snprintf(name, sizeof name, "package-%u", package);
		if (tree->options.die_count > 1)
			snprintf(name, sizeof name, "package-%u-die-%u", package, die);
		struct powercap_zone *zone = add_zone(tree, path, name);

		zone->package = package;
		zone->is_counted = die == 0;
		if (die > 0)
			zone->start_uj = start_uj;
		start_uj = zone->start_uj;
		add_children(tree, *zone_number, package);
	}
}

static void add_all_zones(struct powercap_tree *tree)
{
	uint32_t zone_number = 0;
	char path[POWERCAP_PATH_BYTES];

	for (uint32_t package = 0; package < tree->options.package_count; package++)
		add_package(tree, package, &zone_number);
	if (tree->options.layout != POWERCAP_CLIENT)
		return;
	snprintf(path, sizeof path, "intel-rapl/intel-rapl:%u", zone_number);
	struct powercap_zone *psys = add_zone(tree, path, "psys");
	psys->package = UINT32_MAX;
	psys->share = 1 + DRAM_SHARE;
	psys->extra_w = PSYS_EXTRA_W;
	struct powercap_zone *twin = add_zone(tree, "intel-rapl-mmio/intel-rapl-mmio:0", "package-0");
	twin->start_uj = tree->zones[0].start_uj;
}

/* ---- Files ----------------------------------------------------------------------------------------------------------------- */

static enum err write_file(const char *folder, const char *name, mode_t mode, const char *value, int *kept_fd, struct err_info *info)
{
	char path[FULL_PATH_BYTES];
	enum err err = file_join(path, sizeof path, folder, name, info);
	int fd;

	if (err != ERR_NONE)
		return err;
	/* A file of an earlier run cannot be written, as in the kernel's tree. */
	(void)unlink(path);
	fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		return err_set_errno(info, ERR_IO, errno, "%s", path);
	err = file_write_all(fd, value, strlen(value), info);
	if (err == ERR_NONE && fchmod(fd, mode) != 0)
		err = err_set_errno(info, ERR_IO, errno, "%s", path);
	if (err == ERR_NONE && kept_fd != NULL)
		*kept_fd = fd;
	else
		close(fd);
	return err;
}

static enum err make_link(const char *folder, const char *name, const char *target, struct err_info *info)
{
	char path[FULL_PATH_BYTES];
	enum err err = file_join(path, sizeof path, folder, name, info);

	if (err == ERR_NONE && symlink(target, path) != 0 && errno != EEXIST)
		err = err_set_errno(info, ERR_IO, errno, "%s", path);
	return err;
}

static const char *last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

/* The files of a zone but its energy, as the kernel writes them. */
static enum err write_zone_files(const struct powercap_tree *tree, const char *folder, const struct powercap_zone *zone,
				 struct err_info *info)
{
	char line[VALUE_BYTES];
	char range[VALUE_BYTES];
	char limit[VALUE_BYTES];
	enum err err = ERR_NONE;

	snprintf(line, sizeof line, "%s\n", zone->name);
	snprintf(range, sizeof range, "%llu\n", (unsigned long long)tree->options.range_uj);
	snprintf(limit, sizeof limit, "%llu\n", (unsigned long long)tree->options.package_w * 2000000ULL);
	const struct {
		const char *name;
		mode_t mode;
		const char *value;
	} files[] = {
	    {"name", 0444, line},
	    {"max_energy_range_uj", 0444, range},
	    {"enabled", 0644, "1\n"},
	    {"uevent", 0644, ""},
	    {"constraint_0_name", 0444, "long_term\n"},
	    {"constraint_0_power_limit_uw", 0644, limit},
	    {"constraint_0_max_power_uw", 0444, limit},
	    {"constraint_0_time_window_us", 0644, "27983872\n"},
	};
	for (size_t i = 0; i < sizeof files / sizeof files[0] && err == ERR_NONE; i++)
		err = write_file(folder, files[i].name, files[i].mode, files[i].value, NULL, info);
	return err;
}

static enum err make_zone(const struct powercap_tree *tree, struct powercap_zone *zone, struct err_info *info)
{
	char folder[FULL_PATH_BYTES];
	char class_folder[FULL_PATH_BYTES];
	char target[POWERCAP_PATH_BYTES + VALUE_BYTES];
	enum err err = ERR_NONE;

	if (snprintf(folder, sizeof folder, "%s/devices/virtual/powercap/%s", tree->options.root, zone->path) >= (int)sizeof folder)
		return err_set(info, ERR_LIMIT, "the path \"%s\" is too long", tree->options.root);
	snprintf(class_folder, sizeof class_folder, "%s/class/powercap", tree->options.root);
	snprintf(target, sizeof target, "../../devices/virtual/powercap/%s", zone->path);
	err = file_make_dirs(folder, FOLDER_MODE, info);
	if (err == ERR_NONE)
		err = write_zone_files(tree, folder, zone, info);
	if (err == ERR_NONE)
		err = write_file(folder, "energy_uj", 0400, "", &zone->energy_fd, info);
	if (err == ERR_NONE)
		err = make_link(class_folder, last_part(zone->path), target, info);
	return err;
}

/* The control types (intel-rapl, intel-rapl-mmio) stand in the class beside their zones. */
static enum err make_control_type(const struct powercap_tree *tree, const char *name, struct err_info *info)
{
	char folder[FULL_PATH_BYTES];
	char target[VALUE_BYTES];
	enum err err;

	if (snprintf(folder, sizeof folder, "%s/devices/virtual/powercap/%s", tree->options.root, name) >= (int)sizeof folder)
		return err_set(info, ERR_LIMIT, "the path \"%s\" is too long", tree->options.root);
	err = file_make_dirs(folder, FOLDER_MODE, info);
	if (err == ERR_NONE)
		err = write_file(folder, "enabled", 0644, "1\n", NULL, info);
	snprintf(folder, sizeof folder, "%s/class/powercap", tree->options.root);
	snprintf(target, sizeof target, "../../devices/virtual/powercap/%s", name);
	if (err == ERR_NONE)
		err = file_make_dirs(folder, FOLDER_MODE, info);
	if (err == ERR_NONE)
		err = make_link(folder, name, target, info);
	return err;
}

enum err powercap_tree_open(struct powercap_tree *tree, const struct powercap_options *options, struct err_info *info)
{
	enum err err;

	*tree = (struct powercap_tree){.options = *options, .reset_t_s = -1};
	for (uint32_t i = 0; i < options->package_count; i++) {
		uint32_t low = options->shape == SIM_SHAPE_FLAT ? options->package_w : options->package_w / POWER_MIN_SHARE;

		tree->packages[i] = sim_curve_make(options->shape, low, options->package_w, options->seed + i);
	}
	add_all_zones(tree);
	err = make_control_type(tree, "intel-rapl", info);
	if (err == ERR_NONE && options->layout == POWERCAP_CLIENT)
		err = make_control_type(tree, "intel-rapl-mmio", info);
	for (size_t i = 0; i < tree->zone_count && err == ERR_NONE; i++)
		err = make_zone(tree, &tree->zones[i], info);
	if (err == ERR_NONE)
		err = powercap_tree_update(tree, 0, info);
	if (err != ERR_NONE)
		powercap_tree_close(tree);
	return err;
}

void powercap_tree_close(struct powercap_tree *tree)
{
	for (size_t i = 0; i < tree->zone_count; i++) {
		if (tree->zones[i].energy_fd >= 0)
			close(tree->zones[i].energy_fd);
		tree->zones[i].energy_fd = -1;
	}
}

/* ---- Numbers --------------------------------------------------------------------------------------------------------------- */

double powercap_zone_energy_j(const struct powercap_tree *tree, const struct powercap_zone *zone, double t_s)
{
	double energy_j = 0;

	for (uint32_t i = 0; i < tree->options.package_count; i++)
		if (zone->package == UINT32_MAX || zone->package == i)
			energy_j += sim_curve_integral(&tree->packages[i], t_s);
	return energy_j * zone->share + zone->extra_w * t_s;
}

uint64_t powercap_zone_counter_uj(const struct powercap_tree *tree, const struct powercap_zone *zone, double t_s)
{
	double energy_j = powercap_zone_energy_j(tree, zone, t_s);
	uint64_t start_uj = zone->start_uj;

	if (tree->reset_t_s >= 0) {
		energy_j -= powercap_zone_energy_j(tree, zone, tree->reset_t_s);
		start_uj = 0;
	}
	return (start_uj + (uint64_t)floor(energy_j * UJ_PER_J)) % (tree->options.range_uj + 1);
}

void powercap_tree_reset(struct powercap_tree *tree, double t_s)
{
	tree->reset_t_s = t_s;
}

enum err powercap_tree_update(struct powercap_tree *tree, double t_s, struct err_info *info)
{
	char text[ENERGY_BYTES + 1];

	for (size_t i = 0; i < tree->zone_count; i++) {
		const struct powercap_zone *zone = &tree->zones[i];

		snprintf(text, sizeof text, "%015llu\n", (unsigned long long)powercap_zone_counter_uj(tree, zone, t_s));
		if (pwrite(zone->energy_fd, text, ENERGY_BYTES, 0) != ENERGY_BYTES)
			return err_set_errno(info, ERR_IO, errno, "%s/energy_uj cannot be written", zone->path);
	}
	return ERR_NONE;
}

/* ---- Truth ----------------------------------------------------------------------------------------------------------------- */

static void add_double(struct json *json, const char *key, double value)
{
	char text[VALUE_BYTES];

	snprintf(text, sizeof text, "%.6f", value);
	json_add_raw(json, key, text);
}

static void begin_line(struct powercap_tree *tree, struct json *json, struct buf *out, const char *zone)
{
	json_init(json, out);
	json_open_object(json, NULL);
	json_add_i64(json, "truth", (int64_t)tree->truth_count);
	json_add_text(json, "zone", zone);
}

static void end_line(struct json *json, double t_s, double energy_j)
{
	add_double(json, "t_s", t_s);
	add_double(json, "energy_j", energy_j);
	json_close_object(json);
	buf_add_char(json->out, '\n');
}

void powercap_tree_add_truth(struct powercap_tree *tree, double t_s, struct buf *out)
{
	double total_j = 0;
	struct json json;

	tree->truth_count++;
	for (size_t i = 0; i < tree->zone_count; i++) {
		const struct powercap_zone *zone = &tree->zones[i];
		double energy_j = powercap_zone_energy_j(tree, zone, t_s);

		if (zone->is_counted)
			total_j += energy_j;
		begin_line(tree, &json, out, last_part(zone->path));
		json_add_text(&json, "name", zone->name);
		json_add_text(&json, "path", zone->path);
		json_add_bool(&json, "counted", zone->is_counted);
		json_add_i64(&json, "counter_uj", (int64_t)powercap_zone_counter_uj(tree, zone, t_s));
		json_add_i64(&json, "start_uj", tree->reset_t_s >= 0 ? 0 : (int64_t)zone->start_uj);
		json_add_i64(&json, "range_uj", (int64_t)tree->options.range_uj);
		end_line(&json, t_s, energy_j);
	}
	begin_line(tree, &json, out, "total");
	end_line(&json, t_s, total_j);
}
