/* SPDX-License-Identifier: Apache-2.0 */
/* folder: for tests that write files. */
#ifndef WATTLEDGER_TESTS_SETTINGS_FOLDER_H
#define WATTLEDGER_TESTS_SETTINGS_FOLDER_H

/* Removes a folder of a test with all that is in it; the test fails when something stays. */
void folder_remove(const char *path);

#endif
