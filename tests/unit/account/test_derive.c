/* SPDX-License-Identifier: Apache-2.0 */
#include "account/derive.h"

#include <criterion/criterion.h>
#include <string.h>

static struct interval row_of(int64_t start_s, int64_t measured_millij, int64_t measured_ms, int64_t bridged_ms)
{
	return (struct interval){.slot_start_s = start_s,
				 .slot_s = 900,
				 .millij = {[COVERAGE_MEASURED] = measured_millij, [COVERAGE_BRIDGED] = bridged_ms},
				 .covered_ms = {[COVERAGE_MEASURED] = measured_ms, [COVERAGE_BRIDGED] = bridged_ms}};
}

Test(derive, energies_add_and_time_is_the_least)
{
	const struct interval rows[] = {row_of(900, 100, 900000, 0), row_of(900, 50, 600000, 300000), row_of(900, 7, 880000, 0)};
	struct interval out;

	cr_assert(account_derive_total(rows, 3, 3, &out));
	cr_expect_eq(out.slot_start_s, 900);
	cr_expect_eq(out.slot_s, 900);
	cr_expect_eq(out.millij[COVERAGE_MEASURED], 157);
	cr_expect_eq(out.millij[COVERAGE_BRIDGED], 300000);
	/* Measured: 600 s at the least. Measured or bridged: 900, 900, 880: so 280 s more are bridged at best. */
	cr_expect_eq(out.covered_ms[COVERAGE_MEASURED], 600000);
	cr_expect_eq(out.covered_ms[COVERAGE_BRIDGED], 280000);
	cr_expect_eq(out.covered_ms[COVERAGE_ESTIMATED], 0);
}

Test(derive, missing_row_makes_no_total)
{
	const struct interval rows[] = {row_of(900, 100, 900000, 0), row_of(900, 50, 900000, 0)};
	struct interval out;

	cr_expect_not(account_derive_total(rows, 2, 3, &out));
	cr_expect_eq(out.status_bits, (uint32_t)INTERVAL_PARTIAL);
	cr_expect_eq(interval_total_millij(&out), 0);
	cr_expect_not(account_derive_total(rows, 0, 0, &out), "of nothing there is no total");
}

Test(derive, status_bits_of_the_rows_go_on)
{
	struct interval rows[] = {row_of(0, 1, 1, 0), row_of(0, 1, 1, 0)};
	struct interval out;

	rows[0].status_bits = INTERVAL_GAP;
	rows[1].status_bits = INTERVAL_WRAP;
	cr_assert(account_derive_total(rows, 2, 2, &out));
	cr_expect_eq(out.status_bits, (uint32_t)(INTERVAL_GAP | INTERVAL_WRAP));
}

Test(derive, revision_of_a_row_becomes_a_revision_of_the_total)
{
	struct interval rows[] = {row_of(0, 100, 600000, 0), row_of(0, 50, 900000, 0)};
	struct interval before;
	struct interval after;
	struct interval out;

	cr_assert(account_derive_total(rows, 2, 2, &before));
	rows[0].millij[COVERAGE_BRIDGED] += 70;
	rows[0].covered_ms[COVERAGE_BRIDGED] += 300000;
	cr_assert(account_derive_total(rows, 2, 2, &after));
	cr_assert(account_derive_revision(&before, &after, 0, &out));
	cr_expect_eq(out.rev, 1);
	cr_expect_eq(out.millij[COVERAGE_MEASURED], 0);
	cr_expect_eq(out.millij[COVERAGE_BRIDGED], 70);
	cr_expect_eq(out.covered_ms[COVERAGE_BRIDGED], 300000);
	cr_expect(out.status_bits & INTERVAL_LATE);
	interval_add(&before, &out);
	cr_expect_eq(interval_total_millij(&before), interval_total_millij(&after));
	cr_expect_not(account_derive_revision(&after, &after, 1, &out), "nothing differs");
}

Test(derive, total_is_complete_with_its_last_row)
{
	struct account_derive derive = {0};
	struct interval row = row_of(900, 100, 900000, 0);
	struct interval out;

	cr_expect_eq(account_derive_add(&derive, &row, 3, &out), DERIVE_WAITING);
	cr_expect_eq(account_derive_add(&derive, &row, 3, &out), DERIVE_WAITING);
	row.slot_start_s = 1800;
	cr_expect_eq(account_derive_add(&derive, &row, 3, &out), DERIVE_WAITING, "of another slot");
	row.slot_start_s = 900;
	row.covered_ms[COVERAGE_MEASURED] = 800000;
	cr_expect_eq(account_derive_add(&derive, &row, 3, &out), DERIVE_COMPLETE);
	cr_expect_eq(out.slot_start_s, 900);
	cr_expect_eq(out.millij[COVERAGE_MEASURED], 300);
	cr_expect_eq(out.covered_ms[COVERAGE_MEASURED], 800000);
	cr_expect_eq(derive.slot_count, 1u);
}

