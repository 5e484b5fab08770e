/* SPDX-License-Identifier: Apache-2.0 */
/* export_html: report.html, the package for people: one page that needs nothing else and prints well. Every figure in it is one of the CSV files'. */
#include "report/export_priv.h"

#include "base/file.h"
#include "model/units.h"
#include "report/cfe.h"
#include "report/figure.h"
#include "report/html.h"

#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

enum {
	PAGE_BYTES_MAX = 32 << 20,
	LINE_BYTES_MAX = 4 << 10,
	DEVICES_SHOWN_MAX = 1000,
	FILE_MODE = 0644,
};

#define NAME "report.html"
#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* ---- Cells ---- */

static void add_energy_cells(struct html_cells *cells, const struct report_total *row)
{
	int64_t other = row->millij[COVERAGE_ESTIMATED] + row->millij[COVERAGE_MANUAL] + row->millij[COVERAGE_STATIC];

	if (!row->has_energy) {
		for (int i = 0; i < 4; i++)
			buf_add_text(html_next_cell(cells), FIGURE_NONE);
		return;
	}
	figure_add_kwh(html_next_cell(cells), row->energy_millij, 3);
	figure_add_kwh(html_next_cell(cells), row->millij[COVERAGE_MEASURED], 3);
	figure_add_kwh(html_next_cell(cells), row->millij[COVERAGE_BRIDGED], 3);
	figure_add_kwh(html_next_cell(cells), other, 3);
}

static void add_carbon_cell(struct html_cells *cells, const struct report_total *row)
{
	struct buf *text = html_next_cell(cells);

	if (row->has_location)
		figure_add_kg(text, row->location_mg, 3);
}

/* ---- In short ---- */

/* How the factors of the meters that count came about. */
struct factor_use {
	size_t with_factor;
	size_t proxies;
	size_t lagging;
	size_t without_factor;
};

static struct factor_use count_factors(const struct report_totals *totals)
{
	struct factor_use use = {0};

	for (size_t i = 0; i < totals->count; i++) {
		const struct report_total *row = &totals->row[i];

		if (row->level != REPORT_METER || !row->meter->is_in_total || row->grid_count == 0)
			continue;
		if (row->factor == NULL) {
			use.without_factor++;
			continue;
		}
		use.with_factor++;
		use.proxies += row->choice.is_proxy ? 1 : 0;
		use.lagging += row->choice.lag_years > 0 ? 1 : 0;
	}
	return use;
}

static void add_proxy_words(struct buf *text, const struct factor_use *use)
{
	static const char WHY[] =
	    "a lifecycle factor, which includes building plants and supplying fuel, stands in for the missing direct one and is "
	    "usually higher";

	if (use->proxies == 0)
		return;
	if (use->proxies == use->with_factor)
		buf_add_format(text, " Every factor used here is a lifecycle proxy: %s.", WHY);
	else
		buf_add_format(text, " The factors of %zu of %zu meters are lifecycle proxies: %s.", use->proxies, use->with_factor, WHY);
}

static void add_hourly_words(struct buf *text, const struct report_total *all)
{
	if (!all->hourly.has)
		return;
	buf_add_text(text, " With the factors of each hour, which are known for ");
	figure_add_pct(text, all->hourly.millij, all->grid_millij);
	buf_add_text(text, " % of the energy, it is ");
	figure_add_kg(text, all->hourly.mg, 3);
	buf_add_text(text, " kg CO2e (a supplement).");
}

/* Two totals, labelled, where anything of the market is known (GHG Protocol Scope 2 Guidance, chapter 7). */
static void add_market_words(struct buf *text, const struct report_total *all)
{
	const struct report_market *market = &all->market;

	if (!report_market_has(market, all->grid_count) || market->fallback_millij == all->grid_millij)
		return;
	buf_add_text(text, " Market-based (scope 2) it is ");
	figure_add_kg(text, market->mg, 3);
	buf_add_text(text, " kg CO2e: ");
	figure_add_pct(text, market->instrument_millij, all->grid_millij);
	buf_add_text(text, " % of the energy has certificates, contracts or a supplier's rate, ");
	figure_add_pct(text, market->residual_millij, all->grid_millij);
	buf_add_text(text, " % the residual mix");
	if (market->fallback_millij != 0) {
		buf_add_text(text, ", and ");
		figure_add_pct(text, market->fallback_millij, all->grid_millij);
		buf_add_text(text, " % the location-based factor, since no residual mix is known for it");
	}
	buf_add_text(text, ".");
}

