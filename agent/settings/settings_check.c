/* SPDX-License-Identifier: Apache-2.0 */
/* settings_check: what holds between sites and devices: ids, references, who feeds whom, and what counts in a site's total. */
#include "base/host.h"
#include "base/mem.h"
#include "base/text.h"
#include "model/feeds.h"
#include "settings/id_index.h"
#include "settings/settings_priv.h"

#include <stddef.h>
#include <string.h>

/* While it is checked; feeder[i] is the index of the device that feeds device i, ID_INDEX_NONE for none. */
struct checker {
	struct loader *loader;
	struct id_index sites;
	struct id_index devices;
	uint32_t *feeder;
	uint32_t *mark; /* the walk that came by, 0 none */
};

static struct plan_device *device_at(const struct checker *checker, uint32_t at)
{
	return &checker->loader->out->core.device[at];
}

static const struct device_note *note_at(const struct checker *checker, uint32_t at)
{
	return &checker->loader->device_note[at];
}

/* Of equal ids all but the first are wrong. */
static void check_twice(const struct checker *checker, const struct id_index *index, const char *what)
{
	struct problems *problems = checker->loader->problems;
	bool is_device = index == &checker->devices;

	for (size_t i = 1, first = 0; i < index->count; i++) {
		if (strcmp(index->entry[first].id, index->entry[i].id) != 0 || index->entry[i].id[0] == '\0') {
			first = i;
			continue;
		}
		uint32_t a = index->entry[first].at;
		uint32_t b = index->entry[i].at;
		struct place at = is_device ? checker->loader->device_note[b].place : checker->loader->site_note[b].place;
		struct place before = is_device ? checker->loader->device_note[a].place : checker->loader->site_note[a].place;
		problems_add_error(problems, at, "two %ss have the id %s: the first is in %s:%u", what, index->entry[i].id,
				   problems_file_name(problems, before.file), (unsigned)before.line);
	}
}

static void add_unknown(const struct checker *checker, struct place place, const char *key, const char *id, const struct id_index *index)
{
	const char *nearest = id_index_nearest(index, id);

	if (nearest != NULL)
		problems_add_error(checker->loader->problems, place, "%s: there is no %s: did you mean %s?", key, id, nearest);
	else
		problems_add_error(checker->loader->problems, place, "%s: there is no %s", key, id);
}

static void find_site(const struct checker *checker, uint32_t at)
{
	struct plan_core *core = &checker->loader->out->core;
	const struct device_note *note = note_at(checker, at);
	struct plan_device *device = device_at(checker, at);
	uint32_t site = 0;

	if (note->site[0] != '\0') {
		site = id_index_find(&checker->sites, note->site);
		if (site == ID_INDEX_NONE)
			add_unknown(checker, note->site_place, "site", note->site, &checker->sites);
	} else if (core->site_count > 1) {
		problems_add_error(checker->loader->problems, note->place, "device %s: with several sites it has to say its site",
				   device->id);
		site = ID_INDEX_NONE;
	}
	device->site = site != ID_INDEX_NONE ? site : 0;
	if (!note->has_supply)
		device->supply = core->site[device->site].supply;
}

static void find_feeder(const struct checker *checker, uint32_t at)
{
	const struct plan_device *device = device_at(checker, at);
	const struct device_note *note = note_at(checker, at);

	struct feed feed[FEEDS_MAX];
	size_t count = feeds_parse(feed, device->fed_by);

	/* Of several feeds the first that counts, or may, is the way up. */
	checker->feeder[at] = ID_INDEX_NONE;
	for (size_t i = 0; i < count && count <= FEEDS_MAX; i++) {
		uint32_t up = id_index_find(&checker->devices, feed[i].device);

		if (up == ID_INDEX_NONE)
			add_unknown(checker, note->fed_by_place, "fed_by", feed[i].device, &checker->devices);
		else if (checker->feeder[at] == ID_INDEX_NONE || note_at(checker, checker->feeder[at])->in_total == IN_TOTAL_NO)
			checker->feeder[at] = up;
	}
	if (device->was[0] != '\0' && id_index_find(&checker->devices, device->was) != ID_INDEX_NONE)
		problems_add_error(checker->loader->problems, note->was_place, "was: %s is the id of a device that is still there",
				   device->was);
}

/* Walks up from each device; who meets his own walk has found a cycle, which is told once and cut. */
static void check_cycles(const struct checker *checker)
{
	uint32_t count = (uint32_t)checker->loader->out->core.device_count;

	for (uint32_t i = 0; i < count; i++) {
		uint32_t at = i;
		while (at != ID_INDEX_NONE && checker->mark[at] == 0) {
			checker->mark[at] = i + 1;
			uint32_t up = checker->feeder[at];
			if (up != ID_INDEX_NONE && checker->mark[up] == i + 1) {
				problems_add_error(checker->loader->problems, note_at(checker, at)->fed_by_place,
						   "fed_by: %s feeds itself, by way of %s: a device cannot be above what feeds it",
						   device_at(checker, up)->id, device_at(checker, at)->id);
				checker->feeder[at] = ID_INDEX_NONE;
				break;
			}
			at = up;
		}
	}
}

