/* SPDX-License-Identifier: Apache-2.0 */
#include "report/market.h"

#include "account/carbon.h"
#include "base/mem.h"
#include "ledger/record.h"
#include "model/units.h"

#include <stdio.h>
#include <string.h>

enum { CLAIMS_MAX = 1000000, USES_MAX = 10000000, NODE_BYTES = 1024 };

/* ---- Instruments ---- */

/* Deliveries of a contract mostly come one behind the other. */
static size_t first_of_id(const struct report_markets *markets, const char *id)
{
	size_t count = markets->claim_count;

	if (count > 0 && strcmp(markets->claim[count - 1].terms.id, id) == 0)
		return markets->claim[count - 1].first_idx;
	for (size_t i = 0; i < count; i++) {
		if (strcmp(markets->claim[i].terms.id, id) == 0)
			return i;
	}
	return count;
}

static enum err add_claim(struct report_markets *markets, const struct report_site *site, const struct report_entered_row *row,
			  struct err_info *info)
{
	void *array = markets->claim;
	struct report_market_claim *claim;
	enum err err = mem_grow(&array, &markets->claim_capacity, markets->claim_count, CLAIMS_MAX, sizeof(*markets->claim));

	markets->claim = array;
	if (err != ERR_NONE)
		return err_set(info, err, "no room for %zu instruments", markets->claim_count + 1);
	claim = &markets->claim[markets->claim_count];
	*claim = (struct report_market_claim){.site = site, .entry_id = row->entry_id};
	/* One of an earlier version, whose note says something else, tells no factor and is passed over. */
	if (!account_market_what_find(row->what, &claim->match.what) || account_market_parse(&claim->terms, row->note, NULL) != ERR_NONE ||
	    claim->terms.zone[0] == '\0' || claim->terms.has_factor == (claim->match.what == ACCOUNT_MARKET_SUPPLIER_RATE))
		return ERR_NONE;
	claim->first_idx = first_of_id(markets, claim->terms.id);
	claim->match.node = row->node;
	claim->match.from_ms = row->from_ms;
	claim->match.to_ms = row->to_ms;
	claim->match.micro_mwh = row->value_micro;
	claim->match.microg_per_kwh = claim->match.what == ACCOUNT_MARKET_SUPPLIER_RATE ? row->value_micro : claim->terms.microg_per_kwh;
	markets->claim_count++;
	return ERR_NONE;
}

static enum err add_claims(struct report_markets *markets, const struct report_market_request *request, struct err_info *info)
{
	enum err err = ERR_NONE;

	for (size_t i = 0; err == ERR_NONE && i < request->entered->count; i++) {
		const struct report_entered_row *row = &request->entered->row[i];

		if (row->counts && strcmp(row->kind, "instrument") == 0)
			err = add_claim(markets, request->site, row, info);
	}
	return err;
}

/* ---- Parts ---- */

struct matching {
	struct report_markets *markets;
	const struct report_market_request *request;
	size_t first_claim;
	struct account_market_instrument *instrument;
	struct account_market_part *part;
};

static void take_use(void *context, size_t instrument, size_t part, int64_t millij)
{
	struct matching *matching = context;
	struct report_markets *markets = matching->markets;
	const struct report_market_part *of = &matching->request->part[part];
	void *array = markets->use;
	enum err err = mem_grow(&array, &markets->use_capacity, markets->use_count, USES_MAX, sizeof(*markets->use));

	markets->use = array;
	if (err != ERR_NONE) {
		markets->use_err = err;
		return;
	}
	markets->use[markets->use_count++] =
	    (struct report_market_use){matching->request->site, of->meter, of->start_s, matching->first_claim + instrument, millij};
}

static char *node_of(const struct ledger_register_row *meter)
{
	char node[NODE_BYTES];

	snprintf(node, sizeof(node), "%s/%s/%s", meter->site, meter->device, meter->key);
	return mem_dup(node);
}

/* What no instrument has. */
static void add_rest(const struct report_market_request *request, size_t at, const struct account_market_part *matched)
{
	const struct report_market_part *part = &request->part[at];
	struct account_factor wanted = {.zone = part->meter->grid_zone, .year = part->year, .basis = FACTOR_RESIDUAL};
	struct report_market *out = part->out;
	struct factor_choice choice;
	bool has_residual = report_factors_find_like(request->factors, request->set, &wanted, &choice);

	*out = (struct report_market){.part_count = 1,
				      .mg = matched->mg,
				      .instrument_millij = part->millij - matched->left_millij,
				      .rest = has_residual ? &request->factors->row[choice.factor_idx] : part->location};
	if (matched->left_millij == 0)
		return;
	if (has_residual) {
		out->residual = out->rest;
		out->residual_millij = matched->left_millij;
	} else {
		out->fallback_millij = matched->left_millij;
	}
	out->unknown_count = out->rest == NULL ? 1 : 0;
	if (out->rest != NULL)
		out->mg += account_carbon_mg(matched->left_millij, out->rest->microg_per_kwh);
}

