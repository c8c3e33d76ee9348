# SPDX-License-Identifier: GPL-2.0-or-later
"""What goes wrong: one line that says what, a hint where there is one, and the exit code."""
import os
import signal
import subprocess
from contextlib import contextmanager

import ctl
from ctl import DEADLINE, Background, eventually, fails, serving, succeeds
from process import Bus
from qbled import Air, Daemon
from tap import Skip, contains, equal, run


@contextmanager
def alone(*options):
    with Air(*options) as air, Daemon(air, "client") as client:
        yield air, client.ready()


def test_wrong_command_lines():
    """Wrong verbs, options, numbers and arguments: exit code 2, before anything is done"""
    env = ctl.environment(DBUS_SYSTEM_BUS_ADDRESS="unix:path=/nowhere")
    for args, says in (
            ((), "there is no verb"),
            (("fly",), "'fly' is no verb"),
            (("--frobnicate", "scan"), "'--frobnicate' is no option"),
            (("scan", "--timeout"), "--timeout needs a value"),
            (("scan", "--json=1"), "'--json=1' is no option with a value"),
            (("--timeout", "soon", "scan"), "--timeout=soon is not a number"),
            (("--timeout=99999999", "scan"), "0..86400"),
            (("--count=-1", "scan"), "--count=-1"),
            (("--interval=5", "advertise"), "20..10240"),
            (("--values", "scan"), "scan does not take"),
            (("--public", "--random", "tree", "x"), "exclude each other"),
            (("tree",), "usage: qblectl tree PEER"),
            (("read", "0"), "usage: qblectl read PEER ATTRIBUTE"),
            (("status", "now"), "usage: qblectl status"),
            (("write", "0", "2a19", "0g"), "'0g' is no value"),
            (("write", "0", "2a19", "00" * 513), "at most 512 octets"),
            (("advertise", "--service=nothing"), "is no UUID"),
            (("advertise", "--name=" + "x" * 30), "1 to 29 bytes"),
            (("call", "Fly"), "there is no method 'Fly'"),
            (("serve", "/nowhere/at/all"), "No such file"),
            (("tree", "--random=1", "x"), "--random=1")):
        fails(None, ctl.USAGE, *args, says=[says, "try 'qblectl --help'"], env=env)


def test_wrong_server_files():
    """A wrong description of a server: the file, the line, and what is wrong with it"""
    service, chara = "[service]\nuuid=180f\n", "[characteristic]\nuuid=2a19\n"
    with alone() as (_, client):
        for text, line, says in (
                ("", None, "there is no [service]"),
                ("name = x\n", 1, "there is no key 'name' before the first section"),
                ("[device]\nname = " + "x" * 30, 2, "no name of 1 to 29 bytes"),
                ("[device]\ninterval = 0\n", 2, "'0' is no interval"),
                ("[device]\ncolour = red\n", 2, "there is no key 'colour' in a device"),
                ("[gadget]\n", 1, "'gadget' is no section"),
                ("[service\n", 1, "'[service' is no section"),
                ("[service]\nuuid\n", 2, "'uuid' is no KEY = VALUE"),
                ("[service]\nuuid = sevice\n", 2, "'sevice' is no UUID"),
                ("[service]\nsecondary = perhaps\n", 2, "no yes or no"),
                ("[service]\n", 1, "the [service] before has no uuid"),
                (chara, 1, "a service comes first"),
                (service + "[descriptor]\n", 3, "a characteristic before its descriptors"),
                (service + chara, 4, "before has no properties"),
                (service + chara + "properties = fly\n", 5, "no list of properties"),
                (service + chara + "value = xyz\n", 5, "'xyz' is no value"),
                (service + chara + "name = two words\n", 5, "no name of one word"),
                ("[service]\nuuid=180f\n" * 33, 65, "32 are the limit")):
            path = client.write("wrong.ini", text)
            where = f"{path}:{line}: " if line else f"{path}: "
            fails(client, ctl.USAGE, "serve", path, says=[where, says])
        equal(client.get("Status"), 0, "BLE after all that")


def test_no_daemon():
    """No daemon on the bus, no bus at all: exit code 3, and how to start it"""
    with Bus() as bus:
        env = ctl.environment(**bus.env)
        for args in (("status",), ("scan",), ("tree", "x"), ("connect", "x"), ("disconnect", "0"),
                     ("monitor",), ("events",), ("call", "GetStatus"), ("log-level",),
                     ("advertise",)):
            fails(None, ctl.NO_DAEMON, *args, env=env,
                  says=["qbled is not running", "systemctl start qbled"])
    env = ctl.environment(DBUS_SYSTEM_BUS_ADDRESS="unix:path=/nowhere")
    fails(None, ctl.NO_DAEMON, "status", env=env,
          says=["cannot use the system bus", "; is dbus running?"])


