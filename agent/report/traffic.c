/* SPDX-License-Identifier: Apache-2.0 */
#include "report/traffic.h"

#include "base/mem.h"
#include "base/num.h"
#include "ledger/query.h"
#include "model/units.h"
#include "report/traffic_priv.h"

#include <stdlib.h>
#include <string.h>

enum { ROWS_MAX = 10000000 };

/* Of a capture's packets, what it may drop. */
static const int64_t DROPPED_SHARE = 100;

/* The streams of a port or flow, in the order of the register. */
static const enum quantity STREAMS[] = {QUANTITY_RX_OCTETS, QUANTITY_TX_OCTETS, QUANTITY_CAPTURED_OCTETS, QUANTITY_CAPTURED_PACKETS,
					QUANTITY_DROPPED_PACKETS};
enum { STREAM_COUNT = sizeof(STREAMS) / sizeof(STREAMS[0]) };

const char *report_traffic_level_name(enum report_traffic_level level)
{
	static const char *const NAMES[] = {"site", "device", "port", "flow"};

	return (unsigned)level < sizeof(NAMES) / sizeof(NAMES[0]) ? NAMES[level] : "?";
}

/* ---- Rows of a site ---- */

/* Which row a stream of the ledger belongs to. */
struct place {
	uint32_t meter_id;
	size_t row_idx;
};

struct maker {
	struct report_traffics *out;
	struct ledger *ledger;
	const struct report_totals *totals;
	const struct report_site *site;
	struct place *place; /* by meter id once all are there */
	size_t place_count;
	size_t place_capacity;
};

static enum err add_row(struct maker *maker, const struct report_traffic *row, struct err_info *info)
{
	struct report_traffics *out = maker->out;
	void *array = out->row;
	enum err err = mem_grow(&array, &out->capacity, out->count, ROWS_MAX, sizeof(*out->row));

	out->row = array;
	if (err != ERR_NONE)
		return err_set(info, err, "no room for %zu rows of traffic", out->count + 1);
	out->row[out->count++] = *row;
	return ERR_NONE;
}

static enum err add_place(struct maker *maker, uint32_t meter_id, size_t row_idx, struct err_info *info)
{
	void *array = maker->place;
	enum err err = mem_grow(&array, &maker->place_capacity, maker->place_count, ROWS_MAX, sizeof(*maker->place));

	maker->place = array;
	if (err != ERR_NONE)
		return err_set(info, err, "no room for %zu streams", maker->place_count + 1);
	maker->place[maker->place_count++] = (struct place){meter_id, row_idx};
	return ERR_NONE;
}

static bool is_stream(const struct ledger_register_row *row)
{
	for (size_t i = 0; i < STREAM_COUNT; i++) {
		if (STREAMS[i] == row->quantity)
			return true;
	}
	return false;
}

static bool overlaps(const struct report_site *site, const struct ledger_register_row *row)
{
	return row->valid_from_ms < site->span.end_s * UNITS_MS_PER_S && row->valid_to_ms > site->span.start_s * UNITS_MS_PER_S;
}

/* Entries of one port or flow follow each other: a row for each, with its streams. */
static enum err find_ports(struct maker *maker, struct err_info *info)
{
	const struct report_entry *entry = maker->totals->reg.entry + maker->site->first_entry;
	const struct ledger_register_row *last = NULL;
	enum err err = ERR_NONE;

	for (size_t i = 0; err == ERR_NONE && i < maker->site->entry_count; i++) {
		const struct ledger_register_row *row = &entry[i].row;
		bool is_same = last != NULL && last->device_id == row->device_id && strcmp(last->key, row->key) == 0;

		if (!is_stream(row) || !overlaps(maker->site, row))
			continue;
		if (!is_same) {
			struct report_traffic port = {.level = row->is_port && row->parent[0] != '\0' ? REPORT_TRAFFIC_FLOW
												      : REPORT_TRAFFIC_PORT,
						      .site = maker->site};

			err = add_row(maker, &port, info);
		}
		last = row;
		if (err != ERR_NONE)
			break;
		maker->out->row[maker->out->count - 1].meter = row; /* the newest of them */
		maker->out->row[maker->out->count - 1].ref = row->ref;
		err = add_place(maker, row->meter_id, maker->out->count - 1, info);
	}
	return err;
}

/* ---- Sums ---- */

static int compare_places(const void *a, const void *b)
{
	const struct place *x = a;
	const struct place *y = b;

	return (x->meter_id > y->meter_id) - (x->meter_id < y->meter_id);
}

static int64_t sum_of(const struct ledger_sum *sum)
{
	int64_t total = 0;

	for (int i = 0; i < COVERAGE_COUNT; i++)
		total += sum->millij[i];
	return total;
}

