/* SPDX-License-Identifier: Apache-2.0 */
#include "run/revs.h"

#include <criterion/criterion.h>

static int32_t find(const struct revs *revs, uint32_t ledger_id, int64_t slot_start_s)
{
	struct ledger_closed closed;

	return revs_find(revs, ledger_id, slot_start_s, &closed) ? closed.rev : -1;
}

static enum err put(struct revs *revs, uint32_t ledger_id, int64_t slot_start_s, int32_t rev)
{
	struct ledger_closed closed = {.rev = rev, .covered_ms = 1000 * rev};

	return revs_put(revs, ledger_id, slot_start_s, &closed);
}

Test(revs, newest_revision_is_remembered_until_its_row_is_committed)
{
	struct ledger_closed closed;
	struct revs revs = {0};

	cr_assert_eq(find(&revs, 1, 900), -1);
	cr_assert_eq(put(&revs, 1, 900, 0), ERR_NONE);
	cr_assert_eq(put(&revs, 1, 900, 1), ERR_NONE);
	cr_assert_eq(put(&revs, 2, 900, 0), ERR_NONE);
	cr_assert_eq(find(&revs, 1, 900), 1);
	cr_assert(revs_find(&revs, 1, 900, &closed));
	cr_assert_eq(closed.covered_ms, 1000);
	revs_hand(&revs);
	cr_assert_eq(put(&revs, 2, 900, 1), ERR_NONE); /* meanwhile, into the next batch */
	revs_forget_handed(&revs);
	cr_assert_eq(find(&revs, 1, 900), -1);
	cr_assert_eq(find(&revs, 2, 900), 1);
	revs_hand(&revs);
	revs_forget_handed(&revs);
	cr_assert_eq(revs.capacity, 0u);
	revs_deinit(&revs);
}

Test(revs, a_year_of_slots_of_some_meters_is_found)
{
	struct revs revs = {0};

	for (int64_t slot = 0; slot < 35040; slot++)
		for (uint32_t id = 1; id <= 3; id++)
			cr_assert_eq(put(&revs, id, slot * 900, (int32_t)(slot % 7)), ERR_NONE);
	cr_assert_eq(revs.count, 3u * 35040u);
	for (int64_t slot = 0; slot < 35040; slot++)
		cr_assert_eq(find(&revs, 2, slot * 900), (int32_t)(slot % 7));
	cr_assert_eq(find(&revs, 4, 0), -1);
	revs_deinit(&revs);
}
