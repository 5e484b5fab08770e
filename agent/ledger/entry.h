/* SPDX-License-Identifier: Apache-2.0 */
/* entry: what people enter because no meter says it. Rows are added, and voided by another row; never changed, never removed. */
#ifndef WATTLEDGER_LEDGER_ENTRY_H
#define WATTLEDGER_LEDGER_ENTRY_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ledger;

#define LEDGER_ENTRY_VOID "void"

/* Texts are borrowed. */
struct ledger_entry {
	int64_t entry_id; /* given by the ledger; 0 when it is added */
	const char *kind; /* fuel, reading, invoice, instrument, asset, utility, correction; or LEDGER_ENTRY_VOID */
	uint32_t site_id;
	const char *node; /* SITE, SITE/DEVICE, SITE/DEVICE/METER */
	int64_t from_utc_ms;
	int64_t to_utc_ms; /* half-open; 0: an instant */
	const char *what;
	int64_t value_micro; /* millionths of a unit */
	const char *unit;
	int64_t voids; /* entry that it voids; 0: none */
	const char *note;
	const char *author;
	const char *reason;
	int64_t entered_utc_ms;
	bool is_voided; /* when read: a later row voids it */
};

/* All in one transaction. *first_id becomes the id of the first; they count up. */
enum err ledger_entry_add(struct ledger *ledger, const struct ledger_entry *entry, size_t count, int64_t *first_id,
			  struct err_info *info) MUST_CHECK;

/* Adds the row that voids entry `entry_id`; author, reason and time are taken from `by`. ERR_DATA: there is no such entry, or it is void. */
enum err ledger_entry_void(struct ledger *ledger, int64_t entry_id, const struct ledger_entry *by, struct err_info *info) MUST_CHECK;

/* Entries of a site (0: all) that touch [start_s, end_s), by id; end_s 0: all. */
typedef enum err ledger_entry_fn(void *context, const struct ledger_entry *entry, struct err_info *info);
struct ledger_entry_filter {
	uint32_t site_id;
	int64_t start_s;
	int64_t end_s;
};
enum err ledger_query_entries(struct ledger *ledger, const struct ledger_entry_filter *filter, ledger_entry_fn *each, void *context,
			      struct err_info *info) MUST_CHECK;

#endif
