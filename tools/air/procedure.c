/* SPDX-License-Identifier: MIT */
/*
 * Link Layer control procedures (Core 5.4, Vol 6, Part B, 5.1): how they cross the air, and the
 * short ones, features, version, data length and PHY.
 */
#include "command.h"

#define TIME_LIMIT   0x4290 /* 17040 us, the longest that the commands know */
#define PHYS_OURS    (QB_PHY_MASK_1M | QB_PHY_MASK_2M)
#define NO_TX_WISH   0x01
#define NO_RX_WISH   0x02
#define AIR_OVERHEAD 14 /* octets around the payload of a PDU on 1M, with its MIC */

static void proc_timer(void *user)
{
	struct qa_proc *proc = user;

	/* Without a peer the link waits for its supervision timeout. */
	if (proc->link->peer)
		proc->fn(proc->link);
}

void qa_procs_init(struct qa_link *link)
{
	for (unsigned i = 0; i < QA_PROC_COUNT; i++) {
		link->procs[i].link = link;
		qb_timer_init(&link->procs[i].timer, proc_timer, &link->procs[i]);
	}
}

void qa_proc_start(struct qa_link *link, enum qa_procedure which, unsigned events,
                   void (*fn)(struct qa_link *link))
{
	struct qa_proc *proc = &link->procs[which];
	struct qa_air *air = link->c->air;
	uint64_t delay = qa_air_latency(air);

	proc->active = true;
	proc->fn = fn;
	if (!link->peer)
		return;
	if (air->weather.realtime)
		delay += events * link->interval * QA_UNIT_1250;
	if (delay)
		qb_timer_arm(&air->timers, &proc->timer, delay);
	else
		fn(link);
}

static void response_timeout(struct qa_link *link)
{
	qa_link_close(link, QB_HCI_E_LL_TIMEOUT);
}

void qa_proc_wait(struct qa_link *link, enum qa_procedure which)
{
	struct qa_proc *proc = &link->procs[which];

	proc->fn = response_timeout;
	qb_timer_arm(&link->c->air->timers, &proc->timer, QA_PROCEDURE_TIMEOUT);
}

void qa_proc_end(struct qa_link *link, enum qa_procedure which)
{
	link->procs[which].active = false;
	qb_timer_cancel(&link->c->air->timers, &link->procs[which].timer);
}

static void version_done(struct qa_link *link)
{
	uint8_t p[8] = {QB_HCI_E_SUCCESS};

	qa_proc_end(link, QA_PROC_VERSION);
	qb_put_le16(p + 1, link->handle);
	p[3] = QA_VERSION;
	qb_put_le16(p + 4, QA_MANUFACTURER);
	qb_put_le16(p + 6, QA_SUBVERSION);
	qa_event(link->c, QB_HCI_EV_READ_REMOTE_VERSION, p, sizeof(p));
}

/* Starts a procedure that a host may have under way once at a time. */
static uint8_t begin(struct qa_cmd *cmd, enum qa_procedure which, unsigned events,
                     void (*fn)(struct qa_link *link))
{
	struct qa_link *link = qa_link_of(cmd);

	if (!link)
		return QB_HCI_E_UNKNOWN_CONN;
	if (link->procs[which].active)
		return QB_HCI_E_DISALLOWED;
	qa_cmd_accept(cmd);
	qa_proc_start(link, which, events, fn);
	return QB_HCI_E_SUCCESS;
}

QA_COMMAND(read_remote_version)
{
	return begin(cmd, QA_PROC_VERSION, 2, version_done);
}

static void features_done(struct qa_link *link)
{
	uint8_t p[11] = {QB_HCI_E_SUCCESS};

	qa_proc_end(link, QA_PROC_FEATURES);
	qb_put_le16(p + 1, link->handle);
	qb_put_le64(p + 3, qa_features(link->peer->c));
	qa_le_event(link->c, QB_HCI_LE_REMOTE_FEATURES, p, sizeof(p));
}

QA_COMMAND(le_read_remote_features)
{
	return begin(cmd, QA_PROC_FEATURES, 2, features_done);
}

static void length_event(struct qa_link *link)
{
	uint8_t p[10];

	qb_put_le16(p, link->handle);
	qb_put_le16(p + 2, link->eff_tx_octets);
	qb_put_le16(p + 4, link->eff_tx_time);
	qb_put_le16(p + 6, link->eff_rx_octets);
	qb_put_le16(p + 8, link->eff_rx_time);
	qa_le_event(link->c, QB_HCI_LE_DATA_LEN_CHANGE, p, sizeof(p));
}

/* One direction: what the sender's host wants, as far as its time allows, and the radios can. */
static bool set_direction(struct qa_link *from, struct qa_link *to)
{
	uint16_t time = from->tx_time < QA_DATA_TIME_MAX ? from->tx_time : QA_DATA_TIME_MAX;
	uint16_t octets = from->tx_octets;
	bool changed;

	if (octets > time / 8 - AIR_OVERHEAD)
		octets = time / 8 - AIR_OVERHEAD;
	changed = octets != from->eff_tx_octets || time != from->eff_tx_time;
	from->eff_tx_octets = to->eff_rx_octets = octets;
	from->eff_tx_time = to->eff_rx_time = time;
	return changed;
}

static void length_done(struct qa_link *link)
{
	bool changed = set_direction(link, link->peer);

	qa_proc_end(link, QA_PROC_LENGTH);
	changed |= set_direction(link->peer, link);
	if (!changed)
		return;
	length_event(link);
	length_event(link->peer);
}

