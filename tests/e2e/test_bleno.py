# SPDX-License-Identifier: GPL-2.0-or-later
"""bleno, a server that we did not write, and our client: bleno says what it was asked."""
from js_peer import JsPeer
from qbled import ANY, Air, Btvirt, Daemon
from tap import run

NAME = "bleno"
LONG_SERVICE = "12345678123456781234567800000001"
LONG_CHARA = "12345678123456781234567800000002"
LONG = bytes(i % 251 for i in range(512))
NOTES = [b"first", b"second", bytes(range(200)) + bytes(44)]
MTU = 247

# bleno numbers its attributes in their order, with GAP at 1..5 and GATT at 6..9 before ours.
SERVICES = [(1, 5, 0x1800), (6, 9, 0x1801), (10, 16, 0xFFF0), (17, 20, 0x0000)]
VALUE, DESCRIPTION, NOTE, NOTE_CCCD, INDICATED, INDICATED_CCCD = 12, 13, 15, 16, 19, 20


def plan():
    notes = [note.hex() for note in NOTES]
    return {
        "services": [
            {"uuid": "fff0", "characteristics": [
                {"uuid": "fff1", "properties": ["read", "write", "writeWithoutResponse"],
                 "value": "0102", "descriptors": [{"uuid": "2901", "value": b"told".hex()}]},
                {"uuid": "fff2", "properties": ["notify"], "send": notes}]},
            {"uuid": LONG_SERVICE, "characteristics": [
                {"uuid": LONG_CHARA, "properties": ["indicate"], "send": notes}]},
        ],
        "expect": [
            {"event": "mtu", "mtu": MTU},
            {"event": "write", "uuid": "fff1", "response": True, "value": "aabbcc"},
            {"event": "write", "uuid": "fff1", "response": False, "value": "dd"},
            {"event": "write", "uuid": "fff1", "response": True, "value": LONG.hex()},
            {"event": "subscribe", "uuid": "fff2", "room": MTU - 3},
            {"event": "unsubscribe", "uuid": "fff2"},
            {"event": "subscribe", "uuid": LONG_CHARA, "room": MTU - 3},
            *[{"event": "read", "uuid": "fff1", "offset": i} for i in (0, MTU - 1, 2 * (MTU - 1))],
            *[{"event": "confirmed", "uuid": LONG_CHARA}] * len(NOTES),
        ],
    }


def connect(client):
    client.call("ClientInit")
    client.call("GattStart")
    client.expect(0, 0)
    client.call("SetScanParam", 1, 0x60, 0x50, 0, 0)
    client.call("ScanStart")
    report = client.expect(19)
    while report.args[3] != NAME:
        report = client.expect(19)
    client.call("ScanStop")
    client.call("Connect", report.args[4], report.args[5])
    client.expect(16, 0, 0, report.args[5])
    client.expect(20, 0, 0, MTU)
    client.expect(26, 0)


def declarations(*entries):
    """The data of an event 28: handle, properties, value handle and UUID of each."""
    rows = [handle.to_bytes(2, "little") + bytes([properties])
            + (handle + 1).to_bytes(2, "little") + uuid for handle, properties, uuid in entries]
    return bytes([len(rows[0])]) + b"".join(rows)


def discover(client):
    client.call("DiscoverAllService", 0)
    for start, end, uuid in SERVICES:
        client.expect(27, 0, start, end, uuid or ANY)
    for start, end, data in (
            (10, 16, declarations((11, 0x0E, b"\xf1\xff"), (14, 0x10, b"\xf2\xff"))),
            (17, 20, declarations((18, 0x20, bytes.fromhex(LONG_CHARA)[::-1])))):
        client.call("DiscoverAllChara", 0, start, end)
        client.expect(28, 0, len(data), data)
        client.expect(37, 0, 0x0A)
    client.call("DiscoverAllCharaDesc", 0, DESCRIPTION, DESCRIPTION)
    client.expect(29, 0, 5, b"\x01" + bytes([DESCRIPTION, 0]) + b"\x01\x29")
    client.call("DiscoverByUUID", 0, 0, 0, bytes.fromhex(LONG_SERVICE)[::-1])
    client.expect(27, 0, 17, 20, ANY)


def read(client, value, is_long=0):
    client.call("ReadCharaByHandle", 0, VALUE, 0, is_long)
    client.expect(32, 0, len(value), value)


def subscribe(client, cccd, value, event_id):
    """Every note of the plan, under the number of the event and the value's handle."""
    client.set_aside(event_id)
    client.call("WriteCharaDesc", 0, cccd, value)
    client.expect(35, 0)
    for note in NOTES:
        data = (cccd - 1).to_bytes(2, "little") + note
        client.taken(event_id, 0, len(data), data)


def exchange(client):
    read(client, b"\x01\x02")
    client.call("WriteChara", 0, VALUE, 0, 0, b"\xaa\xbb\xcc")
    client.expect(30, 0)
    read(client, b"\xaa\xbb\xcc")
    client.call("WriteCharaNoRsp", 0, VALUE, b"\xdd")
    client.expect(31, 0)
    read(client, b"\xdd")
    client.call("ReadCharaDesc", 0, DESCRIPTION, 0)
    client.expect(36, 0, 4, b"told")
    subscribe(client, NOTE_CCCD, b"\x01\x00", 23)
    client.call("WriteCharaDesc", 0, NOTE_CCCD, b"\x00\x00")
    client.expect(35, 0)
    subscribe(client, INDICATED_CCCD, b"\x02\x00", 24)
    client.call("WriteChara", 0, VALUE, 0, 1, LONG)
    client.expect(30, 0)
    read(client, LONG, is_long=1)
    # It has no write properties, and bleno refuses.
    client.call("WriteChara", 0, NOTE, 0, 0, b"no")
    client.expect(37, 0, 0x03)


def rounds(controller):
    with controller as air, JsPeer(air, "server", NAME, plan()) as peer:
        peer.await_event("advertising")
        with Daemon(air, "client") as client:
            connect(client.ready())
            discover(client)
            exchange(client)
            client.call("GattStop")
            client.expect(17, 0, 0, ANY)
            client.expect(1, 0)
            peer.succeeded()


def test_air():
    """bleno is discovered, read, written and subscribed to over qble-air"""
    rounds(Air())


def test_legacy():
    """The same from a controller without extended advertising"""
    rounds(Air("--legacy"))


def test_small_buffers():
    """The same through buffers of 27 bytes"""
    rounds(Air("--acl-len=27", "--acl-buffers=2"))


def test_btvirt():
    """The same over BlueZ's btvirt: nothing but the client is ours"""
    rounds(Btvirt("le"))


if __name__ == "__main__":
    run([test_air, test_legacy, test_small_buffers, test_btvirt])
