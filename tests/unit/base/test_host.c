/* SPDX-License-Identifier: Apache-2.0 */
/* Hosts that are this machine, and those that only look so. */
#include "base/host.h"

#include <criterion/criterion.h>

Test(host, this_machine_by_name_and_by_address)
{
	static const char *const ours[] = {
	    "http://localhost", "http://LOCALHOST:8086/write", "http://127.0.0.1",    "https://127.9.8.7:1/x",
	    "http://[::1]",     "http://[::1]:8428/",          "http://127.0.0.1/a@b"};

	for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++)
		cr_expect(host_is_loopback_url(ours[i]), "%s", ours[i]);
}

Test(host, names_that_begin_or_end_like_it_are_foreign)
{
	static const char *const foreign[] = {"http://localhost.evil.example/",
					      "http://127.0.0.1.evil.example",
					      "http://localhostess:80",
					      "http://127.evil.example",
					      "http://[::2]",
					      "http://10.0.0.1",
					      "http://127.0.0",
					      "localhost",
					      "",
					      "http://evil.example/localhost",
					      "http://[::1",
					      "http://localhost:secret@evil.example/",
					      "http://127.0.0.1@evil.example",
					      "http://notlocalhost"};

	for (size_t i = 0; i < sizeof foreign / sizeof foreign[0]; i++)
		cr_expect(!host_is_loopback_url(foreign[i]), "%s", foreign[i]);
}
