/* SPDX-License-Identifier: Apache-2.0 */
/* books_port_priv: octets and packets of ports in the books, shared by the files of books only. */
#ifndef WATTLEDGER_RUN_BOOKS_PORT_PRIV_H
#define WATTLEDGER_RUN_BOOKS_PORT_PRIV_H

#include "run/books_tree_priv.h"

struct books;
struct json;
struct openmetrics;

/* What a stream beside the energy counts; and back, BOOKS_OTHER_COUNT: it is none of them. */
enum quantity books_other_quantity(enum books_other other) MUST_CHECK;
enum books_other books_other_of(enum quantity quantity) MUST_CHECK;

/* Stream `at` of 0..BOOKS_OTHER_COUNT, the energy first; NULL: there is none (yet). */
struct books_stream *books_stream_at(const struct books_meter *meter, size_t at) MUST_CHECK;

/* Counts the meters and ports of all sites anew when any has changed. */
void books_count_all(struct books *books);

/* The point of a slot of octets or packets (of litres there is none); and what the slot, or an energy row that counts, adds to its site's intensity. */
void books_add_traffic_slot(struct books *books, struct books_meter *meter, struct books_stream *stream, const struct interval *interval);
void books_add_intensity_energy(struct books *books, struct books_meter *meter, const struct site_total_row *row,
				const struct interval *interval);
/* Sends what is overdue; and keeps what waits over a restart. */
void books_flush_intensity(struct books *books, int64_t due_s);
enum err books_add_intensity_note(struct books *books, struct books_site *site, struct err_info *info) MUST_CHECK;
enum err books_resume_intensity(struct books *books, struct books_site *site, struct err_info *info) MUST_CHECK;

/* Adds "ports": [...] of a device, and "traffic": {...} of a site, to the status. */
void books_add_ports(const struct books *books, const struct books_device *device, struct json *json);
void books_add_site_intensity(const struct books_site *site, struct json *json);
/* Adds their families to a scrape. */
void books_add_traffic_metrics(const struct books *books, struct openmetrics *metrics);

#endif
