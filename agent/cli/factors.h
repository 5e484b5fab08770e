/* SPDX-License-Identifier: Apache-2.0 */
/* factors: the tables of grid factors as commands see them. */
#ifndef WATTLEDGER_CLI_FACTORS_H
#define WATTLEDGER_CLI_FACTORS_H

#include "base/err.h"
#include "cli/options.h"
#include "settings/grid.h"
#include "settings/problems.h"

/* All tables: those that come with the program, those of the system, those of --grid. ERR_DATA with `problems` when one is not usable. */
enum err factors_load(struct grid *grid, const struct cli_options *options, struct problems *problems, struct err_info *info) MUST_CHECK;

/*
 * `factors import FILE`: an annual factor or an hourly series into STATE/grid, told on standard output. ERR_DATA with `problems`: a row or an
 * option is wrong and nothing was kept; ERR_IO, ERR_PERMISSION.
 */
enum err factors_import(const struct cli_options *options, struct problems *problems, struct err_info *info) MUST_CHECK;

#endif
