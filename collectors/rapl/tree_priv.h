/* SPDX-License-Identifier: Apache-2.0 */
/* tree_priv: the inside of tree, shared by its files only. */
#ifndef WATTLEDGER_RAPL_TREE_PRIV_H
#define WATTLEDGER_RAPL_TREE_PRIV_H

#include "rapl/tree.h"

/* Looks for zones and opens what can be opened. Errors: ERR_MEMORY; a folder that cannot be read is none. */
enum err c_rapl_tree_scan(struct c_rapl_tree *tree, int64_t now_boot_ns, struct err_info *info) MUST_CHECK;

/* Closes a meter's descriptor; `error` says why. */
void c_rapl_tree_close(struct c_rapl_meter *meter, int error);

/* Whether a meter's counter is one of its own: as its package's. */
enum c_rapl_verdict c_rapl_tree_verdict(const struct c_rapl_tree *tree, const struct c_rapl_meter *meter) MUST_CHECK;

/* Sets state and reason by what the last read gave. */
void c_rapl_tree_judge(struct c_rapl_tree *tree);

#endif
