# SPDX-License-Identifier: GPL-2.0-or-later
"""The unit: started, killed, frozen, called into life, configured."""
import os
import pwd
import signal
import stat
import subprocess
import time

import dbus

import machine
from contract import BLE
from loop import settle, until
from machine import FIRST, Journal, Library, bus, busctl, qbled, shown, systemctl
from qbled import OBJECT
from tap import Failure, contains, equal

CONFIG = "/etc/qbled/qbled.conf"
GONE, BACK = 0x10000, 0x10001  # of libqble-client
CAP_NET_ADMIN = 1 << 12


def owners():
    """Those who have had the name, from here on."""
    settle()
    names = []
    bus.listen(lambda _name, _old, new: names.append(str(new)), signal_name="NameOwnerChanged",
               dbus_interface="org.freedesktop.DBus", arg0=BLE)
    return names


def test_verify():
    """systemd-analyze finds nothing to say about unit and template, exposed to 1.5 at most"""
    units = "qbled.service", "qbled@hci1.service"
    said = machine.command("systemd-analyze", "verify", "--man=no", *units)
    equal(said, "", "what systemd-analyze verify says")
    # Of 100, 15 is what an exposure of 1.5 is called.
    machine.command("systemd-analyze", "security", "--offline=true", "--threshold=15", *units)


def test_start():
    """systemctl start qbled: it takes hci0 with one capability, as a user of its own"""
    journal = Journal()
    systemctl("start", "qbled")
    machine.ready()
    equal(qbled.get("Controller"), ("hci0", True, ""), "the property Controller")
    pid, text = shown("qbled", "MainPID", "StatusText")
    equal(text, f"Ready on hci0 as {FIRST}.", "the status that systemctl shows")
    with open(f"/proc/{pid}/status", encoding="utf-8") as file:
        process = dict(line.rstrip().split(":\t", 1) for line in file if ":\t" in line)
    user = pwd.getpwnam("qbled")
    equal(set(process["Uid"].split()), {str(user.pw_uid)}, "the user")
    for name in ("CapPrm", "CapEff", "CapBnd"):
        equal(int(process[name], 16), CAP_NET_ADMIN, name)
    equal((process["NoNewPrivs"], process["Seccomp"]), ("1", "2"), "NoNewPrivs and Seccomp")
    state = os.stat("/var/lib/qbled")
    equal(stat.S_IMODE(state.st_mode), 0o700, "the mode of the state folder")
    equal(state.st_uid, user.pw_uid, "the owner of the state folder")
    for name in os.listdir("/var/lib/qbled"):
        mode = stat.S_IMODE(os.stat(f"/var/lib/qbled/{name}").st_mode)
        equal(mode, 0o600, f"the mode of {name} in it")
    lines = journal.messages(machine.READY)
    equal(len(lines), 1, f"entries that it is ready ({lines})")
    contains(lines[0], "hci0", FIRST)
    equal([entry["PRIORITY"] for entry in journal.entries()], ["6"], "the priorities of all")


def test_stop():
    """systemctl stop qbled: its event 1 comes, then its end; nothing is failed"""
    machine.fresh()
    qbled.begin("Server")
    names = owners()
    systemctl("stop", "qbled")
    qbled.expect(1, 0)
    until("that the name is given up", lambda: names == [""])
    equal(shown("qbled", "Result", "ExecMainStatus"), ["success", "0"], "how the unit ended")


def test_hung():
    """Stopped while its controller hangs: systemctl shows what it waits for, and it ends"""
    machine.fresh()
    qbled.begin("Server")
    qbled.call("SetAdvData", bytes([2, 1, 6]))
    qbled.call("AdvStart")
    systemctl("kill", "--signal=SIGSTOP", "btvirt")
    try:
        systemctl("stop", "--no-block", "qbled")
        until("its status", lambda: machine.status_text() == "Ending its links.")
        until("its end", lambda: shown("qbled", "ActiveState") == "inactive")
        equal(shown("qbled", "Result", "ExecMainStatus"), ["success", "0"], "how the unit ended")
    finally:
        systemctl("restart", "btvirt")


