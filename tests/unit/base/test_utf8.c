/* SPDX-License-Identifier: Apache-2.0 */
#include "base/utf8.h"

#include <criterion/criterion.h>
#include <string.h>

Test(utf8, decodes_one_to_four_bytes)
{
	static const struct {
		const char *bytes;
		uint32_t code_point;
		size_t length;
	} cases[] = {{"A", 'A', 1},
		     {"\xC3\xA9", 0xE9, 2},
		     {"\xE2\x82\xAC", 0x20AC, 3},
		     {"\xF0\x9F\x94\x8B", 0x1F50B, 4},
		     {"\xF4\x8F\xBF\xBF", 0x10FFFF, 4}};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct utf8_char c = utf8_decode(cases[i].bytes, strlen(cases[i].bytes));
		char out[UTF8_CHAR_BYTES_MAX];

		cr_expect(c.is_valid);
		cr_expect_eq(c.code_point, cases[i].code_point);
		cr_expect_eq(c.bytes, cases[i].length);
		cr_expect_eq(utf8_encode(out, c.code_point), cases[i].length);
		cr_expect_eq(memcmp(out, cases[i].bytes, cases[i].length), 0);
	}
}

Test(utf8, refuses_what_rfc_3629_forbids)
{
	/* Continuation first; 0xFF; overlong "/" and NUL; surrogate D800; above 10FFFF; cut short; wrong continuation. */
	static const char *const bad[] = {"\x80",
					  "\xFF",
					  "\xC0\xAF",
					  "\xC0\x80",
					  "\xE0\x80\xAF",
					  "\xED\xA0\x80",
					  "\xF4\x90\x80\x80",
					  "\xE2\x82",
					  "\xC3(",
					  "\xF8\x88\x80\x80\x80"};

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct utf8_char c = utf8_decode(bad[i], strlen(bad[i]));

		cr_expect_not(c.is_valid, "case %zu", i);
		cr_expect_eq(c.code_point, UTF8_REPLACEMENT);
		cr_expect(c.bytes >= 1 && c.bytes <= strlen(bad[i]));
		cr_expect_not(utf8_is_valid(bad[i], strlen(bad[i])));
	}
}

Test(utf8, a_bad_sequence_does_not_swallow_the_next_character)
{
	cr_assert_eq(utf8_decode("\xE2\x82(", 3).bytes, 2);
	cr_assert_eq(utf8_decode("\xC3(", 2).bytes, 1);
}

Test(utf8, nothing_is_valid)
{
	cr_assert(utf8_is_valid("", 0));
	cr_assert(utf8_is_valid("a\0b", 3));
}
