/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"
#include "report/signature.h"

#include <criterion/criterion.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[64];
static char path[96];
static struct err_info info;

static void setup(void)
{
	snprintf(folder, sizeof(folder), "/tmp/wattledger-test-XXXXXX");
	cr_assert_not_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/key", folder);
}

static void teardown(void)
{
	char pub[112];

	snprintf(pub, sizeof(pub), "%s.pub", path);
	unlink(path);
	unlink(pub);
	rmdir(folder);
}

TestSuite(signature, .init = setup, .fini = teardown);

static void write_text(const char *text, mode_t mode)
{
	cr_assert_eq(file_replace(path, text, strlen(text), mode, &info), ERR_NONE, "%s", info.text);
}

/* RFC 8032, section 7.1, test 2: the message is the byte 0x72. */
Test(signature, is_ed25519)
{
	static const char EXPECTED[] = "wattledger-signature-1 3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c "
				       "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
				       "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00\n";
	uint8_t signer[SIGNATURE_PUBLIC_BYTES];
	struct signature_key key;
	struct buf text;
	bool is_good = false;

	write_text("wattledger-secret-key-1 4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb\n", 0600);
	cr_assert_eq(signature_key_load(path, &key, &info), ERR_NONE, "%s", info.text);
	buf_init(&text, SIGNATURE_TEXT_BYTES_MAX);
	signature_add(&text, &key, "\x72", 1);
	cr_expect_str_eq(buf_text(&text), EXPECTED);
	cr_expect_eq(signature_check(buf_text(&text), "\x72", 1, signer, &is_good, &info), ERR_NONE);
	cr_expect(is_good);
	cr_expect_eq(memcmp(signer, key.public_key, sizeof(signer)), 0);
	cr_expect_eq(signature_check(buf_text(&text), "\x73", 1, signer, &is_good, &info), ERR_NONE);
	cr_expect_not(is_good);
	buf_deinit(&text);
}

Test(signature, a_made_key_is_private_and_loads)
{
	struct signature_key made;
	struct signature_key loaded;
	struct stat status;

	cr_assert_eq(signature_key_make(path, &made, &info), ERR_NONE, "%s", info.text);
	cr_assert_eq(stat(path, &status), 0);
	cr_expect_eq(status.st_mode & 0777, 0600);
	cr_expect_eq(signature_key_load(path, &loaded, &info), ERR_NONE, "%s", info.text);
	cr_expect_eq(memcmp(&made, &loaded, sizeof(made)), 0);
	cr_expect_eq(signature_key_make(path, &made, &info), ERR_USAGE);
}

Test(signature, what_is_no_key_is_refused)
{
	static const char *const TEXTS[] = {"", "wattledger-secret-key-1", "wattledger-secret-key-1 00", "wattledger-public-key-1 00\n",
					    "wattledger-secret-key-1 "
					    "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb00\n"};
	uint8_t public_key[SIGNATURE_PUBLIC_BYTES];
	struct signature_key key;

	for (size_t i = 0; i < sizeof(TEXTS) / sizeof(TEXTS[0]); i++) {
		write_text(TEXTS[i], 0600);
		cr_expect_eq(signature_key_load(path, &key, &info), ERR_DATA, "%zu", i);
		cr_expect_eq(signature_public_load(path, public_key, &info), ERR_DATA, "%zu", i);
	}
}

Test(signature, a_cut_signature_is_none)
{
	uint8_t signer[SIGNATURE_PUBLIC_BYTES];
	bool is_good;

	cr_expect_eq(signature_check("", "", 0, signer, &is_good, &info), ERR_DATA);
	cr_expect_eq(signature_check("wattledger-signature-1 3d40", "", 0, signer, &is_good, &info), ERR_DATA);
	cr_expect_eq(signature_check("wattledger-signature-1", "", 0, signer, &is_good, &info), ERR_DATA);
}
