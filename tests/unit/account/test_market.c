/* SPDX-License-Identifier: Apache-2.0 */
#include "account/market.h"

#include <criterion/criterion.h>
#include <string.h>

#define HOUR INT64_C(3600000)
#define DAY (24 * HOUR)
#define MWH INT64_C(3600000000000)
#define MICRO INT64_C(1000000)
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* A year of 365 days that begins at local midnight, an hour before that of UTC. */
#define YEAR_START (100 * DAY - HOUR)
#define YEAR_END (465 * DAY - HOUR)
/* The same year as a registry has it. */
#define VINTAGE_START (100 * DAY)
#define VINTAGE_END (465 * DAY)

#define INSTRUMENT(kind, at, zone_id, from, to, micro, microg)                                                                \
	{                                                                                                                     \
		.what = ACCOUNT_MARKET_##kind, .node = at, .zone = zone_id, .from_ms = from, .to_ms = to, .micro_mwh = micro, \
		.microg_per_kwh = microg                                                                                      \
	}
#define PART(at, zone_id, start, end, energy)                                                   \
	{                                                                                       \
		.node = at, .zone = zone_id, .start_ms = start, .end_ms = end, .millij = energy \
	}

static void match_in(struct account_market_instrument *instrument, size_t instrument_count, struct account_market_part *part,
		     size_t part_count, int64_t end_ms)
{
	struct account_market market = {.instrument = instrument,
					.instrument_count = instrument_count,
					.part = part,
					.part_count = part_count,
					.start_ms = YEAR_START,
					.end_ms = end_ms};

	account_market_match(&market);
}

#define MATCH(instruments, parts) match_in(instruments, COUNT(instruments), parts, COUNT(parts), YEAR_END)

Test(market, a_year_s_certificates_stand_for_a_year_s_energy_and_the_rest_is_left)
{
	struct account_market_instrument instrument[] = {
	    INSTRUMENT(SUPPLIER_RATE, "oslo", "NO", VINTAGE_START, VINTAGE_END, 0, 300 * MICRO),
	    INSTRUMENT(PPA, "oslo/pdu", "NO", VINTAGE_START, VINTAGE_END, 2 * MICRO, 40 * MICRO),
	    INSTRUMENT(CERTIFICATE, "oslo", "NO", VINTAGE_START, VINTAGE_END, 3 * MICRO, 0),
	};
	struct account_market_part part[] = {
	    PART("oslo/pdu/1", "NO", YEAR_START, YEAR_END, 6 * MWH),
	    PART("oslo/ups/1", "NO", YEAR_START, YEAR_END, 4 * MWH),
	};

	MATCH(instrument, part);
	/* 3 MWh by 6 : 4, then 2 MWh of what the PDU has left, then all the rest at the supplier's 300 g/kWh. */
	cr_expect_eq(instrument[2].taken_millij, 3 * MWH);
	cr_expect_eq(instrument[1].taken_millij, 2 * MWH);
	cr_expect_eq(instrument[0].taken_millij, 5 * MWH);
	cr_expect_eq(part[0].left_millij, 0);
	cr_expect_eq(part[0].mg, INT64_C(740000000)); /* 2,000 kWh x 40 g + 2,200 kWh x 300 g = 80 + 660 kg */
	cr_expect_eq(part[1].mg, INT64_C(840000000)); /* 2,800 kWh x 300 g */
}

Test(market, a_part_of_the_vintage_has_its_share_and_no_more_is_claimed_than_was_used)
{
	struct account_market_instrument instrument[] = {
	    INSTRUMENT(CERTIFICATE, "oslo", "NO", VINTAGE_START, VINTAGE_END, 365 * MICRO, 0),
	    INSTRUMENT(CERTIFICATE, "oslo", "NO", VINTAGE_START, VINTAGE_END, MICRO, 0),
	};
	struct account_market_part part[] = {PART("oslo/pdu/1", "NO", YEAR_START, YEAR_START + 10 * DAY, 12 * MWH)};

	/* Ten days: of 365 MWh in 365 days and an hour 9.998858, of one 0.027394. */
	match_in(instrument, COUNT(instrument), part, 1, YEAR_START + 10 * DAY);
	cr_expect_eq(instrument[0].offered_millij, INT64_C(9998859) * 3600000);
	cr_expect_eq(instrument[1].offered_millij, INT64_C(27394) * 3600000);
	cr_expect_eq(part[0].left_millij, 12 * MWH - INT64_C(10026253) * 3600000);
	part[0].millij = 5 * MWH;
	match_in(instrument, COUNT(instrument), part, 1, YEAR_START + 10 * DAY);
	cr_expect_eq(instrument[0].taken_millij, 5 * MWH);
	cr_expect_eq(instrument[1].taken_millij, 0);
	cr_expect_eq(instrument[1].why, ACCOUNT_MARKET_FULL);
	cr_expect_eq(part[0].left_millij, 0);
	cr_expect_eq(part[0].mg, 0);
}

