/* SPDX-License-Identifier: Apache-2.0 */
#include "report/uncertainty.h"

#include "account/uncertainty.h"
#include "base/mem.h"
#include "base/num.h"
#include "model/facts.h"
#include "model/units.h"
#include "report/totals.h"

#include <math.h>
#include <string.h>

/* Beyond so many publishers the others are taken as one, which is on the safe side. */
enum { PUBLISHERS_MAX = 8, PCT_DECIMALS = 2 };

/* Hundredths of a per cent: what a forged package can have more of is no figure. */
#define SHOWN_MAX 1e15

/* A sum while it is made. The amounts are of the device whose meters come just now; squares those of the devices before. */
struct sum {
	struct report_uncertainty *out;
	const struct report_total *row;
	double device_millij;
	double device_mg;
	double squares_millij;
	double squares_mg;
	const char *publisher[PUBLISHERS_MAX];
	double factor_mg[PUBLISHERS_MAX];
	size_t publisher_count;
};

static void end_device(struct sum *sum)
{
	sum->squares_millij += sum->device_millij * sum->device_millij;
	sum->squares_mg += sum->device_mg * sum->device_mg;
	sum->device_millij = 0;
	sum->device_mg = 0;
}

static void end_sum(struct sum *sum)
{
	double factors = 0;

	if (sum->out == NULL)
		return;
	end_device(sum);
	for (size_t i = 0; i < sum->publisher_count; i++)
		factors = account_uncertainty_join(factors, sum->factor_mg[i]);
	sum->out->has_energy = sum->row->has_energy && sum->row->energy_millij > 0;
	if (sum->out->has_energy)
		sum->out->energy_ratio = sqrt(sum->squares_millij) / (double)sum->row->energy_millij;
	sum->out->has_total = sum->out->has_energy && sum->row->has_location && sum->row->location_mg > 0;
	if (!sum->out->has_total)
		return;
	sum->out->factor_ratio = factors / (double)sum->row->location_mg;
	sum->out->total_ratio = account_uncertainty_join(sqrt(sum->squares_mg), factors) / (double)sum->row->location_mg;
}

static void begin_sum(struct sum *sum, struct report_uncertainty *out, const struct report_total *row)
{
	end_sum(sum);
	*sum = (struct sum){.out = out, .row = row};
}

static double *factor_of(struct sum *sum, const char *publisher)
{
	size_t at = 0;

	while (at < sum->publisher_count && strcmp(sum->publisher[at], publisher) != 0)
		at++;
	if (at == PUBLISHERS_MAX)
		return &sum->factor_mg[PUBLISHERS_MAX - 1];
	if (at == sum->publisher_count)
		sum->publisher[sum->publisher_count++] = publisher;
	return &sum->factor_mg[at];
}

/* What one meter adds to a sum. */
struct part {
	const struct report_total *row;
	double energy_ratio;
	enum report_uncertainty_basis energy_basis;
	double factor_ratio; /* with emissions */
	enum report_uncertainty_basis factor_basis;
};

static void add(struct sum *sum, const struct part *part)
{
	const struct report_total *row = part->row;

	sum->out->energy_basis |= (unsigned)part->energy_basis;
	sum->device_millij += part->energy_ratio * (double)row->energy_millij;
	if (!row->has_location)
		return;
	sum->out->factor_basis |= (unsigned)part->factor_basis;
	sum->device_mg += part->energy_ratio * (double)row->location_mg;
	*factor_of(sum, row->factor->publisher) += part->factor_ratio * (double)row->location_mg;
}

static void measure_factor(struct part *part)
{
	enum factor_basis basis;

	part->factor_basis = REPORT_UNCERTAINTY_TOLD;
	if (account_uncertainty_told(part->row->factor->method, &part->factor_ratio) == UNCERTAINTY_TOLD)
		return;
	part->factor_basis = REPORT_UNCERTAINTY_DEFAULT;
	part->factor_ratio = account_uncertainty_factor(factor_basis_find(part->row->factor->basis, &basis) ? basis : FACTOR_LIFECYCLE);
}

static struct part measure(const struct report_total *row, const struct report_reading *reading)
{
	int64_t covered_ms = report_total_covered_ms(row);
	struct part part = {.row = row, .energy_basis = REPORT_UNCERTAINTY_DEFAULT};
	struct uncertainty_meter meter = {.source = row->meter->source,
					  .caliber = row->meter->caliber,
					  .is_component = row->meter->is_component,
					  .is_product = row->meter->is_product,
					  .has_counter = reading->has_counter,
					  .spread = reading->spread};
	struct facts facts;

