"""`mode: Validate`: from apply to the verdict, and what it writes; with ever more hosts to choose from."""

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from benchkit import writes
from benchkit.api import Api
from benchkit.audit import TASKS, Write
from benchkit.chaincost import chain_seconds
from benchkit.figures import Figure, Section, beside, percentiles, spread
from benchkit.guests import living, with_shared_disk
from benchkit.mover import Mover, ends
from labkit.growth import grown
from labkit.guest.spec import Guest
from labkit.lab import Lab, hosts
from labkit.machine import more_watchers
from labkit.shell import LabError, say

P50_SECONDS, P99_SECONDS = 2.0, 5.0
WRITES, WRITES_PER_HOST = 8, 4
CHOSEN_FROM = (2, 10)
"""How many hosts there are besides the source, where Godwit chooses."""
CANDIDATES, CPU_SECONDS = 1000, 1.0
_LONGEST_SECONDS = 60.0
_REST_SECONDS = 180.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """One `Validate` that has succeeded."""

    took_seconds: float
    writes: tuple[Write, ...]

    @property
    def inspected(self) -> int:
        """How many hosts' agents wrote to its tasks: they looked at themselves, the source among them."""
        told = (write for write in self.writes if write.kind.partition("/")[0] == TASKS)
        return len({write.node for write in told if write.by == "agent"})

    @property
    def limit(self) -> int:
        """The most that it may write."""
        return WRITES + WRITES_PER_HOST * self.inspected


def measure(lab: Lab, mover: Mover, api: Api, times: int) -> Section:
    """An idle guest that could go to every other host, asked again and again; the lab grows meanwhile."""
    seen = {"destination named": _ask(lab, mover, api, times, "named")}
    with ExitStack() as after:
        after.enter_context(more_watchers(max(CHOSEN_FROM)))
        for count in CHOSEN_FROM:
            after.enter_context(_candidates(lab, count))
            seen[f"{count} candidates"] = _ask(lab, mover, api, times, f"of-{count}", chosen=True)
    source, destination, *_ = api.hypervisors()
    return judge(seen, chain_seconds(source, destination, CANDIDATES))


def judge(seen: Mapping[str, Sequence[Verdict]], cpu_seconds: float) -> Section:
    """Of each way to ask: how long it took, and the verdict that came nearest to its limit of writes."""
    return Section(
        "Preflight, mode: Validate",
        [
            *(figure for what, verdicts in seen.items() for figure in _figures(what, verdicts)),
            Figure(f"CPU for all checks on {CANDIDATES} candidates", cpu_seconds, CPU_SECONDS, "s"),
        ],
        [line for what, verdicts in seen.items() for line in _written(what, verdicts)],
    )


def _figures(what: str, verdicts: Sequence[Verdict]) -> Iterator[Figure]:
    took = [verdict.took_seconds for verdict in verdicts]
    yield from percentiles(f"apply to verdict, {what}", took, P50_SECONDS, P99_SECONDS, "s")
    worst = max(verdicts, key=lambda verdict: len(verdict.writes) - verdict.limit)
    counts = spread([float(len(verdict.writes)) for verdict in verdicts])
    yield Figure("  writes of one", len(worst.writes), worst.limit, "", counts)
    yield beside("  hosts inspected, with the source", [verdict.inspected for verdict in verdicts], "")


def _written(what: str, verdicts: Sequence[Verdict]) -> list[str]:
    return [f"  writes, {what}, mean of one:", *writes.means([verdict.writes for verdict in verdicts])]


@contextmanager
def _candidates(lab: Lab, count: int) -> Iterator[None]:
    """The lab has exactly so many hosts besides the source."""
    there = hosts(lab)
    if len(there) > count + 1:
        raise LabError(
            f"lab {lab.name!r} has {len(there)} hosts, too many for {count} candidates: "
            f"`hack/lab --name {lab.name} up --exactly`"
        )
    with grown(lab, count + 1):
        _rest()
        yield


def _rest() -> None:
    """What `up` has left to do is over, or is somebody else's work, of which the answer tells."""
    deadline = time.monotonic() + _REST_SECONDS
    while os.getloadavg()[0] > (os.cpu_count() or 1) and time.monotonic() < deadline:
        time.sleep(1)


def _ask(lab: Lab, mover: Mover, api: Api, times: int, what: str, *, chosen: bool = False) -> list[Verdict]:
    """One after the other, each when Godwit has nothing more to write.

    The guest is a new one: its kernel lies on the hosts that there were when it was made.
    """
    with living(lab, with_shared_disk(lab)) as guest:
        _, there = ends(lab, guest)
        mover.quiet()
        names = (f"{what}-{number + 1}" for number in range(times))
        return [_one(mover, api, guest, name, "" if chosen else there) for name in names]


def _one(mover: Mover, api: Api, guest: Guest, name: str, destination: str) -> Verdict:
    asked = api.create(name, guest.name, destination, mode="Validate")
    ended = api.wait_closed(name, _LONGEST_SECONDS)
    if ended.phase != "Succeeded":
        raise LabError(f"VMMigration {name} of {guest.name} is {ended.phase}: {ended.message}")
    verdict = Verdict(ended.ended_at - asked, tuple(mover.quiet()))
    say(
        f"{name}: {verdict.took_seconds:.2f} s, {len(verdict.writes)} writes, "
        f"{verdict.inspected} hosts inspected. {ended.chosen}"
    )
    return verdict
