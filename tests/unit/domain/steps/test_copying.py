"""The job of a guest with copied disks: its phases, and images that go wrong while it runs."""

import pytest
from msgspec.structs import replace

from godwit.domain.decide import decide
from godwit.domain.guest import GuestView, JobStats
from godwit.domain.migration import Phase
from godwit.domain.observation import Observation
from godwit.domain.plan import Plan
from godwit.domain.reasons import Reason
from godwit.domain.task import Failure, Goal, TaskStatus

from ..builders import (
    ABSENT,
    COPY,
    COPYING,
    NOON,
    SOURCE_TASK,
    STRICT,
    VALIDATED,
    arrived,
    destination,
    guest,
    observation,
    source,
)
from .ends import SILENT_DESTINATION, goals
from .pairs import BUSY, FAILURE, LEFT, PREPARED, RUNS_THERE, STOPPED, WAITS_THERE, ended, pair

TWO = replace(COPYING, copies=(COPY, replace(COPY, target="vdb")))
MEMORY_FLOWS = JobStats(memory_total_bytes=1, disk_total_bytes=1)
GONE = Failure(Reason.IMAGE_MISSING, "/images/vm1.img is gone")
SENTENCE = "host1 copies disks vda and vdb to host2; the guest's memory follows"


def running(
    there: GuestView = ABSENT,
    *,
    here: GuestView = BUSY,
    plan: Plan = TWO,
    progress: JobStats | None = None,
    gone: Failure | None = None,
) -> Observation:
    seen = pair(here, there, plan=plan)
    assert seen.source is not None
    assert seen.destination is not None
    ours = replace(seen.source, status=replace(seen.source.status, progress=progress))
    theirs = replace(seen.destination, status=replace(seen.destination.status, failure=gone))
    return replace(seen, source=ours, destination=theirs)


# phases


def test_the_disks_come_first_and_their_phase_is_copying() -> None:
    decision = decide(running(), NOON)
    assert (decision.phase, decision.reason, decision.message) == (Phase.COPYING, Reason.COPYING, SENTENCE)
    early = decide(running(progress=JobStats(disk_total_bytes=5)), NOON)
    assert (early.phase, early.message) == (Phase.COPYING, SENTENCE)


def test_the_memory_follows_in_its_own_phase() -> None:
    decision = decide(running(progress=MEMORY_FLOWS), NOON)
    assert (decision.phase, decision.message) == (Phase.MIGRATING, "host1 sends the guest to host2")


def test_a_job_without_copies_has_no_such_phase() -> None:
    assert decide(running(plan=STRICT), NOON).phase is Phase.MIGRATING


def test_a_job_that_is_about_to_begin_says_so_in_one_sentence_with_what_it_does() -> None:
    """One phase from the order to the first byte of memory: going on costs no write."""
    ready = observation(
        VALIDATED, source(Goal.PREPARED, PREPARED, TWO), destination(Goal.PREPARED, PREPARED, TWO)
    )
    decision = decide(ready, NOON)
    assert goals(decision) == {SOURCE_TASK: Goal.MIGRATED}
    assert (decision.phase, decision.reason, decision.message) == (Phase.COPYING, Reason.COPYING, SENTENCE)


def test_a_guest_that_waits_there_is_switching_over_though_the_memory_was_never_told_of() -> None:
    assert decide(running(WAITS_THERE), NOON).phase is Phase.SWITCHING_OVER


def test_a_job_that_failed_while_it_copied_was_no_switchover_and_no_memory() -> None:
    seen = pair(guest(), ABSENT, plan=TWO, failure=FAILURE, asked=False)
    assert decide(seen, NOON).phase is Phase.COPYING


def test_a_guest_that_stands_still_for_its_time_is_over_says_so_while_its_disks_are_copied() -> None:
    seen = running()
    assert seen.source is not None
    held = replace(seen.source, status=replace(seen.source.status, held_at=NOON))
    message = decide(replace(seen, source=held), NOON).message
    assert message.startswith("host1 copies disks vda and vdb")
    assert "stands still" in message


