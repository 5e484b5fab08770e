/* SPDX-License-Identifier: Apache-2.0 */
/* books: a ledger in a private folder, filled through the ledger's own batch: what the report tests read. */
#ifndef WATTLEDGER_TESTS_UNIT_REPORT_BOOKS_H
#define WATTLEDGER_TESTS_UNIT_REPORT_BOOKS_H

#include "ledger/batch.h"
#include "ledger/commit.h"
#include "ledger/ledger.h"
#include "ledger/registry.h"
#include "report/register.h"

#include <stdbool.h>
#include <stdint.h>

/* One kilowatt-hour in millijoules. */
#define KWH INT64_C(3600000000)

struct books_fixture {
	char folder[64];
	char path[96];
	struct ledger *ledger;
	struct ledger_registry *registry;
	struct ledger_batch batch;
	int64_t at_utc_ms;      /* of register rows that are put now */
	uint8_t fiscal_month;   /* of sites that are put now; 0: January */
	const char *site_facts; /* likewise (model/facts.h); NULL: none */
	const char *facts;      /* of devices */
	struct err_info info;
};

void books_fixture_init(struct books_fixture *books);
void books_fixture_deinit(struct books_fixture *books);

/* Number of the site; times are in `time_zone`. */
uint32_t books_put_site(struct books_fixture *books, const char *id, const char *grid_zone, const char *time_zone);
uint32_t books_put_device(struct books_fixture *books, uint32_t site_id, const char *id);
uint32_t books_put_fed_device(struct books_fixture *books, uint32_t site_id, const char *id, const char *fed_by);

/* Energy meter fed by the grid, 0.1 kWh a step, caliber actual. */
struct books_meter_options {
	const char *key;
	enum role role;
	enum supply supply;
	bool is_in_total;
	enum quantity quantity; /* QUANTITY_NONE: energy */
	enum point point;       /* POINT_OTHER: pdu_out */
	enum ref ref;
	const char *parent; /* of a port's flow; NULL none */
	bool is_port;
	bool is_derived; /* the sum of the device's summands */
	bool is_summand;
};
uint32_t books_put_meter(struct books_fixture *books, uint32_t device_id, const struct books_meter_options *options);

/* A 15-minute slot that starts at `utc` ("2026-10-01T00:00:00Z"), whole, of one class; its day is that of `time_zone`. */
void books_put_slot(struct books_fixture *books, uint32_t meter_id, const char *time_zone, const char *utc, enum coverage coverage,
		    int64_t millij);
/* The same with everything of an interval given; slot_start_s and slot_s are filled in. */
void books_put_interval(struct books_fixture *books, uint32_t meter_id, const char *time_zone, const char *utc, struct interval interval);

/* A lifecycle factor of `edition`. */
void books_put_factor(struct books_fixture *books, const char *zone, int32_t year, int64_t microg_per_kwh, const char *edition);

void books_commit(struct books_fixture *books);

int64_t books_utc_ms(const char *utc);

/* Whole file below the fixture's folder as text, NULL when it is not there; mem_free() it. */
char *books_read_file(const struct books_fixture *books, const char *name);

#endif
