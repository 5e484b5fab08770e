/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/report_market.h"

#include "base/num.h"
#include "report/figure.h"

#include <stdio.h>

enum { LINE_BYTES_MAX = 1024, KG_DECIMALS = 3, MWH_DECIMALS = 6, CLAIMS_SHOWN_MAX = 20 };

static void add_mwh(struct buf *out, int64_t millij)
{
	char text[NUM_TEXT_BYTES];

	num_print_fixed(text, num_muldiv_half_even(millij, 1, ACCOUNT_MARKET_MILLIJ_PER_MICRO_MWH), MWH_DECIMALS, MWH_DECIMALS);
	buf_add_text(out, text);
}

static void add_rest(struct buf *out, const struct report_market *market)
{
	if (market->residual_millij != 0) {
		buf_add_text(out, ", ");
		add_mwh(out, market->residual_millij);
		buf_add_text(out, " MWh at the residual mix");
		if (market->residual != NULL) {
			buf_add_text(out, " (");
			figure_add_g_per_kwh(out, market->residual->microg_per_kwh);
			buf_add_format(out, " g/kWh of %d, %s)", (int)market->residual->year, market->residual->publisher);
		}
	}
	if (market->fallback_millij != 0) {
		buf_add_text(out, ", ");
		add_mwh(out, market->fallback_millij);
		buf_add_text(out, " MWh at the location-based factor, since no residual mix of the zone is known");
	}
}

static void print_site(const struct report_total *row)
{
	struct buf line;

	buf_init(&line, LINE_BYTES_MAX);
	buf_add_format(&line, "%s market-based: ", row->site->id);
	if (report_market_has(&row->market, row->grid_count))
		figure_add_kg(&line, row->market.mg, KG_DECIMALS);
	else
		buf_add_text(&line, FIGURE_NONE);
	buf_add_text(&line, " kg CO2e: ");
	add_mwh(&line, row->market.instrument_millij);
	buf_add_text(&line, " MWh by instruments");
	add_rest(&line, &row->market);
	puts(buf_text(&line));
	buf_deinit(&line);
}

static bool is_worth_a_line(const struct report_market_claim *claim)
{
	return claim->match.why != ACCOUNT_MARKET_COUNTS || claim->match.taken_millij < claim->match.offered_millij;
}

static void print_claim(const struct report_market_claim *claim)
{
	struct buf line;

	buf_init(&line, LINE_BYTES_MAX);
	buf_add_format(&line, "  entry %lld, %s %s: ", (long long)claim->entry_id, account_market_what_name(claim->match.what),
		       claim->terms.id);
	switch (claim->match.why) {
	case ACCOUNT_MARKET_ZONE:
		buf_add_format(&line, "does not count: no meter of %s that does is in zone %s", claim->match.node, claim->terms.zone);
		break;
	case ACCOUNT_MARKET_VINTAGE: buf_add_text(&line, "does not count: its vintage is not of this period"); break;
	case ACCOUNT_MARKET_FULL:
		buf_add_text(&line, claim->match.what == ACCOUNT_MARKET_SUPPLIER_RATE
					? "does not count: others have all the energy, or it does not hold for all of the time"
					: "does not count: others have all the energy");
		break;
	case ACCOUNT_MARKET_COUNTS:
		add_mwh(&line, claim->match.taken_millij);
		buf_add_text(&line, " of ");
		add_mwh(&line, claim->match.offered_millij);
		buf_add_text(&line, " MWh count: no more was used");
		break;
	}
	puts(buf_text(&line));
	buf_deinit(&line);
}

static size_t print_claims(const struct report_markets *markets, const struct report_site *site)
{
	size_t count = 0;

	for (size_t i = 0; i < markets->claim_count; i++) {
		const struct report_market_claim *claim = &markets->claim[i];

		if (claim->site == site && is_worth_a_line(claim) && ++count <= CLAIMS_SHOWN_MAX)
			print_claim(claim);
	}
	return count;
}

static bool has_claims(const struct report_markets *markets, const struct report_site *site)
{
	for (size_t i = 0; i < markets->claim_count; i++) {
		if (markets->claim[i].site == site)
			return true;
	}
	return false;
}

void report_market_print(const struct report_totals *totals)
{
	for (size_t i = 0; i < totals->count; i++) {
		const struct report_total *row = &totals->row[i];
		size_t count;

		if (row->level != REPORT_SITE || (row->market.residual_millij == 0 && !has_claims(&totals->markets, row->site)))
			continue;
		print_site(row);
		count = print_claims(&totals->markets, row->site);
		if (count > CLAIMS_SHOWN_MAX)
			printf("  and %zu more instruments of which not all counts\n", count - CLAIMS_SHOWN_MAX);
	}
}

void report_market_add_json(struct json *json, const struct report_total *row)
{
	const struct report_market *market = &row->market;

	if (!report_market_has(market, row->grid_count)) {
		json_add_null(json, "market");
		return;
	}
	json_open_object(json, "market");
	json_add_i64(json, "market_mg", market->mg);
	json_add_i64(json, "instrument_millij", market->instrument_millij);
	json_add_i64(json, "residual_millij", market->residual_millij);
	json_add_i64(json, "fallback_millij", market->fallback_millij);
	if (market->residual == NULL)
		json_add_null(json, "residual_microg_per_kwh");
	else
		json_add_i64(json, "residual_microg_per_kwh", market->residual->microg_per_kwh);
	json_close_object(json);
}
