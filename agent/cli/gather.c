/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/gather.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "model/units.h"
#include "run/spawn.h"
#include "wire/packet.h"

#include <errno.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { SOCKET_BUFFER_BYTES = 1 << 20, METERS_MAX = 65536, READINGS_MAX = QUANTITY_COUNT, GATHERS_MAX = PLAN_KIND_COUNT, LOOK_MS = 250 };

enum err gather_make_plan(int *fd, const void *data, size_t bytes, struct err_info *info)
{
	int made = memfd_create("plan", MFD_CLOEXEC);
	enum err err;

	if (made < 0)
		return err_set_errno(info, ERR_IO, errno, "cannot make a memory file");
	err = file_write_all(made, data, bytes, info);
	if (err != ERR_NONE) {
		close(made);
		return err;
	}
	*fd = made;
	return ERR_NONE;
}

/* ---- Starting and ending ---- */

static enum err start_collector(struct gather *gather, int plan_fd, struct err_info *info)
{
	struct spawn_request request;
	char program[PLAN_ID_BYTES];
	int pair[2];
	enum err err = packet_pair(pair, SOCKET_BUFFER_BYTES, info);

	if (err != ERR_NONE)
		return err;
	snprintf(program, sizeof(program), "wattledger-%s", plan_kind_name(gather->kind));
	spawn_request_init(&request, program);
	request.argument[0] = "--plan-fd";
	request.argument[1] = "3";
	request.argument[2] = "--core-fd";
	request.argument[3] = "4";
	request.fd[request.fd_count++] = plan_fd;
	request.fd[request.fd_count++] = pair[1];
	request.capability = spawn_capability_of(gather->kind);
	request.death_signal = SIGKILL;
	(void)lseek(plan_fd, 0, SEEK_SET);
	err = spawn_start(&request, &gather->pid, info);
	close(pair[1]);
	if (err != ERR_NONE) {
		close(pair[0]);
		return err;
	}
	gather->fd = pair[0];
	return ERR_NONE;
}

enum err gather_start(struct gather *out, enum plan_kind kind, int plan_fd, size_t device_count, uint32_t reads_wanted,
		      struct err_info *info)
{
	struct gather gather = {.kind = kind, .fd = -1, .reads_wanted = reads_wanted, .device_count = device_count};
	enum err err;

	gather.device = mem_new_array(device_count + 1, sizeof(*gather.device));
	gather.done = mem_new_array(device_count + 1, sizeof(*gather.done));
	err = gather.device == NULL || gather.done == NULL ? err_set(info, ERR_MEMORY, "no memory for %zu devices", device_count)
							   : start_collector(&gather, plan_fd, info);
	if (err != ERR_NONE) {
		mem_free(gather.device);
		mem_free(gather.done);
		return err;
	}
	*out = gather;
	return ERR_NONE;
}

static void end_collector(struct gather *gather)
{
	if (gather->fd >= 0)
		close(gather->fd);
	gather->fd = -1;
	if (gather->pid == 0)
		return;
	kill(gather->pid, SIGTERM);
	(void)spawn_wait(gather->pid);
	gather->pid = 0;
}

void gather_deinit(struct gather *gather)
{
	end_collector(gather);
	for (size_t d = 0; d < gather->device_count; d++) {
		for (size_t m = 0; m < gather->device[d].meter_count; m++)
			mem_free(gather->device[d].meter[m].reading);
		mem_free(gather->device[d].meter);
	}
	gather->device = mem_free(gather->device);
	gather->done = mem_free(gather->done);
	gather->device_count = 0;
}

/* ---- Records ---- */

static void finish(struct gather *gather, struct gather_device *device)
{
	if (device->is_done)
		return;
	device->is_done = true;
	gather->done[gather->done_count++] = (uint32_t)(device - gather->device);
}

static enum err take_meter(struct gather *gather, struct wire_reader *reader, struct err_info *info)
{
	struct wire_meter record;
	struct gather_device *device;
	void *array;
	enum err err = wire_get_meter(reader, &record, info);

	if (err != ERR_NONE)
		return err;
	if (record.device >= gather->device_count || record.meter >= METERS_MAX)
		return err_set(info, ERR_DATA, "a meter of a device that is not in the plan");
	device = &gather->device[record.device];
	array = device->meter;
	err = mem_grow(&array, &device->meter_capacity, record.meter, METERS_MAX, sizeof(*device->meter));
	device->meter = array;
	if (err != ERR_NONE)
		return err_set(info, err, "no room for meter %u", record.meter);
	if (record.meter >= device->meter_count)
		device->meter_count = record.meter + 1;
	device->meter[record.meter].info = record.info;
	device->meter[record.meter].is_announced = true;
	return ERR_NONE;
}

static enum err take_device(struct gather *gather, struct wire_reader *reader, struct err_info *info)
{
	struct wire_device record;
	struct gather_device *device;
	enum err err = wire_get_device(reader, &record, info);

