/* SPDX-License-Identifier: Apache-2.0 */
/* wattledger-snmp: the collector that speaks SNMP. */
#include "base/log.h"
#include "base/mem.h"
#include "frame/frame.h"
#include "model/units.h"
#include "snmp/engine.h"
#include "snmp/packet.h"
#include "snmp/stream.h"
#include "snmp/transport.h"

#include <malloc.h>

/* Of a scan. What is not there holds its place until it is given up, so most of these wait in vain when a range is looked through. */
/* Of a scan: so many addresses at a time, and so many a second, for each new one is a broadcast in its network (ARP). */
enum { SCAN_RUNNING_MAX = 200, SCAN_PER_S = 500 };

#define SCAN_EVERY_NS (UNITS_NS_PER_S / SCAN_PER_S)
#define SCAN_BURST_NS (300 * UNITS_NS_PER_MS) /* the longest tick */

struct state {
	struct frame *frame;
	struct plan_snmp plan; /* its devices are freed after open, its drivers stay */
	struct c_snmp_engine *engine;
	struct c_snmp_transport *transport; /* UDP */
	struct c_snmp_streams *streams;     /* TCP */
	int64_t now_boot_ns;                /* of this wake */
	bool is_asked;                      /* in this wake, over UDP */
	bool is_scan;
	size_t waiting_count; /* scan: devices that have not ended yet */
	uint8_t *reads_left;  /* scan: reads to come, by device */
	uint32_t *queue;      /* scan: devices whose turn comes when others end, [queue_first, queue_count) */
	size_t queue_first;
	size_t queue_count;
	size_t running_count; /* scan: devices that are being read */
	int64_t begin_ns;     /* scan: when the next one may begin */
	bool is_trim_due;     /* a survey has ended since memory was given back last */
	int64_t trim_due_ns;
	uint64_t dropped_count;
	struct log_limit dropped_limit;
};

/* ---- What the engine needs ----------------------------------------------------------------------------------------------------------- */

static void send_message(void *context, uint32_t device, const struct c_snmp_address *address, bool is_tcp, const uint8_t *message,
			 size_t bytes)
{
	struct state *state = context;

	if (is_tcp)
		c_snmp_streams_send(state->streams, device, address, message, bytes);
	else
		c_snmp_transport_send(state->transport, address, message, bytes);
	state->is_asked |= !is_tcp;
}

static void put_meter(void *context, uint32_t device, uint32_t meter, const struct meter_info *info)
{
	frame_put_meter(((struct state *)context)->frame, device, meter, info);
}

static void mark_changed(void *context, uint32_t device)
{
	frame_mark_changed(((struct state *)context)->frame, device);
}

static void end_read(void *context, uint32_t device, enum device_state device_state, uint32_t latency_us, const struct sample *sample,
		     size_t count)
{
	struct state *state = context;
	struct frame_result result = {.state = device_state, .latency_us = latency_us, .sample = sample, .sample_count = count};

	frame_end_read(state->frame, device, &result);
	if (state->is_scan && state->reads_left[device] > 0) {
		state->reads_left[device]--;
		state->waiting_count--;
		state->running_count--;
	}
}

/* ---- What the frame calls ------------------------------------------------------------------------------------------------------------ */

static void close_state(void *opaque)
{
	struct state *state = opaque;

	c_snmp_engine_free(state->engine);
	c_snmp_transport_free(state->transport);
	c_snmp_streams_free(state->streams);
	plan_snmp_deinit(&state->plan);
	mem_free(state->reads_left);
	mem_free(state->queue);
	mem_free(state);
	c_snmp_packet_deinit();
}

static enum err add_device(struct state *state, const struct plan_snmp_device *device, struct err_info *info)
{
	struct c_snmp_address address;
	enum err err = c_snmp_address_parse(&address, device->host, device->port, info);

