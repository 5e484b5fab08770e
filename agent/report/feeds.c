/* SPDX-License-Identifier: Apache-2.0 */
#include "report/feeds.h"

#include "base/mem.h"
#include "base/num.h"

#include <string.h>

enum { LIST_MAX = 1000000, PERMILLE = 1000, MOST_PERMILLE = 1020, LEAST_PERMILLE = 500, TIMES_PERMILLE = 100 };

/* ---- Ends ---- */

static void add_row(struct report_feed_end *end, const struct report_total *row)
{
	int64_t covered_ms = report_total_covered_ms(row) + row->covered_ms[COVERAGE_ESTIMATED];

	end->is_there = true;
	if (!row->has_energy)
		return;
	end->has_energy = true;
	end->energy_millij += row->energy_millij;
	end->covered_ms += covered_ms;
	end->is_component = end->is_component || row->meter->is_component;
}

/* Rows first..count of the totals hold the device; a meter of it, or with key "" what stands for the whole of it. */
static struct report_feed_end end_of(const struct report_totals *totals, const struct report_site *site, const char *device,
				     const char *key)
{
	struct report_feed_end end = {0};

	for (size_t i = 0; i < totals->count; i++) {
		const struct report_total *row = &totals->row[i];

		if (row->level != REPORT_METER || row->site != site || strcmp(row->meter->device, device) != 0)
			continue;
		if (key[0] == '\0' ? row->meter->role == ROLE_TOTAL : strcmp(row->meter->key, key) == 0)
			add_row(&end, row);
	}
	return end;
}

static void add_outer(struct report_feeds_group *group, const struct report_totals *totals)
{
	group->outer_sum.is_there = true;
	group->outer_sum.has_energy = group->feed_count > 0;
	for (size_t i = 0; i < group->feed_count; i++) {
		struct report_feed_end *end = &group->outer[i];

		*end = end_of(totals, group->site, group->feed[i].device, group->feed[i].key);
		group->outer_sum.is_there = group->outer_sum.is_there && end->is_there;
		group->outer_sum.has_energy = group->outer_sum.has_energy && end->has_energy && end->covered_ms > 0;
		group->outer_sum.energy_millij += end->energy_millij;
		if (i == 0 || end->covered_ms < group->outer_sum.covered_ms)
			group->outer_sum.covered_ms = end->covered_ms;
	}
}

/* What the feeds carried in a time as long as `covered_ms`, by their mean powers. */
static int64_t outer_in(const struct report_feeds_group *group, int64_t covered_ms)
{
	int64_t millij = 0;

	for (size_t i = 0; i < group->feed_count; i++)
		millij += num_muldiv_half_even(group->outer[i].energy_millij, covered_ms, group->outer[i].covered_ms);
	return millij;
}

/* ---- Groups ---- */

static struct report_feeds_group *find_group(struct report_feeds *feeds, const struct report_site *site, const char *fed_by)
{
	for (size_t i = 0; i < feeds->group_count; i++) {
		if (feeds->group[i].site == site && strcmp(feeds->group[i].fed_by, fed_by) == 0)
			return &feeds->group[i];
	}
	return NULL;
}

static enum err add_group(struct report_feeds *feeds, const struct report_totals *totals, const struct report_total *row,
			  struct err_info *info)
{
	struct report_feeds_group group = {.site = row->site, .fed_by = row->meter->fed_by, .explained_permille = -1};
	void *array = feeds->group;
	enum err err;

	group.feed_count = feeds_parse(group.feed, group.fed_by);
	if (group.feed_count == 0 || group.feed_count > FEEDS_MAX || find_group(feeds, row->site, group.fed_by) != NULL)
		return ERR_NONE;
	err = mem_grow(&array, &feeds->group_capacity, feeds->group_count, LIST_MAX, sizeof(group));
	feeds->group = array;
	if (err != ERR_NONE)
		return err_set(info, err, "no room for %zu feeds", feeds->group_count + 1);
	add_outer(&group, totals);
	feeds->group[feeds->group_count++] = group;
	return ERR_NONE;
}

/* ---- What they say of each other ---- */

static int64_t permille_of(const struct report_feeds_group *group, int64_t millij, int64_t covered_ms)
{
	int64_t outer_millij = group->outer_sum.has_energy && covered_ms > 0 ? outer_in(group, covered_ms) : 0;

	return outer_millij > 0 ? num_muldiv_half_even(millij, PERMILLE, outer_millij) : -1;
}

