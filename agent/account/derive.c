/* SPDX-License-Identifier: Apache-2.0 */
#include "account/derive.h"

#include "account/state_priv.h"
#include "model/units.h"

#include <string.h>

static const enum coverage BEST_FIRST[COVERAGE_COUNT] = {COVERAGE_MEASURED, COVERAGE_BRIDGED, COVERAGE_MANUAL, COVERAGE_ESTIMATED,
							 COVERAGE_STATIC};

/* Takes a row into running sums: least_ms[k] is the least time, over the rows, that is covered by the k + 1 best classes. */
static void slot_add(struct derive_slot *slot, const struct interval *row)
{
	int64_t sum_ms = 0;

	for (unsigned i = 0; i < COVERAGE_COUNT; i++) {
		slot->millij[i] += row->millij[i];
		sum_ms += row->covered_ms[BEST_FIRST[i]];
		if (!slot->row_count || sum_ms < slot->least_ms[i])
			slot->least_ms[i] = sum_ms;
	}
	slot->bits |= row->status_bits;
	slot->row_count++;
}

/* Rows that a wall clock covered twice, because it was set back, have more time than a slot: their sum has not. */
static void slot_total(const struct derive_slot *slot, const struct interval *row, struct interval *out)
{
	int64_t most_ms = row->slot_s * UNITS_MS_PER_S;
	int64_t so_far_ms = 0;

	*out = (struct interval){.slot_start_s = row->slot_start_s, .slot_s = row->slot_s, .status_bits = slot->bits};
	memcpy(out->millij, slot->millij, sizeof(out->millij));
	for (unsigned i = 0; i < COVERAGE_COUNT; i++) {
		int64_t least_ms = slot->least_ms[i] < most_ms ? slot->least_ms[i] : most_ms;

		out->covered_ms[BEST_FIRST[i]] = least_ms - so_far_ms;
		so_far_ms = least_ms;
	}
}

bool account_derive_total(const struct interval *rows, size_t count, size_t expected, struct interval *out)
{
	struct derive_slot slot = {0};

	*out = (struct interval){.status_bits = INTERVAL_PARTIAL};
	if (!count || count < expected)
		return false;
	for (size_t i = 0; i < count; i++)
		slot_add(&slot, &rows[i]);
	slot_total(&slot, &rows[0], out);
	return true;
}

bool account_derive_revision(const struct interval *before, const struct interval *after, int32_t rev_before, struct interval *out)
{
	bool is_other = false;

	*out = (struct interval){.slot_start_s = after->slot_start_s,
				 .slot_s = after->slot_s,
				 .rev = rev_before + 1,
				 .status_bits = after->status_bits | INTERVAL_LATE};
	for (unsigned i = 0; i < COVERAGE_COUNT; i++) {
		out->millij[i] = after->millij[i] - before->millij[i];
		out->covered_ms[i] = after->covered_ms[i] - before->covered_ms[i];
		is_other = is_other || out->millij[i] || out->covered_ms[i];
	}
	return is_other;
}

static struct derive_slot *slot_find(struct account_derive *derive, int64_t start_s)
{
	for (unsigned i = 0; i < derive->slot_count; i++) {
		if (derive->slot[i].start_s == start_s)
			return &derive->slot[i];
	}
	return NULL;
}

static void slot_remove(struct account_derive *derive, const struct derive_slot *slot)
{
	unsigned at = (unsigned)(slot - derive->slot);

	derive->slot_count--;
	memmove(&derive->slot[at], &derive->slot[at + 1], (derive->slot_count - at) * sizeof(derive->slot[0]));
}

static struct derive_slot *slot_oldest(struct account_derive *derive)
{
	struct derive_slot *oldest = &derive->slot[0];

	for (unsigned i = 1; i < derive->slot_count; i++) {
		if (derive->slot[i].start_s < oldest->start_s)
			oldest = &derive->slot[i];
	}
	return oldest;
}

bool account_derive_forget(struct account_derive *derive, int64_t slot_start_s)
{
	const struct derive_slot *slot = slot_find(derive, slot_start_s);

	if (slot == NULL)
		return false;
	slot_remove(derive, slot);
	return true;
}

enum derive_outcome account_derive_add(struct account_derive *derive, const struct interval *row, uint32_t expected, struct interval *out)
{
	enum derive_outcome outcome = DERIVE_WAITING;
	struct derive_slot *slot = slot_find(derive, row->slot_start_s);

	/* The least over the rows cannot be corrected by a difference: the rows themselves are needed. */
	if (row->rev != 0) {
		if (!slot)
			return DERIVE_REVISE;
		slot->is_revised = true;
		return DERIVE_WAITING;
	}
	if (!slot) {
		if (derive->slot_count == DERIVE_OPEN_MAX) {
			struct derive_slot *oldest = slot_oldest(derive);

			*out = (struct interval){.slot_start_s = oldest->start_s, .slot_s = row->slot_s, .status_bits = INTERVAL_PARTIAL};
			slot_remove(derive, oldest);
			outcome = DERIVE_DROPPED;
		}
		slot = &derive->slot[derive->slot_count++];
		*slot = (struct derive_slot){.start_s = row->slot_start_s};
	}
	slot_add(slot, row);
	if (slot->row_count < expected)
		return outcome;
	outcome = slot->is_revised ? DERIVE_REVISE : DERIVE_COMPLETE;
	slot_total(slot, row, out);
	slot_remove(derive, slot);
	return outcome;
}

/* ---- Saving ---------------------------------------------------------------------------------------------------------------------- */

enum { DERIVE_STATE_VERSION = 2 };

static void visit_slot(struct state_visitor *visitor, struct derive_slot *slot)
{
	uint8_t is_revised = slot->is_revised;

	state_amount(visitor, &slot->start_s, 0);
	for (unsigned i = 0; i < COVERAGE_COUNT; i++) {
		state_i64(visitor, &slot->millij[i], 0);
		state_i64(visitor, &slot->least_ms[i], i > 0 ? slot->least_ms[i - 1] : 0);
	}
	state_u32(visitor, &slot->bits, 0);
	state_u32(visitor, &slot->row_count, 0);
	state_u8(visitor, &is_revised, 0, 1);
	slot->is_revised = is_revised == 1;
}

static void visit_slots(struct state_visitor *visitor, struct account_derive *derive)
{
	state_u32(visitor, &derive->slot_count, 0);
	visitor->is_bad = visitor->is_bad || derive->slot_count > DERIVE_OPEN_MAX;
	for (unsigned i = 0; i < derive->slot_count && !visitor->is_bad; i++)
		visit_slot(visitor, &derive->slot[i]);
}

size_t account_derive_save(const struct account_derive *derive, uint8_t *bytes, size_t size)
{
	struct account_derive copy = *derive;
	struct state_visitor visitor = state_begin(bytes, NULL, size, NULL, DERIVE_STATE_VERSION);

	visit_slots(&visitor, &copy);
	return state_end(&visitor) ? visitor.at : 0;
}

enum err account_derive_load(struct account_derive *derive, const uint8_t *bytes, size_t size, struct err_info *info)
{
	struct account_derive copy = {0};
	struct state_visitor visitor = state_begin(NULL, bytes, size, NULL, DERIVE_STATE_VERSION);

	visit_slots(&visitor, &copy);
	if (!state_end(&visitor))
		return err_set(info, ERR_DATA, "the saved state of a sum (%zu bytes) is damaged or of another version", size);
	*derive = copy;
	return ERR_NONE;
}
