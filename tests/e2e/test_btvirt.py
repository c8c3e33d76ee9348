# SPDX-License-Identifier: GPL-2.0-or-later
"""Both example programs over BlueZ's btvirt, a controller that we did not write."""
import examples
from qbled import Btvirt, Daemon
from tap import run


def rounds(kind, *programs):
    with Btvirt(kind) as air, Daemon(air, "server") as server, Daemon(air, "client") as client:
        server.ready()
        client.ready()
        for mode, by_uuid in programs:
            examples.both(server, client, mode, by_uuid)


def test_without_system_services():
    """Both programs on btvirt, handles from 1, three times in a row"""
    rounds("le", (0, False), (0, False), (0, True))


def test_with_system_services():
    """Both programs on btvirt, handles from 16, three times in a row"""
    rounds("le", (1, False), (1, False), (1, True))


def test_dual_mode():
    """Both programs on btvirt's dual-mode controller, which announces no LE features"""
    rounds("bredrle", (0, False), (1, False))


if __name__ == "__main__":
    run([test_without_system_services, test_with_system_services, test_dual_mode])
