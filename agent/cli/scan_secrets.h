/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scan_secrets: the file behind `scan --secrets`: what an SNMPv3 user needs besides its name, as YAML lines auth:, auth_password:, priv:,
 * priv_password:, context:, and what a user of a BMC needs: password:, privilege:. With the words of a configuration. Passwords may be written out or named as "@file:/path" or "@cred:NAME".
 */
#ifndef WATTLEDGER_CLI_SCAN_SECRETS_H
#define WATTLEDGER_CLI_SCAN_SECRETS_H

#include "base/buf.h"
#include "base/err.h"
#include "wire/plan_ipmi.h"
#include "wire/plan_snmp.h"

#include <stdbool.h>

/* Holds passwords: scan_secrets_deinit() wipes them. Zero-initialised it is empty. */
struct scan_secrets {
	bool is_read;
	struct plan_snmp_device access;       /* auth, priv, their passwords, context; nothing else is set */
	char auth_reference[PLAN_PATH_BYTES]; /* how a configuration may name the password; "" it was written out */
	char priv_reference[PLAN_PATH_BYTES];
	bool has_password; /* of a BMC */
	char password[PLAN_NAME_BYTES];
	char password_reference[PLAN_PATH_BYTES];
	uint8_t privilege; /* enum ipmi_privilege */
};

/*
 * Reads `path`, which has to be private. What is wrong in it is printed on standard error as FILE:LINE:COL. Errors: ERR_PERMISSION, ERR_IO,
 * ERR_CONFIG.
 */
enum err scan_secrets_read(struct scan_secrets *out, const char *path, struct err_info *info) MUST_CHECK;
void scan_secrets_deinit(struct scan_secrets *secrets);

/* The lines of a device in a configuration, indented: version, user and the rest. No password is ever among them. */
void scan_secrets_add_yaml(struct buf *out, const struct scan_secrets *secrets, const char *user);

/* The same of a BMC on the network: password and privilege. */
void scan_secrets_add_ipmi_yaml(struct buf *out, const struct scan_secrets *secrets);

#endif
