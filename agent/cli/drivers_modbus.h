/* SPDX-License-Identifier: Apache-2.0 */
/* drivers_modbus: `drivers show` for a driver whose protocol is modbus. */
#ifndef WATTLEDGER_CLI_DRIVERS_MODBUS_H
#define WATTLEDGER_CLI_DRIVERS_MODBUS_H

#include "base/err.h"
#include "base/json.h"
#include "cli/options.h"
#include "wire/plan_modbus.h"

/* On standard output: how it is recognised and asked. */
void drivers_modbus_print_recognition(const struct plan_modbus_driver *driver);

/* A row for each point. Errors: ERR_IO, ERR_MEMORY. */
enum err drivers_modbus_print_points(const struct plan_modbus_driver *driver, enum cli_format format, struct err_info *info) MUST_CHECK;

/* An object for each meter, into an open array. */
void drivers_modbus_add_json(struct json *json, const struct plan_modbus_driver *driver);

#endif
