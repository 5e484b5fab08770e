/* SPDX-License-Identifier: Apache-2.0 */
/* A config as a whole: what comes out for the processes, and every kind of mistake with its place. */
#include "settings/settings.h"

#include "base/buf.h"
#include "base/file.h"
#include "settings/config_rig.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

Test(settings, an_empty_config_works)
{
	struct config_rig fixture;

	config_rig_init(&fixture);
	config_rig_write(&fixture, "c.yaml", "", 0644);
	cr_assert_eq(config_rig_load(&fixture), ERR_NONE, "%s", buf_text(&fixture.out));
	const struct plan_core *core = &fixture.settings->core;
	cr_expect_str_eq(core->ledger_path, "/var/lib/wattledger/ledger.db");
	cr_expect_str_eq(core->control_path, "/var/lib/wattledger/control.sock");
	cr_expect_eq(core->slot_s, 900);
	cr_expect_eq(core->commit_ms, 10000);
	cr_expect_str_eq(core->host, "edge-7", "a space is no character of an id");
	cr_assert_eq(core->site_count, 1);
	cr_expect_str_eq(core->site[0].id, "default");
	cr_expect_eq(core->device_count, 0);
	cr_expect_eq(core->output_count, 0);
	config_rig_deinit(&fixture);
}

Test(settings, the_local_host_is_metered_when_it_can_be)
{
	struct config_rig fixture;
	char root[128];

	config_rig_init(&fixture);
	config_rig_make_folder(&fixture, "sys");
	config_rig_make_folder(&fixture, "sys/class");
	config_rig_make_folder(&fixture, "sys/class/powercap");
	config_rig_make_folder(&fixture, "sys/class/powercap/intel-rapl:0");
	config_rig_write(&fixture, "sys/class/powercap/intel-rapl:0/energy_uj", "1\n", 0600);
	config_rig_write(&fixture, "c.yaml", "defaults: {interval: 5min}\n", 0644);
	snprintf(root, sizeof root, "%s/sys", fixture.dir);
	fixture.options.sysfs_root = root;
	cr_assert_eq(config_rig_load(&fixture), ERR_NONE, "%s", buf_text(&fixture.out));
	cr_assert_eq(fixture.settings->core.device_count, 1);
	cr_expect_str_eq(fixture.settings->core.device[0].id, "edge-7");
	cr_expect(fixture.settings->core.device[0].is_in_total);
	cr_assert_eq(fixture.settings->rapl.device_count, 1);
	cr_expect_str_eq(fixture.settings->rapl.device[0].sysfs_root, root);
	cr_expect_eq(fixture.settings->rapl.device[0].interval_ms, 60000, "the counters would wrap in 5 minutes");
	config_rig_write(&fixture, "c.yaml", "local: no\n", 0644);
	cr_assert_eq(config_rig_load(&fixture), ERR_NONE);
	cr_expect_eq(fixture.settings->core.device_count, 0);
	config_rig_deinit(&fixture);
}

