/* SPDX-License-Identifier: Apache-2.0 */
/* settings_facts_priv: what an auditor has to know of sites and devices (model/facts.h), for agent/settings/settings_{site,device}.c only. */
#ifndef WATTLEDGER_SETTINGS_SETTINGS_FACTS_PRIV_H
#define WATTLEDGER_SETTINGS_SETTINGS_FACTS_PRIV_H

#include "model/facts.h"
#include "settings/settings_priv.h"

/* The words that are understood: enum facts_control, enum facts_boundary; classes of meters and of transformers. The first of each cannot be chosen. */
extern const char *const settings_control_choice[];
extern const char *const settings_boundary_choice[];
extern const char *const settings_meter_class_choice[];
extern const char *const settings_ct_class_choice[];

/* The values as they are written, and where; a node is NULL where nothing is. Borrowed. */
struct site_facts_read {
	const char *entity;
	int boundary;
	const char *share; /* per cent */
	int control;
	const struct yaml_node *entity_node;
	const struct yaml_node *share_node;
	const struct yaml_node *overhead_node; /* a map */
};

struct device_facts_read {
	int control;
	int meter_class;
	int ct_class;
	const char *calibration_due;
	const struct yaml_node *calibration_node;
	const char *round_trip;
	const struct yaml_node *round_trip_node;
};

/* The facts as one text. What is wrong becomes a problem and is left out. */
void settings_read_site_facts(const struct loader *loader, const struct site_facts_read *read, char out[static FACTS_BYTES]);
void settings_read_device_facts(const struct loader *loader, const struct device_facts_read *read, char out[static FACTS_BYTES]);

#endif
