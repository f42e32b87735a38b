"""Migrations as tests need them: a short one, with what is asked for."""

from benchkit.audit import Write
from benchkit.move import Move
from benchkit.traces import Trace

APPLIED = 1_000.0


def write(kind: str = "migrationtasks", *, at: float = APPLIED, code: int = 200) -> Write:
    """One of the operator's."""
    return Write(at, "operator", "infra", "patch", kind, "a", code)


def a_move(
    *,
    seconds: float = 2.0,
    before: float = 0.5,
    after: float = 0.25,
    switchover: str = "Fast",
    writes: tuple[Write, ...] = (),
    copied: int = 0,
    copying: float = 0.0,
    traces: tuple[Trace, ...] = (),
) -> Move:
    """It takes `seconds`: the job comes after `before`, its copy takes `copying`, its end `after`."""
    return Move(
        name="move-1",
        guest="g",
        source="host1",
        destination="host2",
        switchover=switchover,
        applied=APPLIED,
        job_active=APPLIED + before,
        first_round=APPLIED + before + copying,
        running=APPLIED + seconds - after,
        succeeded=APPLIED + seconds,
        sent_bytes=1,
        phases=(("Succeeded", APPLIED + seconds),),
        traces=traces,
        writes=writes,
        copied=copied,
    )
