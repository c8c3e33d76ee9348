/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the two programs have in common that are measured as servers, one on bluetoothd, the other
 * on qbled: the database, and the commands. They print "ready" when they advertise, and then answer
 * each line with one:
 *
 *	notify UUID COUNT     ok, when the daemon has taken so many, as fast as it takes them
 *	written               what numbers_tell() says of the write commands since the last time
 *	advertise             ok
 */
#pragma once

#include <errno.h>
#include <sys/epoll.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include "numbers.h"

/* One service with five characteristics; those of each pair are there for two ways to go. */
enum {
	UUID_SERVICE = 0xfff0,
	UUID_READ = 0xfff1,
	UUID_NOTIFY = 0xfff2,
	UUID_NOTIFY_FAST = 0xfff3,
	UUID_WRITE = 0xfff4,
	UUID_WRITE_FAST = 0xfff5,
};

/* Each program's own. */
void app_notify(uint16_t uuid, unsigned count);
void app_advertise(void);

static struct numbers written;

static inline void answer(const char *line)
{
	printf("%s\n", line);
	fflush(stdout);
}

static inline int on_command(sd_event_source *source, int fd, uint32_t events, void *user)
{
	char line[128];
	ssize_t n = read(fd, line, sizeof(line) - 1);
	unsigned uuid, count;

	if (n <= 0)
		return sd_event_exit(sd_event_source_get_event(source), 0);
	line[n] = '\0';
	if (sscanf(line, "notify %x %u", &uuid, &count) == 2 && count < NUMBERS_MAX)
		app_notify((uint16_t)uuid, count);
	else if (!strcmp(line, "written\n"))
		numbers_tell(&written);
	else if (!strcmp(line, "advertise\n"))
		app_advertise();
	else
		fail(line, "no such command");
	return 0;
}

static inline void check(const char *what, int r)
{
	if (r < 0)
		fail(what, strerror(-r));
}

/* Until standard input ends. */
static inline void app_run(sd_event *event)
{
	check("commands", sd_event_add_io(event, NULL, STDIN_FILENO, EPOLLIN, on_command, NULL));
	answer("ready");
	check("the loop", sd_event_loop(event));
}
