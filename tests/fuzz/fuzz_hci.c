/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Events of a controller that lies, while the host advertises, scans, has links and waits for one
 * more. Every event comes in its right form with fields of the input's, cut, too long, or as mere
 * octets; commands are answered with whatever status. Every call ends, events keep their order, and
 * nothing is left.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "api.h"

/* The fixed length of an event and where its connection handle is (0: it has none). */
struct form {
	uint8_t code, subevent, len, handle;
};

static const struct form forms[] = {
        {QB_HCI_EV_DISCONNECT_COMPLETE, 0, 4, 1},
        {QB_HCI_EV_ENCRYPT_CHANGE, 0, 4, 1},
        {QB_HCI_EV_READ_REMOTE_VERSION, 0, 8, 1},
        {QB_HCI_EV_COMMAND_COMPLETE, 0, 8, 0},
        {QB_HCI_EV_COMMAND_STATUS, 0, 4, 0},
        {QB_HCI_EV_HARDWARE_ERROR, 0, 1, 0},
        {QB_HCI_EV_NUM_COMPLETED, 0, 9, 1},
        {QB_HCI_EV_BUFFER_OVERFLOW, 0, 1, 0},
        {QB_HCI_EV_KEY_REFRESH, 0, 3, 1},
        {QB_HCI_EV_VENDOR, 0, 5, 0},
        {QB_HCI_EV_LE_META, QB_HCI_LE_CONN_COMPLETE, 19, 2},
        {QB_HCI_EV_LE_META, QB_HCI_LE_ADV_REPORT, 40, 0},
        {QB_HCI_EV_LE_META, QB_HCI_LE_CONN_UPDATE_COMPLETE, 10, 2},
        {QB_HCI_EV_LE_META, QB_HCI_LE_REMOTE_FEATURES, 12, 2},
        {QB_HCI_EV_LE_META, QB_HCI_LE_LTK_REQUEST, 13, 1},
        {QB_HCI_EV_LE_META, QB_HCI_LE_CONN_PARAM_REQUEST, 11, 1},
        {QB_HCI_EV_LE_META, QB_HCI_LE_DATA_LEN_CHANGE, 11, 1},
        {QB_HCI_EV_LE_META, QB_HCI_LE_P256_COMPLETE, 66, 0},
        {QB_HCI_EV_LE_META, QB_HCI_LE_DHKEY_COMPLETE, 34, 0},
        {QB_HCI_EV_LE_META, QB_HCI_LE_ENH_CONN_COMPLETE, 31, 2},
        {QB_HCI_EV_LE_META, QB_HCI_LE_DIRECT_ADV_REPORT, 18, 0},
        {QB_HCI_EV_LE_META, QB_HCI_LE_PHY_UPDATE_COMPLETE, 6, 2},
        {QB_HCI_EV_LE_META, QB_HCI_LE_EXT_ADV_REPORT, 60, 0},
        {QB_HCI_EV_LE_META, QB_HCI_LE_SCAN_TIMEOUT, 1, 0},
        {QB_HCI_EV_LE_META, QB_HCI_LE_ADV_SET_TERMINATED, 6, 3},
        {QB_HCI_EV_LE_META, QB_HCI_LE_SCAN_REQUEST_RECEIVED, 9, 0},
        {QB_HCI_EV_LE_META, QB_HCI_LE_CHANNEL_SELECTION, 4, 1},
};

#define N_FORMS (sizeof(forms) / sizeof(forms[0]))

