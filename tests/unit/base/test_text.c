/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"

#include <criterion/criterion.h>
#include <string.h>

static void expect_clean(const char *in, size_t in_bytes, const char *expected)
{
	char out[64];
	size_t bytes = text_clean(out, sizeof out, in, in_bytes);

	cr_expect_str_eq(out, expected);
	cr_expect_eq(bytes, strlen(expected));
	cr_expect(text_is_clean(out));
}

Test(text, clean_makes_one_trimmed_line)
{
	expect_clean("  PDU\r\n1\t", 9, "PDU  1");
	expect_clean("a\0b\0\0", 5, "a b");
	expect_clean("\x7F\x1B[31mred", 9, "[31mred");
	expect_clean("   ", 3, "");
	expect_clean("", 0, "");
}

Test(text, clean_replaces_bad_utf8)
{
	expect_clean("M\xFCnchen", 7, "M\xEF\xBF\xBDnchen");
	expect_clean("\xC3\xA9\xE2\x82\xAC", 5, "\xC3\xA9\xE2\x82\xAC");
}

Test(text, clean_takes_out_what_reorders_a_line)
{
	/* U+202E, U+2066, U+200F, U+2028, C1 U+009B */
	expect_clean("a\xE2\x80\xAE"
		     "b\xE2\x81\xA6"
		     "c\xE2\x80\x8F"
		     "d\xE2\x80\xA8"
		     "e\xC2\x9B"
		     "f",
		     20, "a b c d e f");
}

Test(text, clean_cuts_at_a_character_and_trims_again)
{
	char out[5];

	cr_assert_eq(text_clean(out, sizeof out, "ab\xE2\x82\xAC", 5), 2); /* 2 + 3 + NUL are 6 */
	cr_assert_str_eq(out, "ab");
	cr_assert_eq(text_clean(out, sizeof out, "abc defg", 8), 3);
	cr_assert_str_eq(out, "abc");
	cr_assert_eq(text_clean(out, 4, "\xE2\x82\xAC", 3), 3);
	cr_assert_eq(text_clean(out, 4, "\xF0\x9F\x94\x8B", 4), 0);
}

Test(text, is_clean_tells_what_clean_would_change)
{
	static const char *const dirty[] = {" a", "a ", "a\nb", "a\x01", "\xFF", "\xE2\x80\xAE", "\x7F"};

	for (size_t i = 0; i < sizeof dirty / sizeof dirty[0]; i++)
		cr_expect_not(text_is_clean(dirty[i]), "case %zu", i);
	cr_assert(text_is_clean(""));
	cr_assert(text_is_clean("a b \xC3\xA9"));
}

static void expect_added(void (*add)(struct buf *, const char *), const char *in, const char *expected)
{
	struct buf out;

	buf_init(&out, 1000);
	add(&out, in);
	cr_expect_str_eq(buf_text(&out), expected);
	cr_expect_not(out.is_failed);
	buf_deinit(&out);
}

Test(text, json_escapes_everything_that_must_be)
{
	expect_added(text_add_json, "a\"b\\c", "\"a\\\"b\\\\c\"");
	expect_added(text_add_json, "\b\f\n\r\t\x01\x7F", "\"\\b\\f\\n\\r\\t\\u0001\\u007f\"");
	expect_added(text_add_json, "\xFFx\xC3\xA9", "\"\xEF\xBF\xBDx\xC3\xA9\"");
	expect_added(text_add_json, "", "\"\"");
}

Test(text, csv_quotes_where_rfc_4180_asks_for_it)
{
	expect_added(text_add_csv, "plain", "plain");
	expect_added(text_add_csv, "a,b", "\"a,b\"");
	expect_added(text_add_csv, "5\" pipe", "\"5\"\" pipe\"");
	expect_added(text_add_csv, "a\nb", "\"a\nb\"");
	expect_added(text_add_csv, "", "");
}

Test(text, csv_disarms_formulas_and_keeps_numbers)
{
	expect_added(text_add_csv, "=1+1", "'=1+1");
	expect_added(text_add_csv, "-cmd", "'-cmd");
	expect_added(text_add_csv, "@SUM(A1,B1)", "\"'@SUM(A1,B1)\"");
	expect_added(text_add_csv, "-5.25", "-5.25");
	expect_added(text_add_csv, "+1e3", "+1e3");
	expect_added(text_add_csv, "\tx", "'\tx");
	expect_added(text_add_csv, "-", "'-");
}

Test(text, html_escapes_five_characters)
{
	expect_added(text_add_html, "<a href=\"x\">&'</a>", "&lt;a href=&quot;x&quot;&gt;&amp;&#39;&lt;/a&gt;");
	expect_added(text_add_html, "plain", "plain");
}

Test(text, distance_counts_edits_and_swaps)
{
	cr_assert_eq(text_distance("", ""), 0);
	cr_assert_eq(text_distance("abc", ""), 3);
	cr_assert_eq(text_distance("", "abc"), 3);
	cr_assert_eq(text_distance("kitten", "sitting"), 3);
	cr_assert_eq(text_distance("devcies", "devices"), 1);
	cr_assert_eq(text_distance("ca", "abc"), 3); /* each piece is edited once */
}

Test(text, distance_looks_at_64_characters)
{
	char a[200];
	char b[200];

	memset(a, 'x', sizeof a);
	memset(b, 'x', sizeof b);
	a[150] = '\0';
	b[199] = '\0';
	b[70] = 'y';
	cr_assert_eq(text_distance(a, b), 0);
}

Test(text, nearest_is_within_a_third_of_the_word)
{
	static const char *const keys[] = {"device", "devices", "site", "output", NULL};

	cr_assert_str_eq(text_nearest("devcies", keys), "devices");
	cr_assert_str_eq(text_nearest("sit", keys), "site");
	cr_assert_str_eq(text_nearest("output", keys), "output");
	cr_assert_null(text_nearest("collector", keys));
	cr_assert_null(text_nearest("", keys));
	cr_assert_null(text_nearest("x", keys + 4));
}

Test(text, ids_are_plain_words)
{
	static const char *const good[] = {"a", "pdu-1", "R2.B_3", "0abc"};
	static const char *const bad[] = {"", "-a", ".a", "a b", "a/b", "\xC3\xA9", "a\n", "a\"b"};
	char longest[65];

	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
		cr_expect(text_is_id(good[i]), "%s", good[i]);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		cr_expect_not(text_is_id(bad[i]), "%s", bad[i]);
	memset(longest, 'a', sizeof longest);
	longest[63] = '\0';
	cr_assert(text_is_id(longest));
	longest[63] = 'a';
	longest[64] = '\0';
	cr_assert_not(text_is_id(longest));
}

Test(text, copy_fits_or_is_empty)
{
	char out[4] = "zzz";

	cr_assert(text_copy(out, sizeof out, "abc"));
	cr_assert_str_eq(out, "abc");
	cr_assert_not(text_copy(out, sizeof out, "abcd"));
	cr_assert_str_eq(out, "");
}
