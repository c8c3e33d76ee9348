# SPDX-License-Identifier: GPL-2.0-or-later
"""bluetoothd as the server of our client: it has seen what we sent, we have what it sent."""
import contextlib

import dbus

from app import Application
from as_client import COMMAND, INDICATE, LONG, MTU, NOTIFY, READ, WRITE, ZEROS, little, long_uuid
from bed import adapter, address, bluez, bus, qbled
from bluez import Peer
from loop import octets, until
from story import ANY
from tap import Failure, equal

NAME = "served by BlueZ"
LONG_SERVICE = "87654321-4321-8765-4321-876500000001"
LONG_CHARA = "87654321-4321-8765-4321-876500000002"
# bluetoothd 5.66 counts the four octets before a prepared value as if they were its own.
LONGEST = LONG[:508]
NOT_PERMITTED, NOT_AUTHORIZED, NOT_FOUND = 0x03, 0x08, 0x0A


class Database:
    """0xffe0 with a value of each kind, and a 128-bit service."""

    def __init__(self):
        self.app = app = Application(bus, adapter)
        self.first = app.service(long_uuid(0xFFE0))
        self.value = app.characteristic(self.first, long_uuid(0xFFE1),
                                        ["read", "write", "write-without-response"], b"\x05\x06")
        self.text = app.descriptor(self.value, long_uuid(0x2901), ["read", "write"], b"described")
        self.note = app.characteristic(self.first, long_uuid(0xFFE2), ["notify"])
        self.indicated = app.characteristic(self.first, long_uuid(0xFFE3), ["indicate"])
        self.long = app.characteristic(self.first, long_uuid(0xFFE4), ["read"], LONG)
        self.refusing = app.characteristic(self.first, long_uuid(0xFFE5), ["read", "write"],
                                           b"", "NotAuthorized")
        self.second = app.service(LONG_SERVICE)
        self.wide = app.characteristic(self.second, LONG_CHARA, ["read"], b"wide")


@contextlib.contextmanager
def served():
    """bluetoothd serves and advertises; our client is started."""
    database = Database()
    database.app.register()
    try:
        database.app.advertise({
            "LocalName": NAME, "ServiceUUIDs": dbus.Array([long_uuid(0xFFE0)], "s"),
            "ManufacturerData": dbus.Dictionary({dbus.UInt16(0x02E5): octets(b"\x0a\x0b")}, "qv")})
        qbled.begin("Client")
        yield database
    finally:
        qbled.end()
        # bluetoothd 5.66 dies where services go while it is still at work with a peer.
        adapter.forget()
        database.app.remove()


def theirs():
    """bluetoothd's address as our calls take it."""
    return bytes.fromhex(adapter.get("Address").replace(":", ""))


def ours():
    """We as bluetoothd's peer."""
    return Peer(bluez, f"{adapter.path}/dev_" +
                address(qbled.call("GetPublicAddr")).replace(":", "_"))


def hear():
    """Scans until bluetoothd advertises.

    After a link that takes it some milliseconds, and with extended commands btvirt never connects
    whom it did not hear at the moment of the command.
    """
    qbled.call("SetScanParam", 1, 0x50, 0x30, 0, 0)
    qbled.call("ScanStart")
    qbled.taken(19, 0, ANY, ANY, ANY, theirs(), ANY, ANY, ANY)
    qbled.call("ScanStop")


def connect():
    """The link, as both see it; bluetoothd asks for an MTU too, and discovers us meanwhile."""
    qbled.set_aside(18, 19, 20)
    hear()
    qbled.call("Connect", 0, theirs())
    qbled.expect(16, 0, 0, theirs())
    qbled.expect(26, 0)
    for _ in range(2):
        qbled.taken(20, 0, 0, MTU)
    ours().resolved()
    qbled.set_aside(18, 19)
    qbled.aside.clear()


@contextlib.contextmanager
def linked():
    with served() as database:
        connect()
        yield database


def structures(data):
    """Advertising data as {type: content}."""
    found = {}
    while data:
        found[data[1]] = data[2:1 + data[0]]
        data = data[1 + data[0]:]
    return found


def test_advertisement():
    """We hear bluetoothd's advertisement, with its name and data"""
    with served():
        qbled.call("SetScanParam", 1, 0x50, 0x30, 0, 0)
        qbled.call("SetScanFilter", 0)
        qbled.call("ScanStart")
        heard = {}
        while not {0x03, 0xFF} <= heard.keys() or not {0x08, 0x09} & heard.keys():
            event = qbled.expect(19, 0, ANY, ANY, 0, theirs(), ANY, ANY, ANY)
            equal(event.args[7], len(event.args[8]), "data_len")
            heard.update(structures(event.args[8]))
            if {0x08, 0x09} & structures(event.args[8]).keys():
                equal(event.args[3], NAME, "the name")
        qbled.call("ScanStop")
        equal(heard[0x03], b"\xe0\xff", "the UUIDs")
        equal(heard[0xFF], b"\xe5\x02\x0a\x0b", "the manufacturer's data")
        equal(heard.get(0x09) or heard.get(0x08), NAME.encode(), "the name in the data")


