/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/status_view.h"

#include "base/num.h"
#include "base/text.h"
#include "cli/options.h"
#include "cli/status_doc.h"
#include "cli/table.h"
#include "model/units.h"
#include "report/figure.h"

#include <string.h>

enum { FIGURE_BYTES = 64, LINE_BYTES_MAX = 1 << 12, POWER_DECIMALS = 1, LATENCY_DECIMALS = 1, PERCENT = 100 };

static enum status_verdict verdict_of(const json_t *document)
{
	const char *verdict = status_doc_text(document, "verdict");

	if (strcmp(verdict, "ok") == 0)
		return STATUS_OK;
	return strcmp(verdict, "warning") == 0 ? STATUS_WARNING : STATUS_CRITICAL;
}

/* ---- Cells ---- */

static void print_number(char out[static FIGURE_BYTES], const json_t *object, const char *key, int decimals)
{
	double value;

	if (!status_doc_number(object, key, &value))
		snprintf(out, FIGURE_BYTES, "%s", FIGURE_NONE);
	else
		num_print_double(out, value, decimals);
}

static void print_count(char out[static FIGURE_BYTES], const json_t *object, const char *key)
{
	int64_t value;

	if (status_doc_i64(object, key, &value))
		num_print_i64(out, value);
	else
		snprintf(out, FIGURE_BYTES, "%s", FIGURE_NONE);
}

static void print_energy(char out[static FIGURE_BYTES], const json_t *source)
{
	struct buf text;
	int64_t millij;

	if (!status_doc_energy(source, &millij)) {
		snprintf(out, FIGURE_BYTES, "%s", FIGURE_NONE);
		return;
	}
	buf_init(&text, FIGURE_BYTES - 1);
	figure_add_kwh(&text, millij, 6);
	snprintf(out, FIGURE_BYTES, "%s", buf_text(&text));
	buf_deinit(&text);
}

/* ---- Tables ---- */

static enum err add_source(struct table *table, const json_t *source, struct err_info *info)
{
	char power[FIGURE_BYTES];
	char energy[FIGURE_BYTES];
	char meters[FIGURE_BYTES];
	char latency[FIGURE_BYTES];
	const char *cell[] = {status_doc_text(source, "site"),
			      status_doc_text(source, "device"),
			      status_doc_text(source, "kind"),
			      status_doc_text(source, "state"),
			      power,
			      energy,
			      meters,
			      latency,
			      status_doc_text(source, "driver"),
			      json_is_true(json_object_get(source, "in_total")) ? "yes" : "no",
			      status_doc_text(source, "reason")};

	print_number(power, source, "power_w", POWER_DECIMALS);
	print_energy(energy, source);
	print_count(meters, source, "meters");
	print_number(latency, source, "latency_ms", LATENCY_DECIMALS);
	return table_add(table, cell, info);
}

static enum err print_sources(FILE *out, const json_t *document, size_t *line_count, struct err_info *info)
{
	static const struct table_column COLUMNS[] = {
	    {"SITE", "site", false},      {"SOURCE", "device", false},        {"KIND", "kind", false},    {"STATE", "state", false},
	    {"POWER W", "power_w", true}, {"ENERGY kWh", "energy_kwh", true}, {"METERS", "meters", true}, {"ms", "latency_ms", true},
	    {"DRIVER", "driver", false},  {"COUNTS", "in_total", false},      {"REASON", "reason", false}};
	const json_t *sources = json_object_get(document, "sources");
	struct table *table = table_new(COLUMNS, sizeof(COLUMNS) / sizeof(COLUMNS[0]));
	enum err err = table == NULL ? err_set(info, ERR_MEMORY, "no memory") : ERR_NONE;

	for (size_t i = 0; err == ERR_NONE && i < json_array_size(sources); i++)
		err = add_source(table, json_array_get(sources, i), info);
	if (err == ERR_NONE)
		err = table_print(table, out, CLI_TABLE, info);
	if (err == ERR_NONE && line_count != NULL)
		*line_count += table_line_count(table);
	table_free(table);
	return err;
}

