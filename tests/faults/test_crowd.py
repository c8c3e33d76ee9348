# SPDX-License-Identifier: GPL-2.0-or-later
"""Very many links, reports and events: none is lost, and the daemon does not grow with them.

Ten thousand links under a virtual clock are in links.c; what eight busy ones and a bus that stops
do is in tests/unit (ble_eight_links.c, daemon/bus_connection.c).
"""
import os
import re
import signal
import struct
import time

import captures
from contract import BLE
from meters import SCALE, Flat
from process import DEADLINE, needs, program
from qbled import Air, Daemon, eventually
from tap import comment, contains, equal, run

ZEROS = bytes(16)


def ended(child, seconds):
    eventually(f"the end of {child.name}", lambda: not child.running(), seconds)
    equal(child.process.returncode, 0, f"the exit status of {child.name} ({child.log})")


def test_links():
    """Hundreds of links in real time: descriptors and memory of both daemons stay as they are"""
    with Air() as air, \
            Daemon(air, "server", config="[Ble]\nauto-advertise=true\n") as server, \
            Daemon(air, "client") as client:
        server.ready().call("ServerInit")
        client.ready()
        server.call("GattStart")
        server.call("SetAdvParam", 0x20, 0x20, 0, 0, 7, 0, 2, 1, 1)
        server.call("AddService", 1, 1, 1, 0x180F, ZEROS)
        server.call("AddChara", 1, 1, 0x12, 1, 0x2A19, ZEROS)
        server.call("AddOrClearService", 1, 0)
        server.call("AdvStart")

        def connect(count):
            ended(client.bus.start(program("CONNECTS", "tests", "faults", "connects"),
                                   server.get("Address"), str(count), env=client.bus.env),
                  DEADLINE + count / 10)
            eventually("the last link's end", lambda: not server.get("Connections"))

        connect(150)
        held = [Flat(daemon.qbled, 256) for daemon in (server, client)]
        began = time.monotonic()
        connect(400 * SCALE)
        comment(f"{400 * SCALE / (time.monotonic() - began):.0f} links a second")
        for meter in held:
            meter.check(f"after {400 * SCALE} links")


def report(number):
    """A legacy advertising report, of an address of its own."""
    address = struct.pack("<IH", number & 0xFFFFFFFF, 0xC000 | number >> 32)
    data = b"\x02\x01\x06\x05\x09" + b"%04x" % (number & 0xFFFF)
    event = b"\x02\x01\x03\x01" + address + bytes([len(data)]) + data + b"\xc4"
    return captures.Record(True, bytes([captures.EVENT, 0x3E, len(event)]) + event)


def flood(folder, count):
    """A capture in which a controller hears so many devices, all at once."""
    with Air("--legacy") as air, Daemon(air, "scanner") as scanner:
        path = scanner.file("capture")
        scanner.qbled.end()
        scanner.options.append(f"--capture={path}")
        scanner.relaunch()
        scanner.ready().call("ClientInit")
        scanner.call("GattStart")
        scanner.call("ScanStart")
        scanner.call("ScanStop")
        records = captures.read(path)
    # Between the last answer to the start of the scan, and its stop.
    stop = max(i for i, record in enumerate(records) if record.opcode == 0x200C)
    crowd = folder.file("crowd")
    captures.write(crowd, records[:stop] + [report(n) for n in range(count)] + records[stop:])
    return crowd


def test_crowd():
    """100,000 devices advertise at once: bounded memory, the daemon answers meanwhile"""
    count = 100000 * SCALE
    with Air() as folder:
        crowd = flood(folder, count)
        with Daemon(f"replay:{crowd},fast", "crowd") as daemon:
            daemon.ready().call("ClientInit")
            daemon.call("GattStart")
            daemon.expect(0)
            # The filter's memory of who was heard: 8192 addresses, and the log of events.
            meter = Flat(daemon.qbled, 8192)
            daemon.call("ScanStart")
            slowest = 0
            for _ in range(20):
                began = time.monotonic()
                equal(daemon.call("GetStatus"), 1, "GetStatus in the crowd")
                slowest = max(slowest, time.monotonic() - began)
            eventually("all reports", lambda: not log_grows(daemon), 6 * DEADLINE)
            meter.check(f"after {count} devices")
            heard, last = daemon.call("GetEvents", 0, 1024)
            comment(f"{heard - 2} of {count} reports sent on, the slowest of 20 calls took "
                    f"{slowest * 1000:.0f} ms")
            equal(len(last), 1024, "events kept")
            equal([row[1] for row in last], [19] * 1024, "their kind")
            daemon.call("ScanStop")
            daemon.call("GattStop")
            eventually("the end", lambda: daemon.call("GetStatus") == 0)


def log_grows(daemon):
    """Whether events still come."""
    before = daemon.call("GetEvents", 0, 0)[0]
    time.sleep(0.3)
    return daemon.call("GetEvents", 0, 0)[0] > before


def test_sleeper():
    """A caller that never reads its signals: others get all of theirs, and so does it, awake"""
    needs("gdbus", "libglib2.0-bin")
    count = min(6000 * SCALE, 60000)
    with Air() as air, Daemon(air, "server") as server, Daemon(air, "client") as client:
        server.ready()
        client.ready()
        path = client.bus.file("heard")
        with open(path, "wb") as heard:
            sleeper = client.bus.start("gdbus", "monitor", "--system", "--dest", BLE,
                                       env=client.bus.env, stdout=heard)
        client.call("ClientInit")
        # One that came too late for the first start hears of another.
        eventually("the first event", lambda: restarted(client) and b"StartStatusInd" in read(path))
        os.kill(sleeper.process.pid, signal.SIGSTOP)
        source = server.start(program("FLOOD", "tests", "lib", "lib-flood"), "server", str(count),
                              env=server.bus.env)
        eventually("the server's start", lambda: server.get("Status") == 1)
        meter = Flat(client.qbled, 4096)
        sink = client.bus.start(program("FLOOD", "tests", "lib", "lib-flood"), "client",
                                str(count), env=client.bus.env)
        ended(sink, DEADLINE + count / 100)
        ended(source, DEADLINE)
        contains(sink.log, f"{count} notifications")
        meter.check(f"after {count} events beside a sleeper")
        equal(read(path).count(b"GattRecvNotificationInd"), 0, "events that the sleeper has heard")
        os.kill(sleeper.process.pid, signal.SIGCONT)
        eventually("the sleeper's last event", lambda: b"DisconnectInd" in read(path), 3 * DEADLINE)
        # Behind the handle, each has its number.
        numbers = [int(high + low, 16) for low, high in re.findall(
            rb"GattRecvNotificationInd \(uint32 23, 0, uint32 22, "
            rb"\[byte 0x03, 0x00, 0x(..), 0x(..), 0x00, 0x00,", read(path))]
        equal(len(numbers), count, "notifications that the sleeper heard")
        equal(numbers == list(range(numbers[0], numbers[0] + count)), True, "their order")


def restarted(client):
    client.call("GattStart")
    client.expect(0)
    client.call("GattStop")
    client.expect(1)
    return True


def read(path):
    with open(path, "rb") as file:
        return file.read()


if __name__ == "__main__":
    run([test_links, test_crowd, test_sleeper])
