/* SPDX-License-Identifier: Apache-2.0 */
#include "rig.h"

#include <criterion/criterion.h>
#include <dlfcn.h>
#include <net-snmp/net-snmp-config.h>
#include <net-snmp/net-snmp-includes.h>

static size_t hash_count;

/* Stands before net-snmp's function of this name and counts: it hashes a megabyte for a passphrase, about a millisecond. */
int generate_Ku(const oid *hash, u_int hash_length, const u_char *passphrase, size_t bytes, u_char *key, size_t *key_bytes);

int generate_Ku(const oid *hash, u_int hash_length, const u_char *passphrase, size_t bytes, u_char *key, size_t *key_bytes)
{
	typedef int generate(const oid *, u_int, const u_char *, size_t, u_char *, size_t *);
	generate *real;

	hash_count++;
	*(void **)&real = dlsym(RTLD_NEXT, "generate_Ku");
	cr_assert_not_null(real);
	return real(hash, hash_length, passphrase, bytes, key, key_bytes);
}

#define DRIVER "driver d total=none\ngroup total\npoint power_w 1.3.6.1.4.1.32473.1.3.1.0\n"
#define USER "version=3 user=u auth=SHA auth_password=authpass123 priv=AES priv_password=privpass123"

Test(usm, a_thousand_devices_of_one_user_hash_each_passphrase_once)
{
	struct rig *rig = rig_new("farm", DRIVER "device d 127.9.0.1 161 count=1000 " USER "\n");

	cr_expect_eq(hash_count, 2);
	rig_free(rig);
}

Test(usm, another_algorithm_hashes_the_same_passphrase_anew)
{
	struct rig *rig = rig_new("farm", DRIVER "device d 127.9.0.1 161 count=3 " USER "\ndevice e 127.9.1.1 161 version=3 user=u "
						 "auth=SHA-256 auth_password=authpass123\n");

	cr_expect_eq(hash_count, 3);
	rig_free(rig);
}

Test(usm, discovery_of_a_device_holds_up_no_other)
{
	struct rig *rig = rig_new("farm", DRIVER "device s 127.9.0.2 161 " USER "\ndevice d 127.9.0.1 161\n");

	c_snmp_engine_read(rig->engine, 0, 0, rig->now_ns);
	c_snmp_engine_read(rig->engine, 1, 0, rig->now_ns);
	(void)!c_snmp_engine_tick(rig->engine, rig->now_ns);
	/* both have been asked, and the simulated device, which has no SNMPv3, answers one of them */
	cr_expect_eq(rig->sent_count, 2);
	rig_finish(rig);
	cr_expect_eq(rig->state, DEVICE_UP);
	cr_expect_not_null(rig_sample(rig, 0, QUANTITY_POWER));
	rig_free(rig);
}
