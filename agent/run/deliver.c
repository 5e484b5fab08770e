/* SPDX-License-Identifier: Apache-2.0 */
#include "run/deliver.h"

#include "base/clock.h"
#include "base/host.h"
#include "base/log.h"
#include "base/mem.h"
#include "model/units.h"
#include "run/child.h"
#include "run/deliver_target.h"
#include "wire/packet.h"

#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/uio.h>
#include <unistd.h>

enum {
	STATS_S = 60,
	STOP_MS = 300,
	NS_PER_US = 1000,
	/* Waiting and under way; and one more, whose answer is RETRY: the table is never full while a record is read. */
	SLOTS_PER_TARGET = DELIVER_QUEUE_MAX + DELIVER_LANE_COUNT,
	SPARE_SLOTS = 4,
};

struct deliver {
	struct deliver_target *target;
	size_t target_count;
	struct deliver_batch *batch;
	size_t batch_count;
	struct deliver_tools tools;
	int core_fd;
	int signal_fd;
	uint64_t next_order;
	int64_t stats_due_ns;
	int64_t rest_due_ns; /* when a lane that a batch waits for has rested; INT64_MAX none */
	int64_t stop_at_ns;  /* INT64_MAX: not stopping */
	bool is_core_gone;
	uint64_t wake_count;
};

static void warn_of_target(const struct plan_target *plan)
{
	if (plan->insecure_skip_verify)
		log_warning(
		    "output %s: insecure_skip_verify is set: the store's certificate is NOT verified, so anybody in between can read "
		    "the token and the data",
		    plan->name);
	if (strncasecmp(plan->url[0], "http:", 5) == 0 && (plan->token[0] != '\0' || plan->password[0] != '\0') &&
	    !host_is_loopback_url(plan->url[0]))
		log_warning("output %s: its credentials travel in clear text; use https", plan->name);
}

static uint64_t make_seed(void)
{
	uint64_t seed;

	if (getrandom(&seed, sizeof seed, GRND_NONBLOCK) != (ssize_t)sizeof seed)
		seed = (uint64_t)clock_boot_ns() ^ (uint64_t)getpid() << 32;
	return seed;
}

static enum err add_targets(struct deliver *deliver, const struct plan_deliver *plan, struct err_info *info)
{
	uint64_t seed = make_seed();
	size_t i;

	for (i = 0; i < plan->target_count; i++) {
		enum err err = deliver_target_init(&deliver->target[i], &plan->target[i], seed + i, info);

		if (err != ERR_NONE)
			return err;
		deliver->target_count++;
		warn_of_target(&plan->target[i]);
	}
	return ERR_NONE;
}

enum err deliver_new(struct deliver **out, const struct plan_deliver *plan, int core_fd, int signal_fd, struct err_info *info)
{
	struct deliver *deliver = mem_new(sizeof *deliver);
	enum err err;

	if (deliver == NULL)
		return err_set(info, ERR_MEMORY, "no memory");
	deliver->core_fd = core_fd;
	deliver->signal_fd = signal_fd;
	deliver->stop_at_ns = INT64_MAX;
	deliver->rest_due_ns = INT64_MAX;
	deliver->batch_count = plan->target_count * SLOTS_PER_TARGET + SPARE_SLOTS;
	deliver->batch = mem_new_array(deliver->batch_count, sizeof *deliver->batch);
	deliver->target = mem_new_array(plan->target_count, sizeof *deliver->target);
	if (deliver->batch == NULL || deliver->target == NULL)
		err = err_set(info, ERR_MEMORY, "no memory for the outputs");
	else
		err = http_new(&deliver->tools.http, "wattledger/" WATTLEDGER_VERSION, info);
	if (err == ERR_NONE)
		err = gzip_new(&deliver->tools.gzip, info);
	if (err == ERR_NONE)
		err = add_targets(deliver, plan, info);
	if (err != ERR_NONE) {
		deliver_free(deliver);
		return err;
	}
	*out = deliver;
	return ERR_NONE;
}

struct deliver *deliver_free(struct deliver *deliver)
{
	size_t i;

