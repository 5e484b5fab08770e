/* SPDX-License-Identifier: Apache-2.0 */
/* books_head_priv: the second witness of the chain of sealed periods. For agent/run/books*.c only. */
#ifndef WATTLEDGER_RUN_BOOKS_HEAD_PRIV_H
#define WATTLEDGER_RUN_BOOKS_HEAD_PRIV_H

struct books;

/* Once a day of a site: the head of its chain of statements, be there none, as a `chain` point. Nothing while the clock is not trusted. */
void books_tell_heads(struct books *books);

#endif
