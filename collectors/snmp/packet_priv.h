/* SPDX-License-Identifier: Apache-2.0 */
/* packet_priv: what packet.c and usm.c share. */
#ifndef WATTLEDGER_SNMP_PACKET_PRIV_H
#define WATTLEDGER_SNMP_PACKET_PRIV_H

#include "snmp/packet.h"

#include <net-snmp/net-snmp-config.h>
#include <net-snmp/net-snmp-includes.h>

/* A pdu with the request's names; NULL when out of memory. Free with snmp_free_pdu(). */
netsnmp_pdu *c_snmp_packet_pdu_new(const struct c_snmp_request *request) MUST_CHECK;

/* Serialises a pdu on a session. Errors: ERR_LIMIT, ERR_DATA. */
enum err c_snmp_packet_pdu_build(netsnmp_session *session, netsnmp_pdu *pdu, uint8_t *out, size_t out_bytes, size_t *length,
				 struct err_info *info) MUST_CHECK;

/* Takes over what a parsed pdu says (and the pdu). */
void c_snmp_packet_pdu_take(netsnmp_pdu *pdu, struct c_snmp_reply *out);

/* Reads the header of one BER element at *at: its tag and length; *at is then behind the header. false when it does not fit. */
bool c_snmp_ber_header(const uint8_t *data, size_t bytes, size_t *at, uint8_t *tag, size_t *length) MUST_CHECK;

/* Reads a non-negative INTEGER of up to 32 bits at *at. */
bool c_snmp_ber_integer(const uint8_t *data, size_t bytes, size_t *at, uint32_t *value) MUST_CHECK;

#endif
