/* SPDX-License-Identifier: Apache-2.0 */
#include "account/fuel.h"

#include "base/num.h"
#include "model/units.h"

#include <string.h>

#define MICRO INT64_C(1000000)
/* Of the span, one part in so many a flow meter may have missed. Ours: what the tank of a month loses by a day and a half. */
#define FLOW_MAY_LACK 20
/* 1 kWh is 3.6e9 mJ. */
#define MILLIJ_PER_MICRO_KWH (UNITS_MILLIJ_PER_KWH / MICRO)

static const char *const WHAT_NAMES[ACCOUNT_FUEL_WHAT_COUNT] = {
    [ACCOUNT_FUEL_DELIVERED] = "delivered", [ACCOUNT_FUEL_LEVEL] = "level",   [ACCOUNT_FUEL_USED] = "used",
    [ACCOUNT_FUEL_RATE] = "rate",           [ACCOUNT_FUEL_RATED] = "rated",   [ACCOUNT_FUEL_RUN_TIME] = "run_time",
    [ACCOUNT_FUEL_LOAD] = "load",           [ACCOUNT_FUEL_FACTOR] = "factor", [ACCOUNT_FUEL_UPSTREAM] = "upstream",
};

const char *account_fuel_what_name(enum account_fuel_what what)
{
	return (unsigned)what < ACCOUNT_FUEL_WHAT_COUNT ? WHAT_NAMES[what] : "?";
}

bool account_fuel_what_find(const char *name, enum account_fuel_what *out)
{
	for (int what = 0; what < ACCOUNT_FUEL_WHAT_COUNT; what++) {
		if (strcmp(WHAT_NAMES[what], name) == 0) {
			*out = (enum account_fuel_what)what;
			return true;
		}
	}
	return false;
}

const char *account_fuel_method_name(enum account_fuel_method method)
{
	static const char *const NAMES[ACCOUNT_FUEL_METHOD_COUNT] = {
	    [ACCOUNT_FUEL_UNKNOWN] = "unknown",      [ACCOUNT_FUEL_BY_FLOW] = "metered",
	    [ACCOUNT_FUEL_BY_DIP] = "dip",           [ACCOUNT_FUEL_BY_ENTERED] = "entered",
	    [ACCOUNT_FUEL_BY_RATE] = "rate",         [ACCOUNT_FUEL_BY_CURVE] = "curve",
	    [ACCOUNT_FUEL_BY_RUN_TIME] = "run_time", [ACCOUNT_FUEL_BY_CDM_DEFAULT] = "cdm_default",
	};

	return (unsigned)method < ACCOUNT_FUEL_METHOD_COUNT ? NAMES[method] : "?";
}

/* ---- Entries ---- */

struct search {
	const struct account_fuel_entry *entry;
	size_t count;
	const struct account_fuel_span *span;
};

/* The last entry of a kind that holds for the whole span; NULL: none. */
static const struct account_fuel_entry *find_held(const struct search *search, enum account_fuel_what what)
{
	for (size_t i = search->count; i-- > 0;) {
		const struct account_fuel_entry *entry = &search->entry[i];

		if (entry->what == what && entry->from_ms <= search->span->start_ms && entry->to_ms >= search->span->end_ms)
			return entry;
	}
	return NULL;
}

/* What of an entry lies in the span; false: nothing of that kind. */
static bool clip(const struct search *search, const struct account_fuel_entry *entry, enum account_fuel_what what, int64_t *from_ms,
		 int64_t *to_ms)
{
	*from_ms = entry->from_ms > search->span->start_ms ? entry->from_ms : search->span->start_ms;
	*to_ms = entry->to_ms < search->span->end_ms ? entry->to_ms : search->span->end_ms;
	return entry->what == what && *from_ms < *to_ms;
}

/* Whether an earlier entry of the kind has some of the same time. */
static bool is_twice(const struct search *search, size_t at, enum account_fuel_what what, int64_t from_ms, int64_t to_ms)
{
	for (size_t i = 0; i < at; i++) {
		int64_t other_from_ms;
		int64_t other_to_ms;

		if (clip(search, &search->entry[i], what, &other_from_ms, &other_to_ms) && other_from_ms < to_ms && from_ms < other_to_ms)
			return true;
	}
	return false;
}

