/* SPDX-License-Identifier: Apache-2.0 */
/* A site's power: known only when everything that counts has told it. */
#include "base/buf.h"
#include "base/json.h"
#include "ledger/rows.h"
#include "run/books_rig.h"
#include "wire/reason.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static void expect_status(struct rig *rig, const char *text)
{
	struct json json;
	struct buf out;

	buf_init(&out, 1 << 20);
	json_init(&json, &out);
	json_open_object(&json, NULL);
	books_add_status(rig->books, &json, rig->boot_ns);
	json_close_object(&json);
	cr_expect(strstr(buf_text(&out), text) != NULL, "%s is not in %s", text, buf_text(&out));
	buf_deinit(&out);
}

static void tell_state(struct rig *rig, uint32_t device, enum device_state state)
{
	struct wire_device record = {.device = device, .state = state};
	struct err_info info = {0};

	cr_assert(books_put_device(rig->books, WIRE_KIND_SNMP, &record, &info) == ERR_NONE, "%s", info.text);
}

Test(books_status, the_power_of_a_site_is_unknown_while_a_device_that_counts_has_not_answered)
{
	struct rig rig;

	rig_open(&rig, 2);
	expect_status(&rig,
		      "\"power_w\":null,\"known_power_w\":null,\"power_reason\":\"d0 has not answered yet, d1 has not answered yet\",\"metered\":0,\"unknown\":2");
	rig_meter(&rig, 0, 0, "total", ROLE_TOTAL, 0);
	rig_read(&rig, 0, 0, 1000, 100);
	expect_status(&rig, "\"power_w\":null,\"known_power_w\":100,\"power_reason\":\"d1 has not answered yet\",\"metered\":1,\"unknown\":1");
	tell_state(&rig, 1, DEVICE_SILENT);
	expect_status(&rig, "\"power_w\":null,\"known_power_w\":100,\"power_reason\":\"d1 has not answered yet\",\"metered\":1,\"unknown\":1");
	rig_meter(&rig, 1, 0, "total", ROLE_TOTAL, 0);
	expect_status(&rig, "\"power_w\":null,\"known_power_w\":100,\"power_reason\":\"d1 tells no power\",\"metered\":1,\"unknown\":1");
	rig_read(&rig, 1, 0, 1000, 50);
	expect_status(&rig, "\"power_w\":150,\"known_power_w\":150,\"power_reason\":\"\",\"metered\":2,\"unknown\":0");
	rig_close(&rig);
}

Test(books_status, a_device_that_answers_and_meters_no_energy_leaves_the_power_known)
{
	struct rig rig;

	rig_open(&rig, 2);
	rig_meter(&rig, 0, 0, "total", ROLE_TOTAL, 0);
	rig_read(&rig, 0, 0, 1000, 100);
	tell_state(&rig, 1, DEVICE_UP);
	expect_status(&rig, "\"power_w\":100,\"known_power_w\":100,\"power_reason\":\"\",\"metered\":1,\"unknown\":0");
	rig_close(&rig);
}

Test(books_status, three_unknown_ones_are_named_and_the_others_counted)
{
	struct rig rig;

	rig_open(&rig, 4);
	expect_status(
	    &rig,
	    "\"power_reason\":\"d0 has not answered yet, d1 has not answered yet, d2 has not answered yet and 1 more\",\"metered\":0,\"unknown\":4");
	rig_close(&rig);
}

static enum err count_driver_event(void *context, const struct ledger_event_row *row, struct err_info *info)
{
	size_t *count = context;

	(void)info;
	count[0] += strcmp(row->code, "driver_unfit") == 0;
	count[1] += strcmp(row->code, "driver_fits") == 0;
	return ERR_NONE;
}

Test(books_status, a_driver_that_no_longer_fits_is_an_event_and_is_counted_until_one_fits)
{
	static const struct {
		enum device_state state;
		const char *reason;
		uint32_t unfit;
	} step[] = {{DEVICE_UP, "", 0},
		    {DEVICE_PARTIAL, "2 values are missing", 0},
		    {DEVICE_PARTIAL, WIRE_REASON_DRIVER_UNFIT ": no rule holds", 1},
		    {DEVICE_PARTIAL, WIRE_REASON_DRIVER_UNFIT ": no rule holds", 1},
		    {DEVICE_UP, "", 0}};
	struct ledger_filter all = {0};
	size_t count[2] = {0};
	struct rig rig;

	rig_open(&rig, 1);
	for (size_t i = 0; i < sizeof(step) / sizeof(step[0]); i++) {
		struct wire_device record = {.state = step[i].state, .driver = "pdu"};
		struct err_info info = {0};

		snprintf(record.reason, sizeof(record.reason), "%s", step[i].reason);
		cr_assert(books_put_device(rig.books, WIRE_KIND_SNMP, &record, &info) == ERR_NONE, "%s", info.text);
		cr_expect_eq(books_unfit_count(rig.books, WIRE_KIND_SNMP), step[i].unfit, "step %zu", i);
	}
	rig_commit(&rig);
	cr_assert(ledger_query_events(rig.ledger, &all, count_driver_event, count, NULL) == ERR_NONE);
	cr_expect_eq(count[0], 1);
	cr_expect_eq(count[1], 1);
	rig_close(&rig);
}