/* Why a sum is not told. Its line may be longer than a screen is wide, so it is not for views that are drawn over. */
static void print_unknown(FILE *out, const json_t *sites)
{
	for (size_t i = 0; i < json_array_size(sites); i++) {
		const json_t *site = json_array_get(sites, i);
		const char *reason = status_doc_text(site, "power_reason");

		if (reason[0] == '\0')
			continue;
		fprintf(out, "power of %s is unknown: %s", status_doc_text(site, "site"), reason);
		if (json_is_number(json_object_get(site, "known_power_w")))
			fprintf(out, "; of what is known: %.0f W", json_number_value(json_object_get(site, "known_power_w")));
		putc('\n', out);
	}
}

static enum err print_sites(FILE *out, const json_t *document, size_t *line_count, struct err_info *info)
{
	static const struct table_column COLUMNS[] = {{"SITE", "site", false},
						      {"ZONE", "zone", false},
						      {"TIME ZONE", "time_zone", false},
						      {"POWER W", "power_w", true},
						      {"METERED", "metered", true},
						      {"UNKNOWN", "unknown", true},
						      {"G/KWH", "intensity_g_per_kwh", true},
						      {"WH/GB", "wh_per_gb", true}};
	const json_t *sites = json_object_get(document, "sites");
	struct table *table = table_new(COLUMNS, sizeof(COLUMNS) / sizeof(COLUMNS[0]));
	enum err err = table == NULL ? err_set(info, ERR_MEMORY, "no memory") : ERR_NONE;

	for (size_t i = 0; err == ERR_NONE && i < json_array_size(sites); i++) {
		const json_t *site = json_array_get(sites, i);
		char figure[5][FIGURE_BYTES];
		const char *cell[] = {status_doc_text(site, "site"),
				      status_doc_text(site, "zone"),
				      status_doc_text(site, "time_zone"),
				      figure[0],
				      figure[1],
				      figure[2],
				      figure[3],
				      figure[4]};

		print_number(figure[0], site, "power_w", POWER_DECIMALS);
		print_count(figure[1], site, "metered");
		print_count(figure[2], site, "unknown");
		print_number(figure[3], site, "intensity_g_per_kwh", 3);
		print_number(figure[4], json_object_get(site, "traffic"), "wh_per_gb", 3);
		err = table_add(table, cell, info);
	}
	if (err == ERR_NONE)
		err = table_print(table, out, CLI_TABLE, info);
	if (err == ERR_NONE && line_count != NULL)
		*line_count += table_line_count(table);
	table_free(table);
	if (err == ERR_NONE && line_count == NULL)
		print_unknown(out, sites);
	return err;
}

static enum err print_outputs(FILE *out, const json_t *document, struct err_info *info)
{
	static const struct table_column COLUMNS[] = {{"OUTPUT", "name", false},          {"KIND", "kind", false},
						      {"SENT", "sent_points", true},      {"WAITING", "waiting_points", true},
						      {"BYTES", "waiting_bytes", true},   {"OLDEST s", "oldest_s", true},
						      {"REFUSED", "parked_points", true}, {"LAST ERROR", "last_error", false}};
	const json_t *outputs = json_object_get(document, "outputs");
	struct table *table = table_new(COLUMNS, sizeof(COLUMNS) / sizeof(COLUMNS[0]));
	enum err err = table == NULL ? err_set(info, ERR_MEMORY, "no memory") : ERR_NONE;

	for (size_t i = 0; err == ERR_NONE && i < json_array_size(outputs); i++) {
		const json_t *output = json_array_get(outputs, i);
		char figure[5][FIGURE_BYTES];
		const char *cell[] = {status_doc_text(output, "name"),
				      status_doc_text(output, "kind"),
				      figure[0],
				      figure[1],
				      figure[2],
				      figure[3],
				      figure[4],
				      status_doc_text(output, "last_error")};

		print_count(figure[0], output, "sent_points");
		print_count(figure[1], output, "waiting_points");
		print_count(figure[2], output, "waiting_bytes");
		print_count(figure[3], output, "oldest_s");
		print_count(figure[4], output, "parked_points");
		err = table_add(table, cell, info);
	}
	if (err == ERR_NONE)
		err = table_print(table, out, CLI_TABLE, info);
	table_free(table);
	return err;
}

