/* SPDX-License-Identifier: Apache-2.0 */
/* traffic_valid: which slots have both energy and octets, and what there was in them. */
#include "report/traffic_priv.h"

#include "account/carbon.h"
#include "base/clock.h"
#include "base/mem.h"
#include "ledger/rows.h"
#include "model/units.h"
#include "model/zone.h"
#include "report/correction.h"

#include <stdlib.h>
#include <string.h>

enum { SLOTS_MAX = 10000000, METERS_MAX = 1000000 };

/* Of a slot, what may be missing in all; of the octets, what may be reckoned: a hundredth. */
static const int64_t SHARE = 100;

struct slot {
	int64_t start_s;
	int32_t slot_s;
	uint32_t energy_count; /* rows of rev 0 */
	uint32_t octets_count;
	int64_t energy_millij;
	int64_t octets;
	int64_t estimated_octets;
	int64_t energy_missing_ms;
	int64_t octets_missing_ms;
	bool is_valid;
};

/* Energy of a meter in valid time that is not turned into emissions yet: of one description and one year. */
struct amount {
	uint32_t meter_id;
	const struct ledger_register_row *row;
	int64_t millij;
};

/* A stretch of a meter's description that is expected to give rows. */
struct expected {
	uint32_t meter_id;
	int64_t from_ms;
	int64_t to_ms;
};

struct valid {
	const struct traffic_scope *scope;
	struct report_intensity *out;
	struct slot *slot; /* in order of time */
	size_t slot_count;
	size_t slot_capacity;
	size_t at; /* where a walk in order of time is */
	struct expected *energy;
	size_t energy_count;
	size_t energy_capacity;
	struct expected *octets;
	size_t octets_count;
	size_t octets_capacity;
	struct amount *amount;
	size_t amount_count;
	size_t amount_capacity;
	int32_t year;
	int64_t year_end_s;
};

bool traffic_is_uni(const struct ledger_register_row *row)
{
	return (row->quantity == QUANTITY_RX_OCTETS || row->quantity == QUANTITY_TX_OCTETS) && row->is_port && row->ref == REF_UNI &&
	       row->parent[0] == '\0';
}

static bool is_energy(const struct valid *valid, const struct ledger_register_row *row)
{
	if (row->quantity != QUANTITY_ENERGY || row->is_port)
		return false;
	return valid->scope->device_id == 0 ? row->is_in_total : row->role == ROLE_TOTAL && !row->is_component;
}

static const struct ledger_register_row *row_at(const struct valid *valid, uint32_t meter_id, int64_t slot_start_s)
{
	return report_register_find(&valid->scope->totals->reg, meter_id, slot_start_s * UNITS_MS_PER_S);
}

/* ---- What is expected ---- */

static enum err add_expected(struct expected **list, size_t *count, size_t *capacity, const struct ledger_register_row *row,
			     struct err_info *info)
{
	void *array = *list;
	enum err err = mem_grow(&array, capacity, *count, METERS_MAX, sizeof(**list));

	*list = array;
	if (err != ERR_NONE)
		return err_set(info, err, "no room for %zu meters", *count + 1);
	(*list)[(*count)++] = (struct expected){row->meter_id, row->valid_from_ms, row->valid_to_ms};
	return ERR_NONE;
}

/* The register's entries of a meter follow each other. */
static enum err find_expected(struct valid *valid, struct err_info *info)
{
	const struct report_register *reg = &valid->scope->totals->reg;
	const struct report_site *site = valid->scope->site;
	enum err err = ERR_NONE;

	for (size_t i = 0; err == ERR_NONE && i < site->entry_count; i++) {
		const struct ledger_register_row *row = &reg->entry[site->first_entry + i].row;

		if (valid->scope->device_id != 0 && row->device_id != valid->scope->device_id)
			continue;
		if (is_energy(valid, row))
			err = add_expected(&valid->energy, &valid->energy_count, &valid->energy_capacity, row, info);
		else if (traffic_is_uni(row))
			err = add_expected(&valid->octets, &valid->octets_count, &valid->octets_capacity, row, info);
	}
	return err;
}

