/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ipmi/link.h"

#include <freeipmi/freeipmi.h>
#include <stdio.h>
#include <string.h>

enum { RETRANSMITS = 4, RETRANSMIT_MS_MIN = 50, ADDRESS_BYTES = PLAN_HOST_BYTES + 16, ANSWER_HEAD_BYTES = 2 /* command, completion */ };

static enum c_ipmi_refusal refusal_of(int number)
{
	switch (number) {
	case IPMI_ERR_USERNAME_INVALID: return C_IPMI_REFUSED_USER;
	case IPMI_ERR_PASSWORD_INVALID:
	case IPMI_ERR_K_G_INVALID: return C_IPMI_REFUSED_PASSWORD;
	case IPMI_ERR_PRIVILEGE_LEVEL_INSUFFICIENT:
	case IPMI_ERR_PRIVILEGE_LEVEL_CANNOT_BE_OBTAINED: return C_IPMI_REFUSED_PRIVILEGE;
	case IPMI_ERR_AUTHENTICATION_TYPE_UNAVAILABLE:
	case IPMI_ERR_CIPHER_SUITE_ID_UNAVAILABLE:
	case IPMI_ERR_BAD_RMCPPLUS_STATUS_CODE: return C_IPMI_REFUSED_SUITE;
	case IPMI_ERR_PASSWORD_VERIFICATION_TIMEOUT:
	case IPMI_ERR_CONNECTION_TIMEOUT:
	case IPMI_ERR_SESSION_TIMEOUT:
	case IPMI_ERR_MESSAGE_TIMEOUT: return C_IPMI_REFUSED_SILENT;
	case IPMI_ERR_HOSTNAME_INVALID: return C_IPMI_REFUSED_NAME;
	case IPMI_ERR_PERMISSION:
	case IPMI_ERR_DEVICE_NOT_FOUND:
	case IPMI_ERR_DEVICE_NOT_SUPPORTED:
	case IPMI_ERR_DRIVER_PATH_REQUIRED: return C_IPMI_REFUSED_LOCAL;
	default: return C_IPMI_REFUSED_OTHER;
	}
}

/* What it is and what to do. The library's own words come last: they are good for a search. */
static enum err describe(const struct plan_ipmi_device *device, enum c_ipmi_refusal refusal, const char *words, struct err_info *info)
{
	switch (refusal) {
	case C_IPMI_REFUSED_USER:
		return err_set(info, ERR_PERMISSION,
			       "the BMC does not know the user %s, or does not let it in over the network: check the user on the BMC",
			       device->user);
	case C_IPMI_REFUSED_PASSWORD:
		return err_set(
		    info, ERR_PERMISSION,
		    "the BMC refuses the password of %s: check the file that password: names (some BMCs take 16 characters only)",
		    device->user);
	case C_IPMI_REFUSED_PRIVILEGE:
		return err_set(info, ERR_PERMISSION,
			       "the BMC does not give %s that privilege: write privilege: as it stands on the BMC (%s)", device->user,
			       words);
	case C_IPMI_REFUSED_SILENT:
		return err_set(info, ERR_UNAVAILABLE,
			       "no answer from the BMC in %.1f s: is it on, and is IPMI over LAN switched on (UDP port %u)?",
			       (double)device->timeout_ms / 1000.0, (unsigned)device->port);
	case C_IPMI_REFUSED_NAME: return err_set(info, ERR_UNAVAILABLE, "the name %s cannot be looked up", device->host);
	case C_IPMI_REFUSED_LOCAL:
		return err_set(
		    info, ERR_PERMISSION,
		    "%s cannot be opened (%s): load the kernel modules ipmi_si and ipmi_devintf, and give the agent's user the right "
		    "to it by a udev rule",
		    device->path, words);
	default:
		return err_set(info, ERR_UNAVAILABLE,
			       "no session with the BMC (%s): it may have too many sessions open, or no cipher suite 17 or 3", words);
	}
}

