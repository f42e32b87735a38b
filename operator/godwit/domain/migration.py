"""A VMMigration: what the user asked for and the whole story that its status tells."""

from datetime import datetime
from enum import StrEnum

import msgspec

from godwit.domain.choice.table import Choice, Dismissed, Standby
from godwit.domain.conditions import Condition
from godwit.domain.disks import Disk, Storage
from godwit.domain.limits import AutoConverge, Limits, Tuning
from godwit.domain.plan import Switchover
from godwit.domain.reasons import Reason
from godwit.domain.task import VMIdentity
from godwit.domain.value import Value
from godwit.domain.vocabulary import (
    Outcome as Verdict,
)


class VMSelector(Value):
    """Exactly one of both; of a VM that is known both, and then its UUID decides."""

    name: str | None = None
    uuid: str | None = None

    def __str__(self) -> str:
        return self.name or self.uuid or ""


class HypervisorSelector(Value):
    """A hypervisor by name."""

    hypervisor: str


class Destination(Value):
    """By name; or the operator chooses, among those that have the labels."""

    hypervisor: str | None = None
    node_selector: dict[str, str] = msgspec.field(default_factory=dict)
    """Labels of the host's Node."""
    wait: str = ""
    """How long a host is waited for where none takes the guest; empty: not at all."""


class Mode(StrEnum):
    """How far a migration goes."""

    MIGRATE = "Migrate"
    VALIDATE = "Validate"
    """The whole preflight, and nothing else: nothing is changed, and nothing stays."""


class CPURule(StrEnum):
    """When a destination's CPU is good enough."""

    COMPATIBLE = "Compatible"
    """It can run the guest's live CPU."""
    IDENTICAL = "Identical"
    """Both hosts have the same CPU."""


class Safety(Value):
    """What the user takes upon himself."""

    unsafe: bool = False
    """Skip libvirt's own safety check; of Godwit's checks it changes only the one that foretells that."""
    cpu: CPURule = CPURule.COMPATIBLE
    force: tuple[str, ...] = ()
    """Names of checks that may fail; those that can't be forced are refused at admission."""


class Resolution(StrEnum):
    """What a person decides where the evidence can't."""

    KEEP_SOURCE = "KeepSource"
    """The destination's copy is destroyed; the source's is resumed, or started."""
    KEEP_DESTINATION = "KeepDestination"
    """The source's copy is destroyed; the destination's is resumed."""


class MigrationSpec(Value):
    """The request; immutable but for `cancel`, `resolution` and the live part of `tuning`."""

    vm: VMSelector
    destination: Destination = Destination()
    source: HypervisorSelector | None = None
    mode: Mode = Mode.MIGRATE
    safety: Safety = Safety()
    start_timeout: str = "5m"
    storage: Storage = Storage()
    tuning: Tuning = Tuning()
    cancel: bool = False
    """True aborts it before the switchover; afterwards it completes, and says so."""
    resolution: Resolution | None = None
    """Only in `NeedsAttention`."""


class Phase(StrEnum):
    """One word for people; derived last and never decided from."""

    PENDING = "Pending"
    QUEUED = "Queued"
    VALIDATING = "Validating"
    PREPARING = "Preparing"
    COPYING = "Copying"
    MIGRATING = "Migrating"
    SWITCHING_OVER = "SwitchingOver"
    FINALIZING = "Finalizing"
    SUCCEEDED = "Succeeded"
    FAILED = "Failed"
    CANCELLED = "Cancelled"
    NEEDS_ATTENTION = "NeedsAttention"


FINAL_PHASES = frozenset({Phase.SUCCEEDED, Phase.FAILED, Phase.CANCELLED})


class CheckResult(StrEnum):
    """A check that did not run is not a pass."""

    PASS = "Pass"  # noqa: S105 - a verdict, no password
    WARN = "Warn"
    FAIL = "Fail"
    NOT_APPLICABLE = "NotApplicable"
    NOT_RUN = "NotRun"


class Check(Value):
    """One check's verdict about one host."""

    name: str
    result: CheckResult
    host: str = ""
    message: str = ""
    remedy: str = ""
    forced: bool = False
    """It would stop the migration, but for `safety.force`."""

    @property
    def stops(self) -> bool:
        """The migration must not go on."""
        return self.result in (CheckResult.FAIL, CheckResult.NOT_RUN) and not self.forced

    @property
    def forced_told(self) -> str:
        """What was forced of it."""
        ran = "failed" if self.result is CheckResult.FAIL else "could not run"
        return f"{self.name} {ran} and was forced"

    @property
    def told(self) -> str:
        """In a sentence, with what is to be done."""
        return f"{self.name}: {self.message}{f' ({self.remedy})' if self.remedy else ''}"