	if (err != ERR_NONE)
		return err_prefix(info, "device %s", device->id);
	err = device->is_tcp ? ERR_NONE : c_snmp_transport_open(state->transport, address.family, info);
	if (err == ERR_NONE)
		err = c_snmp_engine_add(state->engine, device, info);
	return err == ERR_NONE ? frame_add_device(state->frame, device->id, device->interval_ms, info) : err;
}

/* Devices are kept in the engine's small form; the plan's (with its secrets) are not needed any more. */
static void drop_plan_devices(struct state *state)
{
	struct plan_snmp devices = {.device = state->plan.device, .device_count = state->plan.device_count};

	state->plan.device = NULL;
	state->plan.device_count = 0;
	plan_snmp_deinit(&devices);
}

static enum err open_state(struct state *state, struct err_info *info)
{
	struct c_snmp_host host = {
	    .context = state, .send = send_message, .put_meter = put_meter, .mark_changed = mark_changed, .end_read = end_read};
	size_t count = state->plan.device_count;
	enum err err = ERR_NONE;

	state->is_scan = state->plan.is_scan;
	state->waiting_count = count;
	state->reads_left = mem_new_array(count + 1, sizeof *state->reads_left);
	state->queue = mem_new_array(count + 1, sizeof *state->queue);
	state->transport = c_snmp_transport_new();
	state->streams = c_snmp_streams_new();
	state->engine = c_snmp_engine_new(state->plan.driver, state->plan.driver_count, &host, frame_seed(state->frame));
	if (state->reads_left == NULL || state->queue == NULL || state->transport == NULL || state->streams == NULL ||
	    state->engine == NULL)
		return err_set(info, ERR_MEMORY, "out of memory at start");
	for (size_t i = 0; i < count && err == ERR_NONE; i++) {
		state->reads_left[i] = 1;
		err = add_device(state, &state->plan.device[i], info);
	}
	c_snmp_engine_set_window(state->engine, c_snmp_transport_window(state->transport));
	drop_plan_devices(state);
	return err;
}

static enum err collector_open(struct frame *frame, const void *plan, size_t plan_bytes, void **out, struct err_info *info)
{
	struct state *state = mem_new(sizeof *state);
	enum err err;

	if (state == NULL)
		return err_set(info, ERR_MEMORY, "out of memory at start");
	state->frame = frame;
	err = plan_snmp_decode(&state->plan, plan, plan_bytes, info);
	if (err != ERR_NONE) {
		mem_free(state);
		return err;
	}
	err = c_snmp_packet_init(info);
	if (err == ERR_NONE)
		err = open_state(state, info);
	if (err != ERR_NONE) {
		close_state(state);
		return err;
	}
	*out = state;
	return ERR_NONE;
}

/* A scan reads each device once: one that is due again stays as it is. */
static void read_scanned(struct state *state, uint32_t device)
{
	if (state->reads_left[device] > 0)
		state->queue[state->queue_count++] = device;
}

static bool can_begin(const struct state *state, int64_t now_boot_ns)
{
	return state->running_count < SCAN_RUNNING_MAX && state->queue_first < state->queue_count && state->begin_ns <= now_boot_ns;
}

static void begin_scanned(struct state *state, int64_t now_boot_ns)
{
	if (state->begin_ns < now_boot_ns - SCAN_BURST_NS)
		state->begin_ns = now_boot_ns - SCAN_BURST_NS;
	while (can_begin(state, now_boot_ns)) {
		state->running_count++;
		state->begin_ns += SCAN_EVERY_NS;
		c_snmp_engine_read(state->engine, state->queue[state->queue_first++], 0, now_boot_ns);
	}
}

static void collector_read(void *opaque, uint32_t device, uint32_t failed_count)
{
	struct state *state = opaque;

	if (state->is_scan)
		read_scanned(state, device);
	else
		c_snmp_engine_read(state->engine, device, failed_count, frame_now_ns(state->frame));
}

static void collector_describe(void *opaque, uint32_t device, struct wire_device *out)
{
	c_snmp_engine_describe(((struct state *)opaque)->engine, device, out);
}

