/* SPDX-License-Identifier: Apache-2.0 */
#include "account/sink.h"

#include <criterion/criterion.h>
#include <string.h>

Test(sink, every_event_has_its_own_name)
{
	for (int i = 0; i < ACCOUNT_EVENT_CODE_COUNT; i++) {
		cr_assert_neq(account_event_name((enum account_event_code)i), NULL);
		for (int k = 0; k < i; k++)
			cr_expect_neq(
			    strcmp(account_event_name((enum account_event_code)i), account_event_name((enum account_event_code)k)), 0);
	}
	cr_expect_str_eq(account_event_name(ACCOUNT_EVENT_CODE_COUNT), "unknown");
}

Test(sink, events_set_the_bits_of_the_interval)
{
	cr_expect_eq(account_event_bit(ACCOUNT_EVENT_WRAP), (uint32_t)INTERVAL_WRAP);
	cr_expect_eq(account_event_bit(ACCOUNT_EVENT_REBASED), (uint32_t)INTERVAL_IMPOSSIBLE);
	cr_expect_eq(account_event_bit(ACCOUNT_EVENT_STARTED), 0u);
	cr_expect_eq(account_event_bit(ACCOUNT_EVENT_CODE_COUNT), 0u);
}

Test(sink, identity_is_a_stable_digest)
{
	/* FNV-1a 64 of "a", from its authors' test vectors. */
	cr_expect_eq(account_identity("a"), UINT64_C(0xaf63dc4c8601ec8c));
	cr_expect_eq(account_identity(""), 0u);
	cr_expect_neq(account_identity("ZA1234"), account_identity("ZA1235"));
}
