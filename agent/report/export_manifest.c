/* SPDX-License-Identifier: Apache-2.0 */
/* export_manifest: manifest.json, its signature, and SHA256SUMS. What the package is, and what its reader must know. */
#include "report/export_priv.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "ledger/ledger.h"
#include "model/units.h"
#include "report/figure.h"
#include "report/signature.h"

#include <limits.h>
#include <sodium.h>

enum { MANIFEST_BYTES_MAX = 64 << 20, SUMS_BYTES_MAX = 64 << 10, FILE_MODE = 0644 };

/* What a reader must know and no column can say. */
static const char *const LIMITATIONS[] = {
    "Location-based scope 2 has annual average factors. Of scope 3 there are category 3 (A of fuel, B and C of "
    "electricity) and category 8.",
    "control says who operates what is metered. Where somebody else does (a tenant's host; of what is leased its owner, by the financial and the equity "
    "approach) scope3_category is 8 and emissions are in m_scope3_cat8 alone: location-based, without what came before the plants, without "
    "instruments and hourly factors. The share of the entity beside boundary_approach multiplies nothing.",
    "Rows of node_type overhead are energy x (overhead_factor - 1) of the meters that count, as the host says; they are static, and in no sum.",
    "PUE and the like need all that counts to be metered at site_ac (generating sets and PV anywhere) and IT at ups_out, pdu_out or it_in: what of IT has no "
    "meter there is taken for the site's own use. Cooling fluid that is delivered is not in it. A month is iPUE; the others of a month are interim too. Water and energy that is used again are as they were entered.",
    "m_embodied_kg is a memo item: what was entered of making the assets, in a straight line over their lives; in no scope, and no part of a seal.",
    "m_scope3_cat3b is the word included where the factor is a lifecycle one, which has it in scope 2 already. m_scope3_cat3c is energy x L / (1 - L) x "
    "the factor, and upstream of it where that is known; td_loss_pct holds theft and unbilled energy too in many countries.",
    "Market-based scope 2 is of meters that count in a total alone. Instruments are as they were entered: nobody asked a registry. One whose vintage is "
    "longer than the period has its share by time, so periods need not add up to a longer one, in which more can be matched. "
    "mb_fallback_mwh is energy of zones whose residual mix no table has: it has the location-based factor. A certificate that another ledger "
    "claims too is not seen here.",
    "cfe_score_pct is of sites that have PV or hourly instruments (vintage within one hour of UTC, entered for the site as a whole, 0 g/kWh): what was used "
    "in the hour in which it was made. Certificates of a year, suppliers' rates and the carbon-free share of the grid do not count in it. "
    "What a battery is charged with counts when it is charged. m_scope2_mb_hourly is a supplement and no part of a seal.",
    "Scope 1 is fuel of generating sets that a meter stands for, by the method that fuel_method names; refrigerants and biogenic CO2 are not in it. A "
    "statement holds energy, scope 2 by location and by market, and category 3 of scope 3: scope 1 of a sealed period is computed from what had been "
    "entered when it was sealed. In statement_rows.csv unstated is what a version before did not state.",
    "m_scope2_lb_hourly_kg is a supplement, with the hourly averages of one publisher where a series was imported; energy in hours without one has "
    "hourly_gap_microg_per_kwh, an annual factor of the same basis. It is no part of a seal: of a sealed period it has the series that were "
    "known then.",
    "A factor of an earlier year stands in where none of the year is known; lb_lag_years says by how many years.",
    "Scope 2 is computed for energy from the grid alone; meters on generators, PV or batteries have none of it.",
    "coverage_time_pct counts from the period's start: what a meter drew before the ledger knew it is unknown, neither zero nor estimated.",
    "Meters with in_total = no are shown and not added up: their energy is part of another meter's, or of a component inside a device.",
    "A device that never answered has no meter: it is in the register and in coverage_assets_pct, and in no figure of energy or of time covered.",
    "commissioned and decommissioned are when the ledger first knew, and last knew, a meter.",
    "supply.csv and m_delivered_mg tell what a site that several sources feed delivered, hour by hour, with the carbon that its batteries hold "
    "(each by itself in batteries.csv, empty before the ledger first knew it, 0.95 each way or the root of the round trip that register.csv has; a "
    "battery that is retired takes what it holds with it); it is no inventory: emissions are booked at the intake.",
    "traffic.csv: intensities are averages of the slots in which all energy and all octets are known, not the cost of one octet more; energy "
    "of ports and flows is the site's by octets. Of a sealed period it shows what the ledger says today. In intervals.csv octets, packets and "
    "litres stand, whole, in the columns of millijoules.",
    "feeds.csv compares mean powers over a period, to find wrong wiring and missing meters; nothing is booked by it.",
    "u_energy_pct, u_ef_pct and u_total_pct are expanded (k = 2, about 95 %). A meter whose class is configured has that of its class and of its "
    "current transformer (the limit over sqrt 3; u_energy_basis says class); else each kind of source has a default (SNMP and other sensors 5 %, "
    "server power by IPMI 5 % or 10 W over sqrt 3, Modbus meters class 2 behind a current transformer of class 1, RAPL 5 % of its own scope, nameplate "
    "30 %). Integrated power has the scatter of its slots' mean powers over the root of their number in quadrature (below ten slots 1 %), and 30 % is "
    "added of what is estimated. A direct factor has 5 %, a lifecycle one 7.5 %, unless its table says (u_ef_basis); that a lifecycle factor stands in for a direct one is not in it. All k = 1. Meters of one device and factors of one publisher are taken as fully correlated, "
    "devices as independent. What is not covered, and how much worse a class is at small currents, is not in it.",
    "entries.csv holds what was entered by hand, which is not added to measured energy.",
    "intervals.csv and events.csv hold what was booked; corrections.csv tells how rows of a meter are to be read for a time, and totals.csv, the "
    "hourly figures, supply.csv and traffic.csv have it so. Points in a time-series store are as they were sent.",
    "An invoice for exactly the exported period is compared in invoice_diff_pct.",
    "The slot rows of intervals.csv hold no boot id; the configuration is named by its digest and not included.",
};

