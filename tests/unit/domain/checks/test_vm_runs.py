import pytest
from msgspec.structs import replace

from godwit.domain.checks import vm_runs
from godwit.domain.guest import DomainState, StateReason
from godwit.domain.migration import Check, CheckResult

from ..builders import FACTS, facts

RUN = (DomainState.RUNNING, DomainState.BLOCKED)


def verdict(state: DomainState, reason: StateReason = StateReason.OTHER) -> Check:
    seen = replace(FACTS, view=replace(FACTS.view, state=state, reason=reason))
    [check] = vm_runs.check(replace(facts(), guest=seen))
    return check


@pytest.mark.parametrize("state", RUN)
def test_a_guest_that_runs_passes(state: DomainState) -> None:
    assert verdict(state).result is CheckResult.PASS


def test_a_guest_that_its_user_paused_passes_and_is_told_to_stay_so() -> None:
    paused = verdict(DomainState.PAUSED, StateReason.USER)
    assert paused.result is CheckResult.PASS
    assert "stays paused" in paused.message


@pytest.mark.parametrize(
    ("state", "reason", "words", "remedy"),
    [
        (DomainState.PAUSED, StateReason.IO_ERROR, "a disk gave an I/O error", "`virsh domblkerror vm1`"),
        (DomainState.PAUSED, StateReason.CRASHED, "its system has crashed", "`virsh reset vm1`"),
        (DomainState.PAUSED, StateReason.STARTING_UP, "is just being started", "wait until"),
        (DomainState.PAUSED, StateReason.MIGRATION, "paused by a migration", "`virsh domjobinfo vm1`"),
        (DomainState.PAUSED, StateReason.POSTCOPY, "middle of a post-copy", "destroy neither copy"),
        (DomainState.PAUSED, StateReason.POSTCOPY_FAILED, "that broke off", "--postcopy-resume"),
        (DomainState.PAUSED, StateReason.API_ERROR, "libvirt could not let it go on", "the log of libvirtd"),
        (DomainState.PAUSED, StateReason.OTHER, "not by its user", "`virsh domstate vm1 --reason`"),
        (DomainState.SHUTDOWN, StateReason.USER, "is shutting down", "wait until it is off"),
        (DomainState.SHUTOFF, StateReason.CRASHED, "off since it has crashed", "/var/log/libvirt/qemu"),
        (DomainState.SHUTOFF, StateReason.MIGRATED, "is off", "`virsh start vm1`"),
        (DomainState.CRASHED, StateReason.CRASHED, "has crashed, and its QEMU", "`virsh destroy vm1`"),
        (DomainState.PM_SUSPENDED, StateReason.OTHER, "sleeps", "`virsh dompmwakeup vm1`"),
        (DomainState.ABSENT, StateReason.OTHER, "is not there any more", "`virsh list --all`"),
        (DomainState.NO_STATE, StateReason.OTHER, "libvirt does not tell", "`virsh domstate vm1 --reason`"),
    ],
)
def test_any_other_state_is_refused_with_what_it_is_and_what_fits_it(
    state: DomainState, reason: StateReason, words: str, remedy: str
) -> None:
    refused = verdict(state, reason)
    assert refused.stops
    assert refused.message.startswith("VM vm1 ")
    assert words in refused.message
    assert f"({state.lower()}, {reason.lower()})" in refused.message
    assert remedy in refused.remedy


def test_no_state_that_does_not_run_passes() -> None:
    passing = {(state, reason) for state in RUN for reason in StateReason}
    passing.add((DomainState.PAUSED, StateReason.USER))
    for state in DomainState:
        for reason in StateReason:
            assert verdict(state, reason).stops is ((state, reason) not in passing)