/* Beside scope 2, never added to it. */
static void add_upstream_words(struct buf *text, const struct report_upstream *upstream)
{
	if (!report_upstream_has(upstream) && !report_upstream_has_lost(upstream))
		return;
	buf_add_text(text, " Beside it, in scope 3, category 3:");
	if (report_upstream_has(upstream)) {
		buf_add_char(text, ' ');
		figure_add_kg(text, upstream->upstream_mg, 3);
		buf_add_text(text, " kg CO2e before the plants (B)");
	}
	if (report_upstream_is_included(upstream))
		buf_add_text(text, " what came before the plants (B) is in the lifecycle factor already");
	if (report_upstream_has_lost(upstream)) {
		buf_add_text(text, report_upstream_has(upstream) || report_upstream_is_included(upstream) ? "; " : " ");
		figure_add_kg(text, upstream->lost_mg, 3);
		buf_add_text(text, " kg CO2e for what was lost on the way (C)");
	}
	buf_add_char(text, '.');
}

/* In no other figure. */
static void add_leased_words(struct buf *text, const struct report_leased *leased)
{
	if (leased->part_count == 0)
		return;
	buf_add_text(text, " What others control emitted, in scope 3, category 8, ");
	if (!report_leased_has(leased)) {
		buf_add_text(text, "an amount that is not known.");
		return;
	}
	figure_add_kg(text, leased->mg, 3);
	buf_add_text(text, " kg CO2e.");
}

static void add_emission_words(struct buf *text, const struct report_total *all, const struct factor_use *use)
{
	if (all->has_location) {
		buf_add_text(text, " With annual average factors of their grids (location-based, scope 2) that is ");
		figure_add_kg(text, all->location_mg, 3);
		buf_add_text(text, " kg CO2e.");
		add_hourly_words(text, all);
		add_market_words(text, all);
		add_upstream_words(text, &all->upstream);
	} else if (use->without_factor > 0) {
		buf_add_format(text, " What that emitted is not known: %zu of %zu meters on the grid have no factor.", use->without_factor,
			       use->without_factor + use->with_factor);
	} else if (all->leased.part_count == 0) {
		buf_add_text(text, " No emissions are stated: nothing of it is known to come from the grid.");
	}
	add_leased_words(text, &all->leased);
	add_proxy_words(text, use);
	if (use->lagging > 0)
		buf_add_format(text, " For %zu of %zu meters a factor of an earlier year is used, since none of the year is known.",
			       use->lagging, use->with_factor);
}

/* In no figure of an inventory. */
static void add_cfe_words(struct buf *text, const struct package *package)
{
	struct report_cfe cfe = report_cfe_of(package->supplies.site, &package->totals, &package->totals.row[0]);

	if (!cfe.has)
		return;
	buf_add_text(text, " Matched hour by hour ");
	figure_add_pct(text, cfe.sum.free_millij, cfe.sum.load_millij);
	buf_add_format(
	    text,
	    " %% of the energy was carbon-free (own sun and instruments of an hour, without the grid's own share), in %lld of %lld hours all of it",
	    (long long)cfe.sum.free_hour_count, (long long)cfe.sum.hour_count);
	if (cfe.has_mg) {
		buf_add_text(text, "; market-based, matched so, it is ");
		figure_add_kg(text, cfe.mg, 3);
		buf_add_text(text, " kg CO2e (a supplement)");
	}
	buf_add_char(text, '.');
}

static void add_in_short(struct buf *out, const struct package *package)
{
	const struct report_total *all = &package->totals.row[0];
	struct factor_use use = count_factors(&package->totals);
	struct buf text;

	buf_init(&text, LINE_BYTES_MAX);
	buf_add_format(&text, "%zu site%s used ", package->totals.reg.site_count, package->totals.reg.site_count == 1 ? "" : "s");
	if (all->has_energy) {
		figure_add_kwh(&text, all->energy_millij, 3);
		buf_add_text(&text, " kWh of electricity, as far as it was metered: the meters that count cover ");
		figure_add_pct(&text, report_total_covered_ms(all), all->expected_ms);
		buf_add_text(&text, " % of the time.");
	} else {
		buf_add_text(&text, "an unknown amount of electricity: no meter that counts has a figure.");
	}
	if (all->metered_count < all->asset_count)
		buf_add_format(&text, " Of %zu devices %zu have energy: the others are in no figure.", all->asset_count,
			       all->metered_count);
	add_emission_words(&text, all, &use);
	add_cfe_words(&text, package);
	if (package->uncertainty[0].has_energy) {
		buf_add_char(&text, ' ');
		report_uncertainty_add_words(&text, &package->uncertainty[0]);
	}
	buf_add_text(out, "<p class=\"first\">");
	buf_add_text(out, buf_text(&text)); /* of our own words and figures */
	buf_add_text(out, "</p>\n");
	out->is_failed |= text.is_failed;
	buf_deinit(&text);
}

