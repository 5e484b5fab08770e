/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whatever a device answers, through the real receive path: an engine with three devices (v2c, v1, v3), each in the middle of a read, gets the
 * input cut into messages (u16 length, u8 device, bytes); the id of the request that waits is put in, so that the parser is reached.
 */
#include "base/mem.h"
#include "snmp/engine.h"
#include "snmp/packet.h"
#include "wirecat_plan.h"

#include <dlfcn.h>
#include <net-snmp/net-snmp-config.h>
#include <net-snmp/net-snmp-includes.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { DEVICES = 3, MESSAGE_BYTES_MAX = 4096, ID_BYTES = 4 };

struct sent {
	struct c_snmp_address address;
	uint32_t id;
};

static struct sent last_sent[DEVICES];

static void send_message(void *context, uint32_t device, const struct c_snmp_address *address, bool is_tcp, const uint8_t *message,
			 size_t bytes)
{
	(void)context, (void)is_tcp;
	last_sent[device].address = *address;
	if (!c_snmp_packet_peek_id(message, bytes, &last_sent[device].id))
		abort(); /* what we send ourselves is well formed */
}

static void put_meter(void *context, uint32_t device, uint32_t meter, const struct meter_info *info)
{
	(void)context, (void)device, (void)meter, (void)info;
}

static void mark_changed(void *context, uint32_t device)
{
	(void)context, (void)device;
}

static void end_read(void *context, uint32_t device, enum device_state state, uint32_t latency_us, const struct sample *sample,
		     size_t count)
{
	(void)context, (void)device, (void)state, (void)latency_us;
	for (size_t i = 0; i < count; i++)
		if (!quantity_is_counter(sample[i].quantity) && !(sample[i].value - sample[i].value == 0))
			abort(); /* no infinity, no NaN ever leaves */
}

/*
 * net-snmp's function stands behind this one: it hashes a megabyte for each passphrase, which is the same in every try, and would be nearly
 * all that the fuzzer does.
 */
int generate_Ku(const oid *hash, u_int hash_length, const u_char *passphrase, size_t bytes, u_char *key, size_t *key_bytes);

int generate_Ku(const oid *hash, u_int hash_length, const u_char *passphrase, size_t bytes, u_char *key, size_t *key_bytes)
{
	typedef int generate(const oid *, u_int, const u_char *, size_t, u_char *, size_t *);
	static u_char known[64];
	static size_t known_bytes;
	generate *real;

	if (known_bytes == 0) {
		known_bytes = sizeof known;
		*(void **)&real = dlsym(RTLD_NEXT, "generate_Ku");
		if (real == NULL || real(hash, hash_length, passphrase, bytes, known, &known_bytes) != 0)
			abort();
	}
	if (*key_bytes < known_bytes)
		abort();
	memcpy(key, known, known_bytes);
	*key_bytes = known_bytes;
	return 0;
}

/* An engine is made for each try: with the default, memory is hardly ever used again, and getting it takes longer than all else. */
const char *__asan_default_options(void);

const char *__asan_default_options(void)
{
	return "quarantine_size_mb=16:malloc_context_size=8";
}

static const char plan_text[] =
    "driver t total=sum\n"
    "identity serial=1.3.6.1.4.1.9.1.0 model=1.3.6.1.4.1.9.2\n"
    "group total\n"
    "point power_w 1.3.6.1.4.1.9.3.0 text=1 sentinel=-1\n"
    "group row/{} table=1 summand=1 key=1.3.6.1.4.1.9.4.1.1 name=1.3.6.1.4.1.9.4.1.2\n"
    "filter oid=1.3.6.1.4.1.9.4.1.2 pattern=a\n"
    "point energy_j 1.3.6.1.4.1.9.4.1.3 pow10=1.3.6.1.4.1.9.4.1.4 num=1000\n"
    "device a 127.0.0.1 161 timeout=1000\n"
    "device b 127.0.0.2 161 timeout=1000 version=1\n"
    "device c 127.0.0.3 161 timeout=1000 version=3 user=u auth=SHA auth_password=12345678 priv=AES priv_password=12345678\n";

/* The plan is the same in every try: it is read once, and freed never. */
static const struct plan_snmp *find_plan(void)
{
	static struct plan_snmp plan;
	char text[sizeof plan_text];

	if (plan.driver != NULL)
		return &plan;
	memcpy(text, plan_text, sizeof text);
	if (c_snmp_packet_init(NULL) != ERR_NONE || wirecat_plan_read(&plan, text, NULL) != ERR_NONE)
		abort();
	return &plan;
}

static struct c_snmp_engine *make(void)
{
	static const struct c_snmp_host host = {
	    .send = send_message, .put_meter = put_meter, .mark_changed = mark_changed, .end_read = end_read};
	const struct plan_snmp *plan = find_plan();
	struct c_snmp_engine *engine = c_snmp_engine_new(plan->driver, plan->driver_count, &host, 1);

	if (engine == NULL)
		abort();
	for (size_t i = 0; i < plan->device_count; i++)
		if (c_snmp_engine_add(engine, &plan->device[i], NULL) != ERR_NONE)
			abort();
	return engine;
}

/* Puts the id that is waited for over the place marked by it: the first bytes 0x40 0xff of the input. */
static void put_id(uint8_t *message, size_t bytes, uint32_t id)
{
	for (size_t i = 0; i + ID_BYTES <= bytes; i++) {
		if (message[i] != 0x40 || message[i + 1] != 0xff)
			continue;
		for (size_t k = 0; k < ID_BYTES; k++)
			message[i + k] = (uint8_t)(id >> (24 - 8 * k));
		return;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct c_snmp_engine *engine = make();
	int64_t now_ns = 1000000000;

	for (uint32_t i = 0; i < DEVICES; i++)
		c_snmp_engine_read(engine, i, 0, now_ns);
	(void)!c_snmp_engine_tick(engine, now_ns);
	while (size >= 3) {
		size_t bytes = (size_t)(data[0] | data[1] << 8) % MESSAGE_BYTES_MAX;
		uint32_t device = data[2] % DEVICES;
		uint8_t *message;

		data += 3, size -= 3;
		bytes = bytes < size ? bytes : size;
		message = mem_new(bytes + 1); /* of its own, so that a read beyond it is seen */
		if (message == NULL)
			break;
		memcpy(message, data, bytes);
		put_id(message, bytes, last_sent[device].id);
		now_ns += 1000000;
		c_snmp_engine_foresee(engine, message, bytes);
		c_snmp_engine_receive(engine, &last_sent[device].address, message, bytes, now_ns, now_ns);
		(void)!c_snmp_engine_tick(engine, now_ns);
		mem_free(message);
		data += bytes, size -= bytes;
	}
	(void)!c_snmp_engine_tick(engine, now_ns + 100000000000);
	c_snmp_engine_free(engine);
	return 0;
}
