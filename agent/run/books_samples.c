/* SPDX-License-Identifier: Apache-2.0 */
/* books_samples: from samples to readings, and the points of the latest readings. */
#include "run/books_ambient_priv.h"
#include "run/books_port_priv.h"
#include "run/books_priv.h"

#include "model/units.h"

#include <math.h>

/* A clock of ours that a collector reads a moment later than we do is no lie. */
#define FUTURE_NS UNITS_NS_PER_S

/* All samples of one meter at one instant. */
struct gathered {
	struct account_reading energy;
	struct books_gauges gauges;
	struct books_ambient ambient;
	uint64_t raw[BOOKS_OTHER_COUNT];
	bool has[BOOKS_OTHER_COUNT];
	bool has_mark;
	uint32_t mark_s;
};

static enum err check_sample(const struct books_device *device, const struct sample *sample, int64_t now_boot_ns, struct err_info *info)
{
	if (sample->boot_ns > now_boot_ns + FUTURE_NS)
		return err_set(info, ERR_DATA, "device '%s': a sample from %.1f s in the future", device->plan->id,
			       (double)(sample->boot_ns - now_boot_ns) / (double)UNITS_NS_PER_S);
	if (sample->meter == SAMPLE_METER_NONE)
		return ERR_NONE;
	if (sample->meter >= device->handle_count || device->handle[sample->meter] >= device->meter_count)
		return err_set(info, ERR_DATA, "device '%s': a sample of meter number %u, which was not announced", device->plan->id,
			       sample->meter);
	if (device->meter[device->handle[sample->meter]]->derived != NULL)
		return err_set(info, ERR_DATA, "device '%s': a sample of a meter that is a sum", device->plan->id);
	return ERR_NONE;
}

static void take_gauge(struct gathered *gathered, const struct sample *sample)
{
	switch (sample->quantity) {
	case QUANTITY_VOLTAGE: gathered->gauges.voltage_v = (float)sample->value; break;
	case QUANTITY_CURRENT: gathered->gauges.current_a = (float)sample->value; break;
	case QUANTITY_POWER_FACTOR: gathered->gauges.power_factor = (float)sample->value; break;
	case QUANTITY_FREQUENCY: gathered->gauges.frequency_hz = (float)sample->value; break;
	default: books_ambient_put(&gathered->ambient, sample); break;
	}
}

static void gather(struct gathered *gathered, const struct sample *sample)
{
	enum books_other other = books_other_of(sample->quantity);

	gathered->energy.caliber = sample->caliber;
	if (other != BOOKS_OTHER_COUNT) {
		gathered->has[other] = true;
		gathered->raw[other] = sample->raw;
		books_ambient_put(&gathered->ambient, sample); /* litres are shown too */
		return;
	}
	switch (sample->quantity) {
	case QUANTITY_POWER:
		gathered->energy.has_power = true;
		gathered->energy.power_w = sample->value;
		break;
	case QUANTITY_ENERGY:
		gathered->energy.has_raw = true;
		gathered->energy.raw = sample->raw;
		break;
	case QUANTITY_DISCONTINUITY:
		gathered->has_mark = true;
		gathered->mark_s = sample->value < 0 || sample->value > UINT32_MAX - 1.0 ? 0 : (uint32_t)sample->value;
		break;
	default: take_gauge(gathered, sample); break;
	}
}

static void take_stream(struct books *books, struct books_meter *meter, struct books_stream *stream, const struct account_reading *reading)
{
	struct account_rules rules = books_rules(books, meter, stream->quantity);
	struct books_context context;
	struct account_sink sink = books_sink(books, meter, stream, &context);
	struct account_book *account = books_open_account(books, stream);

	if (account == NULL)
		return; /* as if it had not been read: the next reading bridges it */
	account_book_take(account, &rules, &books->place, reading, &sink);
	stream->boot_ns = reading->boot_ns;
	stream->is_changed = true;
	if (reading->has_raw) {
		stream->raw = reading->raw;
		stream->has_raw = true;
	}
	books_close_account(books, stream);
}

static void take_others(struct books *books, struct books_meter *meter, const struct gathered *gathered)
{
	for (size_t i = 0; i < BOOKS_OTHER_COUNT; i++) {
		struct account_reading reading = gathered->energy;
		struct books_stream *stream;

		if (!gathered->has[i])
			continue;
		stream = books_stream_of(books, meter, books_other_quantity((enum books_other)i));
		if (stream == NULL)
			continue;
		reading.has_power = false;
		reading.has_raw = true;
		reading.raw = gathered->raw[i];
		reading.has_mark = gathered->has_mark && i != BOOKS_ENERGY_OUT;
		reading.mark_s = gathered->mark_s;
		take_stream(books, meter, stream, &reading);
	}
}

static bool has_gauge(const struct books_gauges *gauges)
{
	return isfinite(gauges->voltage_v) || isfinite(gauges->current_a) || isfinite(gauges->power_factor) ||
	       isfinite(gauges->frequency_hz);
}