	if (err != ERR_NONE)
		return err;
	if (record.device >= gather->device_count)
		return err_set(info, ERR_DATA, "a state of a device that is not in the plan");
	device = &gather->device[record.device];
	device->state = record;
	device->has_state = true;
	if (record.state > DEVICE_PARTIAL)
		finish(gather, device);
	return ERR_NONE;
}

static enum err keep_sample(struct gather_meter *meter, const struct sample *sample, struct err_info *info)
{
	struct gather_reading *reading = NULL;
	void *array = meter->reading;
	enum err err;

	for (size_t i = 0; i < meter->reading_count; i++) {
		if (meter->reading[i].quantity == sample->quantity)
			reading = &meter->reading[i];
	}
	if (reading == NULL) {
		err = mem_grow(&array, &meter->reading_capacity, meter->reading_count, READINGS_MAX, sizeof(*meter->reading));
		meter->reading = array;
		if (err != ERR_NONE)
			return err_set(info, err, "no room for a reading");
		reading = &meter->reading[meter->reading_count++];
		*reading = (struct gather_reading){.quantity = sample->quantity, .first = *sample};
	}
	reading->last = *sample;
	reading->count++;
	return ERR_NONE;
}

static enum err take_sample(struct gather *gather, const struct sample *sample, struct err_info *info)
{
	struct gather_device *device;

	if (sample->device >= gather->device_count)
		return err_set(info, ERR_DATA, "a sample of a device that is not in the plan");
	device = &gather->device[sample->device];
	if (sample->boot_ns != device->read_boot_ns) {
		device->read_boot_ns = sample->boot_ns;
		device->read_count++;
		if (device->read_count >= gather->reads_wanted)
			finish(gather, device);
	}
	if (sample->meter == SAMPLE_METER_NONE)
		return ERR_NONE;
	if (sample->meter >= device->meter_count || !device->meter[sample->meter].is_announced)
		return err_set(info, ERR_DATA, "a sample of a meter that was not announced");
	return keep_sample(&device->meter[sample->meter], sample, info);
}

static enum err take_samples(struct gather *gather, struct wire_reader *reader, struct err_info *info)
{
	struct wire_samples *samples = mem_new(sizeof(*samples));
	enum err err = samples == NULL ? err_set(info, ERR_MEMORY, "no memory") : wire_get_samples(reader, samples, info);

	/* A read that is too long for a record comes in several, sent together: drain() takes them all before anybody looks. */
	for (uint32_t i = 0; err == ERR_NONE && i < samples->count; i++)
		err = take_sample(gather, &samples->sample[i], info);
	mem_free(samples);
	return err;
}

static enum err take_record(struct gather *gather, const uint8_t *bytes, size_t length, struct err_info *info)
{
	struct wire_reader reader = {.bytes = bytes, .length = length};
	enum wire_type type;
	enum err err = wire_read_header(&reader, &type, info);

	if (err != ERR_NONE)
		return err;
	switch (type) {
	case WIRE_METER: return take_meter(gather, &reader, info);
	case WIRE_DEVICE: return take_device(gather, &reader, info);
	case WIRE_SAMPLES: return take_samples(gather, &reader, info);
	default: return ERR_NONE; /* greetings and figures */
	}
}

/* All that is there. ERR_UNAVAILABLE: the collector has ended. */
static enum err drain(struct gather *gather, struct err_info *info)
{
	uint8_t bytes[WIRE_RECORD_BYTES_MAX];

	for (;;) {
		size_t length;
		int fd;
		enum err err = packet_receive(gather->fd, bytes, sizeof(bytes), &length, &fd, info);

		if (err != ERR_NONE)
			return err == ERR_BUSY ? ERR_NONE : err;
		if (fd >= 0)
			close(fd);
		err = take_record(gather, bytes, length, info);
		if (err != ERR_NONE)
			return err;
	}
}

/* ---- The loop ---- */

static bool is_over(const struct gather *gather, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (gather[i].fd >= 0 && gather[i].done_count < gather[i].device_count)
			return false;
	}
	return true;
}

static enum err take_ready(struct gather *gather, size_t count, const struct pollfd *ready, struct err_info *info)
{
	for (size_t i = 0; i < count; i++) {
		enum err err;

		if (ready[i].revents == 0)
			continue;
		err = drain(&gather[i], info);
		if (err == ERR_UNAVAILABLE) {
			end_collector(&gather[i]);
		} else if (err != ERR_NONE) {
			err_prefix(info, "the %s collector", plan_kind_name(gather[i].kind));
			return err;
		}
	}
	return ERR_NONE;
}

/* One wait, and what came. */
static enum err run_once(struct gather *gather, size_t count, int64_t wait_ms, struct err_info *info)
{
	struct pollfd ready[GATHERS_MAX] = {0};

	for (size_t i = 0; i < count; i++)
		ready[i] = (struct pollfd){.fd = gather[i].fd, .events = POLLIN};
	if (poll(ready, count, (int)(wait_ms < INT32_MAX ? wait_ms : INT32_MAX)) < 0)
		return errno == EINTR ? ERR_NONE : err_set_errno(info, ERR_IO, errno, "cannot wait for the collectors");
	return take_ready(gather, count, ready, info);
}

