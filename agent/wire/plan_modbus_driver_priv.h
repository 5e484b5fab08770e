/* SPDX-License-Identifier: Apache-2.0 */
/* plan_modbus_driver_priv: parts of the modbus plan's codec that stand in files of their own. For agent/wire/plan_modbus*.c only. */
#ifndef WATTLEDGER_WIRE_PLAN_MODBUS_DRIVER_PRIV_H
#define WATTLEDGER_WIRE_PLAN_MODBUS_DRIVER_PRIV_H

#include "wire/codec.h"
#include "wire/plan_modbus_driver.h"

/* num/den, both above 0; anything else sets is_bad and gives 1/1. */
void plan_modbus_get_fraction(struct wire_reader *reader, int64_t *num, int64_t *den);

/* A driver with its groups in one item. */
void plan_modbus_put_driver(struct wire_writer *writer, const struct plan_modbus_driver *driver);

/* Allocates driver->group, which the caller frees, also when the body turns out to be bad. Out of memory sets is_bad. */
void plan_modbus_get_driver(struct wire_reader *reader, struct plan_modbus_driver *driver);

#endif
