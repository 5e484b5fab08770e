/* SPDX-License-Identifier: Apache-2.0 */
/* The way into a BMC, what may be sent there, and who it says it is. */
#include "ipmi/allow.h"
#include "ipmi/identity.h"
#include "ipmi/login.h"

#include <criterion/criterion.h>
#include <string.h>

Test(login, suite_17_then_3_and_never_another)
{
	struct c_ipmi_login login = c_ipmi_login_first();

	cr_expect_eq(login.suite, 17);
	cr_assert(c_ipmi_login_next(&login, C_IPMI_REFUSED_OTHER));
	cr_expect_eq(login.suite, 3);
	cr_expect_not(c_ipmi_login_next(&login, C_IPMI_REFUSED_OTHER));
	cr_expect_eq(login.suite, 3);
}

Test(login, a_refused_privilege_is_tried_once_in_the_other_form)
{
	struct c_ipmi_login login = c_ipmi_login_first();

	cr_assert(c_ipmi_login_next(&login, C_IPMI_REFUSED_PRIVILEGE));
	cr_expect_eq(login.suite, 17);
	cr_expect(login.is_open_lenient);
	cr_expect_not(c_ipmi_login_next(&login, C_IPMI_REFUSED_PRIVILEGE));
	cr_assert(c_ipmi_login_next(&login, C_IPMI_REFUSED_SUITE));
	cr_expect_not(login.is_open_lenient, "the other suite begins in the plain form");
}

Test(login, a_wrong_password_or_silence_is_not_tried_another_way)
{
	static const enum c_ipmi_refusal final[] = {C_IPMI_REFUSED_USER, C_IPMI_REFUSED_PASSWORD, C_IPMI_REFUSED_SILENT,
						    C_IPMI_REFUSED_NAME, C_IPMI_REFUSED_LOCAL};

	for (size_t i = 0; i < sizeof final / sizeof final[0]; i++) {
		struct c_ipmi_login login = c_ipmi_login_first();
		cr_expect_not(c_ipmi_login_next(&login, final[i]));
	}
}

Test(login, what_has_worked_is_tried_alone)
{
	struct c_ipmi_login login = {.suite = 17, .is_proven = true};

	cr_expect_not(c_ipmi_login_next(&login, C_IPMI_REFUSED_OTHER));
}

/* Chassis control (power), DCMI set power limit and activate, set sensor thresholds, clear SEL, cold reset, raw writes of a bus, Dell's reset,
 * other makers' commands and Lenovo's with other data. */
Test(allow, nothing_that_writes)
{
	static const struct c_ipmi_request bad[] = {
	    {.netfn = 0x00, .command = 0x02, .bytes = 1, .data = {0}},
	    {.netfn = 0x2c, .command = 0x04, .bytes = 4, .data = {0xdc}},
	    {.netfn = 0x2c, .command = 0x05, .bytes = 4, .data = {0xdc, 1}},
	    {.netfn = 0x04, .command = 0x26, .bytes = 8},
	    {.netfn = 0x0a, .command = 0x47, .bytes = 6},
	    {.netfn = 0x06, .command = 0x02},
	    {.netfn = 0x06, .command = 0x52, .bytes = 4},
	    {.netfn = 0x30, .command = 0x9d, .bytes = 2, .data = {7, 1}},
	    {.netfn = 0x30, .command = 0x9c, .bytes = 2, .data = {8, 1}},
	    {.netfn = 0x2c, .command = 0x02, .bytes = 4, .data = {0x00, 1}},
	    {.netfn = 0x2c, .command = 0x02, .bytes = 16, .data = {0xdc, 1}},
	    {.netfn = 0x06, .command = 0x01, .lun = 4},
	    {.netfn = 0x2e, .command = 0xd0, .bytes = 8, .data = {0x57, 1, 0}},
	    {.netfn = 0x2e, .command = 0x81, .bytes = 8, .data = {0x57, 1, 0}},
	    {.netfn = 0x3a, .command = 0x32, .bytes = 5, .data = {4, 3, 0}},
	};

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		cr_expect_not(c_ipmi_allow_is_read(&bad[i]), "request %zu", i);
}

/* No other function and command than the twelve: all of them are tried, with data of every allowed length. */
Test(allow, the_list_is_short)
{
	static const uint8_t start[][3] = {{0xdc}, {0x07, 0x01}, {0x66, 0x4a, 0x00}, {0x04, 0x02, 0x00}};
	unsigned count = 0;

	for (unsigned netfn = 0; netfn < 256; netfn++) {
		for (unsigned command = 0; command < 256; command++) {
			bool is_allowed = false;
			for (uint8_t bytes = 0; bytes <= C_IPMI_REQUEST_BYTES; bytes++) {
				struct c_ipmi_request request = {.netfn = (uint8_t)netfn, .command = (uint8_t)command, .bytes = bytes};

				for (size_t i = 0; i < sizeof start / sizeof start[0]; i++) {
					memcpy(request.data, start[i], sizeof start[i]);
					is_allowed |= c_ipmi_allow_is_read(&request);
				}
			}
			count += is_allowed;
		}
	}
	cr_expect_eq(count, 12);
}

Test(identity, a_device_id)
{
	/* PowerEdge: id 20h, revision 1, firmware 2.85, IPMI 2.0, manufacturer 674 = 0x0002a2, product 0x0100 */
	const struct c_ipmi_answer answer = {.bytes = 15,
					     .data = {0x20, 0x81, 0x02, 0x85, 0x02, 0xdf, 0xa2, 0x02, 0x00, 0x00, 0x01, 0, 0, 0, 0}};
	struct c_ipmi_identity identity = {0};

	cr_assert(c_ipmi_identity_parse_device(&answer, &identity));
	cr_expect_eq(identity.manufacturer, 674);
	cr_expect_str_eq(identity.vendor, "Dell");
	cr_expect_str_eq(identity.model, "product 0x0100");
	cr_expect_str_eq(identity.firmware, "2.85");
	cr_expect_not(c_ipmi_identity_parse_device(&(struct c_ipmi_answer){.bytes = 10}, &identity));
}

Test(identity, a_guid_is_the_serial_unless_it_says_nothing)
{
	struct c_ipmi_answer answer = {.bytes = 16, .data = {0x44, 0x45, 0x4c, 0x4c, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0xa, 0xff}};
	struct c_ipmi_identity identity = {0};

	cr_assert(c_ipmi_identity_parse_guid(&answer, &identity));
	cr_expect_str_eq(identity.serial, "44454c4c000102030405060708090aff");
	cr_expect_not(c_ipmi_identity_parse_guid(&(struct c_ipmi_answer){.bytes = 16}, &identity));
}
