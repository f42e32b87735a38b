from msgspec.structs import replace

from godwit.domain.checks import snapshots
from godwit.domain.migration import CheckResult

from ..builders import FACTS, facts


def test_a_guest_without_any_has_nothing_to_lose() -> None:
    [verdict] = snapshots.check(facts())
    assert verdict.result is CheckResult.NOT_APPLICABLE


def test_snapshots_and_checkpoints_are_told_by_their_names() -> None:
    guest = replace(FACTS, snapshots=("before", "after all"), checkpoints=("nightly",))
    first, second = snapshots.check(replace(facts(), guest=guest))
    assert first.stops
    said = "VM vm1 has the snapshots before, after all: libvirt would not move it, forced or not"
    assert (first.host, first.message) == ("host1", said)
    assert second.message.startswith("VM vm1 has the checkpoint nightly: ")
    assert "`virsh snapshot-delete vm1 before`, `virsh snapshot-delete vm1 'after all'`" in first.remedy
    assert "`virsh checkpoint-delete vm1 nightly`" in second.remedy