Test(settings, devices_take_defaults_and_plans_agree)
{
	struct config_rig fixture;

	config_rig_init(&fixture);
	config_rig_write(
	    &fixture, "c.yaml",
	    "sites: [{id: oslo, zone: NO, time_zone: Europe/Oslo, supply: grid}]\n"
	    "defaults: {community: public, interval: 20s, rack: r1}\n"
	    "devices:\n"
	    "  - {id: a, address: 'snmp://127.0.0.1:16100', driver: apc_rpdu2, rated: 7.4 kW, name: Feed A}\n"
	    "  - {id: b, address: 'snmp+tcp://[::1]', driver: ups_mib, interval: 30s, max_gap: 90s, point: ups_out, supply: genset}\n"
	    "  - {id: c, address: rapl, interval: 1s, rack: r2}\n"
	    "  - {id: d, address: 'snmp://127.0.0.2', driver: apc_rpdu2, user: u, auth: sha256, auth_password: authpass1, priv: aes, priv_password: "
	    "privpass1}\n",
	    0600);
	cr_assert_eq(config_rig_load(&fixture), ERR_NONE, "%s", buf_text(&fixture.out));
	const struct plan_core *core = &fixture.settings->core;
	const struct plan_snmp *snmp = &fixture.settings->snmp;
	cr_assert_eq(core->device_count, 4);
	cr_assert_eq(snmp->device_count, 3);
	cr_assert_eq(snmp->driver_count, 2, "only those that are named");
	cr_expect_str_eq(snmp->driver[snmp->device[0].driver].name, "apc_rpdu2");
	cr_expect_str_eq(snmp->driver[snmp->device[1].driver].name, "ups_mib");
	cr_expect_eq(snmp->device[0].port, 16100);
	cr_expect_eq(snmp->device[1].port, 161);
	cr_expect(snmp->device[1].is_tcp);
	cr_expect_str_eq(snmp->device[1].host, "::1");
	cr_expect_str_eq(snmp->device[0].community, "public");
	cr_expect_eq(snmp->device[0].interval_ms, 20000);
	cr_expect_eq(snmp->device[0].deadline_ms, 16000); /* 0.8 x 20 s */
	cr_expect_eq(snmp->device[2].version, SNMP_V3, "a user means version 3");
	cr_expect_eq(snmp->device[2].priv, SNMP_PRIV_AES128);
	cr_expect_str_eq(snmp->device[2].community, "");
	cr_expect_float_eq(core->device[0].rated_w, 7400.0, 1e-9);
	cr_expect_str_eq(core->device[0].name, "Feed A");
	cr_expect_eq(core->device[0].max_gap_ms, 60000); /* 3 x 20 s */
	cr_expect_eq(core->device[1].max_gap_ms, 90000);
	cr_expect_eq(core->device[1].point, POINT_UPS_OUT);
	cr_expect(core->device[1].has_point);
	cr_expect_eq(core->device[0].supply, SUPPLY_GRID, "the site's");
	cr_expect_eq(core->device[1].supply, SUPPLY_GENSET);
	cr_expect_str_eq(core->device[2].rack, "r2");
	cr_expect_eq(core->device[2].source, WIRE_KIND_RAPL);
	cr_expect_eq(core->device[2].source_device, 0);
	cr_expect_eq(core->device[3].source_device, 2);
	cr_assert_gt(core->factor_count, 0);
	cr_expect_str_eq(core->factor[0].zone, "NO");
	config_rig_deinit(&fixture);
}

/* in_total of the devices a, b, c ... as letters y and n. */
static void expect_totals(const char *devices, const char *expected)
{
	struct config_rig fixture;
	struct buf text;
	char found[16] = "";

	config_rig_init(&fixture);
	buf_init(&text, TEST_TEXT_MAX);
	buf_add_text(
	    &text,
	    "sites: [{id: s, time_zone: UTC}, {id: t, time_zone: UTC}]\ndefaults: {site: s, community: public, driver: ups_mib}\ndevices:\n");
	buf_add_text(&text, devices);
	config_rig_write(&fixture, "c.yaml", buf_text(&text), 0600);
	cr_assert_eq(config_rig_load(&fixture), ERR_NONE, "%s", buf_text(&fixture.out));
	for (size_t i = 0; i < fixture.settings->core.device_count; i++)
		found[i] = fixture.settings->core.device[i].is_in_total ? 'y' : 'n';
	cr_expect_str_eq(found, expected, "%s", devices);
	buf_deinit(&text);
	config_rig_deinit(&fixture);
}

#define A(id) "  - {id: " id ", address: 'snmp://127.0.0.1'"

Test(settings, the_outermost_meter_counts)
{
	expect_totals(A("a") "}\n" A("b") "}\n", "yy");
	expect_totals(A("a") "}\n" A("b") ", fed_by: a}\n" A("c") ", fed_by: b}\n", "ynn");
	expect_totals(A("a") ", site: t}\n" A("b") ", fed_by: a}\n" A("c") ", fed_by: b}\n", "yyn");
	expect_totals(A("a") ", in_total: no}\n" A("b") ", fed_by: a}\n", "ny");
	expect_totals(A("a") "}\n" A("b") ", fed_by: a, in_total: yes}\n", "yy");
	expect_totals(A("c") ", fed_by: b}\n" A("b") ", fed_by: a}\n" A("a") "}\n", "nny");
}

