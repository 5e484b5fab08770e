/* SPDX-License-Identifier: Apache-2.0 */
/* config_rig: a config in a folder of its own, loaded as a whole, with the problems as text. */
#ifndef WATTLEDGER_TESTS_SETTINGS_CONFIG_RIG_H
#define WATTLEDGER_TESTS_SETTINGS_CONFIG_RIG_H

#include "base/buf.h"
#include "settings/settings.h"

#include <sys/types.h>

enum { TEST_TEXT_MAX = 65536 };

/* A private folder for each test; build/ is found from the repository's root, where tests run. */
struct config_rig {
	char dir[64];
	char path[128];
	struct problems problems;
	struct buf out; /* problems as text, the folder's name cut */
	struct settings *settings;
	struct settings_options options;
};

void config_rig_init(struct config_rig *fixture);
void config_rig_deinit(struct config_rig *fixture);

/* A file or folder below the rig's folder; the config is "c.yaml". */
void config_rig_write(const struct config_rig *fixture, const char *name, const char *text, mode_t mode);
void config_rig_make_folder(const struct config_rig *fixture, const char *name);

/* Loads the config anew; settings, problems and their text are in the rig. */
enum err config_rig_load(struct config_rig *fixture);

/* Loads `text` as the config (mode 600) and compares the problems. */
void config_rig_expect(const char *text, enum err err, const char *expected);

#endif