/* The sum of a kind of entries over the span, those that reach beyond it by their time; false when they do not cover it, each instant once. */
static bool add_up(const struct search *search, enum account_fuel_what what, int64_t *micro)
{
	int64_t covered_ms = 0;
	bool is_saturated = false;

	*micro = 0;
	for (size_t i = 0; i < search->count; i++) {
		const struct account_fuel_entry *entry = &search->entry[i];
		int64_t from_ms;
		int64_t to_ms;

		if (!clip(search, entry, what, &from_ms, &to_ms))
			continue;
		if (is_twice(search, i, what, from_ms, to_ms))
			return false;
		covered_ms += to_ms - from_ms;
		*micro = num_add_saturating(*micro, num_muldiv_half_even(entry->micro, to_ms - from_ms, entry->to_ms - entry->from_ms),
					    &is_saturated);
	}
	return !is_saturated && covered_ms > 0 && covered_ms == search->span->end_ms - search->span->start_ms;
}

bool account_fuel_used(const struct account_fuel_entry *entry, size_t count, const struct account_fuel_span *span, int64_t *micro_l)
{
	struct search search = {entry, count, span};

	return add_up(&search, ACCOUNT_FUEL_USED, micro_l);
}

static int64_t apart_ms(int64_t a_ms, int64_t b_ms)
{
	return a_ms > b_ms ? a_ms - b_ms : b_ms - a_ms;
}

/* ---- Tanks ---- */

/* The NAME of "...; tank=NAME; ..." in a note. */
struct tank {
	const char *name;
	size_t bytes;
};

static struct tank tank_of(const struct account_fuel_entry *entry)
{
	static const char KEY[] = "tank=";
	const char *part = entry->note == NULL ? "" : entry->note + strspn(entry->note, "; ");

	for (; *part != '\0'; part += strspn(part, "; ")) {
		size_t bytes = strcspn(part, ";");

		if (strncmp(part, KEY, sizeof(KEY) - 1) == 0) {
			struct tank tank = {part + sizeof(KEY) - 1, bytes - (sizeof(KEY) - 1)};

			while (tank.bytes > 0 && tank.name[tank.bytes - 1] == ' ')
				tank.bytes--;
			return tank;
		}
		part += bytes;
	}
	return (struct tank){"", 0};
}

static bool is_of_tank(const struct account_fuel_entry *entry, const struct tank *tank)
{
	struct tank own;

	if (entry->what != ACCOUNT_FUEL_LEVEL && entry->what != ACCOUNT_FUEL_DELIVERED)
		return false;
	own = tank_of(entry);
	return own.bytes == tank->bytes && memcmp(own.name, tank->name, own.bytes) == 0;
}

/* The dip of a tank nearest to an instant; of two at the same instant the one entered later. */
static const struct account_fuel_entry *find_dip(const struct search *search, const struct tank *tank, int64_t at_ms)
{
	const struct account_fuel_entry *best = NULL;

	for (size_t i = 0; i < search->count; i++) {
		const struct account_fuel_entry *entry = &search->entry[i];
		int64_t apart = apart_ms(entry->from_ms, at_ms);

		if (entry->what != ACCOUNT_FUEL_LEVEL || apart > ACCOUNT_FUEL_DIP_MS || !is_of_tank(entry, tank))
			continue;
		if (best == NULL || apart < apart_ms(best->from_ms, at_ms) ||
		    (apart == apart_ms(best->from_ms, at_ms) && entry->from_ms <= best->from_ms))
			best = entry;
	}
	return best;
}

/* Whether anything of a tank lies within the span, its ends left out. */
static bool has_within(const struct search *search, const struct tank *tank)
{
	for (size_t i = 0; i < search->count; i++) {
		const struct account_fuel_entry *entry = &search->entry[i];

		if (entry->from_ms > search->span->start_ms && entry->from_ms < search->span->end_ms && is_of_tank(entry, tank))
			return true;
	}
	return false;
}

