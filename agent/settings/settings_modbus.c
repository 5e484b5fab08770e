/* SPDX-License-Identifier: Apache-2.0 */
/* settings_modbus: a device that is read by Modbus: its bus, which others may share, and how it is asked. */
#include "base/text.h"
#include "settings/measure.h"
#include "settings/settings_device_priv.h"

#include <string.h>

enum { MODBUS_TIMEOUT_MS = 1000, MODBUS_RETRIES = 1 };

/* The bus of an address, an old one or a new one; the plan's index. false when there is no room. */
static bool find_bus(struct loader *loader, const struct yaml_node *where, const struct plan_modbus_bus *wanted, uint32_t *bus)
{
	struct plan_modbus *plan = &loader->out->modbus;
	void *list = plan->bus;
	struct plan_modbus_bus *added;

	for (size_t i = plan->bus_count; i-- > 0;) {
		const struct plan_modbus_bus *known = &plan->bus[i];
		if (!address_modbus_is_same_bus(known, wanted))
			continue;
		*bus = (uint32_t)i;
		if (known->baud != wanted->baud || known->parity != wanted->parity || known->stop_bits != wanted->stop_bits ||
		    known->is_rs485 != wanted->is_rs485)
			problems_add_error(
			    loader->problems, where->place,
			    "address: another device uses %s with other settings: all on one line have the same speed and parity",
			    wanted->path);
		return true;
	}
	added = loader_append(loader, &list, &loader->modbus_bus_capacity, &plan->bus_count, PLAN_MODBUS_BUSES_MAX, sizeof *added);
	plan->bus = list;
	if (added == NULL)
		return false;
	*added = *wanted;
	*bus = (uint32_t)(plan->bus_count - 1);
	return true;
}

/* "200/5", "40" -> 40/1. */
static void read_ratio(struct loader *loader, const struct device_read *read, const struct yaml_node *node, enum device_at at, int64_t *num,
		       int64_t *den)
{
	const char *text = at == DEVICE_CT_RATIO ? read->value.ct_ratio : read->value.pt_ratio;

	*num = 1;
	*den = 1;
	if (text[0] != '\0' && !measure_scale(text, num, den))
		problems_add_error(loader->problems, device_place_of(loader, read, at, node),
				   "%s: what the transformer divides by is expected, like 200/5 or 40", device_key_name(at));
}

static void check_unit(struct loader *loader, const struct yaml_node *where, const struct plan_modbus_device *modbus)
{
	const struct plan_modbus *plan = &loader->out->modbus;

	for (size_t i = 0; i + 1 < plan->device_count; i++) {
		if (plan->device[i].bus != modbus->bus || plan->device[i].unit != modbus->unit)
			continue;
		problems_add_error(loader->problems, where->place, "address: device %s is the same unit of the same bus",
				   plan->device[i].id);
		return;
	}
}

static void place_times(const struct loader *loader, const struct device_read *read, struct plan_modbus_device *modbus)
{
	bool has_timeout = device_where_of(loader, read, DEVICE_TIMEOUT) != NULL;
	bool has_retries = device_where_of(loader, read, DEVICE_RETRIES) != NULL;

	modbus->interval_ms = read->value.interval_ms;
	modbus->timeout_ms = has_timeout ? read->value.timeout_ms : MODBUS_TIMEOUT_MS;
	modbus->retries = has_retries ? read->value.retries : MODBUS_RETRIES;
}

void device_add_modbus(struct loader *loader, const struct device_read *read, const struct yaml_node *node, const struct address *address)
{
	struct plan_modbus *plan = &loader->out->modbus;
	struct plan_core *core = &loader->out->core;
	struct device_note *note = &loader->device_note[core->device_count - 1];
	const struct yaml_node *where = read->where.node[DEVICE_ADDRESS];
	void *list = plan->device;
	struct plan_modbus_device *modbus =
	    loader_append(loader, &list, &loader->modbus_capacity, &plan->device_count, PLAN_DEVICES_MAX, sizeof *modbus);

	plan->device = list;
	if (modbus == NULL)
		return;
	core->device[core->device_count - 1].source_device = (uint32_t)(plan->device_count - 1);
	text_copy(modbus->id, sizeof modbus->id, read->value.id);
	modbus->unit = address->modbus.first_unit;
	modbus->driver = PLAN_MODBUS_AUTO;
	modbus->is_inverted = read->value.is_inverted;
	if (!find_bus(loader, where, &address->modbus.bus, &modbus->bus))
		return;
	check_unit(loader, where, modbus);
	place_times(loader, read, modbus);
	read_ratio(loader, read, node, DEVICE_CT_RATIO, &modbus->ct_num, &modbus->ct_den);
	read_ratio(loader, read, node, DEVICE_PT_RATIO, &modbus->pt_num, &modbus->pt_den);
	text_copy(note->host, sizeof note->host, address->modbus.bus.host);
	/* Registers tell nothing of themselves: no guess is made at run time. */
	if (strcmp(read->value.driver, "auto") == 0)
		problems_add_error(loader->problems, device_place_of(loader, read, DEVICE_DRIVER, node),
				   "device %s: a Modbus device needs its driver by name (wattledger scan %s proposes one)",
				   device_label(read), read->value.address);
	else
		text_copy(note->driver, sizeof note->driver, read->value.driver);
}
