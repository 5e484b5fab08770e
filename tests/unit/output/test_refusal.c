/* SPDX-License-Identifier: Apache-2.0 */
#include "output/refusal.h"

#include <criterion/criterion.h>
#include <string.h>

static struct refusal read_text(const char *body)
{
	struct refusal refusal;

	refusal_read(&refusal, body, strlen(body));
	return refusal;
}

static bool names(const struct refusal *refusal, const char *line)
{
	return refusal_names_line(refusal, line, strlen(line));
}

/* The bodies below were given by influxd 1.6.7. */

Test(refusal, a_type_conflict_names_measurement_field_and_type)
{
	struct refusal refusal =
	    read_text("{\"error\":\"partial write: field type conflict: input field \\\"v\\\" on measurement \\\"a\\\" is type "
		      "float, already exists as type integer dropped=3\"}\n");

	cr_expect_eq(refusal.kind, REFUSAL_CONFLICT);
	cr_expect(refusal.is_json);
	cr_expect_eq(refusal.dropped_count, 3);
	cr_expect_str_eq(refusal.measurement, "a");
	cr_expect_str_eq(refusal.field, "v");
	cr_expect_str_eq(refusal.type, "float");
	cr_expect(names(&refusal, "a,x=1 v=1.5 7"));
	cr_expect(names(&refusal, "a w=1i,v=2 7"));
	cr_expect_not(names(&refusal, "a,x=1 v=1i 7"), "another type");
	cr_expect_not(names(&refusal, "a vv=1.5 7"), "another field");
	cr_expect_not(names(&refusal, "ab v=1.5 7"), "another measurement");
	cr_expect_not(names(&refusal, "a,x=\\ v\\=1.5 w=1i 7"), "the field's name in a tag");
}

Test(refusal, unparsable_lines_are_quoted)
{
	struct refusal refusal =
	    read_text("{\"error\":\"unable to parse 'a v= 17': missing field value\\nunable to parse 'hello': missing fields\"}");

	cr_expect_eq(refusal.kind, REFUSAL_PARSE);
	cr_expect(names(&refusal, "a v= 17"));
	cr_expect(names(&refusal, "hello"));
	cr_expect_not(names(&refusal, "hell"));
	cr_expect_not(names(&refusal, "a v=1 17"));
}

Test(refusal, escapes_in_the_quoted_line_are_undone)
{
	struct refusal refusal = read_text("{\"error\":\"unable to parse 'a,t=\\u00e9\\\\, \\u003c v=\\\"x': unbalanced quotes\"}");

	cr_expect(names(&refusal, "a,t=\xC3\xA9\\, < v=\"x"), "%s", refusal.text);
}

Test(refusal, points_beyond_retention_are_counted_only)
{
	struct refusal refusal = read_text("{\"error\":\"partial write: points beyond retention policy dropped=2\"}");

	cr_expect_eq(refusal.kind, REFUSAL_RETENTION);
	cr_expect_eq(refusal.dropped_count, 2);
	cr_expect_not(names(&refusal, "a v=1i 1"));
}

/* Form of the InfluxDB 2 API. */
Test(refusal, the_second_api_calls_it_message)
{
	struct refusal refusal = read_text(
	    "{\"code\": \"unprocessable entity\", \"message\": \"failure writing points to database: partial write: field type "
	    "conflict: input field \\\"f\\\" on measurement \\\"m\\\" is type integer, already exists as type float dropped=1\"}");

	cr_expect_eq(refusal.kind, REFUSAL_CONFLICT);
	cr_expect(names(&refusal, "m f=1i 1"));
}

Test(refusal, what_is_not_about_lines_names_none)
{
	cr_expect_eq(read_text("{\"error\":\"database is required\"}").kind, REFUSAL_NONE);
	cr_expect_eq(read_text("").kind, REFUSAL_NONE);
	cr_expect_not(read_text("<html>unable to parse 'x'</html>").is_json);
}

Test(refusal, torn_and_odd_bodies_are_read_without_harm)
{
	static const char *const bodies[] = {"{\"error\":\"",
					     "{\"error\":\"\\",
					     "{\"error\":\"\\u12",
					     "{\"error\":\"\\ud800\"}",
					     "{\"error\"",
					     "{\"error\":7}",
					     "{\"error\":\"field type conflict: input field \\\"",
					     "{\"error\":\"dropped=99999999999999999999 partial write\"}"};
	char flood[3 * REFUSAL_TEXT_BYTES];
	struct refusal refusal;
	size_t i;

	for (i = 0; i < sizeof bodies / sizeof bodies[0]; i++)
		refusal = read_text(bodies[i]);
	cr_expect_eq(refusal.dropped_count, 0);
	memset(flood, 'x', sizeof flood);
	refusal_read(&refusal, flood, sizeof flood);
	cr_expect_eq(strlen(refusal.text), REFUSAL_TEXT_BYTES - 1);
	memcpy(flood, "{\"error\":\"", 10);
	refusal_read(&refusal, flood, sizeof flood);
	cr_expect_lt(strlen(refusal.text), REFUSAL_TEXT_BYTES);
}
