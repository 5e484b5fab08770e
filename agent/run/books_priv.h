/* SPDX-License-Identifier: Apache-2.0 */
/* books_priv: the inside of books, shared by its files only. */
#ifndef WATTLEDGER_RUN_BOOKS_PRIV_H
#define WATTLEDGER_RUN_BOOKS_PRIV_H

#include "run/books.h"
#include "run/books_change_priv.h"
#include "run/books_tree_priv.h"
#include "run/meter_pool.h"

/* A revision of a slot of a sum that has to be computed from the ledger's rows. */
struct books_recompute {
	struct books_meter *meter;
	int64_t slot_start_s;
};

struct books {
	struct books_options options;
	struct ledger_batch *batch;
	struct books_site *site;
	struct books_device *device;
	uint32_t *index[WIRE_KIND_COUNT]; /* collector's device number -> index in device[] */
	uint32_t index_count[WIRE_KIND_COUNT];
	struct account_factor *factor; /* views on the plan's */
	struct account_place place;
	struct account_rules rules; /* common part */
	struct clock_reading now;
	int64_t resume_offset_ns; /* UTC less boot time, as it was trusted before a restart in this boot */
	bool has_resume_offset;
	bool is_clock_note_due;
	bool are_zones_told;
	bool is_clock_told;           /* the first look at the wall clock of this boot is done, */
	bool is_clock_untrusted_told; /* and an event says that it is not trusted */
	bool is_clock_doubt_told;     /* an event says that it differs from its placement; until it agrees again */
	bool is_reboot_told;          /* an event says that the machine restarted */
	int64_t newest_utc_ms;        /* no instant before it is believed at once; what is registered is not before it */
	int64_t ahead_utc_ms;         /* rows up to here may be of a wall clock that was ahead, and prove nothing; 0 none */
	struct buf lines;             /* scratch for points */
	struct buf tags;              /* of the series below */
	struct line_series series;    /* of series_meter */
	const struct books_meter *series_meter;
	struct meter_pool *pool;     /* shared with the books before and after a reload */
	struct account_book account; /* the one that is unpacked */
	uint8_t *spare;              /* owned: room for an account whose own block cannot grow; NULL: none just now */
	struct books_device *left;   /* owned: not in the plan any more; the newest rows of their meters are not committed yet */
	size_t left_count;
	size_t left_capacity;
	size_t left_handed; /* the rows of the first ones are being committed */
	struct books_recompute *recompute;
	size_t recompute_count;
	size_t recompute_capacity;
	size_t recompute_handed; /* the first ones belong to rows that are being committed */
	struct revs revs;        /* of rows that are not committed yet */
	uint64_t boot;           /* account_identity of the boot id */
	int64_t ticked_boot_ns;  /* of the last pass over all meters */
	bool is_ticked;
	uint64_t lost_count;
	bool are_counts_stale; /* a meter came or changed since the sites' in_total_count */
};

/* What the sink's callbacks work on. */
struct books_context {
	struct books *books;
	struct books_meter *meter;
	struct books_stream *stream;
};

struct books_site *books_site_of(struct books *books, const struct books_device *device) MUST_CHECK;
/* Between two devices: options.make_room. */
void books_make_room(struct books *books);
/* Rules of one stream of a meter. */
struct account_rules books_rules(const struct books *books, const struct books_meter *meter, enum quantity quantity) MUST_CHECK;

/* A sink that writes into the books' batch and points; `context` is filled and must outlive it. */
struct account_sink books_sink(struct books *books, struct books_meter *meter, struct books_stream *stream, struct books_context *context);

/* Books an interval of a derived meter, or of any stream: row, roll-up day, points, site total, sums. */
void books_book_interval(struct books *books, struct books_meter *meter, struct books_stream *stream, const struct interval *interval);

/* The stream of a quantity, made (registered and resumed) when it is not there. NULL: out of memory or no room; counted as lost. */
struct books_stream *books_stream_of(struct books *books, struct books_meter *meter, enum quantity quantity) MUST_CHECK;

