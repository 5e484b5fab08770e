/* SPDX-License-Identifier: Apache-2.0 */
/* core_peers: the sockets of the children. Whoever breaks the protocol, floods or falls silent is cut off and restarted; nobody else notices. */
#include "run/core_priv.h"

#include "base/clock.h"
#include "wire/codec.h"
#include "wire/control.h"
#include "wire/latencies.h"
#include "wire/note.h"
#include "wire/packet.h"

#include <stdio.h>
#include <sys/epoll.h>
#include <unistd.h>

/* Records that one peer may have handled in one turn, so that none starves the others. */
enum { RECORDS_PER_TURN = 256 };

/* Records that a peer may send: in a burst (meters of 50,000 devices at its start) and each second. */
#define FLOOD_BURST 400000.0
#define FLOOD_PER_S 20000.0

/* Every child sends its figures at least once a minute; a start may take a while. */
#define SILENT_NS (150 * CLOCK_NS_PER_S)
#define HELLO_NS (30 * CLOCK_NS_PER_S)

static enum plan_kind plan_kind_of(enum wire_kind kind)
{
	static const enum plan_kind map[WIRE_KIND_COUNT] = {
	    [WIRE_KIND_SNMP] = PLAN_SNMP,     [WIRE_KIND_MODBUS] = PLAN_MODBUS,   [WIRE_KIND_RAPL] = PLAN_RAPL,
	    [WIRE_KIND_IPMI] = PLAN_IPMI,     [WIRE_KIND_TRAFFIC] = PLAN_TRAFFIC, [WIRE_KIND_DELIVER] = PLAN_DELIVER,
	    [WIRE_KIND_SERIES] = PLAN_SERIES,
	};

	return map[kind];
}

static void detach(struct core *core, enum wire_kind kind, const char *reason)
{
	struct core_peer *peer = &core->peer[kind];

	if (peer->fd < 0)
		return;
	core_unwatch(core, peer->fd);
	close(peer->fd);
	peer->fd = -1;
	if (kind == WIRE_KIND_DELIVER)
		shipping_recall(&core->shipping);
	else
		books_reset_peer(core->books, kind, reason);
}

/* It lies, floods or hangs: its socket closes here, and the supervisor ends it and starts it again with back-off. */
static void cut_off(struct core *core, enum wire_kind kind, const char *reason)
{
	char text[WIRE_TEXT_BYTES];

	snprintf(text, sizeof(text), "%s is restarted: %.200s", wire_kind_name(kind), reason);
	books_add_event(core->books, LOG_LEVEL_ERROR, "collector_cut_off", text);
	core_tell_supervisor(core, CONTROL_RESTART, (int)plan_kind_of(kind), reason);
	detach(core, kind, "its collector is being restarted");
}

void core_peer_attach(struct core *core, enum wire_kind kind, int fd)
{
	struct core_peer *peer = &core->peer[kind];
	struct err_info info = {0};

	if (peer->fd >= 0) {
		core_peer_drain(core, kind); /* the one before has ended: its last records count */
		detach(core, kind, NULL);
	}
	*peer = (struct core_peer){.fd = fd, .since_ns = core->now.boot_ns, .heard_ns = core->now.boot_ns, .allowance = FLOOD_BURST};
	if (core_watch(core, fd, CORE_PEER, (uint32_t)kind, &info) != ERR_NONE) {
		log_error("%s: %s", wire_kind_name(kind), info.text);
		close(fd);
		peer->fd = -1;
	}
}

static enum err take_hello(struct core *core, enum wire_kind kind, struct wire_reader *reader, struct err_info *info)
{
	struct core_peer *peer = &core->peer[kind];
	struct wire_hello hello;
	enum err err = wire_get_hello(reader, &hello, info);