static bool has_other_time(int64_t a_ms, int64_t b_ms)
{
	int64_t most_ms = a_ms > b_ms ? a_ms : b_ms;
	int64_t apart_ms = a_ms > b_ms ? a_ms - b_ms : b_ms - a_ms;

	return apart_ms > num_muldiv_half_even(most_ms, TIMES_PERMILLE, PERMILLE);
}

static const char *device_finding(const struct report_feeds_group *group, const struct report_fed_device *device)
{
	if (!device->inner.has_energy)
		return "tells no energy in the period";
	if (device->explained_permille < 0)
		return NULL;
	if (device->explained_permille > MOST_PERMILLE)
		return "draws more than its feeds carry: is it fed by something else too?";
	if (has_other_time(device->inner.covered_ms, group->outer_sum.covered_ms))
		return "covers other time than its feeds: compared by mean power";
	return NULL;
}

static bool is_dead(const struct report_feed_end *end)
{
	return end->has_energy && end->energy_millij == 0;
}

static const char *group_finding(const struct report_feeds_group *group)
{
	size_t dead_count = 0;

	for (size_t i = 0; i < group->feed_count; i++)
		dead_count += is_dead(&group->outer[i]) ? 1 : 0;
	if (!group->outer_sum.is_there)
		return "the ledger has no such meter";
	if (!group->outer_sum.has_energy)
		return "a feed tells no energy in the period";
	if (dead_count > 0 && dead_count < group->feed_count)
		return "a feed carries nothing: is it the right outlet, and is the second supply in use?";
	if (group->explained_permille > MOST_PERMILLE)
		return "what hangs on it draws more than it carries";
	if (group->explained_permille >= 0 && group->explained_permille < LEAST_PERMILLE && group->feed[0].key[0] != '\0')
		return "less than half of it is explained: does something else hang on it?";
	return NULL;
}

static enum err add_device(struct report_feeds *feeds, const struct report_feeds_group *group, const struct report_totals *totals,
			   const struct report_total *row, struct err_info *info)
{
	struct report_fed_device device = {.row = row->meter, .inner = end_of(totals, row->site, row->meter->device, "")};
	void *array = feeds->device;
	enum err err = mem_grow(&array, &feeds->device_capacity, feeds->device_count, LIST_MAX, sizeof(device));

	feeds->device = array;
	if (err != ERR_NONE)
		return err_set(info, err, "no room for %zu devices", feeds->device_count + 1);
	device.explained_permille = device.inner.has_energy ? permille_of(group, device.inner.energy_millij, device.inner.covered_ms) : -1;
	device.finding = device_finding(group, &device);
	feeds->device[feeds->device_count++] = device;
	return ERR_NONE;
}

/* Components are parts of what a device draws: they are compared and not added. */
static enum err fill_group(struct report_feeds *feeds, struct report_feeds_group *group, const struct report_totals *totals,
			   struct err_info *info)
{
	bool is_known = true;
	int64_t permille = 0;
	enum err err = ERR_NONE;

	group->first_device = feeds->device_count;
	for (size_t i = 0; err == ERR_NONE && i < totals->count; i++) {
		const struct report_total *row = &totals->row[i];

		if (row->level != REPORT_DEVICE || row->site != group->site || strcmp(row->meter->fed_by, group->fed_by) != 0)
			continue;
		err = add_device(feeds, group, totals, row, info);
		if (err == ERR_NONE && !feeds->device[feeds->device_count - 1].inner.is_component) {
			int64_t one = feeds->device[feeds->device_count - 1].explained_permille;

			is_known = is_known && one >= 0;
			permille += one;
			group->device_count++;
		}
	}
	group->explained_permille = is_known && group->device_count > 0 ? permille : -1;
	group->device_count = feeds->device_count - group->first_device;
	group->finding = group_finding(group);
	return err;
}

enum err report_feeds_make(struct report_feeds *out, const struct report_totals *totals, struct err_info *info)
{
	struct report_feeds feeds = {0};
	enum err err = ERR_NONE;

	for (size_t i = 0; err == ERR_NONE && i < totals->count; i++) {
		if (totals->row[i].level == REPORT_DEVICE)
			err = add_group(&feeds, totals, &totals->row[i], info);
	}
	for (size_t i = 0; err == ERR_NONE && i < feeds.group_count; i++)
		err = fill_group(&feeds, &feeds.group[i], totals, info);
	if (err != ERR_NONE) {
		report_feeds_deinit(&feeds);
		return err;
	}
	*out = feeds;
	return ERR_NONE;
}

void report_feeds_deinit(struct report_feeds *feeds)
{
	mem_free(feeds->group);
	mem_free(feeds->device);
	*feeds = (struct report_feeds){0};
}
