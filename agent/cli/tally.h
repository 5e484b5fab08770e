/* SPDX-License-Identifier: Apache-2.0 */
/* tally: what each source came to while the agent ran in the foreground, from its status documents. Slots that are not closed yet count too. */
#ifndef WATTLEDGER_CLI_TALLY_H
#define WATTLEDGER_CLI_TALLY_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct plan_core;

enum { TALLY_ID_BYTES = 64 };

struct tally_source {
	char site[TALLY_ID_BYTES];
	char device[TALLY_ID_BYTES];
	bool is_in_total;
	bool has_energy;
	int64_t first_millij; /* running totals of the ledger */
	int64_t last_millij;
	bool has_factor;
	int64_t microg_per_kwh; /* of its site */
};

/* Zero-initialised it is empty. is_fresh: the ledger began with this run, so energy counts from 0 and not from what was first seen. */
struct tally {
	struct tally_source *source;
	size_t count;
	size_t capacity;
	bool is_fresh;
};

/* Frees it and leaves it empty. */
void tally_deinit(struct tally *tally);

/* Takes a status document. Errors: ERR_DATA, ERR_MEMORY. */
enum err tally_update(struct tally *tally, const char *text, size_t bytes, struct err_info *info) MUST_CHECK;

/* Gives the factors of `core`'s sites for a calendar year to the sources whose documents named none. */
void tally_use_factors(struct tally *tally, const struct plan_core *core, int32_t year);

/* Energy of a source in this run, mJ; and its location-based emissions in mg. false: unknown. */
bool tally_energy_millij(const struct tally *tally, const struct tally_source *source, int64_t *millij) MUST_CHECK;
bool tally_carbon_mg(const struct tally *tally, const struct tally_source *source, int64_t *mg) MUST_CHECK;

/* A line a source, and the sum of those that count. Errors: ERR_IO, ERR_MEMORY. */
enum err tally_print(const struct tally *tally, FILE *out, struct err_info *info) MUST_CHECK;

#endif
