# SPDX-License-Identifier: GPL-2.0-or-later
"""bluetoothd as the client of our server: what it has seen, as its objects tell, is right."""
import contextlib
import socket
import threading
import time

from bed import adapter, address, bluez, qbled
from loop import until, wait
from process import DEADLINE
from story import ANY
from tap import equal

NAME = "qbled by name"
ZEROS = bytes(16)
READ, COMMAND, WRITE, NOTIFY, INDICATE = 0x02, 0x04, 0x08, 0x10, 0x20
LONG = bytes(i % 251 for i in range(512))
LONG_SERVICE = "12345678-1234-5678-1234-567800000001"
LONG_CHARA = "12345678-1234-5678-1234-567800000002"
MTU = 247


def structure(kind, data):
    return bytes([1 + len(data), kind]) + data


ADV_DATA = structure(0x01, b"\x06") + structure(0x09, b"qbled ad") + \
    structure(0x03, b"\xf0\xff") + structure(0x16, b"\xf0\xff\x01\x02")
RSP_DATA = structure(0xFF, b"\xe5\x02\x0a\x0b\x0c")

VALUE, NOTE, INDICATED, LONG_VALUE, SECRET, WIDE = 18, 21, 24, 27, 29, 32


def long_uuid(short):
    return f"0000{short:04x}-0000-1000-8000-00805f9b34fb"


def little(uuid):
    return bytes.fromhex(uuid.replace("-", ""))[::-1]


def publish():
    """0xfff0 with a value of each kind, and a 128-bit service."""
    qbled.call("AddService", 1, 1, 1, 0xFFF0, ZEROS)
    qbled.call("AddChara", 1, 1, READ | COMMAND | WRITE, 1, 0xFFF1, ZEROS)
    qbled.call("AddCharaValue", 1, 1, 0x0003, 1, 0xFFF1, ZEROS, b"\x01\x02")
    qbled.call("AddCharaDesc", 1, 1, 0x0003, 1, 0x2901, ZEROS, b"described")
    qbled.call("AddChara", 1, 2, NOTIFY, 1, 0xFFF2, ZEROS)
    qbled.call("AddCharaDesc", 1, 2, 0x0003, 1, 0x2902, ZEROS, b"\x00\x00")
    qbled.call("AddChara", 1, 3, INDICATE, 1, 0xFFF3, ZEROS)
    qbled.call("AddCharaDesc", 1, 3, 0x0003, 1, 0x2902, ZEROS, b"\x00\x00")
    qbled.call("AddChara", 1, 4, READ, 1, 0xFFF4, ZEROS)
    qbled.call("AddCharaValue", 1, 4, 0x0001, 1, 0xFFF4, ZEROS, LONG)
    qbled.call("AddChara", 1, 5, WRITE, 1, 0xFFF5, ZEROS)
    qbled.call("AddCharaValue", 1, 5, 0x0002, 1, 0xFFF5, ZEROS, b"")
    qbled.call("AddService", 1, 2, 0, 0, little(LONG_SERVICE))
    qbled.call("AddChara", 2, 1, READ | NOTIFY, 0, 0, little(LONG_CHARA))
    qbled.call("AddCharaValue", 2, 1, 0x0001, 0, 0, little(LONG_CHARA), b"wide")
    qbled.call("AddCharaDesc", 2, 1, 0x0003, 1, 0x2902, ZEROS, b"\x00\x00")
    qbled.call("AddOrClearService", 1, 1)


SYSTEM = [
    (12, long_uuid(0x1801), True),
    (13, long_uuid(0x2A05), ["indicate"]),
    (15, long_uuid(0x2902), None),
]
PUBLISHED = [
    (16, long_uuid(0xFFF0), True),
    (17, long_uuid(0xFFF1), ["read", "write-without-response", "write"]),
    (19, long_uuid(0x2901), None),
    (20, long_uuid(0xFFF2), ["notify"]),
    (22, long_uuid(0x2902), None),
    (23, long_uuid(0xFFF3), ["indicate"]),
    (25, long_uuid(0x2902), None),
    (26, long_uuid(0xFFF4), ["read"]),
    (28, long_uuid(0xFFF5), ["write"]),
    (30, LONG_SERVICE, True),
    (31, LONG_CHARA, ["read", "notify"]),
    (33, long_uuid(0x2902), None),
]


