/* SPDX-License-Identifier: Apache-2.0 */
/* target_modbus: Modbus units that `scan` is told to look at: an address as in a configuration, with UNIT-UNIT for a range. */
#include "base/mem.h"
#include "base/text.h"
#include "cli/target_priv.h"
#include "settings/address_modbus.h"

#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

enum { SCAN_INTERVAL_MS = 60000 };

void target_print_modbus(const struct plan_modbus *plan, size_t number, char *out, size_t out_bytes)
{
	const struct plan_modbus_device *device = &plan->device[number];
	const struct plan_modbus_bus *bus = &plan->bus[device->bus];
	bool is_v6 = strchr(bus->host, ':') != NULL;

	if (bus->link == MODBUS_SERIAL)
		snprintf(out, out_bytes, "modbus:%s?baud=%u&parity=%c&stop=%u%s/%u", bus->path, (unsigned)bus->baud, bus->parity,
			 (unsigned)bus->stop_bits, bus->is_rs485 ? "&rs485=yes" : "", (unsigned)device->unit);
	else
		snprintf(out, out_bytes, "%s://%s%s%s:%u/%u", bus->link == MODBUS_TCP ? "modbus" : "modbus+rtu", is_v6 ? "[" : "",
			 bus->host, is_v6 ? "]" : "", (unsigned)bus->port, (unsigned)device->unit);
}

static enum err resolve(struct plan_modbus_bus *bus, struct err_info *info)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
	struct addrinfo *found = NULL;
	char numeric[NI_MAXHOST];
	int code;

	if (bus->link == MODBUS_SERIAL)
		return ERR_NONE;
	code = getaddrinfo(bus->host, NULL, &hints, &found);
	if (code == 0)
		code = getnameinfo(found->ai_addr, found->ai_addrlen, numeric, sizeof(numeric), NULL, 0, NI_NUMERICHOST);
	if (found != NULL)
		freeaddrinfo(found);
	if (code != 0)
		return err_set(info, ERR_UNAVAILABLE, "the name %s cannot be looked up: %s (its spelling, DNS, or write its address)",
			       bus->host, gai_strerror(code));
	return text_copy(bus->host, sizeof(bus->host), numeric) ? ERR_NONE : err_set(info, ERR_USAGE, "an address is too long");
}

/* The bus of the plan, an old one or a new one. */
static enum err find_bus(struct targets *targets, const struct plan_modbus_bus *wanted, uint32_t *bus, struct err_info *info)
{
	struct plan_modbus *plan = &targets->modbus;
	void *list = plan->bus;
	enum err err;

	for (size_t i = 0; i < plan->bus_count; i++) {
		if (address_modbus_is_same_bus(&plan->bus[i], wanted)) {
			*bus = (uint32_t)i;
			return ERR_NONE;
		}
	}
	err = mem_grow(&list, &targets->modbus_bus_capacity, plan->bus_count, PLAN_MODBUS_BUSES_MAX, sizeof(*plan->bus));
	plan->bus = list;
	if (err != ERR_NONE)
		return err_set(info, err == ERR_LIMIT ? ERR_USAGE : err, "more than %d connections", PLAN_MODBUS_BUSES_MAX);
	plan->bus[plan->bus_count] = *wanted;
	*bus = (uint32_t)plan->bus_count++;
	return ERR_NONE;
}

static enum err add_unit(struct targets *targets, uint32_t bus, uint8_t unit, bool is_of_range, struct err_info *info)
{
	struct plan_modbus *plan = &targets->modbus;
	void *list = plan->device;
	void *flags = targets->is_of_unit_range;
	enum err err = mem_grow(&list, &targets->modbus_capacity, plan->device_count, TARGET_ADDRESSES_MAX, sizeof(*plan->device));

	plan->device = list;
	if (err == ERR_NONE)
		err = mem_grow(&flags, &targets->is_of_unit_range_capacity, plan->device_count, TARGET_ADDRESSES_MAX, sizeof(bool));
	targets->is_of_unit_range = flags;
	if (err != ERR_NONE)
		return err_set(info, err == ERR_LIMIT ? ERR_USAGE : err, "more than %d units", TARGET_ADDRESSES_MAX);
	plan->device[plan->device_count] =
	    (struct plan_modbus_device){.bus = bus,
					.unit = unit,
					.driver = PLAN_MODBUS_AUTO,
					.interval_ms = SCAN_INTERVAL_MS,
					.timeout_ms = is_of_range ? targets->unit_timeout_ms : targets->timeout_ms,
					.ct_num = 1,
					.ct_den = 1,
					.pt_num = 1,
					.pt_den = 1};
	snprintf(plan->device[plan->device_count].id, PLAN_ID_BYTES, "m%zu", plan->device_count);
	targets->is_of_unit_range[plan->device_count++] = is_of_range;
	return ERR_NONE;
}

enum err targets_add_modbus(struct targets *targets, const char *text, struct err_info *info)
{
	struct address_modbus address;
	uint32_t bus = 0;
	enum err err;

	if (!address_modbus_parse(&address, text))
		return err_set(info, ERR_USAGE, "'%s' is not understood: " ADDRESS_MODBUS_FORMS ", with UNIT-UNIT for a range", text);
	err = resolve(&address.bus, info);
	if (err == ERR_NONE)
		err = find_bus(targets, &address.bus, &bus, info);
	for (unsigned unit = address.first_unit; err == ERR_NONE && unit <= address.last_unit; unit++)
		err = add_unit(targets, bus, (uint8_t)unit, address.first_unit != address.last_unit, info);
	return err;
}
