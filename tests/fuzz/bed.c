/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One host with one live link. */
#include "bed.h"

#include <assert.h>
#include <string.h>

#include "util/le.h"

static void on_send(void *user, const uint8_t *packet, size_t len)
{
	struct fuzz_bed *bed = user;

	fuzz_controller_take(&bed->controller, packet, len);
}

static void on_input(void *user, const uint8_t *packet, size_t len)
{
	struct fuzz_bed *bed = user;

	qb_host_input(bed->host, packet, len);
}

/* Puts the host's SDUs together: it never sends more than it announced, nor empty fragments. */
static void on_acl(void *user, uint16_t handle, uint8_t pb, const uint8_t *data, size_t len)
{
	struct fuzz_bed *bed = user;
	size_t want;

	assert(handle == FUZZ_HANDLE);
	assert(len > 0 && len <= FUZZ_ACL_MTU);
	assert(bed->controller.held[handle] <= FUZZ_ACL_BUFFERS);
	assert((pb == QB_ACL_CONTINUE) == (bed->out_len > 0));
	assert(bed->out_len + len <= sizeof(bed->out));
	memcpy(bed->out + bed->out_len, data, len);
	bed->out_len += len;
	assert(bed->out_len >= 4);
	want = 4u + qb_get_le16(bed->out);
	assert(bed->out_len <= want);
	if (bed->out_len < want)
		return;
	bed->out_len = 0;
	bed->sdu(bed, qb_get_le16(bed->out + 2), bed->out + 4, want - 4);
}

static void on_ready(void *user, uint8_t status)
{
	assert(!status);
}

static void on_failed(void *user, const char *why)
{
	assert(!"the controller has not failed");
}

static void on_connected(void *user, struct qb_link *link)
{
	struct fuzz_bed *bed = user;

	assert(!bed->link);
	bed->link = link;
}

static void on_disconnected(void *user, struct qb_link *link, uint8_t reason)
{
	struct fuzz_bed *bed = user;

	assert(bed->link == link);
	bed->link = NULL;
	bed->out_len = 0;
}

static void on_connect_failed(void *user, const struct qb_addr *peer, uint8_t status)
{
}

static void on_param_updated(void *user, struct qb_link *link, uint8_t status)
{
}

static void on_adv_ended(void *user, uint8_t status)
{
}

static void on_report(void *user, const struct qb_adv_report *report)
{
}

static void on_mtu(void *user, struct qb_link *link, uint16_t mtu)
{
	assert(mtu >= QB_ATT_MTU_MIN && mtu <= link->host->mtu);
}

void fuzz_bed_start(struct fuzz_bed *bed)
{
	static const struct qb_addr addr = {QB_ADDR_RANDOM, {1, 2, 3, 4, 5, 0xc6}};
	static struct qb_host_ops ops = {
	        .send = on_send,
	        .ready = on_ready,
	        .failed = on_failed,
	        .connected = on_connected,
	        .disconnected = on_disconnected,
	        .connect_failed = on_connect_failed,
	        .param_updated = on_param_updated,
	        .adv_ended = on_adv_ended,
	        .report = on_report,
	        .mtu = on_mtu,
	};

	ops.server = bed->server;
	ops.client = bed->client;
	bed->controller = (struct fuzz_controller){
	        .input = on_input,
	        .acl = on_acl,
	        .user = bed,
	        .acl_mtu = FUZZ_ACL_MTU,
	        .acl_buffers = FUZZ_ACL_BUFFERS,
	};
	bed->host = qb_host_new(&bed->timers, &addr, bed->mtu, &ops, bed);
	assert(bed->host);
	qb_host_start(bed->host);
	fuzz_controller_answer_all(&bed->controller);
	assert(bed->host->up);
}

/* Pending connects are the floor above's; here the controller just has the link. */
void fuzz_bed_connect(struct fuzz_bed *bed, uint8_t role)
{
	bed->hold = false;
	if (role == QB_ROLE_CENTRAL) {
		const struct qb_addr peer = {QB_ADDR_PUBLIC, {0x21, 0x21, 0x21, 0x21, 0x21, 0x21}};

		qb_gap_connect(bed->host, &peer, 30 * QB_SEC);
		fuzz_controller_answer_all(&bed->controller);
	}
	fuzz_controller_connect(&bed->controller, FUZZ_HANDLE, role);
	fuzz_bed_settle(bed);
	assert(bed->link && bed->link->role == role);
}

void fuzz_bed_settle(struct fuzz_bed *bed)
{
	fuzz_controller_answer_all(&bed->controller);
	if (!bed->hold)
		fuzz_controller_complete(&bed->controller, FUZZ_HANDLE);
	fuzz_check_credits(&bed->host->hci);
}

void fuzz_bed_send(struct fuzz_bed *bed, uint16_t cid, const uint8_t *sdu, size_t len)
{
	if (!bed->link)
		return;
	fuzz_controller_sdu(&bed->controller, FUZZ_HANDLE, cid, sdu, len);
	fuzz_bed_settle(bed);
}

void fuzz_bed_sleep(struct fuzz_bed *bed, uint64_t usec)
{
	uint64_t end = bed->now + usec;

	/* What the host does at a deadline the controller answers before the next. */
	while (bed->now < end) {
		uint64_t next = qb_timers_next(&bed->timers);

		bed->now = next < end ? next : end;
		qb_timers_advance(&bed->timers, bed->now);
		fuzz_bed_settle(bed);
	}
}

void fuzz_bed_end(struct fuzz_bed *bed)
{
	if (bed->link)
		fuzz_controller_disconnect(&bed->controller, FUZZ_HANDLE,
		                           QB_HCI_E_REMOTE_TERMINATED);
	fuzz_controller_answer_all(&bed->controller);
	/* What the host gave up itself the controller ends now. */
	fuzz_controller_disconnect(&bed->controller, FUZZ_HANDLE, QB_HCI_E_LOCAL_TERMINATED);
	/* It is nobody that has been here before. */
	bed->host->known.n = bed->host->known.oldest = 0;
	assert(!bed->link && !bed->host->n_links);
	assert(!bed->host->pool.used);
	assert(bed->host->hci.acl.credits == bed->host->hci.acl.total);
	assert(!bed->host->hci.n_flying && !bed->host->hci.n_waiting);
	assert(qb_timers_next(&bed->timers) == QB_NEVER);
}
