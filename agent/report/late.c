/* SPDX-License-Identifier: Apache-2.0 */
#include "report/late.h"

#include "base/mem.h"
#include "ledger/rows.h"
#include "ledger/statement.h"

#include <stdlib.h>

enum { LATE_MAX = 100000000 };

static int compare_keys(const void *x, const void *y)
{
	const struct report_late_key *a = x;
	const struct report_late_key *b = y;

	if (a->slot_start_s != b->slot_start_s)
		return a->slot_start_s < b->slot_start_s ? -1 : 1;
	if (a->meter_id != b->meter_id)
		return a->meter_id < b->meter_id ? -1 : 1;
	return (a->rev > b->rev) - (a->rev < b->rev);
}

static enum err take_late(void *context, uint32_t meter_id, const struct interval *interval, struct err_info *info)
{
	struct report_late *late = context;
	void *array = late->key;
	enum err err = mem_grow(&array, &late->capacity, late->count, LATE_MAX, sizeof(*late->key));

	late->key = array;
	if (err != ERR_NONE)
		return err_set(info, err, "no room for %zu late rows", late->count + 1);
	late->key[late->count++] = (struct report_late_key){interval->slot_start_s, meter_id, interval->rev};
	return ERR_NONE;
}

enum err report_late_add(struct report_late *late, struct ledger *ledger, const struct report_site *site, struct err_info *info)
{
	struct ledger_filter filter = {.start_s = site->span.start_s, .end_s = site->span.end_s, .site_id = site->site_id};

	if (site->sealed.statement_id == 0)
		return ERR_NONE;
	return ledger_query_late(ledger, &filter, site->sealed.statement_id, take_late, late, info);
}

void report_late_deinit(struct report_late *late)
{
	mem_free(late->key);
	*late = (struct report_late){0};
}

void report_late_clear(struct report_late *late)
{
	late->count = 0;
	late->at = 0;
}

void report_late_begin(struct report_late *late)
{
	late->at = 0;
	if (late->count > 1)
		qsort(late->key, late->count, sizeof(*late->key), compare_keys);
}

bool report_late_has(struct report_late *late, uint32_t meter_id, const struct interval *interval)
{
	struct report_late_key key = {interval->slot_start_s, meter_id, interval->rev};

	while (late->at < late->count && compare_keys(&late->key[late->at], &key) < 0)
		late->at++;
	return late->at < late->count && compare_keys(&late->key[late->at], &key) == 0;
}
