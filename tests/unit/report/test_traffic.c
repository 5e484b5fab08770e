/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"
#include "report/books.h"
#include "report/export.h"
#include "report/traffic.h"
#include "report/verify.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static struct books_fixture books;
static uint32_t router;

/* A router in Berlin's zone XB at 360 g/kWh. */
static void setup(void)
{
	books_fixture_init(&books);
	router = books_put_device(&books, books_put_site(&books, "pop", "XB", "UTC"), "router");
	books_put_factor(&books, "XB", 2026, 360000000, "2026");
}

static void teardown(void)
{
	books_fixture_deinit(&books);
}

TestSuite(traffic, .init = setup, .fini = teardown);

static uint32_t put_energy(void)
{
	struct books_meter_options total = {.key = "total", .role = ROLE_TOTAL, .supply = SUPPLY_GRID, .is_in_total = true};

	return books_put_meter(&books, router, &total);
}

static uint32_t put_port(const char *key, const char *parent, enum quantity quantity, enum ref ref)
{
	struct books_meter_options port = {
	    .key = key, .role = ROLE_PART, .quantity = quantity, .ref = ref, .parent = parent, .is_port = true};

	return books_put_meter(&books, router, &port);
}

static void put(uint32_t meter, const char *utc, int64_t amount)
{
	books_put_slot(&books, meter, "UTC", utc, COVERAGE_MEASURED, amount);
}

static struct report_totals totals;

static struct report_traffics make(void)
{
	struct report_request request = {.period = "2026-10-05", .now_utc_ms = books_utc_ms("2026-11-01T00:00:00Z")};
	struct report_traffics traffics;

	books_commit(&books);
	cr_assert_eq(report_totals_make(&totals, books.ledger, &request, REPORT_DEVICE, &books.info), ERR_NONE, "%s", books.info.text);
	cr_assert_eq(report_traffic_make(&traffics, books.ledger, &totals, &books.info), ERR_NONE, "%s", books.info.text);
	return traffics;
}

static void drop(struct report_traffics *traffics)
{
	report_traffic_deinit(traffics);
	report_totals_deinit(&totals);
}

static const struct report_traffic *find(const struct report_traffics *traffics, enum report_traffic_level level, enum ref ref,
					 const char *key)
{
	for (size_t i = 0; i < traffics->count; i++) {
		const struct report_traffic *row = &traffics->row[i];

		if (row->level == level && row->ref == ref && (key == NULL || strcmp(row->meter->key, key) == 0))
			return row;
	}
	cr_assert(false, "no row of level %d, ref %d, key %s", (int)level, (int)ref, key == NULL ? "any" : key);
	return NULL;
}

static bool says(void (*add)(struct buf *, const struct report_intensity *), const struct report_traffic *row, const char *expected)
{
	struct buf text;
	bool is_same;

	buf_init(&text, 256);
	add(&text, &row->intensity);
	is_same = strcmp(buf_text(&text), expected) == 0;
	if (!is_same)
		cr_log_warn("%s, expected %s", buf_text(&text), expected);
	buf_deinit(&text);
	return is_same;
}

/* Two slots of 0.05 kWh and 10 GB received, 2.5 GB sent: 50 Wh over 12.5 GB are 4 Wh/GB, 1.44 g/GB at 360 g/kWh. */
static void put_router(void)
{
	uint32_t energy = put_energy();
	uint32_t rx = put_port("if/1", NULL, QUANTITY_RX_OCTETS, REF_UNI);
	uint32_t tx = put_port("if/1", NULL, QUANTITY_TX_OCTETS, REF_UNI);

	for (int i = 0; i < 2; i++) {
		const char *utc = i == 0 ? "2026-10-05T10:00:00Z" : "2026-10-05T10:15:00Z";

		put(energy, utc, KWH / 20);
		put(rx, utc, INT64_C(10000000000));
		put(tx, utc, INT64_C(2500000000));
	}
}

Test(traffic, router_meets_the_octets_of_its_ports)
{
	struct report_traffics traffics;
	const struct report_traffic *site;
	const struct report_traffic *device;

	put_router();
	traffics = make();
	site = find(&traffics, REPORT_TRAFFIC_SITE, REF_UNI, NULL);
	device = find(&traffics, REPORT_TRAFFIC_DEVICE, REF_UNI, NULL);
	cr_assert_eq(site->rx_octets, INT64_C(20000000000));
	cr_assert_eq(site->tx_octets, INT64_C(5000000000));
	cr_assert_eq(site->intensity.valid_ms, 1800000);
	cr_assert_eq(site->intensity.energy_millij, KWH / 10);
	cr_assert_eq(site->intensity.location_mg, 36000);
	cr_assert(says(report_traffic_add_wh_per_gb, site, "4.000000"));
	cr_assert(says(report_traffic_add_g_per_gb, site, "1.440000"));
	cr_assert(says(report_traffic_add_ncie, site, "1.440000"));
	/* 4 Wh = 14400 J over 8e9 bits */
	cr_assert(says(report_traffic_add_j_per_bit, site, "0.000001800000000"));
	cr_assert(says(report_traffic_add_bit_per_j, site, "555555.555556"));
	cr_assert(says(report_traffic_add_wh_per_gb, device, "4.000000"));
	drop(&traffics);
}

