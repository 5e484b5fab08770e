/* SPDX-License-Identifier: Apache-2.0 */
#include "settings/recognise.h"

#include "base/mem.h"

#include <regex.h>
#include <string.h>

/* A rule's two patterns, compiled. */
struct pattern {
	bool has_descr;
	bool has_probe;
	regex_t descr;
	regex_t probe;
};

struct recognise {
	const struct plan_snmp_driver *driver;
	size_t driver_count;
	struct pattern *pattern; /* PLAN_RULES_MAX for each driver */
};

/* How good a match is: compared field by field, larger wins. */
struct rank {
	int32_t priority;
	uint8_t object_id_length;
	bool has_descr;
	bool has_probe;
};

bool recognise_is_below(const struct plan_oid *oid, const struct plan_oid *prefix)
{
	return oid->length >= prefix->length && memcmp(oid->id, prefix->id, prefix->length * sizeof oid->id[0]) == 0;
}

static bool is_same_oid(const struct plan_oid *a, const struct plan_oid *b)
{
	return a->length == b->length && recognise_is_below(a, b);
}

static enum err compile(regex_t *out, bool *has, const char *text, const char *driver, struct err_info *info)
{
	char reason[128];

	if (text[0] == '\0')
		return ERR_NONE;
	int code = regcomp(out, text, REG_EXTENDED | REG_NOSUB);
	if (code != 0) {
		regerror(code, out, reason, sizeof reason);
		return err_set(info, ERR_DATA, "driver %s: the pattern \"%s\" is wrong: %s", driver, text, reason);
	}
	*has = true;
	return ERR_NONE;
}

enum err recognise_new(struct recognise **out, const struct plan_snmp_driver *driver, size_t driver_count, struct err_info *info)
{
	struct recognise *self = mem_new(sizeof *self);
	enum err err = ERR_NONE;

	if (self != NULL)
		self->pattern = mem_new_array(driver_count > 0 ? driver_count * PLAN_RULES_MAX : 1, sizeof *self->pattern);
	if (self == NULL || self->pattern == NULL) {
		recognise_free(self);
		return err_set(info, ERR_MEMORY, "out of memory for %zu drivers", driver_count);
	}
	self->driver = driver;
	self->driver_count = driver_count;
	for (size_t i = 0; i < driver_count && err == ERR_NONE; i++) {
		for (size_t j = 0; j < driver[i].rule_count && err == ERR_NONE; j++) {
			struct pattern *pattern = &self->pattern[i * PLAN_RULES_MAX + j];
			err = compile(&pattern->descr, &pattern->has_descr, driver[i].rule[j].descr_pattern, driver[i].name, info);
			if (err == ERR_NONE)
				err = compile(&pattern->probe, &pattern->has_probe, driver[i].rule[j].probe_pattern, driver[i].name, info);
		}
	}
	if (err == ERR_NONE)
		*out = self;
	else
		recognise_free(self);
	return err;
}

struct recognise *recognise_free(struct recognise *recognise)
{
	if (recognise == NULL)
		return NULL;
	for (size_t i = 0; recognise->pattern != NULL && i < recognise->driver_count * PLAN_RULES_MAX; i++) {
		if (recognise->pattern[i].has_descr)
			regfree(&recognise->pattern[i].descr);
		if (recognise->pattern[i].has_probe)
			regfree(&recognise->pattern[i].probe);
	}
	mem_free(recognise->pattern);
	return mem_free(recognise);
}

static const struct recognise_answer *find_answer(const struct recognise_facts *facts, const struct plan_oid *probe)
{
	for (size_t i = 0; i < facts->answer_count; i++) {
		if (is_same_oid(&facts->answer[i].probe, probe))
			return &facts->answer[i];
	}
	return NULL;
}

/* A probe is asked only when all else that the rule wants is there. */
static enum recognise_verdict judge_rule(const struct plan_rule *rule, const struct pattern *pattern, const struct recognise_facts *facts)
{
	if (rule->object_id.length > 0 && (facts->object_id == NULL || !recognise_is_below(facts->object_id, &rule->object_id)))
		return RECOGNISE_NO;
	if (pattern->has_descr && regexec(&pattern->descr, facts->descr, 0, NULL, 0) != 0)
		return RECOGNISE_NO;
	if (rule->probe.length == 0)
		return RECOGNISE_YES;
	const struct recognise_answer *answer = find_answer(facts, &rule->probe);
	if (answer == NULL)
		return RECOGNISE_OPEN;
	if (!answer->is_answered)
		return RECOGNISE_NO;
	if (pattern->has_probe && regexec(&pattern->probe, answer->text, 0, NULL, 0) != 0)
		return RECOGNISE_NO;
	return RECOGNISE_YES;
}

static struct rank rank_of(const struct plan_snmp_driver *driver, const struct plan_rule *rule)
{
	return (struct rank){.priority = driver->priority,
			     .object_id_length = rule->object_id.length,
			     .has_descr = rule->descr_pattern[0] != '\0',
			     .has_probe = rule->probe.length > 0};
}