/* The controllers exchange lengths by themselves when a default says more than the minimum. */
void qa_length_start(struct qa_link *link)
{
	if (link->tx_octets > QA_DATA_OCTETS_MIN || link->peer->tx_octets > QA_DATA_OCTETS_MIN)
		qa_proc_start(link, QA_PROC_LENGTH, 2, length_done);
}

static bool length_valid(uint16_t octets, uint16_t time)
{
	return octets >= QA_DATA_OCTETS_MIN && octets <= QA_DATA_OCTETS_MAX &&
	       time >= QA_DATA_TIME_MIN && time <= TIME_LIMIT;
}

QA_COMMAND(le_set_data_len)
{
	struct qa_link *link = qa_link_of(cmd);
	uint16_t octets = qb_get_le16(cmd->p + 2), time = qb_get_le16(cmd->p + 4);

	if (!link)
		return QB_HCI_E_UNKNOWN_CONN;
	if (!length_valid(octets, time))
		return QB_HCI_E_INVALID_PARAM;
	link->tx_octets = octets;
	link->tx_time = time;
	qa_cmd_accept(cmd);
	qa_proc_start(link, QA_PROC_LENGTH, 2, length_done);
	return QB_HCI_E_SUCCESS;
}

QA_COMMAND(le_read_def_data_len)
{
	qb_put_le16(cmd->ret, cmd->c->def_tx_octets);
	qb_put_le16(cmd->ret + 2, cmd->c->def_tx_time);
	return QB_HCI_E_SUCCESS;
}

QA_COMMAND(le_write_def_data_len)
{
	uint16_t octets = qb_get_le16(cmd->p), time = qb_get_le16(cmd->p + 2);

	if (!length_valid(octets, time))
		return QB_HCI_E_INVALID_PARAM;
	cmd->c->def_tx_octets = octets;
	cmd->c->def_tx_time = time;
	return QB_HCI_E_SUCCESS;
}

QA_COMMAND(le_read_max_data_len)
{
	qb_put_le16(cmd->ret, QA_DATA_OCTETS_MAX);
	qb_put_le16(cmd->ret + 2, QA_DATA_TIME_MAX);
	qb_put_le16(cmd->ret + 4, QA_DATA_OCTETS_MAX);
	qb_put_le16(cmd->ret + 6, QA_DATA_TIME_MAX);
	return QB_HCI_E_SUCCESS;
}

QA_COMMAND(le_read_phy)
{
	struct qa_link *link = qa_link_of(cmd);

	if (!link)
		return QB_HCI_E_UNKNOWN_CONN;
	cmd->ret[2] = link->tx_phy;
	cmd->ret[3] = link->rx_phy;
	return QB_HCI_E_SUCCESS;
}

/* ALL_PHYS, TX_PHYS and RX_PHYS, as both commands have them (7.8.48 and 7.8.49). */
static uint8_t get_phys(const uint8_t *p, uint8_t *ret_tx, uint8_t *ret_rx)
{
	uint8_t tx = p[0] & NO_TX_WISH ? 0 : p[1], rx = p[0] & NO_RX_WISH ? 0 : p[2];

	if ((!(p[0] & NO_TX_WISH) && !tx) || (!(p[0] & NO_RX_WISH) && !rx))
		return QB_HCI_E_INVALID_PARAM;
	if (p[0] & ~(NO_TX_WISH | NO_RX_WISH) || (tx | rx) & ~PHYS_OURS)
		return QB_HCI_E_UNSUPPORTED;
	*ret_tx = tx;
	*ret_rx = rx;
	return QB_HCI_E_SUCCESS;
}

QA_COMMAND(le_set_def_phy)
{
	return get_phys(cmd->p, &cmd->c->def_tx_phys, &cmd->c->def_rx_phys);
}

/* What both can live with, the fastest first; a side without a wish takes what there is. */
static uint8_t choose_phy(uint8_t wish, uint8_t peer_wish, uint8_t now)
{
	uint8_t both = (wish ? wish : PHYS_OURS) & (peer_wish ? peer_wish : PHYS_OURS);

	if (!both || (!wish && both >> (now - 1) & 1))
		return now;
	return both & QB_PHY_MASK_2M ? QB_PHY_2M : QB_PHY_1M;
}

static void phy_event(struct qa_link *link)
{
	uint8_t p[5] = {QB_HCI_E_SUCCESS};

	qb_put_le16(p + 1, link->handle);
	p[3] = link->tx_phy;
	p[4] = link->rx_phy;
	qa_le_event(link->c, QB_HCI_LE_PHY_UPDATE_COMPLETE, p, sizeof(p));
}

static void phy_done(struct qa_link *link)
{
	struct qa_link *peer = link->peer;
	uint8_t tx = choose_phy(link->tx_phys, peer->rx_phys, link->tx_phy);
	uint8_t rx = choose_phy(link->rx_phys, peer->tx_phys, link->rx_phy);
	bool changed = tx != link->tx_phy || rx != link->rx_phy;

	qa_proc_end(link, QA_PROC_PHY);
	link->tx_phy = peer->rx_phy = tx;
	link->rx_phy = peer->tx_phy = rx;
	phy_event(link);
	if (changed)
		phy_event(peer);
}

QA_COMMAND(le_set_phy)
{
	struct qa_link *link = qa_link_of(cmd);
	uint8_t status;

	if (!link)
		return QB_HCI_E_UNKNOWN_CONN;
	if (link->procs[QA_PROC_PHY].active)
		return QB_HCI_E_DISALLOWED;
	status = get_phys(cmd->p + 2, &link->tx_phys, &link->rx_phys);
	if (status != QB_HCI_E_SUCCESS)
		return status;
	return begin(cmd, QA_PROC_PHY, 8, phy_done);
}
