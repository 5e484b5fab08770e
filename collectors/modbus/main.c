/* SPDX-License-Identifier: Apache-2.0 */
/* wattledger-modbus: the collector that speaks Modbus, on TCP, on serial lines, and in serial frames over TCP. */
#include "base/clock.h"
#include "base/mem.h"
#include "frame/frame.h"
#include "modbus/bus.h"
#include "modbus/shape.h"
#include "modbus/unit.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

enum { EVENTS_MAX = 64, TIMER_EVENT = -1 };

struct state {
	struct frame *frame;
	struct plan_modbus plan;
	struct c_modbus_shared shared;
	struct c_modbus_watcher watcher;
	struct c_modbus_unit **unit; /* by device */
	struct c_modbus_bus **bus;
	uint8_t *readiness; /* by bus: enum c_modbus_readiness */
	int64_t *due_ns;
	int *fd; /* by bus: as it is watched; -1 */
	int epoll_fd;
	int timer_fd;
	int64_t timer_ns;     /* what the timer is set to; INT64_MAX: not set */
	bool is_hurried;      /* readiness of some bus is worth a wake */
	size_t waiting_count; /* scan: devices that have not ended yet */
	bool *is_scanned;     /* scan: by device */
};

/* ---- What units and buses need ------------------------------------------------------------------------------------------------------ */

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
	if (state->plan.is_scan && !state->is_scanned[device]) {
		state->is_scanned[device] = true;
		state->waiting_count--;
	}
}

static void watch_bus(void *context, uint32_t bus, int fd, bool is_writing)
{
	struct state *state = context;
	struct epoll_event event = {.events = is_writing ? EPOLLOUT : EPOLLIN, .data.u32 = bus};

	/* A descriptor that is about to be closed has to leave the set first: the library may hold a copy of it. */
	if (fd < 0) {
		(void)epoll_ctl(state->epoll_fd, EPOLL_CTL_DEL, state->fd[bus], NULL);
		state->readiness[bus] = C_MODBUS_READY_NOT;
	} else {
		(void)epoll_ctl(state->epoll_fd, state->fd[bus] == fd ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &event);
	}
	state->fd[bus] = fd;
}

/* ---- What the frame calls ------------------------------------------------------------------------------------------------------------ */

static void close_state(void *opaque)
{
	struct state *state = opaque;

	for (size_t i = 0; state->bus != NULL && i < state->plan.bus_count; i++)
		c_modbus_bus_free(state->bus[i]);
	for (size_t i = 0; state->unit != NULL && i < state->plan.device_count; i++)
		c_modbus_unit_free(state->unit[i]);
	if (state->epoll_fd >= 0)
		close(state->epoll_fd);
	if (state->timer_fd >= 0)
		close(state->timer_fd);
	mem_free(state->bus);
	mem_free(state->unit);
	mem_free(state->readiness);
	mem_free(state->due_ns);
	mem_free(state->fd);
	mem_free(state->is_scanned);
	mem_free(state->shared.sample);
	plan_modbus_deinit(&state->plan);
	mem_free(state);
}

static enum err make_buses(struct state *state, struct err_info *info)
{
	uint32_t *unit_count = mem_new_array(state->plan.bus_count + 1, sizeof *unit_count);
	enum err err = unit_count == NULL ? ERR_MEMORY : ERR_NONE;

	for (size_t i = 0; err == ERR_NONE && i < state->plan.device_count; i++)
		unit_count[state->plan.device[i].bus]++;
	for (size_t i = 0; err == ERR_NONE && i < state->plan.bus_count; i++) {
		state->fd[i] = -1;
		state->due_ns[i] = INT64_MAX;
		state->bus[i] = c_modbus_bus_new(&state->plan.bus[i], (uint32_t)i, unit_count[i], &state->watcher);
		if (state->bus[i] == NULL)
			err = ERR_MEMORY;
	}
	mem_free(unit_count);
	return err == ERR_NONE ? ERR_NONE : err_set(info, err, "out of memory at start");
}

static enum err make_units(struct state *state, struct err_info *info)
{
	enum err err = ERR_NONE;

