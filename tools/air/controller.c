/* SPDX-License-Identifier: MIT */
/* One controller: how it comes and goes, what its host hands in, its reset and its faults. */
#include "command.h"

#include <errno.h>
#include <stdlib.h>

#define DEFAULT_EVENT_MASK    UINT64_C(0x00001fffffffffff) /* 7.3.1 */
#define DEFAULT_LE_EVENT_MASK UINT64_C(0x1f)               /* 7.8.1 */
#define DEFAULT_RSSI          (-50)

int qa_h4_length(const uint8_t *p, size_t have)
{
	if (!have)
		return 0;
	switch (p[0]) {
	case QB_H4_COMMAND: return have < 4 ? 0 : 1 + QB_HCI_COMMAND_HDR + p[3];
	case QB_H4_ACL: {
		size_t len;

		if (have < 5)
			return 0;
		len = 1 + QB_HCI_ACL_HDR + (size_t)qb_get_le16(p + 3);
		return len > QA_PACKET_MAX ? -1 : (int)len;
	}
	default: return -1;
	}
}

void qa_config_init(struct qa_config *config)
{
	*config = (struct qa_config){
	        .acl_len = QA_DATA_OCTETS_MAX,
	        .acl_buffers = 8,
	        .max_links = 32,
	        .adv_sets = 8,
	        .accept_list = 16,
	        .resolving_list = 16,
	};
}

static bool config_valid(const struct qa_config *config)
{
	return config->acl_len >= QA_DATA_OCTETS_MIN && config->acl_len <= QA_DATA_OCTETS_MAX &&
	       config->acl_buffers && config->max_links && config->max_links <= QA_LINKS_MAX &&
	       config->adv_sets && config->adv_sets <= QA_ADV_SETS_MAX && config->accept_list &&
	       config->resolving_list && config->lie_permille <= 1000;
}

/* Back to the state after power-on (7.3.2): what is on the air ends without a word. */
void qa_controller_reset(struct qa_controller *c)
{
	qa_adv_reset(c);
	qa_scan_reset(c);
	c->init.pending = false;
	qa_listen_update(c);
	qa_links_reset(c);
	qa_acl_reset(c);
	qa_privacy_reset(c);
	c->accept_count = 0;
	c->event_mask = DEFAULT_EVENT_MASK;
	c->le_event_mask = DEFAULT_LE_EVENT_MASK;
	c->has_random = false;
	memset(c->random, 0, sizeof(c->random));
	c->adv_commands = QA_ADV_EITHER;
	memset(c->channel_map, 0xff, 4);
	c->channel_map[4] = 0x1f;
	c->def_tx_octets = QA_DATA_OCTETS_MIN;
	c->def_tx_time = QA_DATA_TIME_MIN;
	c->def_tx_phys = c->def_rx_phys = 0;
}

QA_COMMAND(reset)
{
	qa_controller_reset(cmd->c);
	return QB_HCI_E_SUCCESS;
}

static void answer_late(void *user)
{
	struct qa_controller *c = user;
	uint8_t p[sizeof(c->late[0])];

	memcpy(p, c->late[0], sizeof(p));
	memmove(c->late[0], c->late[1], sizeof(c->late) - sizeof(c->late[0]));
	if (--c->late_count)
		qb_timer_arm(&c->air->timers, &c->answer_timer, c->config.answer_delay_us);
	qa_command(c, p, QB_HCI_COMMAND_HDR + (size_t)p[2]);
}

static void free_memory(struct qa_controller *c)
{
	free(c->sets);
	free(c->accept);
	free(c->resolving);
	free(c->links);
	free(c->spent);
	free(c->acl_bufs);
	free(c->out.data);
	free(c->draining.data);
	free(c);
}

struct qa_controller *qa_controller_new(struct qa_air *air, const struct qa_config *config,
                                        const struct qa_ops *ops, void *user)
{
	struct qa_controller *c;

	if (!config_valid(config))
		return NULL;
	c = calloc(1, sizeof(*c));
	if (!c)
		return NULL;
	c->air = air;
	c->config = *config;
	c->ops = ops;
	c->user = user;
	c->rssi = DEFAULT_RSSI;
	c->sets = calloc(config->adv_sets, sizeof(*c->sets));
	c->accept = calloc(config->accept_list, sizeof(*c->accept));
	c->resolving = calloc(config->resolving_list, sizeof(*c->resolving));
	c->links = calloc(config->max_links, sizeof(*c->links));
	c->spent = calloc(config->max_links, sizeof(*c->spent));
	c->acl_bufs = calloc(config->acl_buffers, sizeof(*c->acl_bufs));
	if (!c->sets || !c->accept || !c->resolving || !c->links || !c->spent || !c->acl_bufs) {
		free_memory(c);
		return NULL;
	}
	for (unsigned i = 0; i < config->adv_sets; i++)
		qa_adv_set_init(&c->sets[i], c, 0);
	qb_list_init(&c->listening);
	qb_list_init(&c->dirty);
	qb_timer_init(&c->answer_timer, answer_late, c);
	qb_list_append(&air->controllers, &c->elem);
	qa_acl_init(c);
	qa_controller_reset(c);
	return c;
}

