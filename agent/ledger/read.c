/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/read_priv.h"

#include "base/num.h"
#include "ledger/ledger_priv.h"
#include "ledger/registry_priv.h"
#include "model/units.h"
#include "wire/plan.h"

#include <stdio.h>

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

void read_interval(sqlite3_stmt *statement, struct interval *out)
{
	*out = (struct interval){.slot_start_s = sqlite3_column_int64(statement, 0),
				 .rev = sqlite3_column_int(statement, 2),
				 .slot_s = sqlite3_column_int(statement, 3)};
	read_interval_sums(statement, 5, out);
}

/* Columns of SQL_REGISTER that are texts of the row, in order, from column 5 on; the digest and then the meter follow. */
enum { REGISTER_TEXTS = 5, REGISTER_SHA = 20, REGISTER_KEY = 21, REGISTER_NUMBERS = 24 };

void read_register(sqlite3_stmt *statement, struct ledger_register_row *row)
{
	const char **const texts[] = {&row->site,        &row->site_name, &row->grid_zone, &row->time_zone, &row->device,
				      &row->device_name, &row->rack,      &row->tenant,    &row->fed_by,    &row->source,
				      &row->vendor,      &row->model,     &row->serial,    &row->firmware,  &row->driver};
	int flags = sqlite3_column_int(statement, REGISTER_NUMBERS + 5);
	int bits = sqlite3_column_int(statement, REGISTER_NUMBERS + 11);

	*row = (struct ledger_register_row){
	    .site_id = (uint32_t)sqlite3_column_int64(statement, 0),
	    .device_id = (uint32_t)sqlite3_column_int64(statement, 1),
	    .meter_id = (uint32_t)sqlite3_column_int64(statement, 2),
	    .valid_from_ms = sqlite3_column_int64(statement, 3),
	    .valid_to_ms = sqlite3_column_int64(statement, 4),
	    .key = ledger_column_text(statement, REGISTER_KEY),
	    .name = ledger_column_text(statement, REGISTER_KEY + 1),
	    .parent = ledger_column_text(statement, REGISTER_KEY + 2),
	    .quantity = (enum quantity)sqlite3_column_int(statement, REGISTER_NUMBERS),
	    .role = (enum role)sqlite3_column_int(statement, REGISTER_NUMBERS + 1),
	    .point = (enum point)sqlite3_column_int(statement, REGISTER_NUMBERS + 2),
	    .supply = (enum supply)sqlite3_column_int(statement, REGISTER_NUMBERS + 3),
	    .caliber = (enum caliber)sqlite3_column_int(statement, REGISTER_NUMBERS + 4),
	    .is_in_total = (flags & REGISTER_IN_TOTAL) != 0,
	    .is_derived = (flags & REGISTER_DERIVED) != 0,
	    .is_summand = (flags & REGISTER_SUMMAND) != 0,
	    .is_component = (flags & REGISTER_COMPONENT) != 0,
	    .is_product = (flags & REGISTER_PRODUCT) != 0,
	    .fiscal_month = (uint8_t)sqlite3_column_int(statement, REGISTER_NUMBERS + 12),
	    .is_port = (flags & REGISTER_PORT) != 0,
	    .ref = (enum ref)(flags >> REGISTER_REF_SHIFT & REGISTER_REF_MASK),
	    .phase = (uint8_t)sqlite3_column_int(statement, REGISTER_NUMBERS + 6),
	    .rated_w = sqlite3_column_double(statement, REGISTER_NUMBERS + 7),
	    .counter = {.modulus = (uint64_t)sqlite3_column_int64(statement, REGISTER_NUMBERS + 8),
			.unit_num = sqlite3_column_int64(statement, REGISTER_NUMBERS + 9),
			.unit_den = sqlite3_column_int64(statement, REGISTER_NUMBERS + 10),
			.is_wrap_known = (bits & REGISTER_WRAP_KNOWN) != 0,
			.is_resettable = (bits & REGISTER_RESETTABLE) != 0,
			.starts_at_zero = (bits & REGISTER_STARTS_AT_ZERO) != 0},
	};
	row->site_facts = ledger_column_text(statement, REGISTER_NUMBERS + 13);
	row->facts = ledger_column_text(statement, REGISTER_NUMBERS + 14);
	for (int i = 0; i < (int)(sizeof(texts) / sizeof(texts[0])); i++)
		*texts[i] = ledger_column_text(statement, REGISTER_TEXTS + i);
	ledger_column_sha256(statement, REGISTER_SHA, row->driver_sha256);
}

static void copy_text(char *out, size_t out_bytes, sqlite3_stmt *statement, int column)
{
	snprintf(out, out_bytes, "%s", ledger_column_text(statement, column));
}

void read_factor(sqlite3_stmt *statement, struct plan_factor *out)
{
	*out = (struct plan_factor){.year = sqlite3_column_int(statement, 1), .microg_per_kwh = sqlite3_column_int64(statement, 8)};
	copy_text(out->zone, sizeof(out->zone), statement, 0);
	copy_text(out->basis, sizeof(out->basis), statement, 2);
	copy_text(out->edition, sizeof(out->edition), statement, 3);
	ledger_column_sha256(statement, 4, out->table_sha256);
	copy_text(out->method, sizeof(out->method), statement, 5);
	copy_text(out->publisher, sizeof(out->publisher), statement, 6);
	copy_text(out->licence, sizeof(out->licence), statement, 7);
}
