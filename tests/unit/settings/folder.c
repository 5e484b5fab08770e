/* SPDX-License-Identifier: Apache-2.0 */
#include "settings/folder.h"

#include <criterion/criterion.h>
#include <ftw.h>
#include <stdio.h>

enum { OPEN_MAX_COUNT = 8 };

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *place)
{
	(void)status;
	(void)type;
	(void)place;
	return remove(path);
}

void folder_remove(const char *path)
{
	cr_assert_eq(nftw(path, remove_one, OPEN_MAX_COUNT, FTW_DEPTH | FTW_PHYS), 0);
}