/* ---- Sites and devices ---- */

static const struct html_column SITE_COLUMNS[] = {
    {"Site", false},   {"From (UTC)", false}, {"To (UTC)", false}, {"State", false},  {"kWh", true},   {"measured", true},
    {"bridged", true}, {"other", true},       {"covered %", true}, {"Factor", false}, {"g/kWh", true}, {"kg CO2e", true},
};

static void add_state(struct buf *text, const struct package *package, const struct report_site *site)
{
	if (site->sealed.statement_id != 0)
		buf_add_format(text, "sealed, revision %d", (int)site->sealed.revision);
	else
		buf_add_text(text, site->span.end_s * UNITS_MS_PER_S <= package->request->report.now_utc_ms ? "provisional" : "open");
}

static void add_factor_cells(struct html_cells *cells, const struct report_total *row)
{
	char basis[64] = "";
	struct buf *text = html_next_cell(cells);

	if (row->factor != NULL && !row->has_many_factors) {
		factor_choice_print(basis, sizeof(basis), &row->choice);
		buf_add_format(text, "%s %d, %s", row->factor->zone, (int)row->factor->year, basis);
		figure_add_g_per_kwh(html_next_cell(cells), row->factor->microg_per_kwh);
		return;
	}
	buf_add_text(text, row->has_many_factors ? "several" : FIGURE_NONE);
	buf_add_text(html_next_cell(cells), FIGURE_NONE);
}

static void add_site(struct buf *out, const struct package *package, const struct report_total *row)
{
	struct html_cells cells;

	html_begin_cells(&cells);
	buf_add_text(html_next_cell(&cells), row->site->id);
	figure_add_utc(html_next_cell(&cells), row->start_s * UNITS_MS_PER_S);
	figure_add_utc(html_next_cell(&cells), row->end_s * UNITS_MS_PER_S);
	add_state(html_next_cell(&cells), package, row->site);
	add_energy_cells(&cells, row);
	figure_add_pct(html_next_cell(&cells), report_total_covered_ms(row), row->expected_ms);
	add_factor_cells(&cells, row);
	add_carbon_cell(&cells, row);
	html_end_cells(out, &cells, SITE_COLUMNS);
}

static void add_sites(struct buf *out, const struct package *package)
{
	html_add_heading(out, "Sites");
	html_begin_table(out, SITE_COLUMNS, COUNT_OF(SITE_COLUMNS));
	for (size_t i = 0; i < package->totals.count; i++) {
		if (package->totals.row[i].level == REPORT_SITE)
			add_site(out, package, &package->totals.row[i]);
	}
	html_end_table(out);
	html_add_paragraph(
	    out, "Measured: counted by a meter, or power read without a gap. Bridged: the counter went on while nobody read it; the amount "
		 "is exact, its time inside the gap is not. Other: estimated, entered by hand or a constant.");
}

static const struct html_column DEVICE_COLUMNS[] = {{"Site", false}, {"Device", false},   {"In total", false},
						    {"kWh", true},   {"measured", true},  {"bridged", true},
						    {"other", true}, {"covered %", true}, {"kg CO2e", true}};

static void add_device(struct buf *out, const struct report_total *row)
{
	struct html_cells cells;

	html_begin_cells(&cells);
	buf_add_text(html_next_cell(&cells), row->site->id);
	buf_add_text(html_next_cell(&cells), row->meter->device);
	buf_add_text(html_next_cell(&cells), row->is_counted ? "yes" : "no");
	add_energy_cells(&cells, row);
	figure_add_pct(html_next_cell(&cells), report_total_covered_ms(row), row->expected_ms);
	add_carbon_cell(&cells, row);
	html_end_cells(out, &cells, DEVICE_COLUMNS);
}

