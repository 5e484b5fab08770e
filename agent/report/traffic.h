/* SPDX-License-Identifier: Apache-2.0 */
/*
 * traffic: octets of a period by site and reference point, by device, port and flow, and energy against them.
 *
 *   site    all ports of one reference point (`ref`); a flow is a share of its port and never added
 *   device  the ports at the users' side of a device that tells its own energy too: a router
 *   port    an interface: what its own counters say, and what a capture saw of it
 *   flow    a class of a port's packets, as a capture told them apart
 *
 * An intensity is a sum of energy over a sum of octets of the SAME time: of the slots in which every meter that counts (site: in_total;
 * device: its totals) and every port at the users' side covered the time but for a hundredth of the slot in all, as the `intensity` points have it. Octets are those of `uni` ports, received and sent (ITU-T L.1333). A flow's energy is its port's
 * share by octets, so its Wh/GB are the site's: an average, which says nothing of one octet more. There is none when no slot is valid,
 * when more than a hundredth of the octets was reckoned, and for flows of a capture that dropped more than a hundredth of its packets.
 */
#ifndef WATTLEDGER_REPORT_TRAFFIC_H
#define WATTLEDGER_REPORT_TRAFFIC_H

#include "report/totals.h"

enum report_traffic_level { REPORT_TRAFFIC_SITE = 0, REPORT_TRAFFIC_DEVICE, REPORT_TRAFFIC_PORT, REPORT_TRAFFIC_FLOW };

/* Energy against octets in the time that both are known of. */
struct report_intensity {
	int64_t valid_ms;
	int64_t octets; /* > 0 when there is an intensity */
	int64_t estimated_octets;
	int64_t energy_millij;
	int64_t location_mg;
	bool has_location;    /* all grid energy has a factor */
	bool has_all_sources; /* and there is no other energy that may have emissions: NCIe (ITU-T L.1333) is known */
	const char *missing;  /* why there is none, in words; NULL: there is one. Static. */
};

struct report_traffic {
	enum report_traffic_level level;
	const struct report_site *site;
	const struct ledger_register_row *meter; /* newest description of the port or flow, of any port of the device; SITE: NULL */
	enum ref ref;
	bool has_rx, has_tx;
	int64_t rx_octets, tx_octets;
	bool has_capture; /* PORT, and FLOW by its port; SITE and DEVICE: of all its ports that are captured */
	int64_t captured_octets, captured_packets, dropped_packets;
	int64_t interface_octets;        /* of the ports that captured_octets are of */
	int64_t covered_ms, expected_ms; /* of both directions */
	int64_t estimated_octets;
	uint32_t status_bits;
	struct report_intensity intensity;
};

struct report_traffics {
	struct report_traffic *row; /* each site's: SITE rows, then each device's DEVICE row, PORT rows with their FLOW rows */
	size_t count;
	size_t capacity;
};

/* "site", "device", "port", "flow". */
const char *report_traffic_level_name(enum report_traffic_level level) MUST_CHECK;

/* Borrows from `totals`, of the same request and ledger. Errors: the ledger's, ERR_LIMIT, ERR_MEMORY. On error *out needs no deinit. */
enum err report_traffic_make(struct report_traffics *out, struct ledger *ledger, const struct report_totals *totals,
			     struct err_info *info) MUST_CHECK;
void report_traffic_deinit(struct report_traffics *traffics);

/* The row of a site at the users' side, or of a device; NULL: there is none. */
const struct report_traffic *report_traffic_find(const struct report_traffics *traffics, const struct report_total *total) MUST_CHECK;

/* Cells, FIGURE_NONE where not known: Wh/GB (and kWh/TB), J/bit, gCO2e/GB, NCIe in gCO2e/GB, bit/J; a GB is 1e9 octets. */
void report_traffic_add_wh_per_gb(struct buf *out, const struct report_intensity *intensity);
void report_traffic_add_j_per_bit(struct buf *out, const struct report_intensity *intensity);
void report_traffic_add_g_per_gb(struct buf *out, const struct report_intensity *intensity);
void report_traffic_add_ncie(struct buf *out, const struct report_intensity *intensity);
void report_traffic_add_bit_per_j(struct buf *out, const struct report_intensity *intensity);

/* Captured of what the interface counted, and dropped of what the capture met, in per cent. */
void report_traffic_add_capture_pct(struct buf *out, const struct report_traffic *row);
void report_traffic_add_dropped_pct(struct buf *out, const struct report_traffic *row);

#endif
