/* SPDX-License-Identifier: Apache-2.0 */
#include "snmp_options.h"

#include "base/clock.h"
#include "base/num.h"
#include "base/text.h"

#include <arpa/inet.h>
#include <getopt.h>
#include <string.h>

enum { FIRST_ADDRESS = 0x7f090001, FOR_MS_DEFAULT = 600000 };

enum option_id {
	OPTION_HELP = 256,
	OPTION_ADDRESS,
	OPTION_COMMUNITY,
	OPTION_CONTROL,
	OPTION_CURVE,
	OPTION_DETACHED,
	OPTION_DEVICES,
	OPTION_FAULT,
	OPTION_FOR,
	OPTION_IPV6,
	OPTION_MODEL,
	OPTION_PORT,
	OPTION_RECORDING,
	OPTION_REPLY_BYTES,
	OPTION_SEED,
	OPTION_SINCE,
	OPTION_SPEED,
	OPTION_STDIN,
	OPTION_TRUTH,
};

static const struct option long_options[] = {
    {"help", no_argument, NULL, OPTION_HELP},
    {"first-address", required_argument, NULL, OPTION_ADDRESS},
    {"community", required_argument, NULL, OPTION_COMMUNITY},
    {"control", no_argument, NULL, OPTION_CONTROL},
    {"curve", required_argument, NULL, OPTION_CURVE},
    {"detached", no_argument, NULL, OPTION_DETACHED},
    {"devices", required_argument, NULL, OPTION_DEVICES},
    {"fault", required_argument, NULL, OPTION_FAULT},
    {"for", required_argument, NULL, OPTION_FOR},
    {"ipv6", no_argument, NULL, OPTION_IPV6},
    {"model", required_argument, NULL, OPTION_MODEL},
    {"port", required_argument, NULL, OPTION_PORT},
    {"recording", required_argument, NULL, OPTION_RECORDING},
    {"max-reply-bytes", required_argument, NULL, OPTION_REPLY_BYTES},
    {"seed", required_argument, NULL, OPTION_SEED},
    {"since", required_argument, NULL, OPTION_SINCE},
    {"speed", required_argument, NULL, OPTION_SPEED},
    {"until-stdin-closes", no_argument, NULL, OPTION_STDIN},
    {"truth", required_argument, NULL, OPTION_TRUTH},
    {0},
};

const char *snmp_options_help(void)
{
	return "usage: wattledger-sim-snmp [OPTION...]\n"
	       "Simulated SNMP devices (v1, v2c) on loopback addresses; prints one JSON line when ready.\n"
	       "\n"
	       "  --devices N             how many (1, or the recordings)\n"
	       "  --model LIST            what they are, in turn: apc-rpdu2 farm if-mib raritan-px2 ups-mib (apc-rpdu2)\n"
	       "  --recording FILE        a recorded device (.snmprec, or of snmpwalk -On) instead; may be given again: one device each\n"
	       "  --first-address A       of device 0; device i is at A + i (127.9.0.1)\n"
	       "  --port P                UDP port, 0 = a free one (0)\n"
	       "  --ipv6                  device 0 also answers at ::1\n"
	       "  --community C           (public)\n"
	       "  --max-reply-bytes N     larger replies are tooBig, GETBULK answers end there (1472)\n"
	       "  --curve day|fast|flat   power over time (day)\n"
	       "  --speed X               simulated time runs X times faster (1)\n"
	       "  --seed N                same seed, same devices (1)\n"
	       "  --since UTC             simulated time began then, like 2026-10-01T00:00:00Z: counters and uptimes have run on (now)\n"
	       "  --fault FAULT[@WHO]     WHO = all, 3, 3-7, 5%; may be given again. FAULT:\n"
	       "                          silent drop:PERCENT slow:MS twice refuse toobig:N reset wrap:J dip swap freeze\n"
	       "                          missing-row:N lying repeat decrease wrong-id wrong-type text truncated huge endless short:N\n"
	       "                          nasty-text no-reading\n"
	       "  --truth FILE            what is true, one JSON object per device, written at SIGUSR1 and at the end\n"
	       "  --for DURATION          ends by itself (10min)\n"
	       "  --control               commands on standard input, each answered by one JSON line:\n"
	       "                          fault WHO FAULT | clock stop|go|set S|advance S | truth | quit\n"
	       "  --until-stdin-closes    ends when standard input does (includes --control)\n"
	       "  --detached              does not end with its parent\n";
}

/* A whole number in low .. high. */
static enum err parse_number(const char *text, uint64_t low, uint64_t high, uint64_t *value, struct err_info *info)
{
	uint64_t number;

	if (!num_parse_u64(text, &number) || number < low || number > high)
		return err_set(info, ERR_USAGE, "\"%s\" is no number from %llu to %llu", text, (unsigned long long)low,
			       (unsigned long long)high);
	*value = number;
	return ERR_NONE;
}

static enum err parse_curve(const char *text, enum sim_shape *shape, struct err_info *info)
{
	static const char *const names[] = {[SIM_SHAPE_DAY] = "day", [SIM_SHAPE_FAST] = "fast", [SIM_SHAPE_FLAT] = "flat"};

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		if (strcmp(text, names[i]) == 0) {
			*shape = (enum sim_shape)i;
			return ERR_NONE;
		}
	}
	return err_set(info, ERR_USAGE, "\"%s\" is no curve; there are day, fast and flat", text);
}

static enum err parse_address(const char *text, uint32_t *address, struct err_info *info)
{
	struct in_addr parsed;

