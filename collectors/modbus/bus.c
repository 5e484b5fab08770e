/* SPDX-License-Identifier: Apache-2.0 */
#include "modbus/bus.h"

#include "base/mem.h"
#include "base/text.h"
#include "modbus/link.h"
#include "modbus/queue.h"
#include "model/units.h"

#include <string.h>

#define BUS_CONNECT_NS (3 * UNITS_NS_PER_S)
#define BUS_REOPEN_MIN_NS UNITS_NS_PER_S
#define BUS_REOPEN_MAX_NS (16 * UNITS_NS_PER_S)
/* Bytes that nobody asked for: silence after them before the next request. */
#define BUS_STRAY_QUIET_NS (50 * UNITS_NS_PER_MS)
/* A line that was just opened: answers may come that another program asked for, or we before a restart. */
#define BUS_OPEN_QUIET_NS (300 * UNITS_NS_PER_MS)
/* A line that is never silent for so long is given up. */
#define BUS_NOISE_NS (10 * UNITS_NS_PER_S)

enum {
	BUS_BYTES = 512,
	BUS_ROUNDS_MAX = 64,
	BUS_TROUBLED_SHARE = 3, /* units that gave trouble get at most 1/(1+3) of the time, while there are others */
};

enum bus_state { BUS_CLOSED = 0, BUS_CONNECTING, BUS_READY, BUS_WAITING, BUS_QUIET };

struct c_modbus_bus {
	struct c_modbus_link link;
	const struct c_modbus_watcher *watcher;
	uint32_t number;
	enum bus_state state;
	size_t unit_count;
	struct c_modbus_queue queue[2]; /* of units that answer, and of those that gave trouble */
	struct c_modbus_unit *unit;     /* whose turn it is */
	struct c_modbus_request request;
	int64_t not_before_ns; /* READY: the request may go then */
	int64_t deadline_ns;   /* CONNECTING, WAITING */
	int64_t quiet_ns;      /* QUIET: how long it has to be silent */
	int64_t quiet_until_ns;
	int64_t noise_until_ns; /* QUIET: it is given up then */
	int64_t gap_until_ns;
	int64_t reopen_ns; /* CLOSED: not before */
	int64_t reopen_wait_ns;
	int64_t sent_ns;
	int64_t arrival_ns;       /* when the last bytes came */
	int64_t turn_boot_ns;     /* when this unit's turn began */
	int64_t troubled_turn_ns; /* units that gave trouble have a turn again then */
	bool has_request;
	bool is_disturbed; /* an answer was lost in this turn */
	size_t byte_count;
	uint8_t byte[BUS_BYTES];
	char reason[WIRE_TEXT_BYTES]; /* why it is closed */
	enum device_state reason_state;
};

struct c_modbus_bus *c_modbus_bus_new(const struct plan_modbus_bus *plan, uint32_t number, size_t unit_count,
				      const struct c_modbus_watcher *watcher)
{
	struct c_modbus_bus *bus = mem_new(sizeof *bus);

	if (bus == NULL)
		return NULL;
	c_modbus_link_init(&bus->link, plan);
	bus->watcher = watcher;
	bus->number = number;
	bus->unit_count = unit_count;
	bus->reopen_wait_ns = BUS_REOPEN_MIN_NS;
	for (size_t i = 0; i < 2; i++)
		if (c_modbus_queue_init(&bus->queue[i], unit_count) != ERR_NONE)
			return c_modbus_bus_free(bus);
	return bus;
}

struct c_modbus_bus *c_modbus_bus_free(struct c_modbus_bus *bus)
{
	if (bus == NULL)
		return NULL;
	c_modbus_link_close(&bus->link);
	c_modbus_queue_deinit(&bus->queue[0]);
	c_modbus_queue_deinit(&bus->queue[1]);
	return mem_free(bus);
}

void c_modbus_bus_add(struct c_modbus_bus *bus, struct c_modbus_unit *unit)
{
	c_modbus_queue_push(&bus->queue[c_modbus_unit_is_troubled(unit)], unit);
}

/* ---- The link ----------------------------------------------------------------------------------------------------------------------- */

static void watch(const struct c_modbus_bus *bus, bool is_writing)
{
	bus->watcher->watch(bus->watcher->context, bus->number, bus->link.fd, is_writing);
}

