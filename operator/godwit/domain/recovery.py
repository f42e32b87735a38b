"""The evidence table: what both hosts say about the guest, and the only acts that are safe then.

Rows are read from the top; the first that fits holds. A pair that no row names touches nothing and needs
attention. Source: the design's section 5. The table decides only; whoever acts must hold fresh evidence
(`godwit.domain.evidence`) for every outcome in `vocabulary.IRREVERSIBLE`.
"""

from collections.abc import Callable

from godwit.domain.value import Value
from godwit.domain.vocabulary import Circumstances, DestinationSays, Outcome, SourceSays

S = SourceSays
D = DestinationSays
_ANY_SOURCE = frozenset(S)
_ANY_DESTINATION = frozenset(D)
_OFF = frozenset({S.OFF_MIGRATED, S.OFF_ENDED, S.OFF_UNRECORDED, S.OFF_UNKNOWN})


class Row(Value):
    """One row: both sides, a further condition, the outcome, and the sentence that people read."""

    source: frozenset[SourceSays]
    destination: frozenset[DestinationSays]
    then: Outcome
    why: str
    when: Callable[[Circumstances], bool] = lambda _: True


def _of(*values: SourceSays) -> frozenset[SourceSays]:
    return frozenset(values)


def _at(*values: DestinationSays) -> frozenset[DestinationSays]:
    return frozenset(values)


