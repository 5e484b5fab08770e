/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdint.h>

Test(json, puts_commas_and_keys_where_they_belong)
{
	struct buf out;
	struct json json;

	buf_init(&out, 1000);
	json_init(&json, &out);
	json_open_object(&json, NULL);
	json_add_text(&json, "name", "a\"b");
	json_open_array(&json, "list");
	json_add_i64(&json, NULL, 1);
	json_add_i64(&json, NULL, 2);
	json_open_object(&json, NULL);
	json_close_object(&json);
	json_close_array(&json);
	json_add_bool(&json, "yes", true);
	json_add_bool(&json, "no", false);
	json_add_null(&json, "none");
	json_add_raw(&json, "raw", "[1.50]");
	json_close_object(&json);
	cr_assert_str_eq(buf_text(&out), "{\"name\":\"a\\\"b\",\"list\":[1,2,{}],\"yes\":true,\"no\":false,\"none\":null,\"raw\":[1.50]}");
	cr_assert_not(out.is_failed);
	buf_deinit(&out);
}

Test(json, what_is_unknown_is_null)
{
	struct buf out;
	struct json json;

	buf_init(&out, 1000);
	json_init(&json, &out);
	json_open_array(&json, NULL);
	json_add_text(&json, NULL, NULL);
	json_add_double(&json, NULL, NAN, 3);
	json_add_double(&json, NULL, -INFINITY, 3);
	json_close_array(&json);
	cr_assert_str_eq(buf_text(&out), "[null,null,null]");
	buf_deinit(&out);
}

Test(json, numbers_keep_their_value)
{
	struct buf out;
	struct json json;

	buf_init(&out, 1000);
	json_init(&json, &out);
	json_open_array(&json, NULL);
	json_add_double(&json, NULL, 230.126, 2);
	json_add_double(&json, NULL, 1e17, 2);
	json_add_i64(&json, NULL, INT64_C(9007199254740992));
	json_add_i64(&json, NULL, INT64_C(9007199254740993));
	json_add_i64(&json, NULL, INT64_MIN);
	json_close_array(&json);
	cr_assert_str_eq(buf_text(&out), "[230.13,100000000000000000,9007199254740992,\"9007199254740993\",\"-9223372036854775808\"]");
	buf_deinit(&out);
}

Test(json, too_deep_is_failed_and_not_malformed)
{
	struct buf out;
	struct json json;

	buf_init(&out, 1000);
	json_init(&json, &out);
	for (int i = 0; i < JSON_DEPTH_MAX - 1; i++)
		json_open_array(&json, NULL);
	cr_assert_not(out.is_failed);
	json_open_array(&json, NULL);
	cr_assert(out.is_failed);
	buf_deinit(&out);
}

Test(json, closing_too_often_is_failed)
{
	struct buf out;
	struct json json;

	buf_init(&out, 1000);
	json_init(&json, &out);
	json_open_object(&json, NULL);
	json_close_object(&json);
	cr_assert_not(out.is_failed);
	json_close_object(&json);
	cr_assert(out.is_failed);
	buf_deinit(&out);
}
