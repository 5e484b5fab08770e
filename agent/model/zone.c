/* SPDX-License-Identifier: Apache-2.0 */
#include "model/zone.h"

#include "base/file.h"
#include "base/mem.h"
#include "model/units.h"
#include "model/zone_rule.h"

#include <limits.h>
#include <string.h>

/* Layout of TZif: RFC 8536, section 3. */
enum {
	TZIF_HEADER_BYTES = 44,
	TZIF_VERSION_AT = 4,
	TZIF_COUNTS_AT = 20,
	TZIF_TYPE_BYTES = 6,
	TZIF_TYPES_MAX = 256,
	TZIF_FILE_BYTES_MAX = 256 * 1024,
	TZIF_FOOTER_BYTES_MAX = 256,
	ZONE_OFFSET_MAX_S = 26 * 3600 /* section 3.2: -24:59:59 to 25:59:59 */
};

/* Instants further away are taken for these, so that no sum can overflow (the RFC's own limit is 2^59). */
#define ZONE_UTC_MAX_S (INT64_C(1) << 56)

static const char zone_root_default[] = "/usr/share/zoneinfo";

/* From at_s on, local time is offset_s ahead of UTC. */
struct zone_change {
	int64_t at_s;
	int32_t offset_s;
};

/* first_offset_s holds before the first change; the rule, where there is one, from the last change on. */
struct zone {
	struct zone_change *changes;
	size_t change_count;
	int32_t first_offset_s;
	bool has_rule;
	struct zone_rule rule;
};

/* The data block of a TZif file: its counts and where its parts begin. */
struct tzif_block {
	uint32_t isut_count;
	uint32_t isstd_count;
	uint32_t leap_count;
	uint32_t time_count;
	uint32_t type_count;
	uint32_t char_count;
	size_t time_bytes; /* 4 in the first block, 8 in the second */
	const uint8_t *times;
	const uint8_t *indices;
	const uint8_t *types;
	const uint8_t *end;
};

static uint64_t get_big_endian(const uint8_t *at, size_t bytes)
{
	uint64_t value = 0;
	size_t i;

	for (i = 0; i < bytes; i++)
		value = value << 8 | at[i];
	return value;
}

static uint32_t get_u32(const uint8_t *at)
{
	return (uint32_t)get_big_endian(at, sizeof(uint32_t));
}

static int64_t get_time_s(const uint8_t *at, size_t bytes)
{
	if (bytes == sizeof(int32_t))
		return (int32_t)get_u32(at);
	return (int64_t)get_big_endian(at, bytes);
}

/* Finds the parts of the block at `at`; false when it is not whole. */
static bool read_block(struct tzif_block *block, const uint8_t *at, size_t bytes, size_t time_bytes)
{
	uint64_t need_bytes = TZIF_HEADER_BYTES;

	if (bytes < TZIF_HEADER_BYTES || memcmp(at, "TZif", 4) != 0)
		return false;
	block->isut_count = get_u32(at + TZIF_COUNTS_AT);
	block->isstd_count = get_u32(at + TZIF_COUNTS_AT + 4);
	block->leap_count = get_u32(at + TZIF_COUNTS_AT + 8);
	block->time_count = get_u32(at + TZIF_COUNTS_AT + 12);
	block->type_count = get_u32(at + TZIF_COUNTS_AT + 16);
	block->char_count = get_u32(at + TZIF_COUNTS_AT + 20);
	block->time_bytes = time_bytes;
	block->times = at + TZIF_HEADER_BYTES;
	need_bytes += (uint64_t)block->time_count * (time_bytes + 1) + (uint64_t)block->type_count * TZIF_TYPE_BYTES + block->char_count;
	need_bytes += (uint64_t)block->leap_count * (time_bytes + 4) + block->isstd_count + (uint64_t)block->isut_count;
	if (need_bytes > bytes)
		return false;
	block->indices = block->times + block->time_count * time_bytes;
	block->types = block->indices + block->time_count;
	block->end = at + need_bytes;
	return true;
}

static bool read_offset_s(const struct tzif_block *block, size_t type, int32_t *offset_s)
{
	int32_t value = (int32_t)get_u32(block->types + type * TZIF_TYPE_BYTES);

	if (value < -ZONE_OFFSET_MAX_S || value > ZONE_OFFSET_MAX_S)
		return false;
	*offset_s = value;
	return true;
}

