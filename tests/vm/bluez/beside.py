# SPDX-License-Identifier: GPL-2.0-or-later
"""Two hosts in one machine: each has its controller, and neither is disturbed by the other."""
from bed import OURS, THEIRS, adapter, bluez, qbled, systemctl
from bluez import ADAPTER, Adapter
from loop import settle, until
from tap import contains, equal

ours = Adapter(bluez, OURS)


def test_up():
    """qbled has hci0, bluetoothd has hci1 and does not see hci0"""
    # bluetoothd is told of a controller only while nobody has its user channel.
    systemctl("stop", "bluetooth", "qbled")
    systemctl("start", "qbled")
    qbled.ready()
    systemctl("start", "bluetooth")
    until(f"that bluetoothd has {THEIRS}", adapter.there)
    adapter.power(True)
    equal(ours.there(), False, "whether bluetoothd sees hci0")


def holder():
    """bluetoothd's process, and how often systemd had to start it again."""
    return systemctl("show", "bluetooth", "--property=MainPID,NRestarts,ActiveState")


def test_turns():
    """qbled gives hci0 back when it stops, waits for it while bluetoothd has it, and gets it"""
    before = holder()
    bluez.call(adapter.path, ADAPTER, "StartDiscovery")
    until("that hci1 scans", lambda: adapter.get("Discovering"))
    settle()
    bluez.changes.clear()
    systemctl("stop", "qbled")
    until("that bluetoothd has hci0 back", ours.there)
    ours.power(True)
    equal(ours.get("Address"), "00:AA:01:00:00:00", "hci0's address")
    bluez.call(ours.path, ADAPTER, "StartDiscovery")
    systemctl("start", "qbled")
    why = until("that qbled says why it waits", lambda: qbled.get("Controller")[2])
    contains(why, "hci0 is in use", "bluetoothd", "'bluetoothctl power off'",
             "'systemctl stop bluetooth'")
    qbled.call("ServerInit")
    contains(qbled.refused("NoController", "GattStart"), why)
    qbled.call("ServerRelease")
    equal((ours.get("Powered"), ours.get("Discovering")), (True, True), "hci0 at bluetoothd")
    ours.power(False)
    qbled.ready()
    until("that bluetoothd no longer sees hci0", lambda: not ours.there())
    # All the while the other controller was scanning.
    equal([change for path, interface, change in bluez.changes
           if (path, interface) == (adapter.path, ADAPTER) and
           {"Powered", "Discovering"} & change.keys()], [], "changes of hci1")
    equal(adapter.get("Discovering"), True, "whether hci1 scans")
    bluez.call(adapter.path, ADAPTER, "StopDiscovery")
    equal(holder(), before, "bluetoothd")
    adapter.forget()


FIRST, LAST = [test_up], [test_turns]