static int64_t covered_of(const struct ledger_sum *sum)
{
	int64_t total = 0;

	for (int i = 0; i < COVERAGE_COUNT; i++)
		total += sum->covered_ms[i];
	return total;
}

static void add_direction(struct report_traffic *row, bool *has, int64_t *octets, const struct ledger_sum *sum)
{
	*has = *has || covered_of(sum) != 0 || sum_of(sum) != 0;
	*octets += sum_of(sum);
	row->covered_ms += covered_of(sum);
	row->estimated_octets += sum->millij[COVERAGE_ESTIMATED];
	row->status_bits |= sum->status_bits;
}

static enum err take_sum(void *context, const struct ledger_register_row *meter, int64_t from_s, int64_t to_s, const struct ledger_sum *sum,
			 struct err_info *info)
{
	struct maker *maker = context;
	struct place wanted = {.meter_id = meter->meter_id};
	const struct place *place =
	    maker->place_count == 0 ? NULL : bsearch(&wanted, maker->place, maker->place_count, sizeof(wanted), compare_places);
	struct report_traffic *row;
	int64_t now_s = maker->totals->now_utc_ms / UNITS_MS_PER_S;

	(void)info;
	(void)from_s;
	if (place == NULL)
		return ERR_NONE;
	row = &maker->out->row[place->row_idx];
	switch (meter->quantity) {
	case QUANTITY_RX_OCTETS: add_direction(row, &row->has_rx, &row->rx_octets, sum); break;
	case QUANTITY_TX_OCTETS: add_direction(row, &row->has_tx, &row->tx_octets, sum); break;
	case QUANTITY_CAPTURED_OCTETS:
		row->captured_octets += sum_of(sum);
		row->has_capture = row->has_capture || covered_of(sum) != 0;
		break;
	case QUANTITY_CAPTURED_PACKETS: row->captured_packets += sum_of(sum); break;
	case QUANTITY_DROPPED_PACKETS: row->dropped_packets += sum_of(sum); break;
	default: break;
	}
	if (meter->quantity != QUANTITY_RX_OCTETS && meter->quantity != QUANTITY_TX_OCTETS)
		return ERR_NONE;
	/* From the period's start, what came before the ledger knew the port is not covered; to now at most. */
	to_s = to_s < now_s ? to_s : now_s;
	if (to_s > maker->site->span.start_s && row->expected_ms < 2 * (to_s - maker->site->span.start_s) * UNITS_MS_PER_S)
		row->expected_ms = 2 * (to_s - maker->site->span.start_s) * UNITS_MS_PER_S;
	return ERR_NONE;
}

static enum err sum_streams(struct maker *maker, struct err_info *info)
{
	enum err err = ERR_NONE;

	if (maker->place_count > 0)
		qsort(maker->place, maker->place_count, sizeof(*maker->place), compare_places);
	for (size_t i = 0; err == ERR_NONE && i < STREAM_COUNT; i++) {
		struct ledger_filter filter = {.start_s = maker->site->span.start_s,
					       .end_s = maker->site->span.end_s,
					       .site_id = maker->site->site_id,
					       .quantity = STREAMS[i]};

		err = ledger_query_totals(maker->ledger, &filter, take_sum, maker, info);
	}
	return err;
}

/* ---- Captures ---- */

static struct report_traffic *find_port(struct maker *maker, size_t first, const struct ledger_register_row *flow)
{
	for (size_t i = first; i < maker->out->count; i++) {
		struct report_traffic *row = &maker->out->row[i];

		if (row->level == REPORT_TRAFFIC_PORT && row->meter->device_id == flow->device_id &&
		    strcmp(row->meter->key, flow->parent) == 0)
			return row;
	}
	return NULL;
}

static void copy_capture(struct report_traffic *to, const struct report_traffic *from)
{
	to->has_capture = from->has_capture;
	to->captured_octets = from->captured_octets;
	to->captured_packets = from->captured_packets;
	to->dropped_packets = from->dropped_packets;
}

static bool has_octets(const struct report_traffic *row)
{
	return row->has_rx || row->has_tx || row->meter->quantity == QUANTITY_RX_OCTETS || row->meter->quantity == QUANTITY_TX_OCTETS;
}

