/* SPDX-License-Identifier: Apache-2.0 */
#include "modbus_recording.h"

#include "base/buf.h"
#include "base/csv.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

enum { CELLS = 4, REGISTERS_MAX = 1 << 20, UNIT_MAX = 255, ADDRESS_MAX = 65535, HOLDING = 3, INPUT = 4, ENCAPSULATED = 43 };

void modbus_recording_deinit(struct modbus_recording *recording)
{
	mem_free(recording->reg);
	mem_free(recording->object);
	*recording = (struct modbus_recording){0};
}

static uint32_t key_of(uint8_t unit, uint8_t function, uint32_t address)
{
	return (uint32_t)unit << 24 | (uint32_t)function << 16 | address;
}

/* ---- Numbers ---- */

static bool parse_hex(const char *digits, int64_t *value)
{
	static const char alphabet[] = "0123456789abcdef";
	size_t count = strlen(digits);

	*value = 0;
	for (size_t i = 0; i < count; i++) {
		char letter = digits[i] >= 'A' && digits[i] <= 'F' ? (char)(digits[i] - 'A' + 'a') : digits[i];
		const char *found = strchr(alphabet, letter);

		if (found == NULL)
			return false;
		*value = *value * 16 + (found - alphabet);
	}
	return count >= 1 && count <= 4;
}

static bool parse_number(const char *text, int64_t least, int64_t most, int64_t *value)
{
	bool is_number = strncmp(text, "0x", 2) == 0 ? parse_hex(text + 2, value) : num_parse_i64(text, value);

	return is_number && *value >= least && *value <= most;
}

/* ---- Lines ---- */

static enum err say(struct err_info *info, const char *path, const struct csv_row *row, size_t cell, const char *words)
{
	return err_set(info, ERR_DATA, "%s:%zu:%zu: \"%.40s\": %s", path, row->line, row->column[cell], row->cell[cell], words);
}

static enum err keep_word(struct modbus_recording *out, uint32_t key, uint16_t value)
{
	void *array = out->reg;
	enum err err = mem_grow(&array, &out->reg_capacity, out->reg_count, REGISTERS_MAX, sizeof *out->reg);

	out->reg = array;
	if (err != ERR_NONE)
		return err;
	out->reg[out->reg_count] = (struct modbus_recorded){.key = key, .order = (uint32_t)out->reg_count, .value = value};
	out->reg_count++;
	return ERR_NONE;
}

static enum err keep_object(struct modbus_recording *out, uint8_t unit, uint8_t number, const char *text)
{
	void *array = out->object;
	enum err err =
	    mem_grow(&array, &out->object_capacity, out->object_count, UNIT_MAX * MODBUS_RECORDING_OBJECTS_MAX, sizeof *out->object);

	out->object = array;
	if (err != ERR_NONE)
		return err;
	out->object[out->object_count] = (struct modbus_recorded_object){.unit = unit, .object = number};
	(void)text_copy(out->object[out->object_count++].text, MODBUS_RECORDING_TEXT_BYTES, text);
	return ERR_NONE;
}

static enum err take_words(struct modbus_recording *out, const char *path, const struct csv_row *row, uint32_t key, struct err_info *info)
{
	char text[CSV_CELL_BYTES_MAX + 1];
	char *rest = text;
	uint32_t address = key & ADDRESS_MAX;
	enum err err = ERR_NONE;
	char *word;

	(void)text_copy(text, sizeof text, row->cell[3]);
	while (err == ERR_NONE && (word = strsep(&rest, " ")) != NULL) {
		int64_t value;

		if (word[0] == '\0')
			continue;
		if (!parse_number(word, INT16_MIN, UINT16_MAX, &value))
			return say(info, path, row, 3, "words are -32768 to 65535 or 0x0 to 0xFFFF, with blanks between them");
		if (address > ADDRESS_MAX)
			return say(info, path, row, 2, "the last register is 65535");
		err = keep_word(out, (key & ~(uint32_t)ADDRESS_MAX) | address++, (uint16_t)value);
	}
	return err == ERR_NONE ? ERR_NONE : err_set(info, err, "%s: more registers than there is room for", path);
}

static enum err take_line(struct modbus_recording *out, const char *path, const struct csv_row *row, struct err_info *info)
{
	int64_t unit;
	int64_t function;
	int64_t address;

	if (row->count != CELLS)
		return say(info, path, row, 0, "a line has unit, function, address and values");
	if (!parse_number(row->cell[0], 0, UNIT_MAX, &unit))
		return say(info, path, row, 0, "a unit is 0 to 255");
	if (!parse_number(row->cell[1], HOLDING, ENCAPSULATED, &function) || (function > INPUT && function < ENCAPSULATED))
		return say(info, path, row, 1, "the function is 3, 4 or 43");
	if (!parse_number(row->cell[2], 0, function == ENCAPSULATED ? MODBUS_RECORDING_OBJECTS_MAX - 1 : ADDRESS_MAX, &address))
		return say(info, path, row, 2, "an address is 0 to 65535 or 0x0 to 0xFFFF as on the wire, an object 0 to 6");
	if (out->reg_count + out->object_count == 0)
		out->unit = (uint8_t)unit;
	if (function != ENCAPSULATED)
		return take_words(out, path, row, key_of((uint8_t)unit, (uint8_t)function, (uint32_t)address), info);
	if (keep_object(out, (uint8_t)unit, (uint8_t)address, row->cell[3]) != ERR_NONE)
		return err_set(info, ERR_MEMORY, "%s: out of memory", path);
	return ERR_NONE;
}

