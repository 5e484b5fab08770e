/* SPDX-License-Identifier: Apache-2.0 */
/* verify_sites: what the manifest says of the package and its sites, and which statement each of them shows. */
#include "report/verify_priv.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/text.h"
#include "model/units.h"
#include "model/zone.h"
#include "report/export.h"
#include "report/figure.h"
#include "report/seal_priv.h"

#include <sodium.h>
#include <string.h>

enum { SITES_MAX = 1000000, CONFIGS_MAX = 1000000 };

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text == NULL ? "" : text;
}

static bool take_utc_s(const json_t *object, const char *key, int64_t *utc_s)
{
	int64_t utc_ms;

	if (!clock_parse_utc(text_of(object, key), &utc_ms))
		return false;
	*utc_s = utc_ms / UNITS_MS_PER_S;
	return true;
}

/* ---- Who made it ---- */

static enum err take_configs(struct verification *verification, struct err_info *info)
{
	const json_t *list = json_object_get(verification->manifest, "configurations");
	struct package *package = &verification->package;

	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *hex = text_of(json_array_get(list, i), "sha256");
		struct export_config config = {.from_utc_ms = 0};
		void *array = package->config;
		size_t bytes;
		enum err err = mem_grow(&array, &package->config_capacity, package->config_count, CONFIGS_MAX, sizeof(config));

		package->config = array;
		if (err != ERR_NONE)
			return err_set(info, err, EXPORT_MANIFEST ": no room for its configurations");
		if (!clock_parse_utc(text_of(json_array_get(list, i), "from_utc"), &config.from_utc_ms) ||
		    (strcmp(hex, FIGURE_NONE) != 0 &&
		     (sodium_hex2bin(config.sha256, sizeof(config.sha256), hex, strlen(hex), NULL, &bytes, NULL) != 0 ||
		      bytes != sizeof(config.sha256))))
			return err_set(info, ERR_DATA, EXPORT_MANIFEST ": configuration %zu has no instant or no digest", i);
		package->config[package->config_count++] = config;
	}
	return ERR_NONE;
}

static enum err take_request(struct verification *verification, struct err_info *info)
{
	const json_t *manifest = verification->manifest;
	struct export_request *request = &verification->request;

	request->software_version = text_of(manifest, "software_version");
	request->generated_by = text_of(manifest, "generated_by");
	if (!text_copy(request->export_id, sizeof(request->export_id), text_of(manifest, "export_id")) ||
	    !clock_parse_utc(text_of(manifest, "generated_at"), &request->report.now_utc_ms) ||
	    !report_level_find(text_of(manifest, "level"), &request->level))
		return err_set(info, ERR_DATA, EXPORT_MANIFEST ": export_id, generated_at or level is not understood");
	verification->package.request = request;
	verification->package.totals.now_utc_ms = request->report.now_utc_ms;
	return take_configs(verification, info);
}

/* ---- Sites ---- */

struct report_site *verify_find_site(const struct verification *verification, const char *id)
{
	const struct report_register *reg = &verification->package.totals.reg;

	for (size_t i = 0; i < reg->site_count; i++) {
		if (strcmp(reg->site[i].id, id) == 0)
			return &reg->site[i];
	}
	return NULL;
}

static enum err take_site(struct verification *verification, const json_t *object, struct err_info *info)
{
	struct report_register *reg = &verification->package.totals.reg;
	struct report_site site = {.id = text_of(object, "site"),
				   .name = text_of(object, "name"),
				   .grid_zone = text_of(object, "zone"),
				   .time_zone = text_of(object, "time_zone"),
				   .facts = text_of(object, "facts"),
				   .site_id = (uint32_t)reg->site_count + 1};
	json_int_t late_count = json_integer_value(json_object_get(object, "late_rows"));
	void *array = reg->site;
	enum err err;

	site.sealed.late_count = (size_t)(late_count > 0 ? late_count : 0);
	if (site.id[0] == '\0' || strchr(site.id, '/') != NULL || !take_utc_s(object, "period_start_utc", &site.span.start_s) ||
	    !take_utc_s(object, "period_end_utc", &site.span.end_s) || site.span.end_s <= site.span.start_s ||
	    verify_find_site(verification, site.id) != NULL ||
	    !text_copy(site.period.label, sizeof(site.period.label), text_of(object, "period")))
		return err_set(info, ERR_DATA, EXPORT_MANIFEST ": site %zu has no id of its own or no period", reg->site_count);
	err = mem_grow(&array, &reg->site_capacity, reg->site_count, SITES_MAX, sizeof(site));
	reg->site = array;
	if (err != ERR_NONE)
		return err_set(info, err, EXPORT_MANIFEST ": no room for its sites");
	/* The year that a row is of, and so its factor, is that of the place. */
	err = zone_open(&site.zone, NULL, site.time_zone, info);
	if (err == ERR_NONE)
		reg->site[reg->site_count++] = site;
	return err == ERR_NONE ? err : err_prefix(info, EXPORT_MANIFEST ": site %s", site.id);
}

/* ---- The statement that a site shows ---- */

static enum err take_statement(struct verification *verification, const struct csv_row *row, const char *const *cell, struct err_info *info)
{
	struct report_site *site = verify_find_site(verification, cell[0]);
	struct report_sealed *sealed = site == NULL ? NULL : &site->sealed;
	int64_t start_ms;
	int64_t end_ms;
	int64_t revision;

	if (!clock_parse_utc(cell[1], &start_ms) || !clock_parse_utc(cell[2], &end_ms) || !num_parse_i64(cell[3], &revision) ||
	    revision < 0 || revision > INT32_MAX)
		return err_set(info, ERR_DATA, SEAL_STATEMENTS_FILE ":%zu: span or revision is not understood", row->line);
	if (sealed == NULL || start_ms != site->span.start_s * UNITS_MS_PER_S || end_ms != site->span.end_s * UNITS_MS_PER_S)
		return ERR_NONE;
	sealed->has_previous = sealed->statement_id != 0;
	sealed->has_previous_location = sealed->has_location;
	sealed->previous_location_mg = sealed->location_mg;
	sealed->statement_id = (int64_t)row->line;
	sealed->revision = (int32_t)revision;
	sealed->has_location = strcmp(cell[5], FIGURE_NONE) != 0;
	if (!text_copy(sealed->reason_code, sizeof(sealed->reason_code), cell[4]) ||
	    (sealed->has_location && (!num_parse_i64(cell[5], &sealed->location_mg) || !verify_count(verification, sealed->location_mg))))
		return err_set(info, ERR_DATA, SEAL_STATEMENTS_FILE ":%zu: reason_code or emissions are not understood", row->line);
	return ERR_NONE;
}

enum err verify_load_sites(struct verification *verification, struct err_info *info)
{
	static const char *const COLUMNS[] = {"site", "period_start_utc", "period_end_utc", "revision", "reason_code", "m_scope2_lb_mg",
					      NULL};
	const json_t *list = json_object_get(verification->manifest, "sites");
	enum err err = take_request(verification, info);

	for (size_t i = 0; err == ERR_NONE && i < json_array_size(list); i++)
		err = take_site(verification, json_array_get(list, i), info);
	return err == ERR_NONE ? verify_walk(verification, SEAL_STATEMENTS_FILE, COLUMNS, take_statement, info) : err;
}
