/* SPDX-License-Identifier: Apache-2.0 */
/* driver_group: recognition rules, and the meters of a driver without their points. */
#include "base/text.h"
#include "settings/driver_priv.h"
#include "settings/driver_was.h"
#include "settings/pattern.h"
#include "settings/schema.h"

#include <string.h>

enum { GROUP_FILTERS_MAX = 2, GROUP_PHASE_OF_KEY = 255, GROUP_NOTE_BYTES = 1024 };

enum rule_at { RULE_EXCEPT, RULE_OBJECT_ID, RULE_DESCR, RULE_PROBE, RULE_MATCHES, RULE_NOTE, RULE_COUNT };

struct rule_note {
	struct plan_rule rule;
	char note[GROUP_NOTE_BYTES];
};

static const struct schema_key rule_key[RULE_COUNT] = {
    [RULE_EXCEPT] = {"except", SCHEMA_BOOL, SCHEMA_AT(rule_note, rule.is_exception)},
    [RULE_OBJECT_ID] = {"object_id", SCHEMA_OID, SCHEMA_AT(rule_note, rule.object_id)},
    [RULE_DESCR] = {"descr", SCHEMA_TEXT, SCHEMA_AT(rule_note, rule.descr_pattern)},
    [RULE_PROBE] = {"probe", SCHEMA_OID, SCHEMA_AT(rule_note, rule.probe)},
    [RULE_MATCHES] = {"probe_matches", SCHEMA_TEXT, SCHEMA_AT(rule_note, rule.probe_pattern)},
    [RULE_NOTE] = {"note", SCHEMA_TEXT, SCHEMA_AT(rule_note, note)},
};
static const struct schema rule_schema = {"recognition rule", rule_key, RULE_COUNT};

void driver_read_rule(struct driver_reader *reader, const struct yaml_node *node, struct plan_rule *rule)
{
	struct rule_note read = {.note = ""};
	struct schema_where where;

	if (!schema_read(&rule_schema, node, &read, &where, reader->problems))
		return;
	*rule = read.rule;
	if (where.node[RULE_DESCR] != NULL)
		pattern_check(reader->problems, where.node[RULE_DESCR]->place, rule->descr_pattern);
	if (where.node[RULE_MATCHES] != NULL)
		pattern_check(reader->problems, where.node[RULE_MATCHES]->place, rule->probe_pattern);
	if (where.node[RULE_MATCHES] != NULL && where.node[RULE_PROBE] == NULL)
		problems_add_error(reader->problems, where.node[RULE_MATCHES]->place, "probe_matches needs a probe");
	if (where.node[RULE_OBJECT_ID] == NULL && where.node[RULE_DESCR] == NULL && where.node[RULE_PROBE] == NULL)
		problems_add_error(reader->problems, node->place, "a recognition rule needs object_id, descr or probe");
}

enum filter_at { FILTER_OID, FILTER_INDEX, FILTER_IS, FILTER_MATCHES, FILTER_NOT, FILTER_COUNT };

struct filter_read {
	struct plan_row_filter filter;
	bool is_index;
};

static const struct schema_key filter_key[FILTER_COUNT] = {
    [FILTER_OID] = {"oid", SCHEMA_OID, SCHEMA_AT(filter_read, filter.oid)},
    [FILTER_INDEX] = {"index", SCHEMA_BOOL, SCHEMA_AT(filter_read, is_index)},
    [FILTER_IS] = {"is", SCHEMA_NODE, .offset = 0},
    [FILTER_MATCHES] = {"matches", SCHEMA_TEXT, SCHEMA_AT(filter_read, filter.pattern)},
    [FILTER_NOT] = {"not", SCHEMA_BOOL, SCHEMA_AT(filter_read, filter.is_negated)},
};
static const struct schema filter_schema = {"row filter", filter_key, FILTER_COUNT};

