# SPDX-License-Identifier: MIT
"""Makes C tables of what is data: tables.py numbers FILE.tsv, or tables.py methods FILE.xml."""
import sys
import xml.etree.ElementTree


def numbers(path):
    """{0x1800, 's', "Generic Access"} of each line, ordered by number."""
    rows = {}
    with open(path, encoding="utf-8") as file:
        for at, line in enumerate(file, 1):
            if line.startswith("#") or not line.strip():
                continue
            kind, number, name = line.rstrip("\n").split("\t")
            if kind not in ("service", "characteristic", "descriptor") or int(number, 16) in rows:
                raise SystemExit(f"{path}:{at}: an unknown kind, or a number that was there before")
            rows[int(number, 16)] = (kind, name)
    for number, (kind, name) in sorted(rows.items()):
        print(f"{{0x{number:04x}, '{kind[0]}', \"{name}\"}},")


def methods(path):
    """{name, interface, types, names of arguments} of each method, in the order of the contract."""
    for interface in xml.etree.ElementTree.parse(path).getroot().findall("interface"):
        for method in interface.findall("method"):
            ins = [arg for arg in method.findall("arg") if arg.get("direction") == "in"]
            outs = [arg for arg in method.findall("arg") if arg.get("direction") == "out"]
            types = "".join(arg.get("type") for arg in ins)
            names = " ".join(arg.get("name") for arg in ins)
            results = " ".join(arg.get("name") for arg in outs)
            print(f"{{\"{method.get('name')}\", \"{interface.get('name')}\", \"{types}\", "
                  f"\"{names}\", \"{results}\"}},")


if __name__ == "__main__":
    {"numbers": numbers, "methods": methods}[sys.argv[1]](sys.argv[2])
