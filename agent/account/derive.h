/* SPDX-License-Identifier: Apache-2.0 */
/* account/derive: the interval of a device total that is the sum of its summand meters. Pure. */
#ifndef WATTLEDGER_ACCOUNT_DERIVE_H
#define WATTLEDGER_ACCOUNT_DERIVE_H

#include "base/err.h"
#include "model/interval.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Sums the rows of one slot: `rows` are the `count` summand meters' intervals of that slot, each the sum of its revisions
 * (interval_add), in any order. Energies add by coverage. Time is that in which every row was covered at least so well: of the classes
 * from best to worst (measured, bridged, manual, estimated, static) the running sum's minimum over the rows. Returns false, with
 * only INTERVAL_PARTIAL in out->status_bits, when fewer than `expected` rows are there: unknown is never zero. *out has rev 0, no
 * more time than a slot, and no raw evidence.
 */
bool account_derive_total(const struct interval *rows, size_t count, size_t expected, struct interval *out) MUST_CHECK;

/*
 * after - before, as a revision: *out gets the signed difference with rev = rev_before + 1, INTERVAL_LATE, and the bits of `after`.
 * false when nothing differs (energies, times): then nothing is to be stored.
 */
bool account_derive_revision(const struct interval *before, const struct interval *after, int32_t rev_before,
			     struct interval *out) MUST_CHECK;

/* A sum that is being collected while its rows close one after the other: at most DERIVE_OPEN_MAX slots at a time. */
enum { DERIVE_OPEN_MAX = 4 };

struct derive_slot {
	int64_t start_s;
	int64_t millij[COVERAGE_COUNT];
	int64_t least_ms[COVERAGE_COUNT]; /* running sums, best class first */
	uint32_t bits;
	uint32_t row_count;
	bool is_revised; /* a row of it was revised meanwhile */
};

struct account_derive {
	struct derive_slot slot[DERIVE_OPEN_MAX];
	uint32_t slot_count;
};

enum derive_outcome {
	DERIVE_WAITING = 0, /* more rows are expected */
	DERIVE_COMPLETE,    /* *out is the total's interval, rev 0 */
	DERIVE_REVISE,      /* rows of it were revised: compute it from the ledger's rows (account_derive_total) */
	DERIVE_DROPPED,     /* as WAITING, and an older incomplete slot was let go for it (*out: only its slot and INTERVAL_PARTIAL) */
};

/* Adds the interval of one summand. `expected`: rows that the total needs (> 0). */
enum derive_outcome account_derive_add(struct account_derive *derive, const struct interval *row, uint32_t expected,
				       struct interval *out) MUST_CHECK;

/*
 * A slot's total was computed from the ledger's rows: what had been collected of it will never be complete. true: there was something, and rows of
 * it may not be in the ledger yet.
 */
bool account_derive_forget(struct account_derive *derive, int64_t slot_start_s) MUST_CHECK;

/* What is open of a sum, as account_book_save and _load do it; DERIVE_BYTES_MAX are enough. */
enum { DERIVE_BYTES_MAX = 560 };
size_t account_derive_save(const struct account_derive *derive, uint8_t *bytes, size_t size) MUST_CHECK;
enum err account_derive_load(struct account_derive *derive, const uint8_t *bytes, size_t size, struct err_info *info) MUST_CHECK;

#endif
