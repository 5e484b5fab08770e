/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan_texts: the texts of a plan's items, one behind the other and as long as they are. Fixed arrays would take several times the room, and a
 * plan stays in memory for as long as its process runs.
 */
#ifndef WATTLEDGER_WIRE_PLAN_TEXTS_H
#define WATTLEDGER_WIRE_PLAN_TEXTS_H

#include "base/err.h"

struct plan_texts;

/* None yet. NULL: no memory. */
struct plan_texts *plan_texts_new(void) MUST_CHECK;
/* All of them. NULL is allowed. Returns NULL. */
struct plan_texts *plan_texts_free(struct plan_texts *texts);

/* A copy, or an earlier one of the same text when that was among the last few. Borrowed until plan_texts_free(). NULL: no memory. */
const char *plan_texts_keep(struct plan_texts *texts, const char *text) MUST_CHECK;

#endif
