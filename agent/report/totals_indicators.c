/* SPDX-License-Identifier: Apache-2.0 */
/* totals_indicators: which meters of a site its indicators are of, and the sums of these. */
#include "report/totals_priv.h"

#include "base/num.h"
#include "model/feeds.h"
#include "model/units.h"

#include <string.h>

enum { COVERED_PCT_MIN = 95, DEPTH_MAX = 16 };

/* The parts of a site, by device. */
struct parts {
	struct report_total *row;
	size_t count;
};

/* ---- Which meters ---- */

static bool is_candidate(const struct report_total *part, enum point point)
{
	const struct ledger_register_row *meter = part->meter;

	return meter->role == ROLE_TOTAL && meter->point == point && !meter->is_component && meter->supply != SUPPLY_BATTERY &&
	       meter->supply != SUPPLY_PV && meter->supply != SUPPLY_GENSET;
}

/* The first part of a device; count when there is none. */
static size_t find_device(const struct parts *parts, const char *device)
{
	size_t low = 0;
	size_t high = parts->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(parts->row[middle].meter->device, device) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low < parts->count && strcmp(parts->row[low].meter->device, device) == 0 ? low : parts->count;
}

static bool has_candidate(const struct parts *parts, const char *device, enum point point)
{
	for (size_t i = find_device(parts, device); i < parts->count && strcmp(parts->row[i].meter->device, device) == 0; i++) {
		if (is_candidate(&parts->row[i], point))
			return true;
	}
	return false;
}

/* Whether something of the same point is on a way up, by the first feed of each device above the first. */
static bool is_nested(const struct parts *parts, const struct report_total *part, enum point point)
{
	const char *fed_by = part->meter->fed_by;
	struct feed feed[FEEDS_MAX];

	for (int depth = 0; depth < DEPTH_MAX; depth++) {
		size_t count = feeds_parse(feed, fed_by);
		size_t up;

		for (size_t i = 0; i < count && count <= FEEDS_MAX; i++) {
			if (has_candidate(parts, feed[i].device, point))
				return true;
		}
		up = count == 0 || count > FEEDS_MAX ? parts->count : find_device(parts, feed[0].device);
		if (up == parts->count)
			return false;
		fed_by = parts->row[up].meter->fed_by;
	}
	return false;
}

/* ---- Terms ---- */

struct term {
	size_t count;
	size_t known_count;
	int64_t millij;
	int64_t covered_ms;
	int64_t expected_ms;
};

static bool is_covered(int64_t covered_ms, int64_t expected_ms)
{
	return expected_ms > 0 && covered_ms / COVERED_PCT_MIN >= expected_ms / 100;
}

static struct term add_term(const struct parts *parts, enum point point, enum report_indicator_term term)
{
	struct term sum = {0};

	for (size_t i = 0; i < parts->count; i++) {
		struct report_total *part = &parts->row[i];

		if (!is_candidate(part, point) || is_nested(parts, part, point))
			continue;
		part->term = term;
		sum.count++;
		sum.known_count += part->has_energy ? 1 : 0;
		sum.millij += part->energy_millij;
		sum.covered_ms += report_total_covered_ms(part);
		sum.expected_ms += part->expected_ms;
	}
	return sum;
}

static bool is_known(const struct term *term)
{
	return term->known_count > 0 && is_covered(term->covered_ms, term->expected_ms);
}

static void add_it(struct report_indicators *out, const struct parts *parts)
{
	static const enum point POINTS[] = {POINT_UPS_OUT, POINT_PDU_OUT, POINT_IT_IN};
	struct term term = {0};

	for (size_t i = 0; term.count == 0 && i < sizeof(POINTS) / sizeof(POINTS[0]); i++) {
		term = add_term(parts, POINTS[i], INDICATOR_TERM_IT);
		out->it_point = term.count > 0 ? POINTS[i] : POINT_OTHER;
	}
	out->has_it = is_known(&term);
	out->it_millij = term.millij;
	term = add_term(parts, POINT_DC_BUS, INDICATOR_TERM_TELECOM);
	out->has_telecom = is_known(&term);
	out->telecom_millij = term.millij;
}

/* Energy that comes in, and what it emitted. */
static bool add_intake(struct report_indicators *out, const struct parts *parts)
{
	bool is_at_site = true;
	size_t count = 0;
	bool is_saturated = false;

	out->has_mg = true;
	for (size_t i = 0; i < parts->count; i++) {
		const struct report_total *part = &parts->row[i];
		bool has_fuel = report_fuel_has_scope1(&part->fuel);

		if (!part->meter->is_in_total)
			continue;
		count++;
		is_at_site = is_at_site && (part->meter->point == POINT_SITE_AC || part->meter->supply == SUPPLY_PV ||
					    part->meter->supply == SUPPLY_GENSET);
		if (!part->has_energy)
			continue;
		out->pv_millij += part->meter->supply == SUPPLY_PV ? part->energy_millij : 0;
		out->has_mg = out->has_mg && (part->has_location || has_fuel || report_leased_has(&part->leased));
		/* A part has one of the three. */
		out->mg = num_add_saturating(out->mg, part->location_mg, &is_saturated);
		out->mg = num_add_saturating(out->mg, part->leased.mg, &is_saturated);
		out->mg = num_add_saturating(out->mg, has_fuel ? part->fuel.sum.scope1_mg : 0, &is_saturated);
	}
	return is_at_site && count > 0;
}

static const char *why_not(const struct report_indicators *of, bool is_at_site)
{
	if (of->it_point == POINT_OTHER)
		return is_at_site ? "no IT is metered: at ups_out, pdu_out or it_in" : NULL;
	if (!is_at_site)
		return "not all that counts is metered at site_ac";
	if (!of->has_site)
		return "the site is covered for less than 95 % of the time";
	if (!of->has_it)
		return "IT is covered for less than 95 % of the time";
	if (of->it_millij <= 0)
		return "IT drew nothing";
	return of->it_millij > of->site_millij ? "IT has more than the whole site: a meter is wrong, or feeds are not as configured" : NULL;
}

void report_parts_indicate(struct report_indicators *out, struct report_total *part, size_t count, const struct report_total *site,
			   int64_t now_s)
{
	const struct parts parts = {part, count};
	bool is_at_site;

	*out = (struct report_indicators){.is_year = report_indicators_is_year(site->start_s, site->end_s) && site->end_s <= now_s,
					  .site_millij = site->energy_millij,
					  .has_instruments = site->market.instrument_millij != 0};
	add_it(out, &parts);
	is_at_site = add_intake(out, &parts);
	out->has_site =
	    is_at_site && site->has_energy && site->energy_millij > 0 && is_covered(report_total_covered_ms(site), site->expected_ms);
	out->missing = why_not(out, is_at_site);
}
