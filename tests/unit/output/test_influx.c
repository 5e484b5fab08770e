/* SPDX-License-Identifier: Apache-2.0 */
#include "output/gzip.h"
#include "output/influx.h"

#include <criterion/criterion.h>
#include <string.h>
#include <zlib.h>

static void expect_url(const struct plan_target *target, const char *expected)
{
	struct err_info info = {0};
	struct buf out;

	buf_init(&out, INFLUX_URL_BYTES);
	cr_expect_eq(influx_add_url(&out, target, 0, &info), ERR_NONE, "%s", info.text);
	cr_expect_str_eq(buf_text(&out), expected);
	buf_deinit(&out);
}

static void expect_refused(const struct plan_target *target, const char *words)
{
	struct err_info info = {0};
	struct buf out;

	buf_init(&out, INFLUX_URL_BYTES);
	cr_expect_eq(influx_add_url(&out, target, 0, &info), ERR_CONFIG);
	cr_expect_not_null(strstr(info.text, words), "%s", info.text);
	cr_expect_null(strstr(info.text, "s3cret"), "%s", info.text);
	buf_deinit(&out);
}

Test(influx, the_write_address_of_each_kind_of_store)
{
	expect_url(&(struct plan_target){.kind = OUTPUT_INFLUXDB_V1, .url = {"http://h:8086"}, .database = "energy"},
		   "http://h:8086/write?db=energy&precision=ns");
	expect_url(
	    &(struct plan_target){
		.kind = OUTPUT_INFLUXDB_V1, .url = {"https://h/influx//"}, .database = "a b&c", .retention_policy = "raw/1"},
	    "https://h/influx/write?db=a%20b%26c&rp=raw%2F1&precision=ns");
	expect_url(&(struct plan_target){.kind = OUTPUT_INFLUXDB_V2, .url = {"https://h"}, .organization = "\xC3\x98st", .bucket = "b"},
		   "https://h/api/v2/write?org=%C3%98st&bucket=b&precision=ns");
	expect_url(&(struct plan_target){.kind = OUTPUT_VICTORIAMETRICS, .url = {"http://[::1]:8428"}},
		   "http://[::1]:8428/write?precision=ns");
	expect_url(&(struct plan_target){.kind = OUTPUT_VICTORIAMETRICS, .url = {"http://h"}, .database = "x"},
		   "http://h/write?db=x&precision=ns");
}

Test(influx, addresses_that_cannot_be_meant_are_refused_without_showing_secrets)
{
	expect_refused(&(struct plan_target){.kind = OUTPUT_VICTORIAMETRICS, .url = {"ftp://h"}}, "http:// or https://");
	expect_refused(&(struct plan_target){.kind = OUTPUT_VICTORIAMETRICS, .url = {"h:8086"}}, "http:// or https://");
	expect_refused(&(struct plan_target){.kind = OUTPUT_VICTORIAMETRICS, .url = {"http:///x"}}, "no host");
	expect_refused(&(struct plan_target){.kind = OUTPUT_VICTORIAMETRICS, .url = {"http://me:s3cret@h/"}}, "http://h/ holds a user");
	expect_refused(&(struct plan_target){.kind = OUTPUT_VICTORIAMETRICS, .url = {"http://h/write?p=s3cret"}},
		       "http://h/write holds a query");
	expect_refused(&(struct plan_target){.kind = OUTPUT_INFLUXDB_V1, .url = {"http://h"}, .name = "main"}, "output main: a database");
	expect_refused(&(struct plan_target){.kind = OUTPUT_INFLUXDB_V2, .url = {"http://h"}, .bucket = "b"}, "organization");
	expect_refused(&(struct plan_target){.kind = OUTPUT_FILE, .url = {"http://h"}}, "not a network output");
}

Test(influx, tokens_become_the_header_that_the_store_knows)
{
	struct plan_target target = {.kind = OUTPUT_INFLUXDB_V2, .token = "t0ken=="};
	struct buf out;

	buf_init(&out, INFLUX_HEADER_BYTES);
	cr_expect_eq(influx_add_authorization(&out, &target, NULL), ERR_NONE);
	cr_expect_str_eq(buf_text(&out), "Authorization: Token t0ken==");
	buf_clear(&out);
	target.kind = OUTPUT_VICTORIAMETRICS;
	cr_expect_eq(influx_add_authorization(&out, &target, NULL), ERR_NONE);
	cr_expect_str_eq(buf_text(&out), "Authorization: Bearer t0ken==");
	buf_clear(&out);
	target.token[0] = '\0';
	cr_expect_eq(influx_add_authorization(&out, &target, NULL), ERR_NONE);
	cr_expect_str_eq(buf_text(&out), "");
	buf_deinit(&out);
}

Test(influx, a_token_with_a_line_break_cannot_become_a_second_header)
{
	struct plan_target target = {.kind = OUTPUT_INFLUXDB_V2, .name = "o", .token = "x\r\nHost: evil"};
	struct err_info info = {0};
	struct buf out;

	buf_init(&out, INFLUX_HEADER_BYTES);
	cr_expect_eq(influx_add_authorization(&out, &target, &info), ERR_CONFIG);
	cr_expect_str_eq(buf_text(&out), "");
	cr_expect_null(strstr(info.text, "evil"));
	buf_deinit(&out);
}

Test(gzip, what_is_compressed_twice_with_one_state_unpacks_to_the_same)
{
	static const char text[] = "energy,site=a power_w=1 1\nenergy,site=a power_w=2 2\n";
	struct gzip *gzip;
	int round;

	cr_assert_eq(gzip_new(&gzip, NULL), ERR_NONE);
	for (round = 0; round < 2; round++) {
		unsigned char plain[sizeof text];
		z_stream stream = {0};
		struct buf out;

		buf_init(&out, 4096);
		cr_assert_eq(gzip_add(gzip, &out, text, sizeof text - 1, NULL), ERR_NONE);
		cr_assert_eq(inflateInit2(&stream, 15 + 16), Z_OK);
		stream.next_in = (Bytef *)out.data;
		stream.avail_in = (uInt)out.bytes;
		stream.next_out = plain;
		stream.avail_out = sizeof plain;
		cr_expect_eq(inflate(&stream, Z_FINISH), Z_STREAM_END);
		cr_expect_eq(stream.total_out, sizeof text - 1);
		cr_expect_arr_eq(plain, text, sizeof text - 1);
		inflateEnd(&stream);
		buf_deinit(&out);
	}
	gzip_free(gzip);
}

Test(gzip, a_full_buffer_is_an_error)
{
	struct gzip *gzip;
	struct buf out;

	cr_assert_eq(gzip_new(&gzip, NULL), ERR_NONE);
	buf_init(&out, 4);
	cr_expect_eq(gzip_add(gzip, &out, "abcdefgh", 8, NULL), ERR_LIMIT);
	buf_deinit(&out);
	gzip_free(gzip);
}