def was_read(value, handle):
    qbled.expect(22, 0, len(value), value, handle, ANY, ANY)


def was_written(value, handle):
    qbled.expect(21, 0, len(value), value, handle, ANY, ANY)


def serve(name=NAME):
    """Our server, started and advertising."""
    qbled.begin("Server")
    qbled.call("SetLocalName", 0, name)
    qbled.call("SetAdvParam", 0x20, 0x30, 0, 0, 7, 0, 2, 1, 1)
    qbled.call("SetAdvData", ADV_DATA)
    qbled.call("SetAdvRspData", RSP_DATA)
    publish()
    qbled.call("AdvStart")


def connect(peer):
    """The link, as both see it, until bluetoothd has done all that it does by itself."""
    # Parameters are the kernel's affair.
    qbled.set_aside(18, 22)
    peer.connect()
    qbled.expect(16, 0, 0, bytes.fromhex(adapter.get("Address").replace(":", "")))
    qbled.expect(20, 0, 0, MTU)
    was_written(b"\x02\x00", 15)
    for handle in (3, 5):  # GAP: Device Name, Appearance
        qbled.taken(22, 0, ANY, ANY, handle, ANY, ANY)
    qbled.set_aside(18)


@contextlib.contextmanager
def served():
    """Our server, and bluetoothd's peer that it is; both are left as they were found."""
    try:
        serve()
        yield adapter.find(address(qbled.call("GetPublicAddr")))
    finally:
        qbled.end()
        adapter.forget()


@contextlib.contextmanager
def linked():
    """bluetoothd connected to our server."""
    with served() as peer:
        connect(peer)
        yield peer


def test_advertisement():
    """bluetoothd hears our advertisement and scan response, and shows their data"""
    with served() as peer:
        until("the scan response", lambda: "ManufacturerData" in peer.properties())
        shown = peer.properties()
        equal(shown["AddressType"], "public", "AddressType")
        equal(shown["Name"], "qbled ad", "Name")
        equal(shown["UUIDs"], [long_uuid(0xFFF0)], "UUIDs")
        equal(shown["ServiceData"], {long_uuid(0xFFF0): b"\x01\x02"}, "ServiceData")
        equal(shown["ManufacturerData"], {0x02E5: b"\x0a\x0b\x0c"}, "ManufacturerData")


def test_discovery():
    """It connects, and finds our whole database at its handles"""
    with linked() as peer:
        equal(peer.attributes(), SYSTEM + PUBLISHED, "what bluetoothd has found")
        equal(peer.get("Name"), NAME, "the name, once GAP was read")
        equal(peer.attribute(17).get("MTU"), MTU, "the MTU")


def test_reads():
    """It reads values and descriptors: short, long, from an offset, and what it may not"""
    with linked() as peer:
        equal(peer.attribute(17).read(), b"\x01\x02", "the value")
        was_read(b"\x01\x02", VALUE)
        equal(peer.attribute(19).read(), b"described", "the description")
        was_read(b"described", 19)
        equal(peer.attribute(26).read(), LONG, "512 octets")
        was_read(LONG[:MTU - 1], LONG_VALUE)
        equal(peer.attribute(26).read(offset=500), LONG[500:], "the last 12 of them")
        qbled.call("ChangeCharaValue", 1, 1, b"")
        equal(peer.attribute(17).read(), b"", "no octets at all")
        was_read(b"", VALUE)
        qbled.call("ChangeCharaValue", 1, 1, LONG[:MTU - 1])
        equal(peer.attribute(17).read(), LONG[:MTU - 1], "what just fits one response")
        was_read(LONG[:MTU - 1], VALUE)
        equal(peer.attribute(31).read(), b"wide", "the value with a 128-bit UUID")
        was_read(b"wide", WIDE)
        peer.attribute(28).refused("org.bluez.Error.NotPermitted", "ReadValue", "a{sv}", {})
        qbled.quiet()


