# SPDX-License-Identifier: GPL-2.0-or-later
"""noble, a client that we did not write, on our server: what it gets is right if it says so."""
from js_peer import JsPeer
from qbled import ANY, Air, Btvirt, Daemon
from tap import run

NAME = "qbled-noble"
ADV_DATA = bytes([2, 0x01, 0x06, len(NAME) + 1, 0x09]) + NAME.encode()
ZEROS = bytes(16)
LONG_SERVICE = "12345678123456781234567800000001"
LONG_CHARA = "12345678123456781234567800000002"
READ, COMMAND, WRITE, NOTIFY, INDICATE = 0x02, 0x04, 0x08, 0x10, 0x20
LONG = bytes(i % 251 for i in range(512))
MTU = 247


def notes(mtu):
    """What is sent unasked: little, and as much as goes into one packet."""
    return [b"first", b"second", bytes(range(mtu - 3))]


def little(uuid):
    return bytes.fromhex(uuid)[::-1]


def publish(server):
    """0xfff0 with a value and a notified one, a 128-bit service with an indicated one."""
    server.call("ServerInit")
    server.call("GattStart")
    server.expect(0, 0)
    server.call("SetAdvParam", 0x20, 0x30, 0, 0, 7, 0, 2, 1, 1)
    server.call("SetAdvData", ADV_DATA)
    server.call("AddService", 1, 1, 1, 0xFFF0, ZEROS)
    server.call("AddChara", 1, 1, READ | COMMAND | WRITE, 1, 0xFFF1, ZEROS)
    server.call("AddCharaValue", 1, 1, 0x0003, 1, 0xFFF1, ZEROS, b"\x01\x02")
    server.call("AddCharaDesc", 1, 1, 0x0003, 1, 0x2901, ZEROS, b"described")
    server.call("AddChara", 1, 2, NOTIFY, 1, 0xFFF2, ZEROS)
    server.call("AddCharaDesc", 1, 2, 0x0003, 1, 0x2902, ZEROS, b"\x00\x00")
    server.call("AddService", 1, 2, 0, 0, little(LONG_SERVICE))
    server.call("AddChara", 2, 1, READ | INDICATE, 0, 0, little(LONG_CHARA))
    server.call("AddCharaValue", 2, 1, 0x0001, 0, 0, little(LONG_CHARA), LONG)
    server.call("AddCharaDesc", 2, 1, 0x0003, 1, 0x2902, ZEROS, b"\x00\x00")
    server.call("AddOrClearService", 1, 1)
    server.call("AdvStart")


def chara(uuid, service, properties, *descriptors):
    return {"event": "characteristic", "uuid": uuid, "service": service,
            "properties": properties, "descriptors": list(descriptors)}


def plan(mtu, extended):
    sent = [note.hex() for note in notes(mtu)]

    def step(what, uuid, **more):
        return {"do": what, "uuid": uuid, **more}

    return {
        "extended": extended,
        "mtu": mtu,
        "steps": [
            {"do": "discover"},
            step("read", "fff1", value="0102"),
            step("write", "fff1", value="aabbcc"),
            step("read", "fff1", value="aabbcc"),
            step("write", "fff1", value="dd", response=False),
            step("read", "fff1", value="dd"),
            step("readDescriptor", "fff1", descriptor="2901", value=b"described".hex()),
            step("writeDescriptor", "fff1", descriptor="2901", value=b"anew".hex()),
            step("readDescriptor", "fff1", descriptor="2901", value=b"anew".hex()),
            step("subscribe", "fff2"),
            step("await", "fff2", values=sent),
            step("unsubscribe", "fff2"),
            step("subscribe", LONG_CHARA),
            step("await", LONG_CHARA, values=sent),
            step("read", LONG_CHARA, value=LONG.hex()),
            step("write", "fff1", value=LONG.hex()),
            step("read", "fff1", value=LONG.hex()),
        ],
        "expect": [
            {"event": "mtu", "mtu": mtu},
            {"event": "service", "uuid": "1800"},
            {"event": "service", "uuid": "1801"},
            {"event": "service", "uuid": "fff0"},
            {"event": "service", "uuid": LONG_SERVICE},
            chara("fff1", "fff0", ["read", "writeWithoutResponse", "write"], "2901"),
            chara("fff2", "fff0", ["notify"], "2902"),
            chara(LONG_CHARA, LONG_SERVICE, ["read", "indicate"], "2902"),
        ],
    }


def was_read(server, value, handle, short=ANY):
    server.expect(22, 0, ANY, value, handle, short, ANY)


def was_written(server, value, handle, short=ANY):
    server.expect(21, 0, len(value), value, handle, short, ANY)


def story(server, peer, mtu):
    """What the server is told of all this."""
    value, note = server.call("GetHandle", 1, 1), server.call("GetHandle", 1, 2)
    indicated = server.call("GetHandle", 2, 1)
    server.expect(16, 0, 0, ANY)
    server.expect(20, 0, 0, mtu)
    was_read(server, b"\x01\x02", value, 0xFFF1)
    was_written(server, b"\xaa\xbb\xcc", value, 0xFFF1)
    was_read(server, b"\xaa\xbb\xcc", value)
    was_written(server, b"\xdd", value)
    was_read(server, b"\xdd", value)
    was_read(server, b"described", value + 1, 0x2901)
    was_written(server, b"anew", value + 1, 0x2901)
    was_read(server, b"anew", value + 1, 0x2901)
    for handle, send, subscription in ((note, "SendNotification", b"\x01\x00"),
                                       (indicated, "SendIndication", b"\x02\x00")):
        was_written(server, subscription, handle + 1, 0x2902)
        server.set_aside(25)
        for data in notes(mtu):
            server.call(send, 0, handle, data)
        for _ in notes(mtu):
            server.taken(25, 0)
        if handle == note:
            was_written(server, b"\x00\x00", handle + 1, 0x2902)
    was_read(server, ANY, indicated)
    was_written(server, LONG, value, 0xFFF1)
    was_read(server, ANY, value)
    server.expect(17, 0, 0, ANY)
    peer.succeeded()
    server.call("GattStop")
    server.expect(1, 0)


def rounds(controller, mtu=MTU, extended=False):
    with controller as air, Daemon(air, "server") as server:
        publish(server.ready())
        with JsPeer(air, "client", NAME, plan(mtu, extended)) as peer:
            story(server, peer, mtu)


def test_air():
    """noble discovers, reads, writes and subscribes over qble-air"""
    rounds(Air())


def test_extended():
    """The same with noble's extended scan and connect"""
    rounds(Air(), extended=True)


def test_smallest_mtu():
    """The same with an MTU of 23: every value of 512 bytes goes in pieces of 18 and 22"""
    rounds(Air(), mtu=23)


def test_small_buffers():
    """The same through buffers of 27 bytes"""
    rounds(Air("--acl-len=27", "--acl-buffers=2"))


def test_btvirt():
    """The same over BlueZ's btvirt: nothing but the server is ours"""
    rounds(Btvirt("le"))


if __name__ == "__main__":
    run([test_air, test_extended, test_smallest_mtu, test_small_buffers, test_btvirt])