static enum err read_changes(struct zone *zone, const struct tzif_block *block, struct err_info *info)
{
	size_t i;

	zone->changes = mem_new_array(block->time_count, sizeof *zone->changes);
	if (zone->changes == NULL)
		return err_set(info, ERR_MEMORY, "out of memory for a time zone");
	for (i = 0; i < block->time_count; i++) {
		struct zone_change *change = &zone->changes[i];

		change->at_s = get_time_s(block->times + i * block->time_bytes, block->time_bytes);
		if (i > 0 && change->at_s <= zone->changes[i - 1].at_s)
			return err_set(info, ERR_DATA, "time zone file: changes are not in order");
		if (block->indices[i] >= block->type_count || !read_offset_s(block, block->indices[i], &change->offset_s))
			return err_set(info, ERR_DATA, "time zone file: change %zu has no valid offset", i + 1);
	}
	zone->change_count = block->time_count;
	return ERR_NONE;
}

/* "\nRULE\n" behind the second block; an empty rule means that nothing is known about the time after the last change. */
static enum err read_footer(struct zone *zone, const uint8_t *at, size_t bytes, struct err_info *info)
{
	char text[TZIF_FOOTER_BYTES_MAX];
	const uint8_t *newline = bytes > 1 ? memchr(at + 1, '\n', bytes - 1) : NULL;
	size_t length;

	if (newline == NULL || at[0] != '\n')
		return err_set(info, ERR_DATA, "time zone file: its footer is missing");
	length = (size_t)(newline - at) - 1;
	if (length == 0)
		return ERR_NONE;
	if (length >= sizeof text)
		return err_set(info, ERR_DATA, "time zone file: its footer is too long");
	memcpy(text, at + 1, length);
	text[length] = '\0';
	if (strlen(text) != length || !zone_rule_parse(&zone->rule, text))
		return err_set(info, ERR_DATA, "time zone file: its footer is not a rule of POSIX TZ");
	zone->has_rule = true;
	return ERR_NONE;
}

/* Leap seconds would shift every instant: such files ("right/...") do not count in POSIX time. */
static enum err read_zone(struct zone *zone, const struct tzif_block *block, struct err_info *info)
{
	if (block->leap_count != 0)
		return err_set(info, ERR_DATA, "time zone file: it counts leap seconds; use the zone of the same name outside right/");
	if (block->type_count == 0 || block->type_count > TZIF_TYPES_MAX || !read_offset_s(block, 0, &zone->first_offset_s))
		return err_set(info, ERR_DATA, "time zone file: it has no valid offset");
	return read_changes(zone, block, info);
}

static enum err read_file(struct zone *zone, const uint8_t *data, size_t bytes, struct err_info *info)
{
	struct tzif_block block;
	enum err err;

	if (!read_block(&block, data, bytes, sizeof(int32_t)))
		return err_set(info, ERR_DATA, "time zone file: it is not TZif, or cut short");
	if (data[TZIF_VERSION_AT] == '\0')
		return read_zone(zone, &block, info);
	if (!read_block(&block, block.end, bytes - (size_t)(block.end - data), sizeof(int64_t)))
		return err_set(info, ERR_DATA, "time zone file: its second part is cut short");
	err = read_zone(zone, &block, info);
	return err != ERR_NONE ? err : read_footer(zone, block.end, bytes - (size_t)(block.end - data), info);
}

enum err zone_parse(struct zone **out, const void *data, size_t bytes, struct err_info *info)
{
	struct zone *zone = mem_new(sizeof *zone);
	enum err err;

	if (zone == NULL)
		return err_set(info, ERR_MEMORY, "out of memory for a time zone");
	err = read_file(zone, data, bytes, info);
	if (err != ERR_NONE) {
		zone_free(zone);
		return err;
	}
	*out = zone;
	return ERR_NONE;
}

/* Parts of letters, digits, _ + - joined by /: no name of the database has more, and none of these leaves the folder. */
static bool is_zone_name(const char *name)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+-/";
	size_t length = strlen(name);

	return length > 0 && length < ZONE_NAME_BYTES && strspn(name, allowed) == length && name[0] != '/' && name[length - 1] != '/';
}

