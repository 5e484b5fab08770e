/* SPDX-License-Identifier: Apache-2.0 */
/* target_priv: the parts of target. */
#ifndef WATTLEDGER_CLI_TARGET_PRIV_H
#define WATTLEDGER_CLI_TARGET_PRIV_H

#include "cli/target.h"

/* Adds a target that begins with "ipmi:". Errors as targets_add(). */
enum err targets_add_ipmi(struct targets *targets, const char *text, struct err_info *info) MUST_CHECK;

/* Adds a target that begins with "modbus:" or "modbus+". Errors as targets_add(). */
enum err targets_add_modbus(struct targets *targets, const char *text, struct err_info *info) MUST_CHECK;

#endif