def test_writes():
    """It writes: with and without response, long, from an offset, and what it may not"""
    with linked() as peer:
        value = peer.attribute(17)
        for data, kind in ((b"one", "request"), (b"two", "command"), (b"", "request"),
                           (LONG[:MTU - 3], "request"), (LONG[:MTU - 3], "command"),
                           (LONG, "request")):
            value.write(data, type=kind)
            was_written(data, VALUE)
            equal(value.read(), data, f"the value after that {kind}")
            was_read(data[:MTU - 1], VALUE)
        value.write(b"changed", offset=500)
        changed = LONG[:500] + b"changed" + LONG[507:]
        was_written(changed, VALUE)
        equal(value.read(), changed, "the value with other octets in it")
        was_read(LONG[:MTU - 1], VALUE)
        peer.attribute(19).write(b"otherwise")
        was_written(b"otherwise", 19)
        equal(peer.attribute(19).read(), b"otherwise", "the description")
        was_read(b"otherwise", 19)
        peer.attribute(28).write(b"secret")
        was_written(b"secret", SECRET)
        peer.attribute(26).refused("org.bluez.Error.NotSupported", "WriteValue", "aya{sv}", b"x",
                                   {})
        qbled.quiet()


def test_commands():
    """It sends write commands through AcquireWrite; all come, in order"""
    with linked() as peer:
        descriptor, mtu = peer.attribute(17).call("AcquireWrite", "a{sv}", {})
        equal(mtu, MTU, "the MTU of AcquireWrite")
        sent = [bytes([i]) + LONG[:i] for i in range(40)] + [LONG[:MTU - 3]] * 10
        with socket.socket(fileno=descriptor.take()) as line:
            for data in sent:
                line.send(data)
            for data in sent:
                was_written(data, VALUE)


def numbered(count, size):
    return [i.to_bytes(2, "little") + LONG[2:size] for i in range(count)]


def sent(call, handle, values):
    """Sends each after the end of the one before: a bus is no match for bluetoothd otherwise."""
    for value in values:
        qbled.call(call, 0, handle, value)
        qbled.expect(25, 0)


def test_notifications():
    """Notifications and indications reach whoever listens to its PropertiesChanged"""
    with linked() as peer:
        for declaration, handle, call, cccd in ((20, NOTE, "SendNotification", b"\x01\x00"),
                                                (23, INDICATED, "SendIndication", b"\x02\x00")):
            chara = peer.attribute(declaration)
            chara.call("StartNotify")
            was_written(cccd, handle + 1)
            until("Notifying", lambda c=chara: c.get("Notifying"))
            bluez.changes.clear()
            values = numbered(20, MTU - 3) + [b"short", LONG[:MTU - 3]]
            sent(call, handle, values)
            until("the last value", lambda c=chara, v=values: c.values()[-1:] == v[-1:])
            equal(chara.values(), values, "the values that bluetoothd told of")
            chara.call("StopNotify")
            was_written(b"\x00\x00", handle + 1)
        qbled.call("SendNotification", 0, NOTE, b"nobody listens")
        qbled.expect(25, 0)
        equal(wait(0, peer.attribute(20).values), values[:0], "values after StopNotify")


def test_stream():
    """Notifications as fast as they can be called for, through AcquireNotify: none is lost"""
    with linked() as peer:
        descriptor, mtu = peer.attribute(31).call("AcquireNotify", "a{sv}", {})
        was_written(b"\x01\x00", WIDE + 1)
        equal(mtu, MTU, "the MTU of AcquireNotify")
        values, came = numbered(200, MTU - 3), []
        with socket.socket(fileno=descriptor.take()) as line:
            line.settimeout(DEADLINE)
            # bluetoothd throws away what nobody takes out at once.
            reader = threading.Thread(target=lambda: came.extend(line.recv(MTU) for _ in values))
            reader.start()
            for value in values:
                qbled.call("SendNotification", 0, WIDE, value)
            reader.join()
            equal(came, values, "what came through the descriptor")
        for _ in values:
            qbled.expect(25, 0)
        was_written(b"\x00\x00", WIDE + 1)


