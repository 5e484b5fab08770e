/* SPDX-License-Identifier: Apache-2.0 */
#include "output/line.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/text.h"
#include "model/units.h"
#include "output/line_priv.h"

#include <stddef.h>
#include <string.h>

/*
 * Decimals of the doubles: a digit or two below what the best device of the kind resolves, so that nothing measured is lost and the
 * text (and its compressed size) is short.
 */
enum {
	POWER_W_DECIMALS = 3,
	VOLTAGE_V_DECIMALS = 3,
	CURRENT_A_DECIMALS = 4,
	POWER_FACTOR_DECIMALS = 4,
	FREQUENCY_HZ_DECIMALS = 3,
	INTENSITY_DECIMALS = 3,
};

enum { TAG_VALUE_BYTES = 256, TAGS_MAX = 9 };

/* U+FF3C FULLWIDTH REVERSE SOLIDUS */
static const char wide_backslash[] = "\xEF\xBC\xBC";

/* A tag of a set: its name, and where its value stands in struct line_tags. */
struct tag {
	const char *name;
	size_t offset;
};

#define TAG(field)                                        \
	{                                                 \
#field, offsetof(struct line_tags, field) \
	}

/* The order is part of the contract: it is what people see first of a line. */
static const struct tag tag_sets[LINE_TAGS_COUNT][TAGS_MAX] = {
    [LINE_TAGS_METER] = {TAG(site), TAG(rack), TAG(tenant), TAG(device), TAG(meter), TAG(role), TAG(in_total), TAG(point), TAG(supply)},
    [LINE_TAGS_SITE_POINT] = {TAG(site), TAG(point)},
    [LINE_TAGS_TRAFFIC] = {TAG(site), TAG(device), TAG(port), TAG(ref), TAG(flow)},
    [LINE_TAGS_SITE] = {TAG(site)},
    [LINE_TAGS_DEVICE] = {TAG(site), TAG(device), TAG(meter)},
    [LINE_TAGS_HOST] = {TAG(host), TAG(site)},
    [LINE_TAGS_EVENT] = {TAG(site), TAG(device), TAG(meter), TAG(code), TAG(level)},
};

static bool is_special(char c)
{
	return c == ',' || c == ' ' || c == '=';
}

void line_add_tag_value(struct buf *out, const char *value)
{
	char clean[TAG_VALUE_BYTES];
	size_t bytes = value == NULL ? 0 : text_clean(clean, sizeof clean, value, strlen(value));
	size_t i;

	if (bytes == 0) {
		buf_add_text(out, "none");
		return;
	}
	for (i = 0; i < bytes; i++) {
		char next = clean[i + 1];

		if (clean[i] == '\\' && (next == '\0' || next == '\\' || is_special(next))) {
			buf_add_text(out, wide_backslash);
			continue;
		}
		if (is_special(clean[i]))
			buf_add_char(out, '\\');
		buf_add_char(out, clean[i]);
	}
}

void line_series_print(struct buf *out, enum line_tag_set set, const struct line_tags *tags)
{
	const char *value;

	for (size_t i = 0; i < TAGS_MAX && tag_sets[set][i].name != NULL; i++) {
		memcpy(&value, (const char *)tags + tag_sets[set][i].offset, sizeof value);
		buf_add_char(out, ',');
		buf_add_text(out, tag_sets[set][i].name);
		buf_add_char(out, '=');
		line_add_tag_value(out, value);
	}
}

enum err line_series_init(struct line_series *out, enum line_tag_set set, const struct line_tags *tags, struct err_info *info)
{
	struct buf text;
	struct line_series series;

	buf_init(&text, LINE_SERIES_BYTES_MAX);
	line_series_print(&text, set, tags);
	series.bytes = text.bytes;
	series.text = text.is_failed ? NULL : mem_dup_bytes(text.data, text.bytes);
	buf_deinit(&text);
	if (series.text == NULL)
		return err_set(info, ERR_MEMORY, "no memory for the tags of a series");
	*out = series;
	return ERR_NONE;
}

void line_series_deinit(struct line_series *series)
{
	series->text = mem_free(series->text);
	series->bytes = 0;
}

static void put_name(struct line_tail *tail, const char *name, size_t name_bytes)
{
	char *at = tail->text + tail->used_bytes;

	*at = tail->used_bytes == 0 ? ' ' : ',';
	memcpy(at + 1, name, name_bytes);
	tail->used_bytes += 1 + name_bytes;
}

