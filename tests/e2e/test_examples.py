# SPDX-License-Identifier: GPL-2.0-or-later
"""Both example programs of the document over qble-air, made of busctl calls.

Their scan is seldom open and their advertising slow: seconds pass until one hears the other. So
the short tests run by default, the long ones with the argument "slow".
"""
import sys

import examples
from qbled import Air, Daemon
from tap import equal, run


def rounds(options, *programs):
    with Air(*options) as air, Daemon(air, "server") as server, Daemon(air, "client") as client:
        server.ready()
        client.ready()
        for mode, by_uuid in programs:
            examples.both(server, client, mode, by_uuid)


def test_once():
    """Both programs, one after the other with handles from 1 and from 16"""
    rounds((), (0, False), (1, False))


def test_without_system_services():
    """Both programs, handles from 1, three times in a row"""
    rounds((), (0, False), (0, False), (0, False))


def test_with_system_services():
    """Both programs, handles from 16, three times in a row"""
    rounds((), (1, False), (1, False), (1, False))


def test_by_uuid():
    """The client's other way: the service by its UUID, at 1 and at 16 in turn"""
    rounds((), (0, True), (1, True), (0, True))


def test_legacy_controller():
    """The same on a controller without extended advertising"""
    rounds(("--legacy",), (0, False), (1, True))


def test_small_buffers():
    """The same on a controller with two shared buffers of 27 bytes"""
    rounds(("--acl-len=27", "--acl-buffers=2", "--shared-buffers"), (1, False))


def test_real_time():
    """The same where data takes its time on the air and some of it is lost"""
    rounds(("--realtime", "--loss=50"), (1, False))


def test_alternatives():
    """The calls that the client program has as comments: write, read by handle, descriptor"""
    handles = examples.Handles(1)
    with Air() as air, Daemon(air, "server") as server, Daemon(air, "client") as client:
        server.ready()
        client.ready()
        address = examples.serve(server, 1)
        examples.find(client, address)
        client_address = client.call("GetPublicAddr")[::-1]
        examples.accept(server, 1, client_address)
        examples.discover(client, 1)
        # The example's characteristic has no write properties, so the peer refuses.
        client.call("WriteChara", 0, handles.value, 0, 0, b"\x40\x00")
        client.expect(37, 0, 0x03)
        client.call("WriteCharaNoRsp", 0, handles.value, b"\x20\x00")
        client.expect(31, 0)
        client.call("ReadCharaByHandle", 0, handles.value, 0, 0)
        client.expect(32, 0, 244, examples.VALUE)
        server.expect(22, 0, 244, examples.VALUE, handles.value, 0x2A19, examples.ZEROS)
        client.call("WriteCharaDesc", 0, handles.cccd, b"\x01\x00")
        client.expect(35, 0)
        server.expect(21, 0, 2, b"\x01\x00", handles.cccd, 0x2902, examples.ZEROS)
        client.call("ReadCharaDesc", 0, handles.cccd, 0)
        client.expect(36, 0, 2, b"\x01\x00")
        server.expect(22, 0, 2, b"\x01\x00", handles.cccd, 0x2902, examples.ZEROS)
        client.call("DiscoverAllIncludes", 0, handles.service, handles.cccd)
        client.expect(37, 0, 0x0A)
        server.call("SendIndication", 0, handles.value, b"indicated")
        server.expect(25, 0)
        data = handles.value.to_bytes(2, "little") + b"indicated"
        client.expect(24, 0, len(data), data)
        equal(client.get("Connections")[0][:5], (0, "central", address.hex(":").upper(), 0, 247),
              "Connections")
        examples.finish(client, server, address, client_address)


if __name__ == "__main__":
    if sys.argv[1:] == ["slow"]:
        run([test_without_system_services, test_with_system_services, test_by_uuid,
             test_legacy_controller, test_small_buffers, test_real_time])
    else:
        run([test_once, test_alternatives])