def disconnected(peer):
    qbled.expect(17, 0, 0, ANY)
    until("that bluetoothd knows", lambda: not peer.get("Connected"))


def test_disconnection():
    """Each side ends the link, and both can have it again"""
    with linked() as peer:
        peer.disconnect()
        disconnected(peer)
        for _ in range(2):
            qbled.call("AdvStart")
            connect(peer)
            equal(peer.attribute(17).read(), b"\x01\x02", "the value")
            was_read(b"\x01\x02", VALUE)
            qbled.call("Disconnect", 0)
            disconnected(peer)


def publish_other():
    """Other characteristics on the same handles.

    The service is longer, and the next one moves: of one that has kept its UUID and its range
    bluetoothd 5.66 never asks for the characteristics again, whatever it is told.
    """
    qbled.call("AddService", 1, 1, 1, 0xFFF0, ZEROS)
    for number, uuid in enumerate((0xFFFA, 0xFFFB, 0xFFFC, 0xFFFD, 0xFFFE), 1):
        qbled.call("AddChara", 1, number, READ, 1, uuid, ZEROS)
        qbled.call("AddCharaValue", 1, number, 0x0001, 1, uuid, ZEROS, b"new")
        qbled.call("AddCharaDesc", 1, number, 0x0001, 1, 0x2901, ZEROS, b"described anew")
    qbled.call("AddService", 1, 2, 0, 0, little(LONG_SERVICE))
    qbled.call("AddChara", 2, 1, READ | WRITE, 0, 0, little(LONG_CHARA))
    qbled.call("AddOrClearService", 1, 1)


OTHER = [(16, long_uuid(0xFFF0), True)]
for declaration, short in ((17, 0xFFFA), (20, 0xFFFB), (23, 0xFFFC), (26, 0xFFFD), (29, 0xFFFE)):
    OTHER += [(declaration, long_uuid(short), ["read"]), (declaration + 2, long_uuid(0x2901), None)]
OTHER += [(32, LONG_SERVICE, True), (33, LONG_CHARA, ["read", "write"])]


def agrees(peer, wanted, what):
    wait(time.monotonic() + DEADLINE, lambda: peer.attributes() == wanted)
    equal(peer.attributes(), wanted, what)


def test_changes():
    """Services that change while it is connected change in its database"""
    with linked() as peer:
        qbled.call("AddOrClearService", 0, 1)
        publish_other()
        agrees(peer, SYSTEM + OTHER, "the database with others in their place")
        equal(peer.attribute(20).read(), b"new", "a new value")
        was_read(b"new", NOTE)
        qbled.call("AddService", 1, 3, 1, 0xFFA0, ZEROS)
        qbled.call("AddChara", 3, 1, READ, 1, 0xFFA1, ZEROS)
        qbled.call("AddOrClearService", 1, 1)
        more = [(35, long_uuid(0xFFA0), True), (36, long_uuid(0xFFA1), ["read"])]
        agrees(peer, SYSTEM + OTHER + more, "the database with one more")
        qbled.call("AddOrClearService", 0, 1)
        agrees(peer, SYSTEM, "the database when all services are gone")


def test_changes_meanwhile():
    """Services that change while it is away are found by it when it comes back"""
    with linked() as peer:
        peer.disconnect()
        disconnected(peer)
        qbled.call("AddOrClearService", 0, 1)
        publish_other()
        qbled.call("AdvStart")
        connect(peer)
        # Of a service that has grown bluetoothd 5.66 forgets meanwhile that it is a primary one.
        known = [row[:2] for row in SYSTEM + OTHER]
        until("that bluetoothd has forgotten the old ones",
              lambda: len(peer.attributes()) == len(known))
        equal([row[:2] for row in peer.attributes()], known, "the database")
        equal(peer.attribute(20).read(), b"new", "a new value")


TESTS = [test_advertisement, test_discovery, test_reads, test_writes, test_commands,
         test_notifications, test_stream, test_disconnection, test_changes, test_changes_meanwhile]
