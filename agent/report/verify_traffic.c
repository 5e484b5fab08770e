/* SPDX-License-Identifier: Apache-2.0 */
/* verify_traffic: octets of traffic.csv against their interval rows, sums of ports, and that each ratio is that of its integers. */
#include "report/verify_priv.h"

#include "base/mem.h"
#include "base/num.h"
#include "model/quantity.h"
#include "report/export.h"
#include "report/figure.h"
#include "report/traffic.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS_MAX = 10000000, NODE_BYTES = 4096, TEXT_BYTES = 256 };

/* A row of traffic.csv as it says, and as its interval rows and ports give it. */
struct verify_octets {
	char *node; /* owned; a port's or flow's "SITE/DEVICE/KEY", a site's "SITE ref", a device's "SITE/DEVICE ref" */
	size_t line;
	bool is_sum; /* of ports */
	int64_t rx_said, tx_said;
	int64_t rx_sum, tx_sum;
};

struct verify_octets_list {
	struct verify_octets *row; /* by node once all are there */
	size_t count;
	size_t capacity;
};

enum column {
	COLUMN_LEVEL = 0,
	COLUMN_SITE,
	COLUMN_DEVICE,
	COLUMN_PORT,
	COLUMN_FLOW,
	COLUMN_REF,
	COLUMN_RX,
	COLUMN_TX,
	COLUMN_OCTETS,
	COLUMN_ENERGY,
	COLUMN_MG,
	COLUMN_WH,
	COLUMN_J,
	COLUMN_G
};

static const char *const COLUMNS[] = {[COLUMN_LEVEL] = "level",
				      [COLUMN_SITE] = "site",
				      [COLUMN_DEVICE] = "device",
				      [COLUMN_PORT] = "port",
				      [COLUMN_FLOW] = "flow",
				      [COLUMN_REF] = "ref",
				      [COLUMN_RX] = "rx_bytes",
				      [COLUMN_TX] = "tx_bytes",
				      [COLUMN_OCTETS] = "valid_bytes",
				      [COLUMN_ENERGY] = "valid_energy_millij",
				      [COLUMN_MG] = "valid_scope2_lb_mg",
				      [COLUMN_WH] = "wh_per_gb",
				      [COLUMN_J] = "j_per_bit",
				      [COLUMN_G] = "gco2e_per_gb",
				      NULL};

/* An integer, or nothing for n/a. */
static bool take(const char *cell, int64_t *value)
{
	*value = 0;
	return strcmp(cell, FIGURE_NONE) == 0 || num_parse_i64(cell, value);
}

static int compare(const void *a, const void *b)
{
	return strcmp(((const struct verify_octets *)a)->node, ((const struct verify_octets *)b)->node);
}

static struct verify_octets *find(const struct verification *verification, char *node)
{
	const struct verify_octets_list *list = verification->octets;
	struct verify_octets wanted = {.node = node};

	return list->count == 0 ? NULL : bsearch(&wanted, list->row, list->count, sizeof(wanted), compare);
}

static void check_ratio(struct verification *verification, size_t line, const char *name, const char *cell,
			void (*add)(struct buf *, const struct report_intensity *), const struct report_intensity *intensity)
{
	struct buf text;

	buf_init(&text, TEXT_BYTES);
	add(&text, intensity);
	if (strcmp(buf_text(&text), cell) != 0)
		verify_find(verification, EXPORT_TRAFFIC ":%zu: %s is %.64s, of its integers it is %s", line, name, cell, buf_text(&text));
	buf_deinit(&text);
}

static enum err check_ratios(struct verification *verification, const struct csv_row *row, const char *const *cell, struct err_info *info)
{
	struct report_intensity intensity = {.has_location = strcmp(cell[COLUMN_MG], FIGURE_NONE) != 0};

	if (!take(cell[COLUMN_OCTETS], &intensity.octets) || !take(cell[COLUMN_ENERGY], &intensity.energy_millij) ||
	    !take(cell[COLUMN_MG], &intensity.location_mg))
		return err_set(info, ERR_DATA, EXPORT_TRAFFIC ":%zu: an amount of valid time is no integer", row->line);
	intensity.missing = intensity.octets > 0 ? NULL : FIGURE_NONE;
	check_ratio(verification, row->line, COLUMNS[COLUMN_WH], cell[COLUMN_WH], report_traffic_add_wh_per_gb, &intensity);
	check_ratio(verification, row->line, COLUMNS[COLUMN_J], cell[COLUMN_J], report_traffic_add_j_per_bit, &intensity);
	check_ratio(verification, row->line, COLUMNS[COLUMN_G], cell[COLUMN_G], report_traffic_add_g_per_gb, &intensity);
	return ERR_NONE;
}

static enum err take_row(struct verification *verification, const struct csv_row *row, const char *const *cell, struct err_info *info)
{
	struct verify_octets_list *list = verification->octets;
	bool is_port = strcmp(cell[COLUMN_PORT], FIGURE_NONE) != 0;
	bool is_device = strcmp(cell[COLUMN_DEVICE], FIGURE_NONE) != 0;
	struct verify_octets octets = {.line = row->line, .is_sum = !is_port};
	char node[NODE_BYTES];
	void *array = list->row;
	enum err err;