static void close_link(struct c_modbus_bus *bus)
{
	if (bus->link.fd >= 0)
		bus->watcher->watch(bus->watcher->context, bus->number, -1, false);
	c_modbus_link_close(&bus->link);
	bus->state = BUS_CLOSED;
	bus->byte_count = 0;
}

/* All that wait end with the reason why there is no way. */
static void fail_all(struct c_modbus_bus *bus)
{
	if (bus->unit != NULL)
		c_modbus_unit_fail(bus->unit, bus->reason_state, bus->reason);
	bus->unit = NULL;
	bus->has_request = false;
	for (size_t i = 0; i < 2; i++)
		for (size_t left = bus->queue[i].count; left > 0; left--)
			c_modbus_unit_fail(c_modbus_queue_pop(&bus->queue[i]), bus->reason_state, bus->reason);
}

/* It cannot be opened: later again, and later each time. */
static void refuse(struct c_modbus_bus *bus, enum err err, const struct err_info *info, int64_t now_ns)
{
	close_link(bus);
	(void)text_clean(bus->reason, sizeof bus->reason, info->text, strlen(info->text));
	bus->reason_state = err == ERR_PERMISSION ? DEVICE_UNREADABLE : DEVICE_SILENT;
	bus->reopen_ns = now_ns + bus->reopen_wait_ns;
	bus->reopen_wait_ns = bus->reopen_wait_ns * 2 < BUS_REOPEN_MAX_NS ? bus->reopen_wait_ns * 2 : BUS_REOPEN_MAX_NS;
	fail_all(bus);
}

/* Listens until `quiet_ns` after `from_ns`, and until it was silent for so long. */
static void begin_quiet(struct c_modbus_bus *bus, int64_t quiet_ns, int64_t from_ns)
{
	bus->state = BUS_QUIET;
	bus->quiet_ns = quiet_ns;
	bus->quiet_until_ns = from_ns + quiet_ns;
	bus->noise_until_ns = from_ns + BUS_NOISE_NS + quiet_ns;
}

static void open_link(struct c_modbus_bus *bus, int64_t now_ns)
{
	struct err_info info = {0};
	bool is_ready = false;
	enum err err = c_modbus_link_open(&bus->link, &is_ready, &info);

	if (err != ERR_NONE) {
		refuse(bus, err, &info, now_ns);
		return;
	}
	bus->byte_count = 0;
	bus->state = is_ready ? BUS_READY : BUS_CONNECTING;
	bus->deadline_ns = now_ns + BUS_CONNECT_NS;
	watch(bus, !is_ready);
	if (bus->link.plan->link == MODBUS_SERIAL)
		begin_quiet(bus, BUS_OPEN_QUIET_NS, now_ns);
}

static void finish_link(struct c_modbus_bus *bus, bool is_ready, int64_t now_ns)
{
	struct err_info info = {0};
	char text[C_MODBUS_LINK_TEXT_BYTES];
	enum err err;

	if (!is_ready && now_ns < bus->deadline_ns)
		return;
	if (is_ready) {
		err = c_modbus_link_finish(&bus->link, &info);
	} else {
		c_modbus_link_print(bus->link.plan, text);
		err = err_set(&info, ERR_UNAVAILABLE, "no connection to %s in 3 s (address, firewall, or all of its connections taken?)",
			      text);
	}
	if (err != ERR_NONE) {
		refuse(bus, err, &info, now_ns);
		return;
	}
	bus->state = BUS_READY;
	watch(bus, false);
}

/* ---- Outcomes ----------------------------------------------------------------------------------------------------------------------- */

static bool is_tcp(const struct c_modbus_bus *bus)
{
	return bus->link.plan->link == MODBUS_TCP;
}

/*
 * The request ended. Whatever may still come of it must not meet the next one: a connection is closed, a line is listened to until it is
 * silent.
 */
