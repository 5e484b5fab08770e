/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/top_model.h"

#include "base/mem.h"
#include "base/text.h"
#include "cli/status_doc.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS_MAX = 200000 };

/* Known power is told in kW from here on: 13 places are left for it at 80 columns. */
#define KILO_FROM_W 100000.0
#define W_PER_KW 1000.0

void top_model_deinit(struct top_model *model)
{
	mem_free(model->site);
	mem_free(model->row);
	mem_free(model->order);
	*model = (struct top_model){0};
}

/* ---- Taking a document ---- */

static void take_text(char *out, size_t out_bytes, const json_t *object, const char *key)
{
	const char *text = status_doc_text(object, key);

	text_clean(out, out_bytes, text, strlen(text));
}

static bool is_same(const struct top_row *row, const char *site, const char *device)
{
	return strcmp(row->device, device) == 0 && strcmp(row->site, site) == 0;
}

/* Rows keep their order over a run, so the place is the first guess. */
static struct top_row *find_row(struct top_row *row, size_t count, const char *site, const char *device, size_t guess)
{
	if (guess < count && is_same(&row[guess], site, device))
		return &row[guess];
	for (size_t i = 0; i < count; i++) {
		if (is_same(&row[i], site, device))
			return &row[i];
	}
	return NULL;
}

struct rows {
	struct top_row **row;
	size_t *count;
	size_t *capacity;
};

static enum err find_or_add(struct top_row **out, const struct rows *rows, const char *site, const char *device, size_t guess,
			    struct err_info *info)
{
	struct top_row *row = find_row(*rows->row, *rows->count, site, device, guess);
	void *array = *rows->row;
	enum err err;

	if (row == NULL) {
		err = mem_grow(&array, rows->capacity, *rows->count, ROWS_MAX, sizeof(**rows->row));
		*rows->row = array;
		if (err != ERR_NONE)
			return err_set(info, err, "no room for another source");
		row = &(*rows->row)[(*rows->count)++];
		*row = (struct top_row){0};
		text_clean(row->site, sizeof(row->site), site, strlen(site));
		text_clean(row->device, sizeof(row->device), device, strlen(device));
		for (size_t i = 0; i < TOP_HISTORY; i++)
			row->history_w[i] = NAN;
	}
	*out = row;
	return ERR_NONE;
}

/* Of a site: what the known ones of its totals make, and why that is not its power. */
static void take_reason(struct top_row *row, const json_t *item)
{
	char text[TOP_TEXT_BYTES * 2];
	double known_w;

	if (row->device[0] != '\0' || !status_doc_number(item, "known_power_w", &known_w)) {
		take_text(row->reason, sizeof(row->reason), item, row->device[0] != '\0' ? "reason" : "power_reason");
		return;
	}
	if (known_w < KILO_FROM_W)
		snprintf(text, sizeof(text), "%.0f W known; %s", known_w, status_doc_text(item, "power_reason"));
	else
		snprintf(text, sizeof(text), "%.0f kW known; %s", known_w / W_PER_KW, status_doc_text(item, "power_reason"));
	text_clean(row->reason, sizeof(row->reason), text, strlen(text));
}

static void take_figures(struct top_row *row, const json_t *item)
{
	take_text(row->state, sizeof(row->state), item, "state");
	take_reason(row, item);
	row->is_in_total = json_is_true(json_object_get(item, "in_total"));
	row->is_seen = true;
	row->has_power = status_doc_number(item, "power_w", &row->power_w);
}

static enum err take_items(const struct rows *rows, const json_t *items, struct err_info *info)
{
	enum err err = ERR_NONE;

	for (size_t i = 0; err == ERR_NONE && i < json_array_size(items); i++) {
		const json_t *item = json_array_get(items, i);
		struct top_row *row;

		err = find_or_add(&row, rows, status_doc_text(item, "site"), status_doc_text(item, "device"), i, info);
		if (err == ERR_NONE)
			take_figures(row, item);
	}
	return err;
}

static void begin_rows(struct top_row *row, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		row[i].is_seen = false;
		row[i].has_power = false;
	}
}

static void add_history(struct top_row *row, size_t count, size_t at)
{
	for (size_t i = 0; i < count; i++)
		row[i].history_w[at] = row[i].has_power ? (float)row[i].power_w : NAN;
}

static void take_head(struct top_model *model, const json_t *document)
{
	const char *reason = json_string_value(json_array_get(json_object_get(document, "reasons"), 0));
	size_t all;

	take_text(model->verdict, sizeof(model->verdict), document, "verdict");
	take_text(model->utc, sizeof(model->utc), document, "utc");
	reason = reason == NULL ? "" : reason;
	text_clean(model->reason, sizeof(model->reason), reason, strlen(reason));
	text_copy(model->ledger_path, sizeof(model->ledger_path), status_doc_text(json_object_get(document, "ledger"), "path"));
	status_doc_count_sources(document, &model->up_count, &all);
}

