/* SPDX-License-Identifier: Apache-2.0 */
#include "report/utility.h"

#include "account/fuel.h"
#include "base/mem.h"
#include "base/num.h"
#include "model/units.h"

#include <string.h>

#define MICRO INT64_C(1000000)

/* Entries of a site, those of one kind at a time. */
struct bills {
	const struct report_entered_row *row;
	size_t row_count;
	const char *site;
	struct account_fuel_span span;
	struct account_fuel_entry *entry; /* room for row_count */
};

static bool is_of(const struct report_entered_row *row, const char *what, const char *site)
{
	return row->counts && strcmp(row->kind, REPORT_UTILITY) == 0 && strcmp(row->what, what) == 0 && strcmp(row->node, site) == 0;
}

/* The sum of all in the span; false: not known. */
static bool add_up(struct bills *bills, const char *what, int64_t *micro)
{
	size_t count = 0;

	for (size_t i = 0; i < bills->row_count; i++) {
		const struct report_entered_row *row = &bills->row[i];

		if (!is_of(row, what, bills->site))
			continue;
		if (row->from_ms < bills->span.start_ms || row->to_ms > bills->span.end_ms)
			return false;
		bills->entry[count++] = (struct account_fuel_entry){ACCOUNT_FUEL_USED, row->from_ms, row->to_ms, row->value_micro, NULL};
	}
	return account_fuel_used(bills->entry, count, &bills->span, micro);
}

enum err report_utility_indicate(struct report_indicators *out, const struct report_entered *entered, const struct report_site *site,
				 struct err_info *info)
{
	struct bills bills = {entered->row + site->first_entered,
			      site->entered_count,
			      site->id,
			      {.start_ms = site->span.start_s * UNITS_MS_PER_S, .end_ms = site->span.end_s * UNITS_MS_PER_S},
			      mem_new_array(site->entered_count + 1, sizeof(*bills.entry))};
	int64_t micro;

	if (bills.entry == NULL)
		return err_set(info, ERR_MEMORY, "no memory for the entries of site '%s'", site->id);
	out->has_water = add_up(&bills, UTILITY_WATER, &micro);
	out->water_micro_l = out->has_water ? micro : 0;
	out->has_reused = add_up(&bills, UTILITY_REUSED, &micro);
	out->reused_millij = out->has_reused ? num_muldiv_half_even(micro, UNITS_MILLIJ_PER_KWH, MICRO) : 0;
	mem_free(bills.entry);
	return ERR_NONE;
}
