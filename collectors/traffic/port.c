/* SPDX-License-Identifier: Apache-2.0 */
#include "traffic/port.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "model/units.h"
#include "traffic/packet.h"

#include <stdio.h>
#include <string.h>

/* Samples of a read: uptime; the port's two and its mark; the capture's three and a mark; each flow's two and a mark. */
enum { PORT_SAMPLES = 4, CAPTURE_SAMPLES = 4, FLOW_SAMPLES = 3 };

/* The loopback's counters are without its head, which its packets have (both measured). */
enum { LOOPBACK_HEAD_BYTES = 14 };

enum err c_traffic_port_init(struct c_traffic_port *port, const struct plan_traffic *plan, const struct plan_traffic_device *device,
			     int link_fd, int64_t (*clock)(void), struct err_info *info)
{
	enum err err = ERR_NONE;

	*port = (struct c_traffic_port){.ring_bytes = device->ring_bytes, .link_fd = link_fd, .clock = clock, .started_boot_ns = clock()};
	(void)text_copy(port->key, sizeof port->key, device->interface[0] != '\0' ? device->interface : "file");
	(void)text_copy(port->file, sizeof port->file, device->file);
	if (device->flow_count > 0 || port->file[0] != '\0') {
		port->flow_count = device->flow_count + 1;
		port->flow = mem_new_array(port->flow_count, sizeof *port->flow);
		err = c_traffic_classifier_new(&port->classifier, plan, device, info);
	}
	port->sample = mem_new_array(PORT_SAMPLES + CAPTURE_SAMPLES + FLOW_SAMPLES * port->flow_count, sizeof *port->sample);
	if (err == ERR_NONE && (port->sample == NULL || (port->flow_count > 0 && port->flow == NULL)))
		err = err_set(info, ERR_MEMORY, "no memory for the flows of %s", device->id);
	if (err != ERR_NONE) {
		c_traffic_port_deinit(port);
		return err;
	}
	for (size_t i = 0; i < port->flow_count; i++)
		(void)text_copy(port->flow[i].name, sizeof port->flow[i].name,
				i < device->flow_count ? plan->flow[device->first_flow + i].name : "other");
	return ERR_NONE;
}

/* ---- Packets -------------------------------------------------------------------------------------------------------------------------- */

static void take_packet(void *context, enum c_traffic_direction direction, const struct c_traffic_captured *captured)
{
	struct c_traffic_port *port = context;
	struct c_traffic_packet packet;
	struct c_traffic_octets *octets;
	uint32_t length = captured->length;
	uint32_t hidden;

	c_traffic_packet_read(&packet, c_traffic_capture_link(port->capture[direction]), captured->data, captured->bytes);
	hidden = c_traffic_packet_hidden_bytes(&packet, length, port->link.mtu);
	octets = port->flow[c_traffic_classify(port->classifier, &packet, length, captured->data, captured->bytes)].octets;
	if (packet.is_outgoing)
		direction = C_TRAFFIC_TX;
	if (port->link.is_loopback)
		length = length > LOOPBACK_HEAD_BYTES ? length - LOOPBACK_HEAD_BYTES : 0;
	octets[direction].seen += length;
	octets[direction].hidden += hidden;
	c_traffic_judge_take(&port->judge[direction], captured->at_us, length, hidden);
	port->packet_count++;
}

/* ---- Captures ------------------------------------------------------------------------------------------------------------------------- */

static uint64_t dropped_now(const struct c_traffic_port *port)
{
	uint64_t count = port->dropped_closed_count;

	for (int i = 0; i < C_TRAFFIC_DIRECTION_COUNT; i++)
		count += port->capture[i] == NULL ? 0 : c_traffic_capture_dropped_count(port->capture[i]);
	return count;
}

static void close_captures(struct c_traffic_port *port)
{
	port->dropped_closed_count = dropped_now(port);
	for (int i = 0; i < C_TRAFFIC_DIRECTION_COUNT; i++)
		port->capture[i] = c_traffic_capture_close(port->capture[i]);
	port->captured_index = 0;
}

void c_traffic_port_deinit(struct c_traffic_port *port)
{
	close_captures(port);
	port->classifier = c_traffic_classifier_free(port->classifier);
	mem_free(port->flow);
	mem_free(port->sample);
	*port = (struct c_traffic_port){0};
}

