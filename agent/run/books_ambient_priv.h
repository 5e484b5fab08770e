/* SPDX-License-Identifier: Apache-2.0 */
/* books_ambient_priv: readings that are no energy: rooms, batteries, tanks, states. They go out as points; litres used alone are booked too. */
#ifndef WATTLEDGER_RUN_BOOKS_AMBIENT_PRIV_H
#define WATTLEDGER_RUN_BOOKS_AMBIENT_PRIV_H

#include "base/json.h"
#include "model/sample.h"
#include "output/openmetrics.h"

#include <stdbool.h>
#include <stdint.h>

struct books;
struct books_meter;

/* The latest of a meter; NaN where there is none. The names are those of enum quantity. */
struct books_ambient {
	double temperature_c;
	double humidity_ratio;
	double soc_ratio;
	double level_l;
	double used_l; /* counted by the device, since it was new or reset */
	double run_s;
	double state;
	int64_t boot_ns; /* of the read that it is of */
	int64_t minute;  /* UTC minute of the last point, for send: minute */
};

/* All unknown. */
void books_ambient_clear(struct books_ambient *ambient);

/* Puts a sample's value in when it is one of these. */
void books_ambient_put(struct books_ambient *ambient, const struct sample *sample);

/* A meter's read: keeps what it has, and writes its points. Nothing known: nothing is done. */
void books_take_ambient(struct books *books, struct books_meter *meter, const struct books_ambient *read);

/* The UTC time of a sample on its schedule's grid, so that the same poll has the same time however late its answer came; false: no points now. */
bool books_point_time(const struct books *books, const struct books_meter *meter, int64_t boot_ns, int64_t *utc_ms) MUST_CHECK;

/* Adds "readings": [...], one for each meter of the device that has such; old ones (three intervals) are left out. */
struct books_device;
void books_add_readings(const struct books_device *device, struct json *json, int64_t now_boot_ns);

/* Adds their families to a scrape, those without a value too. */
void books_add_ambient_metrics(const struct books *books, struct openmetrics *metrics, int64_t now_boot_ns);

#endif