Test(settings, a_host_counts_where_nothing_else_meters)
{
	expect_totals("  - {id: r, address: rapl}\n", "y");
	expect_totals("  - {id: r, address: rapl}\n  - {id: q, address: rapl}\n", "yy");
	expect_totals("  - {id: r, address: rapl}\n" A("a") "}\n", "ny");
	expect_totals("  - {id: r, address: rapl}\n" A("a") ", site: t}\n", "yy");
	expect_totals("  - {id: r, address: rapl, in_total: yes}\n" A("a") "}\n", "yy");
	expect_totals("  - {id: r, address: rapl, fed_by: a}\n" A("a") "}\n", "ny");
	expect_totals("  - {id: r, address: rapl}\n" A("a") ", fed_by: r}\n", "yn");
}

Test(settings, feeders_have_to_be_there_and_make_no_circle)
{
	config_rig_expect("defaults: {community: public, driver: ups_mib}\ndevices:\n" A("pdu-1") ", fed_by: ups-2}\n" A("ups-1") "}\n",
			  ERR_CONFIG, "c.yaml:3:54: fed_by: there is no ups-2: did you mean ups-1?\n");
	config_rig_expect("defaults: {community: public, driver: ups_mib}\ndevices:\n" A("a") ", fed_by: b}\n" A("b") ", fed_by: c}\n" A(
			      "c") ", fed_by: a}\n",
			  ERR_CONFIG, "c.yaml:5:50: fed_by: a feeds itself, by way of c: a device cannot be above what feeds it\n");
	config_rig_expect("defaults: {community: public, driver: ups_mib}\ndevices:\n" A("a") ", fed_by: a}\n", ERR_CONFIG,
			  "c.yaml:3:50: fed_by: a feeds itself, by way of a: a device cannot be above what feeds it\n");
}

Test(settings, ids_stand_once)
{
	config_rig_expect("sites: [{id: s}, {id: s}]\n", ERR_CONFIG, "c.yaml:1:18: two sites have the id s: the first is in c.yaml:1\n");
	config_rig_expect("defaults: {community: public, driver: ups_mib}\ndevices:\n" A("a") "}\n" A("a") "}\n" A("b") ", was: a}\n",
			  ERR_CONFIG,
			  "c.yaml:4:5: two devices have the id a: the first is in c.yaml:3\n"
			  "c.yaml:5:47: was: a is the id of a device that is still there\n");
}

Test(settings, sites_zones_and_times)
{
	config_rig_expect(
	    "sites: [{id: a, zone: Norwy, time_zone: Europe/Nowhere}]\n", ERR_CONFIG,
	    "c.yaml:1:23: zone: no table has the zone Norwy: did you mean NO?\n"
	    "c.yaml:1:41: time_zone: time zone \"Europe/Nowhere\" is not in /usr/share/zoneinfo: correct the name, or install the package tzdata\n");
	config_rig_expect("sites: [{id: a b}]\n", ERR_CONFIG,
			  "c.yaml:1:14: id: \"a b\" is no id: 1 to 63 of a-z A-Z 0-9 . _ -, beginning with a letter or digit\n");
	config_rig_expect(
	    "sites: [{id: a}, {id: b}]\ndefaults: {community: public, driver: ups_mib}\ndevices:\n" A("x") "}\n" A("y") ", site: c}\n",
	    ERR_CONFIG,
	    "c.yaml:1:9: warning: site a has no zone: no emissions are computed for it\n"
	    "c.yaml:4:5: device x: with several sites it has to say its site\n"
	    "c.yaml:5:48: site: there is no c: did you mean a?\n");
}

Test(settings, addresses)
{
	config_rig_expect(
	    "defaults: {community: public}\nlocal: no\ndevices:\n"
	    "  - {id: a, address: 10.0.0.1}\n"
	    "  - {id: b, address: 'modbus://10.0.0.1/300'}\n"
	    "  - {id: c, address: 'snmp://public@10.0.0.1'}\n"
	    "  - {id: d, address: 'snmp://10.0.0.1:0'}\n"
	    "  - {id: e, address: 'snmp://[::1'}\n"
	    "  - {id: f}\n",
	    ERR_CONFIG,
	    "c.yaml:4:22: address: \"10.0.0.1\" has no protocol: did you mean snmp://10.0.0.1?\n"
	    "c.yaml:5:22: address: \"modbus://10.0.0.1/300\" is no Modbus unit: modbus://HOST[:PORT]/UNIT, modbus+rtu://HOST:PORT/UNIT or "
	    "modbus:/dev/ttyX?baud=9600&parity=N/UNIT\n"
	    "c.yaml:6:22: address: the community or user does not belong here: write community: or user:\n"
	    "c.yaml:7:22: address: \"snmp://10.0.0.1:0\" is no host with an optional port: snmp://pdu1.example.net, snmp://192.0.2.7:161, "
	    "snmp://[2001:db8::7]:161\n"
	    "c.yaml:8:22: address: \"snmp://[::1\" is no host with an optional port: snmp://pdu1.example.net, snmp://192.0.2.7:161, "
	    "snmp://[2001:db8::7]:161\n"
	    "c.yaml:9:5: device f has no address: snmp://HOST, modbus://HOST/UNIT, ipmi://USER@HOST, traffic:INTERFACE or rapl\n");
}

