"""Each row of the table: who meets it, and who just doesn't."""

import pytest
from msgspec.structs import replace

from godwit.domain.checks import known_bugs
from godwit.domain.checks.bugs import BUGS, REKEYED_BYTES
from godwit.domain.checks.facts import PreflightFacts
from godwit.domain.equipment import TPM, Equipment
from godwit.domain.guest_cpu import CPUMode, GuestCPU
from godwit.domain.host import Hypervisor, Versions
from godwit.domain.migration import Check, CheckResult

from ..builders import DISK, FACTS, facts, host, with_storage
from ..storage.known import LOCAL, known

GOOD = ("11.3.0", "10.0.13")
CPU = GuestCPU(CPUMode.CUSTOM, model="Skylake-Server")
VMX = replace(CPU, features=("vmx",))
CUT_VMX = replace(CPU, features=("vmx",), disabled=("vmx-invpcid",))
THREADS = replace(CPU, threads_per_socket=2)
EMULATED = replace(CPU, emulated=True)
PASSTHROUGH = GuestCPU(CPUMode.HOST_PASSTHROUGH, threads_per_socket=2, features=("vmx",))
TPM_STATE = Equipment(tpm=TPM("emulator"))
TPM_ELSEWHERE = Equipment(tpm=TPM("emulator", state="/srv/tpm"))
PASSED_THROUGH = Equipment(tpm=TPM("passthrough"))
NFS = replace(DISK, file_system="nfs4")

Pair = tuple[str, str]
"""Of libvirt and of QEMU."""


def on(name: str, versions: Pair) -> Hypervisor:
    known = host(name)
    return replace(known, status=replace(known.status, versions=Versions(*versions)))


def with_cpu(cpu: GuestCPU | None) -> PreflightFacts:
    return replace(facts(), guest=replace(FACTS, cpu=cpu))


def with_equipment(equipment: Equipment) -> PreflightFacts:
    return replace(facts(), guest=replace(FACTS, equipment=equipment))


COPIED = with_storage(known(LOCAL))
LARGE = replace(facts(), guest=replace(FACTS, memory_bytes=REKEYED_BYTES))
SMALLER = replace(facts(), guest=replace(FACTS, memory_bytes=REKEYED_BYTES - 1))
ON_NFS = replace(facts(), guest=replace(FACTS, disks=(NFS,)))
FAIL, WARN = CheckResult.FAIL, CheckResult.WARN
CRASH = ("libvirt 10.5.0", "host1", WARN)
"""Of every source before 10.5."""


def told(guest: PreflightFacts, here: Pair, there: Pair) -> set[tuple[str, str, CheckResult]]:
    """The release or number, the host and the result of each bug that is met."""
    return {(_id(check), check.host, check.result) for check in verdicts(guest, here, there)}


def verdicts(guest: PreflightFacts, here: Pair, there: Pair) -> tuple[Check, ...]:
    found = known_bugs.check(replace(guest, source=on("host1", here), destination=on("host2", there)))
    return tuple(check for check in found if check.result is not CheckResult.PASS)


def tpm_bugs(equipment: Equipment, here: str, there: str) -> list[Check]:
    """With the state of TPMs on these kinds of file systems."""
    hosts = [on("host1", GOOD), on("host2", GOOD)]
    source, destination = (
        replace(host, status=replace(host.status, tpm_state_file_system=kind))
        for host, kind in zip(hosts, (here, there), strict=True)
    )
    guest = replace(FACTS, equipment=equipment)
    found = known_bugs.check(replace(facts(), guest=guest, source=source, destination=destination))
    return [check for check in found if "state of a TPM" in check.message]


@pytest.mark.parametrize(
    ("here", "there", "met"),
    [
        ("ext4", "xfs", False),
        ("nfs4", "nfs4", False),
        ("nfs4", "fuse.glusterfs", False),
        ("nfs4", "ext4", True),
        ("ext4", "ceph", True),
        ("", "ext4", True),
        ("ext4", "", True),
        ("cifs", "cifs", True),
    ],
)
def test_the_state_of_a_tpm_is_warned_of_once_and_only_where_one_place_is_shared_or_unknown(
    here: str, there: str, met: bool
) -> None:
    assert len(tpm_bugs(TPM_STATE, here, there)) == int(met)


def test_of_a_state_in_a_place_of_its_own_nothing_is_known() -> None:
    assert len(tpm_bugs(TPM_ELSEWHERE, "ext4", "ext4")) == 1


def _id(check: Check) -> str:
    [one] = {bug.id for bug in BUGS if f"({bug.id})" in check.message and bug.message in check.message}
    return one


def libvirt(version: str) -> Pair:
    return (version, "9.2.0")