static void read_filter(struct driver_reader *reader, const struct yaml_node *node, struct plan_row_filter *filter)
{
	struct filter_read read = {.is_index = false};
	struct schema_where where;

	if (!schema_read(&filter_schema, node, &read, &where, reader->problems))
		return;
	if (where.node[FILTER_IS] != NULL)
		driver_read_numbers(reader, where.node[FILTER_IS],
				    &(struct driver_numbers){read.filter.value, &read.filter.value_count, PLAN_SENTINELS_MAX, NULL, NULL});
	*filter = read.filter;
	if (where.node[FILTER_MATCHES] != NULL)
		pattern_check(reader->problems, where.node[FILTER_MATCHES]->place, filter->pattern);
	if (read.is_index == (where.node[FILTER_OID] != NULL))
		problems_add_error(reader->problems, node->place,
				   "a row filter looks either at a column (oid) or at the index (index: yes)");
	if ((where.node[FILTER_IS] != NULL) == (where.node[FILTER_MATCHES] != NULL))
		problems_add_error(reader->problems, node->place, "a row filter has either is or matches");
}

static void read_filters(struct driver_reader *reader, const struct yaml_node *list, struct plan_group *group)
{
	if (list->kind != YAML_LIST || list->child_count > GROUP_FILTERS_MAX) {
		problems_add_error(reader->problems, list->place, "where has to be a list (- ...) of at most %d filters",
				   GROUP_FILTERS_MAX);
		return;
	}
	for (const struct yaml_node *node = list->child; node != NULL; node = node->next)
		read_filter(reader, node, &group->filter[group->filter_count++]);
}

enum group_at {
	GROUP_KEY,
	GROUP_NAME,
	GROUP_PARENT,
	GROUP_WAS,
	GROUP_ROWS,
	GROUP_KEY_OID,
	GROUP_NAME_OID,
	GROUP_INDEX_SKIP,
	GROUP_WHERE,
	GROUP_ROLE,
	GROUP_POINT,
	GROUP_SUPPLY,
	GROUP_PHASE,
	GROUP_SUM,
	GROUP_OPTIONAL,
	GROUP_NOTE,
	GROUP_POINTS,
	GROUP_COUNT
};

struct group_read {
	char key[METER_KEY_BYTES];
	char name[METER_NAME_BYTES];
	char parent[METER_KEY_BYTES];
	int rows;
	struct plan_oid key_oid;
	struct plan_oid name_oid;
	uint32_t index_skip;
	int role;
	int point;
	int supply;
	int phase;
	int summand;
	bool is_optional;
	char note[GROUP_NOTE_BYTES];
};

enum rows { ROWS_NONE = 0, ROWS_ALL, ROWS_FIRST };

static const char *const rows_choice[] = {"none", "all", "first", NULL};                                       /* enum rows */
static const char *const role_choice[] = {"total", "part", NULL};                                              /* enum role */
static const char *const point_choice[] = {"other", "site_ac", "ups_out", "pdu_out", "it_in", "dc_bus", NULL}; /* enum point */
static const char *const supply_choice[] = {"none", "grid", "genset", "pv", "battery", NULL};                  /* enum supply */
static const char *const summand_choice[] = {"no", "yes", "else", NULL};                                       /* enum plan_summand */
static const char *const phase_choice[] = {"none", "1", "2", "3", "of_key", NULL};

static const struct schema_key group_key[GROUP_COUNT] = {
    [GROUP_KEY] = {"key", SCHEMA_TEXT, SCHEMA_AT(group_read, key), .is_required = true},
    [GROUP_NAME] = {"name", SCHEMA_TEXT, SCHEMA_AT(group_read, name)},
    [GROUP_PARENT] = {"parent", SCHEMA_TEXT, SCHEMA_AT(group_read, parent)},
    [GROUP_WAS] = {"was", SCHEMA_NODE, .offset = 0},
    [GROUP_ROWS] = {"rows", SCHEMA_CHOICE, SCHEMA_AT(group_read, rows), .choice = rows_choice},
    [GROUP_KEY_OID] = {"key_oid", SCHEMA_OID, SCHEMA_AT(group_read, key_oid)},
    [GROUP_NAME_OID] = {"name_oid", SCHEMA_OID, SCHEMA_AT(group_read, name_oid)},
    [GROUP_INDEX_SKIP] = {"index_skip", SCHEMA_U32, SCHEMA_AT(group_read, index_skip), .min = 0, .max = PLAN_INDEX_MAX},
    [GROUP_WHERE] = {"where", SCHEMA_NODE, .offset = 0},
    [GROUP_ROLE] = {"role", SCHEMA_CHOICE, SCHEMA_AT(group_read, role), .choice = role_choice},
    [GROUP_POINT] = {"point", SCHEMA_CHOICE, SCHEMA_AT(group_read, point), .choice = point_choice},
    [GROUP_SUPPLY] = {"supply", SCHEMA_CHOICE, SCHEMA_AT(group_read, supply), .choice = supply_choice},
    [GROUP_PHASE] = {"phase", SCHEMA_CHOICE, SCHEMA_AT(group_read, phase), .choice = phase_choice},
    [GROUP_SUM] = {"sum", SCHEMA_CHOICE, SCHEMA_AT(group_read, summand), .choice = summand_choice},
    [GROUP_OPTIONAL] = {"optional", SCHEMA_BOOL, SCHEMA_AT(group_read, is_optional)},
    [GROUP_NOTE] = {"note", SCHEMA_TEXT, SCHEMA_AT(group_read, note)},
    [GROUP_POINTS] = {"points", SCHEMA_NODE, .offset = 0, .is_required = true},
};
static const struct schema group_schema = {"meter", group_key, GROUP_COUNT};

