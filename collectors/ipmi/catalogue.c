/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ipmi/catalogue.h"

#include "base/text.h"
#include "model/units.h"

#include <string.h>

static const char total_key[] = "total";

/* The number of a key; count: none. */
static uint32_t find(const struct c_ipmi_catalogue *catalogue, const char *key)
{
	uint32_t i = 0;

	while (i < catalogue->count && strcmp(catalogue->entry[i].key, key) != 0)
		i++;
	return i;
}

static struct c_ipmi_entry *add(struct c_ipmi_catalogue *catalogue, const char *key)
{
	struct c_ipmi_entry *entry = &catalogue->entry[catalogue->count];

	if (catalogue->count == C_IPMI_CATALOGUE_MAX)
		return NULL;
	catalogue->count++;
	*entry = (struct c_ipmi_entry){.is_stale = true};
	(void)text_copy(entry->key, sizeof entry->key, key);
	return entry;
}

/* The sum is announced before what it is the sum of. */
static bool take_derived(struct c_ipmi_catalogue *catalogue)
{
	struct c_ipmi_entry *entry;

	if (find(catalogue, total_key) < catalogue->count)
		return true;
	entry = add(catalogue, total_key);
	if (entry == NULL)
		return false;
	entry->kind = C_IPMI_METER_TOTAL;
	entry->is_derived = true;
	(void)text_copy(entry->name, sizeof entry->name, "Total");
	return true;
}

static bool take_meter(struct c_ipmi_catalogue *catalogue, const struct c_ipmi_meter *meter)
{
	uint32_t at = find(catalogue, meter->key);
	struct c_ipmi_entry *entry = at < catalogue->count ? &catalogue->entry[at] : NULL;

	if (entry == NULL && meter->kind == C_IPMI_METER_SUPPLY && !take_derived(catalogue))
		return false;
	if (entry == NULL)
		entry = add(catalogue, meter->key);
	if (entry == NULL)
		return false;
	entry->is_stale |= strcmp(entry->name, meter->name) != 0 || entry->kind != meter->kind ||
			   (meter->counter != C_IPMI_COUNTER_NONE && meter->counter != entry->counter) || entry->is_derived;
	entry->kind = meter->kind;
	entry->is_derived = false;
	if (meter->counter != C_IPMI_COUNTER_NONE)
		entry->counter = meter->counter;
	(void)text_copy(entry->name, sizeof entry->name, meter->name);
	return true;
}

bool c_ipmi_catalogue_take(struct c_ipmi_catalogue *catalogue, const struct c_ipmi_report *report)
{
	bool is_room = true;

	for (uint32_t i = 0; i < report->meter_count; i++)
		is_room &= take_meter(catalogue, &report->meter[i]);
	return is_room;
}

static void describe(const struct c_ipmi_entry *entry, struct meter_info *out)
{
	*out = (struct meter_info){.role = entry->kind == C_IPMI_METER_TOTAL ? ROLE_TOTAL : ROLE_PART,
				   .point = entry->kind == C_IPMI_METER_AIR ? POINT_OTHER : POINT_IT_IN,
				   .caliber = CALIBER_ACTUAL,
				   .is_summand = entry->kind == C_IPMI_METER_SUPPLY,
				   .is_derived = entry->is_derived};
	(void)text_copy(out->key, sizeof out->key, entry->key);
	(void)text_copy(out->name, sizeof out->name, entry->name);
	if (entry->kind == C_IPMI_METER_SUPPLY)
		(void)text_copy(out->parent, sizeof out->parent, total_key);
	if (entry->counter != C_IPMI_COUNTER_NONE)
		out->energy = c_ipmi_oem_spec(entry->counter);
}

bool c_ipmi_catalogue_next(struct c_ipmi_catalogue *catalogue, uint32_t *number, struct meter_info *out)
{
	for (uint32_t i = 0; i < catalogue->count; i++) {
		if (!catalogue->entry[i].is_stale)
			continue;
		catalogue->entry[i].is_stale = false;
		*number = i;
		describe(&catalogue->entry[i], out);
		return true;
	}
	return false;
}

size_t c_ipmi_catalogue_samples(const struct c_ipmi_catalogue *catalogue, const struct c_ipmi_report *report, uint32_t device,
				int64_t boot_ns, struct sample out[static C_IPMI_SAMPLES_MAX])
{
	size_t count = 0;

	for (uint32_t i = 0; i < report->meter_count; i++) {
		const struct c_ipmi_meter *meter = &report->meter[i];
		struct sample sample = {
		    .device = device, .meter = find(catalogue, meter->key), .caliber = CALIBER_ACTUAL, .boot_ns = boot_ns};

		if (sample.meter == catalogue->count)
			continue;
		if (meter->counter != C_IPMI_COUNTER_NONE) {
			out[count] = sample;
			out[count].quantity = QUANTITY_ENERGY;
			out[count++].raw = meter->energy_raw;
		}
		if (meter->has_power) {
			out[count] = sample;
			out[count].quantity = QUANTITY_POWER;
			out[count++].value = meter->power_w;
		}
		if (meter->has_temperature) {
			out[count] = sample;
			out[count].quantity = QUANTITY_TEMPERATURE;
			out[count++].value = meter->temperature_c;
		}
	}
	return count;
}
