/* SPDX-License-Identifier: Apache-2.0 */
#include "run/page_host.h"

#include <criterion/criterion.h>
#include <stddef.h>

Test(page_host, on_loopback_addresses_and_localhost_are_ours)
{
	cr_expect(page_host_is_ours("127.0.0.1", "127.0.0.1"));
	cr_expect(page_host_is_ours("127.0.0.1", "127.0.0.1:8087"));
	cr_expect(page_host_is_ours("127.0.0.1", "LOCALHOST:8087"));
	cr_expect(page_host_is_ours("::1", "[::1]:8087"));
}

Test(page_host, on_loopback_foreign_names_are_refused)
{
	cr_expect_not(page_host_is_ours("127.0.0.1", "rebound.example"));
	cr_expect_not(page_host_is_ours("127.0.0.1", "127.0.0.1.rebound.example:8087"));
	cr_expect_not(page_host_is_ours("127.0.0.1", "192.0.2.1"));
	cr_expect_not(page_host_is_ours("::1", "[::2]"));
	cr_expect_not(page_host_is_ours("127.0.0.1", ""));
	cr_expect_not(page_host_is_ours("127.0.0.1", NULL));
	cr_expect_not(page_host_is_ours("127.0.0.1", "localhost.localhost.localhost.localhost.localhost.localhost.localhost"));
}

Test(page_host, beyond_loopback_any_name_is_ours)
{
	cr_expect(page_host_is_ours("192.0.2.7", "rack12.example.net"));
	cr_expect(page_host_is_ours("0.0.0.0", NULL));
}