static void take_energy(struct books *books, struct books_meter *meter, const struct gathered *gathered)
{
	struct books_meter *sum = meter->device->derived;
	int64_t before_millij;
	int64_t after_millij;

	if (!gathered->energy.has_raw && !gathered->energy.has_power) {
		if (has_gauge(&gathered->gauges))
			books_add_energy_point(books, meter, LINE_UNKNOWN, gathered->energy.boot_ns);
		return;
	}
	if (books_stream_of(books, meter, QUANTITY_ENERGY) == NULL)
		return;
	before_millij = meter->energy->energy_millij;
	take_stream(books, meter, meter->energy, &gathered->energy);
	after_millij = meter->energy->energy_millij;
	meter->power_w = gathered->energy.has_power ? gathered->energy.power_w : NAN;
	meter->read_boot_ns = gathered->energy.boot_ns;
	if (sum != NULL && meter->info->is_summand) {
		sum->derived->energy_millij += after_millij - before_millij;
		sum->is_changed = true;
	}
	books_add_energy_point(books, meter, after_millij, gathered->energy.boot_ns);
}

static void take_meter(struct books *books, struct books_meter *meter, struct gathered *gathered)
{
	struct books_device *device = meter->device;

	gathered->energy.utc_ns = account_place_utc_ns(&books->place, gathered->energy.boot_ns);
	gathered->energy.identity = device->identity;
	if (device->uptime_s >= 0 && device->uptime_boot_ns == gathered->energy.boot_ns) {
		gathered->energy.has_uptime = true;
		gathered->energy.uptime_s = device->uptime_s;
	}
	/* What a read does not have is unknown now, whatever the one before had. */
	meter->gauges = gathered->gauges;
	take_energy(books, meter, gathered);
	take_others(books, meter, gathered);
	books_take_ambient(books, meter, &gathered->ambient);
}

/* After a read: the sum's reading, when every expected summand answered in it. */
static void take_sum(struct books *books, struct books_device *device, int64_t boot_ns)
{
	struct books_meter *sum = device->derived;
	double power_w = 0;

	if (sum == NULL)
		return;
	if (!books_learn_rows(books, device, boot_ns)) {
		sum->power_w = NAN;
		return;
	}
	for (size_t i = 0; i < device->meter_count; i++) {
		const struct books_meter *meter = device->meter[i];

		if (meter->info->is_summand && !meter->is_gone)
			power_w += meter->power_w; /* NaN of one makes the sum unknown */
	}
	sum->power_w = power_w;
	sum->read_boot_ns = boot_ns;
	books_add_energy_point(books, sum, sum->derived->energy_millij, boot_ns);
}

void books_add_energy_point(struct books *books, struct books_meter *meter, int64_t energy_millij, int64_t boot_ns)
{
	struct line_energy line = {
	    .power_w = meter->read_boot_ns == boot_ns ? meter->power_w : NAN,
	    .voltage_v = (double)meter->gauges.voltage_v,
	    .current_a = (double)meter->gauges.current_a,
	    .power_factor = (double)meter->gauges.power_factor,
	    .frequency_hz = (double)meter->gauges.frequency_hz,
	    .energy_millij = energy_millij,
	};
	int64_t utc_ms;
	int64_t minute;

	if (!books_point_time(books, meter, boot_ns, &utc_ms))
		return;
	minute = utc_ms / (UNITS_S_PER_MIN * UNITS_MS_PER_S);
	buf_clear(&books->lines);
	if (line_add_energy(&books->lines, books_series(books, meter), &line, utc_ms * UNITS_NS_PER_MS))
		points_add_samples(books->options.points, &books->lines, 1, minute != meter->minute);
	meter->minute = minute;
}

/* One read of one device: samples[0..count) have the same device and instant. */
static void take_read(struct books *books, struct books_device *device, const struct sample *samples, size_t count)
{
	int64_t boot_ns = samples[0].boot_ns;
	size_t at = 0;

	while (at < count) {
		struct gathered gathered = {.energy = {.boot_ns = boot_ns, .caliber = CALIBER_UNKNOWN}, .gauges = {NAN, NAN, NAN, NAN}};
		struct books_meter *meter;
		uint32_t handle = samples[at].meter;

		if (handle == SAMPLE_METER_NONE) {
			if (samples[at].quantity == QUANTITY_UPTIME) {
				device->uptime_s = samples[at].value;
				device->uptime_boot_ns = boot_ns;
			}
			at++;
			continue;
		}
		books_ambient_clear(&gathered.ambient);
		meter = device->meter[device->handle[handle]];
		while (at < count && samples[at].meter == handle)
			gather(&gathered, &samples[at++]);
		take_meter(books, meter, &gathered);
	}
	take_sum(books, device, boot_ns);
}

enum err books_put_samples(struct books *books, enum wire_kind kind, const struct sample *samples, size_t count, int64_t now_boot_ns,
			   struct err_info *info)
{
	size_t at = 0;

	/* All of a record is checked before any of it is booked: a lie changes nothing. */
	for (size_t i = 0; i < count; i++) {
		enum err err;

		if (samples[i].device >= books->index_count[kind])
			return err_set(info, ERR_DATA, "a sample of %s device %u, of which the plan knows only %u", wire_kind_name(kind),
				       samples[i].device, books->index_count[kind]);
		err = check_sample(&books->device[books->index[kind][samples[i].device]], &samples[i], now_boot_ns, info);
		if (err != ERR_NONE)
			return err;
	}
	while (at < count) {
		size_t end = at;

		while (end < count && samples[end].device == samples[at].device && samples[end].boot_ns == samples[at].boot_ns)
			end++;
		take_read(books, &books->device[books->index[kind][samples[at].device]], samples + at, end - at);
		books_make_room(books);
		at = end;
	}
	return ERR_NONE;
}
