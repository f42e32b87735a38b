"""The recovery table's words: what each host says, what the journal adds to it, and what may follow."""

from enum import StrEnum

from godwit.domain.value import Value


class SourceSays(StrEnum):
    """The source's evidence, as the table's rows tell it apart."""

    JOB = "active, migration job or starting"
    RUNNING = "running, no job"
    PAUSED_MIGRATION = "paused(migration), no job"
    PAUSED_API_ERROR = "paused(API error), no job"
    PAUSED_USER = "paused(user), no job"
    PAUSED_POSTCOPY_FAILED = "paused(post-copy failed), no job"
    OFF_MIGRATED = "off or absent, STOPPED(migrated) recorded"
    OFF_ENDED = "off or absent, STOPPED(crashed, shutdown, destroyed not by us) recorded"
    OFF_UNRECORDED = "off(migrated) or absent, nothing recorded"
    OFF_UNKNOWN = "off(unknown or other), nothing recorded"
    UNREACHABLE = "unreachable"
    FENCED = "unreachable and fenced"
    OTHER = "anything else"


class DestinationSays(StrEnum):
    """The destination's evidence; everything but NONE is a domain with the attempt's mark."""

    NONE = "no domain and no definition with our mark"
    INCOMING = "paused incoming"
    RUNNING = "running"
    PAUSED_FINISHED = "paused(user), finished"
    PAUSED_POSTCOPY_FAILED = "paused(post-copy failed)"
    OFF = "off, our definition"
    OFF_BY_USER = "off(shutdown or destroyed), our definition, RESUMED recorded"
    CRASHED = "crashed"
    UNREACHABLE = "unreachable"
    FENCED = "unreachable and fenced"
    OTHER = "anything else"


class Circumstances(Value):
    """What the journal adds to the evidence."""

    strict: bool = False
    paused_before: bool = False
    same_qemu: bool = True
    """The source's QEMU bears the run mark: it is the very one that was migrated."""
    committed: bool = False
    destroyed_source: bool = False
    """Our own destroy of a source that was PAUSED(migration) is recorded."""
    suspended_by_us: bool = False
    suspended_newcomer: bool = False
    """Both ran, and we suspended the one that came later."""
    cancelled_at_source: bool = False
    """libvirt says that the source runs because the migration was cancelled."""
    left_source: bool = False
    """STOPPED(migrated) is recorded: all that is known of a source that no longer answers."""
    persistent: bool = True
    """The guest had a definition at the source."""
    ran_there: bool = False
    """The destination's copy was seen running."""
    defined_there: bool = True
    """The destination's copy has a definition, where the guest had one at the source."""


class Outcome(StrEnum):
    """What to do about it."""

    GO_ON = "GoOn"
    ROLL_BACK = "RollBack"
    ROLL_BACK_DESTINATION_FIRST = "RollBackDestinationFirst"
    FAIL_CLEANUP_OWED = "FailCleanupOwed"
    TWO_RUN = "TwoRun"
    DESTROY_SOURCE_AND_COMMIT = "DestroySourceAndCommit"
    DESTROY_DESTINATION_AND_RESUME_SOURCE = "DestroyDestinationAndResumeSource"
    RESUME_SOURCE = "ResumeSource"
    RESUME_POSTCOPY = "ResumePostcopy"
    COMMIT = "Commit"
    RESUME_DESTINATION_AND_COMMIT = "ResumeDestinationAndCommit"
    COMMIT_ENDED = "CommitEnded"
    GUEST_ENDED = "GuestEnded"
    SOURCE_LOST = "SourceLost"
    COMMIT_CLEANUP_OWED = "CommitCleanupOwed"
    RESUME_DESTINATION_CLEANUP_OWED = "ResumeDestinationCleanupOwed"
    NEEDS_ATTENTION = "NeedsAttention"
    KEEP_SOURCE = "KeepSource"
    """A person's word, not the table's."""
    KEEP_DESTINATION = "KeepDestination"


IRREVERSIBLE = frozenset(Outcome) - {Outcome.GO_ON, Outcome.NEEDS_ATTENTION}
"""Outcomes that need fresh evidence of both sides (of the one that can answer, where the other is fenced)."""
