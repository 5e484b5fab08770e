/* SPDX-License-Identifier: Apache-2.0 */
/* verify_overhead: what a host's site takes on top of its tenant's meters, computed again from their rows. */
#include "report/verify_priv.h"

#include "account/carbon.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/num.h"
#include "model/facts.h"
#include "report/figure.h"

#include <stdio.h>
#include <string.h>

enum { NODE_BYTES = 4096, CELL_BYTES = 48, MICRO_DECIMALS = 6 };

enum column { TYPE = 0, NODE, START, MG, KG };

struct verify_overhead {
	struct report_overhead *sum; /* one a row of totals */
};

bool verify_overhead_parse(struct verify_total *total, const char *cell)
{
	if (total->level != REPORT_METER || cell == NULL || strcmp(cell, FIGURE_NONE) == 0)
		return true;
	return num_parse_fixed(cell, FACTS_DECIMALS, &total->overhead_micro) && total->overhead_micro >= FACTS_MICRO &&
	       total->overhead_micro <= FACTS_OVERHEAD_MICRO_MAX;
}

static struct verify_total *find_row(struct verification *verification, const struct verify_total *meter)
{
	char node[NODE_BYTES];

	(void)snprintf(node, sizeof(node), "%.*s/%s", (int)strcspn(meter->node, "/"), meter->node, REPORT_OVERHEAD_NODE);
	return verify_find_total(verification, REPORT_OVERHEAD, node, meter->start_ms);
}

static void add(struct verification *verification, const struct verify_total *meter)
{
	struct verify_total *row = meter->overhead_micro > 0 ? find_row(verification, meter) : NULL;
	struct report_overhead *sum;
	bool is_saturated = false; /* then it stays at the end of its type, and differs from what is said */
	int64_t millij;

	if (meter->level != REPORT_METER || meter->overhead_micro == 0)
		return;
	if (row == NULL) {
		verify_find(verification, "totals.csv:%zu: %s has an overhead, and its site has no row of it", meter->line, meter->node);
		return;
	}
	sum = &verification->overhead->sum[row - verification->total];
	sum->part_count++;
	if (!meter->has_energy) {
		sum->unknown_count++;
		return;
	}
	millij = report_overhead_millij(meter->energy_millij, meter->overhead_micro);
	sum->millij = num_add_saturating(sum->millij, millij, &is_saturated);
	if (meter->factor_idx < 0)
		sum->no_factor_count++;
	else
		sum->mg = num_add_saturating(sum->mg, account_carbon_mg(millij, verification->factor[meter->factor_idx].microg_per_kwh),
					     &is_saturated);
}

static enum err take_row(struct verification *verification, const struct csv_row *row, const char *const *cell, struct err_info *info)
{
	const struct report_overhead *sum;
	struct verify_total *total;
	int64_t start_ms;
	struct buf mg;
	struct buf kg;

	if (strcmp(cell[TYPE], report_level_name(REPORT_OVERHEAD)) != 0 || cell[MG] == NULL || cell[KG] == NULL)
		return ERR_NONE;
	total = clock_parse_utc(cell[START], &start_ms) ? verify_find_total(verification, REPORT_OVERHEAD, cell[NODE], start_ms) : NULL;
	if (total == NULL)
		return err_set(info, ERR_DATA, "totals.csv:%zu: a row that is not found again", row->line);
	sum = &verification->overhead->sum[total - verification->total];
	if (total->has_energy != report_overhead_has(sum) || total->energy_millij != sum->millij ||
	    total->millij[COVERAGE_STATIC] != sum->millij)
		verify_find(verification, "totals.csv:%zu: %s has %lld mJ, its factor and the meters give %lld", total->line, total->node,
			    (long long)total->energy_millij, (long long)sum->millij);
	buf_init(&mg, CELL_BYTES);
	buf_init(&kg, CELL_BYTES);
	if (report_overhead_has_mg(sum)) {
		buf_add_i64(&mg, sum->mg);
		figure_add_kg(&kg, sum->mg, MICRO_DECIMALS);
	} else {
		buf_add_text(&mg, FIGURE_NONE);
		buf_add_text(&kg, FIGURE_NONE);
	}
	if (strcmp(cell[MG], buf_text(&mg)) != 0 || strcmp(cell[KG], buf_text(&kg)) != 0)
		verify_find(verification, "totals.csv:%zu: %s: m_scope3_cat8 is %.40s mg, %.40s kg; its meters give %s mg", total->line,
			    total->node, cell[MG], cell[KG], buf_text(&mg));
	buf_deinit(&mg);
	buf_deinit(&kg);
	return ERR_NONE;
}

enum err verify_overhead(struct verification *verification, struct err_info *info)
{
	static const char *const COLUMNS[] = {[TYPE] = "node_type",
					      [NODE] = "node_id",
					      [START] = "period_start_utc",
					      [MG] = VERIFY_OPTIONAL "m_scope3_cat8_mg",
					      [KG] = VERIFY_OPTIONAL "m_scope3_cat8_kg",
					      NULL};
	struct verify_overhead overhead = {.sum = mem_new_array(verification->total_count + 1, sizeof(*overhead.sum))};
	enum err err = ERR_NONE;

	if (overhead.sum == NULL)
		return err_set(info, ERR_MEMORY, "no memory for %zu totals", verification->total_count);
	verification->overhead = &overhead;
	for (size_t i = 0; verification->summary->has_meters && i < verification->total_count; i++)
		add(verification, &verification->total[i]);
	if (verification->summary->has_meters)
		err = verify_walk(verification, "totals.csv", COLUMNS, take_row, info);
	verification->overhead = NULL;
	mem_free(overhead.sum);
	return err;
}
