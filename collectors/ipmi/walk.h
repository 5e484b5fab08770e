/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * walk: all sensor data records of a BMC, one step after the other, so that a slow BMC (some need minutes) is walked over several reads.
 * Pure: it says what to ask next and takes the answers. Whatever a BMC answers, a walk ends: records, repeated steps and their bytes have
 * bounds, and a part without bytes is an error.
 */
#ifndef WATTLEDGER_IPMI_WALK_H
#define WATTLEDGER_IPMI_WALK_H

#include "ipmi/sdr.h"

#include <stdbool.h>
#include <stdint.h>

enum { C_IPMI_WALK_RECORDS_MAX = 1024 };

enum c_ipmi_walk_phase { C_IPMI_WALK_RESERVE = 0, C_IPMI_WALK_PART, C_IPMI_WALK_DONE };

/* Zero-initialised: at the start. */
struct c_ipmi_walk {
	enum c_ipmi_walk_phase phase;
	uint16_t reservation;
	uint16_t record; /* being read; the first is 0 */
	uint16_t next;   /* behind it */
	uint16_t record_count;
	uint16_t trouble_count; /* lost reservations and smaller parts */
	uint16_t have_bytes;    /* of it, in bytes[] */
	uint8_t part_bytes;     /* asked at once; 0: the default */
	uint8_t bytes[C_IPMI_RECORD_BYTES];
	struct c_ipmi_sensor sensor[C_IPMI_SENSORS_MAX];
	uint8_t sensor_count;
};

/* What to ask next; false: the walk is done. */
bool c_ipmi_walk_next(struct c_ipmi_walk *walk, struct c_ipmi_request *request) MUST_CHECK;

/* Takes the answer to that, with any completion code. */
void c_ipmi_walk_take(struct c_ipmi_walk *walk, const struct c_ipmi_answer *answer);

#endif
