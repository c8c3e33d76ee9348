# SPDX-License-Identifier: GPL-2.0-or-later
"""The running daemon against the contract, dbus/com.quectel.Ble1.xml, member by member."""
import json
import re
import xml.etree.ElementTree

import contract
from qbled import OBJECT, Air, Daemon
from tap import Failure, equal, run


def live():
    with Air() as air, Daemon(air) as daemon:
        result = daemon.busctl("call", contract.BLE, OBJECT, "org.freedesktop.DBus.Introspectable",
                               "Introspect")
        return contract.parse(json.loads(result.stdout)["data"][0])


def test_members():
    """Every member of the contract is there as it says, and nothing else"""
    said, contracted = live(), contract.MEMBERS
    wrong = [f"missing: {contracted[key]}" for key in sorted(contracted.keys() - said.keys())]
    wrong += [f"not in it: {said[key]}" for key in sorted(said.keys() - contracted.keys())]
    for key in sorted(contracted.keys() & said.keys()):
        if str(said[key]) != str(contracted[key]):
            wrong.append(f"is: {said[key]}\n  contract: {contracted[key]}")
    if wrong:
        raise Failure("\n".join(wrong))


def test_documented():
    """The contract has the 40 calls, 2 newer ones and the 24 events"""
    ble = [member for member in contract.MEMBERS.values() if member.interface == contract.BLE]
    equal(sum(member.kind == "method" for member in ble), 42, "methods")
    equal(sum(member.kind == "signal" for member in ble), 24, "signals")
    equal({m.name for m in ble if m.kind == "signal"}, set(contract.EVENT_IDS.values()), "signals")
    for member in ble:
        if member.kind == "signal":
            equal(member.outs[:2], [("event_id", "u"), ("status", "i")], member.name)


def test_comments():
    """Every member has a comment right before it, with every argument in it"""
    builder = xml.etree.ElementTree.TreeBuilder(insert_comments=True)
    tree = xml.etree.ElementTree.parse(contract.FILE,
                                       xml.etree.ElementTree.XMLParser(target=builder))
    wrong = []
    for interface in tree.getroot().findall("interface"):
        before = None
        for node in interface:
            if node.tag in ("method", "signal", "property"):
                name = node.get("name")
                text = before.text if before is not None else ""
                arguments = re.findall(r"^\s*@(\w+):", text, re.MULTILINE)
                if not text.strip().startswith(f"{name}:"):
                    wrong.append(f"{name} has no comment")
                elif arguments != [arg.get("name") for arg in node.findall("arg")]:
                    wrong.append(f"{name}: the comment has the arguments {arguments}")
            before = node if node.tag is xml.etree.ElementTree.Comment else None
    if wrong:
        raise Failure("\n".join(wrong))


if __name__ == "__main__":
    run([test_members, test_documented, test_comments])
