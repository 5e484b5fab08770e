/* SPDX-License-Identifier: Apache-2.0 */
/* settings_feeds: fed_by of a device: an id, ID/METER, or a list of them. */
#include "settings/settings_device_priv.h"
#include "settings/settings_priv.h"

#include <stdio.h>
#include <string.h>

static void add_feed(struct loader *loader, const struct yaml_node *node, char *out)
{
	struct feed feed;
	size_t used = strlen(out);

	if (node->kind != YAML_SCALAR || !feed_parse(&feed, node->text, strlen(node->text))) {
		problems_add_error(loader->problems, node->place,
				   "fed_by: \"%s\" is neither the id of a device nor one of its meters, like pdu-a/outlet/7",
				   node->kind == YAML_SCALAR ? node->text : yaml_kind_name(node->kind));
		return;
	}
	snprintf(out + used, FEEDS_BYTES - used, "%s%s", used > 0 ? "," : "", node->text);
}

void settings_read_feeds(struct loader *loader, const struct yaml_node *node, char out[static FEEDS_BYTES])
{
	size_t count = 0;

	out[0] = '\0';
	if (node == NULL)
		return;
	if (node->kind != YAML_LIST) {
		add_feed(loader, node, out);
		return;
	}
	for (const struct yaml_node *item = node->child; item != NULL; item = item->next) {
		if (count++ == FEEDS_MAX)
			problems_add_error(loader->problems, item->place, "fed_by: at most %d feeds", FEEDS_MAX);
		if (count <= FEEDS_MAX)
			add_feed(loader, item, out);
	}
}