/*
 * An account lies packed in its stream, since it is at work for a moment in ten seconds and takes a tenth of the room so. books_open_account()
 * unpacks it into books->account, borrowed until books_close_account() packs it again; one at a time. NULL: no memory to pack it afterwards;
 * counted as lost, the account is as it was.
 */
struct account_book *books_open_account(struct books *books, const struct books_stream *stream) MUST_CHECK;
void books_close_account(struct books *books, struct books_stream *stream);

/* Open row of a stream: what of it has to survive. */
enum err books_add_stream_row(struct books *books, struct books_stream *stream, struct err_info *info) MUST_CHECK;
/* Picks the account up where the ledger has it; a state that cannot be read starts anew with an event. ERR_MEMORY. */
enum err books_resume_stream(struct books *books, struct books_meter *meter, struct books_stream *stream, struct err_info *info) MUST_CHECK;

/* The same of a derived meter. */
enum err books_add_derived_row(struct books *books, struct books_meter *meter, struct err_info *info) MUST_CHECK;
void books_resume_derived(struct books *books, struct books_meter *meter);

/* Once: an event that the machine restarted, when the last reading that the ledger has is of another boot. */
struct ledger_open_row;
void books_tell_reboot(struct books *books, const struct ledger_open_row *last);
/* The tags of a meter's points: borrowed until they are asked for of another meter. They take as much room as all else, so none keeps its own. */
const struct line_series *books_series(struct books *books, const struct books_meter *meter) MUST_CHECK;

/* Writes the point of the latest readings of a meter; the power only when it is of that read. energy_millij may be LINE_UNKNOWN. */
void books_add_energy_point(struct books *books, struct books_meter *meter, int64_t energy_millij, int64_t boot_ns);

/* What the ledger keeps of the clock's trust, for a restart within the same boot. */
enum err books_add_clock_note(struct books *books, struct err_info *info) MUST_CHECK;
/* Before anything is registered: sets the newest instant. */
enum err books_resume_clock(struct books *books, struct err_info *info) MUST_CHECK;

/* Adds a row of a meter that counts to its site's total; `expected` meters count at that point. */
void books_add_to_site(struct books *books, struct books_meter *meter, const struct site_total_row *row, uint32_t expected);

/*
 * The state after a record. `old` (or NULL) is updated when the texts are the same, else replaced and freed. NULL: out of memory, `old` stays.
 * Release with mem_free().
 */
struct books_state *books_state_update(struct books_state *old, const struct wire_device *record) MUST_CHECK;
/* `old` as starting anew for a reason; without memory for the reason it stays as it is, but for that. */
struct books_state *books_state_restart(struct books_state *old, const char *reason) MUST_CHECK;

/* Adds the open rows of all streams of a meter that changed. */
enum err books_add_meter_rows(struct books *books, struct books_meter *meter, struct err_info *info) MUST_CHECK;

/* How many meters count in the total of a device's site at the meter's point. */
uint32_t books_count_in_total(struct books *books, const struct books_meter *like) MUST_CHECK;

/* Compares a site's zone with what it was; what changed is told, once, when the clock is trusted. */
enum err books_check_zone(struct books *books, struct books_site *site, struct err_info *info) MUST_CHECK;
void books_tell_zones(struct books *books);

/* What the ledger's register says of a device now. Borrows from it. */
struct ledger_device_info books_describe_device(const struct books_device *device) MUST_CHECK;

/* Describes a meter (anew): resolves, registers, prepares its tags. */
enum err books_describe_meter(struct books *books, struct books_meter *meter, const struct meter_info *described,
			      struct err_info *info) MUST_CHECK;

/* A device's total, else its first meter, NULL: none. Of a meter its millijoules, false: not known; power, NaN: none newer than three intervals. */
const struct books_meter *books_device_meter(const struct books_device *device) MUST_CHECK;
bool books_meter_energy(const struct books_meter *meter, int64_t *energy_millij) MUST_CHECK;
double books_fresh_power_w(const struct books_meter *meter, int64_t now_boot_ns) MUST_CHECK;

/* Grams CO2e per kWh of the grid factor in use, NaN when there is none. */
double books_intensity_g_per_kwh(const struct books *books, const struct books_site *site, int64_t now_boot_ns) MUST_CHECK;

#endif
