/* SPDX-License-Identifier: Apache-2.0 */
/* verify_factors: the annual factors of factors.csv, as reports choose among them. Those of series: verify_hourly. */
#include "report/verify_priv.h"

#include "account/market.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/text.h"
#include "report/figure.h"

#include <sodium.h>
#include <string.h>

enum { LOSS_DECIMALS = 6, LOSS_MICROPCT_MAX = 95000000 };

enum column { ZONE = 0, YEAR, BASIS, MICROG, METHOD, PUBLISHER, EDITION, TABLE, START, LOSS };

/* n/a: zeros, like in the ledger. */
static bool take_digest(uint8_t out[static 32], const char *hex)
{
	size_t bytes = 0;

	memset(out, 0, 32);
	return strcmp(hex, FIGURE_NONE) == 0 ||
	       (strlen(hex) == 64 && sodium_hex2bin(out, 32, hex, 64, NULL, &bytes, NULL) == 0 && bytes == 32);
}

/* Losses have no factor but a share. */
static bool take_figure(struct plan_factor *factor, const char *const *cell)
{
	if (factor_is_losses(factor->basis))
		return cell[LOSS] != NULL && num_parse_fixed(cell[LOSS], LOSS_DECIMALS, &factor->microg_per_kwh) &&
		       factor->microg_per_kwh >= 0 && factor->microg_per_kwh <= LOSS_MICROPCT_MAX;
	return num_parse_i64(cell[MICROG], &factor->microg_per_kwh) && factor->microg_per_kwh >= 0 &&
	       factor->microg_per_kwh <= ACCOUNT_MARKET_MICROG_MAX;
}

static const char *text_of(const char *cell)
{
	return strcmp(cell, FIGURE_NONE) == 0 ? "" : cell;
}

static bool take_texts(struct plan_factor *factor, const char *const *cell)
{
	return text_copy(factor->zone, sizeof(factor->zone), text_of(cell[ZONE])) &&
	       text_copy(factor->basis, sizeof(factor->basis), cell[BASIS]) &&
	       text_copy(factor->method, sizeof(factor->method), text_of(cell[METHOD])) &&
	       text_copy(factor->publisher, sizeof(factor->publisher), text_of(cell[PUBLISHER])) &&
	       text_copy(factor->edition, sizeof(factor->edition), text_of(cell[EDITION]));
}

static enum err take_factor(struct verification *verification, const struct csv_row *row, const char *const *cell, struct err_info *info)
{
	struct report_factors *factors = &verification->package.totals.factors;
	struct plan_factor factor = {.year = 0};
	enum factor_basis basis;
	int64_t year;
	void *array = factors->row;
	enum err err;

	if (cell[START] != NULL && strcmp(cell[START], FIGURE_NONE) != 0)
		return ERR_NONE;
	if (!num_parse_i64(cell[YEAR], &year) || year < INT32_MIN || year > INT32_MAX || !factor_basis_find(cell[BASIS], &basis) ||
	    !take_texts(&factor, cell) || !take_figure(&factor, cell) || !take_digest(factor.table_sha256, cell[TABLE]))
		return err_set(info, ERR_DATA, "factors.csv:%zu: the factor is not understood", row->line);
	factor.year = (int32_t)year;
	err = mem_grow(&array, &factors->capacity, factors->count, PLAN_FACTORS_MAX, sizeof(factor));
	factors->row = array;
	if (err != ERR_NONE)
		return err_set(info, err, "factors.csv: no room for its rows");
	factors->row[factors->count++] = factor;
	return ERR_NONE;
}

enum err verify_load_factors(struct verification *verification, struct err_info *info)
{
	static const char *const COLUMNS[] = {[ZONE] = "zone",
					      [YEAR] = "year",
					      [BASIS] = "basis",
					      [MICROG] = "microg_per_kwh",
					      [METHOD] = "method",
					      [PUBLISHER] = "publisher",
					      [EDITION] = "edition",
					      [TABLE] = "table_sha256",
					      [START] = VERIFY_OPTIONAL "start_utc",
					      [LOSS] = VERIFY_OPTIONAL "loss_pct",
					      NULL};
	enum err err = verify_walk(verification, "factors.csv", COLUMNS, take_factor, info);

	return err == ERR_NONE ? report_factors_index(&verification->package.totals.factors, info) : err;
}

/* How a row of another file names a factor: a cell each; `edition` NULL: it does not say. */
struct name {
	enum factor_basis basis; /* FACTOR_BASIS_COUNT: direct or lifecycle */
	const char *zone;
	const char *year;
	const char *edition;
	const char *table;
};

