/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/latencies.h"
#include "wire/note.h"
#include "wire/record.h"

#include "base/mem.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>
#include <string.h>

static uint8_t area[WIRE_RECORD_BYTES_MAX];
static struct wire_writer writer;
static struct wire_reader reader;
static struct err_info info;

static void start(void)
{
	writer = (struct wire_writer){.bytes = area, .capacity = sizeof area};
}

/* Reads what was put, up to the body. */
static void read_back(enum wire_type expected)
{
	enum wire_type type = WIRE_TYPE_END;

	cr_assert_not(writer.is_full);
	reader = (struct wire_reader){.bytes = area, .length = writer.length};
	cr_assert_eq(wire_read_header(&reader, &type, &info), ERR_NONE, "%s", info.text);
	cr_assert_eq(type, expected);
}

static const struct wire_meter full_meter = {
    .device = 3,
    .meter = 7,
    .info =
	{
	    .key = "outlet/7",
	    .name = "Rack 4 \xC3\xA9",
	    .parent = "total",
	    .role = ROLE_PART,
	    .point = POINT_PDU_OUT,
	    .supply = SUPPLY_GRID,
	    .caliber = CALIBER_ACTUAL,
	    .is_summand = true,
	    .is_derived = true,
	    .phase = 3,
	    .rated_w = 3680,
	    .energy = {.modulus = UINT64_C(1) << 32, .unit_num = 360000000, .unit_den = 1, .is_wrap_known = true, .starts_at_zero = true},
	    .energy_out = {.unit_den = 1, .is_resettable = true},
	    .octet_modulus = UINT64_MAX,
	    .was = {"plug/7", "outlet/1.7"},
	},
};

TestSuite(record, .init = start);

Test(record, hello_comes_back)
{
	const struct wire_hello hello = {.kind = WIRE_KIND_RAPL, .pid = 4711, .device_count = 2};
	struct wire_hello got;

	wire_put_hello(&writer, &hello);
	read_back(WIRE_HELLO);
	cr_assert_eq(wire_get_hello(&reader, &got, &info), ERR_NONE);
	cr_assert(got.kind == WIRE_KIND_RAPL && got.pid == 4711 && got.device_count == 2);
}

Test(record, meter_comes_back)
{
	struct wire_meter got;

	wire_put_meter(&writer, &full_meter);
	read_back(WIRE_METER);
	cr_assert_eq(wire_get_meter(&reader, &got, &info), ERR_NONE, "%s", info.text);
	cr_assert(got.device == 3 && got.meter == 7);
	cr_assert_str_eq(got.info.key, "outlet/7");
	cr_assert_str_eq(got.info.name, "Rack 4 \xC3\xA9");
	cr_assert_str_eq(got.info.parent, "total");
	cr_assert(got.info.role == ROLE_PART && got.info.point == POINT_PDU_OUT && got.info.supply == SUPPLY_GRID);
	cr_assert(got.info.caliber == CALIBER_ACTUAL && got.info.is_summand && !got.info.is_component);
	cr_assert(got.info.is_derived && got.info.phase == 3);
	cr_assert(eq(dbl, got.info.rated_w, 3680.0));
	cr_assert(got.info.energy.modulus == UINT64_C(1) << 32 && got.info.energy.unit_num == 360000000 && got.info.energy.unit_den == 1);
	cr_assert(got.info.energy.is_wrap_known && !got.info.energy.is_resettable && got.info.energy.starts_at_zero);
	cr_assert(got.info.energy_out.unit_num == 0 && got.info.energy_out.is_resettable);
	cr_assert_eq(got.info.octet_modulus, UINT64_MAX);
	cr_assert_str_eq(got.info.was[0], "plug/7");
	cr_assert_str_eq(got.info.was[1], "outlet/1.7");
}

/* The field that a decoder complains about. */
static void expect_bad_meter(const struct wire_meter *meter, const char *field)
{
	struct wire_meter got;

	start();
	wire_put_meter(&writer, meter);
	read_back(WIRE_METER);
	cr_expect_eq(wire_get_meter(&reader, &got, &info), ERR_DATA);
	cr_expect_not_null(strstr(info.text, field), "%s: %s", field, info.text);
	cr_expect(reader.is_bad);
}

