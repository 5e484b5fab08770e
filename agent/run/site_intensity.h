/* SPDX-License-Identifier: Apache-2.0 */
/*
 * site_intensity: energy against the octets of the users' ports, by slot of a site, so that dashboards only sum over time: energy per octet is
 * the sum of energy_j over the sum of uni_bytes. A slot counts only when every meter that counts in the total and every such port covered
 * it, but for a hundredth of it in all; else it gives no point, since nobody knows which of the octets belong to which energy. What comes
 * later goes out as signed differences, a slot that stops to count as its negative. Pure.
 *
 * Slots that are older than the SITE_INTENSITY_OPEN_MAX newest ones are forgotten, and later differences of them with it: the ledger has them.
 */
#ifndef WATTLEDGER_RUN_SITE_INTENSITY_H
#define WATTLEDGER_RUN_SITE_INTENSITY_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SITE_INTENSITY_OPEN_MAX = 16, SITE_INTENSITY_BYTES_MAX = 16 * 112 + 12 };

/* What a point says. */
struct site_intensity_figures {
	int64_t energy_j;
	int64_t uni_bytes; /* received and sent */
	int64_t location_mg;
	int64_t valid_s;
};

struct site_intensity_slot {
	int64_t slot_start_s;
	struct site_intensity_figures sum;  /* of all rows; valid_s unused */
	struct site_intensity_figures sent; /* of all points so far */
	int64_t energy_missing_ms;          /* time of the slot that meters did not cover, added up */
	int64_t octets_missing_ms;          /* the same of ports, by direction */
	uint32_t energy_count;              /* meters, and ports by direction, that closed the slot */
	uint32_t octets_count;
	uint32_t no_location_count; /* rows of energy without emissions */
	bool is_sent;               /* a point went out */
	bool is_due;                /* something came since it was looked at */
	bool is_used;
};

struct site_intensity {
	struct site_intensity_slot slot[SITE_INTENSITY_OPEN_MAX];
	int32_t last_rev; /* of the point that was sent last as a revision: no two of a site have the same, whatever the clock does */
	bool is_changed;  /* since it was saved */
};

/* One interval (rev 0, or a revision's differences) of a meter that counts, or of one direction of a port at the users' side. */
struct site_intensity_row {
	int64_t slot_start_s;
	int64_t amount; /* joules or octets */
	int64_t location_mg;
	int64_t covered_ms;
	bool is_octets;
	bool has_location;
	bool is_first; /* rev 0 */
};

/* How many rows a slot has when it is complete, and how long it is. */
struct site_intensity_rules {
	uint32_t energy_count;
	uint32_t octets_count;
	int32_t slot_s;
};

/* A point that is to be written: differences since the slot's last one; has_location false: its emissions are not known. rev as in site_totals. */
typedef void site_intensity_send(void *context, int64_t slot_start_s, int32_t rev, const struct site_intensity_figures *figures,
				 bool has_location);

/* Adds a row. Nothing is sent before site_intensity_flush(). */
void site_intensity_add(struct site_intensity *intensity, const struct site_intensity_row *row, const struct site_intensity_rules *rules);

/* Sends what is complete, or changed since it was sent; slots that ended before `due_s` are not waited for. */
void site_intensity_flush(struct site_intensity *intensity, const struct site_intensity_rules *rules, int64_t due_s,
			  site_intensity_send *send, void *context);

/* What the points of the newest slots add up to so far; uni_bytes 0: there is none. location_mg 0 too when emissions are not known. */
struct site_intensity_figures site_intensity_newest(const struct site_intensity *intensity) MUST_CHECK;

/* As bytes (0: nothing is kept), and back. ERR_DATA: not such bytes; *intensity is empty then. */
size_t site_intensity_save(const struct site_intensity *intensity, uint8_t bytes[static SITE_INTENSITY_BYTES_MAX]) MUST_CHECK;
enum err site_intensity_load(struct site_intensity *intensity, const uint8_t *bytes, size_t size, struct err_info *info) MUST_CHECK;

#endif
