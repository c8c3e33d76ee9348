/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The steps of a simulation as a table, and as lines of text. */
#include "step.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "ble/error.h"

/* clang-format off */
const struct sim_op_def sim_ops[SIM_N_OPS] = {
	[SIM_SERVER_INIT] = {"server-init"},
	[SIM_SERVER_RELEASE] = {"server-release"},
	[SIM_CLIENT_INIT] = {"client-init"},
	[SIM_CLIENT_RELEASE] = {"client-release"},
	[SIM_START] = {"start"},
	[SIM_STOP] = {"stop"},
	[SIM_STATUS] = {"status"},
	[SIM_ADDRESS] = {"address"},
	[SIM_ADV_PARAM] = {"adv-param", {"min", "max", "type", "addr-type", "filter"}},
	[SIM_ADV_DATA] = {"adv-data", {"kind", "len", "seed"}},
	[SIM_ADV_RSP] = {"adv-rsp", {"kind", "len", "seed"}},
	[SIM_ADV_START] = {"adv-start"},
	[SIM_ADV_STOP] = {"adv-stop"},
	[SIM_SCAN_PARAM] = {"scan-param", {"active", "interval", "window", "filter", "addr-type"}},
	[SIM_SCAN_FILTER] = {"scan-filter", {"once"}},
	[SIM_SCAN_START] = {"scan-start"},
	[SIM_SCAN_STOP] = {"scan-stop"},
	[SIM_ACCEPT_ADD] = {"accept-add", {"peer", "addr-type"}},
	[SIM_ACCEPT_REMOVE] = {"accept-remove", {"peer", "addr-type"}},
	[SIM_ACCEPT_CLEAR] = {"accept-clear"},
	[SIM_CONNECT] = {"connect", {"peer", "addr-type"}},
	[SIM_CANCEL] = {"cancel", {"peer", "addr-type"}},
	[SIM_DISCONNECT] = {"disconnect", {"peer"}},
	[SIM_UPDATE] = {"update", {"peer", "min", "max", "latency", "timeout"}},
	[SIM_RSSI] = {"rssi", {"peer"}},
	[SIM_NAME] = {"name", {"len", "seed"}},
	[SIM_ADD_SERVICE] = {"add-service", {"service", "uuid", "primary"}},
	[SIM_ADD_CHARA] = {"add-chara", {"service", "chara", "properties", "uuid"}},
	[SIM_ADD_VALUE] = {"add-value", {"service", "chara", "permission", "len", "seed"}},
	[SIM_ADD_DESC] = {"add-desc", {"service", "chara", "permission", "uuid", "len", "seed"}},
	[SIM_ADD_MANY] = {"add-many", {"service", "services", "charas", "len"}},
	[SIM_PUBLISH] = {"publish", {"system"}},
	[SIM_CLEAR] = {"clear", {"system"}},
	[SIM_CHANGE] = {"change", {"service", "chara", "len", "seed"}},
	[SIM_GET_HANDLE] = {"get-handle", {"service", "chara"}},
	[SIM_NOTIFY] = {"notify", {"peer", "handle", "len", "times", "seed"}},
	[SIM_INDICATE] = {"indicate", {"peer", "handle", "len", "times", "seed"}},
	[SIM_MTU] = {"mtu", {"peer", "mtu"}},
	[SIM_SERVICES] = {"services", {"peer"}},
	[SIM_BY_UUID] = {"by-uuid", {"peer", "uuid"}},
	[SIM_INCLUDES] = {"includes", {"peer", "start", "end"}},
	[SIM_CHARAS] = {"charas", {"peer", "start", "end"}},
	[SIM_DESCS] = {"descs", {"peer", "start", "end"}},
	[SIM_READ_UUID] = {"read-uuid", {"peer", "start", "end", "uuid"}},
	[SIM_READ_CHARA] = {"read", {"peer", "handle", "offset", "long"}},
	[SIM_READ_DESC] = {"read-desc", {"peer", "handle", "long"}},
	[SIM_READ_MULTI] = {"read-multi", {"peer", "first", "second", "third"}},
	[SIM_WRITE_CHARA] = {"write", {"peer", "handle", "offset", "long", "len", "seed"}},
	[SIM_WRITE_NO_RSP] = {"write-no-rsp", {"peer", "handle", "len", "times", "seed"}},
	[SIM_WRITE_DESC] = {"write-desc", {"peer", "handle", "len", "seed"}},
	[SIM_FAULT_WEATHER] = {"weather", {"loss-permille", "delay-us", "jitter-us"}},
	[SIM_FAULT_DROP] = {"drop-links"},
	[SIM_FAULT_MUTE] = {"mute", {"ms"}},
	[SIM_FAULT_FAIL] = {"hardware-error", {"code"}},
	[SIM_FAULT_AWAY] = {"away", {"ms"}},
	[SIM_FAULT_STALL] = {"stall", {"ms"}},
	[SIM_FAULT_SLOW] = {"slow-reader", {"ms"}},
	[SIM_FAULT_UNPLUG] = {"unplug", {"ms"}},
	[SIM_FAULT_RESTART] = {"restart"},
	[SIM_FAULT_ABANDON] = {"abandon"},
};
/* clang-format on */

void sim_step_print(FILE *file, const struct sim_step *step, const char *prefix)
{
	const struct sim_op_def *def = &sim_ops[step->op];

	fprintf(file, "%s%" PRIu64 ".%06u h%u %s", prefix, step->at / 1000000,
	        (unsigned)(step->at % 1000000), step->host, def->name);
	for (unsigned i = 0; i < SIM_ARGS_MAX && def->args[i]; i++)
		fprintf(file, " %s=%u", def->args[i], step->args[i]);
	if (step->outcome == SIM_ON_ITS_WAY)
		fprintf(file, "  # does not end");
	else if (step->outcome > 0)
		fprintf(file, "  # %s", qb_error_name((enum qb_error)step->outcome));
	fputc('\n', file);
}

static bool parse_args(const struct sim_op_def *def, const char *text, struct sim_step *ret)
{
	for (unsigned i = 0; i < SIM_ARGS_MAX && def->args[i]; i++) {
		size_t len = strlen(def->args[i]);
		char *end;

		text += strspn(text, " ");
		if (strncmp(text, def->args[i], len) || text[len] != '=')
			return false;
		ret->args[i] = (uint32_t)strtoul(text + len + 1, &end, 10);
		if (end == text + len + 1)
			return false;
		text = end;
	}
	text += strspn(text, " ");
	return !*text || *text == '#' || *text == '\n';
}

bool sim_step_parse(const char *line, struct sim_step *ret)
{
	unsigned long long seconds;
	unsigned micros, host;
	char name[32];
	int at = 0;

	*ret = (struct sim_step){.outcome = SIM_NO_OUTCOME};
	if (sscanf(line, "%llu.%6u h%u %31s%n", &seconds, &micros, &host, name, &at) != 4)
		return false;
	ret->at = seconds * 1000000 + micros;
	ret->host = (uint8_t)host;
	for (unsigned op = 0; op < SIM_N_OPS; op++) {
		if (strcmp(sim_ops[op].name, name))
			continue;
		ret->op = (uint8_t)op;
		return parse_args(&sim_ops[op], line + at, ret);
	}
	return false;
}
