"""The command `hack/bench`: figures on stdout, progress on stderr; exit code 0 whatever the figures are."""

import argparse
import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass

from benchkit import diskcopy, memory, overhead, preflight, preparation, ratio, strict, timeline, writes
from benchkit.figures import Section
from benchkit.finished import finish_many
from benchkit.rig import Rig, rig
from benchkit.text import Circumstances, as_json, text
from labkit.machine import need_root
from labkit.shell import LabError, say

FINISHED = 50


@dataclass(frozen=True, slots=True)
class Amount:
    """How much is measured: migrations for the overhead, pairs for the ratio, seconds of nothing."""

    migrations: int
    pairs: int
    idle_seconds: int


USUAL, QUICK = Amount(20, 3, 60), Amount(4, 1, 20)
_FEW = 4
Measure = Callable[[Rig, Amount], Section]


def main(argv: list[str] | None = None) -> int:
    """0 measured, 1 something could not be, 2 wrong arguments, 130 interrupted."""
    arguments = _parser().parse_args(argv)
    amount = QUICK if arguments.quick else USUAL
    amount = Amount(amount.migrations, arguments.pairs or amount.pairs, amount.idle_seconds)
    wanted = [arguments.only] if arguments.only else list(SECTIONS)
    # Whoever ends it by SIGTERM finds the lab as it was, too.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        need_root()
        with rig(os.environ.get("GODWIT_LAB", "godwit")) as found:
            return _run(found, wanted, amount, arguments)
    except LabError as error:
        say(f"bench: {error}")
        return 1
    except KeyboardInterrupt:
        say("bench: interrupted")
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="hack/bench",
        description="What a migration costs, measured in a lab beside what is promised of it.",
        epilog="The lab is the one that $GODWIT_LAB names (default: godwit).",
    )
    parser.add_argument("-o", choices=["text", "json"], default="text", dest="output", help="default: text")
    parser.add_argument("--quick", action="store_true", help="fewer repetitions, about eight minutes")
    parser.add_argument("--only", choices=list(SECTIONS), help="one part of it")
    parser.add_argument("--pairs", type=_pairs, metavar="N", help=f"for the ratios (default: {USUAL.pairs})")
    parser.add_argument(
        "--timeline", action="store_true", help="and one migration of each guest, moment by moment"
    )
    return parser


def _pairs(given: str) -> int:
    if not given.isdecimal() or int(given) < 1:
        raise argparse.ArgumentTypeError(f"{given!r}: a whole number, at least 1")
    return int(given)


def _run(found: Rig, wanted: list[str], amount: Amount, arguments: argparse.Namespace) -> int:
    began, load_at_start = time.monotonic(), os.getloadavg()[0]
    sections, failed = [], False
    for name in wanted:
        try:
            sections.append(SECTIONS[name](found, amount))
        except LabError as error:
            failed = True
            sections.append(Section(name, [], [f"NOT MEASURED: {error}"]))
    if arguments.timeline:
        sections.append(Section("Moment by moment", [], timeline.of_each_kind(found.mover.moves)))
    seen = Circumstances(
        lab=found.lab.name,
        image=found.image,
        cpus=os.cpu_count() or 1,
        load_at_start=load_at_start,
        load_at_end=os.getloadavg()[0],
        took_seconds=time.monotonic() - began,
    )
    print(as_json(seen, sections) if arguments.output == "json" else text(seen, sections), flush=True)
    return 1 if failed else 0


def _overhead(found: Rig, amount: Amount) -> Section:
    return overhead.measure(found.lab, found.mover, amount.migrations)


def _ratio(found: Rig, amount: Amount) -> Section:
    return ratio.measure(found.lab, found.mover, amount.pairs)


def _writes(found: Rig, amount: Amount) -> Section:
    if not found.mover.moves:
        overhead.measure(found.lab, found.mover, _FEW)
    if not any(move.copied for move in found.mover.moves):
        preparation.measure(found.lab, found.mover, _FEW)
    finish_many(found.lab, found.api, FINISHED)
    idle = found.mover.writes_during(amount.idle_seconds)
    return writes.judge(found.mover.moves, idle, amount.idle_seconds, found.api.closed())


def _rss(found: Rig, _: Amount) -> Section:
    finish_many(found.lab, found.api, FINISHED)
    return memory.measure(found.lab, found.api.closed())


def _strict(found: Rig, amount: Amount) -> Section:
    return strict.measure(found.lab, found.mover, amount.pairs)


def _copy(found: Rig, amount: Amount) -> Section:
    return diskcopy.measure(found.lab, found.mover, amount.pairs)


def _preparation(found: Rig, amount: Amount) -> Section:
    return preparation.measure(found.lab, found.mover, amount.migrations // 2)


def _preflight(found: Rig, amount: Amount) -> Section:
    return preflight.measure(found.lab, found.mover, found.api, amount.migrations)


SECTIONS: dict[str, Measure] = {
    "overhead": _overhead,
    "ratio": _ratio,
    "strict": _strict,
    "copy": _copy,
    "preparation": _preparation,
    "writes": _writes,
    "rss": _rss,
    "preflight": _preflight,
}
