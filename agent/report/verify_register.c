/* SPDX-License-Identifier: Apache-2.0 */
/* verify_register: the meters of register.csv, as reports read them. */
#include "report/verify_priv.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/text.h"
#include "report/export.h"
#include "report/figure.h"

#include <stdlib.h>
#include <string.h>

enum { ROWS_MAX = 100000000, NAMES_MAX = 8 };

enum column {
	NODE = 0,
	PARENT,
	SERIAL,
	FROM,
	TO,
	TYPE,
	QUANTITY,
	ROLE,
	IN_TOTAL,
	POINT,
	SUPPLY,
	CALIBER,
	COMPONENT,
	ZONE,
	CORRECTED,
	STORED_ROLE,
	STORED_IN_TOTAL,
	METER_ID,
	MULTIPLIER,
	SOURCE,
	PRODUCT,
	FED_BY,
	FACTS,
	SITE_FACTS
};

static bool is_none(const char *cell)
{
	return cell == NULL || strcmp(cell, FIGURE_NONE) == 0;
}

static bool is_yes(const char *cell)
{
	return cell != NULL && strcmp(cell, "yes") == 0;
}

/* ---- Texts ---- */

enum text { TEXT_NODE = 0, TEXT_PARENT, TEXT_SERIAL, TEXT_ZONE, TEXT_SOURCE, TEXT_FED_BY, TEXT_FACTS, TEXT_SITE_FACTS, TEXT_COUNT };

/* Cuts a node at its first two slashes; what lacks is "". */
static void cut(char *node, const char *part[static 3])
{
	for (int i = 0; i < 3; i++) {
		char *slash = i < 2 ? strchr(node, '/') : NULL;

		part[i] = node;
		node = slash == NULL ? node + strlen(node) : slash + 1;
		if (slash != NULL)
			*slash = '\0';
	}
}

/* All in one block. */
static bool take_texts(struct report_entry *entry, const char *const *cell, const char *fed_by)
{
	const char *const text[TEXT_COUNT] = {cell[NODE],   cell[PARENT], cell[SERIAL], cell[ZONE],
					      cell[SOURCE], fed_by,       cell[FACTS],  cell[SITE_FACTS]};
	const char *part[3];
	char *at[TEXT_COUNT];
	size_t bytes = 0;

	for (int i = 0; i < TEXT_COUNT; i++)
		bytes += is_none(text[i]) ? 1 : strlen(text[i]) + 1;
	entry->text = mem_new(bytes);
	if (entry->text == NULL)
		return false;
	bytes = 0;
	for (int i = 0; i < TEXT_COUNT; i++) {
		size_t length = is_none(text[i]) ? 0 : strlen(text[i]);

		at[i] = entry->text + bytes;
		memcpy(at[i], is_none(text[i]) ? "" : text[i], length);
		bytes += length + 1;
	}
	cut(at[TEXT_PARENT], part);
	entry->row.parent = part[2];
	cut(at[TEXT_NODE], part);
	entry->row.site = part[0];
	entry->row.device = part[1];
	entry->row.key = part[2];
	entry->row.serial = at[TEXT_SERIAL];
	entry->row.grid_zone = at[TEXT_ZONE];
	entry->row.source = at[TEXT_SOURCE];
	entry->row.fed_by = at[TEXT_FED_BY];
	entry->row.facts = at[TEXT_FACTS];
	entry->row.site_facts = at[TEXT_SITE_FACTS];
	return true;
}

/* ---- Rows ---- */

/* "360000000", "1000/3". */
static bool take_multiplier(struct counter_spec *counter, const char *cell)
{
	char number[NUM_TEXT_BYTES];
	size_t length;

	if (is_none(cell))
		return true;
	counter->unit_den = 1;
	length = strcspn(cell, "/");
	if (length >= sizeof(number))
		return false;
	memcpy(number, cell, length);
	number[length] = '\0';
	return num_parse_i64(number, &counter->unit_num) && counter->unit_num > 0 &&
	       (cell[length] == '\0' || (num_parse_i64(cell + length + 1, &counter->unit_den) && counter->unit_den > 0));
}

