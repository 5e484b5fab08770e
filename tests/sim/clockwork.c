/* SPDX-License-Identifier: Apache-2.0 */
#include "clockwork.h"

#include "base/clock.h"

#define NS_PER_S 1e9

void sim_clockwork_init(struct sim_clockwork *clock, int64_t real_ns, double speed)
{
	*clock = (struct sim_clockwork){.real_start_ns = real_ns, .real_mark_ns = real_ns, .speed = speed};
}

int64_t sim_clockwork_since_ns(const struct clock_reading *now, int64_t utc_ms)
{
	return now->boot_ns - (now->utc_ns - utc_ms * CLOCK_NS_PER_MS);
}

double sim_clockwork_t_s(const struct sim_clockwork *clock, int64_t real_ns)
{
	if (clock->is_stopped)
		return clock->t_mark_s;
	return clock->t_mark_s + (double)(real_ns - clock->real_mark_ns) / NS_PER_S * clock->speed;
}

void sim_clockwork_stop(struct sim_clockwork *clock, int64_t real_ns)
{
	clock->t_mark_s = sim_clockwork_t_s(clock, real_ns);
	clock->is_stopped = true;
}

void sim_clockwork_go(struct sim_clockwork *clock, int64_t real_ns)
{
	if (clock->is_stopped)
		clock->real_mark_ns = real_ns;
	clock->is_stopped = false;
}

bool sim_clockwork_set(struct sim_clockwork *clock, int64_t real_ns, double t_s)
{
	if (!(t_s >= sim_clockwork_t_s(clock, real_ns)))
		return false;
	clock->t_mark_s = t_s;
	clock->real_mark_ns = real_ns;
	return true;
}