static void say(struct c_traffic_port *port, const char *text)
{
	if (strcmp(port->reason, text) == 0)
		return;
	(void)text_copy(port->reason, sizeof port->reason, text);
	port->is_reason_new = true;
}

void c_traffic_port_drain(struct c_traffic_port *port)
{
	struct err_info info = {0};

	for (int i = 0; i < C_TRAFFIC_DIRECTION_COUNT && port->file[0] == '\0'; i++) {
		if (port->capture[i] == NULL || c_traffic_capture_drain(port->capture[i], take_packet, port, &info) == ERR_NONE)
			continue;
		/* The next read opens it anew, or says what is wrong. */
		close_captures(port);
		port->is_incomplete = true;
		return;
	}
}

/* A filter that libpcap does not understand is told for as long as it is there; the other flows go on. */
static void compile_filters(struct c_traffic_port *port)
{
	struct err_info info = {0};

	(void)!c_traffic_classifier_compile(port->classifier, c_traffic_capture_link(port->capture[C_TRAFFIC_RX]), C_TRAFFIC_SNAP_BYTES,
					    &info);
	(void)text_copy(port->filter_reason, sizeof port->filter_reason, info.text);
}

/*
 * true when something of it was reckoned. What is told is made anew each time from all since the capture was opened. It never falls; what was told too
 * much is made up for.
 */
static bool tell_octets(struct c_traffic_octets *octets, bool is_reckoned)
{
	uint64_t hidden = octets->hidden - octets->hidden_base;
	uint64_t target = octets->told_base + (octets->seen - octets->seen_base) + (is_reckoned ? hidden : 0);

	octets->told = target > octets->told ? target : octets->told;
	return is_reckoned && hidden > 0;
}

/* From here on another judgement may hold. */
static void begin_octets(struct c_traffic_octets *octets, bool is_reckoned)
{
	(void)tell_octets(octets, is_reckoned);
	octets->told_base = octets->told;
	octets->seen_base = octets->seen;
	octets->hidden_base = octets->hidden;
}

static enum err open_captures(struct c_traffic_port *port, struct err_info *info)
{
	enum err err = ERR_NONE;

	for (int i = 0; i < C_TRAFFIC_DIRECTION_COUNT && err == ERR_NONE; i++)
		err = c_traffic_capture_open(&port->capture[i], port->link.name, (enum c_traffic_direction)i,
					     port->ring_bytes / C_TRAFFIC_DIRECTION_COUNT, info);
	if (err != ERR_NONE) {
		close_captures(port);
		return err;
	}
	port->captured_index = port->link.index;
	for (size_t i = 0; i < port->flow_count; i++) {
		for (int d = 0; d < C_TRAFFIC_DIRECTION_COUNT; d++)
			begin_octets(&port->flow[i].octets[d], port->judge[d].is_reckoned);
	}
	for (int d = 0; d < C_TRAFFIC_DIRECTION_COUNT; d++)
		c_traffic_judge_begin(&port->judge[d]);
	port->is_incomplete = port->is_incomplete || port->has_opened;
	port->has_opened = true;
	compile_filters(port);
	return ERR_NONE;
}

/* Asked for after all packets that the ring gave were taken. */
static void mark_counters(struct c_traffic_port *port, int64_t at_us)
{
	bool is_whole = dropped_now(port) == port->dropped_count;

	c_traffic_judge_mark(&port->judge[C_TRAFFIC_RX], at_us, port->link.rx_bytes, is_whole);
	c_traffic_judge_mark(&port->judge[C_TRAFFIC_TX], at_us, port->link.tx_bytes, is_whole);
}

/* `at_us`: the time of the link's counters. Reading goes on with them alone when packets cannot be had. */
static enum err keep_captures(struct c_traffic_port *port, int64_t at_us, struct err_info *info)
{
	if (port->classifier == NULL)
		return ERR_NONE;
	if (port->captured_index != 0 && (port->captured_index != port->link.index || !port->link.is_up))
		close_captures(port);
	/* Nothing passes an interface that is down, and it cannot be captured. */
	if (!port->link.is_up)
		return ERR_NONE;
	if (port->captured_index == 0)
		return open_captures(port, info);
	mark_counters(port, at_us);
	return ERR_NONE;
}

/* ---- What is told --------------------------------------------------------------------------------------------------------------------- */

