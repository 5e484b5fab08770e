/* SPDX-License-Identifier: Apache-2.0 */
#include "rapl/hwmon.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "model/units.h"
#include "rapl/sensor.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SCAN_CALM_NS (600 * UNITS_NS_PER_S)
#define SCAN_MISSING_NS (60 * UNITS_NS_PER_S)

/* ---- What there is --------------------------------------------------------------------------------------------------------------------- */

/* Files that were found, while they are sorted out. */
struct found {
	struct c_rapl_hwmon_file *file; /* C_RAPL_HWMON_MAX of room */
	size_t count;
};

/* "1-0040": the last part of where the link `device` points to. */
static void read_place(int class_fd, const char *folder, char out[static C_RAPL_CHIP_BYTES])
{
	char path[C_RAPL_CHIP_BYTES + 8];
	char target[PLAN_PATH_BYTES];
	ssize_t bytes;
	const char *slash;

	snprintf(path, sizeof path, "%.*s/device", C_RAPL_CHIP_BYTES - 1, folder);
	bytes = readlinkat(class_fd, path, target, sizeof target - 1);
	out[0] = '\0';
	if (bytes <= 0)
		return;
	target[bytes] = '\0';
	slash = strrchr(target, '/');
	slash = slash != NULL ? slash + 1 : target;
	(void)text_clean(out, C_RAPL_CHIP_BYTES, slash, strlen(slash));
}

static void read_label(int class_fd, struct c_rapl_hwmon_file *file)
{
	char name[C_RAPL_FILE_BYTES + 8];

	snprintf(name, sizeof name, "%.*s_label", (int)strcspn(file->name, "_"), file->name);
	(void)!c_rapl_sensor_text_of(class_fd, file->folder, name, file->label, sizeof file->label);
}

/* An ACPI meter of a battery is no meter of the machine. */
static bool is_of_battery(int class_fd, const struct c_rapl_hwmon_file *file)
{
	int64_t value;

	return file->scope == C_RAPL_HWMON_ACPI && c_rapl_sensor_number_of(class_fd, file->folder, "power1_is_battery", &value) &&
	       value == 1;
}

static void take_file(int class_fd, struct found *found, const struct c_rapl_hwmon_file *chip, const char *name)
{
	struct c_rapl_hwmon_file file = *chip;
	int64_t humidity;

	if (found->count == C_RAPL_HWMON_MAX || !c_rapl_hwmon_parse(name, &file))
		return;
	read_label(class_fd, &file);
	if (c_rapl_hwmon_place(&file, c_rapl_sensor_number_of(class_fd, file.folder, "humidity1_input", &humidity)) &&
	    !is_of_battery(class_fd, &file))
		found->file[found->count++] = file;
}

/* Where a chip's files lie: in its folder, or, with drivers that register in the older way (the ACPI power meter's), in that of its device. */
static bool find_chip(int class_fd, const char *folder, struct c_rapl_hwmon_file *chip)
{
	if (!text_copy(chip->folder, sizeof chip->folder, folder))
		return false;
	if (c_rapl_sensor_text_of(class_fd, chip->folder, "name", chip->chip, sizeof chip->chip) > 0)
		return true;
	return snprintf(chip->folder, sizeof chip->folder, "%s/device", folder) < (int)sizeof chip->folder &&
	       c_rapl_sensor_text_of(class_fd, chip->folder, "name", chip->chip, sizeof chip->chip) > 0;
}

