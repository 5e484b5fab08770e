/* SPDX-License-Identifier: Apache-2.0 */
/*
 * register: what there was to measure in a period: the sites with the period's bounds in their own zones, and every register row of their
 * meters. Loaded once, then a report is arithmetic over it.
 *
 * A local midnight is where the zone's rules put it today, whatever they were when its rows were booked; but one that bounds a statement stays
 * where that has it, for the periods beside it too. So totals of periods that follow each other add up, and no sealed one changes.
 */
#ifndef WATTLEDGER_REPORT_REGISTER_H
#define WATTLEDGER_REPORT_REGISTER_H

#include "base/err.h"
#include "ledger/rows.h"
#include "model/period.h"
#include "report/indicators.h"
#include "report/sealed.h"

#include <stddef.h>
#include <stdint.h>

struct ledger_entry;
struct report_correction;
struct zone;

/* What is asked for. Texts are borrowed. */
struct report_request {
	const char *period;    /* as period_parse() understands it, each site in its own zone */
	const char *site;      /* id of one site; NULL: all */
	int64_t now_utc_ms;    /* what "today" means; time after it is not expected to be covered */
	const char *zone_root; /* folder of the zone files; NULL: the system's */
	bool is_unsealed;      /* what the ledger says today, also where the period is sealed */
	const char *edition;   /* with is_unsealed: the edition to take factors from, NULL the newest */
	/* Entries that count as if they had been entered. */
	const struct ledger_entry *pending;
	size_t pending_count;
};

struct report_site {
	uint32_t site_id;
	const char *id; /* these four as last described in the register; borrowed from it */
	const char *name;
	const char *grid_zone;
	const char *time_zone;
	const char *facts;    /* for an auditor (model/facts.h); borrowed likewise */
	uint8_t fiscal_month; /* with which its fiscal years begin */
	struct zone *zone;
	struct period period;
	struct period_span span;     /* UTC seconds */
	struct report_sealed sealed; /* filled by report_totals_make() */
	size_t first_entry;          /* its entries: first_entry .. first_entry + entry_count - 1 */
	size_t entry_count;
	size_t first_entered; /* what was entered by hand for it: likewise in report_totals.entered */
	size_t entered_count;
	struct report_indicators indicators; /* filled by report_totals_make() */
};

/* What corrections may change of a row, as it was written. */
struct report_stored {
	enum role role;
	bool is_in_total;
	uint8_t phase;
};

/* A register row as it is to be read. */
struct report_entry {
	struct ledger_register_row row;
	char *text; /* the row's texts, owned; NULL: they are those of another piece of the same row */
	struct report_stored stored;
	bool is_corrected; /* its role, in_total or phase */
};

/* A device that had no meter by the end of the period: what it is, in a row without a meter. */
struct report_meterless {
	struct report_entry entry;
	bool has_answered; /* a sensor; else nobody could read it, and it is missing in every figure */
};

/*
 * Entries hold the whole history (every row that was ever in force) of the sites, in the ledger's order: site, device, key, quantity,
 * valid_from.
 */
struct report_register {
	struct report_site *site;
	size_t site_count;
	size_t site_capacity;
	struct report_entry *entry;
	size_t entry_count;
	size_t entry_capacity;
	struct report_meterless *meterless; /* by site and device; those of sites that have no meter at all are last */
	size_t meterless_count;
	size_t meterless_capacity;
	size_t *by_meter; /* entries by meter id, then valid_from */
	struct report_correction *correction;
	size_t correction_count;
	size_t correction_capacity;
};

/*
 * Errors: ERR_USAGE for a period or a site that is not known, ERR_DATA for a time zone, those of the ledger. On error *out needs no
 * deinit.
 */
enum err report_register_load(struct report_register *out, struct ledger *ledger, const struct report_request *request,
			      struct err_info *info) MUST_CHECK;
void report_register_deinit(struct report_register *reg);

/* To be called after its entries changed. ERR_MEMORY. */
enum err report_register_index(struct report_register *reg, struct err_info *info) MUST_CHECK;

/* The entry that a row of the register is in. Borrowed. */
const struct report_entry *report_register_entry(const struct ledger_register_row *row) MUST_CHECK;

/*
 * The row that described a meter at an instant: the one in force, else the nearest before, else its first. NULL: no such meter. Borrowed.
 */
const struct ledger_register_row *report_register_find(const struct report_register *reg, uint32_t meter_id, int64_t utc_ms) MUST_CHECK;

/* A row of a device, with or without meters; NULL: no such device. Borrowed. */
const struct ledger_register_row *report_register_find_device(const struct report_register *reg, uint32_t device_id) MUST_CHECK;

/* Where an event happened, as the register knows it: ids as they were then, borrowed; NULL: of no site, no device, no meter. */
struct report_place {
	const char *site;
	const char *device;
	const char *meter;
};
struct report_place report_register_place(const struct report_register *reg, const struct ledger_event_row *event) MUST_CHECK;

/* Whether a site has meters, so that it is among reg->site. */
bool report_register_has_site(const struct report_register *reg, uint32_t site_id) MUST_CHECK;

/* The devices of a site that never answered by the end of the period; with 0 of all, also of sites that are not in it. */
size_t report_register_silent_count(const struct report_register *reg, uint32_t site_id) MUST_CHECK;

/* The site that a row of the register (one of its own, as report_register_find() gives it) belongs to. Borrowed. */
const struct report_site *report_register_site(const struct report_register *reg, const struct ledger_register_row *row) MUST_CHECK;

/* The earliest valid_from_ms, and the latest valid_to_ms (INT64_MAX: in force), that the register has for a meter. */
void report_register_life(const struct report_register *reg, uint32_t meter_id, int64_t *from_ms, int64_t *to_ms);

#endif
