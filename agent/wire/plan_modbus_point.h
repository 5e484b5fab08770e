/* SPDX-License-Identifier: Apache-2.0 */
/* plan_modbus_point: registers of a Modbus unit, and the numbers that they make. */
#ifndef WATTLEDGER_WIRE_PLAN_MODBUS_POINT_H
#define WATTLEDGER_WIRE_PLAN_MODBUS_POINT_H

#include "base/err.h"
#include "model/meter.h"
#include "model/quantity.h"

#include <stdbool.h>
#include <stdint.h>

enum {
	PLAN_MODBUS_ABSENT_MAX = 4,
	PLAN_MODBUS_RATIOS_MAX = 2,
	MODBUS_REGISTERS_MAX = 125, /* of one request (Modbus application protocol V1.1b3, 6.3) */
	MODBUS_TEXT_REGISTERS_MAX = 32,
};

/* How registers make a number. SM: sign and magnitude. BCD: 4 digits a register. T5, T6: signed decimal exponent (8 bits), then 24 bits. */
enum modbus_type {
	MODBUS_U16 = 0,
	MODBUS_I16,
	MODBUS_SM16,
	MODBUS_BCD16,
	MODBUS_U32,
	MODBUS_I32,
	MODBUS_SM32,
	MODBUS_BCD32,
	MODBUS_F32,
	MODBUS_T5,
	MODBUS_T6,
	MODBUS_U64,
	MODBUS_I64,
	MODBUS_F64,
	MODBUS_TEXT,
	MODBUS_TYPE_COUNT
};

/* "u16", "i16", ... ; registers that a number takes (a text: 0, see the register). */
const char *modbus_type_name(enum modbus_type type) MUST_CHECK;
uint8_t modbus_type_registers(enum modbus_type type) MUST_CHECK;

struct plan_modbus_register {
	uint8_t function; /* 3 holding, 4 input registers; 0: none */
	uint16_t address; /* as it stands on the wire, from 0; with models: from the register that holds the model's id */
	enum modbus_type type;
	uint8_t text_registers; /* MODBUS_TEXT: 1..MODBUS_TEXT_REGISTERS_MAX */
	bool is_low_first;      /* the low word comes first */
	bool is_byte_swapped;   /* the low byte of a word comes first */
};

/* A further register whose number multiplies the point's: x number x num/den. */
struct plan_modbus_ratio {
	struct plan_modbus_register reg;
	int64_t num;
	int64_t den;
};

struct plan_modbus_span {
	uint64_t first;
	uint64_t last;
};

/* A gauge is number x factor x 10^exponent x ratios + offset_value. A counter's step is num/den thousandths of SI x 10^exponent x ratios. */
struct plan_modbus_point {
	enum quantity quantity;
	struct plan_modbus_register reg; /* function 0: a product */
	double factor;                   /* gauges: to SI. Counters of a floating type: to steps */
	double offset_value;             /* SI */
	int64_t num;
	int64_t den;
	struct plan_modbus_register exponent; /* function 0: none */
	bool is_exponent_negative;            /* 10^-number */
	uint8_t ratio_count;
	struct plan_modbus_ratio ratio[PLAN_MODBUS_RATIOS_MAX];
	struct plan_modbus_register sign; /* negative when this register is not 0; function 0: none */
	uint8_t absent_count;
	struct plan_modbus_span absent[PLAN_MODBUS_ABSENT_MAX]; /* bit patterns (words in order) that are no reading */
	bool is_negative_absent;
	bool is_zero_absent;
	bool is_absolute;      /* the sign says nothing */
	bool is_negated;       /* positive on the wire is what we call negative */
	bool is_four_quadrant; /* a power factor beyond +-1 tells leading from lagging: +-2 takes it back */
	bool is_optional;      /* not all of the family have it: its absence is no fault */
	bool has_range;
	double min_value; /* SI */
	double max_value;
	struct counter_spec counter;
	enum caliber caliber;
	uint8_t product_count;
	uint8_t product[3];
};

#endif
