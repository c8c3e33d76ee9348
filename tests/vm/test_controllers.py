# SPDX-License-Identifier: GPL-2.0-or-later
"""Controllers that are unplugged, busy, blocked, missing, or more than one."""
import glob
import time

import machine
from bluez import Adapter, BlueZ
from contract import BLE, EXTENDED
from loop import octets, until
from machine import LOST, MISSING, SECOND, Journal, bus, qbled, shown, systemctl
from qbled import OBJECT
from tap import contains, equal

HARDWARE_FAILURE = 0x03  # of the controller's error codes


def without(why):
    """qbled says to all that it has no controller, and why; systemctl shows the same."""
    until(f"that qbled says '{why}'", lambda: why in qbled.get("Controller")[2])
    equal(machine.status_text(), f"No controller: {machine.reason()}", "what systemctl shows")


def test_unplugged():
    """Unplugged and plugged in again: events, errors, the reason; then all works, no restart"""
    machine.fresh()
    journal, pid = Journal(), shown("qbled", "MainPID")
    qbled.begin("Server")
    qbled.call("SetAdvData", bytes([2, 1, 6]))
    qbled.call("AdvStart")
    systemctl("stop", "btvirt")
    try:
        qbled.expect(1, HARDWARE_FAILURE)
        without("there is no controller hci0; 'ls /sys/class/bluetooth' shows those there are")
        contains(qbled.refused("NoController", "GattStart"), "there is no controller hci0")
        qbled.refused("NotStarted", "AdvStart")
    finally:
        systemctl("start", "btvirt")
    machine.ready()
    qbled.call("GattStart")
    qbled.expect(0, 0)
    qbled.call("AdvStart")
    equal(shown("qbled", "MainPID"), pid, "the daemon's process")
    lost = journal.messages(LOST)
    equal(len(lost), 1, f"entries that it is lost ({lost})")
    contains(lost[0], "controller hci0: the controller was unplugged")
    missing = [line for line in journal.messages(MISSING) if "there is no controller" in line]
    equal(len(missing), 1, f"entries that it is missing ({missing})")


def test_replugged():
    """Pulled out and pushed back in one breath: it is hci0 again, and qbled has it"""
    machine.fresh()
    pid = shown("qbled", "MainPID")
    qbled.begin("Server")
    systemctl("restart", "btvirt")
    qbled.expect(1, HARDWARE_FAILURE)
    machine.ready()
    qbled.call("GattStart")
    qbled.expect(0, 0)
    equal(shown("qbled", "MainPID"), pid, "the daemon's process")


def test_up():
    """hci0 up, and nobody has it: it is brought down and taken"""
    systemctl("stop", "qbled", "bluetooth")
    machine.bring_up(0)
    systemctl("start", "qbled")
    machine.ready()


def test_bluetoothd():
    """hci0 in bluetoothd's hands: who has it and what to type; that done, it is taken"""
    systemctl("stop", "qbled")
    systemctl("start", "bluetooth")
    adapter = Adapter(BlueZ(bus), "hci0")
    until("that bluetoothd has hci0", adapter.there)
    adapter.power(True)
    journal = Journal()
    systemctl("start", "qbled")
    without("hci0 is in use")
    contains(machine.reason(), "bluetoothd", "'bluetoothctl power off'",
             "'systemctl stop bluetooth'")
    equal(adapter.get("Powered"), True, "whether bluetoothd still has it")
    # It is tried again meanwhile, and told once.
    time.sleep(1)
    adapter.power(False)
    machine.ready()
    equal(len(journal.messages(MISSING)), 1, f"entries ({journal.messages(MISSING)})")
    equal(shown("bluetooth", "ActiveState"), "active", "bluetoothd")
    until("that bluetoothd has hci1 still", Adapter(adapter.bluez, "hci1").there)
    systemctl("stop", "bluetooth")


def test_blocked():
    """hci0 blocked by rfkill: what to type; unblocked, it is taken"""
    systemctl("stop", "qbled", "bluetooth")
    switch, = glob.glob("/sys/class/bluetooth/hci0/rfkill*/soft")

    def block(value):
        with open(switch, "w", encoding="ascii") as file:
            file.write(value)

    block("1")
    try:
        systemctl("start", "qbled")
        without("hci0 is blocked by rfkill; type 'rfkill unblock bluetooth'")
    finally:
        block("0")
    machine.ready()


def test_missing():
    """No hci7: its daemon runs, and says what there is instead"""
    systemctl("start", "qbled@hci7")
    why = "there is no controller hci7; 'ls /sys/class/bluetooth' shows those there are"
    until("its reason", lambda: machine.status_text("qbled@hci7") == f"No controller: {why}")
    systemctl("stop", "qbled@hci7")


def events(name):
    """The ids of the events that the daemon of that name has had."""
    _, rows = bus.call(name, OBJECT, EXTENDED, "GetEvents", "tu", 0, 100)
    return [row[1] for row in rows]


def test_two():
    """Two daemons, each with its name and controller; one finds and connects the other"""
    machine.fresh()
    systemctl("start", "qbled@hci1")
    client, server = BLE, f"{BLE}.hci1"
    until("that the second is ready", lambda: bus.get(server, OBJECT, EXTENDED, "Address"))
    equal(bus.get(server, OBJECT, EXTENDED, "Address"), SECOND, "its address")
    equal(machine.status_text("qbled@hci1"), f"Ready on hci1 as {SECOND}.",
          "its status")
    for name, role in ((server, "Server"), (client, "Client")):
        bus.call(name, OBJECT, BLE, f"{role}Init")
        bus.call(name, OBJECT, BLE, "GattStart")
        until(f"the start of {name}", lambda name=name: events(name) == [0])
    bus.call(client, OBJECT, BLE, "ScanStart")
    bus.call(server, OBJECT, BLE, "SetAdvData", "ay", octets(bytes([2, 1, 6])))
    bus.call(server, OBJECT, BLE, "AdvStart")
    until("a scan report", lambda: 19 in events(client))
    bus.call(client, OBJECT, BLE, "ScanStop")
    bus.call(client, OBJECT, BLE, "Connect", "uay", 0,
             octets(bytes.fromhex(SECOND.replace(":", ""))))
    until("the link on both sides", lambda: 16 in events(client) and 16 in events(server))
    # The end of one is nothing to the other but the end of a link.
    systemctl("stop", "qbled@hci1")
    until("the end of the link", lambda: 17 in events(client))
    equal(qbled.get("Controller"), ("hci0", True, ""), "the first one's controller")


TESTS = [test_unplugged, test_replugged, test_up, test_bluetoothd, test_blocked, test_missing,
         test_two]
