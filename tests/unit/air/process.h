/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The program qble-air as a process, and hosts on its sockets. Its path is in QBLE_AIR. */
#pragma once

#include "unit.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#define AIR_PATIENCE_MS 5000

extern char air_hosts[96], air_control[96]; /* the sockets of the one that runs */
extern pid_t air_server;

/* One with a socket for hosts and one for control in a new folder, and an option, or NULL. */
void air_start(const char *option);
void air_stop(void);

/* Runs it with this option alone, to its end: what it prints, and its exit code. */
int air_run(char *text, size_t size, const char *option);

int air_open(const char *path);
bool air_readable(int fd, int ms);
void air_put(int fd, const void *p, size_t len);
/* The next packet; returns its length. */
size_t air_packet(int fd, uint8_t *p);

/* A command that has to succeed, with nothing before its answer. */
void air_command(int fd, const void *p, size_t len);

#define AIR_COMMAND(fd, ...) \
	air_command(fd, (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}))

/* A host that was reset, and gets all events. */
int air_open_host(void);
void air_address(int fd, uint8_t ret[6]);
void air_link(int central, int peripheral);

/* A line on the control socket, and what has to be in the answer. */
void air_say(const char *line, const char *want);
