# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes com.quectel.Ble1(5) from the contract: xml2man.py FILE.xml >com.quectel.Ble1.5

The comments are in the form that gdbus-codegen reads: the name and a colon, lines @argument: what
it is, an empty line, then paragraphs.
"""
import re
import sys
import xml.etree.ElementTree

HEAD = """.\\" SPDX-License-Identifier: GPL-2.0-or-later
.\\" Made from com.quectel.Ble1.xml.
.TH COM.QUECTEL.BLE1 5 "" qbled "File Formats and Conventions"
.SH NAME
com.quectel.Ble1 \\- the D-Bus API of qbled
.SH SYNOPSIS
.EX
busctl call com.quectel.Ble1 /com/quectel/Ble1 com.quectel.Ble1 GetStatus
busctl monitor com.quectel.Ble1
.EE"""

TAIL = """.SH "SEE ALSO"
.BR qbled (8),
.BR qblectl (1),
.BR libqble\\-client (3),
.BR busctl (1)"""

KINDS = (("method", "Methods"), ("signal", "Signals"), ("property", "Properties"))


def escape(text):
    """Text as roff has it; a line may not begin with a control character."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return re.sub(r"^([.'])", r"\\&\1", text, flags=re.MULTILINE)


class Comment:
    """What a comment says: {argument: text} and paragraphs."""

    def __init__(self, text, path):
        lines = [line.strip() for line in text.strip().splitlines()]
        self.name = lines.pop(0).removesuffix(":")
        self.arguments, self.paragraphs = {}, []
        current = None
        for line in lines:
            match = re.match(r"@(\w+):\s*(.*)", line)
            if match:
                current = match.group(1)
                self.arguments[current] = match.group(2)
            elif not line:
                current = ""
                self.paragraphs.append("")
            elif current:
                self.arguments[current] += " " + line
            elif self.paragraphs:
                self.paragraphs[-1] = f"{self.paragraphs[-1]} {line}".strip()
            else:
                raise SystemExit(f"{path}: text of {self.name} before an empty line: {line}")
        self.paragraphs = [text for text in self.paragraphs if text]


def read(path):
    """The node, and each element's comment, which stands right before it."""
    builder = xml.etree.ElementTree.TreeBuilder(insert_comments=True)
    parser = xml.etree.ElementTree.XMLParser(target=builder)
    return xml.etree.ElementTree.parse(path, parser).getroot()


def documented(parent, path):
    """(element, comment) for the children that are not comments."""
    comment = None
    for child in parent:
        if child.tag is xml.etree.ElementTree.Comment:
            comment = Comment(child.text, path)
        elif child.tag in ("interface", "method", "signal", "property"):
            if not comment or comment.name != child.get("name"):
                raise SystemExit(f"{path}: {child.get('name')} has no comment of its own")
            yield child, comment
            comment = None


def prototype(element):
    """NAME(TYPE argument, ...) -> (TYPE result, ...)"""
    if element.tag == "property":
        return f"{element.get('name')} {element.get('type')}"
    sides = {"in": [], "out": []}
    for arg in element.findall("arg"):
        sides[arg.get("direction", "in")].append(f"{arg.get('type')} {arg.get('name')}")
    text = f"{element.get('name')}({', '.join(sides['in'])})"
    return text + (f" -> {', '.join(sides['out'])}" if sides["out"] else "")


def print_member(element, comment, path):
    print(".TP\n.B " + escape(prototype(element)))
    names = [arg.get("name") for arg in element.findall("arg")]
    if list(comment.arguments) != names:
        raise SystemExit(f"{path}: {comment.name} has the arguments {names}, "
                         f"and describes {list(comment.arguments)}")
    for index, text in enumerate(comment.paragraphs):
        print((".IP\n" if index else "") + escape(text))
    if not names or (element.tag == "signal" and names == ["event_id", "status"]):
        return
    print(".RS")
    for name, text in comment.arguments.items():
        print(f".IP {name} 4\n{escape(text)}")
    print(".RE")


def main(path):
    print(HEAD)
    for interface, comment in documented(read(path), path):
        print(f".SH \"INTERFACE {escape(interface.get('name'))}\"")
        short = comment.arguments.get("short_description", "")
        print(escape(short[:1].upper() + short[1:]) + ".")
        for text in comment.paragraphs:
            print(f".PP\n{escape(text)}")
        members = list(documented(interface, path))
        for kind, title in KINDS:
            if any(element.tag == kind for element, _ in members):
                print(f".SS {title}")
            for element, text in members:
                if element.tag == kind:
                    print_member(element, text, path)
    print(TAIL)


if __name__ == "__main__":
    main(sys.argv[1])