static bool is_head(const struct csv_row *row)
{
	static const char *const names[CELLS] = {"unit", "function", "address", "values"};

	for (size_t i = 0; i < CELLS; i++)
		if (row->count != CELLS || strcmp(row->cell[i], names[i]) != 0)
			return false;
	return true;
}

static enum err read_lines(struct modbus_recording *out, const char *path, struct csv_reader *reader, struct err_info *info)
{
	struct csv_row row = {0};
	bool is_end = false;
	enum err err = csv_next(reader, &row, &is_end, info);

	if (err == ERR_NONE && (is_end || !is_head(&row)))
		return err_set(info, ERR_DATA, "%s begins without the line unit,function,address,values", path);
	while (err == ERR_NONE && !is_end) {
		err = csv_next(reader, &row, &is_end, info);
		if (err == ERR_NONE && !is_end)
			err = take_line(out, path, &row, info);
	}
	if (err == ERR_NONE && out->reg_count + out->object_count == 0)
		err = err_set(info, ERR_DATA, "%s: there is no register in it", path);
	return err;
}

/* By key; of two for one register the later comes first. */
static int compare(const void *left, const void *right)
{
	const struct modbus_recorded *a = left;
	const struct modbus_recorded *b = right;

	if (a->key != b->key)
		return a->key < b->key ? -1 : 1;
	return a->order > b->order ? -1 : a->order < b->order;
}

static void sort(struct modbus_recording *recording)
{
	size_t kept = 0;

	if (recording->reg_count == 0)
		return;
	qsort(recording->reg, recording->reg_count, sizeof *recording->reg, compare);
	for (size_t i = 0; i < recording->reg_count; i++)
		if (i == 0 || recording->reg[i].key != recording->reg[kept - 1].key)
			recording->reg[kept++] = recording->reg[i];
	recording->reg_count = kept;
}

enum err modbus_recording_load(struct modbus_recording *out, const char *path, struct err_info *info)
{
	struct csv_reader *reader = NULL;
	struct buf data;
	enum err err;

	*out = (struct modbus_recording){0};
	buf_init(&data, MODBUS_RECORDING_BYTES_MAX);
	err = file_read(path, &data, info);
	if (err == ERR_NONE && (reader = csv_new(path, buf_text(&data), data.bytes)) == NULL)
		err = err_set(info, ERR_MEMORY, "out of memory for %s", path);
	if (err == ERR_NONE)
		err = read_lines(out, path, reader, info);
	csv_free(reader);
	buf_deinit(&data);
	sort(out);
	if (err != ERR_NONE)
		modbus_recording_deinit(out);
	return err;
}

/* ---- Looking ---- */

bool modbus_recording_has_unit(const struct modbus_recording *recording, uint8_t unit)
{
	for (size_t i = 0; i < recording->reg_count; i++)
		if (recording->reg[i].key >> 24 == unit)
			return true;
	for (size_t i = 0; i < recording->object_count; i++)
		if (recording->object[i].unit == unit)
			return true;
	return false;
}

/* Index of the first register that is not below `key`. */
static size_t find(const struct modbus_recording *recording, uint32_t key)
{
	size_t low = 0;
	size_t high = recording->reg_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (recording->reg[middle].key < key)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

bool modbus_recording_read(const struct modbus_recording *recording, uint8_t unit, uint8_t function, uint32_t address, uint16_t count,
			   uint16_t *value)
{
	uint32_t key = key_of(unit, function, address);
	size_t at = find(recording, key);

	for (uint16_t i = 0; i < count; i++, at++) {
		if (address + i > ADDRESS_MAX || at >= recording->reg_count || recording->reg[at].key != key + i)
			return false;
		value[i] = recording->reg[at].value;
	}
	return true;
}

size_t modbus_recording_objects(const struct modbus_recording *recording, uint8_t unit,
				const char *text[static MODBUS_RECORDING_OBJECTS_MAX])
{
	size_t count = 0;

	for (size_t i = 0; i < MODBUS_RECORDING_OBJECTS_MAX; i++)
		text[i] = NULL;
	for (size_t i = 0; i < recording->object_count; i++) {
		const struct modbus_recorded_object *object = &recording->object[i];

		if (object->unit != unit)
			continue;
		count += text[object->object] == NULL;
		text[object->object] = object->text;
	}
	return count;
}