	(void)facts_parse(&facts, row->meter->facts); /* of a later version: what is understood counts */
	meter.meter_class = facts.meter_class;
	meter.ct_class = facts.ct_class;
	if (covered_ms > 0)
		meter.power_w = (double)report_total_covered_millij(row) / (double)covered_ms;
	if (row->energy_millij > 0 && row->millij[COVERAGE_ESTIMATED] > 0)
		meter.estimated_ratio = (double)row->millij[COVERAGE_ESTIMATED] / (double)row->energy_millij;
	if (account_uncertainty_has_class(&meter))
		part.energy_basis = REPORT_UNCERTAINTY_TOLD;
	part.energy_ratio = account_uncertainty_energy(&meter);
	if (row->has_location)
		measure_factor(&part);
	return part;
}

enum err report_uncertainty_make(struct report_uncertainty **out, const struct report_totals *totals, const struct report_reading *reading,
				 struct err_info *info)
{
	struct report_uncertainty *all = mem_new_array(totals->count, sizeof(*all));
	struct sum sum[REPORT_LEVEL_COUNT] = {{.out = NULL}};

	if (all == NULL)
		return err_set(info, ERR_MEMORY, "no memory for %zu rows", totals->count);
	for (size_t i = 0; i < totals->count; i++) {
		const struct report_total *row = &totals->row[i];
		struct part part;

		begin_sum(&sum[row->level], &all[i], row);
		if (row->level == REPORT_DEVICE) {
			end_device(&sum[REPORT_TOTAL]);
			end_device(&sum[REPORT_SITE]);
		}
		if (row->level != REPORT_METER || !row->has_energy)
			continue;
		part = measure(row, &reading[i]);
		add(&sum[REPORT_METER], &part);
		if (row->meter->role == ROLE_TOTAL)
			add(&sum[REPORT_DEVICE], &part);
		if (row->meter->is_in_total) {
			add(&sum[REPORT_SITE], &part);
			add(&sum[REPORT_TOTAL], &part);
		}
	}
	for (size_t i = 0; i < REPORT_LEVEL_COUNT; i++)
		end_sum(&sum[i]);
	*out = all;
	return ERR_NONE;
}

/* ---- Telling ---- */

static const char *basis_of(unsigned basis, const char *told)
{
	static const unsigned BOTH = REPORT_UNCERTAINTY_TOLD | REPORT_UNCERTAINTY_DEFAULT;

	return basis == BOTH ? "mixed" : basis == REPORT_UNCERTAINTY_TOLD ? told : "default";
}

const char *report_uncertainty_energy_basis(const struct report_uncertainty *row)
{
	return basis_of(row->energy_basis, "class");
}

const char *report_uncertainty_factor_basis(const struct report_uncertainty *row)
{
	return basis_of(row->factor_basis, "table");
}

const char *report_uncertainty_tier(const struct report_uncertainty *row)
{
	return account_uncertainty_tier(UNCERTAINTY_K * (row->has_total ? row->total_ratio : row->energy_ratio));
}

void report_uncertainty_add_pct(struct buf *out, double ratio)
{
	char text[NUM_TEXT_BYTES];

	num_print_fixed(text, llround(fmin(UNCERTAINTY_K * ratio * 1e4, SHOWN_MAX)), PCT_DECIMALS, PCT_DECIMALS);
	buf_add_text(out, text);
}

/* By the bits: default, told, both. */
static void add_part(struct buf *out, double ratio, unsigned basis, const char *const words[static 3])
{
	report_uncertainty_add_pct(out, ratio);
	buf_add_format(out, " %%, %s",
		       words[(basis & REPORT_UNCERTAINTY_TOLD) == 0      ? 0
			     : (basis & REPORT_UNCERTAINTY_DEFAULT) == 0 ? 1
									 : 2]);
}

void report_uncertainty_add_words(struct buf *out, const struct report_uncertainty *row)
{
	static const char *const BY_METER[] = {"by what is usual for such meters", "by the classes of the meters",
					       "by the classes of some meters and by what is usual for the others"};
	static const char *const BY_FACTOR[] = {"by what is usual for such factors", "as their tables say",
						"as some tables say and by what is usual for the others"};

	buf_add_text(out, "How certain (95 %): energy +-");
	add_part(out, row->energy_ratio, row->energy_basis, BY_METER);
	if (row->has_total) {
		buf_add_text(out, "; factors +-");
		add_part(out, row->factor_ratio, row->factor_basis, BY_FACTOR);
		buf_add_text(out, "; emissions +-");
		report_uncertainty_add_pct(out, row->total_ratio);
		buf_add_text(out, " %");
	}
	buf_add_format(out, "; rank: %s.", report_uncertainty_tier(row));
}