/* A third slot has energy alone, and a fourth has it for 14 min 50 s: neither is valid, and neither's energy is in the sum. */
Test(traffic, time_without_one_of_both_is_left_out)
{
	struct interval early = {.millij = {[COVERAGE_MEASURED] = 700}, .covered_ms = {[COVERAGE_MEASURED] = 890000}};
	struct report_traffics traffics;
	const struct report_traffic *site;
	uint32_t energy;

	put_router();
	energy = put_energy(); /* the same meter */
	put(energy, "2026-10-05T10:30:00Z", KWH);
	books_put_interval(&books, energy, "UTC", "2026-10-05T10:45:00Z", early);
	put(put_port("if/1", NULL, QUANTITY_RX_OCTETS, REF_UNI), "2026-10-05T10:45:00Z", 1000);
	put(put_port("if/1", NULL, QUANTITY_TX_OCTETS, REF_UNI), "2026-10-05T10:45:00Z", 1000);
	traffics = make();
	site = find(&traffics, REPORT_TRAFFIC_SITE, REF_UNI, NULL);
	cr_assert_eq(site->intensity.valid_ms, 1800000);
	cr_assert_eq(site->rx_octets, INT64_C(20000001000), "octets are all of the period's");
	cr_assert(says(report_traffic_add_wh_per_gb, site, "4.000000"));
	drop(&traffics);
}

Test(traffic, second_port_that_says_nothing_leaves_no_intensity)
{
	struct report_traffics traffics;
	const struct report_traffic *site;

	put_router();
	(void)put_port("if/2", NULL, QUANTITY_RX_OCTETS, REF_UNI);
	traffics = make();
	site = find(&traffics, REPORT_TRAFFIC_SITE, REF_UNI, NULL);
	cr_assert_str_eq(site->intensity.missing, "no slot has all of its energy and all of its octets");
	cr_assert(says(report_traffic_add_wh_per_gb, site, "n/a"));
	drop(&traffics);
}

Test(traffic, ports_towards_the_core_are_told_and_have_no_intensity)
{
	struct report_traffics traffics;
	const struct report_traffic *uplink;

	put_router();
	put(put_port("xe/0", NULL, QUANTITY_RX_OCTETS, REF_UPLINK), "2026-10-05T10:00:00Z", 777);
	traffics = make();
	uplink = find(&traffics, REPORT_TRAFFIC_SITE, REF_UPLINK, NULL);
	cr_assert_eq(uplink->rx_octets, 777);
	cr_assert_not(uplink->has_tx);
	cr_assert(says(report_traffic_add_wh_per_gb, uplink, "n/a"));
	cr_assert(says(report_traffic_add_wh_per_gb, find(&traffics, REPORT_TRAFFIC_SITE, REF_UNI, NULL), "4.000000"));
	drop(&traffics);
}

/* A capture of if/1 saw 24 of its 25 GB in `seen` packets and dropped `dropped`; voice is a quarter of the octets in valid time. */
static void put_capture(int64_t seen, int64_t dropped)
{
	put_router();
	put(put_port("if/1/all", "if/1", QUANTITY_CAPTURED_OCTETS, REF_UNI), "2026-10-05T10:00:00Z", INT64_C(24000000000));
	put(put_port("if/1/all", "if/1", QUANTITY_CAPTURED_PACKETS, REF_UNI), "2026-10-05T10:00:00Z", seen);
	put(put_port("if/1/all", "if/1", QUANTITY_DROPPED_PACKETS, REF_UNI), "2026-10-05T10:00:00Z", dropped);
	put(put_port("if/1/voice", "if/1", QUANTITY_RX_OCTETS, REF_UNI), "2026-10-05T10:00:00Z", INT64_C(6000000000));
	put(put_port("if/1/voice", "if/1", QUANTITY_TX_OCTETS, REF_UNI), "2026-10-05T10:00:00Z", INT64_C(250000000));
}

Test(traffic, flow_has_its_share_of_the_energy)
{
	struct report_traffics traffics;
	const struct report_traffic *flow;
	struct buf text;

	put_capture(990, 10);
	traffics = make();
	flow = find(&traffics, REPORT_TRAFFIC_FLOW, REF_UNI, "if/1/voice");
	cr_assert_eq(flow->intensity.octets, INT64_C(6250000000));
	cr_assert_eq(flow->intensity.energy_millij, KWH / 40); /* a quarter of 0.1 kWh */
	cr_assert_eq(flow->intensity.location_mg, 9000);
	cr_assert(says(report_traffic_add_wh_per_gb, flow, "4.000000"));
	buf_init(&text, 64);
	report_traffic_add_capture_pct(&text, flow);
	buf_add_char(&text, ' ');
	report_traffic_add_dropped_pct(&text, flow);
	cr_assert_str_eq(buf_text(&text), "96.00 1.00");
	buf_deinit(&text);
	for (size_t i = 0; i < traffics.count; i++) /* the capture's own counts are no row: */
		cr_assert(traffics.row[i].meter == NULL || strcmp(traffics.row[i].meter->key, "if/1/all") != 0);
	drop(&traffics);
}

