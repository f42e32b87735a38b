"""`hack/lab guest ...`."""

import argparse
import json
import time
from dataclasses import asdict
from datetime import datetime
from typing import TypeAlias

from labkit.guest import images, manage, observer, state, whereabouts
from labkit.guest.agent import COMMANDS, ask
from labkit.guest.check import check
from labkit.guest.size import rate, size
from labkit.guest.spec import CACHES, PLACES, Guest, parse_cdrom, parse_disk, parse_floppy
from labkit.guest.verdict_text import text
from labkit.lab import Lab, hosts
from labkit.shell import LabError, say

Subcommands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"
DEFAULT_DISK = "shared:64Mi:qcow2"


def add_commands(commands: Subcommands) -> None:
    """Register create, check, where, gap, tell, spoil, destroy and list."""
    _add_create(commands)
    command = _add_named(
        commands, "check", "is it intact? exit code 1, and every finding in words, when it isn't"
    )
    command.add_argument("--reset-gap", action="store_true", help="then measure the longest gap anew")
    _add_output(command)
    command.set_defaults(do=_check)
    command = _add_named(
        commands, "where", "libvirt's word for it on every host, and which of its images lie there"
    )
    _add_output(command)
    command.set_defaults(do=_where)
    command = _add_named(commands, "gap", "the longest silence that a client outside saw")
    command.add_argument("--reset", action="store_true", help="then measure anew")
    _add_output(command)
    command.set_defaults(do=_gap)
    command = _add_named(commands, "tell", "give it a command; `flip` spoils a byte of its memory")
    command.add_argument("command", choices=COMMANDS)
    command.set_defaults(do=_tell)
    command = _add_named(
        commands, "spoil", "overwrite a sector of a disk behind its back, for a check to find"
    )
    command.add_argument(
        "--disk", type=int, default=0, metavar="N", help="which, counted from 0 (default: 0)"
    )
    command.set_defaults(do=_spoil)
    command = _add_named(commands, "destroy", "end it on all hosts, with its definition, images and prober")
    command.set_defaults(do=lambda lab, a: manage.destroy(lab, a.guest))
    command = commands.add_parser("list", help="all guests, and libvirt's word for each on every host")
    _add_output(command)
    command.set_defaults(do=_list)


def _add_create(commands: Subcommands) -> None:
    command = _add_named(commands, "create", "a real guest; returns when it answers")
    command.add_argument("--host", required=True)
    command.add_argument(
        "--disk", action="append", metavar="shared|local:SIZE:qcow2|raw[:MARK...]|network:SIZE",
        help=f"repeatable (default: one {DEFAULT_DISK}); marks: ro, shareable, backing (layered on another "
        "image), everywhere (the same on every host), filled=SIZE; network: served by NBD",
    )  # fmt: skip
    command.add_argument(
        "--cdrom", action="append", default=[], metavar="empty|shared|local:SIZE[:optional|:everywhere]",
        help="a drive, and the medium in it; repeatable",
    )  # fmt: skip
    command.add_argument(
        "--floppy", action="append", default=[], metavar="empty|shared|local[:optional|:everywhere]",
        help="the same for floppies, of 1440 KiB; two at most",
    )  # fmt: skip
    command.add_argument("--no-disk", action="store_true", help="none at all")
    command.add_argument("--cache", choices=CACHES, default="none", help="of its disks (default: none)")
    command.add_argument("--memory", default="128Mi", metavar="SIZE")
    command.add_argument("--vcpus", type=int, default=1, metavar="N")
    command.add_argument("--dirty", metavar="RATE", help="memory that it writes, e.g. 10Mi/s (default: none)")
    command.add_argument("--working-set", default="8Mi", metavar="SIZE", help="where it does (default: 8Mi)")
    command.add_argument("--write-disk", metavar="RATE", help="what it writes to each disk, e.g. 1Mi/s")
    command.add_argument(
        "--probe-every", type=int, default=10, metavar="MS",
        help="how often the client outside asks for an echo while answers come (default: 10)",
    )  # fmt: skip
    command.add_argument("--paused", action="store_true", help="suspended as soon as it has answered")
    command.add_argument("--transient", action="store_true", help="without a definition on the host")
    command.add_argument(
        "--nvram", nargs="?", choices=list(PLACES), const="shared", default="",
        help="firmware variables, by default on the shared storage",
    )  # fmt: skip
    command.add_argument("--autostart", action="store_true", help="started with its host")
    command.set_defaults(do=_create)