Test(record, meter_fields_are_checked)
{
	struct wire_meter meter = full_meter;

	meter.info.key[0] = '\0';
	expect_bad_meter(&meter, "info.key");
	memcpy(meter.info.key, "a\nb", 4);
	expect_bad_meter(&meter, "info.key");
	meter = full_meter;
	meter.info.name[0] = '\x01';
	expect_bad_meter(&meter, "info.name");
	meter = full_meter;
	meter.info.role = ROLE_COUNT;
	expect_bad_meter(&meter, "info.role");
	meter = full_meter;
	meter.info.supply = SUPPLY_COUNT;
	expect_bad_meter(&meter, "info.supply");
	meter = full_meter;
	meter.info.phase = 4;
	expect_bad_meter(&meter, "info.phase");
	meter = full_meter;
	meter.info.rated_w = -1;
	expect_bad_meter(&meter, "info.rated_w");
	meter.info.rated_w = NAN;
	expect_bad_meter(&meter, "info.rated_w");
	meter = full_meter;
	meter.info.energy.unit_num = -1;
	expect_bad_meter(&meter, "info.energy.unit_num");
	meter = full_meter;
	meter.info.energy.unit_den = 0;
	expect_bad_meter(&meter, "unit_den");
	meter = full_meter;
	meter.info.energy_out.unit_num = 1;
	meter.info.energy_out.unit_den = 0;
	expect_bad_meter(&meter, "unit_den");
}

Test(record, device_comes_back)
{
	const struct wire_device device = {
	    .device = 1,
	    .state = DEVICE_REFUSED,
	    .latency_us = 1500,
	    .failed_count = 3,
	    .expected_count = 24,
	    .is_expected_learned = true,
	    .reason = "wrong community; set snmp.community",
	    .vendor = "APC",
	    .model = "AP8853",
	    .serial = "ZA1",
	    .firmware = "v6",
	    .driver = "apc_rpdu2",
	    .driver_sha256 = {[0] = 0xAB, [31] = 0xCD},
	};
	struct wire_device got;

	wire_put_device(&writer, &device);
	read_back(WIRE_DEVICE);
	cr_assert_eq(wire_get_device(&reader, &got, &info), ERR_NONE, "%s", info.text);
	cr_assert(got.device == 1 && got.state == DEVICE_REFUSED && got.latency_us == 1500 && got.failed_count == 3);
	cr_assert(got.expected_count == 24 && got.is_expected_learned);
	cr_assert_str_eq(got.reason, device.reason);
	cr_assert_str_eq(got.vendor, "APC");
	cr_assert_str_eq(got.model, "AP8853");
	cr_assert_str_eq(got.serial, "ZA1");
	cr_assert_str_eq(got.firmware, "v6");
	cr_assert_str_eq(got.driver, "apc_rpdu2");
	cr_assert_eq(memcmp(got.driver_sha256, device.driver_sha256, sizeof got.driver_sha256), 0);
}

Test(record, longest_device_fits)
{
	struct wire_device device = {0};
	struct wire_device got;

	memset(device.reason, 'r', sizeof device.reason - 1);
	memset(device.serial, 's', sizeof device.serial - 1);
	wire_put_device(&writer, &device);
	read_back(WIRE_DEVICE);
	cr_assert_eq(wire_get_device(&reader, &got, &info), ERR_NONE, "%s", info.text);
	cr_assert_eq(strlen(got.reason), WIRE_TEXT_BYTES - 1);
}

Test(record, lost_comes_back_and_does_not_run_backwards)
{
	struct wire_lost lost = {.sample_count = 9, .from_boot_ns = 5, .to_boot_ns = INT64_MAX};
	struct wire_lost got;

	wire_put_lost(&writer, &lost);
	read_back(WIRE_LOST);
	cr_assert_eq(wire_get_lost(&reader, &got, &info), ERR_NONE);
	cr_assert(got.sample_count == 9 && got.from_boot_ns == 5 && got.to_boot_ns == INT64_MAX);
	start();
	lost.to_boot_ns = 4;
	wire_put_lost(&writer, &lost);
	read_back(WIRE_LOST);
	cr_assert_eq(wire_get_lost(&reader, &got, &info), ERR_DATA);
}

