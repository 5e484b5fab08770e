/* SPDX-License-Identifier: Apache-2.0 */
#include "run/points.h"

#include "base/mem.h"

#include <string.h>

/* Of one output until a commit takes them: 4 MiB are 25,000 points; slot points get room for a day of 10,000 meters without a commit. */
enum { SAMPLES_BYTES_MAX = 4 << 20, SLOTS_BYTES_MAX = 256 << 20 };

enum err points_init(struct points *points, const struct plan_core *plan, struct err_info *info)
{
	points->count = plan->output_count;
	points->output = NULL;
	if (plan->output_count == 0)
		return ERR_NONE;
	points->output = mem_new_array(plan->output_count, sizeof(points->output[0]));
	if (points->output == NULL)
		return err_set(info, ERR_MEMORY, "no memory for %zu outputs", plan->output_count);
	for (size_t i = 0; i < plan->output_count; i++) {
		struct points_output *output = &points->output[i];

		output->plan = &plan->output[i];
		buf_init(&output->lane[LEDGER_OUTBOX_SAMPLES].lines, SAMPLES_BYTES_MAX);
		buf_init(&output->lane[LEDGER_OUTBOX_SLOTS].lines, SLOTS_BYTES_MAX);
	}
	return ERR_NONE;
}

void points_deinit(struct points *points)
{
	for (size_t i = 0; i < points->count; i++) {
		for (int kind = 0; kind < LEDGER_OUTBOX_KIND_COUNT; kind++)
			buf_deinit(&points->output[i].lane[kind].lines);
	}
	points->output = mem_free(points->output);
	points->count = 0;
}

static void add(struct points_output *output, enum ledger_outbox_kind kind, const struct buf *lines, uint32_t point_count)
{
	struct points_lane *lane = &output->lane[kind];

	if (lane->lines.bytes + lines->bytes > lane->lines.max_bytes) {
		output->left_out_count += point_count;
		return;
	}
	buf_add(&lane->lines, lines->data, lines->bytes);
	if (!lane->lines.is_failed)
		lane->point_count += point_count;
}

void points_add_samples(struct points *points, const struct buf *lines, uint32_t point_count, bool is_minute)
{
	for (size_t i = 0; i < points->count; i++) {
		enum output_send send = points->output[i].plan->send;

		if (send == OUTPUT_SEND_ALL || (send == OUTPUT_SEND_MINUTE && is_minute))
			add(&points->output[i], LEDGER_OUTBOX_SAMPLES, lines, point_count);
	}
}

void points_add_slots(struct points *points, const struct buf *lines, uint32_t point_count)
{
	for (size_t i = 0; i < points->count; i++)
		add(&points->output[i], LEDGER_OUTBOX_SLOTS, lines, point_count);
}

bool points_wants_samples(const struct points *points)
{
	for (size_t i = 0; i < points->count; i++) {
		if (points->output[i].plan->send != OUTPUT_SEND_SLOTS)
			return true;
	}
	return false;
}

void points_take_over(struct points *points, struct points *from)
{
	for (size_t i = 0; i < points->count; i++) {
		for (size_t j = 0; j < from->count; j++) {
			struct points_output *to = &points->output[i];
			struct points_output *old = &from->output[j];

			if (strcmp(to->plan->name, old->plan->name) != 0)
				continue;
			for (int kind = 0; kind < LEDGER_OUTBOX_KIND_COUNT; kind++) {
				struct points_lane empty = to->lane[kind];

				to->lane[kind] = old->lane[kind];
				old->lane[kind] = empty;
			}
			to->left_out_count = old->left_out_count;
		}
	}
}
