/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/fixture.h"
#include "ledger/outbox.h"
#include "ledger/resume.h"
#include "ledger/rows.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#define DAY_MS (FIXTURE_DAY_S * 1000)
#define MINUTE_MS INT64_C(60000)

static void add_row(struct fixture *fixture, uint64_t id, const char *output, enum ledger_outbox_kind kind, int64_t created_ms)
{
	char lines[64];
	struct ledger_outbox_row row = {
	    .id = id, .output = output, .kind = kind, .created_utc_ms = created_ms, .point_count = 2, .payload = lines};

	row.payload_bytes = (size_t)snprintf(lines, sizeof(lines), "energy power_w=1 %llu\nenergy power_w=2 0\n", (unsigned long long)id);
	cr_assert_eq(ledger_batch_add_outbox(&fixture->batch, &row, &fixture->info), ERR_NONE, "%s", fixture->info.text);
}

/* Ids of a lane in order, as text: "3 4 ". */
static void list_lane(struct fixture *fixture, const char *output, enum ledger_outbox_lane lane, int64_t live_since_ms,
		      char out[static 512])
{
	struct ledger_outbox_cursor cursor = {.output = output, .lane = lane, .live_since_utc_ms = live_since_ms};
	struct ledger_outbox_item item;
	struct buf payload;
	bool is_found = true;
	size_t at = 0;

	buf_init(&payload, 1 << 16);
	out[0] = '\0';
	while (is_found) {
		buf_clear(&payload);
		cr_assert_eq(ledger_outbox_next(fixture->ledger, &cursor, &item, &payload, &is_found, &fixture->info), ERR_NONE, "%s",
			     fixture->info.text);
		if (!is_found)
			break;
		cr_assert_eq(item.is_live, lane == LEDGER_LANE_LIVE);
		cr_assert_eq(item.payload_bytes, payload.bytes);
		at += (size_t)snprintf(out + at, 512 - at, "%llu ", (unsigned long long)item.id);
	}
	buf_deinit(&payload);
}

Test(outbox, live_rows_come_apart_from_the_backlog_oldest_first)
{
	struct fixture fixture;
	char lane[512];

	fixture_init(&fixture, 0);
	for (uint64_t id = 1; id <= 6; id++)
		add_row(&fixture, id, id % 2 == 1 ? "influx" : "vm", LEDGER_OUTBOX_SAMPLES, DAY_MS + (int64_t)id * 1000);
	fixture_commit(&fixture);
	list_lane(&fixture, "influx", LEDGER_LANE_LIVE, DAY_MS + 3000, lane);
	cr_assert_str_eq(lane, "3 5 ");
	list_lane(&fixture, "influx", LEDGER_LANE_BACKLOG, DAY_MS + 3000, lane);
	cr_assert_str_eq(lane, "1 ");
	list_lane(&fixture, "nobody", LEDGER_LANE_LIVE, 0, lane);
	cr_assert_str_eq(lane, "");
	fixture_deinit(&fixture);
}

Test(outbox, lines_come_back_byte_for_byte)
{
	struct fixture fixture;
	static char lines[300000];
	struct ledger_outbox_row row = {
	    .id = 9, .output = "influx", .created_utc_ms = DAY_MS, .point_count = 1, .payload = lines, .payload_bytes = sizeof(lines)};
	struct ledger_outbox_figures figures;
	struct buf payload;
	bool is_found = false;

	fixture_init(&fixture, 0);
	for (size_t i = 0; i < sizeof(lines); i++)
		lines[i] = (char)('a' + (i * i / 97) % 26);
	cr_assert_eq(ledger_batch_add_outbox(&fixture.batch, &row, &fixture.info), ERR_NONE);
	fixture_commit(&fixture);
	buf_init(&payload, sizeof(lines));
	cr_assert_eq(ledger_outbox_read(fixture.ledger, 9, &payload, &is_found, &fixture.info), ERR_NONE, "%s", fixture.info.text);
	cr_assert(is_found);
	cr_assert_eq(payload.bytes, sizeof(lines));
	cr_assert_eq(memcmp(payload.data, lines, sizeof(lines)), 0);
	cr_assert_eq(ledger_outbox_measure(fixture.ledger, "influx", &figures, &fixture.info), ERR_NONE);
	cr_assert_eq(figures.row_count, 1);
	cr_assert_lt(figures.stored_bytes, sizeof(lines));
	cr_assert_eq(figures.oldest_utc_ms, DAY_MS);
	buf_clear(&payload);
	cr_assert_eq(ledger_outbox_read(fixture.ledger, 10, &payload, &is_found, &fixture.info), ERR_NONE);
	cr_assert(!is_found);
	buf_deinit(&payload);
	fixture_deinit(&fixture);
}