def _add_named(commands: Subcommands, verb: str, about: str) -> argparse.ArgumentParser:
    command = commands.add_parser(verb, help=about, description=about)
    command.add_argument("guest", metavar="NAME")
    return command


def _add_output(command: argparse.ArgumentParser) -> None:
    command.add_argument("-o", choices=["text", "json"], default="text", dest="output")


def _create(lab: Lab, a: argparse.Namespace) -> None:
    began = time.monotonic()
    if a.no_disk and a.disk:
        raise LabError("--no-disk and --disk exclude each other")
    if a.transient and a.autostart:
        raise LabError(
            "--transient and --autostart exclude each other: without a definition nothing is started"
        )
    disks = () if a.no_disk else tuple(parse_disk(disk) for disk in a.disk or [DEFAULT_DISK])
    wanted = Guest(
        name=a.guest, host=a.host, disks=disks, memory_bytes=size(a.memory), vcpus=a.vcpus, cache=a.cache,
        working_set_bytes=size(a.working_set), dirty_bytes_per_second=rate(a.dirty) if a.dirty else 0,
        write_bytes_per_second=rate(a.write_disk) if a.write_disk else 0, probe_milliseconds=a.probe_every,
        nvram=a.nvram, cdroms=tuple(parse_cdrom(cdrom) for cdrom in a.cdrom),
        floppies=tuple(parse_floppy(floppy) for floppy in a.floppy),
    )  # fmt: skip
    guest = manage.create(lab, wanted, transient=a.transient, autostart=a.autostart, paused=a.paused)
    say(f"{guest.name} answers at {state.address(lab, guest)} after {time.monotonic() - began:.1f} s")


def _check(lab: Lab, a: argparse.Namespace) -> int:
    verdict = check(lab, a.guest)
    if a.reset_gap:
        observer.observe(lab, a.guest, reset=True)
    as_text = text(verdict, datetime.now().astimezone())
    print(json.dumps(asdict(verdict), indent=2) if a.output == "json" else as_text)
    return 1 if verdict.findings else 0


def _gap(lab: Lab, a: argparse.Namespace) -> None:
    state.load(lab, a.guest)
    seen = observer.observe(lab, a.guest, reset=a.reset)
    as_text = f"{seen.udp.longest_gap_ms:.0f} ms by UDP, {seen.tcp.longest_gap_ms:.0f} ms by TCP"
    print(json.dumps(asdict(seen), indent=2) if a.output == "json" else as_text)


def _tell(lab: Lab, a: argparse.Namespace) -> None:
    guest = state.load(lab, a.guest)
    try:
        print("\n".join(ask(lab, guest, a.command)))
    except OSError as error:
        raise LabError(f"{a.guest} does not answer at {state.address(lab, guest)}: {error}") from error


def _spoil(lab: Lab, a: argparse.Namespace) -> None:
    guest = state.load(lab, a.guest)
    found = whereabouts.running(whereabouts.states(lab, guest.uuid))
    if not found:
        raise LabError(f"{a.guest} runs nowhere: there is nothing to check afterwards")
    print(images.spoil(lab, found[0], guest, a.disk))


def _where(lab: Lab, a: argparse.Namespace) -> None:
    found = whereabouts.places(lab, state.load(lab, a.guest))
    if a.output == "json":
        print(json.dumps({host: asdict(place) for host, place in found.items()}, indent=2))
        return
    for host, place in found.items():
        print(f"{host:<8} {place.state}")
        for path, image in place.images.items():
            print(f"{'':<8} {path}, {image.allocated_bytes >> 10} KiB of {image.size_bytes >> 10} KiB")


def _list(lab: Lab, a: argparse.Namespace) -> None:
    if not hosts(lab):  # an `up` that goes on, or broke off early, has given it a name and no more
        raise LabError(f"lab {lab.name!r} has no host: `hack/lab up --name {lab.name}` makes it")
    rows = {name: whereabouts.states(lab, state.load(lab, name).uuid) for name in state.names(lab)}
    if a.output == "json":
        print(json.dumps([{"guest": name, "states": found} for name, found in rows.items()], indent=2))
        return
    for name, found in rows.items():
        where = ", ".join(f"{host} {seen}" for host, seen in found.items() if seen != whereabouts.ABSENT)
        print(f"{name:<32} {where or 'nowhere'}")
