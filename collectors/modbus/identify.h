/* SPDX-License-Identifier: Apache-2.0 */
/*
 * identify: which driver a unit's answers mean. Pure: requests out, answers in, one after the other: device identification (function
 * 43/14), the SunSpec chain, the registers that the drivers name, and, when all that tells nothing, the voltage and frequency of each
 * driver: those that look like a mains are named, and none is taken. A unit that answers none of four different questions is not there.
 */
#ifndef WATTLEDGER_MODBUS_IDENTIFY_H
#define WATTLEDGER_MODBUS_IDENTIFY_H

#include "base/err.h"
#include "modbus/adu.h"
#include "model/meter.h"
#include "wire/plan_modbus.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { C_MODBUS_OBJECTS = 7, C_MODBUS_CANDIDATES_TEXT_BYTES = 200 };

struct c_modbus_identify;

/* Drivers are borrowed. NULL when out of memory. */
struct c_modbus_identify *c_modbus_identify_new(const struct plan_modbus_driver *driver, size_t driver_count) MUST_CHECK;
/* Asks only whether `driver`, which reads the unit already, is meant still: what its rules name, and nothing else. */
struct c_modbus_identify *c_modbus_identify_new_check(const struct plan_modbus_driver *driver) MUST_CHECK;
struct c_modbus_identify *c_modbus_identify_free(struct c_modbus_identify *identify);

/* The next request (but for its unit); false when all is asked. */
bool c_modbus_identify_next(struct c_modbus_identify *identify, struct c_modbus_request *request) MUST_CHECK;

/* The answer's data, NULL for a refusal. */
void c_modbus_identify_take(struct c_modbus_identify *identify, const uint8_t *data, size_t bytes);

/* No answer came: units often say nothing to what they do not know. */
void c_modbus_identify_silence(struct c_modbus_identify *identify);

/* After the end: index of the driver, UINT32_MAX when none is told for certain. */
uint32_t c_modbus_identify_result(const struct c_modbus_identify *identify) MUST_CHECK;

/* Every question had an answer, so that a driver of which no rule holds is indeed not meant. */
bool c_modbus_identify_is_sure(const struct c_modbus_identify *identify) MUST_CHECK;

/* An object of the device identification (0 vendor, 1 product code, 2 revision, 4 product name, 5 model name); "" when not told. */
const char *c_modbus_identify_object(const struct c_modbus_identify *identify, unsigned object) MUST_CHECK;

/* Names of drivers whose voltage and frequency look like a mains, joined by ", "; "" none. */
const char *c_modbus_identify_candidates(const struct c_modbus_identify *identify) MUST_CHECK;

/* Objects of a device identification out of an answer's data (behind the function); each cleaned. Returns how many were there. */
size_t c_modbus_identify_objects(const uint8_t *data, size_t bytes, char out[static C_MODBUS_OBJECTS][METER_IDENTITY_BYTES]);

#endif