/* A ratio as percent, else as it is. */
static void print_reading(char out[static FIGURE_BYTES], const json_t *object, const char *key, double times, int decimals)
{
	double value;

	if (status_doc_number(object, key, &value))
		num_print_double(out, value * times, decimals);
	else
		snprintf(out, FIGURE_BYTES, "%s", FIGURE_NONE);
}

static enum err add_readings(struct table *table, const json_t *source, size_t *count, struct err_info *info)
{
	const json_t *readings = json_object_get(source, "readings");
	enum err err = ERR_NONE;

	for (size_t i = 0; err == ERR_NONE && i < json_array_size(readings); i++) {
		const json_t *reading = json_array_get(readings, i);
		char figure[7][FIGURE_BYTES];
		const char *cell[] = {status_doc_text(source, "site"),
				      status_doc_text(source, "device"),
				      status_doc_text(reading, "meter"),
				      figure[0],
				      figure[1],
				      figure[2],
				      figure[3],
				      figure[4],
				      figure[5],
				      figure[6]};

		print_reading(figure[0], reading, "temperature_c", 1, 1);
		print_reading(figure[1], reading, "humidity_ratio", PERCENT, 1);
		print_reading(figure[2], reading, "soc_ratio", PERCENT, 1);
		print_reading(figure[3], reading, "level_l", 1, 1);
		print_reading(figure[4], reading, "used_l", 1, 0);
		print_reading(figure[5], reading, "run_s", 1.0 / UNITS_S_PER_HOUR, 1);
		print_reading(figure[6], reading, "state", 1, 0);
		err = table_add(table, cell, info);
		(*count)++;
	}
	return err;
}

/* A table of what sources have below them; nothing when none has any. */
static enum err print_parts(FILE *out, const json_t *document, const struct table_column *column, size_t column_count,
			    enum err (*add)(struct table *, const json_t *, size_t *, struct err_info *), struct err_info *info)
{
	const json_t *sources = json_object_get(document, "sources");
	struct table *table = table_new(column, column_count);
	enum err err = table == NULL ? err_set(info, ERR_MEMORY, "no memory") : ERR_NONE;
	size_t count = 0;

	for (size_t i = 0; err == ERR_NONE && i < json_array_size(sources); i++)
		err = add(table, json_array_get(sources, i), &count, info);
	if (err == ERR_NONE && count > 0) {
		fputc('\n', out);
		err = table_print(table, out, CLI_TABLE, info);
	}
	table_free(table);
	return err;
}

/* Rooms, batteries, tanks, engines and states. */
static enum err print_readings(FILE *out, const json_t *document, struct err_info *info)
{
	static const struct table_column COLUMNS[] = {
	    {"SITE", "site", false},      {"SOURCE", "device", false},          {"METER", "meter", false},
	    {"C", "temperature_c", true}, {"HUMIDITY %", "humidity_pct", true}, {"CHARGE %", "soc_pct", true},
	    {"LEVEL l", "level_l", true}, {"USED l", "used_l", true},           {"RUN h", "run_h", true},
	    {"STATE", "state", true}};

	return print_parts(out, document, COLUMNS, sizeof(COLUMNS) / sizeof(COLUMNS[0]), add_readings, info);
}

static enum err add_feeds(struct table *table, const json_t *source, size_t *count, struct err_info *info)
{
	const json_t *feeds = json_object_get(source, "feeds");
	bool is_component = json_is_true(json_object_get(feeds, "is_component"));
	char figure[3][FIGURE_BYTES];
	const char *cell[] = {status_doc_text(source, "site"),
			      status_doc_text(source, "device"),
			      is_component ? "component" : "device",
			      figure[0],
			      status_doc_text(feeds, "fed_by"),
			      figure[1],
			      figure[2]};

