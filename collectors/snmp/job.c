/* SPDX-License-Identifier: Apache-2.0 */
/* job: the course of a read: what is sent when, what an answer leads to, how it ends. */
#include "snmp/admit_priv.h"
#include "snmp/device_priv.h"
#include "snmp/discover_priv.h"
#include "snmp/expect.h"
#include "snmp/identify.h"
#include "snmp/job_priv.h"
#include "snmp/read_priv.h"
#include "snmp/send_priv.h"

#include "base/mem.h"
#include "model/units.h"
#include "wire/reason.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* A survey may take longer than a read, but not for ever. */
#define SURVEY_TIME_MAX_NS (60 * UNITS_NS_PER_S)
#define SURVEY_GAP_MIN_NS (60 * UNITS_NS_PER_S)

/* ---- Queue ------------------------------------------------------------------------------------------------------------------------- */

static struct c_snmp_device *dequeue(struct c_snmp_engine *engine)
{
	struct c_snmp_device *device = &engine->device[engine->queue_first];

	engine->queue_first = device->next_queued;
	if (engine->queue_first != C_SNMP_QUEUE_END)
		__builtin_prefetch(
		    &engine->device[engine->queue_first]); /* its turn comes next, and it was not looked at for an interval */
	device->is_queued = false;
	return device;
}

/* ---- End ---------------------------------------------------------------------------------------------------------------------------- */

static void fail_link(struct c_snmp_device *device, const char *address)
{
	struct c_snmp_job *job = device->job;

	switch (device->link_error) {
	case EPROTO: c_snmp_job_fail(job, DEVICE_LYING, "%s sends something else than SNMP over TCP", address); break;
	case ECONNREFUSED:
		c_snmp_job_fail(job, DEVICE_REFUSED, "%s refuses the TCP connection (does it speak SNMP over TCP, and at this port?)",
				address);
		break;
	case ECONNRESET:
		c_snmp_job_fail(job, DEVICE_REFUSED, "%s closes the TCP connection without an answer (does it allow this address?)",
				address);
		break;
	default: c_snmp_job_fail(job, DEVICE_SILENT, "no TCP connection to %s: %s", address, strerrordesc_np(device->link_error)); break;
	}
}

static void fail_silent(struct c_snmp_device *device)
{
	char address[C_SNMP_ADDRESS_TEXT_BYTES];
	unsigned tries = device->job->failed_count > 0 ? 1U : device->retries + 1U;

	c_snmp_address_print(&device->address, address);
	if (device->link_error != 0) {
		fail_link(device, address);
		return;
	}
	if (device->peer != NULL && c_snmp_usm_is_ready(device->peer) && device->job->latency_us == 0) {
		c_snmp_job_fail(device->job, DEVICE_SILENT,
				"%s tells its engine id, but does not answer this user (wrong privacy password or algorithm?)", address);
		return;
	}
	c_snmp_job_fail(device->job, DEVICE_SILENT, "no answer from %s in %u %s of %g s (wrong %s, address or firewall?)", address, tries,
			tries == 1 ? "try" : "tries", device->timeout_ms / 1e3, device->version == SNMP_V3 ? "user" : "community");
}

/* Keeps the words for describe; tells when they are others than before. */
static bool keep_reason(struct c_snmp_device *device, const char *reason)
{
	if (strcmp(device->reason == NULL ? "" : device->reason, reason) == 0)
		return false;
	mem_free(device->reason);
	device->reason = reason[0] == '\0' ? NULL : mem_dup(reason);
	return true;
}

static enum device_state final_state(const struct c_snmp_engine *engine, const struct c_snmp_device *device, size_t sample_count)
{
	struct c_snmp_job *job = device->job;

	if (sample_count > 0 && job->failure == DEVICE_STARTING && device->is_unfit)
		c_snmp_job_fail(job, DEVICE_REFUSED,
				WIRE_REASON_DRIVER_UNFIT
				": no rule of driver %s holds for it any more (other firmware, or another device?); it "
				"is read by it all the same, for the configuration names it",
				c_snmp_engine_main_driver(engine, device)->name);
	if (sample_count == 0 && job->missing_count > 0)
		c_snmp_job_fail(job, DEVICE_LYING, "none of its %u values is a number", (unsigned)job->missing_count);
	if (sample_count == 0 && job->failure != DEVICE_STARTING)
		return job->failure;
	if (job->failure != DEVICE_STARTING || job->missing_count == 0)
		return job->failure == DEVICE_STARTING ? DEVICE_UP : DEVICE_PARTIAL;
	(void)snprintf(job->reason, sizeof job->reason, "%u values that the device had before are missing or no numbers",
		       (unsigned)job->missing_count);
	return DEVICE_PARTIAL;
}

