/* SPDX-License-Identifier: Apache-2.0 */
/*
 * snmp_library: the same polling through net-snmp's asynchronous sessions, one a device, as the library is meant to be used: epoll on the
 * sessions' sockets, a callback for each answer. No schedule beyond a spread over the interval, no energy. Options: snmp_load.h.
 */
#include <net-snmp/library/large_fd_set.h>
#include <net-snmp/net-snmp-config.h>
#include <net-snmp/net-snmp-includes.h>

#include "base/mem.h"
#include "snmp_load.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>

enum { EVENTS = 64, SILENCE_MS = 1000 };

struct library {
	struct snmp_load load;
	struct snmp_load_result result;
	int epoll_fd;
	void **session;
	int64_t (*value)[SNMP_LOAD_VALUES_MAX]; /* of each device */
};

struct target {
	struct library *library;
	int64_t device;
};

static int64_t number_of(const netsnmp_variable_list *variable)
{
	if (variable->type == ASN_COUNTER64)
		return (int64_t)((uint64_t)variable->val.counter64->high << 32 | variable->val.counter64->low);
	return variable->val.integer == NULL ? 0 : (int64_t)*variable->val.integer;
}

static int take_answer(int operation, netsnmp_session *session, int request_id, netsnmp_pdu *pdu, void *magic)
{
	struct target *target = magic;
	struct library *library = target->library;
	int count = 0;

	(void)session;
	(void)request_id;
	library->result.answered++;
	if (operation != NETSNMP_CALLBACK_OP_RECEIVED_MESSAGE || pdu->errstat != SNMP_ERR_NOERROR) {
		library->result.wrong++;
		return 1;
	}
	for (netsnmp_variable_list *at = pdu->variables; at != NULL && count < SNMP_LOAD_VALUES_MAX; at = at->next_variable)
		library->value[target->device][count++] = number_of(at);
	if (count != (library->load.is_table ? SNMP_LOAD_ROWS : SNMP_LOAD_SCALARS))
		library->result.wrong++;
	library->result.values += count;
	return 1;
}

static bool open_session(struct library *library, struct target *target)
{
	static u_char community[] = "public";
	uint32_t address = library->load.first_address + (uint32_t)target->device;
	struct epoll_event event = {.events = EPOLLIN, .data.u32 = (uint32_t)target->device};
	netsnmp_session session;
	char peer[64];
	void *opened;

	(void)snprintf(peer, sizeof peer, "%u.%u.%u.%u:%lld", address >> 24, address >> 16 & 255, address >> 8 & 255, address & 255,
		       (long long)library->load.port);
	snmp_sess_init(&session);
	session.peername = peer;
	session.version = SNMP_VERSION_2c;
	session.community = community;
	session.community_len = sizeof community - 1;
	session.callback = take_answer;
	session.callback_magic = target;
	opened = library->session[target->device] = snmp_sess_open(&session);
	return opened != NULL && epoll_ctl(library->epoll_fd, EPOLL_CTL_ADD, snmp_sess_transport(opened)->sock, &event) == 0;
}

static netsnmp_pdu *make_request(const struct snmp_load *load, int64_t number)
{
	oid name[] = {1, 3, 6, 1, 4, 1, 32473, 1, 3, 0, 0};
	oid column[] = {1, 3, 6, 1, 4, 1, 32473, 1, 4, 1, 0};
	netsnmp_pdu *pdu = snmp_pdu_create(load->is_table ? SNMP_MSG_GETBULK : SNMP_MSG_GET);

	if (pdu == NULL)
		return NULL;
	if (load->is_table) {
		pdu->non_repeaters = 0;
		pdu->max_repetitions = SNMP_LOAD_ROWS;
		column[10] = (oid)(SNMP_LOAD_COLUMN_FIRST + number % SNMP_LOAD_COLUMNS);
		snmp_add_null_var(pdu, column, sizeof column / sizeof column[0]);
		return pdu;
	}
	for (oid scalar = 1; scalar <= SNMP_LOAD_SCALARS; scalar++) {
		name[9] = scalar;
		snmp_add_null_var(pdu, name, sizeof name / sizeof name[0]);
	}
	return pdu;
}

