/* SPDX-License-Identifier: Apache-2.0 */
/* scan_show: what `scan` found, as it comes (JSON) or at the end, how far it is, and what was silent. */
#include "base/num.h"
#include "base/text.h"
#include "cli/scan_priv.h"
#include "cli/sources.h"
#include "cli/table.h"
#include "report/figure.h"

#include <stdio.h>
#include <string.h>

enum { TARGET_TEXT_BYTES = PLAN_NAME_BYTES + PLAN_HOST_BYTES + 32, ACCESS_BYTES = 4 * PLAN_PATH_BYTES, ANSWER_BYTES_MAX = 256 << 20 };

/* ---- One finding ---- */

/* What a finding borrows. */
struct texts {
	char target[TARGET_TEXT_BYTES];
	char address[TARGET_TEXT_BYTES];
	char same_as[TARGET_TEXT_BYTES];
	char access[ACCESS_BYTES];
};

static void print_target(const struct plan_snmp_device *device, const char *scheme, char out[static TARGET_TEXT_BYTES])
{
	bool is_v6 = strchr(device->host, ':') != NULL;

	snprintf(out, TARGET_TEXT_BYTES, "%s://%s%s%s:%u", scheme, is_v6 ? "[" : "", device->host, is_v6 ? "]" : "", device->port);
}

static const char *scheme_of(const struct plan_snmp_device *device)
{
	return device->version == SNMP_V3 ? "snmp3" : device->version == SNMP_V1 ? "snmp1" : "snmp";
}

/* How a configuration names the community: by its file, or in the text itself, which must be kept private then. */
static void print_access(const struct scan *scan, const struct plan_snmp_device *device, char out[static ACCESS_BYTES])
{
	struct buf lines;

	buf_init(&lines, ACCESS_BYTES - 1);
	if (device->version == SNMP_V3) {
		scan_secrets_add_yaml(&lines, &scan->secrets, device->user);
	} else {
		if (device->version == SNMP_V1)
			buf_add_text(&lines, "    version: 1\n");
		buf_add_text(&lines, "    community: ");
		if (scan->community_path[0] != '\0' && strcmp(device->community, scan->community) == 0)
			buf_add_format(&lines, "\"@file:%s\"", scan->community_path);
		else
			text_add_json(&lines, device->community);
		buf_add_char(&lines, '\n');
	}
	snprintf(out, ACCESS_BYTES, "%s", buf_text(&lines));
	buf_deinit(&lines);
}

static void print_ipmi_access(const struct scan *scan, const struct plan_ipmi_device *device, char out[static ACCESS_BYTES])
{
	struct buf lines;

	buf_init(&lines, ACCESS_BYTES - 1);
	if (device->path[0] == '\0')
		scan_secrets_add_ipmi_yaml(&lines, &scan->secrets);
	snprintf(out, ACCESS_BYTES, "%s", buf_text(&lines));
	buf_deinit(&lines);
}

/* Names of the kinds of enum plan_rapl_kind: as addresses, and what they are as targets. */
static const char *const local_address[PLAN_RAPL_KIND_COUNT] = {"rapl", "hwmon", "power_supply", "nvml"};
static const char *const local_target[PLAN_RAPL_KIND_COUNT] = {"local", "local hwmon", "local power_supply", "local nvml"};

/* A meter that is the whole of it, not a sum of components. */
static bool has_whole(const struct gather_device *device)
{
	for (size_t m = 0; m < device->meter_count; m++) {
		if (device->meter[m].info.role == ROLE_TOTAL && !device->meter[m].info.is_component)
			return true;
	}
	return false;
}

/* What a person has to know of how the sources of one machine overlap, and the lines that keep them from being added. */
static void add_overlap(struct buf *lines, const struct gather *gather, size_t device_idx)
{
	const struct gather_device *hwmon = &gather->device[PLAN_RAPL_HWMON];
	bool is_whole_there = finding_is_there(&(struct finding){.device = hwmon}) && has_whole(hwmon);

	if (device_idx == PLAN_RAPL_HWMON && is_whole_there)
		buf_add_text(
		    lines,
		    "    in_total: yes # what the whole machine draws. Write no where its PDU, meter or BMC is configured: it counts twice\n");
	else if (device_idx == PLAN_RAPL_POWERCAP && is_whole_there)
		buf_add_text(lines, "    in_total: no # a part of what hwmon's total tells: together they would count twice\n");
	else if (device_idx == PLAN_RAPL_HWMON || device_idx == PLAN_RAPL_NVML)
		buf_add_text(lines, "    in_total: no # parts of the machine\n");
	else if (device_idx == PLAN_RAPL_POWER_SUPPLY)
		buf_add_text(lines, "    in_total: no # what goes into a battery is drawn elsewhere, what comes out feeds this machine\n");
}