/* Every decoder at every event: those of its own, and others, which have to say no. */
static void decode(uint8_t code, const uint8_t *param, size_t len)
{
	union {
		struct qb_hci_conn_complete conn;
		struct qb_hci_disconnect_complete disconnect;
		struct qb_hci_encrypt_change encrypt;
		struct qb_hci_key_refresh refresh;
		struct qb_hci_remote_version version;
		struct qb_hci_conn_update update;
		struct qb_hci_remote_features features;
		struct qb_hci_ltk_request ltk;
		struct qb_hci_conn_param_request request;
		struct qb_hci_data_len_change data_len;
		struct qb_hci_phy_update phy;
		struct qb_hci_adv_terminated terminated;
	} ev;
	uint8_t *copy = malloc(len ? len : 1);

	/* A copy of its own, so that a read past its end is seen. */
	memcpy(copy, param, len);
	if (code != QB_HCI_EV_LE_META) {
		qb_hci_decode_disconnect_complete(copy, len, &ev.disconnect);
		qb_hci_decode_encrypt_change(copy, len, &ev.encrypt);
		qb_hci_decode_key_refresh(copy, len, &ev.refresh);
		qb_hci_decode_remote_version(copy, len, &ev.version);
	} else {
		unsigned n = qb_hci_decode_conn_complete(copy, len, &ev.conn);

		n += qb_hci_decode_conn_update(copy, len, &ev.update);
		n += qb_hci_decode_remote_features(copy, len, &ev.features);
		n += qb_hci_decode_ltk_request(copy, len, &ev.ltk);
		n += qb_hci_decode_conn_param_request(copy, len, &ev.request);
		n += qb_hci_decode_data_len_change(copy, len, &ev.data_len);
		n += qb_hci_decode_phy_update(copy, len, &ev.phy);
		n += qb_hci_decode_adv_terminated(copy, len, &ev.terminated);
		assert(n <= 1);
	}
	free(copy);
}

/* An event in its form: zeros, a handle that is there, and octets of the input somewhere in it. */
static void well_formed(struct fuzz_api *api, struct fuzz *fuzz, const struct form *form)
{
	uint8_t param[255] = {0}, where = fuzz_octet(fuzz), n = fuzz_octet(fuzz);
	size_t got, len = form->len;
	const uint8_t *p;

	if (form->handle)
		param[form->handle] = where >> 6;
	if (form->code == QB_HCI_EV_NUM_COMPLETED)
		param[0] = 1 + (where >> 5 & 1);
	if (form->subevent == QB_HCI_LE_ADV_REPORT || form->subevent == QB_HCI_LE_EXT_ADV_REPORT)
		param[1] = 1;
	where %= len;
	p = fuzz_octets(fuzz, (n & 0x1fu) < len - where ? (n & 0x1fu) : len - where, &got);
	for (size_t i = 0; i < got; i++)
		param[where + i] = p[i];
	if (form->subevent)
		param[0] = form->subevent;
	/* Cut or longer, which later versions may be. */
	if (n >> 5 == 7)
		len = len * (fuzz_octet(fuzz) & 15) / 16;
	else if (n >> 5 == 6)
		len += fuzz_octet(fuzz) % (sizeof(param) - len + 1);
	decode(form->code, param, len);
	fuzz_controller_event(&api->controller, form->code, param, len);
}

static void answer(struct fuzz_api *api, uint8_t status)
{
	if (api->controller.n_commands)
		fuzz_controller_answer(&api->controller, status);
}

static void step(struct fuzz_api *api, struct fuzz *fuzz)
{
	struct fuzz_controller *controller = &api->controller;
	uint8_t what = fuzz_octet(fuzz);
	const uint8_t *p;
	size_t len;

	if ((what & 0x1f) < N_FORMS) {
		well_formed(api, fuzz, &forms[what & 0x1f]);
		/* Mostly an honest controller in the end, or a call would be all there is to it. */
		if (what < 0x80)
			fuzz_controller_answer_all(controller);
		return;
	}
	switch (what & 0x1f) {
	case 0x1b: fuzz_api_any_call(api, fuzz); break;
	case 0x1c:
		fuzz_api_sleep(api, (uint64_t)fuzz_octet(fuzz) * fuzz_octet(fuzz) * QB_MSEC);
		break;
	case 0x1d: answer(api, fuzz_octet(fuzz)); break;
	case 0x1e:
		if (what & 0x80)
			qb_ble_controller_up(api->ble);
		else
			fuzz_controller_answer_all(controller);
		break;
	default:
		p = fuzz_octets(fuzz, fuzz_octet(fuzz), &len);
		if (what & 0x20)
			fuzz_controller_event(controller, fuzz_octet(fuzz), p, len);
		else
			controller->input(controller->user, p, len);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz fuzz = {data, size};
	struct fuzz_api api;

	fuzz_api_new(&api, fuzz_octet(&fuzz) & 1);
	fuzz_api_set_up(&api);
	fuzz_api_scan_and_dial(&api);
	while (fuzz.left)
		step(&api, &fuzz);
	fuzz_api_end(&api);
	return 0;
}
