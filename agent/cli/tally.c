/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/tally.h"

#include "account/carbon.h"
#include "account/factor.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/text.h"
#include "cli/status_doc.h"
#include "cli/table.h"
#include "report/figure.h"
#include "wire/plan.h"

#include <math.h>
#include <string.h>

enum { SOURCES_MAX = 200000 };

#define MICROG_PER_G 1e6

/* The table's last line. */
#define SUM_NAME "counted"

void tally_deinit(struct tally *tally)
{
	mem_free(tally->source);
	*tally = (struct tally){0};
}

/* Sources keep their order over a run, so the place is the first guess. */
static struct tally_source *find_source(struct tally *tally, const char *site, const char *device, size_t guess)
{
	if (guess < tally->count && strcmp(tally->source[guess].device, device) == 0 && strcmp(tally->source[guess].site, site) == 0)
		return &tally->source[guess];
	for (size_t i = 0; i < tally->count; i++) {
		if (strcmp(tally->source[i].device, device) == 0 && strcmp(tally->source[i].site, site) == 0)
			return &tally->source[i];
	}
	return NULL;
}

static struct tally_source *add_source(struct tally *tally, const char *site, const char *device, struct err_info *info)
{
	void *array = tally->source;
	enum err err = mem_grow(&array, &tally->capacity, tally->count, SOURCES_MAX, sizeof(*tally->source));
	struct tally_source *source;

	tally->source = array;
	if (err != ERR_NONE) {
		(void)err_set(info, err, "no room for another source");
		return NULL;
	}
	source = &tally->source[tally->count++];
	text_copy(source->site, sizeof(source->site), site);
	text_copy(source->device, sizeof(source->device), device);
	return source;
}

static void set_factor(struct tally_source *source, const json_t *sites)
{
	for (size_t i = 0; i < json_array_size(sites); i++) {
		const json_t *site = json_array_get(sites, i);
		const json_t *intensity = json_object_get(site, "intensity_g_per_kwh");

		if (strcmp(status_doc_text(site, "site"), source->site) != 0 || !json_is_number(intensity))
			continue;
		source->has_factor = true;
		source->microg_per_kwh = llround(json_number_value(intensity) * MICROG_PER_G);
	}
}

static enum err take_source(struct tally *tally, const json_t *item, const json_t *sites, size_t place, struct err_info *info)
{
	struct tally_source *source = find_source(tally, status_doc_text(item, "site"), status_doc_text(item, "device"), place);
	int64_t millij;

	if (source == NULL)
		source = add_source(tally, status_doc_text(item, "site"), status_doc_text(item, "device"), info);
	if (source == NULL)
		return ERR_MEMORY;
	source->is_in_total = json_is_true(json_object_get(item, "in_total"));
	set_factor(source, sites);
	if (!status_doc_energy(item, &millij))
		return ERR_NONE;
	if (!source->has_energy)
		source->first_millij = tally->is_fresh ? 0 : millij;
	source->has_energy = true;
	source->last_millij = millij;
	return ERR_NONE;
}

enum err tally_update(struct tally *tally, const char *text, size_t bytes, struct err_info *info)
{
	const json_t *sources;
	json_t *document;
	enum err err = status_doc_parse(&document, text, bytes, info);

	if (err != ERR_NONE)
		return err;
	sources = json_object_get(document, "sources");
	for (size_t i = 0; err == ERR_NONE && i < json_array_size(sources); i++)
		err = take_source(tally, json_array_get(sources, i), json_object_get(document, "sites"), i, info);
	json_decref(document);
	return err;
}

static const char *zone_of(const struct plan_core *core, const char *site)
{
	for (size_t i = 0; i < core->site_count; i++) {
		if (strcmp(core->site[i].id, site) == 0)
			return core->site[i].grid_zone;
	}
	return "";
}

/* The rule of account/factor.h over the plan's rows of one zone. */
static void use_factor(struct tally_source *source, const struct plan_core *core, const struct account_factor *factor, int32_t year)
{
	const char *zone = zone_of(core, source->site);
	struct factor_choice choice;

	if (source->has_factor || zone[0] == '\0' || !account_factor_find(factor, core->factor_count, zone, year, &choice))
		return;
	source->has_factor = true;
	source->microg_per_kwh = factor[choice.factor_idx].microg_per_kwh;
}

