/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
#include "cli/doctor_priv.h"
#include "cli/status_doc.h"
#include "ledger/ledger.h"
#include "run/ask.h"
#include "run/spawn.h"

#include <errno.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/statfs.h>
#include <unistd.h>

enum {
	PATH_BYTES = 4096,
	/* Descriptors that the agent has besides its devices' sockets. */
	FILES_BESIDE = 64,
	/* A receive buffer for one tick of so many devices or more is worth a word. */
	DEVICES_MANY = 2000,
	SOURCES_NAMED_MAX = 20,
	NUMBER_BYTES = 32,
};

#define FREE_BYTES_MIN (UINT64_C(256) << 20)
#define MIB (UINT64_C(1) << 20)
#define BUFFER_WANTED (4 << 20)

/* ---- Programs ---- */

/* `what` is configured so many times: as devices, as the status page, or as sources of series. */
static void check_program(struct doctor *doctor, const char *what, size_t count)
{
	char name[64];
	char path[PATH_BYTES];
	struct err_info info = {0};

	snprintf(name, sizeof(name), "wattledger-%s", what);
	if (count == 0 || spawn_find(name, path, sizeof(path), &info) == ERR_NONE)
		return;
	if (strcmp(what, "page") == 0)
		doctor_add(doctor, DOCTOR_FIX, what, "the status page is configured, and its program %s is not installed", name);
	else if (strcmp(what, "series") == 0)
		doctor_add(doctor, DOCTOR_FIX, what, "series are configured, and their program %s is not installed", name);
	else
		doctor_add(doctor, DOCTOR_FIX, what, "%zu %s the program %s, and it is not installed", count,
			   count == 1 ? "device needs" : "devices need", name);
	doctor_fix(doctor, "apt install %s   (or dnf; from source: `make deps all`)", spawn_package_of(name));
}

static void check_programs(struct doctor *doctor)
{
	const struct settings *settings = doctor->settings;

	check_program(doctor, "snmp", settings->snmp.device_count);
	check_program(doctor, "modbus", settings->modbus.device_count);
	check_program(doctor, "ipmi", settings->ipmi.device_count);
	check_program(doctor, "traffic", settings->traffic.device_count);
	check_program(doctor, "rapl", settings->rapl.device_count);
	check_program(doctor, "page", settings->page.host[0] != '\0' ? 1 : 0);
	check_program(doctor, "series", settings->series.source_count);
}

/* ---- State folder and ledger ---- */

/* File systems whose locks and syncs SQLite's write-ahead log cannot rely on (https://sqlite.org/wal.html, "same host computer"). */
static bool is_network(const struct statfs *fs)
{
	static const uint32_t MAGIC[] = {NFS_SUPER_MAGIC, SMB_SUPER_MAGIC, 0xFF534D42 /* cifs */, 0xFE534D42 /* smb2 */, V9FS_MAGIC};

	for (size_t i = 0; i < sizeof(MAGIC) / sizeof(MAGIC[0]); i++) {
		if ((uint32_t)fs->f_type == MAGIC[i])
			return true;
	}
	return false;
}

static void check_space(struct doctor *doctor)
{
	struct statfs fs;
	uint64_t free_bytes;

	if (statfs(doctor->state_dir, &fs) != 0)
		return;
	free_bytes = (uint64_t)fs.f_bavail * (uint64_t)fs.f_bsize;
	if (is_network(&fs)) {
		doctor_add(doctor, DOCTOR_FIX, "state", "%s is on a network file system: the ledger needs locks and syncs of this machine",
			   doctor->state_dir);
		doctor_fix(doctor, "set `state_dir:` to a folder on a local disk in %s", doctor->config_path);
	}
	if (free_bytes < FREE_BYTES_MIN) {
		doctor_add(doctor, DOCTOR_FIX, "state", "only %llu MiB are free in %s", (unsigned long long)(free_bytes / MIB),
			   doctor->state_dir);
		doctor_fix(doctor, "make room there, or set `state_dir:` to a larger file system");
	}
}