static void take_chip(int class_fd, struct found *found, const char *folder)
{
	struct c_rapl_hwmon_file chip = {.index = 0};
	int fd = find_chip(class_fd, folder, &chip) ? openat(class_fd, chip.folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	DIR *files = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;

	if (files == NULL && fd >= 0)
		(void)close(fd);
	if (files == NULL)
		return;
	read_place(class_fd, folder, chip.place);
	while ((entry = readdir(files)) != NULL)
		take_file(class_fd, found, &chip, entry->d_name);
	(void)closedir(files);
}

/* hwmon9 before hwmon10, power1 before power2: the same order at each start. */
static int compare(const void *a, const void *b)
{
	const struct c_rapl_hwmon_file *left = a;
	const struct c_rapl_hwmon_file *right = b;
	int order = strcmp(left->chip, right->chip);

	order = order != 0 ? order : strcmp(left->place, right->place);
	order = order != 0 ? order : strcmp(left->folder, right->folder);
	order = order != 0 ? order : (int)left->index - (int)right->index;
	return order != 0 ? order : strcmp(left->name, right->name);
}

static void find_files(const struct c_rapl_hwmon *hwmon, struct found *found)
{
	DIR *class = opendir(hwmon->class_path);
	const struct dirent *entry;

	while (class != NULL && (entry = readdir(class)) != NULL) {
		if (strncmp(entry->d_name, "hwmon", 5) == 0)
			take_chip(dirfd(class), found, entry->d_name);
	}
	if (class != NULL)
		(void)closedir(class);
	if (found->count > 0)
		qsort(found->file, found->count, sizeof *found->file, compare);
	found->count = c_rapl_hwmon_prune(found->file, found->count);
}

/* ---- Gauges ---------------------------------------------------------------------------------------------------------------------------- */

static void close_all(struct c_rapl_hwmon *hwmon)
{
	for (size_t i = 0; i < hwmon->count; i++) {
		if (hwmon->gauge[i].fd >= 0)
			(void)close(hwmon->gauge[i].fd);
	}
	hwmon->count = 0;
}

/* Two chips of one name at no place of their own cannot be told apart: the second is left out. */
static bool is_taken(const struct c_rapl_hwmon *hwmon, uint32_t meter, const struct c_rapl_hwmon_file *file)
{
	for (size_t i = 0; i < hwmon->count; i++) {
		if (hwmon->gauge[i].meter == meter && hwmon->gauge[i].file.quantity == file->quantity)
			return true;
	}
	return false;
}

static enum err add_gauge(struct c_rapl_hwmon *hwmon, const struct c_rapl_hwmon_file *file, const struct meter_info *info, int class_fd)
{
	struct c_rapl_gauge *gauge = &hwmon->gauge[hwmon->count];
	uint32_t meter;
	enum err err = c_rapl_roster_put(&hwmon->roster, info, &meter);

	if (err != ERR_NONE || is_taken(hwmon, meter, file))
		return err;
	*gauge = (struct c_rapl_gauge){.file = *file, .meter = meter, .fd = c_rapl_sensor_open(class_fd, file->folder, file->name)};
	hwmon->count++;
	return ERR_NONE;
}

static enum err open_files(struct c_rapl_hwmon *hwmon, const struct found *found)
{
	int class_fd = open(hwmon->class_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct meter_info info;
	uint32_t number;
	enum err err = ERR_NONE;

	if (c_rapl_hwmon_has_sum(found->file, found->count)) {
		c_rapl_hwmon_describe_sum(&info);
		err = c_rapl_roster_put(&hwmon->roster, &info, &number);
	}
	for (size_t i = 0; i < found->count && err == ERR_NONE && class_fd >= 0; i++) {
		c_rapl_hwmon_describe(&found->file[i], found->file, found->count, &info);
		err = add_gauge(hwmon, &found->file[i], &info, class_fd);
	}
	if (class_fd >= 0)
		(void)close(class_fd);
	return err;
}

static enum err scan(struct c_rapl_hwmon *hwmon, struct err_info *info)
{
	struct found found = {.file = mem_new_array(C_RAPL_HWMON_MAX, sizeof *found.file)};
	enum err err;

	if (found.file == NULL)
		return err_set(info, ERR_MEMORY, "no memory to look for hwmon sensors");
	close_all(hwmon);
	find_files(hwmon, &found);
	err = open_files(hwmon, &found);
	mem_free(found.file);
	hwmon->scanned_boot_ns = hwmon->clock();
	return err == ERR_NONE ? ERR_NONE : err_set(info, err, "no room for more hwmon sensors");
}

enum err c_rapl_hwmon_init(struct c_rapl_hwmon *hwmon, const char *root, int64_t (*clock)(void), struct err_info *info)
{
	enum err err;

	*hwmon = (struct c_rapl_hwmon){.clock = clock, .state = DEVICE_STARTING};
	if (snprintf(hwmon->class_path, sizeof hwmon->class_path, "%s/class/hwmon", root) >= (int)sizeof hwmon->class_path)
		return err_set(info, ERR_LIMIT, "the path \"%.64s...\" is too long", root);
	hwmon->gauge = mem_new_array(C_RAPL_HWMON_MAX, sizeof *hwmon->gauge);
	hwmon->sample = mem_new_array(C_RAPL_HWMON_MAX, sizeof *hwmon->sample);
	if (hwmon->gauge == NULL || hwmon->sample == NULL)
		err = err_set(info, ERR_MEMORY, "no memory for hwmon sensors");
	else
		err = scan(hwmon, info);
	if (err != ERR_NONE)
		c_rapl_hwmon_deinit(hwmon);
	return err;
}

void c_rapl_hwmon_deinit(struct c_rapl_hwmon *hwmon)
{
	close_all(hwmon);
	c_rapl_roster_deinit(&hwmon->roster);
	mem_free(hwmon->gauge);
	mem_free(hwmon->sample);
	*hwmon = (struct c_rapl_hwmon){0};
}

/* ---- Reading --------------------------------------------------------------------------------------------------------------------------- */

static bool read_gauge(const struct c_rapl_gauge *gauge, struct sample *out)
{
	int64_t raw;
	double value;

	if (!c_rapl_sensor_read(gauge->fd, &raw) || !c_rapl_hwmon_value(&gauge->file, raw, &value))
		return false;
	if (quantity_is_counter(gauge->file.quantity))
		out->raw = (uint64_t)raw;
	else
		out->value = value;
	return true;
}

static void judge(struct c_rapl_hwmon *hwmon, const struct c_rapl_gauge *missing)
{
	hwmon->reason[0] = '\0';
	if (hwmon->sample_count > 0 && missing == NULL)
		hwmon->state = DEVICE_UP;
	else
		hwmon->state = hwmon->sample_count > 0 ? DEVICE_PARTIAL : DEVICE_UNREADABLE;
	if (hwmon->count == 0)
		snprintf(hwmon->reason, sizeof hwmon->reason, "no power, energy or air sensor: this machine's kernel shows none (%.100s)",
			 hwmon->class_path);
	else if (missing != NULL)
		snprintf(hwmon->reason, sizeof hwmon->reason, "%s of %s gives no value%s", missing->file.name, missing->file.chip,
			 missing->fd < 0 ? ": it cannot be opened (some are readable by root alone)" : "");
}

void c_rapl_hwmon_read(struct c_rapl_hwmon *hwmon, uint32_t device)
{
	struct err_info info = {0};
	const struct c_rapl_gauge *missing = NULL;
	int64_t begin_ns = hwmon->clock();
	int64_t gap_ns = hwmon->state == DEVICE_UP ? SCAN_CALM_NS : SCAN_MISSING_NS;

	if (begin_ns - hwmon->scanned_boot_ns >= gap_ns && scan(hwmon, &info) != ERR_NONE)
		log_error("%s", info.text);
	hwmon->sample_count = 0;
	for (size_t i = 0; i < hwmon->count; i++) {
		const struct c_rapl_gauge *gauge = &hwmon->gauge[i];
		struct sample sample = {
		    .device = device, .meter = gauge->meter, .quantity = gauge->file.quantity, .caliber = CALIBER_ACTUAL};

		if (read_gauge(gauge, &sample))
			hwmon->sample[hwmon->sample_count++] = sample;
		else if (missing == NULL)
			missing = gauge;
	}
	/* Samples of one read carry one time: the middle of it. */
	begin_ns += (hwmon->clock() - begin_ns) / 2;
	for (size_t i = 0; i < hwmon->sample_count; i++)
		hwmon->sample[i].boot_ns = begin_ns;
	judge(hwmon, missing);
}
