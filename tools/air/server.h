/* SPDX-License-Identifier: MIT */
/* The server around the model: hosts and commands over sockets, time from the system's clock. */
#pragma once

#include "options.h"

#include "util/list.h"

#include <stdio.h>

struct server;

/* Something that waits in epoll; its fn gets the events. */
struct source {
	int fd;
	void (*fn)(struct source *source, uint32_t events);
};

struct server {
	const struct options *options;
	struct qa_air *air;
	int epoll;
	int reserve;    /* a descriptor for when there are no more */
	unsigned count; /* of hosts that ever came */
	struct qb_list clients;
	struct qb_list writing; /* clients with something in their buffers since the last flush */
	struct qb_list controls;
	bool stop;
};

/* client.c: one host and its controller. */
struct client {
	struct source source;
	struct server *server;
	struct qb_list elem, writing;
	unsigned number;
	struct qa_controller *controller;
	bool closed;    /* to be freed by client_sweep() */
	bool full;      /* the controller was told so */
	uint32_t watch; /* epoll events asked for */
	uint8_t *out;
	size_t out_pos, out_len;
	size_t in_len;
	uint8_t in[16 * 1024];
};

void client_new(struct server *server, int fd);
void client_close(struct client *client, const char *why);
struct client *client_find(struct server *server, unsigned number);
/* Writes what the controllers have left for their hosts. */
void client_flush(struct server *server);
/* Frees what was closed: never from within the model. */
void client_sweep(struct server *server);

/* control.c: connections that take commands. */
void control_new(struct server *server, int fd);
void control_free_all(struct server *server);

/* control_commands.c: one line in, what is to be answered into out. */
void control_run(struct server *server, char *line, FILE *out);

/* server.c */
int server_run(const struct options *options);
bool server_watch(struct server *server, struct source *source, uint32_t events, bool add);
void server_say(const struct server *server, const char *fmt, ...)
        __attribute__((format(printf, 2, 3)));