static void take_message(void *context, const struct c_snmp_address *from, const uint8_t *message, size_t bytes, int64_t arrived_boot_ns)
{
	struct state *state = context;

	c_snmp_engine_receive(state->engine, from, message, bytes, arrived_boot_ns, state->now_boot_ns);
}

static void foresee_message(void *context, const uint8_t *message, size_t bytes)
{
	c_snmp_engine_foresee(((struct state *)context)->engine, message, bytes);
}

static void lose_connection(void *context, uint32_t device, int error)
{
	c_snmp_engine_lose(((struct state *)context)->engine, device, error);
}

static void warn_of_drops(struct state *state, int64_t now_boot_ns)
{
	uint64_t dropped = c_snmp_transport_dropped_count(state->transport);
	uint64_t suppressed;

	if (dropped == state->dropped_count || !log_limit_pass(&state->dropped_limit, now_boot_ns, 600, &suppressed))
		return;
	log_warning("the kernel dropped %llu answers because the receive buffer was full; raise net.core.rmem_max to 4194304",
		    (unsigned long long)(dropped - state->dropped_count));
	state->dropped_count = dropped;
}

/* Surveys leave holes between what stays of them. The library would keep those for ever; the pages in them go back once a minute at most. */
static void give_back_memory(struct state *state, int64_t now_boot_ns)
{
	if (c_snmp_engine_is_surveying(state->engine)) {
		state->is_trim_due = true;
		return;
	}
	if (!state->is_trim_due || now_boot_ns < state->trim_due_ns)
		return;
	(void)malloc_trim(0);
	state->is_trim_due = false;
	state->trim_due_ns = now_boot_ns + 60 * UNITS_NS_PER_S;
}

static int64_t collector_service(void *opaque, int64_t now_boot_ns)
{
	struct state *state = opaque;
	struct c_snmp_receiver receiver = {.foresee = foresee_message, .take = take_message, .context = state};
	int64_t next_ns;

	state->now_boot_ns = now_boot_ns;
	state->is_asked = false;
	c_snmp_transport_receive(state->transport, &receiver);
	/* A connection may fail in the moment in which it is asked for. */
	do {
		c_snmp_streams_receive(state->streams, &receiver, lose_connection);
		begin_scanned(state, now_boot_ns);
		next_ns = c_snmp_engine_tick(state->engine, now_boot_ns);
	} while (c_snmp_streams_has_failed(state->streams) || can_begin(state, now_boot_ns));
	if (state->queue_first < state->queue_count && state->running_count < SCAN_RUNNING_MAX && state->begin_ns < next_ns)
		next_ns = state->begin_ns;
	c_snmp_transport_flush(state->transport);
	/* Few devices: nothing else may be due before the time-out, and the answers are there long before. */
	if (state->is_asked && now_boot_ns + 2 * frame_tick_ns(state->frame) < next_ns)
		next_ns = now_boot_ns + 2 * frame_tick_ns(state->frame);
	warn_of_drops(state, now_boot_ns);
	give_back_memory(state, now_boot_ns);
	return next_ns;
}

static size_t collector_watch(void *opaque, struct pollfd *out, size_t max)
{
	struct state *state = opaque;
	size_t count = c_snmp_streams_watch(state->streams, out, max);

	if (c_snmp_engine_is_eager(state->engine) || state->is_scan)
		count += c_snmp_transport_watch(state->transport, out + count, max - count);
	return count;
}

static bool collector_is_done(void *opaque)
{
	const struct state *state = opaque;

	return state->is_scan && state->waiting_count == 0;
}

static const struct frame_collector c_snmp_collector = {
    .name = "snmp",
    .kind = WIRE_KIND_SNMP,
    .capability = -1,
    .open = collector_open,
    .read = collector_read,
    .describe = collector_describe,
    .service = collector_service,
    .watch = collector_watch,
    .is_done = collector_is_done,
    .close = close_state,
};

int main(int argc, char **argv)
{
	return frame_main(argc, argv, &c_snmp_collector);
}
