/* SPDX-License-Identifier: Apache-2.0 */
#include "settings/pattern.h"

#include <regex.h>

bool pattern_check(struct problems *problems, struct place place, const char *pattern)
{
	regex_t regex;
	char text[128];
	int code = regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB);

	if (code == 0) {
		regfree(&regex);
		return true;
	}
	regerror(code, &regex, text, sizeof text);
	problems_add_error(problems, place, "\"%s\" is no extended regular expression: %s", pattern, text);
	return false;
}
