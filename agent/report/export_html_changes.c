/* SPDX-License-Identifier: Apache-2.0 */
/* export_html_changes: what report.html says of changes: restatements, and corrections of meters. */
#include "report/export_priv.h"

#include "ledger/entry.h"
#include "report/correction.h"
#include "report/figure.h"
#include "report/html.h"
#include "report/seal_priv.h"

#include <string.h>

enum { WORDS_BYTES_MAX = 4 << 10 };

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* ---- What was restated ---- */

static const struct html_column REVISION_COLUMNS[] = {{"Site", false},       {"Revision", true}, {"Why", false},
						      {"kWh before", true},  {"kWh now", true},  {"kg CO2e before", true},
						      {"kg CO2e now", true}, {"late rows", true}};

static void add_revision(struct buf *out, const struct report_site *site)
{
	const struct report_sealed *sealed = &site->sealed;
	struct html_cells cells;

	html_begin_cells(&cells);
	buf_add_text(html_next_cell(&cells), site->id);
	buf_add_i64(html_next_cell(&cells), sealed->revision);
	buf_add_text(html_next_cell(&cells), sealed->revision == 0 ? "first statement" : sealed->reason_code);
	if (sealed->has_previous_energy)
		figure_add_kwh(html_next_cell(&cells), sealed->previous_energy_millij, 3);
	else
		buf_add_text(html_next_cell(&cells), FIGURE_NONE);
	if (sealed->has_energy)
		figure_add_kwh(html_next_cell(&cells), sealed->energy_millij, 3);
	else
		buf_add_text(html_next_cell(&cells), FIGURE_NONE);
	if (sealed->has_previous && sealed->has_previous_location)
		figure_add_kg(html_next_cell(&cells), sealed->previous_location_mg, 3);
	else
		buf_add_text(html_next_cell(&cells), FIGURE_NONE);
	if (sealed->has_location)
		figure_add_kg(html_next_cell(&cells), sealed->location_mg, 3);
	else
		buf_add_text(html_next_cell(&cells), FIGURE_NONE);
	buf_add_u64(html_next_cell(&cells), sealed->late_count);
	html_end_cells(out, &cells, REVISION_COLUMNS);
}

static struct seal_figure market_of(const struct report_stated *stated)
{
	return (struct seal_figure){stated->has[REPORT_STATED_MARKET], stated->mg[REPORT_STATED_MARKET]};
}

/* "oslo: revision 1 of 2026-11-02T00:00:00Z by anna, ERROR: wrong transformer. Energy +100.00 %, emissions +100.00 %; above the threshold of 5 %." */
static void add_revision_words(struct buf *out, const struct report_site *site)
{
	const struct report_sealed *sealed = &site->sealed;
	struct seal_figure energy_before = {sealed->has_previous_energy, sealed->previous_energy_millij};
	struct seal_figure energy = {sealed->has_energy, sealed->energy_millij};
	struct seal_figure location_before = {sealed->has_previous_location, sealed->previous_location_mg};
	struct seal_figure location = {sealed->has_location, sealed->location_mg};
	struct seal_figure market_before = market_of(&sealed->previous_stated);
	struct seal_figure market = market_of(&sealed->stated);
	struct buf text;

	if (!sealed->has_previous)
		return;
	buf_init(&text, WORDS_BYTES_MAX);
	buf_add_format(&text, "%s: revision %d was stated ", site->id, (int)sealed->revision);
	figure_add_utc(&text, sealed->sealed_utc_ms);
	buf_add_format(&text, " by %s, %s: %s. Energy changed by ", sealed->author, sealed->reason_code, sealed->reason);
	seal_add_change(&text, energy_before, energy);
	buf_add_text(&text, ", emissions by ");
	seal_add_change(&text, location_before, location);
	if (sealed->previous_stated.is_stated && market_before.has && market.has) {
		buf_add_text(&text, " (market-based by ");
		seal_add_change(&text, market_before, market);
		buf_add_char(&text, ')');
	}
	buf_add_format(&text, "; that is %s the threshold of %d %% that calls for a word to readers of the figure before.",
		       seal_is_significant(energy_before, energy) || seal_is_significant(location_before, location) ? "above" : "within",
		       SEAL_SIGNIFICANT_PCT);
	html_add_paragraph(out, buf_text(&text));
	buf_deinit(&text);
}

