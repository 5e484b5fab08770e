/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unit: one device behind a bus: what it is asked, and what becomes of the answers. It is given outcomes and time, and gives requests and
 * samples: no sockets, no clocks.
 *
 * A lost answer leaves the unit in doubt: one that is still on its way could be taken for that to a later request. The line is listened to for
 * as long as it may come (bus); after that two more guards stand, for answers that are even later. The first thing that is asked is a reading of
 * another length than any that was lost, whose answer is thrown away: units answer in order, so when it comes nothing older can follow. And what
 * is read then is on probation: it counts once a last request, again of another length, has had its answer. Anything amiss before that, and
 * all of it is thrown away.
 *
 * Answers that come twice may be taken for those to another question of the same length. So an answer that is byte for byte that to another
 * question is asked for once more. On TCP messages are numbered, and none of this is needed but the first.
 */
#ifndef WATTLEDGER_MODBUS_UNIT_H
#define WATTLEDGER_MODBUS_UNIT_H

#include "base/err.h"
#include "modbus/adu.h"
#include "model/sample.h"
#include "wire/plan_modbus.h"
#include "wire/record.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct c_modbus_unit;

/* What units need from outside; all MUST be set. As the frame's functions of these names. */
struct c_modbus_host {
	void *context;
	void (*put_meter)(void *context, uint32_t device, uint32_t meter, const struct meter_info *info);
	void (*mark_changed)(void *context, uint32_t device);
	void (*end_read)(void *context, uint32_t device, enum device_state state, uint32_t latency_us, const struct sample *sample,
			 size_t count);
};

/* What all units share; borrowed for their life. */
struct c_modbus_shared {
	const struct plan_modbus *plan;
	struct c_modbus_host host;
	struct sample *sample; /* C_MODBUS_SHAPE_SAMPLES_MAX */
};

/* How a request ended. */
enum c_modbus_outcome {
	C_MODBUS_GOT_ANSWER = 0,
	C_MODBUS_GOT_EXCEPTION,
	C_MODBUS_GOT_NOTHING, /* in time */
	C_MODBUS_GOT_GARBAGE, /* something that is not the answer */
	C_MODBUS_GOT_LOST,    /* the link was lost meanwhile */
};

/* Unit of device `number` of the plan. NULL when out of memory. */
struct c_modbus_unit *c_modbus_unit_new(const struct c_modbus_shared *shared, uint32_t number) MUST_CHECK;
struct c_modbus_unit *c_modbus_unit_free(struct c_modbus_unit *unit);

/* Begins a reading; it ends by itself with host.end_read. failed_count > 0: one request and one try tell whether it is back. */
void c_modbus_unit_begin(struct c_modbus_unit *unit, uint32_t failed_count, int64_t now_boot_ns);

/* A reading is going on. */
bool c_modbus_unit_is_reading(const struct c_modbus_unit *unit) MUST_CHECK;

/* The next request; not before *not_before_ns (a busy unit is left alone). false: the reading has ended. */
bool c_modbus_unit_next(struct c_modbus_unit *unit, struct c_modbus_request *request, int64_t *not_before_ns,
			int64_t now_boot_ns) MUST_CHECK;

/* The request was sent, for the latency. */
void c_modbus_unit_sent(struct c_modbus_unit *unit, int64_t now_boot_ns);

/*
 * What became of it. `answer` only with an answer or an exception. false: it was none that can be believed, and a true one may still come: the
 * line has to be listened to.
 */
bool c_modbus_unit_take(struct c_modbus_unit *unit, enum c_modbus_outcome outcome, const struct c_modbus_answer *answer,
			int64_t now_boot_ns);

/* Something came that it was not asked for, between two requests of its reading. */
void c_modbus_unit_disturb(struct c_modbus_unit *unit);

/* There is no way to it: the reading ends with these words. */
void c_modbus_unit_fail(struct c_modbus_unit *unit, enum device_state state, const char *reason);

/* ms: how long its answer may take, how long to keep silent between requests, and after a lost answer. */
uint32_t c_modbus_unit_timeout_ms(const struct c_modbus_unit *unit) MUST_CHECK;
uint32_t c_modbus_unit_gap_ms(const struct c_modbus_unit *unit) MUST_CHECK;
uint32_t c_modbus_unit_quiet_ms(const struct c_modbus_unit *unit) MUST_CHECK;

/* It failed, or two answers of it were lost, in this reading and the one before. One may have been lost for another unit's sake. */
bool c_modbus_unit_is_troubled(const struct c_modbus_unit *unit) MUST_CHECK;

/* After the request that is out, this reading has another one. */
bool c_modbus_unit_has_more(const struct c_modbus_unit *unit) MUST_CHECK;

/* Its number on the line, 0..255. */
uint8_t c_modbus_unit_address(const struct c_modbus_unit *unit) MUST_CHECK;

/* Its number in the plan; for frame_collector.describe. */
uint32_t c_modbus_unit_number(const struct c_modbus_unit *unit) MUST_CHECK;
void c_modbus_unit_describe(const struct c_modbus_unit *unit, struct wire_device *out);

#endif