TABLE: tuple[Row, ...] = (
    Row(
        source=_of(S.JOB),
        destination=_ANY_DESTINATION,
        then=Outcome.GO_ON,
        why="libvirt's job runs or may still begin: it is watched",
    ),
    Row(
        source=_of(S.RUNNING),
        destination=_at(D.NONE, D.INCOMING),
        then=Outcome.ROLL_BACK,
        why="the guest runs at the source and the destination has at most an incoming rest",
    ),
    Row(
        source=_of(S.RUNNING, S.PAUSED_USER),
        destination=_at(D.PAUSED_FINISHED, D.RUNNING),
        when=lambda c: (
            c.suspended_newcomer and not (c.same_qemu and c.cancelled_at_source and not c.committed)
        ),
        then=Outcome.NEEDS_ATTENTION,
        why="both copies ran, one is suspended now, and nothing says which of them is the guest",
    ),
    Row(
        source=_of(S.RUNNING, S.PAUSED_USER),
        destination=_at(D.PAUSED_FINISHED),
        when=lambda c: c.same_qemu and c.ran_there and not c.suspended_newcomer,
        then=Outcome.NEEDS_ATTENTION,
        why="the guest ran at the destination, too, and was paused there: what it did may be needed",
    ),
    Row(
        source=_of(S.RUNNING),
        destination=_at(D.PAUSED_FINISHED, D.OFF),
        when=lambda c: c.same_qemu,
        then=Outcome.ROLL_BACK_DESTINATION_FIRST,
        why="the very QEMU that was migrated runs at the source; the destination's copy never ran",
    ),
    Row(
        source=_of(S.RUNNING),
        destination=_at(D.UNREACHABLE, D.FENCED),
        when=lambda c: c.same_qemu,
        then=Outcome.FAIL_CLEANUP_OWED,
        why="the very QEMU that was migrated runs at the source; the destination does not answer",
    ),
    Row(
        source=_of(S.RUNNING),
        destination=_at(D.PAUSED_FINISHED, D.OFF, D.UNREACHABLE, D.FENCED),
        when=lambda c: not c.same_qemu,
        then=Outcome.NEEDS_ATTENTION,
        why="somebody started the guest anew at the source; the newer state may be at the destination",
    ),
    Row(
        source=_of(S.RUNNING),
        destination=_at(D.RUNNING),
        then=Outcome.TWO_RUN,
        why="both hosts show the guest running",
    ),
    Row(
        source=_of(S.PAUSED_MIGRATION),
        destination=_at(D.RUNNING),
        then=Outcome.DESTROY_SOURCE_AND_COMMIT,
        why="the guest runs at the destination; the source's QEMU only waits",
    ),
    Row(
        source=_of(S.PAUSED_MIGRATION, S.PAUSED_API_ERROR),
        destination=_at(D.PAUSED_FINISHED),
        when=lambda c: not c.ran_there,
        then=Outcome.DESTROY_DESTINATION_AND_RESUME_SOURCE,
        why="nothing ran since the switchover; the source's QEMU is intact",
    ),
    Row(
        source=_of(S.PAUSED_MIGRATION, S.PAUSED_API_ERROR),
        destination=_at(D.NONE),
        when=lambda c: not c.ran_there and (c.strict or c.persistent),
        then=Outcome.RESUME_SOURCE,
        why="the destination's copy is gone; the source's QEMU is intact",
    ),
    Row(
        source=_of(S.PAUSED_MIGRATION, S.PAUSED_API_ERROR),
        destination=_at(D.FENCED),
        when=lambda c: not c.ran_there and c.strict,
        then=Outcome.RESUME_SOURCE,
        why="the destination's host is fenced, and its copy had not been let go on",
    ),
    Row(
        source=_of(S.PAUSED_MIGRATION, S.PAUSED_API_ERROR),
        destination=_at(D.PAUSED_FINISHED, D.NONE, D.FENCED),
        when=lambda c: c.ran_there,
        then=Outcome.NEEDS_ATTENTION,
        why="the guest ran at the destination after the switchover: the source's memory is older than that",
    ),
    Row(
        source=_of(S.PAUSED_MIGRATION, S.PAUSED_API_ERROR),
        destination=_at(D.NONE, D.FENCED),
        then=Outcome.NEEDS_ATTENTION,
        why="the guest may have run at the destination: then the source's memory is older than its disks",
    ),
    Row(
        source=_of(S.PAUSED_MIGRATION),
        destination=_at(D.UNREACHABLE),
        then=Outcome.NEEDS_ATTENTION,
        why="the destination does not answer and may run the guest: fence its host",
    ),
    Row(
        source=_of(S.PAUSED_USER),
        destination=_at(D.NONE),
        when=lambda c: c.suspended_by_us,
        then=Outcome.RESUME_SOURCE,
        why="our own suspend came after the job's end",
    ),
    Row(
        source=_of(S.PAUSED_USER),
        destination=_at(D.NONE, D.PAUSED_FINISHED),
        when=lambda c: c.paused_before and c.same_qemu,
        then=Outcome.ROLL_BACK_DESTINATION_FIRST,
        why="the guest was paused by its user and still is, at the source",
    ),
    Row(
        source=_of(S.PAUSED_USER),
        destination=_at(D.NONE),
        when=lambda c: c.same_qemu and not c.suspended_newcomer,
        then=Outcome.ROLL_BACK,
        why="its user paused the guest at the source after the job's end; the destination has no copy",
    ),
    Row(
        source=_of(S.PAUSED_POSTCOPY_FAILED),
        destination=_at(D.RUNNING, D.PAUSED_POSTCOPY_FAILED),
        then=Outcome.RESUME_POSTCOPY,
        why="the guest's memory lies on both hosts: neither is touched",
    ),
    Row(
        source=_OFF | {S.FENCED},
        destination=_at(D.RUNNING),
        when=lambda c: not c.defined_there,
        then=Outcome.NEEDS_ATTENTION,
        why="the guest runs at the destination without a definition: the source's is the only one",
    ),
    Row(
        source=_of(S.OFF_MIGRATED),
        destination=_at(D.PAUSED_FINISHED),
        when=lambda c: (
            not c.defined_there and (c.paused_before or (c.ran_there and not c.suspended_newcomer))
        ),
        then=Outcome.NEEDS_ATTENTION,
        why="the guest is paused at the destination without a definition: the source's is the only one",
    ),
    Row(
        source=_OFF,
        destination=_at(D.RUNNING),
        then=Outcome.COMMIT,
        why="the guest runs at the destination and is off at the source",
    ),
    Row(
        source=_of(S.OFF_MIGRATED),
        destination=_at(D.PAUSED_FINISHED),
        when=lambda c: c.paused_before,
        then=Outcome.COMMIT,
        why="the guest left the source, and stays paused as its user left it",
    ),
    Row(
        source=_of(S.OFF_MIGRATED),
        destination=_at(D.PAUSED_FINISHED),
        when=lambda c: c.ran_there and not c.suspended_newcomer,
        then=Outcome.COMMIT,
        why="the guest moved, ran at the destination and was paused there by its user",
    ),
    Row(
        source=_OFF,
        destination=_at(D.PAUSED_FINISHED),
        when=lambda c: c.destroyed_source and not c.paused_before,
        then=Outcome.RESUME_DESTINATION_AND_COMMIT,
        why="we ended the source's paused QEMU; the destination's copy is the guest",
    ),
    Row(
        source=_of(S.OFF_MIGRATED),
        destination=_at(D.PAUSED_FINISHED),
        when=lambda c: c.strict,
        then=Outcome.RESUME_DESTINATION_AND_COMMIT,
        why="the guest left the source; the destination's copy waits for the word",
    ),
    Row(
        source=_of(S.OFF_UNRECORDED, S.OFF_UNKNOWN, S.OFF_ENDED),
        destination=_at(D.PAUSED_FINISHED),
        then=Outcome.NEEDS_ATTENTION,
        why="nothing says that the guest left the source before it ended there: it may have run on",
    ),
    Row(
        source=_of(S.OFF_ENDED),
        destination=_at(D.NONE),
        then=Outcome.GUEST_ENDED,
        why="the guest ended at the source",
    ),
    Row(
        source=_of(S.OFF_UNKNOWN),
        destination=_at(D.NONE),
        when=lambda c: not c.committed,
        then=Outcome.SOURCE_LOST,
        why="the guest died with its host",
    ),
    Row(
        source=_of(S.OFF_MIGRATED, S.OFF_UNRECORDED),
        destination=_at(D.NONE),
        when=lambda c: not c.persistent and not c.committed,
        then=Outcome.SOURCE_LOST,
        why="the guest had no definition, and is gone on both hosts",
    ),
    Row(
        source=_of(S.OFF_MIGRATED),
        destination=_at(D.OFF_BY_USER),
        then=Outcome.COMMIT_ENDED,
        why="the guest moved, ran at the destination and was ended there",
    ),
    Row(
        source=_of(S.OFF_MIGRATED, S.OFF_UNRECORDED),
        destination=_at(D.NONE, D.CRASHED),
        then=Outcome.NEEDS_ATTENTION,
        why="the guest died at the destination; the source's definition and images are kept",
    ),
    Row(
        source=_of(S.FENCED),
        destination=_at(D.RUNNING),
        then=Outcome.COMMIT_CLEANUP_OWED,
        why="the guest runs at the destination and the source's host is fenced",
    ),
    Row(
        source=_of(S.FENCED),
        destination=_at(D.PAUSED_FINISHED),
        when=lambda c: c.left_source and not c.paused_before,
        then=Outcome.RESUME_DESTINATION_CLEANUP_OWED,
        why="the guest had left the source before its host was fenced; the destination's copy is the guest",
    ),
    Row(
        source=_of(S.OFF_MIGRATED, S.FENCED),
        destination=_at(D.UNREACHABLE, D.FENCED),
        then=Outcome.NEEDS_ATTENTION,
        why="the destination does not answer",
    ),
)

_NO_ROW = Row(
    source=_ANY_SOURCE,
    destination=_ANY_DESTINATION,
    then=Outcome.NEEDS_ATTENTION,
    why="what the hosts say together fits no safe act",
)


def row_for(source: SourceSays, destination: DestinationSays, circumstances: Circumstances) -> Row:
    """The row that holds; one that touches nothing where the table has none."""
    for row in TABLE:
        if source in row.source and destination in row.destination and row.when(circumstances):
            return row
    return _NO_ROW
