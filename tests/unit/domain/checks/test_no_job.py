import pytest
from msgspec.structs import replace

from godwit.domain.checks import no_job
from godwit.domain.guest import Job
from godwit.domain.migration import Check, CheckResult

from ..builders import FACTS, facts


def verdict(job: Job) -> Check:
    busy = replace(FACTS, view=replace(FACTS.view, job=job))
    [check] = no_job.check(replace(facts(), guest=busy))
    return check


def test_a_guest_without_a_job_passes() -> None:
    assert verdict(Job.NONE).result is CheckResult.PASS


@pytest.mark.parametrize(
    ("job", "words"),
    [(Job.MIGRATION_OUT, "a migration that Godwit did not start"), (Job.OTHER, "another job")],
)
def test_a_job_in_the_way_is_named_with_the_command_that_shows_it(job: Job, words: str) -> None:
    busy = verdict(job)
    assert busy.stops
    assert words in busy.message
    assert "virsh domjobinfo vm1" in busy.remedy
