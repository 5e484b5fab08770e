/* SPDX-License-Identifier: Apache-2.0 */
/* driver_was: `was:` of a driver's meter: the keys that earlier editions of the driver gave it, so that its history goes on. */
#ifndef WATTLEDGER_SETTINGS_DRIVER_WAS_H
#define WATTLEDGER_SETTINGS_DRIVER_WAS_H

#include "model/meter.h"
#include "settings/problems.h"
#include "settings/yaml.h"

/*
 * Reads one key, or a list of 1 to METER_WAS_MAX of them, the last one first, into `was` (the rest stays ""). A key with {} goes with former
 * ones that have {}, or {index} where `has_index`. What is wrong becomes a problem.
 */
void driver_read_was(struct problems *problems, const struct yaml_node *node, const char *key, bool has_index,
		     char was[METER_WAS_MAX][METER_KEY_BYTES]);

/* A problem at `place` for each former key that is `other`: that meter is still there. */
void driver_check_was(struct problems *problems, struct place place, const char *key, const char was[METER_WAS_MAX][METER_KEY_BYTES],
		      const char *other);

#endif
