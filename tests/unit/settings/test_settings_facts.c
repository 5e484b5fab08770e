/* SPDX-License-Identifier: Apache-2.0 */
/* What a config says for auditors of sites and devices. */
#include "account/uncertainty.h"
#include "settings/config_rig.h"
#include "settings/settings_facts_priv.h"

#include <criterion/criterion.h>
#include <string.h>

#define A(id) "  - {id: " id ", address: 'snmp://127.0.0.1'"

Test(settings_facts, what_an_auditor_asks_of_sites_and_devices)
{
	struct config_rig fixture;

	config_rig_init(&fixture);
	config_rig_write(&fixture, "c.yaml",
			 "sites: [{id: s, zone: NO, entity: 'Example AS', boundary: equity, share: 40, control: tenant,\n"
			 "         overhead: {factor: 1.45, source: 'Host, PUE report', year: 2025}}]\n"
			 "defaults: {community: public, driver: ups_mib, meter_class: 0.5S}\n"
			 "devices:\n" A("a") ", ct_class: none, calibration_due: 2027-06-30}\n" A(
			     "b") ", control: own, meter_class: B, round_trip: 0.85}\n",
			 0600);
	cr_assert_eq(config_rig_load(&fixture), ERR_NONE, "%s", buf_text(&fixture.out));
	const struct plan_core *core = &fixture.settings->core;
	cr_expect_str_eq(core->site[0].facts, "entity=Example AS;boundary=equity;share=0.400000;control=tenant;overhead=1.450000;"
					      "overhead_source=Host, PUE report;overhead_year=2025");
	cr_expect_str_eq(core->device[0].facts, "meter_class=0.5S;ct_class=none;calibration_due=2027-06-30");
	cr_expect_str_eq(core->device[1].facts, "control=own;meter_class=B;round_trip=0.850000");
	config_rig_deinit(&fixture);
	config_rig_expect(
	    "sites: [{id: s, zone: NO, entity: 'a; b', share: 140, boundary: joint,\n"
	    "  overhead: {factor: 0.45, year: 2025}}]\n",
	    ERR_CONFIG,
	    "c.yaml:1:35: entity: at most 95 bytes without a semicolon\n"
	    "c.yaml:1:50: share: \"140\" is no number of per cent above 0, up to 100\n"
	    "c.yaml:1:65: boundary joint is unknown: it is one of operational, financial, equity\n"
	    "c.yaml:2:3: overhead is what a host takes on top: it needs control: tenant or control: leased at this site\n"
	    "c.yaml:2:13: this overhead has no source\n"
	    "c.yaml:2:22: factor: \"0.45\" is no number from 1 to 10: what the host's site takes for each kWh of its tenant, like 1.45\n");
	config_rig_expect(
	    "sites: [{id: s, zone: NO}]\ndevices:\n" A(
		"a") ", driver: ups_mib, community: public, meter_class: 7, calibration_due: 2027-02-29, round_trip: 85}\n",
	    ERR_CONFIG,
	    "c.yaml:3:91: meter_class 7 is unknown: it is one of 0.1, 0.1S, 0.2, 0.2S, 0.5, 0.5S, 1, 1.5, 2, 3, A, B, C\n"
	    "c.yaml:3:111: calibration_due: \"2027-02-29\" is no date, like 2027-06-30\n"
	    "c.yaml:3:135: round_trip: \"85\" is no number from 0.5 to 1: what comes out of a battery of what went in, like 0.85\n");
}

/* What a config may say counts in the uncertainty of its meters. */
Test(settings_facts, each_class_that_can_be_configured_has_a_limit)
{
	for (const char *const *name = settings_meter_class_choice + 1; *name != NULL; name++)
		cr_expect_gt(account_uncertainty_class_limit(*name), 0, "meter_class %s", *name);
	for (const char *const *name = settings_ct_class_choice + 1; *name != NULL; name++)
		cr_expect(account_uncertainty_class_limit(*name) > 0 || strcmp(*name, "none") == 0, "ct_class %s", *name);
}
