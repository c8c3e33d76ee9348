# SPDX-License-Identifier: GPL-2.0-or-later
"""One busctl call after the other, as from a shell, with bluetoothd at the other end."""
import json
import subprocess

import dbus

from as_client import READ, WRITE, long_uuid
from as_server import Database, ours, theirs
from bed import adapter, address, qbled
from contract import BLE, METHODS, decode
from loop import until
from process import DEADLINE
from qbled import OBJECT
from tap import Failure, equal


def call(name, *arguments):
    """The answer to 'busctl call', with the arguments as one types them."""
    method = METHODS[name]
    done = subprocess.run(
        ["busctl", "--system", "--json=short", "call", BLE, OBJECT, method.interface, name,
         "".join(method.in_types), *map(str, arguments)],
        check=False, capture_output=True, text=True, timeout=DEADLINE)
    if done.returncode:
        raise Failure(f"{name}{arguments}: {done.stderr}")
    return json.loads(done.stdout)["data"] if done.stdout.strip() else None


class Log:
    """What the daemon has told since this was made, as GetEvents has it."""

    def __init__(self):
        # Behind the newest one: what it tells for 0 is where the oldest one is.
        self.since = call("GetEvents", 2 ** 64 - 1, 0)[0]

    def fields(self, event_id):
        """The named fields of the first event with that number, once it is there."""
        def found():
            rows = decode(call("GetEvents", self.since, 1000)[1],
                          METHODS["GetEvents"].out_types[1])
            return [row[4] for row in rows if row[1] == event_id]

        return until(f"event {event_id}", found)[0]


def octets(data):
    return [len(data), *data]


def test_server():
    """By busctl a server is made and advertised; bluetoothd finds it, reads and writes"""
    log = Log()
    try:
        call("ServerInit")
        call("GattStart")
        log.fields(0)
        call("AddService", 1, 1, 1, 0x180F, 0)
        call("AddChara", 1, 1, READ | WRITE, 1, 0x2A19, 0)
        call("AddCharaValue", 1, 1, 3, 1, 0x2A19, 0, *octets(b"\x37"))
        call("AddOrClearService", 1, 1)
        call("SetAdvData", *octets(bytes([2, 1, 6, 3, 9]) + b"Hi"))
        call("AdvStart")
        peer = adapter.find(address(qbled.call("GetPublicAddr")))
        equal(peer.get("Name"), "Hi", "its name")
        peer.connect()
        log.fields(16)
        rows = {row[1]: row for row in peer.attributes()}
        equal(long_uuid(0x180F) in rows, True, "whether bluetoothd has the service")
        value = peer.attribute(rows[long_uuid(0x2A19)][0])
        equal(value.read(), b"\x37", "the value")
        value.write(b"\x38")
        equal(value.read(), b"\x38", "the value that was written")
        call("Disconnect", 0)
        log.fields(17)
    finally:
        qbled.end()
        adapter.forget()


def test_client():
    """By busctl bluetoothd is found, connected, discovered, read and written"""
    database, log = Database(), Log()
    database.app.register()
    try:
        database.app.advertise({"ServiceUUIDs": dbus.Array([long_uuid(0xFFE0)], "s")})
        call("ClientInit")
        call("GattStart")
        log.fields(0)
        call("ScanStart")
        log.fields(19)
        call("ScanStop")
        call("Connect", 0, *octets(theirs()))
        log.fields(16)
        log.fields(26)
        ours().resolved()
        call("DiscoverByUUID", 0, 1, 0xFFE0, 0)
        equal(log.fields(27)["start_handle"], int(database.first.properties["Handle"]),
              "the handle of the service")
        call("ReadCharaByHandle", 0, database.value.handle, 0, 0)
        equal(log.fields(32)["data"], b"\x05\x06", "the value")
        call("WriteChara", 0, database.value.handle, 0, 0, *octets(b"by hand"))
        log.fields(30)
        until("that it is written", lambda: database.value.value == b"by hand")
        call("WriteCharaDesc", 0, database.note.handle + 1, *octets(b"\x01\x00"))
        log.fields(35)
        until("StartNotify", lambda: database.note.subscribers)
        database.note.send(b"told")
        log.fields(23)
        call("Disconnect", 0)
        log.fields(17)
    finally:
        qbled.end()
        # bluetoothd 5.66 dies where services go while it is still at work with a peer.
        adapter.forget()
        database.app.remove()


TESTS = [test_server, test_client]
