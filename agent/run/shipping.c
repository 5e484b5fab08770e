/* SPDX-License-Identifier: Apache-2.0 */
#include "run/shipping.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "ledger/outbox.h"
#include "model/units.h"

#include <string.h>

/* Of one output in RAM; above, shipments that the outbox holds leave RAM and come back as backlog. */
enum { RAM_BYTES_MAX = 16 << 20, PAYLOAD_BYTES_MAX = 64 << 20 };

/* Two slots go together. For slots of 15 min, a minute after the second: devices that are read once a minute have told of its end by then. */
enum { GATHER_COMMITS_MIN = 2, GATHER_SLOT_PARTS = 15 };

static int64_t gather_ns_of(const struct plan_core *plan)
{
	int64_t slot_ns = (int64_t)plan->slot_s * UNITS_NS_PER_S;
	int64_t commits_ns = GATHER_COMMITS_MIN * (int64_t)plan->commit_ms * UNITS_NS_PER_MS;
	int64_t part_ns = slot_ns / GATHER_SLOT_PARTS;

	return slot_ns + (part_ns > commits_ns ? part_ns : commits_ns);
}

enum err shipping_init(struct shipping *shipping, const struct plan_core *plan, uint64_t next_id, struct err_info *info)
{
	memset(shipping, 0, sizeof(*shipping));
	shipping->next_id = next_id;
	shipping->is_flash = plan->is_flash;
	shipping->gather_ns = plan->is_flash ? 0 : gather_ns_of(plan);
	if (plan->output_count == 0)
		return ERR_NONE;
	shipping->output = mem_new_array(plan->output_count, sizeof(shipping->output[0]));
	if (shipping->output == NULL)
		return err_set(info, ERR_MEMORY, "no memory for %zu outputs", plan->output_count);
	shipping->count = plan->output_count;
	for (size_t i = 0; i < plan->output_count; i++) {
		shipping->output[i].plan = &plan->output[i];
		shipping->output[i].backlog_before_id = next_id;
	}
	return ERR_NONE;
}

void shipping_deinit(struct shipping *shipping)
{
	for (size_t i = 0; i < shipping->count; i++) {
		struct shipment *shipment = shipping->output[i].first;

		while (shipment != NULL) {
			struct shipment *next = shipment->next;

			shipment_free(shipment);
			shipment = next;
		}
		shipment_free(shipping->output[i].in_flight);
	}
	shipping->output = mem_free(shipping->output);
	shipping->count = 0;
}

static void push_last(struct shipping_output *output, struct shipment *shipment)
{
	shipment->next = NULL;
	if (output->last == NULL)
		output->first = shipment;
	else
		output->last->next = shipment;
	output->last = shipment;
	output->ram_bytes += shipment->bytes;
}

static struct shipment *pop_first(struct shipping_output *output)
{
	struct shipment *shipment = output->first;

	output->first = shipment->next;
	if (output->first == NULL)
		output->last = NULL;
	output->ram_bytes -= shipment->bytes;
	shipment->next = NULL;
	return shipment;
}

/* Back in front of what waits, in parts. */
static void put_back(struct shipping_output *output, bool is_alone)
{
	struct shipment *first = output->in_flight;
	struct shipment *last = shipment_part(first);

	output->in_flight = NULL;
	for (struct shipment *part = first;; part = part->next) {
		part->is_alone |= is_alone;
		output->ram_bytes += part->bytes;
		if (part == last)
			break;
	}
	last->next = output->first;
	if (output->last == NULL)
		output->last = last;
	output->first = first;
}

static enum err add_row(const struct shipping_output *output, const struct shipment *shipment, struct ledger_batch *batch,
			struct err_info *info)
{
	struct ledger_outbox_row row = {
	    .id = shipment->id,
	    .output = output->plan->name,
	    .kind = shipment->kind,
	    .created_utc_ms = shipment->created_utc_ms,
	    .point_count = shipment->point_count,
	    .payload = shipment->payload,
	    .payload_bytes = shipment->bytes,
	};

	return ledger_batch_add_outbox(batch, &row, info);
}

/* Flash: what was not accepted since the last commit becomes a row now. */
static enum err store_waiting(struct shipping_output *output, struct ledger_batch *batch, struct err_info *info)
{
	enum err err = ERR_NONE;

	if (output->in_flight != NULL && !output->in_flight->is_stored) {
		err = add_row(output, output->in_flight, batch, info);
		if (err != ERR_NONE)
			return err;
		output->in_flight->is_stored = true;
	}
	for (struct shipment *shipment = output->first; shipment != NULL; shipment = shipment->next) {
		if (shipment->is_stored || !shipment->is_committed)
			continue;
		err = add_row(output, shipment, batch, info);
		if (err != ERR_NONE)
			return err;
		shipment->is_stored = true;
	}
	return ERR_NONE;
}

