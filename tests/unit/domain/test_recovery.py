"""The evidence table, pair by pair: what may be done to a guest is written here a second time, by hand."""

from itertools import product

import pytest

from godwit.domain.recovery import (
    TABLE,
    row_for,
)
from godwit.domain.vocabulary import (
    IRREVERSIBLE,
    Circumstances,
    DestinationSays,
    Outcome,
    SourceSays,
)

S, D = SourceSays, DestinationSays
ALL_CIRCUMSTANCES = [
    Circumstances(*each) for each in product((False, True), repeat=len(Circumstances.__struct_fields__))
]
STARTS_OR_KEEPS_THE_SOURCE = {
    Outcome.ROLL_BACK,
    Outcome.ROLL_BACK_DESTINATION_FIRST,
    Outcome.RESUME_SOURCE,
    Outcome.DESTROY_DESTINATION_AND_RESUME_SOURCE,
    Outcome.FAIL_CLEANUP_OWED,
}


@pytest.mark.parametrize(
    ("source", "destination", "circumstances", "expected"),
    [
        (S.JOB, D.RUNNING, Circumstances(), Outcome.GO_ON),
        (S.RUNNING, D.NONE, Circumstances(), Outcome.ROLL_BACK),
        (S.RUNNING, D.PAUSED_FINISHED, Circumstances(strict=True), Outcome.ROLL_BACK_DESTINATION_FIRST),
        (S.RUNNING, D.OFF, Circumstances(same_qemu=False), Outcome.NEEDS_ATTENTION),
        (S.RUNNING, D.UNREACHABLE, Circumstances(), Outcome.FAIL_CLEANUP_OWED),
        (S.RUNNING, D.RUNNING, Circumstances(), Outcome.TWO_RUN),
        (S.PAUSED_MIGRATION, D.RUNNING, Circumstances(), Outcome.DESTROY_SOURCE_AND_COMMIT),
        (
            S.PAUSED_MIGRATION,
            D.PAUSED_FINISHED,
            Circumstances(),
            Outcome.DESTROY_DESTINATION_AND_RESUME_SOURCE,
        ),
        (S.PAUSED_MIGRATION, D.NONE, Circumstances(), Outcome.RESUME_SOURCE),
        (S.PAUSED_MIGRATION, D.FENCED, Circumstances(strict=True), Outcome.RESUME_SOURCE),
        (S.PAUSED_MIGRATION, D.UNREACHABLE, Circumstances(), Outcome.NEEDS_ATTENTION),
        (S.PAUSED_API_ERROR, D.NONE, Circumstances(), Outcome.RESUME_SOURCE),
        (S.PAUSED_USER, D.NONE, Circumstances(suspended_by_us=True), Outcome.RESUME_SOURCE),
        (S.PAUSED_USER, D.NONE, Circumstances(), Outcome.ROLL_BACK),
        (S.PAUSED_USER, D.NONE, Circumstances(same_qemu=False), Outcome.NEEDS_ATTENTION),
        (S.PAUSED_USER, D.NONE, Circumstances(suspended_newcomer=True), Outcome.NEEDS_ATTENTION),
        (S.PAUSED_USER, D.UNREACHABLE, Circumstances(), Outcome.NEEDS_ATTENTION),
        (S.PAUSED_USER, D.NONE, Circumstances(paused_before=True), Outcome.ROLL_BACK_DESTINATION_FIRST),
        (
            S.PAUSED_USER,
            D.PAUSED_FINISHED,
            Circumstances(paused_before=True, same_qemu=False),
            Outcome.NEEDS_ATTENTION,
        ),
        (S.PAUSED_POSTCOPY_FAILED, D.RUNNING, Circumstances(), Outcome.RESUME_POSTCOPY),
        (S.RUNNING, D.PAUSED_FINISHED, Circumstances(ran_there=True), Outcome.NEEDS_ATTENTION),
        (
            S.RUNNING,
            D.PAUSED_FINISHED,
            Circumstances(ran_there=True, suspended_newcomer=True, cancelled_at_source=True),
            Outcome.ROLL_BACK_DESTINATION_FIRST,
        ),
        (
            S.PAUSED_USER,
            D.PAUSED_FINISHED,
            Circumstances(ran_there=True, paused_before=True),
            Outcome.NEEDS_ATTENTION,
        ),
        (S.PAUSED_MIGRATION, D.FENCED, Circumstances(), Outcome.NEEDS_ATTENTION),
        (S.PAUSED_MIGRATION, D.NONE, Circumstances(persistent=False), Outcome.NEEDS_ATTENTION),
        (S.PAUSED_MIGRATION, D.NONE, Circumstances(persistent=False, strict=True), Outcome.RESUME_SOURCE),
        (S.OFF_UNKNOWN, D.RUNNING, Circumstances(), Outcome.COMMIT),
        (S.OFF_UNKNOWN, D.RUNNING, Circumstances(defined_there=False), Outcome.NEEDS_ATTENTION),
        (S.FENCED, D.RUNNING, Circumstances(defined_there=False), Outcome.NEEDS_ATTENTION),
        (
            S.OFF_MIGRATED,
            D.PAUSED_FINISHED,
            Circumstances(strict=True),
            Outcome.RESUME_DESTINATION_AND_COMMIT,
        ),
        (S.OFF_MIGRATED, D.PAUSED_FINISHED, Circumstances(strict=True, paused_before=True), Outcome.COMMIT),
        (S.OFF_UNKNOWN, D.PAUSED_FINISHED, Circumstances(strict=True), Outcome.NEEDS_ATTENTION),
        (S.OFF_ENDED, D.NONE, Circumstances(), Outcome.GUEST_ENDED),
        (S.OFF_UNKNOWN, D.NONE, Circumstances(), Outcome.SOURCE_LOST),
        (S.OFF_MIGRATED, D.OFF_BY_USER, Circumstances(), Outcome.COMMIT_ENDED),
        (S.OFF_MIGRATED, D.NONE, Circumstances(), Outcome.NEEDS_ATTENTION),
        (S.OFF_MIGRATED, D.NONE, Circumstances(persistent=False), Outcome.SOURCE_LOST),
        (S.OFF_UNRECORDED, D.NONE, Circumstances(persistent=False), Outcome.SOURCE_LOST),
        (S.OFF_UNRECORDED, D.NONE, Circumstances(), Outcome.NEEDS_ATTENTION),
        (S.OFF_UNRECORDED, D.CRASHED, Circumstances(persistent=False), Outcome.NEEDS_ATTENTION),
        (S.FENCED, D.RUNNING, Circumstances(), Outcome.COMMIT_CLEANUP_OWED),
        (S.UNREACHABLE, D.RUNNING, Circumstances(), Outcome.NEEDS_ATTENTION),
    ],
)
def test_a_pair_of_the_design_leads_to_its_outcome(
    source: SourceSays, destination: DestinationSays, circumstances: Circumstances, expected: Outcome
) -> None:
    assert row_for(source, destination, circumstances).then is expected


