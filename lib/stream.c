/* SPDX-License-Identifier: MIT */
/*
 * The order of events: signals are numbered as they come, and told, in that order, as soon as the
 * daemon's log has given what the signal alone does not tell. One question to the log serves all
 * events that have come meanwhile, so a busy stream costs hardly more than its signals.
 */
#include <errno.h>
#include <stdlib.h>

#include "client-internal.h"

static void ask(struct qble_client *client);

void qble_stream_init(struct qble_client *client)
{
	client->stream.tail = &client->stream.head;
}

static struct qble_node *pop(struct qble_stream *stream)
{
	struct qble_node *node = stream->head;

	stream->head = node->next;
	if (!stream->head)
		stream->tail = &stream->head;
	return node;
}

static void node_free(struct qble_node *node)
{
	sd_bus_message_unref(node->message);
	free(node);
}

void qble_stream_done(struct qble_client *client)
{
	sd_bus_slot_unref(client->stream.asked);
	while (client->stream.head)
		node_free(pop(&client->stream));
}

/* details: the log entry's message at its named fields, or NULL. */
static void tell(struct qble_client *client, sd_bus_message *message, uint64_t seq,
                 sd_bus_message *details, uint32_t connect_id)
{
	struct qble_event event;

	if (qble_event_read(message, &event) < 0)
		return;
	event.seq = seq;
	if (details) {
		event.connect_id = connect_id;
		qble_event_read_details(details, &event);
	}
	qble_tell(client, &event);
}

static void tell_first(struct qble_client *client)
{
	struct qble_node *node = pop(&client->stream);

	tell(client, node->message, node->seq, NULL, 0);
	node_free(node);
}

/* Those that have come and have nothing to wait for. */
static void tell_ready(struct qble_client *client)
{
	const struct qble_stream *stream = &client->stream;

	while (stream->head && !client->freed &&
	       (stream->logless || (stream->numbered && !qble_event_has_details(stream->head->id))))
		tell_first(client);
}

static void tell_all(struct qble_client *client)
{
	while (client->stream.head && !client->freed)
		tell_first(client);
}

/* The answer says what number the next event gets; what waits here came before it. */
static void number(struct qble_stream *stream, uint64_t next)
{
	uint64_t n = 0;

	for (struct qble_node *node = stream->head; node; node = node->next)
		n++;
	/* A daemon that signals what it does not log cannot be counted after. */
	if (next <= n) {
		stream->logless = true;
		return;
	}
	for (struct qble_node *node = stream->head; node; node = node->next)
		node->seq = next - n--;
	stream->next_seq = next;
	stream->numbered = true;
}

/*
 * Whether all signals before this answer have come: the bus drops those of a reader that does not
 * read. An answer that ends before the log does may show only a part of what is lost; a later one
 * shows the rest.
 */
static bool complete(struct qble_client *client, uint64_t next)
{
	struct qble_stream *stream = &client->stream;
	uint64_t lost = next - stream->next_seq;

	if (next <= stream->next_seq) {
		/* The log ends before the last signal. */
		stream->logless = next < stream->next_seq &&
		                  next - stream->head->seq < QBLE_FETCH_MAX;
		return !stream->logless;
	}
	qble_tell(client, &(struct qble_event){.id = QBLE_EVENTS_LOST,
	                                       .status = (int32_t)lost,
	                                       .connect_id = QBLE_NO_CONNECTION});
	for (struct qble_node *node = stream->head; node; node = node->next)
		node->seq += lost;
	stream->next_seq = next;
	return false;
}

/* One entry of the log, (tuiua{sv}): the event that it is about, and older ones without details. */
static int take_entry(struct qble_client *client, sd_bus_message *m)
{
	struct qble_stream *stream = &client->stream;
	uint32_t id, connect_id;
	int32_t status;
	uint64_t seq;
	int r;

	r = sd_bus_message_enter_container(m, SD_BUS_TYPE_STRUCT, "tuiua{sv}");
	if (r <= 0)
		return r;
	r = sd_bus_message_read(m, "tuiu", &seq, &id, &status, &connect_id);
	if (r < 0)
		return r;
	while (stream->head && stream->head->seq < seq && !client->freed)
		tell_first(client);
	if (client->freed || !stream->head)
		return 0;
	if (stream->head->seq == seq && stream->head->id == id && stream->head->status == status) {
		struct qble_node *node = pop(stream);

		tell(client, node->message, seq, m, connect_id);
		node_free(node);
	} else {
		r = sd_bus_message_skip(m, "a{sv}");
		if (r < 0)
			return r;
	}
	r = sd_bus_message_exit_container(m);
	return r < 0 ? r : 1;
}

