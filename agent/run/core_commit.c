/* SPDX-License-Identifier: Apache-2.0 */
/* core_commit: what the books hold becomes one transaction every commit interval; what was committed goes to the outputs. */
#include "run/core_priv.h"

#include "base/mem.h"
#include "ledger/outbox.h"
#include "model/units.h"
#include "output/file.h"
#include "wire/packet.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* How long a file that could not be written to is left alone. */
enum { FILE_RETRY_S = 10 };

/* What no record, order or slot announced is committed after so many intervals. */
enum { COMMIT_IDLE_INTERVALS = 3 };

/* Awake for another reason, it commits by this part of the interval earlier: what comes at a steady pace is committed as it comes. */
enum { COMMIT_EARLY_DIV = 16 };

struct ledger_batch *core_batch(struct core *core)
{
	return &core->batch[core->batch_idx];
}

static void log_failed_commit(struct core *core)
{
	static struct log_limit limit;
	uint64_t suppressed;

	if (core->commit.error[0] != '\0' && log_limit_pass(&limit, core->now.boot_ns, UNITS_S_PER_MIN, &suppressed))
		log_error("the ledger cannot be written (%u tries): %s; measuring goes on in memory, nothing is lost yet",
			  core->commit.tries, core->commit.error);
}

static int64_t interval_ns(const struct core *core)
{
	return (int64_t)core->plan.commit_ms * UNITS_NS_PER_MS;
}

bool core_commit_is_due(const struct core *core, bool is_awake)
{
	return core->now.boot_ns >= core->commit_due_ns - (is_awake ? interval_ns(core) / COMMIT_EARLY_DIV : 0);
}

void core_commit_want(struct core *core)
{
	int64_t due_ns = core->now.boot_ns + interval_ns(core);

	if (due_ns < core->commit_due_ns)
		core->commit_due_ns = due_ns;
}

/* Fills the batch up, hands it to the thread, and goes on with the other one. */
void core_commit_begin(struct core *core)
{
	struct ledger_outbox_bounds bounds = {
	    .max_bytes = core->plan.outbox_max_bytes,
	    .max_age_s = core->plan.outbox_max_age_s,
	    .max_parked_bytes = core->plan.outbox_max_bytes / 4,
	    .now_utc_ms = books_utc_ms(core->books, core->now.boot_ns),
	};
	struct err_info info = {0};
	bool is_bounding;
	enum err err;

	core->commit_due_ns = core->now.boot_ns + interval_ns(core);
	if (core->is_batch_out || core->order.is_out)
		return; /* the one before, or an order, is still with the thread: what comes waits in this one */
	err = shipping_collect(&core->shipping, &core->points, core_batch(core), core->now.utc_ns / UNITS_NS_PER_MS, &info);
	if (err == ERR_NONE)
		err = books_add_open_rows(core->books, &info);
	if (err != ERR_NONE)
		log_error("a part of this commit waits for the next: %s", info.text);
	else
		core->commit_due_ns = core->now.boot_ns + COMMIT_IDLE_INTERVALS * interval_ns(core);
	core->is_commit_forced = false;
	if (ledger_batch_is_empty(core_batch(core)))
		return;
	is_bounding = bounds.now_utc_ms > 0 && core->now.boot_ns >= core->bound_due_ns;
	if (is_bounding)
		core->bound_due_ns = core->now.boot_ns + UNITS_S_PER_MIN * UNITS_NS_PER_S;
	committer_submit(core->committer, core_batch(core), is_bounding ? &bounds : NULL);
	core->is_batch_out = true;
	core->batch_idx = 1 - core->batch_idx;
	books_use_batch(core->books, core_batch(core));
}

/* The batch is in the ledger. */
static void take_committed(struct core *core)
{
	struct err_info info = {0};

	core->is_batch_out = false;
	core->commit_count++;
	core->last_commit_utc_ms = core->now.utc_ns / UNITS_NS_PER_MS;
	if (core->commit.commit_us > core->commit_us_max)
		core->commit_us_max = core->commit.commit_us;
	if (core->commit.report.is_outbox_left_out &&
	    ledger_batch_move_outbox(core_batch(core), &core->batch[1 - core->batch_idx], &info) != ERR_NONE)
		log_error("the disk is full and points cannot wait in memory either: %s", info.text);
	/* Points that are in memory alone: in the flash profile those that no store takes until then become rows. */
	if (core->commit.report.is_outbox_left_out || (core->plan.is_flash && core->points.count > 0))
		core_commit_want(core);
	shipping_committed(&core->shipping);
	books_after_commit(core->books);
	if (core->trim_count > 0) {
		core->trim_count--;
		mem_trim();
	}
	core_ship(core);
}

/* The thread has done something: looks at what. */
void core_commit_settle(struct core *core)
{
	committer_take(core->committer, &core->commit);
	log_failed_commit(core);
	if (core->commit.is_damaged) {
		log_error("the ledger's file is damaged: core starts anew, which sets it aside and begins a fresh one");
		core->exit_code = err_exit_code(ERR_IO);
		core->is_stopping = true;
		return;
	}
	if (core->commit.is_job_done && core->order.is_out)
		core_order_settle(core);
	if (core->commit.is_done && core->is_batch_out)
		take_committed(core);
	if (core->is_batch_out || core->order.is_out)
		return;
	if (core->is_commit_forced)
		core_commit_begin(core); /* asked for while the thread was busy: before the order that waits for it */
	core_order_go_on(core);
}

/* ---- Room ---- */

/* So much of a batch, or of an output's points, is committed at once: a batch holds four times as much. */
enum { ROOM_BYTES = 64 << 20, ROOM_WAIT_S = 60, ROOM_TURN_MS = 1000 };