# The design's section 5, a second time: a letter for each pair, in the order of DestinationSays.
LETTERS = {
    "G": Outcome.GO_ON,
    "R": Outcome.ROLL_BACK,
    "D": Outcome.ROLL_BACK_DESTINATION_FIRST,
    "O": Outcome.FAIL_CLEANUP_OWED,
    "2": Outcome.TWO_RUN,
    "W": Outcome.DESTROY_SOURCE_AND_COMMIT,
    "X": Outcome.DESTROY_DESTINATION_AND_RESUME_SOURCE,
    "S": Outcome.RESUME_SOURCE,
    "P": Outcome.RESUME_POSTCOPY,
    "C": Outcome.COMMIT,
    "L": Outcome.RESUME_DESTINATION_AND_COMMIT,
    "E": Outcome.COMMIT_ENDED,
    "e": Outcome.GUEST_ENDED,
    "l": Outcome.SOURCE_LOST,
    "c": Outcome.COMMIT_CLEANUP_OWED,
    ".": Outcome.NEEDS_ATTENTION,
}
FAST_RAN = {
    # none, incoming, running, paused, post-copy failed, off, off by user, crashed, silent, fenced, other
    S.JOB: "GGGGGGGGGGG",
    S.RUNNING: "RR2D.D..OO.",
    S.PAUSED_MIGRATION: "S.WX.......",
    S.PAUSED_API_ERROR: "S..X.......",
    S.PAUSED_USER: "R..........",
    S.PAUSED_POSTCOPY_FAILED: "..P.P......",
    S.OFF_MIGRATED: "..C...E....",
    S.OFF_ENDED: "e.C........",
    S.OFF_UNRECORDED: "..C........",
    S.OFF_UNKNOWN: "l.C........",
    S.UNREACHABLE: "...........",
    S.FENCED: "..c........",
    S.OTHER: "...........",
}
# A copy that waits for the source's word can't have run on a host that died: the fence alone says enough.
_STRICT = {S.PAUSED_MIGRATION: "S.WX.....S.", S.PAUSED_API_ERROR: "S..X.....S."}
_PAUSED = {S.PAUSED_USER: "D..D.......", S.OFF_MIGRATED: "..CC..E...."}
BY_HAND = {
    (False, False): FAST_RAN,
    (True, False): {**FAST_RAN, **_STRICT, S.OFF_MIGRATED: "..CL..E...."},
    (False, True): {**FAST_RAN, **_PAUSED},
    (True, True): {**FAST_RAN, **_STRICT, **_PAUSED},
}
"""By strict, and by paused before."""


