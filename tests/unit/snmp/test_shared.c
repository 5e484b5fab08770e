/* SPDX-License-Identifier: Apache-2.0 */
#include "snmp/shared.h"

#include <criterion/criterion.h>
#include <string.h>

Test(shared, the_same_bytes_are_kept_once_and_go_with_the_last_who_has_them)
{
	struct c_snmp_shared *shared = c_snmp_shared_new();
	const uint8_t *first = c_snmp_shared_take(shared, "request", 7);
	const uint8_t *second = c_snmp_shared_take(shared, "request", 7);

	cr_assert_not_null(first);
	cr_expect_eq(first, second);
	cr_expect_eq(memcmp(first, "request", 7), 0);
	cr_expect_eq(c_snmp_shared_count(shared), 1);
	cr_expect_null(c_snmp_shared_give(first));
	cr_expect_eq(memcmp(second, "request", 7), 0);
	(void)c_snmp_shared_give(second);
	cr_expect_eq(c_snmp_shared_count(shared), 0);
	cr_expect_null(c_snmp_shared_give(NULL));
	c_snmp_shared_free(shared);
}

Test(shared, other_bytes_and_other_lengths_are_others)
{
	struct c_snmp_shared *shared = c_snmp_shared_new();
	const uint8_t *one = c_snmp_shared_take(shared, "aaaa", 4);
	const uint8_t *two = c_snmp_shared_take(shared, "aaaa", 3);
	const uint8_t *three = c_snmp_shared_take(shared, "aaab", 4);

	cr_expect(one != two && one != three && two != three);
	(void)c_snmp_shared_give(one);
	(void)c_snmp_shared_give(two);
	(void)c_snmp_shared_give(three);
	c_snmp_shared_free(shared);
}

Test(shared, a_thousand_are_found_again)
{
	struct c_snmp_shared *shared = c_snmp_shared_new();
	const uint8_t *kept[1000];

	for (uint32_t i = 0; i < 1000; i++)
		kept[i] = c_snmp_shared_take(shared, &i, sizeof i);
	cr_expect_eq(c_snmp_shared_count(shared), 1000);
	for (uint32_t i = 0; i < 1000; i++) {
		cr_assert_eq(c_snmp_shared_take(shared, &i, sizeof i), kept[i]);
		(void)c_snmp_shared_give(kept[i]);
		(void)c_snmp_shared_give(kept[i]);
	}
	cr_expect_eq(c_snmp_shared_count(shared), 0);
	c_snmp_shared_free(shared);
}