void tally_use_factors(struct tally *tally, const struct plan_core *core, int32_t year)
{
	struct account_factor *factor = mem_new_array(core->factor_count + 1, sizeof(*factor));

	if (factor == NULL)
		return;
	for (size_t i = 0; i < core->factor_count; i++) {
		factor[i] = (struct account_factor){
		    .zone = core->factor[i].zone, .year = core->factor[i].year, .microg_per_kwh = core->factor[i].microg_per_kwh};
		/* The loader checked it. */
		(void)!factor_basis_find(core->factor[i].basis, &factor[i].basis);
	}
	for (size_t i = 0; i < tally->count; i++)
		use_factor(&tally->source[i], core, factor, year);
	mem_free(factor);
}

bool tally_energy_millij(const struct tally *tally, const struct tally_source *source, int64_t *millij)
{
	(void)tally;
	if (!source->has_energy)
		return false;
	*millij = source->last_millij - source->first_millij;
	return true;
}

bool tally_carbon_mg(const struct tally *tally, const struct tally_source *source, int64_t *mg)
{
	int64_t millij;

	if (!source->has_factor || !tally_energy_millij(tally, source, &millij))
		return false;
	*mg = account_carbon_mg(millij, source->microg_per_kwh);
	return true;
}

/* What a line says; has_...: false is n/a. */
struct line {
	bool has_energy;
	bool has_carbon;
	int64_t millij;
	int64_t mg;
};

static enum err add_line(struct table *table, const char *site, const char *device, const char *counts, const struct line *line,
			 struct err_info *info)
{
	struct buf energy;
	struct buf carbon;
	const char *cell[5] = {site, device, NULL, NULL, counts};
	enum err err;

	buf_init(&energy, NUM_TEXT_BYTES);
	buf_init(&carbon, NUM_TEXT_BYTES);
	if (line->has_energy)
		figure_add_kwh(&energy, line->millij, 6);
	else
		buf_add_text(&energy, FIGURE_NONE);
	if (line->has_carbon)
		figure_add_kg(&carbon, line->mg, 6);
	else
		buf_add_text(&carbon, FIGURE_NONE);
	cell[2] = buf_text(&energy);
	cell[3] = buf_text(&carbon);
	err = table_add(table, cell, info);
	buf_deinit(&energy);
	buf_deinit(&carbon);
	return err;
}

static enum err add_source_line(struct table *table, const struct tally *tally, const struct tally_source *source, struct line *sum,
				struct err_info *info)
{
	struct line line = {0};

	line.has_energy = tally_energy_millij(tally, source, &line.millij);
	line.has_carbon = tally_carbon_mg(tally, source, &line.mg);
	if (source->is_in_total && line.has_energy) {
		sum->has_energy = true;
		sum->millij += line.millij;
		sum->mg += line.mg;
		/* One amount without a factor makes the sum unknown. */
		sum->has_carbon = sum->has_carbon && line.has_carbon;
	}
	return add_line(table, source->site, source->device, source->is_in_total ? "yes" : "no", &line, info);
}

enum err tally_print(const struct tally *tally, FILE *out, struct err_info *info)
{
	static const struct table_column COLUMNS[] = {{"SITE", "site", false},
						      {"SOURCE", "device", false},
						      {"ENERGY kWh", "energy_kwh", true},
						      {"kg CO2e", "location_kg", true},
						      {"COUNTS", "in_total", false}};
	struct table *table = table_new(COLUMNS, sizeof(COLUMNS) / sizeof(COLUMNS[0]));
	struct line sum = {.has_carbon = true};
	enum err err = table == NULL ? err_set(info, ERR_MEMORY, "no memory") : ERR_NONE;

	for (size_t i = 0; err == ERR_NONE && i < tally->count; i++)
		err = add_source_line(table, tally, &tally->source[i], &sum, info);
	sum.has_carbon = sum.has_carbon && sum.has_energy;
	if (err == ERR_NONE)
		err = add_line(table, "", SUM_NAME, "", &sum, info);
	if (err == ERR_NONE)
		err = table_print(table, out, CLI_TABLE, info);
	table_free(table);
	return err;
}