static bool take_span(struct ledger_register_row *row, const char *const *cell)
{
	row->valid_to_ms = INT64_MAX;
	return (is_none(cell[FROM]) || clock_parse_utc(cell[FROM], &row->valid_from_ms)) &&
	       (is_none(cell[TO]) || clock_parse_utc(cell[TO], &row->valid_to_ms));
}

static bool take_words(struct report_entry *entry, const char *const *cell)
{
	struct ledger_register_row *row = &entry->row;
	int64_t meter_id = 0;

	if (!take_span(row, cell) || !role_find(cell[ROLE], &row->role) || !point_find(cell[POINT], &row->point) ||
	    !supply_find(cell[SUPPLY], &row->supply) || !caliber_find(cell[CALIBER], &row->caliber) ||
	    !take_multiplier(&row->counter, cell[MULTIPLIER]) ||
	    (cell[METER_ID] != NULL && (!num_parse_i64(cell[METER_ID], &meter_id) || meter_id <= 0 || meter_id > UINT32_MAX)))
		return false;
	row->meter_id = (uint32_t)meter_id;
	row->is_in_total = is_yes(cell[IN_TOTAL]);
	row->is_component = is_yes(cell[COMPONENT]);
	row->is_product = is_yes(cell[PRODUCT]);
	entry->is_corrected = is_yes(cell[CORRECTED]);
	entry->stored = (struct report_stored){.role = row->role, .is_in_total = row->is_in_total};
	if (cell[STORED_IN_TOTAL] != NULL)
		entry->stored.is_in_total = is_yes(cell[STORED_IN_TOTAL]);
	return cell[STORED_ROLE] == NULL || role_find(cell[STORED_ROLE], &entry->stored.role);
}

static enum err add_meter(struct verification *verification, const char *node, size_t entry_idx, struct err_info *info)
{
	const struct report_register *reg = &verification->package.totals.reg;
	struct verify_meter meter = {.entry_idx = entry_idx, .from_ms = reg->entry[entry_idx].row.valid_from_ms, .node = mem_dup(node)};
	void *array = verification->meter;
	enum err err = mem_grow(&array, &verification->meter_capacity, verification->meter_count, ROWS_MAX, sizeof(meter));

	verification->meter = array;
	if (err == ERR_NONE && meter.node != NULL) {
		verification->meter[verification->meter_count++] = meter;
		return ERR_NONE;
	}
	mem_free(meter.node);
	return err_set(info, ERR_MEMORY, "no memory for register.csv");
}

/* Devices stand before their meters, which have what feeds them without its site: "oslo/pdu-a/outlet/1;oslo/pdu-b" is "pdu-a/outlet/1,pdu-b". */
static void take_feeds(struct verification *verification, const char *cell)
{
	struct buf feeds;

	buf_init(&feeds, sizeof(verification->fed_by) - 1);
	while (!is_none(cell) && *cell != '\0') {
		size_t bytes = strcspn(cell, ";");
		const char *device = memchr(cell, '/', bytes);

		if (device != NULL) {
			buf_add_text(&feeds, feeds.bytes == 0 ? "" : ",");
			buf_add(&feeds, device + 1, bytes - (size_t)(device + 1 - cell));
		}
		cell += bytes + (cell[bytes] == ';' ? 1 : 0);
	}
	(void)text_copy(verification->fed_by, sizeof(verification->fed_by), buf_text(&feeds));
	buf_deinit(&feeds);
}

/* It is the entry's device, or a meter of that. */
static bool is_of_device(const struct report_entry *entry, const char *node)
{
	size_t site_bytes = strlen(entry->row.site);
	size_t bytes = site_bytes + 1 + strlen(entry->row.device);

	return strncmp(node, entry->row.site, site_bytes) == 0 && strlen(node) >= bytes && node[site_bytes] == '/' &&
	       strncmp(node + site_bytes + 1, entry->row.device, strlen(entry->row.device)) == 0 &&
	       (node[bytes] == '\0' || node[bytes] == '/');
}

