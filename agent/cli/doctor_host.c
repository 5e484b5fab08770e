/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/doctor_priv.h"

#include <dirent.h>
#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

enum { PATH_BYTES = 4096, LINE_BYTES = 4096 };

static const char *sysfs_root(const struct doctor *doctor)
{
	const struct settings *settings = doctor->settings;

	return settings != NULL && settings->rapl.device_count > 0 ? settings->rapl.device[0].sysfs_root : "/sys";
}

/* ---- Energy counters ---- */

struct zones {
	size_t count;
	size_t closed_count; /* not readable by this user */
};

static void count_zones(struct zones *out, const char *class_path)
{
	DIR *dir = opendir(class_path);
	const struct dirent *entry;
	char path[PATH_BYTES];

	if (dir == NULL)
		return;
	while ((entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.' || snprintf(path, sizeof(path), "%s/%s/energy_uj", class_path, entry->d_name) >= PATH_BYTES)
			continue;
		if (access(path, F_OK) != 0)
			continue;
		out->count++;
		out->closed_count += access(path, R_OK) != 0 ? 1 : 0;
	}
	closedir(dir);
}

static bool is_guest(void)
{
	FILE *file = fopen("/proc/cpuinfo", "re");
	char line[LINE_BYTES];
	bool is_found = false;

	while (file != NULL && !is_found && fgets(line, sizeof(line), file) != NULL)
		is_found = strncmp(line, "flags", 5) == 0 && strstr(line, " hypervisor") != NULL;
	if (file != NULL)
		fclose(file);
	return is_found;
}

static void check_powercap(struct doctor *doctor)
{
	struct zones zones = {0};
	char path[PATH_BYTES];

	if (snprintf(path, sizeof(path), "%s/class/powercap", sysfs_root(doctor)) >= PATH_BYTES)
		return;
	count_zones(&zones, path);
	if (zones.count > 0 && zones.closed_count == 0) {
		doctor_add(doctor, DOCTOR_OK, "rapl", "%zu energy counters of this machine's processors", zones.count);
	} else if (zones.count > 0) {
		doctor_add(doctor, DOCTOR_NOTE, "rapl",
			   "%zu of %zu energy counters are closed to this user: whoever reads them fast can learn what others compute "
			   "(CVE-2020-8694); the service may read them, with CAP_DAC_READ_SEARCH",
			   zones.closed_count, zones.count);
		doctor_fix(doctor, "sudo wattledger run ..., or use the service; leave the files' mode as it is");
	} else if (is_guest()) {
		doctor_add(doctor, DOCTOR_NOTE, "rapl", "no energy counters: this is a virtual machine, and its host keeps them");
		doctor_fix(doctor, "meter the host, or its PDU or BMC");
	} else {
		doctor_add(doctor, DOCTOR_NOTE, "rapl", "no energy counters in %s", path);
		doctor_fix(doctor, "sudo modprobe intel_rapl_msr   (Intel since 2011, AMD since Zen; others have none)");
	}
}

/* ---- BMC ---- */

/* SMBIOS tells of an IPMI interface with a structure of type 38 (DMTF DSP0134, 7.39). */
static bool has_ipmi_hardware(const char *sys)
{
	char path[PATH_BYTES];

	return snprintf(path, sizeof(path), "%s/firmware/dmi/entries/38-0", sys) < PATH_BYTES && access(path, F_OK) == 0;
}

static bool is_ipmi_configured(const struct doctor *doctor, const char *device)
{
	const struct settings *settings = doctor->settings;

	for (size_t i = 0; settings != NULL && i < settings->ipmi.device_count; i++) {
		if (strcmp(settings->ipmi.device[i].path, device) == 0)
			return true;
	}
	return false;
}

static void check_ipmi(struct doctor *doctor)
{
	static const char DEVICE[] = "/dev/ipmi0";
	bool is_configured = is_ipmi_configured(doctor, DEVICE);
	enum doctor_level level = is_configured ? DOCTOR_FIX : DOCTOR_NOTE;

	if (access(DEVICE, F_OK) != 0) {
		if (!is_configured && !has_ipmi_hardware(sysfs_root(doctor)))
			return;
		doctor_add(doctor, level, "ipmi", "this machine %s a BMC, and %s is not there",
			   has_ipmi_hardware(sysfs_root(doctor)) ? "has" : "may have", DEVICE);
		doctor_fix(
		    doctor,
		    "printf 'ipmi_si\\nipmi_devintf\\n' | sudo tee /etc/modules-load.d/ipmi.conf && sudo modprobe -a ipmi_si ipmi_devintf");
		return;
	}
	if (access(DEVICE, R_OK | W_OK) == 0) {
		doctor_add(doctor, DOCTOR_OK, "ipmi", "%s%s", DEVICE, is_configured ? "" : "; `address: ipmi:local` would meter with it");
		return;
	}
	doctor_add(doctor, level, "ipmi", "%s is closed to this user: it can switch the machine off", DEVICE);
	doctor_fix(doctor, "run the service (its unit's example ipmi-local.conf), or as root");
}

/* ---- Serial lines, packets ---- */

static void check_serial(struct doctor *doctor)
{
	const struct settings *settings = doctor->settings;

	for (size_t i = 0; settings != NULL && i < settings->modbus.bus_count; i++) {
		const char *path = settings->modbus.bus[i].path;

		if (settings->modbus.bus[i].link != MODBUS_SERIAL)
			continue;
		if (access(path, F_OK) != 0) {
			doctor_add(doctor, DOCTOR_FIX, "serial", "%s is not there", path);
			doctor_fix(
			    doctor,
			    "plug it in, and take its name from `ls -l /dev/serial/by-id/`: that one stays when it is plugged elsewhere");
		} else if (access(path, R_OK | W_OK) != 0) {
			doctor_add(doctor, DOCTOR_FIX, "serial", "%s is closed to this user", path);
			doctor_fix(
			    doctor,
			    "sudo adduser wattledger dialout && sudo systemctl restart wattledger   (for yourself: sudo adduser $USER dialout)");
		} else {
			doctor_add(doctor, DOCTOR_OK, "serial", "%s", path);
		}
	}
}

static bool is_capturing(const struct settings *settings)
{
	for (size_t i = 0; i < settings->traffic.device_count; i++) {
		if (settings->traffic.device[i].flow_count > 0 && settings->traffic.device[i].file[0] == '\0')
			return true;
	}
	return false;
}

static void check_packets(struct doctor *doctor)
{
	if (doctor->settings == NULL || !is_capturing(doctor->settings))
		return;
	if (prctl(PR_CAPBSET_READ, CAP_NET_RAW, 0, 0, 0) == 1)
		return;
	doctor_add(doctor, DOCTOR_FIX, "traffic",
		   "flows need packet sockets (CAP_NET_RAW), and nothing in this container or session may have that");
	doctor_fix(doctor, "docker run --cap-add NET_RAW ..., or leave `flows:` out: the interfaces' own counters need no right");
}

/* ---- GPUs ---- */

static bool is_reading_gpus(const struct settings *settings)
{
	for (size_t i = 0; i < settings->rapl.device_count; i++) {
		if (settings->rapl.device[i].kind == PLAN_RAPL_NVML)
			return true;
	}
	return false;
}

/* Not read unasked: where the driver is not kept loaded, asking it keeps the cards awake, which takes power. */
static void check_gpu(struct doctor *doctor)
{
	if (access("/proc/driver/nvidia/version", F_OK) != 0)
		return;
	if (access("/dev/nvidiactl", R_OK | W_OK) != 0) {
		doctor_add(doctor, DOCTOR_NOTE, "gpu", "NVIDIA's driver is there, and /dev/nvidiactl is closed to this user or missing");
		doctor_fix(doctor, "sudo nvidia-modprobe   (makes the device files), or run as the service");
	} else if (doctor->settings == NULL || is_reading_gpus(doctor->settings)) {
		doctor_add(doctor, DOCTOR_OK, "gpu", "NVIDIA's driver is there");
	} else {
		doctor_add(doctor, DOCTOR_NOTE, "gpu",
			   "NVIDIA's driver is there, and no device of the configuration reads the GPUs (address: nvml)");
		doctor_fix(doctor,
			   "sudo sh -c 'wattledger scan local | install -m 600 /dev/stdin /etc/wattledger/conf.d/scanned-local.yaml && "
			   "systemctl reload wattledger'");
	}
}

void doctor_check_host(struct doctor *doctor)
{
	check_powercap(doctor);
	check_ipmi(doctor);
	check_serial(doctor);
	check_packets(doctor);
	check_gpu(doctor);
}
