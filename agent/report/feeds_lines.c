/* SPDX-License-Identifier: Apache-2.0 */
/* feeds_lines: the groups, feeds and devices as lines of a table. */
#include "report/feeds.h"

#include "base/num.h"

#include <stdio.h>

enum { PERMILLE = 1000 };

static void name_feed(char *out, size_t out_bytes, const struct feed *feed)
{
	snprintf(out, out_bytes, "%s%s%s", feed->device, feed->key[0] == '\0' ? "" : "/", feed->key);
}

static void name_group(struct report_feeds_line *line, const struct report_feeds_group *group)
{
	size_t used = 0;

	line->node[0] = '\0';
	for (size_t i = 0; i < group->feed_count && used < sizeof(line->node); i++) {
		char one[FEEDS_BYTES];

		name_feed(one, sizeof(one), &group->feed[i]);
		used += (size_t)snprintf(line->node + used, sizeof(line->node) - used, "%s%s", i > 0 ? " + " : "", one);
	}
}

static enum err walk_group(const struct report_feeds *feeds, const struct report_feeds_group *group, report_feeds_line_fn *each,
			   void *context, struct err_info *info)
{
	struct report_feeds_line line = {.site = group->site->id,
					 .role = "group",
					 .end = &group->outer_sum,
					 .permille = group->explained_permille,
					 .finding = group->finding};
	enum err err;

	name_group(&line, group);
	err = each(context, &line, info);
	for (size_t i = 0; err == ERR_NONE && group->feed_count > 1 && i < group->feed_count; i++) {
		const struct report_feed_end *end = &group->outer[i];
		struct report_feeds_line feed = {.site = group->site->id, .role = "feed", .end = end, .permille = -1};

		name_feed(feed.node, sizeof(feed.node), &group->feed[i]);
		feed.finding = !end->is_there ? "the ledger has no such meter" : NULL;
		if (end->has_energy && group->outer_sum.energy_millij > 0)
			feed.permille = num_muldiv_half_even(end->energy_millij, PERMILLE, group->outer_sum.energy_millij);
		err = each(context, &feed, info);
	}
	for (size_t i = 0; err == ERR_NONE && i < group->device_count; i++) {
		const struct report_fed_device *fed = &feeds->device[group->first_device + i];
		struct report_feeds_line device = {.site = group->site->id,
						   .role = fed->inner.is_component ? "component" : "device",
						   .fed_by = group->fed_by,
						   .end = &fed->inner,
						   .permille = fed->explained_permille,
						   .finding = fed->finding};

		snprintf(device.node, sizeof(device.node), "%s", fed->row->device);
		err = each(context, &device, info);
	}
	return err;
}

enum err report_feeds_walk(const struct report_feeds *feeds, report_feeds_line_fn *each, void *context, struct err_info *info)
{
	enum err err = ERR_NONE;

	for (size_t i = 0; err == ERR_NONE && i < feeds->group_count; i++)
		err = walk_group(feeds, &feeds->group[i], each, context, info);
	return err;
}
