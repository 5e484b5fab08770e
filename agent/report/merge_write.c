/* SPDX-License-Identifier: Apache-2.0 */
/* merge_write: the fleet's totals as CSV and JSON. */
#include "report/merge_priv.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/num.h"
#include "model/units.h"
#include "report/figure.h"
#include "report/sheet.h"

#include <errno.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { JSON_BYTES_MAX = 256 << 20, FOLDER_MODE = 0755, FILE_MODE = 0644, MILLI_DECIMALS = 3 };

static const char *const COLUMNS[] = {"node_type",
				      "site",
				      "period_label",
				      "period_start_utc",
				      "period_end_utc",
				      "tz",
				      "zone",
				      "state",
				      "revision",
				      "site_count",
				      "energy_kwh",
				      "energy_millij",
				      "energy_measured_millij",
				      "energy_bridged_millij",
				      "energy_estimated_millij",
				      "energy_manual_millij",
				      "energy_static_millij",
				      "covered_s",
				      "expected_s",
				      "coverage_time_pct",
				      "m_scope2_lb_kg",
				      "m_scope1_mg",
				      "m_scope2_lb_mg",
				      "m_scope2_lb_hourly_mg",
				      "m_scope2_mb_mg",
				      "m_scope3_cat3a_mg",
				      "m_scope3_cat3b_mg",
				      "m_scope3_cat3c_mg",
				      "lb_editions",
				      "signature",
				      "software_version",
				      "export_id",
				      "manifest_sha256",
				      "package",
				      "m_scope3_cat8_mg"};

enum { COLUMN_COUNT = sizeof(COLUMNS) / sizeof(COLUMNS[0]), BLANKS_OF_FLEET = 6 };

static const char *signature_of(const struct verify_summary *verified)
{
	switch (verified->signature) {
	case VERIFY_SIGNATURE_TRUSTED: return "good";
	case VERIFY_SIGNATURE_SELF: return "fits its own key";
	case VERIFY_SIGNATURE_BAD: return "bad";
	default: return "none";
	}
}

/* A sum is known when every site that counts has its part; location-based also where a site has no grid energy at all. */
static bool is_known(const struct merge_amounts *amounts, size_t mass, size_t site_count)
{
	if (mass == MERGE_LOCATION)
		return amounts->lacking_sites == 0 && amounts->mass_sites[mass] > 0;
	return amounts->mass_sites[mass] == site_count && site_count > 0;
}

/* ---- totals.csv ---- */

static void add_seconds(struct sheet *sheet, int64_t ms)
{
	char text[NUM_TEXT_BYTES];

	num_print_fixed(text, ms, MILLI_DECIMALS, MILLI_DECIMALS);
	sheet_add_text(sheet, text);
}

static void add_mass(struct sheet *sheet, const struct merge_amounts *amounts, size_t mass, size_t site_count)
{
	if (is_known(amounts, mass, site_count))
		sheet_add_i64(sheet, amounts->mass_mg[mass]);
	else
		sheet_add_none(sheet);
}

static void add_amounts(struct sheet *sheet, const struct merge_amounts *amounts, size_t site_count)
{
	static const enum coverage CLASSES[] = {COVERAGE_MEASURED, COVERAGE_BRIDGED, COVERAGE_ESTIMATED, COVERAGE_MANUAL, COVERAGE_STATIC};

	if (amounts->energy_sites > 0) {
		figure_add_kwh(sheet_begin_cell(sheet), amounts->energy_millij, 6);
		sheet_add_i64(sheet, amounts->energy_millij);
	} else {
		sheet_add_none(sheet);
		sheet_add_none(sheet);
	}
	for (size_t i = 0; i < sizeof(CLASSES) / sizeof(CLASSES[0]); i++) {
		if (amounts->energy_sites > 0)
			sheet_add_i64(sheet, amounts->millij[CLASSES[i]]);
		else
			sheet_add_none(sheet);
	}
	add_seconds(sheet, amounts->covered_ms);
	add_seconds(sheet, amounts->expected_ms);
	figure_add_pct(sheet_begin_cell(sheet), amounts->covered_ms, amounts->expected_ms);
	if (is_known(amounts, MERGE_LOCATION, site_count))
		figure_add_kg(sheet_begin_cell(sheet), amounts->mass_mg[MERGE_LOCATION], 6);
	else
		sheet_add_none(sheet);
	for (size_t i = 0; i < MERGE_CAT8; i++)
		add_mass(sheet, amounts, i, site_count);
}

