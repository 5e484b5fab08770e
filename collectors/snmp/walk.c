/* SPDX-License-Identifier: Apache-2.0 */
#include "snmp/walk.h"

#include "base/mem.h"
#include "snmp/oid.h"

#include <string.h>

struct c_snmp_walk {
	const struct plan_oid *base;
	struct plan_oid *cursor; /* the last name seen, or the column itself */
	bool *is_done;
	size_t column_count;
	struct c_snmp_table *table;
	uint32_t repetitions;
	size_t at_once;
	bool is_next; /* GETNEXT */
	size_t request_count;
	size_t asked[C_SNMP_WALK_COLUMNS_AT_ONCE]; /* columns of the last request */
	size_t asked_count;
	struct plan_oid name[C_SNMP_WALK_COLUMNS_AT_ONCE];
	const char *reason;
};

struct c_snmp_walk *c_snmp_walk_new(const struct plan_oid *column, size_t column_count, struct c_snmp_table *table, uint32_t repetitions)
{
	struct c_snmp_walk *walk = mem_new(sizeof *walk);

	if (walk == NULL)
		return NULL;
	walk->base = column;
	walk->column_count = column_count;
	walk->table = table;
	walk->is_next = repetitions == 0;
	walk->repetitions = repetitions == 0 ? 1 : repetitions;
	walk->at_once = C_SNMP_WALK_COLUMNS_AT_ONCE;
	walk->reason = "";
	walk->cursor = mem_new_array(column_count + 1, sizeof *walk->cursor);
	walk->is_done = mem_new_array(column_count + 1, sizeof *walk->is_done);
	if (walk->cursor == NULL || walk->is_done == NULL)
		return c_snmp_walk_free(walk);
	for (size_t i = 0; i < column_count; i++)
		walk->cursor[i] = column[i];
	return walk;
}

struct c_snmp_walk *c_snmp_walk_free(struct c_snmp_walk *walk)
{
	if (walk == NULL)
		return NULL;
	mem_free(walk->cursor);
	mem_free(walk->is_done);
	return mem_free(walk);
}

void c_snmp_walk_next(struct c_snmp_walk *walk, struct c_snmp_request *out)
{
	uint32_t rows;

	walk->asked_count = 0;
	for (size_t i = 0; i < walk->column_count && walk->asked_count < walk->at_once; i++) {
		if (walk->is_done[i])
			continue;
		walk->name[walk->asked_count] = walk->cursor[i];
		walk->asked[walk->asked_count++] = i;
	}
	rows = (uint32_t)(C_SNMP_WALK_VARBINDS / (walk->asked_count > 0 ? walk->asked_count : 1));
	*out = (struct c_snmp_request){.command = walk->is_next ? C_SNMP_GETNEXT : C_SNMP_GETBULK,
				       .repetitions = rows < walk->repetitions ? rows : walk->repetitions,
				       .oid = walk->name,
				       .oid_count = walk->asked_count};
}

bool c_snmp_walk_is_done(const struct c_snmp_walk *walk)
{
	for (size_t i = 0; i < walk->column_count; i++)
		if (!walk->is_done[i])
			return false;
	return true;
}

static enum c_snmp_walk_status stop(struct c_snmp_walk *walk, enum c_snmp_walk_status status, const char *reason)
{
	walk->reason = reason;
	return status;
}

static enum c_snmp_walk_status take_error(struct c_snmp_walk *walk, const struct c_snmp_reply *reply)
{
	if (reply->error_status == C_SNMP_TOO_BIG) {
		if (c_snmp_walk_shrink(walk))
			return C_SNMP_WALK_MORE;
		if (walk->at_once > 1) {
			walk->at_once /= 2;
			return C_SNMP_WALK_MORE;
		}
		return stop(walk, C_SNMP_WALK_REFUSED, "tooBig even for one value");
	}
	/* v1 says the end of the MIB by noSuchName; any other error ends that column alone, too. */
	if (reply->error_index >= 1 && (size_t)reply->error_index <= walk->asked_count) {
		walk->is_done[walk->asked[reply->error_index - 1]] = true;
		if (reply->error_status != C_SNMP_NO_SUCH_NAME)
			walk->reason = c_snmp_error_name(reply->error_status);
		return c_snmp_walk_is_done(walk) ? C_SNMP_WALK_DONE : C_SNMP_WALK_MORE;
	}
	return stop(walk, C_SNMP_WALK_REFUSED, c_snmp_error_name(reply->error_status));
}

static enum c_snmp_walk_status take_varbind(struct c_snmp_walk *walk, size_t column, const struct c_snmp_varbind *varbind)
{
	const struct plan_oid *base = &walk->base[column];
	struct plan_oid *cursor = &walk->cursor[column];
	enum err err;

	if (varbind->is_end) {
		walk->is_done[column] = true;
		return C_SNMP_WALK_MORE;
	}
	if (c_snmp_oid_compare(varbind->name, varbind->name_length, cursor->id, cursor->length) <= 0)
		return stop(walk, C_SNMP_WALK_LYING, "names in a walk do not increase");
	if (!c_snmp_oid_has_prefix(varbind->name, varbind->name_length, base)) {
		walk->is_done[column] = true;
		return C_SNMP_WALK_MORE;
	}
	if (varbind->is_name_cut)
		return stop(walk, C_SNMP_WALK_LIMIT, "a name in a walk has more than 64 parts");
	memcpy(cursor->id, varbind->name, varbind->name_length * sizeof varbind->name[0]);
	cursor->length = varbind->name_length;
	err = c_snmp_table_add(walk->table, column, varbind->name + base->length, (size_t)(varbind->name_length - base->length),
			       &varbind->raw);
	if (err != ERR_NONE)
		return stop(walk, C_SNMP_WALK_LIMIT, "the table has more cells or bytes than the limit");
	return C_SNMP_WALK_MORE;
}

enum c_snmp_walk_status c_snmp_walk_take(struct c_snmp_walk *walk, const struct c_snmp_reply *reply)
{
	enum c_snmp_walk_status status = C_SNMP_WALK_MORE;

	if (++walk->request_count > C_SNMP_WALK_REQUESTS_MAX)
		return stop(walk, C_SNMP_WALK_LIMIT, "the walk takes more requests than the limit");
	if (reply->error_status != C_SNMP_NO_ERROR)
		return take_error(walk, reply);
	if (reply->varbind_count == 0 || walk->asked_count == 0)
		return stop(walk, C_SNMP_WALK_LYING, "an empty answer in a walk");
	/* Row by row: the i-th value belongs to the (i mod columns)-th column asked (RFC 3416, 4.2.3). */
	for (size_t i = 0; i < reply->varbind_count && status == C_SNMP_WALK_MORE; i++) {
		size_t column = walk->asked[i % walk->asked_count];

		if (!walk->is_done[column])
			status = take_varbind(walk, column, &reply->varbind[i]);
	}
	if (status == C_SNMP_WALK_MORE && c_snmp_walk_is_done(walk))
		return C_SNMP_WALK_DONE;
	return status;
}

const char *c_snmp_walk_reason(const struct c_snmp_walk *walk)
{
	return walk->reason;
}

bool c_snmp_walk_shrink(struct c_snmp_walk *walk)
{
	if (walk->repetitions <= 1)
		return false;
	walk->repetitions /= 2;
	return true;
}

uint32_t c_snmp_walk_repetitions(const struct c_snmp_walk *walk)
{
	return walk->is_next ? 0 : walk->repetitions;
}
