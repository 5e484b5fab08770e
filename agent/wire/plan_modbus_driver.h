/* SPDX-License-Identifier: Apache-2.0 */
/* plan_modbus_driver: the flat form of a file in drivers/ (schema wattledger.driver/1, protocol: modbus; see drivers/README.md). */
#ifndef WATTLEDGER_WIRE_PLAN_MODBUS_DRIVER_H
#define WATTLEDGER_WIRE_PLAN_MODBUS_DRIVER_H

#include "model/meter.h"
#include "wire/plan.h"
#include "wire/plan_modbus_point.h"

#include <stdbool.h>
#include <stdint.h>

enum {
	PLAN_MODBUS_GROUPS_MAX = 64, /* of one driver */
	PLAN_MODBUS_POINTS_MAX = 12, /* of one group */
	PLAN_MODBUS_RULES_MAX = 8,
	PLAN_MODBUS_VALUES_MAX = 8,
	PLAN_MODBUS_BARRIERS_MAX = 12,
	PLAN_MODBUS_MODELS_MAX = 8,
	PLAN_MODBUS_PATTERN_BYTES = 128,
};

struct plan_modbus_group {
	char key[METER_KEY_BYTES];
	char name[METER_NAME_BYTES];
	char parent[METER_KEY_BYTES];
	char was[METER_WAS_MAX][METER_KEY_BYTES]; /* keys of earlier editions, "" none */
	enum role role;
	enum point point;
	enum supply supply;
	uint8_t phase; /* 0 none, 1..3 */
	bool is_summand;
	bool is_atomic; /* all its registers come in one request */
	uint8_t model_count;
	uint16_t model[PLAN_MODBUS_MODELS_MAX]; /* SunSpec models that have it; the first that is found in the chain gives the base */
	uint8_t point_count;
	struct plan_modbus_point point_list[PLAN_MODBUS_POINTS_MAX];
};

enum modbus_rule { MODBUS_RULE_REGISTER = 0, MODBUS_RULE_OBJECT, MODBUS_RULE_SUNSPEC, MODBUS_RULE_COUNT };

/* One way to recognise the family; as in SNMP any rule will do, and no exception may hold. */
struct plan_modbus_rule {
	bool is_exception;
	enum modbus_rule kind;
	struct plan_modbus_register reg; /* REGISTER */
	uint8_t object;                  /* OBJECT: of the device identification (function 43/14), 0..6 */
	uint16_t model;                  /* SUNSPEC: one that the chain has; 0: any */
	uint8_t value_count;
	int64_t value[PLAN_MODBUS_VALUES_MAX];
	bool has_span; /* first..last */
	int64_t first;
	int64_t last;
	char pattern[PLAN_MODBUS_PATTERN_BYTES]; /* extended regular expression for texts */
};

struct plan_modbus_identity {
	struct plan_modbus_register vendor; /* function 0: none */
	struct plan_modbus_register model;
	struct plan_modbus_register serial;
	struct plan_modbus_register firmware;
	bool is_device_id; /* ask function 43/14 too */
};

struct plan_modbus_driver {
	char name[PLAN_ID_BYTES];
	char vendor[PLAN_NAME_BYTES];
	char family[PLAN_NAME_BYTES];
	uint8_t sha256[32];
	int32_t priority;
	enum total_rule total;
	uint8_t max_registers; /* of one request, 1..125 */
	uint8_t hole_max;      /* registers that are read in vain rather than in a request of their own */
	uint8_t barrier_count;
	uint16_t barrier[PLAN_MODBUS_BARRIERS_MAX]; /* addresses that no request goes across */
	uint32_t timeout_ms;                        /* it may take so long; 0: what the device says */
	uint32_t gap_ms;                            /* silence between requests */
	uint32_t quiet_ms;                          /* silence after a lost answer; 0: the timeout */
	uint8_t rule_count;
	struct plan_modbus_rule rule[PLAN_MODBUS_RULES_MAX];
	struct plan_modbus_identity identity;
	uint8_t group_count;
	struct plan_modbus_group *group; /* owned */
};

#endif