static struct sample *add_sample(struct c_traffic_port *port, const struct sample *like, enum quantity quantity)
{
	struct sample *sample = &port->sample[port->sample_count++];

	*sample = *like;
	sample->quantity = quantity;
	return sample;
}

/*
 * The kernel tells no time at which an interface was made. But its index is never given again, so it stands for that time: only whether it
 * has changed is looked at.
 */
static void add_port(struct c_traffic_port *port, const struct sample *like)
{
	add_sample(port, like, QUANTITY_RX_OCTETS)->raw = port->link.rx_bytes;
	add_sample(port, like, QUANTITY_TX_OCTETS)->raw = port->link.tx_bytes;
	add_sample(port, like, QUANTITY_DISCONTINUITY)->value = (double)port->link.index;
}

static void add_flows(struct c_traffic_port *port, struct sample *like)
{
	double started_s = (double)(port->started_boot_ns / UNITS_NS_PER_S);
	uint64_t dropped_count = dropped_now(port);
	bool is_estimated = port->is_incomplete || dropped_count != port->dropped_count;
	uint64_t captured_bytes = 0;

	for (size_t i = 0; i < port->flow_count; i++) {
		for (int d = 0; d < C_TRAFFIC_DIRECTION_COUNT; d++) {
			is_estimated |= tell_octets(&port->flow[i].octets[d], port->judge[d].is_reckoned);
			captured_bytes += port->flow[i].octets[d].told;
		}
	}
	port->dropped_count = dropped_count;
	port->is_incomplete = false;
	like->meter = C_TRAFFIC_CAPTURE_METER;
	add_sample(port, like, QUANTITY_CAPTURED_OCTETS)->raw = captured_bytes;
	add_sample(port, like, QUANTITY_CAPTURED_PACKETS)->raw = port->packet_count;
	add_sample(port, like, QUANTITY_DROPPED_PACKETS)->raw = dropped_count;
	add_sample(port, like, QUANTITY_DISCONTINUITY)->value = started_s;
	like->caliber = is_estimated ? CALIBER_ESTIMATED : CALIBER_ACTUAL;
	for (size_t i = 0; i < port->flow_count; i++) {
		like->meter = (uint32_t)(C_TRAFFIC_FLOW_METER + i);
		add_sample(port, like, QUANTITY_RX_OCTETS)->raw = port->flow[i].octets[C_TRAFFIC_RX].told;
		add_sample(port, like, QUANTITY_TX_OCTETS)->raw = port->flow[i].octets[C_TRAFFIC_TX].told;
		add_sample(port, like, QUANTITY_DISCONTINUITY)->value = started_s;
	}
}

static void add_samples(struct c_traffic_port *port, uint32_t device, int64_t boot_ns)
{
	struct sample like = {.device = device, .meter = SAMPLE_METER_NONE, .caliber = CALIBER_ACTUAL, .boot_ns = boot_ns};

	add_sample(port, &like, QUANTITY_UPTIME)->value = (double)boot_ns / (double)UNITS_NS_PER_S;
	like.meter = C_TRAFFIC_PORT_METER;
	add_port(port, &like);
	if (port->has_opened)
		add_flows(port, &like);
}

/* ---- Reading -------------------------------------------------------------------------------------------------------------------------- */

static void fail(struct c_traffic_port *port, const char *text)
{
	close_captures(port);
	port->is_incomplete = port->has_opened;
	port->state = DEVICE_UNREADABLE;
	say(port, text);
}

static enum err find_link(struct c_traffic_port *port, struct err_info *info)
{
	enum err err = c_traffic_link_query(port->link_fd, port->key, 0, &port->link, info);

	if (err == ERR_UNAVAILABLE && port->link.index != 0)
		err = c_traffic_link_query(port->link_fd, "", port->link.index, &port->link, info);
	if (err == ERR_UNAVAILABLE)
		return err_set(info, err, "there is no interface %s now: `ip link` shows those that are there", port->key);
	return err;
}

