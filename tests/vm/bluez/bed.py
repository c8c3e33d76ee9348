# SPDX-License-Identifier: GPL-2.0-or-later
"""What all stories with bluetoothd begin from: qbled has hci0, bluetoothd has hci1."""
import subprocess

from bluez import Adapter, BlueZ
from caller import Qbled
from loop import Bus
from process import DEADLINE

OURS, THEIRS = "hci0", "hci1"

bus = Bus()
qbled = Qbled(bus)
bluez = BlueZ(bus)
adapter = Adapter(bluez, THEIRS)


def systemctl(*arguments):
    return subprocess.run(["systemctl", *arguments], check=True, capture_output=True, text=True,
                          timeout=DEADLINE).stdout.strip()


def address(of):
    """A controller's address as bluetoothd and people write it, from qbled's octets."""
    return of[::-1].hex(":").upper()
