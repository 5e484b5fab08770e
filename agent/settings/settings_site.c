/* SPDX-License-Identifier: Apache-2.0 */
/* settings_site: places, with their grid zone and their civil time. */
#include "base/mem.h"
#include "base/text.h"
#include "model/zone.h"
#include "settings/settings_facts_priv.h"

#include <string.h>
#include <unistd.h>

enum site_at {
	SITE_ID,
	SITE_NAME,
	SITE_ZONE,
	SITE_TIME_ZONE,
	SITE_SUPPLY,
	SITE_FISCAL_MONTH,
	SITE_ENTITY,
	SITE_BOUNDARY,
	SITE_SHARE,
	SITE_CONTROL,
	SITE_OVERHEAD,
	SITE_COUNT
};

struct site_read {
	struct plan_site site;
	int supply;
	uint32_t fiscal_month;
	char entity[FACTS_TEXT_BYTES];
	int boundary;
	char share[PLAN_ID_BYTES];
	int control;
};

static const char *const supply_choice[] = {"none", "grid", "genset", "pv", "battery", NULL}; /* enum supply */

static const struct schema_key site_key[SITE_COUNT] = {
    [SITE_ID] = {"id", SCHEMA_ID, SCHEMA_AT(site_read, site.id), .is_required = true},
    [SITE_NAME] = {"name", SCHEMA_TEXT, SCHEMA_AT(site_read, site.name)},
    [SITE_ZONE] = {"zone", SCHEMA_ID, SCHEMA_AT(site_read, site.grid_zone)},
    [SITE_TIME_ZONE] = {"time_zone", SCHEMA_TEXT, SCHEMA_AT(site_read, site.time_zone)},
    [SITE_SUPPLY] = {"supply", SCHEMA_CHOICE, SCHEMA_AT(site_read, supply), .choice = supply_choice},
    [SITE_FISCAL_MONTH] = {"fiscal_month", SCHEMA_U32, SCHEMA_AT(site_read, fiscal_month), .min = 1, .max = 12},
    [SITE_ENTITY] = {"entity", SCHEMA_TEXT, SCHEMA_AT(site_read, entity)},
    [SITE_BOUNDARY] = {"boundary", SCHEMA_CHOICE, SCHEMA_AT(site_read, boundary), .choice = settings_boundary_choice},
    [SITE_SHARE] = {"share", SCHEMA_TEXT, SCHEMA_AT(site_read, share)},
    [SITE_CONTROL] = {"control", SCHEMA_CHOICE, SCHEMA_AT(site_read, control), .choice = settings_control_choice},
    [SITE_OVERHEAD] = {"overhead", SCHEMA_NODE, .offset = 0},
};
static const struct schema site_schema = {"site", site_key, SITE_COUNT};

/* "Europe/Oslo" of a link /etc/localtime -> .../zoneinfo/Europe/Oslo; UTC when it cannot be told. */
static void system_time_zone(char out[static PLAN_ID_BYTES])
{
	static const char mark[] = "zoneinfo/";
	char target[PLAN_PATH_BYTES];
	ssize_t bytes = readlink("/etc/localtime", target, sizeof target - 1);

	target[bytes > 0 ? bytes : 0] = '\0';
	const char *at = strstr(target, mark);
	if (at == NULL || !text_copy(out, PLAN_ID_BYTES, at + sizeof mark - 1) || out[0] == '\0')
		text_copy(out, PLAN_ID_BYTES, "UTC");
}

static void default_time_zone(const struct loader *loader, char out[static PLAN_ID_BYTES])
{
	if (loader->options->time_zone == NULL || !text_copy(out, PLAN_ID_BYTES, loader->options->time_zone))
		system_time_zone(out);
}

/* Files are opened once for each name that differs from the site before. */
static void check_time_zone(struct loader *loader, const struct yaml_node *node, const char *name)
{
	const struct plan_core *core = &loader->out->core;
	struct err_info info = {0};
	struct zone *zone = NULL;

	if (core->site_count > 1 && strcmp(core->site[core->site_count - 2].time_zone, name) == 0)
		return;
	if (zone_open(&zone, loader->options->zoneinfo_root, name, &info) != ERR_NONE)
		problems_add_error(loader->problems, node->place, "time_zone: %s", info.text);
	zone_free(zone);
}

static struct plan_site *add_site(struct loader *loader, struct place place)
{
	struct plan_core *core = &loader->out->core;
	size_t note_count = core->site_count;
	void *list = core->site;
	struct plan_site *site = loader_append(loader, &list, &loader->site_capacity, &core->site_count, PLAN_SITES_MAX, sizeof *site);

	core->site = list;
	if (site == NULL)
		return NULL;
	list = loader->site_note;
	struct site_note *note = loader_append(loader, &list, &loader->site_note_capacity, &note_count, PLAN_SITES_MAX, sizeof *note);
	loader->site_note = list;
	if (note == NULL) {
		core->site_count--;
		return NULL;
	}
	note->place = place;
	return site;
}

static void read_facts(const struct loader *loader, const struct site_read *read, const struct schema_where *where, struct plan_site *site)
{
	const struct site_facts_read facts = {.entity = read->entity,
					      .boundary = read->boundary,
					      .share = read->share,
					      .control = read->control,
					      .entity_node = where->node[SITE_ENTITY],
					      .share_node = where->node[SITE_SHARE],
					      .overhead_node = where->node[SITE_OVERHEAD]};

	settings_read_site_facts(loader, &facts, site->facts);
}

static void read_site(struct loader *loader, const struct yaml_node *node)
{
	struct site_read read = {.supply = SUPPLY_GRID, .fiscal_month = 1};
	struct schema_where where;

	if (!schema_read(&site_schema, node, &read, &where, loader->problems))
		return;
	struct plan_site *site = add_site(loader, node->place);
	if (site == NULL)
		return;
	*site = read.site;
	site->supply = (enum supply)read.supply;
	site->fiscal_month = (uint8_t)read.fiscal_month;
	read_facts(loader, &read, &where, site);
	if (site->name[0] == '\0')
		text_copy(site->name, sizeof site->name, site->id);
	if (where.node[SITE_TIME_ZONE] == NULL)
		default_time_zone(loader, site->time_zone);
	else if (site->time_zone[0] != '\0')
		check_time_zone(loader, where.node[SITE_TIME_ZONE], site->time_zone);
	if (where.node[SITE_ZONE] != NULL)
		loader->site_note[loader->out->core.site_count - 1].zone_place = where.node[SITE_ZONE]->place;
}

void loader_read_sites(struct loader *loader, const struct yaml_node *list)
{
	if (list->kind == YAML_SCALAR && list->text[0] == '\0')
		return;
	if (list->kind != YAML_LIST) {
		problems_add_error(loader->problems, list->place, "sites has to be a list (- id: ...), not %s", yaml_kind_name(list->kind));
		return;
	}
	for (const struct yaml_node *node = list->child; node != NULL; node = node->next)
		read_site(loader, node);
}

void loader_add_default_site(struct loader *loader)
{
	struct plan_site *site = add_site(loader, (struct place){0});

	if (site == NULL)
		return;
	text_copy(site->id, sizeof site->id, "default");
	text_copy(site->name, sizeof site->name, "default");
	default_time_zone(loader, site->time_zone);
	site->supply = SUPPLY_GRID;
	site->fiscal_month = 1;
	loader->out->is_default_site = true;
}