Test(outbox, a_deleted_row_is_gone_and_its_id_is_never_given_again)
{
	struct fixture fixture;
	struct ledger_resume resume;
	char lane[512];

	fixture_init(&fixture, 0);
	add_row(&fixture, 41, "influx", LEDGER_OUTBOX_SAMPLES, DAY_MS);
	fixture_commit(&fixture);
	cr_assert_eq(ledger_batch_delete_outbox(&fixture.batch, 41, &fixture.info), ERR_NONE);
	fixture_commit(&fixture);
	list_lane(&fixture, "influx", LEDGER_LANE_LIVE, 0, lane);
	cr_assert_str_eq(lane, "");
	fixture_close(&fixture);
	cr_assert_eq(fixture_open(&fixture, NULL), ERR_NONE);
	cr_assert_eq(ledger_resume_read(fixture.ledger, &resume, &fixture.info), ERR_NONE);
	cr_assert_eq(resume.next_outbox_id, 42);
	fixture_deinit(&fixture);
}

Test(outbox, a_row_added_and_deleted_in_one_batch_is_not_there)
{
	struct fixture fixture;
	char lane[512];

	fixture_init(&fixture, 0);
	cr_assert_eq(ledger_batch_delete_outbox(&fixture.batch, 1, &fixture.info), ERR_NONE);
	add_row(&fixture, 1, "influx", LEDGER_OUTBOX_SAMPLES, DAY_MS);
	fixture_commit(&fixture);
	list_lane(&fixture, "influx", LEDGER_LANE_LIVE, 0, lane);
	cr_assert_str_eq(lane, "");
	fixture_deinit(&fixture);
}

static uint64_t stored_bytes(struct fixture *fixture)
{
	struct ledger_outbox_figures figures;

	cr_assert_eq(ledger_outbox_measure(fixture->ledger, NULL, &figures, &fixture->info), ERR_NONE);
	return figures.stored_bytes;
}

static enum err count_events(void *context, const struct ledger_event_row *row, struct err_info *info)
{
	(void)info;
	if (strncmp(row->code, "outbox_", 7) == 0)
		++*(int *)context;
	return ERR_NONE;
}

/* An hour of one sample row a minute (ids 1 to 60), and slot rows (61 to 64). */
static void fill_hour(struct fixture *fixture)
{
	for (uint64_t i = 0; i < 60; i++)
		add_row(fixture, i + 1, "influx", LEDGER_OUTBOX_SAMPLES, DAY_MS + (int64_t)i * MINUTE_MS);
	for (uint64_t i = 0; i < 4; i++)
		add_row(fixture, i + 61, "influx", LEDGER_OUTBOX_SLOTS, DAY_MS + (int64_t)i * 15 * MINUTE_MS);
	fixture_commit(fixture);
}

Test(outbox, within_its_bounds_nothing_is_touched)
{
	struct fixture fixture;
	struct ledger_outbox_bounds bounds = {.max_bytes = 1 << 20, .max_age_s = 86400, .now_utc_ms = DAY_MS + 60 * MINUTE_MS};
	struct ledger_outbox_loss loss;

	fixture_init(&fixture, 0);
	fill_hour(&fixture);
	cr_assert_eq(ledger_outbox_bound(fixture.ledger, &bounds, &loss, &fixture.info), ERR_NONE);
	cr_assert_eq(loss.thinned_rows + loss.dropped_rows + loss.parked_rows, 0);
	fixture_deinit(&fixture);
}

