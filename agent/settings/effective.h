/* SPDX-License-Identifier: Apache-2.0 */
/*
 * effective: a configuration as it is in force, all its files as one, each value with the place that it comes from. Of passwords, tokens and
 * communities only a reference (@file:..., @cred:...) is shown.
 */
#ifndef WATTLEDGER_SETTINGS_EFFECTIVE_H
#define WATTLEDGER_SETTINGS_EFFECTIVE_H

#include "base/buf.h"
#include "settings/problems.h"
#include "settings/schema.h"

#include <stdbool.h>

enum { EFFECTIVE_BYTES_MAX = 64 << 20 };

/* Filled while settings_load() reads with problems->watch = &effective.watch. */
struct effective {
	struct schema_watch watch;
	const struct problems *problems; /* for the names of the files */
	bool has_defaults;               /* values that are written nowhere are shown too, as "default" */
	struct schema_where defaults;    /* nodes of defaults: */
	struct buf head;                 /* what is there once */
	struct buf sites;
	struct buf devices;
	struct buf outputs;
	struct buf series;
};

/* Begins: sets problems->watch. `effective` stays where it is until effective_deinit(). */
void effective_init(struct effective *effective, struct problems *problems, bool has_defaults);
void effective_deinit(struct effective *effective, struct problems *problems);

/* Adds all of it to `out` as YAML that can be read again, but for the values that are hidden. Failing: out->is_failed. */
void effective_print(const struct effective *effective, struct buf *out);

#endif