static void find_local(const struct scan *scan, size_t gather_idx, size_t device_idx, struct texts *texts, struct finding *finding)
{
	struct buf lines;

	buf_init(&lines, ACCESS_BYTES - 1);
	if (strcmp(scan->targets.local_root, "/sys") != 0 && device_idx != PLAN_RAPL_NVML) {
		buf_add_text(&lines, "    sysfs: ");
		text_add_json(&lines, scan->targets.local_root);
		buf_add_char(&lines, '\n');
	}
	add_overlap(&lines, &scan->gather[gather_idx], device_idx);
	snprintf(texts->access, ACCESS_BYTES, "%s", buf_text(&lines));
	buf_deinit(&lines);
	finding->target = local_target[device_idx];
	finding->address = local_address[device_idx];
	finding->access = texts->access;
}

static struct finding find(const struct scan *scan, size_t gather_idx, size_t device_idx, struct texts *texts)
{
	const struct gather *gather = &scan->gather[gather_idx];
	struct finding finding = {.device = &gather->device[device_idx]};
	const struct plan_snmp_device *device;

	if (gather->kind == PLAN_RAPL)
		find_local(scan, gather_idx, device_idx, texts, &finding);
	if (gather->kind == PLAN_IPMI) {
		const struct plan_ipmi_device *bmc = &scan->targets.ipmi.device[device_idx];

		target_print_ipmi(bmc, texts->target, sizeof(texts->target));
		print_ipmi_access(scan, bmc, texts->access);
		finding.target = texts->target;
		finding.address = texts->target;
		finding.access = texts->access;
	}
	if (gather->kind == PLAN_MODBUS) {
		target_print_modbus(&scan->targets.modbus, device_idx, texts->target, sizeof(texts->target));
		finding.target = texts->target;
		finding.address = texts->target;
	}
	if (gather->kind != PLAN_SNMP)
		return finding;
	device = &scan->targets.snmp.device[device_idx];
	print_target(device, scheme_of(device), texts->target);
	print_target(device, "snmp", texts->address);
	print_access(scan, device, texts->access);
	finding.target = texts->target;
	finding.address = texts->address;
	finding.access = texts->access;
	return finding;
}

/* ---- The same device twice ---- */

static uint32_t bucket_of(const struct wire_device *state)
{
	const char *const text[] = {state->vendor, state->serial};
	uint32_t hash = UINT32_C(2166136261); /* FNV-1a */

	for (size_t i = 0; i < 2; i++) {
		for (const char *at = text[i]; *at != '\0'; at++)
			hash = (hash ^ (uint8_t)*at) * UINT32_C(16777619);
	}
	return hash % SCAN_BUCKETS;
}

/* An earlier one with the same vendor and serial number; from now on this one is an earlier one too. */
static void note_seen(struct scan *scan, size_t gather_idx, uint32_t device_idx, struct finding *finding, struct texts *texts)
{
	const struct gather *gather = &scan->gather[gather_idx];
	const struct wire_device *state = &finding->device->state;
	uint32_t bucket;

	if (gather->kind != PLAN_SNMP || state->serial[0] == '\0')
		return;
	bucket = bucket_of(state);
	for (uint32_t at = scan->seen.first[bucket]; at != 0; at = scan->seen.next[at - 1]) {
		const struct wire_device *other = &gather->device[at - 1].state;

		if (strcmp(other->serial, state->serial) != 0 || strcmp(other->vendor, state->vendor) != 0)
			continue;
		print_target(&scan->targets.snmp.device[at - 1], scheme_of(&scan->targets.snmp.device[at - 1]), texts->same_as);
		finding->same_as = texts->same_as;
		return;
	}
	scan->seen.next[device_idx] = scan->seen.first[bucket];
	scan->seen.first[bucket] = device_idx + 1;
}

