"""The command `hack/faults`: runs and figures on stdout, progress on stderr; 1 for a broken promise."""

import argparse
import os
import signal
import time
from collections.abc import Iterator
from datetime import UTC, datetime

from faultkit import text
from faultkit.acts import FAULTS
from faultkit.plan import Kind, Plan, pick
from faultkit.rig import rig
from faultkit.run import Record, Runner
from labkit.image import REPOSITORY
from labkit.machine import need_root
from labkit.shell import LabError, run, say

RUNS = 200


def main(argv: list[str] | None = None) -> int:
    """0 all promises held, 1 one was broken or a run failed, 2 wrong arguments, 130 interrupted."""
    parser = _parser()
    arguments = parser.parse_args(argv)
    if arguments.only and arguments.guest and arguments.guest not in FAULTS[arguments.only].picked.guests:
        parser.error(f"--only {arguments.only} strikes no {arguments.guest} guest")
    # Whoever ends it by SIGTERM finds the lab mended, too.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    records: list[Record] = []
    commit = run("git", "-C", REPOSITORY, "describe", "--always", "--dirty").strip()
    try:
        need_root()
        _campaign(arguments, records)
    except LabError as error:
        say(f"faults: {error}")
        _tell(records, commit, arguments.output)
        return 1
    except KeyboardInterrupt:
        say("faults: interrupted")
        _tell(records, commit, arguments.output)
        return 130
    _tell(records, commit, arguments.output)
    return 1 if any(record.findings for record in records) else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="hack/faults",
        description="Moves guests while faults strike at random, and checks every promise after each run.",
        epilog="The lab is the one that $GODWIT_LAB names (default: godwit). "
        f"The faults: {', '.join(FAULTS)}.",
    )
    parser.add_argument(
        "--seed", type=_number, metavar="S", help="the same seed picks the same runs (default: by the clock)"
    )
    parser.add_argument("--runs", type=_number, default=RUNS, metavar="N", help=f"how many (default: {RUNS})")
    parser.add_argument("--run", type=_number, metavar="N", help="that run of the seed alone")
    parser.add_argument("--only", choices=list(FAULTS), metavar="FAULT", help="each run begins with that one")
    parser.add_argument(
        "--guest", choices=list(Kind), metavar="KIND", help=f"each run moves one of these: {', '.join(Kind)}"
    )
    parser.add_argument("--minutes", type=_number, metavar="M", help="begin no run after so long")
    parser.add_argument(
        "--timeline", action="store_true", help="each run moment by moment, not only a bad one"
    )
    parser.add_argument("-o", choices=["text", "json"], default="text", dest="output", help="default: text")
    return parser


def _number(given: str) -> int:
    if not given.isdecimal() or int(given) < 1:
        raise argparse.ArgumentTypeError(f"{given!r}: a whole number, at least 1")
    return int(given)


def _campaign(arguments: argparse.Namespace, records: list[Record]) -> None:
    with rig(os.environ.get("GODWIT_LAB", "godwit")) as found:
        runner = Runner(found)
        for plan in _plans(arguments):
            say(f"seed {plan.seed}, run {plan.run}: {plan}")
            record = runner.run(plan)
            records.append(record)
            if arguments.output == "text":
                print(text.line(record), flush=True)
                if record.findings or arguments.timeline:
                    print(text.story(record), flush=True)
        if records:
            records[-1].findings += runner.late_jobs()


def _plans(arguments: argparse.Namespace) -> Iterator[Plan]:
    seed = arguments.seed or int(time.time())
    picked = {name: fault.picked for name, fault in FAULTS.items()}
    until = time.monotonic() + 60 * arguments.minutes if arguments.minutes else float("inf")
    for number in [arguments.run] if arguments.run else range(1, arguments.runs + 1):
        if time.monotonic() > until:
            return
        yield pick(seed, number, picked, arguments.only or "", arguments.guest or "")


def _tell(records: list[Record], commit: str, output: str) -> None:
    """`commit`: of the tree when the campaign began."""
    if output == "json":
        print(text.as_json(records), flush=True)
    elif records:
        print(text.summary(records, commit, f"{datetime.now(UTC):%Y-%m-%d}"), flush=True)