Test(settings, without_the_drivers_of_a_protocol_its_devices_wait_and_the_rest_is_metered)
{
	struct config_rig fixture;

	config_rig_init(&fixture);
	fixture.options.exe_dir = fixture.dir; /* nothing lies beside it */
	config_rig_write(&fixture, "c.yaml", "defaults: {community: public}\ndevices:\n" A("a") ", driver: ups_mib}\n" A("b") "}\n", 0600);
	cr_expect_eq(config_rig_load(&fixture), ERR_NONE);
	cr_expect_str_eq(
	    buf_text(&fixture.out),
	    "c.yaml: warning: there is no driver for snmp, whose devices (2) are not read: `apt install wattledger-snmp` brings them (or "
	    "dnf; elsewhere: --drivers names their folder)\n");
	cr_expect_eq(fixture.settings->snmp.device[0].driver, PLAN_DRIVER_AUTO);
	config_rig_deinit(&fixture);
}

Test(settings, access_to_snmp)
{
	config_rig_expect("devices:\n  - {id: a, address: 'snmp://127.0.0.1', driver: ups_mib}\n", ERR_CONFIG,
			  "c.yaml:2:5: device a has no community: write one here or under defaults: (many devices answer to public)\n");
	config_rig_expect(
	    "devices:\n  - {id: a, address: 'snmp://127.0.0.1', driver: ups_mib, version: 3, auth: sha256, auth_password: short, priv: aes}\n",
	    ERR_CONFIG,
	    "c.yaml:2:5: device a: version 3 needs a user\n"
	    "c.yaml:2:5: device a: priv needs priv_password\n"
	    "c.yaml:2:100: auth_password has to have at least 8 characters\n");
	config_rig_expect(
	    "devices:\n  - {id: a, address: 'snmp://127.0.0.1', driver: ups_mb, community: public, auth: sha1}\n", ERR_CONFIG,
	    "c.yaml:2:50: driver: there is no ups_mb: did you mean ups_mib?\n"
	    "c.yaml:2:77: auth needs version: 3\n"
	    "c.yaml:2:83: auth sha1 is unknown: did you mean sha? It is one of none, md5, sha, sha224, sha256, sha384, sha512\n");
}

Test(settings, the_clear_text_of_communities_is_told_once)
{
	config_rig_expect(
	    "defaults: {community: public, driver: ups_mib}\ndevices:\n  - {id: a, address: 'snmp://192.0.2.1'}\n  - {id: b, address: 'snmp://192.0.2.2'}\n",
	    ERR_NONE, "c.yaml:3:5: warning: 2 devices with version 1 or 2c: the community crosses the network in clear text\n");
}

Test(settings, ledger_keys_have_ranges)
{
	config_rig_expect(
	    "ledger: {slot: 10min, commit: 10, grace: 2d, outbox_max_bytes: 1kB, profile: fast}\nstate_dir: /tmp/x\nstatedir: y\n",
	    ERR_CONFIG,
	    "c.yaml:1:16: slot 10min is unknown: did you mean 15min? It is one of 15min, 5min, 1min\n"
	    "c.yaml:1:31: commit: \"10\" is no duration: a number with its unit, like 500ms, 10s, 5min, 2h or 30d\n"
	    "c.yaml:1:42: grace: 2d is out of range: 0d to 1d\n"
	    "c.yaml:1:64: outbox_max_bytes: at least 1MiB\n"
	    "c.yaml:1:78: profile fast is unknown: it is one of normal, flash\n"
	    "c.yaml:3:1: config key statedir is unknown: did you mean state_dir? It is one of defaults, ledger, state_dir, agent, local, drivers, grid, "
	    "page, sites, devices, outputs, series\n");
}

