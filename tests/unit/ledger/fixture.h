/* SPDX-License-Identifier: Apache-2.0 */
/* fixture: a private folder with a ledger, one site in UTC (or as asked), one device, and meters "m1", "m2", ... that count in the total. */
#ifndef WATTLEDGER_TESTS_UNIT_LEDGER_FIXTURE_H
#define WATTLEDGER_TESTS_UNIT_LEDGER_FIXTURE_H

#include "ledger/batch.h"
#include "ledger/commit.h"
#include "ledger/ledger.h"
#include "ledger/query.h"
#include "ledger/registry.h"

#include <stdbool.h>
#include <stdint.h>

/* 2026-11-25T00:00:00Z: 20782 days. The first instant that tests use. */
#define FIXTURE_DAY_S INT64_C(1795564800)
#define FIXTURE_BOOT "11111111-2222-3333-4444-555555555555"

enum { FIXTURE_METERS_MAX = 128 };

struct fixture {
	char folder[64];
	char path[96];
	struct ledger *ledger;
	struct ledger_registry *registry;
	struct ledger_batch batch;
	uint32_t site_id;
	uint32_t device_id;
	uint32_t meter_id[FIXTURE_METERS_MAX];
	int64_t zone_offset_s; /* of the site's days: east of UTC */
	struct err_info info;
};

/* Makes folder, ledger and registry, and commits `meter_count` meters. */
void fixture_init(struct fixture *fixture, int meter_count);
void fixture_deinit(struct fixture *fixture);

/* Folder alone, with the path of a ledger that is not there. */
void fixture_make_folder(struct fixture *fixture);
void fixture_remove_folder(struct fixture *fixture);

/* Opens the ledger again; the report tells what happened. */
enum err fixture_open(struct fixture *fixture, struct ledger_open_report *report);
void fixture_close(struct fixture *fixture);

/* Meter `n` (0-based) of the fixture's device into the batch. */
void fixture_put_meter(struct fixture *fixture, int n, int64_t at_utc_ms, bool is_in_total);

/* A whole slot of 900 s, all measured. */
void fixture_add_slot(struct fixture *fixture, uint32_t meter_id, int64_t slot_start_s, int32_t rev, int64_t millij);
void fixture_add_interval(struct fixture *fixture, uint32_t meter_id, const struct interval *interval);
void fixture_commit(struct fixture *fixture);

/* Energy of all coverages of everything in [start_s, end_s). */
int64_t fixture_sum_millij(struct fixture *fixture, int64_t start_s, int64_t end_s);

/* Path of a file beside the ledger ("-wal", ".lock"). Static buffer. */
const char *fixture_beside(const struct fixture *fixture, const char *suffix);

/* Runs SQL on a file, by another connection. */
void fixture_execute(const char *path, const char *sql);

/* How many names in the folder contain `part`. */
int fixture_count_names(const struct fixture *fixture, const char *part);

#endif
