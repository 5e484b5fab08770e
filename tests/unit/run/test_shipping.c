/* SPDX-License-Identifier: Apache-2.0 */
/* Shipments over a real ledger in a temporary folder. */
#include "run/shipping.h"

#include "ledger/commit.h"
#include "ledger/ledger.h"
#include "ledger/outbox.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* 2026-10-05T12:00:00Z */
#define UTC_MS INT64_C(1791201600000)
#define DAY_MS INT64_C(86400000)
#define SECOND_NS INT64_C(1000000000)

static char folder[64];
static char path[96];
static struct plan_output output = {.name = "out", .kind = OUTPUT_INFLUXDB_V2, .send = OUTPUT_SEND_ALL};
static struct plan_core plan = {.output = &output, .output_count = 1};
static struct ledger *ledger;
static struct ledger_batch batch;
static struct points points;
static struct shipping shipping;
static struct err_info info;

static void open_ledger(void)
{
	const struct ledger_options options = {.path = path, .now_utc_ms = UTC_MS, .has_no_reserve = true};

	cr_assert_eq(ledger_open(&ledger, &options, NULL, &info), ERR_NONE, "%s", info.text);
}

static void begin(void)
{
	snprintf(folder, sizeof folder, "/tmp/wattledger-shipping-XXXXXX");
	cr_assert_not_null(mkdtemp(folder));
	snprintf(path, sizeof path, "%s/ledger.db", folder);
	open_ledger();
	ledger_batch_init(&batch, 1 << 20);
	cr_assert_eq(points_init(&points, &plan, &info), ERR_NONE);
	cr_assert_eq(shipping_init(&shipping, &plan, 1, &info), ERR_NONE);
}

static void end(void)
{
	DIR *entries = opendir(folder);
	const struct dirent *entry;
	char file[400];

	shipping_deinit(&shipping);
	points_deinit(&points);
	ledger_batch_deinit(&batch);
	ledger = ledger_close(ledger);
	while (entries != NULL && (entry = readdir(entries)) != NULL) {
		snprintf(file, sizeof file, "%s/%s", folder, entry->d_name);
		(void)unlink(file);
	}
	closedir(entries);
	rmdir(folder);
}

TestSuite(shipping, .init = begin, .fini = end);

static void add_samples(const char *lines, uint32_t count)
{
	struct buf line;

	buf_init(&line, 1 << 16);
	buf_add_text(&line, lines);
	points_add_samples(&points, &line, count, true);
	buf_deinit(&line);
}

static void add_slots(const char *lines, uint32_t count)
{
	struct buf line;

	buf_init(&line, 1 << 16);
	buf_add_text(&line, lines);
	points_add_slots(&points, &line, count);
	buf_deinit(&line);
}

static void collect(int64_t utc_ms)
{
	cr_assert_eq(shipping_collect(&shipping, &points, &batch, utc_ms, &info), ERR_NONE, "%s", info.text);
}

static void commit(void)
{
	struct ledger_commit_report report;

	cr_assert_eq(ledger_commit(ledger, &batch, &report, &info), ERR_NONE, "%s", info.text);
	ledger_batch_clear(&batch);
	shipping_committed(&shipping);
}

static void collect_and_commit(void)
{
	collect(UTC_MS);
	commit();
}

/* The text that is offered at a boot second, NULL when there is none. */
static const char *offer(int64_t boot_s)
{
	struct shipment *shipment;
	static char text[256];

	cr_assert_eq(shipping_offer(&shipping, 0, ledger, boot_s * SECOND_NS, &shipment, &info), ERR_NONE, "%s", info.text);
	if (shipment == NULL)
		return NULL;
	cr_assert_lt(shipment->bytes, sizeof text);
	memcpy(text, shipment->payload, shipment->bytes);
	text[shipment->bytes] = '\0';
	return text;
}