/* What the outbox holds needs no RAM while a store is down. */
static void evict(struct shipping_output *output)
{
	while (output->ram_bytes > RAM_BYTES_MAX && output->first != NULL && output->first->is_stored && output->first->is_committed) {
		uint64_t id = output->first->id;

		if (output->backlog_before_id <= id)
			output->backlog_before_id = id + 1;
		if (output->backlog_after_id >= id)
			output->backlog_after_id = id - 1;
		shipment_free(pop_first(output));
		output->is_backlog_done = false;
	}
}

static enum err collect_lane(struct shipping *shipping, struct shipping_output *output, struct points_lane *lane,
			     enum ledger_outbox_kind kind, struct ledger_batch *batch, int64_t utc_ms, struct err_info *info)
{
	struct shipment *shipment;
	enum err err = ERR_NONE;

	if (lane->lines.bytes == 0)
		return ERR_NONE;
	shipment = mem_new(sizeof(*shipment));
	if (shipment == NULL)
		return err_set(info, ERR_MEMORY, "no memory for a request body");
	shipment->id = shipping->next_id;
	shipment->kind = kind;
	shipment->point_count = lane->point_count;
	shipment->created_utc_ms = utc_ms;
	shipment->payload = buf_take(&lane->lines, &shipment->bytes);
	if (!shipping->is_flash)
		err = shipment->payload == NULL ? err_set(info, ERR_MEMORY, "no memory for a request body")
						: add_row(output, shipment, batch, info);
	if (err != ERR_NONE) {
		/* Back among the points: nothing is lost, the next commit tries again. */
		if (shipment->payload != NULL)
			buf_add(&lane->lines, shipment->payload, shipment->bytes);
		shipment_free(shipment);
		return err;
	}
	shipment->is_stored = !shipping->is_flash;
	shipment->is_handed = true;
	lane->point_count = 0;
	shipping->next_id++;
	push_last(output, shipment);
	return ERR_NONE;
}

enum err shipping_collect(struct shipping *shipping, struct points *points, struct ledger_batch *batch, int64_t utc_ms,
			  struct err_info *info)
{
	for (size_t i = 0; i < shipping->count; i++) {
		struct shipping_output *output = &shipping->output[i];
		enum err err = shipping->is_flash ? store_waiting(output, batch, info) : ERR_NONE;

		for (int kind = 0; kind < LEDGER_OUTBOX_KIND_COUNT && err == ERR_NONE; kind++)
			err = collect_lane(shipping, output, &points->output[i].lane[kind], (enum ledger_outbox_kind)kind, batch, utc_ms,
					   info);
		if (err != ERR_NONE)
			return err;
		evict(output);
	}
	return ERR_NONE;
}

void shipping_committed(struct shipping *shipping)
{
	for (size_t i = 0; i < shipping->count; i++) {
		for (struct shipment *shipment = shipping->output[i].first; shipment != NULL; shipment = shipment->next) {
			if (shipment->is_handed)
				shipment->is_committed = true;
			shipment->is_handed = false;
		}
	}
}

/* The oldest row of the outbox that is older than all that RAM holds. */
static enum err read_backlog(struct shipping_output *output, struct ledger *reader, struct shipment **out, struct err_info *info)
{
	struct ledger_outbox_cursor cursor = {.output = output->plan->name,
					      .lane = LEDGER_LANE_BACKLOG,
					      .live_since_utc_ms = INT64_MAX,
					      .after_id = output->backlog_after_id};
	uint64_t before_id = output->backlog_before_id;
	struct ledger_outbox_item item = {0};
	struct buf payload;
	bool is_found = false;
	struct shipment *shipment;
	enum err err;

	buf_init(&payload, PAYLOAD_BYTES_MAX);
	err = ledger_outbox_next(reader, &cursor, &item, &payload, &is_found, info);
	if (err != ERR_NONE || !is_found || item.id >= before_id) {
		buf_deinit(&payload);
		output->is_backlog_done = err == ERR_NONE;
		return err;
	}
	shipment = mem_new(sizeof(*shipment));
	if (shipment == NULL) {
		buf_deinit(&payload);
		return err_set(info, ERR_MEMORY, "no memory for a request body");
	}
	shipment->id = item.id;
	shipment->kind = item.kind;
	shipment->point_count = item.point_count;
	shipment->created_utc_ms = item.created_utc_ms;
	shipment->payload = buf_take(&payload, &shipment->bytes);
	shipment->is_committed = true;
	shipment->is_stored = true;
	shipment->is_backlog = true;
	output->backlog_after_id = item.id;
	*out = shipment;
	return ERR_NONE;
}

