/* SPDX-License-Identifier: Apache-2.0 */
/* merge_read: one package. Nothing of it but what it claims to be is taken before it is verified. */
#include "report/merge_priv.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/num.h"
#include "report/export.h"
#include "report/figure.h"
#include "report/verify_priv.h"

#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

enum { SITES_MAX = 10000000, USES_MAX = 100000, FINDINGS_BYTES_MAX = 64 << 10, WHY_BYTES = 1024 };

const char *const MERGE_MASS_COLUMNS[MERGE_MASS_COUNT] = {
    [MERGE_SCOPE1] = "m_scope1_mg",      [MERGE_LOCATION] = "m_scope2_lb_mg", [MERGE_HOURLY] = "m_scope2_lb_hourly_mg",
    [MERGE_MARKET] = "m_scope2_mb_mg",   [MERGE_CAT3A] = "m_scope3_cat3a_mg", [MERGE_CAT3B] = "m_scope3_cat3b_mg",
    [MERGE_CAT3C] = "m_scope3_cat3c_mg", [MERGE_CAT8] = "m_scope3_cat8_mg",
};

/* ---- The manifest ---- */

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text == NULL ? "" : text;
}

static enum err add_site(struct merge *merge, const json_t *entry, struct err_info *info)
{
	struct merge_site site = {.package = merge->package_count - 1, .fate = MERGE_FORGED};
	void *array = merge->site;
	enum err err = mem_grow(&array, &merge->site_capacity, merge->site_count, SITES_MAX, sizeof(site));

	merge->site = array;
	if (err != ERR_NONE)
		return err_set(info, err, "no room for %zu sites", merge->site_count + 1);
	site.id = mem_dup(text_of(entry, "site"));
	site.label = mem_dup(text_of(entry, "period"));
	site.zone = mem_dup(text_of(entry, "zone"));
	site.time_zone = mem_dup(text_of(entry, "time_zone"));
	site.state = mem_dup(text_of(entry, "state"));
	site.editions = mem_dup("");
	site.revision = json_integer_value(json_object_get(entry, "revision"));
	merge->site[merge->site_count++] = site;
	if (site.id == NULL || site.label == NULL || site.zone == NULL || site.time_zone == NULL || site.state == NULL ||
	    site.editions == NULL)
		return err_set(info, ERR_MEMORY, "no memory for a site");
	return ERR_NONE;
}

static enum err read_manifest(struct merge *merge, struct merge_package *package, struct err_info *info)
{
	unsigned char digest[crypto_hash_sha256_BYTES];
	struct verify_file file;
	const json_t *sites;
	json_error_t error;
	json_t *manifest;
	enum err err = verify_map(&file, package->dir, EXPORT_MANIFEST, info);

	if (err != ERR_NONE)
		return err;
	crypto_hash_sha256(digest, file.data == NULL ? (const unsigned char *)"" : file.data, file.bytes);
	sodium_bin2hex(package->manifest_sha256, sizeof(package->manifest_sha256), digest, sizeof(digest));
	manifest = json_loadb(file.data == NULL ? "" : file.data, file.bytes, 0, &error);
	verify_unmap(&file);
	if (strcmp(text_of(manifest, "schema"), EXPORT_SCHEMA) != 0) {
		json_decref(manifest);
		return err_set(info, ERR_DATA, EXPORT_MANIFEST " is not the manifest of a package (" EXPORT_SCHEMA ")");
	}
	package->version = mem_dup(text_of(manifest, "software_version"));
	package->export_id = mem_dup(text_of(manifest, "export_id"));
	sites = json_object_get(manifest, "sites");
	for (size_t i = 0; err == ERR_NONE && i < json_array_size(sites); i++)
		err = add_site(merge, json_array_get(sites, i), info);
	json_decref(manifest);
	return err == ERR_NONE && (package->version == NULL || package->export_id == NULL) ? err_set(info, ERR_MEMORY, "no memory") : err;
}

/* ---- totals.csv ---- */

enum column {
	COLUMN_TYPE = 0,
	COLUMN_SITE,
	COLUMN_IN_TOTAL,
	COLUMN_SUPPLY,
	COLUMN_START,
	COLUMN_END,
	COLUMN_ENERGY,
	COLUMN_MEASURED,
	COLUMN_BRIDGED,
	COLUMN_ESTIMATED,
	COLUMN_MANUAL,
	COLUMN_STATIC,
	COLUMN_COVERED,
	COLUMN_EXPECTED,
	COLUMN_SOURCE,
	COLUMN_EDITION,
	COLUMN_MASS,
	COLUMN_SCOPE3 = COLUMN_MASS + MERGE_MASS_COUNT
};

/* verify_walk() gives its own state to the rows; ours is around it. */
struct reading {
	struct verification verification;
	struct merge *merge;
};

static bool take_ms(const char *cell, int64_t *ms)
{
	return num_parse_fixed(cell, 3, ms);
}

