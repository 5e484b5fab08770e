/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nvml: a stand-in for NVIDIA's libnvidia-ml.so.1, for machines without a GPU: two devices, of which one is of a generation without an
 * energy counter. It knows the functions that the collector asks for, with the signatures of nvml.h. The energy of the first grows by a
 * joule each time it is asked.
 *
 *	gcc -shared -fPIC -Wl,-soname,libnvidia-ml.so.1 -o libnvidia-ml.so.1 tests/sim/nvml/nvml.c
 */
#include <stdio.h>

enum { SUCCESS = 0, INVALID_ARGUMENT = 2, NOT_SUPPORTED = 3, DEVICES = 2, POWER_MW = 250500, TEMPERATURE_C = 61 };

static int device[DEVICES];
static unsigned long long energy_millij = 5000000;

int nvmlInit_v2(void);
int nvmlShutdown(void);
int nvmlDeviceGetCount_v2(unsigned *count);
int nvmlDeviceGetHandleByIndex_v2(unsigned index, void **out);
int nvmlDeviceGetUUID(void *handle, char *uuid, unsigned bytes);
int nvmlDeviceGetName(void *handle, char *name, unsigned bytes);
int nvmlDeviceGetTotalEnergyConsumption(void *handle, unsigned long long *out);
int nvmlDeviceGetPowerUsage(void *handle, unsigned *power_mw);
int nvmlDeviceGetTemperature(void *handle, int sensor, unsigned *temperature_c);

int nvmlInit_v2(void)
{
	return SUCCESS;
}

int nvmlShutdown(void)
{
	return SUCCESS;
}

int nvmlDeviceGetCount_v2(unsigned *count)
{
	*count = DEVICES;
	return SUCCESS;
}

int nvmlDeviceGetHandleByIndex_v2(unsigned index, void **out)
{
	if (index >= DEVICES)
		return INVALID_ARGUMENT;
	*out = &device[index];
	return SUCCESS;
}

int nvmlDeviceGetUUID(void *handle, char *uuid, unsigned bytes)
{
	(void)snprintf(uuid, bytes, "GPU-%s", handle == &device[0] ? "aaaa" : "bbbb");
	return SUCCESS;
}

int nvmlDeviceGetName(void *handle, char *name, unsigned bytes)
{
	(void)snprintf(name, bytes, "%s", handle == &device[0] ? "NVIDIA Fake A" : "NVIDIA Fake Old");
	return SUCCESS;
}

int nvmlDeviceGetTotalEnergyConsumption(void *handle, unsigned long long *out)
{
	if (handle != &device[0])
		return NOT_SUPPORTED;
	energy_millij += 1000;
	*out = energy_millij;
	return SUCCESS;
}

int nvmlDeviceGetPowerUsage(void *handle, unsigned *power_mw)
{
	*power_mw = handle == &device[0] ? POWER_MW : POWER_MW / 2;
	return SUCCESS;
}

int nvmlDeviceGetTemperature(void *handle, int sensor, unsigned *temperature_c)
{
	if (sensor != 0)
		return INVALID_ARGUMENT;
	*temperature_c = handle == &device[0] ? TEMPERATURE_C : TEMPERATURE_C - 20;
	return SUCCESS;
}