/* Adds a tank; one that has nothing to do with the span adds nothing. false: a dip lacks. */
static bool add_tank(struct account_fuel *out, const struct search *search, const struct tank *tank, size_t *tank_count)
{
	const struct account_fuel_entry *open = find_dip(search, tank, search->span->start_ms);
	const struct account_fuel_entry *close = find_dip(search, tank, search->span->end_ms);

	if (open == NULL && !has_within(search, tank))
		return true;
	if (open == NULL || close == NULL || open->from_ms >= close->from_ms)
		return false;
	out->open_micro_l += open->micro;
	out->close_micro_l += close->micro;
	for (size_t i = 0; i < search->count; i++) {
		const struct account_fuel_entry *entry = &search->entry[i];

		if (entry->what == ACCOUNT_FUEL_DELIVERED && entry->from_ms > open->from_ms && entry->from_ms <= close->from_ms &&
		    is_of_tank(entry, tank))
			out->delivered_micro_l += entry->micro;
	}
	++*tank_count;
	return true;
}

static bool is_first_of(const struct search *search, size_t at, const struct tank *tank)
{
	if (!is_of_tank(&search->entry[at], tank))
		return false;
	for (size_t i = 0; i < at; i++) {
		if (is_of_tank(&search->entry[i], tank))
			return false;
	}
	return true;
}

/* ---- Methods ---- */

/* A counter that ran on bridges what was not read, so what lacks is at the ends, or was lost with a counter. */
static bool is_flow_whole(const struct account_fuel_flow *flow, int64_t expected_ms)
{
	return flow->counter_count == 1 && flow->covered_ms > 0 && flow->covered_ms >= expected_ms - expected_ms / FLOW_MAY_LACK &&
	       flow->litres >= 0 && flow->litres <= INT64_MAX / MICRO;
}

static bool by_flow(struct account_fuel *out, const struct search *search)
{
	const struct account_fuel_flow *flow = search->span->flow;
	size_t at = 0;

	while (flow != NULL && at < ACCOUNT_FUEL_FLOW_COUNT && !is_flow_whole(&flow[at], search->span->expected_ms))
		at++;
	if (flow == NULL || at == ACCOUNT_FUEL_FLOW_COUNT)
		return false;
	out->micro_l = flow[at].litres * MICRO;
	return true;
}

static bool by_dip(struct account_fuel *out, const struct search *search)
{
	size_t tank_count = 0;

	for (size_t i = 0; i < search->count; i++) {
		struct tank tank = tank_of(&search->entry[i]);

		if (is_first_of(search, i, &tank) && !add_tank(out, search, &tank, &tank_count))
			return false;
	}
	out->micro_l = out->open_micro_l + out->delivered_micro_l - out->close_micro_l;
	return tank_count > 0 && out->micro_l >= 0; /* more in the tanks than came: something was not entered */
}

static bool by_entered(struct account_fuel *out, const struct search *search)
{
	return add_up(search, ACCOUNT_FUEL_USED, &out->micro_l);
}

static bool by_rate(struct account_fuel *out, const struct search *search)
{
	const struct account_fuel_entry *rate = find_held(search, ACCOUNT_FUEL_RATE);

	if (rate == NULL || !search->span->has_energy)
		return false;
	out->micro_l = num_muldiv_half_even(search->span->millij, rate->micro, UNITS_MILLIJ_PER_KWH);
	return true;
}

/*
 * Litres a kWh at a share of the rated power, both in millionths: 0.35, 0.30, 0.26, 0.24 at 25, 50, 75, 100 %, straight lines between, flat
 * beyond. An industry table for mid-size sets; small telecom sets burn more, so litres go first.
 */
static int64_t curve_micro(int64_t load_micro)
{
	static const int64_t AT[] = {350000, 300000, 260000, 240000};
	enum { STEP = 250000, LAST = 3 };
	int64_t step = load_micro / STEP - 1;

	if (load_micro <= STEP)
		return AT[0];
	if (step >= LAST)
		return AT[LAST];
	return AT[step] + num_muldiv_half_even(AT[step + 1] - AT[step], load_micro - (step + 1) * STEP, STEP);
}

/* Energy at full load for the time that it ran, in millionths of a kWh; 0: not known. */
static int64_t full_micro_kwh(const struct search *search)
{
	const struct account_fuel_entry *rated = find_held(search, ACCOUNT_FUEL_RATED);
	int64_t run_micro_h;

	if (rated == NULL || !add_up(search, ACCOUNT_FUEL_RUN_TIME, &run_micro_h))
		return 0;
	return num_muldiv_half_even(rated->micro, run_micro_h, MICRO);
}