/* Meters that some description puts into the slot, each once. */
static uint32_t count_expected(const struct expected *list, size_t count, const struct slot *slot)
{
	int64_t start_ms = slot->start_s * UNITS_MS_PER_S;
	int64_t end_ms = start_ms + slot->slot_s * UNITS_MS_PER_S;
	uint32_t last = 0;
	uint32_t found = 0;

	for (size_t i = 0; i < count; i++) {
		if (list[i].from_ms >= end_ms || list[i].to_ms <= start_ms || (found > 0 && list[i].meter_id == last))
			continue;
		last = list[i].meter_id;
		found++;
	}
	return found;
}

/* ---- Slots ---- */

/* The slot of a row, for walks in order of time; NULL: there is none. */
static struct slot *find_slot(struct valid *valid, int64_t start_s)
{
	while (valid->at < valid->slot_count && valid->slot[valid->at].start_s < start_s)
		valid->at++;
	return valid->at < valid->slot_count && valid->slot[valid->at].start_s == start_s ? &valid->slot[valid->at] : NULL;
}

static enum err make_slot(struct valid *valid, const struct interval *interval, struct slot **out, struct err_info *info)
{
	void *array = valid->slot;
	enum err err;

	if (valid->slot_count > 0 && valid->slot[valid->slot_count - 1].start_s == interval->slot_start_s) {
		*out = &valid->slot[valid->slot_count - 1];
		return ERR_NONE;
	}
	err = mem_grow(&array, &valid->slot_capacity, valid->slot_count, SLOTS_MAX, sizeof(*valid->slot));
	valid->slot = array;
	if (err != ERR_NONE)
		return err_set(info, err, "no room for %zu slots", valid->slot_count + 1);
	*out = &valid->slot[valid->slot_count++];
	**out = (struct slot){.start_s = interval->slot_start_s, .slot_s = interval->slot_s};
	return ERR_NONE;
}

static int64_t missing_ms(const struct interval *interval)
{
	return (interval->rev == 0 ? interval->slot_s * UNITS_MS_PER_S : 0) - interval_total_ms(interval);
}

static enum err take_energy(void *context, uint32_t meter_id, const struct interval *interval, struct err_info *info)
{
	struct valid *valid = context;
	struct interval corrected = *interval;
	uint32_t whose_id = report_correction_apply(&valid->scope->totals->reg, meter_id, &corrected);
	const struct ledger_register_row *row = row_at(valid, whose_id, interval->slot_start_s);
	struct slot *slot;
	enum err err;

	if (row == NULL || !is_energy(valid, row))
		return ERR_NONE;
	err = make_slot(valid, interval, &slot, info);
	if (err != ERR_NONE)
		return err;
	slot->energy_millij += interval_total_millij(&corrected);
	slot->energy_missing_ms += missing_ms(interval);
	slot->energy_count += interval->rev == 0 ? 1 : 0;
	return ERR_NONE;
}

static enum err take_octets(void *context, uint32_t meter_id, const struct interval *interval, struct err_info *info)
{
	struct valid *valid = context;
	const struct ledger_register_row *row = row_at(valid, meter_id, interval->slot_start_s);
	struct slot *slot = find_slot(valid, interval->slot_start_s);

	(void)info;
	if (row == NULL || slot == NULL || !traffic_is_uni(row))
		return ERR_NONE;
	slot->octets += interval_total_millij(interval);
	slot->estimated_octets += interval->millij[COVERAGE_ESTIMATED];
	slot->octets_missing_ms += missing_ms(interval);
	slot->octets_count += interval->rev == 0 ? 1 : 0;
	return ERR_NONE;
}

