/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What every pair of programs of the benchmark does, whatever they are made of: the client
 * connects, exchanges the MTU, subscribes and counts notifications or reads so many times, and
 * disconnects. A server prints "ready ADDRESS HCI-COMMANDS", a client "COUNT SECONDS".
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* The server's attributes: one service, one characteristic with its value and its CCCD. */
enum { HANDLE_SERVICE = 1, HANDLE_CHARA = 2, HANDLE_VALUE = 3, HANDLE_CCCD = 4 };

enum { SCENARIO_MTU = 247, SCENARIO_VALUE_MAX = SCENARIO_MTU - 3 };

/* The client's task; hold: stay connected until killed. */
enum scenario_task { TASK_NOTIFY, TASK_READ, TASK_HOLD };

struct scenario {
	bool server;
	const char *place; /* a socket's path */
	uint8_t addr[6];   /* of the client's server, least significant octet first */
	enum scenario_task task;
	size_t size;    /* of the value, in octets */
	unsigned count; /* of notifications or reads */
};

static inline double scenario_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static inline _Noreturn void scenario_fail(const char *what)
{
	fprintf(stderr, "failed: %s\n", what);
	exit(1);
}

/* server PLACE SIZE COUNT, or client PLACE ADDRESS notify|read|hold SIZE COUNT */
static inline struct scenario scenario_parse(int argc, char **argv)
{
	static const char *const tasks[] = {"notify", "read", "hold"};
	struct scenario s = {.server = argc == 5 && !strcmp(argv[1], "server")};
	unsigned b[6];

	if (!s.server && (argc != 7 || strcmp(argv[1], "client")))
		scenario_fail("usage: server PLACE SIZE COUNT, or client PLACE ADDRESS "
		              "notify|read|hold SIZE COUNT");
	s.place = argv[2];
	s.size = strtoul(argv[argc - 2], NULL, 10);
	s.count = (unsigned)strtoul(argv[argc - 1], NULL, 10);
	if (s.size > SCENARIO_VALUE_MAX)
		scenario_fail("the value does not fit");
	if (s.server)
		return s;
	if (sscanf(argv[3], "%x:%x:%x:%x:%x:%x", &b[5], &b[4], &b[3], &b[2], &b[1], &b[0]) != 6)
		scenario_fail("that is no address");
	for (int i = 0; i < 6; i++)
		s.addr[i] = (uint8_t)b[i];
	while (strcmp(argv[4], tasks[s.task]))
		if (++s.task > TASK_HOLD)
			scenario_fail("that is no task");
	return s;
}

static inline void scenario_ready(const uint8_t addr[6], unsigned commands)
{
	printf("ready %02x:%02x:%02x:%02x:%02x:%02x %u\n", addr[5], addr[4], addr[3], addr[2],
	       addr[1], addr[0], commands);
	fflush(stdout);
}

static inline void scenario_result(unsigned count, double seconds)
{
	printf("%u %.6f\n", count, seconds);
	fflush(stdout);
}