Test(settings, flash_commits_once_a_minute)
{
	struct config_rig fixture;

	config_rig_init(&fixture);
	config_rig_write(&fixture, "c.yaml", "ledger: {profile: flash, slot: 1min}\n", 0644);
	cr_assert_eq(config_rig_load(&fixture), ERR_NONE);
	cr_expect(fixture.settings->core.is_flash);
	cr_expect_eq(fixture.settings->core.commit_ms, 60000);
	cr_expect_eq(fixture.settings->core.slot_s, 60);
	config_rig_deinit(&fixture);
}

Test(settings, a_trial_state_folder_takes_the_ledger_with_it)
{
	struct config_rig fixture;

	config_rig_init(&fixture);
	config_rig_write(&fixture, "c.yaml", "ledger: {path: /srv/real.db}\n", 0644);
	cr_assert_eq(config_rig_load(&fixture), ERR_NONE);
	cr_expect_str_eq(fixture.settings->core.ledger_path, "/srv/real.db");
	fixture.options.state_dir = "/tmp/trial";
	cr_assert_eq(config_rig_load(&fixture), ERR_NONE);
	cr_expect_str_eq(fixture.settings->core.ledger_path, "/tmp/trial/ledger.db");
	cr_expect_str_eq(fixture.settings->core.control_path, "/tmp/trial/control.sock");
	config_rig_deinit(&fixture);
}

Test(settings, outputs)
{
	struct config_rig fixture;

	config_rig_init(&fixture);
	config_rig_write(
	    &fixture, "c.yaml",
	    "sites: [{id: oslo}]\noutputs:\n"
	    "  - {type: file, path: p.lp}\n"
	    "  - {type: influxdb_v2, name: main, urls: ['https://a:8086', 'https://b:8086'], token: 't0k', organization: o, bucket: b, send: slots, "
	    "max_bytes_per_day: 2MB, content_encoding: identity, timeout: 3s}\n",
	    0600);
	cr_assert_eq(config_rig_load(&fixture), ERR_NONE, "%s", buf_text(&fixture.out));
	cr_assert_eq(fixture.settings->core.output_count, 2);
	cr_expect_str_eq(fixture.settings->core.output[0].name, "file");
	cr_expect_str_eq(fixture.settings->core.output[0].path, "/var/lib/wattledger/p.lp");
	cr_expect_eq(fixture.settings->core.output[1].send, OUTPUT_SEND_SLOTS);
	cr_expect_eq(fixture.settings->core.output[1].max_bytes_per_day, 2000000);
	cr_assert_eq(fixture.settings->deliver.target_count, 1);
	const struct plan_target *target = &fixture.settings->deliver.target[0];
	cr_expect_eq(target->output, 1);
	cr_expect_eq(target->url_count, 2);
	cr_expect_str_eq(target->token, "t0k");
	cr_expect_eq(target->timeout_ms, 3000);
	cr_expect_not(target->is_gzip);
	config_rig_deinit(&fixture);
}

Test(settings, outputs_that_cannot_be)
{
	config_rig_expect(
	    "sites: [{id: oslo}]\noutputs:\n  - {type: influxdb_v2, urls: 'http://u:topsecret@h', path: x}\n  - {type: file}\n  - {type: file, path: /x, token: "
	    "y}\n  - {type: kafka}\n",
	    ERR_CONFIG,
	    "c.yaml:3:5: an output of type influxdb_v2 needs token\n"
	    "c.yaml:3:5: an output of type influxdb_v2 needs organization\n"
	    "c.yaml:3:5: an output of type influxdb_v2 needs bucket\n"
	    "c.yaml:3:31: urls: an address like http://127.0.0.1:8086 is expected; user and password go into username: and password:\n"
	    "c.yaml:3:55: path is not for outputs of type influxdb_v2\n"
	    "c.yaml:4:5: an output of type file needs path\n"
	    "c.yaml:5:5: two outputs have the name file: give one another name:\n"
	    "c.yaml:5:28: token is for outputs over the network, not for file\n"
	    "c.yaml:6:12: type kafka is unknown: it is one of influxdb_v1, influxdb_v2, victoriametrics, file, stdout\n");
}