static void end_job(struct c_snmp_engine *engine, struct c_snmp_device *device)
{
	struct c_snmp_job *job = device->job;
	uint32_t number = (uint32_t)(device - engine->device);
	size_t count = device->shape != NULL ? c_snmp_read_samples(engine, number) : 0;
	enum device_state state = final_state(engine, device, count);
	uint32_t latency_us = job->latency_us;

	if (keep_reason(device, state == DEVICE_UP ? "" : job->reason))
		engine->host.mark_changed(engine->host.context, number);
	if (job->has_uptime)
		device->uptime_ticks = job->uptime_ticks;
	device->read_count += count > 0;
	c_snmp_job_set_eager(engine, job, false);
	engine->host.end_read(engine->host.context, number, state, latency_us, engine->sample, count);
	/* What was read belongs to the old shape: the new one counts from the next read on. */
	if (job->is_surveyed && job->is_read_first)
		(void)!c_snmp_discover_adopt(engine, device);
	else if (device->is_pack_due && device->shape != NULL)
		(void)!c_snmp_discover_pack(engine, device);
	device->is_pack_due = false;
	c_snmp_admit_count_survey(engine, job, false);
	device->job = NULL;
	c_snmp_admit_give_job(engine, job);
}

/* ---- Course ------------------------------------------------------------------------------------------------------------------------- */

/* After the reading: is it time to look at the device anew? */
static bool is_survey_due(const struct c_snmp_engine *engine, const struct c_snmp_device *device)
{
	const struct c_snmp_job *job = device->job;
	bool is_restarted = job->has_uptime && job->uptime_ticks < device->uptime_ticks;
	bool is_recent = engine->now_ns - device->surveyed_ns < SURVEY_GAP_MIN_NS;

	if (!job->is_answered || !job->is_read_first || !c_snmp_admit_has_survey_room(engine))
		return false;
	return is_restarted || engine->now_ns >= device->survey_due_ns || (job->missing_count > 0 && !is_recent);
}

/* An identity phase had no answer, or a refusal: there is no way on. */
static bool is_stuck(const struct c_snmp_job *job)
{
	return !job->is_answered || job->is_lost;
}

static enum c_snmp_phase begin_survey(struct c_snmp_engine *engine, struct c_snmp_device *device)
{
	device->job->found = (struct c_snmp_finding){0};
	device->job->deadline_boot_ns = engine->now_ns + SURVEY_TIME_MAX_NS;
	c_snmp_admit_count_survey(engine, device->job, true);
	return device->is_auto || c_snmp_identify_is_check_due(engine, device) ? C_SNMP_PHASE_SYSTEM : C_SNMP_PHASE_IDENTITY;
}

static enum c_snmp_phase phase_after(struct c_snmp_engine *engine, struct c_snmp_device *device)
{
	struct c_snmp_job *job = device->job;

	switch (job->phase) {
	case C_SNMP_PHASE_SYSTEM:
		return is_stuck(job) ? C_SNMP_PHASE_END : job->is_check_left ? C_SNMP_PHASE_IDENTITY : C_SNMP_PHASE_PROBES;
	case C_SNMP_PHASE_PROBES:
		if (!is_stuck(job) && job->driver_count > 0)
			return C_SNMP_PHASE_IDENTITY;
		return is_stuck(job) ? C_SNMP_PHASE_END : C_SNMP_PHASE_HINTS;
	case C_SNMP_PHASE_HINTS: c_snmp_identify_fail_unknown(device); return C_SNMP_PHASE_END;
	case C_SNMP_PHASE_IDENTITY: return is_stuck(job) ? C_SNMP_PHASE_END : C_SNMP_PHASE_SCALARS;
	case C_SNMP_PHASE_SCALARS: return job->survey == NULL ? C_SNMP_PHASE_END : C_SNMP_PHASE_WALK;
	case C_SNMP_PHASE_WALK:
		if (job->is_lost)
			return C_SNMP_PHASE_END;
		job->is_surveyed = true;
		c_snmp_identify_keep(engine, device);
		if (job->is_read_first || !c_snmp_discover_adopt(engine, device))
			return C_SNMP_PHASE_END;
		return C_SNMP_PHASE_READ;
	case C_SNMP_PHASE_READ:
		if (!is_survey_due(engine, device))
			return C_SNMP_PHASE_END;
		return begin_survey(engine, device);
	default: return C_SNMP_PHASE_END;
	}
}

