# SPDX-License-Identifier: GPL-2.0-or-later
"""Captures as files: their records, and files made of records."""
import struct

HEADER = b"btsnoop\0" + struct.pack(">II", 1, 1002)
EPOCH_US = 0x00DCDDB30F2F8000

COMMAND, ACL, EVENT = 1, 2, 4


class Record:
    def __init__(self, received, packet, unix_us=0, drops=0):
        self.received, self.packet, self.unix_us, self.drops = received, packet, unix_us, drops

    def octets(self):
        flags = self.received | 2 * (self.packet[0] in (COMMAND, EVENT))
        return struct.pack(">IIIIQ", len(self.packet), len(self.packet), flags, self.drops,
                           self.unix_us + EPOCH_US) + self.packet

    @property
    def opcode(self):
        """Of a command; else None."""
        return struct.unpack_from("<H", self.packet, 1)[0] if self.packet[0] == COMMAND else None


def read(path):
    """All records of a file."""
    with open(path, "rb") as file:
        return parse(file.read())


def parse(data):
    """All records; an error if it does not end with a whole one."""
    if data[:16] != HEADER:
        raise ValueError(f"a capture begins with {data[:16]}")
    records, at = [], 16
    while at < len(data):
        length, _, flags, drops, time = struct.unpack_from(">IIIIQ", data, at)
        at += 24 + length
        if at > len(data):
            raise ValueError("a capture ends inside of a record")
        records.append(Record(flags & 1, data[at - length:at], time - EPOCH_US, drops))
    return records


def write(path, records):
    with open(path, "wb") as file:
        file.write(HEADER)
        file.writelines(record.octets() for record in records)
