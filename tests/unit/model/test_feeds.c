/* SPDX-License-Identifier: Apache-2.0 */
#include "model/feeds.h"

#include <criterion/criterion.h>
#include <stdint.h>
#include <string.h>

Test(feeds, text_names_devices_and_their_meters)
{
	struct feed feed[FEEDS_MAX];

	cr_assert_eq(feeds_parse(feed, ""), 0);
	cr_assert_eq(feeds_parse(feed, "ups-1"), 1);
	cr_assert_str_eq(feed[0].device, "ups-1");
	cr_assert_str_eq(feed[0].key, "");
	cr_assert_eq(feeds_parse(feed, "pdu-a/outlet/7,pdu-b/outlet/8"), 2);
	cr_assert_str_eq(feed[0].key, "outlet/7");
	cr_assert_str_eq(feed[1].device, "pdu-b");
}

Test(feeds, text_that_is_none_is_refused)
{
	static const char *const BAD[] = {"/x", "pdu-a/", "pdu-a,", ",", "a b", "a,b,c,d,e", "pdu/\x01"};
	struct feed feed[FEEDS_MAX];

	for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++)
		cr_assert_eq(feeds_parse(feed, BAD[i]), SIZE_MAX, "%s", BAD[i]);
}
