/* SPDX-License-Identifier: Apache-2.0 */
#include "run/page_today.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "ledger/ledger.h"
#include "model/units.h"
#include "report/figure.h"
#include "report/totals.h"
#include "run/event_place.h"

#include <string.h>

enum { CELL_BYTES_MAX = 64, DECIMALS = 6 };

/* Of each day's events the newest that matter, and the newest that are information alone: a large site tells thousands of these. */
enum { EVENTS_SHOWN = 50, INFOS_SHOWN = 20 };

/* The figure that `add` writes as a JSON number; null when it has none. */
static void add_number(struct json *json, const char *key, const struct buf *text)
{
	if (strcmp(buf_text(text), FIGURE_NONE) == 0 || text->bytes == 0)
		json_add_null(json, key);
	else
		json_add_raw(json, key, buf_text(text));
}

/* kg CO2e; null when it is not known. */
static void add_kg(struct json *json, const char *key, bool is_known, int64_t mg)
{
	struct buf text;

	buf_init(&text, CELL_BYTES_MAX);
	if (is_known)
		figure_add_kg(&text, mg, DECIMALS);
	add_number(json, key, &text);
	buf_deinit(&text);
}

static void add_start(struct json *json, int64_t start_s)
{
	struct buf text;

	buf_init(&text, CELL_BYTES_MAX);
	figure_add_utc(&text, start_s * UNITS_MS_PER_S);
	json_add_text(json, "start_utc", buf_text(&text));
	buf_deinit(&text);
}

static void add_total(struct json *json, const struct report_total *row)
{
	struct buf text;

	buf_init(&text, CELL_BYTES_MAX);
	json_open_object(json, NULL);
	json_add_text(json, "site", row->site == NULL ? NULL : row->site->id);
	add_start(json, row->start_s);
	if (row->level == REPORT_DEVICE)
		json_add_text(json, "device", row->meter->device);
	if (row->has_energy)
		figure_add_kwh(&text, row->energy_millij, DECIMALS);
	add_number(json, "energy_kwh", &text);
	add_kg(json, "location_kg", row->has_location, row->location_mg);
	add_kg(json, "hourly_kg", row->hourly.has, row->hourly.mg);
	add_kg(json, "direct_kg", report_fuel_has_scope1(&row->fuel), row->fuel.sum.scope1_mg);
	buf_clear(&text);
	figure_add_pct(&text, report_total_covered_ms(row), row->expected_ms);
	add_number(json, "coverage_pct", &text);
	if (row->level == REPORT_SITE) {
		json_add_i64(json, "devices", (int64_t)row->asset_count);
		json_add_i64(json, "devices_metered", (int64_t)row->metered_count);
	}
	json_close_object(json);
	buf_deinit(&text);
}

static void add_level(struct json *json, const char *key, const struct report_totals *totals, enum report_level level)
{
	json_open_array(json, key);
	for (size_t i = 0; i < totals->count; i++) {
		if (totals->row[i].level == level)
			add_total(json, &totals->row[i]);
	}
	json_close_array(json);
}

/* Events come oldest first: the first pass counts them, the second skips all but the last. By whether they are information alone. */
struct events {
	const struct report_register *reg;
	struct json *json;
	size_t count[2];
	size_t skip[2];
};

static enum err count_event(void *context, const struct ledger_event_row *event, struct err_info *info)
{
	struct events *events = context;

	(void)info;
	events->count[event->level >= LOG_LEVEL_INFO]++;
	return ERR_NONE;
}

static enum err take_event(void *context, const struct ledger_event_row *event, struct err_info *info)
{
	struct events *events = context;
	size_t *skip = &events->skip[event->level >= LOG_LEVEL_INFO];
	struct report_place place;

	(void)info;
	if (*skip > 0) {
		(*skip)--;
		return ERR_NONE;
	}
	place = report_register_place(events->reg, event);
	event_place_add_json(events->json, event, &place);
	return ERR_NONE;
}

static size_t beyond(size_t count, size_t shown)
{
	return count > shown ? count - shown : 0;
}

static enum err add_events(struct json *json, struct ledger *ledger, const struct report_totals *totals, struct err_info *info)
{
	int64_t now_s = totals->now_utc_ms / UNITS_MS_PER_S;
	struct ledger_filter filter = {.start_s = now_s - UNITS_S_PER_DAY, .end_s = now_s + UNITS_S_PER_MIN};
	struct events events = {.reg = &totals->reg, .json = json};
	enum err err = ledger_query_events(ledger, &filter, count_event, &events, info);

	json_open_array(json, "events");
	events.skip[false] = beyond(events.count[false], EVENTS_SHOWN);
	events.skip[true] = beyond(events.count[true], INFOS_SHOWN);
	if (err == ERR_NONE)
		err = ledger_query_events(ledger, &filter, take_event, &events, info);
	json_close_array(json);
	return err;
}

static enum err write(struct buf *out, struct ledger *ledger, struct err_info *info)
{
	struct report_request request = {.period = "today"};
	struct report_totals totals;
	struct clock_reading now;
	struct json json;
	enum err err;

	clock_read(&now);
	request.now_utc_ms = now.utc_ns / CLOCK_NS_PER_MS;
	err = report_totals_make(&totals, ledger, &request, REPORT_DEVICE, info);
	if (err != ERR_NONE)
		return err;
	json_init(&json, out);
	json_open_object(&json, NULL);
	json_add_text(&json, "schema", "wattledger.today/1");
	add_level(&json, "sites", &totals, REPORT_SITE);
	add_level(&json, "devices", &totals, REPORT_DEVICE);
	err = add_events(&json, ledger, &totals, info);
	json_close_object(&json);
	buf_add_char(out, '\n');
	report_totals_deinit(&totals);
	return err;
}

enum err page_today_write(struct buf *out, const char *ledger_path, struct err_info *info)
{
	struct ledger *ledger = NULL;
	enum err err = ledger_open_readonly(&ledger, ledger_path, info);

	if (err == ERR_NONE)
		err = write(out, ledger, info);
	ledger_close(ledger);
	return err;
}
