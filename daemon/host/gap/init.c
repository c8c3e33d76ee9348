/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From a controller in any state to one that is ready: the fewest commands that tell what it is
 * and set what we need (Core 5.4, Vol 4, Part E, 3.1 and 7).
 */
#include "host/gap/gap-internal.h"

/* Event mask (7.3.1): these bits, and LE Meta (61). */
#define MASK_DISCONNECT     (UINT64_C(1) << 4)
#define MASK_ENCRYPT        (UINT64_C(1) << 7)
#define MASK_REMOTE_VERSION (UINT64_C(1) << 11)
#define MASK_HW_ERROR       (UINT64_C(1) << 15)
#define MASK_KEY_REFRESH    (UINT64_C(1) << 47)
#define MASK_LE_META        (UINT64_C(1) << 61)

/* Bits of the LE event mask (7.8.1) are the subevent codes less one. */
#define LE_BIT(subevent) (UINT64_C(1) << ((subevent)-1))

static uint8_t event_mask(struct qb_host *host, uint8_t *p)
{
	qb_put_le64(p, MASK_DISCONNECT | MASK_ENCRYPT | MASK_REMOTE_VERSION | MASK_HW_ERROR |
	                       MASK_KEY_REFRESH | MASK_LE_META);
	return 8;
}

static uint8_t le_event_mask(struct qb_host *host, uint8_t *p)
{
	uint64_t mask = LE_BIT(QB_HCI_LE_CONN_COMPLETE) | LE_BIT(QB_HCI_LE_ADV_REPORT) |
	                LE_BIT(QB_HCI_LE_CONN_UPDATE_COMPLETE) | LE_BIT(QB_HCI_LE_REMOTE_FEATURES) |
	                LE_BIT(QB_HCI_LE_LTK_REQUEST);

	/* A controller may refuse bits of what it does not have. */
	if (qb_host_has_command(host, QB_HCI_CMD_LE_CONN_PARAM_REPLY))
		mask |= LE_BIT(QB_HCI_LE_CONN_PARAM_REQUEST);
	if (qb_host_has_command(host, QB_HCI_CMD_LE_SET_DATA_LEN))
		mask |= LE_BIT(QB_HCI_LE_DATA_LEN_CHANGE);
	if (qb_host_has_command(host, QB_HCI_CMD_LE_SET_RESOLVE_ENABLE))
		mask |= LE_BIT(QB_HCI_LE_ENH_CONN_COMPLETE) | LE_BIT(QB_HCI_LE_DIRECT_ADV_REPORT);
	if (qb_host_has_command(host, QB_HCI_CMD_LE_SET_PHY))
		mask |= LE_BIT(QB_HCI_LE_PHY_UPDATE_COMPLETE);
	if (host->gap.extended)
		mask |= LE_BIT(QB_HCI_LE_EXT_ADV_REPORT) | LE_BIT(QB_HCI_LE_ADV_SET_TERMINATED) |
		        LE_BIT(QB_HCI_LE_ENH_CONN_COMPLETE);
	qb_put_le64(p, mask);
	return 8;
}

static uint8_t random_addr(struct qb_host *host, uint8_t *p)
{
	memcpy(p, host->static_addr.b, 6);
	return 6;
}

static uint8_t data_len(struct qb_host *host, uint8_t *p)
{
	qb_put_le16(p, QB_DATA_OCTETS_MAX);
	qb_put_le16(p + 2, QB_DATA_TIME_MAX);
	return 4;
}

static uint8_t phy(struct qb_host *host, uint8_t *p)
{
	p[1] = p[2] = QB_PHY_MASK_1M | QB_PHY_MASK_2M;
	return 3;
}

static bool read_commands(struct qb_host *host, const uint8_t *ret, size_t len)
{
	memcpy(host->commands, ret, sizeof(host->commands));
	host->gap.extended = qb_host_has_command(host, QB_HCI_CMD_LE_SET_EXT_ADV_PARAM) &&
	                     qb_host_has_command(host, QB_HCI_CMD_LE_SET_EXT_SCAN_PARAM) &&
	                     qb_host_has_command(host, QB_HCI_CMD_LE_EXT_CREATE_CONN);
	return true;
}

static bool read_features(struct qb_host *host, const uint8_t *ret, size_t len)
{
	memcpy(host->features, ret, sizeof(host->features));
	return true;
}