static int open_network(ipmi_ctx_t session, const struct plan_ipmi_device *device, const struct c_ipmi_login *login)
{
	char address[ADDRESS_BYTES];
	bool is_v6 = strchr(device->host, ':') != NULL;
	unsigned retransmit_ms = device->timeout_ms / RETRANSMITS;

	snprintf(address, sizeof address, "%s%s%s:%u", is_v6 ? "[" : "", device->host, is_v6 ? "]" : "", (unsigned)device->port);
	return ipmi_ctx_open_outofband_2_0(
	    session, address, device->user, device->password[0] != '\0' ? device->password : NULL, NULL, 0, device->privilege, login->suite,
	    device->timeout_ms, retransmit_ms > RETRANSMIT_MS_MIN ? retransmit_ms : RETRANSMIT_MS_MIN,
	    login->is_open_lenient ? IPMI_WORKAROUND_FLAGS_OUTOFBAND_2_0_OPEN_SESSION_PRIVILEGE : IPMI_WORKAROUND_FLAGS_DEFAULT,
	    IPMI_FLAGS_DEFAULT);
}

static int open_local(ipmi_ctx_t session, const struct plan_ipmi_device *device)
{
	/* The kernel's driver alone: the library's own ones would program the hardware beside it. */
	return ipmi_ctx_open_inband(session, IPMI_DEVICE_OPENIPMI, 1, 0, 0, device->path, IPMI_WORKAROUND_FLAGS_DEFAULT,
				    IPMI_FLAGS_NONBLOCKING);
}

/* One way. */
static enum err try_open(struct c_ipmi_link *link, const struct plan_ipmi_device *device, const struct c_ipmi_login *login,
			 enum c_ipmi_refusal *refusal, struct err_info *info)
{
	ipmi_ctx_t session = ipmi_ctx_create();
	enum err err;

	if (session == NULL)
		return err_set(info, ERR_MEMORY, "no memory for a session");
	if ((device->path[0] != '\0' ? open_local(session, device) : open_network(session, device, login)) == 0) {
		link->session = session;
		return ERR_NONE;
	}
	*refusal = device->path[0] != '\0' ? C_IPMI_REFUSED_LOCAL : refusal_of(ipmi_ctx_errnum(session));
	err = describe(device, *refusal, ipmi_ctx_errormsg(session), info);
	ipmi_ctx_destroy(session);
	return err;
}

enum err c_ipmi_link_open(struct c_ipmi_link *link, const struct plan_ipmi_device *device, struct c_ipmi_login *login,
			  enum c_ipmi_refusal *refusal, struct err_info *info)
{
	struct c_ipmi_login way = *login;
	enum err err;

	do {
		err = try_open(link, device, &way, refusal, info);
	} while (err != ERR_NONE && err != ERR_MEMORY && device->path[0] == '\0' && c_ipmi_login_next(&way, *refusal));
	if (err != ERR_NONE)
		return err;
	way.is_proven = true;
	*login = way;
	return ERR_NONE;
}

void c_ipmi_link_close(struct c_ipmi_link *link)
{
	if (link->session == NULL)
		return;
	(void)ipmi_ctx_close(link->session);
	ipmi_ctx_destroy(link->session);
	link->session = NULL;
}

bool c_ipmi_link_transact(void *context, const struct c_ipmi_request *request, struct c_ipmi_answer *answer)
{
	struct c_ipmi_link *link = context;
	uint8_t out[1 + C_IPMI_REQUEST_BYTES];
	uint8_t in[ANSWER_HEAD_BYTES + C_IPMI_ANSWER_BYTES];
	int bytes;

	if (link->session == NULL || !c_ipmi_allow_is_read(request))
		return false;
	out[0] = request->command;
	memcpy(out + 1, request->data, request->bytes);
	bytes = ipmi_cmd_raw(link->session, request->lun, request->netfn, out, 1U + request->bytes, in, sizeof in);
	if (bytes < ANSWER_HEAD_BYTES || (size_t)bytes > sizeof in || in[0] != request->command)
		return false;
	answer->completion = in[1];
	answer->bytes = (uint8_t)(bytes - ANSWER_HEAD_BYTES);
	memcpy(answer->data, in + ANSWER_HEAD_BYTES, answer->bytes);
	return true;
}
