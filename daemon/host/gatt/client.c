/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The GATT client of one link: the queue of procedures, their beginning and their end. */
#include "host/gatt/client.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "host/gatt/client-internal.h"
#include "util/le.h"

/* NULL: a Write Command, which waits for nobody. */
static const struct qb_gatt_proc_def *const defs[] = {
        [QB_PROC_EXCHANGE_MTU] = &qb_gatt_exchange_mtu,
        [QB_PROC_DISCOVER_SERVICES] = &qb_gatt_discover,
        [QB_PROC_DISCOVER_BY_UUID] = &qb_gatt_discover,
        [QB_PROC_DISCOVER_INCLUDES] = &qb_gatt_discover,
        [QB_PROC_DISCOVER_CHARAS] = &qb_gatt_discover,
        [QB_PROC_DISCOVER_DESCS] = &qb_gatt_discover,
        [QB_PROC_READ] = &qb_gatt_read_once,
        [QB_PROC_READ_LONG] = &qb_gatt_read_long,
        [QB_PROC_READ_BY_UUID] = &qb_gatt_read_by_uuid,
        [QB_PROC_READ_MULTIPLE] = &qb_gatt_read_once,
        [QB_PROC_WRITE] = &qb_gatt_write_once,
        [QB_PROC_WRITE_LONG] = &qb_gatt_write_long,
        [QB_PROC_WRITE_CMD] = NULL,
};

static void proc_free(struct qb_gatt_proc *proc)
{
	free(proc->data);
	free(proc);
}

/* A procedure with room for data, its other fields all 0; NULL if memory is out. */
static struct qb_gatt_proc *proc_new(struct qb_gatt_client *client, size_t room)
{
	struct qb_list *elem = qb_list_pop(&client->spare);
	struct qb_gatt_proc *proc;
	uint8_t *data;

	if (elem) {
		proc = qb_list_entry(elem, struct qb_gatt_proc, elem);
		data = proc->data;
		*proc = (struct qb_gatt_proc){.data = data, .room = proc->room};
	} else {
		proc = calloc(1, sizeof(*proc));
		if (!proc)
			return NULL;
	}
	if (room > proc->room) {
		data = realloc(proc->data, room);
		if (!data) {
			proc_free(proc);
			return NULL;
		}
		proc->data = data;
		proc->room = room;
	}
	return proc;
}

/* Takes a procedure out of its queue, keeps its memory, and tells how it ended. */
static void finish(struct qb_gatt_client *client, struct qb_gatt_proc *proc, unsigned end)
{
	unsigned tag = proc->tag;

	qb_list_remove(&proc->elem);
	client->queued--;
	client->exchanges -= proc->type == QB_PROC_EXCHANGE_MTU;
	if (client->running == proc)
		client->running = NULL;
	qb_list_append(&client->spare, &proc->elem);
	client->ops->done(client->user, tag, end);
}

static struct qb_gatt_proc *first_command(const struct qb_gatt_client *client)
{
	return qb_list_empty(&client->commands)
	               ? NULL
	               : qb_list_entry(client->commands.next, struct qb_gatt_proc, elem);
}

/* The end of a command that could not be sent, unless an older one has not ended. */
static void finish_unsent(struct qb_gatt_client *client)
{
	struct qb_gatt_proc *proc;

	while ((proc = first_command(client)) && proc->why)
		finish(client, proc, proc->why);
}

static void finish_queue(struct qb_gatt_client *client, unsigned end)
{
	while (!qb_list_empty(&client->queue))
		finish(client, qb_list_entry(client->queue.next, struct qb_gatt_proc, elem), end);
}

void qb_gatt_client_init(struct qb_gatt_client *client, struct qb_att *att,
                         const struct qb_gatt_client_ops *ops, void *user)
{
	*client = (struct qb_gatt_client){.att = att, .ops = ops, .user = user};
	qb_list_init(&client->queue);
	qb_list_init(&client->commands);
	qb_list_init(&client->spare);
}

