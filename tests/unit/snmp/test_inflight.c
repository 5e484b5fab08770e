/* SPDX-License-Identifier: Apache-2.0 */
#include "snmp/inflight.h"

#include <criterion/criterion.h>

Test(inflight, finds_what_waits_by_its_id_alone)
{
	struct c_snmp_inflight *inflight = c_snmp_inflight_new(4, 1);
	struct c_snmp_inflight_slot *a = c_snmp_inflight_add(inflight);
	struct c_snmp_inflight_slot *b = c_snmp_inflight_add(inflight);

	cr_assert_not_null(a);
	cr_assert_not_null(b);
	cr_expect_neq(a->id, b->id);
	cr_expect_eq(c_snmp_inflight_find(inflight, a->id), a);
	cr_expect_eq(c_snmp_inflight_find(inflight, b->id), b);
	cr_expect_null(c_snmp_inflight_find(inflight, a->id ^ 0x00010000)); /* another generation */
	cr_expect_null(c_snmp_inflight_find(inflight, a->id ^ 0x3));        /* another slot */
	cr_expect_null(c_snmp_inflight_find(inflight, 0));
	cr_expect_null(c_snmp_inflight_find(inflight, UINT32_MAX));
	c_snmp_inflight_free(inflight);
}

Test(inflight, ids_have_four_bytes_in_ber)
{
	struct c_snmp_inflight *inflight = c_snmp_inflight_new(100, 5);

	for (int i = 0; i < 100; i++) {
		uint32_t id = c_snmp_inflight_add(inflight)->id;

		cr_assert_geq(id, 0x40000000);
		cr_assert_leq(id, 0x7fffffff);
	}
	c_snmp_inflight_free(inflight);
}

Test(inflight, an_answer_that_comes_late_finds_nothing)
{
	struct c_snmp_inflight *inflight = c_snmp_inflight_new(1, 42);
	struct c_snmp_inflight_slot *slot = c_snmp_inflight_add(inflight);
	uint32_t late = slot->id;

	c_snmp_inflight_remove(inflight, slot);
	cr_expect_null(c_snmp_inflight_find(inflight, late));
	slot = c_snmp_inflight_add(inflight); /* the same slot, used again */
	cr_expect_neq(slot->id, late);
	cr_expect_null(c_snmp_inflight_find(inflight, late));
	c_snmp_inflight_free(inflight);
}

Test(inflight, has_room_for_so_many_and_no_more)
{
	struct c_snmp_inflight *inflight = c_snmp_inflight_new(2, 1);
	struct c_snmp_inflight_slot *slot;

	cr_expect_eq(c_snmp_inflight_room(inflight), 2);
	slot = c_snmp_inflight_add(inflight);
	cr_assert_not_null(c_snmp_inflight_add(inflight));
	cr_expect_null(c_snmp_inflight_add(inflight));
	cr_expect_eq(c_snmp_inflight_count(inflight), 2);
	c_snmp_inflight_remove(inflight, slot);
	cr_expect_not_null(c_snmp_inflight_add(inflight));
	c_snmp_inflight_free(inflight);
}

Test(inflight, tells_what_expired_and_when_the_next_does)
{
	struct c_snmp_inflight *inflight = c_snmp_inflight_new(8, 1);
	size_t at = 0;

	cr_expect_eq(c_snmp_inflight_next_ns(inflight), INT64_MAX);
	for (int i = 0; i < 3; i++) {
		struct c_snmp_inflight_slot *slot = c_snmp_inflight_add(inflight);

		slot->device = (uint32_t)i;
		slot->expires_boot_ns = 100 - 10 * i; /* 100, 90, 80 */
	}
	cr_expect_eq(c_snmp_inflight_next_ns(inflight), 80);
	cr_expect_eq(c_snmp_inflight_next_expired(inflight, 95, &at)->device, 1);
	cr_expect_eq(c_snmp_inflight_next_expired(inflight, 95, &at)->device, 2);
	cr_expect_null(c_snmp_inflight_next_expired(inflight, 95, &at));
	c_snmp_inflight_free(inflight);
}
