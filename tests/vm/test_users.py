# SPDX-License-Identifier: GPL-2.0-or-later
"""Who may call, and who hears a signal: root and the group qble, nobody else."""
import os
import pwd

import dbus

import machine
from contract import BLE, EXTENDED
from loop import settle, until
from machine import As, own_bus, qbled, systemctl
from qbled import OBJECT
from tap import equal

DENIED = "org.freedesktop.DBus.Error.AccessDenied"
READY, DONE = "/tmp/listens", "/tmp/told"


def people():
    machine.command("useradd", "--no-create-home", "alice")
    machine.command("useradd", "--no-create-home", "--groups=qble", "bob")


def touch(path):
    with open(path, "x", encoding="utf-8"):
        pass


def calls(names):
    """The error of each call that is made, with its text, or None."""
    bus, errors = own_bus(), []
    for name in names:
        for path, interface, method, signature, arguments in (
                (OBJECT, BLE, "GetStatus", "", []),
                (OBJECT, EXTENDED, "GetEvents", "tu", [dbus.UInt64(0), dbus.UInt32(1)]),
                (OBJECT, "org.freedesktop.DBus.Properties", "Get", "ss", [EXTENDED, "Address"]),
                (OBJECT, "org.freedesktop.DBus.Introspectable", "Introspect", "", []),
                ("/org/freedesktop/LogControl1", "org.freedesktop.DBus.Properties", "Get", "ss",
                 ["org.freedesktop.LogControl1", "LogLevel"])):
            try:
                bus.call(name, path, interface, method, signature, *arguments)
                errors.append(None)
            except dbus.DBusException as error:
                errors.append(str(error))
    return errors


def listens():
    """The members of all signals that this user hears of the object, until all are sent."""
    bus, heard = own_bus(), []
    bus.listen(lambda *_, member: heard.append(member), path=OBJECT, member_keyword="member")

    def sync():
        bus.call("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "GetId")

    # Behind the rule at the bus: from here on nothing is missed.
    sync()
    touch(f"{READY}-{pwd.getpwuid(os.getuid()).pw_name}")
    until("the end of it", lambda: os.path.exists(DONE))
    # What the bus has passed on before is here now.
    sync()
    settle()
    return heard


def test_calls():
    """alice is refused each call to either daemon, bob of the group qble is served"""
    machine.fresh()
    systemctl("start", "qbled@hci1")
    names = (BLE, f"{BLE}.hci1")
    errors = As("alice", lambda: calls(names)).get()
    equal([str(error).split(":", maxsplit=1)[0] for error in errors], [DENIED] * 10,
          "what alice got")
    errors = As("bob", lambda: calls(names)).get()
    equal(errors, [None] * 10, "what bob got")
    systemctl("service-log-level", "qbled@hci1", "debug")
    equal(systemctl("service-log-level", "qbled@hci1"), "debug", "the level that root has set")


def test_others():
    """Of other services a member of qble gets nothing more, not even at our object's path"""
    def reach():
        try:
            own_bus().call("org.freedesktop.systemd1", OBJECT, "org.freedesktop.systemd1.Manager",
                           "Anything")
        except dbus.DBusException as error:
            return error.get_dbus_name()

    for name in ("alice", "bob"):
        equal(As(name, reach).get(), DENIED, f"what {name} got")


def test_name():
    """Neither of them can take the daemon's name"""
    systemctl("stop", "qbled")

    def take():
        try:
            return own_bus().connection.request_name(BLE)
        except dbus.DBusException as error:
            return error.get_dbus_name()

    for name in ("alice", "bob"):
        equal(As(name, take).get(), DENIED, f"what {name} got")


def test_signals():
    """alice hears no signal of either daemon, however she asks; bob hears each of them"""
    machine.fresh()
    systemctl("start", "qbled@hci1")
    answers = {}
    for name in ("alice", "bob"):
        answers[name] = As(name, listens)
    until("that both listen", lambda: all(os.path.exists(f"{READY}-{name}") for name in answers))
    for name in (BLE, f"{BLE}.hci1"):
        machine.bus.call(name, OBJECT, BLE, "ServerInit")
        machine.bus.call(name, OBJECT, BLE, "GattStart")
        until(f"the start of {name}",
              lambda name=name: machine.bus.get(name, OBJECT, EXTENDED, "Status") == 1)
    qbled.call("GattStop")
    until("the stop", lambda: qbled.get("Status") == 0)
    touch(DONE)
    equal(answers["alice"].get(), [], "what alice heard")
    heard = answers["bob"].get()
    equal([heard.count(member) for member in ("StartStatusInd", "StopStatusInd")], [2, 1],
          f"the events that bob heard, with {heard}")
    equal("PropertiesChanged" in heard, True, "whether bob heard PropertiesChanged")
    systemctl("stop", "qbled@hci1")


people()
TESTS = [test_calls, test_others, test_name, test_signals]