void qb_gatt_client_done(struct qb_gatt_client *client)
{
	struct qb_gatt_proc *proc;
	struct qb_list *elem;

	client->ended = true;
	/* Commands were sent in their turn, so all of them are older than what is queued. */
	while ((proc = first_command(client))) {
		/* A buffer below still points to it. */
		qb_list_remove(&proc->elem);
		proc->client = NULL;
		client->queued--;
		client->ops->done(client->user, proc->tag, QB_GATT_LINK_LOST);
		finish_unsent(client);
	}
	finish_queue(client, QB_GATT_LINK_LOST);
	while ((elem = qb_list_pop(&client->spare)))
		proc_free(qb_list_entry(elem, struct qb_gatt_proc, elem));
}

static unsigned end_of_errno(int r)
{
	return r == -EMSGSIZE ? QB_ATT_E_INVALID_VALUE_LENGTH : QB_GATT_NO_MEMORY;
}

static void command_sent(void *user, uint8_t status)
{
	struct qb_gatt_proc *proc = user;
	struct qb_gatt_client *client = proc->client;

	if (!client) {
		proc_free(proc);
		return;
	}
	finish(client, proc, status ? QB_GATT_LINK_LOST : QB_GATT_OK);
	finish_unsent(client);
}

static void send_command(struct qb_gatt_client *client, struct qb_gatt_proc *proc)
{
	int r;

	qb_list_remove(&proc->elem);
	qb_list_append(&client->commands, &proc->elem);
	proc->client = client;
	r = qb_att_write_cmd(client->att, proc->start, proc->data, proc->len, command_sent, proc);
	if (r < 0) {
		/* Ends say nothing of whose they are, so commands end in their order. */
		proc->why = end_of_errno(r);
		finish_unsent(client);
	}
}

/* Begins procedures until one has to wait for its answer. */
static void run(struct qb_gatt_client *client)
{
	while (!client->running && !qb_list_empty(&client->queue)) {
		struct qb_gatt_proc *proc = qb_list_entry(client->queue.next, struct qb_gatt_proc,
		                                          elem);

		if (proc->def) {
			client->running = proc;
			qb_gatt_proc_next(client);
		} else {
			send_command(client, proc);
		}
	}
}

void qb_gatt_proc_next(struct qb_gatt_client *client)
{
	int r = client->running->def->next(client, client->running);

	if (r < 0)
		finish(client, client->running, end_of_errno(r));
}

void qb_gatt_proc_end(struct qb_gatt_client *client, unsigned end)
{
	finish(client, client->running, end);
}

static void fail(struct qb_gatt_client *client, unsigned end)
{
	if (client->running->def->failed)
		client->running->def->failed(client, client->running, end);
	else
		finish(client, client->running, end);
}

static void on_reply(void *user, enum qb_att_outcome outcome, const struct qb_att_pdu *pdu)
{
	struct qb_gatt_client *client = user;

	if (!client->running)
		return; /* the client is done */
	switch (outcome) {
	case QB_ATT_ANSWERED:
		if (pdu->opcode == QB_ATT_ERROR_RSP)
			fail(client, pdu->error.code);
		else
			client->running->def->reply(client, client->running, pdu);
		break;
	case QB_ATT_BAD_ANSWER: fail(client, QB_GATT_BAD_RESPONSE); break;
	case QB_ATT_TIMED_OUT: finish_queue(client, QB_GATT_TIMEOUT); break;
	case QB_ATT_LINK_ENDED: finish_queue(client, QB_GATT_LINK_LOST); break;
	}
	run(client);
}

int qb_gatt_proc_ask(struct qb_gatt_client *client, const struct qb_att_pdu *pdu)
{
	return qb_att_request(client->att, pdu, on_reply, client);
}

/* The octets of a request that one handle and its data may take, as far as is known by now. */
static size_t room_of(const struct qb_gatt_client *client)
{
	return (client->exchanges ? QB_ATT_MTU_MAX : client->att->mtu) - 1u;
}