/* true when a device above `at` in the same site counts; those above are decided already or are decided here. */
static bool has_counting_above(const struct checker *checker, uint32_t at);

static bool counts(const struct checker *checker, uint32_t at)
{
	enum in_total written = note_at(checker, at)->in_total;

	return written == IN_TOTAL_AUTO ? !has_counting_above(checker, at) : written == IN_TOTAL_YES;
}

/* A chain of feeders is short, and cut where it was a cycle; a device is asked once for each device below it. */
static bool has_counting_above(const struct checker *checker, uint32_t at)
{
	uint32_t site = device_at(checker, at)->site;

	for (uint32_t up = checker->feeder[at]; up != ID_INDEX_NONE; up = checker->feeder[up]) {
		if (device_at(checker, up)->site != site)
			continue;
		/* Undecided and nothing counts above it: then it counts itself. So the nearest that is not written "no" decides. */
		enum in_total written = note_at(checker, up)->in_total;
		if (written == IN_TOTAL_YES || written == IN_TOTAL_AUTO)
			return true;
	}
	return false;
}

static bool is_fed_by(const struct checker *checker, uint32_t at, uint32_t feeder)
{
	for (uint32_t up = checker->feeder[at]; up != ID_INDEX_NONE; up = checker->feeder[up]) {
		if (up == feeder)
			return true;
	}
	return false;
}

/* What of this host a device reads; false: it is none of this host's. */
static bool local_kind(const struct checker *checker, uint32_t at, enum plan_rapl_kind *kind)
{
	const struct plan_device *device = device_at(checker, at);
	const struct plan_rapl *rapl = &checker->loader->out->rapl;

	if (device->source != WIRE_KIND_RAPL || device->source_device >= rapl->device_count)
		return false;
	*kind = rapl->device[device->source_device].kind;
	return true;
}

/* A meter of more than parts of a host: of another collector, or of this host's when somebody wrote that it counts. */
static bool is_meter_of_more(const struct checker *checker, uint32_t at)
{
	enum plan_rapl_kind kind;

	if (device_at(checker, at)->source == WIRE_KIND_TRAFFIC)
		return false; /* it counts octets, no energy */
	if (device_at(checker, at)->source != WIRE_KIND_RAPL)
		return true;
	return local_kind(checker, at, &kind) && kind != PLAN_RAPL_POWERCAP && note_at(checker, at)->in_total == IN_TOTAL_YES;
}

/*
 * Counters inside a host are a part of what the host draws. They are the site's total only where nothing else meters energy there, other
 * than what they feed themselves.
 */
static bool has_other_meter(const struct checker *checker, uint32_t at, const uint32_t *others)
{
	const struct plan_core *core = &checker->loader->out->core;
	uint32_t site = core->device[at].site;

	if (others[site] == 0)
		return false;
	for (uint32_t i = 0; i < core->device_count; i++) {
		if (core->device[i].site == site && i != at && is_meter_of_more(checker, i) && !is_fed_by(checker, i, at))
			return true;
	}
	return false;
}

static void decide_totals(const struct checker *checker, const uint32_t *others)
{
	struct plan_core *core = &checker->loader->out->core;

	for (uint32_t i = 0; i < core->device_count; i++) {
		struct plan_device *device = &core->device[i];
		const struct device_note *note = note_at(checker, i);
		enum plan_rapl_kind kind;
		device->is_in_total = counts(checker, i);
		if (device->source == WIRE_KIND_RAPL && note->in_total == IN_TOTAL_AUTO && has_other_meter(checker, i, others))
			device->is_in_total = false;
		/* Sensors, batteries and GPUs of a host are parts of it until somebody says that one is the whole. */
		if (local_kind(checker, i, &kind) && kind != PLAN_RAPL_POWERCAP && note->in_total == IN_TOTAL_AUTO)
			device->is_in_total = false;
		if (device->source == WIRE_KIND_TRAFFIC) { /* it counts octets, no energy */
			device->is_in_total = false;
			continue;
		}
		if (note->in_total == IN_TOTAL_YES && has_counting_above(checker, i))
			problems_add_warning(
			    checker->loader->problems, note->place,
			    "device %s counts in the total (in_total: yes), and so does what feeds it: its energy is counted twice",
			    device->id);
	}
}

/* Sites where devices are and none counts. */
static enum err check_sites(const struct checker *checker)
{
	const struct plan_core *core = &checker->loader->out->core;
	uint32_t *device_count = mem_new_array(core->site_count, sizeof *device_count);
	uint32_t *counting = mem_new_array(core->site_count, sizeof *counting);
	enum err err = device_count != NULL && counting != NULL ? ERR_NONE : ERR_MEMORY;