/* Phases that have nothing to ask are passed over. */
static void advance(struct c_snmp_engine *engine, struct c_snmp_device *device)
{
	struct c_snmp_job *job = device->job;
	bool has_work = false;

	while (!has_work) {
		job->phase = phase_after(engine, device);
		if (job->phase == C_SNMP_PHASE_END) {
			end_job(engine, device);
			return;
		}
		if (job->phase == C_SNMP_PHASE_READ) {
			job->deadline_boot_ns = engine->now_ns + (int64_t)device->deadline_ms * UNITS_NS_PER_MS;
			has_work = c_snmp_read_begin(engine, device);
		} else {
			has_work = c_snmp_discover_begin(engine, device, job->phase);
		}
	}
	c_snmp_job_set_eager(engine, job, job->is_answered);
	c_snmp_engine_enqueue(engine, device);
}

static void begin(struct c_snmp_engine *engine, struct c_snmp_device *device, uint32_t failed_count)
{
	struct c_snmp_job *job = c_snmp_admit_take_job(engine);
	int64_t now_boot_ns = engine->now_ns;

	if (job == NULL) {
		engine->host.end_read(engine->host.context, (uint32_t)(device - engine->device), DEVICE_UNREADABLE, 0, NULL, 0);
		return;
	}
	device->job = job;
	device->link_error = 0;
	job->failed_count = failed_count;
	job->started_boot_ns = now_boot_ns;
	job->is_read_first = device->shape != NULL;
	memcpy(job->driver, device->driver, sizeof job->driver);
	job->driver_count = device->driver_count;
	job->deadline_boot_ns = now_boot_ns + (int64_t)device->deadline_ms * UNITS_NS_PER_MS;
	job->phase = job->is_read_first ? C_SNMP_PHASE_READ : begin_survey(engine, device);
	if (!(job->is_read_first ? c_snmp_read_begin(engine, device) : c_snmp_discover_begin(engine, device, job->phase))) {
		end_job(engine, device);
		return;
	}
	/* The very first question of a device is worth a wake; one that was silent before waits for the tick. */
	c_snmp_job_set_eager(engine, job, !job->is_read_first && failed_count == 0);
	c_snmp_engine_enqueue(engine, device);
}

void c_snmp_job_begin(struct c_snmp_engine *engine, uint32_t number, uint32_t failed_count, int64_t now_boot_ns)
{
	engine->now_ns = now_boot_ns;
	if (!c_snmp_admit_wait(engine, &engine->device[number], failed_count))
		begin(engine, &engine->device[number], failed_count);
}

/* Answers keep coming, and the time is up: what came is kept, but of a device of which not even the identity is known. */
static void stop_survey(struct c_snmp_job *job)
{
	job->is_lost = job->survey == NULL;
	if (job->survey != NULL)
		job->survey->is_complete = false;
	c_snmp_job_fail(job, DEVICE_SILENT, "it takes longer than %d s to tell what it has; what it told by then is kept",
			(int)(SURVEY_TIME_MAX_NS / UNITS_NS_PER_S));
}

static void stop_read(struct c_snmp_device *device)
{
	struct c_snmp_job *job = device->job;

	device->is_pack_due |= job->is_repack_needed;
	job->is_repack_needed = false;
	if (c_snmp_read_is_over(device))
		return;
	c_snmp_read_stop(device);
	c_snmp_job_fail(job, DEVICE_SILENT, "it is too slow to be read whole by the deadline of %g s; what came by then is kept",
			device->deadline_ms / 1e3);
}

