# SPDX-License-Identifier: GPL-2.0-or-later
"""ble-host, a third host that we did not write: it judges what noble and bleno never look at.

Errors by their codes, reliable writes, the largest MTU, parameter updates asked for by either side,
requests for pairing and for channels, and both sides being client and server on one link.
"""
from js_peer import JsPeer
from qbled import ANY, Air, Btvirt, Daemon
from tap import run

NAME = "qbled-host"
ADV_DATA = bytes([2, 0x01, 0x06, len(NAME) + 1, 0x09]) + NAME.encode()
ZEROS = bytes(16)
LONG_SERVICE = "12345678123456781234567800000001"
LONG_CHARA = "12345678123456781234567800000002"
READ, COMMAND, WRITE, NOTIFY, INDICATE = 0x02, 0x04, 0x08, 0x10, 0x20
LONG = bytes(i % 251 for i in range(512))
MTU = 247

# The characteristics of 0xfff0 by their chara_id: UUID, properties, permissions, value.
CHARAS = {
    1: (0xFFF1, READ | COMMAND | WRITE, 0x0003, b"\x01\x02"),
    2: (0xFFF2, READ | WRITE, 0x0003, b"other"),
    3: (0xFFF3, READ, 0x0003, b"no write property"),
    4: (0xFFF4, WRITE, 0x0003, b"no read property"),
    5: (0xFFF5, READ, 0x0005, b"for the authenticated"),
    6: (0xFFF6, READ, 0x0009, b"for the authorized"),
    7: (0xFFF7, NOTIFY | INDICATE, 0x0001, b""),
}


def little(uuid):
    return bytes.fromhex(uuid)[::-1]


def notes(mtu):
    return [b"first", b"second", LONG[:mtu - 3]]


def publish(server):
    server.call("ServerInit")
    server.call("GattStart")
    server.expect(0, 0)
    server.call("SetAdvParam", 0x20, 0x30, 0, 0, 7, 0, 2, 1, 1)
    server.call("SetAdvData", ADV_DATA)
    server.call("AddService", 1, 1, 1, 0xFFF0, ZEROS)
    for number, (uuid, properties, permission, value) in CHARAS.items():
        server.call("AddChara", 1, number, properties, 1, uuid, ZEROS)
        server.call("AddCharaValue", 1, number, permission, 1, uuid, ZEROS, value)
    server.call("AddCharaDesc", 1, 1, 0x0003, 1, 0x2901, ZEROS, b"described")
    server.call("AddCharaDesc", 1, 7, 0x0003, 1, 0x2902, ZEROS, b"\x00\x00")
    server.call("AddService", 1, 2, 0, 0, little(LONG_SERVICE))
    server.call("AddChara", 2, 1, READ, 0, 0, little(LONG_CHARA))
    server.call("AddCharaValue", 2, 1, 0x0001, 0, 0, little(LONG_CHARA), LONG)
    server.call("AddOrClearService", 1, 1)
    server.call("AdvStart")


def client_plan(mtu):
    sent = [note.hex() for note in notes(mtu)]

    def step(what, uuid, **more):
        return {"do": what, "uuid": uuid, **more}

    def prepare(commit, one, other):
        return {"do": "reliable", "commit": commit, "writes": [
            {"uuid": "fff1", "value": one.hex()}, {"uuid": "fff2", "value": other.hex()}]}

    return {
        "steps": [
            {"do": "mtu"},
            step("findService", LONG_SERVICE, start=33, end=35),
            {"do": "discover"},
            step("read", "fff1", value="0102"),
            step("write", "fff1", value="aabbcc"),
            step("write", "fff1", value="dd", response=False),
            step("read", "fff1", value="dd"),
            step("write", "fff3", value="00", error="WRITE_NOT_PERMITTED"),
            step("read", "fff4", error="READ_NOT_PERMITTED"),
            step("read", "fff5", error="INSUFFICIENT_AUTHENTICATION"),
            step("read", "fff6", error="INSUFFICIENT_AUTHORIZATION"),
            prepare(False, b"never", b"never"),
            step("read", "fff2", value=b"other".hex()),
            prepare(True, b"both", LONG),
            step("read", "fff1", value=b"both".hex()),
            step("read", "fff2", value=LONG.hex()),
            step("writeDescriptor", "fff1", descriptor="2901", value=b"anew".hex()),
            step("readDescriptor", "fff1", descriptor="2901", value=b"anew".hex()),
            step("subscribe", "fff7", notify=True),
            step("await", "fff7", values=sent),
            step("subscribe", "fff7", indicate=True),
            step("await", "fff7", values=sent),
            step("read", LONG_CHARA, value=LONG.hex()),
            {"do": "update", "interval": 80, "latency": 2, "timeout": 400},
            {"do": "pair", "failure": "PAIRING_NOT_SUPPORTED"},
            # So ble-host calls a Command Reject too; a real one would take it 30 s.
            {"do": "channel", "psm": 0x80, "refusal": "TIMEOUT"},
            step("read", "fff1", value=b"both".hex()),
        ],
        "expect": [
            {"event": "mtu", "mtu": mtu},
            {"event": "service", "uuid": "1800", "start": 1, "end": 11},
            {"event": "service", "uuid": "1801", "start": 12, "end": 15},
            {"event": "service", "uuid": "fff0"},
            {"event": "service", "uuid": LONG_SERVICE},
            {"event": "characteristic", "uuid": "fff1", "handle": 18, "descriptors": ["2901"],
             "properties": ["read", "writeWithoutResponse", "write"]},
            {"event": "characteristic", "uuid": "fff7", "descriptors": ["2902"],
             "properties": ["notify", "indicate"]},
            *[{"event": "received", "value": value, "indication": indication}
              for indication in (False, True) for value in sent],
        ],
    }


