"""The walk by the seams leaves no step, no goal and no intent out; pure."""

from collections import Counter

import msgspec
import pytest

from faultkit.courses import MOVES, Course
from faultkit.seams import SEAMS, SHORT, Seam, Side, Who
from faultkit.sights import INTENDED, Part, Sight
from godwit.domain.image_journal import CreatedResource, ResourceState
from godwit.domain.migration import FINAL_PHASES, MigrationStatus
from godwit.domain.phases import LIFE, ROLL_BACK, Step
from godwit.domain.task import Goal, TaskSpec, TaskStatus
from godwit.domain.value import Value

JOURNALS: dict[tuple[Part, str], type[Value]] = {
    (Part.MIGRATION, "status"): MigrationStatus,
    (Part.SOURCE, "spec"): TaskSpec,
    (Part.SOURCE, "status"): TaskStatus,
    (Part.DESTINATION, "spec"): TaskSpec,
    (Part.DESTINATION, "status"): TaskStatus,
}
GOALS = [
    (row.step, who, goal)
    for row in (*LIFE, ROLL_BACK)
    for who, goal in ((Who.SOURCE, row.source), (Who.DESTINATION, row.destination))
    if goal
]

_BY_HAND = "tests/unit/agent/test_orders.py"
NOT_BROUGHT_ABOUT = {
    "verdict": "one without a commit or an ending takes more faults: tests/unit/domain/test_to_the_end.py",
    "suspendingAt": f"two copies have to run at once: {_BY_HAND}, and the simulation",
    "destroyingAt": f"the source has to wait, paused, for nobody: {_BY_HAND}",
    "startingAnewAt": f"a host has to lose its power: {_BY_HAND}, and the simulation",
    "synchronous": "a guest has to outrun its copy for 10 s: tests/unit/agent/test_copying.py",
}
"""Intents that other faults bring about, and what shows that they come first and are carried out once."""

NO_SEAM = {
    MigrationStatus: {
        **dict.fromkeys(("source", "destination"), "written with `attempts`, or `choice`"),
        "unqueuedAt": "written with `vm`",
        **dict.fromkeys(("checks", "disks"), "written with `switchover` or `ending`"),
        "cleanup": "written with `finishedAt`",
        "undecidedSince": "a clock: nothing is done for it",
        **dict.fromkeys(("observedGeneration", "phase", "conditions", "phaseTransitions"), "a report"),
        **dict.fromkeys(("effective", "progress", "result"), "a report"),
    },
    TaskStatus: {
        **dict.fromkeys(("facts", "definition", "runMark"), "written with `createdResources` or `reached`"),
        **dict.fromkeys(("probes", "namesakes", "images", "directories", "host"), "written with `reached`"),
        **dict.fromkeys(
            ("reception", "outlook", "offer", "inspection", "qemuCertificate"), "written with `reached`"
        ),
        "contact": "written with `reached`; a further one is an answer",
        **dict.fromkeys(("failure", "waiting", "owed", "tooLate", "blind"), "an answer: no act follows"),
        "broughtBackAt": "an answer: it only keeps images from being removed",
        "leftBehind": "an answer: it is told, and nothing is done for it",
        "evidence": "what is seen: renewed at each look",
        **dict.fromkeys(("progress", "result"), "a report"),
    },
}
"""Fields of the journals at which nobody has to be killed, and why not."""


def names(kind: type[Value]) -> set[str]:
    """Of its fields, as in the JSON."""
    return {field.encode_name for field in msgspec.structs.fields(kind)}


ITEMS = {("createdResources", name) for name in names(CreatedResource)}
"""Fields of what lists hold."""


def sights(*parts: Part) -> set[str]:
    return {sight.field for seam in SEAMS for sight in seam.sights if sight.part in parts}


@pytest.mark.parametrize("step", Step)
def test_at_each_step_the_operator_is_killed_before_and_after(step: Step) -> None:
    sides = {seam.side for seam in SEAMS if seam.step is step and seam.who is Who.OPERATOR}
    assert sides == set(Side)


