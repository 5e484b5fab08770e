/* SPDX-License-Identifier: Apache-2.0 */
#include "settings/series_json.h"

#include "base/num.h"
#include "base/text.h"
#include "settings/series.h"

#include <jansson.h>
#include <math.h>
#include <string.h>

enum { DECIMALS = 6 };

/* Nothing larger is a number of g/kWh; series_read() has the true limit. */
#define VALUE_MAX 1e9
#define MICRO 1e6

/* A cell that needs no quotes: whatever does is no instant, zone or basis, and is told with its place by series_read(). */
static bool add_text(struct buf *out, const json_t *value)
{
	const char *text = json_string_value(value);

	if (value == NULL || json_is_null(value))
		return true;
	if (text == NULL || !text_is_clean(text) || strpbrk(text, ",\"\r\n") != NULL)
		return false;
	buf_add_text(out, text);
	return true;
}

/* A gap is null, or not there. */
static bool add_number(struct buf *out, const json_t *value)
{
	char text[NUM_TEXT_BYTES];
	double number = json_number_value(value);

	if (value == NULL || json_is_null(value))
		return true;
	if (!json_is_number(value) || !(fabs(number) <= VALUE_MAX))
		return false;
	num_print_fixed(text, (int64_t)llround(number * MICRO), DECIMALS, DECIMALS);
	buf_add_text(out, text);
	return true;
}

static bool add_bool(struct buf *out, const json_t *value)
{
	if (value != NULL && !json_is_boolean(value) && !json_is_null(value))
		return false;
	buf_add_text(out, json_is_true(value) ? "true" : json_is_false(value) ? "false" : "");
	return true;
}

static bool add_uk_row(struct buf *out, const json_t *item)
{
	bool is_good = add_text(out, json_object_get(item, "from"));

	buf_add_char(out, ',');
	is_good = add_text(out, json_object_get(item, "to")) && is_good;
	buf_add_char(out, ',');
	is_good = json_is_object(json_object_get(item, "intensity")) && is_good;
	return add_number(out, json_object_get(json_object_get(item, "intensity"), "actual")) && is_good;
}

static bool add_maps_row(struct buf *out, const json_t *item)
{
	bool is_good = add_text(out, json_object_get(item, "datetime"));

	buf_add_char(out, ',');
	is_good = add_number(out, json_object_get(item, "carbonIntensity")) && is_good;
	buf_add_char(out, ',');
	is_good = add_bool(out, json_object_get(item, "isEstimated")) && is_good;
	buf_add_char(out, ',');
	is_good = add_text(out, json_object_get(item, "emissionFactorType")) && is_good;
	buf_add_char(out, ',');
	return add_text(out, json_object_get(item, "zone")) && is_good;
}

static const struct form {
	const char *header;
	const char *list;
	const char *other_list; /* NULL: none */
	const char *row;        /* for messages */
	bool (*add)(struct buf *out, const json_t *item);
} FORMS[SERIES_SHAPE_COUNT] = {
    [SERIES_SHAPE_UK_INTENSITY] = {"from,to,actual\n", "data", NULL, "{\"from\",\"to\",\"intensity\":{\"actual\"}}", add_uk_row},
    [SERIES_SHAPE_ELECTRICITY_MAPS] = {"datetime,value,estimated,basis,zone\n", "history", "data",
				       "{\"datetime\",\"carbonIntensity\",\"isEstimated\",\"emissionFactorType\",\"zone\"}", add_maps_row},
};

static enum err add_rows(struct buf *out, const json_t *list, const struct form *form, struct err_info *info)
{
	size_t count = json_array_size(list);

	if (count > SERIES_ROWS_MAX)
		return err_set(info, ERR_DATA, "%zu rows are more than %d", count, SERIES_ROWS_MAX);
	buf_add_text(out, form->header);
	for (size_t i = 0; i < count; i++) {
		const json_t *item = json_array_get(list, i);

		if (!json_is_object(item) || !form->add(out, item))
			return err_set(info, ERR_DATA, "row %zu of its list is not %s", i + 1, form->row);
		buf_add_char(out, '\n');
	}
	return out->is_failed ? err_set(info, ERR_MEMORY, "no memory for its rows") : ERR_NONE;
}

enum err series_json_to_csv(struct buf *out, const void *data, size_t bytes, enum series_shape shape, struct err_info *info)
{
	const struct form *form = &FORMS[shape];
	json_error_t error = {0};
	json_t *root = json_loadb(data, bytes, JSON_REJECT_DUPLICATES, &error);
	const json_t *list = json_object_get(root, form->list);
	char words[JSON_ERROR_TEXT_LENGTH];
	enum err err;

	if (list == NULL && form->other_list != NULL)
		list = json_object_get(root, form->other_list);
	text_clean(words, sizeof words, error.text, strlen(error.text));
	if (root == NULL)
		err = err_set(info, ERR_DATA, "%d:%d: this is no JSON: %s", error.line, error.column, words);
	else if (!json_is_array(list))
		err = err_set(info, ERR_DATA, "the JSON has no list \"%s\" at its top, as %s has", form->list, series_shape_name(shape));
	else
		err = add_rows(out, list, form, info);
	json_decref(root);
	return err;
}
