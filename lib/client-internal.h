/* SPDX-License-Identifier: MIT */
/* What the files of libqble-client share: the handle, its event stream, and the way to call. */
#pragma once

#include <stdarg.h>
#include <systemd/sd-bus.h>

#include "qble-client.h"

#define QBLE_NAME     "com.quectel.Ble1"
#define QBLE_PATH     "/com/quectel/Ble1"
#define QBLE_EXTENDED QBLE_NAME ".Extended"

/* How long a call may take: longer than the daemon ever needs, HCI timeouts included. */
#define QBLE_CALL_TIMEOUT_USEC (10 * UINT64_C(1000000))

/* Events fetched from the daemon's log with one call, and handled in one qble_process(). */
#define QBLE_FETCH_MAX   256
#define QBLE_PROCESS_MAX 64

/* Handles in one Read Multiple Request of the largest MTU. */
#define QBLE_MULTI_READ_MAX 258

#define QBLE_ERROR_SIZE 512

/* A signal that has come and has not been told yet. */
struct qble_node {
	struct qble_node *next;
	sd_bus_message *message;
	uint64_t seq;
	uint32_t id;
	int32_t status;
};

/*
 * The events on their way to the callback (stream.c). A signal has no number, but those of one
 * sender come in the order of its log, and so does the answer to a question for the log's end:
 * from one answer on, counting is enough.
 */
struct qble_stream {
	struct qble_node *head, **tail; /* oldest first */
	bool numbered;                  /* next_seq is known */
	bool logless;       /* the daemon does not tell its log: events go out as they are */
	uint64_t next_seq;  /* of the next signal */
	sd_bus_slot *asked; /* the call on its way to the log, or NULL */
};

struct qble_client {
	sd_bus *bus;
	sd_bus_slot *watch, *signals, *disconnected;
	qble_event_fn fn;
	void *user;
	char *owner;       /* the daemon's unique name, or NULL while it is not there */
	unsigned depth;    /* of calls into this library that may call back */
	bool calling_back; /* fn is running */
	bool freed;        /* by the callback: the end comes when depth is 0 */
	bool lost;         /* the connection to the bus is gone */
	char error[QBLE_ERROR_SIZE];
	struct qble_stream stream;
};

/* client.c */
/* Around whatever may call back. False from leave(): the client is no more. */
void qble_enter(struct qble_client *client);
bool qble_leave(struct qble_client *client);
/* Calls back, unless the client was freed. */
void qble_tell(struct qble_client *client, const struct qble_event *event);

/* stream.c */
void qble_stream_init(struct qble_client *client);
void qble_stream_done(struct qble_client *client);
/* The daemon is there: numbers begin anew. */
void qble_stream_begin(struct qble_client *client);
/* The daemon is gone: what has come from it is told as it is. */
void qble_stream_end(struct qble_client *client);
void qble_stream_add(struct qble_client *client, sd_bus_message *message);

/* event.c */
/* Reads event_id and status, or fails with -EBADMSG. */
int qble_event_peek(sd_bus_message *message, uint32_t *ret_id, int32_t *ret_status);
/* Reads the documented arguments of a signal; the event lives as long as the message. */
int qble_event_read(sd_bus_message *message, struct qble_event *ret);
/* Whether the log knows more of such an event than its signal tells. */
bool qble_event_has_details(uint32_t id);
/* Adds what the named fields of the event's log entry tell: an a{sv} at the message's position. */
int qble_event_read_details(sd_bus_message *message, struct qble_event *event);

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