	for (size_t i = 0; err == ERR_NONE && i < state->plan.device_count; i++) {
		state->unit[i] = c_modbus_unit_new(&state->shared, (uint32_t)i);
		if (state->unit[i] == NULL)
			return err_set(info, ERR_MEMORY, "out of memory at start");
		err = frame_add_device(state->frame, state->plan.device[i].id, state->plan.device[i].interval_ms, info);
	}
	return err;
}

static enum err make_waiting(struct state *state, struct err_info *info)
{
	struct epoll_event event = {.events = EPOLLIN, .data.u32 = UINT32_MAX};

	state->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	state->timer_fd = timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK);
	state->timer_ns = INT64_MAX;
	if (state->epoll_fd < 0 || state->timer_fd < 0 || epoll_ctl(state->epoll_fd, EPOLL_CTL_ADD, state->timer_fd, &event) != 0)
		return err_set_errno(info, ERR_IO, errno, "cannot wait for descriptors");
	return ERR_NONE;
}

static enum err make_arrays(struct state *state, struct err_info *info)
{
	size_t buses = state->plan.bus_count + 1;
	size_t devices = state->plan.device_count + 1;

	state->bus = mem_new_array(buses, sizeof(struct c_modbus_bus *));
	state->readiness = mem_new_array(buses, sizeof *state->readiness);
	state->due_ns = mem_new_array(buses, sizeof *state->due_ns);
	state->fd = mem_new_array(buses, sizeof *state->fd);
	state->unit = mem_new_array(devices, sizeof(struct c_modbus_unit *));
	state->is_scanned = mem_new_array(devices, sizeof *state->is_scanned);
	state->shared.sample = mem_new_array(C_MODBUS_SHAPE_SAMPLES_MAX, sizeof *state->shared.sample);
	if (state->bus == NULL || state->readiness == NULL || state->due_ns == NULL || state->fd == NULL || state->unit == NULL ||
	    state->is_scanned == NULL || state->shared.sample == NULL)
		return err_set(info, ERR_MEMORY, "out of memory at start");
	return ERR_NONE;
}

static enum err open_state(struct state *state, struct err_info *info)
{
	enum err err = make_arrays(state, info);

	state->waiting_count = state->plan.device_count;
	state->shared.plan = &state->plan;
	state->shared.host =
	    (struct c_modbus_host){.context = state, .put_meter = put_meter, .mark_changed = mark_changed, .end_read = end_read};
	state->watcher = (struct c_modbus_watcher){.watch = watch_bus, .context = state};
	if (err == ERR_NONE)
		err = make_waiting(state, info);
	if (err == ERR_NONE)
		err = make_buses(state, info);
	return err == ERR_NONE ? make_units(state, info) : err;
}

static enum err collector_open(struct frame *frame, const void *plan, size_t plan_bytes, void **out, struct err_info *info)
{
	struct state *state = mem_new(sizeof *state);
	enum err err;

	if (state == NULL)
		return err_set(info, ERR_MEMORY, "out of memory at start");
	state->frame = frame;
	state->epoll_fd = -1;
	state->timer_fd = -1;
	/* The library writes to connections with write(). */
	(void)signal(SIGPIPE, SIG_IGN);
	err = plan_modbus_decode(&state->plan, plan, plan_bytes, info);
	if (err == ERR_NONE)
		err = open_state(state, info);
	if (err != ERR_NONE) {
		close_state(state);
		return err;
	}
	*out = state;
	return ERR_NONE;
}

static void collector_read(void *opaque, uint32_t device, uint32_t failed_count)
{
	struct state *state = opaque;
	uint32_t bus = state->plan.device[device].bus;
	int64_t now_ns = clock_boot_ns();

	/* A scan reads each once: one that is due again stays as it is. */
	if (state->plan.is_scan && state->is_scanned[device])
		return;
	c_modbus_unit_begin(state->unit[device], failed_count, now_ns);
	if (!c_modbus_unit_is_reading(state->unit[device]))
		return;
	c_modbus_bus_add(state->bus[bus], state->unit[device]);
	state->due_ns[bus] = 0;
}

