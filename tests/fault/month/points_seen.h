/* SPDX-License-Identifier: Apache-2.0 */
/* points_seen: what a store would hold of the points that left, added up. */
#ifndef WATTLEDGER_TESTS_FAULT_POINTS_SEEN_H
#define WATTLEDGER_TESTS_FAULT_POINTS_SEEN_H

struct agent;

/* Adds lines to the sums of the truth's meters and of the agent's sites. A running total that falls ends the program. */
void points_see(struct agent *agent, const char *lines);

/* A new store. */
void points_forget(void);

#endif