	if (err != ERR_NONE)
		return err;
	if (peer->is_greeted || hello.kind != kind)
		return err_set(info, ERR_DATA, "it says that it is %s", wire_kind_name(hello.kind));
	if (kind < WIRE_KIND_DELIVER && hello.device_count != books_device_count(core->books, kind))
		return err_set(info, ERR_DATA, "its plan has %u devices, ours %u", hello.device_count,
			       books_device_count(core->books, kind));
	peer->is_greeted = true;
	peer->pid = hello.pid;
	return ERR_NONE;
}

static enum err take_meter(struct core *core, enum wire_kind kind, struct wire_reader *reader, struct err_info *info)
{
	struct wire_meter meter;
	enum err err = wire_get_meter(reader, &meter, info);

	return err != ERR_NONE ? err : books_put_meter(core->books, kind, &meter, info);
}

static enum err take_device(struct core *core, enum wire_kind kind, struct wire_reader *reader, struct err_info *info)
{
	struct wire_device device;
	enum err err = wire_get_device(reader, &device, info);

	return err != ERR_NONE ? err : books_put_device(core->books, kind, &device, info);
}

static enum err take_latencies(struct core *core, enum wire_kind kind, struct wire_reader *reader, struct err_info *info)
{
	struct wire_latencies latencies;
	enum err err = wire_get_latencies(reader, &latencies, info);

	return err != ERR_NONE ? err : books_put_latencies(core->books, kind, &latencies, info);
}

static enum err take_samples(struct core *core, enum wire_kind kind, struct wire_reader *reader, struct err_info *info)
{
	struct wire_samples samples;
	enum err err = wire_get_samples(reader, &samples, info);

	/* Not core->now: of many records that wait on a busy machine, the last ones were written seconds after this round began. */
	return err != ERR_NONE ? err : books_put_samples(core->books, kind, samples.sample, samples.count, clock_boot_ns(), info);
}

static enum err take_lost(struct core *core, enum wire_kind kind, struct wire_reader *reader, struct err_info *info)
{
	char text[WIRE_TEXT_BYTES];
	struct wire_lost lost;
	enum err err = wire_get_lost(reader, &lost, info);

	if (err != ERR_NONE)
		return err;
	core->peer[kind].lost_samples += lost.sample_count;
	snprintf(text, sizeof(text), "%s: %llu samples of %.1f s found no room in its queue; counters bridge them", wire_kind_name(kind),
		 (unsigned long long)lost.sample_count, (double)(lost.to_boot_ns - lost.from_boot_ns) / (double)CLOCK_NS_PER_S);
	books_add_event(core->books, LOG_LEVEL_WARNING, "samples_lost", text);
	return ERR_NONE;
}

static enum err take_verdict(struct core *core, enum wire_kind kind, struct wire_reader *reader, struct err_info *info)
{
	struct wire_verdict verdict;
	enum err err = wire_get_verdict(reader, &verdict, info);

	if (err != ERR_NONE)
		return err;
	if (kind != WIRE_KIND_DELIVER)
		return err_set(info, ERR_DATA, "it sends verdicts");
	core_take_verdict(core, &verdict);
	return ERR_NONE;
}

static enum err take_note(struct core *core, enum wire_kind kind, struct wire_reader *reader, struct err_info *info)
{
	static const struct {
		int level;
		const char *code;
	} EVENT[NOTE_KIND_COUNT] = {
	    [NOTE_SERIES_TAKEN] = {LOG_LEVEL_NOTICE, "series_taken"},
	    [NOTE_SERIES_REFUSED] = {LOG_LEVEL_WARNING, "series_refused"},
	    [NOTE_SERIES_MISSING] = {LOG_LEVEL_WARNING, "series_missing"},
	    [NOTE_SERIES_BACK] = {LOG_LEVEL_NOTICE, "series_back"},
	};
	struct wire_note note;
	enum err err = wire_get_note(reader, &note, info);

	if (err != ERR_NONE)
		return err;
	if (kind != WIRE_KIND_SERIES)
		return err_set(info, ERR_DATA, "it sends notes about series");
	books_add_event(core->books, EVENT[note.kind].level, EVENT[note.kind].code, note.text);
	return ERR_NONE;
}