static bool read_address(struct qb_host *host, const uint8_t *ret, size_t len)
{
	host->public_addr.type = QB_ADDR_PUBLIC;
	memcpy(host->public_addr.b, ret, sizeof(host->public_addr.b));
	return true;
}

static bool read_le_buffers(struct qb_host *host, const uint8_t *ret, size_t len)
{
	qb_acl_set_buffers(&host->hci, qb_get_le16(ret), ret[2]);
	return true;
}

/* A controller without buffers of its own for LE shares the ones of BR/EDR (7.8.2). */
static bool le_has_buffers(const struct qb_host *host)
{
	return host->hci.acl.mtu && host->hci.acl.total;
}

static bool read_buffers(struct qb_host *host, const uint8_t *ret, size_t len)
{
	qb_acl_set_buffers(&host->hci, qb_get_le16(ret), qb_get_le16(ret + 3));
	return le_has_buffers(host);
}

static const struct step {
	uint16_t opcode;
	/* Skipped unless the controller has this command; 0: always sent. */
	unsigned command;
	/* Skipped if this is true. */
	bool (*needless)(const struct qb_host *host);
	uint8_t (*fill)(struct qb_host *host, uint8_t *param);
	/* Takes the return parameters after the status, of which there are at least `returns`. */
	bool (*take)(struct qb_host *host, const uint8_t *ret, size_t len);
	size_t returns;
	bool required;
} steps[] = {
        {.opcode = QB_HCI_RESET, .required = true},
        {.opcode = QB_HCI_READ_LOCAL_COMMANDS,
         .take = read_commands,
         .returns = sizeof(((struct qb_host *)0)->commands),
         .required = true},
        {.opcode = QB_HCI_LE_READ_LOCAL_FEATURES, .take = read_features, .returns = 8},
        {.opcode = QB_HCI_READ_BD_ADDR, .take = read_address, .returns = 6},
        {.opcode = QB_HCI_LE_READ_BUFFER_SIZE,
         .take = read_le_buffers,
         .returns = 3,
         .required = true},
        {.opcode = QB_HCI_READ_BUFFER_SIZE,
         .needless = le_has_buffers,
         .take = read_buffers,
         .returns = 7,
         .required = true},
        {.opcode = QB_HCI_SET_EVENT_MASK, .fill = event_mask},
        {.opcode = QB_HCI_LE_SET_EVENT_MASK, .fill = le_event_mask, .required = true},
        {.opcode = QB_HCI_LE_SET_RANDOM_ADDR, .fill = random_addr},
        {.opcode = QB_HCI_LE_WRITE_DEF_DATA_LEN,
         .command = QB_HCI_CMD_LE_WRITE_DEF_DATA_LEN,
         .fill = data_len},
        {.opcode = QB_HCI_LE_SET_DEF_PHY, .command = QB_HCI_CMD_LE_SET_DEF_PHY, .fill = phy},
};

#define N_STEPS (sizeof(steps) / sizeof(steps[0]))

static void run(struct qb_host *host);

static void end(struct qb_host *host, uint8_t status)
{
	host->starting = false;
	host->up = !status;
	host->ops->ready(host->user, status);
}

static void on_reply(void *user, uint8_t status, const uint8_t *ret, size_t len)
{
	struct qb_host *host = user;
	const struct step *step = &steps[host->gap.init_step];

	if (status == QB_HCI_ABORTED)
		return; /* whoever gave the controller up says so */
	if (!status && step->take) {
		/* ret begins with the status octet. */
		if (len < 1 + step->returns)
			status = QB_HCI_E_UNSPECIFIED;
		else if (!step->take(host, ret + 1, len - 1))
			status = QB_HCI_E_UNSPECIFIED;
	}
	if (status && step->required) {
		end(host, status);
		return;
	}
	host->gap.init_step++;
	run(host);
}

static void run(struct qb_host *host)
{
	for (; host->gap.init_step < N_STEPS; host->gap.init_step++) {
		const struct step *step = &steps[host->gap.init_step];
		uint8_t param[8] = {0};
		uint8_t len;

		if (step->command && !qb_host_has_command(host, step->command))
			continue;
		if (step->needless && step->needless(host))
			continue;
		len = step->fill ? step->fill(host, param) : 0;
		qb_hci_command(&host->hci, step->opcode, param, len, on_reply, host);
		return;
	}
	end(host, QB_HCI_E_SUCCESS);
}

void qb_gap_init(struct qb_host *host)
{
	host->gap.init_step = 0;
	run(host);
}