static bool is_over_day(struct shipping_output *output, int64_t created_utc_ms)
{
	uint64_t day = (uint64_t)(created_utc_ms / (UNITS_S_PER_DAY * UNITS_MS_PER_S));

	/* A body made on an earlier day leaves today. */
	if (output->sent_day < day) {
		output->sent_day = day;
		output->sent_day_bytes = 0;
	}
	return output->plan->max_bytes_per_day != 0 && output->sent_day_bytes >= output->plan->max_bytes_per_day;
}

/* Whether an output is a link that is paid for: what waits for it goes as one. */
static bool is_gathered_for(const struct shipping *shipping, const struct shipping_output *output)
{
	return shipping->gather_ns > 0 && output->plan->send == OUTPUT_SEND_SLOTS && output_kind_is_network(output->plan->kind);
}

/* What waits behind the one in flight goes with it. */
static void gather(struct shipping_output *output)
{
	while (output->first != NULL && shipment_can_take(output->in_flight, output->first)) {
		size_t bytes = output->first->bytes;
		struct shipment *other = output->first;
		struct shipment *rest = other->next;

		if (!shipment_take(output->in_flight, other))
			return;
		output->ram_bytes -= bytes;
		output->first = rest;
		if (rest == NULL)
			output->last = NULL;
	}
}

static bool is_live_waiting(const struct shipping_output *output)
{
	return output->first != NULL && output->first->is_committed;
}

/* Whether what waits may go: on a metered link its first waits for more. */
static bool is_live_due(const struct shipping *shipping, struct shipping_output *output, int64_t now_boot_ns)
{
	if (!is_live_waiting(output))
		return false;
	if (is_gathered_for(shipping, output) && !output->is_gathered) {
		output->is_gathered = true;
		output->gather_until_ns = now_boot_ns + shipping->gather_ns;
	}
	return !output->is_gathered || now_boot_ns >= output->gather_until_ns;
}

enum err shipping_offer(struct shipping *shipping, size_t output_idx, struct ledger *reader, int64_t now_boot_ns, struct shipment **out,
			struct err_info *info)
{
	struct shipping_output *output = &shipping->output[output_idx];
	struct shipment *shipment = NULL;
	enum err err = ERR_NONE;

	*out = NULL;
	if (output->in_flight != NULL || now_boot_ns < output->retry_at_ns)
		return ERR_NONE;
	if (is_live_due(shipping, output, now_boot_ns))
		shipment = pop_first(output);
	else if (!output->is_backlog_done)
		err = read_backlog(output, reader, &shipment, info);
	if (shipment == NULL) {
		output->is_gathered = output->is_gathered && output->first != NULL; /* what is being committed came in time */
		return err;
	}
	output->in_flight = shipment;
	/* Over the day's bytes only slot points go out; samples wait in the outbox, where they are thinned. */
	if (shipment->kind == LEDGER_OUTBOX_SAMPLES && is_over_day(output, shipment->created_utc_ms)) {
		put_back(output, false);
		output->retry_at_ns = now_boot_ns + UNITS_S_PER_MIN * UNITS_NS_PER_S;
		return ERR_NONE;
	}
	if (is_gathered_for(shipping, output))
		gather(output);
	*out = shipment;
	return ERR_NONE;
}

static enum err park(struct shipping_output *output, const struct shipment *shipment, const struct wire_verdict *verdict,
		     struct ledger_batch *batch, int64_t utc_ms, struct err_info *info)
{
	bool is_all = verdict->rejected_count > sizeof(verdict->rejected_line) / sizeof(verdict->rejected_line[0]) ||
		      verdict->rejected_count >= shipment->point_count;
	struct ledger_parking parking = {
	    .outbox_id = shipment->id,
	    .output = output->plan->name,
	    .created_utc_ms = shipment->created_utc_ms,
	    .parked_utc_ms = utc_ms,
	    .http_status = verdict->http_status,
	    .reason = verdict->text,
	    .point_count = is_all ? shipment->point_count : verdict->rejected_count,
	};
	struct buf lines;
	enum err err;

	buf_init(&lines, shipment->bytes);
	if (is_all)
		buf_add(&lines, shipment->payload, shipment->bytes);
	else
		shipment_add_refused(shipment, verdict, &lines);
	parking.payload = buf_text(&lines);
	parking.payload_bytes = lines.bytes;
	err = lines.is_failed ? err_set(info, ERR_MEMORY, "no memory to park refused points")
			      : ledger_batch_add_parking(batch, &parking, info);
	buf_deinit(&lines);
	if (err == ERR_NONE)
		output->parked_points += parking.point_count;
	return err;
}