static void end_request(struct c_modbus_bus *bus, enum c_modbus_outcome outcome, const struct c_modbus_answer *answer, int64_t now_ns)
{
	int64_t quiet_ns = (int64_t)c_modbus_unit_quiet_ms(bus->unit) * UNITS_NS_PER_MS;
	bool is_arrival = answer != NULL && bus->arrival_ns >= bus->sent_ns;
	bool is_lost = !c_modbus_unit_take(bus->unit, outcome, answer, is_arrival ? bus->arrival_ns : now_ns);

	bus->has_request = false;
	bus->byte_count = 0;
	bus->gap_until_ns = now_ns + (int64_t)c_modbus_unit_gap_ms(bus->unit) * UNITS_NS_PER_MS + c_modbus_link_time_ns(&bus->link, 0);
	bus->is_disturbed = bus->is_disturbed || is_lost;
	if (!is_lost) {
		bus->state = BUS_READY;
		bus->reopen_wait_ns = BUS_REOPEN_MIN_NS;
	} else if (outcome == C_MODBUS_GOT_LOST || is_tcp(bus)) {
		close_link(bus);
		bus->reopen_ns = now_ns;
	} else {
		/* What came instead of the answer does not keep it from coming. */
		begin_quiet(bus, quiet_ns, now_ns > bus->deadline_ns ? now_ns : bus->deadline_ns);
	}
}

static void end_turn(struct c_modbus_bus *bus, int64_t now_ns)
{
	/* One that gave trouble has cost the others something: the next of its kind waits in proportion. */
	if (c_modbus_unit_is_troubled(bus->unit))
		bus->troubled_turn_ns = now_ns + BUS_TROUBLED_SHARE * (now_ns - bus->turn_boot_ns);
	bus->unit = NULL;
	bus->has_request = false;
}

/* ---- Receiving ---------------------------------------------------------------------------------------------------------------------- */

/* Takes what is there. false: the link is lost. */
static bool receive(struct c_modbus_bus *bus, int64_t now_ns)
{
	struct err_info info = {0};
	struct c_modbus_room room;
	int64_t age_ns;

	do {
		/* More than any answer: what it is can be told from its beginning, the rest is thrown away. */
		if (bus->byte_count == sizeof bus->byte)
			bus->byte_count = C_MODBUS_ADU_BYTES_MAX;
		room = (struct c_modbus_room){.out = bus->byte + bus->byte_count, .out_bytes = sizeof bus->byte - bus->byte_count};
		if (c_modbus_link_receive(&bus->link, &room, &age_ns, &info) != ERR_NONE)
			return false;
		if (room.bytes > 0)
			bus->arrival_ns = now_ns - age_ns;
		bus->byte_count += room.bytes;
	} while (room.bytes > 0 && bus->byte_count == sizeof bus->byte);
	return true;
}

/*
 * Takes away what is of no concern: whole frames of units other than `unit`, answers to earlier requests of TCP. false: what is left may become
 * more of it.
 */
static bool pass_over(struct c_modbus_bus *bus, uint8_t unit)
{
	bool is_partial;
	size_t bytes = is_tcp(bus) ? c_modbus_adu_skip_tcp(bus->link.transaction, bus->byte, bus->byte_count, &is_partial)
				   : c_modbus_adu_skip_rtu(unit, bus->byte, bus->byte_count, &is_partial);

	bus->byte_count -= bytes;
	memmove(bus->byte, bus->byte + bytes, bus->byte_count);
	return !is_partial;
}

static void look(struct c_modbus_bus *bus, bool is_alive, int64_t now_ns)
{
	struct c_modbus_answer answer = {0};
	enum c_modbus_verdict verdict = C_MODBUS_MORE;

	if (pass_over(bus, bus->request.unit) && bus->byte_count > 0)
		verdict = is_tcp(bus) ? c_modbus_adu_take_tcp(&bus->request, bus->link.transaction, bus->byte, bus->byte_count, &answer)
				      : c_modbus_adu_take_rtu(&bus->request, bus->byte, bus->byte_count, &answer);
	if (verdict == C_MODBUS_ANSWER)
		end_request(bus, C_MODBUS_GOT_ANSWER, &answer, now_ns);
	else if (verdict == C_MODBUS_EXCEPTION)
		end_request(bus, C_MODBUS_GOT_EXCEPTION, &answer, now_ns);
	else if (verdict == C_MODBUS_FOREIGN)
		end_request(bus, C_MODBUS_GOT_GARBAGE, NULL, now_ns);
	else if (!is_alive)
		end_request(bus, C_MODBUS_GOT_LOST, NULL, now_ns);
	else if (now_ns >= bus->deadline_ns)
		end_request(bus, bus->byte_count > 0 ? C_MODBUS_GOT_GARBAGE : C_MODBUS_GOT_NOTHING, NULL, now_ns);
}

