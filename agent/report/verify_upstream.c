/* SPDX-License-Identifier: Apache-2.0 */
/* verify_upstream: scope 3, category 3 B and C, of electricity, computed again from the factors that totals.csv names. */
#include "report/verify_priv.h"

#include "account/carbon.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/text.h"
#include "report/figure.h"
#include "report/upstream.h"

#include <string.h>

enum { CELL_BYTES = 32, MICRO_DECIMALS = 6 };

enum figure { BEFORE = 0, LOST, FIGURE_COUNT };

static const char *const FIGURE_NAMES[FIGURE_COUNT] = {"m_scope3_cat3b", "m_scope3_cat3c"};

struct row {
	char mg[FIGURE_COUNT][CELL_BYTES]; /* as totals.csv says it */
	char kg[FIGURE_COUNT][CELL_BYTES];
	struct report_upstream upstream;
};

struct verify_upstream {
	struct row *row; /* one a row of totals */
	bool is_there;   /* the package has such columns */
};

enum column { NODE = 0, TYPE, START, ZONE, BASIS, YEAR, TABLE, LOSS_YEAR, LOSS_TABLE, FIRST_MG, FIRST_KG = FIRST_MG + FIGURE_COUNT };

/* -1: the row names none; what it names and is not there is a finding. */
static int64_t find_factor(struct verification *verification, const struct csv_row *row, const char *const *cell, enum factor_basis basis)
{
	bool is_losses = basis == FACTOR_LOSSES;
	struct verify_factor_wish wish = {
	    .basis = basis, .zone = cell[ZONE], .year = cell[is_losses ? LOSS_YEAR : YEAR], .table = cell[is_losses ? LOSS_TABLE : TABLE]};
	int64_t idx = verify_find_factor_like(verification, &wish);

	if (idx < 0 && strcmp(wish.year, FIGURE_NONE) != 0)
		verify_find(verification, "totals.csv:%zu: %s: the %s of %s are not in factors.csv", row->line, cell[NODE],
			    factor_basis_name(basis), wish.year);
	return idx;
}

/* A meter's row by its energy and factors. */
static void compute(struct verification *verification, const struct csv_row *row, const char *const *cell, size_t at)
{
	const struct verify_total *total = &verification->total[at];
	struct report_upstream *upstream = &verification->upstream->row[at].upstream;
	bool is_included = strncmp(cell[BASIS], "lifecycle", strlen("lifecycle")) == 0; /* scope 2 has B: not once more */
	int64_t before_idx = is_included ? -1 : find_factor(verification, row, cell, FACTOR_UPSTREAM);
	int64_t losses_idx = find_factor(verification, row, cell, FACTOR_LOSSES);
	int64_t microg = before_idx < 0 ? 0 : verification->factor[before_idx].microg_per_kwh;

	*upstream = (struct report_upstream){.part_count = 1};
	if (total->factor_idx < 0)
		return;
	upstream->included_count = is_included ? 1 : 0;
	upstream->upstream_count = before_idx < 0 ? 0 : 1;
	upstream->upstream_mg = account_carbon_mg(total->energy_millij, microg);
	upstream->lost_count = losses_idx < 0 ? 0 : 1;
	if (losses_idx >= 0)
		upstream->lost_mg =
		    account_carbon_mg(account_carbon_lost_millij(total->energy_millij, verification->factor[losses_idx].microg_per_kwh),
				      verification->factor[total->factor_idx].microg_per_kwh + microg);
}

static enum err take_figures(struct verification *verification, const struct csv_row *row, const char *const *cell, struct err_info *info)
{
	enum report_level level;
	int64_t start_ms;
	struct verify_total *total = report_level_find(cell[TYPE], &level) && clock_parse_utc(cell[START], &start_ms)
					 ? verify_find_total(verification, level, cell[NODE], start_ms)
					 : NULL;
	size_t at;