Test(outbox, pressure_thins_the_oldest_first_and_no_further_than_needed)
{
	struct fixture fixture;
	struct ledger_outbox_bounds bounds = {.now_utc_ms = DAY_MS + 60 * MINUTE_MS};
	struct ledger_outbox_loss loss;
	uint64_t row_bytes;
	char lane[512];
	int events = 0;

	fixture_init(&fixture, 0);
	fill_hour(&fixture);
	row_bytes = stored_bytes(&fixture) / 64;
	/* About five rows too much: of minutes 0, 1, 2 ... the first stays for its quarter of an hour. */
	bounds.max_bytes = stored_bytes(&fixture) - 5 * row_bytes;
	cr_assert_eq(ledger_outbox_bound(fixture.ledger, &bounds, &loss, &fixture.info), ERR_NONE);
	cr_assert_leq(stored_bytes(&fixture), bounds.max_bytes);
	cr_assert_eq(loss.dropped_rows, 0);
	cr_assert(loss.thinned_rows >= 5 && loss.thinned_rows <= 6);
	cr_assert_eq(loss.lost_points, 2 * loss.thinned_rows);
	list_lane(&fixture, "influx", LEDGER_LANE_LIVE, 0, lane);
	cr_assert_eq(strncmp(lane, loss.thinned_rows == 5 ? "1 7 8 9 " : "1 8 9 10 ", 8), 0, "%s", lane);
	cr_assert_eq(ledger_query_events(fixture.ledger, &(struct ledger_filter){0}, count_events, &events, &fixture.info), ERR_NONE);
	cr_assert_eq(events, 1);
	fixture_deinit(&fixture);
}

Test(outbox, slot_rows_outlive_all_pressure)
{
	struct fixture fixture;
	struct ledger_outbox_bounds bounds = {.max_bytes = 1, .max_age_s = 1, .now_utc_ms = DAY_MS + 600 * MINUTE_MS};
	struct ledger_outbox_loss loss;
	char lane[512];

	fixture_init(&fixture, 0);
	fill_hour(&fixture);
	cr_assert_eq(ledger_outbox_bound(fixture.ledger, &bounds, &loss, &fixture.info), ERR_NONE);
	list_lane(&fixture, "influx", LEDGER_LANE_LIVE, 0, lane);
	cr_assert_str_eq(lane, "61 62 63 64 ");
	cr_assert_eq(loss.dropped_rows, 60);
	fixture_deinit(&fixture);
}

Test(outbox, an_hour_under_heavy_pressure_keeps_one_row_a_quarter_then_one)
{
	struct fixture fixture;
	struct ledger_outbox_bounds bounds = {.now_utc_ms = DAY_MS + 60 * MINUTE_MS};
	struct ledger_outbox_loss loss;
	uint64_t row_bytes;
	char lane[512];

	fixture_init(&fixture, 0);
	fill_hour(&fixture);
	row_bytes = stored_bytes(&fixture) / 64;
	/* Room for nine rows: the 4 of slots and 4 of samples fit. */
	bounds.max_bytes = 9 * row_bytes;
	cr_assert_eq(ledger_outbox_bound(fixture.ledger, &bounds, &loss, &fixture.info), ERR_NONE);
	list_lane(&fixture, "influx", LEDGER_LANE_LIVE, 0, lane);
	cr_assert_str_eq(lane, "1 16 31 46 61 62 63 64 ");
	/* For six: one sample row of the hour. */
	bounds.max_bytes = 6 * row_bytes;
	cr_assert_eq(ledger_outbox_bound(fixture.ledger, &bounds, &loss, &fixture.info), ERR_NONE);
	list_lane(&fixture, "influx", LEDGER_LANE_LIVE, 0, lane);
	cr_assert_eq(strncmp(lane, "1 ", 2), 0);
	cr_assert_not_null(strstr(lane, "61 62 63 64 "));
	cr_assert_leq(stored_bytes(&fixture), bounds.max_bytes);
	fixture_deinit(&fixture);
}

