"""observation, now -> decision: the operator's whole mind, without a clock and without I/O.

It may be asked at any time and any number of times: what was decided is read from the journal, so a repeated
question gives the same acts, and every act is safe to repeat.
"""

from collections.abc import Callable
from datetime import datetime

from godwit.domain.decision import Decision
from godwit.domain.migration import Outcome
from godwit.domain.observation import Observation
from godwit.domain.phases import Row, Step, current
from godwit.domain.reasons import Reason
from godwit.domain.steps import begin, choose, chosen, finish, preflight, run
from godwit.domain.steps.dismissed import with_dismissed
from godwit.domain.steps.live import with_limits
from godwit.domain.steps.words import end, stop_asked

BEFORE_THE_JOB = frozenset(
    {
        Step.RESOLVE,
        Step.CLAIM,
        Step.INSPECT_SOURCE,
        Step.CHOOSE,
        Step.INSPECT_DESTINATION,
        Step.VALIDATE,
        Step.PREPARE,
    }
)
"""Steps in which a stop needs to ask nobody: no job can have begun."""

StepWork = Callable[[Observation, Row, datetime], Decision]

WORK: dict[Step, StepWork] = {
    Step.RESOLVE: begin.find,
    Step.CLAIM: begin.claim,
    Step.INSPECT_SOURCE: choose.inspect_source,
    Step.CHOOSE: choose.choose,
    Step.INSPECT_DESTINATION: chosen.inspect_destination,
    Step.VALIDATE: chosen.validate,
    Step.PREPARE: preflight.prepare,
    Step.MIGRATE: run.migrate,
    Step.FINISH: finish.release,
    Step.ROLL_BACK: finish.roll_back,
    Step.CLOSE: finish.close,
}


def decide(observation: Observation, now: datetime) -> Decision:
    """What to write and then to do for one migration."""
    row = current(observation)
    by = stop_asked(observation)
    if by and row.step in BEFORE_THE_JOB:
        message = f"{by} before libvirt's job had begun; the guest stays where it is"
        stopped = end(observation, Reason.CANCELLED, message, now, Outcome.CANCELLED)
        return with_dismissed(observation, stopped)
    return with_dismissed(observation, with_limits(observation, WORK[row.step](observation, row, now)))
