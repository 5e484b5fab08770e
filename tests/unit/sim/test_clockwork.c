/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/clockwork.h"

#include "base/clock.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#define S INT64_C(1000000000)

Test(clockwork, runs_as_fast_as_asked)
{
	struct sim_clockwork clock;

	sim_clockwork_init(&clock, 5 * S, 60);
	cr_assert(epsilon_eq(dbl, sim_clockwork_t_s(&clock, 5 * S), 0, 1e-9));
	cr_assert(epsilon_eq(dbl, sim_clockwork_t_s(&clock, 7 * S), 120, 1e-9));
}

Test(clockwork, stands_still_and_goes_on_from_there)
{
	struct sim_clockwork clock;

	sim_clockwork_init(&clock, 0, 1);
	sim_clockwork_stop(&clock, 10 * S);
	cr_assert(epsilon_eq(dbl, sim_clockwork_t_s(&clock, 50 * S), 10, 1e-9));
	sim_clockwork_go(&clock, 50 * S);
	cr_assert(epsilon_eq(dbl, sim_clockwork_t_s(&clock, 53 * S), 13, 1e-9));
	sim_clockwork_go(&clock, 53 * S);
	cr_assert(epsilon_eq(dbl, sim_clockwork_t_s(&clock, 54 * S), 14, 1e-9), "going while it goes changes nothing");
}

Test(clockwork, is_as_old_as_if_it_had_run_since)
{
	const struct clock_reading now = {.boot_ns = 100 * S, .utc_ns = 5000 * S};
	struct sim_clockwork clock;

	sim_clockwork_init(&clock, sim_clockwork_since_ns(&now, 1000000), 1); /* 4000 s ago */
	cr_assert(epsilon_eq(dbl, sim_clockwork_t_s(&clock, 100 * S), 4000, 1e-9));
	cr_assert(eq(i64, clock.real_start_ns, -3900 * S));
}

Test(clockwork, can_be_moved_forward_only)
{
	struct sim_clockwork clock;

	sim_clockwork_init(&clock, 0, 2);
	cr_assert(sim_clockwork_set(&clock, 10 * S, 3600));
	cr_assert(epsilon_eq(dbl, sim_clockwork_t_s(&clock, 11 * S), 3602, 1e-9));
	cr_assert_not(sim_clockwork_set(&clock, 11 * S, 3600));
	cr_assert(epsilon_eq(dbl, sim_clockwork_t_s(&clock, 11 * S), 3602, 1e-9));
}