static void check_state(struct doctor *doctor)
{
	if (access(doctor->state_dir, F_OK) != 0) {
		doctor_add(doctor, DOCTOR_NOTE, "state", "%s is not there yet: the agent makes it when it may", doctor->state_dir);
		return;
	}
	if (access(doctor->state_dir, R_OK | X_OK) != 0) {
		doctor_add(doctor, DOCTOR_NOTE, "state", "%s is closed to this user (it holds the site's figures)", doctor->state_dir);
		doctor_fix(doctor, "sudo adduser $USER wattledger-audit   (then log in again), or sudo wattledger doctor");
		return;
	}
	check_space(doctor);
}

static void check_ledger(struct doctor *doctor)
{
	struct err_info info = {0};
	struct ledger *ledger = NULL;
	char path[PATH_BYTES];

	if (file_join(path, sizeof(path), doctor->state_dir, "ledger.db", NULL) != ERR_NONE || access(path, F_OK) != 0)
		return;
	if (ledger_open_readonly(&ledger, path, &info) == ERR_NONE) {
		doctor_add(doctor, DOCTOR_OK, "ledger", "%s, %.1f MiB", path, (double)ledger_file_bytes(ledger) / (double)MIB);
	} else {
		doctor_add(doctor, info.code == ERR_PERMISSION ? DOCTOR_NOTE : DOCTOR_FIX, "ledger", "%s", info.text);
		if (info.code == ERR_PERMISSION)
			doctor_fix(doctor, "sudo wattledger doctor");
	}
	ledger_close(ledger);
}

/* ---- The running agent ---- */

static void check_sources(struct doctor *doctor, const json_t *document)
{
	const json_t *sources = json_object_get(document, "sources");
	size_t named = 0;
	size_t up;
	size_t all;

	status_doc_count_sources(document, &up, &all);
	doctor_add(doctor, up == all ? DOCTOR_OK : DOCTOR_NOTE, "agent", "runs: %s, %zu of %zu sources up",
		   status_doc_text(document, "verdict"), up, all);
	for (size_t i = 0; i < all && named < SOURCES_NAMED_MAX; i++) {
		const json_t *source = json_array_get(sources, i);
		const char *reason = status_doc_text(source, "reason");

		if (reason[0] == '\0')
			continue;
		named++;
		doctor_add(doctor, DOCTOR_FIX, status_doc_text(source, "device"), "%s: %s", status_doc_text(source, "state"), reason);
		doctor_fix(doctor, "wattledger test -c %s   (asks it twice and shows what it says)", doctor->config_path);
	}
}

static void check_outputs(struct doctor *doctor, const json_t *document)
{
	const json_t *outputs = json_object_get(document, "outputs");

	for (size_t i = 0; i < json_array_size(outputs); i++) {
		const json_t *output = json_array_get(outputs, i);
		const char *error = status_doc_text(output, "last_error");
		int64_t waiting = 0;

		if (error[0] == '\0' || !status_doc_i64(output, "waiting_points", &waiting) || waiting == 0)
			continue;
		doctor_add(doctor, DOCTOR_FIX, "output", "%s: %lld points wait: %s", status_doc_text(output, "name"), (long long)waiting,
			   error);
	}
}

/* We may ask the kernel ourselves (check_clock); the service's sandbox may not, and is told by a unit of its own. */
static void check_clock_told(struct doctor *doctor, const json_t *document)
{
	if (!json_is_false(json_object_get(json_object_get(document, "clock"), "told")) ||
	    (doctor->settings != NULL && doctor->settings->core.is_clock_assumed))
		return;
	doctor_add(doctor, DOCTOR_FIX, "clock", "nobody tells the agent whether the clock is kept: wattledger-clock.service does not run");
	doctor_fix(doctor, "sudo systemctl restart wattledger-clock   (why it ended: systemctl status wattledger-clock; without systemd: "
			   "`agent: {clock: assumed}` when something keeps the clock)");
}

