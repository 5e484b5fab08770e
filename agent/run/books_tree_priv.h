/* SPDX-License-Identifier: Apache-2.0 */
/* books_tree_priv: what the books know of each site, device, meter and stream. */
#ifndef WATTLEDGER_RUN_BOOKS_TREE_PRIV_H
#define WATTLEDGER_RUN_BOOKS_TREE_PRIV_H

#include "account/book.h"
#include "account/derive.h"
#include "account/factor.h"
#include "ledger/day.h"
#include "ledger/registry.h"
#include "model/zone.h"
#include "output/line.h"
#include "run/revs.h"
#include "run/site_intensity.h"
#include "run/site_totals.h"
#include "wire/record.h"

/* One stream of energy (or octets, or litres) of a meter: a meter of the ledger, with its account. */
struct books_stream {
	uint32_t ledger_id;
	enum quantity quantity;
	uint8_t *account;            /* owned: a struct account_book, packed (books_account.c) */
	uint16_t account_bytes;      /* of it; 0: not taken up yet */
	uint16_t account_capacity;   /* of its block */
	int64_t energy_millij;       /* what account_meter_energy_millij gives: the running total with what is pending */
	struct line_running running; /* rests of the slot points so far */
	uint64_t raw;                /* last raw reading */
	int64_t boot_ns;             /* of the last reading */
	bool has_raw;
	bool is_changed; /* since its open row was added */
};

/* The streams of a meter beside its energy; books_other_quantity() says which. */
enum books_other {
	BOOKS_ENERGY_OUT = 0,
	BOOKS_FUEL_USED,
	BOOKS_RX_OCTETS,
	BOOKS_TX_OCTETS,
	BOOKS_CAPTURED_OCTETS,
	BOOKS_CAPTURED_PACKETS,
	BOOKS_DROPPED_PACKETS,
	BOOKS_OTHER_COUNT
};

/* The latest readings that are no energy. */
struct books_gauges {
	float voltage_v;
	float current_a;
	float power_factor;
	float frequency_hz;
};

/* The sum of a device's summands. */
struct books_derived {
	struct account_derive rows;
	int64_t energy_millij;     /* running */
	int64_t last_slot_start_s; /* newest slot that was summed */
	struct line_running running;
	/* Slots that wait to be computed from the ledger's rows lie from the first to the last of these; 0: none do. Kept, since a kill loses the list. */
	int64_t want_from_s;
	int64_t want_to_s;
};

struct books_ambient;

struct books_meter {
	struct books_device *device;
	const struct meter_info *info;                 /* the pool's */
	struct books_stream *energy;                   /* owned; NULL for a derived meter */
	struct books_stream *other[BOOKS_OTHER_COUNT]; /* owned, on demand, by enum books_other */
	struct books_derived *derived;                 /* owned; NULL for all others */
	struct books_gauges gauges;                    /* of the latest read; NaN where it had none */
	struct books_ambient *ambient;                 /* owned; NULL: no reading of a room, battery, tank or state */
	double power_w;                                /* latest; NaN unknown */
	int64_t read_boot_ns;                          /* of the latest reading; 0 none */
	int64_t came_boot_ns;                          /* when it was announced, if no reading of it is known from before; else 0 */
	int64_t minute;                                /* UTC minute of the last point, for send: minute */
	int64_t location_mg;                           /* of slots as they were first closed, since the start; valid with has_location */
	uint32_t ledger_id;
	enum ref ref; /* of a port */
	bool has_location;
	bool is_in_total;
	bool is_changed; /* derived: its open row is to be written */
	bool is_gone;    /* a summand: the device was learned again, and it is not there any more */
	enum point point;
	enum supply supply;
};

/* What core keeps of a device's last record. The texts lie behind it, no longer than they are. */
struct books_state {
	enum device_state state;
	uint32_t latency_us;
	uint32_t expected_count; /* summands, 0 not known */
	bool is_expected_learned;
	const char *reason;
	const char *vendor;
	const char *model;
	const char *serial;
	const char *firmware;
	const char *driver;
	uint8_t driver_sha256[32];
	char text[];
};

struct books_device {
	const struct plan_device *plan;
	uint32_t ledger_id;
	struct books_meter **meter; /* owned, meter_count items, in order of appearance */
	size_t meter_count;
	size_t meter_capacity;
	uint32_t *handle; /* collector's meter number -> index in meter[], UINT32_MAX unknown; handle_count items */
	size_t handle_count;
	size_t handle_capacity;
	struct books_meter *derived; /* in meter[]; NULL none */
	int64_t missed_from_s;       /* slots that its rows closed before the sum was announced, from the first */
	int64_t missed_to_s;         /* to the last; 0 none */
	struct books_state *state;   /* owned: of the last record; NULL none yet */
	char *former_serial;         /* owned: of the hardware before; NULL none was seen */
	char *former_driver;         /* owned: another one that read it before, in this process or the last; NULL none */
	bool is_driver_new;          /* its meters are to be told */
	uint32_t row_count;          /* rows that its sum needs, as it was told last; 0 none yet */
	uint64_t identity;           /* of the hardware's serial */
	double uptime_s;             /* of the read at uptime_boot_ns */
	int64_t uptime_boot_ns;
};

struct books_site {
	const struct plan_site *plan;
	struct zone *zone;
	uint32_t ledger_id;
	struct ledger_day day;
	int64_t zone_noted_day; /* around which the ledger knows the zone's days */
	bool is_zone_changed;   /* they are others now */
	bool is_zone_note_due;
	int64_t head_day;    /* whose chain head was told, or looked for; 0 none */
	int64_t factor_year; /* of the choice below; INT64_MIN none looked up yet */
	bool has_factor;
	bool is_factor_stored[2]; /* of the last two choices: was put into a batch */
	struct factor_choice choice;
	struct site_totals totals;
	struct site_coverage coverage;
	bool has_note; /* the ledger holds a note of open site totals */
	struct site_intensity intensity;
	uint32_t uni_count;                   /* ports at the users' side; as current as the next: */
	uint32_t in_total_count[POINT_COUNT]; /* meters that count in the total at each point, unless books->are_counts_stale */
};

#endif