static enum err settle_at(const struct wire_verdict *verdict, int64_t boot_s, int64_t utc_ms)
{
	return shipping_settle(&shipping, 0, verdict, &batch, boot_s * SECOND_NS, utc_ms, &info);
}

/* A verdict on what is in flight, at boot second 100. */
static void settle(enum wire_verdict_code code, uint32_t retry_after_s)
{
	struct wire_verdict verdict = {
	    .batch_id = shipping.output[0].in_flight->id, .code = code, .retry_after_s = retry_after_s, .text = "the store's words"};

	cr_assert_eq(settle_at(&verdict, 100, UTC_MS), ERR_NONE, "%s", info.text);
}

static struct ledger_outbox_figures outbox(void)
{
	struct ledger_outbox_figures figures;

	cr_assert_eq(ledger_outbox_measure(ledger, "out", &figures, &info), ERR_NONE, "%s", info.text);
	return figures;
}

/* The agent ends and starts anew on the same ledger. */
static void restart(uint64_t next_id)
{
	shipping_deinit(&shipping);
	ledger_batch_clear(&batch);
	ledger = ledger_close(ledger);
	open_ledger();
	cr_assert_eq(shipping_init(&shipping, &plan, next_id, &info), ERR_NONE);
}

Test(shipping, nothing_leaves_before_its_commit)
{
	add_samples("energy a=1\n", 1);
	cr_expect_null(offer(1));
	collect(UTC_MS);
	cr_expect_null(offer(1), "it is not booked yet");
	commit();
	cr_expect_str_eq(offer(1), "energy a=1\n");
	cr_expect_eq(outbox().row_count, 1, "the outbox holds it until it is accepted");
}

Test(shipping, only_ok_deletes)
{
	add_samples("energy a=1\nenergy a=2\n", 2);
	collect_and_commit();
	cr_assert_not_null(offer(1));
	cr_expect_null(offer(1), "one at a time");
	settle(VERDICT_RETRY, 30);
	commit();
	cr_expect_eq(outbox().row_count, 1);
	cr_expect_str_eq(shipping.output[0].error, "the store's words");
	cr_expect_null(offer(129), "not before 100 s + 30 s");
	cr_expect_eq(shipping_next_ns(&shipping), 130 * SECOND_NS);
	cr_expect_str_eq(offer(130), "energy a=1\nenergy a=2\n");
	settle(VERDICT_OK, 0);
	cr_expect_eq(outbox().row_count, 1, "until the next commit");
	commit();
	cr_expect_eq(outbox().row_count, 0);
	cr_expect_eq(shipping.output[0].sent_points, 2);
	cr_expect_str_eq(shipping.output[0].error, "");
	cr_expect_null(offer(200));
	cr_expect_eq(shipping_next_ns(&shipping), INT64_MAX);
}

Test(shipping, samples_and_slots_are_bodies_of_their_own)
{
	add_samples("energy a=1\n", 1);
	add_slots("slot a=1\n", 1);
	collect_and_commit();
	cr_expect_eq(shipping_measure(&shipping, 0).shipment_count, 2);
	cr_expect_eq(shipping_measure(&shipping, 0).bytes, strlen("energy a=1\nslot a=1\n"));
	cr_expect_eq(shipping_measure(&shipping, 0).oldest_utc_ms, UTC_MS);
	cr_assert_not_null(offer(1));
	cr_expect_eq(shipping_measure(&shipping, 0).shipment_count, 2, "in flight counts");
	settle(VERDICT_OK, 0);
	cr_assert_not_null(offer(1));
	settle(VERDICT_OK, 0);
	commit();
	cr_expect_eq(outbox().row_count, 0);
}

