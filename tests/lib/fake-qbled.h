/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How fake-qbled sends the events that a test orders. */
#pragma once

enum {
	FAKE_NORMAL,
	FAKE_LOST, /* by the bus, on its way */
};
