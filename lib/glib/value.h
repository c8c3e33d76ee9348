/* SPDX-License-Identifier: MIT */
/* Values between sd-bus and GVariant. */
#pragma once

#include <glib.h>
#include <systemd/sd-bus.h>

/* Each child of a tuple; a negative errno. */
int qble_glib_append(sd_bus_message *message, GVariant *tuple);
/* The whole message as a tuple; NULL if it is malformed. */
GVariant *qble_glib_read(sd_bus_message *message);
