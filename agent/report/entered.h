/* SPDX-License-Identifier: Apache-2.0 */
/*
 * entered: what people entered for a site and a period, as its totals know it: of a sealed period what was entered, and not voided, when it was
 * sealed; else what is so now.
 */
#ifndef WATTLEDGER_REPORT_ENTERED_H
#define WATTLEDGER_REPORT_ENTERED_H

#include "base/err.h"
#include "report/register.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ledger;
struct ledger_entry;

/* The kind of entries that say how a meter is to be read: report/correction.h. */
#define REPORT_CORRECTION "correction"
/* And what bills say of a site: report/utility.h. */
#define REPORT_UTILITY "utility"

/* Of a kind but "void". Texts are owned by it. */
struct report_entered_row {
	int64_t entry_id;
	const char *kind;
	const char *node;
	const char *what;
	const char *note;
	int64_t from_ms;
	int64_t to_ms; /* half-open; 0: an instant */
	int64_t value_micro;
	bool counts;
	char *text;
};

/* In the order in which they were entered. Zero-initialised it is empty. */
struct report_entered {
	struct report_entered_row *row;
	size_t count;
	size_t capacity;
};

/* Adds those of a site, and those pending of the request, that report_entered_touches(). Errors: the ledger's, ERR_LIMIT, ERR_MEMORY. To be deinitialised on error too. */
enum err report_entered_load(struct report_entered *entered, struct ledger *ledger, const struct report_site *site,
			     const struct report_request *request, struct err_info *info) MUST_CHECK;
void report_entered_deinit(struct report_entered *entered);

/* Whether entries of a kind make figures: fuel, instruments, corrections, utility. Readings, invoices and assets stand beside them. */
bool report_entered_is_in_figures(const char *kind) MUST_CHECK;

/* Whether a row is among them; and whether it counts. */
bool report_entered_has(const struct report_entered *entered, int64_t entry_id) MUST_CHECK;
bool report_entered_counts(const struct report_entered *entered, int64_t entry_id) MUST_CHECK;

/* Whether an entry, or one that voids another, has to do with the period: fuel also a day before and after it, since dips
 * stand for its ends; assets that came or went before its end. */
bool report_entered_touches(const struct ledger_entry *entry, const struct report_site *site) MUST_CHECK;

/* Calls each() with every entry, or entry that voids one, that has to do with the period. Errors: its own and the ledger's. */
enum err report_entered_walk(struct ledger *ledger, const struct report_site *site,
			     enum err (*each)(void *context, const struct ledger_entry *entry, struct err_info *info), void *context,
			     struct err_info *info) MUST_CHECK;

#endif
