/* SPDX-License-Identifier: Apache-2.0 */
/* seal_tell: a statement that was made, for people: old and new side by side. */
#include "report/figure.h"
#include "report/seal_priv.h"

bool seal_is_significant(int64_t before, int64_t after)
{
	int64_t span = after > before ? after - before : before - after;

	return before != 0 ? span > before / 100 * SEAL_SIGNIFICANT_PCT : span != 0;
}

/* What a statement says, or said. */
struct amounts {
	bool has_energy;
	int64_t energy_millij;
	bool has_location;
	int64_t location_mg;
};

static void add_amounts(struct buf *out, const struct amounts *amounts)
{
	if (amounts->has_energy)
		figure_add_kwh(out, amounts->energy_millij, 6);
	else
		buf_add_text(out, FIGURE_NONE);
	buf_add_text(out, " kWh, ");
	if (amounts->has_location)
		figure_add_kg(out, amounts->location_mg, 6);
	else
		buf_add_text(out, FIGURE_NONE);
	buf_add_text(out, " kg CO2e");
}

static void add_change(struct buf *out, const struct amounts *before, const struct amounts *after)
{
	bool is_much = seal_is_significant(before->energy_millij, after->energy_millij) ||
		       seal_is_significant(before->location_mg, after->location_mg);

	buf_add_text(out, "\n  before: ");
	add_amounts(out, before);
	buf_add_text(out, "\n  after:  ");
	add_amounts(out, after);
	buf_add_text(out, "\n  change: energy ");
	figure_add_change(out, before->energy_millij, after->energy_millij);
	buf_add_text(out, ", emissions ");
	figure_add_change(out, before->location_mg, after->location_mg);
	buf_add_format(out, "; %s the threshold of %d %%", is_much ? "above" : "within", SEAL_SIGNIFICANT_PCT);
}

void seal_tell_statement(struct buf *out, const struct report_site *site, const struct report_sealed *before,
			 const struct ledger_statement *row)
{
	struct amounts then = {before->has_energy, before->energy_millij, before->has_location, before->location_mg};
	struct amounts now = {row->has_energy, row->energy_millij, row->has_location, row->location_mg};

	buf_add_format(out, "%s: %s %s, revision %d", site->id, site->period.label, before->statement_id == 0 ? "sealed" : "restated",
		       (int)row->revision);
	if (before->statement_id == 0) {
		buf_add_text(out, ": ");
		add_amounts(out, &now);
	} else {
		add_change(out, &then, &now);
	}
	buf_add_text(out, "\n  chain ");
	figure_add_sha256(out, row->chain_sha256);
	buf_add_char(out, '\n');
}
