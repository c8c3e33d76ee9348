# SPDX-License-Identifier: GPL-2.0-or-later
"""A program that has bluetoothd serve a database and advertise it, as BlueZ's own documents say."""
import dbus
import dbus.service

from bluez import CHARA, DESC, ORG, SERVICE
from loop import octets, plain

ROOT = "/app"
MANAGER, ADVERTISING = "org.bluez.GattManager1", "org.bluez.LEAdvertisingManager1"
ADVERTISEMENT = "org.bluez.LEAdvertisement1"
PROPERTIES, OBJECTS = "org.freedesktop.DBus.Properties", "org.freedesktop.DBus.ObjectManager"


class Refusal(dbus.DBusException):
    """What an application answers that does not want."""

    def __init__(self, name):
        super().__init__("refused")
        self._dbus_error_name = f"org.bluez.Error.{name}"


class Object(dbus.service.Object):
    interface = None

    def __init__(self, bus, path, properties):
        super().__init__(bus.connection, path)
        self.path, self.properties = path, properties

    @dbus.service.method(PROPERTIES, in_signature="ss", out_signature="v")
    def Get(self, _interface, name):
        return self.properties[name]

    @dbus.service.method(PROPERTIES, in_signature="s", out_signature="a{sv}")
    def GetAll(self, _interface):
        return self.properties

    @dbus.service.method(PROPERTIES, in_signature="ssv")
    def Set(self, _interface, name, value):
        self.properties[name] = value

    @dbus.service.signal(PROPERTIES, signature="sa{sv}as")
    def PropertiesChanged(self, interface, changed, invalidated):
        pass

    def changed(self, name, value):
        self.PropertiesChanged(self.interface, {name: value}, dbus.Array([], "s"))


class Service(Object):
    interface = SERVICE


class Valued(Object):
    """Keeps a value, and what was asked of it: ("read" or "write", its octets, the options)."""

    def __init__(self, bus, path, properties, value, refusal=None):
        super().__init__(bus, path, {**properties, "Handle": dbus.UInt16(0)})
        self.value, self.refusal, self.asked = value, refusal, []

    @property
    def handle(self):
        """As bluetoothd has set it: of a characteristic, its value's."""
        return int(self.properties["Handle"])

    def read(self, options):
        if self.refusal:
            raise Refusal(self.refusal)
        offset = options.get("offset", 0)
        self.asked.append(("read", self.value[offset:], plain(options)))
        return octets(self.value[offset:])

    def write(self, value, options):
        if self.refusal:
            raise Refusal(self.refusal)
        offset = options.get("offset", 0)
        self.value = self.value[:offset] + bytes(value)
        self.asked.append(("write", bytes(value), plain(options)))

    def taken(self):
        """What was asked since the last time, as pairs of what and which octets."""
        asked, self.asked = [(what, value) for what, value, _ in self.asked], []
        return asked


class Characteristic(Valued):
    interface = CHARA

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.subscribers, self.confirmed = 0, 0

    @dbus.service.method(CHARA, in_signature="a{sv}", out_signature="ay", byte_arrays=True)
    def ReadValue(self, options):
        return self.read(options)

    @dbus.service.method(CHARA, in_signature="aya{sv}", byte_arrays=True)
    def WriteValue(self, value, options):
        self.write(value, options)

    @dbus.service.method(CHARA)
    def StartNotify(self):
        self.subscribers += 1

    @dbus.service.method(CHARA)
    def StopNotify(self):
        self.subscribers -= 1

    @dbus.service.method(CHARA)
    def Confirm(self):
        self.confirmed += 1

    def send(self, value):
        self.changed("Value", octets(value))


class Descriptor(Valued):
    interface = DESC

    @dbus.service.method(DESC, in_signature="a{sv}", out_signature="ay", byte_arrays=True)
    def ReadValue(self, options):
        return self.read(options)

    @dbus.service.method(DESC, in_signature="aya{sv}", byte_arrays=True)
    def WriteValue(self, value, options):
        self.write(value, options)


class Advertisement(Object):
    interface = ADVERTISEMENT

    @dbus.service.method(ADVERTISEMENT)
    def Release(self):
        pass


class Application(dbus.service.Object):
    """The objects of a database, and their registration with an adapter."""

    def __init__(self, bus, adapter):
        super().__init__(bus.connection, ROOT)
        self.bus, self.adapter, self.objects = bus, adapter, []
        self.registered, self.advertisement = False, None

    @dbus.service.method(OBJECTS, out_signature="a{oa{sa{sv}}}")
    def GetManagedObjects(self):
        return {o.path: {o.interface: o.properties} for o in self.objects}

    def add(self, made):
        self.objects.append(made)
        return made

    def service(self, uuid, primary=True):
        return self.add(Service(self.bus, f"{ROOT}/o{len(self.objects)}",
                                {"UUID": uuid, "Primary": primary, "Handle": dbus.UInt16(0)}))

    def characteristic(self, service, uuid, flags, value=b"", refusal=None):
        properties = {"UUID": uuid, "Service": dbus.ObjectPath(service.path), "Flags": flags}
        return self.add(Characteristic(self.bus, f"{ROOT}/o{len(self.objects)}", properties,
                                       value, refusal))

    def descriptor(self, characteristic, uuid, flags, value):
        properties = {"UUID": uuid, "Characteristic": dbus.ObjectPath(characteristic.path),
                      "Flags": flags}
        return self.add(Descriptor(self.bus, f"{ROOT}/o{len(self.objects)}", properties, value))

    def manage(self, interface, method, signature, path, *options):
        answers = self.bus.start(ORG, self.adapter.path, interface, method, signature,
                                 dbus.ObjectPath(path), *options)
        self.bus.finish(method, answers)

    def register(self):
        self.manage(MANAGER, "RegisterApplication", "oa{sv}", ROOT, {})
        self.registered = True

    def unregister(self):
        self.manage(MANAGER, "UnregisterApplication", "o", ROOT)
        self.registered = False

    def advertise(self, properties):
        self.advertisement = Advertisement(self.bus, f"{ROOT}/advertisement",
                                           {"Type": "peripheral", **properties})
        self.manage(ADVERTISING, "RegisterAdvertisement", "oa{sv}", self.advertisement.path, {})

    def conceal(self):
        """Advertises no more."""
        self.manage(ADVERTISING, "UnregisterAdvertisement", "o", self.advertisement.path)
        self.advertisement.remove_from_connection()
        self.advertisement = None

    def remove(self):
        """Everything, from bluetoothd and from the bus."""
        if self.advertisement:
            self.conceal()
        if self.registered:
            self.unregister()
        for made in self.objects:
            made.remove_from_connection()
        self.remove_from_connection()