Test(shipping, refused_lines_are_parked_with_the_stores_words)
{
	struct wire_verdict verdict = {
	    .code = VERDICT_REJECTED, .http_status = 400, .rejected_count = 2, .rejected_line = {0, 2}, .text = "field type conflict"};
	struct buf lines;

	add_samples("energy a=1\nenergy a=2\nenergy a=3\n", 3);
	collect_and_commit();
	cr_assert_not_null(offer(1));
	verdict.batch_id = shipping.output[0].in_flight->id;
	cr_assert_eq(settle_at(&verdict, 2, UTC_MS), ERR_NONE, "%s", info.text);
	commit();
	cr_expect_eq(outbox().row_count, 0);
	cr_expect_eq(outbox().parked_points, 2);
	cr_expect_eq(shipping.output[0].parked_points, 2);
	cr_expect_eq(shipping.output[0].sent_points, 1);
	buf_init(&lines, 1 << 12);
	cr_assert_eq(ledger_parked_read(ledger, 1, &lines, &info), ERR_NONE, "%s", info.text);
	cr_expect_str_eq(buf_text(&lines), "energy a=1\nenergy a=3\n");
	buf_deinit(&lines);
}

Test(shipping, more_refused_lines_than_a_verdict_names_are_all)
{
	struct wire_verdict verdict = {.code = VERDICT_REJECTED, .http_status = 400, .rejected_count = 300, .text = "no"};

	add_samples("energy a=1\nenergy a=2\n", 2);
	collect_and_commit();
	cr_assert_not_null(offer(1));
	verdict.batch_id = shipping.output[0].in_flight->id;
	cr_assert_eq(settle_at(&verdict, 2, UTC_MS), ERR_NONE, "%s", info.text);
	commit();
	cr_expect_eq(outbox().parked_points, 2);
	cr_expect_eq(shipping.output[0].sent_points, 0);
}

Test(shipping, a_verdict_on_something_else_is_ignored)
{
	const struct wire_verdict verdict = {.batch_id = 4711, .code = VERDICT_OK};

	cr_expect_eq(settle_at(&verdict, 1, UTC_MS), ERR_DATA);
	add_samples("energy a=1\n", 1);
	collect_and_commit();
	cr_assert_not_null(offer(1));
	cr_expect_eq(settle_at(&verdict, 1, UTC_MS), ERR_DATA);
	cr_expect_not_null(shipping.output[0].in_flight);
}

Test(shipping, what_was_not_accepted_comes_back_after_a_restart)
{
	add_samples("energy a=1\n", 1);
	collect_and_commit();
	add_samples("energy a=2\n", 1);
	collect_and_commit();
	cr_assert_not_null(offer(1));
	restart(3);
	add_samples("energy a=3\n", 1);
	collect_and_commit();
	cr_expect_str_eq(offer(1), "energy a=3\n", "live first");
	settle(VERDICT_OK, 0);
	cr_expect_str_eq(offer(1), "energy a=1\n", "then the backlog, oldest first");
	cr_expect(shipping.output[0].in_flight->is_backlog);
	settle(VERDICT_OK, 0);
	cr_expect_str_eq(offer(1), "energy a=2\n");
	settle(VERDICT_OK, 0);
	cr_expect_null(offer(1), "each once");
	commit();
	cr_expect_eq(outbox().row_count, 0);
}

Test(shipping, a_deliver_that_was_restarted_gets_it_again)
{
	add_samples("energy a=1\n", 1);
	collect_and_commit();
	cr_assert_not_null(offer(1));
	shipping_recall(&shipping);
	cr_expect_str_eq(offer(1), "energy a=1\n");
}

Test(shipping, flash_writes_a_row_only_for_what_was_not_accepted)
{
	shipping.is_flash = true;
	add_samples("energy a=1\n", 1);
	collect_and_commit();
	cr_expect_eq(outbox().row_count, 0);
	cr_expect_str_eq(offer(1), "energy a=1\n");
	settle(VERDICT_OK, 0);
	add_samples("energy a=2\n", 1);
	collect_and_commit();
	cr_assert_not_null(offer(1));
	settle(VERDICT_RETRY, 60);
	cr_expect_eq(outbox().row_count, 0);
	collect_and_commit();
	cr_expect_eq(outbox().row_count, 1, "not accepted by the next commit");
	cr_expect_str_eq(offer(160), "energy a=2\n");
	settle(VERDICT_OK, 0);
	commit();
	cr_expect_eq(outbox().row_count, 0);
}

