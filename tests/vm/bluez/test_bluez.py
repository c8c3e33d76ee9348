# SPDX-License-Identifier: GPL-2.0-or-later
"""qbled and bluetoothd in one machine, a controller for each, nothing else in between."""
import sys

import as_client
import as_server
import beside
import by_hand
from tap import run

STORIES = {"client": as_client.TESTS, "server": as_server.TESTS, "hand": by_hand.TESTS,
           "beside": beside.LAST}
TESTS = beside.FIRST + sum(STORIES.values(), [])

if __name__ == "__main__":
    named = sum((STORIES[name] for name in sys.argv[1:]), [])
    run(beside.FIRST + named if named else TESTS)
