/* SPDX-License-Identifier: Apache-2.0 */
/* seal_tell: a statement that was made, for people: old and new side by side. */
#include "report/figure.h"
#include "report/seal_priv.h"

bool seal_is_significant(struct seal_figure before, struct seal_figure after)
{
	int64_t span = after.value > before.value ? after.value - before.value : before.value - after.value;

	if (!before.has || !after.has)
		return before.has != after.has;
	return before.value != 0 ? span > before.value / 100 * SEAL_SIGNIFICANT_PCT : span != 0;
}

void seal_add_change(struct buf *out, struct seal_figure before, struct seal_figure after)
{
	if (before.has && after.has)
		figure_add_change(out, before.value, after.value);
	else
		buf_add_text(out, FIGURE_NONE);
}

/* What a statement says, or said. */
struct amounts {
	struct seal_figure energy_millij;
	struct seal_figure location_mg;
};

static void add_kg(struct buf *out, struct seal_figure mg)
{
	if (mg.has)
		figure_add_kg(out, mg.value, 6);
	else
		buf_add_text(out, FIGURE_NONE);
}

static void add_amounts(struct buf *out, const struct amounts *amounts)
{
	if (amounts->energy_millij.has)
		figure_add_kwh(out, amounts->energy_millij.value, 6);
	else
		buf_add_text(out, FIGURE_NONE);
	buf_add_text(out, " kWh, ");
	add_kg(out, amounts->location_mg);
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
	seal_add_change(out, before->energy_millij, after->energy_millij);
	buf_add_text(out, ", emissions ");
	seal_add_change(out, before->location_mg, after->location_mg);
	buf_add_format(out, "; %s the threshold of %d %%", is_much ? "above" : "within", SEAL_SIGNIFICANT_PCT);
}

/* What it states beyond energy and location-based scope 2, as far as it or the one before knows it. */
static void add_stated(struct buf *out, const struct report_sealed *before, const struct report_stated *now)
{
	static const char *const NAME[REPORT_STATED_COUNT] = {"market-based scope 2", "scope 3, category 3 A (before the fuel)",
							      "scope 3, category 3 B (before the plants)",
							      "scope 3, category 3 C (lost on the way)"};
	const struct report_stated *then = &before->stated;

	for (int i = 0; i < REPORT_STATED_COUNT; i++) {
		if (!now->has[i] && !(then->is_stated && then->has[i]))
			continue;
		buf_add_format(out, "\n  %s: ", NAME[i]);
		add_kg(out, (struct seal_figure){now->has[i], now->mg[i]});
		buf_add_text(out, " kg CO2e");
		if (before->statement_id == 0)
			continue;
		buf_add_text(out, "; before: ");
		if (!then->is_stated) {
			buf_add_text(out, "not stated");
			continue;
		}
		add_kg(out, (struct seal_figure){then->has[i], then->mg[i]});
		buf_add_text(out, ", ");
		seal_add_change(out, (struct seal_figure){then->has[i], then->mg[i]}, (struct seal_figure){now->has[i], now->mg[i]});
	}
}

void seal_tell_statement(struct buf *out, const struct report_site *site, const struct report_sealed *before,
			 const struct ledger_statement *row)
{
	struct amounts then = {{before->has_energy, before->energy_millij}, {before->has_location, before->location_mg}};
	struct amounts now = {{row->has_energy, row->energy_millij}, {row->has_location, row->location_mg}};
	struct report_stated stated;

	buf_add_format(out, "%s: %s %s, revision %d", site->id, site->period.label, before->statement_id == 0 ? "sealed" : "restated",
		       (int)row->revision);
	if (before->statement_id == 0) {
		buf_add_text(out, ": ");
		add_amounts(out, &now);
	} else {
		add_change(out, &then, &now);
	}
	report_stated_read(&stated, row->body);
	add_stated(out, before, &stated);
	buf_add_text(out, "\n  chain ");
	figure_add_sha256(out, row->chain_sha256);
	buf_add_char(out, '\n');
}