static enum err take_record(struct core *core, enum wire_kind kind, const uint8_t *bytes, size_t length, struct err_info *info)
{
	struct wire_reader reader = {.bytes = bytes, .length = length};
	struct core_peer *peer = &core->peer[kind];
	enum wire_type type;
	enum err err = wire_read_header(&reader, &type, info);

	if (err != ERR_NONE)
		return err;
	if (!peer->is_greeted && type != WIRE_HELLO)
		return err_set(info, ERR_DATA, "its first record is no greeting");
	switch (type) {
	case WIRE_HELLO: return take_hello(core, kind, &reader, info);
	case WIRE_METER: return take_meter(core, kind, &reader, info);
	case WIRE_DEVICE: return take_device(core, kind, &reader, info);
	case WIRE_SAMPLES: return take_samples(core, kind, &reader, info);
	case WIRE_LOST: return take_lost(core, kind, &reader, info);
	case WIRE_STATS: return wire_get_stats(&reader, &peer->stats, info);
	case WIRE_LATENCIES: return take_latencies(core, kind, &reader, info);
	case WIRE_VERDICT: return take_verdict(core, kind, &reader, info);
	case WIRE_NOTE: return take_note(core, kind, &reader, info);
	default: return err_set(info, ERR_DATA, "a record of type %d, which is not its to send", (int)type);
	}
}

static bool is_flooding(struct core *core, struct core_peer *peer)
{
	double passed_s = (double)(core->now.boot_ns - peer->heard_ns) / (double)CLOCK_NS_PER_S;

	peer->allowance += passed_s * FLOOD_PER_S;
	if (peer->allowance > FLOOD_BURST)
		peer->allowance = FLOOD_BURST;
	peer->allowance -= 1;
	peer->heard_ns = core->now.boot_ns;
	peer->record_count++;
	return peer->allowance < 0;
}

/* One record; false when there is nothing more to do with this peer now. */
static bool drain_one(struct core *core, enum wire_kind kind)
{
	struct core_peer *peer = &core->peer[kind];
	uint8_t bytes[WIRE_RECORD_BYTES_MAX];
	struct err_info info = {0};
	size_t length;
	int fd = -1;
	enum err err = packet_receive(peer->fd, bytes, sizeof(bytes), &length, &fd, &info);

	if (err == ERR_BUSY)
		return false;
	if (fd >= 0)
		close(fd); /* no child sends any */
	if (err == ERR_UNAVAILABLE) {
		detach(core, kind, "its collector has ended and is being restarted");
		return false;
	}
	if (err == ERR_NONE && is_flooding(core, peer))
		err = err_set(&info, ERR_LIMIT, "it floods: more than %.0f records a second", FLOOD_PER_S);
	if (err == ERR_NONE)
		err = take_record(core, kind, bytes, length, &info);
	if (err == ERR_NONE)
		return true;
	cut_off(core, kind, info.text);
	return false;
}

void core_peer_drain(struct core *core, enum wire_kind kind)
{
	for (int i = 0; i < RECORDS_PER_TURN && core->peer[kind].fd >= 0; i++) {
		if (!drain_one(core, kind))
			return;
	}
}

void core_peer_drain_all(struct core *core)
{
	/* Bounded: what a peer sends while it is drained does not keep us here. */
	for (int round = 0; round < 64; round++) {
		for (int kind = 0; kind < WIRE_KIND_COUNT; kind++)
			core_peer_drain(core, (enum wire_kind)kind);
	}
}

void core_peer_check(struct core *core)
{
	for (int kind = 0; kind < WIRE_KIND_COUNT; kind++) {
		const struct core_peer *peer = &core->peer[kind];

		if (peer->fd < 0)
			continue;
		if (!peer->is_greeted && core->now.boot_ns - peer->since_ns > HELLO_NS)
			cut_off(core, (enum wire_kind)kind, "it does not greet: it hangs");
		else if (core->now.boot_ns - peer->heard_ns > SILENT_NS)
			cut_off(core, (enum wire_kind)kind, "it has said nothing for two and a half minutes: it hangs");
	}
}