static void check_running(struct doctor *doctor)
{
	struct err_info info = {0};
	json_t *document;
	struct buf answer;
	enum err err;

	buf_init(&answer, ASK_ANSWER_BYTES_MAX);
	err = ask_agent(doctor->state_dir, "status", &answer, &info);
	if (err == ERR_NONE)
		err = status_doc_parse(&document, buf_text(&answer), answer.bytes, &info);
	if (err == ERR_NONE) {
		check_sources(doctor, document);
		check_outputs(doctor, document);
		check_clock_told(doctor, document);
		json_decref(document);
	} else if (err == ERR_PERMISSION) {
		doctor_add(doctor, DOCTOR_NOTE, "agent", "%s", info.text);
		doctor_fix(doctor, "sudo wattledger doctor");
	} else {
		doctor_add(doctor, DOCTOR_FIX, "agent", "%s", info.text);
		doctor_fix(doctor, "sudo systemctl start wattledger   (in the foreground: wattledger run -c %s)", doctor->config_path);
	}
	buf_deinit(&answer);
}

/* ---- The system around it ---- */

static void check_clock(struct doctor *doctor)
{
	struct clock_reading now;

	clock_read(&now);
	if (now.is_synced) {
		doctor_add(doctor, DOCTOR_OK, "clock", "the kernel says that it is kept");
		return;
	}
	if (doctor->settings != NULL && doctor->settings->core.is_clock_assumed) {
		doctor_add(doctor, DOCTOR_OK, "clock", "nothing keeps it, and the configuration vouches for it (`clock: assumed`)");
		return;
	}
	doctor_add(doctor, DOCTOR_NOTE, "clock",
		   "nothing keeps it: the first figures wait until it was steady for a while, and no period can be sealed");
	doctor_fix(doctor,
		   "sudo timedatectl set-ntp true   (in a container or a guest that is kept from outside: `agent: {clock: assumed}`)");
}

static void check_files(struct doctor *doctor)
{
	struct rlimit limit;
	size_t wanted = doctor->settings->modbus.bus_count + FILES_BESIDE;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_max >= wanted)
		return;
	doctor_add(doctor, DOCTOR_FIX, "limits", "%zu connections are configured, and a process may open %llu files", wanted,
		   (unsigned long long)limit.rlim_max);
	doctor_fix(doctor, "LimitNOFILE=%zu in `systemctl edit wattledger`", wanted * 2);
}

static void check_buffer(struct doctor *doctor)
{
	char text[NUMBER_BYTES] = "";
	FILE *file;
	long max;

	if (doctor->settings->snmp.device_count < DEVICES_MANY)
		return;
	file = fopen("/proc/sys/net/core/rmem_max", "re");
	max = file != NULL && fgets(text, sizeof(text), file) != NULL ? strtol(text, NULL, 10) : BUFFER_WANTED;
	if (file != NULL)
		fclose(file);
	if (max >= BUFFER_WANTED)
		return;
	doctor_add(doctor, DOCTOR_NOTE, "limits",
		   "%zu SNMP devices answer into a buffer of %ld bytes (net.core.rmem_max): bursts may lose answers, which are asked again",
		   doctor->settings->snmp.device_count, max);
	doctor_fix(doctor, "echo net.core.rmem_max=%d | sudo tee /etc/sysctl.d/60-wattledger.conf && sudo sysctl --system", BUFFER_WANTED);
}

void doctor_check_agent(struct doctor *doctor)
{
	if (doctor->settings != NULL)
		check_programs(doctor);
	check_state(doctor);
	check_ledger(doctor);
	check_running(doctor);
	check_clock(doctor);
	if (doctor->settings != NULL) {
		check_files(doctor);
		check_buffer(doctor);
	}
}
