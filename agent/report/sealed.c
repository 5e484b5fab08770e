/* SPDX-License-Identifier: Apache-2.0 */
#include "report/sealed.h"

#include "base/text.h"
#include "ledger/statement.h"

#include <string.h>

/* Statements come by id, so the last one is the newest. */
static enum err take_statement(void *context, const struct ledger_statement *row, struct err_info *info)
{
	struct report_sealed *sealed = context;
	struct report_sealed before = *sealed;

	(void)info;
	*sealed = (struct report_sealed){.statement_id = row->statement_id,
					 .revision = row->revision,
					 .sealed_utc_ms = row->sealed_utc_ms,
					 .has_energy = row->has_energy,
					 .energy_millij = row->energy_millij,
					 .has_location = row->has_location,
					 .location_mg = row->location_mg,
					 .has_previous = before.statement_id != 0,
					 .has_previous_energy = before.has_energy,
					 .has_previous_location = before.has_location,
					 .previous_energy_millij = before.energy_millij,
					 .previous_location_mg = before.location_mg,
					 .previous_stated = before.stated};
	report_stated_read(&sealed->stated, row->body);
	(void)text_copy(sealed->reason_code, sizeof(sealed->reason_code), row->reason_code);
	(void)text_copy(sealed->author, sizeof(sealed->author), row->author);
	(void)text_copy(sealed->reason, sizeof(sealed->reason), row->reason);
	return ERR_NONE;
}

struct picking {
	struct report_factor_set *set;
	const struct report_factors *factors;
};

static enum err take_factor(void *context, const struct plan_factor *factor, struct err_info *info)
{
	const struct picking *picking = context;

	return report_factor_set_add(picking->set, picking->factors, factor, info);
}

enum err report_sealed_load(struct report_sealed *out, struct ledger *ledger, uint32_t site_id, const struct period_span *span,
			    const struct report_factors *factors, struct err_info *info)
{
	struct ledger_statement_filter filter = {.site_id = site_id, .start_s = span->start_s, .end_s = span->end_s};
	struct report_sealed sealed = {0};
	struct picking picking = {.set = &sealed.factors, .factors = factors};
	enum err err = ledger_query_statements(ledger, &filter, take_statement, &sealed, info);

	if (err == ERR_NONE && sealed.statement_id != 0)
		err = ledger_query_statement_factors(ledger, sealed.statement_id, take_factor, &picking, info);
	if (err != ERR_NONE) {
		report_sealed_deinit(&sealed);
		return err;
	}
	*out = sealed;
	return ERR_NONE;
}

void report_sealed_deinit(struct report_sealed *sealed)
{
	report_factor_set_deinit(&sealed->factors);
	*sealed = (struct report_sealed){0};
}
