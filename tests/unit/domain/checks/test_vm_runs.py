import pytest
from msgspec.structs import replace

from godwit.domain.checks import vm_runs
from godwit.domain.guest import DomainState, StateReason
from godwit.domain.migration import Check, CheckResult

from ..builders import FACTS, facts


def verdict(state: DomainState, reason: StateReason = StateReason.OTHER) -> Check:
    seen = replace(FACTS, view=replace(FACTS.view, state=state, reason=reason))
    [check] = vm_runs.check(replace(facts(), guest=seen))
    return check


@pytest.mark.parametrize("state", [DomainState.RUNNING, DomainState.BLOCKED])
def test_a_guest_that_runs_passes(state: DomainState) -> None:
    assert verdict(state).result is CheckResult.PASS


def test_a_guest_that_its_user_paused_passes_and_is_told_to_stay_so() -> None:
    paused = verdict(DomainState.PAUSED, StateReason.USER)
    assert paused.result is CheckResult.PASS
    assert "stays paused" in paused.message


@pytest.mark.parametrize(
    ("state", "reason", "words"),
    [
        (DomainState.PAUSED, StateReason.IO_ERROR, "paused (ioerror)"),
        (DomainState.SHUTOFF, StateReason.USER, "shutoff (user)"),
        (DomainState.CRASHED, StateReason.CRASHED, "crashed (crashed)"),
        (DomainState.PM_SUSPENDED, StateReason.OTHER, "pmsuspended (other)"),
    ],
)
def test_any_other_state_is_refused_by_name(state: DomainState, reason: StateReason, words: str) -> None:
    refused = verdict(state, reason)
    assert refused.stops
    assert words in refused.message
