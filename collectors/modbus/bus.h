/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bus: a link and the units behind it, one request at a time. It keeps the silences that the line needs, throws away what nobody asked for,
 * reopens what was lost, and lets units that answer go before those that did not.
 */
#ifndef WATTLEDGER_MODBUS_BUS_H
#define WATTLEDGER_MODBUS_BUS_H

#include "base/err.h"
#include "modbus/unit.h"
#include "wire/plan_modbus.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct c_modbus_bus;

/* How a bus tells which readiness of its descriptor is worth a wake; fd -1: it has none. events: of poll. */
struct c_modbus_watcher {
	void (*watch)(void *context, uint32_t bus, int fd, bool is_writing);
	void *context;
};

/* Bus `number` of the plan, for at most `unit_count` units. `watcher` is borrowed. NULL when out of memory. */
struct c_modbus_bus *c_modbus_bus_new(const struct plan_modbus_bus *plan, uint32_t number, size_t unit_count,
				      const struct c_modbus_watcher *watcher) MUST_CHECK;
struct c_modbus_bus *c_modbus_bus_free(struct c_modbus_bus *bus);

/* A unit whose reading has begun waits for its turn. */
void c_modbus_bus_add(struct c_modbus_bus *bus, struct c_modbus_unit *unit);

/* What its descriptor has for it. */
enum c_modbus_readiness { C_MODBUS_READY_NOT = 0, C_MODBUS_READY_SOME, C_MODBUS_READY_GONE };

/* Does what can be done now. Returns the boot time at which it has to be called again at the latest. */
int64_t c_modbus_bus_work(struct c_modbus_bus *bus, enum c_modbus_readiness readiness, int64_t now_boot_ns) MUST_CHECK;

/*
 * What it waits for. NO_HURRY: the answer to the last request of a reading, on a connection that nobody else wants: it is taken at the next tick,
 * and dated by the kernel. WOKEN: readiness is worth a wake, since more follows. TIMED: so is the time that c_modbus_bus_work() returned.
 */
enum c_modbus_hurry { C_MODBUS_NO_HURRY = 0, C_MODBUS_WOKEN, C_MODBUS_TIMED };
enum c_modbus_hurry c_modbus_bus_hurry(const struct c_modbus_bus *bus) MUST_CHECK;

#endif
