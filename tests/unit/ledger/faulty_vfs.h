/* SPDX-License-Identifier: Apache-2.0 */
/* faulty_vfs: SQLite's file layer with failures at chosen calls, for one test process. */
#ifndef WATTLEDGER_TESTS_UNIT_LEDGER_FAULTY_VFS_H
#define WATTLEDGER_TESTS_UNIT_LEDGER_FAULTY_VFS_H

#include <stdbool.h>
#include <stdint.h>

enum faulty_kind {
	FAULTY_NONE = 0,
	FAULTY_WRITE,      /* a write fails, nothing is written */
	FAULTY_TORN_WRITE, /* a write fails after its first half */
	FAULTY_SYNC,       /* a sync fails: what the kernel kept is unknown (here: all of it) */
	FAULTY_READ,
	FAULTY_FULL, /* a write finds no room */
};

/* Makes it SQLite's default; once, before anything is opened. */
void faulty_vfs_register(void);

/* Call number `at` of that kind (1 = the next) fails, and `count` - 1 after it. */
void faulty_vfs_arm(enum faulty_kind kind, int64_t at, int64_t count);
void faulty_vfs_disarm(void);

/* true when an armed call was reached. */
bool faulty_vfs_has_failed(void);

#endif
