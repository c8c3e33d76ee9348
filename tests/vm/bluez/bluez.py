# SPDX-License-Identifier: GPL-2.0-or-later
"""bluetoothd through its D-Bus API: its adapters, and a peer of its as it sees it."""
import dbus

from loop import octets, plain, until
from tap import Failure, equal

ORG = "org.bluez"
ADAPTER, DEVICE = "org.bluez.Adapter1", "org.bluez.Device1"
SERVICE, CHARA, DESC = (f"org.bluez.Gatt{kind}1"
                        for kind in ("Service", "Characteristic", "Descriptor"))


class BlueZ:
    """The objects of bluetoothd, and what it tells of their changes."""

    def __init__(self, bus):
        self.bus = bus
        self.changes = []  # (path, interface, changed properties), as they came
        bus.listen(self.take, bus_name=ORG, signal_name="PropertiesChanged", path_keyword="path")

    def take(self, interface, changed, _invalidated, path):
        self.changes.append((str(path), str(interface), plain(changed)))

    def objects(self):
        return self.bus.call(ORG, "/", "org.freedesktop.DBus.ObjectManager", "GetManagedObjects")

    def call(self, path, interface, method, signature="", *arguments):
        return self.bus.call(ORG, path, interface, method, signature, *arguments)

    def refused(self, error, path, interface, method, signature="", *arguments):
        try:
            answer = self.call(path, interface, method, signature, *arguments)
        except dbus.DBusException as got:
            equal(got.get_dbus_name(), error, f"the error of {method}")
            return got.get_dbus_message()
        raise Failure(f"{method} answered {answer!r}, wanted {error}")


class Adapter:
    def __init__(self, bluez, name):
        self.bluez, self.name, self.path = bluez, name, f"/org/bluez/{name}"

    def there(self):
        return self.path in self.bluez.objects()

    def get(self, name):
        return self.bluez.bus.get(ORG, self.path, ADAPTER, name)

    def power(self, on):
        self.bluez.bus.set(ORG, self.path, ADAPTER, "Powered", on)

    def find(self, address):
        """Scans until it has heard that peer."""
        peer = Peer(self.bluez, f"{self.path}/dev_{address.replace(':', '_')}")
        self.bluez.call(self.path, ADAPTER, "SetDiscoveryFilter", "a{sv}", {"Transport": "le"})
        self.bluez.call(self.path, ADAPTER, "StartDiscovery")
        try:
            until(f"that bluetoothd hears {address}", peer.there)
        finally:
            self.bluez.call(self.path, ADAPTER, "StopDiscovery")
        return peer

    def forget(self):
        """Removes all peers, with what is remembered of them."""
        for path in self.bluez.objects():
            if path.startswith(f"{self.path}/dev_") and path.count("/") == 4:
                self.bluez.call(self.path, ADAPTER, "RemoveDevice", "o", path)


class Peer:
    """A peer of bluetoothd's, as it sees it."""

    def __init__(self, bluez, path):
        self.bluez, self.path = bluez, path

    def there(self):
        return self.path in self.bluez.objects()

    def properties(self):
        return self.bluez.objects()[self.path][DEVICE]

    def get(self, name):
        return self.bluez.bus.get(ORG, self.path, DEVICE, name)

    def connect(self):
        self.bluez.call(self.path, DEVICE, "Connect")
        self.resolved()

    def resolved(self):
        until("that bluetoothd knows the services", lambda: self.get("ServicesResolved"))

    def disconnect(self):
        self.bluez.call(self.path, DEVICE, "Disconnect")

    def attributes(self):
        """(handle, uuid, what else is known) of everything that it has found here.

        The handles are in the names of the objects: service0010/char0011/desc0013. That of a
        characteristic is its declaration's.
        """
        rows = []
        for path, interfaces in self.bluez.objects().items():
            if not path.startswith(self.path + "/"):
                continue
            handle = int(path[-4:], 16)
            for kind, extra in ((SERVICE, "Primary"), (CHARA, "Flags"), (DESC, None)):
                if kind in interfaces:
                    found = interfaces[kind]
                    rows.append((handle, found["UUID"], found[extra] if extra else None))
        return sorted(rows, key=lambda row: row[0])

    def attribute(self, handle):
        """The characteristic or descriptor with that handle in its name."""
        for path, interfaces in self.bluez.objects().items():
            if path.startswith(self.path + "/") and path.endswith(f"{handle:04x}"):
                for kind in (CHARA, DESC):
                    if kind in interfaces:
                        return Attribute(self.bluez, path, kind)
        raise Failure(f"bluetoothd has found no attribute {handle}")


class Attribute:
    """A characteristic or descriptor of a peer."""

    def __init__(self, bluez, path, kind):
        self.bluez, self.path, self.kind = bluez, path, kind

    def get(self, name):
        return self.bluez.bus.get(ORG, self.path, self.kind, name)

    def call(self, method, signature="", *arguments):
        return self.bluez.call(self.path, self.kind, method, signature, *arguments)

    def refused(self, error, method, signature="", *arguments):
        return self.bluez.refused(error, self.path, self.kind, method, signature, *arguments)

    def read(self, **options):
        return self.call("ReadValue", "a{sv}", variants(options))

    def write(self, value, **options):
        self.call("WriteValue", "aya{sv}", octets(value), variants(options))

    def values(self):
        """The values that bluetoothd has told of since the last clear()."""
        return [changed["Value"] for path, _, changed in self.bluez.changes
                if path == self.path and "Value" in changed]

    def clear(self):
        self.bluez.changes.clear()


def variants(options):
    return {name: dbus.UInt16(value) if isinstance(value, int) else value
            for name, value in options.items()}