def discover(call, *arguments, event):
    """The events of a discovery, which one of an error ends."""
    qbled.call(call, 0, *arguments)
    events = []
    while True:
        came = qbled.next_event()
        if came.id != event:
            equal(came.args, [37, 0, NOT_FOUND], f"the end of {call}")
            return events
        events.append(came)


def entries(event):
    """The entries of a Read By Type Response, whose length is its first octet."""
    size, data = event.args[3][0], event.args[3][1:]
    if len(data) % size or event.args[2] != 1 + len(data):
        raise Failure(f"{event} has no entries of {size} octets")
    return [data[i:i + size] for i in range(0, len(data), size)]


def uuid_of(data):
    if len(data) == 2:
        return long_uuid(int.from_bytes(data, "little"))
    text = data[::-1].hex()
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


def u16(data):
    return int.from_bytes(data, "little")


def characteristics(start, end):
    """(declaration, properties, value, uuid) of all between two handles."""
    return [(u16(e[:2]), e[2], u16(e[3:5]), uuid_of(e[5:]))
            for event in discover("DiscoverAllChara", start, end, event=28)
            for e in entries(event)]


def descriptors(start, end):
    found = []
    for event in discover("DiscoverAllCharaDesc", start, end, event=29):
        size, data = 4 if event.args[3][0] == 1 else 18, event.args[3][1:]
        found += [(u16(data[i:i + 2]), uuid_of(data[i + 2:i + size]))
                  for i in range(0, len(data), size)]
    return found


def test_discovery():
    """We find bluetoothd's database at the handles that it says it has"""
    with linked() as database:
        qbled.call("DiscoverByUUID", 0, 1, 0xFFE0, ZEROS)
        first = qbled.expect(27, 0, ANY, ANY, 0xFFE0)
        qbled.call("DiscoverByUUID", 0, 0, 0, little(LONG_SERVICE))
        second = qbled.expect(27, 0, ANY, ANY, ANY)
        equal([first.args[2], second.args[2]],
              [int(s.properties["Handle"]) for s in (database.first, database.second)],
              "the handles of the services")
        known = ((database.value, READ | WRITE | COMMAND), (database.note, NOTIFY),
                 (database.indicated, INDICATE), (database.long, READ),
                 (database.refusing, READ | WRITE), (database.wide, READ))
        wanted = [(c.handle - 1, properties, c.handle, c.properties["UUID"])
                  for c, properties in known]
        equal(characteristics(*first.args[2:4]), wanted[:5], "the characteristics of 0xffe0")
        equal(characteristics(*second.args[2:4]), wanted[5:], "that with 128 bits")
        equal(characteristics(first.args[2], 0xFFFF), wanted, "all of them")
        inside = dict(descriptors(first.args[2], 0xFFFF))
        equal(inside[database.text.handle], long_uuid(0x2901), "the description")
        for chara in (database.note, database.indicated):
            equal(inside[chara.handle + 1], long_uuid(0x2902), "a CCCD")
        # All services: what comes first after the last is the next procedure's.
        qbled.call("DiscoverAllService", 0)
        qbled.call("DiscoverByUUID", 0, 1, 0xABCD, ZEROS)
        uuids = []
        while (event := qbled.next_event()).id == 27:
            uuids.append(event.args[4])
        equal(event.args, [37, 0, NOT_FOUND], "a UUID that is not there")
        for uuid in (0x1800, 0x1801, 0xFFE0):
            equal(uuids.count(uuid), 1, f"services with {uuid:#06x}")


def did(valued, *wanted):
    """What bluetoothd has asked its program for."""
    until("that bluetoothd has asked its program", lambda: len(valued.asked) >= len(wanted))
    for _, _, options in valued.asked:
        equal(options["link"], "LE", "the link")
        equal(options["device"][-17:].replace("_", ":"), address(qbled.call("GetPublicAddr")),
              "the device")
    equal(valued.taken(), list(wanted), "what bluetoothd asked for")


def read(valued, value):
    qbled.call("ReadCharaByHandle", 0, valued.handle, 0, 0)
    qbled.expect(32, 0, len(value), value)


