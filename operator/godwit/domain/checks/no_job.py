"""No other job keeps the guest busy: libvirt runs one at a time, and a save would end the guest here."""

from godwit.domain.checks.facts import PreflightFacts
from godwit.domain.checks.rule import Rule
from godwit.domain.guest import Job
from godwit.domain.migration import Check, CheckResult
from godwit.domain.reasons import Reason

NAME = "NoJob"


def check(facts: PreflightFacts) -> tuple[Check, ...]:
    """Fails with the kind of job."""
    view, host = facts.guest.view, facts.source.name
    if view.job is Job.NONE:
        return (Check(NAME, CheckResult.PASS, host),)
    what = "a migration that Godwit did not start" if view.job is Job.MIGRATION_OUT else "another job"
    return (
        Check(
            NAME,
            CheckResult.FAIL,
            host,
            f"libvirt runs {what} on VM {facts.vm.name}",
            f"`virsh domjobinfo {facts.vm.name}` shows it; wait for its end, or `virsh domjobabort` it, "
            "then create a new VMMigration",
        ),
    )


RULE = Rule(
    NAME,
    check,
    remedy="Wait for the end of the job, or abort it.",
    tested="tests/e2e/bad/test_busy_guests.py",
    veto=Reason.GUEST_BUSY,
)
