/* SPDX-License-Identifier: Apache-2.0 */
/*
 * modbus_rig: the collector's buses and units against lines that do everything wrong, on a clock that jumps from event to event. Connections
 * and pseudo-terminals are the kernel's; the far end is ours and knows the truth: each register says whose it is and which request was
 * answered with it. Bad units answer late, twice, out of order, torn, spoilt, under another name or not at all, by a seed; up to the response timeout
 * plus the quiet time after the request. Then
 *   1. no reading is booked that is another unit's, another register's, or was answered before the reading began
 *   2. good units are read each time, without a fault; those on lines of their own never wait for others, those beside bad ones for a few exchanges
 * Beyond that time nothing is certain on a line whose answers have no number. With REACH above 1 answers come so many times later; what is wrong
 * then is counted, and has to be rarer than one value in 10,000: a value was read twice, or another read of another length stands before and behind it.
 *
 *   modbus_rig [REQUESTS [SEED [REACH]]]    6,000, 1, 1; RIG_REQUESTS=100000 is the whole test (`make modbus-rig`)
 */
#include "base/log.h"
#include "base/mem.h"
#include "base/num.h"
#include "frame/schedule.h"
#include "modbus/bus.h"
#include "modbus/shape.h"
#include "modbus/unit.h"
#include "modbus/unit_priv.h"
#include "modbus_rig/line.h"
#include "modbus_rig/mischief.h"
#include "modbus_rig/truth.h"
#include "settings/driver.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MS INT64_C(1000000)

enum { BUSES = 5, UNITS = 6, BAD_UNITS = 3, BAD_BUSES = 3, DEVICES = BUSES * UNITS, DRIVERS = 3, PARTS_MAX = 4096, REQUESTS_MAX = 1 << 21 };
enum { TIMEOUT_MS = 200, INTERVAL_MS = 2000, START_MS = 3 * INTERVAL_MS, REQUESTS = 6000, WAKE_NS_MAX = 15000000 };

/* The longest reading of a good unit: alone with its like, and beside bad ones (some exchanges of timeout and quiet each). */
enum { ALONE_MS_MAX = 6 * TIMEOUT_MS, BESIDE_MS_MAX = 20 * TIMEOUT_MS, WRONG_ONE_IN = 10000 };

/* Whose readings: of good units alone, of good ones beside bad ones, of bad ones. */
enum { ALONE, BESIDE, BAD, KINDS };

struct asked {
	uint32_t device;
	bool is_answered; /* its whole answer was on the line before the next request */
};

/* A part that is on its way. */
struct flying {
	int64_t due_ns;
	uint32_t request;
	uint32_t bus;
	uint32_t connection;
	struct part part;
};

struct rig_bus {
	struct line line;
	struct c_modbus_bus *bus;
	int64_t due_ns;
	int64_t ready_ns; /* the collector notices then what has come; INT64_MAX: nothing has */
	bool is_connecting;
	bool is_opened;
	uint16_t transaction; /* of the last request */
	uint32_t request;     /* the last one; 0 none */
};

struct rig_unit {
	struct c_modbus_unit *unit;
	bool is_bad;
	uint8_t badness;        /* of 16 answers so many are not as they should be */
	uint32_t first_request; /* of the reading that is going on */
	int64_t begun_ns;
	int64_t longest_ns; /* of a reading after the first ones */
	uint64_t good_count;
	uint64_t failed_count;
};

static struct rig_bus rig_bus[BUSES];
static struct rig_unit rig_unit[DEVICES];
static struct plan_modbus plan;
static struct c_modbus_shared shared;
static struct schedule *schedule;
static struct mischief mischief;
static struct asked *asked;
static uint32_t asked_count; /* requests are numbered from 1 */
static struct flying *flying;
static size_t flying_count;
static int64_t now_ns = MS;
static uint64_t value_count;
static uint64_t wrong_count;
static uint64_t earlier_count;

/* ---- What the collector tells ---- */

