from msgspec.structs import replace

from godwit.domain.checks import block_jobs
from godwit.domain.migration import CheckResult

from ..builders import DISK, FACTS, facts


def test_a_guest_without_a_block_job_has_none() -> None:
    [verdict] = block_jobs.check(facts())
    assert verdict.result is CheckResult.NOT_APPLICABLE


def test_each_running_block_job_is_told_by_its_disk_and_kind() -> None:
    disks = (replace(DISK, block_job="commit"), DISK, replace(DISK, target="vdb", block_job="copy"))
    first, second = block_jobs.check(replace(facts(), guest=replace(FACTS, disks=disks)))
    assert first.stops
    assert first.message == "disk vda (/shared/vm1.img): the block job commit runs on it"
    assert "virsh blockjob vm1 vda" in first.remedy
    assert "disk vdb" in second.message
