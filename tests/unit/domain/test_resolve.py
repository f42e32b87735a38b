"""Which VM is meant, and where it is: nowhere, once, on several hosts, or not to be known."""

import pytest
from msgspec.structs import replace

from godwit.domain.guest import DomainState, Job
from godwit.domain.host import Hypervisor
from godwit.domain.migration import Destination, HypervisorSelector, MigrationSpec, VMSelector
from godwit.domain.reasons import Reason
from godwit.domain.resolve import Found, NotFound, destination, identify, resolve
from godwit.domain.task import VMIdentity

from .builders import HOSTS, UUID, VM, host, listed

BY_NAME = MigrationSpec(VMSelector(name="vm1"), Destination("host2"))
BY_UUID = replace(BY_NAME, vm=VMSelector(uuid=UUID))
FROM_HOST1 = replace(BY_NAME, source=HypervisorSelector("host1"))
OTHER = "99999999-2222-3333-4444-555555555555"
ON_HOST1 = Found(VM, HypervisorSelector("host1"))


def silent(known: Hypervisor) -> Hypervisor:
    return replace(known, ready=False)


def untold(known: Hypervisor) -> Hypervisor:
    return replace(known, status=replace(known.status, observed_generation=-1))


def refused(answer: Found | VMIdentity | NotFound, reason: Reason, *words: str, final: bool = True) -> None:
    assert isinstance(answer, NotFound)
    assert (answer.reason, answer.final) == (reason, final)
    for word in words:
        assert word in answer.message


@pytest.mark.parametrize("spec", [BY_NAME, BY_UUID, FROM_HOST1], ids=["name", "uuid", "source named"])
def test_a_vm_that_one_host_lists_is_found(spec: MigrationSpec) -> None:
    assert resolve(spec, HOSTS) == ON_HOST1


def test_without_any_hypervisor_nothing_is_known_yet() -> None:
    refused(resolve(BY_NAME, ()), Reason.VM_UNKNOWN, "label a node", final=False)


def test_a_vm_on_no_host_is_nowhere_and_the_hosts_are_named() -> None:
    refused(resolve(BY_NAME, (host("host1"), host("host2"))), Reason.VM_NOT_FOUND, "vm1", "host1, host2")


def test_names_are_case_sensitive() -> None:
    spec = replace(BY_NAME, vm=VMSelector(name="VM1"))
    refused(resolve(spec, HOSTS), Reason.VM_NOT_FOUND, "case-sensitive")


def test_a_vm_on_a_silent_host_is_not_to_be_known_and_the_host_is_named() -> None:
    refused(
        resolve(BY_NAME, (silent(HOSTS[0]), HOSTS[1])), Reason.VM_UNKNOWN, "host1 is NotReady", final=False
    )


def test_a_silent_host_that_never_listed_the_vm_makes_nowhere_unknown() -> None:
    hosts = (host("host1"), silent(host("host2")))
    refused(resolve(BY_NAME, hosts), Reason.VM_UNKNOWN, "host2", final=False)


def test_a_host_that_has_told_nothing_yet_makes_nowhere_unknown() -> None:
    hosts = (host("host1"), untold(host("host2")))
    refused(resolve(BY_NAME, hosts), Reason.VM_UNKNOWN, "host2 does not tell yet", final=False)


def test_a_silent_host_without_the_vm_is_in_nobodys_way_once_it_is_found() -> None:
    assert resolve(BY_NAME, (HOSTS[0], silent(HOSTS[1]))) == ON_HOST1


def test_a_silent_second_place_makes_the_answer_unknown() -> None:
    hosts = (HOSTS[0], silent(host("host2", listed())))
    refused(resolve(FROM_HOST1, hosts), Reason.VM_UNKNOWN, "host2", final=False)


# namesakes and twins


NAMESAKES = (HOSTS[0], host("host2", listed(uuid=OTHER)))


def test_two_vms_of_one_name_are_ambiguous_and_both_are_named() -> None:
    refused(resolve(BY_NAME, NAMESAKES), Reason.VM_AMBIGUOUS, "host1", "host2", UUID, OTHER)


def test_a_uuid_or_a_source_tells_namesakes_apart() -> None:
    assert resolve(BY_UUID, NAMESAKES) == ON_HOST1
    assert resolve(FROM_HOST1, NAMESAKES) == ON_HOST1


TWINS = (HOSTS[0], host("host2", listed()))


