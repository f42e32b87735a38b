"""The guest runs, or is paused by its user: anything else can't be moved live.

A guest that is paused by a fault would stay so at the destination, or go on there with lost writes. Source:
the guide's health check, `virsh domstate --reason`.
"""

from godwit.domain.checks.facts import PreflightFacts
from godwit.domain.checks.rule import Rule
from godwit.domain.checks.telling import passed
from godwit.domain.guest import DomainState, GuestView, StateReason
from godwit.domain.migration import Check, CheckResult

NAME = "VMRuns"
_ANY = None

# What it is, and what to do; VM stands for its name.
_STATES: dict[tuple[DomainState, StateReason | None], tuple[str, str]] = {
    (DomainState.PAUSED, StateReason.IO_ERROR): (
        "is paused since a disk gave an I/O error",
        "`virsh domblkerror VM` names the disk: mend its storage, then `virsh resume VM`",
    ),
    (DomainState.PAUSED, StateReason.CRASHED): (
        "is paused since its system has crashed",
        "`virsh dump VM FILE --memory-only` keeps it for a look; then `virsh reset VM` and `virsh resume VM`",
    ),
    (DomainState.PAUSED, StateReason.STARTING_UP): (
        "is just being started",
        "wait until `virsh domstate VM` says that it runs, and apply the migration again",
    ),
    (DomainState.PAUSED, StateReason.MIGRATION): (
        "is paused by a migration",
        "`virsh domjobinfo VM` shows it: wait for its end. Where there is none, an earlier one broke off: "
        "see that the guest runs on no other host, then `virsh resume VM`",
    ),
    (DomainState.PAUSED, StateReason.POSTCOPY): (
        "is paused in the middle of a post-copy migration: a part of it is on another host already",
        "let that migration end; destroy neither copy",
    ),
    (DomainState.PAUSED, StateReason.POSTCOPY_FAILED): (
        "is paused in a post-copy migration that broke off: a part of it is on another host already",
        "`virsh migrate --postcopy-resume` with the words of that migration; destroy neither copy",
    ),
    (DomainState.PAUSED, StateReason.API_ERROR): (
        "is paused since libvirt could not let it go on",
        "the log of libvirtd says why; see that the guest runs on no other host, then `virsh resume VM`",
    ),
    (DomainState.PAUSED, _ANY): (
        "is paused, and not by its user",
        "`virsh domstate VM --reason` says by what: end that, then `virsh resume VM`",
    ),
    (DomainState.SHUTDOWN, _ANY): (
        "is shutting down",
        "wait until it is off, and `virsh start VM`",
    ),
    (DomainState.SHUTOFF, StateReason.CRASHED): (
        "is off since it has crashed",
        "see its log under /var/log/libvirt/qemu, and `virsh start VM`",
    ),
    (DomainState.SHUTOFF, _ANY): (
        "is off",
        "`virsh start VM`; only a guest that runs is moved",
    ),
    (DomainState.CRASHED, _ANY): (
        "has crashed, and its QEMU is kept for a look",
        "`virsh dump VM FILE --memory-only` where it is to be looked at; then `virsh destroy VM` and "
        "`virsh start VM`",
    ),
    (DomainState.PM_SUSPENDED, _ANY): (
        "sleeps: its own system has suspended it",
        "wake it with `virsh dompmwakeup VM`",
    ),
    (DomainState.ABSENT, _ANY): (
        "is not there any more",
        "`virsh list --all` on the hosts says where it is; apply the migration again",
    ),
}
_UNKNOWN = (
    "is in a state that libvirt does not tell",
    "`virsh domstate VM --reason` asks once more; restart libvirtd where it goes on so",
)


def check(facts: PreflightFacts) -> tuple[Check, ...]:
    """Fails with what it is instead."""
    view, name = facts.guest.view, facts.vm.name
    if view.state in (DomainState.RUNNING, DomainState.BLOCKED):
        return passed(facts.source, NAME, "it runs")
    if view.state is DomainState.PAUSED and view.reason is StateReason.USER:
        return passed(facts.source, NAME, "paused by its user; it stays paused")
    what, remedy = _row(view)
    message = f"VM {name} {what} ({view.state.lower()}, {view.reason.lower()})"
    return (Check(NAME, CheckResult.FAIL, facts.source.name, message, remedy.replace("VM", name)),)


def _row(view: GuestView) -> tuple[str, str]:
    return _STATES.get((view.state, view.reason)) or _STATES.get((view.state, _ANY), _UNKNOWN)


RULE = Rule(
    NAME,
    check,
    remedy="Start or resume the guest; a paused one may stay paused if its user paused it.",
    tested="tests/e2e/preflight/test_vm_runs.py",
)
