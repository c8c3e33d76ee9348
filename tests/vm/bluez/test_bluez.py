# SPDX-License-Identifier: GPL-2.0-or-later
"""qbled and bluetoothd in one machine, a controller for each, nothing else in between."""
import sys

import as_client
import as_server
import bed
from tap import run

STORIES = {"client": as_client.TESTS, "server": as_server.TESTS}

bed.up()
run([test for name in sys.argv[1:] or STORIES for test in STORIES[name]])