/* ---- While it runs ---- */

static enum err write_json(const struct finding *finding, struct err_info *info)
{
	struct buf out;
	enum err err;

	buf_init(&out, ANSWER_BYTES_MAX);
	finding_add_json(&out, finding);
	err = sources_write(&out, info);
	buf_deinit(&out);
	return err;
}

static void look_at(struct scan *scan, size_t gather_idx, uint32_t device_idx)
{
	struct texts texts;
	struct finding finding;

	if (!finding_is_there(&(struct finding){.device = &scan->gather[gather_idx].device[device_idx]}))
		return;
	scan->answer_count++;
	if (scan->format != CLI_JSON || scan->err != ERR_NONE)
		return;
	progress_bar_end(&scan->bar);
	finding = find(scan, gather_idx, device_idx, &texts);
	note_seen(scan, gather_idx, device_idx, &finding, &texts);
	scan->err = write_json(&finding, &scan->info);
}

void scan_show_look(void *context)
{
	struct scan *scan = context;
	size_t done = 0;
	size_t count = 0;

	for (size_t g = 0; g < scan->gather_count; g++) {
		const struct gather *gather = &scan->gather[g];

		while (scan->shown[g] < gather->done_count)
			look_at(scan, g, gather->done[scan->shown[g]++]);
		done += gather->done_count;
		count += gather->device_count;
	}
	if (scan->format == CLI_JSON && fflush(stdout) != 0 && scan->err == ERR_NONE)
		scan->err = err_set(&scan->info, ERR_IO, "cannot write to standard output");
	snprintf(scan->doing, sizeof(scan->doing), "%zu addresses, %zu answered", count, scan->answer_count);
	if (done < count)
		progress_tell(&scan->bar.progress, (double)done / (double)count);
	else
		progress_bar_end(&scan->bar);
}

/* ---- At the end ---- */

static enum err add_table_row(struct table *table, const struct finding *finding, struct err_info *info)
{
	const struct wire_device *state = &finding->device->state;
	char power[NUM_TEXT_BYTES] = FIGURE_NONE;
	char energy[NUM_TEXT_BYTES] = FIGURE_NONE;
	char meters[NUM_TEXT_BYTES];
	const char *cell[] = {finding->target, state->driver, state->vendor, state->model, state->serial,
			      meters,          power,         energy,        state->reason};
	double value;

	num_print_u64(meters, finding->device->meter_count);
	if (finding_total(finding, QUANTITY_POWER, &value))
		num_print_double(power, value, 1);
	if (finding_total(finding, QUANTITY_ENERGY, &value))
		num_print_double(energy, value / 3.6e6, 3);
	return table_add(table, cell, info);
}

/* Calls `each` for what answered, in the order of the targets. */
static void walk(struct scan *scan, void (*each)(void *context, const struct finding *finding, size_t number), void *context)
{
	size_t number = 0;

	for (size_t g = 0; g < scan->gather_count; g++) {
		for (size_t d = 0; d < scan->gather[g].device_count; d++) {
			struct texts texts;
			struct finding finding = find(scan, g, d, &texts);

			if (!finding_is_there(&finding))
				continue;
			note_seen(scan, g, (uint32_t)d, &finding, &texts);
			each(context, &finding, ++number);
		}
	}
}

static void each_yaml(void *context, const struct finding *finding, size_t number)
{
	finding_add_yaml(context, finding, number);
}

struct table_context {
	struct table *table;
	enum err err;
	struct err_info *info;
};

static void each_row(void *context, const struct finding *finding, size_t number)
{
	struct table_context *rows = context;

	(void)number;
	if (rows->err == ERR_NONE)
		rows->err = add_table_row(rows->table, finding, rows->info);
}

static enum err print_table(struct scan *scan, enum cli_format format, struct err_info *info)
{
	static const struct table_column COLUMNS[] = {
	    {"TARGET", "target", false},  {"DRIVER", "driver", false},        {"VENDOR", "vendor", false},
	    {"MODEL", "model", false},    {"SERIAL", "serial", false},        {"METERS", "meters", true},
	    {"POWER W", "power_w", true}, {"ENERGY kWh", "energy_kwh", true}, {"REMARK", "remark", false}};
	struct table_context rows = {.table = table_new(COLUMNS, sizeof(COLUMNS) / sizeof(COLUMNS[0])), .info = info};

