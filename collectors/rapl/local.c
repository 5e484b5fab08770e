/* SPDX-License-Identifier: Apache-2.0 */
#include "rapl/local.h"

#include "base/clock.h"
#include "base/text.h"

#include <string.h>

static const int64_t ns_per_us = 1000;

enum err c_rapl_local_init(struct c_rapl_local *local, const struct plan_rapl_device *device, struct err_info *info)
{
	enum err err = ERR_NONE;

	*local = (struct c_rapl_local){.kind = device->kind};
	switch (device->kind) {
	case PLAN_RAPL_HWMON: err = c_rapl_hwmon_init(&local->hwmon, device->sysfs_root, clock_boot_ns, info); break;
	case PLAN_RAPL_POWER_SUPPLY: err = c_rapl_supplies_init(&local->supplies, device->sysfs_root, clock_boot_ns, info); break;
	case PLAN_RAPL_NVML: c_rapl_gpus_init(&local->gpus, C_RAPL_NVML_LIBRARY, clock_boot_ns); break;
	default: err = c_rapl_tree_init(&local->tree, device->sysfs_root, clock_boot_ns, info); break;
	}
	local->is_open = err == ERR_NONE;
	return err;
}

void c_rapl_local_deinit(struct c_rapl_local *local)
{
	if (!local->is_open)
		return;
	switch (local->kind) {
	case PLAN_RAPL_HWMON: c_rapl_hwmon_deinit(&local->hwmon); break;
	case PLAN_RAPL_POWER_SUPPLY: c_rapl_supplies_deinit(&local->supplies); break;
	case PLAN_RAPL_NVML: c_rapl_gpus_deinit(&local->gpus); break;
	default: c_rapl_tree_deinit(&local->tree); break;
	}
	local->is_open = false;
}

uint32_t c_rapl_local_interval_ms(const struct c_rapl_local *local, uint32_t asked_ms)
{
	return local->kind == PLAN_RAPL_POWERCAP ? c_rapl_tree_interval_ms(&local->tree, asked_ms) : asked_ms;
}

void c_rapl_local_read(struct c_rapl_local *local, uint32_t device)
{
	switch (local->kind) {
	case PLAN_RAPL_HWMON: c_rapl_hwmon_read(&local->hwmon, device); break;
	case PLAN_RAPL_POWER_SUPPLY: c_rapl_supplies_read(&local->supplies, device); break;
	case PLAN_RAPL_NVML: c_rapl_gpus_read(&local->gpus, device); break;
	default: c_rapl_tree_read(&local->tree, device); break;
	}
}

struct c_rapl_local_result c_rapl_local_result(const struct c_rapl_local *local)
{
	switch (local->kind) {
	case PLAN_RAPL_HWMON:
		return (struct c_rapl_local_result){.state = local->hwmon.state,
						    .reason = local->hwmon.reason,
						    .sample = local->hwmon.sample,
						    .sample_count = local->hwmon.sample_count,
						    .summand_count = c_rapl_roster_summand_count(&local->hwmon.roster)};
	case PLAN_RAPL_POWER_SUPPLY:
		return (struct c_rapl_local_result){.state = local->supplies.state,
						    .reason = local->supplies.reason,
						    .sample = local->supplies.sample,
						    .sample_count = local->supplies.sample_count};
	case PLAN_RAPL_NVML:
		return (struct c_rapl_local_result){.state = local->gpus.state,
						    .reason = local->gpus.reason,
						    .sample = local->gpus.sample,
						    .sample_count = local->gpus.sample_count,
						    .summand_count = c_rapl_roster_summand_count(&local->gpus.roster)};
	default:
		return (struct c_rapl_local_result){.state = local->tree.state,
						    .latency_us = (uint32_t)(local->tree.spread_ns / ns_per_us),
						    .reason = local->tree.reason,
						    .sample = local->tree.sample,
						    .sample_count = local->tree.sample_count,
						    .summand_count = c_rapl_tree_summand_count(&local->tree)};
	}
}

bool c_rapl_local_take_meter(struct c_rapl_local *local, uint32_t *number, struct meter_info *out)
{
	switch (local->kind) {
	case PLAN_RAPL_HWMON: return c_rapl_roster_take(&local->hwmon.roster, number, out);
	case PLAN_RAPL_POWER_SUPPLY: return c_rapl_roster_take(&local->supplies.roster, number, out);
	case PLAN_RAPL_NVML: return c_rapl_roster_take(&local->gpus.roster, number, out);
	default: return c_rapl_tree_take_meter(&local->tree, number, out);
	}
}

bool c_rapl_local_take_news(struct c_rapl_local *local)
{
	struct c_rapl_local_result result = c_rapl_local_result(local);
	bool is_news = strcmp(result.reason, local->told_reason) != 0;

	if (local->kind == PLAN_RAPL_POWERCAP)
		return c_rapl_tree_take_news(&local->tree);
	(void)text_copy(local->told_reason, sizeof local->told_reason, result.reason);
	return is_news;
}

void c_rapl_local_describe(const struct c_rapl_local *local, struct wire_device *out)
{
	static const char *const driver[] = {"rapl", "hwmon", "power_supply", "nvml"}; /* enum plan_rapl_kind */
	struct c_rapl_local_result result = c_rapl_local_result(local);

	out->expected_count = result.summand_count;
	out->is_expected_learned = result.summand_count > 0;
	(void)text_clean(out->reason, sizeof out->reason, result.reason, strlen(result.reason));
	(void)text_copy(out->driver, sizeof out->driver, driver[local->kind]);
	if (local->kind != PLAN_RAPL_POWERCAP)
		return;
	out->is_expected_learned = local->tree.is_scan_complete && local->tree.count > 0;
	(void)text_copy(out->vendor, sizeof out->vendor, local->tree.cpu.vendor);
	(void)text_copy(out->model, sizeof out->model, local->tree.cpu.model);
}