Test(record, latencies_come_back_and_are_no_more_than_fit)
{
	struct wire_latencies latencies = {.count = 2,
					   .item = {{.device = 3, .latency_us = 150000}, {.device = 9, .latency_us = UINT32_MAX}}};
	struct wire_latencies got;

	wire_put_latencies(&writer, &latencies);
	read_back(WIRE_LATENCIES);
	cr_assert_eq(wire_get_latencies(&reader, &got, &info), ERR_NONE, "%s", info.text);
	cr_assert_eq(got.count, 2);
	cr_assert_eq(memcmp(got.item, latencies.item, sizeof got.item), 0);
	start();
	wire_begin(&writer, WIRE_LATENCIES);
	wire_put_u32(&writer, WIRE_LATENCIES_MAX + 1);
	read_back(WIRE_LATENCIES);
	cr_assert_eq(wire_get_latencies(&reader, &got, &info), ERR_DATA);
	cr_expect_not_null(strstr(info.text, "count is 1025"), "%s", info.text);
	start();
	wire_begin(&writer, WIRE_LATENCIES);
	wire_put_u32(&writer, 2);
	read_back(WIRE_LATENCIES);
	cr_assert_eq(wire_get_latencies(&reader, &got, &info), ERR_DATA);
}

Test(record, note_comes_back_and_says_something)
{
	struct wire_note got;

	wire_put_note(&writer, &(struct wire_note){NOTE_SERIES_REFUSED, "a.csv:3:1: no value"});
	read_back(WIRE_NOTE);
	cr_assert_eq(wire_get_note(&reader, &got, &info), ERR_NONE, "%s", info.text);
	cr_expect_eq(got.kind, NOTE_SERIES_REFUSED);
	cr_expect_str_eq(got.text, "a.csv:3:1: no value");
	start();
	wire_put_note(&writer, &(struct wire_note){.kind = NOTE_SERIES_TAKEN});
	read_back(WIRE_NOTE);
	cr_expect_eq(wire_get_note(&reader, &got, &info), ERR_DATA);
	start();
	wire_put_note(&writer, &(struct wire_note){NOTE_KIND_COUNT, "x"});
	read_back(WIRE_NOTE);
	cr_expect_eq(wire_get_note(&reader, &got, &info), ERR_DATA);
}

Test(record, stats_and_batch_come_back)
{
	const struct wire_stats stats = {1, 2, 3, 4, 5, 6, 7};
	const struct wire_batch batch = {.batch_id = UINT64_MAX, .output = 1, .point_count = 2, .payload_bytes = 3, .is_live = true};
	struct wire_stats got_stats;
	struct wire_batch got_batch;

	wire_put_stats(&writer, &stats);
	read_back(WIRE_STATS);
	cr_assert_eq(wire_get_stats(&reader, &got_stats, &info), ERR_NONE);
	cr_assert(got_stats.cpu_us == 1 && got_stats.missed_count == 4 && got_stats.rss_bytes == 7);
	start();
	wire_put_batch(&writer, &batch);
	read_back(WIRE_BATCH);
	cr_assert_eq(wire_get_batch(&reader, &got_batch, &info), ERR_NONE);
	cr_assert(got_batch.batch_id == UINT64_MAX && got_batch.payload_bytes == 3 && got_batch.is_live);
}

Test(record, verdict_carries_its_lines)
{
	struct wire_verdict verdict = {.batch_id = 5, .code = VERDICT_REJECTED, .http_status = 400, .rejected_count = 256, .text = "bad"};
	struct wire_verdict got;

	for (uint32_t i = 0; i < 256; i++)
		verdict.rejected_line[i] = i * 3;
	wire_put_verdict(&writer, &verdict);
	read_back(WIRE_VERDICT);
	cr_assert_eq(wire_get_verdict(&reader, &got, &info), ERR_NONE, "%s", info.text);
	cr_assert(got.batch_id == 5 && got.code == VERDICT_REJECTED && got.http_status == 400 && got.rejected_count == 256);
	cr_assert_eq(got.rejected_line[255], 765);
	cr_assert_str_eq(got.text, "bad");
}