static enum err open_file(struct zone **out, const char *root, const char *name, struct err_info *info)
{
	char path[PATH_MAX];
	struct buf data;
	enum err err = file_join(path, sizeof path, root, name, info);

	buf_init(&data, TZIF_FILE_BYTES_MAX);
	if (err == ERR_NONE)
		err = file_read(path, &data, info);
	if (err == ERR_IO)
		err = err_set(info, ERR_DATA, "time zone \"%s\" is not in %s: correct the name, or install the package tzdata", name, root);
	if (err == ERR_NONE)
		err = zone_parse(out, data.data, data.bytes, info);
	buf_deinit(&data);
	return err;
}

enum err zone_open(struct zone **out, const char *root, const char *name, struct err_info *info)
{
	struct zone *utc;

	if (!is_zone_name(name))
		return err_set(info, ERR_DATA, "\"%.80s\" is not the name of a time zone; it looks like Europe/Oslo or UTC", name);
	if (strcmp(name, "UTC") != 0 && strcmp(name, "Etc/UTC") != 0)
		return open_file(out, root == NULL ? zone_root_default : root, name, info);
	utc = mem_new(sizeof *utc);
	if (utc == NULL)
		return err_set(info, ERR_MEMORY, "out of memory for a time zone");
	*out = utc;
	return ERR_NONE;
}

struct zone *zone_free(struct zone *zone)
{
	if (zone != NULL)
		mem_free(zone->changes);
	return mem_free(zone);
}

/* How many changes have happened at an instant. */
static size_t count_changes_until(const struct zone *zone, int64_t utc_s)
{
	size_t low = 0;
	size_t high = zone->change_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (zone->changes[middle].at_s <= utc_s)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static int64_t clamp_s(int64_t utc_s)
{
	if (utc_s > ZONE_UTC_MAX_S)
		return ZONE_UTC_MAX_S;
	return utc_s < -ZONE_UTC_MAX_S ? -ZONE_UTC_MAX_S : utc_s;
}

int32_t zone_offset_s(const struct zone *zone, int64_t utc_s)
{
	int64_t at_s = clamp_s(utc_s);
	size_t passed = count_changes_until(zone, at_s);

	if (passed == zone->change_count && zone->has_rule)
		return zone_rule_offset_s(&zone->rule, at_s);
	return passed == 0 ? zone->first_offset_s : zone->changes[passed - 1].offset_s;
}

/* The first change after an instant; INT64_MAX when there is none. */
static int64_t next_change_s(const struct zone *zone, int64_t utc_s)
{
	size_t passed = count_changes_until(zone, utc_s);

	if (passed < zone->change_count)
		return zone->changes[passed].at_s;
	return zone->has_rule ? zone_rule_next_s(&zone->rule, utc_s) : INT64_MAX;
}

/*
 * The least instant whose local time is at or behind the day's midnight. Between changes local time runs evenly, so it is looked for
 * in one such stretch after the other, from an instant on that no offset can bring to that midnight.
 */
int64_t zone_day_start_s(const struct zone *zone, int64_t days)
{
	int64_t days_max = ZONE_UTC_MAX_S / UNITS_S_PER_DAY;
	int64_t midnight_s = (days > days_max ? days_max : days < -days_max ? -days_max : days) * UNITS_S_PER_DAY;
	int64_t stretch_s = midnight_s - ZONE_OFFSET_MAX_S;

	for (;;) {
		int64_t start_s = midnight_s - zone_offset_s(zone, stretch_s);
		int64_t end_s = next_change_s(zone, stretch_s);

		if (start_s <= stretch_s)
			return stretch_s;
		if (start_s < end_s)
			return start_s;
		stretch_s = end_s;
	}
}

/* A clock that was set back over midnight does not bring the old day back: the greatest day that has begun is the one. */
int64_t zone_day_of(const struct zone *zone, int64_t utc_s)
{
	int64_t at_s = clamp_s(utc_s);
	int64_t local_s = at_s + zone_offset_s(zone, at_s);
	int64_t days = local_s / UNITS_S_PER_DAY - (local_s % UNITS_S_PER_DAY < 0 ? 1 : 0);

	while (days < ZONE_UTC_MAX_S / UNITS_S_PER_DAY && zone_day_start_s(zone, days + 1) <= at_s)
		days++;
	return days;
}
