# SPDX-License-Identifier: GPL-2.0-or-later
"""The same calls from two more implementations of D-Bus: GDBus (gdbus) and libdbus (dbus-send)."""
import re
import subprocess

from contract import BLE, EXTENDED
from process import needs
from qbled import OBJECT, Air, Daemon
from tap import contains, equal, run


def gdbus(daemon, method, *arguments, interface=BLE, status=0):
    result = subprocess.run(["gdbus", "call", "--system", "-d", BLE, "-o", OBJECT,
                             "-m", f"{interface}.{method}", *arguments], env=daemon.env,
                            capture_output=True, text=True, check=False)
    equal(result.returncode, status, f"exit status of gdbus {method} ({result.stderr.strip()})")
    return (result.stderr if status else result.stdout).strip()


def dbus_send(daemon, method, *arguments, interface=BLE, status=0):
    result = subprocess.run(["dbus-send", "--system", "--print-reply=literal", f"--dest={BLE}",
                             OBJECT, f"{interface}.{method}", *arguments], env=daemon.env,
                            capture_output=True, text=True, check=False)
    equal(result.returncode, status, f"exit status of dbus-send {method} ({result.stderr.strip()})")
    return (result.stderr if status else result.stdout).strip()


def octets(data):
    return "[" + ", ".join(f"byte {b:#04x}" for b in data) + "]"


def test_gdbus():
    """A server made with gdbus: strings, integers, bytes, an integer and bytes as answers"""
    needs("gdbus", "libglib2.0-bin")
    # gdbus prints bytes that end in 0 as a string, and an address may.
    with Air("--address=12:34:56:78:9a:bc") as air, Daemon(air, "server") as daemon:
        daemon.ready()
        equal(gdbus(daemon, "ServerInit"), "()", "ServerInit")
        equal(gdbus(daemon, "GetStatus"), "(0,)", "GetStatus")
        equal(gdbus(daemon, "GattStart"), "()", "GattStart")
        daemon.expect(0, 0)
        equal(gdbus(daemon, "GetStatus"), "(1,)", "GetStatus")
        equal(gdbus(daemon, "GetPublicAddr"),
              "([byte 0xbc, 0x9a, 0x78, 0x56, 0x34, 0x12],)", "GetPublicAddr")
        gdbus(daemon, "SetLocalName", "1", "'移远'")
        gdbus(daemon, "SetAdvParam", *map(str, (0x300, 0x320, 0, 0, 7, 0, 2, 1, 1)))
        gdbus(daemon, "SetAdvData", octets(b"\x02\x01\x05"))
        gdbus(daemon, "AddService", "1", "1", "0", "0", octets(bytes(range(16))))
        gdbus(daemon, "AddChara", "1", "1", str(0x12), "1", "0x2a19", "@ay []")
        gdbus(daemon, "AddOrClearService", "1", "1")
        equal(gdbus(daemon, "GetHandle", "1", "1", interface=EXTENDED), "(uint32 18,)", "GetHandle")
        gdbus(daemon, "AdvStart")
        error = gdbus(daemon, "AddService", "1", "1", "1", "65536", octets(bytes(16)), status=1)
        contains(error, "com.quectel.Ble1.Error.InvalidArgument", "uuid_s", "65536", "0..65535")
        error = gdbus(daemon, "Disconnect", "3", status=1)
        contains(error, "com.quectel.Ble1.Error.NotConnected", "connect_id 3")
        events = gdbus(daemon, "GetEvents", "uint64 0", "uint32 10", interface=EXTENDED)
        equal(re.sub(r"\s+", " ", events), "(uint64 2, [(uint64 1, uint32 0, 0, uint32 4294967295, "
              "@a{sv} {})])", "GetEvents")
        gdbus(daemon, "GattStop")
        daemon.expect(1, 0)


def test_dbus_send():
    """A client made with dbus-send, as far as it goes without a peer"""
    needs("dbus-send", "dbus")
    with Air() as air, Daemon(air, "client") as daemon:
        daemon.ready()
        equal(dbus_send(daemon, "ClientInit"), "", "ClientInit")
        dbus_send(daemon, "GattStart")
        daemon.expect(0, 0)
        equal(dbus_send(daemon, "GetStatus"), "int32 1", "GetStatus")
        dbus_send(daemon, "SetScanParam", *(f"uint32:{n}" for n in (1, 0x100, 0x50, 0, 0)))
        dbus_send(daemon, "ScanStart")
        dbus_send(daemon, "ScanStop")
        dbus_send(daemon, "Connect", "uint32:0", "array:byte:0x11,0x22,0x33,0x44,0x55,0x66")
        dbus_send(daemon, "CancelConnect", "array:byte:0x11,0x22,0x33,0x44,0x55,0x66")
        address = bytes.fromhex("112233445566")
        daemon.expect(16, 0x02, 0xFF, address)
        error = dbus_send(daemon, "SetScanParam", *(f"uint32:{n}" for n in (1, 4, 4, 0, 0)),
                          status=1)
        contains(error, "Error com.quectel.Ble1.Error.InvalidArgument: ", "scan_window", "4")
        error = dbus_send(daemon, "Connect", "uint32:0", "array:byte:1,2,3", status=1)
        contains(error, "com.quectel.Ble1.Error.InvalidArgument", "addr is 3 bytes long", "6")
        error = dbus_send(daemon, "Connect", "uint32:0", status=1)
        contains(error, "org.freedesktop.DBus.Error.InvalidArgs")
        error = dbus_send(daemon, "Nonsense", status=1)
        contains(error, "org.freedesktop.DBus.Error.UnknownMethod")
        dbus_send(daemon, "ClientRelease")
        daemon.quiet()
        equal(daemon.call("GetStatus"), 0, "GetStatus after the last role is released")


def test_properties():
    """The properties, and PropertiesChanged when they change, as gdbus sees them"""
    needs("gdbus", "libglib2.0-bin")
    with Air() as air, Daemon(air, "server") as daemon:
        daemon.ready()
        get = ("GetAll", EXTENDED)
        shown = gdbus(daemon, *get, interface="org.freedesktop.DBus.Properties")
        contains(shown, "'Version': <'", "'Status': <0>", "'event-log'", "'Connections': <@a(",
                 f"'Controller': <('{air.controller}', true, '')>", "'Address': <'00:11:22:33:44:")
        daemon.call("ServerInit")
        daemon.call("GattStart")
        daemon.expect(0, 0)
        changed = [values for interface, values in daemon.monitor.properties
                   if interface == EXTENDED and "Status" in values]
        equal(changed[-1]["Status"], 1, "Status of the last PropertiesChanged")


if __name__ == "__main__":
    run([test_gdbus, test_dbus_send, test_properties])
