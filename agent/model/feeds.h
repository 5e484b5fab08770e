/* SPDX-License-Identifier: Apache-2.0 */
/*
 * feeds: what feeds a device, as one text: "ups-1" (all that the device ups-1 meters), "pdu-a/outlet/7" (that meter of it), or several
 * joined by commas for a device with several supplies. Pure.
 */
#ifndef WATTLEDGER_MODEL_FEEDS_H
#define WATTLEDGER_MODEL_FEEDS_H

#include "model/meter.h"

#include <stdbool.h>
#include <stddef.h>

enum { FEEDS_MAX = 4, FEEDS_ID_BYTES = 64, FEEDS_BYTES = FEEDS_MAX * (FEEDS_ID_BYTES + METER_KEY_BYTES) };

struct feed {
	char device[FEEDS_ID_BYTES];
	char key[METER_KEY_BYTES]; /* "" the device's total */
};

/* Splits "DEVICE" or "DEVICE/KEY"; false: the id is none, or it is too long, or the key has a comma or is no clean text. */
bool feed_parse(struct feed *out, const char *text, size_t bytes) MUST_CHECK;

/* All of a text, up to FEEDS_MAX; SIZE_MAX: it is not such a text. "" gives 0. */
size_t feeds_parse(struct feed out[static FEEDS_MAX], const char *text) MUST_CHECK;

#endif
