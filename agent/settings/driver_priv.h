/* SPDX-License-Identifier: Apache-2.0 */
/* driver_priv: the parts of the driver reader that stand in files of their own. For agent/settings/driver*.c only. */
#ifndef WATTLEDGER_SETTINGS_DRIVER_PRIV_H
#define WATTLEDGER_SETTINGS_DRIVER_PRIV_H

#include "settings/problems.h"
#include "settings/yaml.h"
#include "wire/plan_snmp.h"

/* What the parts of one driver share while it is read. */
struct driver_reader {
	struct problems *problems;
	struct plan_snmp_driver *driver;
	enum caliber caliber; /* of points that do not say; CALIBER_UNKNOWN with has_caliber false: each has to */
	bool has_caliber;
};

/* One item of recognise:. */
void driver_read_rule(struct driver_reader *reader, const struct yaml_node *node, struct plan_rule *rule);

/* One item of meters:, without its points' list. */
void driver_read_group(struct driver_reader *reader, const struct yaml_node *node, struct plan_group *group);

/* The list points: of a meter. */
void driver_read_points(struct driver_reader *reader, const struct yaml_node *list, struct plan_group *group);

/*
 * Reads the whole numbers of a list (or one alone) into value[0..max); a problem for what is none or too many. The words "negative" and
 * "zero" set their flag.
 */
struct driver_numbers {
	int64_t *value;
	uint8_t *count;
	uint8_t max;
	bool *is_negative; /* NULL: the word "negative" is not allowed */
	bool *is_zero;     /* NULL: the word "zero" is not allowed */
};
void driver_read_numbers(struct driver_reader *reader, const struct yaml_node *node, const struct driver_numbers *out);

#endif
