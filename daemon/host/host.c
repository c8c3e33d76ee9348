/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A whole host: its parts put together, its links from their beginning to their end. */
#include "host/host.h"

#include <stdlib.h>

#include "host/gap/gap-internal.h"

/* HCI's floor above. */

static void on_send(void *user, const uint8_t *packet, size_t len)
{
	struct qb_host *host = user;

	host->ops->send(host->user, packet, len);
}

static void on_event(void *user, uint8_t code, const uint8_t *param, size_t len)
{
	qb_gap_event(user, code, param, len);
}

static void on_failed(void *user, const char *why)
{
	struct qb_host *host = user;
	bool up = host->up, starting = host->starting;

	qb_host_lost(host);
	if (up)
		host->ops->failed(host->user, why);
	else if (starting)
		host->ops->ready(host->user, QB_HCI_ABORTED);
}

static const struct qb_hci_ops hci_ops = {
        .send = on_send,
        .event = on_event,
        .failed = on_failed,
};

/* A link's L2CAP and ATT floors above. */

static void on_sdu(void *user, uint16_t cid, const uint8_t *sdu, size_t len)
{
	struct qb_link *link = user;

	if (cid == QB_L2CAP_CID_ATT)
		qb_att_receive(&link->att, sdu, len);
	else
		qb_smp_receive(&link->smp, sdu, len);
}

static bool on_param_request(void *user, const struct qb_conn_param *param)
{
	return qb_gap_param_request(user, param);
}

static void on_param_response(void *user, bool accepted)
{
	qb_gap_param_response(user, accepted);
}

static const struct qb_l2cap_ops l2cap_ops = {
        .receive = on_sdu,
        .param_request = on_param_request,
        .param_response = on_param_response,
};

static void on_request(void *user, const struct qb_att_pdu *pdu)
{
	struct qb_link *link = user;

	qb_gatt_server_receive(&link->server, pdu);
}

static void on_value(void *user, const struct qb_att_pdu *pdu)
{
	struct qb_link *link = user;

	qb_gatt_client_receive(&link->client, pdu);
}

static void on_mtu(void *user, uint16_t mtu)
{
	struct qb_link *link = user;

	link->host->ops->mtu(link->host->user, link, mtu);
}

static void on_att_timeout(void *user)
{
	/* A bearer that timed out may not be used again, and LE has no other (Vol 3, F, 3.3.3). */
	qb_gap_disconnect(user, QB_HCI_E_REMOTE_TERMINATED);
}

static const struct qb_att_ops att_ops = {
        .request = on_request,
        .value = on_value,
        .mtu = on_mtu,
        .timeout = on_att_timeout,
};

struct qb_link *qb_host_link_new(struct qb_host *host, const struct qb_hci_conn_complete *ev)
{
	struct qb_link *link;

	if (host->n_links >= QB_LINKS_MAX)
		return NULL;
	link = calloc(1, sizeof(*link));
	if (!link)
		return NULL;
	link->host = host;
	link->handle = ev->handle;
	link->role = ev->role;
	link->peer = ev->peer;
	link->interval = ev->interval;
	link->latency = ev->latency;
	link->timeout = ev->timeout;
	qb_list_append(&host->links, &link->elem);
	host->n_links++;

	qb_l2cap_init(&link->l2cap, &host->hci, link->handle, link->role == QB_ROLE_CENTRAL,
	              &l2cap_ops, link);
	qb_smp_init(&link->smp, &link->l2cap);
	qb_att_init(&link->att, &link->l2cap, host->timers, &att_ops, link);
	link->att.own_mtu = host->mtu;
	qb_gatt_server_init(&link->server, &link->att, host->db, host->ops->server, link);
	qb_gatt_known_begin(&host->known, &link->peer, &link->server);
	qb_gatt_client_init(&link->client, &link->att, host->ops->client, link);
	qb_gap_link_init(link);
	return link;
}

static void link_free(struct qb_link *link, uint8_t reason)
{
	struct qb_host *host = link->host;

	link->ending = true;
	qb_list_remove(&link->elem);
	host->n_links--;
	qb_gap_link_done(link);
	/* Who waits above first, so that nothing new is begun; then what is still queued below. */
	qb_gatt_client_done(&link->client);
	qb_att_done(&link->att, reason);
	qb_l2cap_done(&link->l2cap, reason);
	qb_gatt_known_end(&host->known, &link->peer, &link->server);
	qb_gatt_server_done(&link->server);
}

void qb_host_link_end(struct qb_link *link, uint8_t reason)
{
	struct qb_host *host = link->host;

	link_free(link, reason);
	host->ops->disconnected(host->user, link, reason);
	free(link);
}

struct qb_host *qb_host_new(struct qb_timers *timers, const struct qb_addr *static_addr,
                            uint16_t mtu, const struct qb_host_ops *ops, void *user)
{
	struct qb_host *host = calloc(1, sizeof(*host));

	if (!host)
		return NULL;
	host->db = qb_gatt_db_new();
	if (!host->db) {
		free(host);
		return NULL;
	}
	host->ops = ops;
	host->user = user;
	host->timers = timers;
	host->static_addr = *static_addr;
	host->mtu = mtu;
	qb_list_init(&host->links);
	qb_gap_setup(host);
	qb_hci_init(&host->hci, timers, &host->pool, &hci_ops, host);
	return host;
}

void qb_host_start(struct qb_host *host)
{
	qb_host_lost(host);
	qb_hci_init(&host->hci, host->timers, &host->pool, &hci_ops, host);
	memset(&host->public_addr, 0, sizeof(host->public_addr));
	memset(host->commands, 0, sizeof(host->commands));
	memset(host->features, 0, sizeof(host->features));
	host->starting = true;
	qb_gap_init(host);
}

void qb_host_lost(struct qb_host *host)
{
	host->up = host->starting = false;
	qb_hci_done(&host->hci);
	while (!qb_list_empty(&host->links))
		qb_host_link_end(qb_list_entry(host->links.next, struct qb_link, elem),
		                 QB_HCI_E_HARDWARE_FAILURE);
	qb_gap_lost(host);
}

void qb_host_free(struct qb_host *host)
{
	if (!host)
		return;
	qb_host_lost(host);
	qb_gatt_db_free(host->db);
	qb_pool_done(&host->pool);
	free(host);
}

void qb_host_input(struct qb_host *host, const uint8_t *packet, size_t len)
{
	qb_hci_input(&host->hci, packet, len);
}

const struct qb_addr *qb_host_address(const struct qb_host *host)
{
	return qb_gap_own_type(host, QB_ADDR_PUBLIC) == QB_ADDR_PUBLIC ? &host->public_addr
	                                                               : &host->static_addr;
}

bool qb_host_has_command(const struct qb_host *host, unsigned command)
{
	return host->commands[command / 8] >> command % 8 & 1;
}

struct qb_link *qb_host_link(struct qb_host *host, uint16_t handle)
{
	qb_list_foreach(elem, &host->links)
	{
		struct qb_link *link = qb_list_entry(elem, struct qb_link, elem);

		if (link->handle == handle)
			return link;
	}
	return NULL;
}

struct qb_link *qb_host_link_to(struct qb_host *host, const struct qb_addr *peer)
{
	qb_list_foreach(elem, &host->links)
	{
		struct qb_link *link = qb_list_entry(elem, struct qb_link, elem);

		if (qb_addr_equal(&link->peer, peer))
			return link;
	}
	return NULL;
}
