/* SPDX-License-Identifier: MIT */
/* qble-air: virtual Bluetooth LE controllers for hosts that have no hardware. */
#include "server.h"

int main(int argc, char **argv)
{
	struct options options;
	int end = options_parse(&options, argc, argv);

	return end ? end - 1 : server_run(&options);
}
