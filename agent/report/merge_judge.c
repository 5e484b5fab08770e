/* SPDX-License-Identifier: Apache-2.0 */
/* merge_judge: which sites count, what they come to, and what is to be said about them. */
#include "report/merge_priv.h"

#include "base/csv.h"
#include "base/file.h"
#include "base/mem.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

enum { EXPECTED_BYTES_MAX = 64 << 20, EXPECTED_MAX = 1000000 };

static const char *const FATES[MERGE_FATE_COUNT] = {"counted", "unreadable", "forged", "not expected", "twice", "other period"};

const char *merge_fate_name(enum merge_fate fate)
{
	return (unsigned)fate < MERGE_FATE_COUNT ? FATES[fate] : "?";
}

/* ---- Who is expected ---- */

static int compare_expected(const void *a, const void *b)
{
	return strcmp(((const struct merge_expected *)a)->site, ((const struct merge_expected *)b)->site);
}

struct merge_expected *merge_find_expected(const struct merge *merge, const char *site)
{
	for (size_t low = 0, high = merge->expected_count; low < high;) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(merge->expected[middle].site, site);

		if (order == 0)
			return &merge->expected[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

/* The hexadecimal digits of a key, also behind the word that a key file has before them; "" and n/a: any key. */
static bool take_key(struct merge_expected *expected, const char *cell)
{
	const char *digits = strrchr(cell, ' ') == NULL ? cell : strrchr(cell, ' ') + 1;
	size_t bytes = 0;

	if (cell[0] == '\0' || strcmp(cell, "n/a") == 0)
		return true;
	expected->has_key = true;
	return strlen(digits) == 2 * sizeof(expected->key) &&
	       sodium_hex2bin(expected->key, sizeof(expected->key), digits, strlen(digits), NULL, &bytes, NULL) == 0 &&
	       bytes == sizeof(expected->key);
}

static enum err add_expected(struct merge *merge, const struct csv_row *row, const size_t *at, struct err_info *info)
{
	struct merge_expected expected = {.site = NULL};
	void *array = merge->expected;
	enum err err = mem_grow(&array, &merge->expected_capacity, merge->expected_count, EXPECTED_MAX, sizeof(expected));
	const char *path = merge->request->expected_path;

	merge->expected = array;
	if (err != ERR_NONE)
		return err_set(info, err, "%s: more than %d sites", path, EXPECTED_MAX);
	if (at[0] >= row->count || row->cell[at[0]][0] == '\0')
		return err_set(info, ERR_DATA, "%s:%zu: no site stands here", path, row->line);
	if (at[1] < row->count && !take_key(&expected, row->cell[at[1]]))
		return err_set(info, ERR_DATA, "%s:%zu: public_key is not 64 hexadecimal digits", path, row->line);
	expected.site = mem_dup(row->cell[at[0]]);
	merge->expected[merge->expected_count] = expected;
	if (expected.site == NULL)
		return err_set(info, ERR_MEMORY, "no memory");
	merge->expected_count++;
	return ERR_NONE;
}

static enum err take_expected(struct merge *merge, struct csv_reader *reader, struct err_info *info)
{
	size_t at[2] = {SIZE_MAX, SIZE_MAX};
	struct csv_row row;
	bool is_end;
	enum err err = csv_next(reader, &row, &is_end, info);

	if (err != ERR_NONE)
		return err;
	for (size_t i = 0; !is_end && i < row.count; i++) {
		at[0] = strcmp(row.cell[i], "site") == 0 ? i : at[0];
		at[1] = strcmp(row.cell[i], "public_key") == 0 ? i : at[1];
	}
	if (at[0] == SIZE_MAX)
		return err_set(info, ERR_DATA, "%s:1: a header with the column 'site' (and 'public_key', if there is one) is expected",
			       merge->request->expected_path);
	while (err == ERR_NONE) {
		err = csv_next(reader, &row, &is_end, info);
		if (err != ERR_NONE || is_end)
			break;
		err = add_expected(merge, &row, at, info);
	}
	return err;
}

enum err merge_load_expected(struct merge *merge, struct err_info *info)
{
	struct csv_reader *reader;
	struct buf text;
	enum err err;

	if (merge->request->expected_path == NULL)
		return ERR_NONE;
	buf_init(&text, EXPECTED_BYTES_MAX);
	err = file_read(merge->request->expected_path, &text, info);
	reader = err != ERR_NONE ? NULL : csv_new(merge->request->expected_path, buf_text(&text), text.bytes);
	if (err == ERR_NONE)
		err = reader == NULL ? err_set(info, ERR_MEMORY, "no memory") : take_expected(merge, reader, info);
	csv_free(reader);
	buf_deinit(&text);
	if (err == ERR_NONE && merge->expected_count > 0)
		qsort(merge->expected, merge->expected_count, sizeof(merge->expected[0]), compare_expected);
	for (size_t i = 1; err == ERR_NONE && i < merge->expected_count; i++) {
		if (strcmp(merge->expected[i].site, merge->expected[i - 1].site) == 0)
			err = err_set(info, ERR_DATA, "%s: site '%s' stands there twice", merge->request->expected_path,
				      merge->expected[i].site);
	}
	return err;
}

/* ---- Who counts ---- */

static int compare_sites(const void *a, const void *b)
{
	const struct merge_site *x = a;
	const struct merge_site *y = b;
	int order = strcmp(x->id, y->id);

	return order != 0 ? order : (x->package > y->package) - (x->package < y->package);
}

/* The label that most sites have: what the others have is another period. */
static void find_period(struct merge *merge)
{
	size_t most = 0;

	for (size_t i = 0; i < merge->site_count; i++) {
		size_t count = 0;

		if (merge->label != NULL && strcmp(merge->site[i].label, merge->label) == 0)
			continue;
		for (size_t k = 0; k < merge->site_count; k++)
			count += merge->site[k].fate == MERGE_COUNTED && strcmp(merge->site[k].label, merge->site[i].label) == 0 ? 1 : 0;
		if (count > most) {
			most = count;
			merge->label = merge->site[i].label;
		}
	}
}

/* The key that a site's package must have is not the one it was signed with. */
static bool is_signed_by_another(const struct merge *merge, const struct merge_site *site)
{
	const struct merge_expected *expected = merge_find_expected(merge, site->id);
	const struct verify_summary *verified = &merge->package[site->package].verified;

	if (expected == NULL || !expected->has_key)
		return false;
	return verified->signature < VERIFY_SIGNATURE_SELF || memcmp(verified->signer, expected->key, sizeof(expected->key)) != 0;
}

static void judge_site(struct merge *merge, struct merge_site *site)
{
	struct merge_expected *expected = merge_find_expected(merge, site->id);

	if (expected != NULL)
		expected->is_claimed = true;
	if (site->fate != MERGE_COUNTED)
		return;
	if (is_signed_by_another(merge, site))
		site->fate = MERGE_FORGED;
	else if (merge->request->expected_path != NULL && expected == NULL)
		site->fate = MERGE_STRANGER;
	else if (strcmp(site->label, merge->label) != 0)
		site->fate = MERGE_OTHER_PERIOD;
}

/* Nobody knows which of two is the right one: none of them counts. */
static void find_doubles(struct merge *merge)
{
	for (size_t i = 0; i < merge->site_count; i++) {
		struct merge_site *a = &merge->site[i];

		for (size_t k = i + 1; k < merge->site_count && strcmp(merge->site[k].id, a->id) == 0; k++) {
			struct merge_site *b = &merge->site[k];
			bool is_candidate = (a->fate == MERGE_COUNTED || a->fate == MERGE_TWICE) && b->fate == MERGE_COUNTED;

			if (is_candidate && a->start_ms < b->end_ms && b->start_ms < a->end_ms)
				a->fate = b->fate = MERGE_TWICE;
		}
	}
}

static void add_amounts(struct merge_amounts *sum, const struct merge_amounts *part)
{
	sum->energy_sites += part->energy_sites;
	sum->energy_millij += part->energy_millij;
	sum->covered_ms += part->covered_ms;
	sum->expected_ms += part->expected_ms;
	sum->lacking_sites += part->lacking_sites;
	for (size_t i = 0; i < COVERAGE_COUNT; i++)
		sum->millij[i] += part->millij[i];
	for (size_t i = 0; i < MERGE_MASS_COUNT; i++) {
		sum->mass_sites[i] += part->mass_sites[i];
		sum->mass_mg[i] += part->mass_mg[i];
	}
}

/* ---- Words ---- */

static void tell_site(const struct merge *merge, const struct merge_site *site, struct buf *words)
{
	const struct merge_package *package = &merge->package[site->package];

	buf_add_format(words, "LEFT OUT  %s (%s): ", site->id, package->dir);
	switch (site->fate) {
	case MERGE_FORGED:
		if (package->is_good)
			buf_add_text(words, "FORGED: it is not signed with the key that the list of expected sites has for it");
		else
			buf_add_format(words, "FORGED or damaged: %s", package->why == NULL ? "it lacks the site's row" : package->why);
		break;
	case MERGE_STRANGER: buf_add_text(words, "not on the list of expected sites"); break;
	case MERGE_TWICE: buf_add_text(words, "there are two packages of this site and period, and nobody knows which is right"); break;
	case MERGE_OTHER_PERIOD: buf_add_format(words, "its period is %s, that of most is %s", site->label, merge->label); break;
	default: buf_add_text(words, merge_fate_name(site->fate));
	}
	buf_add_char(words, '\n');
}

/* Of a publisher the edition that most sites have; NULL: all have one. */
static const struct merge_use *usual_edition(const struct merge *merge, const struct merge_use *edition)
{
	const struct merge_use *most = edition;

	for (size_t i = 0; i < merge->edition_count; i++) {
		const struct merge_use *other = &merge->edition[i];

		if (other->publisher != NULL && strcmp(other->publisher, edition->publisher) == 0 && other->count > most->count)
			most = other;
	}
	return most == edition ? NULL : most;
}

static void tell_editions(struct merge *merge, const struct merge_site *site, struct buf *words)
{
	for (size_t i = 0; i < merge->edition_count; i++) {
		const struct merge_use *edition = &merge->edition[i];
		const struct merge_use *usual = edition->publisher == NULL ? NULL : usual_edition(merge, edition);

		if (usual == NULL || strstr(site->editions, edition->name) == NULL)
			continue;
		buf_add_format(words, "REMARK    %s (%s): OTHER FACTOR EDITION: '%s', most have '%s'; it counts\n", site->id,
			       merge->package[site->package].dir, edition->name, usual->name);
		merge->summary.remark_count++;
	}
}

static void tell_remarks(struct merge *merge, const struct merge_site *site, struct buf *words)
{
	const char *dir = merge->package[site->package].dir;

	if (strcmp(site->state, "sealed") != 0) {
		buf_add_format(words, "REMARK    %s (%s): NOT SEALED (%s): its figures may still change; it counts\n", site->id, dir,
			       site->state[0] == '\0' ? "state unknown" : site->state);
		merge->summary.remark_count++;
	}
	if (site->amounts.energy_sites == 0 || site->amounts.lacking_sites > 0) {
		buf_add_format(words, "REMARK    %s (%s): %s\n", site->id, dir,
			       site->amounts.energy_sites == 0 ? "nothing is known of its energy: the sums are without it"
							       : "grid energy without a factor: emissions of the fleet are unknown");
		merge->summary.remark_count++;
	}
	tell_editions(merge, site, words);
}

static void tell_versions(struct merge *merge, struct buf *words)
{
	if (merge->version_count < 2)
		return;
	buf_add_text(words, "REMARK    packages are of several versions:");
	for (size_t i = 0; i < merge->version_count; i++)
		buf_add_format(words, "%s %zu of %s", i > 0 ? "," : "", merge->version[i].count, merge->version[i].name);
	buf_add_char(words, '\n');
	merge->summary.remark_count++;
}

static void tell_packages(struct merge *merge, struct buf *words)
{
	for (size_t i = 0; i < merge->package_count; i++) {
		if (merge->package[i].version != NULL)
			continue;
		buf_add_format(words, "LEFT OUT  %s: UNREADABLE: %s\n", merge->package[i].dir, merge->package[i].why);
		merge->summary.left_out_count++;
	}
	for (size_t i = 0; i < merge->expected_count; i++) {
		if (merge->expected[i].is_claimed)
			continue;
		buf_add_format(words, "MISSING   %s: there is no package of it\n", merge->expected[i].site);
		merge->summary.missing_count++;
	}
}

enum err merge_judge(struct merge *merge, struct buf *words, struct err_info *info)
{
	enum err err = ERR_NONE;

	if (merge->site_count > 0)
		qsort(merge->site, merge->site_count, sizeof(merge->site[0]), compare_sites);
	find_period(merge);
	for (size_t i = 0; i < merge->site_count; i++)
		judge_site(merge, &merge->site[i]);
	find_doubles(merge);
	for (size_t i = 0; i < merge->site_count; i++) {
		const struct merge_site *site = &merge->site[i];

		if (site->fate != MERGE_COUNTED) {
			tell_site(merge, site, words);
			merge->summary.left_out_count++;
			continue;
		}
		add_amounts(&merge->fleet, &site->amounts);
		merge->summary.site_count++;
		tell_remarks(merge, site, words);
	}
	tell_packages(merge, words);
	for (size_t i = 0; err == ERR_NONE && i < merge->package_count; i++) {
		if (merge->package[i].version != NULL)
			err = merge_use(&merge->version, &merge->version_count, &merge->version_capacity, NULL, merge->package[i].version,
					info);
	}
	tell_versions(merge, words);
	return err;
}
