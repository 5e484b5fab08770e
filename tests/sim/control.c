/* SPDX-License-Identifier: Apache-2.0 */
#include "control.h"

#include "base/clock.h"
#include "base/num.h"
#include "snmp_server.h"

#include <string.h>

static enum err run_fault(struct sim_fleet *fleet, const struct sim_clockwork *clock, char *words, struct err_info *info)
{
	const char *who = strsep(&words, " ");
	const char *what = strsep(&words, " ");
	struct sim_target target;
	struct sim_fault fault;
	struct sim_moment now;
	enum err err;

	if (who == NULL || what == NULL || words != NULL)
		return err_set(info, ERR_USAGE, "write: fault WHO FAULT");
	err = sim_target_parse(who, &target, info);
	if (err == ERR_NONE)
		err = sim_fault_parse(what, &fault, info);
	if (err != ERR_NONE)
		return err;
	sim_moment_now(clock, &now);
	if (sim_fleet_set_fault(fleet, &target, &fault, &now) == 0)
		return err_set(info, ERR_USAGE, "\"%s\" names no device that there is", who);
	return ERR_NONE;
}

enum err sim_control_run_clock(struct sim_clockwork *clock, char *words, struct err_info *info)
{
	const char *what = strsep(&words, " ");
	int64_t now_ns = clock_boot_ns();
	double seconds;

	if (what != NULL && strcmp(what, "stop") == 0) {
		sim_clockwork_stop(clock, now_ns);
		return ERR_NONE;
	}
	if (what != NULL && strcmp(what, "go") == 0) {
		sim_clockwork_go(clock, now_ns);
		return ERR_NONE;
	}
	bool is_advance = what != NULL && strcmp(what, "advance") == 0;
	if ((!is_advance && (what == NULL || strcmp(what, "set") != 0)) || words == NULL || !num_parse_double(words, &seconds))
		return err_set(info, ERR_USAGE, "write: clock stop, clock go, clock set SECONDS or clock advance SECONDS");
	if (is_advance)
		seconds += sim_clockwork_t_s(clock, now_ns);
	if (!sim_clockwork_set(clock, now_ns, seconds))
		return err_set(info, ERR_USAGE, "the clock cannot go back: it is at %.3f s", sim_clockwork_t_s(clock, now_ns));
	return ERR_NONE;
}

enum err sim_control_run(char *line, struct sim_fleet *fleet, struct sim_clockwork *clock, struct sim_life *life, struct err_info *info)
{
	const char *verb = strsep(&line, " ");

	if (strcmp(verb, "fault") == 0)
		return run_fault(fleet, clock, line, info);
	if (strcmp(verb, "clock") == 0)
		return sim_control_run_clock(clock, line, info);
	if (strcmp(verb, "truth") == 0) {
		life->wants_truth = true;
		return ERR_NONE;
	}
	if (strcmp(verb, "quit") == 0) {
		life->is_over = true;
		return ERR_NONE;
	}
	return err_set(info, ERR_USAGE, "unknown command \"%s\"; there are fault, clock, truth and quit", verb);
}