/* What is to be known of a port that is read well. */
static void say_notes(struct c_traffic_port *port)
{
	char text[C_TRAFFIC_REASON_BYTES] = "";

	if (!port->link.is_running)
		snprintf(text, sizeof text, "the link of %s is down", port->link.name);
	else if (strcmp(port->link.name, port->key) != 0)
		snprintf(text, sizeof text, "%s is called %s now: write address: traffic:%s", port->key, port->link.name, port->link.name);
	else if (port->judge[C_TRAFFIC_RX].is_reckoned || port->judge[C_TRAFFIC_TX].is_reckoned)
		snprintf(text, sizeof text,
			 "packets come merged (GRO, TSO): the heads of their segments are reckoned with the MTU of %u bytes",
			 port->link.mtu);
	say(port, text);
}

static void read_interface(struct c_traffic_port *port, uint32_t device)
{
	struct err_info info = {0};
	struct clock_reading now;
	int64_t boot_ns;

	c_traffic_port_drain(port);
	boot_ns = port->clock();
	clock_read(&now);
	if (find_link(port, &info) != ERR_NONE) {
		fail(port, info.text);
		return;
	}
	if (keep_captures(port, now.utc_ns / CLOCK_NS_PER_US, &info) != ERR_NONE) {
		port->state = DEVICE_PARTIAL;
		say(port, info.text);
	} else {
		port->state = port->filter_reason[0] == '\0' ? DEVICE_UP : DEVICE_PARTIAL;
		say(port, port->filter_reason);
	}
	add_samples(port, device, boot_ns);
	if (port->state == DEVICE_UP)
		say_notes(port);
}

/* A file is read at once, after a reading of nothing: all of it came between those two. */
static void read_file(struct c_traffic_port *port, uint32_t device)
{
	struct err_info info = {0};
	int64_t boot_ns = port->clock();

	if (!port->has_opened) {
		if (c_traffic_capture_open_file(&port->capture[C_TRAFFIC_RX], port->file, &info) != ERR_NONE) {
			fail(port, info.text);
			return;
		}
		port->has_opened = true;
		compile_filters(port);
	} else if (!port->is_file_read) {
		port->is_file_read = true;
		if (c_traffic_capture_drain(port->capture[C_TRAFFIC_RX], take_packet, port, &info) != ERR_NONE)
			(void)text_copy(port->filter_reason, sizeof port->filter_reason, info.text);
	}
	port->link.rx_bytes = port->judge[C_TRAFFIC_RX].all.seen;
	port->link.tx_bytes = port->judge[C_TRAFFIC_TX].all.seen;
	add_samples(port, device, boot_ns);
	port->state = info.text[0] == '\0' && port->filter_reason[0] == '\0' ? DEVICE_UP : DEVICE_PARTIAL;
	say(port, info.text[0] != '\0' ? info.text : port->filter_reason);
}

void c_traffic_port_read(struct c_traffic_port *port, uint32_t device)
{
	port->sample_count = 0;
	if (port->file[0] != '\0')
		read_file(port, device);
	else
		read_interface(port, device);
}

/* ---- Announcements -------------------------------------------------------------------------------------------------------------------- */

static void describe_part(const struct c_traffic_port *port, const char *name, struct meter_info *out)
{
	snprintf(out->key, sizeof out->key, "%s/%s", port->key, name);
	snprintf(out->name, sizeof out->name, "%s", name);
	snprintf(out->parent, sizeof out->parent, "%s", port->key);
	out->role = ROLE_PART;
}

bool c_traffic_port_take_meter(struct c_traffic_port *port, uint32_t *number, struct meter_info *out)
{
	uint32_t count = port->has_opened ? (uint32_t)(C_TRAFFIC_FLOW_METER + port->flow_count) : C_TRAFFIC_PORT_METER + 1;

	if (port->sample_count == 0 || port->announced_count >= count)
		return false;
	*number = port->announced_count++;
	*out = (struct meter_info){
	    .role = ROLE_TOTAL, .caliber = CALIBER_ACTUAL, .is_port = true, .energy.unit_den = 1, .energy_out.unit_den = 1};
	if (*number == C_TRAFFIC_PORT_METER) {
		snprintf(out->key, sizeof out->key, "%s", port->key);
		snprintf(out->name, sizeof out->name, "%s", port->key);
	} else {
		describe_part(port, *number == C_TRAFFIC_CAPTURE_METER ? "all" : port->flow[*number - C_TRAFFIC_FLOW_METER].name, out);
	}
	return true;
}

bool c_traffic_port_take_news(struct c_traffic_port *port)
{
	bool is_news = port->is_reason_new;

	port->is_reason_new = false;
	return is_news;
}
