/* SPDX-License-Identifier: Apache-2.0 */
/* books_scope_priv: in which scope of an inventory a device's emissions are. For agent/run/books*.c only. */
#ifndef WATTLEDGER_RUN_BOOKS_SCOPE_PRIV_H
#define WATTLEDGER_RUN_BOOKS_SCOPE_PRIV_H

#include "run/books_priv.h"

/* The scope of emissions of its energy from a grid: 2, or 3 where somebody else controls it (model/facts.h). */
int books_scope_of(const struct books *books, const struct books_device *device) MUST_CHECK;

#endif