static void add_devices(struct buf *out, const struct package *package)
{
	size_t count = 0;

	html_add_heading(out, "Devices");
	html_begin_table(out, DEVICE_COLUMNS, COUNT_OF(DEVICE_COLUMNS));
	for (size_t i = 0; i < package->totals.count; i++) {
		if (package->totals.row[i].level == REPORT_DEVICE && count++ < DEVICES_SHOWN_MAX)
			add_device(out, &package->totals.row[i]);
	}
	html_end_table(out);
	if (count > DEVICES_SHOWN_MAX)
		html_add_paragraph(out, "The first 1,000 devices; totals.csv has all of them.");
	html_add_paragraph(
	    out, "Devices that are not in the total are shown and not added up: what they draw is part of another meter's figure.");
}

/* ---- The page ---- */

static void add_title(struct buf *text, const struct package *package)
{
	const struct report_register *reg = &package->totals.reg;

	buf_add_text(text, "Energy and emissions, ");
	buf_add_text(text, reg->site_count > 0 ? reg->site[0].period.label : package->request->report.period);
}

static void add_provenance(struct buf *out, const struct package *package)
{
	const struct export_request *request = package->request;
	struct buf text;

	buf_init(&text, LINE_BYTES_MAX);
	buf_add_text(&text, "Made ");
	figure_add_utc(&text, request->report.now_utc_ms);
	buf_add_format(&text, " by %s with wattledger %s; export %s.", request->generated_by == NULL ? FIGURE_NONE : request->generated_by,
		       request->software_version, request->export_id);
	html_add_paragraph(out, buf_text(&text));
	buf_deinit(&text);
}

static void add_checks(struct buf *out)
{
	static const char VERIFY[] =
	    "wattledger verify FOLDER --key signer.pub: every total again from the rows of intervals.csv, every emission from factors.csv, the chain of "
	    "rows and of statements, and the signature.";
	static const char *const HOW[] = {
	    "sha256sum -c SHA256SUMS: nothing was damaged since.",
	    VERIFY,
	    "python3 recalculate.py FOLDER: the same totals by another program that shares no line with the first.",
	};

	html_add_heading(out, "How to check it");
	html_add_list(out, HOW, COUNT_OF(HOW));
}

static void add_limits(struct buf *out, const struct package *package)
{
	size_t count;
	const char *const *text = export_limitations(package->request, &count);

	html_add_heading(out, "What this does not say");
	html_add_list(out, text, 1);
	html_add_list(out, export_limitations(NULL, &count), count);
}

static enum err write_page(struct package *package, const struct buf *page, struct err_info *info)
{
	struct sheet_summary *summary = &package->file[package->file_count];
	char path[PATH_MAX];
	enum err err = page->is_failed ? err_set(info, ERR_LIMIT, NAME ": more than %d bytes, or no memory", PAGE_BYTES_MAX)
				       : file_join(path, sizeof(path), package->folder, NAME, info);

	if (err == ERR_NONE)
		err = file_replace(path, buf_text(page), page->bytes, FILE_MODE, info);
	if (err != ERR_NONE)
		return err;
	*summary = (struct sheet_summary){.name = NAME, .bytes = page->bytes};
	crypto_hash_sha256(summary->sha256, (const unsigned char *)buf_text(page), page->bytes);
	package->file_count++;
	return ERR_NONE;
}

enum err export_write_html(struct package *package, struct err_info *info)
{
	struct buf page;
	struct buf title;
	enum err err;

	buf_init(&page, PAGE_BYTES_MAX);
	buf_init(&title, LINE_BYTES_MAX);
	add_title(&title, package);
	html_begin(&page, buf_text(&title));
	add_in_short(&page, package);
	add_provenance(&page, package);
	err = export_add_charts(&page, package, info);
	add_sites(&page, package);
	add_devices(&page, package);
	export_add_uncertainty(&page, package);
	export_add_indicators(&page, package);
	export_add_gaps(&page, package);
	export_add_factors(&page, package);
	export_add_revisions(&page, package);
	if (err == ERR_NONE)
		err = export_add_corrections(&page, package, info);
	if (err == ERR_NONE)
		err = export_add_events(&page, package, info);
	add_checks(&page);
	add_limits(&page, package);
	html_end(&page);
	if (err == ERR_NONE)
		err = write_page(package, &page, info);
	buf_deinit(&title);
	buf_deinit(&page);
	return err;
}