/* A capture's own counts are its port's, and so its flows'. They come as a flow without octets, whose site is taken away: it is no row. */
static void fold_captures(struct maker *maker, size_t first)
{
	for (size_t i = first; i < maker->out->count; i++) {
		struct report_traffic *row = &maker->out->row[i];
		struct report_traffic *port =
		    row->level == REPORT_TRAFFIC_FLOW && !has_octets(row) ? find_port(maker, first, row->meter) : NULL;

		if (port == NULL)
			continue;
		copy_capture(port, row);
		port->interface_octets = port->rx_octets + port->tx_octets;
		row->site = NULL;
	}
	for (size_t i = first; i < maker->out->count; i++) {
		struct report_traffic *row = &maker->out->row[i];
		const struct report_traffic *port = row->level == REPORT_TRAFFIC_FLOW ? find_port(maker, first, row->meter) : NULL;

		if (port == NULL || row->site == NULL)
			continue;
		copy_capture(row, port);
		row->interface_octets = port->interface_octets;
	}
}

static void drop_folded(struct maker *maker, size_t first)
{
	size_t kept = first;

	for (size_t i = first; i < maker->out->count; i++) {
		if (maker->out->row[i].site != NULL)
			maker->out->row[kept++] = maker->out->row[i];
	}
	maker->out->count = kept;
}

/* ---- Sums of ports ---- */

static void add_port(struct report_traffic *sum, const struct report_traffic *port)
{
	sum->has_rx = sum->has_rx || port->has_rx;
	sum->has_tx = sum->has_tx || port->has_tx;
	sum->rx_octets += port->rx_octets;
	sum->tx_octets += port->tx_octets;
	sum->covered_ms += port->covered_ms;
	sum->expected_ms += port->expected_ms;
	sum->estimated_octets += port->estimated_octets;
	sum->status_bits |= port->status_bits;
	if (!port->has_capture)
		return;
	sum->has_capture = true;
	sum->captured_octets += port->captured_octets;
	sum->captured_packets += port->captured_packets;
	sum->dropped_packets += port->dropped_packets;
	sum->interface_octets += port->interface_octets;
}

static bool is_of(const struct report_traffic *port, const struct report_traffic *sum)
{
	return port->level == REPORT_TRAFFIC_PORT && port->ref == sum->ref &&
	       (sum->level == REPORT_TRAFFIC_SITE || port->meter->device_id == sum->meter->device_id);
}

/* Why a flow of a port has no intensity; NULL: it has. */
static const char *flow_missing(const struct report_traffic *row)
{
	int64_t packets = row->captured_packets + row->dropped_packets;

	if (row->level == REPORT_TRAFFIC_FLOW && row->dropped_packets > packets / DROPPED_SHARE)
		return "the capture dropped more than a hundredth of the packets";
	if (row->level == REPORT_TRAFFIC_FLOW && row->estimated_octets > (row->rx_octets + row->tx_octets) / DROPPED_SHARE)
		return "more than a hundredth of the octets was reckoned";
	return row->ref == REF_UNI ? NULL : "its port is not at the users' side (ref: uni)";
}

/* A port's and a flow's energy is the site's by its share of the octets, which is in own->octets. */
static void spread(const struct report_intensity *site, struct report_traffic *row)
{
	struct report_intensity *own = &row->intensity;
	int64_t octets = own->octets;

	*own = *site;
	own->octets = octets;
	own->missing = site->missing != NULL ? site->missing : flow_missing(row);
	if (own->missing != NULL)
		return;
	own->energy_millij = num_muldiv_half_even(site->energy_millij, octets, site->octets);
	own->location_mg = num_muldiv_half_even(site->location_mg, octets, site->octets);
	own->missing = octets > 0 ? NULL : "nothing passed in that time";
}

/* ---- All rows of a site ---- */

/* `ports` are moved behind the rows of the site and its devices. */
static enum err add_sums(struct maker *maker, const struct report_traffic *ports, size_t count, const struct report_intensity *site,
			 struct err_info *info)
{
	enum err err = ERR_NONE;

	for (int ref = REF_UNI; err == ERR_NONE && ref <= REF_COUNT; ref++) {
		struct report_traffic sum = {
		    .level = REPORT_TRAFFIC_SITE, .site = maker->site, .ref = ref == REF_COUNT ? REF_NONE : (enum ref)ref};
		bool has_port = false;

		for (size_t i = 0; i < count; i++) {
			if (!is_of(&ports[i], &sum))
				continue;
			add_port(&sum, &ports[i]);
			has_port = true;
		}
		sum.intensity = *site;
		if (sum.ref != REF_UNI)
			sum.intensity.missing = "only ports at the users' side (ref: uni) count in an intensity";
		if (has_port)
			err = add_row(maker, &sum, info);
	}
	return err;
}