static int compare_rank(const struct rank *a, const struct rank *b)
{
	if (a->priority != b->priority)
		return a->priority > b->priority ? 1 : -1;
	if (a->object_id_length != b->object_id_length)
		return a->object_id_length > b->object_id_length ? 1 : -1;
	if (a->has_descr != b->has_descr)
		return a->has_descr ? 1 : -1;
	if (a->has_probe != b->has_probe)
		return a->has_probe ? 1 : -1;
	return 0;
}

/* A driver as a whole, with the best rank it has (YES) or might get (OPEN). */
static enum recognise_verdict judge_driver(const struct recognise *self, size_t at, const struct recognise_facts *facts, struct rank *rank)
{
	const struct plan_snmp_driver *driver = &self->driver[at];
	enum recognise_verdict verdict = RECOGNISE_NO;
	enum recognise_verdict exception = RECOGNISE_NO;

	for (size_t i = 0; i < driver->rule_count; i++) {
		const struct plan_rule *rule = &driver->rule[i];
		struct rank found = rank_of(driver, rule);
		enum recognise_verdict one = judge_rule(rule, &self->pattern[at * PLAN_RULES_MAX + i], facts);
		if (rule->is_exception) {
			exception = one > exception ? one : exception;
			continue;
		}
		if (one > verdict || (one == verdict && one != RECOGNISE_NO && compare_rank(&found, rank) > 0))
			*rank = found;
		verdict = one > verdict ? one : verdict;
	}
	if (exception == RECOGNISE_YES)
		return RECOGNISE_NO;
	return exception == RECOGNISE_OPEN && verdict == RECOGNISE_YES ? RECOGNISE_OPEN : verdict;
}

static void add_probe(struct recognise_result *result, const struct plan_oid *probe)
{
	for (size_t i = 0; i < result->probe_count; i++) {
		if (is_same_oid(&result->probe[i], probe))
			return;
	}
	if (result->probe_count < RECOGNISE_PROBES_MAX)
		result->probe[result->probe_count++] = *probe;
}

static void ask_for(const struct recognise *self, size_t at, const struct recognise_facts *facts, struct recognise_result *result)
{
	const struct plan_snmp_driver *driver = &self->driver[at];

	for (size_t i = 0; i < driver->rule_count; i++) {
		if (judge_rule(&driver->rule[i], &self->pattern[at * PLAN_RULES_MAX + i], facts) == RECOGNISE_OPEN)
			add_probe(result, &driver->rule[i].probe);
	}
}

static void add_to_stack(const struct recognise *self, uint32_t at, struct recognise_result *result)
{
	size_t place = result->stack_count;

	if (place == RECOGNISE_STACK_MAX)
		return;
	for (; place > 0 && self->driver[at].priority > self->driver[result->stack[place - 1]].priority; place--)
		result->stack[place] = result->stack[place - 1];
	result->stack[place] = at;
	result->stack_count++;
}

/* true when driver `at` with `rank` is better than the one that leads. */
static bool is_better(const struct recognise *self, uint32_t at, const struct rank *rank, uint32_t leader, const struct rank *leader_rank)
{
	if (leader == RECOGNISE_NONE)
		return true;
	int order = compare_rank(rank, leader_rank);
	return order > 0 || (order == 0 && strcmp(self->driver[at].name, self->driver[leader].name) < 0);
}

void recognise_run(const struct recognise *recognise, const struct recognise_facts *facts, struct recognise_result *result)
{
	struct rank best = {0};

	*result = (struct recognise_result){.driver = RECOGNISE_NONE};
	for (uint32_t i = 0; i < recognise->driver_count; i++) {
		struct rank rank = {0};
		if (judge_driver(recognise, i, facts, &rank) != RECOGNISE_YES)
			continue;
		if (recognise->driver[i].is_stackable) {
			add_to_stack(recognise, i, result);
		} else if (is_better(recognise, i, &rank, result->driver, &best)) {
			result->driver = i;
			best = rank;
		}
	}
	/* What is open is asked only where it could beat the leader, or could be stacked. */
	for (uint32_t i = 0; i < recognise->driver_count; i++) {
		struct rank rank = {0};
		if (judge_driver(recognise, i, facts, &rank) != RECOGNISE_OPEN)
			continue;
		if (recognise->driver[i].is_stackable || is_better(recognise, i, &rank, result->driver, &best))
			ask_for(recognise, i, facts, result);
	}
}

enum recognise_verdict recognise_check(const struct recognise *recognise, uint32_t driver, const struct recognise_facts *facts,
				       struct recognise_result *result)
{
	struct rank rank = {0};
	enum recognise_verdict verdict = judge_driver(recognise, driver, facts, &rank);

	*result = (struct recognise_result){.driver = verdict == RECOGNISE_YES ? driver : RECOGNISE_NONE};
	if (verdict == RECOGNISE_OPEN)
		ask_for(recognise, driver, facts, result);
	return verdict;
}
