"""The command `hack/lab`: answers on stdout, progress on stderr, an exit code that can be trusted."""

import argparse
import json
import os
import re
import shlex
import sys
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from typing import TypeAlias

from labkit import box, faults, filling, links, logs, machine
from labkit.down import down
from labkit.growth import remove
from labkit.guest.cli import add_commands as add_guest_commands
from labkit.guest.size import size
from labkit.kubernetes import environment
from labkit.lab import MOST_HOSTS, Lab, Plane, host_number, hosts
from labkit.registry import claim_lab, open_lab
from labkit.roots import FLAVORS
from labkit.shell import LabError, say
from labkit.status import status
from labkit.targets import WHO
from labkit.up import reload, up
from labkit.world.cli import add_commands as add_host_commands

Do = Callable[[Lab, argparse.Namespace], int | None]
Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"
SIGNALS: dict[str, tuple[str, Callable[[Lab, list[str]], None]]] = {
    "kill": ("SIGKILL once; whoever supervises it starts it again", faults.kill),
    "stop": ("SIGKILL, and it stays away", faults.stop),
    "start": ("end a stop", faults.start),
    "freeze": ("SIGSTOP", faults.freeze),
    "thaw": ("SIGCONT", faults.thaw),
}


def main(argv: list[str] | None = None) -> int:
    """0 done, 1 the lab says why not, 2 wrong arguments, 130 interrupted."""
    name, words = lab_name(sys.argv[1:] if argv is None else argv)
    arguments = _parser().parse_args(words)
    try:
        machine.need_root()
        return arguments.do(arguments.find(name), arguments) or 0
    except LabError as error:
        say(f"lab: {error}")
        return 1
    except KeyboardInterrupt:
        say("lab: interrupted; `hack/lab up` mends what was left half done")
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def lab_name(argv: list[str]) -> tuple[str, list[str]]:
    """The value of `--name`, which may stand anywhere before a `--`, and the other words."""
    end = argv.index("--") if "--" in argv else len(argv)
    parser = argparse.ArgumentParser(prog="hack/lab", add_help=False, allow_abbrev=False)
    parser.add_argument("--name", default=os.environ.get("GODWIT_LAB", "godwit"))
    known, others = parser.parse_known_args(argv[:end])
    return known.name, others + argv[end:]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="hack/lab",
        description="A real cluster whose nodes are real libvirt hosts, on this machine.",
        epilog="Every command takes --name LAB (default: $GODWIT_LAB, or godwit): labs live side by side.",
    )
    parser.set_defaults(find=open_lab)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_life(commands)
    _add_answers(commands)
    _add_faults(commands)
    guest = commands.add_parser("guest", help="guests: create, check, destroy, list, ...")
    add_guest_commands(guest.add_subparsers(required=True, metavar="COMMAND"))
    host = commands.add_parser("host", help="what a host is like: bridge, clock, certificate, port, mend")
    add_host_commands(host.add_subparsers(required=True, metavar="COMMAND"))
    return parser


def _add_life(commands: Commands) -> None:
    command = _add(commands, "up", "bring the lab up, or mend it", _up)
    command.add_argument("--hosts", type=_hosts, default=2, metavar="N", help="libvirt hosts (default: 2)")
    command.add_argument(
        "--flavor", type=_flavor, action="append", default=[], metavar="HOST=SUITE",
        help=f"its libvirt and QEMU are another Debian's: {', '.join(FLAVORS)}",
    )  # fmt: skip
    command.add_argument(
        "--exactly", action="store_true", help="hosts beyond these go, with all that they hold"
    )
    command.add_argument(
        "--fetch", choices=list(FLAVORS), action="append", default=[],
        help="build what a host of that Debian needs, so that it comes at once when it is asked for",
    )  # fmt: skip
    command.set_defaults(find=_prepare_and_claim)
    _add(commands, "reload", "build the code as it is now, and run it in the lab", lambda lab, _: reload(lab))
    _add(commands, "down", "end it and leave nothing behind", lambda lab, _: down(lab))


def _add_answers(commands: Commands) -> None:
    command = _add(
        commands, "status", "what runs: pid, memory, ready; exit code 1 if anything isn't ready", _status
    )
    _add_output(command)
    _add_output(_add(commands, "env", "the lab's GODWIT_LAB, KUBECONFIG and PATH, for eval", _env))
    command = _add(
        commands, "logs", "logs, also of what is down", lambda lab, a: logs.show(lab, a.who, follow=a.follow)
    )
    command.add_argument("who", nargs="+", metavar="WHO", help=WHO)
    command.add_argument("-f", action="store_true", dest="follow", help="go on as they grow")
    command = _add(commands, "exec", "run a command in a host: exec host1 -- virsh list --all", _exec)
    command.add_argument("host")
    command.add_argument("argv", nargs=argparse.REMAINDER, metavar="-- CMD")