Test(record, verdict_on_more_lines_than_it_holds_names_none)
{
	const struct wire_verdict verdict = {.code = VERDICT_REJECTED, .rejected_count = 257, .rejected_line = {9}};
	struct wire_verdict got;

	wire_put_verdict(&writer, &verdict);
	read_back(WIRE_VERDICT);
	cr_assert_eq(wire_get_verdict(&reader, &got, &info), ERR_NONE);
	cr_assert_eq(got.rejected_count, 257);
	cr_assert_eq(got.rejected_line[0], 0);
}

Test(record, verdict_status_is_one_of_http)
{
	const struct wire_verdict verdict = {.http_status = 1000};
	struct wire_verdict got;

	wire_put_verdict(&writer, &verdict);
	read_back(WIRE_VERDICT);
	cr_assert_eq(wire_get_verdict(&reader, &got, &info), ERR_DATA);
	cr_assert_not_null(strstr(info.text, "http_status"));
}

Test(record, samples_come_back)
{
	static const struct sample samples[] = {
	    {.device = 1, .meter = SAMPLE_METER_NONE, .quantity = QUANTITY_UPTIME, .boot_ns = 10, .value = 3600.5},
	    {.device = 1, .meter = 2, .quantity = QUANTITY_ENERGY, .caliber = CALIBER_ACTUAL, .boot_ns = 10, .raw = UINT64_MAX},
	};
	static struct wire_samples got;

	wire_put_samples(&writer, samples, 2);
	read_back(WIRE_SAMPLES);
	cr_assert_eq(wire_get_samples(&reader, &got, &info), ERR_NONE, "%s", info.text);
	cr_assert_eq(got.count, 2);
	cr_assert_eq(got.sample[0].meter, SAMPLE_METER_NONE);
	cr_assert(eq(dbl, got.sample[0].value, 3600.5)); /* exact in binary */
	cr_assert_eq(got.sample[1].raw, UINT64_MAX);
	cr_assert_eq(got.sample[1].caliber, CALIBER_ACTUAL);
	cr_assert(eq(dbl, got.sample[1].value, 0.0));
}

Test(record, as_many_samples_as_allowed_fit)
{
	static struct sample samples[WIRE_SAMPLES_MAX + 1];
	static struct wire_samples got;

	for (size_t i = 0; i < WIRE_SAMPLES_MAX + 1; i++)
		samples[i] = (struct sample){.quantity = QUANTITY_POWER, .value = (double)i};
	wire_put_samples(&writer, samples, WIRE_SAMPLES_MAX);
	cr_assert_eq(writer.length, 8 + WIRE_SAMPLES_MAX * wire_sample_bytes());
	read_back(WIRE_SAMPLES);
	cr_assert_eq(wire_get_samples(&reader, &got, &info), ERR_NONE);
	cr_assert_eq(got.count, WIRE_SAMPLES_MAX);
	start();
	wire_put_samples(&writer, samples, WIRE_SAMPLES_MAX + 1);
	cr_assert(writer.is_full);
	cr_assert_eq(writer.length, 0);
}

static void expect_bad_sample(const struct sample *sample, const char *field)
{
	static struct wire_samples got;

	start();
	wire_put_samples(&writer, sample, 1);
	read_back(WIRE_SAMPLES);
	cr_expect_eq(wire_get_samples(&reader, &got, &info), ERR_DATA);
	cr_expect_not_null(strstr(info.text, field), "%s: %s", field, info.text);
	cr_expect_eq(got.count, 0);
}

Test(record, sample_fields_are_checked)
{
	expect_bad_sample(&(struct sample){.quantity = QUANTITY_NONE}, "quantity");
	expect_bad_sample(&(struct sample){.quantity = QUANTITY_COUNT}, "quantity");
	expect_bad_sample(&(struct sample){.quantity = QUANTITY_POWER, .caliber = CALIBER_COUNT}, "caliber");
	expect_bad_sample(&(struct sample){.quantity = QUANTITY_POWER, .boot_ns = -1}, "boot_ns");
	expect_bad_sample(&(struct sample){.quantity = QUANTITY_POWER, .value = NAN}, "value");
}