static int take_answer(struct qble_client *client, sd_bus_message *m)
{
	struct qble_stream *stream = &client->stream;
	uint64_t next;
	int r;

	if (sd_bus_message_is_method_error(m, NULL))
		return -sd_bus_message_get_errno(m);
	r = sd_bus_message_read(m, "t", &next);
	if (r < 0)
		return r;
	if (!stream->numbered) {
		number(stream, next);
		return 0;
	}
	if (!complete(client, next)) {
		tell_all(client);
		return 0;
	}
	r = sd_bus_message_enter_container(m, SD_BUS_TYPE_ARRAY, "(tuiua{sv})");
	if (r < 0)
		return r;
	do
		r = take_entry(client, m);
	while (r > 0 && !client->freed);
	/* Older than the log. */
	while (stream->head && stream->head->seq < next && !client->freed)
		tell_first(client);
	return r;
}

static int on_answer(sd_bus_message *m, void *user, sd_bus_error *ret_error)
{
	struct qble_client *client = user;
	struct qble_stream *stream = &client->stream;
	int r;

	qble_enter(client);
	stream->asked = sd_bus_slot_unref(stream->asked);
	r = take_answer(client, m);
	if (r < 0) {
		/* Better without details than late. */
		stream->logless = !stream->numbered;
		tell_all(client);
	}
	tell_ready(client);
	ask(client);
	qble_leave(client);
	return 0;
}

/*
 * Asks for the details of those that wait, or first for where the log is. Without a time limit: the
 * answer comes behind all the signals before it, however long this program takes to read those.
 */
static void ask(struct qble_client *client)
{
	struct qble_stream *stream = &client->stream;
	sd_bus_message *m = NULL;
	int r;

	if (stream->asked || stream->logless || client->freed ||
	    (stream->numbered && !stream->head))
		return;
	r = sd_bus_message_new_method_call(client->bus, &m, client->owner, QBLE_PATH, QBLE_EXTENDED,
	                                   "GetEvents");
	if (r >= 0)
		r = sd_bus_message_append(m, "tu",
		                          stream->numbered ? stream->head->seq : UINT64_MAX,
		                          stream->numbered ? QBLE_FETCH_MAX : 1);
	if (r >= 0)
		r = sd_bus_call_async(client->bus, &stream->asked, m, on_answer, client,
		                      UINT64_MAX);
	sd_bus_message_unref(m);
	if (r < 0) {
		stream->logless = true;
		tell_all(client);
	}
}

void qble_stream_begin(struct qble_client *client)
{
	client->stream.numbered = client->stream.logless = false;
	ask(client);
}

void qble_stream_end(struct qble_client *client)
{
	client->stream.asked = sd_bus_slot_unref(client->stream.asked);
	client->stream.logless = true;
	tell_all(client);
}

void qble_stream_add(struct qble_client *client, sd_bus_message *message)
{
	struct qble_stream *stream = &client->stream;
	uint64_t seq = stream->numbered ? stream->next_seq++ : 0;
	struct qble_node *node;
	uint32_t id;
	int32_t status;

	if (qble_event_peek(message, &id, &status) < 0)
		return;
	if (stream->logless || (!stream->head && seq && !qble_event_has_details(id))) {
		tell(client, message, seq, NULL, 0);
		return;
	}
	node = malloc(sizeof(*node));
	if (!node) {
		qble_tell(client, &(struct qble_event){.id = QBLE_EVENTS_LOST,
		                                       .status = 1,
		                                       .connect_id = QBLE_NO_CONNECTION});
		return;
	}
	*node = (struct qble_node){NULL, sd_bus_message_ref(message), seq, id, status};
	*stream->tail = node;
	stream->tail = &node->next;
	ask(client);
}