static int check_args(const struct qb_gatt_client *client, const struct qb_gatt_proc_args *args)
{
	switch (args->type) {
	case QB_PROC_EXCHANGE_MTU:
		return args->mtu >= QB_ATT_MTU_MIN && args->mtu <= QB_ATT_MTU_MAX ? 0 : -EINVAL;
	case QB_PROC_DISCOVER_INCLUDES:
	case QB_PROC_DISCOVER_CHARAS:
	case QB_PROC_DISCOVER_DESCS:
	case QB_PROC_READ_BY_UUID: return args->start && args->start <= args->end ? 0 : -EINVAL;
	case QB_PROC_READ_MULTIPLE:
		if (args->len < 4 || args->len % 2)
			return -EINVAL;
		return args->len <= room_of(client) ? 0 : -EMSGSIZE;
	case QB_PROC_WRITE:
	case QB_PROC_WRITE_CMD:
		return args->len <= QB_VALUE_MAX && args->len <= room_of(client) - 2 ? 0
		                                                                     : -EMSGSIZE;
	case QB_PROC_WRITE_LONG:
		return args->len <= QB_VALUE_MAX && args->offset <= QB_VALUE_MAX - args->len
		               ? 0
		               : -EMSGSIZE;
	case QB_PROC_DISCOVER_SERVICES:
	case QB_PROC_DISCOVER_BY_UUID:
	case QB_PROC_READ:
	case QB_PROC_READ_LONG: return 0;
	}
	return -EINVAL;
}

int qb_gatt_client_start(struct qb_gatt_client *client, const struct qb_gatt_proc_args *args)
{
	struct qb_gatt_proc *proc;
	int r;

	if (client->ended || client->att->dead)
		return -ENOTCONN;
	r = check_args(client, args);
	if (r < 0)
		return r;
	if (client->queued >= QB_PROC_QUEUE_MAX)
		return -EBUSY;
	proc = proc_new(client, args->type == QB_PROC_READ_LONG ? QB_VALUE_MAX : args->len);
	if (!proc)
		return -ENOMEM;
	proc->def = defs[args->type];
	proc->type = args->type;
	proc->tag = args->tag;
	proc->start = args->start;
	proc->end = args->end;
	proc->offset = args->offset;
	proc->mtu = args->mtu;
	proc->uuid = args->uuid;
	if (args->type == QB_PROC_DISCOVER_SERVICES || args->type == QB_PROC_DISCOVER_BY_UUID) {
		proc->start = 0x0001;
		proc->end = 0xffff;
	}
	if (args->type != QB_PROC_READ_LONG && args->len) {
		memcpy(proc->data, args->data, args->len);
		proc->len = args->len;
	}
	qb_list_append(&client->queue, &proc->elem);
	client->queued++;
	client->exchanges += args->type == QB_PROC_EXCHANGE_MTU;
	run(client);
	return 0;
}

/* Of a handle that there cannot be nothing is told (3.4.7). */
static void tell_value(struct qb_gatt_client *client, bool indication, uint16_t handle,
                       const uint8_t *value, size_t len)
{
	if (handle)
		client->ops->value(client->user, indication, handle, value, len);
}

void qb_gatt_client_receive(struct qb_gatt_client *client, const struct qb_att_pdu *pdu)
{
	if (pdu->opcode != QB_ATT_MULTIPLE_HANDLE_VALUE_NTF) {
		tell_value(client, pdu->opcode == QB_ATT_HANDLE_VALUE_IND, pdu->attr.handle,
		           pdu->attr.value, pdu->attr.len);
		return;
	}
	/* Handle, length, value; the decoder saw that all of them are whole. */
	for (size_t pos = 0; pos < pdu->attr.len;) {
		const uint8_t *p = pdu->attr.value + pos;
		uint16_t len = qb_get_le16(p + 2);

		tell_value(client, false, qb_get_le16(p), p + 4, len);
		pos += (size_t)4 + len;
	}
}
