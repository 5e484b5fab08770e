/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan_modbus: what the modbus collector reads: buses (a connection or a serial line, one request at a time), the units behind them, and
 * the drivers that say what their registers mean (plan_modbus_driver.h).
 */
#ifndef WATTLEDGER_WIRE_PLAN_MODBUS_H
#define WATTLEDGER_WIRE_PLAN_MODBUS_H

#include "wire/plan.h"
#include "wire/plan_modbus_driver.h"

enum { PLAN_MODBUS_BUSES_MAX = 20000, PLAN_MODBUS_DRIVERS_MAX = 1000 };

/* `driver` of a device that is to be recognised (a scan). */
#define PLAN_MODBUS_AUTO UINT32_MAX

enum modbus_link { MODBUS_TCP = 0, MODBUS_RTU_TCP, MODBUS_SERIAL, MODBUS_LINK_COUNT };

struct plan_modbus_bus {
	enum modbus_link link;
	char host[PLAN_NAME_BYTES]; /* TCP: numeric address; "": the name is unknown, so its units are not polled */
	uint16_t port;
	char path[PLAN_PATH_BYTES]; /* serial: "/dev/serial/by-id/..." */
	uint32_t baud;
	char parity;       /* 'N', 'E', 'O' */
	uint8_t stop_bits; /* 1, 2 */
	bool is_rs485;     /* the kernel switches the direction */
};

struct plan_modbus_device {
	char id[PLAN_ID_BYTES];
	uint32_t bus;
	uint8_t unit;
	uint32_t driver; /* index, or PLAN_MODBUS_AUTO */
	uint32_t interval_ms;
	uint32_t timeout_ms; /* at least; a driver may need more */
	uint32_t retries;
	int64_t ct_num; /* what the meter's currents (and powers, energies) have to be multiplied by, > 0 */
	int64_t ct_den;
	int64_t pt_num; /* the same for its voltages */
	int64_t pt_den;
	bool is_inverted; /* its transformers look the other way: power changes its sign, import and export change places */
};

struct plan_modbus {
	struct plan_modbus_driver *driver;
	size_t driver_count;
	struct plan_modbus_bus *bus;
	size_t bus_count;
	struct plan_modbus_device *device;
	size_t device_count;
	bool is_scan;
};

/* As the whole plans in plan.h. */
enum err plan_modbus_encode(const struct plan_modbus *plan, struct buf *out, struct err_info *info) MUST_CHECK;
enum err plan_modbus_decode(struct plan_modbus *out, const void *data, size_t bytes, struct err_info *info) MUST_CHECK;
void plan_modbus_deinit(struct plan_modbus *plan);

#endif
