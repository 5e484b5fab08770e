/* SPDX-License-Identifier: Apache-2.0 */
/* secret: passwords and tokens of a config: "@cred:NAME", "@file:/path" or written out. Their values are in no message. */
#ifndef WATTLEDGER_SETTINGS_SECRET_H
#define WATTLEDGER_SETTINGS_SECRET_H

#include "settings/problems.h"
#include "settings/yaml.h"

#include <stdbool.h>
#include <stddef.h>

/* Where secrets are looked for. */
struct secret_context {
	const char *config_dir;      /* of the main config file */
	const char *credentials_dir; /* systemd's $CREDENTIALS_DIRECTORY; NULL none */
	struct problems *problems;
};

/*
 * Reads the secret that `node` (a value of a map) names into out[0..out_bytes). @cred:NAME is CREDENTIALS/NAME, or secrets/NAME beside the
 * config; @file:PATH is that file (relative: to the config's folder). A file must not be readable by group or others (systemd's credentials
 * excepted); one newline at its end is cut. A value written out is taken only when `is_private`: the config file itself is readable by its
 * owner alone. false with a problem otherwise.
 */
bool secret_read(const struct secret_context *context, const struct yaml_node *node, bool is_private, char *out, size_t out_bytes);

#endif
