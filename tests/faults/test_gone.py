# SPDX-License-Identifier: GPL-2.0-or-later
"""kill -9 of the daemon, of its callers, of the air and of the bus: who is told what, what is left.

What else is tested of this: what each side sees of a controller that goes, and a daemon's restart,
in tests/e2e/test_controller.py; the bus's end, step by step, in tests/unit/daemon/bus_connection.c;
what the library and the Python module make of a daemon or a bus that goes, in tests/lib/stream.c,
tests/lib/loop.c and tests/python/test_modules.py; systemd's part in tests/vm.
"""
import os
import signal
import subprocess

from contract import BLE, EXTENDED
from meters import Flat
from monitor import Monitor
from process import DEADLINE, program
from qbled import ANY, OBJECT, Air, Daemon, eventually
from tap import Failure, contains, equal, run

ZEROS = bytes(16)
HARDWARE_FAILURE = 3
NO_DAEMON = 3  # qblectl's exit code


def publish(server):
    """Battery Level, notifying, advertised ten times a second; returns its handle."""
    server.ready().call("ServerInit")
    server.call("GattStart")
    server.expect(0)
    server.call("SetAdvParam", 0xA0, 0xA0, 0, 0, 7, 0, 2, 1, 1)
    server.call("AddService", 1, 1, 1, 0x180F, ZEROS)
    server.call("AddChara", 1, 1, 0x12, 1, 0x2A19, ZEROS)
    server.call("AddCharaDesc", 1, 1, 3, 1, 0x2902, ZEROS, bytes(2))
    server.call("AddOrClearService", 1, 1)
    server.call("AdvStart")
    return server.call("GetHandle", 1, 1)


def octets(address):
    return bytes.fromhex(address.replace(":", ""))


def link(server, client):
    """A link between both; returns the value's handle."""
    handle = publish(server)
    client.ready().call("ClientInit")
    client.call("GattStart")
    client.expect(0)
    dial(server, client)
    return handle


def dial(server, client):
    client.call("Connect", 0, octets(server.get("Address")))
    client.expect(16, 0, 0, ANY)
    client.expect(20, 0, 0, 247)
    client.expect(26)
    server.expect(16, 0, 0, ANY)
    server.expect(20, 0, 0, 247)


def qblectl(daemon, *arguments):
    """A qblectl of its own, which the daemon's end does not take with it."""
    return daemon.bus.start(program("QBLECTL", "tools", "qblectl"), *arguments, env=daemon.bus.env)


def busctl_call(daemon, *arguments):
    return subprocess.Popen(["busctl", "--system", "call", BLE, OBJECT, *arguments],
                            env=daemon.env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                            text=True)


class Calls(Monitor):
    """What is called, by name."""

    def __init__(self, bus):
        self.calls = []
        super().__init__(bus)

    def take(self, message):
        super().take(message)
        if message["type"] == "method_call":
            self.calls.append(message["member"])


def test_daemon():
    """The daemon is killed, three times: every caller is told at once, and the address is the same"""
    with Air("--no-public-address") as air, Daemon(air, "server") as server:
        address = server.ready().get("Address")
        for _ in range(3):
            publish(server)
            follower = qblectl(server, "monitor", "--json")
            eventually("its first event", lambda f=follower: "StartStatusInd" in f.log or
                       restart_adv(server))
            seen = Calls(server.bus)
            waiting = busctl_call(server, EXTENDED, "WaitEvents", "tuu", str(server.next), "1",
                                  "60000")
            eventually("the waiting call", lambda s=seen: "WaitEvents" in s.calls)
            # Who comes later has been answered: it waits.
            server.call("GetEvents", 0, 0)
            server.qbled.kill()
            seen.child.end()
            eventually("what the follower says", lambda f=follower: "qbled is gone" in f.log)
            said = waiting.communicate(timeout=DEADLINE)[1]
            equal(waiting.returncode, 1, "the exit status of the call that waited")
            contains(said, "disconnected from message bus without replying")
            if server.busctl("get-property", BLE, OBJECT, EXTENDED, "Version").returncode == 0:
                raise Failure("the name is still on the bus")
            server.relaunch()
            equal(server.ready().get("Address"), address, "the address after the restart")
            eventually("the follower again", lambda f=follower: "qbled is back" in f.log)
            follower.end()
            equal(server.get("Status"), 0, "Status after the restart")
            equal(server.get("Connections"), [], "Connections after the restart")
            equal(server.qbled.log.count("\n"), 1, f"lines of {server.qbled.log!r}")
        equal(os.listdir(server.state), ["identity"], "what is in the state folder")


def restart_adv(server):
    """One more pair of events, for a follower that came late."""
    server.call("GattStop")
    server.expect(1)
    server.call("GattStart")
    server.expect(0)
    return False


def test_caller_in_a_call():
    """Callers are killed in the middle of calls that the controller answers late: nothing is left"""
    with Air("--answer-delay=30") as air, Daemon(air, "server") as server, \
            Daemon(air, "client") as client:
        link(server, client)
        meter = Flat(client.qbled, 512)
        for _ in range(5):
            callers = [busctl_call(client, EXTENDED, "ReadRssi", "u", "0") for _ in range(10)]
            # The controller has been asked, and has not answered.
            equal(client.call("ReadRssi", 0) < 127, True, "the RSSI")
            for caller in callers:
                caller.kill()
                caller.communicate()
        equal(client.call("ReadRssi", 0) < 127, True, "the RSSI, afterwards")
        meter.check("after 50 callers that were killed")
        # Killed between the calls of a procedure that belongs together: the state is the daemon's.
        client.call("Disconnect", 0)
        client.expect(17, 0, 0, ANY)
        server.expect(17, 0, 0, ANY)
        server.call("AdvStart")
        dial(server, client)