static enum err add_fleet(struct sheet *sheet, const struct merge *merge, struct err_info *info)
{
	sheet_add_text(sheet, "fleet");
	sheet_add_none(sheet);
	sheet_add_text(sheet, merge->label);
	for (int i = 0; i < BLANKS_OF_FLEET; i++)
		sheet_add_none(sheet);
	sheet_add_i64(sheet, (int64_t)merge->summary.site_count);
	add_amounts(sheet, &merge->fleet, merge->summary.site_count);
	for (int i = 0; i < BLANKS_OF_FLEET; i++)
		sheet_add_none(sheet);
	add_mass(sheet, &merge->fleet, MERGE_CAT8, merge->summary.site_count);
	return sheet_end_row(sheet, info);
}

static enum err add_site(struct sheet *sheet, const struct merge *merge, const struct merge_site *site, struct err_info *info)
{
	const struct merge_package *package = &merge->package[site->package];

	sheet_add_text(sheet, "site");
	sheet_add_text(sheet, site->id);
	sheet_add_text(sheet, site->label);
	figure_add_utc(sheet_begin_cell(sheet), site->start_ms);
	figure_add_utc(sheet_begin_cell(sheet), site->end_ms);
	sheet_add_text(sheet, site->time_zone);
	sheet_add_text(sheet, site->zone);
	sheet_add_text(sheet, site->state);
	sheet_add_i64(sheet, site->revision);
	sheet_add_i64(sheet, 1);
	add_amounts(sheet, &site->amounts, 1);
	sheet_add_text(sheet, site->editions);
	sheet_add_text(sheet, signature_of(&package->verified));
	sheet_add_text(sheet, package->version);
	sheet_add_text(sheet, package->export_id);
	sheet_add_text(sheet, package->manifest_sha256);
	sheet_add_text(sheet, package->dir);
	add_mass(sheet, &site->amounts, MERGE_CAT8, 1);
	return sheet_end_row(sheet, info);
}

static enum err write_totals(const struct merge *merge, const char *folder, struct err_info *info)
{
	struct sheet_summary summary;
	struct sheet *sheet;
	enum err err = sheet_open(&sheet, folder, MERGE_TOTALS, COLUMNS, COLUMN_COUNT, info);

	if (err != ERR_NONE)
		return err;
	err = add_fleet(sheet, merge, info);
	for (size_t i = 0; err == ERR_NONE && i < merge->site_count; i++) {
		if (merge->site[i].fate == MERGE_COUNTED)
			err = add_site(sheet, merge, &merge->site[i], info);
	}
	if (err == ERR_NONE)
		return sheet_close(sheet, &summary, info);
	(void)sheet_close(sheet, NULL, NULL);
	return err;
}

/* ---- merge.json ---- */

static void json_fleet(struct json *json, const struct merge *merge)
{
	const struct merge_amounts *fleet = &merge->fleet;

	json_open_object(json, "fleet");
	json_add_text(json, "period", merge->label);
	json_add_i64(json, "sites", (int64_t)merge->summary.site_count);
	json_add_i64(json, "sites_with_energy", (int64_t)fleet->energy_sites);
	if (fleet->energy_sites > 0)
		json_add_i64(json, "energy_millij", fleet->energy_millij);
	else
		json_add_null(json, "energy_millij");
	for (size_t i = 0; i < MERGE_MASS_COUNT; i++) {
		if (is_known(fleet, i, merge->summary.site_count))
			json_add_i64(json, MERGE_MASS_COLUMNS[i], fleet->mass_mg[i]);
		else
			json_add_null(json, MERGE_MASS_COLUMNS[i]);
	}
	/* Where only some sites have a figure: what these come to. */
	json_open_array(json, "partly_known");
	for (size_t i = 0; i < MERGE_MASS_COUNT; i++) {
		if (fleet->mass_sites[i] == 0 || is_known(fleet, i, merge->summary.site_count))
			continue;
		json_open_object(json, NULL);
		json_add_text(json, "column", MERGE_MASS_COLUMNS[i]);
		json_add_i64(json, "sites", (int64_t)fleet->mass_sites[i]);
		json_add_i64(json, "sum_mg", fleet->mass_mg[i]);
		json_close_object(json);
	}
	json_close_array(json);
	json_close_object(json);
}

static void json_packages(struct json *json, const struct merge *merge)
{
	char signer[2 * sizeof(merge->package[0].verified.signer) + 1];

	json_open_array(json, "packages");
	for (size_t i = 0; i < merge->package_count; i++) {
		const struct merge_package *package = &merge->package[i];
		bool is_signed = package->verified.signature >= VERIFY_SIGNATURE_SELF;

		sodium_bin2hex(signer, sizeof(signer), package->verified.signer, sizeof(package->verified.signer));
		json_open_object(json, NULL);
		json_add_text(json, "package", package->dir);
		json_add_bool(json, "is_verified", package->is_good);
		json_add_text(json, "why", package->why);
		json_add_text(json, "signature", signature_of(&package->verified));
		json_add_text(json, "signer", is_signed ? signer : NULL);
		json_add_text(json, "software_version", package->version);
		json_add_text(json, "export_id", package->export_id);
		json_add_text(json, "manifest_sha256", package->manifest_sha256);
		json_close_object(json);
	}
	json_close_array(json);
}