def serve(server, mtu):
    """What the server is told of all this."""
    first, other, subscribed = (server.call("GetHandle", 1, number) for number in (1, 2, 7))
    long = server.call("GetHandle", 2, 1)

    def was_read(value, handle):
        server.expect(22, 0, len(value), value, handle, ANY, ANY)

    def was_written(value, handle):
        server.expect(21, 0, len(value), value, handle, ANY, ANY)

    server.expect(16, 0, 0, ANY)
    server.expect(20, 0, 0, mtu)
    was_read(b"\x01\x02", first)
    was_written(b"\xaa\xbb\xcc", first)
    was_written(b"\xdd", first)
    was_read(b"\xdd", first)
    was_read(b"other", other)
    was_written(b"both", first)
    was_written(LONG, other)
    was_read(b"both", first)
    was_read(LONG[:mtu - 1], other)
    was_written(b"anew", first + 1)
    was_read(b"anew", first + 1)
    server.set_aside(25)
    for send, subscription in (("SendNotification", 1), ("SendIndication", 2)):
        was_written(bytes([subscription, 0]), subscribed + 1)
        for note in notes(mtu):
            server.call(send, 0, subscribed, note)
        for _ in notes(mtu):
            server.taken(25, 0)
    was_read(LONG[:mtu - 1], long)
    server.expect(18, 0, 0, 80, 80, 2, 400)
    was_read(b"both", first)
    server.expect(17, 0, 0, ANY)


def as_client(controller, mtu=MTU):
    with controller as air, Daemon(air, "server", config=f"[Ble]\nmtu={mtu}\n") as server:
        publish(server.ready())
        with JsPeer(air, "ble-host-client", NAME, client_plan(mtu)) as peer:
            serve(server, mtu)
            peer.succeeded()


# ble-host numbers its attributes in their order: GATT at 1..4, GAP at 5..9, then the plan's.
SERVICES = [(1, 4, 0x1801), (5, 9, 0x1800), (10, 18, 0xFFF0), (19, 21, 0)]
VALUE, DESCRIPTION, SHORT, NOTED, LONG_VALUE = 12, 13, 15, 17, 21
SERVER_PLAN = {
    "services": [
        {"uuid": "fff0", "characteristics": [
            {"uuid": "fff1", "properties": ["read", "write", "write-without-response"],
             "value": "0102", "descriptors": [{"uuid": "2901", "value": b"told".hex()}]},
            {"uuid": "fff2", "properties": ["read"], "value": b"short".hex()},
            {"uuid": "fff3", "properties": ["notify", "indicate"],
             "send": [note.hex() for note in notes(MTU)]}]},
        {"uuid": LONG_SERVICE, "characteristics": [
            {"uuid": LONG_CHARA, "properties": ["read"], "value": LONG.hex()}]},
    ],
    "browse": True,
    "security": True,
    "expect": [
        {"event": "service", "uuid": "1800"},
        {"event": "service", "uuid": "1801"},
        {"event": "service", "uuid": "fffe"},
        {"event": "pairingFailed", "reason": "PAIRING_NOT_SUPPORTED", "remote": True},
        {"event": "write", "uuid": "fff1", "response": True, "value": "aabbcc"},
        {"event": "write", "uuid": "fff1", "response": False, "value": "dd"},
        {"event": "write", "uuid": "fff1", "response": True, "value": LONG.hex()},
        {"event": "subscription", "uuid": "fff3", "notification": True, "indication": False},
        {"event": "subscription", "uuid": "fff3", "notification": False, "indication": True},
        *[{"event": "notified", "uuid": "fff3"}] * 3,
        *[{"event": "confirmed", "uuid": "fff3"}] * 3,
        {"event": "disconnected", "reason": "REMOTE_USER_TERMINATED_CONNECTION"},
    ],
}


def as_server(controller, updates=True):
    plan = dict(SERVER_PLAN)
    if updates:
        plan["update"] = {"interval": 80, "latency": 2, "timeout": 400}
        plan["expect"] = [*plan["expect"], {"event": "updateAnswer", "result": 0},
                          {"event": "update", "interval": 80, "latency": 2, "timeout": 400}]
    with controller as air, JsPeer(air, "ble-host-server", NAME, plan) as peer:
        peer.await_event("advertising")
        with Daemon(air, "client") as client:
            browse(client.ready(), updates)
            peer.succeeded()