# what goes wrong at the destination


@pytest.mark.parametrize("failure", [GONE, Failure(Reason.NO_SPACE, "/images is full")])
def test_an_image_that_goes_wrong_ends_the_migration_before_the_switchover(failure: Failure) -> None:
    decision = decide(running(gone=failure), NOON)
    assert ended(decision) is failure.reason
    assert decision.message.startswith(f"host2: {failure.message}. ")
    assert decision.message.endswith("The guest stays at the source. Putting everything back")


def test_the_job_is_aborted_by_the_sources_roll_back() -> None:
    seen = running(gone=GONE)
    ending = decide(seen, NOON).journal
    following = decide(replace(seen, migration=replace(seen.migration, status=ending)), NOON)
    assert goals(following) == {SOURCE_TASK: Goal.ROLLED_BACK}


def test_a_failure_that_was_told_counts_though_its_host_has_fallen_silent() -> None:
    silent = replace(running(gone=GONE), hypervisors=SILENT_DESTINATION)
    assert ended(decide(silent, NOON)) is Reason.IMAGE_MISSING


def test_what_was_seen_before_the_job_began_ends_it_too() -> None:
    failed = TaskStatus(reached=Goal.PREPARED, failure=GONE)
    seen = observation(
        VALIDATED, source(Goal.PREPARED, PREPARED, TWO), destination(Goal.PREPARED, failed, TWO)
    )
    decision = decide(seen, NOON)
    assert ended(decision) is Reason.IMAGE_MISSING
    assert "host2: /images/vm1.img is gone" in decision.message


@pytest.mark.parametrize("there", [WAITS_THERE, RUNS_THERE], ids=["waits there", "runs there"])
def test_never_after_the_switchover(there: GuestView) -> None:
    decision = decide(running(there, gone=GONE), NOON)
    assert decision.journal.ending is None
    assert decision.phase is Phase.SWITCHING_OVER


def test_never_once_the_guest_was_let_go_on_there_whatever_is_seen_of_it() -> None:
    seen = running(gone=GONE)
    assert seen.destination is not None
    let_go = replace(seen.destination, status=replace(seen.destination.status, resuming_at=NOON))
    assert decide(replace(seen, destination=let_go), NOON).journal.ending is None


def test_never_once_the_source_said_that_it_is_too_late() -> None:
    seen = running(gone=GONE)
    assert seen.source is not None
    late = replace(seen.source, status=replace(seen.source.status, too_late=True))
    assert decide(replace(seen, source=late), NOON).journal.ending is None


def test_a_guest_that_has_moved_onto_an_image_that_is_gone_is_committed_and_it_is_said() -> None:
    seen = pair(LEFT, RUNS_THERE, stopped=STOPPED, plan=TWO)
    assert seen.destination is not None
    failed = replace(seen.destination, status=replace(seen.destination.status, failure=GONE))
    decision = decide(replace(seen, destination=failed), NOON)
    assert decision.journal.committed_at == NOON
    assert "But host2: /images/vm1.img is gone" in decision.message


def test_what_the_destination_saw_explains_why_the_job_failed() -> None:
    full = Failure(Reason.NO_SPACE, "/images is full")
    seen = running(here=guest(), gone=full)
    assert seen.source is not None
    failed = replace(seen.source, status=replace(seen.source.status, failure=FAILURE))
    decision = decide(replace(seen, source=failed), NOON)
    assert ended(decision) is Reason.NO_SPACE
    assert decision.message.startswith("host2: /images is full")


def test_a_namesake_there_is_not_ours_and_does_not_keep_the_migration_from_ending() -> None:
    other = arrived(WAITS_THERE.state, WAITS_THERE.reason, mark="another/1")
    assert ended(decide(running(other, gone=GONE), NOON)) is Reason.IMAGE_MISSING
