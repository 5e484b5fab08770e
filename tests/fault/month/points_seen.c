/* SPDX-License-Identifier: Apache-2.0 */
#include "points_seen.h"

#include "agent.h"

#include <stdlib.h>
#include <string.h>

enum { LINE_BYTES = 1024 };

/* As a store has them: one point a series and time. Hashes of both, open addressing, 0 is free. */
static uint64_t *stored;
static size_t stored_count;
static size_t stored_room; /* a power of two */

/* FNV-1a 64 of "measurement,tags" and the time at the end. */
static uint64_t hash_of(const char *line)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);
	const char *series_end = strchr(line, ' ');
	const char *time = strrchr(line, ' ');

	for (const char *at = line; at < series_end; at++)
		hash = (hash ^ (uint8_t)*at) * UINT64_C(0x100000001b3);
	for (const char *at = time; *at != '\0'; at++)
		hash = (hash ^ (uint8_t)*at) * UINT64_C(0x100000001b3);
	return hash != 0 ? hash : 1;
}

static bool put(uint64_t hash)
{
	size_t at = (size_t)hash & (stored_room - 1);

	while (stored[at] != 0 && stored[at] != hash)
		at = (at + 1) & (stored_room - 1);
	if (stored[at] == hash)
		return false;
	stored[at] = hash;
	stored_count++;
	return true;
}

static void make_room(void)
{
	uint64_t *old = stored;
	size_t old_room = stored_room;

	if (stored_room != 0 && stored_count < stored_room / 2)
		return;
	stored_room = old_room == 0 ? 1 << 16 : 2 * old_room;
	stored = calloc(stored_room, sizeof(stored[0]));
	if (stored == NULL)
		agent_fail("points", "no memory");
	stored_count = 0;
	for (size_t i = 0; i < old_room; i++)
		if (old[i] != 0)
			(void)put(old[i]);
	free(old);
}

void points_forget(void)
{
	free(stored);
	stored = NULL;
	stored_count = stored_room = 0;
}

/* What is summed up in a store must not take another point's place. */
static void store(const char *line)
{
	if (strncmp(line, "slot,", 5) != 0 && strncmp(line, "site_total,", 11) != 0 && strncmp(line, "carbon,", 7) != 0)
		return;
	make_room();
	if (!put(hash_of(line)))
		agent_fail("a point takes the place of another one", line);
}

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

	store(line);
	if (strncmp(line, "event,", 6) == 0)
		return;
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