class SwitchoverChoice(Value):
    """Which switchover, and why."""

    mode: Switchover
    why: str


class Effective(Limits):
    """What is in force at the source, as its agent last said."""

    auto_converge: AutoConverge = AutoConverge.NEVER


class Attempt(Value):
    """One try: written before its first task exists, so the names are known whatever happens next."""

    number: int
    source_task: str
    destination_task: str
    run_mark: str
    """Random: the mark of the QEMU that this attempt starts at the destination."""
    started_at: datetime
    standby: tuple[Standby, ...] = ()
    """The next best hosts, that are inspected at the same time as the destination."""
    dismissed: tuple[Dismissed, ...] = ()
    """Hosts that were inspected and are not needed, and former looks at the source; no name is used again."""


class Outcome(StrEnum):
    """How a migration ends."""

    SUCCEEDED = "Succeeded"
    FAILED = "Failed"
    CANCELLED = "Cancelled"


class Ending(Value):
    """The decision to end with the guest where it is; written before anything is rolled back.

    It succeeds where no more than the preflight was asked for.
    """

    outcome: Outcome
    reason: Reason
    message: str
    at: datetime


class Progress(Value):
    """How far; `percent` never goes back. Bytes, bytes per second, milliseconds."""

    percent: int = 0
    data_total: int = 0
    data_processed: int = 0
    data_remaining: int = 0
    rate: int = 0
    dirty_rate: int = 0
    iteration: int = 0
    throttle_percent: int = 0
    eta: str = ""
    """Time left for people, e.g. `1m12s`; empty when unknown."""
    memory_total: int = 0
    memory_processed: int = 0
    memory_remaining: int = 0
    disk_total: int = 0
    disk_processed: int = 0
    disk_remaining: int = 0
    expected_downtime_milliseconds: int | None = None


class Downtime(Value):
    """`reported` is libvirt's, `observed` from the source's SUSPENDED to the destination's RESUMED."""

    reported_milliseconds: int | None = None
    observed_milliseconds: int | None = None


class Result(Value):
    """The figures of a migration that ended."""

    duration_milliseconds: int
    bytes: int = 0
    iterations: int = 0
    downtime: Downtime = Downtime()


class Transition(Value):
    """When a phase began."""

    phase: Phase
    at: datetime


class Cleanup(StrEnum):
    """Whether a host still owes something."""

    PENDING = "Pending"
    DONE = "Done"


class MigrationStatus(Value):
    """The journal (what later passes decide from) and the report (what people read)."""

    observed_generation: int = -1
    phase: Phase | None = None
    conditions: tuple[Condition, ...] = ()
    # journal
    vm: VMIdentity | None = None
    source: HypervisorSelector | None = None
    destination: HypervisorSelector | None = None
    choice: Choice | None = None
    """How it was chosen; None where it was named by the user."""
    unqueued_at: datetime | None = None
    """When it left `Queued`: `startTimeout` counts from here."""
    attempts: tuple[Attempt, ...] = ()
    checks: tuple[Check, ...] = ()
    disks: tuple[Disk, ...] = ()
    switchover: SwitchoverChoice | None = None
    """Also says that the preflight has passed."""
    undecided_since: datetime | None = None
    """When the hosts' evidence first fitted no safe act; it takes 10 s of that to become `NeedsAttention`."""
    verdict: Verdict | None = None
    """What was decided from the evidence of both hosts, or by a person; written before any host is told."""
    committed_at: datetime | None = None
    ending: Ending | None = None
    finished_at: datetime | None = None
    cleanup: Cleanup | None = None
    # report
    effective: Effective | None = None
    progress: Progress | None = None
    result: Result | None = None
    phase_transitions: tuple[Transition, ...] = ()


class Migration(Value):
    """A VMMigration as the operator decides about it."""

    namespace: str
    name: str
    uid: str
    created_at: datetime
    spec: MigrationSpec
    resource_version: str = ""
    generation: int = 1
    deleting: bool = False
    finalizer: bool = False
    """Ours is on it."""
    status: MigrationStatus = MigrationStatus()