static const char *const UNSIGNED[] = {"This package is not signed: its digests show damage, not who made it."};
static const char *const SIGNED[] = {
    "The signature shows that the holder of the key made this package and that nothing was changed since. It does not show that the meters "
    "were right, nor that the ledger was left alone by who holds the key."};

const char *const *export_limitations(const struct export_request *request, size_t *count)
{
	*count = request == NULL ? sizeof(LIMITATIONS) / sizeof(LIMITATIONS[0]) : 1;
	return request == NULL ? LIMITATIONS : request->key == NULL ? UNSIGNED : SIGNED;
}

/* ---- manifest.json ---- */

static void add_utc(struct json *json, const char *key, int64_t utc_ms)
{
	char text[CLOCK_TEXT_BYTES];

	clock_print_utc(text, utc_ms);
	json_add_text(json, key, text);
}

static void add_sha256(struct json *json, const char *key, const uint8_t sha256[static 32])
{
	struct buf hex;

	buf_init(&hex, 65);
	figure_add_sha256(&hex, sha256);
	json_add_text(json, key, buf_text(&hex));
	buf_deinit(&hex);
}

static void add_state(struct json *json, const struct package *package, const struct report_site *site)
{
	bool is_over = site->span.end_s * UNITS_MS_PER_S <= package->request->report.now_utc_ms;

	json_add_text(json, "state", site->sealed.statement_id != 0 ? "sealed" : is_over ? "provisional" : "open");
	if (site->sealed.statement_id == 0)
		return;
	json_add_i64(json, "revision", site->sealed.revision);
	add_utc(json, "sealed_at", site->sealed.sealed_utc_ms);
	/* What came after the seal is in none of the files; LATE_DATA restates it. */
	json_add_i64(json, "late_rows", (int64_t)site->sealed.late_count);
	json_add_i64(json, "late_millij", site->sealed.late_millij);
}

static void add_sites(struct json *json, const struct package *package)
{
	json_open_array(json, "sites");
	for (size_t i = 0; i < package->totals.reg.site_count; i++) {
		const struct report_site *site = &package->totals.reg.site[i];

		json_open_object(json, NULL);
		json_add_text(json, "site", site->id);
		json_add_text(json, "name", site->name);
		json_add_text(json, "zone", site->grid_zone[0] == '\0' ? NULL : site->grid_zone);
		json_add_text(json, "time_zone", site->time_zone);
		json_add_text(json, "period", site->period.label);
		json_add_text(json, "facts", site->facts[0] == '\0' ? NULL : site->facts);
		add_utc(json, "period_start_utc", site->span.start_s * UNITS_MS_PER_S);
		add_utc(json, "period_end_utc", site->span.end_s * UNITS_MS_PER_S);
		add_state(json, package, site);
		json_close_object(json);
	}
	json_close_array(json);
}

static void add_files(struct json *json, const struct package *package)
{
	json_open_array(json, "files");
	for (size_t i = 0; i < package->file_count; i++) {
		json_open_object(json, NULL);
		json_add_text(json, "name", package->file[i].name);
		json_add_i64(json, "rows", (int64_t)package->file[i].row_count);
		json_add_i64(json, "bytes", (int64_t)package->file[i].bytes);
		add_sha256(json, "sha256", package->file[i].sha256);
		json_close_object(json);
	}
	json_close_array(json);
}

/* Those in force at some time of the period, by the widest span of all sites. */
static void add_configs(struct json *json, const struct package *package)
{
	const struct report_total *all = &package->totals.row[0];

	json_open_array(json, "configurations");
	for (size_t i = 0; i < package->config_count; i++) {
		const struct export_config *config = &package->config[i];

		if (config->from_utc_ms >= all->end_s * UNITS_MS_PER_S)
			break;
		if (i + 1 < package->config_count && package->config[i + 1].from_utc_ms <= all->start_s * UNITS_MS_PER_S)
			continue;
		json_open_object(json, NULL);
		add_utc(json, "from_utc", config->from_utc_ms);
		add_sha256(json, "sha256", config->sha256);
		json_close_object(json);
	}
	json_close_array(json);
}

