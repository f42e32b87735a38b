import pytest
from msgspec.structs import replace

from godwit.domain.checks import machine_type
from godwit.domain.host import CPU
from godwit.domain.migration import Check, CheckResult

from ..builders import FACTS, HOSTS, facts

Q35 = "pc-q35-10.0"


def verdict(
    machine: str = Q35, *offered: str, arch: str = "x86_64", there: str = "x86_64", qemu: str = "7.2.0"
) -> Check:
    status = HOSTS[1].status
    versions = replace(status.versions, qemu=qemu)
    status = replace(status, machine_types=offered, cpu=CPU(arch=there), versions=versions)
    guest = replace(FACTS, machine=machine, arch=arch)
    [found] = machine_type.check(replace(facts(), guest=guest, destination=replace(HOSTS[1], status=status)))
    return found


def test_a_machine_that_is_there_passes() -> None:
    assert verdict(Q35, "pc", Q35).result is CheckResult.PASS


def test_a_missing_machine_is_told_with_the_hosts_qemu() -> None:
    refused = verdict(Q35, "pc", "pc-q35-7.2")
    assert refused.result is CheckResult.FAIL
    assert refused.host == "host2"
    assert refused.message == "VM vm1 is a pc-q35-10.0, which host2 (QEMU 7.2.0) does not have"
    assert "bring QEMU there to the version of host1" in refused.remedy
    assert "which host2 does not have" in verdict(Q35, "pc", qemu="").message


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (verdict(Q35), "which machine types host2 has is not known"),
        (
            verdict(Q35, Q35, arch="aarch64"),
            "of aarch64 host2 has is not known: it is a x86_64",
        ),
        (verdict("", Q35), "the machine type of VM vm1 is not known"),
    ],
    ids=["no list", "another architecture", "no machine"],
)
def test_what_is_not_known_is_no_pass(found: Check, words: str) -> None:
    assert found.result is CheckResult.NOT_RUN
    assert words in found.message
    assert "virsh domcapabilities" in found.remedy