static void put_meter(void *context, uint32_t device, uint32_t meter, const struct meter_info *info)
{
	(void)context, (void)device, (void)meter, (void)info;
}

static void mark_changed(void *context, uint32_t device)
{
	(void)context, (void)device;
}

/* The number that a sample has to be. Meters: even/1..3, odd/1..3; of the chain one. */
static uint8_t field_of(const struct sample *sample)
{
	unsigned which = sample->quantity == QUANTITY_VOLTAGE ? 2 : sample->quantity == QUANTITY_POWER ? 1 : 0;
	bool is_chain = plan.device[sample->device].driver == 2;

	if (is_chain)
		return truth_field(6, which);
	return truth_field(sample->meter < 3 ? 2 * sample->meter : 2 * (sample->meter - 3) + 1, which);
}

static void judge(const struct sample *sample)
{
	const struct rig_unit *unit = &rig_unit[sample->device];
	bool is_counter = quantity_is_counter(sample->quantity);
	struct truth truth;
	bool is_number = is_counter ? truth_of_counter(sample->raw, &truth) : truth_of_gauge(sample->value, &truth);

	value_count++;
	if (is_number && truth.bus == sample->device / UNITS && truth.unit == plan.device[sample->device].unit &&
	    truth.field == field_of(sample) && truth.request >= unit->first_request && truth.request <= asked_count &&
	    asked[truth.request].device == sample->device) {
		earlier_count += !asked[truth.request].is_answered;
		return;
	}
	if (wrong_count++ < 10)
		printf("wrong: device %" PRIu32 " meter %" PRIu32 " %s: of bus %u unit %u field %u (want %u) request %" PRIu32
		       ", reading began at %" PRIu32 ", now %" PRIu32 "\n",
		       sample->device, sample->meter, quantity_name(sample->quantity), truth.bus, truth.unit, truth.field, field_of(sample),
		       truth.request, unit->first_request, asked_count);
}

static void end_read(void *context, uint32_t device, enum device_state state, uint32_t latency_us, const struct sample *sample,
		     size_t count)
{
	struct rig_unit *unit = &rig_unit[device];
	bool is_good = state == DEVICE_UP || state == DEVICE_PARTIAL;
	int64_t took_ns = now_ns - unit->begun_ns;

	(void)context, (void)latency_us;
	for (size_t i = 0; i < count; i++)
		judge(&sample[i]);
	unit->good_count += is_good;
	unit->failed_count += unit->is_bad ? !is_good : state != DEVICE_UP;
	if (took_ns > unit->longest_ns && unit->begun_ns > START_MS * MS)
		unit->longest_ns = took_ns;
	if (!unit->is_bad && state != DEVICE_UP && unit->failed_count <= 10) {
		struct wire_device said = {0};

		c_modbus_unit_describe(unit->unit, &said);
		printf("good device %" PRIu32 " at %" PRId64 " ms: state %d: %s\n", device, now_ns / MS, (int)state, said.reason);
	}
	(void)schedule_end(schedule, device, is_good, now_ns);
}

static void watch(void *context, uint32_t number, int fd, bool is_writing)
{
	struct rig_bus *bus = &rig_bus[number];

	(void)context;
	bus->is_opened = (bus->is_opened && fd >= 0) || (fd >= 0 && bus->line.near_fd < 0);
	bus->line.near_fd = fd;
	bus->is_connecting = is_writing;
}

/* ---- The far end ---- */

static void fly(uint32_t number, const struct reply *reply)
{
	for (size_t i = 0; i < reply->count && flying_count < PARTS_MAX; i++)
		flying[flying_count++] = (struct flying){.due_ns = now_ns + reply->part[i].delay_ns,
							 .request = asked_count,
							 .bus = number,
							 .connection = rig_bus[number].line.number,
							 .part = reply->part[i]};
}

static bool is_refused(const struct c_modbus_request *request)
{
	return request->function != C_MODBUS_READ_HOLDING || request->address < 0x10 ||
	       (request->address < 40000 && request->address + request->count > 0x01C0);
}

