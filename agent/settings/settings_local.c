/* SPDX-License-Identifier: Apache-2.0 */
/* settings_local: the machine's own meters, when no one wrote them down. */
#include "settings/settings_priv.h"

#include <glob.h>
#include <string.h>

enum { LOCAL_AUTO = 0, LOCAL_YES, LOCAL_NO };

static bool has_meter(const char *sysfs_root)
{
	static const char tail[] = "/class/powercap/*/energy_uj";
	char pattern[PLAN_PATH_BYTES + sizeof tail];
	glob_t found = {0};
	size_t bytes = strlen(sysfs_root);

	if (bytes >= PLAN_PATH_BYTES)
		return false;
	memcpy(pattern, sysfs_root, bytes);
	memcpy(pattern + bytes, tail, sizeof tail);
	bool is_found = glob(pattern, GLOB_NOSORT, NULL, &found) == 0 && found.gl_pathc > 0;
	globfree(&found);
	return is_found;
}

/* As if these four lines stood under devices: */
static void add(struct loader *loader, struct place place, const char *sysfs_root)
{
	struct yaml_node entry[] = {{.key = "id", .text = loader->out->core.host},
				    {.key = "address", .text = "rapl"},
				    {.key = "sysfs", .text = sysfs_root},
				    {.key = "site", .text = loader->local_site}};
	size_t count = loader->local_site[0] != '\0' ? 4 : 3;
	struct yaml_node device = {.kind = YAML_MAP, .text = "", .place = place, .child_count = count, .child = entry};
	const struct yaml_node list = {.kind = YAML_LIST, .text = "", .place = place, .child_count = 1, .child = &device};

	for (size_t i = 0; i < count; i++) {
		entry[i].place = place;
		entry[i].key_place = place;
		entry[i].next = i + 1 < count ? &entry[i + 1] : NULL;
	}
	loader_read_devices(loader, &list);
}

/* Somebody may have given the host's name to a device that is read in another way. */
static bool is_taken(const struct loader *loader)
{
	for (size_t i = 0; i < loader->out->core.device_count; i++) {
		if (strcmp(loader->out->core.device[i].id, loader->out->core.host) == 0)
			return true;
	}
	return false;
}

void loader_add_local(struct loader *loader)
{
	const char *root = loader->options->sysfs_root != NULL ? loader->options->sysfs_root : "/sys";
	struct place place = loader->once[ONCE_LOCAL] != NULL ? loader->once[ONCE_LOCAL]->place : (struct place){0};

	if (loader->local == LOCAL_NO || loader->is_out_of_memory)
		return;
	if (loader->local == LOCAL_AUTO && (loader->out->rapl.device_count > 0 || is_taken(loader) || !has_meter(root)))
		return;
	if (loader->out->core.site_count > 1 && loader->local_site[0] == '\0') {
		if (loader->local == LOCAL_YES)
			problems_add_error(loader->problems, place, "local: yes with several sites needs agent: {site: ID}");
		return;
	}
	add(loader, place, root);
}