static void park(struct fixture *fixture, uint64_t outbox_id, const char *lines)
{
	struct ledger_parking parking = {.outbox_id = outbox_id,
					 .output = "influx",
					 .created_utc_ms = DAY_MS,
					 .parked_utc_ms = DAY_MS + 1,
					 .http_status = 400,
					 .reason = "field type conflict\n\x1b[31m",
					 .point_count = 1,
					 .payload = lines,
					 .payload_bytes = strlen(lines)};

	cr_assert_eq(ledger_batch_add_parking(&fixture->batch, &parking, &fixture->info), ERR_NONE);
}

static enum err take_parked(void *context, const struct ledger_parked *parked, struct err_info *info)
{
	(void)info;
	snprintf(context, 512, "%llu %llu %s %u %s", (unsigned long long)parked->id, (unsigned long long)parked->outbox_id, parked->output,
		 (unsigned)parked->http_status, parked->reason);
	return ERR_NONE;
}

Test(outbox, refused_lines_are_kept_with_the_words_of_the_store)
{
	struct fixture fixture;
	struct buf payload;
	char text[512] = "";
	uint64_t count = 0;
	char lane[512];
	struct ledger_resume resume;

	fixture_init(&fixture, 0);
	add_row(&fixture, 7, "influx", LEDGER_OUTBOX_SAMPLES, DAY_MS);
	fixture_commit(&fixture);
	park(&fixture, 7, "bad line\n");
	cr_assert_eq(ledger_batch_delete_outbox(&fixture.batch, 7, &fixture.info), ERR_NONE);
	fixture_commit(&fixture);
	cr_assert_eq(ledger_parked_list(fixture.ledger, NULL, take_parked, text, &fixture.info), ERR_NONE);
	cr_assert_str_eq(text, "1 7 influx 400 field type conflict  [31m");
	buf_init(&payload, 1024);
	cr_assert_eq(ledger_parked_read(fixture.ledger, 1, &payload, &fixture.info), ERR_NONE);
	cr_assert_str_eq(buf_text(&payload), "bad line\n");
	cr_assert_eq(ledger_parked_read(fixture.ledger, 2, &payload, &fixture.info), ERR_DATA);
	buf_deinit(&payload);
	cr_assert_eq(ledger_parked_retry(fixture.ledger, 1, 8, &count, &fixture.info), ERR_NONE, "%s", fixture.info.text);
	cr_assert_eq(count, 1);
	list_lane(&fixture, "influx", LEDGER_LANE_LIVE, 0, lane);
	cr_assert_str_eq(lane, "8 ");
	cr_assert_eq(ledger_resume_read(fixture.ledger, &resume, &fixture.info), ERR_NONE);
	cr_assert_eq(resume.next_outbox_id, 9);
	cr_assert_eq(ledger_parked_drop(fixture.ledger, 1, &count, &fixture.info), ERR_DATA);
	fixture_deinit(&fixture);
}

Test(outbox, refused_lines_are_bounded_too)
{
	struct fixture fixture;
	struct ledger_outbox_bounds bounds = {.max_parked_bytes = 60, .now_utc_ms = DAY_MS};
	struct ledger_outbox_loss loss;
	struct ledger_outbox_figures figures;
	uint64_t count = 0;

	fixture_init(&fixture, 0);
	for (uint64_t i = 0; i < 10; i++)
		park(&fixture, i, "bad line\n");
	fixture_commit(&fixture);
	cr_assert_eq(ledger_outbox_bound(fixture.ledger, &bounds, &loss, &fixture.info), ERR_NONE);
	cr_assert_eq(ledger_outbox_measure(fixture.ledger, "influx", &figures, &fixture.info), ERR_NONE);
	cr_assert_eq(figures.parked_count, 10 - loss.parked_rows);
	cr_assert_gt(loss.parked_rows, 5);
	cr_assert_gt(figures.parked_count, 0);
	cr_assert_eq(ledger_parked_drop(fixture.ledger, 0, &count, &fixture.info), ERR_NONE);
	cr_assert_eq(count, figures.parked_count);
	fixture_deinit(&fixture);
}