static void wait_for_answer(struct c_modbus_bus *bus, bool is_ready, int64_t now_ns)
{
	if (is_ready || now_ns >= bus->deadline_ns)
		look(bus, receive(bus, now_ns), now_ns);
}

static void keep_quiet(struct c_modbus_bus *bus, int64_t now_ns)
{
	struct err_info info = {0};

	if (!receive(bus, now_ns)) {
		close_link(bus);
		bus->reopen_ns = now_ns;
		return;
	}
	if (bus->byte_count > 0)
		bus->quiet_until_ns = now_ns + bus->quiet_ns;
	bus->byte_count = 0;
	if (now_ns >= bus->quiet_until_ns) {
		bus->state = BUS_READY;
	} else if (now_ns >= bus->noise_until_ns) {
		err_set(&info, ERR_UNAVAILABLE, "the line is never silent (noise, a second master, wrong speed or parity?)");
		refuse(bus, ERR_UNAVAILABLE, &info, now_ns);
	}
}

/* ---- Sending ------------------------------------------------------------------------------------------------------------------------ */

/* The unit whose turn is next; NULL: none, *next_ns is when there may be one. */
static struct c_modbus_unit *pick(struct c_modbus_bus *bus, int64_t now_ns, int64_t *next_ns)
{
	if (bus->queue[0].count > 0)
		return c_modbus_queue_pop(&bus->queue[0]);
	if (bus->queue[1].count == 0)
		return NULL;
	if (now_ns >= bus->troubled_turn_ns || bus->queue[1].count == bus->unit_count)
		return c_modbus_queue_pop(&bus->queue[1]);
	*next_ns = bus->troubled_turn_ns;
	return NULL;
}

/* Has a request to send, or there is none: *next_ns. Units that have ended make room for the next. */
static bool find_request(struct c_modbus_bus *bus, int64_t now_ns, int64_t *next_ns)
{
	while (!bus->has_request) {
		if (bus->unit == NULL) {
			bus->unit = pick(bus, now_ns, next_ns);
			bus->turn_boot_ns = now_ns;
			bus->is_disturbed = false;
		}
		if (bus->unit == NULL)
			return false;
		bus->has_request = c_modbus_unit_next(bus->unit, &bus->request, &bus->not_before_ns, now_ns);
		if (!bus->has_request)
			end_turn(bus, now_ns);
	}
	return true;
}

/* A unit that is busy, or gives trouble, steps back while others wait. */
static bool step_back(struct c_modbus_bus *bus, int64_t now_ns)
{
	struct c_modbus_unit *unit = bus->unit;

	bool gives_trouble = bus->is_disturbed && c_modbus_unit_is_troubled(unit);

	if ((bus->not_before_ns <= now_ns && !gives_trouble) || bus->queue[0].count == 0)
		return false;
	if (gives_trouble)
		end_turn(bus, now_ns);
	c_modbus_queue_push(&bus->queue[c_modbus_unit_is_troubled(unit)], unit);
	bus->unit = NULL;
	bus->has_request = false;
	return true;
}

static void send_request(struct c_modbus_bus *bus, int64_t now_ns)
{
	struct err_info info = {0};
	size_t answer_bytes = 5 + 2 * (size_t)bus->request.count;
	int64_t timeout_ns = (int64_t)c_modbus_unit_timeout_ms(bus->unit) * UNITS_NS_PER_MS;

	bus->sent_ns = now_ns;
	c_modbus_unit_sent(bus->unit, now_ns);
	bus->state = BUS_WAITING;
	if (c_modbus_link_send(&bus->link, &bus->request, &info) != ERR_NONE) {
		end_request(bus, C_MODBUS_GOT_LOST, NULL, now_ns);
		return;
	}
	bus->deadline_ns = now_ns + timeout_ns + c_modbus_link_time_ns(&bus->link, 8 + answer_bytes);
}

/* Nothing may be there before a request but frames of others: what is, is late or foreign. false: the request has to wait. */
static bool is_silent(struct c_modbus_bus *bus, int64_t now_ns)
{
	bool is_alive = receive(bus, now_ns);

	(void)pass_over(bus, bus->unit != NULL ? c_modbus_unit_address(bus->unit) : 0);
	if (is_alive && bus->byte_count == 0)
		return true;
	if (bus->unit != NULL)
		c_modbus_unit_disturb(bus->unit);
	/* The request that was made before is not what it would ask now. */
	bus->has_request = false;
	if (!is_alive || is_tcp(bus)) {
		close_link(bus);
		bus->reopen_ns = now_ns;
		return false;
	}
	bus->byte_count = 0;
	begin_quiet(bus, BUS_STRAY_QUIET_NS, now_ns);
	return false;
}

