/* SPDX-License-Identifier: Apache-2.0 */
/* settings_facts: what a config says of a site or a device for an auditor: whose it is, how good its meter is. */
#include "base/num.h"
#include "base/text.h"
#include "settings/settings_facts_priv.h"

#include <string.h>

enum { SHARE_DECIMALS = 4, OVERHEAD_YEAR_MIN = 1990, OVERHEAD_YEAR_MAX = 2999 };

const char *const settings_control_choice[] = {"", "own", "leased", "tenant", NULL};
const char *const settings_boundary_choice[] = {"", "operational", "financial", "equity", NULL};
/* IEC 62053-21, -22; EN 50470-3; ANSI C12.20. Of each account_uncertainty_class_limit() knows the limit. */
const char *const settings_meter_class_choice[] = {"",    "0.1", "0.1S", "0.2", "0.2S", "0.5", "0.5S", "1",
						   "1.5", "2",   "3",    "A",   "B",    "C",   NULL};
/* IEC 61869-2. */
const char *const settings_ct_class_choice[] = {"", "none", "0.1", "0.2", "0.2S", "0.5", "0.5S", "1", "3", "5", NULL};

enum overhead_at { OVERHEAD_FACTOR, OVERHEAD_SOURCE, OVERHEAD_YEAR, OVERHEAD_COUNT };

struct overhead_read {
	char factor[PLAN_ID_BYTES];
	char source[FACTS_TEXT_BYTES];
	uint32_t year;
};

static const struct schema_key overhead_key[OVERHEAD_COUNT] = {
    [OVERHEAD_FACTOR] = {"factor", SCHEMA_TEXT, SCHEMA_AT(overhead_read, factor), .is_required = true},
    [OVERHEAD_SOURCE] = {"source", SCHEMA_TEXT, SCHEMA_AT(overhead_read, source), .is_required = true},
    [OVERHEAD_YEAR] = {"year", SCHEMA_U32, SCHEMA_AT(overhead_read, year), .min = OVERHEAD_YEAR_MIN, .max = OVERHEAD_YEAR_MAX,
		       .is_required = true},
};
static const struct schema overhead_schema = {"overhead", overhead_key, OVERHEAD_COUNT};

/* A text with a semicolon would end where it does not. */
static void take_text(const struct loader *loader, const struct yaml_node *node, const char *key, char out[static FACTS_TEXT_BYTES],
		      const char *text)
{
	if (text[0] == '\0')
		return;
	if (!facts_is_text(text) || !text_copy(out, FACTS_TEXT_BYTES, text))
		problems_add_error(loader->problems, node->place, "%s: at most %d bytes without a semicolon", key, FACTS_TEXT_BYTES - 1);
}

static void read_overhead(const struct loader *loader, const struct yaml_node *node, struct facts *out)
{
	struct overhead_read read = {.year = 0};
	struct schema_where where;

	if (node == NULL || !schema_read(&overhead_schema, node, &read, &where, loader->problems))
		return;
	if (where.node[OVERHEAD_FACTOR] != NULL && (!num_parse_fixed(read.factor, FACTS_DECIMALS, &out->overhead_micro) ||
						    out->overhead_micro < FACTS_MICRO || out->overhead_micro > FACTS_OVERHEAD_MICRO_MAX))
		problems_add_error(
		    loader->problems, where.node[OVERHEAD_FACTOR]->place,
		    "factor: \"%s\" is no number from 1 to 10: what the host's site takes for each kWh of its tenant, like 1.45",
		    read.factor);
	out->overhead_year = (int32_t)read.year;
	take_text(loader, node, "source", out->overhead_source, read.source);
	if (out->control != FACTS_CONTROL_TENANT && out->control != FACTS_CONTROL_LEASED)
		problems_add_error(loader->problems, node->key_place,
				   "overhead is what a host takes on top: it needs control: tenant or control: leased at this site");
}

static void read_share(const struct loader *loader, const struct yaml_node *node, const char *text, struct facts *out)
{
	if (node == NULL)
		return;
	if (!num_parse_fixed(text, SHARE_DECIMALS, &out->share_micro) || out->share_micro <= 0 || out->share_micro > FACTS_MICRO)
		problems_add_error(loader->problems, node->place, "share: \"%s\" is no number of per cent above 0, up to 100", text);
}

void settings_read_site_facts(const struct loader *loader, const struct site_facts_read *read, char out[static FACTS_BYTES])
{
	struct facts facts = {.boundary = (enum facts_boundary)read->boundary, .control = (enum facts_control)read->control};

	take_text(loader, read->entity_node, "entity", facts.entity, read->entity);
	read_share(loader, read->share_node, read->share, &facts);
	read_overhead(loader, read->overhead_node, &facts);
	facts_print(out, &facts);
}

void settings_read_device_facts(const struct loader *loader, const struct device_facts_read *read, char out[static FACTS_BYTES])
{
	struct facts facts = {.control = (enum facts_control)read->control};

	if (read->calibration_node != NULL && !facts_is_date(read->calibration_due))
		problems_add_error(loader->problems, read->calibration_node->place, "calibration_due: \"%s\" is no date, like 2027-06-30",
				   read->calibration_due);
	else
		(void)text_copy(facts.calibration_due, sizeof facts.calibration_due, read->calibration_due);
	if (read->round_trip_node != NULL && (!num_parse_fixed(read->round_trip, FACTS_DECIMALS, &facts.round_trip_micro) ||
					      facts.round_trip_micro < FACTS_ROUND_TRIP_MICRO_MIN || facts.round_trip_micro > FACTS_MICRO))
		problems_add_error(loader->problems, read->round_trip_node->place,
				   "round_trip: \"%s\" is no number from 0.5 to 1: what comes out of a battery of what went in, like 0.85",
				   read->round_trip);
	(void)text_copy(facts.meter_class, sizeof facts.meter_class, settings_meter_class_choice[read->meter_class]);
	(void)text_copy(facts.ct_class, sizeof facts.ct_class, settings_ct_class_choice[read->ct_class]);
	facts_print(out, &facts);
}