Test(shipping, over_the_days_bytes_samples_wait_and_slots_go)
{
	output.max_bytes_per_day = 10;
	add_samples("energy a=1\n", 1);
	collect_and_commit();
	cr_assert_not_null(offer(1));
	settle(VERDICT_OK, 0);
	add_samples("energy a=2\n", 1);
	collect_and_commit();
	cr_expect_null(offer(1), "11 bytes of 10 have gone");
	cr_expect_eq(shipping_next_ns(&shipping), 61 * SECOND_NS);
	shipping_deinit(&shipping);
	cr_assert_eq(shipping_init(&shipping, &plan, 10, &info), ERR_NONE);
	add_slots("slot a=1\n", 1);
	collect_and_commit();
	cr_expect_str_eq(offer(1), "slot a=1\n");
}

Test(shipping, yesterdays_backlog_counts_on_todays_bytes)
{
	struct wire_verdict verdict = {.code = VERDICT_OK};

	for (int i = 0; i < 2; i++) {
		add_samples("energy a=1\n", 1);
		collect(UTC_MS - DAY_MS);
		commit();
	}
	output.max_bytes_per_day = 10;
	cr_assert_not_null(offer(1));
	verdict.batch_id = shipping.output[0].in_flight->id;
	cr_assert_eq(settle_at(&verdict, 2, UTC_MS), ERR_NONE, "%s", info.text);
	cr_expect_null(offer(3), "today's ten bytes are spent");
}

Test(shipping, a_reload_keeps_what_is_on_its_way)
{
	struct plan_output renewed[2] = {{.name = "new"}, {.name = "out"}};
	const struct plan_core next = {.output = renewed, .output_count = 2};
	struct shipping other;
	struct shipment *shipment;

	add_samples("energy a=1\n", 1);
	collect_and_commit();
	cr_assert_eq(shipping_init(&other, &next, 1, &info), ERR_NONE);
	shipping_take_over(&other, &shipping);
	cr_expect_eq(other.next_id, 2);
	cr_expect_eq(shipping_measure(&shipping, 0).shipment_count, 0);
	cr_assert_eq(shipping_offer(&other, 1, ledger, SECOND_NS, &shipment, &info), ERR_NONE);
	cr_assert_not_null(shipment);
	cr_expect_eq(shipment->id, 1);
	cr_expect_str_eq(other.output[1].plan->name, "out");
	shipping_deinit(&other);
}

Test(shipping, on_a_metered_link_the_first_points_of_a_slot_wait_for_the_others)
{
	output.send = OUTPUT_SEND_SLOTS;
	shipping.gather_ns = 60 * SECOND_NS;
	add_slots("slot first\n", 1);
	collect_and_commit();
	cr_expect_null(offer(100));
	add_slots("slot others\n", 1);
	collect_and_commit();
	cr_expect_eq(shipping_next_ns(&shipping), 160 * SECOND_NS);
	cr_expect_null(offer(159));
	cr_expect_str_eq(offer(160), "slot first\nslot others\n");
	settle(VERDICT_RETRY, 70); /* at 100: not before 170, and then at once */
	cr_expect_str_eq(offer(170), "slot first\nslot others\n");
	settle(VERDICT_OK, 0);
	cr_expect_null(offer(170));
	/* The next slot's wait again. */
	add_slots("slot next\n", 1);
	collect_and_commit();
	cr_expect_null(offer(1000));
	cr_expect_str_eq(offer(1060), "slot next\n");
}

