/* SPDX-License-Identifier: Apache-2.0 */
/* pattern: regular expressions that a person wrote. */
#ifndef WATTLEDGER_SETTINGS_PATTERN_H
#define WATTLEDGER_SETTINGS_PATTERN_H

#include "settings/problems.h"

#include <stdbool.h>

/* false with a problem when `pattern` is no POSIX extended regular expression. */
bool pattern_check(struct problems *problems, struct place place, const char *pattern);

#endif