void export_add_revisions(struct buf *out, const struct package *package)
{
	const struct report_register *reg = &package->totals.reg;
	size_t count = 0;

	html_add_heading(out, "What changed since it was first stated");
	for (size_t i = 0; i < reg->site_count; i++)
		count += reg->site[i].sealed.statement_id != 0 ? 1 : 0;
	if (count == 0) {
		html_add_paragraph(out,
				   "The period is not sealed: late readings may still change its figures. `wattledger seal` states them.");
		return;
	}
	html_begin_table(out, REVISION_COLUMNS, COUNT_OF(REVISION_COLUMNS));
	for (size_t i = 0; i < reg->site_count; i++) {
		if (reg->site[i].sealed.statement_id != 0)
			add_revision(out, &reg->site[i]);
	}
	html_end_table(out);
	for (size_t i = 0; i < reg->site_count; i++)
		add_revision_words(out, &reg->site[i]);
	html_add_paragraph(
	    out,
	    "statements.csv has every revision with author, note and hash chain. Late rows came after the seal and are in no figure here.");
}

/* ---- What was corrected ---- */

static const struct html_column HTML_COLUMNS[] = {{"Meter", false}, {"From", false},   {"To", false},  {"What", false},
						  {"Is", false},    {"Author", false}, {"Why", false}, {"Counts", false}};

struct lines {
	const struct package *package;
	struct buf *page;
	size_t count;
};

static enum err take_line(void *context, const struct ledger_entry *entry, struct err_info *info)
{
	struct lines *lines = context;
	enum report_correction_what what;
	struct html_cells cells;

	(void)info;
	if (strcmp(entry->kind, REPORT_CORRECTION) != 0 || !report_correction_find(entry->what, &what))
		return ERR_NONE;
	if (lines->count++ == 0)
		html_begin_table(lines->page, HTML_COLUMNS, COUNT_OF(HTML_COLUMNS));
	html_begin_cells(&cells);
	buf_add_text(html_next_cell(&cells), entry->node);
	figure_add_utc(html_next_cell(&cells), entry->from_utc_ms);
	figure_add_utc(html_next_cell(&cells), entry->to_utc_ms);
	buf_add_text(html_next_cell(&cells), entry->what);
	report_correction_add_value(html_next_cell(&cells), what, entry->value_micro);
	buf_add_text(html_next_cell(&cells), entry->author);
	buf_add_text(html_next_cell(&cells), entry->note[0] == '\0' ? entry->reason : entry->note);
	buf_add_text(html_next_cell(&cells), report_entered_counts(&lines->package->totals.entered, entry->entry_id) ? "yes" : "no");
	html_end_cells(lines->page, &cells, HTML_COLUMNS);
	return ERR_NONE;
}

static void add_kwh(struct buf *out, bool has, int64_t millij)
{
	if (has)
		figure_add_kwh(out, millij, 3);
	else
		buf_add_text(out, FIGURE_NONE);
}

/* Of what was measured by meters that are corrected, in one sentence. */
static void add_uncorrected_words(struct buf *out, const struct report_total *all)
{
	struct buf text;

	if (!all->uncorrected.is_corrected)
		return;
	buf_init(&text, WORDS_BYTES_MAX);
	buf_add_text(&text, "Without the corrections that count it would be ");
	add_kwh(&text, all->uncorrected.has_energy, all->uncorrected.energy_millij);
	buf_add_text(&text, " kWh instead of ");
	add_kwh(&text, all->has_energy, all->energy_millij);
	buf_add_text(&text, " kWh");
	if (report_uncorrected_has_location(&all->uncorrected) && all->has_location) {
		buf_add_text(&text, ", and ");
		figure_add_kg(&text, all->uncorrected.location_mg, 3);
		buf_add_text(&text, " kg CO2e instead of ");
		figure_add_kg(&text, all->location_mg, 3);
	}
	buf_add_text(&text, ".");
	html_add_paragraph(out, buf_text(&text));
	buf_deinit(&text);
}

enum err export_add_corrections(struct buf *out, const struct package *package, struct err_info *info)
{
	const struct report_register *reg = &package->totals.reg;
	struct lines lines = {.package = package, .page = out};
	enum err err = ERR_NONE;

	html_add_heading(out, "Corrections of meters");
	for (size_t i = 0; err == ERR_NONE && i < reg->site_count; i++)
		err = report_entered_walk(package->ledger, &reg->site[i], take_line, &lines, info);
	if (lines.count == 0) {
		html_add_paragraph(out, "None: every reading counts as it was booked.");
		return err;
	}
	html_end_table(out);
	add_uncorrected_words(out, &package->totals.row[0]);
	html_add_paragraph(
	    out,
	    "intervals.csv holds what was booked; corrections.csv how it is to be read. A correction that does not count is void, or was "
	    "entered after the period was sealed.");
	return err;
}
