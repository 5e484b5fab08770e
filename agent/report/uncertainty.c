/* SPDX-License-Identifier: Apache-2.0 */
#include "report/uncertainty.h"

#include "account/uncertainty.h"
#include "base/mem.h"
#include "model/facts.h"
#include "model/units.h"
#include "report/totals.h"

#include <math.h>
#include <string.h>

/* Beyond so many publishers the others are taken as one, which is on the safe side. */
enum { PUBLISHERS_MAX = 8 };

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