/* ---- Signature and digests ---- */

static void add_signature(struct json *json, const struct export_request *request)
{
	struct buf hex;

	if (request->key == NULL) {
		json_add_null(json, "signature");
		return;
	}
	buf_init(&hex, SIGNATURE_TEXT_BYTES_MAX);
	for (size_t i = 0; i < sizeof(request->key->public_key); i++)
		buf_add_format(&hex, "%02x", request->key->public_key[i]);
	json_open_object(json, "signature");
	json_add_text(json, "algorithm", "Ed25519");
	json_add_text(json, "file", SIGNATURE_FILE);
	json_add_text(json, "public_key", buf_text(&hex));
	json_close_object(json);
	buf_deinit(&hex);
}

static enum err write_file(const struct package *package, const char *name, const struct buf *text, struct err_info *info)
{
	char path[PATH_MAX];
	enum err err = file_join(path, sizeof(path), package->folder, name, info);

	if (err == ERR_NONE && text->is_failed)
		err = err_set(info, ERR_MEMORY, "no memory for %s", name);
	return err == ERR_NONE ? file_replace(path, buf_text(text), text->bytes, FILE_MODE, info) : err;
}

/* One line as sha256sum writes it. */
static void add_sum(struct buf *sums, const uint8_t sha256[static 32], const char *name)
{
	figure_add_sha256(sums, sha256);
	buf_add_text(sums, "  ");
	buf_add_text(sums, name);
	buf_add_char(sums, '\n');
}

static void add_sum_of(struct buf *sums, const struct buf *text, const char *name)
{
	uint8_t sha256[crypto_hash_sha256_BYTES];

	crypto_hash_sha256(sha256, (const unsigned char *)buf_text(text), text->bytes);
	add_sum(sums, sha256, name);
}

/* The manifest, its signature, and the digests of all files as `sha256sum -c` reads them. */
static enum err write_signed(const struct package *package, const struct buf *manifest, struct err_info *info)
{
	const struct signature_key *key = package->request->key;
	struct buf signature;
	struct buf sums;
	enum err err = write_file(package, EXPORT_MANIFEST, manifest, info);

	buf_init(&signature, SIGNATURE_TEXT_BYTES_MAX);
	buf_init(&sums, SUMS_BYTES_MAX);
	for (size_t i = 0; i < package->file_count; i++)
		add_sum(&sums, package->file[i].sha256, package->file[i].name);
	add_sum_of(&sums, manifest, EXPORT_MANIFEST);
	if (err == ERR_NONE && key != NULL) {
		signature_add(&signature, key, buf_text(manifest), manifest->bytes);
		add_sum_of(&sums, &signature, SIGNATURE_FILE);
		err = write_file(package, SIGNATURE_FILE, &signature, info);
	}
	if (err == ERR_NONE)
		err = write_file(package, EXPORT_SUMS, &sums, info);
	buf_deinit(&signature);
	buf_deinit(&sums);
	return err;
}

enum err export_write_manifest(struct package *package, struct err_info *info)
{
	const struct export_request *request = package->request;
	struct json json;
	struct buf text;
	size_t count;
	enum err err;

	buf_init(&text, MANIFEST_BYTES_MAX);
	json_init(&json, &text);
	json_open_object(&json, NULL);
	json_add_text(&json, "schema", EXPORT_SCHEMA);
	json_add_text(&json, "export_id", request->export_id);
	json_add_i64(&json, "revision", 0);
	json_add_null(&json, "supersedes");
	add_utc(&json, "generated_at", request->report.now_utc_ms);
	json_add_text(&json, "generated_by", request->generated_by);
	json_add_text(&json, "software", "wattledger");
	json_add_text(&json, "software_version", request->software_version);
	json_add_text(&json, "ledger_uuid", ledger_uuid(package->ledger));
	json_add_text(&json, "level", report_level_name(request->level));
	add_sites(&json, package);
	add_files(&json, package);
	add_configs(&json, package);
	add_signature(&json, request);
	json_open_array(&json, "limitations");
	json_add_text(&json, NULL, *export_limitations(request, &count));
	for (size_t i = 0; i < sizeof(LIMITATIONS) / sizeof(LIMITATIONS[0]); i++)
		json_add_text(&json, NULL, LIMITATIONS[i]);
	json_close_array(&json);
	json_close_object(&json);
	buf_add_char(&text, '\n');
	err = text.is_failed ? err_set(info, ERR_MEMORY, "no memory for %s", EXPORT_MANIFEST) : write_signed(package, &text, info);
	buf_deinit(&text);
	return err;
}
