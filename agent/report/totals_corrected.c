/* SPDX-License-Identifier: Apache-2.0 */
/* totals_corrected: what corrections make of the parts, and what the parts were without them. */
#include "report/totals_priv.h"

#include "account/carbon.h"
#include "ledger/rows.h"
#include "model/units.h"
#include "report/correction.h"
#include "report/late.h"

struct correcting {
	struct report_parts *parts;
	struct report_late late;
};

static void move_row(const struct correcting *correcting, uint32_t meter_id, const struct interval *interval, int sign)
{
	size_t at = report_parts_find(correcting->parts, meter_id, interval->slot_start_s);

	if (at == SIZE_MAX)
		return;
	report_parts_add(&correcting->parts->row[at], interval, sign);
	correcting->parts->row[at].uncorrected.is_corrected = true;
}

static enum err take_interval(void *context, uint32_t meter_id, const struct interval *interval, struct err_info *info)
{
	struct correcting *correcting = context;
	struct interval corrected = *interval;
	uint32_t whose_id;

	(void)info;
	if (report_late_has(&correcting->late, meter_id, interval))
		return ERR_NONE;
	whose_id = report_correction_apply(correcting->parts->reg, meter_id, &corrected);
	move_row(correcting, meter_id, interval, -1);
	move_row(correcting, whose_id, &corrected, 1);
	return ERR_NONE;
}

static int64_t ceil_s(int64_t utc_ms)
{
	return (utc_ms + UNITS_MS_PER_S - 1) / UNITS_MS_PER_S;
}

/* The rows of one of its meters, in the time that is corrected. */
static enum err walk_rows(struct correcting *correcting, struct ledger *ledger, const struct report_correction *correction,
			  uint32_t meter_id, struct err_info *info)
{
	const struct report_site *site = correcting->parts->site;
	struct ledger_filter filter = {.start_s = ceil_s(correction->from_ms),
				       .end_s = ceil_s(correction->to_ms),
				       .site_id = site->site_id,
				       .meter_id = meter_id,
				       .is_any_quantity = true};

	if (filter.start_s < site->span.start_s)
		filter.start_s = site->span.start_s;
	if (filter.end_s > site->span.end_s)
		filter.end_s = site->span.end_s;
	if (meter_id == 0 || filter.start_s >= filter.end_s)
		return ERR_NONE;
	report_late_begin(&correcting->late);
	return ledger_query_intervals(ledger, &filter, take_interval, correcting, info);
}

static void keep(struct report_total *part)
{
	const struct report_entry *entry = report_register_entry(part->meter);

	part->uncorrected = (struct report_uncorrected){
	    .is_corrected = entry->is_corrected, .has_energy = part->has_energy, .energy_millij = part->energy_millij};
}

enum err report_parts_correct(struct report_parts *parts, struct ledger *ledger, struct err_info *info)
{
	struct correcting correcting = {.parts = parts};
	const struct report_register *reg = parts->reg;
	enum err err = ERR_NONE;

	for (size_t i = 0; i < parts->count; i++)
		keep(&parts->row[i]);
	if (reg->correction_count > 0)
		err = report_late_add(&correcting.late, ledger, parts->site, info);
	for (size_t i = 0; err == ERR_NONE && i < reg->correction_count; i++) {
		const struct report_correction *correction = &reg->correction[i];

		if (correction->what != REPORT_CORRECTION_RATIO || correction->site_id != parts->site->site_id)
			continue;
		err = walk_rows(&correcting, ledger, correction, correction->meter_id, info);
		if (err == ERR_NONE && correction->value_micro < 0)
			err = walk_rows(&correcting, ledger, correction, correction->out_id, info);
	}
	report_late_deinit(&correcting.late);
	return err;
}

void report_parts_uncorrect(struct report_total *part)
{
	struct report_uncorrected *uncorrected = &part->uncorrected;

	if (!uncorrected->has_energy || part->meter->supply != SUPPLY_GRID || report_leased_is(part->meter))
		return;
	uncorrected->grid_count = 1;
	uncorrected->no_factor_count = part->factor == NULL ? 1 : 0;
	if (part->factor != NULL)
		uncorrected->location_mg = account_carbon_mg(uncorrected->energy_millij, part->factor->microg_per_kwh);
}
