/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The whole API over the whole host, with live links and a database, and everything that is not
 * ours in the hands of the input: what the controller answers and reports, what peers send, what
 * callers ask for, how time passes. Nothing may be written or read out of bounds, every call must
 * end, events keep their order, and nothing may be left when it is over.
 */
#include "api.h"

/* How the controller answers, from the input's first octet. */
enum { LEGACY = 0x01, HONEST = 0x00, HOSTILE = 0x80 };

static void answer(struct fuzz_api *api, struct fuzz *fuzz, uint8_t how)
{
	fuzz_controller_answer(&api->controller, how & HOSTILE ? fuzz_octet(fuzz) : HONEST);
}

/* A well-formed L2CAP frame with anything in it. */
static void sdu(struct fuzz_api *api, struct fuzz *fuzz, uint16_t handle, uint16_t cid, size_t want)
{
	size_t len;
	const uint8_t *data = fuzz_octets(fuzz, want, &len);

	fuzz_controller_sdu(&api->controller, handle, cid, data, len);
}

static void complete(struct fuzz_api *api, uint16_t handle, uint8_t n)
{
	fuzz_controller_event(&api->controller, QB_HCI_EV_NUM_COMPLETED,
	                      (uint8_t[]){1, (uint8_t)handle, 0, n, 0}, 5);
}

static void step(struct fuzz_api *api, struct fuzz *fuzz, uint8_t how)
{
	struct fuzz_controller *controller = &api->controller;
	uint8_t what = fuzz_octet(fuzz);
	uint16_t handle = 1 + (what >> 4 & 1);
	size_t len;
	const uint8_t *data;

	switch (what & 15) {
	case 0:
	case 1:
	case 2:
	case 3: sdu(api, fuzz, handle, QB_L2CAP_CID_ATT, fuzz_octet(fuzz) >> (what >> 6)); break;
	case 4: sdu(api, fuzz, handle, QB_L2CAP_CID_SIGNALLING, fuzz_octet(fuzz) & 31); break;
	case 5: sdu(api, fuzz, handle, QB_L2CAP_CID_SMP, fuzz_octet(fuzz) & 127); break;
	case 6:
		data = fuzz_octets(fuzz, fuzz_octet(fuzz), &len);
		fuzz_controller_acl(controller, (uint16_t)(handle | (what >> 5 & 3) << 12), data,
		                    len);
		break;
	case 7: {
		uint8_t code = what & 0x20 ? QB_HCI_EV_LE_META : fuzz_octet(fuzz);

		data = fuzz_octets(fuzz, fuzz_octet(fuzz), &len);
		fuzz_controller_event(controller, code, data, len);
		break;
	}
	case 8:
		data = fuzz_octets(fuzz, fuzz_octet(fuzz), &len);
		controller->input(controller->user, data, len);
		break;
	case 9:
	case 10: fuzz_api_any_call(api, fuzz); break;
	case 11:
		fuzz_api_sleep(api, (uint64_t)fuzz_octet(fuzz) * fuzz_octet(fuzz) * QB_MSEC);
		break;
	case 12: complete(api, handle, fuzz_octet(fuzz)); break;
	case 13:
		while (controller->n_commands)
			answer(api, fuzz, how);
		break;
	case 14: fuzz_controller_connect(controller, fuzz_octet(fuzz) & 7, what >> 4 & 1); break;
	case 15:
		if (what & 0x40)
			qb_ble_controller_up(api->ble);
		else if (what & 0x20)
			qb_ble_controller_down(api->ble, "unplugged");
		else if (controller->n_commands)
			answer(api, fuzz, how);
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz fuzz = {data, size};
	struct fuzz_api api;
	uint8_t how = fuzz_octet(&fuzz);

	fuzz_api_new(&api, how & LEGACY);
	fuzz_api_set_up(&api);
	while (fuzz.left)
		step(&api, &fuzz, how);
	fuzz_api_end(&api);
	return 0;
}