@pytest.mark.parametrize("strict", [False, True], ids=["fast", "strict"])
@pytest.mark.parametrize("paused", [False, True], ids=["ran", "paused"])
def test_every_pair_has_the_outcome_that_the_design_gives_it(strict: bool, paused: bool) -> None:
    by_hand = BY_HAND[strict, paused]
    circumstances = Circumstances(strict=strict, paused_before=paused)
    for source, letters in by_hand.items():
        for destination, letter in zip(D, letters, strict=True):
            then = row_for(source, destination, circumstances).then
            assert then is LETTERS[letter], f"{source} and {destination}: {then}"
    assert set(by_hand) == set(S)


def test_a_fenced_source_lets_the_destination_resume_only_if_its_stop_was_recorded() -> None:
    recorded = row_for(S.FENCED, D.PAUSED_FINISHED, Circumstances(strict=True, left_source=True))
    unrecorded = row_for(S.FENCED, D.PAUSED_FINISHED, Circumstances(strict=True))
    assert recorded.then is Outcome.RESUME_DESTINATION_CLEANUP_OWED
    assert unrecorded.then is Outcome.NEEDS_ATTENTION


def test_every_pair_in_all_circumstances_has_an_outcome_and_a_sentence() -> None:
    for source, destination, circumstances in product(S, D, ALL_CIRCUMSTANCES):
        row = row_for(source, destination, circumstances)
        assert row.then in Outcome
        assert row.why


def test_a_source_never_goes_on_while_the_destination_runs() -> None:
    for source, circumstances in product(S, ALL_CIRCUMSTANCES):
        assert row_for(source, D.RUNNING, circumstances).then not in STARTS_OR_KEEPS_THE_SOURCE


def test_a_source_that_waits_never_goes_on_by_itself_when_the_guest_ran_on_at_the_destination() -> None:
    waiting = (S.PAUSED_MIGRATION, S.PAUSED_API_ERROR)
    for source, destination, circumstances in product(waiting, D, ALL_CIRCUMSTANCES):
        if circumstances.ran_there:
            then = row_for(source, destination, circumstances).then
            assert then not in STARTS_OR_KEEPS_THE_SOURCE, f"{source} and {destination}"


def test_a_destination_that_does_not_answer_never_lets_a_paused_source_resume() -> None:
    for source, circumstances in product(S, ALL_CIRCUMSTANCES):
        then = row_for(source, D.UNREACHABLE, circumstances).then
        assert then not in {
            Outcome.RESUME_SOURCE,
            Outcome.DESTROY_DESTINATION_AND_RESUME_SOURCE,
            Outcome.ROLL_BACK,
        }


def test_an_unreachable_source_that_is_not_fenced_is_never_decided_about() -> None:
    for destination, circumstances in product(D, ALL_CIRCUMSTANCES):
        assert row_for(S.UNREACHABLE, destination, circumstances).then is Outcome.NEEDS_ATTENTION


def test_what_only_watches_or_asks_needs_no_fresh_evidence() -> None:
    assert set(Outcome) - IRREVERSIBLE == {Outcome.GO_ON, Outcome.NEEDS_ATTENTION}


def test_every_row_can_be_reached() -> None:
    reached = {id(row_for(s, d, c)) for s, d, c in product(S, D, ALL_CIRCUMSTANCES)}
    assert [row.why for row in TABLE if id(row) not in reached] == []