Test(traffic, more_than_a_hundredth_dropped_leaves_flows_without_intensity)
{
	struct report_traffics traffics;

	put_capture(980, 20);
	traffics = make();
	cr_assert(says(report_traffic_add_wh_per_gb, find(&traffics, REPORT_TRAFFIC_FLOW, REF_UNI, "if/1/voice"), "n/a"));
	/* The interface's own counters have dropped nothing. */
	cr_assert(says(report_traffic_add_wh_per_gb, find(&traffics, REPORT_TRAFFIC_SITE, REF_UNI, NULL), "4.000000"));
	drop(&traffics);
}

Test(traffic, energy_without_a_factor_has_wh_and_no_grams)
{
	struct report_traffics traffics;
	const struct report_traffic *site;
	struct books_meter_options genset = {.key = "genset", .role = ROLE_TOTAL, .supply = SUPPLY_GENSET, .is_in_total = true};
	uint32_t meter;

	put_router();
	meter = books_put_meter(&books, router, &genset);
	put(meter, "2026-10-05T10:00:00Z", KWH / 20);
	put(meter, "2026-10-05T10:15:00Z", KWH / 20);
	traffics = make();
	site = find(&traffics, REPORT_TRAFFIC_SITE, REF_UNI, NULL);
	cr_assert(says(report_traffic_add_wh_per_gb, site, "8.000000"));
	cr_assert(says(report_traffic_add_g_per_gb, site, "1.440000"), "of the grid's energy");
	cr_assert(says(report_traffic_add_ncie, site, "n/a"), "what the genset burnt is not known");
	drop(&traffics);
}

static char out_dir[128];

static void export_day(void)
{
	struct export_request request = {.report = {.period = "2026-10-05", .now_utc_ms = books_utc_ms("2026-11-01T00:00:00Z")},
					 .level = REPORT_METER,
					 .out_dir = out_dir,
					 .export_id = "00000000-0000-4000-8000-000000000001",
					 .software_version = "1.2.3",
					 .generated_by = "tester"};

	snprintf(out_dir, sizeof(out_dir), "%s/package", books.folder);
	books_commit(&books);
	cr_assert_eq(export_write(books.ledger, &request, NULL, &books.info), ERR_NONE, "%s", books.info.text);
}

static bool file_has(const char *name, const char *text)
{
	char *content = books_read_file(&books, name);
	bool has = content != NULL && strstr(content, text) != NULL;

	mem_free(content);
	return has;
}

/* What verify says of the package; its findings are in `findings`. */
static enum err verify(struct buf *findings)
{
	struct verify_summary summary;

	buf_init(findings, 1 << 16);
	return verify_package(&(struct verify_request){.dir = out_dir}, &summary, findings, &books.info);
}

Test(traffic, package_has_it_and_verify_computes_it_again)
{
	struct buf findings;

	put_capture(990, 10);
	export_day();
	cr_assert(file_has("package/traffic.csv",
			   ",site,pop,n/a,n/a,all,uni,frame,20000000000,5000000000,0,24000000000,990,10,25000000000,96.00,1.00,"));
	cr_assert(file_has("package/traffic.csv",
			   ",1800,25000000000,360000000,36000,4.000000,0.000001800000000,1.440000,1.440000,555555.555556,n/a"));
	cr_assert(file_has("package/traffic.csv", ",flow,pop,router,if/1,if/1/voice,uni,frame_with_fcs,6000000000,250000000,"));
	cr_assert(file_has("package/totals.csv", ",25000000000,frame,uni,2.08,4.000000,0.000001800000000,1.440000,555555.555556,"),
		  "of 1800 s of 86400");
	cr_assert(file_has("package/intervals.csv", "pop,router,if/1,rx_bytes,2026-10-05T10:00:00Z,900,n/a,n/a,octet,1,"));
	cr_assert_eq(verify(&findings), ERR_NONE, "%s", buf_text(&findings));
	buf_deinit(&findings);
}

Test(traffic, verify_finds_octets_that_are_not_in_the_intervals)
{
	struct buf findings;
	char path[256];
	char *text;
	char *at;
	FILE *file;

	put_router();
	export_day();
	text = books_read_file(&books, "package/traffic.csv");
	at = strstr(text, ",port,pop,router,if/1,all,uni,frame_with_fcs,20000000000,");
	cr_assert_not_null(at);
	*strstr(at, "20000000000") = '3';
	snprintf(path, sizeof(path), "%s/traffic.csv", out_dir);
	file = fopen(path, "w");
	cr_assert_not_null(file);
	fputs(text, file);
	fclose(file);
	mem_free(text);
	cr_assert_eq(verify(&findings), ERR_DATA);
	cr_assert_not_null(
	    strstr(buf_text(&findings), "pop/router/if/1: rx_bytes 30000000000 and tx_bytes 5000000000, its intervals give 20000000000"),
	    "%s", buf_text(&findings));
	buf_deinit(&findings);
}