static const struct plan_factor *find(const struct verification *verification, const struct name *name)
{
	const struct report_factors *factors = &verification->package.totals.factors;
	uint8_t table_sha256[32];
	int64_t year;

	if (!num_parse_i64(name->year, &year) || !take_digest(table_sha256, name->table))
		return NULL;
	for (size_t i = 0; i < factors->count; i++) {
		const struct account_factor *rule = &factors->by_rule[i];
		bool is_basis = name->basis == FACTOR_BASIS_COUNT ? rule->basis <= FACTOR_LIFECYCLE : rule->basis == name->basis;

		if (is_basis && rule->year == year && strcmp(rule->zone, name->zone) == 0 &&
		    (name->edition == NULL || strcmp(factors->row[i].edition, name->edition) == 0) &&
		    memcmp(factors->row[i].table_sha256, table_sha256, sizeof(table_sha256)) == 0)
			return &factors->row[i];
	}
	return NULL;
}

const struct plan_factor *verify_find_factor(const struct verification *verification, const char *const name[static VERIFY_FACTOR_CELLS])
{
	return find(verification, &(struct name){FACTOR_BASIS_COUNT, name[0], name[1], name[2], name[3]});
}

/* ---- What sealed sites are bound to ---- */

enum named {
	N_TYPE = 0,
	N_SITE,
	N_ZONE,
	N_YEAR,
	N_EDITION,
	N_TABLE,
	N_RESIDUAL_YEAR,
	N_RESIDUAL_EDITION,
	N_RESIDUAL_TABLE,
	N_BEFORE_YEAR,
	N_BEFORE_TABLE,
	N_LOSS_YEAR,
	N_LOSS_TABLE,
	N_REST_YEAR,
	N_REST_EDITION,
	N_REST_TABLE
};

static bool is_in_set(const struct report_factor_set *set, const struct report_factors *factors, const struct plan_factor *factor)
{
	for (size_t i = 0; i < set->count; i++) {
		if (&factors->row[set->factor_idx[i]] == factor)
			return true;
	}
	return false;
}

static enum err take_named(struct verification *verification, const struct csv_row *row, const char *const *cell, struct err_info *info)
{
	struct report_totals *totals = &verification->package.totals;
	struct report_site *site = verify_find_site(verification, cell[N_SITE]);
	const struct name name[] = {
	    {FACTOR_BASIS_COUNT, cell[N_ZONE], cell[N_YEAR], cell[N_EDITION], cell[N_TABLE]},
	    {FACTOR_RESIDUAL, cell[N_ZONE], cell[N_RESIDUAL_YEAR], cell[N_RESIDUAL_EDITION], cell[N_RESIDUAL_TABLE]},
	    {FACTOR_UPSTREAM, cell[N_ZONE], cell[N_BEFORE_YEAR], NULL, cell[N_BEFORE_TABLE]},
	    {FACTOR_LOSSES, cell[N_ZONE], cell[N_LOSS_YEAR], NULL, cell[N_LOSS_TABLE]},
	    {FACTOR_RESIDUAL, cell[N_ZONE], cell[N_REST_YEAR], cell[N_REST_EDITION], cell[N_REST_TABLE]}};
	enum err err = ERR_NONE;

	(void)row;
	if (strcmp(cell[N_TYPE], report_level_name(REPORT_METER)) != 0 || site == NULL || site->sealed.statement_id == 0)
		return ERR_NONE;
	for (size_t i = 0; err == ERR_NONE && i < sizeof(name) / sizeof(name[0]); i++) {
		const struct plan_factor *factor = name[i].year == NULL || name[i].table == NULL ? NULL : find(verification, &name[i]);

		if (factor != NULL && !is_in_set(&site->sealed.factors, &totals->factors, factor))
			err = report_factor_set_add(&site->sealed.factors, &totals->factors, factor, info);
	}
	return err;
}

enum err verify_bind_factors(struct verification *verification, struct err_info *info)
{
	static const char *const COLUMNS[] = {[N_TYPE] = "node_type",
					      [N_SITE] = "site_id",
					      [N_ZONE] = "zone",
					      [N_YEAR] = "lb_year",
					      [N_EDITION] = "lb_edition",
					      [N_TABLE] = "lb_table_sha256",
					      [N_RESIDUAL_YEAR] = VERIFY_OPTIONAL "mb_residual_year",
					      [N_RESIDUAL_EDITION] = VERIFY_OPTIONAL "mb_residual_edition",
					      [N_RESIDUAL_TABLE] = VERIFY_OPTIONAL "mb_residual_table_sha256",
					      [N_BEFORE_YEAR] = VERIFY_OPTIONAL "cat3b_year",
					      [N_BEFORE_TABLE] = VERIFY_OPTIONAL "cat3b_table_sha256",
					      [N_LOSS_YEAR] = VERIFY_OPTIONAL "td_loss_year",
					      [N_LOSS_TABLE] = VERIFY_OPTIONAL "td_loss_table_sha256",
					      [N_REST_YEAR] = VERIFY_OPTIONAL "mb_rest_year",
					      [N_REST_EDITION] = VERIFY_OPTIONAL "mb_rest_edition",
					      [N_REST_TABLE] = VERIFY_OPTIONAL "mb_rest_table_sha256",
					      NULL};

	return verify_walk(verification, "totals.csv", COLUMNS, take_named, info);
}
