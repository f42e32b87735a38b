"""A VM or a host that is not what its name says: each is refused by that name, and nothing is touched."""

import pytest

from .scene import Scene

pytestmark = pytest.mark.e2e


def test_a_vm_that_exists_nowhere_is_refused_naming_the_hosts_that_were_asked(scene: Scene) -> None:
    told = scene.fails("nowhere", "no-such-vm", "host2", "VMNotFound")
    for words in ("VM no-such-vm is on no hypervisor", "host1, host2", "virsh list --all"):
        assert words in told.message


def test_a_vm_that_is_not_on_the_named_source_is_refused_naming_where_it_is(scene: Scene, guest: str) -> None:
    told = scene.fails("elsewhere", guest, "host1", "VMNotFound", source={"hypervisor": "host2"})
    assert f"VM {guest} is not on host2, which source.hypervisor names, but on host1" in told.message


@pytest.mark.parametrize(
    "runs", [pytest.param(False, marks=pytest.mark.walk), True], ids=["defined", "running"]
)
def test_a_name_that_two_hosts_have_is_refused_naming_both_and_a_namesake_at_the_destination_is_a_veto(
    scene: Scene, guest: str, runs: bool
) -> None:
    state = "running" if runs else "shutoff"
    with scene.domain("host2", guest, runs=runs):
        told = scene.fails(f"twice-{state}", guest, "host2", "VMAmbiguous")
        assert f"VM {guest} is on host1 (running, " in told.message
        assert f"host2 ({state}, " in told.message
        assert "by vm.uuid or by source.hypervisor" in told.message

        told = scene.fails(f"namesake-{state}", guest, "host2", "Namesake", source={"hypervisor": "host1"})
        assert list(told.failed_checks()) == ["NoNamesake"]
        said = told.failed_check("NoNamesake")
        assert f"host2 has a domain {guest} " in said
        assert f", {state})" in said
        assert "virsh domrename" in said


def test_an_unknown_destination_is_refused_naming_those_that_there_are(scene: Scene, guest: str) -> None:
    told = scene.fails("astray", guest, "host7", "HypervisorNotFound")
    assert told.message.startswith("destination host7 is no hypervisor. There are: host1, host2. Name one")


def test_an_unknown_source_is_refused_naming_those_that_there_are(scene: Scene, guest: str) -> None:
    told = scene.fails("out-of-nowhere", guest, "host2", "HypervisorNotFound", source={"hypervisor": "infra"})
    assert told.message.startswith("source infra is no hypervisor. There are: host1, host2. Name one")


def test_the_host_that_the_vm_is_on_already_is_refused_as_its_destination(scene: Scene, guest: str) -> None:
    told = scene.fails("standstill", guest, "host1", "SameHypervisor")
    assert told.message.startswith(f"VM {guest} is on host1 already: ")
    assert told.message.endswith("create a new VMMigration with another destination")