Test(market, of_another_zone_vintage_or_node_nothing_counts_and_why_is_told)
{
	struct account_market_instrument instrument[] = {
	    INSTRUMENT(CERTIFICATE, "oslo", "SE", VINTAGE_START, VINTAGE_END, MICRO, 0),
	    INSTRUMENT(CERTIFICATE, "oslo", "NO", 465 * DAY, 830 * DAY, MICRO, 0),
	    INSTRUMENT(CERTIFICATE, "os", "NO", VINTAGE_START, VINTAGE_END, MICRO, 0),
	    INSTRUMENT(SUPPLIER_RATE, "oslo", "NO", 100 * DAY, 400 * DAY, 0, 0),
	};
	struct account_market_part part[] = {PART("oslo/pdu/1", "NO", YEAR_START, YEAR_END, 6 * MWH)};

	MATCH(instrument, part);
	cr_expect_eq(instrument[0].why, ACCOUNT_MARKET_ZONE);
	cr_expect_eq(instrument[1].why, ACCOUNT_MARKET_VINTAGE);
	cr_expect_eq(instrument[2].why, ACCOUNT_MARKET_ZONE);
	cr_expect_eq(instrument[3].why, ACCOUNT_MARKET_FULL); /* it does not hold for all of it */
	cr_expect_eq(part[0].left_millij, 6 * MWH);
}

Test(market, parts_add_up_to_what_an_instrument_gave)
{
	struct account_market_instrument instrument[] = {INSTRUMENT(CERTIFICATE, "oslo", "NO", VINTAGE_START, VINTAGE_END, 1, 0)};
	struct account_market_part part[7];
	int64_t given = 0;

	for (size_t i = 0; i < COUNT(part); i++)
		part[i] = (struct account_market_part)PART("oslo/pdu/1", "NO", YEAR_START, YEAR_END, 1000001);
	part[3].millij = -5; /* a revision took more than there was */
	MATCH(instrument, part);
	for (size_t i = 0; i < COUNT(part); i++)
		given += part[i].millij - part[i].left_millij;
	cr_expect_eq(given, 3600000);
	cr_expect_eq(part[0].left_millij, 400001); /* 600,000 mJ each */
	cr_expect_eq(part[3].left_millij, -5);
}

Test(market, deliveries_of_an_hour_count_in_their_hour_alone)
{
	struct account_market_instrument instrument[] = {
	    INSTRUMENT(PPA, "oslo", "NO", YEAR_START - HOUR, YEAR_START, MICRO, 0),
	    INSTRUMENT(PPA, "oslo", "NO", YEAR_START, YEAR_START + HOUR, MICRO, 0),
	};
	struct account_market_part part[] = {PART("oslo/pdu/1", "NO", YEAR_START, YEAR_END, 6 * MWH)};

	MATCH(instrument, part);
	cr_expect_eq(instrument[0].why, ACCOUNT_MARKET_VINTAGE);
	cr_expect_eq(instrument[1].taken_millij, MWH);
}

Test(market, terms_of_a_note)
{
	struct account_market_terms terms;
	struct err_info info;

	cr_assert_eq(account_market_parse(&terms, "id=GO 4711; zone=NO;g_per_kwh=12.5; retired=2026-02-01; registry=Statnett;", &info),
		     ERR_NONE);
	cr_expect_str_eq(terms.id, "GO 4711");
	cr_expect_str_eq(terms.zone, "NO");
	cr_expect_eq(terms.microg_per_kwh, 12500000);
	cr_expect(terms.has_factor && terms.is_retired);
	cr_assert_eq(account_market_parse(&terms, "", &info), ERR_NONE);
	cr_expect_not(terms.has_factor || terms.is_retired);
}

Test(market, terms_that_make_no_sense_are_refused)
{
	static const char *const NOTES[] = {"id=",          "zone=N O",        "g_per_kwh=-1", "g_per_kwh=5001", "retired=1.2.26",
					    "colour=green", "bought it cheap", "id=a; id=b",   "zone",           "retired=2026-02-011"};
	struct account_market_terms terms;
	struct err_info info;

	for (size_t i = 0; i < COUNT(NOTES); i++)
		cr_expect_eq(account_market_parse(&terms, NOTES[i], &info), ERR_DATA, "%s", NOTES[i]);
	cr_assert_eq(account_market_parse(&terms, "colour=green", &info), ERR_DATA);
	cr_expect(strstr(info.text, "'colour=green' is none of id=, zone=") != NULL, "%s", info.text);
}