static void collector_describe(void *opaque, uint32_t device, struct wire_device *out)
{
	c_modbus_unit_describe(((struct state *)opaque)->unit[device], out);
}

static void take_events(struct state *state)
{
	struct epoll_event event[EVENTS_MAX];
	size_t rounds = 0;
	int count;

	do {
		count = epoll_wait(state->epoll_fd, event, EVENTS_MAX, 0);
		for (int i = 0; i < count; i++) {
			uint64_t expired;

			if (event[i].data.u32 != UINT32_MAX)
				state->readiness[event[i].data.u32] =
				    (event[i].events & (EPOLLHUP | EPOLLERR)) != 0 ? C_MODBUS_READY_GONE : C_MODBUS_READY_SOME;
			else if (read(state->timer_fd, &expired, sizeof expired) > 0)
				state->timer_ns = INT64_MAX;
		}
	} while (count == EVENTS_MAX && ++rounds * EVENTS_MAX < state->plan.bus_count + EVENTS_MAX);
}

/* Silences of a line are shorter than the frame's ticks; for all else a tick is enough. */
static void set_timer(struct state *state, int64_t next_ns)
{
	struct itimerspec timer = {0};

	if (next_ns == state->timer_ns)
		return;
	state->timer_ns = next_ns;
	if (next_ns != INT64_MAX) {
		timer.it_value.tv_sec = next_ns / CLOCK_NS_PER_S;
		timer.it_value.tv_nsec = (long)(next_ns % CLOCK_NS_PER_S + (next_ns == 0 ? 1 : 0));
	}
	(void)timerfd_settime(state->timer_fd, TFD_TIMER_ABSTIME, &timer, NULL);
}

/* An answer is dated by its age, which is measured when it is taken: the time that it is counted back from must not be that of another bus. */
static void work_bus(struct state *state, size_t number, int64_t now_boot_ns)
{
	enum c_modbus_readiness readiness = (enum c_modbus_readiness)state->readiness[number];

	if (readiness == C_MODBUS_READY_NOT && state->due_ns[number] > now_boot_ns)
		return;
	state->readiness[number] = C_MODBUS_READY_NOT;
	state->due_ns[number] = c_modbus_bus_work(state->bus[number], readiness, clock_boot_ns());
}

static int64_t collector_service(void *opaque, int64_t now_boot_ns)
{
	struct state *state = opaque;
	int64_t next_ns = INT64_MAX;
	int64_t timed_ns = INT64_MAX;
	int64_t clock_ns = clock_boot_ns();

	take_events(state);
	now_boot_ns = clock_ns > now_boot_ns ? clock_ns : now_boot_ns;
	state->is_hurried = false;
	for (size_t i = 0; i < state->plan.bus_count; i++) {
		enum c_modbus_hurry hurry;

		work_bus(state, i, now_boot_ns);
		hurry = c_modbus_bus_hurry(state->bus[i]);
		state->is_hurried = state->is_hurried || hurry != C_MODBUS_NO_HURRY;
		if (hurry == C_MODBUS_TIMED && state->due_ns[i] < timed_ns)
			timed_ns = state->due_ns[i];
		/* An answer without hurry is taken at the next tick, not at its deadline. */
		if (hurry == C_MODBUS_NO_HURRY && state->due_ns[i] != INT64_MAX)
			next_ns = now_boot_ns + 1;
		next_ns = state->due_ns[i] < next_ns ? state->due_ns[i] : next_ns;
	}
	set_timer(state, timed_ns);
	return next_ns;
}

static size_t collector_watch(void *opaque, struct pollfd *out, size_t max)
{
	struct state *state = opaque;

	if (max == 0 || (!state->is_hurried && state->timer_ns == INT64_MAX))
		return 0;
	out[0] = (struct pollfd){.fd = state->epoll_fd, .events = POLLIN};
	return 1;
}

static bool collector_is_done(void *opaque)
{
	const struct state *state = opaque;

	return state->plan.is_scan && state->waiting_count == 0;
}

static const struct frame_collector c_modbus_collector = {
    .name = "modbus",
    .kind = WIRE_KIND_MODBUS,
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
	return frame_main(argc, argv, &c_modbus_collector);
}