/* A device has no meter until one of its rows, which come next, is met: only one that never answered has none then. */
static enum err take_device(struct verification *verification, const char *const *cell, struct err_info *info)
{
	struct report_register *reg = &verification->package.totals.reg;
	struct report_meterless silent = {.entry = {.text = NULL}};
	void *array = reg->meterless;
	enum err err;

	if (reg->meterless_count > 0 && is_of_device(&reg->meterless[reg->meterless_count - 1].entry, cell[NODE]))
		return ERR_NONE;
	err = mem_grow(&array, &reg->meterless_capacity, reg->meterless_count, ROWS_MAX, sizeof(silent));
	reg->meterless = array;
	if (err != ERR_NONE)
		return err_set(info, err, "register.csv: no room for its devices");
	if (!take_texts(&silent.entry, cell, ""))
		return err_set(info, ERR_MEMORY, "no memory for register.csv");
	reg->meterless[reg->meterless_count++] = silent;
	return ERR_NONE;
}

/* Before its meters a device has a row, and one more for each name that it had in the period: so many are looked at. */
static void drop_device(struct report_register *reg, const char *node)
{
	for (size_t back = 1; back <= NAMES_MAX && back <= reg->meterless_count; back++) {
		struct report_meterless *silent = &reg->meterless[reg->meterless_count - back];

		if (!is_of_device(&silent->entry, node))
			continue;
		mem_free(silent->entry.text);
		memmove(silent, silent + 1, (back - 1) * sizeof(*silent));
		reg->meterless_count--;
		return;
	}
}

static enum err take_meter(struct verification *verification, const struct csv_row *row, const char *const *cell, struct err_info *info)
{
	struct report_register *reg = &verification->package.totals.reg;
	struct report_entry entry = {.text = NULL};
	void *array = reg->entry;
	enum err err;

	entry.row.quantity = quantity_find(cell[QUANTITY]);
	if (entry.row.quantity != QUANTITY_ENERGY && entry.row.quantity != QUANTITY_ENERGY_OUT)
		return ERR_NONE;
	if (!take_words(&entry, cell))
		return err_set(info, ERR_DATA, "register.csv:%zu: the meter is not understood", row->line);
	verification->has_register = cell[METER_ID] != NULL && cell[MULTIPLIER] != NULL && cell[SOURCE] != NULL && cell[PRODUCT] != NULL &&
				     cell[FACTS] != NULL && cell[SITE_FACTS] != NULL;
	err = mem_grow(&array, &reg->entry_capacity, reg->entry_count, ROWS_MAX, sizeof(entry));
	reg->entry = array;
	if (err != ERR_NONE)
		return err_set(info, err, "register.csv: no room for its rows");
	if (!take_texts(&entry, cell, verification->fed_by))
		return err_set(info, ERR_MEMORY, "no memory for register.csv");
	reg->entry[reg->entry_count++] = entry;
	if (!is_of_device(&entry, cell[PARENT]))
		verify_find(verification, "register.csv:%zu: %s is no part of %s", row->line, cell[NODE], cell[PARENT]);
	return entry.row.quantity == QUANTITY_ENERGY ? add_meter(verification, cell[NODE], reg->entry_count - 1, info) : ERR_NONE;
}

static enum err take_row(struct verification *verification, const struct csv_row *row, const char *const *cell, struct err_info *info)
{
	if (strcmp(cell[TYPE], "device") == 0) {
		take_feeds(verification, cell[FED_BY]);
		return take_device(verification, cell, info);
	}
	if (strcmp(cell[TYPE], "meter") != 0)
		return ERR_NONE;
	drop_device(&verification->package.totals.reg, cell[NODE]);
	return take_meter(verification, row, cell, info);
}

static int compare_meters(const void *a, const void *b)
{
	const struct verify_meter *x = a;
	const struct verify_meter *y = b;
	int order = strcmp(x->node, y->node);

	return order != 0 ? order : (x->from_ms > y->from_ms) - (x->from_ms < y->from_ms);
}