	if (inet_pton(AF_INET, text, &parsed) != 1)
		return err_set(info, ERR_USAGE, "\"%s\" is no IPv4 address", text);
	*address = ntohl(parsed.s_addr);
	return ERR_NONE;
}

static enum err add_fault(struct snmp_options *options, const char *text, struct err_info *info)
{
	size_t i = options->fault_count;

	if (i == SIM_FAULT_OPTIONS_MAX)
		return err_set(info, ERR_USAGE, "more than %d faults", SIM_FAULT_OPTIONS_MAX);
	options->fault_count++;
	return sim_fault_parse_option(text, &options->faults[i], &options->targets[i], info);
}

static enum err add_recording(struct snmp_options *options, const char *path, struct err_info *info)
{
	if (options->recording_count == SIM_MODELS_MAX)
		return err_set(info, ERR_USAGE, "more than %d recordings", SIM_MODELS_MAX);
	options->recording[options->recording_count++] = path;
	return ERR_NONE;
}

/* Options that are one number. */
static enum err take_number(struct snmp_options *options, int id, const char *text, struct err_info *info)
{
	uint64_t value = 0;
	enum err err = ERR_NONE;

	switch (id) {
	case OPTION_DEVICES:
		err = parse_number(text, 1, SIM_DEVICES_MAX, &value, info);
		options->fleet.device_count = (uint32_t)value;
		return err;
	case OPTION_PORT:
		err = parse_number(text, 0, UINT16_MAX, &value, info);
		options->port = (uint16_t)value;
		return err;
	case OPTION_REPLY_BYTES:
		err = parse_number(text, 484, SIM_MESSAGE_BYTES_MAX, &value, info); /* 484: the least by RFC 3417 section 3.2 */
		options->agent.reply_bytes_max = (size_t)value;
		return err;
	default: return parse_number(text, 0, UINT64_MAX, &options->fleet.seed, info);
	}
}

static enum err take_text(struct snmp_options *options, int id, const char *text, struct err_info *info)
{
	switch (id) {
	case OPTION_ADDRESS: return parse_address(text, &options->fleet.first_address, info);
	case OPTION_COMMUNITY:
		if (!text_copy(options->agent.community, sizeof options->agent.community, text))
			return err_set(info, ERR_USAGE, "the community is longer than %d bytes", SIM_COMMUNITY_BYTES - 1);
		return ERR_NONE;
	case OPTION_CURVE: return parse_curve(text, &options->fleet.shape, info);
	case OPTION_FAULT: return add_fault(options, text, info);
	case OPTION_FOR:
		if (!num_parse_duration_ms(text, &options->life.for_ms) || options->life.for_ms <= 0)
			return err_set(info, ERR_USAGE, "--for \"%s\": write 60s, 10min or 2h", text);
		return ERR_NONE;
	case OPTION_SPEED:
		if (!num_parse_double(text, &options->speed) || !(options->speed > 0))
			return err_set(info, ERR_USAGE, "--speed \"%s\" is no number above 0", text);
		return ERR_NONE;
	case OPTION_SINCE:
		if (!clock_parse_utc(text, &options->since_utc_ms))
			return err_set(info, ERR_USAGE, "--since \"%s\" is no time like 2026-10-01T00:00:00Z", text);
		return ERR_NONE;
	case OPTION_MODEL: options->fleet.models = text; return ERR_NONE;
	case OPTION_RECORDING: return add_recording(options, text, info);
	case OPTION_TRUTH: options->truth_path = text; return ERR_NONE;
	default: return take_number(options, id, text, info);
	}
}

static enum err take_option(struct snmp_options *options, int id, const char *text, struct err_info *info)
{
	switch (id) {
	case OPTION_HELP: options->wants_help = true; return ERR_NONE;
	case OPTION_CONTROL: options->life.has_control = true; return ERR_NONE;
	case OPTION_DETACHED: options->life.is_detached = true; return ERR_NONE;
	case OPTION_IPV6: options->has_ipv6 = true; return ERR_NONE;
	case OPTION_STDIN: options->life.is_bound_to_stdin = true; return ERR_NONE;
	case '?':
	case ':': return err_set(info, ERR_USAGE, "unknown option, or one without its value; --help lists them");
	default: return take_text(options, id, text, info);
	}
}

enum err snmp_options_parse(struct snmp_options *options, int argc, char **argv, struct err_info *info)
{
	enum err err = ERR_NONE;
	int id;

	*options = (struct snmp_options){
	    .fleet = {.models = "apc-rpdu2", .first_address = FIRST_ADDRESS, .seed = 1, .shape = SIM_SHAPE_DAY},
	    .life = {.for_ms = FOR_MS_DEFAULT},
	    .agent = {.community = "public", .reply_bytes_max = SIM_REPLY_BYTES_DEFAULT},
	    .speed = 1,
	};
	opterr = 0;
	optind = 1;
	while (err == ERR_NONE && (id = getopt_long(argc, argv, "", long_options, NULL)) != -1)
		err = take_option(options, id, optarg, info);
	if (err == ERR_NONE && optind < argc)
		err = err_set(info, ERR_USAGE, "\"%s\" is no option; --help lists them", argv[optind]);
	options->fleet.recording = options->recording;
	options->fleet.recording_count = options->recording_count;
	if (options->fleet.device_count == 0)
		options->fleet.device_count = options->recording_count > 0 ? (uint32_t)options->recording_count : 1;
	return err;
}
