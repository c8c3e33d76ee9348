#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The document's example programs, both at the same time."""
from process import Air, Btvirt
from programs import Host, ends, program, says, switch
from tap import equal, run

BY_UUID = "ret = ble_client.read_characteristic_by_uuid()"
READING = "ble_client.gatt_statue = gatt_status.BLE_GATT_READ_CHARA_VALUE"

# What the client finds on its way, whatever it does in the end. The server's notification comes
# somewhere in between.
FOUND = (
    r"^name: Quectel_ble, addr: ([0-9a-f]{2}:){5}[0-9a-f]{2}, rssi: -?\d+, addr_type: [01]$",
    r"^event_id : BLE_CONNECT_IND, status = 0$",
    r"^event_id : BLE_GATT_MTU, status = 0$",
    r"^handle = 0x0000, ble_mtu = 247$",
    r"^event_id : BLE_GATT_START_DISCOVER_SERVICE_IND, status = 0$",
    r"^start_handle = 0x0001, end_handle = 0x0004, short_uuid = 0x180f$",
    r"^handle=0x0002, properties=0x[0-9a-f]+, value_handle=0x0003$",
    r"^short_uuid:0x2a19$",
    r"^event_id : BLE_GATT_ATT_ERROR_IND, status = 0$",
    r"^handle=0x0004, uuid=0x2902$",
)
NOTIFIED = (
    r"^event_id : BLE_GATT_RECV_NOTIFICATION_IND, status = 0$",
    r"^len=7, data:bytearray\(b'\\x03\\x0099999'\)$",
    r"^handle = 0x0003$",
)
READ_BY_UUID = (
    r"^event_id : BLE_GATT_CHARA_READ_BY_UUID_IND, status = 0$",
    # As much of the 244 bytes as a Read By Type Response of this MTU takes.
    r"^data_len = 246, data : bytearray\(b'\\xf5\\x03\\x00(\\x00){243}'\)$",
    r"^handle = 0x0003$",
)


class Pair:
    """Two daemons on one air."""

    def __init__(self, air=None):
        self.air = air or Air()
        self.sides = []

    def __enter__(self):
        self.air.__enter__()
        try:
            for title in ("server", "client"):
                self.sides.append(Host(self.air, title).__enter__())
        except BaseException as error:
            self.__exit__(type(error), error, None)
            raise
        return self

    def __exit__(self, *exc):
        for folder in reversed([self.air, *self.sides]):
            folder.__exit__(*exc)

    def play(self, server_text, client_text, *client_says, server_says=()):
        """Both programs, from their start to their end."""
        server = self.sides[0].run(server_text, "server")
        client = self.sides[1].run(client_text, "client")
        for lines in (FOUND, client_says, NOTIFIED):
            says(client, *lines)
        says(server, r"^\[callback\] connect_id = 0, addr = ([0-9a-f]{2}:){5}[0-9a-f]{2}$",
             r"^\[callback\] ble_gatt_send_notification successful\.$",
             r"^\[callback\] ble send data successful\.$")
        # On a busy machine the client may write before the server has sent its notification.
        if server_says:
            says(server, *server_says)
        for child in (server, client):
            child.hurry()
        for child in (server, client):
            ends(child)
        says_all(server, client)


def says_all(server, client):
    """What each says at its end, both ways that it can come to it."""
    says(server, r"^!!!!! stop BLE now !!!!!$|^ble_gatt_server_release success\.$")
    says(client, r"^BLE connection has been disconnected\.$|^!!!!! stop BLE Client now !!!!!$",
         r"^ble client release successful\.$")


def once(client_text=None, *client_says, server_text=None, server_says=()):
    server_text = server_text or program("BLE Server")
    client_text = client_text or program("BLE Client")
    with Pair() as pair:
        pair.play(server_text, client_text, *(client_says or READ_BY_UUID),
                  server_says=server_says)


def alternative(*lines, off=(BY_UUID,)):
    """The client with one of its commented-out endings switched on."""
    return switch(program("BLE Client"), on=lines, off=off)


