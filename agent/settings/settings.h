/* SPDX-License-Identifier: Apache-2.0 */
/*
 * settings: a config file, the files of the folder conf.d beside it, the drivers and the grid tables -> what every process is to do.
 * Everything that is wrong in all of them is told in one run; nothing is fetched later. See config/wattledger.yaml for the keys.
 */
#ifndef WATTLEDGER_SETTINGS_SETTINGS_H
#define WATTLEDGER_SETTINGS_SETTINGS_H

#include "settings/problems.h"
#include "wire/plan.h"
#include "wire/plan_ipmi.h"
#include "wire/plan_page.h"
#include "wire/plan_modbus.h"
#include "wire/plan_rapl.h"
#include "wire/plan_series.h"
#include "wire/plan_snmp.h"
#include "wire/plan_traffic.h"

#include <stdbool.h>
#include <stddef.h>

/* What the command line and the surroundings say; borrowed. NULL or false: the default. */
struct settings_options {
	const char *state_dir;       /* over state_dir of the config */
	const char *drivers_dir;     /* further drivers, over all others */
	const char *grid_dir;        /* further grid tables, over all others */
	const char *exe_dir;         /* default: the folder of this program */
	const char *credentials_dir; /* systemd's $CREDENTIALS_DIRECTORY */
	const char *sysfs_root;      /* of the local host's own meters: "/sys" */
	const char *zoneinfo_root;   /* "/usr/share/zoneinfo" */
	const char *time_zone;       /* of sites that name none: the system's */
	const char *host;            /* the host's name */
	bool is_resolving;           /* look up host names (in a check: false) */
};

/* The outcome, ready to be encoded. Lists are owned: settings_free(). */
struct settings {
	struct plan_core core;
	struct plan_deliver deliver;
	struct plan_snmp snmp; /* all drivers that were found, when a device is to be recognised; else those that are named */
	struct plan_rapl rapl;
	struct plan_ipmi ipmi;
	struct plan_page page;
	struct plan_modbus modbus; /* the drivers that its devices name */
	struct plan_traffic traffic;
	struct plan_series series;
	char state_dir[PLAN_PATH_BYTES];
	bool is_default_site; /* no site is configured: there is one with the id "default" */
};

/* The files that a load looks at beside the config: for messages and for `config show`. */
#define SETTINGS_DEFAULT_STATE_DIR "/var/lib/wattledger"

/*
 * Loads `path`. Problems are sorted; warnings may be there on ERR_NONE too. ERR_CONFIG when there is any error, ERR_MEMORY. *out is
 * untouched then.
 */
enum err settings_load(struct settings **out, const char *path, const struct settings_options *options,
		       struct problems *problems) MUST_CHECK;

/* Wipes the secrets. Returns NULL. */
struct settings *settings_free(struct settings *settings);

#endif