MET = [
    (COPIED, libvirt("8.7.0"), GOOD, ("libvirt 8.8.0", "host1", FAIL)),
    (facts(), libvirt("8.8.0"), GOOD, ("libvirt 8.9.0", "host1", WARN)),
    (with_cpu(VMX), libvirt("9.9.0"), libvirt("9.10.0"), ("libvirt 10.2.0", "host2", FAIL)),
    (with_cpu(VMX), libvirt("9.0.0"), libvirt("10.1.0"), ("libvirt 10.2.0", "host2", FAIL)),
    (with_cpu(VMX), libvirt("10.0.0"), libvirt("9.9.0"), ("libvirt 10.2.0", "host1", FAIL)),
    (with_cpu(VMX), libvirt("10.5.0"), libvirt("10.1.0"), ("libvirt 10.2.0", "host2", FAIL)),
    (with_cpu(CPU), libvirt("10.2.0"), GOOD, ("libvirt 10.3.0", "host1", FAIL)),
    (ON_NFS, libvirt("10.1.0"), GOOD, ("libvirt 10.4.0", "host1", WARN)),
    (ON_NFS, GOOD, libvirt("10.3.0"), ("libvirt 10.4.0", "host2", WARN)),
    (facts(), libvirt("10.4.0"), GOOD, CRASH),
    (with_cpu(CUT_VMX), GOOD, libvirt("10.4.0"), ("libvirt 10.5.0", "host2", FAIL)),
    (with_cpu(THREADS), libvirt("11.3.0"), ("11.9.0", "10.0.0"), ("libvirt 11.10.0", "host2", FAIL)),
    (with_equipment(TPM_STATE), GOOD, ("12.0.0", "10.0.0"), ("libvirt 12.0.0", "host1", WARN)),
    (with_equipment(TPM_STATE), ("12.0.0", "10.0.0"), GOOD, ("libvirt 12.0.0", "host2", WARN)),
    (LARGE, GOOD, GOOD, ("QEMU issue 1937", "host1", WARN)),
    (with_cpu(EMULATED), ("11.3.0", "8.2.0"), GOOD, ("seen with QEMU 7.2, not with 10.0", "host1", FAIL)),
    (with_cpu(EMULATED), GOOD, ("11.3.0", "7.2.22"), ("seen with QEMU 7.2, not with 10.0", "host2", FAIL)),
]


@pytest.mark.parametrize(("guest", "here", "there", "bug"), MET)
def test_a_bug_is_told_with_its_release_at_the_host_that_can_be_mended(
    guest: PreflightFacts, here: Pair, there: Pair, bug: tuple[str, str, CheckResult]
) -> None:
    found = told(guest, here, there)
    assert bug in found
    assert found <= {bug, CRASH}


NOT_MET = [
    (facts(), GOOD, GOOD),
    (with_cpu(THREADS), GOOD, GOOD),
    (facts(), libvirt("8.7.0"), GOOD),
    (COPIED, GOOD, libvirt("8.7.0")),
    (facts(), GOOD, libvirt("8.8.0")),
    (with_cpu(CPU), libvirt("9.9.0"), libvirt("9.10.0")),
    (with_cpu(VMX), libvirt("9.9.0"), libvirt("10.2.0")),
    (with_cpu(VMX), libvirt("9.10.0"), libvirt("10.1.0")),
    (with_cpu(VMX), libvirt("10.1.0"), libvirt("10.2.0")),
    (with_cpu(PASSTHROUGH), libvirt("9.9.0"), libvirt("9.10.0")),
    (with_cpu(CPU), libvirt("10.3.0"), GOOD),
    (with_cpu(None), libvirt("10.2.0"), GOOD),
    (with_cpu(PASSTHROUGH), libvirt("10.2.0"), GOOD),
    (ON_NFS, libvirt("10.0.0"), libvirt("10.4.0")),
    (facts(), libvirt("10.1.0"), libvirt("10.3.0")),
    (facts(), libvirt("10.5.0"), libvirt("10.4.0")),
    (with_cpu(VMX), GOOD, libvirt("10.4.0")),
    (with_cpu(CUT_VMX), GOOD, libvirt("10.5.0")),
    (with_cpu(THREADS), libvirt("11.3.0"), ("11.10.0", "10.0.0")),
    (with_cpu(THREADS), libvirt("11.3.0"), libvirt("11.3.0")),
    (with_cpu(CPU), libvirt("11.3.0"), GOOD),
    (with_cpu(PASSTHROUGH), libvirt("11.3.0"), GOOD),
    (with_equipment(TPM_STATE), ("12.0.0", "10.0.0"), ("12.0.0", "10.0.0")),
    (with_equipment(PASSED_THROUGH), GOOD, GOOD),
    (SMALLER, GOOD, GOOD),
    (with_cpu(EMULATED), ("11.3.0", "9.0.0"), GOOD),
    (with_cpu(CPU), ("11.3.0", "7.2.22"), GOOD),
]


@pytest.mark.parametrize(("guest", "here", "there"), NOT_MET)
def test_just_beside_a_bug_there_is_none(guest: PreflightFacts, here: Pair, there: Pair) -> None:
    assert told(guest, here, there) <= {CRASH}


def test_each_row_is_met_by_some_test() -> None:
    met = {check.message for guest, here, there, _ in MET for check in verdicts(guest, here, there)}
    assert not [bug for bug in BUGS if not any(bug.message in message for message in met)]


def test_a_bug_is_told_with_the_versions_that_have_it_and_what_to_do() -> None:
    [check] = verdicts(with_cpu(THREADS), libvirt("11.3.0"), GOOD)
    assert check.message.endswith(
        "(libvirt 11.10.0): QEMU 9.2.0 on host1 and QEMU 10.0.13 on host2 and libvirt 11.3.0 on host2"
    )
    assert check.remedy.startswith("on host2: upgrade libvirt")


def test_good_versions_pass() -> None:
    [passed] = known_bugs.check(facts())
    assert passed.result is CheckResult.PASS


def test_versions_that_are_not_known_are_not_a_pass() -> None:
    pairs = (("", "10.0.13"), ("11.3.0", ""))
    unknown = verdicts(facts(), *pairs)
    assert [(check.host, check.result) for check in unknown] == [
        ("host1", CheckResult.NOT_RUN),
        ("host2", CheckResult.NOT_RUN),
    ]
    assert "libvirt on host1" in unknown[0].message
    assert "QEMU on host2" in unknown[1].message