static void answer(uint32_t number, uint32_t device, const struct c_modbus_request *request)
{
	struct rig_bus *bus = &rig_bus[number];
	bool is_tcp = bus->line.link == MODBUS_TCP;
	const struct truth truth = {.bus = (uint8_t)number, .unit = request->unit, .request = asked_count};
	uint8_t byte[LINE_BYTES_MAX];
	size_t bytes;
	struct reply reply;

	if (!line_take(&bus->line, byte, is_tcp ? 12 : 8))
		return;
	bus->transaction = (uint16_t)(byte[0] << 8 | byte[1]);
	bytes = mischief_honest(request, is_tcp, bus->transaction, &truth, is_refused(request) ? 2 : 0, byte);
	mischief_reply(&mischief, byte, bytes, is_tcp, rig_unit[device].badness, &reply);
	fly(number, &reply);
	if (reply.is_dropped && bus->line.link != MODBUS_SERIAL) {
		line_drop(&bus->line);
		bus->ready_ns = now_ns;
	}
}

/* The collector has had its turn on this bus: takes what it sent. */
static void look(uint32_t number)
{
	struct rig_bus *bus = &rig_bus[number];

	if (bus->is_opened) {
		bus->is_opened = false;
		line_accept(&bus->line);
		if (bus->is_connecting)
			bus->ready_ns = now_ns;
	}
	for (uint32_t i = number * UNITS; i < (number + 1) * UNITS; i++) {
		const struct c_modbus_unit *unit = rig_unit[i].unit;

		if (unit->sent_boot_ns != now_ns || asked_count + 1 >= REQUESTS_MAX)
			continue;
		bus->request = ++asked_count;
		asked[asked_count].device = i;
		answer(number, i, &unit->request);
		return;
	}
}

/* ---- Time ---- */

/* Each turn has a moment of its own, so that what was sent in it is known by it. */
static void turn(uint32_t number, enum c_modbus_readiness readiness)
{
	struct rig_bus *bus = &rig_bus[number];

	now_ns++;
	if (readiness != C_MODBUS_READY_NOT)
		bus->ready_ns = INT64_MAX;
	bus->due_ns = c_modbus_bus_work(bus->bus, readiness, now_ns);
	look(number);
}

static void land(size_t at)
{
	struct flying landing = flying[at];
	struct rig_bus *bus = &rig_bus[landing.bus];

	flying[at] = flying[--flying_count];
	if (landing.connection != bus->line.number || bus->line.fd < 0 || bus->line.near_fd < 0)
		return;
	if (bus->request == landing.request && landing.part.is_whole)
		asked[landing.request].is_answered = true;
	line_put(&bus->line, landing.part.byte, landing.part.bytes);
	/* A wake is shared by all that has come within some milliseconds. */
	if (bus->ready_ns == INT64_MAX)
		bus->ready_ns = now_ns + (int64_t)mischief_draw(&mischief, WAKE_NS_MAX);
}

static size_t first_flying(void)
{
	size_t first = 0;

	for (size_t i = 1; i < flying_count; i++)
		if (flying[i].due_ns < flying[first].due_ns)
			first = i;
	return first;
}

static void begin_due(void)
{
	uint32_t device;

	while (schedule_take(schedule, now_ns, &device)) {
		struct rig_unit *unit = &rig_unit[device];

		unit->first_request = asked_count + 1;
		unit->begun_ns = now_ns;
		c_modbus_unit_begin(unit->unit, schedule_failed_count(schedule, device), now_ns);
		if (c_modbus_unit_is_reading(unit->unit)) {
			c_modbus_bus_add(rig_bus[device / UNITS].bus, unit->unit);
			rig_bus[device / UNITS].due_ns = now_ns;
		}
	}
}

