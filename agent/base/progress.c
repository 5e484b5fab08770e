/* SPDX-License-Identifier: Apache-2.0 */
#include "base/progress.h"

#include <stddef.h>

void progress_tell(const struct progress *progress, double done_ratio)
{
	if (progress == NULL)
		return;
	progress->tell(progress->context, done_ratio > 1 ? 1 : done_ratio > 0 ? done_ratio : 0);
}