static void judge(struct valid *valid)
{
	for (size_t i = 0; i < valid->slot_count; i++) {
		struct slot *slot = &valid->slot[i];
		int64_t slot_ms = slot->slot_s * UNITS_MS_PER_S;
		int64_t most_ms = slot->energy_missing_ms > slot->octets_missing_ms ? slot->energy_missing_ms : slot->octets_missing_ms;

		slot->is_valid = slot->energy_count > 0 && slot->octets_count > 0 && most_ms <= slot_ms / SHARE &&
				 slot->energy_count >= count_expected(valid->energy, valid->energy_count, slot) &&
				 slot->octets_count >= count_expected(valid->octets, valid->octets_count, slot);
		if (!slot->is_valid)
			continue;
		valid->out->valid_ms += slot_ms - (most_ms > 0 ? most_ms : 0);
		valid->out->energy_millij += slot->energy_millij;
		valid->out->octets += slot->octets;
		valid->out->estimated_octets += slot->estimated_octets;
	}
}

/* ---- Emissions of valid time ---- */

static const struct report_factor_set *set_of(const struct valid *valid)
{
	const struct report_site *site = valid->scope->site;

	if (site->sealed.statement_id != 0)
		return &site->sealed.factors;
	return valid->scope->totals->edition.count > 0 ? &valid->scope->totals->edition : NULL;
}

/* One division for a meter's energy of one description in one year, as a row of totals has it. */
static void turn(struct valid *valid, struct amount *amount)
{
	const struct report_factors *factors = &valid->scope->totals->factors;
	struct factor_choice choice;

	if (amount->millij == 0)
		return;
	if (amount->row->supply != SUPPLY_GRID)
		valid->out->has_all_sources = valid->out->has_all_sources && amount->row->supply == SUPPLY_PV;
	else if (report_factors_find(factors, set_of(valid), amount->row->grid_zone, valid->year, &choice))
		valid->out->location_mg += account_carbon_mg(amount->millij, factors->row[choice.factor_idx].microg_per_kwh);
	else
		valid->out->has_location = false;
	amount->millij = 0;
}

static void turn_all(struct valid *valid)
{
	for (size_t i = 0; i < valid->amount_count; i++)
		turn(valid, &valid->amount[i]);
}

static void begin_year(struct valid *valid, int64_t slot_start_s)
{
	const struct zone *zone = valid->scope->site->zone;
	int64_t year;
	int month;
	int day;

	if (slot_start_s < valid->year_end_s)
		return;
	turn_all(valid);
	clock_civil_from_days(zone_day_of(zone, slot_start_s), &year, &month, &day);
	valid->year = (int32_t)year;
	valid->year_end_s = zone_day_start_s(zone, clock_days_from_civil(year + 1, 1, 1));
}

static int compare_amounts(const void *a, const void *b)
{
	const struct amount *x = a;
	const struct amount *y = b;

	return (x->meter_id > y->meter_id) - (x->meter_id < y->meter_id);
}

static enum err make_amounts(struct valid *valid, struct err_info *info)
{
	valid->amount = valid->energy_count == 0 ? NULL : mem_new_array(valid->energy_count, sizeof(*valid->amount));
	if (valid->energy_count > 0 && valid->amount == NULL)
		return err_set(info, ERR_MEMORY, "no memory for %zu meters", valid->energy_count);
	for (size_t i = 0; i < valid->energy_count; i++) {
		if (valid->amount_count == 0 || valid->amount[valid->amount_count - 1].meter_id != valid->energy[i].meter_id)
			valid->amount[valid->amount_count++].meter_id = valid->energy[i].meter_id;
	}
	if (valid->amount_count > 0)
		qsort(valid->amount, valid->amount_count, sizeof(*valid->amount), compare_amounts);
	return ERR_NONE;
}

static enum err take_amount(void *context, uint32_t meter_id, const struct interval *interval, struct err_info *info)
{
	struct valid *valid = context;
	struct interval corrected = *interval;
	uint32_t whose_id = report_correction_apply(&valid->scope->totals->reg, meter_id, &corrected);
	const struct ledger_register_row *row = row_at(valid, whose_id, interval->slot_start_s);
	const struct slot *slot = find_slot(valid, interval->slot_start_s);
	struct amount wanted = {.meter_id = whose_id};
	struct amount *amount;

