/* SPDX-License-Identifier: Apache-2.0 */
/* replay_meter: the meters of a trace: announced when they first appear, described by the device's driver where it knows them. */
#ifndef WATTLEDGER_RUN_REPLAY_METER_H
#define WATTLEDGER_RUN_REPLAY_METER_H

#include "base/err.h"
#include "model/sample.h"
#include "run/books.h"
#include "settings/settings.h"

#include <stddef.h>

struct replay_meters;

/* `settings` is borrowed. ERR_MEMORY. */
enum err replay_meters_new(struct replay_meters **out, const struct settings *settings) MUST_CHECK;
struct replay_meters *replay_meters_free(struct replay_meters *meters);

/* A new boot: all are to be announced again. */
void replay_meters_forget(struct replay_meters *meters);

/*
 * Before the samples of a read are put: tells `books` which driver reads the device and what serial number it has (when the read says one, and
 * once a boot; `serial` NULL: as the trace said last), then which meters are new. Errors: those of books_put_device() and books_put_meter().
 */
enum err replay_meters_tell(struct replay_meters *meters, struct books *books, uint32_t device, const char *serial,
			    struct err_info *info) MUST_CHECK;

/* The cells of a row that say what was read. */
struct replay_cell {
	const char *meter;
	const char *quantity; /* power_w, energy_j, energy_out_j, raw_counter, uptime_s, bytes */
	const char *value;
	const char *wrong; /* after an error: the one of the three that it is about */
};

/*
 * Fills meter, quantity, raw and value of *sample, with a number for the meter when it is new (a device's sum before its first summand).
 * `device` is the index in the core plan. Counters: raw_counter in the driver's steps (1 J where no driver says otherwise), energy_j with up
 * to three decimals. Errors: ERR_DATA for a cell that cannot be; those of books_put_meter().
 */
enum err replay_meters_sample(struct replay_meters *meters, struct books *books, uint32_t device, struct replay_cell *cell,
			      struct sample *sample, struct err_info *info) MUST_CHECK;

/* Samples of one read into the order that books expects: the device's own first, then by meter. */
void replay_sort_samples(struct sample *samples, size_t count);

#endif
