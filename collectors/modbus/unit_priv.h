/* SPDX-License-Identifier: Apache-2.0 */
/* unit_priv: a unit's inside, for unit*.c. */
#ifndef WATTLEDGER_MODBUS_UNIT_PRIV_H
#define WATTLEDGER_MODBUS_UNIT_PRIV_H

#include "modbus/chain.h"
#include "modbus/identify.h"
#include "modbus/shape.h"
#include "modbus/unit.h"

enum { C_MODBUS_LOST_MAX = 8, C_MODBUS_SEEN_MAX = 32, C_MODBUS_TROUBLE = 2 };

/* An answer that was taken. */
struct c_modbus_seen {
	uint32_t hash;
	uint16_t address;
	uint8_t function; /* 0: free */
	uint8_t count;
};

/* What a request is for, beside the phase. */
enum c_modbus_purpose { C_MODBUS_FOR_PHASE = 0, C_MODBUS_TO_SYNC, C_MODBUS_TO_CONFIRM };

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
	char identity_new[C_MODBUS_IDENTITY_COUNT][METER_IDENTITY_BYTES]; /* read, and not yet believed */
	char reason[WIRE_TEXT_BYTES];
	int64_t survey_due_ns;
	bool has_fit;  /* a rule of its driver held once */
	bool is_unfit; /* has_fit, and none holds any more */

	/* Doubt: lengths of requests whose answers may still come. */
	bool is_in_step; /* answers are numbered: one cannot be taken for another */
	bool is_in_doubt;
	bool is_on_probation;
	bool is_repeat;   /* the answer was that to another question: it is asked again */
	bool is_doubtful; /* the registers were refused once: they are asked again */
	uint8_t lost_count;
	uint8_t lost[C_MODBUS_LOST_MAX];
	uint8_t seen_at;
	struct c_modbus_seen seen[C_MODBUS_SEEN_MAX]; /* the newest answers, a ring */

	/* The reading that is going on. */
	enum c_modbus_phase phase;
	struct c_modbus_request request; /* sent last */
	enum c_modbus_purpose purpose;   /* of it */
	bool is_answered;
	uint8_t trouble;        /* answers that were lost in this reading; C_MODBUS_TROUBLE when it failed */
	uint8_t trouble_before; /* the same of the one before */
	uint8_t try_count;
	uint8_t restart_count;
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

/* ---- unit_doubt.c ---- */

/* The answer to the last request is lost, or was none. */
void c_modbus_unit_doubt(struct c_modbus_unit *unit);

/* What ends a doubt, or a probation. false: there is nothing yet that could be asked. */
bool c_modbus_unit_make_sync(const struct c_modbus_unit *unit, struct c_modbus_request *request);

/* What was read on probation is thrown away, and read again; too often: the reading fails. */
void c_modbus_unit_restart(struct c_modbus_unit *unit);

/* Keeps in mind what an answer was, so that it is known when it comes again. */
void c_modbus_unit_remember(struct c_modbus_unit *unit, const struct c_modbus_answer *answer);

enum c_modbus_belief { C_MODBUS_BELIEVED = 0, C_MODBUS_ASKED_AGAIN, C_MODBUS_NOT_BELIEVED };

/*
 * An answer that is, byte for byte, that to another question is asked for again; when it is the same again it is believed, else one of the two
 * came twice.
 */
enum c_modbus_belief c_modbus_unit_weigh(struct c_modbus_unit *unit, const struct c_modbus_answer *answer) MUST_CHECK;

#endif
