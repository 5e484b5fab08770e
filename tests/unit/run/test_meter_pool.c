/* SPDX-License-Identifier: Apache-2.0 */
#include "run/meter_pool.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static struct meter_info outlet(unsigned number)
{
	struct meter_info info;

	memset(&info, 0, sizeof(info));
	snprintf(info.key, sizeof(info.key), "outlet/%u", number);
	return info;
}

Test(meter_pool, equal_descriptions_are_kept_once)
{
	struct meter_pool *pool = meter_pool_new();
	struct meter_info first = outlet(1);
	struct meter_info again = outlet(1);
	struct meter_info other = outlet(2);
	const struct meter_info *a = meter_pool_take(pool, &first);
	const struct meter_info *b = meter_pool_take(pool, &again);
	const struct meter_info *c = meter_pool_take(pool, &other);

	cr_assert_eq(a, b);
	cr_assert_neq(a, c);
	cr_assert_eq(meter_pool_count(pool), 2);
	meter_pool_give_back(pool, a);
	cr_assert_str_eq(b->key, "outlet/1", "one of two owners gave it back");
	meter_pool_give_back(pool, b);
	cr_assert_eq(meter_pool_count(pool), 1);
	meter_pool_give_back(pool, c);
	meter_pool_drop(pool);
}

Test(meter_pool, thousands_are_found_again)
{
	enum { COUNT = 5000 };
	static const struct meter_info *taken[COUNT];
	struct meter_pool *pool = meter_pool_new();

	for (unsigned i = 0; i < COUNT; i++) {
		struct meter_info info = outlet(i);

		taken[i] = meter_pool_take(pool, &info);
	}
	cr_assert_eq(meter_pool_count(pool), COUNT);
	for (unsigned i = 0; i < COUNT; i++) {
		struct meter_info info = outlet(i);

		cr_assert_eq(meter_pool_take(pool, &info), taken[i]);
		meter_pool_give_back(pool, taken[i]);
		meter_pool_give_back(pool, taken[i]);
	}
	cr_assert_eq(meter_pool_count(pool), 0);
	meter_pool_drop(pool);
}

Test(meter_pool, goes_with_its_last_owner)
{
	struct meter_pool *pool = meter_pool_new();
	struct meter_info info = outlet(7);
	const struct meter_info *taken = meter_pool_take(pool, &info);

	cr_assert_eq(meter_pool_share(pool), pool);
	cr_assert_null(meter_pool_drop(pool));
	cr_assert_str_eq(taken->key, "outlet/7");
	cr_assert_null(meter_pool_give_back(pool, taken));
	cr_assert_null(meter_pool_drop(pool));
}
