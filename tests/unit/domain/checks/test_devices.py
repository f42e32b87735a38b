import pytest
from msgspec.structs import replace

from godwit.domain.checks import chain, devices
from godwit.domain.equipment import Device, DeviceKind, Equipment
from godwit.domain.migration import Check, CheckResult
from godwit.domain.reasons import Reason

from ..builders import FACTS, HOSTS, facts

PCI = Device(DeviceKind.HOST_DEVICE, "PCI device 0000:06:12.5")


def verdicts(*found: Device) -> tuple[Check, ...]:
    guest = replace(FACTS, equipment=Equipment(devices=found))
    return devices.check(replace(facts(), guest=guest))


def test_a_guest_that_is_tied_by_nothing_is_told_so() -> None:
    [verdict] = verdicts()
    assert verdict.result is CheckResult.NOT_APPLICABLE


@pytest.mark.parametrize(
    ("kind", "result", "words"),
    [
        (DeviceKind.HOST_DEVICE, CheckResult.FAIL, "a piece of the host"),
        (DeviceKind.FAILOVER, CheckResult.WARN, "its partner takes over"),
        (DeviceKind.FILE_SYSTEM, CheckResult.FAIL, "a directory of the host"),
        (DeviceKind.VHOST_USER, CheckResult.FAIL, "another process of the host serves it"),
        (DeviceKind.CONFIDENTIAL, CheckResult.FAIL, "keeps its memory secret"),
        (DeviceKind.SHARED_MEMORY, CheckResult.FAIL, "belongs to others on the host"),
        (DeviceKind.OWN_SHARED_MEMORY, CheckResult.WARN, "its content comes along"),
        (DeviceKind.PERSISTENT_MEMORY, CheckResult.FAIL, "its content lies on the host"),
        (DeviceKind.TPM, CheckResult.FAIL, "the host's own TPM"),
        (DeviceKind.RENDERER, CheckResult.FAIL, "the host's graphics card draws"),
        (DeviceKind.CRYPTO, CheckResult.FAIL, "QEMU can't move its state"),
        (DeviceKind.SOUND, CheckResult.FAIL, "QEMU can't move its state"),
        (DeviceKind.NVME, CheckResult.FAIL, "QEMU can't move its state"),
        (DeviceKind.IOMMU, CheckResult.FAIL, "QEMU can't move its state"),
        (DeviceKind.ARGUMENTS, CheckResult.WARN, "libvirt hands it to QEMU unread"),
    ],
)
def test_each_kind_has_its_verdict(kind: DeviceKind, result: CheckResult, words: str) -> None:
    [verdict] = verdicts(Device(kind, "such a device"))
    assert (verdict.result, verdict.host) == (result, "host1")
    assert verdict.message.startswith("VM vm1 has such a device: ")
    assert words in verdict.message
    assert "`virsh " in verdict.remedy or "host2" in verdict.remedy


@pytest.mark.parametrize("qemu", ["10.1.0", "11.0.1", ""])
def test_what_a_newer_qemu_may_have_learned_is_a_warning(qemu: str) -> None:
    status = replace(HOSTS[0].status, versions=replace(HOSTS[0].status.versions, qemu=qemu))
    sound, crypto = (Device(kind, "such a device") for kind in (DeviceKind.SOUND, DeviceKind.CRYPTO))
    guest = replace(FACTS, equipment=Equipment(devices=(sound, crypto)))
    known = replace(facts(), guest=guest, source=replace(HOSTS[0], status=status))
    may_go, stays = devices.check(known)
    assert (may_go.result, stays.result) == (CheckResult.WARN, CheckResult.FAIL)
    assert f"whether QEMU {qemu or 'of that host'} can is not known" in may_go.message


def test_no_kind_is_without_a_verdict() -> None:
    assert all(verdicts(Device(kind, "x")) for kind in DeviceKind)


def test_every_device_is_told_and_none_hides_another() -> None:
    found = verdicts(PCI, Device(DeviceKind.ARGUMENTS, "qemu:commandline -s"), replace(PCI, name="mdev 1"))
    assert [(each.result, each.message.split(":")[0]) for each in found] == [
        (CheckResult.FAIL, "VM vm1 has PCI device 0000"),
        (CheckResult.WARN, "VM vm1 has qemu"),
        (CheckResult.FAIL, "VM vm1 has mdev 1"),
    ]


def test_it_is_a_veto_with_a_reason_of_its_own() -> None:
    stopping = devices.RULE.run(
        replace(facts(), guest=replace(FACTS, equipment=Equipment(devices=(PCI,)))), frozenset({devices.NAME})
    )
    assert stopping[0].stops
    assert chain.reason(stopping) is Reason.DEVICE_NOT_MIGRATABLE


def test_what_an_older_agent_does_not_tell_is_no_pass() -> None:
    [verdict] = devices.check(replace(facts(), guest=replace(FACTS, equipment=None)))
    assert verdict.result is CheckResult.NOT_RUN
    assert "host1" in verdict.message
    assert "update the agents" in verdict.remedy