enum err top_model_take(struct top_model *model, const char *text, size_t bytes, struct err_info *info)
{
	struct rows sites = {&model->site, &model->site_count, &model->site_capacity};
	struct rows sources = {&model->row, &model->row_count, &model->row_capacity};
	json_t *document;
	enum err err = status_doc_parse(&document, text, bytes, info);

	if (err != ERR_NONE)
		return err;
	take_head(model, document);
	begin_rows(model->site, model->site_count);
	begin_rows(model->row, model->row_count);
	err = take_items(&sites, json_object_get(document, "sites"), info);
	if (err == ERR_NONE)
		err = take_items(&sources, json_object_get(document, "sources"), info);
	json_decref(document);
	add_history(model->site, model->site_count, model->history_next);
	add_history(model->row, model->row_count, model->history_next);
	model->history_next = (model->history_next + 1) % TOP_HISTORY;
	model->history_count += model->history_count < TOP_HISTORY ? 1 : 0;
	return err;
}

float top_model_history_w(const struct top_model *model, const struct top_row *row, size_t age)
{
	if (age >= model->history_count)
		return NAN;
	return row->history_w[(model->history_next + TOP_HISTORY - 1 - age) % TOP_HISTORY];
}

/* ---- Today ---- */

void top_model_clear_today(struct top_model *model)
{
	for (size_t i = 0; i < model->site_count; i++)
		model->site[i].today = (struct top_today){0};
	for (size_t i = 0; i < model->row_count; i++)
		model->row[i].today = (struct top_today){0};
}

void top_model_set_today(struct top_model *model, const char *site, const char *device, const struct top_today *today)
{
	bool is_site = device[0] == '\0';
	struct top_row *row =
	    is_site ? find_row(model->site, model->site_count, site, device, 0) : find_row(model->row, model->row_count, site, device, 0);

	if (row != NULL)
		row->today = *today;
}

/* ---- Order ---- */

struct sorting {
	const struct top_row *row;
	enum top_sort sort;
	bool is_reversed;
};

static int by_name(const struct top_row *a, const struct top_row *b)
{
	int order = strcmp(a->site, b->site);

	return order != 0 ? order : strcmp(a->device, b->device);
}

/* Larger first; unknown behind all that is known, whichever way the rest goes. */
static int by_number(bool has_a, double a, bool has_b, double b, bool is_reversed)
{
	int order = a > b ? -1 : a < b ? 1 : 0;

	if (has_a != has_b)
		return has_a ? -1 : 1;
	return !has_a ? 0 : is_reversed ? -order : order;
}

static int compare(const void *left, const void *right, void *context)
{
	const struct sorting *sorting = context;
	const struct top_row *a = &sorting->row[*(const size_t *)left];
	const struct top_row *b = &sorting->row[*(const size_t *)right];
	int order = 0;

	switch (sorting->sort) {
	case TOP_BY_POWER: order = by_number(a->has_power, a->power_w, b->has_power, b->power_w, sorting->is_reversed); break;
	case TOP_BY_ENERGY:
		order = by_number(a->today.has_energy, (double)a->today.millij, b->today.has_energy, (double)b->today.millij,
				  sorting->is_reversed);
		break;
	case TOP_BY_STATE: order = sorting->is_reversed ? -strcmp(a->state, b->state) : strcmp(a->state, b->state); break;
	case TOP_BY_NAME: order = sorting->is_reversed ? -by_name(a, b) : by_name(a, b); break;
	case TOP_SORT_COUNT: break;
	}
	return order != 0 ? order : by_name(a, b);
}

enum err top_model_sort(struct top_model *model, enum top_sort sort, bool is_reversed, bool only_counting, struct err_info *info)
{
	struct sorting sorting = {.row = model->row, .sort = sort, .is_reversed = is_reversed};
	void *array = model->order;

	model->order_count = 0;
	for (size_t i = 0; i < model->row_count; i++) {
		enum err err;

		if (!model->row[i].is_seen || (only_counting && !model->row[i].is_in_total))
			continue;
		err = mem_grow(&array, &model->order_capacity, model->order_count, ROWS_MAX, sizeof(*model->order));
		model->order = array;
		if (err != ERR_NONE)
			return err_set(info, err, "no room for another source");
		model->order[model->order_count++] = i;
	}
	if (model->order_count > 0)
		qsort_r(model->order, model->order_count, sizeof(*model->order), compare, &sorting);
	return ERR_NONE;
}
