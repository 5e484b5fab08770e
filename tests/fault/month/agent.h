/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent: the books over a real ledger, as core runs them, on the truth's clock: commits that take a while, kills, reloads, restarts of the
 * machine, a wall clock that is wrong.
 */
#ifndef WATTLEDGER_TESTS_FAULT_AGENT_H
#define WATTLEDGER_TESTS_FAULT_AGENT_H

#include "ledger/batch.h"
#include "ledger/ledger.h"
#include "ledger/registry.h"
#include "run/books.h"
#include "run/points.h"
#include "truth.h"
#include "wire/plan.h"

#include <stdbool.h>
#include <stdint.h>

enum { AGENT_SITES = 3, AGENT_POINT_KINDS = 2 };

/* A plan with room for all devices. */
struct agent_plan {
	struct plan_core core;
	struct plan_site site[AGENT_SITES];
	struct plan_device device[TRUTH_DEVICES];
	struct plan_output output;
	char id[TRUTH_DEVICES][PLAN_ID_BYTES]; /* of the devices, and what they were */
	char was[TRUTH_DEVICES][PLAN_ID_BYTES];
};

struct agent {
	struct truth *truth;
	char folder[64];
	char path[80];
	int64_t start_utc_s; /* of truth's second 0 */
	struct agent_plan plan[2];
	int plan_idx; /* the one in force */
	struct ledger *ledger;
	struct ledger_registry *registry;
	struct books *books;
	struct points points;
	struct ledger_batch batch[2];
	int batch_idx;
	bool is_ticking;   /* rows may be committed between two devices */
	bool is_batch_out; /* the other one is on its way into the ledger, with these lines: */
	struct buf lines_out;
	char boot_id[40];
	uint32_t boot;
	int64_t boot_at_ns; /* truth's time of boot second 0 */
	int64_t sync_at_ns; /* since when the kernel keeps the wall clock */
	int64_t utc_error_ns;
	uint32_t number[TRUTH_DEVICES][TRUTH_ROWS + 1]; /* the collector's numbers of the meters; the last: of the sum */
	int64_t site_slots_j[AGENT_SITES];              /* slot points of meters in the sites' totals, */
	int64_t site_totals_j[AGENT_SITES];             /* and the points of these totals */
	uint64_t kill_count, reboot_count, reload_count, step_count, commit_count;
};

/* A new ledger in a folder of its own; the first start. */
void agent_open(struct agent *agent, struct truth *truth, int64_t start_utc_s);
void agent_close(struct agent *agent);

/* Both clocks are looked at. */
void agent_tick(struct agent *agent);

/* Reads a device and books what it says. false: it is silent. */
bool agent_read(struct agent *agent, struct truth_device *device);

/* A commit that was begun is done; another begins. */
void agent_commit(struct agent *agent);

/* All that waits is committed. */
void agent_flush(struct agent *agent);

/* Killed, and started again: what is not committed is lost; what is on its way arrives or not. */
void agent_kill(struct agent *agent);

/* The machine restarts after `down_ns`; its clock is kept from `sync_ns` after its boot on. */
void agent_reboot(struct agent *agent, int64_t down_ns, int64_t sync_ns);

/* The truth's devices as they are now (names, scales, who is there) come into force. */
void agent_reload(struct agent *agent);

/* The id of a device that was renamed so many times. */
void agent_name_device(char id[static PLAN_ID_BYTES], size_t device, uint32_t renames);

/* Ends the program with a message. */
void agent_fail(const char *what, const char *why) __attribute__((noreturn));

#endif