Test(derive, revision_asks_for_the_rows)
{
	struct account_derive derive = {0};
	struct interval row = row_of(900, 100, 900000, 0);
	struct interval out;

	row.rev = 1;
	cr_expect_eq(account_derive_add(&derive, &row, 2, &out), DERIVE_REVISE, "of a slot that was summed before");
	row.rev = 0;
	cr_expect_eq(account_derive_add(&derive, &row, 2, &out), DERIVE_WAITING);
	row.rev = 1;
	cr_expect_eq(account_derive_add(&derive, &row, 2, &out), DERIVE_WAITING);
	row.rev = 0;
	cr_expect_eq(account_derive_add(&derive, &row, 2, &out), DERIVE_REVISE, "complete, but one was revised meanwhile");
}

Test(derive, incomplete_slots_are_let_go_the_oldest_first)
{
	struct account_derive derive = {0};
	struct interval out;

	for (int i = 0; i < DERIVE_OPEN_MAX; i++) {
		struct interval row = row_of(i * 900, 1, 900000, 0);

		cr_expect_eq(account_derive_add(&derive, &row, 2, &out), DERIVE_WAITING);
	}
	struct interval row = row_of(DERIVE_OPEN_MAX * 900, 1, 900000, 0);

	cr_expect_eq(account_derive_add(&derive, &row, 2, &out), DERIVE_DROPPED);
	cr_expect_eq(out.slot_start_s, 0);
	cr_expect_eq(out.status_bits, (uint32_t)INTERVAL_PARTIAL);
}

Test(derive, saved_sum_goes_on)
{
	struct interval row = {.slot_start_s = 1795564800, .slot_s = 900, .millij = {1000}, .covered_ms = {900000}};
	struct account_derive derive = {0};
	struct account_derive other;
	struct interval out;
	uint8_t bytes[DERIVE_BYTES_MAX];
	size_t size;

	cr_assert_eq(account_derive_add(&derive, &row, 2, &out), DERIVE_WAITING);
	size = account_derive_save(&derive, bytes, sizeof(bytes));
	cr_assert_gt(size, 0u);
	memset(&other, 0x55, sizeof(other));
	for (size_t cut = 0; cut < size; cut++) {
		cr_expect_eq(account_derive_load(&other, bytes, cut, NULL), ERR_DATA);
		cr_expect_eq(account_derive_save(&derive, bytes, cut), 0u);
		cr_assert_eq(account_derive_save(&derive, bytes, sizeof(bytes)), size);
	}
	cr_assert_eq(account_derive_load(&other, bytes, size, NULL), ERR_NONE);
	row.millij[COVERAGE_MEASURED] = 234;
	cr_expect_eq(account_derive_add(&other, &row, 2, &out), DERIVE_COMPLETE);
	cr_expect_eq(out.millij[COVERAGE_MEASURED], 1234);
	cr_expect_eq(out.covered_ms[COVERAGE_MEASURED], 900000);
}

Test(derive, the_fullest_sum_has_room)
{
	struct account_derive derive = {.slot_count = DERIVE_OPEN_MAX};
	uint8_t bytes[DERIVE_BYTES_MAX];

	for (unsigned i = 0; i < DERIVE_OPEN_MAX; i++) {
		derive.slot[i] =
		    (struct derive_slot){.start_s = INT64_MAX, .bits = UINT32_MAX, .row_count = UINT32_MAX, .is_revised = true};
		for (unsigned k = 0; k < COVERAGE_COUNT; k++) {
			derive.slot[i].millij[k] = INT64_MIN;
			derive.slot[i].least_ms[k] = k % 2 ? INT64_MAX / 2 : INT64_MIN / 2;
		}
	}
	cr_expect_gt(account_derive_save(&derive, bytes, sizeof(bytes)), 0u);
}

Test(derive, rows_that_a_clock_covered_twice_make_no_sum_with_more_time_than_a_slot)
{
	/* Set back by a slot: both rows have 900 s twice. */
	const struct interval row[2] = {
	    {.slot_start_s = 900, .slot_s = 900, .millij = {500}, .covered_ms = {1800000}},
	    {.slot_start_s = 900, .slot_s = 900, .millij = {700}, .covered_ms = {900000, 900000}},
	};
	struct interval total;

	cr_assert(account_derive_total(row, 2, 2, &total));
	cr_expect_eq(total.millij[COVERAGE_MEASURED], 1200);
	cr_expect_eq(total.covered_ms[COVERAGE_MEASURED], 900000);
	cr_expect_eq(total.covered_ms[COVERAGE_BRIDGED], 0);
}

Test(derive, slot_that_was_computed_from_the_ledger_waits_no_longer)
{
	const struct interval row = {.slot_start_s = 900, .slot_s = 900, .millij = {500}, .covered_ms = {900000}};
	const struct interval revision = {.slot_start_s = 900, .slot_s = 900, .rev = 1, .millij = {7}};
	struct account_derive derive = {0};
	struct interval total;

	cr_assert_eq(account_derive_add(&derive, &row, 2, &total), DERIVE_WAITING);
	cr_assert_not(account_derive_forget(&derive, 1800));
	cr_assert(account_derive_forget(&derive, 900));
	cr_assert_not(account_derive_forget(&derive, 900));
	cr_expect_eq(account_derive_add(&derive, &revision, 2, &total), DERIVE_REVISE);
}
