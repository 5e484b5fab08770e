/* SPDX-License-Identifier: Apache-2.0 */
#include "settings/config_rig.h"

#include <criterion/criterion.h>
#include <stdio.h>

Test(settings_page, the_page_listens_where_it_is_told)
{
	struct config_rig rig;

	config_rig_init(&rig);
	config_rig_write(&rig, "c.yaml", "local: no\npage: {listen: '[::1]:8087'}\n", 0600);
	cr_assert_eq(config_rig_load(&rig), ERR_NONE, "%s", buf_text(&rig.out));
	cr_expect_str_eq(rig.settings->page.host, "::1");
	cr_expect_eq(rig.settings->page.port, 8087);
	cr_expect_str_eq(rig.settings->page.ledger_path, rig.settings->core.ledger_path);
	config_rig_deinit(&rig);
}

Test(settings_page, a_page_needs_an_address_and_a_port)
{
	static const char NO_ADDRESS[] = "is no ADDRESS:PORT with a number for an address, as 127.0.0.1:8080 or [::1]:8080\n";
	static const char *const WRONG[] = {"8087", "localhost:8087", "127.0.0.1", "127.0.0.1:65536", "::1:8087", "[::1:8087", "[]:1"};

	for (size_t i = 0; i < sizeof WRONG / sizeof WRONG[0]; i++) {
		char text[128];
		char expected[256];

		snprintf(text, sizeof text, "local: no\npage: {listen: \"%s\"}\n", WRONG[i]);
		snprintf(expected, sizeof expected, "c.yaml:2:16: listen: '%s' %s", WRONG[i], NO_ADDRESS);
		config_rig_expect(text, ERR_CONFIG, expected);
	}
	config_rig_expect("page: {}\n", ERR_CONFIG, "c.yaml:1:7: this page has no listen\n");
}
