/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/read_priv.h"

#include "base/num.h"
#include "model/units.h"

enum { READ_BITS = 2 * COVERAGE_COUNT, READ_EVIDENCE, READ_SLOT_MS = READ_EVIDENCE, READ_REVS };

static void read_sums(sqlite3_stmt *statement, int column, int64_t millij[COVERAGE_COUNT], int64_t covered_ms[COVERAGE_COUNT])
{
	for (int i = 0; i < COVERAGE_COUNT; i++) {
		millij[i] = sqlite3_column_int64(statement, column + i);
		covered_ms[i] = sqlite3_column_int64(statement, column + COVERAGE_COUNT + i);
	}
}

void read_interval_sums(sqlite3_stmt *statement, int column, struct interval *out)
{
	int at = column + READ_EVIDENCE;

	read_sums(statement, column, out->millij, out->covered_ms);
	out->status_bits = (uint32_t)sqlite3_column_int64(statement, column + READ_BITS);
	out->has_raw = sqlite3_column_type(statement, at) != SQLITE_NULL;
	out->raw_open = (uint64_t)sqlite3_column_int64(statement, at);
	out->raw_close = (uint64_t)sqlite3_column_int64(statement, at + 1);
	out->open_utc_ms = out->has_raw ? out->slot_start_s * UNITS_MS_PER_S + sqlite3_column_int64(statement, at + 2) : 0;
	out->close_utc_ms = out->has_raw ? out->slot_start_s * UNITS_MS_PER_S + sqlite3_column_int64(statement, at + 3) : 0;
}

void read_rollup(sqlite3_stmt *statement, int column, struct ledger_sum *out)
{
	read_sums(statement, column, out->millij, out->covered_ms);
	out->status_bits = (uint32_t)sqlite3_column_int64(statement, column + READ_BITS);
	out->slot_ms = sqlite3_column_int64(statement, column + READ_SLOT_MS);
	out->rev_count = sqlite3_column_int64(statement, column + READ_REVS);
}

void read_add_sum(struct ledger_sum *to, const struct ledger_sum *add)
{
	bool is_saturated = false;

	for (int i = 0; i < COVERAGE_COUNT; i++) {
		to->millij[i] = num_add_saturating(to->millij[i], add->millij[i], &is_saturated);
		to->covered_ms[i] = num_add_saturating(to->covered_ms[i], add->covered_ms[i], &is_saturated);
	}
	to->slot_ms = num_add_saturating(to->slot_ms, add->slot_ms, &is_saturated);
	to->rev_count += add->rev_count;
	to->status_bits |= add->status_bits;
}

struct ledger_sum read_interval_as_sum(const struct interval *interval)
{
	struct ledger_sum sum = {.status_bits = interval->status_bits};

	for (int i = 0; i < COVERAGE_COUNT; i++) {
		sum.millij[i] = interval->millij[i];
		sum.covered_ms[i] = interval->covered_ms[i];
	}
	if (interval->rev == 0)
		sum.slot_ms = interval->slot_s * UNITS_MS_PER_S;
	else
		sum.rev_count = 1;
	return sum;
}
