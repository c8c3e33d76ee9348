/* SPDX-License-Identifier: MIT */
/* What the files of the Python module share: the thread that hears the events, and their tuples. */
#pragma once

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdbool.h>

#include "qble-client.h"

/* ble.c */
PyMODINIT_FUNC PyInit_ble(void);

enum role { ROLE_SERVER, ROLE_CLIENT, N_ROLES };

/* listener.c: one thread with a handle of its own. All of these are called with the GIL. */

/* From now on this role's events go to the callback. 0, or a negative errno. */
int listener_add(enum role role, PyObject *callback);
void listener_remove(enum role role);
/* A stop is being asked for, so event 1 will come; true if that is new, and may be taken back. */
bool listener_expect_stop(void);
void listener_expect_no_stop(void);
/* At exit: lets a stop on its way end and be told, then ends the thread. */
void listener_end(void);
/* Why listener_add() failed. */
const char *listener_error(void);

/* tuple.c */
/* The documented tuple of an event, or NULL with an exception set. */
PyObject *tuple_of_event(const struct qble_event *event);