static void step(void)
{
	size_t part = flying_count > 0 ? first_flying() : 0;
	int64_t next_ns = schedule_next_ns(schedule);
	int64_t bus_ns = INT64_MAX;
	uint32_t number = 0;

	for (uint32_t i = 0; i < BUSES; i++) {
		int64_t due_ns = rig_bus[i].due_ns < rig_bus[i].ready_ns ? rig_bus[i].due_ns : rig_bus[i].ready_ns;

		if (due_ns < bus_ns) {
			bus_ns = due_ns;
			number = i;
		}
	}
	if (flying_count > 0 && flying[part].due_ns <= bus_ns && flying[part].due_ns <= next_ns) {
		now_ns = flying[part].due_ns > now_ns ? flying[part].due_ns : now_ns;
		land(part);
	} else if (bus_ns <= next_ns) {
		now_ns = bus_ns > now_ns ? bus_ns : now_ns;
		turn(number, rig_bus[number].ready_ns <= now_ns ? C_MODBUS_READY_SOME : C_MODBUS_READY_NOT);
	} else {
		now_ns = next_ns > now_ns ? next_ns : now_ns;
		begin_due();
	}
}

/* ---- The whole ---- */

static void load_drivers(void)
{
	static const char *const text[DRIVERS] = {truth_plain_driver, truth_single_driver, truth_sunspec_driver};
	static const char *const name[DRIVERS] = {"plain", "single", "sunspec"};

	plan.driver = mem_new_array(DRIVERS, sizeof *plan.driver);
	plan.driver_count = DRIVERS;
	for (size_t i = 0; i < DRIVERS; i++) {
		struct problems problems = {0};
		struct driver_any driver;

		if (driver_any_parse(&driver, name[i], text[i], strlen(text[i]), 0, &problems) != ERR_NONE) {
			for (size_t p = 0; p < problems.count; p++)
				printf("%s:%u: %s\n", name[i], (unsigned)problems.item[p].place.line, problems.item[p].text);
			exit(1);
		}
		plan.driver[i] = driver.modbus;
		problems_deinit(&problems);
	}
}

static void make_devices(void)
{
	static const uint8_t badness[] = {4, 12, 2, 4, 1};

	plan.device = mem_new_array(DEVICES, sizeof *plan.device);
	plan.device_count = DEVICES;
	for (uint32_t i = 0; i < DEVICES; i++) {
		/* The last two buses have good units alone: one of TCP, one line. */
		rig_unit[i].is_bad = i / UNITS < BAD_BUSES && i % UNITS < BAD_UNITS;
		rig_unit[i].badness = rig_unit[i].is_bad ? badness[i / UNITS + i % UNITS] : 0;
		plan.device[i] = (struct plan_modbus_device){.bus = i / UNITS,
							     .unit = (uint8_t)(1 + i % UNITS),
							     .driver = i % BAD_UNITS,
							     .interval_ms = INTERVAL_MS,
							     .timeout_ms = TIMEOUT_MS,
							     .retries = 1,
							     .ct_num = 1,
							     .ct_den = 1,
							     .pt_num = 1,
							     .pt_den = 1};
		(void)snprintf(plan.device[i].id, sizeof plan.device[i].id, "u%02u", (unsigned)i);
	}
}

static void open_all(void)
{
	static const enum modbus_link link[BUSES] = {MODBUS_TCP, MODBUS_RTU_TCP, MODBUS_SERIAL, MODBUS_TCP, MODBUS_SERIAL};
	static const struct c_modbus_watcher watcher = {.watch = watch};
	struct err_info info = {0};

	plan.bus = mem_new_array(BUSES, sizeof *plan.bus);
	plan.bus_count = BUSES;
	load_drivers();
	make_devices();
	shared = (struct c_modbus_shared){.plan = &plan,
					  .host = {.put_meter = put_meter, .mark_changed = mark_changed, .end_read = end_read},
					  .sample = mem_new_array(C_MODBUS_SHAPE_SAMPLES_MAX, sizeof(struct sample))};
	schedule = schedule_new(mischief.state);
	for (uint32_t i = 0; i < BUSES; i++) {
		line_open(&rig_bus[i].line, link[i], &plan.bus[i]);
		rig_bus[i].due_ns = INT64_MAX;
		rig_bus[i].ready_ns = INT64_MAX;
		rig_bus[i].bus = c_modbus_bus_new(&plan.bus[i], i, UNITS, &watcher);
	}
	for (uint32_t i = 0; i < DEVICES; i++) {
		rig_unit[i].unit = c_modbus_unit_new(&shared, i);
		if (schedule_add(schedule, plan.device[i].id, plan.device[i].interval_ms, &info) != ERR_NONE)
			exit(1);
	}
	if (schedule_start(schedule, now_ns, &info) != ERR_NONE)
		exit(1);
}

