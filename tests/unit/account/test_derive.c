/* SPDX-License-Identifier: Apache-2.0 */
#include "account/derive.h"

#include <criterion/criterion.h>

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