/* A further field of any length fits, and the time behind it. */
static bool has_room(const struct line_tail *tail)
{
	return tail->used_bytes + LINE_FIELD_NAME_BYTES_MAX + (size_t)(2 * NUM_TEXT_BYTES) + 4 <= sizeof tail->text;
}

void line_put_integer(struct line_tail *tail, const char *name, size_t name_bytes, int64_t value)
{
	if (value == LINE_UNKNOWN || !has_room(tail))
		return;
	put_name(tail, name, name_bytes);
	tail->used_bytes += num_print_i64(tail->text + tail->used_bytes, value);
	tail->text[tail->used_bytes++] = 'i';
}

void line_put_double(struct line_tail *tail, const char *name, size_t name_bytes, double value, int decimals)
{
	size_t before = tail->used_bytes;
	size_t bytes;

	if (!has_room(tail))
		return;
	put_name(tail, name, name_bytes);
	bytes = num_print_double(tail->text + tail->used_bytes, value, decimals);
	tail->used_bytes = bytes == 0 ? before : tail->used_bytes + bytes;
}

bool line_finish(struct buf *out, const char *measurement, const struct line_series *series, struct line_tail *tail, int64_t utc_ns)
{
	size_t before_bytes = out->bytes;

	if (tail->used_bytes == 0)
		return false;
	tail->text[tail->used_bytes++] = ' ';
	tail->used_bytes += num_print_i64(tail->text + tail->used_bytes, utc_ns);
	tail->text[tail->used_bytes++] = '\n';
	buf_add_text(out, measurement);
	buf_add(out, series->text, series->bytes);
	buf_add(out, tail->text, tail->used_bytes);
	if (out->is_failed && out->data != NULL) { /* never a torn line */
		out->bytes = before_bytes;
		out->data[before_bytes] = '\0';
	}
	return !out->is_failed;
}

static int64_t floor_to_unit(int64_t value, int64_t per_unit)
{
	return value / per_unit - (value % per_unit < 0);
}

bool line_add_energy(struct buf *out, const struct line_series *meter, const struct line_energy *reading, int64_t utc_ns)
{
	struct line_tail tail;
	bool is_known = reading->energy_millij != LINE_UNKNOWN;

	tail.used_bytes = 0;
	line_put_double(&tail, LINE_NAME("power_w="), reading->power_w, POWER_W_DECIMALS);
	line_put_integer(&tail, LINE_NAME("energy_j="),
			 is_known ? floor_to_unit(reading->energy_millij, UNITS_MILLIJ_PER_J) : LINE_UNKNOWN);
	line_put_double(&tail, LINE_NAME("voltage_v="), reading->voltage_v, VOLTAGE_V_DECIMALS);
	line_put_double(&tail, LINE_NAME("current_a="), reading->current_a, CURRENT_A_DECIMALS);
	line_put_double(&tail, LINE_NAME("power_factor="), reading->power_factor, POWER_FACTOR_DECIMALS);
	line_put_double(&tail, LINE_NAME("frequency_hz="), reading->frequency_hz, FREQUENCY_HZ_DECIMALS);
	return line_finish(out, "energy", meter, &tail, utc_ns);
}

/*
 * Running totals rounded down, cut into shares: share[k] is what of the first k + 1 parts together, rounded down, the first k do not
 * hold. Parts: measured, bridged, estimated, and the whole.
 */
enum { SHARE_MEASURED = 0, SHARE_BRIDGED, SHARE_ESTIMATED, SHARE_REST, SHARE_COUNT };

static void share_out(int64_t share[SHARE_COUNT], const int64_t millij[COVERAGE_COUNT])
{
	static const enum coverage parts[] = {COVERAGE_MEASURED, COVERAGE_BRIDGED, COVERAGE_ESTIMATED};
	bool is_saturated = false;
	int64_t sum_millij = 0;
	int64_t before_j = 0;
	int64_t behind_j;
	size_t i;

	for (i = 0; i < SHARE_REST; i++) {
		sum_millij = num_add_saturating(sum_millij, millij[parts[i]], &is_saturated);
		behind_j = floor_to_unit(sum_millij, UNITS_MILLIJ_PER_J);
		share[i] = behind_j - before_j;
		before_j = behind_j;
	}
	sum_millij = num_add_saturating(sum_millij, millij[COVERAGE_MANUAL], &is_saturated);
	sum_millij = num_add_saturating(sum_millij, millij[COVERAGE_STATIC], &is_saturated);
	share[SHARE_REST] = floor_to_unit(sum_millij, UNITS_MILLIJ_PER_J) - before_j;
}