Test(settings, a_default_site_stays_at_home)
{
	static const char told[] =
	    ": the site's id is still default, and points leave this machine (outputs:): write sites: with an id of its own, for it is in "
	    "every point for ever\n";
	struct config_rig fixture;

	config_rig_init(&fixture);
	config_rig_write(&fixture, "c.yaml", "outputs: [{type: victoriametrics, urls: 'http://127.0.0.1:8428'}]\n", 0644);
	cr_expect_eq(config_rig_load(&fixture), ERR_CONFIG);
	cr_expect_not_null(strstr(buf_text(&fixture.out), told), "%s", buf_text(&fixture.out));
	config_rig_write(&fixture, "c.yaml", "outputs: [{type: stdout}]\n", 0644);
	cr_expect_eq(config_rig_load(&fixture), ERR_NONE);
	config_rig_deinit(&fixture);
}

Test(settings, written_secrets_need_a_private_file)
{
	struct config_rig fixture;

	config_rig_init(&fixture);
	config_rig_write(&fixture, "c.yaml",
			 "defaults: {community: hush, driver: ups_mib}\ndevices:\n" A("a") "}\n" A("b") ", community: public}\n", 0644);
	cr_expect_eq(config_rig_load(&fixture), ERR_CONFIG);
	cr_expect_str_eq(
	    buf_text(&fixture.out),
	    "c.yaml:1:23: community is written in a file that others can read: chmod 600 c.yaml, or name it with \"@file:/path\" or \"@cred:name\"\n");
	cr_assert_eq(chmod(fixture.path, 0600), 0);
	cr_expect_eq(config_rig_load(&fixture), ERR_NONE);
	config_rig_deinit(&fixture);
}

Test(settings, secrets_come_from_files_and_credentials)
{
	struct config_rig fixture;
	char credentials[128];

	config_rig_init(&fixture);
	config_rig_make_folder(&fixture, "secrets");
	config_rig_make_folder(&fixture, "cred");
	config_rig_write(&fixture, "secrets/one", "from secrets\n", 0600);
	config_rig_write(&fixture, "secrets/two", "not this\n", 0600);
	config_rig_write(&fixture, "cred/two", "from systemd", 0644);
	config_rig_write(&fixture, "three.txt", "from file\r\n", 0600);
	config_rig_write(&fixture, "open.txt", "x", 0644);
	config_rig_write(&fixture, "c.yaml",
			 "defaults: {driver: ups_mib}\ndevices:\n" A("a") ", community: '@cred:one'}\n" A(
			     "b") ", community: '@cred:two'}\n" A("c") ", community: '@file:three.txt'}\n",
			 0644);
	snprintf(credentials, sizeof credentials, "%s/cred", fixture.dir);
	fixture.options.credentials_dir = credentials;
	cr_assert_eq(config_rig_load(&fixture), ERR_NONE, "%s", buf_text(&fixture.out));
	cr_expect_str_eq(fixture.settings->snmp.device[0].community, "from secrets");
	cr_expect_str_eq(fixture.settings->snmp.device[1].community, "from systemd");
	cr_expect_str_eq(fixture.settings->snmp.device[2].community, "from file");
	config_rig_write(
	    &fixture, "c.yaml",
	    "defaults: {driver: ups_mib}\ndevices:\n" A("a") ", community: '@cred:none'}\n" A("b") ", community: '@file:open.txt'}\n",
	    0644);
	cr_expect_eq(config_rig_load(&fixture), ERR_CONFIG);
	cr_expect_str_eq(
	    buf_text(&fixture.out),
	    "c.yaml:3:53: community: there is no credential none: neither systemd's (LoadCredential=) nor the file secrets/none\n"
	    "c.yaml:4:53: community: others can read open.txt: chmod 600 open.txt\n");
	config_rig_deinit(&fixture);
}

