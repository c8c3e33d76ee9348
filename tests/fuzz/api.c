/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The whole API over the whole host, for fuzzers. */
#include "api.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "util/le.h"

static void on_send(void *user, const uint8_t *packet, size_t len)
{
	struct fuzz_api *api = user;

	fuzz_controller_take(&api->controller, packet, len);
}

static void on_input(void *user, const uint8_t *packet, size_t len)
{
	struct fuzz_api *api = user;

	qb_timers_advance(&api->timers, api->now);
	qb_ble_input(api->ble, packet, len);
	fuzz_check_credits(&api->ble->host->hci);
}

/* api.md, 4: what is told of a connection is told between its event 16 and its event 17. */
static void check_order(struct fuzz_api *api, const struct qb_event *event)
{
	uint32_t id = event->connect_id;

	if (event->id == QB_EV_CONNECT && event->status) {
		assert(event->u[0] == QB_CONNECT_ID_FAILED);
		return;
	}
	if (id == QB_NO_CONNECTION)
		return;
	assert(id < QB_LINKS_MAX);
	if (event->id == QB_EV_CONNECT) {
		assert(!api->links[id].role || api->links[id].released);
		api->links[id].role = qb_conn_role(api->ble->conns[id]);
		api->links[id].released = false;
		return;
	}
	assert(api->links[id].role);
	if (event->id == QB_EV_DISCONNECT)
		api->links[id].role = 0;
}

static void on_event(void *user, const struct qb_event *event)
{
	struct fuzz_api *api = user;

	assert(qb_event_find(event->id));
	assert(event->len <= QB_EVENT_DATA_MAX);
	for (size_t i = 0; i < event->len; i++)
		api->octets += event->data[i];
	if (event->name)
		api->octets += strlen(event->name);
	check_order(api, event);
	if (event->id == QB_EV_SEND_END) {
		assert(api->sends);
		api->sends--;
	}
	if (api->event)
		api->event(api->user, event);
}

static void on_changed(void *user, unsigned changes)
{
}

static void on_controller_failed(void *user, const char *why)
{
	assert(why && *why);
}

static bool is_congested(void *user)
{
	return false;
}

static int to_gbk(void *user, const char *utf8, uint8_t *ret, size_t room)
{
	return -1;
}

static const struct qb_ble_ops ops = {
        .send = on_send,
        .event = on_event,
        .changed = on_changed,
        .controller_failed = on_controller_failed,
        .congested = is_congested,
        .to_gbk = to_gbk,
};

struct call {
	struct fuzz_api *api;
	const struct qb_call *call;
};

static void on_result(void *user, const struct qb_result *result)
{
	struct call *call = user;
	struct fuzz_api *api = call->api;

	assert(result->error < QB_ERROR_COUNT);
	assert(!result->error || (result->text && result->text[0]));
	api->ends++;
	if (!result->error && (!strcmp(call->call->name, "SendNotification") ||
	                       !strcmp(call->call->name, "SendIndication")))
		api->sends++;
	free(call);
}

static void run(struct fuzz_api *api, const struct qb_call *call, const struct qb_value *args)
{
	struct call *user = malloc(sizeof(*user));
	unsigned released = !strcmp(call->name, "ServerRelease")   ? QB_SERVER
	                    : !strcmp(call->name, "ClientRelease") ? QB_CLIENT
	                                                           : 0;

	/* Who gives a role up may not hear of its links' ends. */
	for (uint32_t id = 0; id < QB_LINKS_MAX && released; id++)
		api->links[id].released = api->links[id].released ||
		                          api->links[id].role == released;
	/* Nor of what it sent. */
	if (released == QB_SERVER)
		api->sends = 0;
	*user = (struct call){api, call};
	api->calls++;
	qb_timers_advance(&api->timers, api->now);
	qb_call_run(api->ble, call, args, on_result, user);
}

void fuzz_api_call(struct fuzz_api *api, const char *name, const struct qb_value *args)
{
	const struct qb_call *call = qb_calls;

	while (strcmp(call->name, name))
		call++;
	run(api, call, args);
}

void fuzz_api_any_call(struct fuzz_api *api, struct fuzz *fuzz)
{
	unsigned n = 0;
	const struct qb_call *call;
	struct qb_value args[QB_CALL_ARGS_MAX] = {0};
	char *copies[QB_CALL_ARGS_MAX] = {0};

	while (qb_calls[n].name)
		n++;
	call = &qb_calls[fuzz_octet(fuzz) % n];
	for (unsigned i = 0; i < qb_call_n_args(call); i++) {
		const struct qb_arg_def *def = &call->args[i];

		if (def->type == 'u') {
			uint8_t how = fuzz_octet(fuzz);

			/* Handles go on where the services of the system end. */
			args[i].u = how >= 0xf0 ? (uint32_t)fuzz_u16(fuzz) << (how & 15)
			            : strstr(def->name, "handle") ? def->min + how % 64
			                                          : def->min + how % 8;
		} else {
			size_t want = fuzz_octet(fuzz), len;
			const uint8_t *data;

			/* Mostly the length that is right, where there is only one. */
			if (want & 1 && def->min == def->max)
				want = def->max;
			data = fuzz_octets(fuzz, want, &len);
			copies[i] = malloc(len + 1);
			if (len)
				memcpy(copies[i], data, len);
			copies[i][len] = '\0';
			args[i].data = (const uint8_t *)copies[i];
			/* D-Bus hands on no string with a NUL inside or with broken UTF-8. */
			if (def->type == 's')
				for (size_t k = 0; k < len; k++)
					copies[i][k] = copies[i][k] ? copies[i][k] & 0x7f : 'x';
			args[i].len = def->type == 's' ? strlen(copies[i]) : len;
		}
	}
	run(api, call, args);
	for (unsigned i = 0; i < QB_CALL_ARGS_MAX; i++)
		free(copies[i]);
}

