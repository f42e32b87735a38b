from msgspec.structs import replace

from godwit.domain.checks import permissions
from godwit.domain.checks.facts import PreflightFacts
from godwit.domain.host import SecurityModel
from godwit.domain.migration import CheckResult
from godwit.domain.placement import Placement

from ..builders import FACTS, HOSTS, facts

ROOT = SecurityModel("dac", "qemu", "+0:+0")
QEMU = SecurityModel("dac", "qemu", "+107:+107")
SELINUX = SecurityModel("selinux", "qemu", "system_u:system_r:svirt_tcg_t:s0")
NONE, APPARMOR = SecurityModel("none"), SecurityModel("apparmor")
Models = tuple[SecurityModel, ...]


def of(here: Models, there: Models, placement: Placement | None = FACTS.placement) -> PreflightFacts:
    source, destination = (
        replace(host, status=replace(host.status, security=models))
        for host, models in zip(HOSTS, (here, there), strict=True)
    )
    guest = replace(FACTS, placement=placement)
    return replace(facts(), source=source, destination=destination, guest=guest)


def test_hosts_that_confine_alike_pass() -> None:
    for models in ((QEMU,), (NONE, ROOT), (SELINUX, QEMU), (APPARMOR, QEMU)):
        [verdict] = permissions.check(of(models, models))
        assert verdict.result is CheckResult.PASS


def test_another_user_of_qemu_is_told_of_both_hosts() -> None:
    [verdict] = permissions.check(of((QEMU,), (ROOT,)))
    assert verdict.stops
    assert verdict.message == "dac is 107:107 on host1 and 0:0 on host2"
    assert "`user` and `group`" in verdict.remedy


def test_each_model_that_one_host_lacks_is_told() -> None:
    first, second = permissions.check(of((SELINUX, QEMU), (APPARMOR, QEMU)))
    assert first.message == "apparmor is not there on host1 and there, without a label on host2"
    assert second.message == f"selinux is {SELINUX.base_label} on host1 and not there on host2"
    assert "security_driver" in second.remedy


def test_the_labels_of_the_guests_own_type_count() -> None:
    kvm = SecurityModel("dac", "kvm", "+107:+107")
    [verdict] = permissions.check(of((kvm, QEMU), (kvm, ROOT), Placement(virt_type="kvm")))
    assert verdict.result is CheckResult.PASS


def test_no_confinement_is_no_model() -> None:
    [verdict] = permissions.check(of((NONE, QEMU), (QEMU,)))
    assert verdict.result is CheckResult.PASS


def test_a_label_that_the_definition_gives_is_the_same_on_each_host() -> None:
    own = Placement(virt_type="qemu", fixed_labels=("dac", "selinux"))
    [verdict] = permissions.check(of((QEMU,), (ROOT,), own))
    assert verdict.result is CheckResult.PASS
    [verdict] = permissions.check(of((SELINUX, QEMU), (QEMU,), own))
    assert verdict.result is CheckResult.FAIL


def test_an_older_agent_on_either_host_is_named() -> None:
    [both] = permissions.check(of((), ()))
    [there] = permissions.check(of((QEMU,), ()))
    [here] = permissions.check(of((QEMU,), (QEMU,), placement=None))
    assert {verdict.result for verdict in (both, there, here)} == {CheckResult.NOT_RUN}
    named = [verdict.message.rpartition(" of ")[2] for verdict in (both, there, here)]
    assert named == ["host1 and host2", "host2", "host1"]
