/* SPDX-License-Identifier: Apache-2.0 */
/*
 * feeds: what the meters outside explain of what the meters inside say, and the other way round: a server's outlets against its BMC, the BMC
 * against the energy counters of its processors, a UPS against all that hangs on it. By `fed_by` of the register, over a period.
 *
 * Compared is mean power in the time that each covered, so that a meter that was silent for a while is still compared; who differs
 * much in time is told. Nothing of it is booked.
 */
#ifndef WATTLEDGER_REPORT_FEEDS_H
#define WATTLEDGER_REPORT_FEEDS_H

#include "model/feeds.h"
#include "report/totals.h"

#include <stdbool.h>
#include <stdint.h>

/* Energy that one end of a feed tells. */
struct report_feed_end {
	bool is_there; /* the register has it */
	bool has_energy;
	int64_t energy_millij;
	int64_t covered_ms; /* of one meter: the shortest */
	bool is_component;  /* measures inside a box */
};

/* A group of feeds: what has the same fed_by. */
struct report_feeds_group {
	const struct report_site *site;
	const char *fed_by; /* the register's text */
	struct feed feed[FEEDS_MAX];
	struct report_feed_end outer[FEEDS_MAX];
	size_t feed_count;
	struct report_feed_end outer_sum; /* has_energy: all of them have */
	size_t first_device;              /* in `device` */
	size_t device_count;
	/* Of the outer's mean power, what its devices that are no components draw together; permille, -1 not known. */
	int64_t explained_permille;
	const char *finding; /* a mismatch in words; NULL none. Static. */
};

struct report_fed_device {
	const struct ledger_register_row *row; /* of any of its meters */
	struct report_feed_end inner;
	int64_t explained_permille; /* of the group's outer_sum; -1 not known */
	const char *finding;
};

struct report_feeds {
	struct report_feeds_group *group;
	size_t group_count;
	size_t group_capacity;
	struct report_fed_device *device;
	size_t device_count;
	size_t device_capacity;
};

/* Of totals down to meters; borrows from them. ERR_LIMIT, ERR_MEMORY. On error *out needs no deinit. */
enum err report_feeds_make(struct report_feeds *out, const struct report_totals *totals, struct err_info *info) MUST_CHECK;
void report_feeds_deinit(struct report_feeds *feeds);

/* One line: a group of feeds, one of its feeds, or a device on it. */
struct report_feeds_line {
	const char *site;
	char node[FEEDS_BYTES + 8]; /* "pdu-a/outlet/7 + pdu-b/outlet/7", "pdu-a/outlet/7", "server" */
	const char *role;           /* "group", "feed" (of a group of several), "device", "component" */
	const char *fed_by;         /* of a device */
	const struct report_feed_end *end;
	int64_t permille; /* explained of the group, by it or in all; of a feed its share; -1 not known */
	const char *finding;
};

/* Calls each() for all lines, a group's first; ends with what it returns when that is an error. */
typedef enum err report_feeds_line_fn(void *context, const struct report_feeds_line *line, struct err_info *info);
enum err report_feeds_walk(const struct report_feeds *feeds, report_feeds_line_fn *each, void *context, struct err_info *info) MUST_CHECK;

#endif