/* Integers first, then a long UUID that is none and, if the call has one, a value. */
static void u(struct fuzz_api *api, const char *name, const uint32_t *values, unsigned n,
              const uint8_t *data, size_t len)
{
	static const uint8_t zeros[16];
	struct qb_value args[QB_CALL_ARGS_MAX] = {0};

	for (unsigned i = 0; i < n; i++)
		args[i].u = values[i];
	args[n] = (struct qb_value){.data = zeros, .len = 16};
	if (n + 1 < QB_CALL_ARGS_MAX)
		args[n + 1] = (struct qb_value){.data = data, .len = len};
	fuzz_api_call(api, name, args);
}

void fuzz_api_new(struct fuzz_api *api, bool legacy)
{
	static const struct qb_ble_config config = {
	        .static_addr = {QB_ADDR_RANDOM, {1, 2, 3, 4, 5, 0xc6}},
	        .mtu = QB_ATT_MTU_MAX,
	        .auto_mtu = true,
	        .connect_timeout = 30,
	};

	*api = (struct fuzz_api){.controller = {
	                                 .input = on_input,
	                                 .user = api,
	                                 .legacy = legacy,
	                                 .acl_mtu = 27,
	                                 .acl_buffers = 4,
	                         }};
	api->ble = qb_ble_new(&api->timers, &config, &ops, api);
	assert(api->ble);
}

void fuzz_api_set_up(struct fuzz_api *api)
{
	static const uint8_t value[40] = "value";
	const struct qb_value peer[] = {{.u = 0},
	                                {.data = (const uint8_t *)"\"\"\"\"\"\"", .len = 6}};

	qb_ble_controller_up(api->ble);
	fuzz_controller_answer_all(&api->controller);
	fuzz_api_call(api, "ServerInit", NULL);
	fuzz_api_call(api, "ClientInit", NULL);
	fuzz_api_call(api, "GattStart", NULL);
	u(api, "AddService", (uint32_t[]){1, 1, 1, 0x180f}, 4, NULL, 0);
	for (uint32_t id = 1; id <= 6; id++) {
		uint32_t permission = id < 4 ? 0x3 : 1u << (id - 2) | 0x3;

		u(api, "AddChara", (uint32_t[]){1, id, id == 6 ? 0xff : 0x3e, 1, 0x2a00 + id}, 5,
		  NULL, 0);
		u(api, "AddCharaValue", (uint32_t[]){1, id, permission, 1, 0x2a00 + id}, 5, value,
		  sizeof(value));
		u(api, "AddCharaDesc", (uint32_t[]){1, id, 3, 1, 0x2902}, 5, value, 2);
	}
	fuzz_api_call(api, "AddOrClearService", (struct qb_value[]){{.u = 1}, {.u = 1}});
	fuzz_api_call(api, "AdvStart", NULL);
	fuzz_controller_answer_all(&api->controller);
	fuzz_controller_connect(&api->controller, 1, QB_ROLE_PERIPHERAL);
	fuzz_api_call(api, "Connect", peer);
	fuzz_controller_answer_all(&api->controller);
	fuzz_controller_connect(&api->controller, 2, QB_ROLE_CENTRAL);
	fuzz_controller_answer_all(&api->controller);
	fuzz_controller_complete(&api->controller, 1);
	fuzz_controller_complete(&api->controller, 2);
}

void fuzz_api_scan_and_dial(struct fuzz_api *api)
{
	const struct qb_value peer[] = {{.u = 0}, {.data = (const uint8_t *)"######", .len = 6}};

	fuzz_api_call(api, "AdvStart", NULL);
	fuzz_api_call(api, "ScanStart", NULL);
	fuzz_api_call(api, "Connect", peer);
	fuzz_controller_answer_all(&api->controller);
}

void fuzz_api_sleep(struct fuzz_api *api, uint64_t usec)
{
	api->now += usec;
	qb_timers_advance(&api->timers, api->now);
}

void fuzz_api_end(struct fuzz_api *api)
{
	const struct qb_host *host = api->ble->host;

	for (int i = 0; i < 120; i++)
		fuzz_api_sleep(api, QB_SEC / 2);
	assert(api->ends == api->calls);
	assert(!host->hci.n_flying && !host->hci.n_waiting);
	qb_ble_controller_down(api->ble, "the end");
	for (uint32_t id = 0; id < QB_LINKS_MAX; id++)
		assert(!api->links[id].role || api->links[id].released);
	assert(!api->sends);
	assert(!host->n_links && !host->pool.used);
	qb_ble_free(api->ble);
	assert(qb_timers_next(&api->timers) == QB_NEVER);
}
