"""No block job runs: a copy, commit or pull under way changes which files a disk consists of."""

from godwit.domain.checks.facts import PreflightFacts
from godwit.domain.checks.rule import Rule
from godwit.domain.checks.telling import not_applicable
from godwit.domain.guest import DiskFacts
from godwit.domain.migration import Check, CheckResult

NAME = "BlockJobs"


def check(facts: PreflightFacts) -> tuple[Check, ...]:
    """A verdict per disk, with the kind of job."""
    found = tuple(_refusal(facts, disk) for disk in facts.guest.disks if disk.block_job)
    return found or not_applicable(facts.source, NAME, "no block job runs")


def _refusal(facts: PreflightFacts, disk: DiskFacts) -> Check:
    command = f"virsh blockjob {facts.vm.name} {disk.target}"
    return Check(
        NAME,
        CheckResult.FAIL,
        facts.source.name,
        f"disk {disk.target} ({disk.path}): the block job {disk.block_job} runs on it",
        f"`{command} --info` shows it; wait for its end, or `{command} --abort` it",
    )


RULE = Rule(
    NAME,
    check,
    remedy="Wait for the block job, or abort it.",
    tested="tests/e2e/storage/test_busy_images.py",
)