	if (deliver == NULL)
		return NULL;
	/* The requests borrow the batches' bytes. */
	deliver->tools.http = http_free(deliver->tools.http);
	deliver->tools.gzip = gzip_free(deliver->tools.gzip);
	for (i = 0; deliver->batch != NULL && i < deliver->batch_count; i++)
		deliver_batch_close(&deliver->batch[i]);
	for (i = 0; i < deliver->target_count; i++)
		deliver_target_deinit(&deliver->target[i]);
	mem_free(deliver->batch);
	mem_free(deliver->target);
	return mem_free(deliver);
}

/* ---- To core ------------------------------------------------------------------------------------------------------------------------ */

/* false: the socket is full, to be tried again when it is writable. */
static bool send_record(struct deliver *deliver, const struct wire_writer *writer)
{
	struct err_info info = {0};
	enum err err;

	if (deliver->is_core_gone)
		return true;
	err = packet_send(deliver->core_fd, writer->bytes, writer->length, -1, &info);
	if (err == ERR_UNAVAILABLE)
		deliver->is_core_gone = true;
	else if (err != ERR_NONE && err != ERR_BUSY)
		log_error("%s", info.text);
	return err != ERR_BUSY;
}

static void say_hello(struct deliver *deliver)
{
	uint8_t bytes[64];
	struct wire_writer writer = {.bytes = bytes, .capacity = sizeof bytes};
	struct wire_hello hello = {.kind = WIRE_KIND_DELIVER, .pid = (uint32_t)getpid(), .device_count = (uint32_t)deliver->target_count};

	wire_put_hello(&writer, &hello);
	(void)send_record(deliver, &writer);
}

/* true: none is left to be told. */
static bool tell_verdicts(struct deliver *deliver)
{
	size_t i;

	for (i = 0; i < deliver->batch_count; i++) {
		struct deliver_batch *batch = &deliver->batch[i];
		uint8_t bytes[sizeof(struct wire_verdict) + 64];
		struct wire_writer writer = {.bytes = bytes, .capacity = sizeof bytes};

		if (batch->stage != DELIVER_STAGE_ANSWERED)
			continue;
		wire_put_verdict(&writer, &batch->verdict);
		if (!send_record(deliver, &writer))
			return false;
		deliver_batch_close(batch);
	}
	return true;
}

static void tell_stats(struct deliver *deliver)
{
	uint8_t bytes[128];
	struct wire_writer writer = {.bytes = bytes, .capacity = sizeof bytes};
	struct wire_stats stats = {.wake_count = deliver->wake_count};
	size_t i;

	child_measure(&stats);
	for (i = 0; i < deliver->target_count; i++) {
		stats.poll_count += deliver->target[i].request_count;
		stats.failed_count += deliver->target[i].failed_request_count;
		stats.latency_sum_us += deliver->target[i].latency_sum_us;
	}
	wire_put_stats(&writer, &stats);
	(void)send_record(deliver, &writer);
}

/* ---- From core ---------------------------------------------------------------------------------------------------------------------- */

static struct deliver_batch *find_free(struct deliver *deliver)
{
	size_t i;

	for (i = 0; i < deliver->batch_count; i++) {
		if (deliver->batch[i].stage == DELIVER_STAGE_FREE)
			return &deliver->batch[i];
	}
	return NULL;
}

static struct deliver_target *find_target(struct deliver *deliver, uint32_t output)
{
	size_t i;

	for (i = 0; i < deliver->target_count; i++) {
		if (deliver->target[i].plan->output == output)
			return &deliver->target[i];
	}
	return NULL;
}

static size_t count_queued(const struct deliver *deliver, uint32_t output)
{
	size_t count = 0;
	size_t i;

	for (i = 0; i < deliver->batch_count; i++)
		count += deliver->batch[i].stage == DELIVER_STAGE_QUEUED && deliver->batch[i].head.output == output;
	return count;
}

