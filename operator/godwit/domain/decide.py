"""observation, now -> decision: the operator's whole mind, without a clock and without I/O.

It may be asked at any time and any number of times: what was decided is read from the journal, so a repeated
question gives the same acts, and every act is safe to repeat.
"""

from collections.abc import Callable
from datetime import datetime

from godwit.domain.decision import Decision
from godwit.domain.observation import Observation
from godwit.domain.phases import Row, Step, current
from godwit.domain.steps import begin, finish, preflight, run

StepWork = Callable[[Observation, Row, datetime], Decision]

WORK: dict[Step, StepWork] = {
    Step.RESOLVE: begin.find,
    Step.CLAIM: begin.claim,
    Step.INSPECT_SOURCE: preflight.inspect_source,
    Step.INSPECT_DESTINATION: preflight.inspect_destination,
    Step.VALIDATE: preflight.validate,
    Step.PREPARE: preflight.prepare,
    Step.MIGRATE: run.migrate,
    Step.FINISH: finish.release,
    Step.ROLL_BACK: finish.roll_back,
    Step.CLOSE: finish.close,
}


def decide(observation: Observation, now: datetime) -> Decision:
    """What to write and then to do for one migration."""
    row = current(observation)
    return WORK[row.step](observation, row, now)
