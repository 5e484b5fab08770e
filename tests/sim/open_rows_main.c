/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wattledger-sim-open_rows LEDGER: the open rows of a ledger, which lie several in one, as SQL that makes a temporary table `open` of them: to be
 * read by sqlite3 before the questions.
 */
#include "ledger/ledger.h"
#include "ledger/resume.h"

#include <stdio.h>

static enum err print_row(void *context, const struct ledger_open_row *row, struct err_info *info)
{
	char raw[24] = "NULL";

	(void)context;
	(void)info;
	if (row->has_raw)
		snprintf(raw, sizeof(raw), "%lld", (long long)row->raw);
	printf("INSERT INTO temp.open VALUES(%lu, %lld, '%s', %lld, %lld, %s, %lld);\n", (unsigned long)row->meter_id,
	       (long long)row->utc_ms, row->boot_id, (long long)row->boot_ns, (long long)row->energy_millij, raw,
	       (long long)row->uptime_ms);
	return ERR_NONE;
}

int main(int argc, char **argv)
{
	struct ledger *ledger = NULL;
	struct err_info info = {0};
	enum err err;

	if (argc != 2) {
		fprintf(stderr, "usage: wattledger-sim-open_rows LEDGER\n");
		return 64;
	}
	printf("CREATE TEMP TABLE open(meter_id INTEGER PRIMARY KEY, utc_ms, boot_id, boot_ns, energy_millij, raw, uptime_ms);\n");
	err = ledger_open_readonly(&ledger, argv[1], &info);
	if (err == ERR_NONE)
		err = ledger_resume_open(ledger, print_row, NULL, &info);
	ledger_close(ledger);
	if (err == ERR_NONE)
		return 0;
	fprintf(stderr, "wattledger-sim-open_rows: %s\n", info.text);
	return 65;
}
