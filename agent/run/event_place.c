/* SPDX-License-Identifier: Apache-2.0 */
#include "run/event_place.h"

#include "base/log.h"
#include "base/num.h"
#include "report/figure.h"
#include "run/event_text.h"

const char *event_place_level_name(int level)
{
	static const char *const NAMES[] = {[LOG_LEVEL_ERROR] = "error",
					    [LOG_LEVEL_WARNING] = "warning",
					    [LOG_LEVEL_NOTICE] = "notice",
					    [LOG_LEVEL_INFO] = "info",
					    [LOG_LEVEL_DEBUG] = "debug"};

	return level >= LOG_LEVEL_ERROR && level <= LOG_LEVEL_DEBUG ? NAMES[level] : "info";
}

void event_place_add_time(struct buf *out, const struct ledger_event_row *event)
{
	char seconds[NUM_TEXT_BYTES];

	if (event->utc_ms != 0) {
		figure_add_utc(out, event->utc_ms);
		return;
	}
	num_print_fixed(seconds, event->boot_ns / 1000000, 3, 0);
	buf_add_format(out, "boot %.8s + %s s", event->boot_id, seconds);
}

void event_place_add_json(struct json *json, const struct ledger_event_row *event, const struct report_place *place)
{
	struct buf utc;

	buf_init(&utc, 64);
	if (event->utc_ms != 0)
		figure_add_utc(&utc, event->utc_ms);
	json_open_object(json, NULL);
	json_add_i64(json, "id", event->event_id);
	json_add_text(json, "utc", event->utc_ms == 0 ? NULL : buf_text(&utc));
	json_add_text(json, "boot_id", event->boot_id[0] == '\0' ? NULL : event->boot_id);
	json_add_text(json, "level", event_place_level_name(event->level));
	json_add_text(json, "code", event->code);
	json_add_text(json, "site", place->site);
	json_add_text(json, "device", place->device);
	json_add_text(json, "meter", place->meter);
	json_add_text(json, "before", event->before[0] == '\0' ? NULL : event->before);
	json_add_text(json, "after", event->after[0] == '\0' ? NULL : event->after);
	json_add_i64(json, "energy_millij", event->millij);
	json_add_i64(json, "not_booked_millij", event_text_is_remainder(event->code) ? event->millij : 0);
	json_add_text(json, "text", event->text);
	json_close_object(json);
	buf_deinit(&utc);
}
