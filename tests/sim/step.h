/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What happens in a simulation, one step after the other, and the text that it is kept as. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define SIM_ARGS_MAX  6
#define SIM_STEPS_MAX 400000

enum sim_op {
	/* Roles. */
	SIM_SERVER_INIT,
	SIM_SERVER_RELEASE,
	SIM_CLIENT_INIT,
	SIM_CLIENT_RELEASE,
	SIM_START,
	SIM_STOP,
	SIM_STATUS,
	SIM_ADDRESS,
	/* Advertising, scanning, links. */
	SIM_ADV_PARAM,
	SIM_ADV_DATA,
	SIM_ADV_RSP,
	SIM_ADV_START,
	SIM_ADV_STOP,
	SIM_SCAN_PARAM,
	SIM_SCAN_FILTER,
	SIM_SCAN_START,
	SIM_SCAN_STOP,
	SIM_ACCEPT_ADD,
	SIM_ACCEPT_REMOVE,
	SIM_ACCEPT_CLEAR,
	SIM_CONNECT,
	SIM_CANCEL,
	SIM_DISCONNECT,
	SIM_UPDATE,
	SIM_RSSI,
	/* Services. */
	SIM_NAME,
	SIM_ADD_SERVICE,
	SIM_ADD_CHARA,
	SIM_ADD_VALUE,
	SIM_ADD_DESC,
	SIM_ADD_MANY,
	SIM_PUBLISH,
	SIM_CLEAR,
	SIM_CHANGE,
	SIM_GET_HANDLE,
	/* Values to a client. */
	SIM_NOTIFY,
	SIM_INDICATE,
	/* Client calls. */
	SIM_MTU,
	SIM_SERVICES,
	SIM_BY_UUID,
	SIM_INCLUDES,
	SIM_CHARAS,
	SIM_DESCS,
	SIM_READ_UUID,
	SIM_READ_CHARA,
	SIM_READ_DESC,
	SIM_READ_MULTI,
	SIM_WRITE_CHARA,
	SIM_WRITE_NO_RSP,
	SIM_WRITE_DESC,
	/* Faults. */
	SIM_FAULT_WEATHER,
	SIM_FAULT_DROP,
	SIM_FAULT_MUTE,
	SIM_FAULT_FAIL,
	SIM_FAULT_AWAY,
	SIM_FAULT_STALL,
	SIM_FAULT_SLOW,
	SIM_FAULT_UNPLUG,
	SIM_FAULT_RESTART,
	SIM_FAULT_ABANDON,
	SIM_N_OPS,
};

#define SIM_FAULTS   SIM_FAULT_WEATHER
#define SIM_N_FAULTS (SIM_N_OPS - SIM_FAULTS)

/* What came of a step, beside the API's errors. */
enum { SIM_NO_OUTCOME = -2, SIM_ON_ITS_WAY = -1 };

struct sim_step {
	uint64_t at; /* microseconds */
	uint32_t args[SIM_ARGS_MAX];
	uint8_t host, op;
	int8_t outcome;
};

struct sim_op_def {
	const char *name;
	const char *args[SIM_ARGS_MAX]; /* up to the first NULL */
};

extern const struct sim_op_def sim_ops[SIM_N_OPS];

/* One line, "1.250000 h0 connect peer=2", with what came of it behind a #. */
void sim_step_print(FILE *file, const struct sim_step *step, const char *prefix);
/* False if a line is no step. */
bool sim_step_parse(const char *line, struct sim_step *ret);