DENIED = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>system</type><listen>unix:path=%s</listen><auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/><allow own="*"/><allow receive_sender="*"/>
    <allow send_destination="org.freedesktop.DBus"/>
    <deny send_destination="com.quectel.Ble1"/>
  </policy>
</busconfig>
"""


class DenyingBus(Bus):
    def up(self):
        path = self.write("deny.conf", DENIED % self.socket)
        self.start("dbus-daemon", "--nofork", "--nopidfile", f"--config-file={path}")
        eventually("the start of dbus-daemon", lambda: os.path.exists(self.socket))


def test_no_access():
    """A bus that does not let this user call: exit code 4, and who may"""
    with Air() as air, DenyingBus() as bus:
        child = bus.start(ctl.program("QBLED", "daemon", "qbled"),
                          f"--controller={air.controller}", f"--state-dir={bus.file('state')}",
                          f"--config={bus.write('config', '')}", env=bus.env)
        eventually("the controller", lambda: "ready as" in child.log)
        for args in (("status",), ("call", "GetStatus"), ("scan",)):
            fails(None, ctl.NO_ACCESS, *args, env=ctl.environment(**bus.env),
                  says=["does not let this user call qbled", "group qble"])


def test_no_controller():
    """No controller: exit code 5, and where to look"""
    with Daemon("h4:unix:/nowhere", "client") as client:
        fails(client, ctl.NO_CONTROLLER, "scan", says=["'qblectl status' shows the controller"])
        contains(succeeds(client, "status").out, "down: ")


def test_nobody_there():
    """A peer that nobody hears, a link that is none, an address that does not answer"""
    with alone() as (_, client):
        fails(client, ctl.REFUSED, "call", "GattStart",
              says=["'qblectl call ServerInit' or 'ClientInit' comes first"])
        fails(client, ctl.USAGE, "connect", "", says=["'' is no PEER"])
        fails(client, ctl.TIMEOUT, "connect", "Nobody", "--timeout=1",
              says=["an advertisement of 'Nobody'", "--timeout waits longer"])
        fails(client, ctl.TIMEOUT, "tree", "c0:ff:ee:00:00:01", "--random", "--timeout=1",
              says=["the link did not come in time"])
        fails(client, ctl.LINK, "read", "3", "2a19", says=["there is no link 3"])
        fails(client, ctl.LINK, "disconnect", "Nobody", says=["there is no link to 'Nobody'"])
        fails(client, ctl.USAGE, "connect", "Nobody", "--public", says=["'Nobody' is no address"])
        equal(client.get("Status"), 0, "BLE after it")
        equal(succeeds(client, "scan", "--timeout=1", "--json").out, "")


def test_refusals():
    """What the peer refuses is exit code 8, what the daemon refuses is 9, with its words"""
    with Air() as air, Daemon(air, "server") as server:
        server.ready()
        with Daemon(air, "client") as client, serving(server):
            client.ready()
            succeeds(client, "connect", "Thermo")
            fails(client, ctl.PEER, "write", "0", "2a19", "00", says=["Write Not Permitted"])
            fails(client, ctl.PEER, "read", "0", "0x0016", says=["Read Not Permitted"])
            fails(client, ctl.PEER, "read", "0", "0xffff", says=["Invalid Handle"])
            fails(client, ctl.PEER, "read", "0", "2a38", says=["has no '2a38'"])
            fails(client, ctl.PEER, "notify", "0", "2a00", says=["tells nobody of its changes"])
            fails(client, ctl.USAGE, "read", "0", "bogus", says=["'bogus' is no handle"])
            fails(client, ctl.USAGE, "read", "0", "0x0", says=["no handle of 0x0001"])
            fails(client, ctl.REFUSED, "call", "GattStart")
            fails(client, ctl.LINK, "call", "Disconnect", "7", says=["7"])
            fails(client, ctl.USAGE, "call", "SetScanFilter", "7", says=["7"])
            fails(client, ctl.USAGE, "call", "Disconnect", says=["call Disconnect connect_id"])
            fails(client, ctl.USAGE, "call", "Disconnect", "x", says=["connect_id: 'x' is no"])
            fails(client, ctl.USAGE, "call", "Disconnect", "1", "2", says=["usage"])
            fails(client, ctl.USAGE, "call", "SetAdvData", "0", says=["data: '0' is neither"])


def test_vanished_peer():
    """A peer that vanishes ends notify with exit code 7; a daemon that goes ends serve with 3"""
    with Air() as air, Daemon(air, "server") as server:
        server.ready()
        with Daemon(air, "client") as client:
            client.ready()
            service = serving(server)
            with Background(client, "notify", "Thermo", "2a19") as notify, service:
                service.says("subscribes")
                server.qbled.kill()
                equal(notify.process.wait(DEADLINE), ctl.LINK, f"exit code ({notify.output()})")
                contains(notify.output(), "qblectl: the link to the peer ended, reason 0x")
                equal(service.process.wait(DEADLINE), ctl.NO_DAEMON, "exit code of serve")
                contains(service.output(), "qblectl: qbled went away")


def ends_at_once(background):
    """It waits for the daemon, for longer than a signal takes to end it"""
    eventually("its handling of signals",
               lambda: ctl.has_signal(background.process, "Cgt", signal.SIGTERM))
    equal(background.end(), 130, "the exit code after ^C")


def test_hanging_daemon():
    """A daemon that hangs: who waits for it may end that at once, or is told after a while"""
    with alone() as (_, client):
        os.kill(client.qbled.process.pid, signal.SIGSTOP)
        try:
            with Background(client, "status") as waiting, Background(client, "scan") as scanning:
                ends_at_once(waiting)
                ends_at_once(scanning)
            for args in (("status",), ("events",), ("log-level",), ("call", "GetStatus")):
                fails(client, ctl.TIMEOUT, *args, "--timeout=1",
                      says=["qbled did not answer in time; 'systemctl status qbled'"])
        finally:
            os.kill(client.qbled.process.pid, signal.SIGCONT)


def test_long_call():
    """A call that takes its time is ended by a signal"""
    with alone() as (_, client):
        with Background(client, "call", "WaitEvents", "1", "1", "50000") as background:
            ends_at_once(background)
        fails(client, ctl.TIMEOUT, "call", "WaitEvents", "1", "1", "50000", "--timeout=1",
              says=["the answer of WaitEvents did not come in time; --timeout waits longer"])


def test_hangup():
    """A terminal that goes away ends what was begun, as ^C does, but not under nohup"""
    with alone() as (_, client):
        for prefix, ignores in (([], False), (["nohup"], True)):
            # Whoever runs the tests may have signals ignored, as nohup and shells' & do.
            command = ["env", "--default-signal=HUP,INT", *prefix,
                       *ctl.command("scan", "--timeout=0", "--json")]
            with subprocess.Popen(command, env=ctl.environment(client), stdin=subprocess.DEVNULL,
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as scan:
                try:
                    eventually("the scan", lambda: "scanning" in client.get("Activity"))
                    equal(ctl.has_signal(scan, "Ign", signal.SIGHUP), ignores)
                    scan.send_signal(signal.SIGHUP)
                    if ignores:
                        equal("scanning" in client.get("Activity"), True)
                        scan.send_signal(signal.SIGINT)
                    equal(scan.wait(DEADLINE), 0, "the exit code")
                finally:
                    scan.kill()
            equal(client.get("Activity"), ["scan-filter"])


def test_nobody_reads():
    """Output that nobody reads is no error, and neither is it a hang"""
    with alone() as (_, client):
        env = {**ctl.environment(client), "QBLECTL": ctl.program("QBLECTL", "tools", "qblectl")}
        done = subprocess.run(["bash", "-c", "set -o pipefail; \"$QBLECTL\" call | head -n1"],
                              env=env, capture_output=True, text=True, timeout=DEADLINE,
                              check=False)
        equal((done.stdout, done.stderr), ("GattStart\n", ""))


def test_full_disk():
    """Output that cannot be written is an error"""
    if not os.path.exists("/dev/full"):
        raise Skip("no /dev/full here")
    with alone() as (_, client), open("/dev/full", "w", encoding="utf-8") as full:
        done = subprocess.run(ctl.command("status"), env=ctl.environment(client), stdout=full,
                              stderr=subprocess.PIPE, text=True, timeout=DEADLINE, check=False)
        equal(done.returncode, ctl.FAILURE, "the exit code")
        contains(done.stderr, "cannot write the output: No space left")


if __name__ == "__main__":
    run([test_wrong_command_lines, test_wrong_server_files, test_no_daemon, test_no_access,
         test_no_controller, test_nobody_there, test_refusals, test_vanished_peer,
         test_hanging_daemon, test_long_call, test_hangup, test_nobody_reads, test_full_disk])