/* In a package of a version that did not tell them: one a node, and its devices. */
static void number_meters(struct verification *verification)
{
	struct report_register *reg = &verification->package.totals.reg;
	uint32_t number = 0;

	for (size_t i = 0; !verification->has_register && i < verification->meter_count; i++) {
		number += i == 0 || strcmp(verification->meter[i].node, verification->meter[i - 1].node) != 0 ? 1 : 0;
		reg->entry[verification->meter[i].entry_idx].row.meter_id = number;
	}
}

/* A site that the manifest does not have, as it has no meter, is 0. */
static uint32_t site_id_of(const struct verification *verification, const char *id)
{
	const struct report_site *site = verify_find_site(verification, id);

	return site == NULL ? 0 : site->site_id;
}

/* What stands together is of one site, and one device. */
static void number_places(struct verification *verification)
{
	struct report_register *reg = &verification->package.totals.reg;

	for (size_t i = 0; i < reg->entry_count; i++) {
		const struct ledger_register_row *before = i == 0 ? NULL : &reg->entry[i - 1].row;
		struct ledger_register_row *row = &reg->entry[i].row;

		row->site_id = site_id_of(verification, row->site);
		row->device_id = before == NULL                                                                     ? 1
				 : strcmp(before->site, row->site) == 0 && strcmp(before->device, row->device) == 0 ? before->device_id
														    : before->device_id + 1;
	}
	for (size_t i = 0; i < reg->meterless_count; i++)
		reg->meterless[i].entry.row.site_id = site_id_of(verification, reg->meterless[i].entry.row.site);
}

enum err verify_load_register(struct verification *verification, struct err_info *info)
{
	static const char *const COLUMNS[] = {[NODE] = "node",
					      [PARENT] = "parent",
					      [SERIAL] = "asset",
					      [FROM] = "valid_from",
					      [TO] = "valid_to",
					      [TYPE] = "node_type",
					      [QUANTITY] = "quantity",
					      [ROLE] = "role",
					      [IN_TOTAL] = "in_total",
					      [POINT] = "point",
					      [SUPPLY] = "supply",
					      [CALIBER] = "caliber",
					      [COMPONENT] = "is_component",
					      [ZONE] = "zone",
					      [CORRECTED] = VERIFY_OPTIONAL "is_corrected",
					      [STORED_ROLE] = VERIFY_OPTIONAL "stored_role",
					      [STORED_IN_TOTAL] = VERIFY_OPTIONAL "stored_in_total",
					      [METER_ID] = VERIFY_OPTIONAL "meter_id",
					      [MULTIPLIER] = VERIFY_OPTIONAL "multiplier",
					      [SOURCE] = VERIFY_OPTIONAL "source",
					      [PRODUCT] = VERIFY_OPTIONAL "is_product",
					      [FED_BY] = "fed_by",
					      [FACTS] = VERIFY_OPTIONAL "facts",
					      [SITE_FACTS] = VERIFY_OPTIONAL "site_facts",
					      NULL};
	enum err err = verify_walk(verification, "register.csv", COLUMNS, take_row, info);

	if (err == ERR_NONE && verification->meter_count > 0)
		qsort(verification->meter, verification->meter_count, sizeof(verification->meter[0]), compare_meters);
	number_meters(verification);
	number_places(verification);
	return err == ERR_NONE ? report_register_index(&verification->package.totals.reg, info) : err;
}

const struct report_entry *verify_find_meter(const struct verification *verification, const char *node, int64_t utc_ms)
{
	size_t low = 0;
	size_t high = verification->meter_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(verification->meter[middle].node, node);

		if (order < 0 || (order == 0 && verification->meter[middle].from_ms <= utc_ms))
			low = middle + 1;
		else
			high = middle;
	}
	if (low > 0 && strcmp(verification->meter[low - 1].node, node) == 0)
		return &verification->package.totals.reg.entry[verification->meter[low - 1].entry_idx];
	if (low < verification->meter_count && strcmp(verification->meter[low].node, node) == 0)
		return &verification->package.totals.reg.entry[verification->meter[low].entry_idx];
	return NULL;
}