static void store_group(const struct group_read *read, struct plan_group *group)
{
	text_copy(group->key, sizeof group->key, read->key);
	text_copy(group->name, sizeof group->name, read->name);
	text_copy(group->parent, sizeof group->parent, read->parent);
	group->is_table = read->rows != ROWS_NONE;
	group->is_first_row_only = read->rows == ROWS_FIRST;
	group->key_oid = read->key_oid;
	group->name_oid = read->name_oid;
	group->index_skip = (uint8_t)read->index_skip;
	group->role = (enum role)read->role;
	group->point = (enum point)read->point;
	group->supply = (enum supply)read->supply;
	group->phase = read->phase > 3 ? GROUP_PHASE_OF_KEY : (uint8_t)read->phase;
	group->summand = (enum plan_summand)read->summand;
	group->is_optional = read->is_optional;
}

/* What the keys mean together. */
static void check_group(struct driver_reader *reader, const struct yaml_node *node, const struct schema_where *where,
			const struct plan_group *group)
{
	bool has_braces = strstr(group->key, "{}") != NULL;
	bool has_many = group->is_table && !group->is_first_row_only;
	static const enum group_at of_table[] = {GROUP_KEY_OID, GROUP_INDEX_SKIP, GROUP_WHERE};

	if (has_many && !has_braces)
		problems_add_error(reader->problems, node->place, "meter %s: with rows: all its key needs {} where the row's own key goes",
				   group->key);
	if (!has_many && has_braces)
		problems_add_error(reader->problems, node->place, "meter %s: {} in a key needs rows: all", group->key);
	for (size_t i = 0; i < sizeof of_table / sizeof of_table[0]; i++) {
		if (!group->is_table && where->node[of_table[i]] != NULL)
			problems_add_error(reader->problems, where->node[of_table[i]]->key_place, "%s needs rows: all or rows: first",
					   group_key[of_table[i]].name);
	}
	if (group->role == ROLE_TOTAL && (group->summand != PLAN_SUMMAND_NO || group->parent[0] != '\0'))
		problems_add_error(reader->problems, node->place, "meter %s: a total has no parent and is in no sum", group->key);
}

void driver_read_group(struct driver_reader *reader, const struct yaml_node *node, struct plan_group *group)
{
	struct group_read read = {.role = ROLE_PART};
	struct schema_where where;

	if (!schema_read(&group_schema, node, &read, &where, reader->problems))
		return;
	bool has_braces = strstr(read.key, "{}") != NULL;
	if (where.node[GROUP_ROWS] == NULL && has_braces)
		read.rows = ROWS_ALL;
	if (where.node[GROUP_ROLE] == NULL && strcmp(read.key, "total") == 0)
		read.role = ROLE_TOTAL;
	if (where.node[GROUP_PARENT] == NULL && read.role == ROLE_PART && reader->driver->total != TOTAL_NONE)
		text_copy(read.parent, sizeof read.parent, "total");
	if (where.node[GROUP_NAME] == NULL)
		text_copy(read.name, sizeof read.name, read.key);
	store_group(&read, group);
	if (where.node[GROUP_WAS] != NULL)
		driver_read_was(reader->problems, where.node[GROUP_WAS], group->key, group->is_table, group->was);
	if (where.node[GROUP_WHERE] != NULL)
		read_filters(reader, where.node[GROUP_WHERE], group);
	check_group(reader, node, &where, group);
	if (where.node[GROUP_POINTS] != NULL)
		driver_read_points(reader, where.node[GROUP_POINTS], group);
}