/* What is above a whole joule or second. */
static uint16_t rest_of(int64_t thousandths)
{
	int64_t rest = thousandths % UNITS_MILLIJ_PER_J;

	return (uint16_t)(rest < 0 ? rest + UNITS_MILLIJ_PER_J : rest);
}

/* Whole joules and seconds before this interval would be taken off again: the rests alone give the same differences. */
void line_slot_round(struct line_slot *out, struct line_running *running, const struct interval *interval)
{
	int64_t before[SHARE_COUNT];
	int64_t behind[SHARE_COUNT];
	int64_t millij[COVERAGE_COUNT];
	int64_t covered_ms = running->covered_ms;
	bool is_saturated = false;
	size_t i;

	for (i = 0; i < COVERAGE_COUNT; i++)
		millij[i] = running->millij[i];
	share_out(before, millij);
	for (i = 0; i < COVERAGE_COUNT; i++) {
		millij[i] = num_add_saturating(millij[i], interval->millij[i], &is_saturated);
		covered_ms = num_add_saturating(covered_ms, interval->covered_ms[i], &is_saturated);
	}
	share_out(behind, millij);
	*out = (struct line_slot){
	    .slot_start_s = interval->slot_start_s,
	    .measured_j = behind[SHARE_MEASURED] - before[SHARE_MEASURED],
	    .bridged_j = behind[SHARE_BRIDGED] - before[SHARE_BRIDGED],
	    .estimated_j = behind[SHARE_ESTIMATED] - before[SHARE_ESTIMATED],
	    .covered_s = floor_to_unit(covered_ms, UNITS_MS_PER_S),
	    .slot_s = interval->slot_s,
	    .rev = interval->rev,
	};
	out->energy_j = out->measured_j + out->bridged_j + out->estimated_j + (behind[SHARE_REST] - before[SHARE_REST]);
	for (i = 0; i < COVERAGE_COUNT; i++)
		running->millij[i] = rest_of(millij[i]);
	running->covered_ms = rest_of(covered_ms);
}

int64_t line_slot_time_ns(int64_t slot_start_s, int32_t slot_s, int32_t rev)
{
	int64_t last_s = slot_s > 0 ? slot_s - 1 : 0;
	int64_t within_ms = rev * UNITS_MS_PER_S;

	if (rev > last_s) {
		/* The milliseconds between whole seconds, 999 in each: no store of ours has finer times. */
		int64_t beyond = (rev - last_s - 1) % ((UNITS_MS_PER_S - 1) * (last_s + 1));

		within_ms = beyond / (UNITS_MS_PER_S - 1) * UNITS_MS_PER_S + beyond % (UNITS_MS_PER_S - 1) + 1;
	}
	return slot_start_s * UNITS_NS_PER_S + within_ms * UNITS_NS_PER_MS;
}

bool line_add_slot(struct buf *out, const struct line_series *meter, const struct line_slot *slot)
{
	struct line_tail tail;

	tail.used_bytes = 0;
	line_put_integer(&tail, LINE_NAME("energy_j="), slot->energy_j);
	line_put_integer(&tail, LINE_NAME("measured_j="), slot->measured_j);
	line_put_integer(&tail, LINE_NAME("bridged_j="), slot->bridged_j);
	line_put_integer(&tail, LINE_NAME("estimated_j="), slot->estimated_j);
	line_put_integer(&tail, LINE_NAME("covered_s="), slot->covered_s);
	line_put_integer(&tail, LINE_NAME("slot_s="), slot->rev == 0 ? slot->slot_s : 0);
	line_put_integer(&tail, LINE_NAME("rev="), slot->rev);
	return line_finish(out, "slot", meter, &tail, line_slot_time_ns(slot->slot_start_s, slot->slot_s, slot->rev));
}

/* The series of a carbon point: the meter's with scope and basis behind it. */
static bool add_carbon_line(struct buf *out, const struct line_series *meter, const struct line_carbon *carbon, struct line_tail *tail,
			    int64_t utc_ns)
{
	struct buf tags;
	struct line_series series;
	bool is_added;

	buf_init(&tags, LINE_SERIES_BYTES_MAX + TAG_VALUE_BYTES);
	buf_add(&tags, meter->text, meter->bytes);
	buf_add_text(&tags, ",scope=");
	buf_add_i64(&tags, carbon->scope);
	buf_add_text(&tags, ",basis=");
	line_add_tag_value(&tags, carbon->basis);
	series = (struct line_series){.text = tags.data, .bytes = tags.bytes};
	out->is_failed = out->is_failed || tags.is_failed;
	is_added = line_finish(out, "carbon", &series, tail, utc_ns);
	buf_deinit(&tags);
	return is_added;
}

