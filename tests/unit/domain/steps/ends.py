"""Journals, answers and hosts for the tests of the ends."""

from msgspec.structs import replace

from godwit.domain.decision import Decision, WriteSpec
from godwit.domain.migration import Cleanup, Ending, Outcome, Phase
from godwit.domain.reasons import Reason
from godwit.domain.task import Failure, Goal, TaskStatus

from ..builders import (
    NOON,
    STARTING,
    VALIDATED,
    host,
    listed,
)

COMMITTED = replace(VALIDATED, committed_at=NOON)
ENDING = Ending(Outcome.FAILED, Reason.TLS_FAILED, "host1: certificate unknown", NOON)
FAILING = replace(VALIDATED, ending=ENDING)
FINISHED = replace(FAILING, finished_at=NOON, cleanup=Cleanup.DONE, phase=Phase.FAILED)
OWED = Failure(Reason.DESTINATION_RUNS, "VM vm1 runs here")
UNDECIDED = Failure(Reason.EVIDENCE_UNDECIDED, "the guest is paused")
PREPARED = TaskStatus(reached=Goal.PREPARED)
STARTED = replace(PREPARED, starting=STARTING)
LIBVIRT_AWAY = replace(PREPARED, waiting=Failure(Reason.LIBVIRT_UNREACHABLE, "libvirtd is away"))
RELEASED = TaskStatus(reached=Goal.RELEASED)
ROLLED_BACK = TaskStatus(reached=Goal.ROLLED_BACK)
SILENT_SOURCE = (host("host1", listed(), ready=False), host("host2"))
SILENT_DESTINATION = (host("host1", listed()), host("host2", ready=False))


def goals(decision: Decision) -> dict[str, Goal]:
    return {act.task: act.spec.goal for act in decision.acts if isinstance(act, WriteSpec)}
