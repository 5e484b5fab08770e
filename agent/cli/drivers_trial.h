/* SPDX-License-Identifier: Apache-2.0 */
/* drivers_trial: `drivers test FILE --recording FILE`: what a driver makes of a recorded device. */
#ifndef WATTLEDGER_CLI_DRIVERS_TRIAL_H
#define WATTLEDGER_CLI_DRIVERS_TRIAL_H

struct cli_options;

/*
 * Plays the recording on loopback and reads it once with the real collector, which knows this driver alone. Prints what was read, as a table,
 * CSV or JSON (schema wattledger.scan/1). Returns the exit code: 0 when the driver recognises the device and reads all that it has, else 65;
 * 69 when the programs for it are missing.
 */
int drivers_trial(const struct cli_options *options);

#endif