static enum err match(struct matching *matching, struct err_info *info)
{
	const struct report_market_request *request = matching->request;
	struct report_markets *markets = matching->markets;
	struct account_market market = {.instrument = matching->instrument,
					.instrument_count = markets->claim_count - matching->first_claim,
					.part = matching->part,
					.part_count = request->count,
					.start_ms = request->site->span.start_s * UNITS_MS_PER_S,
					.end_ms = request->site->span.end_s * UNITS_MS_PER_S,
					.take = take_use,
					.context = matching};

	for (size_t i = 0; i < market.instrument_count; i++) {
		struct report_market_claim *claim = &markets->claim[matching->first_claim + i];

		market.instrument[i] = claim->match;
		market.instrument[i].zone = claim->terms.zone;
	}
	for (size_t i = 0; i < request->count; i++) {
		const struct report_market_part *part = &request->part[i];
		char *node = node_of(part->meter);

		if (node == NULL)
			return err_set(info, ERR_MEMORY, "no memory for %zu meters", request->count);
		market.part[i] = (struct account_market_part){.node = node,
							      .zone = part->meter->grid_zone,
							      .start_ms = part->start_s * UNITS_MS_PER_S,
							      .end_ms = part->end_s * UNITS_MS_PER_S,
							      .millij = part->millij};
	}
	account_market_match(&market);
	for (size_t i = 0; i < market.instrument_count; i++) {
		struct report_market_claim *claim = &markets->claim[matching->first_claim + i];

		claim->match = market.instrument[i];
		claim->match.zone = NULL; /* its place moves when more are added */
	}
	for (size_t i = 0; i < request->count; i++)
		add_rest(request, i, &market.part[i]);
	return markets->use_err == ERR_NONE ? ERR_NONE : err_set(info, markets->use_err, "no room for what instruments gave");
}

enum err report_market_add(struct report_markets *markets, const struct report_market_request *request, struct err_info *info)
{
	struct matching matching = {.markets = markets, .request = request, .first_claim = markets->claim_count};
	enum err err = add_claims(markets, request, info);

	if (err != ERR_NONE)
		return err;
	matching.instrument = mem_new_array(markets->claim_count - matching.first_claim + 1, sizeof(*matching.instrument));
	matching.part = mem_new_array(request->count + 1, sizeof(*matching.part));
	err = matching.instrument == NULL || matching.part == NULL ? err_set(info, ERR_MEMORY, "no memory for %zu meters", request->count)
								   : match(&matching, info);
	for (size_t i = 0; matching.part != NULL && i < request->count; i++)
		mem_free((char *)matching.part[i].node);
	mem_free(matching.part);
	mem_free(matching.instrument);
	return err;
}

void report_markets_deinit(struct report_markets *markets)
{
	mem_free(markets->claim);
	mem_free(markets->use);
	*markets = (struct report_markets){0};
}

/* ---- Sums ---- */

void report_market_sum(struct report_market *sum, const struct report_market *part)
{
	if (part->part_count == 0)
		return;
	if (sum->residual_millij == 0 && !sum->has_many)
		sum->residual = part->residual;
	else if (part->has_many || (part->residual_millij != 0 && part->residual != sum->residual))
		sum->has_many = true;
	if (sum->has_many)
		sum->residual = NULL;
	sum->has_many_rests = sum->has_many_rests || part->has_many_rests || (sum->part_count > 0 && sum->rest != part->rest);
	sum->rest = sum->has_many_rests ? NULL : part->rest;
	sum->part_count += part->part_count;
	sum->unknown_count += part->unknown_count;
	sum->mg += part->mg;
	sum->instrument_millij += part->instrument_millij;
	sum->residual_millij += part->residual_millij;
	sum->fallback_millij += part->fallback_millij;
}

bool report_market_has(const struct report_market *market, size_t grid_count)
{
	return market->part_count > 0 && market->part_count == grid_count && market->unknown_count == 0;
}
