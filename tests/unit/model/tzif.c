/* SPDX-License-Identifier: Apache-2.0 */
#include "tzif.h"

#include "base/clock.h"

#include <criterion/criterion.h>
#include <string.h>

static void put_big_endian(struct buf *out, uint64_t value, size_t bytes)
{
	while (bytes-- > 0)
		buf_add_char(out, (char)(value >> (8 * bytes)));
}

/* One type for each change, and type 0 before them. */
static void put_header(struct buf *out, size_t time_count, size_t type_count)
{
	buf_add(out, "TZif2\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 20);
	put_big_endian(out, 0, 4);
	put_big_endian(out, 0, 4);
	put_big_endian(out, 0, 4);
	put_big_endian(out, time_count, 4);
	put_big_endian(out, type_count, 4);
	put_big_endian(out, 4, 4);
}

static void put_type(struct buf *out, int32_t offset_s)
{
	put_big_endian(out, (uint32_t)offset_s, 4);
	put_big_endian(out, 0, 2);
}

void tzif_build(struct buf *out, int32_t first_offset_s, const struct tzif_change *changes, size_t count, const char *rule)
{
	put_header(out, 0, 1);
	put_type(out, 0);
	buf_add(out, "LMT", 4);
	put_header(out, count, count + 1);
	for (size_t i = 0; i < count; i++)
		put_big_endian(out, (uint64_t)changes[i].at_s, 8);
	for (size_t i = 0; i < count; i++)
		put_big_endian(out, i + 1, 1);
	put_type(out, first_offset_s);
	for (size_t i = 0; i < count; i++)
		put_type(out, changes[i].offset_s);
	buf_add(out, "LMT", 4);
	buf_add_format(out, "\n%s\n", rule);
}

struct zone *tzif_zone(int32_t first_offset_s, const struct tzif_change *changes, size_t count, const char *rule)
{
	struct err_info info = {0};
	struct zone *zone = NULL;
	struct buf file;

	buf_init(&file, 100000);
	tzif_build(&file, first_offset_s, changes, count, rule);
	cr_assert_eq(zone_parse(&zone, file.data, file.bytes, &info), ERR_NONE, "%s", info.text);
	buf_deinit(&file);
	return zone;
}

int64_t tzif_utc_s(const char *text)
{
	int64_t utc_ms = 0;

	cr_assert(clock_parse_utc(text, &utc_ms), "%s", text);
	return utc_ms / CLOCK_MS_PER_S;
}

int64_t tzif_days(int year, int month, int day)
{
	return clock_days_from_civil(year, month, day);
}