	if (!take(cell[COLUMN_RX], &octets.rx_said) || !take(cell[COLUMN_TX], &octets.tx_said))
		return err_set(info, ERR_DATA, EXPORT_TRAFFIC ":%zu: octets are no integer", row->line);
	if (is_port)
		snprintf(node, sizeof(node), "%.255s/%.255s/%.255s", cell[COLUMN_SITE], cell[COLUMN_DEVICE],
			 strcmp(cell[COLUMN_FLOW], "all") == 0 ? cell[COLUMN_PORT] : cell[COLUMN_FLOW]);
	else
		snprintf(node, sizeof(node), "%.255s%s%.255s %.64s", cell[COLUMN_SITE], is_device ? "/" : "",
			 is_device ? cell[COLUMN_DEVICE] : "", cell[COLUMN_REF]);
	err = mem_grow(&array, &list->capacity, list->count, ROWS_MAX, sizeof(octets));
	list->row = array;
	if (err != ERR_NONE)
		return err_set(info, err, EXPORT_TRAFFIC ": no room for its rows");
	octets.node = mem_dup(node);
	list->row[list->count++] = octets;
	return octets.node == NULL ? err_set(info, ERR_MEMORY, "no memory") : check_ratios(verification, row, cell, info);
}

static enum err take_interval(struct verification *verification, const struct csv_row *row, const char *const *cell, struct err_info *info)
{
	enum quantity quantity = quantity_find(cell[3]);
	char node[NODE_BYTES];
	struct verify_octets *octets;
	int64_t amount = 0;

	if (quantity != QUANTITY_RX_OCTETS && quantity != QUANTITY_TX_OCTETS)
		return ERR_NONE;
	for (size_t i = 4; i < 9; i++) {
		int64_t part;

		if (!num_parse_i64(cell[i], &part))
			return err_set(info, ERR_DATA, "intervals.csv:%zu: octets '%.80s' are no integer", row->line, cell[i]);
		amount += part;
	}
	snprintf(node, sizeof(node), "%.255s/%.255s/%.255s", cell[0], cell[1], cell[2]);
	octets = find(verification, node);
	if (octets == NULL)
		verify_find(verification, "intervals.csv:%zu: " EXPORT_TRAFFIC " has no row of %s", row->line, node);
	else if (quantity == QUANTITY_RX_OCTETS)
		octets->rx_sum += amount;
	else
		octets->tx_sum += amount;
	return ERR_NONE;
}

/* Ports, and not their flows, add up to the rows of their site and device. */
static enum err add_port(struct verification *verification, const struct csv_row *row, const char *const *cell, struct err_info *info)
{
	char node[NODE_BYTES];
	struct verify_octets *port;
	struct verify_octets *sum;

	(void)row;
	(void)info;
	if (strcmp(cell[COLUMN_LEVEL], report_traffic_level_name(REPORT_TRAFFIC_PORT)) != 0)
		return ERR_NONE;
	snprintf(node, sizeof(node), "%.255s/%.255s/%.255s", cell[COLUMN_SITE], cell[COLUMN_DEVICE], cell[COLUMN_PORT]);
	port = find(verification, node);
	for (int i = 0; port != NULL && i < 2; i++) {
		snprintf(node, sizeof(node), "%.255s%s%.255s %.64s", cell[COLUMN_SITE], i == 0 ? "" : "/",
			 i == 0 ? "" : cell[COLUMN_DEVICE], cell[COLUMN_REF]);
		sum = find(verification, node);
		if (sum == NULL)
			continue;
		sum->rx_sum += port->rx_sum;
		sum->tx_sum += port->tx_sum;
	}
	return ERR_NONE;
}

static void compare_all(struct verification *verification)
{
	for (size_t i = 0; i < verification->octets->count; i++) {
		const struct verify_octets *row = &verification->octets->row[i];

		if (row->rx_said != row->rx_sum || row->tx_said != row->tx_sum)
			verify_find(verification, EXPORT_TRAFFIC ":%zu: %s: rx_bytes %lld and tx_bytes %lld, its %s give %lld and %lld",
				    row->line, row->node, (long long)row->rx_said, (long long)row->tx_said,
				    row->is_sum ? "ports" : "intervals", (long long)row->rx_sum, (long long)row->tx_sum);
	}
}

enum err verify_traffic(struct verification *verification, struct err_info *info)
{
	static const char *const INTERVALS[] = {"site",           "device",           "meter",         "quantity",      "measured_millij",
						"bridged_millij", "estimated_millij", "manual_millij", "static_millij", NULL};
	struct verify_octets_list list = {0};
	enum err err;

	if (!verification->has_traffic)
		return ERR_NONE;
	verification->octets = &list;
	err = verify_walk(verification, EXPORT_TRAFFIC, COLUMNS, take_row, info);
	if (err == ERR_NONE && list.count > 0)
		qsort(list.row, list.count, sizeof(list.row[0]), compare);
	/* A gigabyte is not read again for nothing. */
	if (err == ERR_NONE && (list.count > 0 || verification->other_rows > 0))
		err = verify_walk(verification, EXPORT_INTERVALS, INTERVALS, take_interval, info);
	if (err == ERR_NONE)
		err = verify_walk(verification, EXPORT_TRAFFIC, COLUMNS, add_port, info);
	if (err == ERR_NONE)
		compare_all(verification);
	for (size_t i = 0; i < list.count; i++)
		mem_free(list.row[i].node);
	mem_free(list.row);
	verification->octets = NULL;
	return err;
}
