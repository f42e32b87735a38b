"""The commands `hack/lab host ...`."""

import argparse
from collections.abc import Callable
from typing import TypeAlias

from labkit.lab import Lab
from labkit.world import bridges, certificate, clock, doors, identity
from labkit.world.mend import mend

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"
Do = Callable[[Lab, argparse.Namespace], None]


def add_commands(commands: Commands) -> None:
    """What can be made of a host."""
    command = _add(commands, "bridge", "a further bridge", _bridge)
    command.add_argument("bridge", metavar="NAME")
    command.add_argument("--mtu", type=int, default=1500, help="default: 1500")
    command.add_argument("--segment", type=int, default=0, help="a number; without one it has no uplink")
    how = command.add_mutually_exclusive_group()
    how.add_argument("--down", action="store_true", help="one that was made is switched off")
    how.add_argument("--remove", action="store_true")
    command = _add(commands, "clock", "another time, as the host's agent sees it", _clock)
    command.add_argument("offset", metavar="OFFSET", help="e.g. +90s, or right")
    command = _add(commands, "certificate", "it shows a certificate that is wrong", _certificate)
    kinds = [*certificate.Wrong, "right"]
    command.add_argument("wrong", metavar="KIND", choices=kinds, help=", ".join(kinds))
    command.add_argument("--of", choices=list(certificate.Whose), default=certificate.Whose.LIBVIRT)
    command = _add(commands, "port", "nobody gets into a port from outside", _port)
    command.add_argument("ports", metavar="PORTS", help="e.g. 16514 or 49152:49215, or open for all")
    command.add_argument("--silent", action="store_true", help="without an answer, as behind a firewall")
    command = _add(commands, "identity", "it takes itself for another host", _identity)
    command.add_argument("other", metavar="OTHER", help="that host, or right")
    command.add_argument("--same", choices=list(identity.Same), default=identity.Same.UUID)
    _add(commands, "mend", "all of this is undone", lambda lab, a: mend(lab, a.host))


def _add(commands: Commands, verb: str, about: str, do: Do) -> argparse.ArgumentParser:
    command = commands.add_parser(verb, help=about, description=about)
    command.add_argument("host")
    command.set_defaults(do=do)
    return command


def _bridge(lab: Lab, arguments: argparse.Namespace) -> None:
    host, name = arguments.host, arguments.bridge
    if arguments.remove:
        bridges.remove(lab, host, name)
    elif arguments.down:
        bridges.down(lab, host, name)
    else:
        bridges.make(lab, host, name, mtu=arguments.mtu, number=arguments.segment)


def _clock(lab: Lab, arguments: argparse.Namespace) -> None:
    if arguments.offset == "right":
        clock.right(lab, arguments.host)
    else:
        clock.shift(lab, arguments.host, arguments.offset)


def _certificate(lab: Lab, arguments: argparse.Namespace) -> None:
    if arguments.wrong == "right":
        certificate.take_back(lab, arguments.host)
    else:
        kind = certificate.Wrong(arguments.wrong)
        certificate.give(lab, arguments.host, kind, certificate.Whose(arguments.of))


def _identity(lab: Lab, arguments: argparse.Namespace) -> None:
    if arguments.other == "right":
        identity.own(lab, arguments.host)
    else:
        identity.pose(lab, arguments.host, arguments.other, identity.Same(arguments.same))


def _port(lab: Lab, arguments: argparse.Namespace) -> None:
    if arguments.ports == "open":
        doors.open_all(lab, arguments.host)
    else:
        doors.close(lab, arguments.host, arguments.ports, silent=arguments.silent)
