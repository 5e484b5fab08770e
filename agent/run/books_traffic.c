/* SPDX-License-Identifier: Apache-2.0 */
/* books_traffic: the points of octets and packets of ports, and energy against the octets at the users' side of a site. */
#include "run/books_port_priv.h"
#include "run/books_priv.h"

#include "base/log.h"
#include "ledger/resume.h"
#include "model/units.h"
#include "run/meter_tags.h"

#include <stdio.h>
#include <string.h>

/* ---- Points of ports ---- */

/* Seconds covered since the last point, by running rounding, so that those of all points add up. */
static int64_t take_covered_s(struct line_running *running, const struct interval *interval)
{
	int64_t covered_ms = interval_total_ms(interval) + running->covered_ms;
	int64_t rest_ms = covered_ms % UNITS_MS_PER_S;

	if (rest_ms < 0)
		rest_ms += UNITS_MS_PER_S;
	running->covered_ms = (uint16_t)rest_ms;
	return (covered_ms - rest_ms) / UNITS_MS_PER_S;
}

static bool fill_line(struct line_traffic *line, struct books_stream *stream, const struct interval *interval)
{
	int64_t amount = interval_total_millij(interval); /* whole octets or packets */

	*line = (struct line_traffic){LINE_UNKNOWN, LINE_UNKNOWN, LINE_UNKNOWN, LINE_UNKNOWN, LINE_UNKNOWN};
	switch (stream->quantity) {
	case QUANTITY_RX_OCTETS:
		line->rx_bytes = amount;
		line->covered_s = take_covered_s(&stream->running, interval);
		return true;
	case QUANTITY_TX_OCTETS: line->tx_bytes = amount; return true;
	case QUANTITY_CAPTURED_OCTETS: line->captured_bytes = amount; return true;
	case QUANTITY_DROPPED_PACKETS: line->dropped_packets = amount; return true;
	default: return false;
	}
}

static void add_line(struct books *books, const struct books_meter *meter, const struct line_traffic *line, int64_t utc_ns)
{
	struct line_series own = {0};
	struct line_tags tags;

	/* A meter of energy that counts octets too has other tags of its own. */
	if (!meter->info->is_port) {
		meter_tags_fill_port(&tags, books->options.plan, meter->device->plan, meter->info);
		if (line_series_init(&own, LINE_TAGS_TRAFFIC, &tags, NULL) != ERR_NONE) {
			books->lost_count++;
			return;
		}
	}
	buf_clear(&books->lines);
	if (line_add_traffic(&books->lines, meter->info->is_port ? books_series(books, meter) : &own, line, utc_ns))
		points_add_slots(books->options.points, &books->lines, 1);
	line_series_deinit(&own);
}

/* ---- Intensity ---- */

/* Where users are; its flows are parts of it. */
static bool is_uni(const struct books_meter *meter)
{
	return meter->ref == REF_UNI && meter->info->parent[0] == '\0';
}

static struct site_intensity_rules rules_of(struct books *books, const struct books_site *site)
{
	books_count_all(books);
	struct site_intensity_rules rules = {.octets_count = 2 * site->uni_count, .slot_s = (int32_t)books->options.plan->slot_s};

	for (int point = 0; point < POINT_COUNT; point++)
		rules.energy_count += site->in_total_count[point];
	return rules;
}

static void add_row(struct books *books, struct books_site *site, const struct site_intensity_row *row)
{
	struct site_intensity_rules rules = rules_of(books, site);

	/* A site without such ports has no intensity, and nothing is kept for it. */
	if (rules.octets_count > 0)
		site_intensity_add(&site->intensity, row, &rules);
}

void books_add_intensity_energy(struct books *books, struct books_meter *meter, const struct site_total_row *total,
				const struct interval *interval)
{
	struct site_intensity_row row = {
	    .slot_start_s = interval->slot_start_s,
	    .amount = total->energy_j,
	    .location_mg = total->location_mg,
	    .covered_ms = interval_total_ms(interval),
	    .has_location = total->has_location,
	    .is_first = interval->rev == 0,
	};

	add_row(books, books_site_of(books, meter->device), &row);
}