/* NULL: of a version that had no such column. "included" is no amount: scope 2 of that site has it already. */
static bool take_amount(const char *cell, int64_t *value, bool *has)
{
	*has = cell != NULL && strcmp(cell, FIGURE_NONE) != 0 && strcmp(cell, UPSTREAM_INCLUDED) != 0;
	return !*has || num_parse_i64(cell, value);
}

static bool take_amounts(struct merge_amounts *amounts, const char *const *cell)
{
	static const enum coverage CLASSES[] = {COVERAGE_MEASURED, COVERAGE_BRIDGED, COVERAGE_ESTIMATED, COVERAGE_MANUAL, COVERAGE_STATIC};
	bool has;
	bool is_good = take_amount(cell[COLUMN_ENERGY], &amounts->energy_millij, &has);

	amounts->energy_sites = has ? 1 : 0;
	for (size_t i = 0; has && i < sizeof(CLASSES) / sizeof(CLASSES[0]); i++)
		is_good = is_good && num_parse_i64(cell[COLUMN_MEASURED + i], &amounts->millij[CLASSES[i]]);
	is_good = is_good && take_ms(cell[COLUMN_COVERED], &amounts->covered_ms) && take_ms(cell[COLUMN_EXPECTED], &amounts->expected_ms);
	for (size_t i = 0; i < MERGE_MASS_COUNT; i++) {
		is_good = is_good && take_amount(cell[COLUMN_MASS + i], &amounts->mass_mg[i], &has);
		amounts->mass_sites[i] = has ? 1 : 0;
	}
	return is_good;
}

/* "PUBLISHER EDITION", once each. */
static enum err add_edition(struct merge *merge, struct merge_site *site, const char *publisher, const char *edition, struct err_info *info)
{
	struct buf text;
	char name[512];
	char *joined;

	snprintf(name, sizeof(name), "%.250s %.250s", publisher, edition);
	if (strcmp(edition, FIGURE_NONE) == 0 || strstr(site->editions, name) != NULL)
		return ERR_NONE;
	buf_init(&text, FINDINGS_BYTES_MAX);
	buf_add_text(&text, site->editions);
	buf_add_text(&text, text.bytes > 0 ? "; " : "");
	buf_add_text(&text, name);
	joined = mem_dup(buf_text(&text));
	buf_deinit(&text);
	if (joined == NULL)
		return err_set(info, ERR_MEMORY, "no memory");
	mem_free(site->editions);
	site->editions = joined;
	return merge_use(&merge->edition, &merge->edition_count, &merge->edition_capacity, publisher, name, info);
}

static struct merge_site *site_of(const struct reading *reading, const char *id)
{
	struct merge *merge = reading->merge;

	for (size_t i = merge->site_count; i > 0 && merge->site[i - 1].package + 1 == merge->package_count; i--) {
		if (strcmp(merge->site[i - 1].id, id) == 0)
			return &merge->site[i - 1];
	}
	return NULL;
}

static enum err take_total(struct verification *verification, const struct csv_row *row, const char *const *cell, struct err_info *info)
{
	struct reading *reading = (struct reading *)(void *)verification;
	struct merge_site *site = site_of(reading, cell[COLUMN_SITE]);
	bool is_site = strcmp(cell[COLUMN_TYPE], "site") == 0;
	bool is_meter = strcmp(cell[COLUMN_TYPE], "meter") == 0;
	bool is_leased = cell[COLUMN_SCOPE3] != NULL && strcmp(cell[COLUMN_SCOPE3], REPORT_LEASED_CATEGORY) == 0;

	if (site == NULL || (!is_site && !is_meter))
		return ERR_NONE;
	if (is_site) {
		if (!take_amounts(&site->amounts, cell) || !clock_parse_utc(cell[COLUMN_START], &site->start_ms) ||
		    !clock_parse_utc(cell[COLUMN_END], &site->end_ms))
			return err_set(info, ERR_DATA, "totals.csv:%zu: an amount of site '%s' is not understood", row->line, site->id);
		site->fate = MERGE_COUNTED;
	} else if (strcmp(cell[COLUMN_IN_TOTAL], "yes") == 0 && strcmp(cell[COLUMN_SUPPLY], "grid") == 0 &&
		   strcmp(cell[COLUMN_ENERGY], FIGURE_NONE) != 0 && strcmp(cell[COLUMN_MASS + MERGE_LOCATION], FIGURE_NONE) == 0 &&
		   !is_leased) {
		site->amounts.lacking_sites = 1;
	}
	return add_edition(reading->merge, site, cell[COLUMN_SOURCE], cell[COLUMN_EDITION], info);
}