/* Puts a received batch into its queue, or answers it at once. */
static void take_batch(struct deliver *deliver, struct deliver_batch *batch, const struct wire_batch *head, int fd)
{
	bool is_full = count_queued(deliver, head->output) >= DELIVER_QUEUE_MAX;
	struct err_info info = {0};
	enum err err;

	err = deliver_batch_open(batch, head, fd, &info);
	batch->order = deliver->next_order++;
	if (err == ERR_MEMORY) {
		deliver_batch_answer(batch, VERDICT_RETRY, 1, info.text);
	} else if (err != ERR_NONE) {
		log_error("batch %llu: %s", (unsigned long long)head->batch_id, info.text);
		deliver_batch_answer(batch, VERDICT_REJECTED, 0, info.text);
	} else if (find_target(deliver, head->output) == NULL) {
		deliver_batch_answer(batch, VERDICT_RETRY, POLICY_SLOW_MIN_S, "no such output is configured any more");
	} else if (is_full) {
		deliver_batch_answer(batch, VERDICT_RETRY, 1, "busy: batches for this store are waiting");
	}
}

/* One record of core's; false when there is none for now. */
static bool receive_record(struct deliver *deliver, struct deliver_batch *batch)
{
	uint8_t bytes[256];
	struct wire_reader reader = {.bytes = bytes};
	struct wire_batch head;
	struct err_info info = {0};
	enum wire_type type;
	int fd = -1;
	enum err err = packet_receive(deliver->core_fd, bytes, sizeof bytes, &reader.length, &fd, &info);

	if (err == ERR_UNAVAILABLE)
		deliver->is_core_gone = true;
	if (err == ERR_BUSY || err == ERR_UNAVAILABLE)
		return false;
	if (err == ERR_NONE)
		err = wire_read_header(&reader, &type, &info);
	if (err == ERR_NONE && type != WIRE_BATCH)
		err = err_set(&info, ERR_DATA, "a record of type %d, which is not for deliver", (int)type);
	if (err == ERR_NONE)
		err = wire_get_batch(&reader, &head, &info);
	if (err == ERR_NONE) {
		take_batch(deliver, batch, &head, fd);
		return true;
	}
	log_error("from core: %s", info.text);
	if (fd >= 0)
		close(fd);
	return err == ERR_DATA;
}

static void receive_all(struct deliver *deliver)
{
	struct deliver_batch *batch;

	while (deliver->stop_at_ns == INT64_MAX && (batch = find_free(deliver)) != NULL && receive_record(deliver, batch))
		;
}

/* ---- Sending ------------------------------------------------------------------------------------------------------------------------ */

/* The oldest waiting batch of a target's lane; NULL none. */
static struct deliver_batch *find_next(struct deliver *deliver, const struct deliver_target *target, enum deliver_lane_kind lane)
{
	struct deliver_batch *best = NULL;
	size_t i;

	for (i = 0; i < deliver->batch_count; i++) {
		struct deliver_batch *batch = &deliver->batch[i];

		if (batch->stage == DELIVER_STAGE_QUEUED && batch->head.output == target->plan->output &&
		    batch->head.is_live == (lane == DELIVER_LANE_LIVE) && (best == NULL || batch->order < best->order))
			best = batch;
	}
	return best;
}

/* Idle and not resting; a rest that a batch waits for is when the loop has to turn again. */
static bool is_lane_free(struct deliver *deliver, const struct deliver_lane *lane)
{
	if (lane->sending != NULL)
		return false;
	if (lane->rest_until_boot_ns <= clock_boot_ns())
		return true;
	if (lane->rest_until_boot_ns < deliver->rest_due_ns)
		deliver->rest_due_ns = lane->rest_until_boot_ns;
	return false;
}

/* Live lanes first, so that a live batch gets its connection before a backlog one. */
static void start_waiting(struct deliver *deliver)
{
	int lane;
	size_t i;

	deliver->rest_due_ns = INT64_MAX;
	for (lane = DELIVER_LANE_LIVE; lane < DELIVER_LANE_COUNT; lane++) {
		for (i = 0; i < deliver->target_count; i++) {
			struct deliver_target *target = &deliver->target[i];
			struct deliver_batch *batch = find_next(deliver, target, (enum deliver_lane_kind)lane);

			if (batch != NULL && is_lane_free(deliver, &target->lane[lane]))
				deliver_target_start(target, &deliver->tools, batch, clock_boot_ns());
		}
	}
}