def _add_faults(commands: Commands) -> None:
    command = _add(commands, "link", "shape, cut or mend a host's link; without either: how it is", _link)
    command.add_argument("host")
    command.add_argument("--plane", choices=[plane.value for plane in Plane], default="data")
    what = command.add_mutually_exclusive_group()
    what.add_argument("--rate", help="limit each direction, e.g. 200mbit")
    what.add_argument("--down", action="store_true", help="cut it")
    what.add_argument("--up", action="store_true", help="mend a cut")
    what.add_argument("--clear", action="store_true", help="no limit, no cut")
    _add_output(command)
    command = _add(commands, "fill", "no space is left for a host's own images", _fill)
    command.add_argument("host")
    how = command.add_mutually_exclusive_group()
    how.add_argument("--leave", default="", metavar="SIZE", help="but so much")
    how.add_argument("--clear", action="store_true", help="all of it is free again")
    for verb, (about, do) in SIGNALS.items():
        command = _add(commands, verb, about, partial(_signal, do))
        command.add_argument("who", nargs="+", metavar="WHO", help=WHO)
    command = _add(commands, "crash", "power a host off, as if its plug were pulled", _crash)
    command.add_argument("host")
    command = _add(commands, "boot", "power a host on", lambda lab, a: faults.power_on(lab, a.host))
    command.add_argument("host")


def _add(commands: Commands, verb: str, about: str, do: Do) -> argparse.ArgumentParser:
    command = commands.add_parser(verb, help=about, description=about)
    command.set_defaults(do=do)
    return command


def _add_output(command: argparse.ArgumentParser) -> None:
    command.add_argument("-o", choices=["text", "json"], default="text", dest="output", help="default: text")


def _hosts(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= MOST_HOSTS:
        raise argparse.ArgumentTypeError(f"{text!r}: from 1 to {MOST_HOSTS}")
    return int(text)


def _flavor(text: str) -> tuple[str, str]:
    host, is_of, suite = text.partition("=")
    if not is_of or not re.fullmatch("host[1-9][0-9]?", host) or suite not in FLAVORS:
        raise argparse.ArgumentTypeError(
            f"{text!r}: a host and one of {', '.join(FLAVORS)}, e.g. host3=bookworm"
        )
    return host, suite


def _up(lab: Lab, arguments: argparse.Namespace) -> None:
    flavors: dict[str, str] = dict(arguments.flavor)
    for host in flavors:
        if host_number(host) > arguments.hosts:
            raise LabError(f"--flavor {host}: there are to be {arguments.hosts} hosts; say --hosts, too")
    up(lab, arguments.hosts, flavors, arguments.fetch)
    if arguments.exactly:
        remove(lab, [host for host in hosts(lab) if host_number(host) > arguments.hosts])


def _prepare_and_claim(name: str) -> Lab:
    machine.prepare()
    return claim_lab(name)


def _status(lab: Lab, arguments: argparse.Namespace) -> int:
    rows = status(lab)
    if arguments.output == "json":
        print(json.dumps([asdict(row) for row in rows], indent=2))
    else:
        print(f"{'BOX':<8} {'SERVICE':<20} {'STATE':<8} {'PID':>8} {'RSS':>9}  READY")
        for row in rows:
            memory = f"{row.rss_mib} MiB"
            ready = "yes" if row.ready else "NO"
            print(f"{row.box:<8} {row.service:<20} {row.state:<8} {row.pid or '-':>8} {memory:>9}  {ready}")
    return 0 if rows and all(row.ready for row in rows) else 1


def _env(lab: Lab, arguments: argparse.Namespace) -> None:
    if arguments.output == "json":
        print(json.dumps(environment(lab)))
        return
    for name, value in environment(lab).items():
        print(f"export {name}={shlex.quote(value)}")


def _exec(lab: Lab, arguments: argparse.Namespace) -> int:
    argv = arguments.argv[1:] if arguments.argv[:1] == ["--"] else arguments.argv
    if not argv:
        raise LabError("exec: no command; e.g. `hack/lab exec host1 -- virsh list --all`")
    command = box.enter(lab, arguments.host, *argv)
    os.execvp(command[0], command)  # noqa: S606 - the caller's own command, its exit code is ours


def _link(lab: Lab, arguments: argparse.Namespace) -> None:
    host, plane = arguments.host, Plane(arguments.plane)
    if arguments.rate:
        links.shape(lab, host, plane, arguments.rate)
    elif arguments.clear:
        links.clear(lab, host, plane)
    elif arguments.down or arguments.up:
        links.cut(lab, host, plane, down=arguments.down)
    link = links.look(lab, host, plane)
    if arguments.output == "json":
        print(json.dumps(asdict(link)))
    else:
        print(f"{link.box} {link.plane}: {'up' if link.up else 'DOWN'}, {link.rate or 'no limit'}")


def _fill(lab: Lab, arguments: argparse.Namespace) -> None:
    if arguments.clear:
        filling.empty(lab, arguments.host)
    else:
        filling.fill(lab, arguments.host, size(arguments.leave) if arguments.leave else 0)
    print(f"{arguments.host}: {filling.free_bytes(lab, arguments.host)} bytes free")


def _signal(do: Callable[[Lab, list[str]], None], lab: Lab, arguments: argparse.Namespace) -> None:
    do(lab, arguments.who)


def _crash(lab: Lab, arguments: argparse.Namespace) -> None:
    faults.crash(lab, arguments.host)
