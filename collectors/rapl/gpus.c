/* SPDX-License-Identifier: Apache-2.0 */
#include "rapl/gpus.h"

#include "base/mem.h"
#include "base/text.h"
#include "model/units.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

/* Without a library or a driver it is looked for again after this. */
#define OPEN_GAP_NS (60 * UNITS_NS_PER_S)

enum { NVML_SUCCESS = 0, NVML_TEXT_BYTES = 96, NVML_TEMPERATURE_GPU = 0 };

static const double MW_PER_W = 1000.0;

/* Signatures of nvml.h; a device is an opaque pointer, a result an enumeration. */
struct c_rapl_nvml {
	void *library;
	int (*init)(void);
	int (*shutdown)(void);
	int (*get_count)(unsigned *count);
	int (*get_handle)(unsigned index, void **device);
	int (*get_uuid)(void *device, char *uuid, unsigned bytes);
	int (*get_name)(void *device, char *name, unsigned bytes);
	int (*get_energy_millij)(void *device, unsigned long long *energy_millij);
	int (*get_power_mw)(void *device, unsigned *power_mw);
	int (*get_temperature_c)(void *device, int sensor, unsigned *temperature_c);
};

/* ---- Loading --------------------------------------------------------------------------------------------------------------------------- */

/* POSIX lets a symbol's address be a function's; C has no cast for it. */
static bool find(struct c_rapl_nvml *nvml, const char *name, void *function)
{
	void *address = dlsym(nvml->library, name);

	memcpy(function, &address, sizeof address);
	return address != NULL;
}

static bool find_all(struct c_rapl_nvml *nvml)
{
	bool is_whole = find(nvml, "nvmlInit_v2", &nvml->init) && find(nvml, "nvmlShutdown", &nvml->shutdown) &&
			find(nvml, "nvmlDeviceGetCount_v2", &nvml->get_count) &&
			find(nvml, "nvmlDeviceGetHandleByIndex_v2", &nvml->get_handle) &&
			find(nvml, "nvmlDeviceGetUUID", &nvml->get_uuid) && find(nvml, "nvmlDeviceGetPowerUsage", &nvml->get_power_mw);

	/* Older libraries lack these. */
	(void)find(nvml, "nvmlDeviceGetName", &nvml->get_name);
	(void)find(nvml, "nvmlDeviceGetTotalEnergyConsumption", &nvml->get_energy_millij);
	(void)find(nvml, "nvmlDeviceGetTemperature", &nvml->get_temperature_c);
	return is_whole;
}

static void unload(struct c_rapl_gpus *gpus)
{
	if (gpus->nvml == NULL)
		return;
	(void)gpus->nvml->shutdown();
	(void)dlclose(gpus->nvml->library);
	gpus->nvml = mem_free(gpus->nvml);
	gpus->count = 0;
}

static void describe_total(struct meter_info *out)
{
	*out = (struct meter_info){.key = "total",
				   .name = "GPUs",
				   .role = ROLE_TOTAL,
				   .point = POINT_IT_IN,
				   .caliber = CALIBER_ACTUAL,
				   .is_derived = true,
				   .is_component = true};
}

static void describe_gpu(const char *uuid, const char *name, bool has_energy, struct meter_info *out)
{
	*out = (struct meter_info){.parent = "total",
				   .role = ROLE_PART,
				   .point = POINT_IT_IN,
				   .caliber = CALIBER_ACTUAL,
				   .is_summand = true,
				   .is_component = true};
	snprintf(out->key, sizeof out->key, "gpu/%.55s", uuid);
	(void)text_copy(out->name, sizeof out->name, name[0] != '\0' ? name : "GPU");
	if (has_energy) /* counts from 0 when the driver is loaded */
		out->energy = (struct counter_spec){.unit_num = 1, .unit_den = 1, .starts_at_zero = true};
}

static bool add_gpu(struct c_rapl_gpus *gpus, unsigned index)
{
	const struct c_rapl_nvml *nvml = gpus->nvml;
	struct c_rapl_gpu *gpu = &gpus->gpu[gpus->count];
	char raw[NVML_TEXT_BYTES] = "";
	char uuid[METER_KEY_BYTES];
	char name[METER_NAME_BYTES] = "";
	struct meter_info info;
	unsigned long long energy_millij;

	*gpu = (struct c_rapl_gpu){0};
	if (nvml->get_handle(index, &gpu->handle) != NVML_SUCCESS || nvml->get_uuid(gpu->handle, raw, sizeof raw) != NVML_SUCCESS)
		return false;
	(void)text_clean(uuid, sizeof uuid, raw, strnlen(raw, sizeof raw));
	raw[0] = '\0';
	if (nvml->get_name != NULL && nvml->get_name(gpu->handle, raw, sizeof raw) == NVML_SUCCESS)
		(void)text_clean(name, sizeof name, raw, strnlen(raw, sizeof raw));
	gpu->has_energy = nvml->get_energy_millij != NULL && nvml->get_energy_millij(gpu->handle, &energy_millij) == NVML_SUCCESS;
	describe_gpu(uuid, name, gpu->has_energy, &info);
	if (c_rapl_roster_put(&gpus->roster, &info, &gpu->meter) != ERR_NONE)
		return false;
	gpus->count++;
	return true;
}

