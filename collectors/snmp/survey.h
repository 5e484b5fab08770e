/* SPDX-License-Identifier: Apache-2.0 */
/*
 * survey: what has to be asked, once and then now and again, to learn which meters a device has: all columns of its drivers' tables,
 * and all scalars; and the answers.
 */
#ifndef WATTLEDGER_SNMP_SURVEY_H
#define WATTLEDGER_SNMP_SURVEY_H

#include "base/err.h"
#include "snmp/table.h"
#include "wire/plan_snmp.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { C_SNMP_SURVEY_OIDS_MAX = 2048 };

/* Each OID once. */
struct c_snmp_survey {
	struct plan_oid *column; /* without index */
	size_t column_count;
	size_t column_capacity;
	struct plan_oid *scalar; /* with instance */
	size_t scalar_count;
	size_t scalar_capacity;
	struct c_snmp_table *table; /* the columns, then one more: the scalars, by their number */
	bool is_complete;           /* all was answered or refused; nothing was lost on the way */
};

/* For the groups of `driver_count` drivers. NULL when out of memory. */
struct c_snmp_survey *c_snmp_survey_new(const struct plan_snmp_driver *const *driver, size_t driver_count) MUST_CHECK;
struct c_snmp_survey *c_snmp_survey_free(struct c_snmp_survey *survey);

/* Keeps the answer for scalar number `n`, in increasing order of n. Errors: as c_snmp_table_add(). */
enum err c_snmp_survey_add_scalar(struct c_snmp_survey *survey, size_t n, const struct c_snmp_raw *raw) MUST_CHECK;

/* The answer at a scalar; NULL: not asked, or there is none. Borrowed. */
const struct c_snmp_raw *c_snmp_survey_scalar(const struct c_snmp_survey *survey, const struct plan_oid *oid) MUST_CHECK;

/* The number of a column; column_count when it is not among them. */
size_t c_snmp_survey_column(const struct c_snmp_survey *survey, const struct plan_oid *oid) MUST_CHECK;

/* The value of a column at a row; NULL: there is none. Borrowed. */
const struct c_snmp_raw *c_snmp_survey_cell(const struct c_snmp_survey *survey, const struct plan_oid *column, const uint32_t *index,
					    size_t index_length) MUST_CHECK;

#endif