	if (rows.table == NULL)
		return err_set(info, ERR_MEMORY, "no memory");
	walk(scan, each_row, &rows);
	if (rows.err == ERR_NONE)
		rows.err = table_print(rows.table, stdout, format, info);
	table_free(rows.table);
	return rows.err;
}

static enum err print_yaml(struct scan *scan, struct err_info *info)
{
	struct buf out;
	enum err err;

	buf_init(&out, ANSWER_BYTES_MAX);
	buf_add_text(&out, "# conf.d/scanned.yaml: paste it there (chmod 600: it may hold communities)\ndevices:\n");
	walk(scan, each_yaml, &out);
	err = sources_write(&out, info);
	buf_deinit(&out);
	return err;
}

enum err scan_show_all(struct scan *scan, struct err_info *info)
{
	progress_bar_end(&scan->bar);
	if (scan->err != ERR_NONE) {
		*info = scan->info;
		return scan->err;
	}
	if (scan->format == CLI_JSON || scan->answer_count == 0)
		return ERR_NONE;
	return scan->format == CLI_YAML ? print_yaml(scan, info) : print_table(scan, scan->format, info);
}

/* ---- What was silent ---- */

struct silence {
	size_t named_count; /* targets that were named and did not answer */
	size_t range_count; /* addresses of ranges that did not answer */
	size_t of_range;    /* addresses of ranges */
};

/* "local" is one target: it is silent when none of its kinds is there. Counters that are shut are told in any case. */
static void count_silent_local(const struct scan *scan, size_t gather_idx, size_t device_idx, struct silence *silence)
{
	const struct gather *gather = &scan->gather[gather_idx];
	const struct gather_device *device = &gather->device[device_idx];
	bool is_any_there = false;

	for (size_t d = 0; d < gather->device_count; d++)
		is_any_there |= finding_is_there(&(struct finding){.device = &gather->device[d]});
	if (finding_is_there(&(struct finding){.device = device}) || device_idx != PLAN_RAPL_POWERCAP)
		return;
	silence->named_count += is_any_there ? 0 : 1;
	fprintf(stderr, "wattledger scan: local: %s\n",
		device->has_state && device->state.reason[0] != '\0' ? device->state.reason : "no answer in time");
}

static void count_silent(const struct scan *scan, size_t gather_idx, size_t device_idx, struct silence *silence)
{
	const struct gather_device *device = &scan->gather[gather_idx].device[device_idx];
	enum plan_kind kind = scan->gather[gather_idx].kind;
	bool is_of_range = (kind == PLAN_SNMP && scan->targets.is_of_range[device_idx]) ||
			   (kind == PLAN_MODBUS && scan->targets.is_of_unit_range[device_idx]);
	struct texts texts;
	struct finding finding;

	if (scan->gather[gather_idx].kind == PLAN_RAPL) {
		count_silent_local(scan, gather_idx, device_idx, silence);
		return;
	}
	silence->of_range += is_of_range;
	if (finding_is_there(&(struct finding){.device = device}))
		return;
	if (is_of_range) {
		silence->range_count++;
		return;
	}
	finding = find(scan, gather_idx, device_idx, &texts);
	silence->named_count++;
	fprintf(stderr, "wattledger scan: %s: %s\n", finding.target,
		device->has_state && device->state.reason[0] != '\0' ? device->state.reason : "no answer in time");
}

enum err scan_show_silent(struct scan *scan, struct err_info *info)
{
	struct silence silence = {0};

	for (size_t g = 0; g < scan->gather_count; g++) {
		for (size_t d = 0; d < scan->gather[g].device_count; d++)
			count_silent(scan, g, d, &silence);
	}
	if (silence.of_range > 0)
		fprintf(stderr, "wattledger scan: %zu of %zu addresses answered, %zu silent\n", silence.of_range - silence.range_count,
			silence.of_range, silence.range_count);
	if (scan->answer_count == 0)
		return err_set(
		    info, ERR_UNAVAILABLE,
		    "nothing answers there: check address, community (snmp://COMMUNITY@HOST), unit and firewall; --timeout 5s waits longer");
	if (silence.named_count > 0)
		return err_set(info, ERR_UNAVAILABLE, "%zu of the targets did not answer", silence.named_count);
	return ERR_NONE;
}