/* What follows when a phase may be over. */
static void proceed(struct c_snmp_engine *engine, struct c_snmp_device *device, bool is_over)
{
	struct c_snmp_job *job = device->job;
	bool is_late = engine->now_ns >= job->deadline_boot_ns;

	if (job->phase != C_SNMP_PHASE_READ) {
		if (!is_over && is_late)
			stop_survey(job);
		is_over |= is_late;
		if (is_over)
			advance(engine, device);
		else
			c_snmp_engine_enqueue(engine, device);
		return;
	}
	if (is_late && job->sent_count == 0)
		stop_read(device);
	if (job->is_repack_needed && job->sent_count == 0) {
		job->restart_count++;
		if (!c_snmp_discover_pack(engine, device) || !c_snmp_read_begin(engine, device)) {
			end_job(engine, device);
			return;
		}
	}
	if (job->sent_count == 0 && c_snmp_read_is_over(device)) {
		advance(engine, device);
		return;
	}
	c_snmp_job_set_eager(engine, job, job->is_answered && c_snmp_read_has_more(device));
	c_snmp_engine_enqueue(engine, device);
}

/* ---- Sending ------------------------------------------------------------------------------------------------------------------------ */

/* Gives up what a slot stands for. */
static void give_up(struct c_snmp_engine *engine, struct c_snmp_inflight_slot *slot)
{
	struct c_snmp_device *device = &engine->device[slot->device];
	struct c_snmp_job *job = device->job;
	uint16_t request = slot->request;
	bool is_check = c_snmp_identify_is_check(device);
	bool is_over = true;

	c_snmp_inflight_remove(engine->inflight, slot);
	job->sent_count--;
	if (job->phase == C_SNMP_PHASE_READ)
		c_snmp_read_timeout(engine, device, request);
	else if (is_check)
		job->is_check_left = true;
	else if (engine->now_ns < job->deadline_boot_ns && job->is_answered && !job->is_lost && job->failure != DEVICE_UNREADABLE)
		is_over = c_snmp_discover_timeout(engine, device);
	else if (job->survey != NULL)
		job->survey->is_complete = false;
	if (is_over && !job->is_repack_needed && !is_check)
		fail_silent(device);
	proceed(engine, device, is_over);
}

/* Sends one request of a device. false: it has none to send now. */
static bool send_next(struct c_snmp_engine *engine, struct c_snmp_device *device)
{
	struct c_snmp_job *job = device->job;
	struct c_snmp_inflight_slot *slot;
	uint16_t request = 0;

	if (job == NULL || (job->phase == C_SNMP_PHASE_READ ? !c_snmp_read_next(engine, device, &request) : job->sent_count > 0))
		return false;
	slot = c_snmp_inflight_add(engine->inflight);
	if (slot == NULL)
		return false;
	slot->device = (uint32_t)(device - engine->device);
	slot->request = request;
	slot->first_sent_boot_ns = engine->now_ns;
	job->sent_count++;
	if (job->phase == C_SNMP_PHASE_READ)
		job->batch_state[request] = C_SNMP_BATCH_SENT;
	slot->try_count = 1;
	if (!c_snmp_send_slot(engine, slot))
		give_up(engine, slot);
	return true;
}

static void send_queued(struct c_snmp_engine *engine)
{
	while (engine->queue_first != C_SNMP_QUEUE_END && c_snmp_inflight_count(engine->inflight) < engine->window) {
		struct c_snmp_device *device = dequeue(engine);

		if (send_next(engine, device))
			c_snmp_engine_enqueue(engine, device); /* behind the others; it may have more */
	}
}

int64_t c_snmp_job_tick(struct c_snmp_engine *engine, int64_t now_boot_ns)
{
	struct c_snmp_inflight_slot *slot;
	struct c_snmp_device *waited;
	size_t at = 0;

	engine->now_ns = now_boot_ns;
	while ((slot = c_snmp_inflight_next_expired(engine->inflight, now_boot_ns, &at)) != NULL) {
		const struct c_snmp_device *device = &engine->device[slot->device];
		unsigned tries = device->job->failed_count > 0 && !device->job->is_answered ? 1U : device->retries + 1U;

		/* A device that may well be silent does not keep others from being surveyed. */
		if (!device->job->is_answered)
			c_snmp_admit_count_survey(engine, device->job, false);
		if (slot->try_count++ >= tries || now_boot_ns >= device->job->deadline_boot_ns || !c_snmp_send_slot(engine, slot))
			give_up(engine, slot);
	}
	send_queued(engine);
	while ((waited = c_snmp_admit_next(engine)) != NULL) {
		begin(engine, waited, waited->is_waiting_failed);
		send_queued(engine);
	}
	return c_snmp_inflight_next_ns(engine->inflight);
}

/* ---- Receiving ---------------------------------------------------------------------------------------------------------------------- */

