/* SPDX-License-Identifier: Apache-2.0 */
/* What the books say when the rules of a time zone change between two starts. */
#include "books_rig.h"
#include "ledger/rows.h"
#include "ledger/verify.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct rig rig;
static char root[80];

/* The zone Test has the rules of `name` from the next start on. */
static void give_rules(const char *name)
{
	char path[96];
	char rules[96];

	snprintf(root, sizeof(root), "%s/zoneinfo", rig.folder);
	snprintf(path, sizeof(path), "%s/Test", root);
	snprintf(rules, sizeof(rules), "/usr/share/zoneinfo/%s", name);
	(void)mkdir(root, 0700);
	(void)unlink(path);
	cr_assert_eq(symlink(rules, path), 0);
	rig.zone_root = root;
	snprintf(rig.site.time_zone, sizeof(rig.site.time_zone), "Test");
}

static void end(void)
{
	char path[96];

	snprintf(path, sizeof(path), "%s/Test", root);
	(void)unlink(path);
	(void)rmdir(root);
	rig_close(&rig);
}

static void begin(void)
{
	rig_open(&rig, 1);
}

TestSuite(books_zone, .init = begin, .fini = end);

static uint64_t run(uint64_t raw, int64_t seconds)
{
	rig_meter(&rig, 0, 0, "total", ROLE_TOTAL, 0);
	for (int64_t at = 0; at < seconds; at += 10) {
		rig_pass(&rig, 10);
		raw += 1000;
		rig_read(&rig, 0, 0, raw, 100);
	}
	rig_pass(&rig, 80);
	rig_commit(&rig);
	return raw;
}

static enum err count_event(void *context, const struct ledger_event_row *row, struct err_info *info)
{
	size_t *count = context;

	(void)info;
	*count += strcmp(row->code, "zone_rules") == 0 && row->utc_ms != 0 && row->site_id != 0;
	return ERR_NONE;
}

static size_t count_told(void)
{
	struct ledger_filter all = {0};
	size_t count = 0;

	cr_assert(ledger_query_events(rig.ledger, &all, count_event, &count, NULL) == ERR_NONE);
	return count;
}

Test(books_zone, changed_rules_are_told_once_and_the_ledger_agrees_with_itself)
{
	struct ledger_verdict verdict;
	struct err_info info = {0};
	uint64_t raw;

	give_rules("Europe/Oslo");
	rig_restart(&rig, NULL, 1);
	raw = run(5000, 300);
	rig_restart(&rig, NULL, 1);
	raw = run(raw, 300);
	cr_expect_eq(count_told(), 0u);
	give_rules("Etc/GMT-1"); /* no summer time: the present day began an hour later */
	rig_restart(&rig, NULL, 1);
	raw = run(raw, 300);
	cr_expect_eq(count_told(), 1u);
	rig_restart(&rig, NULL, 1);
	run(raw, 300);
	cr_expect_eq(count_told(), 1u);
	cr_expect(ledger_verify(rig.ledger, &verdict, &info) == ERR_NONE, "%s", info.text);
	cr_expect_eq(rig_total_millij(&rig, "d0", "total"), 119000000); /* 120 readings, 1 kJ from each to the next */
}

Test(books_zone, another_zone_is_no_change_of_rules)
{
	give_rules("Europe/Oslo");
	rig_restart(&rig, NULL, 1);
	run(5000, 60);
	snprintf(rig.site.time_zone, sizeof(rig.site.time_zone), "UTC");
	rig_restart(&rig, NULL, 1);
	run(11000, 60);
	cr_expect_eq(count_told(), 0u);
}
