/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The test bed of the library: a private bus with fake-qbled on it. */
#pragma once

#include <check.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "fake-qbled.h"

/* Starts a bus, points this process at it, and starts a fake daemon; all end with the process. */
void bed_start(void);
void bed_stop(void);

/* What the bus keeps for one reader: as the system's does unless told otherwise. */
extern unsigned bed_max_outgoing;

/* In a child of the process that started it: a connection of its own. */
void bed_connect(void);

/* The fake daemon alone; returns when its name is there. */
pid_t bed_start_fake(void);
/* kill -9, and it is gone when this returns. */
void bed_kill(pid_t pid);
extern pid_t bed_fake;

/* Orders to the fake daemon (fake-qbled.c). */
const char *bed_last(void); /* valid until the next */
void bed_fail(const char *error, const char *text);
void bed_mute(void);
void bed_emit(uint32_t id, uint32_t connect_id, uint32_t count, uint32_t how);

/* Runs tests, each between the two. Returns what main() returns. */
int bed_run(const char *name, void (*setup)(void), void (*teardown)(void),
            const TTest *const *tests, size_t n);

#define BED_MAIN(name, setup, teardown, ...)                                                    \
	int main(void)                                                                          \
	{                                                                                       \
		const TTest *const tests[] = {__VA_ARGS__};                                     \
                                                                                                \
		return bed_run(name, setup, teardown, tests, sizeof(tests) / sizeof(tests[0])); \
	}
