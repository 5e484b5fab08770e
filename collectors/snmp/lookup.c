/* SPDX-License-Identifier: Apache-2.0 */
#include "snmp/lookup.h"

#include "base/mem.h"
#include "base/text.h"
#include "snmp/oid.h"
#include "snmp/value.h"

#include <stdio.h>
#include <string.h>

enum { STEP_NEXT = 0, STEP_EXACT = 1, STEP_OVER = 2 };

struct c_snmp_lookup *c_snmp_lookup_new(const struct plan_oid *const *oid, size_t count)
{
	struct c_snmp_lookup *lookup = mem_new(sizeof *lookup);

	if (lookup == NULL)
		return NULL;
	lookup->item = mem_new_array(count + 1, sizeof *lookup->item);
	if (lookup->item == NULL)
		return mem_free(lookup);
	lookup->count = count;
	lookup->at_once = C_SNMP_LOOKUP_AT_ONCE;
	for (size_t i = 0; i < count; i++) {
		lookup->item[i].oid = *oid[i];
		lookup->item[i].step = oid[i]->length > 0 ? STEP_NEXT : STEP_OVER;
	}
	return lookup;
}

struct c_snmp_lookup *c_snmp_lookup_free(struct c_snmp_lookup *lookup)
{
	if (lookup == NULL)
		return NULL;
	mem_free(lookup->item);
	return mem_free(lookup);
}

static struct plan_oid stem_of(const struct plan_oid *oid)
{
	struct plan_oid stem = *oid;

	if (stem.length > 1 && stem.id[stem.length - 1] == 0)
		stem.length--;
	return stem;
}

static size_t collect(struct c_snmp_lookup *lookup, uint8_t step)
{
	lookup->asked_count = 0;
	for (size_t i = 0; i < lookup->count && lookup->asked_count < lookup->at_once; i++) {
		if (lookup->item[i].step != step)
			continue;
		lookup->name[lookup->asked_count] = step == STEP_NEXT ? stem_of(&lookup->item[i].oid) : lookup->item[i].oid;
		lookup->asked[lookup->asked_count++] = i;
	}
	return lookup->asked_count;
}

bool c_snmp_lookup_next(struct c_snmp_lookup *lookup, struct c_snmp_request *out)
{
	enum c_snmp_command command = C_SNMP_GETNEXT;

	lookup->is_next = true;
	if (collect(lookup, STEP_NEXT) == 0) {
		command = C_SNMP_GET;
		lookup->is_next = false;
		if (collect(lookup, STEP_EXACT) == 0)
			return false;
	}
	*out = (struct c_snmp_request){.command = command, .oid = lookup->name, .oid_count = lookup->asked_count};
	return true;
}

bool c_snmp_lookup_is_over(const struct c_snmp_lookup *lookup)
{
	for (size_t i = 0; i < lookup->count; i++)
		if (lookup->item[i].step != STEP_OVER)
			return false;
	return true;
}

static void keep(struct c_snmp_lookup_item *item, const struct c_snmp_raw *raw)
{
	int64_t number;

	item->kind = raw->kind;
	item->step = STEP_OVER;
	if (raw->kind == C_SNMP_TEXT) {
		text_clean(item->text, sizeof item->text, raw->text, raw->text_bytes);
	} else if (raw->kind == C_SNMP_OBJECT && raw->object != NULL) {
		item->object = *raw->object;
		plan_oid_print(raw->object, item->text, sizeof item->text);
	} else if (c_snmp_value_integer(raw, &number)) {
		(void)snprintf(item->text, sizeof item->text, "%lld", (long long)number);
	}
}

/* GETNEXT did not find it. A name that ends in 0 was asked for fully by that; another may be an instance itself. */
static void miss(struct c_snmp_lookup_item *item)
{
	bool is_scalar = item->oid.id[item->oid.length - 1] == 0;

	item->step = item->step == STEP_NEXT && !is_scalar ? STEP_EXACT : STEP_OVER;
}

static void take_error(struct c_snmp_lookup *lookup, const struct c_snmp_reply *reply)
{
	if (reply->error_status == C_SNMP_TOO_BIG && lookup->asked_count > 1) {
		lookup->at_once = lookup->asked_count / 2;
		return;
	}
	if (reply->error_status != C_SNMP_NO_SUCH_NAME)
		lookup->refusal = reply->error_status;
	if (reply->error_index >= 1 && (size_t)reply->error_index <= lookup->asked_count && reply->error_status != C_SNMP_TOO_BIG) {
		miss(&lookup->item[lookup->asked[reply->error_index - 1]]);
		return;
	}
	for (size_t i = 0; i < lookup->count; i++)
		lookup->item[i].step = STEP_OVER;
}

void c_snmp_lookup_take(struct c_snmp_lookup *lookup, const struct c_snmp_reply *reply)
{
	if (reply->error_status != C_SNMP_NO_ERROR) {
		take_error(lookup, reply);
		return;
	}
	for (size_t n = 0; n < lookup->asked_count; n++) {
		struct c_snmp_lookup_item *item = &lookup->item[lookup->asked[n]];
		const struct c_snmp_varbind *varbind = &reply->varbind[n];
		bool is_there = n < reply->varbind_count && varbind->raw.kind != C_SNMP_ABSENT;

		if (is_there && lookup->is_next &&
		    c_snmp_oid_compare(varbind->name, varbind->name_length, lookup->name[n].id, lookup->name[n].length) <= 0)
			lookup->is_lying = true;
		if (is_there && c_snmp_oid_has_prefix(varbind->name, varbind->name_length, &lookup->name[n]))
			keep(item, &varbind->raw);
		else
			miss(item);
	}
}

bool c_snmp_lookup_is_refused(const struct c_snmp_lookup *lookup)
{
	for (size_t i = 0; i < lookup->count; i++)
		if (lookup->item[i].kind != C_SNMP_ABSENT)
			return false;
	return lookup->refusal != 0;
}