void qa_controller_free(struct qa_controller *c)
{
	if (!c)
		return;
	qa_controller_reset(c);
	qb_timer_cancel(&c->air->timers, &c->answer_timer);
	qb_list_remove(&c->dirty);
	qb_list_remove(&c->elem);
	free_memory(c);
}

static void command_input(struct qa_controller *c, const uint8_t *p, size_t len)
{
	c->commands++;
	if (!c->muted && c->config.mute_after && c->commands > c->config.mute_after)
		qa_controller_mute(c, true);
	if (c->muted)
		return;
	if (c->config.reset_after && c->commands == c->config.reset_after) {
		qa_controller_fail(c, QB_HCI_E_HARDWARE_FAILURE);
		return;
	}
	if (!c->config.answer_delay_us) {
		qa_command(c, p, len);
		return;
	}
	/* A host that has just started knows nothing of what the last one has asked for. */
	if (c->late_count && qb_get_le16(p) != QB_HCI_RESET)
		qa_warn(c, "command 0x%04x came before the last one was answered", qb_get_le16(p));
	if (c->late_count == sizeof(c->late) / sizeof(c->late[0]))
		return;
	memcpy(c->late[c->late_count++], p, len);
	if (!qb_timer_armed(&c->answer_timer))
		qb_timer_arm(&c->air->timers, &c->answer_timer, c->config.answer_delay_us);
}

int qa_controller_input(struct qa_controller *c, const uint8_t *packet, size_t len)
{
	int want = qa_h4_length(packet, len);

	if (want <= 0 || (size_t)want != len)
		return -EBADMSG;
	if (packet[0] == QB_H4_COMMAND)
		command_input(c, packet + 1, len - 1);
	else if (!c->muted)
		qa_acl_input(c, packet + 1, len - 1);
	qa_air_flush(c->air);
	return 0;
}

void qa_controller_ready(struct qa_controller *c)
{
	c->blocked = false;
	if (qb_list_empty(&c->dirty))
		qb_list_append(&c->air->dirty, &c->dirty);
	qa_air_flush(c->air);
}

bool qa_controller_blocked(const struct qa_controller *c)
{
	return c->blocked;
}

/* Firmware that hangs is not on the air either. */
void qa_controller_mute(struct qa_controller *c, bool mute)
{
	c->muted = mute;
	if (mute)
		qa_links_lose(c);
	else
		c->config.mute_after = 0;
}

void qa_controller_fail(struct qa_controller *c, uint8_t code)
{
	qa_event(c, QB_HCI_EV_HARDWARE_ERROR, &code, 1);
	qa_controller_reset(c);
	qa_air_flush(c->air);
}

void qa_controller_drop(struct qa_controller *c)
{
	qa_links_lose(c);
}

void qa_controller_set_away(struct qa_controller *c, bool away)
{
	c->away = away;
	if (away)
		qa_links_lose(c);
}

void qa_controller_set_rssi(struct qa_controller *c, int8_t dbm)
{
	c->rssi = dbm;
}

void qa_controller_set_lie(struct qa_controller *c, uint16_t permille)
{
	c->config.lie_permille = permille > 1000 ? 1000 : permille;
}

int qa_controller_raw(struct qa_controller *c, const uint8_t *packet, size_t len)
{
	if (!len || !qa_out_put(c, packet, len))
		return -EINVAL;
	qa_air_flush(c->air);
	return 0;
}

void qa_controller_status(const struct qa_controller *c, struct qa_status *ret)
{
	*ret = (struct qa_status){
	        .links = c->link_count,
	        .advertising = qa_adv_enabled(c),
	        .acl_used = c->acl_used,
	        .scanning = c->scan.enabled,
	        .initiating = c->init.pending,
	        .muted = c->muted,
	        .away = c->away,
	        .blocked = c->blocked,
	        .commands = c->commands,
	        .acl_from_host = c->acl_from_host,
	        .acl_to_host = c->acl_to_host,
	        .reports_dropped = c->reports_dropped,
	};
	memcpy(ret->address, c->config.address, sizeof(ret->address));
	memcpy(ret->random_address, c->random, sizeof(ret->random_address));
}
