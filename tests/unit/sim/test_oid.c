/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/oid.h"

#include <criterion/criterion.h>

static int compare(const char *a, const char *b)
{
	uint32_t a_arcs[16];
	uint32_t b_arcs[16];
	size_t a_count = oid_parse(a, a_arcs, 16);
	size_t b_count = oid_parse(b, b_arcs, 16);

	return oid_compare(a_arcs, a_count, b_arcs, b_count);
}

Test(oid, order_is_by_arc_and_not_by_text)
{
	cr_assert_lt(compare("1.3.6.9", "1.3.6.10"), 0);
	cr_assert_gt(compare("1.3.7", "1.3.6.4294967295"), 0);
	cr_assert_eq(compare("1.3.6.1", "1.3.6.1"), 0);
}

Test(oid, a_prefix_stands_before_what_it_begins)
{
	cr_assert_lt(compare("1.3.6", "1.3.6.0"), 0);
	cr_assert_gt(compare("1.3.6.0", "1.3.6"), 0);
}

Test(oid, arcs_above_the_signed_range_are_large)
{
	cr_assert_lt(compare("1.3.2147483647", "1.3.2147483648"), 0);
}

Test(oid, prefixes_are_whole_arcs)
{
	static const uint32_t a[] = {1, 3, 6};
	static const uint32_t b[] = {1, 3, 61};

	cr_assert(oid_is_prefix(a, 2, b, 3));
	cr_assert(oid_is_prefix(a, 3, a, 3));
	cr_assert_not(oid_is_prefix(a, 3, b, 3));
	cr_assert_not(oid_is_prefix(a, 3, a, 2));
}

Test(oid, parsing_takes_digits_and_dots_alone)
{
	static const char *const malformed[] = {"", ".1.3", "1.3.", "1..3", "1.3a", "-1.3", "1.4294967296", "1 .3"};
	uint32_t arcs[4];

	for (size_t i = 0; i < sizeof malformed / sizeof malformed[0]; i++)
		cr_assert_eq(oid_parse(malformed[i], arcs, 4), 0, "%s", malformed[i]);
	cr_assert_eq(oid_parse("1.3.6.1", arcs, 4), 4);
	cr_assert_eq(arcs[2], 6);
	cr_assert_eq(oid_parse("1.3.6.1.2", arcs, 4), 0, "five arcs do not fit four");
}
