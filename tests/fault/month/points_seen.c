/* SPDX-License-Identifier: Apache-2.0 */
#include "points_seen.h"

#include "agent.h"

#include <stdlib.h>
#include <string.h>

enum { LINE_BYTES = 1024 };

/* The number behind `name` in a line; false when it is not there. */
static bool find_number(const char *line, const char *name, int64_t *number)
{
	const char *at = strstr(line, name);

	if (at != NULL)
		*number = strtoll(at + strlen(name), NULL, 10);
	return at != NULL;
}

/* NULL: a sum. */
static struct truth_meter *meter_of(struct truth *truth, const char *line)
{
	int64_t device = 0;
	int64_t row = 0;

	if (!find_number(line, ",device=d", &device) || device >= TRUTH_DEVICES)
		agent_fail("a point of an unknown device", line);
	if (!truth->device[device].is_sum)
		return &truth->device[device].meter[0];
	return find_number(line, ",meter=line/", &row) ? &truth->device[device].meter[row] : NULL;
}

static void see_line(struct agent *agent, const char *line)
{
	bool is_slot = strncmp(line, "slot,", 5) == 0;
	bool is_energy = strncmp(line, "energy,", 7) == 0;
	struct truth_meter *meter;
	int64_t energy_j = 0;
	int64_t site = 0;

	if (!find_number(line, "site=s", &site) || site >= AGENT_SITES)
		agent_fail("a point of an unknown site", line);
	if (!find_number(line, "energy_j=", &energy_j))
		return;
	if (strncmp(line, "site_total,", 11) == 0)
		agent->site_totals_j[site] += energy_j;
	if (!is_slot && !is_energy)
		return;
	if (is_slot && strstr(line, "in_total=yes") != NULL)
		agent->site_slots_j[site] += energy_j;
	meter = meter_of(agent->truth, line);
	if (meter == NULL)
		return;
	if (is_slot)
		meter->slots_j += energy_j;
	else if (energy_j < meter->shown_j)
		agent_fail("a running total fell", line);
	else
		meter->shown_j = energy_j;
}

void points_see(struct agent *agent, const char *lines)
{
	char line[LINE_BYTES];

	while (*lines != '\0') {
		size_t bytes = strcspn(lines, "\n");

		if (bytes >= sizeof(line))
			agent_fail("a line is too long", lines);
		memcpy(line, lines, bytes);
		line[bytes] = '\0';
		see_line(agent, line);
		lines += bytes + 1;
	}
}