Test(settings, files_of_conf_d_are_added_by_name)
{
	struct config_rig fixture;

	config_rig_init(&fixture);
	config_rig_make_folder(&fixture, "conf.d");
	config_rig_write(&fixture, "c.yaml", "defaults: {community: public, driver: ups_mib}\ndevices:\n" A("a") "}\n", 0600);
	config_rig_write(&fixture, "conf.d/20-c.yaml", "devices:\n" A("c") "}\n", 0600);
	config_rig_write(&fixture, "conf.d/10-b.yaml", "devices:\n" A("b") "}\n", 0600);
	config_rig_write(&fixture, "conf.d/notes.txt", "not: [yaml", 0600);
	cr_assert_eq(config_rig_load(&fixture), ERR_NONE, "%s", buf_text(&fixture.out));
	cr_assert_eq(fixture.settings->core.device_count, 3);
	cr_expect_str_eq(fixture.settings->core.device[1].id, "b");
	cr_expect_str_eq(fixture.settings->core.device[2].id, "c");
	config_rig_write(&fixture, "conf.d/30-d.yaml", "defaults: {}\ndevices:\n" A("a") "}\n", 0600);
	cr_expect_eq(config_rig_load(&fixture), ERR_CONFIG);
	cr_expect_str_eq(buf_text(&fixture.out), "conf.d/30-d.yaml:1:1: defaults is here a second time: first in c.yaml:1\n"
						 "conf.d/30-d.yaml:3:5: two devices have the id a: the first is in c.yaml:3\n");
	config_rig_deinit(&fixture);
}

Test(settings, names_that_cannot_be_looked_up_leave_the_device_out)
{
	struct config_rig fixture;

	config_rig_init(&fixture);
	config_rig_write(
	    &fixture, "c.yaml",
	    "defaults: {community: public, driver: ups_mib}\ndevices:\n  - {id: a, address: 'snmp://[::1]'}\n  - {id: b, address: 'snmp://no_such..name'}\n",
	    0600);
	fixture.options.is_resolving = true;
	cr_assert_eq(config_rig_load(&fixture), ERR_NONE, "%s", buf_text(&fixture.out));
	cr_expect_str_eq(fixture.settings->snmp.device[0].host, "::1");
	cr_expect_str_eq(fixture.settings->snmp.device[1].host, "");
	cr_expect_eq(fixture.problems.warning_count, 2);
	config_rig_deinit(&fixture);
}

Test(settings, the_digest_is_that_of_the_files_together)
{
	struct config_rig fixture;
	uint8_t first[32];

	config_rig_init(&fixture);
	config_rig_make_folder(&fixture, "conf.d");
	config_rig_write(&fixture, "c.yaml", "local: no\n", 0600);
	cr_assert_eq(config_rig_load(&fixture), ERR_NONE);
	/* printf 'local: no\n' | sha256sum begins with these bytes. */
	static const uint8_t expected[4] = {0xFF, 0xF6, 0x3B, 0xB9};
	cr_expect_eq(memcmp(expected, fixture.settings->core.config_sha256, sizeof expected), 0);
	memcpy(first, fixture.settings->core.config_sha256, sizeof first);
	config_rig_write(&fixture, "conf.d/a.yaml", "# more\n", 0600);
	cr_assert_eq(config_rig_load(&fixture), ERR_NONE);
	cr_expect_neq(memcmp(first, fixture.settings->core.config_sha256, sizeof first), 0);
	config_rig_deinit(&fixture);
}

Test(settings, the_examples_are_right)
{
	static const char *const name[] = {"rack",        "base-station", "single-host",        "modbus-site",
					   "server-ipmi", "traffic-site", "base-station-hybrid"};
	static const char *const secret[] = {"snmp", "snmp-auth", "snmp-priv", "influx", "noc", "bmc"};
	struct config_rig fixture;

	config_rig_init(&fixture);
	config_rig_make_folder(&fixture, "secrets");
	for (size_t i = 0; i < sizeof secret / sizeof secret[0]; i++) {
		char path[64];
		snprintf(path, sizeof path, "secrets/%s", secret[i]);
		config_rig_write(&fixture, path, "longenough\n", 0600);
	}
	for (size_t i = 0; i < sizeof name / sizeof name[0]; i++) {
		struct buf text;
		char path[64];
		buf_init(&text, TEST_TEXT_MAX);
		snprintf(path, sizeof path, "config/examples/%s.yaml", name[i]);
		cr_assert_eq(file_read(path, &text, NULL), ERR_NONE);
		config_rig_write(&fixture, "c.yaml", buf_text(&text), 0644);
		cr_expect_eq(config_rig_load(&fixture), ERR_NONE, "%s: %s", path, buf_text(&fixture.out));
		buf_deinit(&text);
	}
	snprintf(fixture.path, sizeof fixture.path, "config/wattledger.yaml");
	cr_expect_eq(config_rig_load(&fixture), ERR_NONE, "%s", buf_text(&fixture.out));
	cr_expect_eq(fixture.problems.count, 0);
	config_rig_deinit(&fixture);
}