static void add_octets(struct books *books, const struct books_meter *meter, const struct interval *interval)
{
	struct site_intensity_row row = {
	    .slot_start_s = interval->slot_start_s,
	    .amount = interval_total_millij(interval),
	    .covered_ms = interval_total_ms(interval),
	    .is_octets = true,
	    .is_first = interval->rev == 0,
	};

	add_row(books, books_site_of(books, meter->device), &row);
}

void books_add_traffic_slot(struct books *books, struct books_meter *meter, struct books_stream *stream, const struct interval *interval)
{
	bool is_octets = stream->quantity == QUANTITY_RX_OCTETS || stream->quantity == QUANTITY_TX_OCTETS;
	struct line_traffic line;

	if (fill_line(&line, stream, interval) && books->options.points != NULL)
		add_line(books, meter, &line, line_slot_time_ns(interval->slot_start_s, interval->slot_s, interval->rev));
	if (is_octets && is_uni(meter))
		add_octets(books, meter, interval);
}

struct send_context {
	struct books *books;
	const struct books_site *site;
};

static void send_intensity(void *context, int64_t slot_start_s, int32_t rev, const struct site_intensity_figures *figures,
			   bool has_location)
{
	struct send_context *send = context;
	struct books *books = send->books;
	struct line_tags tags = {.site = send->site->plan->id};
	struct line_intensity line = {
	    .energy_j = figures->energy_j,
	    .uni_bytes = figures->uni_bytes,
	    .location_mg = has_location ? figures->location_mg : LINE_UNKNOWN,
	    .valid_s = figures->valid_s,
	};
	struct line_series series;

	if (books->options.points == NULL)
		return;
	if (line_series_init(&series, LINE_TAGS_SITE, &tags, NULL) != ERR_NONE) {
		books->lost_count++;
		return;
	}
	buf_clear(&books->lines);
	if (line_add_intensity(&books->lines, &series, &line, line_slot_time_ns(slot_start_s, (int32_t)books->options.plan->slot_s, rev)))
		points_add_slots(books->options.points, &books->lines, 1);
	line_series_deinit(&series);
}

void books_flush_intensity(struct books *books, int64_t due_s)
{
	for (size_t i = 0; i < books->options.plan->site_count; i++) {
		struct books_site *site = &books->site[i];
		struct send_context context = {.books = books, .site = site};
		struct site_intensity_rules rules = rules_of(books, site);

		site_intensity_flush(&site->intensity, &rules, due_s, send_intensity, &context);
	}
}

/* ---- Over a restart ---- */

enum { KEY_BYTES = PLAN_ID_BYTES + 16 };
_Static_assert((int)SITE_INTENSITY_BYTES_MAX <= (int)LEDGER_NOTE_BYTES_MAX, "the slots that wait fit a note, however many they are");

enum err books_add_intensity_note(struct books *books, struct books_site *site, struct err_info *info)
{
	uint8_t bytes[SITE_INTENSITY_BYTES_MAX];
	char key[KEY_BYTES];
	enum err err;

	if (!site->intensity.is_changed)
		return ERR_NONE;
	snprintf(key, sizeof(key), "intensity/%s", site->plan->id);
	err = ledger_batch_add_note(books->batch, key, bytes, site_intensity_save(&site->intensity, bytes), info);
	if (err == ERR_NONE)
		site->intensity.is_changed = false;
	return err;
}

enum err books_resume_intensity(struct books *books, struct books_site *site, struct err_info *info)
{
	uint8_t bytes[SITE_INTENSITY_BYTES_MAX];
	char key[KEY_BYTES];
	size_t size = 0;
	enum err err;

	snprintf(key, sizeof(key), "intensity/%s", site->plan->id);
	err = ledger_resume_note(books->options.reader, key, bytes, sizeof(bytes), &size, info);
	if (err == ERR_NONE && size != 0 && site_intensity_load(&site->intensity, bytes, size, info) != ERR_NONE)
		log_warning("site '%s': %s; they start anew", site->plan->id, info->text);
	return err;
}