static void json_sites(struct json *json, const struct merge *merge)
{
	json_open_array(json, "sites");
	for (size_t i = 0; i < merge->site_count; i++) {
		const struct merge_site *site = &merge->site[i];

		json_open_object(json, NULL);
		json_add_text(json, "site", site->id);
		json_add_text(json, "fate", merge_fate_name(site->fate));
		json_add_text(json, "period", site->label);
		json_add_text(json, "state", site->state);
		json_add_text(json, "editions", site->editions);
		json_add_text(json, "package", merge->package[site->package].dir);
		json_close_object(json);
	}
	json_close_array(json);
	json_open_array(json, "missing");
	for (size_t i = 0; i < merge->expected_count; i++) {
		if (!merge->expected[i].is_claimed)
			json_add_text(json, NULL, merge->expected[i].site);
	}
	json_close_array(json);
}

static void json_uses(struct json *json, const char *key, const struct merge_use *use, size_t count)
{
	json_open_array(json, key);
	for (size_t i = 0; i < count; i++) {
		json_open_object(json, NULL);
		json_add_text(json, "name", use[i].name);
		json_add_i64(json, "count", (int64_t)use[i].count);
		json_close_object(json);
	}
	json_close_array(json);
}

static enum err write_json(const struct merge *merge, const char *folder, struct err_info *info)
{
	char generated[CLOCK_TEXT_BYTES];
	char path[PATH_MAX];
	struct json json;
	struct buf text;
	enum err err = file_join(path, sizeof(path), folder, MERGE_JSON, info);

	if (err != ERR_NONE)
		return err;
	buf_init(&text, JSON_BYTES_MAX);
	json_init(&json, &text);
	clock_print_utc(generated, merge->request->now_utc_ms);
	json_open_object(&json, NULL);
	json_add_text(&json, "schema", MERGE_SCHEMA);
	json_add_text(&json, "generated_at", generated);
	json_add_text(&json, "software_version", merge->request->software_version);
	json_add_bool(&json, "is_complete", merge->summary.left_out_count == 0 && merge->summary.missing_count == 0);
	json_add_bool(&json, "has_list_of_expected", merge->request->expected_path != NULL);
	json_fleet(&json, merge);
	json_sites(&json, merge);
	json_uses(&json, "editions", merge->edition, merge->edition_count);
	json_uses(&json, "versions", merge->version, merge->version_count);
	json_packages(&json, merge);
	json_close_object(&json);
	buf_add_char(&text, '\n');
	err = text.is_failed ? err_set(info, ERR_MEMORY, "no memory for " MERGE_JSON)
			     : file_replace(path, buf_text(&text), text.bytes, FILE_MODE, info);
	buf_deinit(&text);
	return err;
}

/* ---- The folder ---- */

static void drop_folder(const char *folder)
{
	char path[PATH_MAX];

	if (file_join(path, sizeof(path), folder, MERGE_TOTALS, NULL) == ERR_NONE)
		(void)unlink(path);
	if (file_join(path, sizeof(path), folder, MERGE_JSON, NULL) == ERR_NONE)
		(void)unlink(path);
	(void)rmdir(folder);
}

enum err merge_write(const struct merge *merge, struct err_info *info)
{
	const char *out_dir = merge->request->out_dir;
	char folder[PATH_MAX];
	size_t length = strlen(out_dir);
	int printed;
	enum err err;

	while (length > 1 && out_dir[length - 1] == '/')
		length--;
	printed = snprintf(folder, sizeof(folder), "%.*s.tmp-%ld", (int)length, out_dir, (long)getpid());
	if (length == 0 || printed < 0 || (size_t)printed >= sizeof(folder))
		return err_set(info, ERR_USAGE, "--out '%s' cannot be made: name a folder that is not there yet", out_dir);
	err = file_make_dirs(folder, FOLDER_MODE, info);
	if (err == ERR_NONE)
		err = write_totals(merge, folder, info);
	if (err == ERR_NONE)
		err = write_json(merge, folder, info);
	if (err == ERR_NONE && rename(folder, out_dir) != 0)
		err = errno == ENOTEMPTY || errno == EEXIST || errno == ENOTDIR
			  ? err_set(info, ERR_USAGE, "%s is there already and not an empty folder; what is merged goes into a new one",
				    out_dir)
			  : err_set_errno(info, ERR_IO, errno, "%s: cannot put the totals there", out_dir);
	if (err != ERR_NONE)
		drop_folder(folder);
	return err;
}