static bool by_curve(struct account_fuel *out, const struct search *search)
{
	int64_t full = full_micro_kwh(search);
	int64_t load_micro;

	if (full <= 0 || full > INT64_MAX / MILLIJ_PER_MICRO_KWH || !search->span->has_energy || search->span->millij < 0)
		return false;
	load_micro = num_muldiv_half_even(search->span->millij, MICRO, full * MILLIJ_PER_MICRO_KWH);
	out->micro_l = num_muldiv_half_even(search->span->millij, curve_micro(load_micro), UNITS_MILLIJ_PER_KWH);
	return true;
}

static bool by_run_time(struct account_fuel *out, const struct search *search)
{
	const struct account_fuel_entry *load = find_held(search, ACCOUNT_FUEL_LOAD);
	int64_t full = full_micro_kwh(search);

	if (full <= 0 || load == NULL || search->span->has_energy)
		return false;
	out->micro_l = num_muldiv_half_even(num_muldiv_half_even(full, load->micro, MICRO), curve_micro(load->micro), MICRO);
	return true;
}

/* kg CO2e a kWh at a quarter of the load, by rated kW: CDM methodology AMS-I.F, tool 33. Without a rated power the smallest, which is the worst. */
static bool by_default(struct account_fuel *out, const struct search *search)
{
	static const struct {
		int64_t below_micro_kw;
		int64_t mg_per_kwh;
	} DEFAULTS[] = {{15 * MICRO, 2400000}, {35 * MICRO, 1900000}, {135 * MICRO, 1300000}, {200 * MICRO, 900000}, {INT64_MAX, 800000}};
	const struct account_fuel_entry *rated = find_held(search, ACCOUNT_FUEL_RATED);
	size_t at = 0;

	if (!search->span->has_energy)
		return false;
	while (rated != NULL && rated->micro >= DEFAULTS[at].below_micro_kw && DEFAULTS[at].below_micro_kw != INT64_MAX)
		at++;
	out->mg_per_kwh = DEFAULTS[at].mg_per_kwh;
	out->scope1_mg = num_muldiv_half_even(search->span->millij, out->mg_per_kwh, UNITS_MILLIJ_PER_KWH);
	return true;
}

static void add_emissions(struct account_fuel *out, const struct search *search)
{
	const struct account_fuel_entry *factor = find_held(search, ACCOUNT_FUEL_FACTOR);
	const struct account_fuel_entry *upstream = find_held(search, ACCOUNT_FUEL_UPSTREAM);

	/* A kilogram has as many milligrams as one has millionths. */
	out->mg_per_l = factor == NULL ? ACCOUNT_FUEL_DIESEL_MG_PER_L : factor->micro;
	out->upstream_mg_per_l = upstream == NULL ? ACCOUNT_FUEL_DIESEL_UPSTREAM_MG_PER_L : upstream->micro;
	out->scope1_mg = num_muldiv_half_even(out->micro_l, out->mg_per_l, MICRO);
	out->upstream_mg = num_muldiv_half_even(out->micro_l, out->upstream_mg_per_l, MICRO);
}

void account_fuel_find(struct account_fuel *out, const struct account_fuel_entry *entry, size_t count, const struct account_fuel_span *span)
{
	static bool (*const METHODS[ACCOUNT_FUEL_METHOD_COUNT])(struct account_fuel * out, const struct search *search) = {
	    [ACCOUNT_FUEL_BY_FLOW] = by_flow,           [ACCOUNT_FUEL_BY_DIP] = by_dip,     [ACCOUNT_FUEL_BY_ENTERED] = by_entered,
	    [ACCOUNT_FUEL_BY_RATE] = by_rate,           [ACCOUNT_FUEL_BY_CURVE] = by_curve, [ACCOUNT_FUEL_BY_RUN_TIME] = by_run_time,
	    [ACCOUNT_FUEL_BY_CDM_DEFAULT] = by_default,
	};
	struct search search = {entry, count, span};

	for (int method = ACCOUNT_FUEL_BY_FLOW; method < ACCOUNT_FUEL_METHOD_COUNT; method++) {
		*out = (struct account_fuel){0};
		if (!METHODS[method](out, &search))
			continue;
		out->method = (enum account_fuel_method)method;
		out->has_litres = method != ACCOUNT_FUEL_BY_CDM_DEFAULT;
		if (out->has_litres)
			add_emissions(out, &search);
		return;
	}
	*out = (struct account_fuel){0};
}
