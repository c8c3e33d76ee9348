/* SPDX-License-Identifier: MIT */
/* What the files of libqble-client share: the handle, its events, and the way to call. */
#pragma once

#include <stdarg.h>
#include <systemd/sd-bus.h>

#include "qble-client.h"

#define QBLE_NAME     "com.quectel.Ble1"
#define QBLE_PATH     "/com/quectel/Ble1"
#define QBLE_EXTENDED QBLE_NAME ".Extended"

/* How long a call may take: longer than the daemon ever needs, HCI timeouts included. */
#define QBLE_CALL_TIMEOUT_USEC (10 * UINT64_C(1000000))

/* Messages handled in one qble_process(). */
#define QBLE_PROCESS_MAX 64

/* Handles in one Read Multiple Request of the largest MTU. */
#define QBLE_MULTI_READ_MAX 258

#define QBLE_ERROR_SIZE 512

struct qble_client {
	sd_bus *bus; /* for the events */
	/*
	 * Another connection if there is a callback, so that an answer need not queue behind events
	 * that are not read yet.
	 */
	sd_bus *calls;
	sd_bus_slot *watch, *events, *disconnected;
	sd_bus_slot *subscribing; /* the daemon has come and not answered yet */
	uint64_t next_seq;        /* the number of the next event */
	qble_event_fn fn;
	void *user;
	char *owner;       /* the daemon's unique name, or NULL while it is not there */
	unsigned depth;    /* of calls into this library that may call back */
	bool calling_back; /* fn is running */
	bool freed;        /* by the callback: the end comes when depth is 0 */
	bool lost;         /* the connection to the bus is gone */
	char error[QBLE_ERROR_SIZE];
};

/* client.c */
/* Around whatever may call back. False from leave(): the client is no more. */
void qble_enter(struct qble_client *client);
bool qble_leave(struct qble_client *client);
/* Calls back, unless the client was freed. */
void qble_tell(struct qble_client *client, const struct qble_event *event);

/* event.c: reads an Event signal; the event lives as long as the message. */
int qble_event_read(sd_bus_message *message, struct qble_event *ret);

/* call.c */
/* Keeps the reason of a failure and returns it: r < 0, or the errno of the D-Bus error. */
int qble_fail(struct qble_client *client, int r, const char *format, ...)
        __attribute__((format(printf, 3, 4)));
int qble_fail_call(struct qble_client *client, const char *member, int r,
                   const sd_bus_error *error);
/*
 * Calls a method. types: 'u' uint32_t, 's' const char *, 'a' const void * and size_t. ret may be
 * NULL; it is the caller's to unref.
 */
int qble_call(struct qble_client *client, const char *interface, const char *member,
              sd_bus_message **ret, const char *types, ...);
