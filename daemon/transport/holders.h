/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who has sockets to Bluetooth controllers open, to be named where a controller is busy. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/*
 * Writes the programs other than this one that hold HCI sockets, as "bluetoothd (pid 712)", with
 * commas between them and as many as fit, and returns how many were written. proc: "/proc".
 * ret_hidden is set if there may be sockets whose programs the kernel does not show to this process,
 * which is so for all but its own user's unless it is root.
 */
unsigned qb_hci_holders(const char *proc, char *ret, size_t room, bool *ret_hidden);