@pytest.mark.parametrize("spec", [BY_NAME, BY_UUID, FROM_HOST1], ids=["name", "uuid", "source named"])
def test_one_vm_that_runs_on_two_hosts_is_touched_by_nobody(spec: MigrationSpec) -> None:
    refused(resolve(spec, TWINS), Reason.VM_AMBIGUOUS, "host1 (running", "host2 (running")


def test_a_definition_that_was_left_on_another_host_is_no_twin_of_a_named_source() -> None:
    left = (HOSTS[0], host("host2", listed(state=DomainState.SHUTOFF)))
    assert resolve(FROM_HOST1, left) == ON_HOST1
    refused(resolve(BY_NAME, left), Reason.VM_AMBIGUOUS, "shutoff")


def test_the_copy_that_a_migration_fills_is_no_place_of_the_vm() -> None:
    incoming = replace(listed(state=DomainState.PAUSED), job=Job.MIGRATION_IN)
    assert resolve(BY_NAME, (HOSTS[0], host("host2", incoming))) == ON_HOST1


@pytest.mark.parametrize("spec", [BY_NAME, BY_UUID, FROM_HOST1], ids=["name", "uuid", "source named"])
def test_a_vm_that_is_still_arriving_is_waited_for(spec: MigrationSpec) -> None:
    incoming = replace(listed(), job=Job.MIGRATION_IN)
    hosts = (host("host1"), host("host2", incoming))
    refused(resolve(spec, hosts), Reason.VM_UNKNOWN, "host2", "bringing it there", final=False)


# a named source


def test_a_source_that_is_no_hypervisor_is_refused() -> None:
    spec = replace(BY_NAME, source=HypervisorSelector("mars"))
    refused(resolve(spec, HOSTS), Reason.HYPERVISOR_NOT_FOUND, "source mars", "host1, host2")


def test_a_vm_that_is_not_on_the_named_source_but_elsewhere_says_where() -> None:
    spec = replace(BY_NAME, source=HypervisorSelector("host2"))
    refused(resolve(spec, HOSTS), Reason.VM_NOT_FOUND, "not on host2", "on host1")


def test_of_a_named_source_only_that_host_must_have_told() -> None:
    hosts = (host("host1"), untold(host("host2")))
    refused(resolve(FROM_HOST1, hosts), Reason.VM_NOT_FOUND)
    refused(resolve(FROM_HOST1, (untold(host("host1")), host("host2"))), Reason.VM_UNKNOWN, final=False)


# the destination


def test_a_ready_destination_lacks_nothing() -> None:
    assert destination(BY_NAME, HOSTS) is None


def test_a_destination_that_is_not_ready_is_waited_for() -> None:
    lacking = destination(BY_NAME, (HOSTS[0], silent(HOSTS[1])))
    assert lacking is not None
    refused(lacking, Reason.HYPERVISOR_NOT_READY, "host2", final=False)


def test_an_unknown_destination_is_refused_and_the_known_ones_are_named() -> None:
    lacking = destination(replace(BY_NAME, destination=Destination("mars")), HOSTS)
    assert lacking is not None
    refused(lacking, Reason.HYPERVISOR_NOT_FOUND, "destination mars", "host1, host2")


# which VM


@pytest.mark.parametrize("spec", [BY_NAME, BY_UUID, FROM_HOST1], ids=["name", "uuid", "source named"])
@pytest.mark.parametrize("hosts", [HOSTS, TWINS], ids=["once", "while it moves"])
def test_a_vm_is_known_wherever_it_is(spec: MigrationSpec, hosts: tuple[Hypervisor, ...]) -> None:
    assert identify(spec, hosts) == VMIdentity("vm1", UUID)


def test_a_vm_that_has_left_the_named_source_is_still_known() -> None:
    assert identify(replace(BY_NAME, source=HypervisorSelector("host2")), HOSTS) == VM


def test_a_vm_that_cannot_be_told_is_not_known() -> None:
    refused(identify(BY_NAME, NAMESAKES), Reason.VM_AMBIGUOUS)
    refused(identify(BY_NAME, (host("host1"), host("host2"))), Reason.VM_NOT_FOUND)
    refused(identify(BY_NAME, (silent(HOSTS[0]), HOSTS[1])), Reason.VM_UNKNOWN, final=False)


def test_namesakes_are_told_apart_by_the_source() -> None:
    assert identify(FROM_HOST1, NAMESAKES) == VM