def writable(text):
    """The server with a characteristic that can be written, with and without response."""
    line = "chara_prop = 0x02 | 0x10 | 0x20"
    if line not in text:
        raise AssertionError(line)
    return text.replace(line, line + " | 0x04 | 0x08")


def test_as_they_stand():
    """Both programs as they stand, ten runs in a row."""
    server, client = program("BLE Server"), program("BLE Client")
    with Pair() as pair:
        for _ in range(10):
            pair.play(server, client, *READ_BY_UUID)


def test_btvirt():
    """Both programs as they stand, on BlueZ's emulated controllers."""
    with Pair(Btvirt()) as pair:
        pair.play(program("BLE Server"), program("BLE Client"), *READ_BY_UUID)


BOTH = """
import ble, os, time

own, peer = {own!r}, {peer!r}

def server(args):
    print("server", args[:3], flush=True)

def client(args):
    if args[0] != 19:
        print("client", args[:3], flush=True)
    elif args[3] == peer:
        ble.scanStop()
        ble.connect(args[4], args[5])

assert ble.serverInit(server) == ble.clientInit(client) == ble.gattStart() == 0
while ble.getStatus() != 1:
    time.sleep(0.01)
assert ble.setAdvData(bytes([len(own) + 1, 9]) + own.encode()) == 0
assert ble.setAdvParam(32, 32, 0, 0, 7, 0, 2, 1, 1) == ble.advStart() == 0
if peer:
    assert ble.setScanParam(1, 64, 60, 0, 0) == ble.scanStart() == 0
while not os.path.exists(os.environ["UTIME_HURRY"]):
    time.sleep(0.01)
assert ble.gattStop() == 0
"""


def test_both_roles():
    """Two programs that are server and client: a link's events go to the role that it is for."""
    with Pair() as pair:
        second = pair.sides[1].run(BOTH.format(own="second", peer=""), "second")
        first = pair.sides[0].run(BOTH.format(own="first", peer="second"), "first")
        says(first, r"^client \(26, 0\)$")
        says(second, r"^server \(20, 0, 0\)$")
        first.hurry()
        ends(first)
        says(second, r"^server \(17, 0, 0\)$")
        second.hurry()
        ends(second)
        equal(sorted(first.log.splitlines()),
              ["client (0, 0)", "client (1, 0)", "client (16, 0, 0)", "client (17, 0, 0)",
               "client (20, 0, 0)", "client (26, 0)", "server (0, 0)", "server (1, 0)"],
              "what the connecting program heard")
        equal(sorted(second.log.splitlines()),
              ["client (0, 0)", "client (1, 0)", "server (0, 0)", "server (1, 0)",
               "server (16, 0, 0)", "server (17, 0, 0)", "server (20, 0, 0)"],
              "what the other program heard")


VANISHING = """
import ble, os, time

def heard(args):
    if args[0] == 19 and args[3] == "second":
        ble.scanStop()
        ble.connect(args[4], args[5])
    elif args[0] in (17, 26):
        print("heard", args[:3], flush=True)
        if args[0] == 17:
            print(ble.readCharaByHandle(0, 3, 0, 0), ble.lastError(), flush=True)

assert ble.clientInit(heard) == ble.gattStart() == 0
while ble.getStatus() != 1:
    time.sleep(0.01)
assert ble.setScanParam(1, 64, 60, 0, 0) == ble.scanStart() == 0
while not os.path.exists(os.environ["UTIME_HURRY"]):
    time.sleep(0.01)
"""


def test_vanished_peer():
    """A peer that vanishes: event 17, and calls for its link are -1 with a reason."""
    with Pair() as pair:
        second = pair.sides[1].run(BOTH.format(own="second", peer=""), "second")
        first = pair.sides[0].run(VANISHING, "first")
        says(first, r"^heard \(26, 0\)$")
        pair.sides[1].qbled.kill()
        says(first, r"^heard \(17, 0, 0\)$", r"^-1 connect_id 0", seconds=30)
        first.hurry()
        ends(first)
        second.kill()


