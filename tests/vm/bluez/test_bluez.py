# SPDX-License-Identifier: GPL-2.0-or-later
"""qbled and bluetoothd in one machine, a controller for each, nothing else in between."""
import bed
import as_client
from tap import run

bed.up()
run(as_client.TESTS)