@pytest.mark.parametrize(("step", "who", "goal"), GOALS)
def test_whoever_has_a_goal_is_killed_when_it_is_told_and_when_it_is_reached(
    step: Step, who: Who, goal: Goal
) -> None:
    part = Part.SOURCE if who is Who.SOURCE else Part.DESTINATION
    killed = {(seam.side, seam.sights) for seam in SEAMS if (seam.step, seam.who) == (step, who)}
    assert (Side.BEFORE, (Sight(part, "spec.goal", goal),)) in killed
    assert (Side.AFTER, (Sight(part, "status.reached", goal),)) in killed


def test_no_step_is_left_out() -> None:
    assert {seam.step for seam in SEAMS} == {row.step for row in (*LIFE, ROLL_BACK)} == set(Step)


@pytest.mark.parametrize(
    ("journal", "parts"),
    [
        (MigrationStatus, (Part.MIGRATION,)),
        (TaskStatus, (Part.SOURCE, Part.DESTINATION)),
    ],
)
def test_every_field_of_a_journal_has_a_seam_or_a_reason(
    journal: type[Value], parts: tuple[Part, ...]
) -> None:
    shown = [field.split(".") for field in sights(*parts)]
    named = {field for top, field, *_ in (names for names in shown if len(names) > 1) if top == "status"}
    explained = [*named, *NO_SEAM[journal], *(NOT_BROUGHT_ABOUT.keys() & names(journal))]
    assert set(explained) == names(journal)
    assert not [field for field, count in Counter(explained).items() if count > 1]


@pytest.mark.parametrize("seam", SEAMS, ids=str)
def test_a_seam_can_be_seen_there_is_such_a_field_and_such_a_value(seam: Seam) -> None:
    for sight in seam.sights:
        top, _, field = sight.field.partition(".")
        if field and (sight.part, top) in JOURNALS:
            first, _, deeper = field.partition(".")
            assert first in names(JOURNALS[sight.part, top])
            assert not deeper or (first, deeper) in ITEMS
        else:
            assert top == "metadata" or sight.part is Part.CLAIM or sight.gone
        assert not sight.value or sight.value in {*Goal, *ResourceState}


def test_each_seam_has_a_name_of_its_own() -> None:
    assert len({str(seam) for seam in SEAMS}) == len(SEAMS)


def test_a_course_ends_in_final_phases_and_says_when_its_user_changes_their_mind() -> None:
    courses: set[Course] = {seam.course for seam in SEAMS}
    for course in courses:
        assert course.ends <= FINAL_PHASES
        assert bool(course.change) == (course.change_at is not None)


def test_the_short_walk_has_a_seam_of_each_kind_and_all_are_in_the_long_one() -> None:
    assert set(SHORT) <= set(SEAMS)
    assert {seam.who for seam in SHORT} == set(Who)
    assert {seam.side for seam in SHORT} == set(Side)
    assert {seam.kind for seam in SHORT} == {seam.kind for seam in SEAMS}
    assert any(INTENDED in seam.sights for seam in SHORT)
    assert {seam.course for seam in SHORT} == {MOVES}


@pytest.mark.parametrize(
    ("sight", "shown"),
    [
        (Sight(Part.SOURCE, "status.reached"), True),
        (Sight(Part.SOURCE, "status.reached", "Prepared"), True),
        (Sight(Part.SOURCE, "status.reached", "Migrated"), False),
        (Sight(Part.SOURCE, "status.starting"), False),
        (Sight(Part.SOURCE, "status.reached.deeper"), False),
        (Sight(Part.SOURCE, "status.starting", gone=True), True),
        (Sight(Part.SOURCE, "status", gone=True), False),
        (Sight(Part.SOURCE, "status.removing.state", "Created"), True),
        (Sight(Part.SOURCE, "status.removing.state", "Intended"), True),
        (Sight(Part.SOURCE, "status.removing.state", "Gone"), False),
        (Sight(Part.SOURCE, "status.removing"), True),
        (Sight(Part.SOURCE, "status.left"), False),
        (Sight(Part.SOURCE, "status.left", gone=True), True),
        (Sight(Part.DESTINATION, "spec"), False),
        (Sight(Part.DESTINATION, "spec", gone=True), True),
    ],
    ids=str,
)
def test_a_sight_is_a_field_that_is_there_also_in_a_list_has_that_value_or_is_gone(
    sight: Sight, shown: bool
) -> None:
    removing = [{"state": "Intended"}, {"state": "Created"}]
    picture = {Part.SOURCE: {"status": {"reached": "Prepared", "removing": removing, "left": []}}}
    assert sight.shown(picture) is shown