static void list(struct c_rapl_gpus *gpus)
{
	struct meter_info info;
	unsigned count = 0;
	uint32_t number;

	gpus->count = 0;
	if (gpus->nvml->get_count(&count) != NVML_SUCCESS || count == 0)
		return;
	describe_total(&info);
	if (c_rapl_roster_put(&gpus->roster, &info, &number) != ERR_NONE)
		return;
	for (unsigned i = 0; i < count && gpus->count < C_RAPL_GPUS_MAX; i++)
		(void)add_gpu(gpus, i);
}

static void load(struct c_rapl_gpus *gpus)
{
	struct c_rapl_nvml *nvml = mem_new(sizeof *nvml);

	gpus->opened_boot_ns = gpus->clock();
	if (nvml == NULL)
		return;
	nvml->library = dlopen(gpus->library, RTLD_NOW | RTLD_LOCAL);
	if (nvml->library == NULL) {
		snprintf(gpus->reason, sizeof gpus->reason, "%.64s is not installed: it comes with NVIDIA's driver", gpus->library);
	} else if (!find_all(nvml)) {
		snprintf(gpus->reason, sizeof gpus->reason, "%.64s is too old: it has no version 2 of its functions", gpus->library);
	} else if (nvml->init() != NVML_SUCCESS) {
		snprintf(gpus->reason, sizeof gpus->reason, "NVIDIA's driver does not answer: is it loaded (nvidia-smi)?");
	} else {
		gpus->nvml = nvml;
		gpus->reason[0] = '\0';
		list(gpus);
		return;
	}
	if (nvml->library != NULL)
		(void)dlclose(nvml->library);
	mem_free(nvml);
}

void c_rapl_gpus_init(struct c_rapl_gpus *gpus, const char *library, int64_t (*clock)(void))
{
	*gpus = (struct c_rapl_gpus){.clock = clock, .library = library, .state = DEVICE_STARTING};
	load(gpus);
}

void c_rapl_gpus_deinit(struct c_rapl_gpus *gpus)
{
	unload(gpus);
	c_rapl_roster_deinit(&gpus->roster);
}

/* ---- Reading --------------------------------------------------------------------------------------------------------------------------- */

static struct sample *put(struct c_rapl_gpus *gpus, struct sample sample, enum quantity quantity)
{
	struct sample *out = &gpus->sample[gpus->sample_count++];

	*out = sample;
	out->quantity = quantity;
	return out;
}

/* true when power or energy came. */
static bool read_gpu(struct c_rapl_gpus *gpus, const struct c_rapl_gpu *gpu, struct sample sample)
{
	const struct c_rapl_nvml *nvml = gpus->nvml;
	unsigned long long energy_millij;
	unsigned power_mw;
	unsigned temperature_c;
	bool is_read = false;

	sample.meter = gpu->meter;
	if (gpu->has_energy && nvml->get_energy_millij(gpu->handle, &energy_millij) == NVML_SUCCESS) {
		put(gpus, sample, QUANTITY_ENERGY)->raw = energy_millij;
		is_read = true;
	}
	if (nvml->get_power_mw(gpu->handle, &power_mw) == NVML_SUCCESS) {
		put(gpus, sample, QUANTITY_POWER)->value = (double)power_mw / MW_PER_W;
		is_read = true;
	}
	if (nvml->get_temperature_c != NULL && nvml->get_temperature_c(gpu->handle, NVML_TEMPERATURE_GPU, &temperature_c) == NVML_SUCCESS)
		put(gpus, sample, QUANTITY_TEMPERATURE)->value = (double)temperature_c;
	return is_read;
}

void c_rapl_gpus_read(struct c_rapl_gpus *gpus, uint32_t device)
{
	int64_t now_ns = gpus->clock();
	uint32_t read_count = 0;

	if ((gpus->nvml == NULL || gpus->count == 0) && now_ns - gpus->opened_boot_ns >= OPEN_GAP_NS) {
		unload(gpus);
		load(gpus);
	}
	gpus->sample_count = 0;
	for (uint32_t i = 0; i < gpus->count; i++)
		read_count +=
		    read_gpu(gpus, &gpus->gpu[i], (struct sample){.device = device, .caliber = CALIBER_ACTUAL, .boot_ns = now_ns});
	gpus->state = read_count == 0 ? DEVICE_UNREADABLE : read_count < gpus->count ? DEVICE_PARTIAL : DEVICE_UP;
	if (gpus->nvml == NULL)
		return;
	gpus->reason[0] = '\0';
	if (gpus->count == 0)
		snprintf(gpus->reason, sizeof gpus->reason, "NVIDIA's driver knows no GPU");
	else if (read_count < gpus->count)
		snprintf(gpus->reason, sizeof gpus->reason, "%u of %u GPUs give neither energy nor power",
			 (unsigned)(gpus->count - read_count), (unsigned)gpus->count);
	/* A driver that was unloaded answers nobody: a new start finds it when it is back. */
	if (read_count == 0 && gpus->count > 0) {
		unload(gpus);
		gpus->opened_boot_ns = now_ns;
	}
}