/* A device that has ports at the users' side. */
static enum err add_device(struct maker *maker, const struct report_traffic *ports, size_t first, size_t end, struct err_info *info)
{
	struct report_traffic sum = {.level = REPORT_TRAFFIC_DEVICE, .site = maker->site, .meter = ports[first].meter, .ref = REF_UNI};
	struct traffic_scope scope = {
	    .ledger = maker->ledger, .totals = maker->totals, .site = maker->site, .device_id = ports[first].meter->device_id};
	bool has_port = false;
	enum err err;

	for (size_t i = first; i < end; i++) {
		if (!is_of(&ports[i], &sum))
			continue;
		add_port(&sum, &ports[i]);
		has_port = true;
	}
	if (!has_port)
		return ERR_NONE;
	err = traffic_valid_make(&sum.intensity, &scope, info);
	return err == ERR_NONE ? add_row(maker, &sum, info) : err;
}

static enum err add_all(struct maker *maker, const struct report_traffic *ports, size_t count, const struct report_intensity *site,
			struct err_info *info)
{
	enum err err = add_sums(maker, ports, count, site, info);
	size_t first = 0;

	while (err == ERR_NONE && first < count) {
		size_t end = first + 1;

		while (end < count && ports[end].meter->device_id == ports[first].meter->device_id)
			end++;
		err = add_device(maker, ports, first, end, info);
		for (size_t i = first; err == ERR_NONE && i < end; i++)
			err = add_row(maker, &ports[i], info);
		first = end;
	}
	return err;
}

static enum err rate(struct maker *maker, size_t first, struct report_intensity *site, struct err_info *info)
{
	struct traffic_share *share = mem_new_array(maker->place_count, sizeof(*share));
	struct traffic_scope scope = {
	    .ledger = maker->ledger, .totals = maker->totals, .site = maker->site, .share = share, .share_count = maker->place_count};
	enum err err;

	if (share == NULL)
		return err_set(info, ERR_MEMORY, "no memory for %zu streams", maker->place_count);
	for (size_t i = 0; i < maker->place_count; i++)
		share[i].meter_id = maker->place[i].meter_id;
	err = traffic_valid_make(site, &scope, info);
	for (size_t i = 0; err == ERR_NONE && i < maker->place_count; i++)
		maker->out->row[maker->place[i].row_idx].intensity.octets += share[i].octets;
	for (size_t i = first; err == ERR_NONE && i < maker->out->count; i++)
		spread(site, &maker->out->row[i]);
	mem_free(share);
	return err;
}

static enum err make_site(struct maker *maker, struct err_info *info)
{
	size_t first = maker->out->count;
	struct report_intensity site;
	struct report_traffic *ports;
	size_t count;
	enum err err = find_ports(maker, info);

	if (err != ERR_NONE || maker->place_count == 0)
		return err;
	err = sum_streams(maker, info);
	fold_captures(maker, first);
	if (err == ERR_NONE)
		err = rate(maker, first, &site, info);
	if (err != ERR_NONE)
		return err;
	drop_folded(maker, first);
	count = maker->out->count - first;
	ports = (void *)mem_dup_bytes(maker->out->row + first, count * sizeof(*ports));
	if (ports == NULL)
		return err_set(info, ERR_MEMORY, "no memory for %zu ports", count);
	maker->out->count = first;
	err = add_all(maker, ports, count, &site, info);
	mem_free(ports);
	return err;
}

enum err report_traffic_make(struct report_traffics *out, struct ledger *ledger, const struct report_totals *totals, struct err_info *info)
{
	struct report_traffics made = {0};
	enum err err = ERR_NONE;

	for (size_t i = 0; err == ERR_NONE && i < totals->reg.site_count; i++) {
		struct maker maker = {.out = &made, .ledger = ledger, .totals = totals, .site = &totals->reg.site[i]};

		err = make_site(&maker, info);
		mem_free(maker.place);
	}
	if (err != ERR_NONE) {
		report_traffic_deinit(&made);
		return err;
	}
	*out = made;
	return ERR_NONE;
}

void report_traffic_deinit(struct report_traffics *traffics)
{
	mem_free(traffics->row);
	*traffics = (struct report_traffics){0};
}

const struct report_traffic *report_traffic_find(const struct report_traffics *traffics, const struct report_total *total)
{
	for (size_t i = 0; i < traffics->count; i++) {
		const struct report_traffic *row = &traffics->row[i];

		if (row->site != total->site || row->ref != REF_UNI)
			continue;
		if (total->level == REPORT_SITE && row->level == REPORT_TRAFFIC_SITE)
			return row;
		if (total->level == REPORT_DEVICE && row->level == REPORT_TRAFFIC_DEVICE &&
		    row->meter->device_id == total->meter->device_id)
			return row;
	}
	return NULL;
}
