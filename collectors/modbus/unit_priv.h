/* SPDX-License-Identifier: Apache-2.0 */
/* unit_priv: a unit's inside, for unit*.c. */
#ifndef WATTLEDGER_MODBUS_UNIT_PRIV_H
#define WATTLEDGER_MODBUS_UNIT_PRIV_H

#include "modbus/chain.h"
#include "modbus/identify.h"
#include "modbus/shape.h"
#include "modbus/unit.h"

enum { C_MODBUS_LOST_MAX = 8 };

enum c_modbus_phase {
	C_MODBUS_PHASE_NONE = 0, /* no reading is going on */
	C_MODBUS_PHASE_SCAN,     /* which driver is it (c_modbus_identify) */
	C_MODBUS_PHASE_CHAIN,    /* where are its models */
	C_MODBUS_PHASE_IDENTITY,
	C_MODBUS_PHASE_READ,
};

enum c_modbus_identity { C_MODBUS_VENDOR = 0, C_MODBUS_MODEL, C_MODBUS_SERIAL, C_MODBUS_FIRMWARE, C_MODBUS_IDENTITY_COUNT };

struct c_modbus_unit {
	const struct c_modbus_shared *shared;
	const struct plan_modbus_device *plan;
	const struct plan_modbus_driver *driver; /* NULL: not yet recognised */
	uint32_t number;
	struct c_modbus_shape *shape;       /* NULL before the first survey */
	struct c_modbus_chain *chain;       /* while it is walked; of a driver with models */
	struct c_modbus_identify *identify; /* while it is recognised */
	char identity[C_MODBUS_IDENTITY_COUNT][METER_IDENTITY_BYTES];
	char reason[WIRE_TEXT_BYTES];
	int64_t survey_due_ns;

	/* Doubt: lengths of requests whose answers may still come. */
	bool is_in_doubt;
	uint8_t lost_count;
	uint8_t lost[C_MODBUS_LOST_MAX];

	/* The reading that is going on. */
	enum c_modbus_phase phase;
	struct c_modbus_request request; /* sent last */
	bool is_sync;                    /* it is the one that ends a doubt */
	bool is_answered;
	bool is_failed; /* the last reading failed */
	uint8_t try_count;
	uint8_t failed_count; /* before it, at most 255 */
	uint8_t identity_at;
	uint16_t block_at;
	uint16_t refused_count; /* blocks refused in this reading */
	uint8_t exception;
	uint32_t latency_us;
	int64_t sent_boot_ns;
	int64_t not_before_ns;
	int64_t dated_boot_ns; /* arrival of the first counter, else of the first block; 0 none */
	bool is_dated_by_counter;
	enum device_state failure; /* DEVICE_STARTING: none */
	char failure_text[WIRE_TEXT_BYTES];
};

/* Ends the reading with what it has. */
void c_modbus_unit_end(struct c_modbus_unit *unit);

/* The words of a failure; the first one of a reading is kept. */
void c_modbus_unit_set_failure(struct c_modbus_unit *unit, enum device_state state, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#endif
