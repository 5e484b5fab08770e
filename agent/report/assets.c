/* SPDX-License-Identifier: Apache-2.0 */
#include "report/assets.h"

#include "base/mem.h"
#include "base/num.h"
#include "base/text.h"
#include "model/units.h"

#include <stdio.h>
#include <string.h>

void report_assets_term(char out[static ASSET_TEXT_BYTES], const char *note, const char *key)
{
	size_t key_bytes = strlen(key);

	out[0] = '\0';
	while (*note != '\0') {
		size_t bytes;

		note += strspn(note, " ;");
		bytes = strcspn(note, ";");
		if (bytes > key_bytes && strncmp(note, key, key_bytes) == 0 && note[key_bytes] == '=') {
			size_t value_bytes = bytes - key_bytes - 1;

			while (value_bytes > 0 && note[key_bytes + value_bytes] == ' ')
				value_bytes--;
			if (value_bytes < ASSET_TEXT_BYTES)
				(void)snprintf(out, ASSET_TEXT_BYTES, "%.*s", (int)value_bytes, note + key_bytes + 1);
			return;
		}
		note += bytes;
	}
}

/* What of a node follows its first part; NULL: that is another one. */
static const char *behind(const char *node, const char *part)
{
	size_t bytes = strlen(part);

	return strncmp(node, part, bytes) == 0 && (node[bytes] == '\0' || node[bytes] == '/') ? node + bytes : NULL;
}

bool report_assets_is_of(const char *asset_node, const char *site, const char *device)
{
	const char *rest = behind(asset_node, site);

	return rest != NULL && *rest == '/' && behind(rest + 1, device) != NULL;
}

int64_t report_assets_share(const struct report_asset *asset, int64_t start_ms, int64_t end_ms)
{
	int64_t life_ms = asset->life_to_ms - asset->life_from_ms;
	int64_t from_ms = asset->life_from_ms > start_ms ? asset->life_from_ms : start_ms;
	int64_t to_ms = asset->life_to_ms < end_ms ? asset->life_to_ms : end_ms;

	if (asset->disposed_ms != 0 && asset->disposed_ms < to_ms)
		to_ms = asset->disposed_ms;
	return life_ms <= 0 || to_ms <= from_ms ? 0 : num_muldiv_half_even(asset->embodied_mg, to_ms - from_ms, life_ms);
}

void report_assets_add(struct report_assets *sum, const struct report_asset *asset, int64_t end_ms)
{
	bool is_gone = asset->disposed_ms != 0 && asset->disposed_ms < end_ms;
	bool is_saturated = false;

	if (asset->has_mass) {
		sum->mass_count++;
		sum->mass_micro_kg = num_add_saturating(sum->mass_micro_kg, is_gone ? 0 : asset->mass_micro_kg, &is_saturated);
	}
	if (asset->life_from_ms != 0) {
		sum->embodied_count++;
		sum->embodied_mg = num_add_saturating(sum->embodied_mg, asset->period_mg, &is_saturated);
	}
}

/* ---- The list ---- */

static struct report_asset *find(struct report_asset *list, size_t count, const char *node, const char *serial)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(list[i].node, node) == 0 && strcmp(list[i].serial, serial) == 0)
			return &list[i];
	}
	return NULL;
}

/* Of two entries of the same the later one holds. */
static void take(struct report_asset *asset, const struct report_entered_row *row)
{
	if (strcmp(row->what, ASSET_COMMISSIONED) == 0) {
		asset->has_mass = true;
		asset->commissioned_ms = row->from_ms;
		asset->mass_micro_kg = row->value_micro;
	} else if (strcmp(row->what, ASSET_DISPOSED) == 0) {
		asset->has_disposed = true;
		asset->disposed_ms = row->from_ms;
		asset->disposed_micro_kg = row->value_micro;
		report_assets_term(asset->route, row->note, "route");
	} else if (strcmp(row->what, ASSET_EMBODIED) == 0) {
		asset->life_from_ms = row->from_ms;
		asset->life_to_ms = row->to_ms;
		asset->embodied_mg = row->value_micro; /* millionths of a kilogram */
	}
	asset->entry_count++;
}

enum err report_assets_list(struct report_asset **out, size_t *count, const struct report_entered *entered, const struct report_site *site,
			    struct err_info *info)
{
	const struct report_entered_row *row = entered->row + site->first_entered;
	struct report_asset *list = mem_new_array(site->entered_count + 1, sizeof(*list));

	*count = 0;
	if (list == NULL)
		return err_set(info, ERR_MEMORY, "no memory for the assets of site '%s'", site->id);
	for (size_t i = 0; i < site->entered_count; i++) {
		char serial[ASSET_TEXT_BYTES];
		struct report_asset *asset;

		if (!row[i].counts || strcmp(row[i].kind, ASSET_KIND) != 0)
			continue;
		report_assets_term(serial, row[i].note, "serial");
		asset = find(list, *count, row[i].node, serial);
		if (asset == NULL) {
			asset = &list[(*count)++];
			asset->node = row[i].node;
			(void)text_copy(asset->serial, sizeof(asset->serial), serial);
		}
		take(asset, &row[i]);
	}
	for (size_t i = 0; i < *count; i++)
		list[i].period_mg = report_assets_share(&list[i], site->span.start_s * UNITS_MS_PER_S, site->span.end_s * UNITS_MS_PER_S);
	*out = list;
	return ERR_NONE;
}
