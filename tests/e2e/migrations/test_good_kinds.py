"""A guest arrives as it was at the source: paused or running, with a definition or without."""

import re
from collections.abc import Iterator

import pytest

from ..lab import Lab
from .hosts import Hosts
from .moves import Moves

pytestmark = pytest.mark.e2e


@pytest.fixture(params=["writer", "still"])
def paused(request: pytest.FixtureRequest, hosts: Hosts) -> Iterator[str]:
    """A guest that its user has suspended: one whose switchover is fast, and one with a strict one."""
    guest: str = request.getfixturevalue(request.param)
    hosts.virsh(hosts.place(guest), "suspend", guest)
    yield guest
    here = hosts.place(guest)
    if hosts.info(here, guest)["State"] == "paused":
        hosts.virsh(here, "resume", guest)


@pytest.fixture
def transient(lab: Lab, hosts: Hosts, still: str) -> Iterator[str]:
    """A guest that has no definition while the test lasts."""
    here = hosts.place(still)
    definition = hosts.definition(here, still)
    hosts.virsh(here, "undefine", still)
    yield still
    defined = lab.attempt("exec", hosts.place(still), "--", "virsh", "define", "/dev/stdin", stdin=definition)
    assert defined.returncode == 0, defined.stderr


def test_a_guest_without_a_disk_is_switched_over_strictly_which_the_status_explains(
    lab: Lab, hosts: Hosts, moves: Moves, still: str
) -> None:
    source = hosts.place(still)
    status = moves.move(still)
    assert status["switchover"]["mode"] == "Strict"
    assert "no writable disk" in status["switchover"]["why"]
    assert not status.get("disks")
    assert lab.check(still)["states"] == {source: "absent", hosts.other(source): "running"}


def test_a_paused_guest_arrives_paused_and_goes_on_when_its_user_says_so(
    lab: Lab, hosts: Hosts, moves: Moves, paused: str
) -> None:
    source = hosts.place(paused)
    there = moves.move(paused)["destination"]["hypervisor"]
    assert (hosts.info(there, paused)["State"], hosts.knows(source, paused)) == ("paused", False)
    assert hosts.marks(there, paused) == []
    hosts.virsh(there, "resume", paused)
    assert lab.check(paused)["host"] == there


def test_a_guest_without_a_definition_has_none_afterwards_on_either_host(
    lab: Lab, hosts: Hosts, moves: Moves, transient: str
) -> None:
    source = hosts.place(transient)
    there = moves.move(transient)["destination"]["hypervisor"]
    assert hosts.info(there, transient)["Persistent"] == "no"
    assert "godwit.dev" not in hosts.virsh(there, "dumpxml", transient)
    assert not hosts.knows(source, transient)
    assert lab.check(transient)["host"] == there


@pytest.mark.walk  # of its kind `test_hybrid.py` keeps one
def test_a_guest_with_several_disks_keeps_each_of_them_and_is_switched_over_fast(
    lab: Lab, hosts: Hosts, moves: Moves
) -> None:
    disks = ("shared:16Mi:qcow2", "shared:16Mi:raw", "shared:16Mi:qcow2:ro")
    options = [word for disk in disks for word in ("--disk", disk)]
    with lab.guest("moves-disks", "host1", *options, "--write-disk", "256Ki/s") as guest:
        status = moves.move(guest)
        assert {disk["target"]: (disk["class"], disk["action"]) for disk in status["disks"]} == {
            "vda": ("Shared", "Keep"),
            "vdb": ("Shared", "Keep"),
            "vdc": ("ReadOnly", "Keep"),
        }
        assert status["switchover"]["mode"] == "Fast"
        verdict = lab.check(guest)
        assert (verdict["host"], len(verdict["disks"])) == ("host2", 3)


def test_the_firmware_variables_of_a_guest_survive_the_way_there_and_back(
    lab: Lab, hosts: Hosts, moves: Moves
) -> None:
    with lab.guest("moves-nvram", "host1", "--nvram", "--write-disk", "256Ki/s") as guest:
        [nvram] = re.findall(r"<nvram[^>]*>([^<]*)</nvram>", hosts.definition("host1", guest))
        inode = ("stat", "-c", "%i", nvram)
        made = lab.inside("host1", *inode)
        for host in ("host2", "host1"):
            moves.move(guest, host)
            assert lab.check(guest)["host"] == host
            assert not hosts.knows(hosts.other(host), guest)
            assert nvram in hosts.definition(host, guest)
            assert lab.inside(host, *inode) == made, "it was made anew"
        hosts.virsh("host1", "reset", guest)
        assert hosts.info("host1", guest)["State"] == "running"
