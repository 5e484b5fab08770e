/* SPDX-License-Identifier: Apache-2.0 */
/* gaps: one pass over the intervals in order of time, with a little state a meter. */
#include "base/mem.h"
#include "ledger/ledger_priv.h"
#include "ledger/query.h"
#include "ledger/read_priv.h"
#include "ledger/select_priv.h"
#include "model/units.h"

static void close_gap(struct ledger_gap_walk *state)
{
	if (state->open_ms == 0)
		return;
	state->gaps.gap_count++;
	state->gaps.total_ms += state->open_ms;
	if (state->open_ms > state->gaps.longest_ms)
		state->gaps.longest_ms = state->open_ms;
	state->open_ms = 0;
}

/* All revisions of the slot are in. */
static void end_slot(struct ledger_gap_walk *state)
{
	int64_t slot_ms = state->slot_s * UNITS_MS_PER_S;

	if (state->end_s != 0 && state->slot_start_s > state->end_s)
		state->open_ms += (state->slot_start_s - state->end_s) * UNITS_MS_PER_S;
	if (state->covered_ms < slot_ms)
		state->open_ms += slot_ms - (state->covered_ms < 0 ? 0 : state->covered_ms);
	else
		close_gap(state);
	state->end_s = state->slot_start_s + state->slot_s;
	state->covered_ms = 0;
}

void ledger_gap_walk_take(struct ledger_gap_walk *state, const struct interval *interval)
{
	if (state->is_seen && interval->slot_start_s < state->slot_start_s)
		return;
	if (state->is_seen && interval->slot_start_s != state->slot_start_s)
		end_slot(state);
	state->is_seen = true;
	state->slot_start_s = interval->slot_start_s;
	state->slot_s = interval->slot_s;
	state->covered_ms += interval_total_ms(interval);
}

void ledger_gap_walk_end(struct ledger_gap_walk *state)
{
	if (!state->is_seen)
		return;
	end_slot(state);
	close_gap(state);
}

static enum err walk(struct ledger *ledger, const struct select *select, struct ledger_gap_walk *states, struct err_info *info)
{
	sqlite3_stmt *statement;
	bool has_row = true;
	enum err err = select_bind_intervals(ledger, select->filter->start_s, select->filter->end_s, &statement, info);

	while (err == ERR_NONE) {
		struct interval interval;
		uint32_t meter_id;

		err = ledger_step(ledger, statement, &has_row, info);
		if (err != ERR_NONE || !has_row)
			break;
		meter_id = (uint32_t)sqlite3_column_int64(statement, 1);
		read_interval(statement, &interval);
		if (select_find(select, meter_id, interval.slot_start_s) != SELECT_NONE)
			ledger_gap_walk_take(&states[meter_id], &interval);
	}
	return err;
}

static enum err query_gaps(struct ledger *ledger, const struct select *select, ledger_gaps_fn *each, void *context, struct err_info *info)
{
	struct ledger_gap_walk *states = mem_new_array(select->meter_end, sizeof(*states));
	enum err err =
	    states == NULL ? err_set(info, ERR_MEMORY, "no memory for %zu meters", select->meter_end) : walk(ledger, select, states, info);

	for (size_t i = 0; i < select->meter_end && err == ERR_NONE; i++) {
		if (!states[i].is_seen)
			continue;
		ledger_gap_walk_end(&states[i]);
		err = each(context, (uint32_t)i, &states[i].gaps, info);
	}
	mem_free(states);
	return err;
}

enum err ledger_query_gaps(struct ledger *ledger, const struct ledger_filter *filter, ledger_gaps_fn *each, void *context,
			   struct err_info *info)
{
	struct select select;
	enum err err = ledger_begin_read(ledger, info);

	if (err != ERR_NONE)
		return err;
	err = select_init(&select, ledger, filter, info);
	if (err == ERR_NONE) {
		err = query_gaps(ledger, &select, each, context, info);
		select_deinit(&select);
	}
	return ledger_end_read(ledger, err);
}
