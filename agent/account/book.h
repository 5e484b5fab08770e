/* SPDX-License-Identifier: Apache-2.0 */
/*
 * account/book: a meter and its slots in one value: what core keeps per meter and saves with each commit.
 *
 *   start     account_book_init or account_book_load, then account_book_resume in both cases (it notes which boot this is)
 *   reading   account_book_take
 *   clock     account_place_feed; on PLACE_BEGUN account_book_trust, on PLACE_STEPPED account_book_step, for every meter
 *   each s    account_book_tick (cheap when nothing is due)
 *   commit    account_book_save of the changed ones, with the intervals and events that came through the sink since
 *
 * The sink's `interval` and `event` are used; `book` may be NULL, or is told each booking too.
 */
#ifndef WATTLEDGER_ACCOUNT_BOOK_H
#define WATTLEDGER_ACCOUNT_BOOK_H

#include "account/base.h"
#include "account/meter.h"
#include "account/place.h"
#include "account/sink.h"
#include "account/slots.h"

#include <stddef.h>
#include <stdint.h>

/* Most bytes of a saved state; a meter in good order has about 60. */
enum { ACCOUNT_BOOK_BYTES_MAX = 940 };

struct account_book {
	struct account_meter meter;
	struct account_slots slots;
};

/* rules->slot_ns must be that of slot_s everywhere; rules->slot_offset_ns is set from `place` by these functions. */
void account_book_init(struct account_book *book, int32_t slot_s);

/*
 * Takes a reading, then does as account_book_tick at its instant, so that the slots that are complete with it close at once; unless
 * rules->closes_by_tick.
 */
void account_book_take(struct account_book *book, const struct account_rules *rules, const struct account_place *place,
		       const struct account_reading *reading, const struct account_sink *sink);

/* Books what is pending too long, closes what is due at boot time now_ns. */
void account_book_tick(struct account_book *book, const struct account_rules *rules, const struct account_place *place, int64_t now_ns,
		       const struct account_sink *sink);

/* After init or load: `now` says which boot this is; now->utc_ns is 0 unless `place` is trusted already. */
void account_book_resume(struct account_book *book, const struct account_rules *rules, const struct account_place *place,
			 const struct account_now *now, const struct account_sink *sink);

/* Another scale or driver from now on (account_meter_segment); `rules` are those that held until now. */
void account_book_segment(struct account_book *book, const struct account_rules *rules, const struct account_place *place,
			  enum account_event_code code, int64_t boot_ns, const struct account_sink *sink);

/* PLACE_BEGUN. */
void account_book_trust(struct account_book *book, const struct account_rules *rules, const struct account_place *place,
			const struct account_now *now, const struct account_sink *sink);

/* PLACE_STEPPED: step_ns goes with the event. */
void account_book_step(struct account_book *book, int64_t boot_ns, int64_t step_ns, const struct account_sink *sink);

/*
 * The state as bytes: versioned, the same on every machine, with a checksum. `base` is what is kept beside it (NULL: nothing). Returns the
 * length; 0 when `size` is less than it.
 */
size_t account_book_save(const struct account_book *book, const struct account_base *base, uint8_t *bytes, size_t size) MUST_CHECK;

/* Back. ERR_DATA: other version, other length, other base, checksum, any field out of range; *book is untouched then. */
enum err account_book_load(struct account_book *book, const struct account_base *base, const uint8_t *bytes, size_t size,
			   struct err_info *info) MUST_CHECK;

#endif