Test(record, sample_count_is_bounded)
{
	static struct wire_samples got;

	wire_begin(&writer, WIRE_SAMPLES);
	wire_put_u32(&writer, WIRE_SAMPLES_MAX + 1);
	read_back(WIRE_SAMPLES);
	cr_assert_eq(wire_get_samples(&reader, &got, &info), ERR_DATA);
}

Test(record, header_is_checked)
{
	enum wire_type type = WIRE_TYPE_END;
	static const struct {
		uint16_t version;
		uint16_t type;
		const char *text;
	} cases[] = {{2, 1, "version 2"}, {1, 0, "unknown type 0"}, {1, WIRE_TYPE_END, "unknown type 13"}};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		start();
		wire_put_u16(&writer, cases[i].version);
		wire_put_u16(&writer, cases[i].type);
		reader = (struct wire_reader){.bytes = area, .length = writer.length};
		cr_expect_eq(wire_read_header(&reader, &type, &info), ERR_DATA);
		cr_expect_not_null(strstr(info.text, cases[i].text), "%s", info.text);
	}
	reader = (struct wire_reader){.bytes = area, .length = 3};
	cr_expect_eq(wire_read_header(&reader, &type, &info), ERR_DATA);
	cr_assert_eq(type, WIRE_TYPE_END);
}

/* Any record that is cut, or that has a byte more, is refused; the reader never leaves its bytes (address sanitizer). */
Test(record, cut_and_overlong_records_are_refused)
{
	struct wire_meter got;
	size_t length;

	wire_put_meter(&writer, &full_meter);
	length = writer.length;
	for (size_t cut = 4; cut < length; cut++) {
		uint8_t *exact = mem_new(cut);

		memcpy(exact, area, cut);
		reader = (struct wire_reader){.bytes = exact, .length = cut, .at = 4};
		cr_expect_eq(wire_get_meter(&reader, &got, &info), ERR_DATA);
		mem_free(exact);
	}
	reader = (struct wire_reader){.bytes = area, .length = length + 1, .at = 4};
	cr_assert_eq(wire_get_meter(&reader, &got, &info), ERR_DATA);
	cr_assert_str_eq(info.text, "record has 1 bytes too many");
}

Test(record, cut_lines_and_a_byte_behind_the_samples_are_refused)
{
	const struct wire_verdict verdict = {.code = VERDICT_REJECTED, .rejected_count = 2};
	const struct sample sample = {.quantity = QUANTITY_POWER};
	static struct wire_samples got_samples;
	struct wire_verdict got;

	wire_put_verdict(&writer, &verdict);
	reader = (struct wire_reader){.bytes = area, .length = writer.length - 1, .at = 4};
	cr_assert_eq(wire_get_verdict(&reader, &got, &info), ERR_DATA);
	cr_assert_str_eq(info.text, "field rejected_line is missing");
	start();
	wire_put_samples(&writer, &sample, 1);
	reader = (struct wire_reader){.bytes = area, .length = writer.length + 2, .at = 4};
	cr_assert_eq(wire_get_samples(&reader, &got_samples, &info), ERR_DATA);
	cr_assert_str_eq(info.text, "record has 2 bytes too many");
	cr_assert_eq(got_samples.count, 0);
}

Test(record, names_are_fixed)
{
	cr_assert_str_eq(wire_kind_name(WIRE_KIND_SNMP), "snmp");
	cr_assert_str_eq(wire_kind_name(WIRE_KIND_DELIVER), "deliver");
	cr_assert_str_eq(wire_kind_name(WIRE_KIND_COUNT), "?");
	cr_assert_str_eq(device_state_name(DEVICE_STARTING), "starting");
	cr_assert_str_eq(device_state_name(DEVICE_UNREADABLE), "unreadable");
	cr_assert_str_eq(device_state_name(DEVICE_STATE_COUNT), "?");
}