def browse(client, updates):
    """A client that is a server too, on the same link."""
    client.call("ServerInit")
    client.call("ClientInit")
    client.call("GattStart")
    client.expect(0, 0)
    client.call("AddService", 1, 1, 1, 0xFFFE, ZEROS)
    client.call("AddOrClearService", 1, 1)
    client.call("SetScanParam", 1, 0x60, 0x50, 0, 0)
    client.call("ScanStart")
    report = client.expect(19)
    while report.args[3] != NAME:
        report = client.expect(19)
    client.call("ScanStop")
    client.set_aside(18)
    client.call("Connect", report.args[4], report.args[5])
    client.expect(16, 0, 0, report.args[5])
    client.expect(20, 0, 0, MTU)
    client.expect(26, 0)
    if updates:
        client.taken(18, 0, 0, 80, 80, 2, 400)
    discover(client)
    exchange(client)
    client.call("Disconnect", 0)
    client.expect(17, 0, 0, report.args[5])


def discover(client):
    client.call("DiscoverAllService", 0)
    for start, end, uuid in SERVICES:
        client.expect(27, 0, start, end, uuid or ANY)
    client.call("DiscoverByUUID", 0, 0, 0, little(LONG_SERVICE))
    client.expect(27, 0, LONG_VALUE - 2, LONG_VALUE, ANY)
    client.call("DiscoverAllIncludes", 0, VALUE - 2, NOTED + 1)
    client.expect(37, 0, 0x0A)
    client.call("DiscoverAllChara", 0, VALUE - 2, NOTED + 1)
    client.expect(28, 0, 22, b"\x07" + b"".join(
        (value - 1).to_bytes(2, "little") + bytes([properties]) + value.to_bytes(2, "little")
        + uuid.to_bytes(2, "little")
        for value, properties, uuid in ((VALUE, 0x0E, 0xFFF1), (SHORT, 0x02, 0xFFF2),
                                        (NOTED, 0x30, 0xFFF3))))
    client.expect(37, 0, 0x0A)
    client.call("DiscoverAllCharaDesc", 0, NOTED + 1, NOTED + 1)
    client.expect(29, 0, 5, bytes([1, NOTED + 1, 0, 0x02, 0x29]))


def exchange(client):
    def handle(number):
        return number.to_bytes(2, "little")

    client.call("ReadCharaByUUID", 0, 1, 0xFFFF, 1, 0xFFF2, ZEROS)
    client.expect(33, 0, 8, b"\x07" + handle(SHORT) + b"short")
    client.call("ReadCharaDesc", 0, DESCRIPTION, 0)
    client.expect(36, 0, 4, b"told")
    client.call("WriteChara", 0, VALUE, 0, 0, b"\xaa\xbb\xcc")
    client.expect(30, 0)
    client.call("WriteCharaNoRsp", 0, VALUE, b"\xdd")
    client.expect(31, 0)
    client.call("ReadCharaByHandle", 0, VALUE, 0, 0)
    client.expect(32, 0, 1, b"\xdd")
    client.call("WriteChara", 0, VALUE, 0, 1, LONG)
    client.expect(30, 0)
    for handle_of_long in (VALUE, LONG_VALUE):
        client.call("ReadCharaByHandle", 0, handle_of_long, 0, 1)
        client.expect(32, 0, 512, LONG)
    for event_id, value in ((23, b"\x01\x00"), (24, b"\x02\x00")):
        client.set_aside(event_id)
        client.call("WriteCharaDesc", 0, NOTED + 1, value)
        client.expect(35, 0)
        for note in notes(MTU):
            data = handle(NOTED) + note
            client.taken(event_id, 0, len(data), data)
    # A value that takes no write, and a handle that is none.
    client.call("WriteChara", 0, SHORT, 0, 0, b"no")
    client.expect(37, 0, 0x03)
    client.call("ReadCharaByHandle", 0, LONG_VALUE + 1, 0, 0)
    client.expect(37, 0, 0x01)


def test_client():
    """ble-host as a client: every procedure, and the right errors, over qble-air"""
    as_client(Air())


def test_client_largest_mtu():
    """The same with an MTU of 517, through buffers of 27 bytes"""
    as_client(Air("--acl-len=27", "--acl-buffers=2"), mtu=517)


def test_client_btvirt():
    """The same over BlueZ's btvirt: nothing but the server is ours"""
    as_client(Btvirt("le"))


def test_server():
    """ble-host as a server, and as a client of its client, over qble-air"""
    as_server(Air())


def test_server_legacy():
    """The same from a controller without extended advertising, through buffers of 27 bytes"""
    as_server(Air("--legacy", "--acl-len=27", "--acl-buffers=2"))


def test_server_btvirt():
    """The same over BlueZ's btvirt: nothing but the client is ours"""
    # btvirt updates parameters once the peripheral's host agrees by HCI, which ble-host does not.
    as_server(Btvirt("le"), updates=False)


if __name__ == "__main__":
    run([test_client, test_client_largest_mtu, test_client_btvirt, test_server,
         test_server_legacy, test_server_btvirt])
