/* SPDX-License-Identifier: Apache-2.0 */
/* registry_event: what happened to places of the register, as events of the journal. */
#include "ledger/registry_priv.h"

#include "base/clock.h"
#include "base/log.h"

#include <stdio.h>

enum { EVENT_TEXT_BYTES = 320, EVENT_VALUE_BYTES = 96 };

static const char *const CODE[] = {
    [REGISTER_RENAMED] = "renamed", [REGISTER_RETIRED] = "retired", [REGISTER_RETURNED] = "returned", [REGISTER_RECLASSED] = "reclassed"};

void register_print_class(char out[static REGISTER_CLASS_BYTES], const struct register_class *class)
{
	(void)snprintf(out, REGISTER_CLASS_BYTES, "%s at %s%s%s", role_name((enum role) class->role), point_name((enum point) class->point),
		       class->is_in_total ? ", in the site's total" : "", class->is_summand ? ", in the device's sum" : "");
}

enum err register_tell(struct ledger_batch *batch, enum register_change change, const struct register_told *told, struct err_info *info)
{
	char text[EVENT_TEXT_BYTES];
	char before[EVENT_VALUE_BYTES];
	char since[CLOCK_TEXT_BYTES];
	struct ledger_event event = {
	    .utc_ms = told->at_utc_ms,
	    .level = LOG_LEVEL_NOTICE,
	    .code = CODE[change],
	    .site_id = told->site_id,
	    .device_id = told->device_id,
	    .meter_id = told->meter_id,
	    .before = told->before,
	    .after = told->id,
	    .text = text,
	};

	clock_print_utc(since, told->since_utc_ms);
	(void)snprintf(before, sizeof(before), "retired since %s", since);
	switch (change) {
	case REGISTER_RENAMED:
		(void)snprintf(text, sizeof(text), "%s goes on as %s: its history and its total with it", told->before, told->id);
		break;
	case REGISTER_RETIRED:
		event.before = "in force";
		event.after = "retired";
		(void)snprintf(text, sizeof(text), "%s is not there any more: it is retired, with what it counted", told->id);
		break;
	case REGISTER_RETURNED:
		event.before = before;
		event.after = "in force";
		(void)snprintf(text, sizeof(text), "%s is back: its history and its total go on", told->id);
		break;
	case REGISTER_RECLASSED:
		event.after = told->after;
		(void)snprintf(text, sizeof(text), "%s is %s from now on, after %s: what it counted stays where it was counted", told->id,
			       told->after, told->before);
		break;
	}
	return ledger_batch_add_event(batch, &event, info);
}