def test_reads():
    """We read values and descriptors: short, long, by UUID, several, and what we may not"""
    with linked() as database:
        value, long = database.value.handle, database.long.handle
        read(database.value, b"\x05\x06")
        equal(database.value.asked[0][2].get("mtu"), MTU, "the MTU")
        did(database.value, ("read", b"\x05\x06"))
        qbled.call("ReadCharaByHandle", 0, long, 0, 0)
        qbled.expect(32, 0, MTU - 1, LONG[:MTU - 1])
        qbled.call("ReadCharaByHandle", 0, long, 0, 1)
        qbled.expect(32, 0, len(LONG), LONG)
        qbled.call("ReadCharaByHandle", 0, long, 500, 0)
        qbled.expect(32, 0, 12, LONG[500:])
        qbled.call("ReadCharaByUUID", 0, 1, 0xFFFF, 1, 0xFFE1, ZEROS)
        qbled.expect(33, 0, 5, bytes([4]) + value.to_bytes(2, "little") + b"\x05\x06")
        qbled.call("ReadCharaByUUID", 0, 1, 0xFFFF, 0, 0, little(LONG_CHARA))
        qbled.expect(33, 0, 7, bytes([6]) + database.wide.handle.to_bytes(2, "little") +
                     b"wide")
        qbled.call("ReadMultiChara", 0, b"".join(
            c.handle.to_bytes(2, "little") for c in (database.value, database.wide)))
        qbled.expect(34, 0, 6, b"\x05\x06wide")
        qbled.call("ReadCharaDesc", 0, database.text.handle, 0)
        qbled.expect(36, 0, 9, b"described")
        qbled.call("ReadCharaByHandle", 0, database.refusing.handle, 0, 0)
        qbled.expect(37, 0, NOT_AUTHORIZED)


def test_writes():
    """We write: with and without response, long, a descriptor, and what we may not"""
    with linked() as database:
        value = database.value.handle
        for data in (b"one", b"", LONG[:MTU - 3]):
            qbled.call("WriteChara", 0, value, 0, 0, data)
            qbled.expect(30, 0)
            did(database.value, ("write", data))
        commands = [bytes([i]) * i for i in range(1, 40)]
        for data in commands:
            qbled.call("WriteCharaNoRsp", 0, value, data)
        for _ in commands:
            qbled.expect(31, 0)
        did(database.value, *(("write", data) for data in commands))
        qbled.call("WriteChara", 0, value, 0, 1, LONGEST)
        qbled.expect(30, 0)
        did(database.value, ("write", LONGEST))
        equal(database.value.value, LONGEST, "the value")
        qbled.call("WriteCharaDesc", 0, database.text.handle, b"otherwise")
        qbled.expect(35, 0)
        did(database.text, ("write", b"otherwise"))
        for refused, error in ((database.long, NOT_PERMITTED),
                               (database.refusing, NOT_AUTHORIZED)):
            qbled.call("WriteChara", 0, refused.handle, 0, 0, b"x")
            qbled.expect(37, 0, error)


def test_notifications():
    """Notifications and indications that bluetoothd sends reach us, every one"""
    with linked() as database:
        for chara, event, on in ((database.note, 23, b"\x01\x00"),
                                 (database.indicated, 24, b"\x02\x00")):
            handle = chara.handle.to_bytes(2, "little")
            qbled.call("WriteCharaDesc", 0, chara.handle + 1, on)
            qbled.expect(35, 0)
            until("StartNotify", lambda c=chara: c.subscribers == 1)
            for i in range(20):
                data = bytes([i]) + LONG[:(MTU - 4) * i // 19]
                chara.send(data)
                qbled.expect(event, 0, 2 + len(data), handle + data)
            qbled.call("WriteCharaDesc", 0, chara.handle + 1, b"\x00\x00")
            qbled.expect(35, 0)
            until("StopNotify", lambda c=chara: not c.subscribers)
        until("the last confirmation", lambda: database.indicated.confirmed == 20)


def test_disconnection():
    """Each side ends the link, and both can have it again"""
    with linked():
        peer = ours()
        for end in (lambda: qbled.call("Disconnect", 0), peer.disconnect):
            until("that bluetoothd is connected", lambda: peer.get("Connected"))
            end()
            qbled.expect(17, 0, 0, theirs())
            until("that bluetoothd is not", lambda: not peer.get("Connected"))
            connect()


def test_changes():
    """bluetoothd's Service Changed reaches us when its services change"""
    with linked() as database:
        ranges = []
        for kind in ((1, 0xFFE0, ZEROS), (0, 0, little(LONG_SERVICE))):
            qbled.call("DiscoverByUUID", 0, *kind)
            ranges.append(tuple(qbled.expect(27, 0, ANY, ANY, ANY).args[2:4]))
        changed = next(c[2] for c in characteristics(1, 0xFFFF) if c[3] == long_uuid(0x2A05))
        qbled.call("WriteCharaDesc", 0, changed + 1, b"\x02\x00")
        qbled.expect(35, 0)
        database.app.unregister()
        told = [qbled.expect(24, 0, 6, ANY).args[3] for _ in ranges]
        equal([u16(data[:2]) for data in told], [changed] * 2, "whose value it is")
        equal(sorted((u16(data[2:4]), u16(data[4:])) for data in told), sorted(ranges),
              "what has changed")
        equal(characteristics(ranges[0][0], 0xFFFF), [], "what is left there")


TESTS = [test_advertisement, test_discovery, test_reads, test_writes, test_notifications,
         test_disconnection, test_changes]
