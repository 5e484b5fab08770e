/* SPDX-License-Identifier: Apache-2.0 */
/* series: of a config, and its plan. */
#include "settings/config_rig.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

Test(settings_series, folders_and_addresses_become_the_plan_of_their_process)
{
	struct config_rig rig;
	struct plan_series again;
	struct err_info info = {0};
	char expected[256];
	struct buf bytes;

	config_rig_init(&rig);
	config_rig_write(
	    &rig, "c.yaml",
	    "local: no\nstate_dir: /var/lib/w\nseries:\n"
	    "  - {folder: feed, zone: GB, basis: direct, publisher: NESO, source: portal, licence: open}\n"
	    "  - {url: 'https://api.example.net/past?zone=DE&start={from}', shape: electricity-maps, zone: DE, token: abc, every: 1h,"
	    " back: 7d}\n",
	    0600);
	cr_assert_eq(config_rig_load(&rig), ERR_NONE, "%s", buf_text(&rig.out));
	buf_init(&bytes, 65536);
	cr_assert_eq(plan_series_encode(&rig.settings->series, &bytes, &info), ERR_NONE, "%s", info.text);
	cr_assert_eq(plan_series_decode(&again, bytes.data, bytes.bytes, &info), ERR_NONE, "%s", info.text);
	cr_expect_str_eq(again.shelf, "/var/lib/w/grid/hourly");
	cr_assert_eq(again.source_count, 2);
	snprintf(expected, sizeof expected, "%s/feed", rig.dir);
	cr_expect_str_eq(again.source[0].folder, expected);
	cr_expect_str_eq(again.source[0].basis, "direct");
	cr_expect_str_eq(again.source[0].publisher, "NESO");
	cr_expect_eq(again.source[1].shape, SERIES_SHAPE_ELECTRICITY_MAPS);
	cr_expect_str_eq(again.source[1].token, "abc");
	cr_expect_eq(again.source[1].every_s, 3600);
	cr_expect_eq(again.source[1].back_s, 604800);
	cr_expect_eq(memcmp(again.source, rig.settings->series.source, 2 * sizeof *again.source), 0);
	plan_series_deinit(&again);
	cr_expect_eq(plan_series_decode(&again, bytes.data, bytes.bytes - 1, &info), ERR_DATA);
	buf_deinit(&bytes);
	config_rig_deinit(&rig);
}

Test(settings_series, what_is_wrong_is_told_with_its_place)
{
	config_rig_expect("local: no\nseries:\n  - {zone: GB, source: x}\n", ERR_CONFIG, "c.yaml:3:5: a series has a folder or a url\n");
	config_rig_expect("local: no\nseries:\n  - {folder: /f, zone: GB}\n", ERR_CONFIG,
			  "c.yaml:3:5: a folder needs source: where its files are published\n");
	config_rig_expect("local: no\nseries:\n  - {folder: /f, zone: GB, source: x, every: 1h}\n", ERR_CONFIG,
			  "c.yaml:3:39: every is for addresses, not for a folder\n");
	config_rig_expect("local: no\nseries:\n  - {url: ftp://h/x, zone: GB}\n", ERR_CONFIG,
			  "c.yaml:3:11: url: an address like https://api.example.net/{from}/{to} is expected; a token goes into token:\n");
	config_rig_expect("local: no\nseries:\n  - {url: http://h/x, zone: GB, token: t}\n", ERR_NONE,
			  "c.yaml:3:40: warning: the token goes to http://h/x unencrypted: use https://\n");
	config_rig_expect("local: no\nseries: {folder: /f}\n", ERR_CONFIG,
			  "c.yaml:2:9: series has to be a list (- folder: ... or - url: ...), not a map\n");
}
