/* SPDX-License-Identifier: Apache-2.0 */
/* books_rig: books over a real ledger in a temporary folder, on a clock that the test turns. */
#ifndef WATTLEDGER_TESTS_BOOKS_RIG_H
#define WATTLEDGER_TESTS_BOOKS_RIG_H

#include "ledger/batch.h"
#include "ledger/ledger.h"
#include "ledger/registry.h"
#include "run/books.h"
#include "run/points.h"
#include "wire/plan.h"

enum { RIG_DEVICES_MAX = 4 };

struct rig {
	char folder[64];
	char path[96];
	struct plan_core plan;
	struct plan_site site;
	struct plan_device device[RIG_DEVICES_MAX];
	struct plan_output output;
	struct plan_factor factor;
	const char *zone_root; /* from the next start on; NULL the system's */
	struct ledger *ledger;
	struct ledger_registry *registry;
	struct points points;
	struct books *books;
	struct ledger_batch batch;
	char boot_id[37];
	int64_t boot_ns;
	int64_t utc_at_boot_ns;
	size_t room_count;     /* how often the books offered to make room */
	size_t room_commits;   /* the first of these offers are taken: a commit */
	bool is_clock_unknown; /* from the next start on: nobody vouches for the wall clock */
};

/* A site in zone ZZ (400 g/kWh, 2026), slots of 60 s, grace 10 s, `count` snmp devices d0, d1, ... polled every 10 s; clock 2026-10-05T12:00:00Z. */
void rig_open(struct rig *rig, size_t count);
void rig_close(struct rig *rig);

/* The agent ends and starts anew on the same ledger; with `boot_id` not NULL the machine does, `down_s` later. */
void rig_restart(struct rig *rig, const char *boot_id, int64_t down_s);

/* Seconds pass; then the books are ticked. */
void rig_pass(struct rig *rig, int64_t seconds);
void rig_commit(struct rig *rig);

/* Announces meter `number` of device `device`: an energy counter of 1 J steps modulo `modulus`. */
void rig_meter(struct rig *rig, uint32_t device, uint32_t number, const char *key, enum role role, uint64_t modulus);
void rig_meter_info(struct rig *rig, uint32_t device, uint32_t number, const struct meter_info *info);

/* One reading now: raw counter, and power unless it is negative. */
void rig_read(struct rig *rig, uint32_t device, uint32_t number, uint64_t raw, double power_w);

/* Sum of all interval rows of (device id, meter key), committed ones. */
int64_t rig_total_millij(struct rig *rig, const char *device, const char *key);
int64_t rig_covered_ms(struct rig *rig, const char *device, const char *key, enum coverage coverage);

/* Lines of the only output that were made so far and hold `text`. */
size_t rig_count_lines(struct rig *rig, const char *text);
/* Sum of an integer field over those lines. */
int64_t rig_sum_field(struct rig *rig, const char *text, const char *field);

#endif