	if (!json_is_object(feeds))
		return ERR_NONE;
	print_number(figure[0], source, "power_w", POWER_DECIMALS);
	print_number(figure[1], feeds, "power_w", POWER_DECIMALS);
	print_number(figure[2], feeds, "explained_pct", 1);
	(*count)++;
	return table_add(table, cell, info);
}

/* What feeds what, and how much of it is explained by the newest powers; `wattledger feeds` does it for a period. */
static enum err print_feeds(FILE *out, const json_t *document, struct err_info *info)
{
	static const struct table_column COLUMNS[] = {{"SITE", "site", false},
						      {"SOURCE", "device", false},
						      {"SCOPE", "scope", false},
						      {"POWER W", "power_w", true},
						      {"FED BY", "fed_by", false},
						      {"FEEDS W", "feeds_w", true},
						      {"EXPLAINED %", "explained_pct", true}};

	return print_parts(out, document, COLUMNS, sizeof(COLUMNS) / sizeof(COLUMNS[0]), add_feeds, info);
}

static enum err add_ports(struct table *table, const json_t *source, size_t *count, struct err_info *info)
{
	const json_t *ports = json_object_get(source, "ports");
	enum err err = ERR_NONE;

	for (size_t i = 0; err == ERR_NONE && i < json_array_size(ports); i++) {
		const json_t *port = json_array_get(ports, i);
		char figure[4][FIGURE_BYTES];
		const char *cell[] = {status_doc_text(source, "site"),
				      status_doc_text(source, "device"),
				      status_doc_text(port, "port"),
				      status_doc_text(port, "flow"),
				      status_doc_text(port, "ref"),
				      figure[0],
				      figure[1],
				      figure[2],
				      figure[3]};

		print_count(figure[0], port, "rx_bytes");
		print_count(figure[1], port, "tx_bytes");
		print_count(figure[2], port, "captured_bytes");
		print_count(figure[3], port, "dropped_packets");
		err = table_add(table, cell, info);
		(*count)++;
	}
	return err;
}

/* Octets since the ledger knows the port or flow. */
static enum err print_ports(FILE *out, const json_t *document, struct err_info *info)
{
	static const struct table_column COLUMNS[] = {{"SITE", "site", false},
						      {"SOURCE", "device", false},
						      {"PORT", "port", false},
						      {"FLOW", "flow", false},
						      {"REF", "ref", false},
						      {"RX BYTES", "rx_bytes", true},
						      {"TX BYTES", "tx_bytes", true},
						      {"CAPTURED", "captured_bytes", true},
						      {"DROPPED", "dropped_packets", true}};

	return print_parts(out, document, COLUMNS, sizeof(COLUMNS) / sizeof(COLUMNS[0]), add_ports, info);
}

/* ---- Whole views ---- */

static void print_verdict(FILE *out, const json_t *document)
{
	static const char *const COLOR[] = {"\033[32m", "\033[33m", "\033[31m"};
	bool has_color = out == stdout && cli_has_color();
	const json_t *reasons = json_object_get(document, "reasons");
	char clean[LINE_BYTES_MAX];

	fprintf(out, "%s%s%s\n", has_color ? COLOR[verdict_of(document)] : "", status_doc_text(document, "verdict"),
		has_color ? "\033[0m" : "");
	for (size_t i = 0; i < json_array_size(reasons); i++) {
		const char *reason = json_string_value(json_array_get(reasons, i));

		reason = reason == NULL ? "" : reason;
		text_clean(clean, sizeof(clean), reason, strlen(reason));
		fprintf(out, "  %s\n", clean);
	}
}

static void print_facts(FILE *out, const json_t *document)
{
	const json_t *ledger = json_object_get(document, "ledger");
	bool is_trusted = json_is_true(json_object_get(json_object_get(document, "clock"), "trusted"));
	const char *commit = status_doc_text(ledger, "last_commit_utc");
	char slot[FIGURE_BYTES];
	char lost[FIGURE_BYTES];

	print_count(slot, ledger, "slot_s");
	print_count(lost, ledger, "lost");
	fprintf(out, "time          %s, wall clock %s\n", status_doc_text(document, "utc"), is_trusted ? "trusted" : "NOT trusted yet");
	fprintf(out, "ledger        %s\n", status_doc_text(ledger, "path"));
	fprintf(out, "last commit   %s\n", commit[0] == '\0' ? "none yet" : commit);
	fprintf(out, "slots         %s s, %s rows or points lost\n\n", slot, lost);
}

