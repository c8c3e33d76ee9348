/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What --controller may be: nonsense is told from what is not there now. */
#include <errno.h>
#include <string.h>

#include "../unit.h"
#include "transport/transport.h"

static char why[QB_WHY_MAX];

/* None of these gets as far as an event loop. */
static int open_spec(const char *spec)
{
	struct qb_transport *transport;

	return qb_transport_open(&transport, NULL, spec, NULL, NULL, why);
}

START_TEST(tty_absent)
{
	ck_assert_int_eq(open_spec("h4:tty:/dev/nonexistent,115200"), -ENOENT);
	ck_assert_msg(strstr(why, "/dev/nonexistent: No such file"), "%s", why);
	ck_assert_int_eq(open_spec("h4:tty:/dev/null,115200"), -ENOTTY);
	ck_assert_msg(strstr(why, "no serial line"), "%s", why);
}
END_TEST

/* What can never be a controller is told from what is not there now. */
START_TEST(wrong_specs)
{
	static const char *const specs[] = {
	        "",
	        "usb0",
	        "hci",
	        "hcix",
	        "hci-1",
	        "hci 0",
	        "hci65535",
	        "hci99999999999999999999",
	        "hci0x",
	        "h4:",
	        "h4:unix:",
	        "h4:pipe:/x",
	        "h4:tcp:",
	        "h4:tcp:host",
	        "h4:tcp:host:",
	        "h4:tcp::1",
	        "h4:tcp:host:0",
	        "h4:tcp:host:65536",
	        "h4:tcp:host:http",
	        "h4:tcp:host:1x",
	        "h4:tcp:host:-1",
	        "h4:tcp:[]:1",
	        "h4:tty:",
	        "h4:tty:/dev/ttyS0",
	        "h4:tty:,115200",
	        "h4:tty:/dev/ttyS0,",
	        "h4:tty:/dev/ttyS0,fast",
	        "h4:tty:/dev/ttyS0,-1",
	        "h4:tty:/dev/ttyS0,9599",
	        "h4:tty:/dev/ttyS0,12000001",
	        "h4:tty:/dev/ttyS0,99999999999999999999",
	        "h4:tty:/dev/ttyS0,115200,",
	        "h4:tty:/dev/ttyS0,115200,none",
	        "h4:tty:/dev/ttyS0,115200,noflow,flow",
	};
	char longest[600] = "h4:tcp:";

	for (size_t i = 0; i < sizeof(specs) / sizeof(specs[0]); i++) {
		why[0] = '\0';
		ck_assert_msg(open_spec(specs[i]) == -EINVAL, "taken: '%s'", specs[i]);
		ck_assert_msg(why[0], "nothing said about '%s'", specs[i]);
	}
	memset(longest + 7, 'x', 500);
	ck_assert_int_eq(open_spec(longest), -EINVAL);
	memcpy(longest, "h4:tty:", 7);
	strcpy(longest + 507, ",9600");
	ck_assert_int_eq(open_spec(longest), -EINVAL);
	memcpy(longest, "h4:unix:", 8);
	ck_assert_int_eq(open_spec(longest), -EINVAL);
	ck_assert_msg(strstr(why, "504 characters"), "%s", why);
}
END_TEST

UNIT_MAIN("transport_specs", wrong_specs, tty_absent)
