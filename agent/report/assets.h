/* SPDX-License-Identifier: Apache-2.0 */
/*
 * assets: hardware as it was entered (`enter asset`): its mass, when it came and went, and what making it emitted. The last is spread over its life
 * in a straight line, a management figure beside the inventory, which has it in the year of purchase (scope 3, category 2); so it is in no scope
 * and no sum with one.
 *
 *   commissioned_mass  kg, of an instant     disposed_mass  kg, of an instant; note: route=, what became of it
 *   embodied           kg CO2e, from the day it came to the day its life is over; a disposal of the same asset before that ends it
 *
 * An asset is a node, and the serial that the notes of its entries may give ("serial=5A1").
 */
#ifndef WATTLEDGER_REPORT_ASSETS_H
#define WATTLEDGER_REPORT_ASSETS_H

#include "base/err.h"
#include "report/entered.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ASSET_KIND "asset"
#define ASSET_COMMISSIONED "commissioned_mass"
#define ASSET_DISPOSED "disposed_mass"
#define ASSET_EMBODIED "embodied"

enum { ASSET_TEXT_BYTES = 96 };

/* Of a row of totals. */
struct report_assets {
	size_t mass_count;     /* entries of masses below it */
	int64_t mass_micro_kg; /* what came and did not go by the end of the period */
	size_t embodied_count; /* entries of what making emitted, of whose life some is in the period */
	int64_t embodied_mg;
};

/* An asset. Texts are borrowed from its entries; serial and route are copies, "" not said. */
struct report_asset {
	const char *node;
	char serial[ASSET_TEXT_BYTES];
	char route[ASSET_TEXT_BYTES];
	bool has_mass;
	bool has_disposed;
	int64_t commissioned_ms; /* 0: nobody said */
	int64_t disposed_ms;     /* 0: not gone */
	int64_t mass_micro_kg;
	int64_t disposed_micro_kg;
	int64_t embodied_mg;  /* of its whole life */
	int64_t life_from_ms; /* 0: nobody said */
	int64_t life_to_ms;
	int64_t period_mg; /* of the period */
	size_t entry_count;
};

/* Those of a site, in the order in which they were first entered; yours: mem_free(). ERR_MEMORY. */
enum err report_assets_list(struct report_asset **out, size_t *count, const struct report_entered *entered, const struct report_site *site,
			    struct err_info *info) MUST_CHECK;

/* What of a life is in [start_ms, end_ms), by time, half to even; a disposal (0: none) ends it. */
int64_t report_assets_share(const struct report_asset *asset, int64_t start_ms, int64_t end_ms) MUST_CHECK;

/* Adds an asset to a sum. end_ms: of the period. */
void report_assets_add(struct report_assets *sum, const struct report_asset *asset, int64_t end_ms);

/* The value of a key in "serial=5A1; route=recycler"; "" when it is not there, or too long. */
void report_assets_term(char out[static ASSET_TEXT_BYTES], const char *note, const char *key);

/* Whether an asset's node is a device of a site, or one of its meters. */
bool report_assets_is_of(const char *asset_node, const char *site, const char *device) MUST_CHECK;

#endif
