/* SPDX-License-Identifier: Apache-2.0 */
/*
 * statement: the sealed periods. A statement is added and never changed: a later one of the same site and span, with the next revision,
 * supersedes it. Which interval rows it holds stays known for ever: rows that are booked into a sealed span afterwards are noted as late,
 * with the newest statement that they came after, so the rows of statement N are all rows but those that are late after N or a later one.
 */
#ifndef WATTLEDGER_LEDGER_STATEMENT_H
#define WATTLEDGER_LEDGER_STATEMENT_H

#include "base/err.h"
#include "ledger/rows.h"
#include "model/period.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ledger;
struct plan_factor;

enum { LEDGER_STATEMENT_BODY_BYTES_MAX = 64 << 20 };

/* Texts are borrowed. The digests are the caller's matter: report/seal says of what. */
struct ledger_statement {
	int64_t statement_id; /* given by the ledger, counting up from 1; 0 when it is added */
	uint32_t site_id;
	const char *label; /* of the period, as people say it: "2026-10" */
	int64_t start_s;   /* UTC, half-open */
	int64_t end_s;
	int32_t revision; /* 0, 1, ... within site and span */
	int64_t sealed_utc_ms;
	const char *author;
	const char *reason_code;
	const char *reason;
	const char *edition; /* that factors were taken from; "": whatever is newest */
	bool has_energy;
	int64_t energy_millij; /* of the site */
	bool has_location;
	int64_t location_mg;
	const char *line; /* what row_sha256 is the digest of */
	uint8_t row_sha256[32];
	uint8_t chain_sha256[32];
	const char *body; /* the rows of its totals */
};

/* A statement to add, with the factors that it was computed with (they must be in the ledger). */
struct ledger_statement_item {
	const struct ledger_statement *statement;
	const struct plan_factor *const *factor;
	size_t factor_count;
};

/* All in one transaction. ERR_PERMISSION: the ledger is open for reading; the ledger's. */
enum err ledger_statement_add(struct ledger *ledger, const struct ledger_statement_item *item, size_t count,
			      struct err_info *info) MUST_CHECK;

/* Statements by id; site_id 0: of all sites; end_s 0: of all spans, else of that span alone. */
typedef enum err ledger_statement_fn(void *context, const struct ledger_statement *statement, struct err_info *info);
struct ledger_statement_filter {
	uint32_t site_id;
	int64_t start_s;
	int64_t end_s;
};
enum err ledger_query_statements(struct ledger *ledger, const struct ledger_statement_filter *filter, ledger_statement_fn *each,
				 void *context, struct err_info *info) MUST_CHECK;

/* The spans alone of a site's statements, by id: of a restated one again and again. */
typedef enum err ledger_sealed_span_fn(void *context, const char *label, const struct period_span *span, struct err_info *info);
enum err ledger_query_sealed_spans(struct ledger *ledger, uint32_t site_id, ledger_sealed_span_fn *each, void *context,
				   struct err_info *info) MUST_CHECK;

/* The newest statement of a site that was sealed before an instant; statement_count 0: there is none, and the digest is zeros. */
struct ledger_chain_head {
	int64_t statement_count;
	uint8_t chain_sha256[32];
};
enum err ledger_query_chain_head(struct ledger *ledger, uint32_t site_id, int64_t before_utc_ms, struct ledger_chain_head *out,
				 struct err_info *info) MUST_CHECK;

/* The factors that a statement was computed with. */
enum err ledger_query_statement_factors(struct ledger *ledger, int64_t statement_id, ledger_factor_fn *each, void *context,
					struct err_info *info) MUST_CHECK;

/* Interval rows of the site and span that are not in statement `after_id`: they came later. In order of slot, meter, rev. */
enum err ledger_query_late(struct ledger *ledger, const struct ledger_filter *filter, int64_t after_id, ledger_interval_fn *each,
			   void *context, struct err_info *info) MUST_CHECK;

/* Slots of a site that wait for a trusted clock: they may belong anywhere. */
enum err ledger_query_unplaced_count(struct ledger *ledger, uint32_t site_id, uint64_t *out, struct err_info *info) MUST_CHECK;

#endif
