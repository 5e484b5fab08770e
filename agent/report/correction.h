/* SPDX-License-Identifier: Apache-2.0 */
/*
 * correction: what was wrong about a meter for a while: its current transformer or scale, its role, whether it counts, its phase. Stored
 * intervals and the register stay as they were written; entries of the kind `correction` say how they are to be read.
 *
 *   ct_ratio, scale  each interval row of the time times the value, class by class, half to even; a negative one was turned round: what was
 *                    booked as energy in is energy out, and the other way round
 *   role             total: it stands for its device; part: it is a share of it
 *   in_total         yes, no: whether it counts in the site's total
 *   phase            1 to 3, or 0 for all of them or none
 *
 * Rows are those of slots that begin in the time. Of a sealed period those corrections count that had been entered when it was sealed.
 */
#ifndef WATTLEDGER_REPORT_CORRECTION_H
#define WATTLEDGER_REPORT_CORRECTION_H

#include "base/buf.h"
#include "base/err.h"
#include "model/interval.h"
#include "report/entered.h"
#include "report/register.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ledger;
struct ledger_entry;

/* A value of 1, of "total" and of "yes". */
enum { REPORT_CORRECTION_ONE_MICRO = 1000000, REPORT_CORRECTION_RATIO_MAX = 100000 };

enum report_correction_what { REPORT_CORRECTION_RATIO = 0, REPORT_CORRECTION_ROLE, REPORT_CORRECTION_IN_TOTAL, REPORT_CORRECTION_PHASE };

/* One that counts. Its node is borrowed from the entries. */
struct report_correction {
	int64_t entry_id;
	const char *node; /* SITE/DEVICE/METER */
	uint32_t site_id;
	uint32_t meter_id; /* of its energy in, and out; 0: it has none */
	uint32_t out_id;
	int64_t from_ms; /* half-open, UTC */
	int64_t to_ms;
	enum report_correction_what what;
	int64_t value_micro;
};

/* By the word of an entry ("ct_ratio" and "scale" are both a ratio); false when there is no such. */
bool report_correction_find(const char *word, enum report_correction_what *out) MUST_CHECK;

/*
 * Reads a value ("2", "150/100", "-1", "part", "no", "L2") into millionths. ERR_DATA: it makes no sense; the message begins with "value".
 */
enum err report_correction_parse(enum report_correction_what what, const char *text, int64_t *value_micro,
				 struct err_info *info) MUST_CHECK;

/* Adds a value as people write it: "2", "part", "no". */
void report_correction_add_value(struct buf *out, enum report_correction_what what, int64_t value_micro);

/*
 * Before it is entered. ERR_DATA: the node is no meter of energy; a negative ratio for one that does not count both ways; another one of the same kind that is not
 * void is in force at some time of the span.
 */
enum err report_correction_check(struct ledger *ledger, const struct ledger_entry *entry, struct err_info *info) MUST_CHECK;

/* Whether two entries correct the same of a meter at some time: then only one of them can count. */
bool report_correction_collides(const struct ledger_entry *a, const struct ledger_entry *b) MUST_CHECK;

/*
 * Takes those among `entered` that count into the register, whose rows are cut where a role, in_total or phase was corrected. `entered` has
 * to outlive it. Errors: ERR_MEMORY, ERR_LIMIT; the register is to be deinitialised then too.
 */
enum err report_corrections_take(struct report_register *reg, const struct report_entered *entered, struct err_info *info) MUST_CHECK;

/* The same for a register whose rows are cut already. */
enum err report_corrections_collect(struct report_register *reg, const struct report_entered *entered, struct err_info *info) MUST_CHECK;

/* Corrects a stored row. Returns the meter whose energy it is: another one when it was turned round. */
uint32_t report_correction_apply(const struct report_register *reg, uint32_t meter_id, struct interval *interval) MUST_CHECK;

/* Whether a site has any that turns a meter round: then rows of energy out are needed beside those of energy in. */
bool report_correction_turns(const struct report_register *reg, const struct report_site *site) MUST_CHECK;

#endif