/* A serial adapter was unplugged: reading tells nothing then. */
static void lose_line(struct c_modbus_bus *bus, int64_t now_ns)
{
	if (bus->state == BUS_WAITING) {
		end_request(bus, C_MODBUS_GOT_LOST, NULL, now_ns);
		return;
	}
	close_link(bus);
	bus->reopen_ns = now_ns;
}

/* Sends the next request, or returns when it may go; INT64_MAX: nobody waits. What comes unasked is looked at, for a lost link stays ready. */
static int64_t work_ready(struct c_modbus_bus *bus, bool is_ready, int64_t now_ns)
{
	int64_t next_ns = INT64_MAX;

	if (is_ready && !is_silent(bus, now_ns))
		return now_ns;
	if (!find_request(bus, now_ns, &next_ns))
		return next_ns;
	if (step_back(bus, now_ns))
		return now_ns;
	next_ns = bus->gap_until_ns > bus->not_before_ns ? bus->gap_until_ns : bus->not_before_ns;
	if (now_ns < next_ns)
		return next_ns;
	/* Messages of TCP are numbered: what came within this wake does no harm, and need not be looked for. */
	if (is_tcp(bus) || is_silent(bus, now_ns))
		send_request(bus, now_ns);
	return now_ns;
}

/* ---- The course --------------------------------------------------------------------------------------------------------------------- */

static bool has_units(const struct c_modbus_bus *bus)
{
	return bus->unit != NULL || bus->queue[0].count > 0 || bus->queue[1].count > 0;
}

enum c_modbus_hurry c_modbus_bus_hurry(const struct c_modbus_bus *bus)
{
	bool is_serial = bus->link.plan->link == MODBUS_SERIAL;
	bool has_more = bus->queue[0].count > 0 || bus->queue[1].count > 0 || (bus->unit != NULL && c_modbus_unit_has_more(bus->unit));

	if (bus->state == BUS_CLOSED || !has_units(bus) || (!is_serial && !has_more && bus->state == BUS_WAITING))
		return C_MODBUS_NO_HURRY;
	return is_serial || bus->state == BUS_READY || bus->state == BUS_QUIET ? C_MODBUS_TIMED : C_MODBUS_WOKEN;
}

static int64_t work_closed(struct c_modbus_bus *bus, int64_t now_ns)
{
	if (!has_units(bus))
		return INT64_MAX;
	if (now_ns < bus->reopen_ns)
		fail_all(bus);
	else
		open_link(bus, now_ns);
	return now_ns;
}

int64_t c_modbus_bus_work(struct c_modbus_bus *bus, enum c_modbus_readiness readiness, int64_t now_boot_ns)
{
	bool is_ready = readiness != C_MODBUS_READY_NOT;
	int64_t next_ns = now_boot_ns;

	if (readiness == C_MODBUS_READY_GONE && bus->link.plan->link == MODBUS_SERIAL)
		lose_line(bus, now_boot_ns);
	/* Each round ends in a state that waits, or changes the state. */
	for (int round = 0; round < BUS_ROUNDS_MAX && next_ns <= now_boot_ns; round++) {
		switch (bus->state) {
		case BUS_CLOSED: next_ns = work_closed(bus, now_boot_ns); break;
		case BUS_CONNECTING:
			finish_link(bus, is_ready, now_boot_ns);
			next_ns = bus->state == BUS_CONNECTING ? bus->deadline_ns : now_boot_ns;
			break;
		case BUS_READY: next_ns = work_ready(bus, is_ready, now_boot_ns); break;
		case BUS_WAITING:
			wait_for_answer(bus, is_ready, now_boot_ns);
			next_ns = bus->state == BUS_WAITING ? bus->deadline_ns : now_boot_ns;
			break;
		case BUS_QUIET:
			keep_quiet(bus, now_boot_ns);
			next_ns = bus->state == BUS_QUIET ? bus->quiet_until_ns : now_boot_ns;
			break;
		}
		is_ready = false;
	}
	return next_ns;
}
