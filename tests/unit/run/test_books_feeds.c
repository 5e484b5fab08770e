/* SPDX-License-Identifier: Apache-2.0 */
/* How much of its feeds a source explains, in the status. Two PDUs (d0, d1), a server's BMC (d2) on an outlet of each, its processors (d3). */
#include "books_rig.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static void add_meter(struct rig *rig, uint32_t device, uint32_t number, const char *key)
{
	struct meter_info info = {.role = strcmp(key, "total") == 0 ? ROLE_TOTAL : ROLE_PART,
				  .caliber = CALIBER_ACTUAL,
				  .energy.unit_den = 1,
				  .energy_out.unit_den = 1,
				  .is_component = device == 3};

	snprintf(info.key, sizeof(info.key), "%s", key);
	rig_meter_info(rig, device, number, &info);
}

static void open(struct rig *rig, const char *fed_by)
{
	rig_open(rig, 4);
	rig->device[2].fed_by = fed_by;
	rig->device[3].fed_by = "d2";
	for (uint32_t pdu = 0; pdu < 2; pdu++) {
		add_meter(rig, pdu, 0, "total");
		add_meter(rig, pdu, 1, "outlet/7");
	}
	add_meter(rig, 2, 0, "total");
	add_meter(rig, 3, 0, "total");
}

static void read_power(struct rig *rig, uint32_t device, uint32_t number, double power_w)
{
	struct sample sample = {.device = device,
				.meter = number,
				.quantity = QUANTITY_POWER,
				.caliber = CALIBER_ACTUAL,
				.boot_ns = rig->boot_ns,
				.value = power_w};
	struct err_info info = {0};

	cr_assert(books_put_samples(rig->books, WIRE_KIND_SNMP, &sample, 1, rig->boot_ns, &info) == ERR_NONE, "%s", info.text);
}

static void read_all(struct rig *rig)
{
	read_power(rig, 0, 0, 900);
	read_power(rig, 0, 1, 120);
	read_power(rig, 1, 0, 700);
	read_power(rig, 1, 1, 80);
	read_power(rig, 2, 0, 190);
	read_power(rig, 3, 0, 95);
}

static void expect_status(struct rig *rig, const char *text)
{
	struct json json;
	struct buf out;

	buf_init(&out, 1 << 16);
	json_init(&json, &out);
	json_open_object(&json, NULL);
	books_add_status(rig->books, &json, rig->boot_ns);
	json_close_object(&json);
	cr_expect(strstr(buf_text(&out), text) != NULL, "no %s in %s", text, buf_text(&out));
	buf_deinit(&out);
}

Test(books_feeds, outlets_are_added_and_each_inner_one_is_compared_with_what_feeds_it)
{
	struct rig rig;

	open(&rig, "d0/outlet/7,d1/outlet/7");
	read_all(&rig);
	/* 190 W of 120 + 80 W; 95 W of 190 W. */
	expect_status(&rig,
		      "\"feeds\":{\"fed_by\":\"d0/outlet/7,d1/outlet/7\",\"power_w\":200,\"explained_pct\":95,\"is_component\":false}");
	expect_status(&rig, "\"feeds\":{\"fed_by\":\"d2\",\"power_w\":190,\"explained_pct\":50,\"is_component\":true}");
	expect_status(&rig, "\"device\":\"d0\",");
	expect_status(&rig, "\"feeds\":null");
	rig_close(&rig);
}

Test(books_feeds, whole_device_is_its_total)
{
	struct rig rig;

	open(&rig, "d1");
	read_all(&rig);
	/* 190 W of 700 W. */
	expect_status(&rig, "\"feeds\":{\"fed_by\":\"d1\",\"power_w\":700,\"explained_pct\":27.1,");
	rig_close(&rig);
}

Test(books_feeds, an_outlet_that_is_old_or_not_there_makes_nothing_known)
{
	struct rig rig;

	open(&rig, "d0/outlet/7,d1/outlet/9");
	read_all(&rig);
	expect_status(&rig, "\"fed_by\":\"d0/outlet/7,d1/outlet/9\",\"power_w\":null,\"explained_pct\":null,");
	rig_pass(&rig, 31); /* more than three intervals of 10 s */
	read_power(&rig, 3, 0, 95);
	expect_status(&rig, "\"feeds\":{\"fed_by\":\"d2\",\"power_w\":null,\"explained_pct\":null,\"is_component\":true}");
	rig_close(&rig);
}

Test(books_feeds, a_feed_that_carries_nothing_explains_nothing)
{
	struct rig rig;

	open(&rig, "d0/outlet/7");
	read_all(&rig);
	read_power(&rig, 0, 1, 0);
	expect_status(&rig, "\"fed_by\":\"d0/outlet/7\",\"power_w\":0,\"explained_pct\":null,");
	rig_close(&rig);
}
