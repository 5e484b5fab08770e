/* SPDX-License-Identifier: Apache-2.0 */
#include "snmp/survey.h"

#include "base/mem.h"
#include "snmp/oid.h"

/* A set of OIDs. */
struct set {
	struct plan_oid **oid;
	size_t *count;
	size_t *capacity;
};

static bool add_once(const struct set *set, const struct plan_oid *oid)
{
	if (oid->length == 0)
		return true;
	for (size_t i = 0; i < *set->count; i++)
		if (c_snmp_oid_is_same(&(*set->oid)[i], oid))
			return true;
	if (mem_grow((void **)set->oid, set->capacity, *set->count, C_SNMP_SURVEY_OIDS_MAX, sizeof **set->oid) != ERR_NONE)
		return false;
	(*set->oid)[(*set->count)++] = *oid;
	return true;
}

static bool add_group(struct c_snmp_survey *survey, const struct plan_group *group)
{
	struct set columns = {&survey->column, &survey->column_count, &survey->column_capacity};
	struct set scalars = {&survey->scalar, &survey->scalar_count, &survey->scalar_capacity};
	const struct set *place = group->is_table ? &columns : &scalars;
	bool is_good = true;

	if (group->is_table) {
		is_good = add_once(&columns, &group->key_oid) && add_once(&columns, &group->name_oid);
		for (size_t i = 0; i < group->filter_count; i++)
			is_good = is_good && add_once(&columns, &group->filter[i].oid);
	}
	for (size_t i = 0; i < group->point_count && is_good; i++) {
		const struct plan_point *point = &group->point_list[i];
		const struct set *scale = point->scale.is_scalar ? &scalars : place;

		is_good = add_once(place, &point->oid) && add_once(scale, &point->scale.oid) && add_once(scale, &point->scale.oid2);
	}
	return is_good;
}

struct c_snmp_survey *c_snmp_survey_new(const struct plan_snmp_driver *const *driver, size_t driver_count)
{
	struct c_snmp_survey *survey = mem_new(sizeof *survey);

	if (survey == NULL)
		return NULL;
	for (size_t d = 0; d < driver_count; d++)
		for (size_t g = 0; g < driver[d]->group_count; g++)
			if (!add_group(survey, &driver[d]->group[g]))
				return c_snmp_survey_free(survey);
	survey->table = c_snmp_table_new(survey->column_count + 1);
	return survey->table == NULL ? c_snmp_survey_free(survey) : survey;
}

struct c_snmp_survey *c_snmp_survey_free(struct c_snmp_survey *survey)
{
	if (survey == NULL)
		return NULL;
	mem_free(survey->column);
	mem_free(survey->scalar);
	c_snmp_table_free(survey->table);
	return mem_free(survey);
}

enum err c_snmp_survey_add_scalar(struct c_snmp_survey *survey, size_t n, const struct c_snmp_raw *raw)
{
	uint32_t number = (uint32_t)n;

	if (raw->kind == C_SNMP_ABSENT)
		return ERR_NONE;
	return c_snmp_table_add(survey->table, survey->column_count, &number, 1, raw);
}

const struct c_snmp_raw *c_snmp_survey_scalar(const struct c_snmp_survey *survey, const struct plan_oid *oid)
{
	for (uint32_t i = 0; i < survey->scalar_count; i++)
		if (c_snmp_oid_is_same(&survey->scalar[i], oid))
			return c_snmp_table_find(survey->table, survey->column_count, &i, 1);
	return NULL;
}

size_t c_snmp_survey_column(const struct c_snmp_survey *survey, const struct plan_oid *oid)
{
	size_t i = 0;

	while (i < survey->column_count && !c_snmp_oid_is_same(&survey->column[i], oid))
		i++;
	return i;
}

const struct c_snmp_raw *c_snmp_survey_cell(const struct c_snmp_survey *survey, const struct plan_oid *column, const uint32_t *index,
					    size_t index_length)
{
	size_t number = c_snmp_survey_column(survey, column);

	return number == survey->column_count ? NULL : c_snmp_table_find(survey->table, number, index, index_length);
}