def test_by_uuid():
    """discover_service_mode 1: the service by its UUID."""
    text = program("BLE Client")
    line = "self.discover_service_mode = 0 "
    assert text.count(line) == 1
    once(text.replace(line, "self.discover_service_mode = 1 "),
         r"^execute the function discover_service_by_uuid\.$",
         r"^ble client discover service by uuid successful\.$", *READ_BY_UUID)


def test_scan_filter_off():
    """setScanFilter(0): every advertisement is told."""
    once(switch(program("BLE Client"), on=["ble.setScanFilter(0)"]), *READ_BY_UUID)


def test_read_by_handle():
    """The commented-out read by handle."""
    once(alternative("ret = ble_client.read_characteristic_by_handle()"),
         r"^event_id : BLE_GATT_CHARA_READ_IND, status = 0$",
         r"^data_len = 244, data : bytearray\(b'(\\x00){244}'\)$",
         server_says=[r"^\[callback\] ble recv read successful\.$", r"^len=244, data:bytearray",
                      r"^attr_handle = 0x0003$", r"^short uuid = 0x2a19$"])


WRITE = ("ble_client.gatt_statue = gatt_status.BLE_GATT_WRITE_CHARA_VALUE",
         "ret = ble_client.write_characteristic()")


def test_write_refused():
    """The commented-out write, which the example's characteristic does not allow."""
    once(alternative(*WRITE, off=(READING, BY_UUID)),
         r"^value_handle = 0x0003, uuid = 0x2a19$",
         r"^event_id : BLE_GATT_ATT_ERROR_IND, status = 0$", r"^errcode = 0x0003$")


def test_write():
    """The commented-out write, to a characteristic that can be written."""
    once(alternative(*WRITE, off=(READING, BY_UUID)),
         r"^event_id : BLE_GATT_CHARA_WRITE_WITH_RSP_IND, status = 0$",
         server_text=writable(program("BLE Server")),
         server_says=[r"^\[callback\] ble recv successful\.$",
                      r"^len=2, data:bytearray\(b'@\\x00'\)$", r"^attr_handle = 0x0003$",
                      r"^short uuid = 0x2a19$", r"^long uuid = bytearray\(b'(\\x00){16}'\)$"])


def test_write_without_response():
    """The commented-out write without response."""
    once(alternative(WRITE[0], "ret = ble_client.write_characteristic_no_rsp()",
                     off=(READING, BY_UUID)),
         r"^event_id : BLE_GATT_CHARA_WRITE_WITHOUT_RSP_IND, status = 0$",
         r"^write characteristic value without response successful\.$",
         server_text=writable(program("BLE Server")),
         server_says=[r"^len=2, data:bytearray\(b' \\x00'\)$"])


def test_read_descriptor():
    """The commented-out read of the descriptor."""
    once(alternative("ble_client.gatt_statue = gatt_status.BLE_GATT_READ_CHARA_DESC",
                     "ret = ble_client.read_characteristic_descriptor()",
                     off=(READING, BY_UUID)),
         r"^event_id : BLE_GATT_DESC_READ_IND, status = 0$",
         r"^data_len = 2, data : bytearray\(b'\\x00\\x00'\)$")


def test_write_descriptor():
    """The commented-out write of the descriptor."""
    once(alternative("ble_client.gatt_statue = gatt_status.BLE_GATT_WRITE_CHARA_DESC",
                     "ret = ble_client.write_characteristic_descriptor()",
                     off=(READING, BY_UUID)),
         r"^handle = 0x0004$",
         r"^event_id : BLE_GATT_DESC_WRITE_WITH_RSP_IND, status = 0$",
         server_says=[r"^\[callback\] ble recv successful\.$",
                      r"^len=2, data:bytearray\(b'\\x01\\x02'\)$", r"^attr_handle = 0x0004$",
                      r"^short uuid = 0x2902$"])


if __name__ == "__main__":
    run([test_as_they_stand, test_btvirt, test_both_roles, test_vanished_peer, test_by_uuid,
         test_scan_filter_off, test_read_by_handle, test_write_refused, test_write,
         test_write_without_response, test_read_descriptor, test_write_descriptor])
