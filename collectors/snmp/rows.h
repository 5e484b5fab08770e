/* SPDX-License-Identifier: Apache-2.0 */
/* rows: which rows of a surveyed table are meant by a group of a driver, and their stable keys and labels. Pure. */
#ifndef WATTLEDGER_SNMP_ROWS_H
#define WATTLEDGER_SNMP_ROWS_H

#include "base/err.h"
#include "model/meter.h"
#include "snmp/survey.h"
#include "snmp/value.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { C_SNMP_ROWS_MAX = 4096 };

struct c_snmp_row {
	uint32_t index[PLAN_INDEX_MAX];
	uint8_t index_length;
};

/*
 * The rows of a table group that have at least one of its points and pass its filters, in index order, at most `max`. Returns how many.
 * A group that is no table has one row without index, when at least one of its points answered.
 */
size_t c_snmp_rows_find(const struct c_snmp_survey *survey, const struct plan_group *group, struct c_snmp_row *out, size_t max) MUST_CHECK;

/* The raw value of a point at a row; NULL: there is none. */
const struct c_snmp_raw *c_snmp_rows_point(const struct c_snmp_survey *survey, const struct plan_group *group,
					   const struct plan_point *point, const struct c_snmp_row *row) MUST_CHECK;

/* The scale of a point at a row; false when it cannot be known. */
bool c_snmp_rows_factor(const struct c_snmp_survey *survey, const struct plan_group *group, const struct plan_point *point,
			const struct c_snmp_row *row, struct c_snmp_factor *out) MUST_CHECK;

/*
 * Key and name of the row's meter: the group's with {} replaced by the text of the key column, or by the index ("1.3") where there is
 * none. Characters that keys cannot hold become '_'. A key that is too long keeps its end.
 */
void c_snmp_rows_key(const struct c_snmp_survey *survey, const struct plan_group *group, const struct c_snmp_row *row,
		     char key[static METER_KEY_BYTES]);
/* The same for a key of an earlier edition ("" gives ""); {index} in it is the index, whatever the key column says. */
void c_snmp_rows_former_key(const struct c_snmp_survey *survey, const struct plan_group *group, const struct c_snmp_row *row,
			    const char *former, char key[static METER_KEY_BYTES]);
void c_snmp_rows_name(const struct c_snmp_survey *survey, const struct plan_group *group, const struct c_snmp_row *row,
		      char name[static METER_NAME_BYTES]);

/* Whether the energy of a group's meters comes from products: a power that is one, and no energy counter. */
bool c_snmp_rows_is_product(const struct plan_group *group) MUST_CHECK;

#endif