static void close_all(void)
{
	for (uint32_t i = 0; i < DEVICES; i++)
		c_modbus_unit_free(rig_unit[i].unit);
	for (uint32_t i = 0; i < BUSES; i++) {
		c_modbus_bus_free(rig_bus[i].bus);
		line_close(&rig_bus[i].line);
	}
	schedule_free(schedule);
	mem_free(shared.sample);
	mem_free(asked);
	mem_free(flying);
	plan_modbus_deinit(&plan);
}

static bool report(uint64_t reach)
{
	static const char *const name[KINDS] = {"good units alone", "good units beside bad ones", "bad units"};
	static const int64_t max_ms[KINDS] = {ALONE_MS_MAX, BESIDE_MS_MAX, INT32_MAX};
	bool is_right = reach > 1 ? wrong_count * WRONG_ONE_IN <= value_count : wrong_count == 0;

	for (int kind = 0; kind < KINDS; kind++) {
		int64_t longest_ns = 0;
		uint64_t good = 0;
		uint64_t failed = 0;

		for (uint32_t i = 0; i < DEVICES; i++) {
			const struct rig_unit *unit = &rig_unit[i];

			if ((unit->is_bad ? BAD : i / UNITS < BAD_BUSES ? BESIDE : ALONE) != kind)
				continue;
			good += unit->good_count;
			failed += unit->failed_count;
			longest_ns = unit->longest_ns > longest_ns ? unit->longest_ns : longest_ns;
		}
		printf("%s: %" PRIu64 " readings, %" PRIu64 " failed, the longest %" PRId64 " ms\n", name[kind], good, failed,
		       longest_ns / MS);
		is_right = is_right && good > 0 && (reach > 1 || (longest_ns <= max_ms[kind] * MS && (kind == BAD || failed == 0)));
	}
	printf("%" PRIu32 " requests in %" PRId64 " s of their time, %" PRIu64 " values: %" PRIu64 " wrong, %" PRIu64
	       " of an earlier try\n",
	       asked_count, now_ns / (1000 * MS), value_count, wrong_count, earlier_count);
	return is_right;
}

static uint64_t number_of(const char *text, uint64_t otherwise)
{
	uint64_t value;

	return text != NULL && num_parse_u64(text, &value) ? value : otherwise;
}

int main(int argc, char **argv)
{
	uint64_t requests = number_of(argc > 1 ? argv[1] : getenv("RIG_REQUESTS"), REQUESTS);
	uint64_t seed = number_of(argc > 2 ? argv[2] : getenv("RIG_SEED"), 1);
	uint64_t reach = number_of(argc > 3 ? argv[3] : getenv("RIG_REACH"), 1);
	bool is_right;

	log_init("modbus_rig", LOG_LEVEL_INFO);
	mischief = (struct mischief){.state = seed << 32, .delay_max_ns = 2 * TIMEOUT_MS * MS * (int64_t)reach, .unit_count = UNITS};
	asked = mem_new_array(REQUESTS_MAX, sizeof *asked);
	flying = mem_new_array(PARTS_MAX, sizeof *flying);
	if (asked == NULL || flying == NULL)
		return 1;
	open_all();
	while (asked_count < requests && asked_count + 2 < REQUESTS_MAX)
		step();
	is_right = report(reach);
	close_all();
	return is_right ? 0 : 1;
}