static void note_latency(struct c_snmp_job *job, const struct c_snmp_inflight_slot *slot, int64_t arrived_ns)
{
	int64_t took_us = (arrived_ns - slot->first_sent_boot_ns) / 1000;

	if (job->latency_us == 0)
		job->latency_us = (uint32_t)(took_us < 1 ? 1 : took_us > UINT32_MAX ? UINT32_MAX : took_us);
	job->is_answered = true;
}

/*
 * A report instead of an answer: engine id and time are learnt from it and the request is sent again; the others say what is wrong with
 * the configuration, and nothing will come.
 */
static void take_report(struct c_snmp_engine *engine, struct c_snmp_inflight_slot *slot, enum c_snmp_report report)
{
	struct c_snmp_device *device = &engine->device[slot->device];
	bool is_followed = report == C_SNMP_REPORT_ENGINE || report == C_SNMP_REPORT_TIME || report == C_SNMP_REPORT_STALE;

	if (report == C_SNMP_REPORT_BAD) {
		/* The slot goes on waiting: the right answer may follow. */
		c_snmp_job_fail(device->job, DEVICE_REFUSED, "%s", c_snmp_report_reason(report));
		return;
	}
	device->job->is_answered = true;
	if (report == C_SNMP_REPORT_STALE)
		c_snmp_usm_forget(device->peer);
	if (is_followed && ++slot->report_count < C_SNMP_REPORTS_MAX) {
		if (c_snmp_send_slot(engine, slot))
			return;
	} else {
		c_snmp_job_fail(device->job, DEVICE_REFUSED, "%s", c_snmp_report_reason(report));
	}
	c_snmp_usm_forget(device->peer);
	device->job->is_lost = true;
	give_up(engine, slot);
}

/* The answer that is mostly given to a prepared request; false for any other. */
static bool parse_expected(struct c_snmp_engine *engine, const struct c_snmp_device *device, uint16_t request, const uint8_t *message,
			   size_t bytes)
{
	const struct c_snmp_batch *batch;

	if (device->job->phase != C_SNMP_PHASE_READ)
		return false;
	batch = &device->batches.batch[request];
	return batch->message != NULL && c_snmp_expect_take(batch->message, batch->message_bytes, message, bytes, &engine->reply);
}

/* true: the answer to what the slot stands for is in engine->reply. */
static bool parse(struct c_snmp_engine *engine, struct c_snmp_inflight_slot *slot, const uint8_t *message, size_t bytes)
{
	struct c_snmp_device *device = &engine->device[slot->device];
	enum c_snmp_report report;

	if (device->peer != NULL) {
		report = c_snmp_usm_parse(engine->usm, device->peer, message, bytes, engine->now_ns / UNITS_NS_PER_S, &engine->reply);
		if (report != C_SNMP_REPORT_NONE)
			take_report(engine, slot, report);
		return report == C_SNMP_REPORT_NONE;
	}
	if (parse_expected(engine, device, slot->request, message, bytes) || c_snmp_packet_parse(message, bytes, &engine->reply))
		return true;
	c_snmp_job_fail(device->job, DEVICE_LYING, "the device answers with messages that are no SNMP responses");
	return false;
}

void c_snmp_job_receive(struct c_snmp_engine *engine, const struct c_snmp_address *from, const uint8_t *message, size_t bytes,
			int64_t arrived_boot_ns, int64_t now_boot_ns)
{
	struct c_snmp_inflight_slot *slot;
	struct c_snmp_device *device;
	uint16_t request;
	uint32_t id;
	bool is_over = false;

	engine->now_ns = now_boot_ns;
	slot = c_snmp_packet_peek_id(message, bytes, &id) ? c_snmp_inflight_find(engine->inflight, id) : NULL;
	if (slot == NULL || !c_snmp_address_is_same(from, &engine->device[slot->device].address)) {
		engine->stray_count++;
		return;
	}
	device = &engine->device[slot->device];
	if (!parse(engine, slot, message, bytes))
		return;
	request = slot->request;
	device->link_error = 0;
	note_latency(device->job, slot, arrived_boot_ns);
	c_snmp_inflight_remove(engine->inflight, slot);
	device->job->sent_count--;
	if (device->job->phase == C_SNMP_PHASE_READ)
		c_snmp_read_take(engine, device, request, &engine->reply, arrived_boot_ns);
	else
		is_over = c_snmp_discover_take(engine, device, &engine->reply);
	c_snmp_packet_release(&engine->reply);
	proceed(engine, device, is_over);
}
