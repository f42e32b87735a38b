"""Every pair of the table with copied disks: the same verdicts, and no image that counts is removed."""

from collections.abc import Iterator

import pytest
from msgspec.structs import replace

from godwit.domain.decide import decide
from godwit.domain.decision import Decision, WriteSpec
from godwit.domain.migration import Phase, Resolution
from godwit.domain.observation import Observation
from godwit.domain.task import Goal, Task
from godwit.domain.vocabulary import DestinationSays, SourceSays

from .builders import COPY, NOON
from .court import Court
from .steps.pairs import answering
from .test_all_pairs import guests, pairs

S, D = SourceSays, DestinationSays
RAN = {D.RUNNING, D.PAUSED_POSTCOPY_FAILED, D.OFF_BY_USER, D.CRASHED, D.OTHER, D.UNREACHABLE}
"""In the pictures of these pairs; the last was seen running before it fell silent."""
Case = tuple[SourceSays, DestinationSays, Observation, Observation]


def with_copies(seen: Observation) -> Observation:
    return replace(seen, source=_planned(seen.source), destination=_planned(seen.destination))


def _planned(task: Task | None) -> Task | None:
    if task is None or task.spec.plan is None:
        return task
    return replace(task, spec=replace(task.spec, plan=replace(task.spec.plan, copies=(COPY,))))


def cases(*, asked: bool) -> Iterator[Case]:
    """Each pair without copies and with them; copied disks are strict."""
    for s, d, seen in pairs(asked=asked):
        plan = seen.source.spec.plan if seen.source else None
        if plan and (plan.resume_when or plan.paused_before):
            yield s, d, seen, with_copies(seen)


def what_follows(decision: Decision) -> object:
    journal = decision.journal
    reason = journal.ending.reason if journal.ending else None
    told = [
        (act.task, act.spec.goal, act.spec.order, act.spec.order_evidence, act.spec.challenge)
        for act in decision.acts
        if isinstance(act, WriteSpec)
    ]
    return journal.verdict, reason, journal.committed_at, journal.undecided_since, told


def test_copied_disks_change_no_row_of_the_table_and_no_order() -> None:
    for s, d, plain, copied in cases(asked=False):
        for one, other in ((plain, copied), (answering(plain, NOON), answering(copied, NOON))):
            assert what_follows(decide(one, NOON)) == what_follows(decide(other, NOON)), f"{s}; {d}"


def test_a_roll_back_keeps_images_exactly_where_the_guest_may_have_run_from_them() -> None:
    kept: set[tuple[SourceSays, DestinationSays]] = set()
    removed: set[tuple[SourceSays, DestinationSays]] = set()
    for s, d, _, seen in cases(asked=False):
        settled = Court(seen, *guests(seen)).settle()
        task = settled.observed.destination
        assert task is not None
        if task.spec.goal is not Goal.ROLLED_BACK:
            assert not task.spec.keep_images, f"{s}; {d}"
            continue
        assert task.spec.keep_images is (d in RAN), f"{s}; {d}"
        (kept if task.spec.keep_images else removed).add((s, d))
    assert {d for _, d in removed} == {D.NONE, D.INCOMING, D.PAUSED_FINISHED, D.OFF, D.FENCED}
    assert {d for _, d in kept} == {D.OFF_BY_USER, D.UNREACHABLE}, "one that ended there, a silent host"


@pytest.mark.parametrize("word", list(Resolution))
def test_a_persons_word_removes_no_image_of_a_guest_that_ran(word: Resolution) -> None:
    asked = 0
    for s, d, _, seen in cases(asked=False):
        settled = Court(seen, *guests(seen)).settle()
        if settled.migration.status.phase is not Phase.NEEDS_ATTENTION:
            continue
        asked += 1
        task = settled.resolve(word).observed.destination
        assert task is not None
        if task.spec.goal is Goal.ROLLED_BACK:
            assert task.spec.keep_images is (d in RAN), f"{s}; {d}"
    assert asked > 50
