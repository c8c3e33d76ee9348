# SPDX-License-Identifier: MIT
"""The module `checkNet` of QuecPython: says what runs, and waits for a network.

A module's stages of SIM card and registration do not exist here. What is left is the last one, a
connection: on Linux, a default route.
"""
import platform

import utime

# Stage of the data call, and what became of it.
_DATA_CALL, _CONNECTED, _NOT_CONNECTED = 3, 1, 0
_LINE = "=" * 50

_UP = 0x1


def _routes(path):
    try:
        with open(path, encoding="ascii") as file:
            return [line.split() for line in file]
    except OSError:
        return []


def _has_default_route():
    for route in _routes("/proc/net/route")[1:]:
        if route[1] == route[7] == "00000000" and int(route[3], 16) & _UP:
            return True
    for route in _routes("/proc/net/ipv6_route"):
        if route[1] == "00" and int(route[0], 16) == 0 and int(route[8], 16) & _UP:
            if route[9] != "lo":
                return True
    return False


def waitNetworkReady(timeout=60):
    """Waits at most timeout seconds, 1..3600. (3, 1): there is a network; (3, 0): there is none."""
    if not 1 <= timeout <= 3600:
        raise OSError("timeout is {}, allowed are 1..3600".format(timeout))
    end = utime.ticks_add(utime.ticks_ms(), timeout * 1000)
    while not _has_default_route():
        if utime.ticks_diff(end, utime.ticks_ms()) <= 0:
            return _DATA_CALL, _NOT_CONNECTED
        utime.sleep_ms(100)
    return _DATA_CALL, _CONNECTED


class CheckNetwork:
    """A program, by its name and version."""

    def __init__(self, project_name, project_version, *_):
        self.project_name = project_name
        self.project_version = project_version

    def poweron_print_once(self):
        """Prints what runs, and on what."""
        print(_LINE)
        print("PROJECT_NAME     : {}".format(self.project_name))
        print("PROJECT_VERSION  : {}".format(self.project_version))
        print("FIRMWARE_VERSION : {}".format(platform.platform()))
        print(_LINE)

    def wait_network_connected(self, timeout=60):
        """As waitNetworkReady()."""
        return waitNetworkReady(timeout)