static bool is_much_waiting(struct core *core)
{
	size_t bytes = ledger_batch_bytes(core_batch(core));

	for (size_t i = 0; i < core->points.count && bytes < ROOM_BYTES; i++)
		bytes = core->points.output[i].lane[LEDGER_OUTBOX_SLOTS].lines.bytes;
	return bytes >= ROOM_BYTES;
}

/* A commit that fails is tried for as long as it takes, and may be for hours: meanwhile the loop has to turn, and there is the rest of the batch. */
static bool is_room_awaited(const struct core *core)
{
	return (core->is_batch_out || core->order.is_out) && !core->is_stopping && core->commit.error[0] == '\0';
}

/* A month of many meters that is bridged at once is more than a batch holds. The baselines of those that are done go with their rows. */
void core_make_room(void *context)
{
	struct core *core = context;
	int64_t until_ns = clock_boot_ns() + ROOM_WAIT_S * UNITS_NS_PER_S;

	if (core->is_stopping || !is_much_waiting(core))
		return;
	while (is_room_awaited(core) && core->now.boot_ns < until_ns) {
		struct pollfd wait = {.fd = core->wake_fd, .events = POLLIN};
		uint64_t count;

		if (poll(&wait, 1, ROOM_TURN_MS) > 0)
			(void)!read(core->wake_fd, &count, sizeof(count));
		clock_read(&core->now);
		core_commit_settle(core);
		if (core->now.boot_ns >= core->alive_due_ns)
			core_say_alive(core);
	}
	core_commit_begin(core);
	core_commit_want(core); /* there is more to come */
}

/* ---- Shipping ---- */

static int make_payload(const struct shipment *shipment, struct err_info *info)
{
	int fd = memfd_create("points", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0 || write(fd, shipment->payload, shipment->bytes) != (ssize_t)shipment->bytes ||
	    fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) != 0) {
		(void)err_set_errno(info, ERR_IO, errno, "cannot hand %zu bytes to deliver", shipment->bytes);
		if (fd >= 0)
			close(fd);
		return -1;
	}
	return fd;
}

static enum err send_batch(struct core *core, uint32_t output_idx, const struct shipment *shipment, struct err_info *info)
{
	uint8_t bytes[256];
	struct wire_writer writer = {.bytes = bytes, .capacity = sizeof(bytes)};
	struct wire_batch batch = {
	    .batch_id = shipment->id,
	    .output = output_idx,
	    .point_count = shipment->point_count,
	    .payload_bytes = (uint32_t)shipment->bytes,
	    .is_live = !shipment->is_backlog,
	};
	int fd = make_payload(shipment, info);
	enum err err;

	if (fd < 0)
		return ERR_IO;
	wire_put_batch(&writer, &batch);
	err = packet_send(core->peer[WIRE_KIND_DELIVER].fd, bytes, writer.length, fd, info);
	close(fd);
	return err;
}

static void settle(struct core *core, uint32_t output_idx, const struct wire_verdict *verdict)
{
	struct err_info info = {0};
	enum err err = shipping_settle(&core->shipping, output_idx, verdict, core_batch(core), core->now.boot_ns,
				       core->now.utc_ns / UNITS_NS_PER_MS, &info);

	if (err != ERR_NONE)
		log_error("output '%s': %s", core->plan.output[output_idx].name, info.text);
}

/* A file or standard output: written here and now. */
static void write_out(struct core *core, uint32_t output_idx, const struct shipment *shipment)
{
	const struct plan_output *output = &core->plan.output[output_idx];
	struct wire_verdict verdict = {.batch_id = shipment->id, .code = VERDICT_OK};
	struct err_info info = {0};
	enum err err = output_file_append(output->kind == OUTPUT_STDOUT ? NULL : output->path, shipment->payload, shipment->bytes, &info);

	if (err != ERR_NONE) {
		verdict.code = VERDICT_RETRY;
		verdict.retry_after_s = FILE_RETRY_S;
		memcpy(verdict.text, info.text, sizeof(verdict.text) - 1);
	}
	settle(core, output_idx, &verdict);
}

static bool ship_one(struct core *core, uint32_t output_idx)
{
	bool is_network = output_kind_is_network(core->plan.output[output_idx].kind);
	struct shipment *shipment = NULL;
	struct err_info info = {0};

	if (is_network && !core->peer[WIRE_KIND_DELIVER].is_greeted)
		return false;
	if (shipping_offer(&core->shipping, output_idx, core->reader, core->now.boot_ns, &shipment, &info) != ERR_NONE)
		log_error("output '%s': %s", core->plan.output[output_idx].name, info.text);
	if (shipment == NULL)
		return false;
	if (!is_network) {
		write_out(core, output_idx, shipment);
		return core->shipping.output[output_idx].retry_at_ns == 0;
	}
	if (send_batch(core, output_idx, shipment, &info) != ERR_NONE) {
		struct wire_verdict verdict = {.batch_id = shipment->id, .code = VERDICT_RETRY, .retry_after_s = 1};

		memcpy(verdict.text, info.text, sizeof(verdict.text) - 1);
		settle(core, output_idx, &verdict);
	}
	return false; /* one in flight */
}

void core_ship(struct core *core)
{
	for (uint32_t i = 0; i < core->plan.output_count; i++) {
		while (ship_one(core, i))
			;
	}
}

void core_take_verdict(struct core *core, const struct wire_verdict *verdict)
{
	for (uint32_t i = 0; i < core->plan.output_count; i++) {
		const struct shipment *shipment = core->shipping.output[i].in_flight;

		if (shipment != NULL && shipment->id == verdict->batch_id) {
			settle(core, i, verdict);
			core_ship(core);
			return;
		}
	}
	log_debug("a verdict on batch %llu came late", (unsigned long long)verdict->batch_id);
}
