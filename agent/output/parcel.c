/* SPDX-License-Identifier: Apache-2.0 */
#include "output/parcel.h"

#include "base/mem.h"

#include <string.h>

static bool is_refused(const struct parcel *parcel, uint32_t line)
{
	return parcel->is_refused != NULL && (parcel->is_refused[line / 8] >> (line % 8) & 1) != 0;
}

/* Bytes of the line at `at`, its newline included. */
static size_t line_bytes(const struct parcel *parcel, size_t at)
{
	const char *end = memchr(parcel->data + at, '\n', parcel->bytes - at);

	return end == NULL ? parcel->bytes - at : (size_t)(end - (parcel->data + at)) + 1;
}

enum err parcel_init(struct parcel *parcel, const char *data, size_t bytes, struct err_info *info)
{
	struct parcel made = {.data = data, .bytes = bytes};
	size_t at;

	if (bytes == 0 || data[bytes - 1] != '\n')
		return err_set(info, ERR_DATA, "a batch has to end with a newline");
	for (at = 0; at < bytes; made.line_count++) {
		size_t length = line_bytes(&made, at);

		if (length == 1 || made.line_count == UINT32_MAX)
			return err_set(info, ERR_DATA, "a batch has an empty line");
		at += length;
	}
	made.range[0] = (struct parcel_range){.first = 0, .end = made.line_count, .begin_byte = 0, .end_byte = bytes};
	made.range_count = 1;
	*parcel = made;
	return ERR_NONE;
}

void parcel_deinit(struct parcel *parcel)
{
	parcel->is_refused = mem_free(parcel->is_refused);
	parcel->range_count = 0;
}

bool parcel_is_done(const struct parcel *parcel)
{
	return parcel->range_count == 0;
}

static uint32_t count_left(const struct parcel *parcel, const struct parcel_range *range)
{
	uint32_t count = 0;
	uint32_t line;

	if (parcel->is_refused == NULL)
		return range->end - range->first;
	for (line = range->first; line < range->end; line++)
		count += !is_refused(parcel, line);
	return count;
}

const char *parcel_body(const struct parcel *parcel, struct buf *scratch, size_t *bytes)
{
	const struct parcel_range *range = &parcel->range[parcel->range_count - 1];
	size_t at = range->begin_byte;
	uint32_t line;

	if (count_left(parcel, range) == range->end - range->first) {
		*bytes = range->end_byte - range->begin_byte;
		return parcel->data + range->begin_byte;
	}
	buf_clear(scratch);
	for (line = range->first; line < range->end; line++) {
		size_t length = line_bytes(parcel, at);

		if (!is_refused(parcel, line))
			buf_add(scratch, parcel->data + at, length);
		at += length;
	}
	*bytes = scratch->bytes;
	return scratch->is_failed ? NULL : buf_text(scratch);
}

/* Drops ranges without lines from the top. */
static void settle(struct parcel *parcel)
{
	while (parcel->range_count > 0 && count_left(parcel, &parcel->range[parcel->range_count - 1]) == 0)
		parcel->range_count--;
}

void parcel_note_stored(struct parcel *parcel)
{
	parcel->range_count--;
	settle(parcel);
}

static enum err reserve_bits(struct parcel *parcel, struct err_info *info)
{
	if (parcel->is_refused == NULL)
		parcel->is_refused = mem_new_array(parcel->line_count / 8 + 1, 1);
	if (parcel->is_refused == NULL)
		return err_set(info, ERR_MEMORY, "no memory for the refused lines of a batch");
	return ERR_NONE;
}

static void refuse(struct parcel *parcel, uint32_t line)
{
	if (is_refused(parcel, line))
		return;
	parcel->is_refused[line / 8] = (uint8_t)(parcel->is_refused[line / 8] | 1U << (line % 8));
	parcel->refused_count++;
}

static void refuse_all(struct parcel *parcel, const struct parcel_range *range)
{
	uint32_t line;

	for (line = range->first; line < range->end; line++)
		refuse(parcel, line);
}

/* The range becomes its two halves, the first on top. */
static void halve(struct parcel *parcel)
{
	struct parcel_range *low = &parcel->range[parcel->range_count - 1];
	struct parcel_range high = *low;
	uint32_t middle = low->first + (low->end - low->first) / 2;
	size_t at = low->begin_byte;
	uint32_t line;

	for (line = low->first; line < middle; line++)
		at += line_bytes(parcel, at);
	high.first = middle;
	high.begin_byte = at;
	low->end = middle;
	low->end_byte = at;
	parcel->range[parcel->range_count] = *low;
	parcel->range[parcel->range_count - 1] = high;
	parcel->range_count++;
}

/* Halves the top range, or refuses its only line. */
static void split(struct parcel *parcel)
{
	const struct parcel_range *range = &parcel->range[parcel->range_count - 1];

	if (count_left(parcel, range) <= 1)
		refuse_all(parcel, range);
	else
		halve(parcel);
	settle(parcel);
}

enum err parcel_note_too_big(struct parcel *parcel, struct err_info *info)
{
	enum err err = reserve_bits(parcel, info);

	if (err == ERR_NONE)
		split(parcel);
	return err;
}

/* Takes off what the refusal names; returns how many lines. A first pass (is_dry) only counts. */
static uint32_t take_named(struct parcel *parcel, const struct refusal *refusal, bool is_dry)
{
	const struct parcel_range *range = &parcel->range[parcel->range_count - 1];
	size_t at = range->begin_byte;
	uint32_t count = 0;
	uint32_t line;

	for (line = range->first; line < range->end; line++) {
		size_t length = line_bytes(parcel, at);

		if (!is_refused(parcel, line) && refusal_names_line(refusal, parcel->data + at, length - 1)) {
			count++;
			if (!is_dry)
				refuse(parcel, line);
		}
		at += length;
	}
	return count;
}

/*
 * The words can be trusted when they name lines, and for a conflict exactly as many as the store dropped: a field's type is kept for each
 * shard, so the same field may be good in one line and refused in another.
 */
static bool is_exact(const struct refusal *refusal, uint32_t named_count)
{
	if (named_count == 0)
		return false;
	return refusal->kind != REFUSAL_CONFLICT || refusal->dropped_count == 0 || refusal->dropped_count == named_count;
}

enum err parcel_note_refused(struct parcel *parcel, const struct refusal *refusal, struct err_info *info)
{
	struct parcel_range *range = &parcel->range[parcel->range_count - 1];
	enum err err = reserve_bits(parcel, info);

	if (err != ERR_NONE)
		return err;
	if (is_exact(refusal, take_named(parcel, refusal, true))) {
		take_named(parcel, refusal, false);
		settle(parcel);
	} else if (refusal->dropped_count >= count_left(parcel, range)) {
		refuse_all(parcel, range);
		settle(parcel);
	} else {
		split(parcel);
	}
	return ERR_NONE;
}

uint32_t parcel_refused_lines(const struct parcel *parcel, uint32_t *line, uint32_t max)
{
	uint32_t count = 0;
	uint32_t i;

	for (i = 0; i < parcel->line_count && count < max; i++) {
		if (is_refused(parcel, i))
			line[count++] = i;
	}
	return count;
}