enum err gather_run_watched(struct gather *gather, size_t count, int64_t timeout_ms, const struct gather_watch *watch,
			    struct err_info *info)
{
	int64_t end_ns = clock_boot_ns() + timeout_ms * CLOCK_NS_PER_MS;
	enum err err = ERR_NONE;

	while (err == ERR_NONE && !is_over(gather, count)) {
		int64_t left_ms = (end_ns - clock_boot_ns()) / CLOCK_NS_PER_MS;

		if (left_ms <= 0)
			break;
		err = run_once(gather, count, watch != NULL && left_ms > LOOK_MS ? LOOK_MS : left_ms, info);
		if (watch != NULL && err == ERR_NONE)
			watch->look(watch->context);
	}
	for (size_t i = 0; i < count; i++)
		end_collector(&gather[i]);
	return err;
}

enum err gather_run(struct gather *gather, size_t count, int64_t timeout_ms, struct err_info *info)
{
	return gather_run_watched(gather, count, timeout_ms, NULL, info);
}

/* ---- Looking ---- */

const struct gather_reading *gather_find(const struct gather_meter *meter, enum quantity quantity)
{
	for (size_t i = 0; i < meter->reading_count; i++) {
		if (meter->reading[i].quantity == quantity)
			return &meter->reading[i];
	}
	return NULL;
}

bool gather_value(const struct gather_meter *meter, const struct sample *sample, double *value)
{
	const struct counter_spec *spec = sample->quantity == QUANTITY_ENERGY       ? &meter->info.energy
					  : sample->quantity == QUANTITY_ENERGY_OUT ? &meter->info.energy_out
										    : NULL;

	if (!quantity_is_counter(sample->quantity)) {
		*value = sample->value;
		return true;
	}
	if (spec == NULL) {
		*value = (double)sample->raw;
		return true;
	}
	if (spec->unit_num <= 0 || spec->unit_den <= 0)
		return false;
	*value = (double)sample->raw * (double)spec->unit_num / (double)spec->unit_den / 1000.0;
	return true;
}

static const struct sample *sample_of(const struct gather_meter *meter, enum quantity quantity, enum gather_which which)
{
	const struct gather_reading *reading = gather_find(meter, quantity);

	return reading == NULL ? NULL : which == GATHER_FIRST ? &reading->first : &reading->last;
}

/* gather_sum(), and the instant of the read that all of it comes from. */
static bool sum_at(const struct gather_device *device, enum quantity quantity, enum gather_which which, double *sum, int64_t *boot_ns)
{
	double total = 0;
	bool has_summand = false;

	for (size_t m = 0; m < device->meter_count; m++) {
		const struct gather_meter *meter = &device->meter[m];
		const struct sample *sample = sample_of(meter, quantity, which);
		double part;

		if (!meter->is_announced || !meter->info.is_summand)
			continue;
		if (sample == NULL || (has_summand && sample->boot_ns != *boot_ns) || !gather_value(meter, sample, &part))
			return false;
		total += part;
		*boot_ns = sample->boot_ns;
		has_summand = true;
	}
	*sum = total;
	return has_summand;
}

bool gather_sum(const struct gather_device *device, enum quantity quantity, enum gather_which which, double *value)
{
	int64_t boot_ns = 0;

	return sum_at(device, quantity, which, value, &boot_ns);
}

static enum err fill_sum(const struct gather_device *device, struct gather_meter *meter, enum quantity quantity, struct err_info *info)
{
	struct sample sample = {.quantity = quantity, .caliber = meter->info.caliber};
	int64_t first_ns = 0;
	enum err err = ERR_NONE;

	for (int which = GATHER_FIRST; err == ERR_NONE && which <= GATHER_LAST; which++) {
		if (!sum_at(device, quantity, (enum gather_which)which, &sample.value, &sample.boot_ns))
			continue;
		if (which == GATHER_LAST && sample.boot_ns == first_ns)
			continue; /* there was one read alone */
		first_ns = sample.boot_ns;
		if (quantity_is_counter(quantity))
			sample.raw = (uint64_t)llround(sample.value * UNITS_MILLIJ_PER_J);
		err = keep_sample(meter, &sample, info);
	}
	return err;
}

enum err gather_fill_sums(struct gather *gather, struct err_info *info)
{
	enum err err = ERR_NONE;

	for (size_t d = 0; d < gather->device_count; d++) {
		struct gather_device *device = &gather->device[d];

		for (size_t m = 0; err == ERR_NONE && m < device->meter_count; m++) {
			if (!device->meter[m].is_announced || !device->meter[m].info.is_derived)
				continue;
			device->meter[m].info.energy = (struct counter_spec){.unit_num = 1, .unit_den = 1};
			err = fill_sum(device, &device->meter[m], QUANTITY_POWER, info);
			if (err == ERR_NONE)
				err = fill_sum(device, &device->meter[m], QUANTITY_ENERGY, info);
		}
	}
	return err;
}