	for (size_t i = 0; err == ERR_NONE && i < core->device_count; i++) {
		device_count[core->device[i].site]++;
		counting[core->device[i].site] += core->device[i].is_in_total ? 1 : 0;
	}
	for (size_t i = 0; err == ERR_NONE && i < core->site_count; i++) {
		struct place place = checker->loader->site_note[i].place;
		if (device_count[i] > 0 && counting[i] == 0)
			problems_add_warning(checker->loader->problems, place, "site %s: no device counts in its total", core->site[i].id);
		if (device_count[i] > 0 && core->site[i].grid_zone[0] == '\0' && !checker->loader->out->is_default_site)
			problems_add_warning(checker->loader->problems, place, "site %s has no zone: no emissions are computed for it",
					     core->site[i].id);
	}
	mem_free(device_count);
	mem_free(counting);
	return err;
}

/* A store of many sites must be able to tell them apart. */
static void check_default_ids(const struct checker *checker)
{
	static const char *const common[] = {"default", "site",   "site1",   "site-1",    "site_1",
					     "my-site", "mysite", "example", "localhost", NULL};
	const struct loader *loader = checker->loader;
	const struct plan_core *core = &loader->out->core;

	for (size_t i = 0; loader->out->deliver.target_count > 0 && i < core->site_count; i++) {
		for (size_t j = 0; common[j] != NULL; j++) {
			if (strcmp(core->site[i].id, common[j]) != 0)
				continue;
			problems_add_error(
			    loader->problems, loader->site_note[i].place,
			    "the site's id is still %s, and points leave this machine (outputs:): write sites: with an id of its own, for it is "
			    "in every point for ever",
			    common[j]);
		}
	}
}

/* Warnings that are told once, with a number, not once a device. */
static void warn_devices(const struct checker *checker)
{
	const struct loader *loader = checker->loader;
	const struct plan_core *core = &loader->out->core;
	size_t clear_count = 0;
	struct place clear_place = {0};

	for (uint32_t i = 0; i < core->device_count; i++) {
		const struct plan_device *device = &core->device[i];
		const struct device_note *note = note_at(checker, i);
		if (device->interval_ms > core->slot_s * 1000)
			problems_add_warning(loader->problems, note->place,
					     "device %s: its interval is longer than a slot (%u s): slots without a reading follow",
					     device->id, (unsigned)core->slot_s);
		if (device->source != WIRE_KIND_SNMP || device->source_device >= loader->out->snmp.device_count)
			continue;
		const struct plan_snmp_device *snmp = &loader->out->snmp.device[device->source_device];
		if (snmp->version == SNMP_V3 || host_is_loopback(snmp->host))
			continue;
		if (clear_count++ == 0)
			clear_place = note->place;
	}
	if (clear_count > 0)
		problems_add_warning(loader->problems, clear_place,
				     "%zu device%s with version 1 or 2c: the community crosses the network in clear text", clear_count,
				     clear_count == 1 ? "" : "s");
}

static enum err check_all(struct checker *checker)
{
	struct loader *loader = checker->loader;
	const struct plan_core *core = &loader->out->core;
	uint32_t *others = mem_new_array(core->site_count, sizeof *others);

	if (others == NULL)
		return ERR_MEMORY;
	check_twice(checker, &checker->sites, "site");
	check_twice(checker, &checker->devices, "device");
	for (uint32_t i = 0; i < core->device_count; i++) {
		find_site(checker, i);
		find_feeder(checker, i);
		others[core->device[i].site] += is_meter_of_more(checker, i) ? 1 : 0;
	}
	if (loader->local_site[0] != '\0' && id_index_find(&checker->sites, loader->local_site) == ID_INDEX_NONE &&
	    loader->once[ONCE_AGENT] != NULL)
		add_unknown(checker, loader->once[ONCE_AGENT]->place, "agent: site", loader->local_site, &checker->sites);
	check_cycles(checker);
	decide_totals(checker, others);
	check_default_ids(checker);
	warn_devices(checker);
	mem_free(others);
	return check_sites(checker);
}

void loader_check(struct loader *loader)
{
	const struct plan_core *core = &loader->out->core;
	struct checker checker = {.loader = loader};
	enum err err = id_index_init(&checker.sites, core->site, core->site_count, sizeof *core->site, offsetof(struct plan_site, id));

	if (err == ERR_NONE)
		err = id_index_init_devices(&checker.devices, core->device, core->device_count);
	if (err == ERR_NONE && core->device_count > 0) {
		checker.feeder = mem_new_array(core->device_count, sizeof *checker.feeder);
		checker.mark = mem_new_array(core->device_count, sizeof *checker.mark);
		if (checker.feeder == NULL || checker.mark == NULL)
			err = ERR_MEMORY;
	}
	if (err == ERR_NONE)
		err = check_all(&checker);
	if (err != ERR_NONE)
		loader->is_out_of_memory = true;
	mem_free(checker.feeder);
	mem_free(checker.mark);
	id_index_deinit(&checker.sites);
	id_index_deinit(&checker.devices);
}
