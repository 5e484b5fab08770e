/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine: the state machines of all devices. It is given time and messages, and hands out messages and readings: no sockets, no clocks.
 *
 * A read of a device that is known is its prepared GETs. Before the first, and every 10 minutes or when rows go missing or the device
 * restarted, comes a survey: identity, all scalars, a walk of its tables.
 */
#ifndef WATTLEDGER_SNMP_ENGINE_H
#define WATTLEDGER_SNMP_ENGINE_H

#include "base/err.h"
#include "model/sample.h"
#include "snmp/address.h"
#include "snmp/host.h"
#include "wire/plan_snmp.h"
#include "wire/record.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct c_snmp_engine;

/* Drivers are borrowed for the engine's life. seed: of request ids. NULL when out of memory. */
struct c_snmp_engine *c_snmp_engine_new(const struct plan_snmp_driver *driver, size_t driver_count, const struct c_snmp_host *host,
					uint64_t seed) MUST_CHECK;
struct c_snmp_engine *c_snmp_engine_free(struct c_snmp_engine *engine);

/* Adds device number `count so far`; `plan` is copied as far as it is needed. Errors: ERR_DATA, ERR_MEMORY. */
enum err c_snmp_engine_add(struct c_snmp_engine *engine, const struct plan_snmp_device *plan, struct err_info *info) MUST_CHECK;

/* At most so many requests wait for answers at a time (256 to begin with; more only before the first read, and where there is memory). */
void c_snmp_engine_set_window(struct c_snmp_engine *engine, size_t window);

/* Begins a read; end_read follows. failed_count > 0: it is probed with one request and one try. */
void c_snmp_engine_read(struct c_snmp_engine *engine, uint32_t device, uint32_t failed_count, int64_t now_boot_ns);

/* Takes a message that came from `from` at `arrived_boot_ns`. Messages that nobody waits for are counted and dropped. */
void c_snmp_engine_receive(struct c_snmp_engine *engine, const struct c_snmp_address *from, const uint8_t *message, size_t bytes,
			   int64_t arrived_boot_ns, int64_t now_boot_ns);

/* This message will be given to c_snmp_engine_receive() soon, after another one or two: the memory of its device is fetched meanwhile. */
void c_snmp_engine_foresee(struct c_snmp_engine *engine, const uint8_t *message, size_t bytes);

/*
 * The connection of a device that is read over TCP could not be made, or broke; error: errno. What it was asked is asked again with the
 * next tick when it was the device that closed (ECONNRESET), else given up.
 */
void c_snmp_engine_lose(struct c_snmp_engine *engine, uint32_t device, int error);

/* Repeats or gives up what was not answered in time, and sends what may be sent. Returns when it has to be called again at the latest. */
int64_t c_snmp_engine_tick(struct c_snmp_engine *engine, int64_t now_boot_ns) MUST_CHECK;

/* true while answers are worth a wake: somebody is in the middle of several requests that follow each other. */
bool c_snmp_engine_is_eager(const struct c_snmp_engine *engine) MUST_CHECK;

/* true while devices are surveyed: that takes memory which is free again afterwards. */
bool c_snmp_engine_is_surveying(const struct c_snmp_engine *engine) MUST_CHECK;

/* Fills what frame_collector.describe has to. */
void c_snmp_engine_describe(const struct c_snmp_engine *engine, uint32_t device, struct wire_device *out);

/* Devices, and messages that nobody waited for (late, foreign, malformed). */
size_t c_snmp_engine_count(const struct c_snmp_engine *engine) MUST_CHECK;
uint64_t c_snmp_engine_stray_count(const struct c_snmp_engine *engine) MUST_CHECK;

/* Meters that a device has now, derived ones included; 0 before its first survey. */
size_t c_snmp_engine_meter_count(const struct c_snmp_engine *engine, uint32_t device) MUST_CHECK;

#endif
