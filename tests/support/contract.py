# SPDX-License-Identifier: GPL-2.0-or-later
"""The contract of dbus/com.quectel.Ble1.xml, or of what a running daemon says of itself."""
import os
import xml.etree.ElementTree

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FILE = os.path.join(ROOT, "dbus", "com.quectel.Ble1.xml")
BLE = "com.quectel.Ble1"
EXTENDED = "com.quectel.Ble1.Extended"

# The documented number of each signal.
EVENT_IDS = {
    0: "StartStatusInd", 1: "StopStatusInd", 16: "ConnectInd", 17: "DisconnectInd",
    18: "UpdateConnParamInd", 19: "ScanReportInd", 20: "GattMtu", 21: "GattRecvWriteInd",
    22: "GattRecvReadInd", 23: "GattRecvNotificationInd", 24: "GattRecvIndicationInd",
    25: "GattSendEnd", 26: "GattStartDiscoverServiceInd", 27: "GattDiscoverServiceInd",
    28: "GattDiscoverCharacteristicDataInd", 29: "GattDiscoverCharaDescInd",
    30: "GattCharaWriteWithRspInd", 31: "GattCharaWriteWithoutRspInd", 32: "GattCharaReadInd",
    33: "GattCharaReadByUuidInd", 34: "GattCharaMultiReadInd", 35: "GattDescWriteWithRspInd",
    36: "GattDescReadInd", 37: "GattAttErrorInd",
}


def split_types(signature):
    """The complete types of a signature: "ua{sv}ay" → ["u", "a{sv}", "ay"]."""
    types, start, depth = [], 0, 0
    for i, char in enumerate(signature):
        depth += (char in "({") - (char in ")}")
        if depth == 0 and char != "a":
            types.append(signature[start:i + 1])
            start = i + 1
    return types


def decode(value, kind):
    """A value of busctl's JSON as Python has it: bytes for ay, variants as what they hold."""
    if kind == "ay":
        return bytes(value)
    if kind == "v":
        return decode(value["data"], value["type"])
    if kind.startswith("a{"):
        inner = split_types(kind[2:-1])[1]
        return {key: decode(item, inner) for key, item in value.items()}
    if kind.startswith("a"):
        return [decode(item, kind[1:]) for item in value]
    if kind.startswith("("):
        return tuple(decode(item, inner)
                     for item, inner in zip(value, split_types(kind[1:-1])))
    return value


class Member:
    """A method, a signal or a property: the names and types of what goes in and comes out."""

    def __init__(self, interface, node):
        self.interface = interface
        self.kind = node.tag
        self.name = node.get("name")
        self.ins, self.outs = [], []
        for arg in node.findall("arg"):
            side = self.ins if arg.get("direction", "in") == "in" else self.outs
            side.append((arg.get("name"), arg.get("type")))
        if self.kind == "signal":  # busctl and others leave a signal's direction out, or say out
            self.outs, self.ins = self.ins + self.outs, []
        self.type = node.get("type", "")
        self.access = node.get("access", "")
        self.annotations = {a.get("name"): a.get("value") for a in node.findall("annotation")}

    @property
    def in_types(self):
        return [kind for _, kind in self.ins]

    @property
    def out_types(self):
        return [kind for _, kind in self.outs]

    def __str__(self):
        shown = ", ".join(f"in {kind} {name}" for name, kind in self.ins)
        shown += ", " if self.ins and self.outs else ""
        shown += ", ".join(f"out {kind} {name}" for name, kind in self.outs)
        what = f"{self.kind} {self.interface}.{self.name}"
        if self.kind == "property":
            changes = "org.freedesktop.DBus.Property.EmitsChangedSignal"
            return f"{what} {self.type} {self.access} {self.annotations.get(changes, 'true')}"
        return f"{what}({shown})"


def parse(text):
    """{(interface, kind, name): Member} of introspection data, for our own interfaces."""
    members = {}
    for interface in xml.etree.ElementTree.fromstring(text).findall("interface"):
        if interface.get("name") in (BLE, EXTENDED):
            for node in interface:
                if node.tag in ("method", "signal", "property"):
                    member = Member(interface.get("name"), node)
                    members[member.interface, member.kind, member.name] = member
    return members


def load():
    with open(FILE, encoding="utf-8") as file:
        return parse(file.read())


MEMBERS = load()
METHODS = {name: member for (_, kind, name), member in MEMBERS.items() if kind == "method"}
SIGNALS = {name: member for (_, kind, name), member in MEMBERS.items() if kind == "signal"}