/* false when the library does not take it. */
static bool send_next(struct library *library)
{
	int64_t number = library->result.sent;
	int64_t device = number / snmp_load_requests_per_poll(&library->load) % library->load.device_count;
	netsnmp_pdu *pdu = make_request(&library->load, number);

	if (pdu == NULL)
		return false;
	if (snmp_sess_send(library->session[device], pdu) == 0) {
		snmp_free_pdu(pdu);
		return false;
	}
	library->result.sent++;
	return true;
}

static void read_session(void *session)
{
	int fd = snmp_sess_transport(session)->sock;
	netsnmp_large_fd_set set;

	netsnmp_large_fd_set_init(&set, fd + 1);
	NETSNMP_LARGE_FD_ZERO(&set);
	NETSNMP_LARGE_FD_SET(fd, &set);
	(void)snmp_sess_read2(session, &set);
	netsnmp_large_fd_set_cleanup(&set);
}

/* Takes what has come, waiting wait_ms for it; returns how many sessions had something. */
static int receive_some(struct library *library, int wait_ms)
{
	struct epoll_event events[EVENTS];
	int count = epoll_wait(library->epoll_fd, events, EVENTS, wait_ms);

	for (int i = 0; i < count; i++)
		read_session(library->session[events[i].data.u32]);
	return count;
}

static void run_flat_out(struct library *library)
{
	struct snmp_load_result *result = &library->result;

	while (result->answered < library->load.request_count) {
		while (result->sent < library->load.request_count && result->sent - result->answered < library->load.window)
			if (!send_next(library))
				return;
		if (receive_some(library, SILENCE_MS) <= 0)
			return; /* what is missing now is lost */
	}
}

static void run_paced(struct library *library)
{
	struct snmp_load_result *result = &library->result;
	int64_t end_ns = result->begin_boot_ns + (int64_t)(library->load.for_s * (double)CLOCK_NS_PER_S);
	int64_t now_ns, due;

	do {
		snmp_load_wait_tick(&library->load, result);
		now_ns = clock_boot_ns();
		due = snmp_load_due(&library->load, result, now_ns);
		while (receive_some(library, 0) > 0)
			;
		while (result->sent < due && send_next(library))
			;
	} while (now_ns < end_ns);
	while (result->answered < result->sent && receive_some(library, SILENCE_MS) > 0)
		;
}

static bool open_all(struct library *library, struct target *targets)
{
	library->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	for (int64_t device = 0; device < library->load.device_count; device++) {
		targets[device] = (struct target){.library = library, .device = device};
		if (!open_session(library, &targets[device]))
			return false;
	}
	return true;
}

int main(int argc, char **argv)
{
	static struct library library;
	struct target *targets;

	if (!snmp_load_parse(&library.load, argc, argv))
		return 64;
	(void)setenv("MIBS", "", 1);
	netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DONT_READ_CONFIGS, 1);
	netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DONT_PERSIST_STATE, 1);
	init_snmp("bench");
	library.session = mem_new_array((size_t)library.load.device_count, sizeof *library.session);
	library.value = mem_new_array((size_t)library.load.device_count, sizeof *library.value);
	targets = mem_new_array((size_t)library.load.device_count, sizeof *targets);
	if (library.session == NULL || library.value == NULL || targets == NULL || !open_all(&library, targets)) {
		(void)fprintf(stderr, "snmp_library: a session could not be opened: %s\n", strerror(errno));
		return 74;
	}
	library.result.begin_cpu_ns = snmp_load_cpu_ns();
	library.result.begin_boot_ns = clock_boot_ns();
	if (library.load.interval_s > 0)
		run_paced(&library);
	else
		run_flat_out(&library);
	snmp_load_print("net-snmp", &library.load, &library.result);
	return 0;
}