static void take_answers(struct deliver *deliver)
{
	struct http_answer answer;
	size_t i;
	int lane;

	while (http_take(deliver->tools.http, &answer)) {
		for (i = 0; i < deliver->target_count; i++) {
			for (lane = 0; lane < DELIVER_LANE_COUNT; lane++) {
				if (answer.owner == &deliver->target[i].lane[lane])
					deliver_target_take(&deliver->target[i], &deliver->tools, answer.owner, &answer, clock_boot_ns());
			}
		}
	}
}

static size_t count_stage(const struct deliver *deliver, enum deliver_stage stage)
{
	size_t count = 0;
	size_t i;

	for (i = 0; i < deliver->batch_count; i++)
		count += deliver->batch[i].stage == stage;
	return count;
}

/* ---- The loop ----------------------------------------------------------------------------------------------------------------------- */

static void answer_stage(struct deliver *deliver, enum deliver_stage stage)
{
	size_t i;

	for (i = 0; i < deliver->batch_count; i++) {
		if (deliver->batch[i].stage == stage)
			deliver_batch_answer(&deliver->batch[i], VERDICT_RETRY, 0, "deliver was asked to stop");
	}
}

static void begin_stop(struct deliver *deliver)
{
	if (deliver->stop_at_ns != INT64_MAX)
		return;
	deliver->stop_at_ns = clock_boot_ns() + STOP_MS * UNITS_NS_PER_MS;
	deliver->rest_due_ns = INT64_MAX;
	answer_stage(deliver, DELIVER_STAGE_QUEUED);
}

static int next_timeout_ms(const struct deliver *deliver)
{
	int64_t due_ns = deliver->stop_at_ns < deliver->stats_due_ns ? deliver->stop_at_ns : deliver->stats_due_ns;
	int64_t left_ns;

	if (deliver->rest_due_ns < due_ns)
		due_ns = deliver->rest_due_ns;
	left_ns = due_ns - clock_boot_ns();
	return left_ns <= 0 ? 0 : (int)(left_ns / UNITS_NS_PER_MS) + 1;
}

static enum err wait_once(struct deliver *deliver, bool is_all_told, struct err_info *info)
{
	bool is_reading = deliver->stop_at_ns == INT64_MAX && find_free(deliver) != NULL;
	bool is_stopping = deliver->stop_at_ns != INT64_MAX;
	struct pollfd fd[2] = {
	    {.fd = deliver->core_fd, .events = (short)((is_reading ? POLLIN : 0) | (is_all_told ? 0 : POLLOUT))},
	    {.fd = deliver->signal_fd, .events = POLLIN},
	};
	enum err err = http_wait(deliver->tools.http, fd, is_stopping ? 1 : 2, next_timeout_ms(deliver), info);

	deliver->wake_count++;
	if (err == ERR_NONE && (fd[0].revents & (POLLHUP | POLLERR)) != 0)
		deliver->is_core_gone = true; /* nobody to send for; core offers its batches again when it is back */
	if (err == ERR_NONE && !is_stopping && (fd[1].revents & POLLIN) != 0)
		begin_stop(deliver);
	return err;
}

static bool is_finished(const struct deliver *deliver)
{
	if (deliver->is_core_gone)
		return true;
	return deliver->stop_at_ns != INT64_MAX &&
	       (count_stage(deliver, DELIVER_STAGE_SENDING) == 0 || clock_boot_ns() >= deliver->stop_at_ns);
}

enum err deliver_run(struct deliver *deliver, struct err_info *info)
{
	enum err err = ERR_NONE;

	say_hello(deliver);
	deliver->stats_due_ns = clock_boot_ns() + STATS_S * CLOCK_NS_PER_S;
	while (err == ERR_NONE && !is_finished(deliver)) {
		receive_all(deliver);
		if (deliver->stop_at_ns == INT64_MAX)
			start_waiting(deliver);
		err = wait_once(deliver, tell_verdicts(deliver), info);
		take_answers(deliver);
		if (clock_boot_ns() >= deliver->stats_due_ns) {
			tell_stats(deliver);
			deliver->stats_due_ns += STATS_S * CLOCK_NS_PER_S;
		}
	}
	deliver->tools.http = http_free(deliver->tools.http);
	answer_stage(deliver, DELIVER_STAGE_QUEUED);
	answer_stage(deliver, DELIVER_STAGE_SENDING);
	(void)tell_verdicts(deliver);
	return err;
}
