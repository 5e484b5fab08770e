/* SPDX-License-Identifier: Apache-2.0 */
/*
 * model: what a kind of simulated device answers. A model is a const table of columns (MIB objects) in OID order; a tree is the
 * table with its rows written out, in OID order, made once and shared by all devices of the model. What a device's numbers are at
 * a moment is device.h's part.
 */
#ifndef WATTLEDGER_SIM_MODEL_H
#define WATTLEDGER_SIM_MODEL_H

#include "base/err.h"
#include "ber.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	SIM_INSTANCE_ARCS_MAX = 64, /* recorded devices have texts in their indices */
	SIM_INSTANCE_BER_BYTES = 160,
	SIM_PREFIX_MAX = 2,
	SIM_PARTS_MAX = 1000,
};

/* What a column shows. Measured values stand from SIM_WHAT_POWER on; they are SI, divided by the column's step. */
enum sim_what {
	SIM_WHAT_TEXT,           /* the column's text */
	SIM_WHAT_NUMBER,         /* the column's number */
	SIM_WHAT_RECORDED,       /* the column's text or number, as a real device answered */
	SIM_WHAT_OBJECT_ID,      /* the column's text, sent as an OBJECT IDENTIFIER */
	SIM_WHAT_UPTIME,         /* 0.01 s since the device's start */
	SIM_WHAT_NAME,           /* the device's name */
	SIM_WHAT_SERIAL,         /* its serial number */
	SIM_WHAT_PART,           /* number of the row's part, from 1 */
	SIM_WHAT_PART_NAME,      /* the column's text with that number behind it */
	SIM_WHAT_SENSOR,         /* the value of the row's sensor */
	SIM_WHAT_SENSOR_UNIT,    /* its unit code */
	SIM_WHAT_SENSOR_DIGITS,  /* its decimal digits */
	SIM_WHAT_POWER,          /* W */
	SIM_WHAT_POWER_INPUT,    /* W, before the losses of a UPS */
	SIM_WHAT_POWER_APPARENT, /* VA */
	SIM_WHAT_POWER_FACTOR,   /* ratio */
	SIM_WHAT_VOLTAGE,        /* V */
	SIM_WHAT_CURRENT,        /* A */
	SIM_WHAT_FREQUENCY,      /* Hz */
	SIM_WHAT_TEMPERATURE,    /* degrees Celsius */
	SIM_WHAT_LOAD,           /* share of the rated power */
	SIM_WHAT_ENERGY,         /* J, a counter */
	SIM_WHAT_BYTES_IN,       /* bytes, a counter */
	SIM_WHAT_BYTES_OUT,      /* bytes, a counter */
};

/* One kind of sensor in a table whose last index arc is the sensor's type (PDU2-MIB). */
struct sim_sensor {
	uint32_t type; /* the index arc */
	enum sim_what what;
	double step;     /* SI units of one raw count */
	int32_t unit;    /* what SIM_WHAT_SENSOR_UNIT shows */
	uint32_t digits; /* what SIM_WHAT_SENSOR_DIGITS shows */
};

/* The rows of a table: index = prefix, part number (1 .. part_count), sensor type when there are sensors. */
struct sim_rows {
	uint32_t prefix[SIM_PREFIX_MAX];
	size_t prefix_count;
	size_t part_count; /* 1 .. SIM_PARTS_MAX; each part takes its share of the device's rate */
	const struct sim_sensor *sensors;
	size_t sensor_count;
};

/* One MIB object. */
struct sim_column {
	const char *oid;             /* without index */
	const struct sim_rows *rows; /* NULL: a scalar (index .0) */
	uint8_t tag;                 /* enum ber_tag */
	uint8_t bits;                /* of a counter: it goes on at 0 after 2^bits - 1 */
	enum sim_what what;
	double step; /* SI units of one raw count; 0 is taken as 1 */
	const char *text;
	size_t text_bytes; /* SIM_WHAT_RECORDED: it may hold zeros */
	int64_t number;    /* SIM_WHAT_RECORDED: a counter above 2^63 is its bits */
};

struct sim_model {
	const char *name;
	const char *prefix; /* of the device's name and serial number */
	const struct sim_column *columns;
	size_t column_count;
	const char *total_counter; /* OID of the column that is the device's own energy counter; NULL when it has none */
	uint32_t power_min_w;      /* range of the devices' mean power */
	uint32_t power_max_w;
	uint32_t bytes_per_s_min; /* the same of their traffic; 0 when they have none */
	uint32_t bytes_per_s_max;
};

/* One variable: a column's row. */
struct sim_instance {
	const struct sim_column *column;
	const struct sim_sensor *sensor; /* NULL outside sensor tables */
	size_t part;                     /* 0-based */
	double share;                    /* of the device's rate; the shares of all parts add up to 1 */
	size_t column_arc_count;         /* arcs before the index */
	size_t arc_count;
	uint32_t arcs[SIM_INSTANCE_ARCS_MAX];
	size_t ber_bytes;
	uint8_t ber[SIM_INSTANCE_BER_BYTES]; /* its OBJECT IDENTIFIER element, ready to send */
};

struct sim_recording;

struct sim_tree {
	const struct sim_model *model;
	struct sim_instance *instances;
	size_t count;
	size_t total;                    /* index of the model's total counter; count when it has none */
	struct sim_recording *recording; /* owned; NULL for a model of ours */
};

/* The model of that name; NULL when there is none. */
const struct sim_model *sim_model_find(const char *name) MUST_CHECK;

/* The names of all models, ended by NULL. */
const char *const *sim_model_names(void) MUST_CHECK;

/* Writes out the rows. Errors: ERR_MEMORY, ERR_DATA (a column out of order or malformed). Release with sim_tree_deinit. */
enum err sim_tree_init(struct sim_tree *tree, const struct sim_model *model, struct err_info *info) MUST_CHECK;
void sim_tree_deinit(struct sim_tree *tree);

/* Index of the first instance behind the OID; tree->count when there is none. */
size_t sim_tree_next(const struct sim_tree *tree, const uint32_t *arcs, size_t arc_count) MUST_CHECK;

/* Index of the instance with exactly that OID; tree->count when there is none. */
size_t sim_tree_find(const struct sim_tree *tree, const uint32_t *arcs, size_t arc_count) MUST_CHECK;

/* true when the OID lies in a column that the tree has (RFC 3416 section 4.2.1: noSuchInstance rather than noSuchObject). */
bool sim_tree_has_object(const struct sim_tree *tree, const uint32_t *arcs, size_t arc_count) MUST_CHECK;

/* true for what only counts up. */
bool sim_what_is_counter(enum sim_what what) MUST_CHECK;

/* What an instance shows: its column's or its sensor's. */
enum sim_what sim_instance_what(const struct sim_instance *instance) MUST_CHECK;

#endif
