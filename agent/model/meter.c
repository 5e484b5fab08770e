/* SPDX-License-Identifier: Apache-2.0 */
#include "model/meter.h"

#include <string.h>

static const char *const role_table[ROLE_COUNT] = {
    [ROLE_TOTAL] = "total",
    [ROLE_PART] = "part",
};

static const char *const point_table[POINT_COUNT] = {
    [POINT_OTHER] = "other",     [POINT_SITE_AC] = "site_ac", [POINT_UPS_OUT] = "ups_out",
    [POINT_PDU_OUT] = "pdu_out", [POINT_IT_IN] = "it_in",     [POINT_DC_BUS] = "dc_bus",
};

static const char *const supply_table[SUPPLY_COUNT] = {
    [SUPPLY_NONE] = "none", [SUPPLY_GRID] = "grid", [SUPPLY_GENSET] = "genset", [SUPPLY_PV] = "pv", [SUPPLY_BATTERY] = "battery",
};

static const char *const ref_table[REF_COUNT] = {
    [REF_NONE] = "none", [REF_UNI] = "uni", [REF_NNI] = "nni", [REF_UPLINK] = "uplink", [REF_MGMT] = "mgmt",
};

static const char *const caliber_table[CALIBER_COUNT] = {
    [CALIBER_UNKNOWN] = "unknown",
    [CALIBER_ACTUAL] = "actual",
    [CALIBER_ESTIMATED] = "estimated",
    [CALIBER_STATIC] = "static",
};

static const char *const coverage_table[COVERAGE_COUNT] = {
    [COVERAGE_MEASURED] = "measured", [COVERAGE_BRIDGED] = "bridged", [COVERAGE_ESTIMATED] = "estimated",
    [COVERAGE_MANUAL] = "manual",     [COVERAGE_STATIC] = "static",
};

/* A number from outside its enumeration has no name; "?" is never accepted back. */
static const char *name_of(const char *const *table, unsigned count, unsigned value)
{
	return value < count ? table[value] : "?";
}

/* Index of the name, or `count`. */
static unsigned index_of(const char *const *table, unsigned count, const char *name)
{
	unsigned i = 0;

	while (i < count && strcmp(table[i], name) != 0)
		i++;
	return i;
}

const char *role_name(enum role role)
{
	return name_of(role_table, ROLE_COUNT, role);
}

const char *point_name(enum point point)
{
	return name_of(point_table, POINT_COUNT, point);
}

const char *supply_name(enum supply supply)
{
	return name_of(supply_table, SUPPLY_COUNT, supply);
}

const char *ref_name(enum ref ref)
{
	return name_of(ref_table, REF_COUNT, ref);
}

const char *caliber_name(enum caliber caliber)
{
	return name_of(caliber_table, CALIBER_COUNT, caliber);
}

const char *coverage_name(enum coverage coverage)
{
	return name_of(coverage_table, COVERAGE_COUNT, coverage);
}

bool role_find(const char *name, enum role *out)
{
	unsigned i = index_of(role_table, ROLE_COUNT, name);

	if (i == ROLE_COUNT)
		return false;
	*out = (enum role)i;
	return true;
}

bool point_find(const char *name, enum point *out)
{
	unsigned i = index_of(point_table, POINT_COUNT, name);

	if (i == POINT_COUNT)
		return false;
	*out = (enum point)i;
	return true;
}

bool supply_find(const char *name, enum supply *out)
{
	unsigned i = index_of(supply_table, SUPPLY_COUNT, name);

	if (i == SUPPLY_COUNT)
		return false;
	*out = (enum supply)i;
	return true;
}

bool ref_find(const char *name, enum ref *out)
{
	unsigned i = index_of(ref_table, REF_COUNT, name);

	if (i == REF_COUNT)
		return false;
	*out = (enum ref)i;
	return true;
}

bool caliber_find(const char *name, enum caliber *out)
{
	unsigned i = index_of(caliber_table, CALIBER_COUNT, name);

	if (i == CALIBER_COUNT)
		return false;
	*out = (enum caliber)i;
	return true;
}
