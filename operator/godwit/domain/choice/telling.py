"""What is told of a choice: a sentence, and a matrix that stays small whatever the number of hosts."""

from collections.abc import Mapping
from datetime import datetime

from msgspec.structs import replace

from godwit.domain.choice.candidates import unmatched
from godwit.domain.choice.ranking import Judged, Ranking, names_of, row_of
from godwit.domain.choice.table import (
    MOST_CANDIDATES,
    MOST_REASONS,
    MOST_TEXT,
    Candidate,
    Choice,
    Counted,
    Dismissed,
    Standing,
)
from godwit.domain.host import Hypervisor
from godwit.domain.migration import Check, CheckResult
from godwit.domain.text import shortened

MOST_NAMED = 5
"""Hosts that a sentence names."""
MOST_OF_ONE = 2 * MOST_TEXT // (MOST_NAMED + 1)
"""Characters of what it says of each: all of them find their place, and how many more there are."""


def choice(why: str, rows: tuple[Candidate, ...], at: datetime | None) -> Choice:
    """As the status has it."""
    told = tuple(replace(row, why=row.why[:MOST_TEXT]) for row in rows[:MOST_CANDIDATES])
    return Choice(why=why, at=at, candidates=told, others=counted(rows[MOST_CANDIDATES:]))


def chosen(
    named: tuple[Judged, ...],
    ranking: Ranking,
    inspected: tuple[Dismissed, ...],
    others: tuple[Candidate, ...],
    at: datetime | None,
) -> Choice:
    """The first of `named` is the one, the rest of it stands by."""
    best, *standby = named
    rest = tuple(each for each in ranking.eligible if each is not best)
    rows = (
        row_of(best, Standing.CHOSEN),
        *(row_of(each, Standing.STANDBY) for each in standby),
        *(row_of(each, Standing.ELIGIBLE) for each in rest if each not in standby),
        *(row_of(each, Standing.REFUSED) for each in ranking.refused),
        *others,
    )
    return choice(won(best, rest, inspected), rows, at)


def inspected(told: Choice, checks: tuple[Check, ...]) -> Choice:
    """The row of the chosen host by all that was judged of it, now that it was asked."""
    rows = (
        replace(
            row,
            failed=names_of(checks, CheckResult.FAIL),
            warned=names_of(checks, CheckResult.WARN),
            not_run=names_of(checks, CheckResult.NOT_RUN),
        )
        if row.standing is Standing.CHOSEN
        else row
        for row in told.candidates
    )
    return replace(told, candidates=tuple(rows))


def _against(row: Candidate) -> str:
    return "was not inspected" if row.standing is Standing.ELIGIBLE else shortened(row.why, MOST_OF_ONE)


def counted(rows: tuple[Candidate, ...]) -> tuple[Counted, ...]:
    """By reason; the most frequent first."""
    counts: dict[str, int] = {}
    for row in rows:
        reason = f"{row.standing.value}{': ' if row.failed else ''}{', '.join(row.failed)}"
        counts[reason] = counts.get(reason, 0) + 1
    ordered = sorted(counts.items(), key=lambda each: (-each[1], each[0]))
    told = tuple(Counted(reason, hosts) for reason, hosts in ordered[:MOST_REASONS])
    rest = sum(hosts for _, hosts in ordered[MOST_REASONS:])
    return (*told, Counted("other reasons", rest)) if rest else told


def won(best: Judged, rest: tuple[Judged, ...], dismissed: tuple[Dismissed, ...]) -> str:
    """Which host, and why that one."""
    before = "".join(f"; {gone.hypervisor} was inspected before: {gone.why}" for gone in dismissed)
    if not rest:
        alone = f"{best.host.name} is the only host left that nothing stands against ({best.told})"
        return f"{alone}{before}"[: 2 * MOST_TEXT]
    second = f"{rest[0].host.name} ({rest[0].score})"
    if rest[0].set_back > best.set_back:
        why = f"and its libvirtd was reached, unlike that of {second}"
    elif rest[0].unknown > best.unknown:
        why = f"and more is known of it than of {second}"
    elif rest[0].score == best.score:
        why = f"as many as {second}, but first by name"
    else:
        why = f"before {second}"
    first = f"{best.host.name} is the best of {len(rest) + 1} hosts ({best.told}), {why}"
    return f"{first}{before}"[: 2 * MOST_TEXT]


def nobody(
    vm: str,
    source: str,
    selector: Mapping[str, str],
    hypervisors: tuple[Hypervisor, ...],
    rows: tuple[Candidate, ...],
) -> str:
    """Why there is no host, by their names."""
    if selector and (why := unmatched(selector, hypervisors, source)):
        remedy = "write labels that it has, or label a Node"
        return f"no host can take VM {vm}: {why} ({remedy})"
    if not rows:
        remedy = "label another Node as `agent.nodeSelector` of the chart says"
        return f"no host can take VM {vm}: {source}, where it is, is the only hypervisor ({remedy})"
    selected = tuple(row for row in rows if row.standing is not Standing.NOT_SELECTED)
    told = [f"{row.hypervisor}: {_against(row)}" for row in selected[:MOST_NAMED]]
    told += [f"{more.hosts} more: {more.reason}" for more in counted(selected[MOST_NAMED:])]
    return f"no host takes VM {vm}. {'; '.join(told)}"[: 2 * MOST_TEXT]
