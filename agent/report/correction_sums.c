/* SPDX-License-Identifier: Apache-2.0 */
#include "report/correction_sums.h"

#include "base/mem.h"
#include "base/num.h"
#include "ledger/entry.h"
#include "ledger/query.h"
#include "ledger/rows.h"
#include "model/units.h"
#include "report/correction.h"
#include "report/figure.h"

#include <stdio.h>
#include <string.h>

enum { NODE_BYTES = 1024 };

static bool is_ratio(const struct ledger_entry *entry)
{
	enum report_correction_what what;

	return strcmp(entry->kind, REPORT_CORRECTION) == 0 && report_correction_find(entry->what, &what) && what == REPORT_CORRECTION_RATIO;
}

/* Its device, without the meter: SITE/DEVICE. A device's id has no slash. */
static size_t device_bytes(const char *node)
{
	const char *slash = strchr(node, '/');

	slash = slash == NULL ? NULL : strchr(slash + 1, '/');
	return slash == NULL ? strlen(node) : (size_t)(slash - node);
}

static bool is_same_device(const char *a, const char *b)
{
	size_t bytes = device_bytes(a);

	return device_bytes(b) == bytes && strncmp(a, b, bytes) == 0;
}

static bool is_same_time(const struct ledger_entry *a, const struct ledger_entry *b)
{
	return a->from_utc_ms == b->from_utc_ms && a->to_utc_ms == b->to_utc_ms;
}

/* ---- What the ledger has of the meters of a device in a time ---- */

struct sum {
	const struct ledger_entry *entry; /* all of them */
	size_t count;
	const struct ledger_entry *of; /* the one whose device and time it is */
	char node[NODE_BYTES];         /* of the sum; "": the device has none, or the meter is not in it */
	bool is_in;                    /* the meter of `of` is */
	bool is_told;                  /* the meter of one before `of` is: of the sum it has been told */
	bool is_turned;                /* one of them was turned round: what goes into the sum is not known here */
	int64_t millij;
	int64_t change_millij; /* what those of the same time add to it */
};

static void add_change(struct sum *sum, const char *node, int64_t millij)
{
	for (size_t i = 0; i < sum->count; i++) {
		const struct ledger_entry *entry = &sum->entry[i];

		if (!is_ratio(entry) || !is_same_time(entry, sum->of) || strcmp(entry->node, node) != 0)
			continue;
		sum->is_in = sum->is_in || entry == sum->of;
		sum->is_told = sum->is_told || entry < sum->of;
		sum->is_turned = sum->is_turned || entry->value_micro < 0;
		sum->change_millij +=
		    num_muldiv_half_even(millij, entry->value_micro - REPORT_CORRECTION_ONE_MICRO, REPORT_CORRECTION_ONE_MICRO);
	}
}

static enum err take_total(void *context, const struct ledger_register_row *row, int64_t from_s, int64_t to_s, const struct ledger_sum *of,
			   struct err_info *info)
{
	struct sum *sum = context;
	char node[NODE_BYTES];
	int64_t millij = 0;

	(void)from_s;
	(void)to_s;
	(void)info;
	snprintf(node, sizeof(node), "%s/%s/%s", row->site, row->device, row->key);
	if (!is_same_device(node, sum->of->node))
		return ERR_NONE;
	for (int i = 0; i < COVERAGE_COUNT; i++)
		millij += of->millij[i];
	if (row->is_derived) {
		memcpy(sum->node, node, sizeof(node));
		sum->millij += millij;
	} else if (row->is_summand) {
		add_change(sum, node, millij);
	}
	return ERR_NONE;
}

/* ---- Telling ---- */

static void add_row(struct buf *out, const struct sum *sum)
{
	int64_t ratio_micro = num_muldiv_half_even(sum->millij + sum->change_millij, REPORT_CORRECTION_ONE_MICRO, sum->millij);

	buf_add_format(out, "; a row of its own does:\n%s,", sum->node);
	figure_add_utc(out, sum->of->from_utc_ms);
	buf_add_char(out, ',');
	figure_add_utc(out, sum->of->to_utc_ms);
	buf_add_text(out, ",scale,");
	report_correction_add_value(out, REPORT_CORRECTION_RATIO, ratio_micro);
	buf_add_text(out, ",,as its meters were corrected\n");
}

/* One of them corrects the sum itself. */
static bool is_corrected(const struct sum *sum)
{
	for (size_t i = 0; i < sum->count; i++) {
		const struct ledger_entry *entry = &sum->entry[i];

		if (is_ratio(entry) && strcmp(entry->node, sum->node) == 0 && entry->from_utc_ms < sum->of->to_utc_ms &&
		    entry->to_utc_ms > sum->of->from_utc_ms)
			return true;
	}
	return false;
}

static enum err look_at(struct sum *sum, struct ledger *ledger, struct buf *out, struct err_info *info)
{
	struct ledger_filter filter = {.start_s = sum->of->from_utc_ms / UNITS_MS_PER_S,
				       .end_s = sum->of->to_utc_ms / UNITS_MS_PER_S,
				       .site_id = sum->of->site_id,
				       .quantity = QUANTITY_ENERGY};
	enum err err = ledger_query_totals(ledger, &filter, take_total, sum, info);

	if (err != ERR_NONE || !sum->is_in || sum->node[0] == '\0' || sum->is_told || is_corrected(sum))
		return err;
	buf_add_format(
	    out, "warning: %s is a sum that was booked with what %s said then: this correction does not move it, nor what it counts in",
	    sum->node, sum->of->node);
	if (sum->millij > 0 && !sum->is_turned && sum->millij + sum->change_millij > 0)
		add_row(out, sum);
	else
		buf_add_text(out, "; a row of its own does, of scale, that makes it what its meters come to\n");
	return ERR_NONE;
}

enum err report_correction_add_sums(struct ledger *ledger, const struct ledger_entry *entry, size_t count, struct buf *out,
				    struct err_info *info)
{
	struct sum *sum = mem_new(sizeof(*sum));
	enum err err = sum == NULL ? err_set(info, ERR_MEMORY, "no memory for a sum") : ERR_NONE;

	for (size_t i = 0; err == ERR_NONE && i < count; i++) {
		*sum = (struct sum){.entry = entry, .count = count, .of = &entry[i]};
		if (is_ratio(&entry[i]))
			err = look_at(sum, ledger, out, info);
	}
	mem_free(sum);
	return err;
}