bool line_add_carbon(struct buf *out, const struct line_series *meter, const struct line_carbon *carbon, int64_t utc_ns)
{
	struct line_tail tail;

	tail.used_bytes = 0;
	if (carbon->scope == 1) {
		line_put_integer(&tail, LINE_NAME("direct_mg="), carbon->direct_mg);
	} else {
		line_put_integer(&tail, LINE_NAME("location_mg="), carbon->location_mg);
		line_put_integer(&tail, LINE_NAME("market_mg="), carbon->market_mg);
		line_put_integer(&tail, LINE_NAME("hourly_mg="), carbon->hourly_mg);
	}
	if (tail.used_bytes == 0)
		return false;
	if (carbon->scope != 1)
		line_put_double(&tail, LINE_NAME("intensity_g_per_kwh="), carbon->intensity_g_per_kwh, INTENSITY_DECIMALS);
	line_put_integer(&tail, LINE_NAME("rev="), carbon->rev);
	return add_carbon_line(out, meter, carbon, &tail, utc_ns);
}

bool line_add_site_total(struct buf *out, const struct line_series *site_point, const struct line_site_total *total, int64_t utc_ns)
{
	struct line_tail tail;

	tail.used_bytes = 0;
	line_put_integer(&tail, LINE_NAME("energy_j="), total->energy_j);
	line_put_integer(&tail, LINE_NAME("covered_s="), total->covered_s);
	line_put_integer(&tail, LINE_NAME("expected_s="), total->expected_s);
	line_put_integer(&tail, LINE_NAME("location_mg="), total->location_mg);
	line_put_integer(&tail, LINE_NAME("market_mg="), total->market_mg);
	line_put_integer(&tail, LINE_NAME("hourly_mg="), total->hourly_mg);
	if (tail.used_bytes == 0)
		return false;
	line_put_integer(&tail, LINE_NAME("rev="), total->rev);
	return line_finish(out, "site_total", site_point, &tail, utc_ns);
}

bool line_add_traffic(struct buf *out, const struct line_series *traffic, const struct line_traffic *values, int64_t utc_ns)
{
	struct line_tail tail;

	tail.used_bytes = 0;
	line_put_integer(&tail, LINE_NAME("rx_bytes="), values->rx_bytes);
	line_put_integer(&tail, LINE_NAME("tx_bytes="), values->tx_bytes);
	line_put_integer(&tail, LINE_NAME("captured_bytes="), values->captured_bytes);
	line_put_integer(&tail, LINE_NAME("dropped_packets="), values->dropped_packets);
	line_put_integer(&tail, LINE_NAME("covered_s="), values->covered_s);
	return line_finish(out, "traffic", traffic, &tail, utc_ns);
}

bool line_add_intensity(struct buf *out, const struct line_series *site, const struct line_intensity *values, int64_t utc_ns)
{
	struct line_tail tail;

	tail.used_bytes = 0;
	line_put_integer(&tail, LINE_NAME("energy_j="), values->energy_j);
	line_put_integer(&tail, LINE_NAME("uni_bytes="), values->uni_bytes);
	line_put_integer(&tail, LINE_NAME("location_mg="), values->location_mg);
	line_put_integer(&tail, LINE_NAME("valid_s="), values->valid_s);
	return line_finish(out, "intensity", site, &tail, utc_ns);
}

bool line_add_chain(struct buf *out, const struct line_series *site, int64_t statement_count, const uint8_t head[static 32], int64_t utc_ns)
{
	static const struct {
		const char *name;
		size_t bytes;
	} HEADS[] = {{LINE_NAME("head_0=")}, {LINE_NAME("head_1=")}, {LINE_NAME("head_2=")}, {LINE_NAME("head_3=")},
		     {LINE_NAME("head_4=")}, {LINE_NAME("head_5=")}, {LINE_NAME("head_6=")}, {LINE_NAME("head_7=")}};
	struct line_tail tail;

	tail.used_bytes = 0;
	line_put_integer(&tail, LINE_NAME("statements="), statement_count);
	for (size_t i = 0; i < sizeof(HEADS) / sizeof(HEADS[0]); i++) {
		const uint8_t *at = head + 4 * i;

		line_put_integer(&tail, HEADS[i].name, HEADS[i].bytes,
				 (int64_t)at[0] << 24 | (int64_t)at[1] << 16 | (int64_t)at[2] << 8 | (int64_t)at[3]);
	}
	return line_finish(out, "chain", site, &tail, utc_ns);
}