Test(shipping, the_outbox_goes_on_while_a_slot_waits_for_the_others)
{
	output.send = OUTPUT_SEND_SLOTS;
	add_slots("slot old\n", 1);
	collect_and_commit();
	add_slots("slot second\n", 1);
	collect_and_commit();
	restart(3);
	shipping.gather_ns = 60 * SECOND_NS;
	add_slots("slot new\n", 1);
	collect_and_commit();
	cr_expect_str_eq(offer(100), "slot old\n");
	settle(VERDICT_OK, 0);
	cr_expect_leq(shipping_next_ns(&shipping), 100 * SECOND_NS, "there is more");
	cr_expect_str_eq(offer(100), "slot second\n");
	settle(VERDICT_OK, 0);
	cr_expect_null(offer(100));
	cr_expect_eq(shipping_next_ns(&shipping), 160 * SECOND_NS);
	cr_expect_null(offer(159));
	cr_expect_str_eq(offer(160), "slot new\n");
	settle(VERDICT_OK, 0);
	commit();
	cr_expect_eq(outbox().row_count, 0);
}

Test(shipping, what_goes_as_one_comes_apart_when_it_is_refused_and_keeps_its_rows)
{
	output.send = OUTPUT_SEND_SLOTS;
	shipping.gather_ns = 60 * SECOND_NS;
	for (int i = 0; i < 3; i++) {
		add_slots(i == 1 ? "slot bad\n" : "slot good\n", 1);
		collect_and_commit();
	}
	cr_expect_null(offer(0));
	cr_expect_str_eq(offer(60), "slot good\nslot bad\nslot good\n");
	cr_expect_eq(shipping_measure(&shipping, 0).point_count, 3);
	cr_expect_eq(shipping.output[0].ram_bytes, 0);
	/* Nobody answers; the commit of a fourth comes first. */
	shipping_recall(&shipping);
	cr_expect_eq(shipping.output[0].ram_bytes, 29);
	cr_expect_eq(outbox().row_count, 3);
	add_slots("slot late\n", 1);
	collect_and_commit();
	cr_expect_str_eq(offer(61), "slot good\nslot bad\nslot good\nslot late\n");
	settle(VERDICT_REJECTED, 0);
	cr_expect_eq(shipping.output[0].parked_points, 0);
	cr_expect_str_eq(offer(100), "slot good\n");
	settle(VERDICT_OK, 0);
	cr_expect_str_eq(offer(100), "slot bad\n");
	cr_assert_eq(
	    settle_at(&(struct wire_verdict){.batch_id = shipping.output[0].in_flight->id, .code = VERDICT_REJECTED, .rejected_count = 1},
		      100, UTC_MS),
	    ERR_NONE);
	cr_expect_str_eq(offer(100), "slot good\n");
	settle(VERDICT_OK, 0);
	cr_expect_str_eq(offer(100), "slot late\n");
	settle(VERDICT_OK, 0);
	commit();
	cr_expect_eq(outbox().row_count, 0);
	cr_expect_eq(outbox().parked_points, 1);
	cr_expect_eq(shipping.output[0].sent_points, 3);
}

Test(shipping, points_wait_for_the_next_slot_and_a_fifteenth_or_two_commits)
{
	struct plan_core metered = {.output = &output, .output_count = 1, .slot_s = 900, .commit_ms = 10000};
	struct shipping other;

	cr_assert_eq(shipping_init(&other, &metered, 1, &info), ERR_NONE);
	cr_expect_eq(other.gather_ns, 960 * SECOND_NS);
	shipping_deinit(&other);
	metered.slot_s = 60;
	cr_assert_eq(shipping_init(&other, &metered, 1, &info), ERR_NONE);
	cr_expect_eq(other.gather_ns, 80 * SECOND_NS);
	shipping_deinit(&other);
	metered.is_flash = true;
	cr_assert_eq(shipping_init(&other, &metered, 1, &info), ERR_NONE);
	cr_expect_eq(other.gather_ns, 0);
	shipping_deinit(&other);
}
