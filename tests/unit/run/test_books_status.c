/* SPDX-License-Identifier: Apache-2.0 */
/* A site's power: known only when everything that counts has told it. */
#include "base/buf.h"
#include "base/json.h"
#include "run/books_rig.h"

#include <criterion/criterion.h>
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
		      "\"power_w\":null,\"power_reason\":\"d0 has not answered yet, d1 has not answered yet\",\"metered\":0,\"unknown\":2");
	rig_meter(&rig, 0, 0, "total", ROLE_TOTAL, 0);
	rig_read(&rig, 0, 0, 1000, 100);
	expect_status(&rig, "\"power_w\":null,\"power_reason\":\"d1 has not answered yet\",\"metered\":1,\"unknown\":1");
	tell_state(&rig, 1, DEVICE_SILENT);
	expect_status(&rig, "\"power_w\":null,\"power_reason\":\"d1 has not answered yet\",\"metered\":1,\"unknown\":1");
	rig_meter(&rig, 1, 0, "total", ROLE_TOTAL, 0);
	expect_status(&rig, "\"power_w\":null,\"power_reason\":\"d1 tells no power\",\"metered\":1,\"unknown\":1");
	rig_read(&rig, 1, 0, 1000, 50);
	expect_status(&rig, "\"power_w\":150,\"power_reason\":\"\",\"metered\":2,\"unknown\":0");
	rig_close(&rig);
}

Test(books_status, a_device_that_answers_and_meters_no_energy_leaves_the_power_known)
{
	struct rig rig;

	rig_open(&rig, 2);
	rig_meter(&rig, 0, 0, "total", ROLE_TOTAL, 0);
	rig_read(&rig, 0, 0, 1000, 100);
	tell_state(&rig, 1, DEVICE_UP);
	expect_status(&rig, "\"power_w\":100,\"power_reason\":\"\",\"metered\":1,\"unknown\":0");
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
