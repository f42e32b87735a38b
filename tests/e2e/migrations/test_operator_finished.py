"""A migration that has ended starts nothing ever again, whatever happens to its object or to the pods."""

import pytest

from ..api_server import Body
from ..lab import Lab
from .hosts import Hosts
from .moves import Moves
from .pods import Pods

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def done(moves: Moves, still: str) -> Body:
    """A migration that has succeeded; its guest was taken back since, so that it could be done again."""
    name = moves.begin(still)
    back = moves.success(name)["source"]["hypervisor"]
    moves.move(still, to=back)
    return moves.get(name)


def domain_id(hosts: Hosts, guest: str) -> tuple[str, str]:
    """Host and libvirt's number of the guest that runs: another one after each migration or start."""
    here = hosts.place(guest)
    return here, hosts.virsh(here, "domid", guest).strip()


def test_neither_a_label_nor_another_apply_nor_new_pods_begin_anything(
    lab: Lab, moves: Moves, hosts: Hosts, pods: Pods, done: Body, still: str
) -> None:
    name, to = done["metadata"]["name"], done["spec"]["destination"]["hypervisor"]
    guest, jobs, events = domain_id(hosts, still), hosts.jobs(still), len(moves.events(name))
    assert guest[0] != to
    moves.cluster.kubectl("label", "vmmigration", name, "-n", moves.namespace, "edited=yes")
    moves.apply(name, still, to, {"edited": "again"})
    edited = moves.get(name)
    pods.replace()
    # What comes after it in the queue was looked at, so it was too.
    moves.phase(moves.begin(still, to="nowhere"), "Failed")
    assert moves.get(name)["metadata"]["resourceVersion"] == edited["metadata"]["resourceVersion"]
    assert edited["status"] == done["status"]
    assert (domain_id(hosts, still), hosts.jobs(still), len(moves.events(name))) == (guest, jobs, events)
    assert lab.check(still)["same_boot"]


def test_it_holds_no_claim_and_no_task(moves: Moves, done: Body) -> None:
    assert moves.leftovers() == []
    assert "finalizers" not in done["metadata"]


def test_it_goes_at_once_when_it_is_deleted(moves: Moves, hosts: Hosts, done: Body, still: str) -> None:
    guest = domain_id(hosts, still)
    moves.delete(done["metadata"]["name"])
    assert not moves.exists(done["metadata"]["name"])
    assert domain_id(hosts, still) == guest