	(void)info;
	if (row == NULL || slot == NULL || !slot->is_valid || !is_energy(valid, row))
		return ERR_NONE;
	amount = bsearch(&wanted, valid->amount, valid->amount_count, sizeof(wanted), compare_amounts);
	if (amount == NULL)
		return ERR_NONE;
	begin_year(valid, interval->slot_start_s);
	if (amount->row != row)
		turn(valid, amount);
	amount->row = row;
	amount->millij += interval_total_millij(&corrected);
	return ERR_NONE;
}

/* ---- Shares ---- */

static int compare_shares(const void *a, const void *b)
{
	const struct traffic_share *x = a;
	const struct traffic_share *y = b;

	return (x->meter_id > y->meter_id) - (x->meter_id < y->meter_id);
}

static enum err take_share(void *context, uint32_t meter_id, const struct interval *interval, struct err_info *info)
{
	struct valid *valid = context;
	const struct traffic_scope *scope = valid->scope;
	const struct slot *slot = find_slot(valid, interval->slot_start_s);
	struct traffic_share wanted = {.meter_id = meter_id};
	struct traffic_share *share;

	(void)info;
	if (slot == NULL || !slot->is_valid)
		return ERR_NONE;
	share = bsearch(&wanted, scope->share, scope->share_count, sizeof(wanted), compare_shares);
	if (share != NULL)
		share->octets += interval_total_millij(interval);
	return ERR_NONE;
}

/* ---- All of it ---- */

static enum err walk(struct valid *valid, enum quantity quantity, ledger_interval_fn *each, struct err_info *info)
{
	const struct traffic_scope *scope = valid->scope;
	struct ledger_filter filter = {.start_s = scope->site->span.start_s,
				       .end_s = scope->site->span.end_s,
				       .site_id = scope->site->site_id,
				       .device_id = scope->device_id,
				       .quantity = quantity};

	valid->at = 0;
	filter.is_any_quantity = quantity == QUANTITY_ENERGY && report_correction_turns(&scope->totals->reg, scope->site);
	return ledger_query_intervals(scope->ledger, &filter, each, valid, info);
}

static enum err make(struct valid *valid, struct err_info *info)
{
	enum err err = find_expected(valid, info);

	if (err != ERR_NONE || valid->energy_count == 0 || valid->octets_count == 0)
		return err;
	err = walk(valid, QUANTITY_ENERGY, take_energy, info);
	if (err == ERR_NONE)
		err = walk(valid, QUANTITY_RX_OCTETS, take_octets, info);
	if (err == ERR_NONE)
		err = walk(valid, QUANTITY_TX_OCTETS, take_octets, info);
	if (err != ERR_NONE)
		return err;
	judge(valid);
	err = make_amounts(valid, info);
	if (err == ERR_NONE)
		err = walk(valid, QUANTITY_ENERGY, take_amount, info);
	turn_all(valid);
	if (err == ERR_NONE && valid->scope->share_count > 0)
		err = walk(valid, QUANTITY_RX_OCTETS, take_share, info);
	if (err == ERR_NONE && valid->scope->share_count > 0)
		err = walk(valid, QUANTITY_TX_OCTETS, take_share, info);
	return err;
}

static const char *missing_of(const struct valid *valid)
{
	if (valid->octets_count == 0)
		return "no port is said to be at the users' side (ref: uni)";
	if (valid->energy_count == 0)
		return valid->scope->device_id == 0 ? "no meter counts in the site's total" : "the device tells no energy of its own";
	if (valid->out->valid_ms == 0)
		return "no slot has all of its energy and all of its octets";
	if (valid->out->octets <= 0)
		return "nothing passed in that time";
	if (valid->out->estimated_octets > valid->out->octets / SHARE)
		return "more than a hundredth of the octets was reckoned";
	return NULL;
}

enum err traffic_valid_make(struct report_intensity *out, const struct traffic_scope *scope, struct err_info *info)
{
	struct valid valid = {.scope = scope, .out = out, .year_end_s = INT64_MIN};
	enum err err;

	*out = (struct report_intensity){.has_location = true, .has_all_sources = true};
	err = make(&valid, info);
	out->missing = missing_of(&valid);
	mem_free(valid.slot);
	mem_free(valid.energy);
	mem_free(valid.octets);
	mem_free(valid.amount);
	return err;
}
