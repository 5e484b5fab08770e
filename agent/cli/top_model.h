/* SPDX-License-Identifier: Apache-2.0 */
/* top_model: what `wattledger top` knows: each source's newest figures and its power over the last readings. Pure: no clock, no screen. */
#ifndef WATTLEDGER_CLI_TOP_MODEL_H
#define WATTLEDGER_CLI_TOP_MODEL_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TOP_HISTORY = 120, TOP_ID_BYTES = 64, TOP_TEXT_BYTES = 160 };

/* Energy and location-based emissions of today's closed slots. */
struct top_today {
	bool has_energy;
	bool has_carbon;
	int64_t millij;
	int64_t mg;
};

struct top_row {
	char site[TOP_ID_BYTES];
	char device[TOP_ID_BYTES]; /* "" for a site's own row */
	char state[TOP_ID_BYTES];
	char reason[TOP_TEXT_BYTES]; /* why it gives nothing; of a site also what is known of its power */
	bool is_in_total;
	bool is_seen; /* in the newest document */
	bool has_power;
	double power_w;
	struct top_today today;
	float history_w[TOP_HISTORY]; /* a ring; NAN: unknown then */
};

enum top_sort { TOP_BY_POWER = 0, TOP_BY_ENERGY, TOP_BY_NAME, TOP_BY_STATE, TOP_SORT_COUNT };

/* Zero-initialised it is empty. */
struct top_model {
	struct top_row *site;
	size_t site_count;
	size_t site_capacity;
	struct top_row *row; /* sources, in the order of the document */
	size_t row_count;
	size_t row_capacity;
	size_t *order; /* row_count indices, as they are to be shown; filled by top_model_sort() */
	size_t order_count;
	size_t order_capacity;
	size_t history_count; /* documents taken, at most TOP_HISTORY */
	size_t history_next;  /* where the next one goes */
	char verdict[TOP_ID_BYTES];
	char reason[TOP_TEXT_BYTES]; /* the first one; "" none */
	char utc[TOP_ID_BYTES];
	char ledger_path[4096];
	size_t up_count;
};

/* Frees it and leaves it empty. */
void top_model_deinit(struct top_model *model);

/* Takes a status document: figures, and one more place of history. Errors: ERR_DATA, ERR_MEMORY, ERR_LIMIT. */
enum err top_model_take(struct top_model *model, const char *text, size_t bytes, struct err_info *info) MUST_CHECK;

/* Forgets today's figures of all rows; then sets those of one. A row that is not known is left out. device "" for a site. */
void top_model_clear_today(struct top_model *model);
void top_model_set_today(struct top_model *model, const char *site, const char *device, const struct top_today *today);

/* Fills `order`: the largest first, or names and states by the alphabet; unknown last. Sources that are gone are left out. ERR_MEMORY. */
enum err top_model_sort(struct top_model *model, enum top_sort sort, bool is_reversed, bool only_counting,
			struct err_info *info) MUST_CHECK;

/* Power of the reading that was `age` (0: newest) documents ago; NAN when unknown. */
float top_model_history_w(const struct top_model *model, const struct top_row *row, size_t age) MUST_CHECK;

#endif
