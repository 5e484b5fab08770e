/* SPDX-License-Identifier: Apache-2.0 */
/* books_zone: have the rules of a site's time zone changed (tzdata) since its days were booked? */
#include "run/books_priv.h"

#include "base/log.h"
#include "ledger/resume.h"
#include "model/units.h"
#include "model/zone.h"

#include <stdio.h>
#include <string.h>

/* The days around the present one whose bounds are compared; after so many the note is written anew. */
enum { DAYS_EACH_WAY = 400, DAYS_UNTIL_NEW_NOTE = 100 };
enum { ZONE_NOTE_VERSION = 1, ZONE_NOTE_BYTES = 1 + 2 + PLAN_ID_BYTES + 16 };
enum { ZONE_KEY_BYTES = PLAN_ID_BYTES + 8, ZONE_SENTENCE_BYTES = 384 };

/* FNV-1a 64, taking whole instants. */
static uint64_t bounds_digest(const struct zone *zone, int64_t first_day)
{
	uint64_t digest = UINT64_C(0xcbf29ce484222325);

	for (int64_t day = first_day; day <= first_day + INT64_C(2) * DAYS_EACH_WAY; day++)
		digest = (digest ^ (uint64_t)zone_day_start_s(zone, day)) * UINT64_C(0x100000001b3);
	return digest;
}

static void name_note(char key[static ZONE_KEY_BYTES], const struct books_site *site)
{
	snprintf(key, ZONE_KEY_BYTES, "zone/%s", site->plan->id);
}

enum err books_check_zone(struct books *books, struct books_site *site, struct err_info *info)
{
	uint8_t bytes[ZONE_NOTE_BYTES];
	struct wire_reader reader = {.bytes = bytes};
	char key[ZONE_KEY_BYTES];
	char name[PLAN_ID_BYTES];
	int64_t first_day;
	int64_t digest;
	enum err err;

	name_note(key, site);
	site->is_zone_note_due = true;
	err = ledger_resume_note(books->options.reader, key, bytes, sizeof(bytes), &reader.length, info);
	if (err != ERR_NONE || reader.length == 0 || wire_get_u8(&reader) != ZONE_NOTE_VERSION)
		return err;
	wire_get_text(&reader, name, sizeof(name));
	first_day = wire_get_i64(&reader);
	digest = wire_get_i64(&reader);
	/* Another zone is another matter: the register says so. */
	if (!wire_is_done(&reader) || strcmp(name, site->plan->time_zone) != 0)
		return ERR_NONE;
	site->is_zone_changed = bounds_digest(site->zone, first_day) != (uint64_t)digest;
	site->zone_noted_day = first_day + DAYS_EACH_WAY;
	site->is_zone_note_due = site->is_zone_changed;
	return ERR_NONE;
}

static enum err put_note(struct books *books, const struct books_site *site, int64_t today)
{
	uint8_t bytes[ZONE_NOTE_BYTES];
	struct wire_writer writer = {.bytes = bytes, .capacity = sizeof(bytes)};
	char key[ZONE_KEY_BYTES];

	name_note(key, site);
	wire_put_u8(&writer, ZONE_NOTE_VERSION);
	wire_put_text(&writer, site->plan->time_zone);
	wire_put_i64(&writer, today - DAYS_EACH_WAY);
	wire_put_i64(&writer, (int64_t)bounds_digest(site->zone, today - DAYS_EACH_WAY));
	return ledger_batch_add_note(books->batch, key, bytes, writer.length, NULL);
}

static void put_event(struct books *books, const struct books_site *site)
{
	char text[ZONE_SENTENCE_BYTES];
	struct ledger_event event = {
	    .utc_ms = books_utc_ms(books, books->now.boot_ns),
	    .level = LOG_LEVEL_NOTICE,
	    .code = "zone_rules",
	    .site_id = site->ledger_id,
	    .text = text,
	};

	snprintf(text, sizeof(text),
		 "the rules of time zone %s are not those of before (tzdata): days and months that are not sealed, past ones too, are "
		 "counted by the new ones; rows and sealed periods stay as they are",
		 site->plan->time_zone);
	books_put_event(books, &event, &(struct books_event_place){site, NULL, NULL});
}

void books_tell_zones(struct books *books)
{
	books->are_zones_told = true;
	for (size_t i = 0; i < books->options.plan->site_count; i++) {
		struct books_site *site = &books->site[i];
		int64_t today = zone_day_of(site->zone, books_utc_ms(books, books->now.boot_ns) / UNITS_MS_PER_S);
		int64_t age = today - site->zone_noted_day;

		if (site->is_zone_changed)
			put_event(books, site);
		if ((site->is_zone_note_due || age > DAYS_UNTIL_NEW_NOTE || age < -DAYS_UNTIL_NEW_NOTE) &&
		    put_note(books, site, today) != ERR_NONE)
			books->lost_count++;
		site->is_zone_changed = false;
		site->is_zone_note_due = false;
	}
}