	if (total == NULL)
		return err_set(info, ERR_DATA, "totals.csv:%zu: a row that is not found again", row->line);
	verification->upstream->is_there = cell[YEAR] != NULL && cell[TABLE] != NULL && cell[LOSS_YEAR] != NULL && cell[LOSS_TABLE] != NULL;
	if (!verification->upstream->is_there)
		return ERR_NONE;
	at = (size_t)(total - verification->total);
	for (int i = 0; i < FIGURE_COUNT; i++) {
		/* What is longer is no figure, and is found to differ. */
		(void)text_copy(verification->upstream->row[at].mg[i], CELL_BYTES, cell[FIRST_MG + i]);
		(void)text_copy(verification->upstream->row[at].kg[i], CELL_BYTES, cell[FIRST_KG + i]);
	}
	if (level == REPORT_METER && total->is_grid && total->has_energy)
		compute(verification, row, cell, at);
	return ERR_NONE;
}

static void add_up(struct verification *verification, size_t at)
{
	const struct report_upstream *upstream = &verification->upstream->row[at].upstream;
	struct verify_total *above[VERIFY_ABOVE_COUNT];

	if (verification->total[at].level != REPORT_METER || upstream->part_count == 0)
		return;
	verify_find_above(verification, &verification->total[at], above);
	for (int i = 0; i < VERIFY_ABOVE_COUNT; i++) {
		if (above[i] != NULL)
			report_upstream_sum(&verification->upstream->row[above[i] - verification->total].upstream, upstream);
	}
}

static void compare(struct verification *verification, size_t at, enum figure figure)
{
	const struct row *row = &verification->upstream->row[at];
	bool has = figure == BEFORE ? report_upstream_has(&row->upstream) : report_upstream_has_lost(&row->upstream);
	int64_t value = figure == BEFORE ? row->upstream.upstream_mg : row->upstream.lost_mg;
	const char *word = figure == BEFORE && report_upstream_is_included(&row->upstream) ? UPSTREAM_INCLUDED : FIGURE_NONE;
	struct buf mg;
	struct buf kg;

	buf_init(&mg, CELL_BYTES);
	buf_init(&kg, CELL_BYTES);
	if (has) {
		buf_add_i64(&mg, value);
		figure_add_kg(&kg, value, MICRO_DECIMALS);
	} else {
		buf_add_text(&mg, word);
		buf_add_text(&kg, word);
	}
	if (strcmp(buf_text(&mg), row->mg[figure]) != 0 || strcmp(buf_text(&kg), row->kg[figure]) != 0)
		verify_find(verification, "totals.csv:%zu: %s: %s is %s mg, %s kg; by its factors it is %s mg",
			    verification->total[at].line, verification->total[at].node, FIGURE_NAMES[figure], row->mg[figure],
			    row->kg[figure], buf_text(&mg));
	buf_deinit(&mg);
	buf_deinit(&kg);
}

enum err verify_upstream(struct verification *verification, struct err_info *info)
{
	static const char *const COLUMNS[] = {[NODE] = "node_id",
					      [TYPE] = "node_type",
					      [START] = "period_start_utc",
					      [ZONE] = "zone",
					      [BASIS] = "lb_basis",
					      [YEAR] = VERIFY_OPTIONAL "cat3b_year",
					      [TABLE] = VERIFY_OPTIONAL "cat3b_table_sha256",
					      [LOSS_YEAR] = VERIFY_OPTIONAL "td_loss_year",
					      [LOSS_TABLE] = VERIFY_OPTIONAL "td_loss_table_sha256",
					      [FIRST_MG + BEFORE] = "m_scope3_cat3b_mg",
					      [FIRST_MG + LOST] = "m_scope3_cat3c_mg",
					      [FIRST_KG + BEFORE] = "m_scope3_cat3b_kg",
					      [FIRST_KG + LOST] = "m_scope3_cat3c_kg",
					      NULL};
	struct verify_upstream upstream = {.row = mem_new_array(verification->total_count + 1, sizeof(*upstream.row))};
	enum err err;

	if (upstream.row == NULL)
		return err_set(info, ERR_MEMORY, "no memory for %zu totals", verification->total_count);
	verification->upstream = &upstream;
	err = verify_walk(verification, "totals.csv", COLUMNS, take_figures, info);
	for (size_t i = 0; err == ERR_NONE && upstream.is_there && i < verification->total_count; i++)
		add_up(verification, i);
	for (size_t i = 0; err == ERR_NONE && upstream.is_there && verification->summary->has_meters && i < verification->total_count;
	     i++) {
		compare(verification, i, BEFORE);
		compare(verification, i, LOST);
	}
	verification->upstream = NULL;
	mem_free(upstream.row);
	return err;
}