def brought_back(how, result):
    """What everybody sees when the daemon falls and systemd brings it back."""
    machine.fresh()
    restarts = int(shown("qbled", "NRestarts"))
    names, library = owners(), Library()
    qbled.begin("Server")
    # It waits for an event, and must not wait for ever.
    waiting = bus.start(BLE, OBJECT, f"{BLE}.Extended", "WaitEvents", "tuu", dbus.UInt64(2),
                        dbus.UInt32(1), dbus.UInt32(60000))
    os.kill(int(shown("qbled", "MainPID")), how)
    until("that systemd brings it back", lambda: names and names[-1])
    equal([bool(name) for name in names], [False, True], "the name is given up, then owned again")
    until("an answer for the one who waited", lambda: waiting)
    if not isinstance(waiting[0], dbus.DBusException):
        raise Failure(f"who waited got {waiting[0]}")
    equal(waiting[0].get_dbus_name(), "org.freedesktop.DBus.Error.NoReply", "his error")
    until("that libqble-client tells of the end and the return",
          lambda: GONE in library.heard() and BACK in library.ids)
    if library.ids.index(GONE) > library.ids.index(BACK):
        raise Failure(f"libqble-client told of {library.ids}")
    machine.ready()
    equal(library.call("qble_get_status"), 0, "the status after the restart")
    library.free()
    equal(int(shown("qbled", "NRestarts")) - restarts, 1, "restarts")
    said = machine.command("journalctl", "--quiet", "--output=cat", "--lines=20",
                           "UNIT=qbled.service")
    contains(said, f"Failed with result '{result}'")


def test_killed():
    """kill -9: systemd brings it back, who waits gets an error, and libqble-client tells"""
    brought_back(signal.SIGKILL, "signal")


def test_frozen():
    """SIGSTOP: the watchdog ends it, systemd brings it back, and its callers are told"""
    brought_back(signal.SIGSTOP, "watchdog")


def test_log_level():
    """systemctl service-log-level qbled debug works, and is refused to be nonsense"""
    machine.fresh()
    equal(systemctl("service-log-level", "qbled"), "info", "the level at the start")
    systemctl("service-log-level", "qbled", "debug")
    equal(systemctl("service-log-level", "qbled"), "debug", "the level")
    try:
        bus.set(BLE, "/org/freedesktop/LogControl1", "org.freedesktop.LogControl1", "LogLevel",
                "loud")
    except dbus.DBusException as error:
        contains(error.get_dbus_message(), "'loud' is no log level", "debug")
    else:
        raise Failure("the level may be 'loud'")


def test_activation():
    """A call starts the unit while it is enabled, and only then"""
    systemctl("stop", "qbled")
    busctl("call", BLE, OBJECT, BLE, "GetStatus", status=1)
    equal(shown("qbled", "ActiveState"), "inactive", "the unit after a call while it is disabled")
    systemctl("enable", "qbled")
    try:
        equal(busctl("call", BLE, OBJECT, BLE, "GetStatus"), "i 0", "the answer while enabled")
        equal(shown("qbled", "ActiveState"), "active", "the unit after that call")
    finally:
        systemctl("disable", "qbled")
    systemctl("stop", "qbled")
    busctl("call", BLE, OBJECT, BLE, "GetStatus", status=1)
    equal(shown("qbled", "ActiveState"), "inactive", "the unit once it is disabled again")


def configured(text):
    """The unit started with that configuration: its state, exit status, restarts, own lines."""
    systemctl("stop", "qbled")
    os.makedirs(os.path.dirname(CONFIG), exist_ok=True)
    with open(CONFIG, "w", encoding="utf-8") as file:
        file.write(text)
    journal = Journal()
    try:
        done = subprocess.run(["systemctl", "start", "qbled"], check=False,
                                      capture_output=True)
        lines = [entry["MESSAGE"] for entry in journal.entries()]
        return done.returncode, shown("qbled", "ExecMainStatus"), lines
    finally:
        os.remove(CONFIG)


def test_configuration():
    """A wrong key and a wrong value: each named with its line, no restart that would not help"""
    code, status, lines = configured("# Ours\n[Ble]\nmtu=1000\n\n[Log]\ncolour=blue\n")
    equal((code != 0, status), (True, "2"), "the failure, and the exit status")
    equal(lines, [f"{CONFIG}:3: mtu=1000 in [Ble]: the value is not a number from 23 to 517",
                  f"{CONFIG}:6: there is no key 'colour' in [Log]"], "what the journal has")
    time.sleep(1)
    equal(shown("qbled", "ActiveState", "NRestarts"), ["failed", "0"], "the unit a second later")
    systemctl("reset-failed", "qbled")
    code, _, lines = configured("[Log]\nlevel=warning\n")
    equal((code, lines), (0, []), "a right configuration, which says less")


TESTS = [test_verify, test_start, test_stop, test_hung, test_killed, test_frozen,
         test_log_level, test_activation, test_configuration]