static enum err read_totals(struct merge *merge, struct merge_package *package, struct err_info *info)
{
	static const char *const COLUMNS[] = {[COLUMN_TYPE] = "node_type",
					      [COLUMN_SITE] = "site_id",
					      [COLUMN_IN_TOTAL] = "in_total",
					      [COLUMN_SUPPLY] = "supply",
					      [COLUMN_START] = "period_start_utc",
					      [COLUMN_END] = "period_end_utc",
					      [COLUMN_ENERGY] = "energy_millij",
					      [COLUMN_MEASURED] = "energy_measured_millij",
					      [COLUMN_BRIDGED] = "energy_bridged_millij",
					      [COLUMN_ESTIMATED] = "energy_estimated_millij",
					      [COLUMN_MANUAL] = "energy_manual_millij",
					      [COLUMN_STATIC] = "energy_static_millij",
					      [COLUMN_COVERED] = "covered_s",
					      [COLUMN_EXPECTED] = "expected_s",
					      [COLUMN_SOURCE] = "lb_source",
					      [COLUMN_EDITION] = "lb_edition",
					      "m_scope1_mg",
					      "m_scope2_lb_mg",
					      "m_scope2_lb_hourly_mg",
					      "m_scope2_mb_mg",
					      "m_scope3_cat3a_mg",
					      "m_scope3_cat3b_mg",
					      "m_scope3_cat3c_mg",
					      [COLUMN_MASS + MERGE_CAT8] = VERIFY_OPTIONAL "m_scope3_cat8_mg",
					      [COLUMN_SCOPE3] = VERIFY_OPTIONAL "scope3_category",
					      NULL};
	struct reading reading = {.verification = {.dir = package->dir}, .merge = merge};

	return verify_walk(&reading.verification, "totals.csv", COLUMNS, take_total, info);
}

/* ---- The package ---- */

static enum err blame(struct merge_package *package, const char *why, struct err_info *info)
{
	package->why = mem_dup(why);
	return package->why == NULL ? err_set(info, ERR_MEMORY, "no memory") : ERR_NONE;
}

/* The first finding stands for all. */
static enum err blame_findings(struct merge_package *package, const struct buf *findings, const struct err_info *said,
			       struct err_info *info)
{
	const char *first = buf_text(findings);
	unsigned long long more = package->verified.finding_count > 1 ? package->verified.finding_count - 1 : 0;
	char text[WHY_BYTES];

	if (package->verified.finding_count == 0)
		return blame(package, said->text, info);
	snprintf(text, sizeof(text), "%.*s", (int)strcspn(first, "\n"), first);
	if (more > 0)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), " (and %llu more)", more);
	return blame(package, text, info);
}

static enum err verify(struct merge *merge, struct merge_package *package, struct err_info *info)
{
	struct verify_request request = {.dir = package->dir, .trusted_key = merge->request->trusted_key};
	struct err_info said = {0};
	struct buf findings;
	enum err err;

	buf_init(&findings, FINDINGS_BYTES_MAX);
	err = verify_package(&request, &package->verified, &findings, &said);
	package->is_good = err == ERR_NONE;
	err = package->is_good    ? ERR_NONE
	      : err == ERR_MEMORY ? err_set(info, err, "%s", said.text)
				  : blame_findings(package, &findings, &said, info);
	buf_deinit(&findings);
	return err;
}

enum err merge_read(struct merge *merge, const char *dir, struct err_info *info)
{
	struct merge_package *package;
	struct err_info said = {0};
	void *array = merge->package;
	enum err err = mem_grow(&array, &merge->package_capacity, merge->package_count, MERGE_PACKAGES_MAX, sizeof(*merge->package));

	merge->package = array;
	if (err != ERR_NONE)
		return err_set(info, err, "no room for %zu packages", merge->package_count + 1);
	package = &merge->package[merge->package_count++];
	*package = (struct merge_package){.dir = mem_dup(dir)};
	if (package->dir == NULL)
		return err_set(info, ERR_MEMORY, "no memory");
	err = read_manifest(merge, package, &said);
	if (err != ERR_NONE)
		return err == ERR_MEMORY ? err_set(info, err, "%s", said.text) : blame(package, said.text, info);
	err = verify(merge, package, info);
	if (err == ERR_NONE && package->is_good)
		err = read_totals(merge, package, info);
	return err;
}

enum err merge_use(struct merge_use **use, size_t *count, size_t *capacity, const char *publisher, const char *name, struct err_info *info)
{
	void *array = *use;
	enum err err;

	for (size_t i = 0; i < *count; i++) {
		if (strcmp((*use)[i].name, name) == 0) {
			(*use)[i].count++;
			return ERR_NONE;
		}
	}
	err = mem_grow(&array, capacity, *count, USES_MAX, sizeof(**use));
	*use = array;
	if (err != ERR_NONE)
		return err_set(info, err, "no room for %zu editions or versions", *count + 1);
	(*use)[*count] = (struct merge_use){.publisher = publisher == NULL ? NULL : mem_dup(publisher), .name = mem_dup(name), .count = 1};
	return (*use)[(*count)++].name == NULL ? err_set(info, ERR_MEMORY, "no memory") : ERR_NONE;
}