def test_subscriber():
    """A subscriber is killed: its link and subscription stay, and another goes on with them"""
    with Air() as air, Daemon(air, "server") as server, Daemon(air, "client") as client:
        handle = link(server, client)
        first = qblectl(client, "notify", "0", "2a19", "--json")
        server.expect(21, 0, 2, b"\1\0", ANY, 0x2902, ANY)
        client.set_aside(26, 27, 28, 29, 32, 33, 35, 37)
        server.call("SendNotification", 0, handle, b"one")
        server.expect(25)
        data = handle.to_bytes(2, "little") + b"one"
        client.expect(23, 0, len(data), data)
        eventually("the first value", lambda: b"one".hex() in first.log)
        first.kill()
        server.call("SendNotification", 0, handle, b"two")
        server.expect(25)
        client.expect(23, 0, len(data), handle.to_bytes(2, "little") + b"two")
        equal(len(client.get("Connections")), 1, "links")
        second = qblectl(client, "monitor", "--json")
        for n in range(200):
            server.call("SendNotification", 0, handle, b"%03d" % n)
            server.expect(25)
            client.expect(23, 0, len(data), handle.to_bytes(2, "little") + b"%03d" % n)
            if (b"%03d" % n).hex() in second.log:
                break
        else:
            raise Failure("nobody heard the second subscriber's values")


def test_air():
    """The air is killed, three times: the same ends each time, and no descriptor is left of it"""
    with Air() as air, Daemon(air, "server") as server, Daemon(air, "client") as client:
        meters = []
        for n in range(3):
            handle = link(server, client)
            for _ in range(10):
                server.call("SendNotification", 0, handle, b"perhaps")
            air.kill()
            for daemon in (server, client):
                daemon.set_aside(23, 25)
                daemon.expect(17, 0, 0, ANY)
                daemon.expect(1, HARDWARE_FAILURE)
                equal(daemon.get("Connections"), [], "Connections")
            # Each send has ended, once; none was heard twice.
            equal(sum(event.id == 25 for event in server.aside), 10, "events 25")
            equal(sum(event.id == 23 for event in client.aside) <= 10, True, "notifications")
            server.aside.clear()
            client.aside.clear()
            server.refused("NoController", "GattStart")
            air.up()
            server.ready()
            client.ready()
            if n == 0:
                meters = [Flat(daemon.qbled, 512) for daemon in (server, client)]
        for meter in meters:
            meter.check("after three controllers")
        reasons = server.qbled.log.count("trying again")
        equal(reasons <= 12, True, f"{reasons} lines about three losses")


def test_bus():
    """The bus is killed: the radio does not notice, and its events are in the log when it is back"""
    with Air() as air, Daemon(air, "server") as server, Daemon(air, "client") as client:
        handle = link(server, client)
        before = client.next
        follower = qblectl(client, "monitor")
        eventually("the follower", lambda: "SEQ" in follower.log)
        bus = client.bus.children[0]
        bus.kill()
        os.unlink(client.bus.socket)
        equal(follower.process.wait(DEADLINE), NO_DAEMON, f"the exit code ({follower.log})")
        for n in range(30):
            server.call("SendNotification", 0, handle, b"%02d" % n)
            server.expect(25)
        eventually("the loss in the log", lambda: "system bus is lost" in client.qbled.log)
        client.bus.children.clear()
        client.bus.up()
        eventually("the bus in the log", lambda: "the system bus is back" in client.qbled.log)
        client.monitor = Monitor(client.bus)
        equal(client.get("Status"), 1, "Status")
        equal(len(client.get("Connections")), 1, "Connections")
        number, rows = client.call("GetEvents", before, 100)
        equal([row[0] for row in rows], list(range(before, before + 30)), "numbers of events")
        equal(number, before + 30, "the next number")
        equal([bytes(row[4]["data"][2:]) for row in rows], [b"%02d" % n for n in range(30)])
        # And it goes on: another call, another event, as a signal too.
        server.call("SendNotification", 0, handle, b"after")
        server.expect(25)
        eventually("the signal", lambda: [name for name, _, _ in client.monitor.signals] ==
                   ["GattRecvNotificationInd"])
        client.call("Disconnect", 0)
        server.expect(17, 0, 0, ANY)


def test_stopped_bus():
    """The bus stands still for a while: nothing is lost, and the link lives on"""
    with Air() as air, Daemon(air, "server") as server, Daemon(air, "client") as client:
        handle = link(server, client)
        bus = client.bus.children[0]
        os.kill(bus.process.pid, signal.SIGSTOP)
        try:
            for n in range(60):
                server.call("SendNotification", 0, handle, b"%03d" % n)
                server.expect(25)
        finally:
            os.kill(bus.process.pid, signal.SIGCONT)
        for n in range(60):
            data = handle.to_bytes(2, "little") + b"%03d" % n
            client.expect(23, 0, len(data), data)
        client.quiet()
        equal(client.qbled.log.count("\n"), 1, f"lines of {client.qbled.log!r}")


if __name__ == "__main__":
    run([test_daemon, test_caller_in_a_call, test_subscriber, test_air, test_bus,
         test_stopped_bus])