static enum err settle(struct shipping_output *output, const struct wire_verdict *verdict, struct ledger_batch *batch, int64_t utc_ms,
		       struct err_info *info)
{
	struct shipment *shipment = output->in_flight;
	uint32_t refused = verdict->code == VERDICT_REJECTED ? verdict->rejected_count : 0;
	enum err err = ERR_NONE;

	if (verdict->code == VERDICT_REJECTED)
		err = park(output, shipment, verdict, batch, utc_ms, info);
	if (err == ERR_NONE && shipment->is_stored)
		err = ledger_batch_delete_outbox(batch, shipment->id, info);
	for (const struct shipment *part = shipment->parts; err == ERR_NONE && part != NULL; part = part->next)
		err = ledger_batch_delete_outbox(batch, part->id, info);
	if (err != ERR_NONE)
		return err;
	output->sent_points += shipment->point_count > refused ? shipment->point_count - refused : 0;
	(void)is_over_day(output, utc_ms);
	output->sent_day_bytes += shipment->bytes;
	output->in_flight = NULL;
	shipment_free(shipment);
	return ERR_NONE;
}

enum err shipping_settle(struct shipping *shipping, size_t output_idx, const struct wire_verdict *verdict, struct ledger_batch *batch,
			 int64_t now_boot_ns, int64_t utc_ms, struct err_info *info)
{
	struct shipping_output *output = &shipping->output[output_idx];
	enum err err = ERR_NONE;

	if (output->in_flight == NULL || output->in_flight->id != verdict->batch_id)
		return err_set(info, ERR_DATA, "a verdict on batch %llu of output '%s', which is not in flight",
			       (unsigned long long)verdict->batch_id, output->plan->name);
	memcpy(output->error, verdict->code == VERDICT_OK ? "" : verdict->text, verdict->code == VERDICT_OK ? 1 : sizeof(output->error));
	output->error[sizeof(output->error) - 1] = '\0';
	output->retry_at_ns = 0;
	if (verdict->code == VERDICT_REJECTED && output->in_flight->parts != NULL) {
		put_back(output, true);
		return ERR_NONE;
	}
	if (verdict->code != VERDICT_RETRY)
		err = settle(output, verdict, batch, utc_ms, info);
	if (verdict->code == VERDICT_RETRY || err != ERR_NONE) {
		output->retry_at_ns = now_boot_ns + (int64_t)(verdict->retry_after_s == 0 ? 1 : verdict->retry_after_s) * UNITS_NS_PER_S;
		put_back(output, false);
	}
	return err;
}

void shipping_recall(struct shipping *shipping)
{
	for (size_t i = 0; i < shipping->count; i++) {
		if (shipping->output[i].in_flight != NULL)
			put_back(&shipping->output[i], false);
	}
}

void shipping_take_over(struct shipping *shipping, struct shipping *from)
{
	shipping->next_id = from->next_id;
	for (size_t i = 0; i < shipping->count; i++) {
		shipping->output[i].backlog_before_id = from->next_id;
		for (size_t j = 0; j < from->count; j++) {
			struct shipping_output *to = &shipping->output[i];
			struct shipping_output *old = &from->output[j];
			const struct plan_output *plan = to->plan;
			const struct plan_output *old_plan = old->plan;

			if (strcmp(plan->name, old_plan->name) != 0)
				continue;
			*to = *old;
			to->plan = plan;
			*old = (struct shipping_output){.plan = old_plan};
		}
	}
}

int64_t shipping_next_ns(const struct shipping *shipping)
{
	int64_t next_ns = INT64_MAX;

	for (size_t i = 0; i < shipping->count; i++) {
		const struct shipping_output *output = &shipping->output[i];
		int64_t due_ns = output->retry_at_ns;

		if (output->in_flight != NULL || (!is_live_waiting(output) && output->is_backlog_done))
			continue;
		if (output->is_backlog_done && output->is_gathered && output->gather_until_ns > due_ns)
			due_ns = output->gather_until_ns;
		next_ns = due_ns < next_ns ? due_ns : next_ns;
	}
	return next_ns;
}

static void measure(struct shipping_figures *figures, const struct shipment *shipment)
{
	figures->shipment_count++;
	figures->point_count += shipment->point_count;
	figures->bytes += shipment->bytes;
	if (figures->oldest_utc_ms == 0 || shipment->created_utc_ms < figures->oldest_utc_ms)
		figures->oldest_utc_ms = shipment->created_utc_ms;
}

struct shipping_figures shipping_measure(const struct shipping *shipping, size_t output_idx)
{
	const struct shipping_output *output = &shipping->output[output_idx];
	struct shipping_figures figures = {0};

	if (output->in_flight != NULL)
		measure(&figures, output->in_flight);
	for (const struct shipment *shipment = output->first; shipment != NULL; shipment = shipment->next)
		measure(&figures, shipment);
	return figures;
}
