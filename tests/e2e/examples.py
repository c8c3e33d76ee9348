# SPDX-License-Identifier: GPL-2.0-or-later
"""The two example programs of the document, call by call, as busctl makes them.

What a program does inside of its callback is done here when the event has come. mode: whether the
system's services stay; it moves the handles from 1.. to 16..
"""
from qbled import ANY, Failure
from tap import equal

ZEROS = bytes(16)
NAME = b"Quectel_ble"
ADV_NAME = bytes([len(NAME) + 1, 0x09]) + NAME
ADV_DATA = bytes([0x02, 0x01, 0x05]) + ADV_NAME
NOTE = b"99999"
VALUE = bytes(244)
MTU = 247


class Handles:
    def __init__(self, mode):
        self.service = 16 if mode else 1
        self.chara = self.service + 1
        self.value = self.service + 2
        self.cccd = self.service + 3

    @property
    def note(self):
        """The data of event 23: the value's handle, then the value."""
        return self.value.to_bytes(2, "little") + NOTE


def serve(server, mode, properties=0x02 | 0x10 | 0x20):
    """The server program, up to its advertising. Returns its address in display order."""
    server.call("ServerInit")
    server.call("GattStart")
    server.expect(0, 0)
    equal(server.call("GetStatus"), 1, "GetStatus inside of event 0")
    address = server.call("GetPublicAddr")
    equal(len(address), 6, "length of GetPublicAddr")
    server.call("SetLocalName", 0, NAME.decode())
    server.call("SetAdvParam", 0x300, 0x320, 0, 0, 7, 0, 2, 1, 1)
    server.call("SetAdvData", ADV_DATA)
    server.call("SetAdvRspData", ADV_NAME)
    server.call("AddService", 1, 1, 1, 0x180F, ZEROS)
    server.call("AddChara", 1, 1, properties, 1, 0x2A19, ZEROS)
    server.call("AddCharaValue", 1, 1, 0x0003, 1, 0x2A19, ZEROS, VALUE)
    server.call("AddCharaDesc", 1, 1, 0x0003, 1, 0x2902, ZEROS, b"\x00\x00")
    server.call("AddOrClearService", 1, mode)
    equal(server.call("GetHandle", 1, 1), Handles(mode).value, "GetHandle")
    server.call("AdvStart")
    return address[::-1]


def accept(server, mode, client_address):
    """What the server program does when a central has come: it notifies at once."""
    server.expect(16, 0, 0, client_address)
    server.call("SendNotification", 0, Handles(mode).value, NOTE)
    server.set_aside(25)  # before or after the peer asks for the MTU
    server.expect(20, 0, 0, MTU)
    server.taken(25, 0)


def find(client, server_address, event_type=ANY, rssi=ANY):
    """The client program, up to its link: 16, 20, 26, and the notification after 16."""
    client.call("ClientInit")
    client.call("GattStart")
    client.expect(0, 0)
    equal(client.call("GetStatus"), 1, "GetStatus inside of event 0")
    client.call("SetScanParam", 1, 0x100, 0x50, 0, 0)
    client.call("ScanStart")
    report = client.expect(19)
    while report.args[3] != NAME.decode():
        report = client.expect(19)
    client.call("ScanStop")
    data = report.args[8]
    if data not in (ADV_DATA, ADV_NAME):
        raise Failure(f"event 19 has the data {data.hex(' ')}")
    client.compare(report, 19, [0, event_type, NAME.decode(), ANY, server_address, rssi,
                                len(data), data])
    client.call("Connect", report.args[4], report.args[5])
    client.set_aside(23)
    client.expect(16, 0, 0, server_address)
    return report


def discover(client, mode, by_uuid=False):
    """26, the services, the characteristic inside of its service's 27, its descriptor."""
    handles = Handles(mode)
    client.expect(20, 0, 0, MTU)
    client.expect(26, 0)
    if by_uuid:
        client.call("DiscoverByUUID", 0, 1, 0x180F, ZEROS)
    else:
        client.call("DiscoverAllService", 0)
        if mode:
            client.expect(27, 0, 1, 11, 0x1800)
            client.expect(27, 0, 12, 15, 0x1801)
    client.expect(27, 0, handles.service, handles.cccd, 0x180F)
    client.call("DiscoverAllChara", 0, handles.service, handles.cccd)
    declaration = (bytes([7]) + handles.chara.to_bytes(2, "little") + b"\x32"
                   + handles.value.to_bytes(2, "little") + b"\x19\x2a")
    client.expect(28, 0, len(declaration), declaration)
    client.expect(37, 0, 0x0A)
    client.call("DiscoverAllCharaDesc", 0, handles.cccd, handles.cccd)
    descriptor = b"\x01" + handles.cccd.to_bytes(2, "little") + b"\x02\x29"
    client.expect(29, 0, len(descriptor), descriptor)
    client.taken(23, 0, len(handles.note), handles.note)


def read_by_uuid(client, mode):
    """What one response holds of the value. The server's event 22 is for Read Requests only."""
    handles = Handles(mode)
    value = VALUE[:MTU - 4]
    data = bytes([len(value) + 2]) + handles.value.to_bytes(2, "little") + value
    client.call("ReadCharaByUUID", 0, handles.chara, handles.value, 1, 0x2A19, ZEROS)
    client.expect(33, 0, len(data), data)


def finish(client, server, server_address, client_address):
    """The client's time is up; the server stops when its link is gone."""
    client.call("GattStop")
    client.expect(17, 0, 0, server_address)
    client.expect(1, 0)
    equal(client.call("GetStatus"), 0, "GetStatus inside of event 1")
    client.call("ClientRelease")
    server.expect(17, 0, 0, client_address)
    server.call("GattStop")
    server.expect(1, 0)
    equal(server.call("GetStatus"), 0, "GetStatus inside of event 1")
    server.call("ServerRelease")


def both(server, client, mode, by_uuid=False):
    """Both programs from beginning to end."""
    server_address = serve(server, mode)
    find(client, server_address)
    client_address = client.call("GetPublicAddr")[::-1]
    accept(server, mode, client_address)
    discover(client, mode, by_uuid)
    read_by_uuid(client, mode)
    finish(client, server, server_address, client_address)
    for daemon in (server, client):
        equal(daemon.aside, [], f"events of {daemon.title} that nobody wanted")
        daemon.quiet()