enum err status_view_print(FILE *out, const char *text, size_t bytes, struct err_info *info)
{
	json_t *document;
	enum err err = status_doc_parse(&document, text, bytes, info);

	if (err != ERR_NONE)
		return err;
	print_verdict(out, document);
	print_facts(out, document);
	err = print_sites(out, document, NULL, info);
	if (err == ERR_NONE) {
		fputc('\n', out);
		err = print_sources(out, document, NULL, info);
	}
	if (err == ERR_NONE)
		err = print_feeds(out, document, info);
	if (err == ERR_NONE)
		err = print_readings(out, document, info);
	if (err == ERR_NONE)
		err = print_ports(out, document, info);
	if (err == ERR_NONE && json_array_size(json_object_get(document, "outputs")) > 0) {
		fputc('\n', out);
		err = print_outputs(out, document, info);
	}
	json_decref(document);
	return err;
}

enum err status_view_live(FILE *out, const char *text, size_t bytes, size_t *line_count, struct err_info *info)
{
	json_t *document;
	enum err err = status_doc_parse(&document, text, bytes, info);

	if (err != ERR_NONE)
		return err;
	*line_count = 0;
	err = print_sites(out, document, line_count, info);
	if (err == ERR_NONE)
		err = print_sources(out, document, line_count, info);
	json_decref(document);
	return err;
}

enum err status_view_line(struct buf *out, enum status_verdict *verdict, const char *text, size_t bytes, struct err_info *info)
{
	static const char *const WORD[] = {"OK", "WARNING", "CRITICAL"};
	const json_t *reasons;
	json_t *document;
	size_t up;
	size_t all;
	enum err err = status_doc_parse(&document, text, bytes, info);

	if (err != ERR_NONE)
		return err;
	*verdict = verdict_of(document);
	status_doc_count_sources(document, &up, &all);
	buf_add_format(out, "WATTLEDGER %s - %zu of %zu sources up", WORD[*verdict], up, all);
	reasons = json_object_get(document, "reasons");
	for (size_t i = 0; i < json_array_size(reasons); i++) {
		const char *reason = json_string_value(json_array_get(reasons, i));
		char clean[LINE_BYTES_MAX];

		reason = reason == NULL ? "" : reason;
		text_clean(clean, sizeof(clean), reason, strlen(reason));
		/* A bar begins performance data in a plugin's line. */
		for (char *bar = clean; (bar = strchr(bar, '|')) != NULL;)
			*bar = '/';
		buf_add_format(out, "; %s", clean);
	}
	buf_add_format(out, " | sources_up=%zu;;;0;%zu\n", up, all);
	json_decref(document);
	return out->is_failed ? err_set(info, ERR_MEMORY, "no memory") : ERR_NONE;
}

enum err status_view_brief(struct buf *out, const char *text, size_t bytes, struct err_info *info)
{
	const json_t *sites;
	json_t *document;
	size_t up;
	size_t all;
	enum err err = status_doc_parse(&document, text, bytes, info);

	if (err != ERR_NONE)
		return err;
	status_doc_count_sources(document, &up, &all);
	buf_add_format(out, "%s  %s, %zu of %zu sources up", status_doc_text(document, "utc"), status_doc_text(document, "verdict"), up,
		       all);
	sites = json_object_get(document, "sites");
	for (size_t i = 0; i < json_array_size(sites); i++) {
		const json_t *site = json_array_get(sites, i);
		char power[FIGURE_BYTES];

		print_number(power, site, "power_w", POWER_DECIMALS);
		buf_add_format(out, ", %s %s W", status_doc_text(site, "site"), power);
	}
	buf_add_char(out, '\n');
	json_decref(document);
	return out->is_failed ? err_set(info, ERR_MEMORY, "no memory") : ERR_NONE;
}
