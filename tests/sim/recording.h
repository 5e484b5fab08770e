/* SPDX-License-Identifier: Apache-2.0 */
/*
 * recording: a device as somebody recorded it, made into a tree that the simulated agent serves. Read are lines of `OID|tag|value` (.snmprec:
 * tag is the type's number in BER, with an x behind it when the value is hexadecimal) and the lines of `snmpwalk -On`, of any device.
 */
#ifndef WATTLEDGER_SIM_RECORDING_H
#define WATTLEDGER_SIM_RECORDING_H

#include "base/err.h"
#include "model.h"

#include <stddef.h>

enum { SIM_RECORDING_BYTES_MAX = 64 << 20, SIM_RECORDING_NAME_BYTES = 32 };

/* What a tree of a recording owns besides its instances. */
struct sim_recording {
	struct sim_model model;
	struct sim_column *column; /* one a variable */
	size_t column_count;
	size_t column_capacity;
	char *text; /* the file, with the values in place */
	char name[SIM_RECORDING_NAME_BYTES];
	size_t skipped_count; /* lines that are no variable */
	size_t skipped_line;  /* the first of them, 1-based */
};

/*
 * Reads a file into a tree, whose `recording` then owns the rest. Lines need no order; of two with one OID the later stands. Lines that are
 * no variable are counted and left out. Errors: ERR_IO, ERR_LIMIT, ERR_MEMORY, ERR_DATA (there is no variable in it). Release with
 * sim_tree_deinit.
 */
enum err sim_recording_load(struct sim_tree *tree, const char *path, struct err_info *info) MUST_CHECK;

/* Called by sim_tree_deinit. Returns NULL. */
struct sim_recording *sim_recording_free(struct sim_recording *recording);

#endif
